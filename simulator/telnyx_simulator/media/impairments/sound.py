"""Sound of one direction, one frame a tick: what each impairment of sound is called with, and gives back."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]


@dataclass(slots=True, kw_only=True)
class Moment:
    """One tick. `back` is what went the other way at the same tick, at any rate; empty where nothing did."""

    tick: int
    rate_hz: int
    back: Samples


class Alteration(Protocol):
    """Changes the samples of a frame (16-bit numbers, not yet rounded); None: no frame is sent. Ticks come in order."""

    def apply(self, samples: Samples, moment: Moment) -> Samples | None: ...
