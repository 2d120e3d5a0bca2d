"""A window on the trace, the cursor that opens it, and the answers to "is this expectation met in it?"."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from telnyx_simulator.checks.expectations import Expectation
from telnyx_simulator.checks.findings import Fault
from telnyx_simulator.trace import Entry


@dataclass(frozen=True, slots=True)
class Window:
    """Opens after entry `opens_seq`, at `opens_ns`; what is expected must come by `closes_ns` (None: no bound)."""

    opens_seq: int
    opens_ns: int
    closes_ns: int | None
    # The moment of the step before, at which the state of a leg is known that the script brought about.
    moment_ns: int = 0
    # The verb of the action that opened it; empty where an expectation did that was met.
    opened_by: str = ""
    # The last webhook that met an expectation: it opened the window when it was sent, and its reply came later.
    webhook_seq: int = 0

    def is_over(self, now_ns: int | None, *, known_after_ns: int = 0) -> bool:
        """Whether nothing can come into it any more that we do not know; `now_ns` of None: the run is over."""
        return now_ns is None or (self.closes_ns is not None and now_ns > self.closes_ns + known_after_ns)

    def has(self, at_ns: int) -> bool:
        """Whether this moment is within its time."""
        return self.closes_ns is None or at_ns <= self.closes_ns


ALWAYS = Window(0, 0, None)
"""The whole run."""


@dataclass(frozen=True, slots=True)
class Met:
    """By what: the next window opens after entry `seq` and `opens_ns`; the step's own moment is `moment_ns`.

    What the application does because of a webhook may come before its reply to it. So a webhook (entry `webhook_seq`)
    opens the next window when it was sent.
    """

    seq: int
    opens_ns: int
    moment_ns: int
    actual: str
    call: str | None = None
    webhook_seq: int = 0


@dataclass(frozen=True, slots=True)
class Pending:
    pass


@dataclass(frozen=True, slots=True)
class Missed:
    """Not met and never will be. `late_by_ns` is by how much it was missed, None if time is not the reason.

    `at_ns` is when that was known, None for the end of the window; `since_ns` is from when on our own lateness matters,
    None for the opening of the window. `never_came`: with more time it might have.
    """

    actual: str
    fault: Fault | None = None
    evidence: str = ""
    late_by_ns: int | None = None
    at_ns: int | None = None
    since_ns: int | None = None
    call: str | None = None
    never_came: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Unseen:
    """Nothing happened that it could be judged by; what speaks of the whole run is answered so, and what a profile has
    no word for.
    """

    reason: str


Answer = Met | Pending | Missed | Unseen


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the script stands: how the next window opens, and the moment from which `within` counts."""

    opens_seq: int = 0
    opens_ns: int = 0
    moment_ns: int = 0
    opened_by: str = ""
    webhook_seq: int = 0

    def window(self, expectation: Expectation, default_within_ns: int) -> Window:
        within = expectation.within_ns if expectation.within_ns is not None else default_within_ns
        return self._until(self.moment_ns + within)

    def absence(self, expectation: Expectation) -> Window:
        return self._until(self.moment_ns + (expectation.for_ns or 0))

    def _until(self, closes_ns: int) -> Window:
        return Window(
            self.opens_seq, self.opens_ns, closes_ns, self.moment_ns, self.opened_by, webhook_seq=self.webhook_seq
        )

    @staticmethod
    def acted(verb: str, began: Entry, ended: Entry) -> "Cursor":
        """Behind an action, which opens a window of its own."""
        return Cursor(began.seq, began.at_ns, ended.at_ns, verb)

    def passed(self, until_ns: int) -> "Cursor":
        """Behind a `wait` or an `absent`: time went by."""
        return replace(self, moment_ns=until_ns)

    def after(self, answers: Sequence[Met]) -> "Cursor":
        """Behind what met an `expect`; of several the last."""
        return Cursor(
            max(met.seq for met in answers),
            max(met.opens_ns for met in answers),
            max(met.moment_ns for met in answers),
            webhook_seq=max([self.webhook_seq, *(met.webhook_seq for met in answers)]),
        )


def early(by_ns: int, window: Window) -> str:
    """What came before the window did, and what to do about it."""
    if window.opened_by:
        return f"it came {by_ns / 1e6:.0f} ms before '{window.opened_by}' began: put the expectation first"
    before = "what met the expectation before it: put it first, or both in one list"
    return f"it came {by_ns / 1e6:.0f} ms before {before}"


def often(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def counted(least: int, most: int | None) -> str:
    if most is None:
        return f"at least {least}"
    return str(least) if least == most else f"{least} to {most}"
