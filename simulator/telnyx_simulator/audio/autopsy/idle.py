"""Zero bytes sent where silence was meant: a constant at one level, which no voice and no gain gives.

Zero is silence in linear samples only. In mu-law it is the lowest sample there is, in A-law one of -17 %. Such
stretches are found by their level and taken out of what was heard, so that the rest can be compared.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio import g711
from telnyx_simulator.audio.autopsy.hypotheses import Pcm, Sound
from telnyx_simulator.audio.g711 import Law
from telnyx_simulator.audio.signals import FULL_SCALE

LEVELS: Final = tuple(int(g711.decode(law, b"\0")[0]) for law in Law)
LEVEL_TOLERANCE: Final = 0.01
"""In full scales: what a resampler leaves of a constant."""
LEAST_S: Final = 0.005
"""A clipped voice stays at one level for less."""
TOGETHER_S: Final = 0.04
EDGE_S: Final = 0.002
"""Around a step, a resampler rings."""


@dataclass(frozen=True, slots=True, eq=False)
class Idle:
    """What was heard without its zero bytes."""

    rest: Sound
    """Silence in their place."""
    level: float
    """In full scales."""
    filled: NDArray[np.bool_]
    """[samples] where they were."""

    @property
    def duration_s(self) -> float:
        return float(self.filled.sum()) / self.rest.rate_hz

    def covers(self, from_s: float, to_s: float) -> bool:
        """Whether there are zero bytes in a stretch of what was heard."""
        rate_hz = self.rest.rate_hz
        return bool(self.filled[max(0, round(from_s * rate_hz)) : max(0, round(to_s * rate_hz)) + 1].any())


def zero_bytes(heard: Sound) -> Idle | None:
    """None where there are none, and where all of the sound lies around that level: that is a constant added to it."""
    for level in LEVELS:
        flat = _flat(heard.samples, level, max(2, round(LEAST_S * heard.rate_hz)))
        if flat.sum() < TOGETHER_S * heard.rate_hz:
            continue
        others = heard.samples[~flat].astype(np.float64)
        if len(others) and abs(float(others.mean()) - level) < abs(level) / 2:
            continue
        filled = _widened(flat, round(EDGE_S * heard.rate_hz))
        rest = np.where(filled, np.int16(0), heard.samples).astype(np.int16)
        return Idle(Sound(rest, heard.rate_hz), level / FULL_SCALE, filled)
    return None


def _flat(samples: Pcm, level: int, least: int) -> NDArray[np.bool_]:
    """[samples] whether they belong to a stretch of at least `least` at this level."""
    near = np.abs(samples.astype(np.int32) - level) < LEVEL_TOLERANCE * FULL_SCALE
    edges = np.flatnonzero(np.diff(np.concatenate(([0], near.astype(np.int8), [0]))))
    flat = np.zeros(len(samples), bool)
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        flat[first:last] = last - first >= least
    return flat


def _widened(flags: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    reach = np.convolve(flags.astype(np.float32), np.ones(2 * by + 1, np.float32), "same")
    return np.asarray(reach > 0.5)
