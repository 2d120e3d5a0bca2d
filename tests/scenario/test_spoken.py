"""What is said in Python is the same as what a file says: equal steps, people and rules but for their places."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from grammar import scenarios
from hypothesis import HealthCheck, given, settings

from telnyx_simulator.checks.expectations import Expectation, Place
from telnyx_simulator.scenario.cast import Cast
from telnyx_simulator.scenario.complaints import ScenarioError
from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.script import Direction, Person, Scenario, Step
from telnyx_simulator.scenario.spoken import expectations_of, person_of, rules_of, step_of

HERE = Place("test_calls.py", 7, 11, '    await caller.play("speech/en-1")')
NOWHERE = Place("", 0, 0)
SECOND = 1_000_000_000


def cast(**directions: str) -> Cast:
    people = tuple(person_of(name, Direction(way), {}, place=HERE) for name, way in directions.items())
    return Cast(people, tuple(directions), people[0] if len(people) == 1 else None)


def said(verb: str, argument: object = None, *, person: str | None = "Caller", **qualifiers: object) -> Step:
    return step_of(verb, argument, qualifiers, person=person, index=0, place=HERE, cast=cast(Caller="incoming"))


def written(folder: Path, step: str) -> Step:
    file = folder / "x.telnyx.yaml"
    file.write_text(f"call: incoming\nscript:\n  - {step}\n")
    (scenario,) = load([file])
    return scenario.script[0]


def nowhere(value: Any) -> Any:
    """The same without its place, and without the places of what is in it."""
    if isinstance(value, Step):
        return dataclasses.replace(value, place=NOWHERE, expectations=tuple(map(nowhere, value.expectations)))
    return dataclasses.replace(value, place=NOWHERE) if isinstance(value, Expectation | Person) else value


def refused(verb: str, argument: object = None, *, person: str | None = "Caller", **qualifiers: object) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        said(verb, argument, person=person, **qualifiers)
    assert all(complaint.place == HERE for complaint in caught.value.complaints)
    return [complaint.message for complaint in caught.value.complaints]


SAME: dict[str, tuple[str, object, dict[str, object]]] = {
    "dial": ("dial", None, {}),
    "hangup: user_busy": ("hangup", "user_busy", {}),
    "hangup: {cause: user_busy, sip: 600}": ("hangup", "user_busy", {"sip": 600}),
    "play: speech/en-1": ("play", "speech/en-1", {}),
    "play: {clip: speech/en-1, level: -23 dBFS}": ("play", "speech/en-1", {"level": "-23 dBFS"}),
    "play: [speech/en-1, tone/beep]": ("play", ["speech/en-1", "tone/beep"], {}),
    "press: '12'": ("press", "12", {}),
    "line: {websocket: cut}": ("line", None, {"websocket": "cut"}),
    "stream: {open: again, token: none}": ("stream", None, {"open": "again", "token": "none"}),
    "webhook: {event: call.hangup, with: {a: 1}}": ("webhook", "call.hangup", {"with_": {"a": 1}}),
    "webhook: {event: call.hangup}": ("webhook", None, {"event": "call.hangup"}),
    "expect: {command: answer, within: 2s}": ("expect", "answer", {"within": "2s"}),
    "expect: {heard: speech/en-1, for: 2s}": ("expect", None, {"heard": "speech/en-1", "for_": "2s"}),
    "expect: [answer, {stream: opened}]": ("expect", ["answer", {"stream": "opened"}], {}),
    "expect: {command: {one_of: [answer, reject]}, times: 1}": (
        "expect",
        {"one_of": ("answer", "reject")},
        {"times": 1},
    ),
    "expect: {webhook: any, within: 1s}": ("expect", {"webhook": "any"}, {"within": "1s"}),
    "absent: {effect: any, for: 2s}": ("absent", None, {"effect": "any", "for_": "2s"}),
}


@pytest.mark.parametrize("step", SAME)
def test_a_step_is_the_same_in_python(step: str, tmp_path: Path) -> None:
    verb, argument, qualifiers = SAME[step]
    person = None if verb in ("expect", "absent") else "Caller"
    spoken = said(verb, argument, person=person, **qualifiers)
    assert nowhere(written(tmp_path, step)) == nowhere(spoken)
    assert spoken.place == HERE
    assert all(expectation.place == HERE for expectation in spoken.expectations)


@given(scenarios)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_scenario_of_the_grammar_is_the_same_in_python(tmp_path_factory: Any, scenario: dict[str, Any]) -> None:
    file = tmp_path_factory.getbasetemp() / "any.telnyx.yaml"
    file.write_text(json.dumps(scenario, ensure_ascii=False), encoding="utf-8", errors="surrogatepass")
    (loaded,) = load([file])
    people = in_python(scenario)
    assert list(map(nowhere, people)) == list(map(nowhere, loaded.people))
    assert [nowhere(step) for step in steps_in_python(scenario, people)] == list(map(nowhere, loaded.script))
    for key in ("expect", "absent"):
        found = expectations_of(key, scenario[key], place=HERE, cast=cast_of(people)) if key in scenario else ()
        assert list(map(nowhere, found)) == list(map(nowhere, getattr(loaded, key)))
    for key in ("webhooks", "commands", "account", "assume"):
        if key in scenario:
            assert rules_of(key, scenario[key], place=HERE) == getattr(loaded, key)


def cast_of(people: list[Person]) -> Cast:
    return Cast(tuple(people), tuple(person.name for person in people), people[0] if len(people) == 1 else None)


def in_python(scenario: dict[str, Any]) -> list[Person]:
    calls = scenario.get("calls") or {None: scenario["call"]}
    people = []
    for name, call in calls.items():
        keywords = {"direction": call} if isinstance(call, str) else dict(call)
        direction = keywords.pop("direction")
        people.append(person_of(name, direction, {f"{key}_": keywords[key] for key in keywords}, place=HERE))
    return people


def steps_in_python(scenario: dict[str, Any], people: list[Person]) -> list[Step]:
    steps = []
    for index, step in enumerate(scenario["script"]):
        person = None
        if isinstance(step, dict) and next(iter(step))[0].isupper():
            ((person, step),) = step.items()
        verb, argument = (step, None) if isinstance(step, str) else next(iter(step.items()))
        steps.append(step_of(verb, argument, person=person, index=index, place=HERE, cast=cast_of(people)))
    return steps


def test_a_person_is_said_with_the_keywords_of_python() -> None:
    person = person_of("Agent", "outgoing", {"to": "any", "with_": {"tags": ["vip"]}}, place=HERE)
    assert person == Person(name="Agent", direction=Direction.OUTGOING, place=HERE, to="any", with_={"tags": ["vip"]})
    assert person_of(None, "incoming", {"from_": "+442079460111"}, place=HERE).from_ == "+442079460111"
    assert person_of(None, "outgoing", {}, place=HERE).name == "Callee"


def test_rules_are_said_with_the_keywords_of_python() -> None:
    rules = rules_of(
        "webhooks", {"all": {"with_": {"a": 1}}, "call.answered": ({"nth": 1, "delay": "2s"},)}, place=HERE
    )
    assert rules == (
        {"event": "call.answered", "treatment": {"nth": 1, "delay_ns": 2 * SECOND}},
        {"event": "all", "treatment": {"with_": {"a": 1}}},
    )
    assert rules_of("commands", {"hangup": {"error": 90018}}, place=HERE) == (
        {"command": "hangup", "treatment": {"error_code": "90018", "error_status": 422}},
    )
    assert rules_of("account", {"webhook_timeout": "1s"}, place=HERE) == {"webhook_timeout_ns": SECOND}
    assert rules_of("assume", {"redirects": "followed"}, place=HERE) == {"redirects": "followed"}


@pytest.mark.parametrize(
    ("verb", "argument", "qualifiers", "message"),
    [
        ("hangpu", None, {}, "unknown verb 'hangpu'; did you mean 'hangup'?"),
        ("answer", None, {}, "'answer' is for a callee; in an incoming call the application answers: "),
        ("dial", None, {"person": "Bob"}, "unknown person 'Bob' (Caller)"),
        ("wait", 2, {}, "a duration needs its unit: 2s or 2ms?"),
        ("wait", "2s", {"within": "1s"}, "wait takes no 'within' beside its argument"),
        ("play", ["speech/en-1"], {"level": "-3 dBFS"}, "play takes no 'level' beside its argument"),
        ("play", "speech/en-1", {"levle": "-3 dBFS"}, "play knows no 'levle'; did you mean 'level'? "),
        ("play", None, {}, "play what? `- play: speech/en-1`"),
        ("press", 12, {}, 'digits must be quoted text: "12"'),
        ("expect", "awnser", {}, "unknown command 'awnser'; did you mean 'answer'?"),
        ("expect", None, {"heard": b"x"}, "text, numbers, lists and mappings are taken, found 'b'x''"),
        ("expect", "answer", {"with_": {1: 2}}, "a key must be text, found '1'"),
        (
            "expect",
            "answer",
            {"with_": {"a": float("nan")}},
            "text, numbers, lists and mappings are taken, found 'nan'",
        ),
    ],
)
def test_a_mistake_in_python_is_said_at_its_line(
    verb: str, argument: object, qualifiers: dict[str, Any], message: str
) -> None:
    assert refused(verb, argument, **qualifiers)[0].startswith(message)


def test_a_mistake_in_python_shows_the_line() -> None:
    with pytest.raises(ScenarioError) as caught:
        said("play", "speach/en-1")
    assert str(caught.value).splitlines()[1:] == [
        '    7 |     await caller.play("speech/en-1")',
        "      |           ^",
    ]


def test_what_holds_itself_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["a"] = endless
    assert "nested too deep: at most 30 levels" in refused("expect", "answer", with_=endless)


def test_mistakes_in_people_and_rules_are_said_too() -> None:
    with pytest.raises(ScenarioError, match="people are capitalised: write 'Agent'"):
        person_of("agent", "outgoing", {}, place=HERE)
    with pytest.raises(ScenarioError, match="unknown codec 'alaw'; did you mean 'PCMA'"):
        person_of(None, "incoming", {"leg_codec": "alaw"}, place=HERE)
    with pytest.raises(ScenarioError, match=r"unknown event 'call\.hungup'; did you mean 'call\.hangup'"):
        rules_of("webhooks", {"call.hungup": {"drop": True}}, place=HERE)
    with pytest.raises(ScenarioError, match="'webhooks' is a mapping"):
        rules_of("webhooks", "all", place=HERE)
    with pytest.raises(ScenarioError, match="'expect' must be a list"):
        expectations_of("expect", "answer", place=HERE, cast=cast(Caller="incoming"))


def test_what_is_said_is_a_scenario_like_any_other() -> None:
    caller = person_of(None, "incoming", {}, place=HERE)
    scenario = Scenario(file="test_calls.py", run_id="a", name="A", people=(caller,), script=(said("dial"),))
    assert json.dumps(scenario.to_json())
