"""One invocation of `run`: scenarios chosen, played and told of, reports written. `demo` makes two of them."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.commands import reports
from telnyx_simulator.commands.exits import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_NEVER_READY,
    EXIT_NOTHING_MATCHED,
    EXIT_USAGE,
    exit_code,
)
from telnyx_simulator.commands.loop import in_loop
from telnyx_simulator.commands.options import counted, folder
from telnyx_simulator.commands.progress import Plain, showing
from telnyx_simulator.commands.telling import FAILED, Keep, Repeating, Teller, first_line
from telnyx_simulator.media.impairments.recorded import RecordedLeg, RecordingError
from telnyx_simulator.report.outcome import Outcome, not_run
from telnyx_simulator.report.text import summary
from telnyx_simulator.scenario.complaints import ScenarioError
from telnyx_simulator.scenario.footing import footings
from telnyx_simulator.scenario.hall import Options
from telnyx_simulator.scenario.invocation import read_all, wall_hall
from telnyx_simulator.scenario.loader import NOTHING_HERE
from telnyx_simulator.scenario.recordings import recorded
from telnyx_simulator.scenario.script import Scenario
from telnyx_simulator.scenario.selection import ExpressionError, key, repeated, selected
from telnyx_simulator.sut.application import NeverReady
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.sut.words import UnknownWord
from telnyx_simulator.transports.clock import Clock, wall_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one invocation is asked for; `timeout_ns` is for all of it."""

    paths: list[Path]
    sut: Path
    seed: int
    artifacts: Path
    at_one_time: int = 1
    expression: str | None = None
    tags: tuple[str, ...] = ()
    last_failed: bool = False
    times: int = 1
    timeout_ns: int | None = None
    stop_at_first: bool = False
    deny: tuple[str, ...] = ()
    strict: bool = False
    impairments: Path | None = None
    keep: Keep = "always"
    junit: Path | None = None
    json: str | None = None


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
    return _played(wanted, profile, runs, lines)


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


def _played(wanted: Wanted, profile: Profile, runs: list[Scenario], lines: list[RecordedLeg]) -> Ended:
    """The runs played; whatever ends them early, what has run is reported, and the rest as not exercised."""
    clock = wall_clock()
    code, reason = None, "-x: another run failed before" if wanted.stop_at_first else "an error of ours came before"
    teller = Teller(
        clock=clock,
        drawn=Plain(),
        repeating=Repeating(sut=wanted.sut, seed=wanted.seed, times=wanted.times, impairments=wanted.impairments),
        keep=wanted.keep,
        results_on_stderr=wanted.json == "-",
    )
    try:
        with _artifacts(wanted) as artifacts, showing(len(runs)) as teller.drawn:
            in_loop(lambda: _all_runs(wanted, profile, runs, teller, artifacts, lines))
    except _TimeIsUpError as error:
        code, reason = EXIT_FAILED, str(error)
    except (NeverReady, UnknownWord) as error:
        code = EXIT_NEVER_READY if isinstance(error, NeverReady) else EXIT_USAGE
        reason = str(error).splitlines()[0]
        click.echo(str(error), err=True)
    except KeyboardInterrupt:
        code, reason = EXIT_INTERRUPTED, "interrupted before"
        click.echo(f"interrupted; what was recorded is in {wanted.artifacts}", err=True)
    finally:
        outcomes = _in_order(runs, teller, seed=wanted.seed, reason=reason)
        _report(wanted, outcomes, seconds=clock.now_ns() / 1e9)
        _remember(wanted.artifacts, teller)
    verdicts = [outcome.verdict for outcome in outcomes]
    return Ended(exit_code(verdicts, strict=wanted.strict) if code is None else code, outcomes)


class _TimeIsUpError(Exception):
    """`--timeout` came first."""


async def _all_runs(
    wanted: Wanted,
    profile: Profile,
    runs: list[Scenario],
    teller: Teller,
    artifacts: Path,
    lines: list[RecordedLeg],
) -> None:
    clock = teller.clock
    options = Options(
        seed=wanted.seed,
        artifacts=artifacts,
        root=Path.cwd(),
        at_one_time=wanted.at_one_time,
        stop_at_first=wanted.stop_at_first,
        impairments=tuple(lines),
    )
    until_ns = None if wanted.timeout_ns is None else clock.now_ns() + wanted.timeout_ns
    try:
        # Around the hall, not in its options: the time that the application takes to start and stop counts as well.
        async with _limit(clock, wanted.timeout_ns), wall_hall(profile, options, clock) as hall:
            if profile.url:
                teller.drawn.say("\n".join(f"  export {line}" for line in hall.exports()), err=True)
            house = hall.exchange.house.trace.directory.parent
            await hall.run_all(runs, teller)
    except TimeoutError as error:
        if until_ns is None or clock.now_ns() < until_ns:
            raise
        raise _TimeIsUpError(f"--timeout: {(wanted.timeout_ns or 0) / 1e9:g} s were over before") from error
    finally:
        await teller.finished()
    if wanted.keep == "on-failure" and not any(outcome.file == "" for _, outcome in teller.outcomes):
        shutil.rmtree(house, ignore_errors=True)


def _limit(clock: Clock, timeout_ns: int | None) -> contextlib.AbstractAsyncContextManager[object]:
    return contextlib.nullcontext() if timeout_ns is None else clock.limit(timeout_ns)


@contextlib.contextmanager
def _artifacts(wanted: Wanted) -> Iterator[Path]:
    """Where runs leave their traces: judging needs them, so `never` is a folder that does not outlive us."""
    if wanted.keep == "never":
        with tempfile.TemporaryDirectory(prefix="telnyx-sim-", ignore_cleanup_errors=True) as temporary:
            yield Path(temporary)
    else:
        yield wanted.artifacts


def _in_order(runs: list[Scenario], teller: Teller, *, seed: int, reason: str) -> list[Outcome]:
    """Outcomes in the order of the runs; what never ran is not exercised, and what belongs to no run comes last."""
    told: dict[tuple[str, str], list[Outcome]] = {}
    for scenario, outcome in teller.outcomes:
        told.setdefault((scenario.file, scenario.label), []).append(outcome)
    ordered = []
    for run in runs:
        none = Outcome(
            label=run.label,
            file=run.file,
            line=first_line(run),
            seed=(seed if run.seed is None else run.seed) + run.repetition,
            seconds=0.0,
            findings=not_run(reason),
            requirement=run.requirement,
            again=teller.repeating.command(run),
        )
        ordered += told.pop((run.file, run.label), [none])
    return ordered + [outcome for outcomes in told.values() for outcome in outcomes]


def _report(wanted: Wanted, outcomes: list[Outcome], *, seconds: float) -> None:
    """The last line, and every report that was asked for."""
    on_stderr = wanted.json == "-"
    click.echo(summary([outcome.verdict for outcome in outcomes], seconds), err=on_stderr)
    reports.write(
        outcomes, seconds=seconds, seed=wanted.seed, strict=wanted.strict, junit=wanted.junit, json=wanted.json
    )
    reports.github(outcomes, seconds=seconds, seed=wanted.seed, on_stderr=on_stderr)


def _remember(artifacts: Path, teller: Teller) -> None:
    """For `--lf`: a repetition or copy that failed counts as the whole run's failure."""
    failed = {key(scenario) for scenario, outcome in teller.outcomes if outcome.verdict in FAILED and scenario.file}
    passed = {key(scenario) for scenario, outcome in teller.outcomes if outcome.verdict is Verdict.PASS}
    reports.remember(artifacts, failed=failed, passed=passed - failed)
