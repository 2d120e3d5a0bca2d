"""The schema of a profile and its loader agree: what loads is valid, a mistake of form shows while it is written."""

import json
from pathlib import Path
from typing import Any

import pytest
from test_profile_mistakes import FILES, LINES, RIGHT, RUNS
from test_profile_page import PROFILES

from json_schema import mistakes
from telnyx_simulator.scenario import yaml_text
from telnyx_simulator.scenario.complaints import Page
from telnyx_simulator.sut.schema import profile_schema

SCHEMA = profile_schema()
FIXTURES = sorted((Path(__file__).parents[2] / "fixtures/reference_app").rglob("sut.yaml"))

# What an editor cannot see: files, words in braces, URLs, and what one key says about another.
BEYOND = (
    "env: {A B: x}",
    "env: {A: '{",
    "failover_url: ",
    "rewrite: ",
    "9a:",
    "https://api.example.com",
    "{too}",
    "{taken}",
    "'a b': x",
    "A: ü",
    "x 'y",
    "command: x, take",
    "no_such",
    "every: 1ms",
    "redirect: node-shim",
    "{observe: tap}",
    "{observe: none, tap",
    "{observe: play}",
    "{observe: python",
    "{observe: none, python",
    "codec: L16/16}",
    "clips: {a: ",
    "clips: {a b",
    "redirect: node-shim",  # for what it demands of another key
    "number: +",  # text to us, an integer to an editor
)


def shown(text: str) -> Any:
    """The document as an editor has it."""
    page = Page("sut.yaml")
    node = yaml_text.read(yaml_text.decode(text.encode(), page) or "", page)
    assert node is not None
    assert not page.complaints
    return json.loads(json.dumps(yaml_text.plain(node)))


@pytest.mark.parametrize("line", RIGHT)
def test_what_is_right_is_valid(line: str) -> None:
    assert mistakes(SCHEMA, shown(f"{RUNS}{line}\n")) == []


def test_the_profiles_that_we_have_are_valid() -> None:
    assert FIXTURES
    texts = [PROFILES["profiles/official_sdk/sut.yaml"], *(path.read_text() for path in FIXTURES)]
    for text in texts:
        assert mistakes(SCHEMA, shown(text)) == []


@pytest.mark.parametrize("line", [line for line in LINES if not any(part in line for part in BEYOND)])
def test_a_mistake_of_form_shows_while_it_is_written(line: str) -> None:
    assert mistakes(SCHEMA, shown(f"{RUNS}{line}\n"))


# Places and lengths of time mean nothing to an editor.
BEYOND_IN_FILES = ("nowhere", "call_control_id", "10.0.0.1", "timeout: 0s")


@pytest.mark.parametrize("text", [text for text in FILES if text and not any(part in text for part in BEYOND_IN_FILES)])
def test_a_mistake_of_a_file_shows_while_it_is_written(text: str) -> None:
    assert mistakes(SCHEMA, shown(text))
