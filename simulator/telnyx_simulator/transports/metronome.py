"""One metronome a process: a wheel of twenty slots, one millisecond apart, that turns once every 20 ms.

Each leg ticks in one slot, at absolute deadlines (never `now + 20 ms`, which drifts). When late, the wheel catches up
step by step and lets incoming data through in between; how late each frame was stands in the trace.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from telnyx_simulator.transports.clock import Clock

SLOTS = 20
SLOT_NS = 1_000_000
TURN_NS = SLOTS * SLOT_NS

Tick = Callable[[int], None]


class Metronome:
    """`run` turns the wheel; deadlines are moments of `clock`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._origin_ns = clock.now_ns()
        # Of each slot: what ticks there, and from which step on.
        self._slots: list[list[tuple[Tick, int]]] = [[] for _ in range(SLOTS)]
        self._changed = asyncio.Event()

    def add(self, tick: Tick) -> int:
        """Call `tick(due_ns)` every 20 ms; the answer is the first deadline, at most 20 ms away."""
        slot = min(range(SLOTS), key=lambda n: len(self._slots[n]))
        step = self._step_after(self._clock.now_ns() + 1)
        step += (slot - step) % SLOTS
        self._slots[slot].append((tick, step))
        self._changed.set()
        return self._due_ns(step)

    def remove(self, tick: Tick) -> None:
        for slot in self._slots:
            slot[:] = [member for member in slot if member[0] != tick]

    async def run(self) -> None:
        step = 0
        while True:
            self._changed.clear()
            following = self._occupied_from(step)
            if following is None:
                await self._changed.wait()
                # Only newcomers are there, and the first of them ticks when it was told to, however late we wake.
                step = min((first for slot in self._slots for _, first in slot), default=step)
                continue
            due_ns = self._due_ns(following)
            if await self._clock.wait_for(self._changed, due_ns):
                continue  # a newcomer may be due before
            slot = self._slots[following % SLOTS]
            for member in list(slot):
                tick, first = member
                if following >= first and member in slot:  # one tick may have removed the next
                    tick(due_ns)
            step = following + 1

    def _occupied_from(self, step: int) -> int | None:
        return next((n for n in range(step, step + SLOTS) if self._slots[n % SLOTS]), None)

    def _due_ns(self, step: int) -> int:
        return self._origin_ns + step * SLOT_NS

    def _step_after(self, now_ns: int) -> int:
        return -(-(now_ns - self._origin_ns) // SLOT_NS)


@contextlib.asynccontextmanager
async def running_metronome(clock: Clock) -> AsyncIterator[Metronome]:
    """A metronome that turns while the block runs."""
    metronome = Metronome(clock)
    turning = asyncio.create_task(metronome.run())
    try:
        yield metronome
    finally:
        turning.cancel()
        # What a tick raised stopped the wheel, and must not go unheard.
        with contextlib.suppress(asyncio.CancelledError):
            await turning
