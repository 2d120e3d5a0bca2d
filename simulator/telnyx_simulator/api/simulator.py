"""The simulator, in Python: `async with TelnyxSimulator("sut.yaml") as sim: ...`.

A script that Python says line by line is a run like any other: each call makes the step that a line of YAML would make,
and the run takes it. With the end of the block the run settles and is judged, standing checks and all.
"""

import asyncio
import contextlib
import os
import secrets
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar, Unpack

from telnyx_simulator.api.people import Anyone, Person, R, spelled
from telnyx_simulator.api.script import Script
from telnyx_simulator.api.words import Account, Answered, Called, Treated
from telnyx_simulator.checks.expectations import Place
from telnyx_simulator.facts.durations import duration_ns
from telnyx_simulator.scenario.hall import Options
from telnyx_simulator.scenario.invocation import wall_hall
from telnyx_simulator.scenario.profiles import load_profile
from telnyx_simulator.scenario.runner import RunResult
from telnyx_simulator.scenario.script import Scenario, Verb
from telnyx_simulator.transports.clock import wall_clock

T = TypeVar("T")
_PACKAGE = str(Path(__file__).parent.parent)


class Way(Protocol[R]):
    """How what a caller says gets to the loop of the run: at once, by another thread, waited for or not."""

    def carry(self, work: Coroutine[Any, Any, None]) -> R: ...

    def call(self, function: Callable[[], T]) -> T: ...


class Here:
    """The caller is in the run's own loop."""

    def carry(self, work: Coroutine[Any, Any, None]) -> Awaitable[None]:
        return work

    def call(self, function: Callable[[], T]) -> T:
        return function()


class Simulated(Anyone[R]):
    """A run: the people in it, what Telnyx does on purpose, and expectations about any leg."""

    def __init__(self, script: Script, way: Way[R]) -> None:
        super().__init__(self._say)
        self._script = script
        self._way = way

    # The far end

    def incoming_call(self, name: str = "Caller", **call: Unpack[Called]) -> Person[R]:
        """A person who is going to call the application."""
        return self._person(name, "incoming", call)

    def outgoing_call(self, name: str = "Callee", **call: Unpack[Called]) -> Person[R]:
        """A person whom the application is going to call; `to="any"` takes a dial that nobody else does."""
        return self._person(name, "outgoing", call)

    # Telnyx

    def webhooks(self, event: str, **treatment: Unpack[Treated]) -> None:
        """Treat every delivery of an event (or `"all"`) so, from now on; a named event goes before `all`."""
        place = _place()
        self._way.call(lambda: self._script.rule("webhooks", {event: spelled(treatment)}, place))

    def commands(self, command: str, **treatment: Unpack[Answered]) -> None:
        """Answer a REST command (or `"any"`) so, from now on."""
        place = _place()
        self._way.call(lambda: self._script.rule("commands", {command: spelled(treatment)}, place))

    def account(self, **account: Unpack[Account]) -> None:
        """The account, before anybody calls."""
        place = _place()
        self._way.call(lambda: self._script.rule("account", dict(account), place))

    def assume(self, **facts: str) -> None:
        """Choose where evidence about Telnyx disagrees: fact=alternative."""
        place = _place()
        self._way.call(lambda: self._script.rule("assume", dict(facts), place))

    # The end

    def whole_run(self, *, expect: list[Any] | tuple[Any, ...] = (), absent: list[Any] | tuple[Any, ...] = ()) -> R:
        """End the run: everybody hangs up, it settles and is judged. Expectations of the whole run, as YAML has them.

        Raises `Unmet` with all that failed, standing checks too.
        """
        return self._way.carry(self._script.whole_run(list(expect), list(absent), _place()))

    # What the application has to know

    @property
    def environment(self) -> dict[str, str]:
        """`TELNYX_BASE_URL` and the like, for an application that is not started by us."""
        return dict(line.split("=", 1) for line in self._script.hall.exports())

    @property
    def result(self) -> RunResult | None:
        """What the run came to, once it is over."""
        return self._script.result

    def _person(self, name: str, direction: str, call: Called) -> Person[R]:
        place = _place()
        number = self._way.call(lambda: self._script.join(name, direction, spelled(call), place))
        return Person(self._say, name, number)

    def _say(self, verb: Verb, argument: Any, person: str | None) -> R:
        return self._way.carry(self._script.take(verb, argument, person, _place()))


class TelnyxSimulator(Simulated[Awaitable[None]]):
    """The simulator with one application and one run, in the caller's event loop.

    `sut` is the application's profile; None for an application in the caller's own process, which takes
    `environment`. Leaving the block ends the run and judges it. Raises `Unmet`, `sut.application.NeverReady`,
    `scenario.complaints.ScenarioError`.
    """

    def __init__(
        self,
        sut: Path | str | None = None,
        *,
        seed: int | None = None,
        artifacts: Path | str = ".telnyx-sim",
        name: str = "python",
        within: str = "5s",
    ) -> None:
        self._sut = None if sut is None else Path(sut)
        self._options = Options(
            seed=secrets.randbelow(10**6) if seed is None else seed, artifacts=Path(artifacts), root=Path.cwd()
        )
        self._title = name
        self._within = within
        self._stack = contextlib.AsyncExitStack()
        self._file = os.path.relpath(_place().file)

    async def __aenter__(self) -> Self:
        profile = None if self._sut is None else load_profile(self._sut)
        scenario = Scenario(
            file=self._file,
            run_id=self._title,
            name=self._title,
            people=(),
            script=(),
            within_ns=duration_ns(self._within),
        )
        async with contextlib.AsyncExitStack() as stack:
            hall = await stack.enter_async_context(wall_hall(profile, self._options, wall_clock()))
            script = Script(hall, scenario)
            super().__init__(script, Here())
            await script.begin()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with self._stack:
            was_interrupted = isinstance(problem, asyncio.CancelledError | KeyboardInterrupt)
            await self._script.end(problem if was_interrupted else None)
            if kind is None:
                self._script.demand()


def _place() -> Place:
    """The line of the caller outside this package that is being executed."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return Place(frame.f_code.co_filename, frame.f_lineno, 1)
