"""What GitHub Actions shows: annotations on the lines of scenarios, and a table in the job's summary.

Workflow commands and their escapes: docs.github.com, "Workflow commands for GitHub Actions" and actions/toolkit.
"""

import html
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from telnyx_simulator.checks.findings import FAULT_TEXTS, Finding, Verdict
from telnyx_simulator.report.outcome import Outcome
from telnyx_simulator.report.text import outcome_text, summary

_COMMANDS: Final = {Verdict.FAIL: "error", Verdict.INCONCLUSIVE: "warning"}
_MARKS: Final = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "**FAILED**",
    Verdict.INCONCLUSIVE: "*inconclusive*",
    Verdict.NOT_EXERCISED: "not exercised",
}
# A step's summary may hold 1 MiB; beyond these the table and the texts say how many there are more.
_ROWS_MAX: Final = 500
_TEXTS_MAX: Final = 20
_FOUND_CHARACTERS_MAX: Final = 200


def annotations(outcomes: Sequence[Outcome], *, here: Path, workspace: Path | None) -> list[str]:
    """One workflow command for each finding that did not pass; paths as seen from `workspace`, the repository."""
    return [
        _annotation(outcome, finding, here, workspace)
        for outcome in outcomes
        for finding in outcome.findings
        if finding.verdict in _COMMANDS
    ]


def _annotation(outcome: Outcome, finding: Finding, here: Path, workspace: Path | None) -> str:
    place = finding.place if finding.place and finding.place.file else outcome.place
    told = [f"wanted {finding.expected}", f"found {finding.actual}"]
    if finding.fault is not None:
        told.append(f"{finding.fault.value}: {FAULT_TEXTS[finding.fault][1]}")
    told += [f"why {finding.why}"] if finding.why else []
    told += [f"again {outcome.again}"] if outcome.again else []
    properties = {"title": f"{outcome.label}: {finding.id}"}
    if place:
        file = _from_workspace(place.file, here, workspace)
        properties = {"file": file, "line": str(place.line), "col": str(place.column)} | properties
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.verdict]} {written}::{_data(chr(10).join(told))}"


def _from_workspace(file: str, here: Path, workspace: Path | None) -> str:
    path = here / file
    if workspace is None or not path.is_relative_to(workspace):
        return file
    return Path(os.path.relpath(path, workspace)).as_posix()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def step_summary(outcomes: Sequence[Outcome], *, seconds: float, seed: int) -> str:
    """Markdown for `$GITHUB_STEP_SUMMARY`: a table of the runs, what is amiss first, and the texts of failures."""
    order = [Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_EXERCISED, Verdict.PASS]
    ordered = sorted(outcomes, key=lambda outcome: order.index(outcome.verdict))
    lines = [
        "### telnyx-sim",
        "",
        f"{summary([outcome.verdict for outcome in outcomes], seconds)}, seed {seed}",
        "",
        "| run | verdict | time | found |",
        "|---|---|---|---|",
        *(_row(outcome) for outcome in ordered[:_ROWS_MAX]),
    ]
    if len(ordered) > _ROWS_MAX:
        lines.append(f"| and {len(ordered) - _ROWS_MAX} more | | | |")
    for outcome in [one for one in ordered if one.verdict in _COMMANDS][:_TEXTS_MAX]:
        text = outcome_text(outcome)
        fence = "`" * max(3, _longest_of("`", text) + 1)
        lines += ["", f"<details><summary>{html.escape(outcome.label)}</summary>", "", f"{fence}text", text, fence, ""]
        lines.append("</details>")
    return "\n".join(lines) + "\n"


def _row(outcome: Outcome) -> str:
    found = outcome.amiss[0] if outcome.amiss else None
    told = f"{found.id}: {found.actual}" if found else ""
    if len(told) > _FOUND_CHARACTERS_MAX:
        told = told[: _FOUND_CHARACTERS_MAX - 3] + "..."
    return f"| {cell(outcome.label)} | {_MARKS[outcome.verdict]} | {outcome.seconds:.1f} s | {cell(told)} |"


def cell(text: str) -> str:
    """One cell: nothing in it ends the cell or the row, or is taken for Markdown or HTML."""
    escaped = html.escape(text, quote=False)
    for character in "\\|`*_[]":
        escaped = escaped.replace(character, "\\" + character)
    return " ".join(escaped.split())


def _longest_of(character: str, text: str) -> int:
    longest = run = 0
    for one in text:
        run = run + 1 if one == character else 0
        longest = max(longest, run)
    return longest
