"""When what is written into a WebSocket gets through: TCP loses nothing and keeps the order, but it stalls.

A pipe carries one direction. A *stall* (a lost segment, waiting to be sent again; at least 200 ms on Linux: study 5.1)
holds everything up, and with its end all of it comes at one time. A *bandwidth* passes octets one after another.
"""

from dataclasses import dataclass

SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """From `begins_ns` on for `stall_ns`; with `every_ns`, again so much after each beginning."""

    begins_ns: int
    stall_ns: int
    every_ns: int | None = None

    def around(self, at_ns: int) -> tuple[int, int] | None:
        """(begins, ends) of the stall under way at a moment."""
        since_ns = at_ns - self.begins_ns
        if since_ns < 0:
            return None
        begins_ns = self.begins_ns + (since_ns // self.every_ns * self.every_ns if self.every_ns else 0)
        return (begins_ns, begins_ns + self.stall_ns) if at_ns < begins_ns + self.stall_ns else None


class Pipe:
    """`kbit_per_s` is 1000 bits a second, without the octets of TCP and of WebSocket frames."""

    def __init__(self, *, stalls: tuple[Stall, ...] = (), kbit_per_s: float | None = None) -> None:
        self.stalls = stalls
        self._octet_ns = None if kbit_per_s is None else 8_000_000 / kbit_per_s
        self._free_ns = 0

    def through_ns(self, at_ns: int, octets: int) -> int:
        """When a message gets through that is written at `at_ns`; moments must be given in order."""
        begins_ns = max(at_ns, self._free_ns)
        passed_ns = begins_ns + (0 if self._octet_ns is None else round(octets * self._octet_ns))
        while window := self.stalled(passed_ns):
            passed_ns = window[1]
        self._free_ns = passed_ns
        return passed_ns

    def stalled(self, at_ns: int) -> tuple[int, int] | None:
        """The stall under way at a moment: the one that ends last."""
        windows = [window for stall in self.stalls if (window := stall.around(at_ns))]
        return max(windows, key=lambda window: window[1], default=None)
