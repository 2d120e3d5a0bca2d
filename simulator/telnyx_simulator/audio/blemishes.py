"""What may be amiss with a sound that is the right one: flat tops, a constant part, and a missing upper band."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .signals import FULL_SCALE
from .telephone_band import fast_length

CLIPPED_MAX: Final = 0.002
CLIPPED_FACTOR: Final = 4.0
"""Study 3.4: flat tops in less than 0.2 % of the samples, and less than 4 times what the reference has."""
DC_MAX: Final = 0.01
"""Study 3.4: of full scale; 0.3 % is healthy."""
NARROW_DB: Final = -20.0
"""Study 3.5: through 8 kHz the upper band is at -79 dB, through every wide-band codec within 6 dB."""
WIDE_HZ: Final = 16_000
LOWER_HZ: Final = (300.0, 3400.0)
UPPER_HZ: Final = (4300.0, 7000.0)
TOP: Final = 0.985
_PIECE: Final = WIDE_HZ // 2
_SHIFT_MAX: Final = WIDE_HZ // 100
_SOUND_RMS: Final = 40.0
_PRESENT_DB: Final = -35.0
"""A piece of sound whose upper band is further below the lower one has none."""


def flat_tops(pcm: NDArray[np.int16]) -> float:
    """The share of samples that lie beside one another within 1.5 % of the largest: clipping cuts tops flat."""
    size = np.abs(pcm.astype(np.int32))
    if len(size) < 2 or not size.max():
        return 0.0
    high = size >= TOP * size.max()
    beside = np.zeros(len(high), bool)
    beside[1:] |= high[:-1]
    beside[:-1] |= high[1:]
    return float((high & beside).mean())


def constant_part(reference: NDArray[np.int16], heard: NDArray[np.int16]) -> float:
    """Of full scale: the mean of what was heard beyond that of the reference, 0 where a codec took the latter away."""
    there = _mean(heard)
    more = there - _mean(reference)
    return more if abs(more) < abs(there) else there


def _mean(pcm: NDArray[np.int16]) -> float:
    return float(pcm.mean()) / FULL_SCALE if len(pcm) else 0.0


def upper_band_db(reference: NDArray[np.int16], heard: NDArray[np.int16]) -> float | None:
    """How much of the reference's 4.3-7 kHz is in what was heard, in dB and relative to its 0.3-3.4 kHz.

    Both are at 16 kHz, and begin with the same sound, to 10 ms. 0 is all of it. It is a matter of waveforms: what a bad
    resampler puts there (images of the lower band) is as loud as the real thing, and counts as nothing. None where the
    reference has no upper band.
    """
    count = min(len(reference), len(heard))
    lower = np.zeros(2)
    upper = np.zeros(2)
    for start in range(0, count - _PIECE + 1, _PIECE // 2):
        said, got = reference[start : start + _PIECE], heard[start : start + _PIECE]
        lower_said, upper_said = (_band(said, band) for band in (LOWER_HZ, UPPER_HZ))
        low, high = float((lower_said**2).sum()), float((upper_said**2).sum())
        if high <= low * 10 ** (_PRESENT_DB / 10) or low < _PIECE * _SOUND_RMS**2:
            continue
        lower_heard, upper_heard = (_band(got, band) for band in (LOWER_HZ, UPPER_HZ))
        lag, lower_common = _strongest(lower_said, lower_heard, range(-_SHIFT_MAX, _SHIFT_MAX + 1))
        _, upper_common = _strongest(upper_said, upper_heard, range(lag, lag + 1))
        lower += (lower_common, low)
        upper += (upper_common, high)
    if upper[1] == 0 or lower[0] <= 0:
        return None
    return float(20 * np.log10(max(upper[0] / upper[1], 1e-6) / (lower[0] / lower[1])))


def _band(pcm: NDArray[np.int16], band_hz: tuple[float, float]) -> NDArray[np.float64]:
    length = fast_length(len(pcm))
    spectrum = np.fft.rfft(pcm * np.hanning(len(pcm)), length)
    frequency_hz = np.arange(len(spectrum)) * (WIDE_HZ / length)
    spectrum[(frequency_hz < band_hz[0]) | (frequency_hz > band_hz[1])] = 0
    return np.fft.irfft(spectrum, length)[: len(pcm)]


def _strongest(said: NDArray[np.float64], heard: NDArray[np.float64], lags: range) -> tuple[int, float]:
    """The lag at which there is most of it, and how much."""
    length = fast_length(2 * len(said))
    common = np.fft.irfft(np.conj(np.fft.rfft(said, length)) * np.fft.rfft(heard, length), length)
    lag = max(lags, key=lambda lag: float(common[lag]))
    return lag, float(common[lag])
