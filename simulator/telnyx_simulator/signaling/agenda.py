"""What is still to happen: a heap of deadlines. It sleeps on nothing; whoever has a clock calls `advance`."""

import heapq
from collections.abc import Callable

from telnyx_simulator.signaling.events import Event

Act = Callable[[int], list[Event]]


class Agenda:
    """Acts in the order of their moments (nanoseconds); those of one moment in the order in which they were planned."""

    def __init__(self) -> None:
        self._deadlines: list[tuple[int, int, Act]] = []
        self._planned = 0

    def at(self, due_ns: int, act: Act) -> None:
        self._planned += 1
        heapq.heappush(self._deadlines, (due_ns, self._planned, act))

    def next_deadline(self) -> int | None:
        return self._deadlines[0][0] if self._deadlines else None

    def advance(self, now: int) -> list[Event]:
        """Do what is due, also what comes due by doing it."""
        happened: list[Event] = []
        while self._deadlines and self._deadlines[0][0] <= now:
            happened += heapq.heappop(self._deadlines)[2](now)
        return happened
