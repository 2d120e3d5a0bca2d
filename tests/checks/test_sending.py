"""In what time an application sent, less what the line did: by hand-written moments, each way round."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from traces import FRAME_NS, LEG, MS_NS, SECOND_NS, HandWritten

from telnyx_simulator.checks.measures import values_of

STREAM = f"{LEG}-stream"
COUNT = 250
BUFFER_NS = 60 * MS_NS

Messages = list[tuple[int, int]]


def steadily(every_ns: int = FRAME_NS, *, begins_ns: int = SECOND_NS, count: int = COUNT) -> list[int]:
    return [begins_ns + n * every_ns for n in range(count)]


def as_heard(came_ns: Iterable[int]) -> tuple[list[tuple[int, int]], int]:
    """What the simulator's ear would note of messages of 20 ms that reach it at these moments."""
    noted, free_ns = [], 0
    for at_ns in came_ns:
        if not free_ns:
            free_ns = at_ns + BUFFER_NS
        elif at_ns > free_ns:
            noted.append((free_ns, at_ns))
            free_ns = at_ns
        free_ns += FRAME_NS
    return noted, free_ns


def call(
    folder: Path, sent: Messages, *, line: str | None = None, came_ns: list[int] | None = None, queued_ms: int = 80
) -> HandWritten:
    """`sent`: when each frame of the application left it, and when it got through."""
    trace = HandWritten(folder, observe="loopback").call(20)
    if line is not None:
        trace.at(0, "line", "set", plane=line, toward=["application", "far_end"], impairments=[{"kind": "some"}])
    if came_ns is not None:
        frames = [(at_ns, SECOND_NS + n * FRAME_NS, b"\xd5" * 160) for n, at_ns in enumerate(came_ns)]
        trace._records(f"{STREAM}.to_app", frames)
    records = [(at_ns, left_ns if at_ns != left_ns else -1, b"\xff" * 160) for left_ns, at_ns in sent]
    trace._records(f"{STREAM}.from_app", records)
    noted, _ = as_heard([at_ns for _, at_ns in sent])
    trace.at(1, "far_end", "heard", what="talkspurt", arrived_ns=SECOND_NS, starts_ns=SECOND_NS + BUFFER_NS)
    for dry_ns, resumed_ns in noted:
        trace.at(resumed_ns / SECOND_NS, "far_end", "heard", what="underrun", dry_ns=dry_ns, resumed_ns=resumed_ns)
    counted = {
        "underruns": len(noted),
        "dry_ms": sum(last - first for first, last in noted) // MS_NS,
        "played_ms": 20 * len(sent),
        "received_ms": 20 * len(sent),
        "queued_ms_max": queued_ms,
    }
    trace.at(20, "far_end", "playout", stream_id=STREAM, **counted)
    return trace.hangup(20)


def of(trace: HandWritten) -> tuple[float, float, float]:
    """pace, underruns, queued."""
    names = ("pace", "underruns", "queued")
    [pace, underruns, queued] = [values_of(name, trace.record(), trace.ears())[0].number for name in names]
    return pace, underruns, queued


def slowly_through(left_ns: list[int], each_ns: int) -> Messages:
    """A pipe that passes one message in so much time."""
    passed, free_ns = [], 0
    for at_ns in left_ns:
        free_ns = max(free_ns, at_ns) + each_ns
        passed.append((at_ns, free_ns))
    return passed


def stalled(left_ns: list[int], begins_ns: int, ends_ns: int) -> Messages:
    return [(at_ns, ends_ns if begins_ns <= at_ns < ends_ns else at_ns) for at_ns in left_ns]


def test_who_keeps_up_is_not_blamed_for_a_line_that_does_not(tmp_path: Path) -> None:
    trace = call(tmp_path, slowly_through(steadily(), 45 * MS_NS), line="websocket", came_ns=steadily())
    assert of(trace) == (1.0, 0, pytest.approx(0.08))


def test_who_is_too_slow_is_so_on_a_slow_line_as_well(tmp_path: Path) -> None:
    """Every frame 5 ms late: the buffer holds for a quarter of a second."""
    slow = steadily(25 * MS_NS)
    alone = of(call(tmp_path, [(at_ns, at_ns) for at_ns in slow]))
    pace, underruns, _ = of(call(tmp_path, slowly_through(slow, 45 * MS_NS), line="websocket", came_ns=steadily()))
    assert (pace, underruns) == (pytest.approx(alone[0], abs=0.001), alone[1])
    assert pace < 0.85


def test_what_comes_in_a_bunch_behind_a_stall_was_not_sent_in_one(tmp_path: Path) -> None:
    held = stalled(steadily(), 2 * SECOND_NS, 2 * SECOND_NS + 180 * MS_NS)
    trace = call(tmp_path, held, line="websocket", came_ns=steadily(), queued_ms=200)
    assert of(trace) == (1.0, 0, pytest.approx(0.08))
    hurried = [*steadily(count=100), *[3 * SECOND_NS] * 50]
    trace = call(tmp_path, [(at, at) for at in hurried], line="websocket", came_ns=steadily(), queued_ms=1060)
    assert of(trace)[2] == pytest.approx(1.06, abs=0.021), "fifty frames at once"


@pytest.mark.parametrize("turnaround_ms", [0, 7, 300])
def test_an_echo_of_what_comes_with_holes_has_the_holes_of_the_line(turnaround_ms: int, tmp_path: Path) -> None:
    lossy = [at_ns for n, at_ns in enumerate(steadily()) if n % 10]
    echo = [at_ns + turnaround_ms * MS_NS for at_ns in lossy]
    trace = call(tmp_path, [(at_ns, at_ns) for at_ns in echo], line="pstn", came_ns=lossy)
    assert of(trace)[:2] == (1.0, 0)


def test_a_line_without_holes_excuses_none(tmp_path: Path) -> None:
    """The same holes in what the application says, but it got all that was said."""
    lossy = [at_ns for n, at_ns in enumerate(steadily()) if n % 10]
    pace, underruns, _ = of(call(tmp_path, [(at, at) for at in lossy], line="pstn", came_ns=steadily()))
    assert underruns == 21
    assert pace < 0.92
    assert of(call(tmp_path, [(at, at) for at in lossy])) == (pace, underruns, 0.08), "as on no line at all"


def test_holes_of_an_echo_beside_those_of_the_line_are_its_own(tmp_path: Path) -> None:
    lossy = [at_ns for n, at_ns in enumerate(steadily()) if n % 10]
    worse = [at_ns for n, at_ns in enumerate(lossy) if n % 9]
    pace, underruns, _ = of(call(tmp_path, [(at, at) for at in worse], line="pstn", came_ns=lossy))
    assert 0.88 < pace < 0.93, "one in nine, of which the buffer hides three"
    assert underruns >= 20


def test_a_clear_that_the_line_held_back_is_taken_when_it_was_said(tmp_path: Path) -> None:
    """After it a new talkspurt begins: what comes 150 ms later is no underrun."""
    again_ns = 2 * SECOND_NS + 150 * MS_NS
    left = [*steadily(count=50), *steadily(begins_ns=again_ns, count=50)]
    held = [(at_ns, at_ns + 40 * MS_NS) for at_ns in left]
    trace = call(tmp_path, held, line="websocket", came_ns=steadily())
    assert of(trace)[1] == 1
    left_ns = 2 * SECOND_NS - MS_NS
    trace.at(2.039, "stream", "message", message="clear", stream_id=STREAM, left_ns=left_ns)
    assert of(trace)[1] == 0
