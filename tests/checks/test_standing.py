"""Standing checks: each passes on a clean trace, fails on what it is for, and never passes on nothing."""

from pathlib import Path

import pytest
from traces import HandWritten

from telnyx_simulator.checks.findings import Finding, Verdict, overall
from telnyx_simulator.checks.standing import commands_accepted, legs_ended, status_mapped, webhooks_acknowledged


def only(findings: list[Finding]) -> Finding:
    [finding] = findings
    return finding


def test_a_run_without_anything_exercises_nothing(tmp_path: Path) -> None:
    record = HandWritten(tmp_path).record()
    findings = [
        finding
        for check in (webhooks_acknowledged, commands_accepted, status_mapped, legs_ended)
        for finding in check(record)
    ]
    assert {finding.verdict for finding in findings} == {Verdict.NOT_EXERCISED}
    assert overall(findings) is Verdict.NOT_EXERCISED


def test_every_genuine_delivery_wants_2xx(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).webhook(1, "call.initiated")
    assert only(list(webhooks_acknowledged(trace.record()))).verdict is Verdict.PASS
    trace.webhook(2, "call.hangup", 500)
    found = only(list(webhooks_acknowledged(trace.record())))
    assert (found.verdict, found.actual) == (Verdict.FAIL, "1 of 2 were not; the first: call.hangup -> 500")


def test_a_forged_delivery_may_be_refused(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).webhook(1, "call.initiated").webhook(2, "call.hangup", 403, genuine=False)
    assert only(list(webhooks_acknowledged(trace.record()))).verdict is Verdict.PASS


def test_a_refused_command_fails(tmp_path: Path) -> None:
    found = only(list(commands_accepted(HandWritten(tmp_path).command(1, "answer", 422).record())))
    assert found.verdict is Verdict.FAIL
    assert "422 10015 title" in found.actual


@pytest.mark.parametrize(
    ("told_s", "came_s", "verdict"),
    [(None, 2.0, Verdict.PASS), (1.5, 2.0, Verdict.PASS), (1.5, 4.0, Verdict.FAIL)],
)
def test_90018_is_excused_while_the_application_could_not_know(
    tmp_path: Path, told_s: float | None, came_s: float, verdict: Verdict
) -> None:
    trace = HandWritten(tmp_path).leg(1, "hangup", cause="normal_clearing")
    if told_s is not None:
        trace.webhook(told_s, "call.hangup")
    trace.command(came_s, "hangup", 422, code="90018")
    assert only(list(commands_accepted(trace.record()))).verdict is verdict


@pytest.mark.parametrize(
    ("treatment", "verdict"),
    [
        ({"error_code": "90018"}, Verdict.PASS),
        ({"error_status": 429}, Verdict.PASS),
        ({"delay_ns": 1}, Verdict.FAIL),
        (None, Verdict.FAIL),
    ],
)
def test_an_error_that_a_treatment_made_is_not_the_application_s(
    tmp_path: Path, treatment: dict[str, object] | None, verdict: Verdict
) -> None:
    trace = HandWritten(tmp_path).command(1, "answer").command(2, "speak", 422, treatment=treatment)
    assert only(list(commands_accepted(trace.record()))).verdict is verdict


def test_a_command_whose_connection_was_cut_was_not_refused(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).command(1, "answer", None, treatment={"reset": True})
    assert only(list(commands_accepted(trace.record()))).verdict is Verdict.PASS


def test_a_dial_that_nobody_expects_fails(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).command(1, "dial", call=None).at(1, "rest", "stray_dial", None, to="+12025550142")
    found = only(list(commands_accepted(trace.record())))
    assert (found.verdict, found.actual) == (Verdict.FAIL, "a dial to +12025550142, where nobody of this scenario is")


def test_what_we_cannot_play_is_not_the_application_s_fault(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).command(1, "speak", 501)
    assert only(list(commands_accepted(trace.record()))).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("direction", "cause", "word", "verdict"),
    [
        ("incoming", "normal_clearing", "done", Verdict.PASS),
        ("incoming", "normal_clearing", "busy", Verdict.FAIL),
        ("outgoing", "user_busy", "busy", Verdict.PASS),
        ("incoming", "user_busy", "busy", Verdict.NOT_EXERCISED),
    ],
)
def test_the_last_status_is_what_the_map_gives(
    tmp_path: Path, direction: str, cause: str, word: str, verdict: Verdict
) -> None:
    """The more precise key (`cause/direction`) wins; a cause that the map does not name is not exercised."""
    trace = HandWritten(tmp_path).at(0, "sut", "status", word="ringing")
    trace.leg(1, "hangup", direction=direction, cause=cause).at(2, "sut", "status", word=word).settled(3)
    assert only(list(status_mapped(trace.record()))).verdict is verdict


def test_a_call_of_which_the_application_knows_nothing_fails(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).leg(1, "hangup", cause="normal_clearing").settled(2)
    found = only(list(status_mapped(trace.record())))
    assert (found.verdict, found.actual) == (Verdict.FAIL, "no status")


def test_a_caller_who_was_not_let_in_is_none_of_the_applications(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).leg(1, "hangup", cause="user_busy", let_in=False).settled(2)
    assert only(list(status_mapped(trace.record()))).verdict is Verdict.NOT_EXERCISED


def test_a_status_that_could_not_be_had_is_told_with_the_reason(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).at(0, "sut", "status_unknown", problem="GET / was answered 502")
    trace.at(0.5, "sut", "status", word="in-progress").leg(1, "hangup", cause="normal_clearing")
    assert only(list(status_mapped(trace.settled(2).record()))).actual == "'in-progress'"
    trace.at(3, "sut", "status_unknown", problem="GET / was answered 500")
    found = only(list(status_mapped(trace.record())))
    assert (found.verdict, found.actual) == (Verdict.FAIL, "'in-progress'; GET / was answered 500")


def test_an_interrupted_run_does_not_blame_the_application_for_a_status(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).leg(1, "hangup", cause="normal_clearing")
    assert only(list(status_mapped(trace.record()))).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("left", "verdict", "actual"),
    [
        ({}, Verdict.PASS, "none"),
        ({"legs": 1}, Verdict.FAIL, "left: 1 legs"),
        ({"streams": 2}, Verdict.FAIL, "left: 2 streams"),
        ({"conferences": 1, "recordings": 1}, Verdict.FAIL, "left: 1 conferences, 1 recordings"),
    ],
)
def test_nothing_of_a_call_is_left(tmp_path: Path, left: dict[str, int], verdict: Verdict, actual: str) -> None:
    trace = HandWritten(tmp_path).leg(1, "answered").settled(2, **left)
    found = only(list(legs_ended(trace.record())))
    assert (found.verdict, found.actual) == (verdict, actual)
