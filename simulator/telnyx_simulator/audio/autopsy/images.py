"""Two channels played as one against half the speed: they differ by mirror images alone.

Theory of operation. Each sample twice (left and right are alike), at the same rate, is the sound at half its speed; and
as the second of both was not interpolated but repeated, all of it once more, mirrored at a quarter of the rate. At
8000 Hz the images lie in 2000-4000 Hz, where nearly every codec carries them, at 16 000 Hz above the telephone band, in
what wide-band codecs carry. Low-rate codecs keep the energy of such a band rather than its waveform, so its energy over
time is compared with what either would have there.
"""

from typing import Final

import numpy as np
import soxr

from telnyx_simulator.audio.autopsy.hypotheses import Pcm, Setting
from telnyx_simulator.audio.autopsy.path import FRAME, SILENT, Path
from telnyx_simulator.audio.autopsy.quarters import FINE
from telnyx_simulator.audio.telephone_band import RATE_HZ, Samples

RATES_HZ: Final = (8000, 16000)
BAND: Final = (0.265, 0.42)
"""Of the rate: the images, without the edges of filters."""
ALL: Final = (0.0, 0.5)
FRAMES: Final = 4
"""Of the path, 20 ms together."""
FLOOR_DB: Final = 45.0
"""Below the loudest: what is fainter is nobody's."""
NOISE_DB: Final = 43.0
"""Below the sound: what G.711 adds to it, a third of that in this band."""
LEAST: Final = 10
"""Frames in which the images are loud enough to be missed."""


def image_rate_hz(setting: Setting, path: Path) -> int | None:
    """The rate at which samples were heard twice; None if the images are missing, or cannot have been heard."""
    for rate_hz in RATES_HZ:
        if rate_hz <= setting.heard.rate_hz and _has_images(setting, path, rate_hz):
            return rate_hz
    return None


def _has_images(setting: Setting, path: Path, rate_hz: int) -> bool:
    """Whether what was heard is nearer to images than to half the speed, of a narrow or of a wide sound."""
    source = setting.at(rate_hz).astype(np.float64)
    narrow = np.asarray(soxr.resample(source, rate_hz, 2.0 * rate_hz, quality="HQ"))
    signals = (setting.heard.at(rate_hz), np.repeat(source, 2), narrow, setting.at(2 * rate_hz))
    heard = _levels_db(signals[0], rate_hz)
    expected = [_plus(_levels_db(one, rate_hz), _levels_db(one, rate_hz, ALL) - NOISE_DB) for one in signals[1:]]
    rows = np.arange(0, len(path.at) - FRAMES + 1, FRAMES)
    place = (rows * FRAME - np.rint(path.at[rows] / FINE).astype(np.intp)) // FRAME
    last = min(len(one) for one in expected)
    inside = (place >= 0) & (place < last) & (rows < len(heard)) & (path.states[rows] != SILENT)
    rows, place = rows[inside], place[inside]
    if len(rows) == 0:
        return False
    gain_db = 20 * np.log10(max(abs(path.gain), 1e-4))
    floor = max(float(expected[0].max()) + gain_db - FLOOR_DB, float(np.percentile(heard[rows], 5)), 0.0)
    came = _plus(heard[rows], floor)
    images, *slow = (_plus(one[place] + gain_db, floor) for one in expected)
    for none in slow:
        telling = np.abs(images - none) > 6
        if telling.sum() < LEAST or np.abs(came - images)[telling].mean() >= np.abs(came - none)[telling].mean():
            return False
    return True


def _levels_db(samples: Pcm | Samples, rate_hz: int, limits: tuple[float, float] = BAND) -> Samples:
    """At each 5 ms, of the 20 ms from there: the level between these parts of the rate."""
    signal = np.asarray(samples, np.float64)
    spectrum = np.fft.rfft(signal)
    frequency = np.linspace(0, 0.5, len(spectrum))
    spectrum[(frequency < limits[0]) | (frequency > limits[1])] = 0
    band = np.fft.irfft(spectrum, len(signal))
    size = FRAME * rate_hz // RATE_HZ
    energy = (band[: len(band) // size * size].reshape(-1, size) ** 2).mean(axis=1)
    around = np.convolve(energy, np.full(FRAMES, 1 / FRAMES))[FRAMES - 1 :]
    return np.asarray(10 * np.log10(around + 1))


def _plus(level_db: Samples, floor_db: float | Samples) -> Samples:
    return np.asarray(10 * np.log10(10 ** (level_db / 10) + 10 ** (floor_db / 10)))
