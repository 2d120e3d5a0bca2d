"""The language in Python: the twins of the language's page do what their YAML does, entry for entry."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from in_memory import ObservedApplication, in_memory_hall
from telnyx_simulator.api import Simulated
from telnyx_simulator.api.script import Script
from telnyx_simulator.api.simulator import Here
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.script import Scenario
from telnyx_simulator.trace import Entry, Trace
from telnyx_simulator.transports.clock import Clock, run_virtual

PAGE = (Path(__file__).parents[2] / "docs/scenario-language.md").read_text()
Said = Callable[[Simulated[Awaitable[None]]], Awaitable[None]]


def python_of_the_page() -> dict[str, Said]:
    """The tests of section 8, by name."""
    [block] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    found: dict[str, Any] = {}
    exec(compile(block, "docs/scenario-language.md", "exec"), found)
    return {name: function for name, function in found.items() if name.startswith("test_")}


def yaml_of_the_page(name: str, folder: Path) -> Path:
    found = re.search(rf"^# scenarios/\S*/{name}\.telnyx\.yaml\n(.*?)(?=^# scenarios/|^```)", PAGE, re.DOTALL | re.M)
    assert found, name
    file = folder / f"{name}.telnyx.yaml"
    file.write_text(found[1])
    return file


def said_in_python(said: Said, like: Scenario, application: ObservedApplication, artifacts: Path) -> Path:
    """The trace of a script that Python says, under the names and so the draws of a scenario."""

    async def main(clock: Clock) -> Path:
        async with in_memory_hall(application, clock, artifacts) as hall:
            script = Script(hall, Scenario(file=like.file, run_id=like.run_id, name=like.name, people=(), script=()))
            await script.begin()
            await said(Simulated(script, Here()))
            await script.end()
            script.demand()
            assert script.result is not None
            assert script.result.verdict is Verdict.PASS, script.result.findings
            return script.result.directory

    return run_virtual(main)


def run_from_yaml(scenario: Scenario, application: ObservedApplication, artifacts: Path) -> Path:
    async def main(clock: Clock) -> Path:
        async with in_memory_hall(application, clock, artifacts) as hall:
            result = await hall.run(scenario)
            assert result.verdict is Verdict.PASS, result.findings
            return result.directory

    return run_virtual(main)


def without_lines(directory: Path) -> list[tuple[Any, ...]]:
    """What happened: entries, but for their numbers and for what only a script from Python has to say of itself."""
    only_python = {"definition", "stimuli", "line"}

    def told(entry: Entry) -> tuple[Any, ...]:
        body = {key: value for key, value in entry.body.items() if key not in only_python}
        return entry.at_ns, entry.run, entry.call, entry.actor, entry.kind, body

    return [told(entry) for entry in Trace.read(directory / "trace").entries if entry.kind != "whole_run"]


def media(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (directory / "trace" / "media").iterdir()}


@pytest.mark.parametrize(
    ("test", "name", "row"),
    [
        ("test_a_uk_caller_hears_no_static", "a_uk_caller_hears_no_static", 1),
        ("test_hangup_overtakes_answered", "hangup_overtakes_answered", 0),
    ],
)
def test_a_twin_leaves_the_same_trace_as_its_yaml(test: str, name: str, row: int, tmp_path: Path) -> None:
    scenario = load([yaml_of_the_page(name, tmp_path)], root=tmp_path)[row]
    by_yaml = run_from_yaml(scenario, ObservedApplication(), tmp_path / "yaml")
    by_python = said_in_python(python_of_the_page()[test], scenario, ObservedApplication(), tmp_path / "python")
    assert without_lines(by_python) == without_lines(by_yaml)
    assert media(by_python) == media(by_yaml)
