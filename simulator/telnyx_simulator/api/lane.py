"""A simulator in a thread of its own, for callers that block or that have an event loop with other habits.

The media of a call keep their pace whatever the caller's thread does, and no test framework has to lend us its loop.
"""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from telnyx_simulator.scenario.hall import Hall, Options
from telnyx_simulator.scenario.invocation import wall_hall
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.transports.clock import Clock, wall_clock

T = TypeVar("T")


class Lane:
    """A hall on the wall lane: one server, one application, runs one after another or side by side.

    `profile` of None is no application at all: what is tested lives in the caller's own process. Raises
    `sut.application.NeverReady` from `open`.
    """

    def __init__(self, profile: Profile | None, *, seed: int, artifacts: Path, root: Path) -> None:
        self._profile = profile
        self._options = Options(seed=seed, artifacts=artifacts, root=root, at_one_time=1)
        self._loop = _new_loop()
        self._thread = threading.Thread(target=self._run, name="telnyx-sim", daemon=True)
        self._stack = contextlib.AsyncExitStack()
        self._hall: Hall | None = None

    @property
    def hall(self) -> Hall:
        assert self._hall is not None, "the lane is not open"
        return self._hall

    def open(self) -> None:
        """Start the server and the application."""
        self._thread.start()
        try:
            self.wait_for(self._open(wall_clock()))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop both, and the thread."""
        if self._thread.is_alive():
            try:
                self.wait_for(self._stack.aclose())
            finally:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join()
        self._loop.close()

    def start(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Begin something in the lane's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the lane's loop; ^C in between gives it up there too."""
        future = self.start(work)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    def call(self, function: Callable[[], T]) -> T:
        """Do something that takes no time in the lane's loop."""

        async def called() -> T:
            return function()

        return self.wait_for(called())

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.run_until_complete(_given_up())

    async def _open(self, clock: Clock) -> None:
        self._hall = await self._stack.enter_async_context(wall_hall(self._profile, self._options, clock))


class Awaited:
    """What is said in another event loop is done in the lane's, and awaited there."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    async def carry(self, work: Coroutine[Any, Any, None]) -> None:
        """Begun when it is awaited: a forgotten `await` does nothing, and Python says so."""
        await asyncio.wrap_future(self._lane.start(work))

    def call(self, function: Callable[[], T]) -> T:
        return self._lane.call(function)


class Blocking:
    """What is said in another thread is done in the lane's, and waited for."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    def carry(self, work: Coroutine[Any, Any, None]) -> None:
        self._lane.wait_for(work)

    def call(self, function: Callable[[], T]) -> T:
        return self._lane.call(function)


async def _given_up() -> None:
    """All that ^C left under way, to its end: the application's process among it."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def _new_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()
