"""Where runs take place: one exchange, one application, and the runs one by one or side by side."""

import asyncio
import contextlib
import platform
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from telnyx_simulator.audio.fidelity import THRESHOLDS
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.draws import Draws
from telnyx_simulator.scenario.numbers import Numbers
from telnyx_simulator.scenario.people import FarEnd, caller_id_name, is_incoming, own_number
from telnyx_simulator.scenario.requirements import missing
from telnyx_simulator.scenario.runner import Run, RunResult, judged, save, sounds_of
from telnyx_simulator.scenario.script import Person, Scenario
from telnyx_simulator.sut.application import Application
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.transports.exchange import Exchange
from telnyx_simulator.transports.session import Session, SimulatorError


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line, or a test, asks for."""

    seed: int
    artifacts: Path
    root: Path
    at_one_time: int = 1


class Hall:
    """Where runs take place: the exchange, the numbers, and the application if it is a process or a URL.

    The wall lane makes one with sockets (`wall_hall`); a test makes one in memory on a virtual clock.
    """

    def __init__(
        self,
        options: Options,
        exchange: Exchange,
        profile: Profile,
        application: Application | None = None,
    ) -> None:
        self.options = options
        self.exchange = exchange
        self.application = application
        self.profile = profile
        self._numbers = Numbers()

    async def run_all(
        self, scenarios: list[Scenario], on_result: Callable[[RunResult], None] = lambda result: None
    ) -> list[RunResult]:
        """All of them, `at_one_time` side by side; results in the order given."""
        places = asyncio.Semaphore(self.options.at_one_time)

        async def one(scenario: Scenario) -> RunResult:
            async with places:
                result = await self.run(scenario)
            on_result(result)
            return result

        tasks = [asyncio.create_task(one(scenario)) for scenario in scenarios]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled() and (problem := task.exception()):
                raise problem
        self._judge_house(on_result)
        return [task.result() for task in tasks]

    async def run(self, scenario: Scenario) -> RunResult:
        """One scenario to its verdict. Interrupted, it still leaves a trace and the findings of what there is."""
        seed = scenario.seed if scenario.seed is not None else self.options.seed
        draws = Draws(seed, (scenario.file, scenario.run_id))
        directory = free_folder(self.options.artifacts, scenario.run_id)
        if lines := missing(scenario, self.profile):
            return _not_exercised(scenario, seed, directory, lines)
        sounds = sounds_of(scenario, self.profile, self.options.root)
        held = await self._hold_numbers(scenario, draws)
        people = tuple(self._with_numbers(person, held[person.name]) for person in scenario.people)
        scenario = replace(scenario, people=people)
        session = Session(
            self.exchange.carrier,
            run=scenario.run_id,
            draws=draws,
            directory=directory / "trace",
            header=self._header(scenario, seed, {name: parts[0][0].digest for name, parts in sounds.items()}),
        )
        for parts in sounds.values():
            for _, wav in parts:
                session.trace.stimulus(wav)
        run = Run(
            scenario=scenario,
            session=session,
            application=self.application,
            people={},
            sounds={name: [sound for sound, _ in parts] for name, parts in sounds.items()},
        )
        if self.application is not None and self.application.ended is not None:
            session.note("sut", "ended", {"code": self.application.ended})
        for person in people:
            run.people[person.name] = self._far_end(run, person, held[person.name], draws)
        self.exchange.runs.append(session)
        interrupted = True
        try:
            await run.play_script()
            await run.settle()
            interrupted = False
            if session.failure is not None:
                raise SimulatorError(f"{scenario.run_id}: {session.failure!r}") from session.failure
        finally:
            self.exchange.release(session)
            self._numbers.release([*held.values(), *(number for number in map(own_number, people) if number)])
            await run.close()
            if interrupted:
                # Whoever interrupted us does not wait for long; what was recorded is judged all the same.
                judged(directory)
        findings = await self.exchange.carrier.clock.in_thread(judged, directory)
        return RunResult(
            scenario=scenario,
            seed=seed,
            directory=directory,
            findings=findings,
            seconds=session.clock.now_ns() / 1e9,
        )

    def _judge_house(self, on_result: Callable[[RunResult], None]) -> None:
        """What the application did amiss while it could have been the doing of several runs, or of none."""
        amiss = self.exchange.nobodys
        if not amiss:
            return
        finding = Finding(
            id="commands_accepted",
            verdict=Verdict.FAIL,
            expected="every command is one that Telnyx takes, also where it is about no call of a run",
            actual=amiss[0] + (f", and {len(amiss) - 1} more" if len(amiss) > 1 else ""),
        )
        nobodys = Scenario(file="", run_id="between_runs", name="What belongs to no run", people=(), script=())
        directory = self.exchange.house.trace.directory.parent
        save([finding], directory)
        on_result(
            RunResult(scenario=nobodys, seed=self.options.seed, directory=directory, findings=[finding], seconds=0.0)
        )

    def exports(self) -> list[str]:
        """What an application that runs already must have been told of us."""
        words = self.application.words if self.application else {}
        names = {
            "TELNYX_BASE_URL": "api_v2",
            "TELNYX_PUBLIC_KEY": "public_key",
            "TELNYX_API_KEY": "api_key",
            "TELNYX_CONNECTION_ID": "connection_id",
        }
        return [f"{name}={words[word]}" for name, word in names.items() if word in words]

    def note_log(self, line: str) -> None:
        """A line that the application printed: an entry in every run under way."""
        self._note("log", {"line": line})

    def note_end(self, code: int) -> None:
        """The application is gone, though nobody stopped it."""
        self._note("ended", {"code": code})

    def _note(self, kind: str, body: dict[str, Any]) -> None:
        for session in [*self.exchange.runs, self.exchange.house]:
            if not session.trace.closed:
                session.note("sut", kind, body)

    async def _hold_numbers(self, scenario: Scenario, draws: Draws) -> dict[str, str]:
        """Each person's own number."""
        named = {person.name: own_number(person) for person in scenario.people}
        # In one order for all runs, so that no two wait for each other.
        literal = sorted(number for number in named.values() if number is not None)
        taken: list[str] = []
        try:
            for number in literal:
                await self._numbers.hold(number)
                taken.append(number)
        except asyncio.CancelledError:
            self._numbers.release(taken)
            raise
        return {
            name: self._numbers.draw(draws, f"number of {name}") if number in (None, "any") else str(number)
            for name, number in named.items()
        }

    def _with_numbers(self, person: Person, number: str) -> Person:
        if is_incoming(person):
            return replace(person, from_=number, to=person.to or self.profile.number)
        return replace(person, to=person.to if person.to == "any" else number)

    def _far_end(self, run: Run, person: Person, number: str, draws: Draws) -> FarEnd:
        far_end = FarEnd(
            person,
            run.session,
            number=number,
            application_number=person.to or "",
            within_ns=run.scenario.within_ns,
            caller_id_name=lambda: caller_id_name(draws.within(person.name), number),
        )
        if not is_incoming(person):

            def taken(call_leg_id: str) -> None:
                far_end.take_leg(call_leg_id)
                run.watch(call_leg_id)

            self.exchange.claim(person.to or number, run.session, person.leg_codec, taken)
        return far_end

    def _header(self, scenario: Scenario, seed: int, stimuli: dict[str, str]) -> dict[str, Any]:
        clips = {name: digest for name, digest in stimuli.items() if name.startswith("app/")}
        return {
            "seed": seed,
            "versions": {"telnyx-simulator": version("telnyx-simulator"), "python": platform.python_version()},
            "scenario": scenario.to_json(),
            "profile": self.profile.described() | {"clips": clips},
            "stimuli": {name: digest for name, digest in stimuli.items() if not name.startswith("step ")},
            "thresholds": dict(THRESHOLDS),
        }


def _not_exercised(scenario: Scenario, seed: int, directory: Path, lines: list[str]) -> RunResult:
    """A run that was not made, because the profile says nothing of what the script needs."""
    findings = [
        Finding(
            id="requires", verdict=Verdict.NOT_EXERCISED, expected="the profile has what the script needs", actual=line
        )
        for line in lines
    ]
    save(findings, directory)
    return RunResult(scenario=scenario, seed=seed, directory=directory, findings=findings, seconds=0.0)


def free_folder(artifacts: Path, name: str) -> Path:
    """A folder of this name that is not there yet: a second run of the name gets a number."""
    slug = re.sub(r"[^\w.+\[\]-]+", "_", name)[:120]
    for n in range(1, 10_000):
        folder = artifacts / (slug if n == 1 else f"{slug}-{n}")
        with contextlib.suppress(FileExistsError):
            folder.mkdir(parents=True)
            return folder
    raise RuntimeError(f"{artifacts} is full of runs of {slug}")
