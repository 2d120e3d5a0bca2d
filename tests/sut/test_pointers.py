"""JSON pointers, as RFC 6901 has them."""

from typing import Any

import pytest

from telnyx_simulator.sut.pointers import is_pointer, part_at, word_at

# The document and the pointers of RFC 6901, section 5.
DOCUMENT: dict[str, Any] = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, " ": 7, "m~n": 8}
NAMED = {"": DOCUMENT, "/foo": ["bar", "baz"], "/foo/0": "bar", "/": 0, "/a~1b": 1, "/c%d": 2, "/ ": 7, "/m~0n": 8}


@pytest.mark.parametrize(("pointer", "part"), NAMED.items())
def test_a_pointer_names_a_part(pointer: str, part: Any) -> None:
    assert is_pointer(pointer)
    assert part_at(DOCUMENT, pointer) == part


@pytest.mark.parametrize(
    "pointer", ["/nothing", "/foo/2", "/foo/-", "/foo/01", "/foo/x", "/foo/0/x", "/foo/99999999999"]
)
def test_a_pointer_to_nothing_gives_nothing(pointer: str) -> None:
    assert part_at(DOCUMENT, pointer) is None


@pytest.mark.parametrize("text", ["foo", "/a~2", "/~", "#/foo"])
def test_other_text_is_no_pointer(text: str) -> None:
    assert not is_pointer(text)


@pytest.mark.parametrize(
    ("part", "word"), [("up", "up"), (3, "3"), (True, "true"), (1.5, "1.5"), (None, None), ({}, None), (["up"], None)]
)
def test_a_word_is_a_scalar_as_json_spells_it(part: Any, word: str | None) -> None:
    assert word_at({"status": part}, "/status") == word
