"""An ask that the application did not take well is no pass, and is said once."""

from pathlib import Path
from typing import Any

import pytest
from test_judge import of_script, step
from traces import HERE, LEG, HandWritten, expects

from telnyx_simulator.checks.expectations import Subject
from telnyx_simulator.checks.findings import Verdict, overall
from telnyx_simulator.checks.judge import judge

PROBLEM = "POST /calls was answered 500"
ANSWER = expects(Subject.COMMAND, "answer", within_ns=1_000_000_000)


def asked(
    folder: Path, *more: dict[str, Any], python: bool = False, meanwhile: int | None = 200, **told: Any
) -> HandWritten:
    """An ask from second 1 to second 2, a command of the application amid it; `more` steps are behind it."""
    steps = [step(0, "ask"), *more]
    trace = HandWritten(folder, scenario={"script": [] if python else steps})
    definition = {"definition": steps[0]} if python else {}
    trace.at(1, "runner", "step.began", LEG, step=0, verb="ask", **definition).command(1.5, "dial", meanwhile)
    trace.at(2, "runner", "asked", LEG, step=0, **told)
    trace.at(2, "runner", "step.ended", LEG, step=0)
    for one in more:
        trace.at(2, "runner", "step.began", LEG, step=one["index"], verb=one["verb"])
        trace.at(4, "runner", "step.ended", LEG, step=one["index"])
    return trace.settled(5)


@pytest.mark.parametrize("python", [False, True], ids=["file", "python"])
def test_a_run_in_which_an_ask_was_not_taken_well_is_inconclusive(python: bool, tmp_path: Path) -> None:
    trace = asked(tmp_path, python=python, status=500, problem=PROBLEM)
    [finding] = of_script(trace)
    assert (finding.id, finding.verdict, finding.actual) == ("script[0].ask", Verdict.INCONCLUSIVE, PROBLEM)
    assert (finding.place, finding.at_s, finding.call) == (HERE, 2, LEG)
    assert overall(judge(trace.trace)) is Verdict.INCONCLUSIVE


def test_one_that_was_taken_well_is_nothing_to_speak_of(tmp_path: Path) -> None:
    trace = asked(tmp_path, status=200)
    assert of_script(trace) == []
    assert overall(judge(trace.trace)) is Verdict.PASS


def test_what_is_missed_afterwards_names_it_and_it_is_not_said_again(tmp_path: Path) -> None:
    [finding] = of_script(asked(tmp_path, step(1, "expect", ANSWER), status=500, problem=PROBLEM))
    assert (finding.id, finding.verdict) == ("script[1].expect", Verdict.FAIL)
    assert finding.actual.endswith(PROBLEM)


@pytest.mark.parametrize("status", [422, None])
def test_whoever_passes_on_what_telnyx_refused_is_right(status: int | None, tmp_path: Path) -> None:
    """None: the reply was lost."""
    assert of_script(asked(tmp_path, meanwhile=status, status=502, problem=PROBLEM)) == []


def test_one_that_could_not_be_made_is_told_by_its_step(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path, scenario={"script": [step(0, "ask")]})
    trace.at(1, "runner", "step.began", LEG, step=0, verb="ask")
    trace.at(2, "runner", "asked", LEG, step=0, problem="nobody there")
    trace.at(2, "runner", "step.ended", LEG, step=0, failed="nobody there", inconclusive=True)
    [finding] = of_script(trace.settled(5))
    assert (finding.verdict, finding.expected) == (Verdict.INCONCLUSIVE, "ask is possible")
