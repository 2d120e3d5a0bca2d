"""How durations are written, in scenarios and profiles alike."""

import pytest

from telnyx_simulator.facts.durations import duration_ns, positive_duration_ns


@pytest.mark.parametrize(
    ("written", "nanoseconds"),
    [("250ms", 250_000_000), ("1.5s", 1_500_000_000), ("10m", 600_000_000_000), ("0s", 0), ("0.000001ms", 1)],
)
def test_a_duration_is_a_number_and_its_unit(written: str, nanoseconds: int) -> None:
    assert duration_ns(written) == nanoseconds


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (2, "a duration needs its unit: 2s or 2ms?"),
        (1.5, "a duration needs its unit: 1.5s or 1.5ms?"),
        ("2", "a duration needs its unit: 2s or 2ms?"),
        ("PT2S", "'PT2S' is no duration; write 250ms, 1.5s or 10m"),
        ("1h", "'1h' is no duration; write 250ms, 1.5s or 10m"),
        ("-1s", "'-1s' is no duration; write 250ms, 1.5s or 10m"),
        ("1 s", "'1 s' is no duration; write 250ms, 1.5s or 10m"),
        ("1٣s", "'1٣s' is no duration; write 250ms, 1.5s or 10m"),
        ("\x1b[31m", "'\\x1b[31m' is no duration; write 250ms, 1.5s or 10m"),
        ("x" * 99, f"'{'x' * 27}...' is no duration; write 250ms, 1.5s or 10m"),
        (True, "this is no duration; write 250ms, 1.5s or 10m"),
        (None, "this is no duration; write 250ms, 1.5s or 10m"),
        ({"s": 1}, "this is no duration; write 250ms, 1.5s or 10m"),
        ("0.0000001ms", "'0.0000001ms' is finer than a nanosecond"),
    ],
)
def test_anything_else_is_refused_in_a_sentence(written: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        duration_ns(written)
    assert str(caught.value) == sentence


def test_a_duration_of_nothing_is_refused_where_it_would_show_nothing() -> None:
    assert positive_duration_ns("1ms") == 1_000_000
    with pytest.raises(ValueError, match="a duration of nothing shows nothing"):
        positive_duration_ns("0s")
