"""The JSON Schema of a scenario file: current, true of all scenarios, and sharp enough for an editor."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_language_page import PLAIN, faults, files
from test_mistakes import FILES

from json_schema import mistakes
from telnyx_simulator.checks.expectations import Subject
from telnyx_simulator.scenario.schema import scenario_schema, schema_text
from telnyx_simulator.scenario.script import Verb

REPOSITORY = Path(__file__).parents[2]
COMMITTED = REPOSITORY / "docs/schema/scenario.schema.json"
WRITE_IT = "python -c 'from telnyx_simulator.scenario.schema import schema_text; print(schema_text(), end=str())'"
SCHEMA = scenario_schema()
# What shows only where two places are compared; `lint` says it.
NOT_FOR_A_SCHEMA = {"side", "axis"}


def as_an_editor_reads(text: str) -> Any:
    """Editors read YAML in their own way: an unquoted number is one, with a plus or a leading zero too."""
    return yaml.safe_load(text)


def wrong(text: str) -> list[str]:
    return mistakes(SCHEMA, as_an_editor_reads(text))


def test_the_committed_schema_is_current() -> None:
    assert COMMITTED.read_text() == schema_text(), f"{WRITE_IT} > docs/schema/scenario.schema.json"
    assert json.loads(schema_text()) == SCHEMA


@pytest.mark.parametrize("path", sorted((REPOSITORY / "scenarios").rglob("*.telnyx.yaml")), ids=lambda path: path.stem)
def test_a_scenario_of_the_library_is_valid(path: Path) -> None:
    assert wrong(path.read_text()) == []


@pytest.mark.parametrize("name", files())
def test_a_scenario_of_the_page_is_valid(name: str) -> None:
    assert wrong(files()[name]) == []


@pytest.mark.parametrize("snippet", faults())
def test_a_fault_of_the_page_is_valid(snippet: str) -> None:
    keys = PLAIN | {"script": f"\n  {snippet}"} if snippet.startswith("- ") else PLAIN | dict([snippet.split(": ", 1)])
    assert wrong("".join(f"{key}: {value}\n" for key, value in keys.items())) == []


@pytest.mark.parametrize("name", FILES)
def test_a_mistake_of_the_page_is_none_for_the_schema_only_if_no_schema_can_see_it(name: str) -> None:
    assert bool(wrong(FILES[name])) is (name not in NOT_FOR_A_SCHEMA)


STEPS = [
    "diall",
    "agent: hangup",
    "{dial: , hangup: }",
    "{play: speech/en-1, level: -3 dBFS}",
    "{Caller: {Caller: hangup}}",
    "Caller: {agent: hangup}",
    "press: 12",
    "refuse: normal_clearing",
    "refuse: {sip: 486}",
    "wait: 2",
    "wait",
    "mic: loud",
    "hold: 2s",
    "line: {loss: 3%}",
    "line: {pstn: {loss: 3}}",
    "line: {websocket: mobile}",
    "stream: {close: 12}",
    "stream: {send: bye}",
    "webhook: {event: call.hungup}",
    "webhook: {event: call.hangup, delay: 2}",
    "expect: {command: answer, webhook: any}",
    "expect: {within: 2s}",
    "expect: awnser",
    "expect: {command: awnser}",
    "expect: {command: {one_of: [awnser]}}",
    "expect: {command: {oneof: [answer]}}",
    "expect: []",
    "absent: {effect: any}",
    "absent: {Caller: {effect: any}}",
]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_with_a_mistake_is_not_valid(step: str) -> None:
    assert wrong(f"call: incoming\nscript:\n  - dial\n  - {step}\n")


TOPS = [
    "webhooks: {call.hungup: {drop: true}}",
    "webhooks: {call.hangup: {}}",
    "webhooks: {call.hangup: {drop: yes please}}",
    "webhooks: {call.hangup: {shape: flat}}",
    "commands: {answer: {eror: 503}}",
    "commands: {awnser: {error: 503}}",
    "account: {webhook_timeout: 2}",
    "account: {applications: {Old: {webhook_url: https://old.example.com}}}",
    "assume: {redirects: ignored}",
    "requires: [flying]",
    "ignore: [everything]",
    "repeat: 0",
    "matrix: {a: [[1]]}",
    "nmae: x",
    "calls: {Caller: incoming}",
    "load: {mix: {a.telnyx.yaml: 1}, for: 1m}",
]


@pytest.mark.parametrize("top", TOPS)
def test_a_key_with_a_mistake_is_not_valid(top: str) -> None:
    assert wrong(f"call: incoming\nscript: [dial]\n{top}\n")


def test_a_reference_may_stand_for_any_scalar_and_notes_are_free() -> None:
    assert (
        wrong("matrix: {a: [1]}\ncall: {direction: $a}\nrepeat: $a\nscript: [wait: $a, $a, Caller: $a]\nx-y: {z: 1}")
        == []
    )


def test_every_key_has_its_hover_text() -> None:
    said = {**SCHEMA["$defs"]["verb"]["properties"], **SCHEMA["properties"]}
    for name, definition in SCHEMA["$defs"].items():
        if name.endswith("Form"):
            said |= {f"{name}.{key}": value for key, value in definition["properties"].items()}
    assert set(map(str, Verb)) | {f"ExpectationForm.{subject}" for subject in Subject} <= set(said)
    assert [key for key, value in said.items() if not value.get("description")] == []


def test_nothing_is_left_without_a_type() -> None:
    """A key that is read by hand must not be forgotten here: it would take anything."""
    forms = {name: each for name, each in SCHEMA["$defs"].items() if "properties" in each} | {"": SCHEMA}
    untyped = [
        f"{name}.{key}"
        for name, form in forms.items()
        for key, value in form["properties"].items()
        if not set(value) - {"description"}
    ]
    assert untyped == []
