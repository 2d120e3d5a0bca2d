"""The part of `transports.clock.Clock` that is needed here."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Clock(Protocol):
    """Durations and moments are nanoseconds."""

    is_virtual: bool

    def now_ns(self) -> int: ...

    async def sleep(self, duration_ns: int) -> None: ...

    def limit(self, duration_ns: int) -> AbstractAsyncContextManager[object]: ...
