"""Static: sound that is nobody's, told by its spectrum alone.

Speech has a spectrum of peaks and holes; what a wrong law, a wrong byte order or bytes of another format make of it is
nearly flat. Measured on active frames of speech from seven voices: the median flatness of a second stays below 0.05
through PCMU and PCMA at any level, and above 0.12 in the wrong law; bytes of another format reach 0.27 to 0.57 (study,
section 3.5). The study asks for a crest factor below 13 dB as well; that holds at -23 dBFS only, for a voice at -35
dBFS in the wrong law has 20 dB and more, and so it is not asked for. Noise that is white or pink, percussion alone,
applause and speech 10 dB above white noise are flat as well: a known noise that was heard as it was said is not to be
asked about. Music with tones in it, hum, keys, rumble and speech 20 dB above white noise are not flat.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .telephone_band import RATE_HZ

FRAME: Final = 256
FLAT: Final = 0.1
"""Between the two, by a factor of two to either side."""
ACTIVE_WITHIN_DB: Final = 25.0
QUIET_RMS: Final = 180.0
"""-45 dBFS: what is quieter may be the noise of the line."""
SECOND: Final = 31
"""Frames in a second."""
JUDGED_FRAMES_MIN: Final = 15
"""Half a second of sound: one drawn-out `s` is flat, too."""


@dataclass(frozen=True, slots=True)
class Static:
    """Seconds from the start of the signal; `sound_s` of them, without the pauses, are static."""

    start_s: float
    end_s: float
    sound_s: float


def static(heard: NDArray[np.int16]) -> list[Static]:
    """Each second of sound at 8000 Hz that is static. Pauses are passed over."""
    count = len(heard) // FRAME
    frames = np.asarray(heard[: count * FRAME], dtype=np.float64).reshape(-1, FRAME)
    frames = frames - frames.mean(axis=1, keepdims=True)
    rms = np.sqrt((frames**2).mean(axis=1)) if count else np.zeros(0)
    active = np.flatnonzero(rms > max(QUIET_RMS, _loud(rms) * 10 ** (-ACTIVE_WITHIN_DB / 20)))
    if len(active) < JUDGED_FRAMES_MIN:
        return []
    flatness = _flatness(frames[active])
    edges = [*range(0, len(active), SECOND), len(active)]
    if edges[-1] - edges[-2] < JUDGED_FRAMES_MIN and len(edges) > 2:
        del edges[-2]
    seconds = FRAME / RATE_HZ
    return [
        Static(int(active[first]) * seconds, (int(active[last - 1]) + 1) * seconds, (last - first) * seconds)
        for first, last in pairwise(edges)
        if np.median(flatness[first:last]) > FLAT
    ]


def _loud(rms: NDArray[np.float64]) -> float:
    return float(np.percentile(rms, 95)) if len(rms) else 0.0


def _flatness(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """Geometric over arithmetic mean of each frame's power spectrum: 1 for a click, 0 for a tone."""
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME), axis=1))[:, 1:] ** 2 + 1e-3
    flatness: NDArray[np.float64] = np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)
    return flatness
