"""A window on the trace, and the answers to "is this expectation met in it?"."""

from dataclasses import dataclass

from telnyx_simulator.checks.findings import Fault


@dataclass(frozen=True, slots=True)
class Window:
    """Opens after entry `opens_seq`, at `opens_ns`; what is expected must come by `closes_ns` (None: no bound)."""

    opens_seq: int
    opens_ns: int
    closes_ns: int | None
    # The moment of the step before, at which the state of a leg is known that the script brought about.
    moment_ns: int = 0

    def is_over(self, now_ns: int | None, *, known_after_ns: int = 0) -> bool:
        """Whether nothing can come into it any more that we do not know; `now_ns` of None: the run is over."""
        return now_ns is None or (self.closes_ns is not None and now_ns > self.closes_ns + known_after_ns)


@dataclass(frozen=True, slots=True)
class Met:
    """By what: the next window opens after entry `seq` and `opens_ns`; the step's own moment is `moment_ns`."""

    seq: int
    opens_ns: int
    moment_ns: int
    actual: str


@dataclass(frozen=True, slots=True)
class Pending:
    pass


@dataclass(frozen=True, slots=True)
class Missed:
    """Not met and never will be. `late_by_ns` is by how much it was missed, None if time is not the reason."""

    actual: str
    fault: Fault | None = None
    evidence: str = ""
    late_by_ns: int | None = None


Answer = Met | Pending | Missed


def early(by_ns: int) -> str:
    return f"it came {by_ns / 1e6:.0f} ms before the step before began: put the expectation first"


def counted(least: int, most: int | None) -> str:
    if most is None:
        return f"at least {least}"
    return str(least) if least == most else f"{least} to {most}"
