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
        self._slots: list[dict[Tick, int]] = [{} for _ in range(SLOTS)]
        # The first that the wheel has not taken.
        self._step = 0
        self._changed = asyncio.Event()

    def add(self, tick: Tick, *, once_due_ns: int | None = None) -> int:
        """Call `tick(due_ns)` every 20 ms; the answer is the first deadline, at most 20 ms away.

        Whoever comes back names a deadline that it had, and has the same grid again.
        """
        now = self._clock.now_ns()
        if once_due_ns is None:
            slot, step = min(range(SLOTS), key=lambda n: len(self._slots[n])), self._step_after(now + 1)
        else:
            # What is due at this moment may tick yet, if the wheel has not been there.
            slot = (once_due_ns - self._origin_ns) // SLOT_NS % SLOTS
            step = max(self._step_after(now), self._step)
        step += (slot - step) % SLOTS
        self._slots[slot][tick] = step
        self._changed.set()
        return self._due_ns(step)

    def remove(self, tick: Tick) -> None:
        for slot in self._slots:
            slot.pop(tick, None)

    async def run(self) -> None:
        while True:
            self._changed.clear()
            following = self._occupied_from(self._step)
            if following is None:
                await self._changed.wait()
                # Only newcomers are there, and the first of them ticks when it was told to, however late we wake.
                self._step = min((first for slot in self._slots for first in slot.values()), default=self._step)
                continue
            due_ns = self._due_ns(following)
            if await self._clock.wait_for(self._changed, due_ns):
                continue  # a newcomer may be due before
            slot, self._step = self._slots[following % SLOTS], following + 1
            for tick, first in list(slot.items()):
                if following >= first and tick in slot:  # one tick may have removed the next
                    tick(due_ns)

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
