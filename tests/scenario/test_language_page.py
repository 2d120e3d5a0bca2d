"""The page and the loader agree: all that docs/scenario-language.md shows loads, or is said not to be built yet."""

import re
from pathlib import Path

import pytest

from telnyx_simulator.scenario.loader import ScenarioError, load

PAGE = (Path(__file__).parents[2] / "docs/scenario-language.md").read_text()
_KEY = re.compile(r"(- |(?:webhooks|commands|call|expect|absent|account|assume): )")
PLAIN = {"call": "incoming", "script": "[dial, hangup]", "matrix": "{shape: [pretty, compact]}"}


def sections() -> dict[str, str]:
    """Number of a section -> its text."""
    return {text[:2].strip(" ."): text for text in PAGE.split("\n## ")[1:]}


def files() -> dict[str, str]:
    """The scenarios of section 4 and of the head: a comment with a file name begins a new file."""
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.split("\n## 1")[0] + sections()["4"], re.DOTALL)
    found = [part.partition("\n") for block in blocks for part in re.split(r"^# (?=scenarios/)", block, flags=re.M)[1:]]
    return {name: text for name, _, text in found}


def faults() -> list[str]:
    """What the fault rows of section 10 say, a snippet at a time."""
    return [snippet for snippet in re.findall(r"`([^`]+)`", sections()["10"]) if _KEY.match(snippet)]


def complaints(folder: Path, name: str, text: str) -> list[str]:
    file = folder / name
    file.parent.mkdir(parents=True)
    file.write_text(text)
    try:
        assert load([file], root=folder)
    except ScenarioError as error:
        return [complaint.render() for complaint in error.complaints if not complaint.not_built_yet]
    return []


def test_the_page_has_what_is_read_here() -> None:
    assert len(files()) > 20
    assert len(faults()) > 50


@pytest.mark.parametrize("name", files())
def test_a_scenario_of_the_page_loads_or_is_not_built_yet(name: str, tmp_path: Path) -> None:
    assert complaints(tmp_path, name, files()[name]) == []


@pytest.mark.parametrize("snippet", faults())
def test_a_fault_of_the_page_loads_or_is_not_built_yet(snippet: str, tmp_path: Path) -> None:
    if snippet.startswith("- refuse"):
        keys = PLAIN | {"call": "outgoing", "script": f"\n  {snippet}"}
    elif snippet.startswith("- "):
        keys = PLAIN | {"script": f"\n  - dial\n  {snippet}"}
    else:
        key, _, value = snippet.partition(": ")
        keys = PLAIN | {key: value}
    text = "".join(f"{key}: {value}\n" for key, value in keys.items())
    assert complaints(tmp_path, "x/fault.telnyx.yaml", text) == []


BUILT = [
    "scenarios/audio/a_uk_caller_hears_no_static.telnyx.yaml",
    "scenarios/calls/a_menu_is_driven_by_keys.telnyx.yaml",
    "scenarios/calls/an_incoming_call_is_answered.telnyx.yaml",
    "scenarios/calls/an_outgoing_call_that_fails_is_reported_as_it_failed.telnyx.yaml",
    "scenarios/calls/hang_up_and_redial_at_once.telnyx.yaml",
    "scenarios/calls/nobody_picks_up.telnyx.yaml",
    "scenarios/security/a_forged_hangup_has_no_effect.telnyx.yaml",
]


@pytest.mark.parametrize("name", BUILT)
def test_what_only_uses_what_is_built_loads(name: str, tmp_path: Path) -> None:
    file = tmp_path / Path(name).name
    file.write_text(files()[name])
    assert load([file])
