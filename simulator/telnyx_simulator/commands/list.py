"""`telnyx-sim list`."""

import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from telnyx_simulator.commands import options
from telnyx_simulator.commands.exits import EPILOG, EXIT_NOTHING_MATCHED, EXIT_USAGE

if TYPE_CHECKING:
    from telnyx_simulator.scenario.script import Scenario


@click.command("list", epilog=EPILOG, short_help="List runs: longest duration, tags, requirements.")
@options.paths
@click.option("--sut", type=click.Path(path_type=Path), help="For the lengths of app/ clips.  [default: ./sut.yaml]")
@click.option("-k", "expression", metavar="EXPR", help="As for run.")
@click.option("-t", "tags", metavar="TAG", multiple=True, help="As for run.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_(
    paths: tuple[Path, ...], sut: Path | None, expression: str | None, tags: tuple[str, ...], as_json: bool
) -> None:
    """List the runs of scenario files, folder by folder: their longest possible duration, tags and requirements.

    A + after the duration says that a sound counts in it whose length is not known here.
    """
    from telnyx_simulator.scenario.complaints import ScenarioError
    from telnyx_simulator.scenario.loader import NOTHING_HERE, load
    from telnyx_simulator.scenario.selection import ExpressionError, selected

    try:
        scenarios = load(options.or_default(paths))
        lengths = _lengths(sut)
    except ScenarioError as error:
        click.echo(str(error), err=True)
        nothing = all(complaint.message.startswith(NOTHING_HERE) for complaint in error.complaints)
        sys.exit(EXIT_NOTHING_MATCHED if nothing else EXIT_USAGE)
    try:
        runs = selected([run for one in scenarios for run in one.expanded()], expression=expression, tags=tags)
    except ExpressionError as error:
        raise click.UsageError(str(error)) from error
    rows = [_row(run, lengths) for run in runs if run.copy == 0]
    if as_json:
        click.echo(json.dumps({"schema": 1, "runs": rows}, indent=2, ensure_ascii=False))
    else:
        _print(rows)
    if not runs:
        sys.exit(EXIT_NOTHING_MATCHED)


def _lengths(sut: Path | None) -> "Callable[[Scenario, str], int | None]":
    """How long a clip of a scenario is, in nanoseconds; None where nobody can tell from here."""
    from telnyx_simulator.media.sounds import SoundError, load_clip, load_file
    from telnyx_simulator.scenario.clips import SAID_S, SEEDED
    from telnyx_simulator.scenario.profiles import load_profile

    path = Path("sut.yaml") if sut is None else sut
    files = load_profile(path).clip_files() if sut is not None or path.is_file() else {}

    @cache
    def length(name: str, file: Path | None) -> int | None:
        try:
            sound, _ = load_clip(name) if file is None else load_file(name, file)
        except SoundError:
            return None
        return len(sound.pcm) * 1_000_000_000 // sound.sample_rate_hz

    def of(scenario: "Scenario", clip: str) -> int | None:
        if clip in SEEDED:
            return round(SAID_S * 1e9)
        if clip.startswith("app/"):
            return length(clip, files[clip]) if clip in files else None
        return length(clip, Path(scenario.file).parent / clip if clip.startswith(".") else None)

    return of


def _row(run: "Scenario", lengths: "Callable[[Scenario, str], int | None]") -> dict[str, Any]:
    from telnyx_simulator.scenario.longest import clips_of, longest_ns
    from telnyx_simulator.scenario.selection import label

    return {
        "scenario": label(run),
        "file": run.file,
        "name": run.name,
        "longest_s": round(longest_ns(run, lambda clip: lengths(run, clip)) / 1e9, 3),
        "unknown_clips": sorted(clip for clip in clips_of(run) if lengths(run, clip) is None),
        "tags": list(run.tags),
        "requirement": list(run.requirement),
        "skip": run.skip,
    }


def _print(rows: list[dict[str, Any]]) -> None:
    """A line for each run; where they are of several folders, these are headings."""
    folders: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        folders.setdefault(str(Path(row["file"]).parent), []).append(row)
    width = max((len(row["scenario"]) for row in rows), default=0)
    for folder, inside in folders.items():
        if len(folders) > 1:
            files = len({row["file"] for row in inside})
            click.echo(f"{folder}: {options.counted(files, 'scenario')}")
        for row in inside:
            click.echo("  " * (len(folders) > 1) + _line(row, width))
    longest_s = sum(row["longest_s"] for row in rows)
    click.echo(f"{options.counted(len(rows), 'run')}, {longest_s / 60:.1f} min at most one by one", err=True)


def _line(row: dict[str, Any], width: int) -> str:
    longest = f"{row['longest_s']:.1f} s{'+' if row['unknown_clips'] else ' '}"
    about = [f"[{', '.join(row['tags'])}]"] if row["tags"] else []
    about += row["requirement"]
    about += [f"(skipped: {row['skip']})"] if row["skip"] is not None else []
    return f"{row['scenario']:<{width}}  {longest:>9}  {'  '.join(about)}".rstrip()
