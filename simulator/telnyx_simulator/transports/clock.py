"""Time: the one place that reads a clock or sleeps.

Everything else is handed a `Clock` and counts integer nanoseconds from that clock's zero. Two of them: the wall clock,
and the virtual clock of a `VirtualLoop`, which jumps to the next timer as soon as nothing is left to do.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SECOND_NS = 1_000_000_000

# Threads take turns with the loop that serves all calls: the fewer, the sooner it is its turn again.
_LISTENING = ThreadPoolExecutor(2, thread_name_prefix="listening")
_JUDGING = ThreadPoolExecutor(1, thread_name_prefix="judging")


class Clock:
    """Nanoseconds since `zero_ns` of a counter; `epoch_ns` is the Unix time of that zero."""

    def __init__(self, counter: Callable[[], int], zero_ns: int, epoch_ns: int, *, is_virtual: bool = False) -> None:
        self._counter = counter
        self._zero_ns = zero_ns
        self.epoch_ns = epoch_ns
        self.is_virtual = is_virtual

    def now_ns(self) -> int:
        return self._counter() - self._zero_ns

    def unix_ns(self) -> int:
        return self.epoch_ns + self.now_ns()

    def from_now(self) -> "Clock":
        """The same time counted from this moment: a run's own clock."""
        now_ns = self.now_ns()
        return Clock(self._counter, self._zero_ns + now_ns, self.epoch_ns + now_ns, is_virtual=self.is_virtual)

    def ahead_of(self, other: "Clock") -> int:
        """What to add to a moment of `other` to get the same moment here."""
        return other._zero_ns - self._zero_ns

    async def sleep_until(self, at_ns: int) -> None:
        await asyncio.sleep(max(0, at_ns - self.now_ns()) / SECOND_NS)

    def call_at(self, at_ns: int, act: Callable[[], None]) -> None:
        """Call it at a moment, or as soon as possible after."""
        asyncio.get_running_loop().call_later(max(0, at_ns - self.now_ns()) / SECOND_NS, act)

    async def sleep(self, duration_ns: int) -> None:
        await asyncio.sleep(duration_ns / SECOND_NS)

    def limit(self, duration_ns: int) -> AbstractAsyncContextManager[object]:
        """A block that raises TimeoutError when it takes longer."""
        return limit(duration_ns)

    async def wait_for(self, event: asyncio.Event, until_ns: int | None) -> bool:
        """Wait for an event, at most until a moment; whether it came."""
        if until_ns is None:
            await event.wait()
            return True
        try:
            async with self.limit(max(0, until_ns - self.now_ns())):
                await event.wait()
        except TimeoutError:
            return False
        return True

    async def in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Work that a call waits for, off the media path. In virtual time it runs at once: no time passes for it."""
        if self.is_virtual:
            return function(*args, **kwargs)
        return await asyncio.to_thread(function, *args, **kwargs)

    async def listening(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Heavy work that a script waits for. No call waits for it, however many runs listen."""
        return await self._by(_LISTENING, function, *args, **kwargs)

    async def judging(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Heavy work after a run, one at a time: whoever still talks or listens goes before."""
        return await self._by(_JUDGING, function, *args, **kwargs)

    async def _by(self, pool: Executor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self.is_virtual:
            return function(*args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(pool, partial(function, *args, **kwargs))


def limit(duration_ns: int) -> AbstractAsyncContextManager[object]:
    """`Clock.limit` for who holds no clock: every clock of a loop runs at that loop's pace."""
    return asyncio.timeout(duration_ns / SECOND_NS)


def wall_clock() -> Clock:
    """Real time, its zero being now."""
    return Clock(time.monotonic_ns, time.monotonic_ns(), time.time_ns())


# A moment for virtual runs: every one of them begins here. 2026-01-01T00:00:00Z.
VIRTUAL_EPOCH_NS = 1_767_225_600 * SECOND_NS


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer once nothing is ready to run.

    Sound for what lives in this loop: coroutines, in-memory transports, sockets between two ends of this same loop.
    """

    def __init__(self) -> None:
        # Far below the Unix epoch, so that a float of seconds still resolves nanoseconds.
        self.virtual_ns = 1000 * SECOND_NS
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self.virtual_ns / SECOND_NS

    def clock(self) -> Clock:
        return Clock(lambda: self.virtual_ns, self.virtual_ns, VIRTUAL_EPOCH_NS, is_virtual=True)


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("nothing will ever happen: no timer, and nobody in this loop has anything to do")
        self._loop.virtual_ns += max(1, round(timeout * SECOND_NS))
        return []


def run_virtual(main: Callable[[Clock], Coroutine[Any, Any, T]]) -> T:
    """Run `main` on a virtual loop to its end."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        return runner.run(main(loop.clock()))
