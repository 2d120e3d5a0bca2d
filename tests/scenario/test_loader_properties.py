"""Any scenario that the grammar gives loads; anything else at all is a `ScenarioError`, and soon."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from grammar import arguments, scenarios
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from json_schema import mistakes
from telnyx_simulator.checks.expectations import Subject
from telnyx_simulator.scenario import accounts, lines, model, streams, treatments, words
from telnyx_simulator.scenario.loader import ScenarioError, load
from telnyx_simulator.scenario.schema import scenario_schema
from telnyx_simulator.scenario.script import Direction, Scenario, Verb

SCHEMA = scenario_schema()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scenarios") / "any.telnyx.yaml"


def patient(examples: int) -> settings:
    """A busy machine is no finding: each example writes a file."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def loaded(file: Path, text: str | bytes) -> list[Scenario]:
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return load([file], root=file.parent)


@given(scenarios)
@patient(150)
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
@patient(60)
def test_the_style_of_the_yaml_makes_no_difference(file: Path, scenario: dict[str, Any]) -> None:
    flow = loaded(file, json.dumps(scenario, ensure_ascii=False))[0]
    block = loaded(file, yaml.dump(scenario, Dumper=_Quoting, allow_unicode=True, sort_keys=False, width=1000))
    assert _without_places(block[0].to_json()) == _without_places(flow.to_json())


def _without_places(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_places(inner) for key, inner in value.items() if key != "place"}
    return [_without_places(inner) for inner in value] if isinstance(value, list | tuple) else value


@given(scenarios)
@patient(60)
def test_any_scenario_of_the_grammar_is_valid_for_an_editor(scenario: dict[str, Any]) -> None:
    assert mistakes(SCHEMA, scenario) == []


@given(st.data())
@patient(60)
def test_the_models_take_what_the_loader_takes(data: st.DataObject) -> None:
    verb = data.draw(st.sampled_from([verb for verb in Verb if model.ARGUMENTS[verb] is not None]))
    argument = data.draw(arguments()[verb])
    TypeAdapter(model.ARGUMENTS[verb]).validate_python(argument)


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
@patient(60)
def test_any_bytes_are_survived(file: Path, data: bytes) -> None:
    survives(file, data)


@given(st.text())
@example("\ud800")
@example("call: &a [*a]")
@patient(60)
def test_any_text_is_survived(file: Path, text: str) -> None:
    survives(file, text)


_FORMS = [
    model.ScenarioForm,
    model.CallForm,
    model.ExpectationForm,
    treatments.WebhookForm,
    treatments.CommandTreatmentForm,
    streams.StreamForm,
    streams.StreamStepForm,
    accounts.AccountForm,
    *(form for plane in lines.IMPAIRMENTS.values() for form in plane.values()),
]
_WORDS = sorted(
    {
        *map(str, words.VERBS),
        *map(str, words.SUBJECTS),
        *(key for form in _FORMS for key in form.every_key()),
        *("one_of", "present", "contains", "matches", "decoded", "Caller", "Agent", "a", "id", "x-a", "all", "status"),
        *("incoming", "outgoing", "any", "$a", "${a}", "2s", "25 dB", "speech/en-1", "./../x.wav", "call.hangup", "12"),
        *("mobile", "pstn", "websocket", "3%", "64 kbit/s", "redirects", "followed", "sound_clean", "hello", "again"),
    }
)
_wild = st.recursive(
    st.sampled_from(_WORDS) | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_WORDS), inner, max_size=4),
    max_leaves=30,
)
_wild_scenarios = st.dictionaries(st.sampled_from(model.ScenarioForm.every_key()), _wild, max_size=6)


@given(_wild_scenarios | _wild)
@patient(250)
def test_any_tree_of_the_words_of_the_language_is_survived(file: Path, tree: Any) -> None:
    survives(file, json.dumps(tree))


_tokens = st.sampled_from(
    ["- ", ": ", "\n", "  ", "{", "}", "[", "]", ", ", '"', "'", "*a", "&a ", "!", "|\n", "? ", "#"]
)


@given(st.lists(_tokens | st.sampled_from(_WORDS), max_size=60).map("".join))
@patient(250)
def test_any_sequence_of_yaml_tokens_is_survived(file: Path, text: str) -> None:
    survives(file, text)


@given(scenarios, st.data())
@patient(150)
def test_a_damaged_scenario_is_survived(file: Path, scenario: dict[str, Any], data: st.DataObject) -> None:
    text = yaml.safe_dump(scenario, allow_unicode=True, sort_keys=False)
    start = data.draw(st.integers(0, len(text)))
    survives(file, text[:start] + data.draw(_tokens | st.sampled_from(_WORDS) | st.just("")) + text[start + 3 :])
