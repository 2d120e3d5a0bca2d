"""`duplicates`, `reorder`, `mos`: right on echoes whose faults are known to the frame; the line's share is off."""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from traces import LEG, MS_NS, HandWritten, Pcm, expects, placed, silence, speech, watermark

from telnyx_simulator.audio.codecs import PCMA, PCMU
from telnyx_simulator.checks.answers import ALWAYS, Met, Missed
from telnyx_simulator.checks.expectations import Subject
from telnyx_simulator.checks.measures import values_of
from telnyx_simulator.checks.meets import meets
from telnyx_simulator.checks.values import NoValues

TOTAL_S = 8.0
SAID = watermark(7, 6.0)
FRAMES = len(SAID) // 160


def number(trace: HandWritten, name: str) -> float:
    [value] = values_of(name, trace.record(), trace.ears())
    return value.number


def holds(trace: HandWritten, name: str, **bounds: float) -> bool:
    expectation = expects(Subject.MEASURE, name, **bounds)
    answer = meets(expectation, ALWAYS, trace.record(), trace.ears(), now_ns=None)
    assert isinstance(answer, Met | Missed)
    return isinstance(answer, Met)


def echo(
    folder: Path, order: Sequence[int], *, sent: Sequence[int] | None = None, said: Pcm = SAID, at_s: float = 0.3
) -> HandWritten:
    """A microphone carries a sound from 0 s on; its frames come back in this order. `sent`: as the line made them."""
    frames = said[: len(said) // 160 * 160].reshape(-1, 160)
    trace = HandWritten(folder, observe="loopback").call(TOTAL_S).mic(0, "watermark", said)
    sent = range(len(frames)) if sent is None else sent
    records = [(round(n * 20 * MS_NS), k * 20 * MS_NS, PCMA.encode(frames[k])) for n, k in enumerate(sent)]
    folder.joinpath("media").mkdir(parents=True, exist_ok=True)
    packed = [struct.pack("<qqI", at_ns, due_ns, len(data)) + data for at_ns, due_ns, data in records]
    (folder / "media" / f"{LEG}-stream.to_app.frames").write_bytes(b"".join(packed))
    heard = PCMU.decode(PCMU.encode(PCMA.decode(PCMA.encode(frames[list(order)].reshape(-1)))))
    return trace.hears(placed(TOTAL_S, (at_s, heard))).hangup(TOTAL_S)


def in_order() -> list[int]:
    return list(range(FRAMES))


def swapped(places: Sequence[int]) -> list[int]:
    order = in_order()
    for n in places:
        order[n], order[n + 1] = order[n + 1], order[n]
    return order


def doubled(places: Sequence[int]) -> list[int]:
    return sorted([*in_order(), *places])


def test_a_perfect_echo_doubles_nothing_and_keeps_the_order(tmp_path: Path) -> None:
    trace = echo(tmp_path, in_order())
    assert (number(trace, "duplicates"), number(trace, "reorder")) == (0.0, 0.0)
    assert number(trace, "mos") == pytest.approx(4.41, abs=0.01)


@pytest.mark.parametrize("name", ["en-1", "en-2", "en-3", "en-4", "en-5"])
def test_so_it_is_with_speech(name: str, tmp_path: Path) -> None:
    clip = speech(name)
    trace = echo(tmp_path, range(len(clip) // 160), said=clip, at_s=0.317)
    assert (number(trace, "duplicates"), number(trace, "reorder")) == (0.0, 0.0)


@pytest.mark.parametrize("places", [[40], [40, 90, 91, 200], list(range(5, 295, 10))])
def test_frames_that_are_heard_twice_are_duplicates(places: list[int], tmp_path: Path) -> None:
    trace = echo(tmp_path, doubled(places))
    assert number(trace, "duplicates") == pytest.approx(len(places) / (FRAMES + len(places)))
    assert number(trace, "reorder") == 0.0
    assert not holds(trace, "duplicates", most=0.0)
    assert holds(trace, "duplicates", most=0.15)


def test_a_frame_repeated_in_place_of_a_lost_one_is_a_duplicate(tmp_path: Path) -> None:
    order = in_order()
    order[100] = 99
    assert number(echo(tmp_path, order), "duplicates") == pytest.approx(1 / FRAMES)


@pytest.mark.parametrize("places", [[40], [40, 90, 150, 200], list(range(5, 295, 10))])
def test_frames_behind_later_ones_are_out_of_order(places: list[int], tmp_path: Path) -> None:
    trace = echo(tmp_path, swapped(places))
    assert number(trace, "reorder") == pytest.approx(len(places) / FRAMES)
    assert number(trace, "duplicates") == 0.0
    assert not holds(trace, "reorder", most=0.0)


def test_what_is_dropped_is_neither(tmp_path: Path) -> None:
    trace = echo(tmp_path, [n for n in in_order() if n % 20])
    assert (number(trace, "duplicates"), number(trace, "reorder")) == (0.0, 0.0)


# The line's own share


def test_what_the_line_doubled_may_be_heard_twice_or_once(tmp_path: Path) -> None:
    sent = doubled([40, 90, 200])
    for name, order in (("twice", sent), ("once", in_order())):
        assert number(echo(tmp_path / name, order, sent=sent), "duplicates") == 0.0
    thrice = echo(tmp_path / "thrice", sorted([*sent, 40]), sent=sent)
    assert number(thrice, "duplicates") == pytest.approx(1 / (len(sent) + 1))


def test_what_the_line_disordered_may_stay_so_or_be_put_right(tmp_path: Path) -> None:
    sent = swapped([40, 90, 200])
    for name, order in (("stays", sent), ("put right", in_order())):
        assert number(echo(tmp_path / name, order, sent=sent), "reorder") == 0.0
    worse = echo(tmp_path / "worse", swapped([40, 90, 120, 200]), sent=sent)
    assert number(worse, "reorder") == pytest.approx(1 / FRAMES)


def test_what_the_line_lost_is_nobody_s_fault(tmp_path: Path) -> None:
    sent = [n for n in in_order() if n % 20]
    trace = echo(tmp_path, sent, sent=sent)
    assert (number(trace, "duplicates"), number(trace, "reorder")) == (0.0, 0.0)


# Where nothing can be told


def test_a_microphone_s_sound_that_comes_round_again_is_no_duplicate(tmp_path: Path) -> None:
    sent = [*range(100), *range(100), *range(100)]
    trace = echo(tmp_path, sent, sent=sent)
    assert (number(trace, "duplicates"), number(trace, "reorder")) == (0.0, 0.0)


def test_the_application_s_own_voice_tells_nothing_of_frames(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path, observe="loopback").call(TOTAL_S).sent(placed(TOTAL_S, (0.5, speech("en-1"))))
    trace.hears(placed(TOTAL_S, (0.5, speech("en-4")))).hangup(TOTAL_S)
    with pytest.raises(NoValues, match="no frame of a sound"):
        number(trace, "duplicates")


def test_without_an_echo_nothing_is_to_be_told(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S).sent(SAID).hears(SAID).hangup(TOTAL_S)
    with pytest.raises(NoValues, match="observe: loopback"):
        number(trace, "reorder")


# The rating of the connection

Broken = Callable[[Pcm], Pcm]


def without(pcm: Pcm, every: int, length: int = 1) -> Pcm:
    frames = pcm[: len(pcm) // 160 * 160].reshape(-1, 160)
    return frames[[n for n in range(len(frames)) if n % every >= length]].reshape(-1)


def said(folder: Path, heard: Pcm, at_s: float = 0.2, total_s: float = 10.0) -> HandWritten:
    trace = HandWritten(folder, observe="loopback").call(total_s).sent(placed(total_s, (1.0, speech("en-4"))))
    trace.says(1.0, "speech/en-4", speech("en-4"))
    return trace.hears(PCMU.decode(PCMU.encode(placed(total_s, (1.0 + at_s, heard))))).hangup(total_s)


@pytest.mark.parametrize(
    ("broken", "at_s", "expected", "within"),
    [
        (lambda pcm: pcm, 0.2, 4.41, 0.01),
        (lambda pcm: pcm, 0.6, 3.96, 0.03),  # 300 ms one way
        (lambda pcm: without(pcm, 20), 0.2, 2.1, 0.35),  # 5 %
        (lambda pcm: without(pcm, 10), 0.2, 1.48, 0.2),
        (lambda pcm: PCMU.decode(PCMA.encode(pcm)), 0.2, 1.0, 0.05),  # nothing of it is as it was said
        (lambda pcm: silence(1.0), 0.2, 1.0, 0.0),
    ],
    ids=["perfect", "late", "5 % lost", "10 % lost", "static", "silence"],
)
def test_the_score_follows_what_was_lost_and_how_late_it_was(
    broken: Broken, at_s: float, expected: float, within: float, tmp_path: Path
) -> None:
    trace = said(tmp_path, broken(PCMA.decode(PCMA.encode(speech("en-4")))), at_s)
    assert number(trace, "mos") == pytest.approx(expected, abs=within)
    assert holds(trace, "mos", least=4.0) == (expected > 4)


def test_holes_in_one_place_cost_more_than_as_many_apart(tmp_path: Path) -> None:
    clip = speech("en-4")
    apart = number(said(tmp_path / "apart", without(clip, 40)), "mos")
    together = number(said(tmp_path / "together", without(clip, 200, 5)), "mos")
    assert 1 < together < apart < 4


def test_of_sound_that_nobody_knows_the_holes_and_the_wait_before_it_count(tmp_path: Path) -> None:
    """60 ms of jitter buffer are free; 5 underruns of 100 ms in 10 s are 5 %."""

    def talk(folder: Path, holes: int) -> HandWritten:
        trace = HandWritten(folder).call(10)
        trace.at(0.1, "far_end", "heard", what="talkspurt", arrived_ns=0, starts_ns=60 * MS_NS)
        for n in range(holes):
            at_ns = (n + 1) * 1000 * MS_NS
            trace.at(n + 1.1, "far_end", "heard", what="underrun", dry_ns=at_ns, resumed_ns=at_ns + 100 * MS_NS)
        return trace.hears(watermark(2, 9.5)).hangup(10)

    assert number(talk(tmp_path / "whole", 0), "mos") == pytest.approx(4.41, abs=0.01)
    assert number(talk(tmp_path / "holes", 5), "mos") < 2
    assert np.isfinite(number(talk(tmp_path / "one", 1), "mos"))


def test_a_call_in_which_nothing_is_played_has_no_score(tmp_path: Path) -> None:
    with pytest.raises(NoValues):
        number(HandWritten(tmp_path).call(5).hangup(5), "mos")
