"""The lines that the legs of another run had, to be had again: a trace's, or what was exported of it.

A recording is JSON: `{"schema": 1, "legs": [{"person": str, "number": int, "settings": [...], "plans": [...]}]}`.
`number` counts a person's legs from 0. A setting is what a line was told (`plane`, `from_frame`, `impairments`), a plan
a block of fates (`plane`, `toward` and `fates.Fates`), both as the trace has them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from telnyx_simulator.media.impairments.fates import Fates

SCHEMA: Final = 1


class RecordingError(Exception):
    """Not a recording; the text is for people."""


@dataclass(slots=True)
class RecordedLeg:
    """One leg's line. Settings are handed out once each, when their frame has come."""

    person: str
    number: int
    settings: Sequence[Mapping[str, Any]]
    plans: Mapping[str, Sequence[Fates]]
    _given: int = field(default=0)

    def due(self, tick: int) -> Iterator[Mapping[str, Any]]:
        while self._given < len(self.settings) and self.settings[self._given]["from_frame"] <= tick:
            self._given += 1
            yield self.settings[self._given - 1]

    def plan(self, end: str) -> "PlanOf":
        return PlanOf(self.plans.get(end, ()))

    def anew(self) -> "RecordedLeg":
        """The same for another run."""
        return RecordedLeg(self.person, self.number, self.settings, self.plans)


@dataclass(frozen=True, slots=True)
class PlanOf:
    """Fates of any block of frames. Beyond what was recorded nothing happens to a frame."""

    blocks: Sequence[Fates]

    def __call__(self, first: int, count: int) -> Fates:
        fates = Fates.of(first, count)
        for block in self.blocks:  # a later one was planned anew, and counts
            from_frame, to_frame = max(first, block.first), min(first + count, block.first + len(block))
            if from_frame < to_frame:
                mine, theirs = slice(from_frame - first, to_frame - first), block.first
                read = slice(from_frame - theirs, to_frame - theirs)
                fates.lost[mine] = block.lost[read]
                fates.delay_us[mine] = block.delay_us[read]
                fates.copy_us[mine] = block.copy_us[read]
        return fates


def legs_of(recording: Any) -> list[RecordedLeg]:
    """Raises RecordingError."""
    if not isinstance(recording, dict) or "legs" not in recording:
        raise RecordingError("not a recording of lines; it has `schema` and `legs`")
    if recording.get("schema") != SCHEMA:
        raise RecordingError(f"recording schema {recording.get('schema')!r}; this version reads schema {SCHEMA}")
    try:
        return [_leg(one) for one in recording["legs"]]
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise RecordingError(f"not a recording of lines: {error!r}") from error


def _leg(given: Mapping[str, Any]) -> RecordedLeg:
    plans: dict[str, list[Fates]] = {}
    for plan in given["plans"]:
        plans.setdefault(plan["toward"], []).append(Fates.from_json(plan))
    settings = [{name: one[name] for name in ("plane", "from_frame", "impairments")} for one in given["settings"]]
    for setting in settings:
        if not isinstance(setting["from_frame"], int) or not all("kind" in one for one in setting["impairments"]):
            raise ValueError(f"setting {setting}")
    return RecordedLeg(str(given["person"]), int(given["number"]), settings, plans)
