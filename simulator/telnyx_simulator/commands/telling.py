"""Tells of runs as they end: a line each, what is amiss, and the files beside a failed run's trace."""

import asyncio
import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from telnyx_simulator.checks.findings import Finding, Verdict, overall
from telnyx_simulator.commands.paint import paint, painted
from telnyx_simulator.commands.progress import Progress
from telnyx_simulator.report.beside import leave_files
from telnyx_simulator.report.outcome import Outcome
from telnyx_simulator.report.text import outcome_text, run_line
from telnyx_simulator.scenario.runner import RunResult
from telnyx_simulator.scenario.script import Scenario, Step
from telnyx_simulator.scenario.selection import as_expression, label
from telnyx_simulator.transports.clock import Clock

Keep = Literal["always", "on-failure", "never"]

# What has a trace worth keeping, a call worth hearing, and is run again by `--lf`.
FAILED: Final = (Verdict.FAIL, Verdict.INCONCLUSIVE)

# What did not come to its end is no pass, whatever had been seen by then.
INTERRUPTED: Final = (
    Finding(
        id="run", verdict=Verdict.INCONCLUSIVE, expected="the run comes to its end", actual="it was interrupted before"
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeating:
    """What the command that repeats a run has beside its file and name."""

    sut: Path
    seed: int
    times: int
    impairments: Path | None = None

    def command(self, scenario: Scenario) -> str | None:
        if not scenario.file:
            return None
        seed = self.seed if scenario.seed is None else scenario.seed
        words = ["telnyx-sim", "run", scenario.file, "--sut", str(self.sut), "--seed", str(seed)]
        words += ["--impairments", str(self.impairments)] if self.impairments else []
        words += ["--repeat", str(self.times)] if self.times > 1 else []
        return shlex.join([*words, "-k", as_expression(label(scenario))])


@dataclass(slots=True, kw_only=True)
class Teller:
    """The progress of a hall (`scenario.hall.Progress`), called in its loop.

    What follows from a result is done in a thread, away from the media of other runs; `finished` waits for it.
    `brief`: one line of each run that did not pass, as a scorecard tells the rest.
    """

    clock: Clock
    drawn: Progress
    repeating: Repeating
    keep: Keep
    results_on_stderr: bool
    brief: bool = False
    outcomes: list[tuple[Scenario, Outcome]] = field(default_factory=list)
    _telling: list[asyncio.Task[None]] = field(default_factory=list)

    def begin(self, scenario: Scenario) -> None:
        self.drawn.begin(scenario.label)

    def step(self, scenario: Scenario, step: Step) -> None:
        who = f"{step.person}: " if step.person and len(scenario.people) > 1 else ""
        self.drawn.step(scenario.label, f"{step.index + 1}/{len(scenario.script)} {who}{step.verb.value}")

    def end(self, result: RunResult) -> None:
        self._telling.append(asyncio.create_task(self._tell(result)))

    async def finished(self) -> None:
        """All that was told is out."""
        await asyncio.gather(*self._telling)

    async def _tell(self, result: RunResult) -> None:
        outcome = await self.clock.judging(self._outcome, result)
        self.outcomes.append((result.scenario, outcome))
        self.drawn.end(outcome.label)
        lines = [run_line(outcome.label, outcome.findings, outcome.seconds, paint=paint)]
        if self.brief:
            if outcome.verdict in FAILED:
                self.drawn.say(lines[0], err=True)
            return
        if outcome.verdict is not Verdict.PASS:
            lines.append(painted(outcome_text(outcome)))
        self.drawn.say("\n".join(lines), err=self.results_on_stderr)

    def _outcome(self, result: RunResult) -> Outcome:
        findings = (*result.findings, *(INTERRUPTED if result.interrupted else ()))
        amiss = overall(list(findings)) in FAILED
        directory: Path | None = result.directory
        if self.keep == "never" or (self.keep == "on-failure" and not amiss):
            shutil.rmtree(result.directory, ignore_errors=True)
            directory = None
        hear, see = leave_files(directory, findings) if directory and amiss else ((), None)
        return Outcome(
            label=result.scenario.label,
            file=result.scenario.file,
            line=first_line(result.scenario),
            seed=result.seed,
            seconds=result.seconds,
            findings=findings,
            requirement=result.scenario.requirement,
            trace=directory / "trace" if directory and (directory / "trace").is_dir() else None,
            hear=hear,
            see=see,
            again=self.repeating.command(result.scenario),
        )


def first_line(scenario: Scenario) -> int:
    """Where to point at a run as a whole: its script."""
    return scenario.script[0].place.line if scenario.script else 1
