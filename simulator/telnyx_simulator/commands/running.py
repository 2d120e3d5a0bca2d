"""One invocation of `run`: scenarios chosen, played and told of, reports written. `demo` makes two of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.commands import reports
from telnyx_simulator.commands.exits import EXIT_NOTHING_MATCHED, EXIT_USAGE, exit_code
from telnyx_simulator.commands.options import counted, folder
from telnyx_simulator.commands.playing import Played, Playing, play
from telnyx_simulator.commands.telling import FAILED
from telnyx_simulator.media.impairments.recorded import RecordingError
from telnyx_simulator.report.outcome import Outcome
from telnyx_simulator.report.text import summary
from telnyx_simulator.scenario.complaints import ScenarioError
from telnyx_simulator.scenario.footing import footings
from telnyx_simulator.scenario.invocation import read_all
from telnyx_simulator.scenario.loader import NOTHING_HERE
from telnyx_simulator.scenario.recordings import recorded
from telnyx_simulator.scenario.script import Scenario
from telnyx_simulator.scenario.selection import ExpressionError, key, repeated, selected
from telnyx_simulator.sut.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted(Playing):
    """What one invocation is asked for, beside how its runs are played."""

    paths: list[Path]
    expression: str | None = None
    tags: tuple[str, ...] = ()
    last_failed: bool = False
    deny: tuple[str, ...] = ()
    strict: bool = False
    junit: Path | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    outcomes: list[Outcome]


class NothingMatchedError(Exception):
    """The selection leaves nothing; the text says what there was."""


def run_scenarios(wanted: Wanted) -> Ended:
    """Everything that `run` does, from reading to the exit code."""
    try:
        profile, runs = _chosen(wanted)
    except ScenarioError as error:
        click.echo(str(error), err=True)
        nothing = all(complaint.message.startswith(NOTHING_HERE) for complaint in error.complaints)
        return Ended(EXIT_NOTHING_MATCHED if nothing else EXIT_USAGE, [])
    except NothingMatchedError as error:
        click.echo(str(error), err=True)
        return Ended(EXIT_NOTHING_MATCHED, [])
    if wanted.deny and (refusal := _denied(runs, wanted.deny)):
        click.echo(refusal, err=True)
        return Ended(EXIT_USAGE, [])
    try:
        lines = recorded(wanted.impairments) if wanted.impairments else []
    except RecordingError as error:
        click.echo(str(error), err=True)
        return Ended(EXIT_USAGE, [])
    folder(wanted.artifacts)
    reports.check_writable(wanted.junit, wanted.json)
    click.echo(f"telnyx-sim run  seed {wanted.seed}  {profile.title}  {counted(len(runs), 'run')}", err=True)
    played = play(wanted, profile, runs, lambda played: _report(wanted, played), lines=lines)
    verdicts = [outcome.verdict for outcome in played.outcomes]
    code = exit_code(verdicts, strict=wanted.strict) if played.code is None else played.code
    return Ended(code, played.outcomes)


def _chosen(wanted: Wanted) -> tuple[Profile, list[Scenario]]:
    profile, scenarios = read_all(wanted.paths, wanted.sut)
    runs = repeated(scenarios, wanted.times)
    among = None
    if wanted.last_failed:
        among = reports.last_failed(wanted.artifacts) & {key(run) for run in runs}
        if not among:
            click.echo("--lf: no failed run is known of here; running all", err=True)
            among = None
    try:
        chosen = selected(runs, expression=wanted.expression, tags=wanted.tags, among=among)
    except ExpressionError as error:
        raise click.UsageError(str(error)) from error
    if not chosen:
        raise NothingMatchedError(_nothing(wanted, runs))
    return profile, chosen


def _denied(runs: list[Scenario], deny: tuple[str, ...]) -> str:
    """What the runs rest on of this evidence, each place once; empty if they rest on nothing of it."""
    of_runs = [[one.render() for one in footings(run) if one.row.evidence in deny] for run in runs]
    refused = len({run.file for run, found in zip(runs, of_runs, strict=True) if found})
    if not refused:
        return ""
    told = dict.fromkeys(text for found in of_runs for text in found)
    last = (
        f"--deny {' --deny '.join(deny)}: {refused} of {counted(len({run.file for run in runs}), 'scenario')} refused"
    )
    return "\n".join([*told, f"{last}; nothing was run (-k and -t choose others)"])


def _nothing(wanted: Wanted, runs: list[Scenario]) -> str:
    given = [f"-k {wanted.expression!r}"] if wanted.expression else []
    given += [f"-t {tag}" for tag in wanted.tags]
    tags = sorted({tag for run in runs for tag in run.tags})
    known = f"; tags here: {', '.join(tags)}" if wanted.tags and tags else ""
    names = "; `telnyx-sim list` names them" if wanted.expression else ""
    return f"nothing matched {' '.join(given)} among {len(runs)} runs{names}{known}"


def _report(wanted: Wanted, played: Played) -> None:
    """The last line, and every report that was asked for; and what failed, for `--lf`."""
    outcomes, seconds, on_stderr = played.outcomes, played.seconds, wanted.json == "-"
    click.echo(summary([outcome.verdict for outcome in outcomes], seconds), err=on_stderr)
    reports.write(
        outcomes, seconds=seconds, seed=wanted.seed, strict=wanted.strict, junit=wanted.junit, json=wanted.json
    )
    reports.github(outcomes, seconds=seconds, seed=wanted.seed, on_stderr=on_stderr)
    _remember(wanted.artifacts, played.made)


def _remember(artifacts: Path, made: Sequence[tuple[Scenario, Outcome]]) -> None:
    """For `--lf`: a repetition or copy that failed counts as the whole run's failure."""
    failed = {key(scenario) for scenario, outcome in made if outcome.verdict in FAILED and scenario.file}
    passed = {key(scenario) for scenario, outcome in made if outcome.verdict is Verdict.PASS}
    reports.remember(artifacts, failed=failed, passed=passed - failed)
