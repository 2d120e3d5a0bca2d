"""What an autopsy says."""

from dataclasses import dataclass
from enum import StrEnum

from telnyx_simulator.audio.autopsy.events import Event
from telnyx_simulator.audio.faults import Fault


class Verdict(StrEnum):
    """Whether the sound is what it should be."""

    HEALTHY = "healthy"
    FAULTY = "faulty"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFault:
    """One fault, with its evidence."""

    fault: Fault
    evidence: str
    """One sentence with figures."""
    before: float | None = None
    after: float | None = None
    """What the figure was as declared, and what it is once the fault is taken into account; in `unit`."""
    unit: str = ""
    at_s: float | None = None
    """When it is first to be heard, from the start of what was heard."""
    count: int = 0
    """How many events it has; 0 for what spoils all of the sound."""
    candidates: tuple[Fault, ...] = ()
    """What it can be, where that is not determined."""

    @property
    def advice(self) -> str:
        return self.fault.advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One hypothesis of format or rate and how well it explains what was heard."""

    fault: Fault | None
    detail: str
    correlation: float
    explained_db: float | None
    """None: others correlated better, so it was not followed to the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A piece of what was heard, and where in the reference it comes from: the frame path."""

    from_s: float
    to_s: float
    delay_s: float | None
    """None where it is silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Autopsy:
    """The result of comparing what was sent with what was heard."""

    verdict: Verdict
    faults: tuple[NamedFault, ...] = ()
    evidence: str
    """In one line."""
    latency_s: float | None = None
    """From the start of what was heard to the start of the reference in it."""
    gain_db: float | None = None
    snr_db: float | None = None
    """Over matched frames in 300-3400 Hz, the gain taken off; under the best explanation."""
    correlation: float | None = None
    timeline: tuple[Event, ...] = ()
    path: tuple[Stretch, ...] = ()
    hypotheses: tuple[Scored, ...] = ()

    @property
    def names(self) -> tuple[Fault, ...]:
        """The faults, the weightiest first."""
        return tuple(one.fault for one in self.faults)
