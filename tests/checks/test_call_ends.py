"""How calls ended, read off a trace."""

from pathlib import Path

from traces import HandWritten

from telnyx_simulator.checks.call_ends import call_ends
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.facts.call_endings import MISSING

MAP = {"ringing": ["ringing"], "answered": ["up"], "normal_clearing": ["done"], "user_busy/outgoing": ["busy"]}


def test_ends_are_read_off_a_trace(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path, status_map=MAP).leg(0, "ringing", direction="outgoing")
    trace.leg(1, "answered", direction="outgoing")
    trace.webhook(2, "call.machine.detection.ended", payload={"result": "machine"})
    trace.leg(3, "hangup", direction="outgoing", cause="normal_clearing", source="callee")
    trace.at(4, "sut", "status", word="done").settled(5)
    [found] = call_ends(trace.trace)
    assert (found.direction, found.answered, found.cause, found.source, found.amd) == (
        "outgoing",
        True,
        "normal_clearing",
        "callee",
        "machine",
    )
    assert (found.word, found.verdict, found.unmapped) == ("done", Verdict.PASS, False)
    assert found.reached == ("ringing", "answered", "normal_clearing")


def test_who_was_not_let_in_or_is_still_there_has_no_end(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path, status_map=MAP).leg(0, "hangup", cause="user_busy", let_in=False)
    assert list(call_ends(trace.leg(0, "answered", "leg-2").trace)) == []


def test_an_end_of_which_nothing_was_said_is_judged_by_whether_it_is_a_success(tmp_path: Path) -> None:
    trace = (
        HandWritten(tmp_path, status_map=MAP).leg(0, "parked").leg(1, "hangup", cause="unspecified", source="unknown")
    )
    trace.at(1, "switch", "webhook.planned", event="call.hangup", genuine=True, treatment={"without": ["hangup_cause"]})
    [found] = call_ends(trace.at(2, "sut", "status", word="done").settled(3).trace)
    assert (found.cause, found.is_known, found.verdict) == (MISSING, False, Verdict.FAIL)
    [found] = call_ends(trace.at(4, "sut", "status", word="failed").trace)
    assert found.verdict is Verdict.PASS
