"""Seeded noise. Equal keys give equal samples; different keys give noises that have nothing to do with each other.

The watermark is band-limited Gaussian noise: no stretch of it is like another, so each 20 ms frame is a code word of
its own, which tells frame, sound and speaker (study, section 4.1: above 99.9 % of single frames are recognized through
every codec from 12 kbit/s on). Made by a Fourier transform over its whole length, it also runs on without a seam when
it is played over and over.
"""

from hashlib import shake_256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .signals import FULL_SCALE, to_int16
from .telephone_band import BAND_HZ, RATE_HZ

WATERMARK_DBFS: Final = -23.0
NOISE_DBFS: Final = -23.0
COMFORT_NOISE_DBFS: Final = -60.0
"""Below what counts as talk (-55 dBFS at least), and still five times the smallest step of A-law."""


def watermark(key: bytes, duration_s: float) -> NDArray[np.int16]:
    """300-3400 Hz at -23 dBFS, at 8000 Hz."""
    return _scaled(_within_band(_drawn("watermark", key, duration_s)), WATERMARK_DBFS)


def noise(key: bytes, duration_s: float) -> NDArray[np.int16]:
    """White noise at -23 dBFS, at 8000 Hz."""
    return _scaled(_drawn("noise", key, duration_s), NOISE_DBFS)


def comfort_noise(key: bytes, duration_s: float) -> NDArray[np.int16]:
    """300-3400 Hz at -60 dBFS, at 8000 Hz: a line on which nobody speaks."""
    return _scaled(_within_band(_drawn("comfort noise", key, duration_s)), COMFORT_NOISE_DBFS)


def _drawn(purpose: str, key: bytes, duration_s: float) -> NDArray[np.float64]:
    """Normally distributed samples, computed from SHAKE-256's octets: a library's generators may change."""
    count = max(1, round(duration_s * RATE_HZ))
    pairs = -(-count // 2)
    octets = shake_256(purpose.encode() + b"\x1f" + key).digest(8 * pairs)
    bits = np.frombuffer(octets, dtype="<u4").reshape(pairs, 2)
    uniform = (bits + 0.5) / 2**32  # never 0, of which there is no logarithm
    radius, angle = np.sqrt(-2 * np.log(uniform[:, 0])), 2 * np.pi * uniform[:, 1]
    normal: NDArray[np.float64] = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)
    return normal[:count]


def _within_band(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(samples)
    frequency_hz = np.arange(len(spectrum)) * (RATE_HZ / len(samples))
    low, high = BAND_HZ
    spectrum[(frequency_hz < low) | (frequency_hz > high)] = 0
    return np.fft.irfft(spectrum, len(samples))


def _scaled(samples: NDArray[np.float64], dbfs: float) -> NDArray[np.int16]:
    """With the RMS of `dbfs` over its whole length."""
    rms = float(np.sqrt((samples**2).mean()))
    return to_int16(samples * (FULL_SCALE * 10 ** (dbfs / 20) / rms))
