"""Files that an invocation leaves: JUnit, JSON, what GitHub shows, and which runs failed last."""

import json as json_module
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from telnyx_simulator.report.github import annotations, step_summary
from telnyx_simulator.report.junit import junit as junit_xml
from telnyx_simulator.report.outcome import Outcome
from telnyx_simulator.report.result_json import result_json

LAST_FAILED: Final = "last-failed.json"


def check_writable(junit: Path | None, json: str | None, **others: Path | None) -> None:
    """Say before anything runs that a report could not be written after it."""
    files = {"junit": junit, "json": None if json in (None, "-") else Path(str(json)), **others}
    for name, path in files.items():
        option = f"--{name}"
        if path is None:
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a"):
                pass
        except FileExistsError as error:
            raise click.UsageError(f"{option} {path}: {path.parent} is a file") from error
        except OSError as error:
            raise click.UsageError(f"{option} {path}: {error.strerror}") from error


def write(
    outcomes: Sequence[Outcome], *, seconds: float, seed: int, strict: bool, junit: Path | None, json: str | None
) -> None:
    if junit is not None:
        junit.write_text(junit_xml(outcomes, seconds=seconds, strict=strict), encoding="utf-8")
    if json is not None:
        write_json(result_json(outcomes, seed=seed), json)


def write_json(found: dict[str, Any], path: str) -> None:
    """One object to a file, or to stdout (`-`)."""
    text = json_module.dumps(found, indent=2, ensure_ascii=False)
    if path == "-":
        click.echo(text)
    else:
        Path(path).write_text(text + "\n", encoding="utf-8", errors="backslashreplace")


def github(outcomes: Sequence[Outcome], *, seconds: float, seed: int, on_stderr: bool) -> None:
    """Annotations where GitHub Actions runs us, and a table where it wants a summary."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        workspace = os.environ.get("GITHUB_WORKSPACE")
        for line in annotations(outcomes, here=Path.cwd(), workspace=Path(workspace) if workspace else None):
            click.echo(line, err=on_stderr)
    summarize(step_summary(outcomes, seconds=seconds, seed=seed))


def summarize(markdown: str) -> None:
    """Add to the summary of the job, where GitHub Actions wants one."""
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with Path(summary).open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(markdown)
        except OSError as error:
            click.echo(f"GITHUB_STEP_SUMMARY {summary}: {error.strerror}", err=True)


def last_failed(artifacts: Path) -> set[str]:
    """Keys (`selection.key`) of what failed when it was last run; none if nothing readable is there."""
    try:
        kept = json_module.loads((artifacts / LAST_FAILED).read_bytes())
        return {str(run) for run in kept["runs"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return set()


def remember(artifacts: Path, *, failed: set[str], passed: set[str]) -> None:
    """Keep what failed, also what failed before and was not run this time."""
    before = last_failed(artifacts)
    now = (before - passed) | failed
    if now != before:
        text = json_module.dumps({"schema": 1, "runs": sorted(now)}, indent=2, ensure_ascii=False)
        (artifacts / LAST_FAILED).write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
