"""A watermark that is read without knowing what was played: each 20 ms frame is four tones, which are its number.

28 tones of 400 to 3100 Hz lie 100 Hz apart in four bands of seven; one tone of each band sounds, so that a frame is
a number of four digits to the base of seven. Numbers that follow each other should not sound alike (a frame that is
read half is then not its neighbor), so the number is scrambled first. 2401 frames, 48 s, are unambiguous; after that
the numbers come again.

Study, section 4.1: every frame is read through G.711 (the wrong law, too), L16 and G.722, 99.8 % and more through Opus
from 24 kbit/s on. Voice processing does not let it through: it is for applications that echo.
"""

from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .passage import FRAME, Passage, Sighting, passage, row
from .signals import FULL_SCALE, to_int16
from .telephone_band import RATE_HZ, excerpt

TONES_HZ: Final = 400.0 + 100.0 * np.arange(28)
BANDS, DIGITS = 4, 7
NUMBERS: Final = DIGITS**BANDS
"""Frames after which the code begins again."""
_SCRAMBLE: Final = 1237
LEVEL_DBFS: Final = -23.0
"""Measured: in the wrong law every frame is read at this level, 99.8 % of them 3 dB above it, 99 % 3 dB below: what
the wrong law adds lies on the grid of the tones itself."""
_EDGE: Final = FRAME // 16
"""Samples over which a frame fades in and out: a hard edge would be heard in all bands."""
_WINDOW: Final = FRAME - 2 * _EDGE
"""What of a frame is looked at: where all four tones have their full level."""
_HOP: Final = 8
"""Samples between two looks, 1 ms."""
_RATIO_DB_MIN: Final = 1.0
"""How far the strongest tone of each band must stand out from the other six,"""
_RATIO_DB_MAX: Final = 20.0
_SCORE_DB_MIN: Final = 30.0
"""and how far in all four together. Measured: one in three hundred frames of speech reaches that, of noise none; what
Opus at 24 kbit/s or the wrong law leaves of a frame is above 36, of all but one in a hundred above 39."""
_QUIET_RMS: Final = 12.0
"""-69 dBFS: silence."""
_FINE: Final = FRAME // 2
"""Samples to either side within which a stretch of frames is placed exactly: beside silence a look reads a frame that
fills but half of it."""


def tone_code(frames: int, *, first: int = 0, level_dbfs: float = LEVEL_DBFS) -> NDArray[np.int16]:
    """Frames `first` and after, 20 ms each, at 8000 Hz."""
    numbers = np.arange(first, first + frames) % NUMBERS
    amplitude = FULL_SCALE * 10 ** (level_dbfs / 20) * np.sqrt(2 / BANDS)
    return to_int16(amplitude * _frames()[numbers].reshape(-1))


def read(heard: NDArray[np.int16], sent: int) -> Passage:
    """What became of the `sent` frames from 0 on, in a heard signal at 8000 Hz."""
    sightings = _unwrapped(row(_candidates(heard)), sent)
    return passage(_placed(sightings, heard), sent)


@cache
def _frames() -> NDArray[np.float64]:
    """Each frame with unit amplitude of its tones, [2401, 160]."""
    t = np.arange(FRAME) / RATE_HZ
    # Phases that spread the four crests; they are the same in each frame of a digit.
    phases = 2 * np.pi * ((np.arange(28) * 11) % 28) / 28
    tones = np.sin(2 * np.pi * TONES_HZ[:, None] * t + phases[:, None])
    fade = np.ones(FRAME)
    fade[:_EDGE] = 0.5 - 0.5 * np.cos(np.pi * (np.arange(_EDGE) + 0.5) / _EDGE)
    fade[-_EDGE:] = fade[:_EDGE][::-1]
    scrambled = np.arange(NUMBERS) * _SCRAMBLE % NUMBERS
    digits = scrambled[:, None] // DIGITS ** np.arange(BANDS) % DIGITS
    return np.asarray(tones[digits + DIGITS * np.arange(BANDS)].sum(axis=1) * fade)


def _candidates(heard: NDArray[np.int16]) -> list[Sighting]:
    """What each look reads, where every band has a tone that stands out."""
    if len(heard) < _WINDOW:
        return []
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(heard, np.float64), _WINDOW)[::_HOP]
    turning = np.exp(-2j * np.pi * TONES_HZ[None, :] * np.arange(_WINDOW)[:, None] / RATE_HZ)
    power = np.abs(windows @ turning) ** 2 + 1.0
    power = power.reshape(-1, BANDS, DIGITS)
    digits = power.argmax(axis=2)
    ranked = np.sort(power, axis=2)
    ratio_db = 10 * np.log10(ranked[:, :, -1] / ranked[:, :, -2])
    worst = ratio_db.min(axis=1)
    loud = windows.std(axis=1) > _QUIET_RMS
    number = (digits * DIGITS ** np.arange(BANDS)).sum(axis=1) * pow(_SCRAMBLE, -1, NUMBERS) % NUMBERS
    score = np.minimum(ratio_db, _RATIO_DB_MAX).sum(axis=1)
    readable = loud & (worst >= _RATIO_DB_MIN) & (score >= _SCORE_DB_MIN)
    margin = (FRAME - _WINDOW) // 2
    return [Sighting(int(n) * _HOP - margin, int(number[n]), float(score[n])) for n in np.flatnonzero(readable)]


def _unwrapped(heard: tuple[Sighting, ...], sent: int) -> list[Sighting]:
    """With the numbers that were sent: of those that sound alike, the one that keeps the delay as it was."""
    if sent <= NUMBERS:
        return [one for one in heard if one.index < sent]
    delays: list[float] = []
    found = []
    for one in heard:
        delay = float(np.median(delays[-25:])) if delays else 0.0
        index = one.index + NUMBERS * round((one.at / FRAME - delay - one.index) / NUMBERS)
        delays.append(one.at / FRAME - index)
        if 0 <= index < sent:
            found.append(replace(one, index=index))
    return found


def _placed(heard: list[Sighting], pcm: NDArray[np.int16]) -> list[Sighting]:
    """Each stretch of frames in order is laid over what it should sound like, and so placed to the sample."""
    placed: list[Sighting] = []
    start = 0
    for end in range(1, len(heard) + 1):
        if end < len(heard) and _follow(heard[end - 1], heard[end]):
            continue
        stretch = heard[start:end]
        shift = _shift(stretch, pcm)
        placed += [replace(one, at=stretch[0].at + n * FRAME + shift) for n, one in enumerate(stretch)]
        start = end
    return placed


def _follow(one: Sighting, other: Sighting) -> bool:
    return other.index == one.index + 1 and abs(other.at - one.at - FRAME) <= _HOP


def _shift(stretch: list[Sighting], pcm: NDArray[np.int16]) -> int:
    sound = tone_code(len(stretch), first=stretch[0].index).astype(np.float64)
    around = excerpt(pcm, stretch[0].at - _FINE, len(sound) + 2 * _FINE)
    return int(np.correlate(around, sound, "valid").argmax()) - _FINE
