"""Why nothing came that was expected, where the trace tells of a reason."""

from pathlib import Path

import pytest
from traces import LEG, SECOND_NS, HandWritten, expects

from telnyx_simulator.checks.answers import Window
from telnyx_simulator.checks.expectations import Subject
from telnyx_simulator.checks.reasons import because

WINDOW = Window(1, SECOND_NS, 6 * SECOND_NS)
ADVICE = "you returned wss://agent.example.com/media; add a rewrite line to sut.yaml"


def reason(trace: HandWritten, subject: Subject, value: str, window: Window = WINDOW) -> str:
    return because(expects(subject, value), window, trace.record())


@pytest.mark.parametrize(
    ("subject", "value"),
    [(Subject.STREAM, "started"), (Subject.HEARD, "talkspurt"), (Subject.MESSAGE, "media"), (Subject.RECEIVED, "x")],
)
def test_what_goes_over_a_stream_fails_for_the_reason_of_the_stream(
    subject: Subject, value: str, tmp_path: Path
) -> None:
    trace = HandWritten(tmp_path).leg(0, "answered").at(1.5, "stream", "refused", failure=ADVICE)
    assert reason(trace, subject, value) == f"; the stream was refused: {ADVICE}"
    assert reason(trace.at(2, "stream", "opened"), subject, value) == ""


def test_a_refused_stream_is_no_reason_for_anything_else(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).leg(0, "answered").at(1.5, "stream", "refused", failure=ADVICE)
    assert reason(trace, Subject.COMMAND, "hangup") == ""
    assert reason(trace, Subject.STREAM, "refused") == ""


def test_an_ask_that_was_not_taken_well_is_a_reason_in_its_window(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).leg(0, "parked")
    trace.at(1.1, "runner", "asked", None, problem="POST /calls was answered 500")
    assert reason(trace, Subject.COMMAND, "dial") == "; POST /calls was answered 500"
    assert reason(trace, Subject.COMMAND, "dial", Window(2, 2 * SECOND_NS, None)) == ""


def test_an_ask_that_went_well_is_none(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).leg(0, "parked").at(1.1, "runner", "asked", None, status=200)
    assert reason(trace, Subject.COMMAND, "dial") == ""


def test_an_application_that_is_gone_by_then_is_a_reason(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).leg(0, "parked").at(5, "sut", "ended", None, code=3)
    told = "; the application itself had ended, with exit code 3"
    assert reason(trace, Subject.COMMAND, "answer") == told
    assert reason(trace, Subject.COMMAND, "answer", Window(1, SECOND_NS, 4 * SECOND_NS)) == ""
    assert LEG in trace.record().legs(None)
