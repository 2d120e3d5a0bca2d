"""What an application should say of a call: by what it was told, and by the words of its profile."""

from pathlib import Path
from typing import Any

import pytest
from traces import SECOND_NS, HandWritten, expects

from telnyx_simulator.checks.answers import Answer, Met, Missed, Unseen, Window
from telnyx_simulator.checks.expectations import Expectation, Subject
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.checks.meets import meets
from telnyx_simulator.checks.standing import status_mapped

MAP = {
    "ringing": "ringing",
    "answered": "up",
    "normal_clearing": ["done"],
    "normal_clearing/incoming/unanswered": "given up",
    "user_busy": "busy",
    "unspecified": "failed",
}
AFTER = Window(2, 2 * SECOND_NS, 6 * SECOND_NS, moment_ns=2 * SECOND_NS)
ABSENT = object()


def ended(tmp_path: Path, cause: str, *, told: Any = ABSENT, without: bool = False, **more: Any) -> HandWritten:
    """An incoming leg that ended in this way, and of which the application was told another."""
    trace = HandWritten(tmp_path, status_map=more.pop("status_map", MAP))
    if more.pop("answered", False):
        trace.leg(0, "answered")
    else:
        trace.leg(0, "parked")
    trace.leg(2, "hangup", cause=cause, **more)
    treatment: dict[str, Any] = {"with_": {"hangup_cause": told}} if told is not ABSENT else {}
    treatment |= {"without": ["hangup_cause"]} if without else {}
    return trace.at(2, "switch", "webhook.planned", event="call.hangup", genuine=True, treatment=treatment)


def ask(expectation: Expectation, trace: HandWritten, window: Window) -> Answer:
    return meets(expectation, window, trace.record(), trace.ears(), now_ns=None)


def says(trace: HandWritten, word: str, value: str) -> Any:
    return ask(expects(Subject.STATUS, value), trace.at(3, "sut", "status", word=word), AFTER)


def test_whether_it_was_answered_makes_a_difference_where_the_map_says_so(tmp_path: Path) -> None:
    assert isinstance(says(ended(tmp_path, "normal_clearing"), "given up", "mapped"), Met)
    assert isinstance(says(ended(tmp_path, "normal_clearing"), "done", "mapped"), Missed)
    assert isinstance(says(ended(tmp_path, "normal_clearing", answered=True), "done", "mapped"), Met)
    assert isinstance(says(ended(tmp_path, "normal_clearing", answered=True), "given up", "mapped"), Missed)


def test_what_the_application_was_told_is_what_it_has_to_report(tmp_path: Path) -> None:
    trace = ended(tmp_path, "normal_clearing", told="user_busy")
    assert isinstance(says(trace, "busy", "mapped"), Met)
    [finding] = status_mapped(trace.settled(4).record())
    assert (finding.verdict, finding.expected) == (Verdict.PASS, "'busy' for user_busy")


@pytest.mark.parametrize("told", ["busy", "", None, 17, "NORMAL_CLEARING", ["normal_clearing"]])
def test_of_a_cause_that_telnyx_has_not_there_is_no_mapped_word(tmp_path: Path, told: Any) -> None:
    trace = ended(tmp_path, "unspecified", told=told)
    assert isinstance(says(trace, "failed", "mapped"), Unseen)
    [finding] = status_mapped(trace.settled(4).record())
    assert finding.verdict is Verdict.NOT_EXERCISED
    assert repr(told) in finding.actual


def test_a_cause_that_is_left_out_is_none_of_telnyx_s_either(tmp_path: Path) -> None:
    assert isinstance(says(ended(tmp_path, "unspecified", without=True), "failed", "mapped"), Unseen)


@pytest.mark.parametrize(
    ("word", "over", "unsuccessful"),
    [
        ("ringing", Missed, Missed),
        ("up", Missed, Missed),
        ("done", Met, Missed),
        ("failed", Met, Met),
        ("odd", Met, Met),
    ],
)
def test_a_call_is_over_and_perhaps_no_success(tmp_path: Path, word: str, over: type, unsuccessful: type) -> None:
    """A word that the map does not have may be the application's own for what it does not know."""
    assert isinstance(says(ended(tmp_path, "unspecified", told="mystery"), word, "over"), over)
    assert isinstance(says(ended(tmp_path, "unspecified", told="mystery"), word, "unsuccessful"), unsuccessful)


def test_a_call_that_is_not_over_is_neither(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path, status_map=MAP).leg(0, "answered")
    assert isinstance(says(trace, "failed", "over"), Missed)


@pytest.mark.parametrize(
    ("value", "status_map", "reason"),
    [
        ("mapped", {"user_busy": "busy"}, "no word for unspecified; add one"),
        ("over", {"user_busy": "busy"}, "add `ringing:` and `answered:`"),
        ("unsuccessful", {"answered": "up", "normal_clearing": "ended", "unspecified": "ended"}, "success alone"),
    ],
)
def test_where_the_map_is_silent_nothing_is_judged(
    tmp_path: Path, value: str, status_map: dict[str, str], reason: str
) -> None:
    found = says(ended(tmp_path, "unspecified", status_map=status_map), "odd", value)
    assert isinstance(found, Unseen)
    assert reason in found.reason


def test_an_application_that_forgets_a_call_with_its_end_is_not_judged_by_its_last_word(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path, status_map=MAP).leg(0, "answered").at(1, "sut", "status", word="up")
    trace.leg(2, "hangup", cause="user_busy").at(3, "sut", "status_gone")
    found = ask(
        expects(Subject.STATUS, "mapped"), trace, Window(3, 2 * SECOND_NS, 6 * SECOND_NS, moment_ns=2 * SECOND_NS)
    )
    assert isinstance(found, Unseen)
    assert "forgets" in found.reason
