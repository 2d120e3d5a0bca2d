"""What becomes of a block of frames: the schedule that impairments write, the trace keeps and a replay reads."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FRAME_US: Final = 20_000
NONE: Final = -1
"""In `copy_us`: the frame comes once."""

Flags = NDArray[np.bool_]
Micros = NDArray[np.int64]


@dataclass(slots=True, kw_only=True)
class Fates:
    """Frames `first`, `first + 1` ... of one direction, numbered by the ticks of their leg.

    `delay_us`: how much after its tick a frame comes, never negative. `copy_us`: the same of a second copy of it.
    """

    first: int
    lost: Flags
    delay_us: Micros
    copy_us: Micros

    @staticmethod
    def of(first: int, count: int) -> "Fates":
        """Frames to which nothing happens."""
        zeros = np.zeros(count, np.int64)
        return Fates(first=first, lost=np.zeros(count, np.bool_), delay_us=zeros, copy_us=np.full(count, NONE))

    def __len__(self) -> int:
        return len(self.lost)

    @property
    def arrival_us(self) -> Micros:
        """When each frame comes, counted from tick 0 of the leg."""
        return (self.first + np.arange(len(self))) * FRAME_US + self.delay_us

    def to_json(self) -> dict[str, Any]:
        """Lost frames and copies by number; delays as one number where they are all the same."""
        delays = self.delay_us.tolist()
        twice = np.flatnonzero(self.copy_us != NONE)
        return {
            "from_frame": self.first,
            "frames": len(self),
            "lost": (np.flatnonzero(self.lost) + self.first).tolist(),
            "delay_us": delays[0] if len(set(delays)) == 1 else delays,
            "copies": [[int(n) + self.first, int(self.copy_us[n])] for n in twice],
        }

    @staticmethod
    def from_json(given: dict[str, Any]) -> "Fates":
        """Raises ValueError (also KeyError, TypeError, IndexError) for what `to_json` cannot have written."""
        first, count = int(given["from_frame"]), int(given["frames"])
        fates = Fates.of(first, count)
        fates.delay_us[:] = np.asarray(given["delay_us"], np.int64)
        for n in given["lost"]:
            fates.lost[_place(n, first, count)] = True
        for n, delay_us in given["copies"]:
            fates.copy_us[_place(n, first, count)] = delay_us
        if (fates.delay_us < 0).any() or (fates.copy_us < NONE).any():
            raise ValueError("a frame cannot come before it was said")
        return fates


def _place(frame: int, first: int, count: int) -> int:
    if not first <= frame < first + count:
        raise ValueError(f"frame {frame} is not among the {count} frames from {first} on")
    return frame - first
