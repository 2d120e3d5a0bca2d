"""What a line left of a sound, and what of a hole is the application's own: by hand-written moments, each way round."""

from pathlib import Path

import numpy as np
import pytest
from traces import FRAME_NS, LEG, MS_NS, SECOND_NS, HandWritten, Pcm, speech

from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.audio.fidelity import Fidelity, Gap
from telnyx_simulator.checks.delivered import NEVER, Solid, holes_of, is_impaired, own_gaps, ways
from telnyx_simulator.checks.findings import Fault
from telnyx_simulator.checks.sound import How, Judged
from telnyx_simulator.checks.tracks import Track

L16 = parse_codec("L16/8000")
SAID_NS = SECOND_NS
TOTAL_S = 10.0
FRAME = 160

Frames = list[Pcm]


def frames_of(pcm: Pcm) -> Frames:
    whole = np.pad(pcm, (0, -len(pcm) % FRAME))
    return list(whole.reshape(-1, FRAME))


CLIP = frames_of(speech("en-2"))
COUNT = len(CLIP)


def numbered(count: int = 10) -> Frames:
    """Each frame has its number on it."""
    return [np.full(FRAME, 100 * (n + 1), np.int16) for n in range(count)]


def call(folder: Path, *, line: str | None = "websocket") -> HandWritten:
    trace = HandWritten(folder, observe="loopback").call(TOTAL_S, sent="L16/8000", returned="L16/8000")
    if line is not None:
        trace.at(0, "line", "set", plane=line, toward=["application"], impairments=[{"kind": "some"}])
    return trace


def came(trace: HandWritten, frames: Frames, moments: list[tuple[int, int]]) -> HandWritten:
    """`moments`: which frame, and how many ns after it was said, in the order of coming."""
    due = [SAID_NS + n * FRAME_NS for n, _ in moments]
    records = [
        (due_ns + late_ns, due_ns, L16.encode(frames[n])) for (n, late_ns), due_ns in zip(moments, due, strict=True)
    ]
    return trace._records(f"{LEG}-stream.to_app", records)


def left(trace: HandWritten, count: int, **more: list[tuple[int, int]]) -> list[list[int]] | None:
    """The numbers of the frames, as each way has them; 0 is silence."""
    found = ways(trace.record(), LEG, SAID_NS, SAID_NS + count * FRAME_NS, **more)
    return None if found is None else [(one.pcm[::FRAME] // 100).tolist() for one in found]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([0, 1, 2, 3], [[1, 2, 3, 4]]),
        ([0, 1, 3], [[1, 2, 4], [1, 2, 0, 4]]),
        ([0, 1, 1, 2, 3], [[1, 2, 2, 3, 4], [1, 2, 3, 4]]),
        ([0, 2, 1, 3], [[1, 3, 2, 4], [1, 2, 3, 4]]),
        ([0, 3, 3, 1], [[1, 4, 4, 2], [1, 4, 2], [1, 2, 4], [1, 2, 0, 4]]),
        ([], []),
    ],
    ids=["all", "one is lost", "one comes twice", "one is overtaken", "all of it at one time", "nothing"],
)
def test_an_application_may_say_back_what_came_in_each_of_the_ways(
    order: list[int], expected: list[list[int]], tmp_path: Path
) -> None:
    trace = came(call(tmp_path), numbered(), [(n, place * MS_NS) for place, n in enumerate(order)])
    assert left(trace, 4) == expected


def test_a_line_that_does_nothing_leaves_the_sound_itself(tmp_path: Path) -> None:
    moments = [(n, 0) for n in range(4)]
    assert left(came(call(tmp_path, line=None), numbered(), moments), 4) is None
    assert left(came(call(tmp_path), numbered(), moments), 4) is not None


def test_what_was_said_before_and_after_is_not_of_the_sound(tmp_path: Path) -> None:
    trace = came(call(tmp_path), numbered(), [(n, 0) for n in range(10)])
    found = ways(trace.record(), LEG, SAID_NS + 2 * FRAME_NS, SAID_NS + 5 * FRAME_NS)
    assert found is not None
    assert [(one.pcm[::FRAME] // 100).tolist() for one in found] == [[3, 4, 5]]


def test_where_something_else_was_said_there_is_silence(tmp_path: Path) -> None:
    trace = came(call(tmp_path), numbered(), [(n, 0) for n in range(4)])
    assert left(trace, 4, silent=[(SAID_NS + FRAME_NS, SAID_NS + 3 * FRAME_NS)]) == [[1, 0, 0, 4]]


def test_how_late_each_frame_is_counts_from_the_earliest_of_the_call(tmp_path: Path) -> None:
    moments = [(n, (5 if n == 0 else 75 if n == 5 else 15) * MS_NS) for n in range(10) if n != 7]
    found = ways(came(call(tmp_path), numbered(), moments).record(), LEG, SAID_NS + FRAME_NS, SAID_NS + 10 * FRAME_NS)
    assert found is not None
    assert (found[0].late_ns // MS_NS).tolist() == [10, 10, 10, 10, 70, 10, 10, 10]
    assert [n for n, late_ns in enumerate(found[1].late_ns) if late_ns == NEVER] == [6], "what is missing never came"


def test_a_line_is_impaired_while_it_is_and_where_the_application_hears_of_it(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S)
    trace.at(2, "line", "set", plane="pstn", toward=["far_end"], impairments=[{"kind": "loss"}])
    trace.at(4, "line", "set", plane="pstn", toward=["application"], impairments=[{"kind": "loss"}])
    trace.at(6, "line", "set", plane="pstn", toward=["application"], impairments=[])
    spans = [(0, 1), (2, 3), (3, 5), (4.5, 5), (6.5, 9)]
    record = trace.record()
    assert [is_impaired(record, LEG, round(a * SECOND_NS), round(b * SECOND_NS)) for a, b in spans] == [
        False,
        False,
        True,
        True,
        False,
    ]


# Holes


def test_holes_are_cut_out_and_every_moment_is_found_again() -> None:
    track = Track(np.arange(8000, dtype=np.int16), SECOND_NS)
    holes = [(SECOND_NS + 100 * MS_NS, SECOND_NS + 300 * MS_NS), (SECOND_NS + 500 * MS_NS, SECOND_NS + 600 * MS_NS)]
    solid = Solid.of(track, holes)
    assert solid.cuts == [800, 2400]
    assert solid.track.pcm.tolist() == [*range(800), *range(2400, 4000), *range(4800, 8000)]
    for sample in (0, 799, 800, 2399, 2400, len(solid.track.pcm) - 1):
        at_ns = int(solid.real_ns(np.array([sample]))[0])
        assert track.pcm[(at_ns - SECOND_NS) // 125_000] == solid.track.pcm[sample]
        assert solid.second_of(at_ns) == pytest.approx(sample / 8000)
    assert solid.second_of(SECOND_NS + 200 * MS_NS) == pytest.approx(0.1), "within a hole: what is heard next"


def test_what_lies_outside_of_a_track_is_no_hole_of_it() -> None:
    track = Track(np.ones(800, np.int16), SECOND_NS)
    solid = Solid.of(
        track, [(0, SECOND_NS // 2), (SECOND_NS + 50 * MS_NS, 3 * SECOND_NS), (4 * SECOND_NS, 5 * SECOND_NS)]
    )
    assert solid.holes == [(SECOND_NS + 50 * MS_NS, SECOND_NS + 100 * MS_NS)]
    assert len(solid.track.pcm) == 400


def heard(trace: HandWritten, pieces: list[tuple[int, Frames]]) -> HandWritten:
    """From when on which frames were heard; between them nothing was."""
    known = {at_ns + n * FRAME_NS: frame for at_ns, frames in pieces for n, frame in enumerate(frames)}
    due = range(0, round(TOTAL_S * SECOND_NS), FRAME_NS)
    data = {due_ns: known[due_ns].astype("<i2").tobytes() if due_ns in known else b"" for due_ns in due}
    return trace._records(f"{LEG}.heard", [(due_ns, due_ns, data[due_ns]) for due_ns in due])


def test_a_hole_lies_between_sounds_and_begins_where_the_queue_ran_dry(tmp_path: Path) -> None:
    trace = heard(call(tmp_path), [(SECOND_NS, numbered(5)), (SECOND_NS + 300 * MS_NS, numbered(2))])
    first = SECOND_NS + 100 * MS_NS
    assert holes_of(trace.record(), LEG)[1:] == [(first, SECOND_NS + 300 * MS_NS)]
    trace.at(2, "far_end", "heard", what="underrun", dry_ns=first - 7 * MS_NS, resumed_ns=SECOND_NS + 290 * MS_NS)
    assert holes_of(trace.record(), LEG)[1:] == [(first - 7 * MS_NS, SECOND_NS + 300 * MS_NS)]


# What is the application's own of an echo

LAG_NS = 100 * MS_NS


def echo(trace: HandWritten) -> Judged:
    trace.says(1.0, "speech/en-2", speech("en-2")).hangup(TOTAL_S)
    [sound] = trace.record().sounds(LEG)
    judged = trace.ears().judge(LEG, sound.body["digest"], how=How.ECHO, from_ns=SAID_NS)
    assert judged is not None
    return judged


def after_a_stall(folder: Path, *, stall_ms: int, hole_ms: int) -> Judged:
    """The line held some frames for a time, from the 60th on; in the echo there is a hole there."""
    ends_ns = 60 * FRAME_NS + stall_ms * MS_NS
    moments = [(n, max(0, ends_ns - n * FRAME_NS) if n >= 60 else 0) for n in range(COUNT)]
    trace = came(call(folder), CLIP, moments)
    begins_ns = SAID_NS + LAG_NS
    again_ns = begins_ns + 60 * FRAME_NS + hole_ms * MS_NS
    return echo(heard(trace, [(begins_ns, CLIP[:60]), (again_ns, CLIP[60:])]))


@pytest.mark.parametrize(
    ("stall_ms", "hole_ms", "own_ms"),
    [(300, 300, 0), (300, 220, 0), (300, 500, 195), (0, 200, 195)],
    ids=["as long", "shorter, by a jitter buffer", "longer", "no stall at all"],
)
def test_a_hole_is_the_line_s_as_long_as_it_kept_back_what_was_awaited(
    stall_ms: int, hole_ms: int, own_ms: int, tmp_path: Path
) -> None:
    judged = after_a_stall(tmp_path, stall_ms=stall_ms, hole_ms=hole_ms)
    assert judged.own is not None
    assert sum(gap.duration_s for gap in judged.own.heard.gaps) * 1000 == pytest.approx(own_ms, abs=1)
    assert judged.fault is (Fault.GAPS_INSERTED if own_ms else None)
    assert judged.healthy is not bool(own_ms)
    assert judged.own.missing_ns == 0
    assert judged.own.lag_ns == pytest.approx(LAG_NS + min(0, hole_ms - stall_ms) * MS_NS, abs=MS_NS), "at best"


@pytest.mark.parametrize("own", [False, True])
def test_what_the_line_lost_is_not_missing_and_what_the_application_lost_is(own: bool, tmp_path: Path) -> None:
    lost = {40, 41, 80}
    dropped = {100, 101, 102} if own else set()
    trace = came(call(tmp_path), CLIP, [(n, 0) for n in range(COUNT) if n not in lost])
    back = [frame for n, frame in enumerate(CLIP) if n not in lost | dropped]
    judged = echo(heard(trace, [(SAID_NS + LAG_NS, back)]))
    assert judged.own is not None
    assert judged.own.heard.dropped_s == pytest.approx(0.06 if own else 0.0, abs=0.001)
    assert judged.own.missing_ns == pytest.approx(60 * MS_NS if own else 0, abs=MS_NS)
    assert judged.healthy is not own


# What is the application's own of what it plays of itself


def fidelity(*gaps: Gap) -> Fidelity:
    values = dict.fromkeys(Fidelity.__dataclass_fields__, 0.0) | {"gaps": gaps}
    return Fidelity(**values)  # type: ignore[arg-type] # the figures that matter to a test, by name


@pytest.mark.parametrize(
    ("left_ms", "through_ms", "own_ms"),
    [
        (900, 1300, [0]),
        (900, 1150, [150]),
        (900, 1285, [0]),
        (1100, 1300, [300]),
        (0, 0, [300]),
    ],
    ids=["held all the time", "held half of it", "heard at the next tick", "left too late", "nothing held"],
)
def test_of_a_gap_in_its_own_sound_what_the_line_held_back_is_not_its_own(
    left_ms: int, through_ms: int, own_ms: list[int], tmp_path: Path
) -> None:
    """It is silent from 1.0 s to 1.3 s of the run."""
    record = call(tmp_path)._records(
        f"{LEG}-stream.from_app", [(through_ms * MS_NS, left_ms * MS_NS if through_ms else -1, b"")]
    )
    track = Track(np.zeros(80_000, np.int16), 0)
    found = own_gaps(fidelity(Gap(1.0, 0.3)), track, record.record(), LEG)
    assert [round(gap.duration_s * 1000) for gap in found.gaps] == [one for one in own_ms if one]
