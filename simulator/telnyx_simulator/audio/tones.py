"""Tones that a telephone network plays: keys, the ringing that a caller hears, music on hold.

At 8000 Hz. Sources: ITU-T Q.23 for the pairs of frequencies of the keys; ITU-T E.180 supplement 2 for the tones of
North America (ringing 440 + 480 Hz, 2 s of 6; busy 480 + 620 Hz, 0.5 s of 1). The music is our own.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .signals import FULL_SCALE, to_int16
from .telephone_band import RATE_HZ

Pcm = NDArray[np.int16]

KEYS_HZ: Final[Mapping[str, tuple[int, int]]] = {
    key: (low, high)
    for row, low in zip(("123A", "456B", "789C", "*0#D"), (697, 770, 852, 941), strict=True)
    for key, high in zip(row, (1209, 1336, 1477, 1633), strict=True)
}
_KEY_DBFS: Final = -13.0
"""Of each of the two."""
_FADE_S: Final = 0.004
_NETWORK_DBFS: Final = -22.0
# Semitones above 220 Hz of a piece of 8 s: 32 notes, the chord changes each second.
_MUSIC: Final = tuple(base + step for base in (0, 5, 7, 0, 9, 5, 7, 0) for step in (0, 4, 7, 12))
_NOTE_S: Final = 0.25
_MUSIC_DBFS: Final = -24.0


def keys(digits: str, *, tone_s: float, gap_s: float, pauses_s: Mapping[str, float]) -> tuple[Pcm, list[float]]:
    """The sound of keys pressed one after another, and when each begins (s). `pauses_s` are characters that are none.

    The sound ends with the last key; what is neither key nor pause is passed over.
    """
    parts, begins, at = [np.zeros(0, np.int16)], [], 0
    for digit, wait in _waits(digits.upper(), digits, gap_s, pauses_s):
        silence = np.zeros(round(wait * RATE_HZ), np.int16)
        key = _together(KEYS_HZ[digit], tone_s, _KEY_DBFS)
        begins.append((at + len(silence)) / RATE_HZ)
        at += len(silence) + len(key)
        parts += [silence, key]
    return np.concatenate(parts), begins


def _waits(upper: str, given: str, gap_s: float, pauses_s: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Each key, and the silence before it."""
    wait = 0.0
    for key, as_given in zip(upper, given, strict=True):
        if as_given in pauses_s:
            wait += pauses_s[as_given]
        elif key in KEYS_HZ:
            yield key, wait
            wait = gap_s


def ringback() -> Pcm:
    """One round of it: 2 s of ringing, 4 s of silence."""
    return np.concatenate([_together((440, 480), 2.0, _NETWORK_DBFS), np.zeros(4 * RATE_HZ, np.int16)])


def busy() -> Pcm:
    """One round of it: half a second, and another of silence."""
    return np.concatenate([_together((480, 620), 0.5, _NETWORK_DBFS), np.zeros(RATE_HZ // 2, np.int16)])


def hold_music() -> Pcm:
    """8 s of broken chords that can be repeated without a seam."""
    size = round(_NOTE_S * RATE_HZ)
    t = np.arange(size) / RATE_HZ
    decay = np.exp(-t / 0.12) * np.minimum(1.0, t / _FADE_S) * np.minimum(1.0, (_NOTE_S - t) / _FADE_S)
    hz = 220.0 * 2 ** (np.array(_MUSIC) / 12)
    notes = sum(np.sin(2 * np.pi * n * hz[:, None] * t) / n**2 for n in (1, 2, 3)) * decay
    whole = np.asarray(notes).reshape(-1)
    return to_int16(whole * FULL_SCALE * 10 ** (_MUSIC_DBFS / 20) / np.sqrt((whole**2).mean()))


def _together(frequencies_hz: tuple[int, ...], seconds: float, dbfs: float) -> Pcm:
    """Sines at one time, each at this level, faded in and out."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    whole = np.sin(2 * np.pi * np.array(frequencies_hz)[:, None] * t).sum(axis=0)
    fade = np.clip(np.minimum(t, seconds - t) / _FADE_S, 0.0, 1.0)
    return to_int16(whole * fade * FULL_SCALE * 10 ** (dbfs / 20) * np.sqrt(2))
