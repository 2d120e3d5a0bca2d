"""Steady tones in what somebody says: the beep of an answering machine, after which a message is spoken.

A stretch of 20 ms frames whose power lies in one spectral line that stays where it is. A held vowel has harmonics, a
telephone key two lines, speech neither for so long.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .signals import FULL_SCALE, resample
from .telephone_band import RATE_HZ

LEAST_S: Final = 0.2
_FRAME: Final = RATE_HZ // 50
_POINTS: Final = 1024
_NEAR: Final = round(100.0 * _POINTS / RATE_HZ)
"""Bins to either side that belong to a line: the window's main lobe."""
_SHARE_LEAST: Final = 0.9
_APART_HZ_MAX: Final = 20.0
_LEAST_DBFS: Final = -45.0
_BAND_HZ: Final = (300.0, 3000.0)


def beeps(pcm: NDArray[np.int16], rate_hz: int) -> list[tuple[float, float]]:
    """(start, end) in seconds of each, to 20 ms."""
    samples = resample(pcm, rate_hz, RATE_HZ).astype(np.float64)
    whole = len(samples) // _FRAME * _FRAME
    if not whole:
        return []
    frames = samples[:whole].reshape(-1, _FRAME)
    power = np.abs(np.fft.rfft(frames * np.hanning(_FRAME), _POINTS)) ** 2
    peak = power[:, _NEAR:-_NEAR].argmax(axis=1) + _NEAR
    near = np.take_along_axis(power, peak[:, None] + np.arange(-_NEAR, _NEAR + 1), axis=1).sum(axis=1)
    hz = peak * RATE_HZ / _POINTS
    level = 10 * np.log10(np.maximum((frames**2).mean(axis=1) / FULL_SCALE**2, 1e-12))
    is_line = (near >= _SHARE_LEAST * power.sum(axis=1)) & (level >= _LEAST_DBFS)
    is_line &= (hz >= _BAND_HZ[0]) & (hz <= _BAND_HZ[1])
    found, start = [], None
    for n in range(len(frames) + 1):
        goes_on = n < len(frames) and is_line[n]
        if start is not None and not (goes_on and abs(hz[n] - hz[start]) <= _APART_HZ_MAX):
            if (n - start) * 0.02 >= LEAST_S - 1e-9:
                found.append((start * 0.02, n * 0.02))
            start = None
        if goes_on and start is None:
            start = n
    return found
