"""One invocation of `run`: one process, one server, one application, and the runs one by one or side by side."""

import asyncio
import contextlib
import gc
import platform
import re
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from telnyx_simulator import resources
from telnyx_simulator.audio.fidelity import THRESHOLDS
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.checks.sound import warm_up
from telnyx_simulator.draws import Draws
from telnyx_simulator.scenario.complaints import Complaint, ScenarioError
from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.numbers import Numbers
from telnyx_simulator.scenario.people import FarEnd, caller_id_name, is_incoming, own_number
from telnyx_simulator.scenario.profiles import load_profile
from telnyx_simulator.scenario.requirements import missing
from telnyx_simulator.scenario.runner import Run, RunResult, judged, save, sounds_of
from telnyx_simulator.scenario.script import Person, Scenario
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.sut.application import Application, NeverReady
from telnyx_simulator.sut.profile import Profile, filled
from telnyx_simulator.transports.clock import Clock
from telnyx_simulator.transports.dialer import WebSocketStreams
from telnyx_simulator.transports.exchange import Exchange
from telnyx_simulator.transports.metronome import running_metronome
from telnyx_simulator.transports.playground import API_KEY
from telnyx_simulator.transports.server import build_app, free_port_socket, serving
from telnyx_simulator.transports.session import Carrier, Session, SimulatorError
from telnyx_simulator.transports.signer import Signer
from telnyx_simulator.transports.webhooks import HttpWebhooks

# `serve` listens here, and `run` for an application that it does not start.
KNOWN_PORT = 8642


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line, or a test, asks for."""

    seed: int
    artifacts: Path
    root: Path
    at_one_time: int = 1


def read_all(paths: list[Path], sut: Path) -> tuple[Profile, list[Scenario]]:
    """Profile and scenarios, all clips looked for. `ScenarioError` with all mistakes of all files."""
    complaints: list[Complaint] = []
    profile, scenarios = None, []
    try:
        profile = load_profile(sut)
    except ScenarioError as error:
        complaints += error.complaints
    try:
        scenarios = load(paths)
    except ScenarioError as error:
        complaints += error.complaints
    for scenario in scenarios:
        complaints += [one for one in _twice(scenario) if one not in complaints]
    for scenario in scenarios if profile else []:
        if profile and not missing(scenario, profile):
            try:
                sounds_of(scenario, profile, Path.cwd())
            except ScenarioError as error:
                complaints += [one for one in error.complaints if one not in complaints]
    if complaints or profile is None:
        raise ScenarioError(complaints)
    return profile, scenarios


def _twice(scenario: Scenario) -> list[Complaint]:
    """People with the number of somebody else in the same script."""
    seen: set[str] = set()
    complaints = []
    for person in scenario.people:
        number = own_number(person)
        if number in seen:
            complaints.append(Complaint(person.place, f"two people cannot both have the number {number}"))
        seen |= {number} if number else set()
    return complaints


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
        return [task.result() for task in tasks]

    async def run(self, scenario: Scenario) -> RunResult:
        """One scenario to its verdict. Interrupted, it still leaves a trace and the findings of what there is."""
        seed = scenario.seed if scenario.seed is not None else self.options.seed
        draws = Draws(seed, (scenario.file, scenario.run_id))
        directory = _free_folder(self.options.artifacts, scenario.run_id)
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


@contextlib.asynccontextmanager
async def wall_hall(profile: Profile, options: Options, clock: Clock) -> AsyncIterator[Hall]:
    """Server and application on real sockets in real time; both are gone when the block ends.

    Raises `sut.application.NeverReady`.
    """
    http = HttpWebhooks(clock)
    listener = _listener(profile)
    words = {
        "port": str(_free_port()),
        "api_v2": f"http://127.0.0.1:{listener.getsockname()[1]}/v2",
        "api_key": API_KEY,
    }
    streams = WebSocketStreams(_rewriting(profile, words))
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(http.close)
        carrier = Carrier(
            clock,
            # The same connection whatever the seed: an application that runs already was told of it.
            Account(Draws(0, (profile.number,))),
            Signer(resources.test_private_key()),
            await stack.enter_async_context(running_metronome(clock)),
            http,
            streams,
        )
        house = Session(
            carrier,
            run="house",
            draws=Draws(options.seed, ("house",)),
            directory=_free_folder(options.artifacts, "between_runs") / "trace",
            header={"seed": options.seed, "scenario": None, "profile": profile.described()},
        )
        stack.push_async_callback(house.close)
        exchange = Exchange(carrier, house, strangers_answer=False)
        hall = Hall(options, exchange, profile)
        words["public_key"] = carrier.signer.public_key
        application = Application(profile, words, clock, hall.note_log, hall.note_end)
        hall.application = application
        words["connection_id"] = register(carrier, application, profile)
        await stack.enter_async_context(
            serving(build_app(exchange, api_key=None, control_number=None), listener, clock)
        )
        await clock.in_thread(warm_up)
        stack.push_async_callback(application.stop)
        await application.start()
        # A full collection of everything imported so far would hold up the media for a twentieth of a second.
        gc.collect()
        gc.freeze()
        yield hall


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


def register(carrier: Carrier, application: Application, profile: Profile) -> str:
    """What the portal would hold: the application with its webhook URL, and the number routed to it."""
    account, unix_ns = carrier.account, carrier.clock.unix_ns()
    failover = application.url(profile.failover_url) if profile.failover_url else ""
    connection_id = account.add_application(
        profile.title,
        application.url(profile.webhook_url),
        unix_ns,
        webhook_api_version="2",
        webhook_event_failover_url=failover,
    )
    account.add_number(profile.number, connection_id, unix_ns)
    return connection_id


def _rewriting(profile: Profile, words: dict[str, str]) -> Callable[[str], str]:
    prefixes = {public: filled(local, words) for public, local in profile.rewrite.items()}

    def rewrite(url: str) -> str:
        for public, local in prefixes.items():
            if url.startswith(public):
                return local + url.removeprefix(public)
        return url

    return rewrite


def _listener(profile: Profile) -> socket.socket:
    """Any free port for an application that we start; a known one for one that runs already and was told of it."""
    try:
        return free_port_socket(0 if profile.start else KNOWN_PORT)
    except OSError as error:
        told = f"an application under `url:` finds the simulator on port {KNOWN_PORT}"
        raise NeverReady(f"{told}, which is not free: {error.strerror}") from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _free_folder(artifacts: Path, name: str) -> Path:
    """A folder of this name that is not there yet: a second run of the name gets a number."""
    slug = re.sub(r"[^\w.+\[\]-]+", "_", name)[:120]
    for n in range(1, 10_000):
        folder = artifacts / (slug if n == 1 else f"{slug}-{n}")
        with contextlib.suppress(FileExistsError):
            folder.mkdir(parents=True)
            return folder
    raise RuntimeError(f"{artifacts} is full of runs of {slug}")
