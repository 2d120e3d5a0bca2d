"""What the profile says about scenarios before anything is run: places and sentences, and nothing of what is fine."""

from pathlib import Path
from typing import Any

import pytest

from telnyx_simulator.checks.expectations import Expectation, Place, Subject
from telnyx_simulator.scenario.advice import advice
from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.script import Direction, Person, Scenario, Step, Verb
from telnyx_simulator.sut.profile import Profile

LOOPBACK = {"audio": {"observe": "loopback"}}
POLL = {"poll": {"url": "/x", "pointer": "/y"}}


def profile(**keys: Any) -> Profile:
    return Profile.model_validate({"url": "http://127.0.0.1:1", "webhook_url": "/hook", **keys})


def told(folder: Path, keys: dict[str, Any], **files: str) -> list[str]:
    """`file:line:column: sentence` of each."""
    for name, text in files.items():
        (folder / f"{name}.telnyx.yaml").write_text(text)
    scenarios = load([folder], root=folder)
    return [f"{place}: {sentence}" for place, sentence in advice(scenarios, profile(**keys), Path("sut.yaml"))]


ECHO = "script: [dial, play: speech/en-1, expect: {heard: speech/en-1}]\n"


def test_nothing_is_said_of_what_is_fine(tmp_path: Path) -> None:
    assert told(tmp_path, LOOPBACK, echo=f"call: {{direction: incoming}}\n{ECHO}") == []


def test_what_a_script_needs_and_the_profile_lacks_has_its_place(tmp_path: Path) -> None:
    text = (
        "call: {direction: outgoing, leg_codec: L16/16000}\n"
        "script:\n"
        "  - ask: place_call\n"
        "  - play: app/hello\n"
        "  - expect: {heard: app/bye}\n"
        "  - expect: {heard: speech/en-1}\n"
        "  - expect: {status: mapped}\n"
        "  - ask: place_call\n"
    )
    assert told(tmp_path, {}, some=text) == [
        "some.telnyx.yaml:1:1: a leg in L16; add it to `codecs:`",
        "some.telnyx.yaml:3:5: the script asks for 'place_call'; add it under `ask:`",
        "some.telnyx.yaml:4:5: app/hello is played; add `audio: {clips: {hello: FILE}}`",
        "some.telnyx.yaml:5:13: app/bye is expected; add `audio: {clips: {bye: FILE}}`",
        "some.telnyx.yaml:6:13: one's own sound is expected back; add `audio: {observe: loopback}` if the application "
        "echoes",
        "some.telnyx.yaml:7:13: a status is expected; add `status: {poll: {url: ..., pointer: ...}}`",
        "some.telnyx.yaml:8:5: the script asks for 'place_call'; add it under `ask:`",
    ]


def test_a_matrix_is_advised_once(tmp_path: Path) -> None:
    text = "matrix: {n: [1s, 2s]}\ncall: outgoing\nscript: [ask: place_call, wait: $n]\n"
    assert len(told(tmp_path, {}, some=text)) == 1


SYMMETRIC = (
    "the leg is in PCMU, and so is what the application returns: a fault that is the same in both directions would "
    "pass; take another leg_codec, or expect an app/ clip as well"
)


def test_a_leg_in_the_codec_that_is_returned_proves_little_by_its_echo(tmp_path: Path) -> None:
    text = f"call: {{direction: incoming, leg_codec: PCMU}}\n{ECHO}"
    assert told(tmp_path, LOOPBACK, echo=text) == [f"echo.telnyx.yaml:1:1: {SYMMETRIC}"]
    assert told(tmp_path, LOOPBACK | {"codecs": ["PCMU"]}, echo=text) == [f"echo.telnyx.yaml:1:1: {SYMMETRIC}"]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (LOOPBACK, f"call: {{direction: incoming, leg_codec: PCMA}}\n{ECHO}"),
        (LOOPBACK, f"matrix: {{c: [PCMU, PCMA]}}\ncall: {{direction: incoming, leg_codec: $c}}\n{ECHO}"),
        (LOOPBACK, "call: {direction: incoming, leg_codec: PCMU}\nscript: [dial, expect: {heard: talkspurt}]\n"),
        (
            {"audio": {"observe": "loopback", "clips": {"hello": "x.wav"}}},
            "call: {direction: incoming, leg_codec: PCMU}\n"
            "script: [dial, expect: {heard: app/hello}, play: speech/en-1, expect: {heard: speech/en-1}]\n",
        ),
    ],
)
def test_an_echo_is_enough_where_it_would_show_or_something_else_does(
    keys: dict[str, Any], text: str, tmp_path: Path
) -> None:
    assert told(tmp_path, keys, echo=text) == []


def test_a_leg_in_the_only_codec_of_an_application_is_symmetric(tmp_path: Path) -> None:
    text = f"call: {{direction: incoming, leg_codec: PCMA}}\n{ECHO}"
    (sentence,) = told(tmp_path, LOOPBACK | {"codecs": ["PCMA"]}, echo=text)
    assert "the leg is in PCMA, and so is what the application returns" in sentence


# What the loader may not read yet is made by hand.

PLACE = Place("some.telnyx.yaml", 1, 7)
STEP = Place("some.telnyx.yaml", 2, 9)


def scenario(*steps: Step, people: tuple[Person, ...] = (), **about: Any) -> Scenario:
    caller = Person(name="Caller", direction=Direction.INCOMING, place=PLACE)
    return Scenario(file=PLACE.file, run_id="some", name="Some", people=people or (caller,), script=steps, **about)


def expecting(subject: Subject, value: Any, person: str | None = None, *, verb: Verb = Verb.EXPECT) -> Step:
    expectation = Expectation(subject=subject, value=value, place=STEP, person=person)
    return Step(index=0, verb=verb, place=STEP, expectations=(expectation,))


def sentences(scenario: Scenario, **keys: Any) -> list[str]:
    return [f"{place}: {sentence}" for place, sentence in advice([scenario], profile(**keys), Path("sut.yaml"))]


NEEDS = {
    "some.telnyx.yaml:1:1: the scenario requires recording; add it to `does:`": (
        scenario(requires=("recording",)),
        {"does": ["recording"]},
    ),
    "some.telnyx.yaml:2:9: somebody barges in; add barge_in to `does:`": (
        scenario(Step(index=0, verb=Verb.BARGE_IN, place=STEP, argument={"clip": "speech/en-1"})),
        {"does": ["barge_in"]},
    ),
    "some.telnyx.yaml:2:9: what the application decoded is expected; add `audio: {tap: {path: FILE}}`": (
        scenario(expecting(Subject.RECEIVED, "speech/en-1")),
        {"audio": {"tap": {"path": "rx.wav"}}},
    ),
    "some.telnyx.yaml:2:9: a mapped status is expected; add `status_map:`": (
        scenario(expecting(Subject.STATUS, "mapped")),
        {"status": POLL, "status_map": {"user_busy": "busy"}},
    ),
    "some.telnyx.yaml:1:7: app/hold is in a microphone; add `audio: {clips: {hold: FILE}}`": (
        scenario(people=(Person(name="Caller", direction=Direction.INCOMING, place=PLACE, mic="app/hold"),)),
        {"audio": {"clips": {"hold": "hold.wav"}}},
    ),
}


@pytest.mark.parametrize("sentence", NEEDS)
def test_an_ability_or_a_way_to_see_is_needed(sentence: str) -> None:
    needing, keys = NEEDS[sentence]
    without = {"status": POLL} if "status_map" in sentence else {}
    assert sentences(needing, **without) == [sentence]
    assert sentences(needing, **keys) == []


TWO = (
    Person(name="Alice", direction=Direction.INCOMING, place=PLACE, mic="watermark"),
    Person(name="Bob", direction=Direction.INCOMING, place=PLACE),
)


@pytest.mark.parametrize(
    ("step", "needs_loopback"),
    [
        (expecting(Subject.HEARD, "Alice", "Alice"), True),
        (expecting(Subject.HEARD, "Alice", "Bob"), False),
        (expecting(Subject.HEARD, "watermark", "Bob"), False),
        (expecting(Subject.HEARD, "speech/en-1", "Bob"), True),
        (expecting(Subject.HEARD, "speech/en-1"), False),
        (expecting(Subject.HEARD, "silence", "Bob"), False),
        (expecting(Subject.HEARD, "Alice", "Alice", verb=Verb.ABSENT), False),
    ],
)
def test_one_s_own_sound_comes_back_by_a_loopback_and_another_s_does_not(step: Step, needs_loopback: bool) -> None:
    found = sentences(scenario(step, people=TWO))
    assert any("observe: loopback" in sentence for sentence in found) is needs_loopback


def test_what_others_say_needs_no_loopback() -> None:
    says = Step(index=0, verb=Verb.PLAY, place=STEP, person="Alice", argument=[{"clip": "speech/en-1"}])
    assert sentences(scenario(says, expecting(Subject.HEARD, "speech/en-1", "Bob"), people=TWO)) == []


def test_what_is_returned_may_be_said_by_the_scenario_itself() -> None:
    caller = Person(
        name="Caller", direction=Direction.INCOMING, place=PLACE, leg_codec="PCMA", stream={"return_codec": "PCMA"}
    )
    symmetric = scenario(expecting(Subject.HEARD, "speech/en-1", "Caller"), people=(caller,))
    (sentence,) = sentences(symmetric, **LOOPBACK)
    assert sentence.startswith("some.telnyx.yaml:1:7: the leg is in PCMA")


# The profile itself

START = {"url": None, "start": {"command": "python app.py"}}


def of_profile(**keys: Any) -> list[str]:
    started = Profile.model_validate({"start": {"command": "python app.py"}, "webhook_url": "/hook", **keys})
    return [f"{place}: {sentence}" for place, sentence in advice([], started, Path("some/sut.yaml"))]


def test_an_application_that_does_not_know_where_we_are_would_call_telnyx() -> None:
    (sentence,) = of_profile()
    assert sentence == (
        "some/sut.yaml:1:1: nothing tells the application where we are, so it may call the real Telnyx; "
        'put `TELNYX_BASE_URL: "{api_v2}"` under `env:`, or say `redirect: none`'
    )
    assert of_profile(env={"TELNYX_BASE_URL": "{api_v2}"}) == []
    assert of_profile(start={"command": "python app.py {api_v2}"}) == []
    assert of_profile(redirect="none") == []


def test_an_application_that_posts_its_status_must_know_where_to() -> None:
    known = {"TELNYX_BASE_URL": "{api_v2}"}
    (sentence,) = of_profile(env=known, status={"probe": "/status"})
    assert 'put "{probe}" under `env:`' in sentence
    assert of_profile(env=known | {"STATUS_URL": "{probe}"}, status={"probe": "/status"}) == []
