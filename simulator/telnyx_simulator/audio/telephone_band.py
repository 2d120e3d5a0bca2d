"""The front end of every comparison: what of a signal a telephone carries, and how to read it between samples.

Codecs and resamplers change what lies outside 300-3400 Hz at will and the ear at the other end never hears it, so both
sides of a comparison are limited to that band first (study, section 3.1: without it a healthy leg can score 4 dB).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE_HZ: Final = 8000
"""Every comparison runs at this rate."""
BAND_HZ: Final = (300.0, 3400.0)
FILTER_ORDER: Final = 4
OVERSAMPLING: Final = 16
"""At 128 kHz straight lines between samples miss a 3400 Hz tone by less than -43 dB, and speech by far less."""
_SETTLE: Final = 400
"""Samples of silence put at both ends while filtering; the filter has died away after 50 ms. Even, for half rate."""

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """A signal prepared for comparison: as it was, and band-limited at the full and at half the rate."""

    pcm: NDArray[np.int16]
    band: Samples
    """300-3400 Hz at 8000 Hz, as long as `pcm`, without phase shift."""
    half: Samples
    """300-1700 Hz at 4000 Hz, for searching."""

    def __len__(self) -> int:
        return len(self.pcm)


def prepare(pcm: NDArray[np.int16]) -> Signal:
    """Filter once, compare often.

    The filter is a Butterworth band-pass of order 4 run forwards and backwards, which is to say: its squared magnitude,
    applied to the spectrum.
    """
    pcm = np.asarray(pcm, dtype=np.int16)
    if len(pcm) == 0:
        return Signal(pcm, np.zeros(0), np.zeros(0))
    length = fast_length(len(pcm) + 2 * _SETTLE)
    padded = np.zeros(length)
    padded[_SETTLE : _SETTLE + len(pcm)] = pcm - pcm.mean()
    spectrum = np.fft.rfft(padded)
    frequency = np.arange(len(spectrum), dtype=np.float64) * (RATE_HZ / length)
    spectrum *= squared_magnitude(length)
    band = np.fft.irfft(spectrum, length)
    kept = length // 4 + 1  # up to 2000 Hz, tapered from 1600 Hz so that nothing folds back
    taper = 0.5 + 0.5 * np.cos(np.pi * np.clip((frequency[:kept] - 1600) / 350, 0, 1))
    half = np.fft.irfft(spectrum[:kept] * taper, length // 2) / 2
    first = _SETTLE // 2
    return Signal(pcm, band[_SETTLE : _SETTLE + len(pcm)], half[first : first + -(-len(pcm) // 2)])


@lru_cache(maxsize=32)
def squared_magnitude(length: int) -> Samples:
    """Of a digital Butterworth band-pass, at the frequencies of a real transform of `length` samples.

    The analog one (https://en.wikipedia.org/wiki/Butterworth_filter) by the bilinear transform, whose frequency is
    tan(pi f / rate): as `scipy.signal.butter` makes it, without the second that it takes to load.
    """
    warped = np.tan(np.pi / length * np.arange(1, (length + 1) // 2))
    low, high = np.tan(np.pi * np.array(BAND_HZ) / RATE_HZ)
    inside = 1 / (1 + ((warped**2 - low * high) / (warped * (high - low))) ** (2 * FILTER_ORDER))
    squared = np.zeros(length // 2 + 1)  # nothing passes at 0 Hz and at half the rate
    squared[1 : 1 + len(inside)] = inside
    return squared


def fast_length(least: int) -> int:
    """The next length that is a multiple of 4 and quick to transform: 2, 3 or 5 times a power of two."""
    power = 1 << max(least - 1, 4).bit_length()
    return next(length for length in (power * 5 // 8, power * 3 // 4, power) if length >= least)


def excerpt(samples: NDArray[np.generic], start: int, length: int) -> Samples:
    """`length` samples from `start` on, zero where there are none."""
    out = np.zeros(length)
    first, last = max(start, 0), min(start + length, len(samples))
    if last > first:
        out[first - start : last - start] = samples[first:last]
    return out


class Oversampled:
    """A band-limited signal and its slope, readable at any fraction of a sample."""

    __slots__ = ("_slope", "_values")

    def __init__(self, band: Samples) -> None:
        length = fast_length(len(band) + 64)  # a margin, so that the ends don't wrap into each other
        spectrum = np.fft.rfft(band, length)
        self._values: Samples = OVERSAMPLING * np.fft.irfft(spectrum, length * OVERSAMPLING)
        self._slope: Samples = np.gradient(self._values) * OVERSAMPLING

    def at(self, times: Samples) -> Samples:
        """Values at fractional sample positions."""
        return _read(self._values, times)

    def slope_at(self, times: Samples) -> Samples:
        """Slope, per sample, at fractional sample positions."""
        return _read(self._slope, times)


def _read(table: Samples, times: Samples) -> Samples:
    position = np.clip(times, 0.0, len(table) / OVERSAMPLING - 1.0) * OVERSAMPLING
    left = position.astype(np.intp)
    share = position - left
    values: Samples = table[left] * (1.0 - share) + table[left + 1] * share
    return values
