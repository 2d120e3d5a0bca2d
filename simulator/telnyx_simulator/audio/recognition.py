"""Single frames of a sound, recognized in another whatever their order: for voices that were cut up on the way.

Where two streams of media are fed into one, 20 ms of this and 20 ms of that are heard in turns, and each falls ever
further behind; no lag holds for longer than a frame, so nothing that looks for a lag finds anything. But a frame that
only passed through G.711 is still itself: it correlates with where it came from at 0.99 and more.

Measured on five sentences and two watermarks through two laws: every frame of the same sound is recognized; of another
sound at most one in twenty-four, most often none.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .telephone_band import RATE_HZ, fast_length

FRAME: Final = 160
EVERY: Final = 5
"""One frame in five is looked at."""
NCC_MIN: Final = 0.99
ACTIVE_RMS: Final = 60.0
FOUND_MIN: Final = 5
SHARE_MIN: Final = 0.1


@dataclass(frozen=True, slots=True)
class Recognition:
    """`share` of the frames that hold sound are frames of what was said, the first of them `first_s` seconds in."""

    share: float
    found: int
    first_s: float

    @property
    def is_heard(self) -> bool:
        return self.found >= FOUND_MIN and self.share >= SHARE_MIN


def recognize(said: NDArray[np.int16], heard: NDArray[np.int16]) -> Recognition:
    """Which frames of `heard` are frames of `said`, at any place of it. Both are int16 at 8000 Hz."""
    frames = np.asarray(heard[: len(heard) // FRAME * FRAME], dtype=np.float64).reshape(-1, FRAME)
    frames = frames - frames.mean(axis=1, keepdims=True)
    sampled = [n for n in range(0, len(frames), EVERY) if frames[n].std() > ACTIVE_RMS]
    if not sampled or len(said) < FRAME:
        return Recognition(0.0, 0, 0.0)
    voice = np.asarray(said, dtype=np.float64)
    length = fast_length(len(voice) + FRAME)
    spectrum, norm = np.fft.rfft(voice, length), _norm(voice)
    found = [n for n in sampled if _best(frames[n], spectrum, norm, length) >= NCC_MIN]
    first_s = found[0] * FRAME / RATE_HZ if found else 0.0
    return Recognition(len(found) / len(sampled), len(found), first_s)


def _best(
    frame: NDArray[np.float64], spectrum: NDArray[np.complex128], norm: NDArray[np.float64], length: int
) -> float:
    """The highest correlation of a frame with any place of what was said."""
    common = np.fft.irfft(np.conj(np.fft.rfft(frame, length)) * spectrum, length)[: len(norm)]
    return float((common / norm).max() / np.sqrt(frame @ frame))


def _norm(voice: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each stretch of a frame's length measures about its own mean."""
    sums = np.concatenate(([0.0], np.cumsum(voice)))
    squares = np.concatenate(([0.0], np.cumsum(voice**2)))
    total, energy = sums[FRAME:] - sums[:-FRAME], squares[FRAME:] - squares[:-FRAME]
    norm: NDArray[np.float64] = np.sqrt(np.maximum(energy - total**2 / FRAME, FRAME * (ACTIVE_RMS / 2) ** 2))
    return norm
