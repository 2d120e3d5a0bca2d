"""From a trace to findings: the script's windows, what Python runs write, whose lateness it was, what is ignored."""

import dataclasses
import sys
from pathlib import Path
from typing import Any

import pytest
from traces import HERE, LEG, MS_NS, SECOND_NS, HandWritten, expects, placed, speech, watermark

from telnyx_simulator.audio.codecs import MissingLibrary
from telnyx_simulator.checks.claims import STANDING
from telnyx_simulator.checks.expectations import Expectation, Subject
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.checks.judge import judge
from telnyx_simulator.checks.wording import describe

PLACE = dataclasses.asdict(HERE)


def step(index: int, verb: str, *expectations: Expectation) -> dict[str, Any]:
    bodies = [expectation.to_json() for expectation in expectations]
    return {"index": index, "verb": verb, "place": PLACE, "person": None, "argument": None, "expectations": bodies}


Moments = list[tuple[float, float]]


def played(
    folder: Path,
    steps: list[dict[str, Any]],
    moments: Moments,
    *events: tuple[float, str],
    python: bool = False,
    **scenario: Any,
) -> HandWritten:
    """A script with the moments at which its steps began and ended, and commands of the application amid them."""
    trace = HandWritten(folder, scenario={"script": [] if python else steps} | scenario)
    noted: list[tuple[float, int, str, dict[str, Any]]] = []
    for one, (began_s, ended_s) in zip(steps, moments, strict=False):
        definition = {"definition": one} if python else {}
        noted.append((began_s, 1, "step.began", {"step": one["index"]} | definition))
        noted.append((ended_s, 0, "step.ended", {"step": one["index"]}))
    noted += [(at_s, 2, name, {}) for at_s, name in events]
    for at_s, _, what, body in sorted(noted, key=lambda one: one[:2]):
        if what.startswith("step."):
            trace.at(at_s, "runner", what, LEG, **body)
        else:
            trace.command(at_s, what)
    return trace


def of_script(trace: HandWritten) -> list[Finding]:
    return [finding for finding in judge(trace.trace) if finding.id not in STANDING]


ANSWER = expects(Subject.COMMAND, "answer")
SPEAK = expects(Subject.COMMAND, "speak")


@pytest.mark.parametrize("python", [False, True], ids=["file", "python"])
def test_a_script_is_judged_step_by_step(python: bool, tmp_path: Path) -> None:
    """Of a run in Python the steps stand in the trace itself."""
    steps = [step(0, "dial"), step(1, "expect", ANSWER), step(2, "wait"), step(3, "expect", SPEAK)]
    moments = [(0, 0.1), (0.1, 1), (1, 2), (2, 3)]
    trace = played(tmp_path, steps, moments, (1, "answer"), (1.5, "speak"), python=python).settled(5)
    assert [(one.id, one.verdict, one.actual, one.at_s) for one in of_script(trace)] == [
        ("script[1].expect", Verdict.PASS, "answer -> 200", 1.0),
        ("script[3].expect", Verdict.PASS, "speak -> 200", 1.5),
    ]


def test_the_verb_of_the_action_before_is_in_the_sentence(tmp_path: Path) -> None:
    steps = [step(0, "play"), step(1, "expect", ANSWER)]
    trace = played(tmp_path, steps, [(1, 3), (3, 8)], (0.95, "answer")).settled(9)
    [finding] = of_script(trace)
    assert finding.verdict is Verdict.FAIL
    assert finding.actual == "it came 50 ms before 'play' began: put the expectation first"


def test_after_a_match_the_advice_is_another(tmp_path: Path) -> None:
    steps = [step(0, "dial"), step(1, "expect", SPEAK), step(2, "expect", ANSWER)]
    trace = played(tmp_path, steps, [(0, 0), (0, 1), (1, 6)], (0.9, "answer"), (1, "speak")).settled(9)
    assert of_script(trace)[1].actual.startswith(
        "it came 100 ms before what met the expectation before it: put it first"
    )


def test_what_follows_a_miss_is_not_exercised(tmp_path: Path) -> None:
    steps = [step(0, "dial"), step(1, "expect", ANSWER), step(2, "expect", SPEAK), step(3, "absent", SPEAK)]
    trace = played(tmp_path, steps, [(0, 0), (0, 5)], (7, "speak")).settled(9)
    assert [one.verdict for one in of_script(trace)] == [Verdict.FAIL, Verdict.NOT_EXERCISED, Verdict.NOT_EXERCISED]


def test_a_step_that_could_not_be_done_is_a_finding(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path, scenario={"script": [step(0, "play")]})
    trace.at(1, "runner", "step.began", step=0)
    trace.at(1, "runner", "step.ended", step=0, failed="the call had ended 0.4 s before", inconclusive=False)
    [finding] = of_script(trace.settled(2))
    assert (finding.id, finding.verdict, finding.at_s) == ("script[0].play", Verdict.FAIL, 1.0)


def test_a_list_needs_an_entry_for_each(tmp_path: Path) -> None:
    steps = [step(0, "dial"), step(1, "expect", ANSWER, ANSWER)]
    once = played(tmp_path, steps, [(0, 0), (0, 5)], (1, "answer")).settled(9)
    assert of_script(once)[0].actual == "answer -> 200 came, and had met another expectation of the list"
    twice = played(tmp_path, steps, [(0, 0), (0, 5)], (1, "answer"), (2, "answer")).settled(9)
    assert of_script(twice)[0].verdict is Verdict.PASS


@pytest.mark.parametrize("python", [False, True], ids=["file", "python"])
def test_what_holds_of_the_whole_run_is_judged_whatever_became_of_the_script(python: bool, tmp_path: Path) -> None:
    steps = [step(0, "dial"), step(1, "expect", SPEAK)]
    whole = {"expect": [ANSWER.to_json()], "absent": [SPEAK.to_json()]}
    trace = played(tmp_path, steps, [(0, 0), (0, 5)], (1, "answer"), python=python, **({} if python else whole))
    if python:
        trace.at(6, "runner", "whole_run", None, expect=whole["expect"]).at(
            6, "runner", "whole_run", None, absent=whole["absent"]
        )
    verdicts = {one.id: one.verdict for one in of_script(trace.settled(9))}
    assert verdicts == {"script[1].expect": Verdict.FAIL, "expect[0]": Verdict.PASS, "absent[0]": Verdict.PASS}


def test_a_python_step_brings_the_sounds_that_it_expects(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(9)
    heard = expects(Subject.HEARD, "./sorry.wav")
    digest = trace.stimulus(speech("en-2"))
    trace.at(1, "runner", "step.began", step=0, definition=step(0, "expect", heard), stimuli={"./sorry.wav": digest})
    trace.hears(placed(9, (2.0, speech("en-2")))).at(6, "runner", "step.ended", step=0).hangup(9)
    [finding] = of_script(trace.settled(10))
    assert finding.verdict is Verdict.PASS
    assert finding.call == LEG


# Whose lateness


@pytest.mark.parametrize(
    ("late_ms", "ours_ms", "verdict"),
    [
        (100, 0, Verdict.FAIL),
        (100, 99, Verdict.FAIL),
        (100, 100, Verdict.FAIL),
        (100, 101, Verdict.INCONCLUSIVE),
        (0, 500, Verdict.PASS),
    ],
)
def test_our_lateness_excuses_what_was_missed_by_less_than_it(
    late_ms: int, ours_ms: int, verdict: Verdict, tmp_path: Path
) -> None:
    steps = [step(0, "dial"), step(1, "expect", ANSWER)]
    trace = played(tmp_path, steps, [(0, 0), (0, 5)], (5 + late_ms / 1000, "answer")).leg(9, "answered")
    trace.hears(watermark(1, 0.1), from_s=3.0, late_ns=ours_ms * MS_NS).settled(9)
    [finding] = of_script(trace)
    assert finding.verdict is verdict
    assert ("the simulator itself was" in finding.actual) is (verdict is Verdict.INCONCLUSIVE)


@pytest.mark.parametrize("from_s", [6.0, 20.0])
def test_our_lateness_at_another_time_excuses_nothing(from_s: float, tmp_path: Path) -> None:
    steps = [step(0, "dial"), step(1, "expect", ANSWER)]
    trace = played(tmp_path, steps, [(0, 0), (0, 5)], (5.1, "answer")).leg(9, "answered")
    trace.hears(watermark(1, 0.1), from_s=from_s, late_ns=SECOND_NS).settled(9)
    assert of_script(trace)[0].verdict is Verdict.FAIL


def test_our_lateness_does_not_excuse_what_never_came_nor_what_came_with_another_word(tmp_path: Path) -> None:
    rtp = expects(Subject.COMMAND, "answer", with_={"stream_bidirectional_mode": "rtp"})
    for folder, event in (("never", "speak"), ("other", "answer")):
        steps = [step(0, "dial"), step(1, "expect", rtp)]
        trace = played(tmp_path / folder, steps, [(0, 0), (0, 5)], (1, event)).leg(9, "answered")
        trace.hears(watermark(1, 0.1), from_s=3.0, late_ns=SECOND_NS).settled(9)
        assert of_script(trace)[0].verdict is Verdict.FAIL


@pytest.mark.parametrize(("ours_ms", "verdict"), [(0, Verdict.FAIL), (400, Verdict.FAIL), (401, Verdict.INCONCLUSIVE)])
@pytest.mark.parametrize("case", ["ended before", "answered after"])
def test_our_lateness_excuses_an_action_that_it_made_impossible(
    case: str, ours_ms: int, verdict: Verdict, tmp_path: Path
) -> None:
    """The call had ended 0.4 s before somebody could speak; or it was answered 0.4 s after they had given up."""
    trace = HandWritten(tmp_path, scenario={"script": [step(0, "dial"), step(1, "play")]})
    trace.at(0, "runner", "step.began", step=0).leg(0, "parked").at(0, "runner", "step.ended", step=0)
    if case == "ended before":
        trace.leg(4.6, "hangup", cause="normal_clearing", by="application")
    trace.at(5, "runner", "step.began", step=1).at(5, "runner", "step.ended", step=1, failed="they cannot play")
    if case == "answered after":
        trace.command(5.4, "answer")
    [finding] = of_script(trace.hears(watermark(1, 0.1), from_s=3.0, late_ns=ours_ms * MS_NS).settled(9))
    assert (finding.id, finding.verdict) == ("script[1].play", verdict)
    assert finding.actual.startswith("they cannot play")
    assert ("the simulator itself was 401 ms late" in finding.actual) is (verdict is Verdict.INCONCLUSIVE)


def test_our_lateness_does_not_excuse_an_action_that_never_became_possible(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path, scenario={"script": [step(0, "answer")]}).leg(0, "parked")
    trace.at(5, "runner", "step.began", step=0).at(5, "runner", "step.ended", step=0, failed="nobody rang them")
    trace.command(6, "hangup")
    [finding] = of_script(trace.hears(watermark(1, 0.1), from_s=3.0, late_ns=3 * SECOND_NS).settled(9))
    assert (finding.verdict, finding.actual) == (Verdict.FAIL, "nobody rang them")


def test_our_lateness_does_not_excuse_who_hung_up_before(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path, scenario={"script": [step(0, "play")]}).leg(0, "answered").hangup(4)
    trace.at(4, "runner", "step.began", step=0).at(4, "runner", "step.ended", step=0, failed="the call had ended")
    [finding] = of_script(trace.hears(watermark(1, 0.1), from_s=3.0, late_ns=SECOND_NS).settled(9))
    assert finding.verdict is Verdict.FAIL


HANGUP = {"delivery_id": "d1"}


@pytest.mark.parametrize(
    "missed",
    [
        expects(Subject.HANGUP_CAUSE, "normal_clearing"),
        expects(Subject.WEBHOOK, "call.hangup"),
        expects(Subject.STREAM, "closed"),
        expects(Subject.COMMAND, "hangup"),
        expects(Subject.COMMAND, "streaming_stop"),
    ],
    ids=lambda one: f"{one.subject.value}-{one.value}",
)
def test_what_came_only_because_the_script_was_over_did_not_come_too_late(missed: Expectation, tmp_path: Path) -> None:
    """Everybody hangs up then; what follows from that neither excuses the miss nor stands in its sentence."""
    steps = [step(0, "dial"), step(1, "expect", missed)]
    trace = played(tmp_path, steps, [(0, 0), (0, 5)]).at(5.001, "far_end", "act", act="hangup", person="Caller")
    trace.hangup(5.001).at(5.001, "switch", "webhook.planned", **HANGUP).at(5.002, "stream", "closed", by="application")
    trace.webhook(5.1, "call.hangup", **HANGUP).command(5.2, "hangup").command(5.3, "streaming_stop")
    trace.hears(watermark(1, 0.1), from_s=3.0, late_ns=SECOND_NS).settled(9)
    [finding] = of_script(trace)
    assert (finding.verdict, finding.actual) == (Verdict.FAIL, "it did not happen")


@pytest.mark.parametrize(
    "missed",
    [ANSWER, expects(Subject.WEBHOOK, "call.answered"), expects(Subject.WEBHOOK, "call.initiated")],
    ids=lambda one: one.value,
)
def test_what_was_on_its_way_when_the_script_was_over_came_too_late(missed: Expectation, tmp_path: Path) -> None:
    steps = [step(0, "dial"), step(1, "expect", missed)]
    trace = played(tmp_path, steps, [(0, 0), (0, 5)]).at(4, "switch", "webhook.planned", delivery_id="d0")
    trace.at(5.001, "far_end", "act", act="hangup", person="Caller").hangup(5.001)
    trace.at(5.001, "switch", "webhook.planned", **HANGUP).webhook(5.05, "call.hangup", **HANGUP)
    trace.command(5.1, "answer").webhook(5.1, missed.value, delivery_id="d0").settled(9)
    [finding] = of_script(trace)
    assert (finding.verdict, finding.actual) == (Verdict.FAIL, "it came 100 ms too late")


def test_what_follows_from_a_hangup_of_the_script_itself_may_come_too_late(tmp_path: Path) -> None:
    steps = [step(0, "hangup"), step(1, "expect", expects(Subject.WEBHOOK, "call.hangup"))]
    trace = HandWritten(tmp_path, scenario={"script": steps}).leg(0, "answered").at(1, "runner", "step.began", step=0)
    trace.at(1, "far_end", "act", act="hangup", person="Caller").hangup(1)
    trace.at(1, "switch", "webhook.planned", **HANGUP).at(1, "runner", "step.ended", step=0)
    trace.at(1, "runner", "step.began", step=1).at(6, "runner", "step.ended", step=1, failed="it did not happen")
    [finding] = of_script(trace.webhook(6.1, "call.hangup", **HANGUP).settled(9))
    assert finding.actual == "it came 100 ms too late"


@pytest.mark.parametrize(("ours_ms", "verdict"), [(0, Verdict.FAIL), (90, Verdict.FAIL), (150, Verdict.INCONCLUSIVE)])
def test_a_measure_of_time_is_excused_by_our_lateness_of_that_time(
    ours_ms: int, verdict: Verdict, tmp_path: Path
) -> None:
    measure = expects(Subject.MEASURE, "acknowledgement", most=0.4)
    trace = HandWritten(tmp_path, scenario={"expect": [measure.to_json()]}).leg(0, "answered")
    trace.webhook(3.5, "call.initiated", sent_ns=3 * SECOND_NS)
    trace.hears(watermark(1, 0.1), from_s=3.2, late_ns=ours_ms * MS_NS).settled(9)
    assert of_script(trace)[0].verdict is verdict


def test_a_measure_of_no_time_is_never_excused(tmp_path: Path) -> None:
    measure = expects(Subject.MEASURE, "answered", least=1.0)
    trace = HandWritten(tmp_path, scenario={"expect": [measure.to_json()]}).leg(0, "parked")
    trace.hears(watermark(1, 0.1), from_s=0.0, late_ns=SECOND_NS).settled(9)
    [finding] = of_script(trace)
    assert (finding.verdict, finding.actual) == (Verdict.FAIL, "0% (0 of 1 legs)")
    assert finding.expected == "measure answered at least 100%"


def test_a_measure_without_a_value_is_not_exercised(tmp_path: Path) -> None:
    measure = expects(Subject.MEASURE, "first_audio", most=2.0)
    trace = HandWritten(tmp_path, scenario={"expect": [measure.to_json()]}).leg(0, "parked").settled(9)
    [finding] = of_script(trace)
    assert (finding.verdict, finding.actual) == (Verdict.NOT_EXERCISED, "no call was answered")


def test_an_interrupted_run_blames_nobody(tmp_path: Path) -> None:
    measure = expects(Subject.MEASURE, "first_audio", most=2.0)
    trace = HandWritten(tmp_path, scenario={"expect": [measure.to_json(), ANSWER.to_json()]}).leg(0, "answered")
    assert {finding.verdict for finding in of_script(trace)} == {Verdict.INCONCLUSIVE}


# Standing checks


def test_every_standing_check_has_a_finding_in_every_run(tmp_path: Path) -> None:
    assert {finding.id for finding in judge(HandWritten(tmp_path).trace)} == set(STANDING)


def test_a_check_that_is_ignored_never_fails_and_is_seen(tmp_path: Path) -> None:
    ignored = {"ignore": ["commands_accepted"], "why": "it tries a command that does not exist"}
    for folder, scenario in (("wanted", {}), ("ignored", ignored)):
        trace = HandWritten(tmp_path / folder, scenario=scenario).command(1, "answer", 422).settled(2)
        [finding] = [one for one in judge(trace.trace) if one.id == "commands_accepted"]
        if scenario:
            assert finding.verdict is Verdict.NOT_EXERCISED
            assert finding.actual.startswith("ignored: it tries a command that does not exist (it would be fail: POST")
        else:
            assert finding.verdict is Verdict.FAIL


# In words


@pytest.mark.parametrize(
    ("expectation", "text"),
    [
        (expects(Subject.COMMAND, "record_start"), "record_start"),
        (
            expects(Subject.COMMAND, {"one_of": ["answer"]}, within_ns=SECOND_NS),
            "command {'one_of': ['answer']} within 1 s",
        ),
        (expects(Subject.EFFECT, "any", for_ns=2 * SECOND_NS), "effect for 2 s"),
        (expects(Subject.HEARD, "Caller", person="Agent", for_ns=2 * SECOND_NS), "Agent: heard Caller for 2 s"),
        (expects(Subject.MEASURE, "barge_in", most=0.6), "measure barge_in at most 600ms"),
        (expects(Subject.MEASURE, "loss", most=0.03, percentile=99.0), "measure loss at most 3% at percentile 99"),
        (expects(Subject.MEASURE, "snr", least=25.0), "measure snr at least 25.0 dB"),
        (
            expects(Subject.WEBHOOK, "call.hangup", times=(1, None), reply="5xx"),
            "webhook call.hangup reply 5xx times 1..",
        ),
    ],
)
def test_an_expectation_is_said_as_it_was_written(expectation: Expectation, text: str) -> None:
    assert describe(expectation) == text


def test_what_the_application_asked_for_and_this_machine_lacked_is_no_fault_of_its(tmp_path: Path) -> None:
    """All that failed for want of the library is not exercised, with the line that installs it."""
    moments = [(0.0, 0.1), (0.1, 5.0)]
    steps = [step(0, "dial"), step(1, "expect", SPEAK)]
    line = 'OPUS needs PyAV: pip install "telnyx-simulator[codecs]"'
    missed = played(tmp_path / "missed", steps, moments)
    assert Verdict.FAIL in {finding.verdict for finding in judge(missed.trace)}
    lacking = played(tmp_path / "lacking", steps, moments)
    errors = [{"code": "501", "title": "Missing library", "detail": line}]
    lacking.at(1, "rest", "command", **COMMAND | {"status": 501, "reply": {"errors": errors}})
    found = judge(lacking.trace)
    assert not {Verdict.FAIL, Verdict.INCONCLUSIVE} & {finding.verdict for finding in found}
    unexercised = [finding for finding in found if finding.id in ("script[1].expect", "commands_accepted")]
    assert [finding.actual for finding in unexercised] == [line, line]


COMMAND = {"command": "answer", "method": "POST", "path": "/v2/answer", "effect": False, "treatment": None, "body": {}}


def test_a_trace_whose_codec_this_machine_lacks_is_said_to_need_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = HandWritten(tmp_path).stream(0, sent="OPUS/16000")
    trace._frames(f"{LEG}-stream.to_app", [b"\x08\x0b\xe4"], 0.0, 0)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingLibrary, match=r'pip install "telnyx-simulator\[codecs\]"'):
        trace.record().said(LEG)
