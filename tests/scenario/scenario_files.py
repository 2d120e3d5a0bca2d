"""Scenario files for tests: written, loaded, or refused with all that is said about them."""

from pathlib import Path

import pytest

from telnyx_simulator.checks.expectations import Expectation
from telnyx_simulator.scenario.complaints import ScenarioError
from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.script import Scenario, Step

SECOND = 1_000_000_000


def loaded(folder: Path, text: str, name: str = "a_uk_caller") -> list[Scenario]:
    file = folder / f"{name}.telnyx.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return load([file], root=folder)


def one(folder: Path, top: str) -> Scenario:
    """A scenario with further keys at the top level."""
    keys = "" if top.startswith(("call:", "calls:")) else "call: incoming\n"
    (scenario,) = loaded(folder, f"{keys}script: [wait: 1s]\n{top}\n")
    return scenario


def script(folder: Path, *steps: str, call: str = "incoming") -> tuple[Step, ...]:
    text = f"call: {call}\nscript:\n" + "".join(f"  - {step}\n" for step in steps)
    (scenario,) = loaded(folder, text)
    return scenario.script


def expected(folder: Path, expectation: str) -> Expectation:
    (step,) = script(folder, f"expect: {expectation}")
    (found,) = step.expectations
    return found


def refused(folder: Path, text: str | bytes, name: str = "x") -> ScenarioError:
    file = folder / f"{name}.telnyx.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ScenarioError) as caught:
        load([file], root=folder)
    return caught.value


def messages(folder: Path, text: str | bytes) -> list[str]:
    """`line:column: message` of each complaint."""
    return [
        f"{complaint.place.line}:{complaint.place.column}: {complaint.message}"
        for complaint in refused(folder, text).complaints
    ]


def mistake_in_step(folder: Path, step: str, *, call: str = "incoming") -> str:
    """What is said of one step, which is the one mistake of its file."""
    (complaint,) = refused(folder, f"call: {call}\nscript:\n  - wait: 1s\n  - {step}\n").complaints
    assert complaint.place.line == 4
    return complaint.message


def mistake_at_top(folder: Path, top: str) -> str:
    """What is said of further top-level keys, which hold the one mistake of their file."""
    (complaint,) = refused(folder, f"call: incoming\nscript: [wait: 1s]\n{top}\n").complaints
    assert complaint.place.line >= 3
    return complaint.message
