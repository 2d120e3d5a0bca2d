"""Our own lateness: what it excuses, and what it does not."""

import dataclasses
from pathlib import Path

import pytest
from traces import FRAME_NS, HERE, LEG, MS_NS, SECOND_NS, HandWritten, expects, placed, silence, watermark

from telnyx_simulator.checks.answers import Missed, Window
from telnyx_simulator.checks.expectations import Subject
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.checks.judge import judge
from telnyx_simulator.checks.script import found
from telnyx_simulator.checks.standing import legs_ended, status_mapped, webhooks_acknowledged


def stalled(trace: HandWritten, *stalls: tuple[float, float]) -> HandWritten:
    """We did nothing from one second to the other."""
    for began_s, ended_s in stalls:
        trace.at(ended_s, "runner", "stalled", None, due_ns=round(began_s * SECOND_NS))
    return trace


def blamed(trace: HandWritten, missed: Missed, *, within_s: tuple[float, float] = (0, 5)) -> Finding:
    opens_ns, closes_ns = (round(second * SECOND_NS) for second in within_s)
    expectation = expects(Subject.COMMAND, "answer")
    return found("script[1].expect", expectation, missed, Window(0, opens_ns, closes_ns), trace.record())


# How late we were


def test_stalls_add_up_each_by_the_worst_that_was_late_in_it(tmp_path: Path) -> None:
    trace = stalled(HandWritten(tmp_path).leg(0, "answered"), (1.0, 1.3), (1.05, 1.3), (2.0, 2.5))
    record = trace.hears(silence(4)).record()
    assert record.lateness_ns(0, 4 * SECOND_NS) == 800 * MS_NS
    assert record.lateness_ns(2 * SECOND_NS, 4 * SECOND_NS) == 500 * MS_NS
    assert record.lateness_ns(3 * SECOND_NS, 4 * SECOND_NS) == 0


def test_what_began_before_a_window_and_ended_in_it_counts(tmp_path: Path) -> None:
    record = stalled(HandWritten(tmp_path).leg(0, "answered"), (1.0, 2.0)).record()
    assert record.lateness_ns(1_500 * MS_NS, 5 * SECOND_NS) == SECOND_NS


@pytest.mark.parametrize(("late_ms", "expected_ms"), [(5, 5), (40, 40), (60, 60)])
def test_frames_that_are_all_as_late_are_that_late_and_no_more(late_ms: int, expected_ms: int, tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).leg(0, "answered").hears(silence(10), late_ns=late_ms * MS_NS)
    assert trace.record().lateness_ns(0, 10 * SECOND_NS) == expected_ms * MS_NS


# What it excuses


@pytest.mark.parametrize(
    ("stall_s", "late_by_ms", "verdict"),
    [(0.0, 50, Verdict.FAIL), (0.3, 250, Verdict.INCONCLUSIVE), (0.3, 350, Verdict.FAIL)],
)
def test_what_came_too_late_is_excused_if_we_were_later(
    stall_s: float, late_by_ms: int, verdict: Verdict, tmp_path: Path
) -> None:
    trace = stalled(HandWritten(tmp_path).leg(0, "answered"), (1.0, 1.0 + stall_s))
    assert blamed(trace, Missed("too late", late_by_ns=late_by_ms * MS_NS)).verdict is verdict


@pytest.mark.parametrize(("stall_s", "verdict"), [(0.5, Verdict.FAIL), (1.5, Verdict.INCONCLUSIVE)])
def test_what_never_came_is_excused_if_we_were_away_for_a_quarter_of_the_time(
    stall_s: float, verdict: Verdict, tmp_path: Path
) -> None:
    trace = stalled(HandWritten(tmp_path).leg(0, "answered"), (1.0, 1.0 + stall_s))
    finding = blamed(trace, Missed("it did not happen", never_came=True))
    assert finding.verdict is verdict
    assert ("stood still" in finding.actual) == (verdict is Verdict.INCONCLUSIVE)


def test_what_was_wrong_is_wrong_however_late_we_were(tmp_path: Path) -> None:
    trace = stalled(HandWritten(tmp_path).leg(0, "answered"), (0.5, 4.5))
    assert blamed(trace, Missed("A-law decoded as mu-law")).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("stall", "failure", "verdict"),
    [
        (None, "no reply within 2 s", Verdict.FAIL),
        ((1.1, 2.9), "no reply within 2 s", Verdict.INCONCLUSIVE),
        ((1.1, 1.2), "no reply within 2 s", Verdict.FAIL),
        ((4.0, 6.0), "no reply within 2 s", Verdict.FAIL),
    ],
)
def test_a_reply_that_we_were_not_there_to_take_is_not_missing(
    stall: tuple[float, float] | None, failure: str, verdict: Verdict, tmp_path: Path
) -> None:
    trace = HandWritten(tmp_path).leg(0, "parked")
    trace.webhook(3.05, "call.initiated", None, failure=failure, sent_ns=SECOND_NS, timeout_ns=2 * SECOND_NS)
    stalled(trace, *([stall] if stall else []))
    [finding] = webhooks_acknowledged(trace.record())
    assert finding.verdict is verdict


def test_a_webhook_that_was_refused_was_refused(tmp_path: Path) -> None:
    trace = stalled(HandWritten(tmp_path).leg(0, "parked").webhook(3.0, "call.initiated", 500), (1.0, 3.0))
    [finding] = webhooks_acknowledged(trace.record())
    assert finding.verdict is Verdict.FAIL


@pytest.mark.parametrize(("stall", "verdict"), [((6.0, 6.1), Verdict.FAIL), ((5.2, 6.9), Verdict.INCONCLUSIVE)])
def test_what_is_left_after_settling_is_not_left_if_we_settled_asleep(
    stall: tuple[float, float], verdict: Verdict, tmp_path: Path
) -> None:
    trace = HandWritten(tmp_path).leg(0, "answered").leg(5, "hangup", cause="normal_clearing", by="far_end")
    trace.at(5, "sut", "status", word="in-progress")
    stalled(trace, stall).settled(7.0, streams=1)
    [left] = legs_ended(trace.record())
    [status] = status_mapped(trace.record())
    assert (left.verdict, status.verdict) == (verdict, verdict)


def test_many_small_holes_are_not_excused_by_one_stall(tmp_path: Path) -> None:
    """Ten underruns of 20 ms each, and one stall of 60 ms."""
    trace = HandWritten(tmp_path).call(8)
    trace.at(0.1, "far_end", "heard", what="talkspurt", arrived_ns=0, starts_ns=60 * MS_NS)
    for n in range(10):
        at_ns = round((n / 2 + 1) * SECOND_NS)
        trace.at(n / 2 + 1.02, "far_end", "heard", what="underrun", dry_ns=at_ns, resumed_ns=at_ns + FRAME_NS)
    expect = dataclasses.replace(expects(Subject.MEASURE, "underruns", most=2.0), place=HERE)
    trace.trace.header["scenario"] |= {"expect": [expect.to_json()]}
    stalled(trace.hears(placed(8, (0.1, watermark(1, 7)))), (2.0, 2.06)).hangup(8).settled(8)
    [finding] = [one for one in judge(trace.trace) if one.id == "expect[0]"]
    assert (finding.verdict, finding.call) == (Verdict.FAIL, LEG)
