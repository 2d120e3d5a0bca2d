"""A signal read between its samples, at each quarter of one."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.telephone_band import Samples, fast_length

FINE: Final = 4
"""Delays are quarters of a sample."""


class Quarters:
    """A signal between its samples: a row of samples for each quarter, made when it is asked for."""

    __slots__ = ("_length", "_rows", "_spectrum")

    def __init__(self, band: Samples) -> None:
        self._length = fast_length(len(band) + 64)
        self._spectrum = np.fft.rfft(band, self._length)
        self._rows = {0: band}

    def row(self, phase: int) -> Samples:
        """The signal at `phase` quarters after each of its samples."""
        if phase not in self._rows:
            moved = np.fft.irfft(self._spectrum * _turn(self._length, phase), self._length)
            self._rows[phase] = moved[: len(self._rows[0])]
        return self._rows[phase]


@lru_cache(maxsize=16)
def _turn(length: int, phase: int) -> NDArray[np.complex128]:
    """What moves a spectrum by some quarters of a sample."""
    return np.asarray(np.exp(2j * np.pi * phase / (FINE * length) * np.arange(length // 2 + 1)))
