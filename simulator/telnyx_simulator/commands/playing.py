"""Runs played to their end, or to what ended them early: `run` and `conformance` tell of them, each in its own way."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.commands.exits import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_NEVER_READY, EXIT_USAGE
from telnyx_simulator.commands.loop import in_loop
from telnyx_simulator.commands.options import counted
from telnyx_simulator.commands.progress import Plain, showing
from telnyx_simulator.commands.silence import silent
from telnyx_simulator.commands.telling import Keep, Repeating, Teller, first_line
from telnyx_simulator.media.impairments.recorded import RecordedLeg
from telnyx_simulator.report.outcome import Outcome, not_run
from telnyx_simulator.scenario.hall import Hall, Options
from telnyx_simulator.scenario.invocation import wall_hall
from telnyx_simulator.scenario.script import Scenario
from telnyx_simulator.scenario.selection import key
from telnyx_simulator.sut.application import NeverReady
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.sut.words import UnknownWord
from telnyx_simulator.transports.authority import Authority
from telnyx_simulator.transports.clock import Clock, wall_clock

# What the seed of a run is more when it is made once more.
_ONCE_MORE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """How runs are played; `timeout_ns` is for all of them. With `brief`, lines only of those that did not pass.

    `again_alone`: what was inconclusive is run once more when the others are over, one by one; that holds then. Mostly
    it was this machine that was too busy.
    """

    sut: Path
    seed: int
    artifacts: Path
    at_one_time: int = 1
    times: int = 1
    timeout_ns: int | None = None
    stop_at_first: bool = False
    impairments: Path | None = None
    tls: tuple[int, Authority] | None = None
    keep: Keep = "always"
    json: str | None = None
    brief: bool = False
    again_alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """`told` has each run with its outcomes, in order, also of what never ran; `nobodys` what belongs to no run; `made`
    only what was made. `code` is None where all was played; else `reason` says what ended it.
    """

    code: int | None
    reason: str
    seconds: float
    told: tuple[tuple[Scenario, Outcome], ...]
    nobodys: tuple[Outcome, ...]
    made: tuple[tuple[Scenario, Outcome], ...]
    rest_calls: int

    @property
    def outcomes(self) -> list[Outcome]:
        return [outcome for _, outcome in self.told] + list(self.nobodys)


class _TimeIsUpError(Exception):
    """`--timeout` came first."""


def play(
    playing: Playing,
    profile: Profile,
    runs: list[Scenario],
    report: Callable[[Played], None],
    *,
    lines: Sequence[RecordedLeg] = (),
) -> Played:
    """The runs played and reported; whatever ends them early, what has run is reported, the rest as not exercised."""
    stage = _Stage(playing, profile, runs, lines)
    code, reason = None, "-x: another run failed before" if playing.stop_at_first else "an error of ours came before"
    try:
        with _artifacts(playing) as artifacts, showing(len(runs)) as stage.teller.drawn:
            in_loop(lambda: stage.all_runs(artifacts))
    except _TimeIsUpError as error:
        code, reason = EXIT_FAILED, str(error)
    except (NeverReady, UnknownWord) as error:
        code = EXIT_NEVER_READY if isinstance(error, NeverReady) else EXIT_USAGE
        reason = str(error).splitlines()[0]
        click.echo(str(error), err=True)
    except KeyboardInterrupt:
        code, reason = EXIT_INTERRUPTED, "interrupted before"
        click.echo(f"interrupted; what was recorded is in {playing.artifacts}", err=True)
    finally:
        played = stage.played(code, reason)
        report(played)
    return played


class _Stage:
    """One invocation under way."""

    def __init__(self, playing: Playing, profile: Profile, runs: list[Scenario], lines: Sequence[RecordedLeg]) -> None:
        self.playing, self.profile, self.runs, self.lines = playing, profile, runs, tuple(lines)
        self.clock: Clock = wall_clock()
        self.rest_calls = 0
        self.teller = Teller(
            clock=self.clock,
            drawn=Plain(),
            repeating=Repeating(
                sut=playing.sut, seed=playing.seed, times=playing.times, impairments=playing.impairments
            ),
            keep=playing.keep,
            results_on_stderr=playing.json == "-",
            brief=playing.brief,
        )

    async def all_runs(self, artifacts: Path) -> None:
        playing, clock, teller = self.playing, self.clock, self.teller
        options = Options(
            seed=playing.seed,
            artifacts=artifacts,
            root=Path.cwd(),
            at_one_time=playing.at_one_time,
            stop_at_first=playing.stop_at_first,
            impairments=self.lines,
            tls=playing.tls,
        )
        until_ns = None if playing.timeout_ns is None else clock.now_ns() + playing.timeout_ns
        try:
            # Around the hall, not in its options: the time that the application takes to start and stop counts as well.
            async with _limit(clock, playing.timeout_ns), wall_hall(self.profile, options, clock) as hall:
                if self.profile.url:
                    teller.drawn.say("\n".join(f"  export {line}" for line in hall.exports()), err=True)
                house = hall.exchange.house.trace.directory.parent
                try:
                    await hall.run_all(self.runs, teller)
                    if playing.again_alone:
                        await self._once_more(hall)
                finally:
                    self.rest_calls = hall.exchange.rest_calls
        except TimeoutError as error:
            if until_ns is None or clock.now_ns() < until_ns:
                raise
            raise _TimeIsUpError(f"--timeout: {(playing.timeout_ns or 0) / 1e9:g} s were over before") from error
        finally:
            await teller.finished()
        if playing.keep == "on-failure" and not any(outcome.file == "" for _, outcome in teller.outcomes):
            shutil.rmtree(house, ignore_errors=True)

    async def _once_more(self, hall: Hall) -> None:
        """What was inconclusive, with the machine for itself; copies of one scenario together."""
        teller = self.teller
        await teller.finished()
        unsure = [
            key(scenario)
            for scenario, outcome in teller.outcomes
            if outcome.verdict is Verdict.INCONCLUSIVE and scenario.file
        ]
        if unsure:
            teller.drawn.say(f"{counted(len(unsure), 'run')} inconclusive: once more, one by one", err=True)
        for one in dict.fromkeys(unsure):
            teller.outcomes = [told for told in teller.outcomes if not told[0].file or key(told[0]) != one]
            await hall.run_all([self._with_other_ids(run) for run in self.runs if key(run) == one], teller)

    def _with_other_ids(self, run: Scenario) -> Scenario:
        """Ids follow from the seed: an application would rightly take the same ones for repeated webhooks."""
        return replace(run, seed=(self.playing.seed if run.seed is None else run.seed) + _ONCE_MORE)

    def played(self, code: int | None, reason: str) -> Played:
        """Outcomes in the order of the runs; what never ran is not exercised, and what belongs to no run comes last."""
        told: dict[tuple[str, str], list[Outcome]] = {}
        for scenario, outcome in self.teller.outcomes:
            told.setdefault((scenario.file, scenario.label), []).append(outcome)
        made = [one for one in self.teller.outcomes if one[0].file and one[1].seconds > 0]
        if made and not self.rest_calls:
            click.echo(silent(self.profile), err=True)
        ordered = [
            (run, outcome)
            for run in self.runs
            for outcome in told.pop((run.file, run.label), None) or [self._not_run(run, reason)]
        ]
        return Played(
            code=code,
            reason=reason if code is not None else "",
            seconds=self.clock.now_ns() / 1e9,
            told=tuple(ordered),
            nobodys=tuple(outcome for outcomes in told.values() for outcome in outcomes),
            made=tuple(self.teller.outcomes),
            rest_calls=self.rest_calls,
        )

    def _not_run(self, run: Scenario, reason: str) -> Outcome:
        seed = self.playing.seed if run.seed is None else run.seed
        return Outcome(
            label=run.label,
            file=run.file,
            line=first_line(run),
            seed=seed + run.repetition,
            seconds=0.0,
            findings=not_run(reason),
            requirement=run.requirement,
            again=self.teller.repeating.command(run),
        )


def _limit(clock: Clock, timeout_ns: int | None) -> contextlib.AbstractAsyncContextManager[object]:
    return contextlib.nullcontext() if timeout_ns is None else clock.limit(timeout_ns)


@contextlib.contextmanager
def _artifacts(playing: Playing) -> Iterator[Path]:
    """Where runs leave their traces: judging needs them, so `never` is a folder that does not outlive us."""
    if playing.keep == "never":
        with tempfile.TemporaryDirectory(prefix="telnyx-sim-", ignore_cleanup_errors=True) as temporary:
            yield Path(temporary)
    else:
        yield playing.artifacts
