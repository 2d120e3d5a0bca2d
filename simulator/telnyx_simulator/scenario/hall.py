"""Where runs take place: one exchange, one application, and the runs one by one or side by side."""

import asyncio
import contextlib
import itertools
import platform
import re
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from telnyx_simulator.audio.fidelity import THRESHOLDS
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.draws import Draws
from telnyx_simulator.media.impairments.recorded import RecordedLeg
from telnyx_simulator.scenario.begun import Begun, rules_of
from telnyx_simulator.scenario.clips import Clips, load_all
from telnyx_simulator.scenario.numbers import ANONYMOUS, THE_ACCOUNT, Numbers, minds_account
from telnyx_simulator.scenario.people import FarEnd, is_incoming, own_number
from telnyx_simulator.scenario.requirements import missing
from telnyx_simulator.scenario.runner import Run, RunResult, judged, save
from telnyx_simulator.scenario.script import Person, Scenario, Step
from telnyx_simulator.scenario.watching import StatusWatch
from telnyx_simulator.sut.application import Application
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.transports.authority import Authority
from telnyx_simulator.transports.exchange import Exchange
from telnyx_simulator.transports.session import Session, SimulatorError


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line, or a test, asks for."""

    seed: int
    artifacts: Path
    root: Path
    at_one_time: int = 1
    stop_at_first: bool = False
    impairments: tuple[RecordedLeg, ...] = ()
    # A port where REST is served by TLS as well.
    tls: tuple[int, Authority] | None = None


class Progress(Protocol):
    """Told how runs get on."""

    def begin(self, scenario: Scenario) -> None: ...

    def step(self, scenario: Scenario, step: Step) -> None: ...

    def end(self, result: RunResult) -> None:
        """Also of a run that was interrupted, with what it came to by then."""


class Quiet:
    """Progress that nobody looks at."""

    def begin(self, scenario: Scenario) -> None: ...

    def step(self, scenario: Scenario, step: Step) -> None: ...

    def end(self, result: RunResult) -> None: ...


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
        self._live: list[Run] = []
        self._alone = asyncio.Lock()
        self._has_run = False

    async def run_all(self, scenarios: Sequence[Scenario], progress: Progress | None = None) -> list[RunResult]:
        """All of them, `at_one_time` side by side; results in the order given, of those that were made,
        and last what belongs to none of them.

        Copies of one scenario that are to run at one time take one place together.
        """
        told = progress or Quiet()
        places = asyncio.Semaphore(self.options.at_one_time)
        results: dict[int, RunResult] = {}
        enough = False

        async def one(n: int, scenario: Scenario) -> None:
            nonlocal enough
            results[n] = await self.run(scenario, told)
            if self.options.stop_at_first and results[n].verdict is Verdict.FAIL:
                enough = True

        async def together(copies: list[tuple[int, Scenario]]) -> None:
            async with places:
                if not enough:
                    await _all_of(one(n, scenario) for n, scenario in copies)

        try:
            await _all_of(together(copies) for copies in _groups(scenarios))
        finally:
            between = self._judge_house(told)
        return [results[n] for n in sorted(results)] + between

    async def run(self, scenario: Scenario, progress: Progress | None = None) -> RunResult:
        """One scenario to its verdict. Interrupted, it still leaves a trace and the findings of what there is."""
        told = progress or Quiet()
        told.begin(scenario)
        if lines := [scenario.skip] if scenario.skip else missing(scenario, self.profile):
            result = self._not_exercised(scenario, lines)
            told.end(result)
            return result
        begun = None
        try:
            async with self.begun(scenario) as begun:
                begun.run.on_step = lambda step: told.step(scenario, step)
                await begun.run.play_script()
        finally:
            if begun is not None:
                told.end(begun.result())
        return begun.result()

    @contextlib.asynccontextmanager
    async def begun(self, scenario: Scenario) -> AsyncIterator[Begun]:
        """A run under way; with the end of the block it settles, and is judged."""
        async with self._application_of_its_own(), self._begun(scenario) as begun:
            yield begun

    @contextlib.asynccontextmanager
    async def _begun(self, scenario: Scenario) -> AsyncIterator[Begun]:
        seed = (scenario.seed if scenario.seed is not None else self.options.seed) + scenario.repetition
        copy = (f"copy {scenario.copy}",) if scenario.copy else ()
        draws = Draws(seed, (scenario.file, scenario.run_id, *copy))
        directory = free_folder(self.options.artifacts, scenario.label)
        clips = Clips(self.profile, self.options.root / Path(scenario.file).parent, draws)
        stimuli = load_all(scenario, clips, self.profile)
        held: list[str] = []
        try:
            numbers = await self._hold_numbers(scenario, draws, held)
            people = tuple(self._with_numbers(person, numbers[person.name]) for person in scenario.people)
            scenario = replace(scenario, people=people)
            session = Session(
                self.exchange.carrier,
                run=scenario.label,
                draws=draws,
                directory=directory / "trace",
                header=self._header(scenario, seed, stimuli),
                rules=rules_of(scenario),
            )
        except BaseException:
            self._numbers.release(held)
            raise
        clips.keep_in(session.trace.stimulus)
        run = Run(
            scenario=scenario,
            session=session,
            application=self.application,
            clips=clips,
            watch=StatusWatch(session, self.application),
            expect_at_all=scenario.expect,
            absent_at_all=scenario.absent,
        )
        begun = Begun(self.exchange, run, seed=seed, draws=draws, directory=directory)
        begun.held, begun.recorded = begun.held + held, self.options.impairments
        self.exchange.runs.append(session)
        self._live.append(run)
        try:
            self._set_up(begun, numbers)
            yield begun
            await run.settle()
            begun.note_account()
            begun.settled = True
            if session.failure is not None:
                raise SimulatorError(f"{scenario.label}: {session.failure!r}") from session.failure
        finally:
            self._live.remove(run)
            self.exchange.release(session)
            begun.take_down_account()
            self._numbers.release(begun.held)
            await run.close()
            if not begun.settled:
                # Whoever interrupted us does not wait for long; what was recorded is judged all the same.
                begun.findings = judged(directory)
        try:
            begun.findings = await self.exchange.carrier.clock.judging(judged, directory)
        except asyncio.CancelledError:
            begun.findings = judged(directory)
            raise

    def _set_up(self, begun: Begun, numbers: dict[str, str]) -> None:
        """The run as it is at its start: what is known of the application, the account, the people."""
        session, scenario = begun.run.session, begun.run.scenario
        if THE_ACCOUNT in begun.held:
            self.exchange.minding = session
        if self.application is not None and self.application.ended is not None:
            session.note("sut", "ended", {"code": self.application.ended})
        begun.set_up_account(scenario.account)
        for person in scenario.people:
            begun.join(person, numbers[person.name])

    def join(self, begun: Begun, person: Person) -> FarEnd:
        """Somebody more, while the run is under way. A number that another run holds is not waited for."""
        named = own_number(person)
        number = self._numbers.draw(begun.draws, f"number of {person.name}") if named in (None, "any") else str(named)
        if named not in (None, "any"):
            self._numbers.take(number)
        begun.held.append(number)
        return begun.join(self._with_numbers(person, number), number)

    @contextlib.asynccontextmanager
    async def _application_of_its_own(self) -> AsyncIterator[None]:
        """With `restart: each_run` runs are one by one, each with the application started anew for it."""
        start = self.profile.start
        if self.application is None or start is None or start.restart == "never":
            yield
            return
        async with self._alone:
            if self._has_run:
                await self.application.restart()
            self._has_run = True
            yield

    def _judge_house(self, progress: Progress) -> list[RunResult]:
        """What the application did amiss while it could have been the doing of several runs, or of none."""
        amiss, self.exchange.nobodys = self.exchange.nobodys, []
        if not amiss:
            return []
        finding = Finding(
            id="commands_accepted",
            verdict=Verdict.FAIL,
            expected="every command is one that Telnyx takes, also where it is about no call of a run",
            actual=amiss[0] + (f", and {len(amiss) - 1} more" if len(amiss) > 1 else ""),
        )
        nobodys = Scenario(file="", run_id="between_runs", name="What belongs to no run", people=(), script=())
        directory = self.exchange.house.trace.directory.parent
        save([finding], directory)
        result = RunResult(
            scenario=nobodys, seed=self.options.seed, directory=directory, findings=[finding], seconds=0.0
        )
        progress.end(result)
        return [result]

    def exports(self) -> list[str]:
        """What an application that runs already must have been told of us."""
        words = self.application.words if self.application else {}
        names = {
            "TELNYX_BASE_URL": "api_v2",
            "TELNYX_PUBLIC_KEY": "public_key",
            "TELNYX_API_KEY": "api_key",
            "TELNYX_CONNECTION_ID": "connection_id",
        }
        known = {name: words[word] for name, word in names.items() if word in words}
        return [f"{name}={value}" for name, value in (known | {"TELNYX_NUMBER": self.profile.number}).items()]

    def probed(self, body: bytes) -> str | None:
        """The application posts its status of a call; the answer is what is wrong with it."""
        if self.application is None or self.profile.status is None or self.profile.status.probe is None:
            return "the profile says nothing of a status that is posted: add `status: {probe: /pointer}`"
        news = self.application.probed(body)
        leg = self._leg_with(news.ids)
        problem = news.problem
        if leg is None and problem is None:
            problem = "no call of a run under way has one of the ids in the body"
        if leg is None or news.word is None:
            self._note("status_unknown", {"problem": f"posted to {{probe}}: {problem}"})
            return problem
        run, call_leg_id = leg
        run.watch.saw(call_leg_id, news.word)
        return problem

    def _leg_with(self, ids: Sequence[str]) -> tuple[Run, str] | None:
        """The leg of a run under way that one of these ids means: its own ids first, that of its session last."""
        for run in self._live:
            switch = run.session.switch
            for key in ids:
                leg = switch.leg_of(key) or switch.legs.get(key)
                if leg is not None:
                    return run, leg.call_leg_id
        for run in self._live:
            for leg in run.session.switch.legs.values():
                if leg.call_session_id in ids:
                    return run, leg.call_leg_id
        return None

    def note_log(self, line: str) -> None:
        """A line that the application printed: an entry in every run under way."""
        self._note("log", {"line": line})

    def note_end(self, code: int) -> None:
        """The application is gone, though nobody stopped it."""
        self._note("ended", {"code": code})

    def note_refusal(self, refusal: dict[str, Any]) -> None:
        """It wanted to speak to the real Telnyx, past all that the shim redirects."""
        self._note("refused", refusal)

    def _note(self, kind: str, body: dict[str, Any]) -> None:
        for session in [*self.exchange.runs, self.exchange.house]:
            if not session.trace.closed:
                session.note("sut", kind, body)

    async def _hold_numbers(self, scenario: Scenario, draws: Draws, held: list[str]) -> dict[str, str]:
        """Each person's own number. `held` gets all that is to be released; `any` is held by one run at a time too,
        and so is the account.
        """
        named = {person.name: own_number(person) for person in scenario.people}
        shared = {number for number in named.values() if number is not None and number != ANONYMOUS}
        # In one order for all runs, so that no two wait for each other.
        for number in sorted(shared | {THE_ACCOUNT} if minds_account(scenario) else shared):
            await self._numbers.hold(number)
            held.append(number)
        numbers: dict[str, str] = {}
        for name, given in named.items():
            number = self._numbers.draw(draws, f"number of {name}") if given in (None, "any") else str(given)
            if number not in held:
                held.append(number)
            numbers[name] = number
        return numbers

    def _with_numbers(self, person: Person, number: str) -> Person:
        if is_incoming(person):
            return replace(person, from_=number, to=person.to or self.profile.number)
        return replace(person, to=person.to if person.to == "any" else number)

    def _not_exercised(self, scenario: Scenario, lines: list[str]) -> RunResult:
        """A run that is not made, because the profile says nothing of what the script needs."""
        claim = "the profile has what the script needs"
        findings = [
            Finding(id="requires", verdict=Verdict.NOT_EXERCISED, expected=claim, actual=line) for line in lines
        ]
        directory = free_folder(self.options.artifacts, scenario.label)
        save(findings, directory)
        seed = scenario.seed if scenario.seed is not None else self.options.seed
        return RunResult(scenario=scenario, seed=seed, directory=directory, findings=findings, seconds=0.0)

    def _header(self, scenario: Scenario, seed: int, stimuli: dict[str, str]) -> dict[str, Any]:
        clips = {name: digest for name, digest in stimuli.items() if name.startswith("app/")}
        return {
            "seed": seed,
            "versions": {"telnyx-simulator": version("telnyx-simulator"), "python": platform.python_version()},
            "scenario": scenario.to_json(),
            "profile": self.profile.described() | {"clips": clips},
            "stimuli": stimuli,
            "thresholds": dict(THRESHOLDS),
        }


def _groups(scenarios: Sequence[Scenario]) -> list[list[tuple[int, Scenario]]]:
    """Copies that belong together, each with its place in the order given."""
    numbered = enumerate(scenarios)
    groups = itertools.groupby(numbered, lambda one: (one[1].file, one[1].run_id, one[1].repetition))
    return [list(copies) for _, copies in groups]


async def _all_of(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Side by side to the end of all; the first that raises ends the others."""
    tasks = [asyncio.create_task(work) for work in works]
    if not tasks:
        return
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled() and (problem := task.exception()):
            raise problem


def free_folder(artifacts: Path, name: str) -> Path:
    """A folder of this name that is not there yet: a second run of the name gets a number."""
    slug = re.sub(r"[^\w.+\[\]-]+", "_", name)[:120]
    for n in range(1, 10_000):
        folder = artifacts / (slug if n == 1 else f"{slug}-{n}")
        with contextlib.suppress(FileExistsError):
            folder.mkdir(parents=True)
            return folder
    raise RuntimeError(f"{artifacts} is full of runs of {slug}")
