"""Any scenario that the grammar gives loads; anything else at all is a `ScenarioError`, and soon."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from telnyx_simulator.checks import matching
from telnyx_simulator.checks.expectations import Subject
from telnyx_simulator.facts import commands, hangup_causes, signatures, webhooks
from telnyx_simulator.scenario import model, words
from telnyx_simulator.scenario.loader import ScenarioError, load
from telnyx_simulator.scenario.script import Direction, Scenario, Verb
from telnyx_simulator.scenario.words import VERBS


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scenarios") / "any.telnyx.yaml"


def patient(examples: int) -> settings:
    """A busy machine is no finding: each example writes a file."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def of(*options: str) -> st.SearchStrategy[str]:
    return st.sampled_from(options)


def some(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping with the required keys and some of the others; `with_` and `for_` are those without the line."""
    keys = {key.removesuffix("_"): value for key, value in optional.items()}
    return st.fixed_dictionaries(required, optional=keys)


numbers = st.integers(1, 999).map(str) | st.integers(1, 99).map(lambda tenths: f"{tenths}.5")
durations = st.builds("{}{}".format, numbers, of("ms", "s", "m"))
clips = of("speech/en-1", "speech/de-2", "tone/1004Hz", "tone/beep", "app/greeting", "./x.wav", "./clips/y.wav")
phones = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True) | of("anonymous", "sip:desk@example.com")
counts = st.integers(1, 99) | of("0..1", "2..", "1..3")
texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="$"), min_size=1)
bodies = st.dictionaries(
    texts.filter(lambda key: key not in matching.WORDS),
    texts | st.integers(0, 99) | st.booleans() | st.just({"present": False}),
    min_size=1,
)
causes = of(*hangup_causes.CAUSES)


def matched(words: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return words | st.lists(words, min_size=1, max_size=3).map(lambda one_of: {"one_of": one_of})


def subject(name: str, values: st.SearchStrategy[Any], **qualifiers: Any) -> st.SearchStrategy[dict[str, Any]]:
    return some({name: values}, **({"times": counts} | qualifiers), why=texts, requirement=of("audio.leg-codec"))


def expectations(**time: Any) -> st.SearchStrategy[Any]:
    """`time` is what may be said of time, by the kind of subject."""
    return st.one_of(
        subject("command", matched(of("any", *commands.BUILT)), with_=bodies, reply=of("200", "2xx", "none"), **time),
        subject("webhook", matched(of("any", *webhooks.EMITTED)), with_=bodies, reply=st.integers(200, 599), **time),
        subject("stream", of(*words.STREAM_STATES), **time),
        subject("heard", matched(clips), min_snr=of("25 dB", "7.5 dB"), for_=durations, **time),
        some({"heard": of("talkspurt", "silence")}, for_=durations, why=texts, **time),
        subject("status", of("mapped") | texts, **time),
        subject("hangup_cause", matched(causes | of("any")), **time),
        subject("effect", of("any"), **time),
    )


step_expectations = expectations(within=durations) | of(*commands.BUILT)
endings = some({}, sip=st.integers(200, 699) | of("unspecified"), source=of(*hangup_causes.SOURCES))
sounds = clips | some({"clip": clips}, level=of("-23 dBFS", "-0.5 dBFS"), times=st.integers(1, 9))
absences = expectations().flatmap(
    lambda found: durations.map(lambda time: {key: found[key] for key in found if key != "times"} | {"for": time})
)

ARGUMENTS: dict[Verb, st.SearchStrategy[Any]] = {
    Verb.DIAL: st.none(),
    Verb.ANSWER: st.none() | of("human"),
    Verb.REFUSE: of(*hangup_causes.REFUSALS)
    | st.builds(lambda cause, rest: {"cause": cause} | rest, of(*hangup_causes.REFUSALS), endings),
    Verb.HANGUP: st.none() | causes | endings,
    Verb.PLAY: sounds | st.lists(sounds, min_size=1, max_size=3),
    Verb.PRESS: st.text("0123456789*#ABCDwW", min_size=1, max_size=9)
    | some({"digits": of("12#", "007")}, tone=durations, gap=durations | of("0ms")),
    Verb.WAIT: durations,
    Verb.ASK: of("place_call", "transfer"),
    Verb.WEBHOOK: some(
        {"event": of(*webhooks.EMITTED)},
        again=st.booleans(),
        signature=of(*signatures.SIGNATURES),
        timestamp=of("-301s", "+5s", "+0ms"),
    ),
    Verb.EXPECT: step_expectations | st.lists(step_expectations, min_size=1, max_size=3),
    Verb.ABSENT: absences,
}
CALLERS: list[Verb] = [verb for verb in VERBS if verb not in (Verb.ANSWER, Verb.REFUSE)]
CALLEES: list[Verb] = [verb for verb in VERBS if verb != Verb.DIAL]


def steps(verbs: list[Verb]) -> st.SearchStrategy[Any]:
    def step(verb: Verb) -> st.SearchStrategy[Any]:
        return ARGUMENTS[verb].map(lambda argument: str(verb) if argument is None else {str(verb): argument})

    return st.sampled_from(verbs).flatmap(step)


def spoken(name: str, verbs: list[Verb]) -> st.SearchStrategy[dict[str, Any]]:
    return steps(verbs).map(lambda step: {name: step})


tops = some(
    {},
    name=texts,
    why=texts,
    seed=st.integers(0, 2**53 - 1),
    tags=st.lists(of("audio", "slow"), unique=True),
    requirement=of("an.id"),
    within=durations,
    expect=st.lists(expectations(), min_size=1, max_size=3),
    absent=st.lists(of("reject") | subject("effect", of("any")), min_size=1, max_size=2),
    telnyx_sim=st.just(1),
)
leg_codecs = of("PCMU", "PCMA", "L16", "L16/16000", "L16/24000/be")
incoming = some({"direction": st.just("incoming")}, **{"from_": phones, "to": phones, "leg_codec": leg_codecs})
outgoing = some({"direction": st.just("outgoing")}, to=phones | of("any"), leg_codec=leg_codecs)


def scripts(step: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(step, min_size=1, max_size=6)


scenarios = st.one_of(
    st.builds(
        lambda top, call, script: top | {"call": call, "script": script},
        tops,
        of("incoming") | incoming,
        scripts(steps(CALLERS)),
    ),
    st.builds(
        lambda top, call, script: top | {"call": call, "script": script},
        tops,
        of("outgoing") | outgoing,
        scripts(steps(CALLEES) | spoken("Callee", CALLEES)),
    ),
    st.builds(
        lambda top, caller, agent, script: top | {"calls": {"Caller": caller, "Agent": agent}, "script": script},
        tops,
        incoming,
        outgoing,
        scripts(spoken("Caller", CALLERS) | spoken("Agent", CALLEES)),
    ),
)


def loaded(file: Path, text: str | bytes) -> list[Scenario]:
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return load([file], root=file.parent)


@given(scenarios)
@patient(300)
def test_any_scenario_of_the_grammar_loads(file: Path, scenario: dict[str, Any]) -> None:
    (found,) = loaded(file, json.dumps(scenario, ensure_ascii=False))
    assert len(found.script) == len(scenario["script"])
    assert _types_in(found.to_json()) <= _JSON


# A `str` that remembers its quotes must not leave the loader.
_JSON = {dict, list, tuple, str, int, float, bool, type(None), Verb, Direction, Subject}


def _types_in(value: object) -> set[type]:
    inner: list[object] = []
    if isinstance(value, dict):
        inner = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple):
        inner = list(value)
    return {type(value)}.union(*map(_types_in, inner))


class _Quoting(yaml.SafeDumper):
    """Block style, with quotes round every text."""


_Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


@given(scenarios)
@patient(100)
def test_the_style_of_the_yaml_makes_no_difference(file: Path, scenario: dict[str, Any]) -> None:
    flow = loaded(file, json.dumps(scenario, ensure_ascii=False))[0]
    block = loaded(file, yaml.dump(scenario, Dumper=_Quoting, allow_unicode=True, sort_keys=False, width=1000))
    assert _without_places(block[0].to_json()) == _without_places(flow.to_json())


def _without_places(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_places(inner) for key, inner in value.items() if key != "place"}
    return [_without_places(inner) for inner in value] if isinstance(value, list | tuple) else value


@given(st.data())
@patient(100)
def test_the_models_take_what_the_loader_takes(data: st.DataObject) -> None:
    verb = data.draw(st.sampled_from([verb for verb in VERBS if verb != Verb.DIAL]))
    argument = data.draw(ARGUMENTS[verb])
    TypeAdapter(model.ARGUMENTS[verb]).validate_python(argument)


def test_every_model_has_a_json_schema() -> None:
    for verb in VERBS:
        assert TypeAdapter(model.ARGUMENTS[verb]).json_schema()
    schema = TypeAdapter(model.ScenarioForm).json_schema()
    assert set(schema["properties"]) == set(model.ScenarioForm.known())
    assert schema["additionalProperties"] is False


def survives(file: Path, text: str | bytes) -> None:
    """Scenarios or a `ScenarioError`, in less than a second of work."""
    began = time.process_time()
    refused = None
    try:
        assert loaded(file, text)
    except ScenarioError as error:
        refused = error
    assert refused is None or all(complaint.render() in str(refused) for complaint in refused.complaints)
    assert time.process_time() - began < 1


@given(st.binary())
@patient(100)
def test_any_bytes_are_survived(file: Path, data: bytes) -> None:
    survives(file, data)


@given(st.text())
@example("\ud800")
@example("call: &a [*a]")
@patient(100)
def test_any_text_is_survived(file: Path, text: str) -> None:
    survives(file, text)


_WORDS = sorted(
    {
        *words.VERBS,
        *words.VERBS_NOT_BUILT,
        *words.SUBJECTS,
        *words.SUBJECTS_NOT_BUILT,
        *model.ScenarioForm.known(),
        *model.ScenarioForm.not_built,
        *model.CallForm.known(),
        *model.ExpectationForm.known(),
        *model.WebhookForm.known(),
        *("one_of", "present", "contains", "matches", "decoded", "Caller", "Agent", "a", "id", "x-a"),
        *("incoming", "outgoing", "any", "$a", "${a}", "2s", "25 dB", "speech/en-1", "./../x.wav", "call.hangup", "12"),
    }
)
_wild = st.recursive(
    st.sampled_from(_WORDS) | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_WORDS), inner, max_size=4),
    max_leaves=30,
)
_wild_scenarios = st.dictionaries(st.sampled_from(model.ScenarioForm.known()), _wild, max_size=6)


@given(_wild_scenarios | _wild)
@patient(500)
def test_any_tree_of_the_words_of_the_language_is_survived(file: Path, tree: Any) -> None:
    survives(file, json.dumps(tree))


_tokens = st.sampled_from(
    ["- ", ": ", "\n", "  ", "{", "}", "[", "]", ", ", '"', "'", "*a", "&a ", "!", "|\n", "? ", "#"]
)


@given(st.lists(_tokens | st.sampled_from(_WORDS), max_size=60).map("".join))
@patient(500)
def test_any_sequence_of_yaml_tokens_is_survived(file: Path, text: str) -> None:
    survives(file, text)


@given(scenarios, st.data())
@patient(300)
def test_a_damaged_scenario_is_survived(file: Path, scenario: dict[str, Any], data: st.DataObject) -> None:
    text = yaml.safe_dump(scenario, allow_unicode=True, sort_keys=False)
    start = data.draw(st.integers(0, len(text)))
    survives(file, text[:start] + data.draw(_tokens | st.sampled_from(_WORDS) | st.just("")) + text[start + 3 :])
