"""A signal that is to a telephone what speech is, where nothing here can speak: it takes as long as the words would.

Harmonics of a voice's pitch under two formants, syllable by syllable, with the pauses that punctuation makes. Nobody
understands it; level, band, rhythm and duration are those of somebody who reads the text aloud.
"""

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .signals import at_level
from .telephone_band import RATE_HZ

CHARACTERS_A_SECOND: Final = 15.0
PAUSES_S: Final = {",": 0.2, ";": 0.3, ":": 0.3, ".": 0.4, "!": 0.4, "?": 0.4}
LEVEL_DBFS: Final = -20.0
_WORD: Final = re.compile(r"[^\s,;:.!?]+|[,;:.!?]")
_SYLLABLE: Final = 3
"""Characters of one."""
_PITCH_HZ: Final = (95.0, 220.0)
_TOP_HZ: Final = 3400.0
# First and second formant of vowels that are far from each other (i, e, a, o, u).
_VOWELS_HZ: Final = ((280.0, 2250.0), (450.0, 1900.0), (750.0, 1250.0), (450.0, 850.0), (310.0, 800.0))


def voicelike(text: str, key: bytes) -> NDArray[np.int16]:
    """At 8000 Hz; equal texts and keys give equal samples. The key is the voice. No words give 20 ms of silence."""
    low, high = _PITCH_HZ
    pitch_hz = low + (high - low) * _number(key, "pitch")
    parts = [np.zeros(RATE_HZ // 50)]
    for word, part in enumerate(_WORD.findall(text)):
        if part in PAUSES_S:
            parts.append(np.zeros(round(PAUSES_S[part] * RATE_HZ)))
        else:
            parts += _said(part, word, pitch_hz, key)
    return at_level(np.asarray(np.concatenate(parts) * 8000).astype(np.int16), LEVEL_DBFS, RATE_HZ)


def _said(word: str, n: int, pitch_hz: float, key: bytes) -> Iterator[NDArray[np.float64]]:
    """A word's syllables, and the moment between it and the next."""
    for at in range(0, len(word), _SYLLABLE):
        piece = word[at : at + _SYLLABLE]
        drift = 0.9 + 0.2 * _number(key, f"{n}.{at} drift")
        vowel = _VOWELS_HZ[int(_number(key, f"{n}.{at} {piece.lower()}") * len(_VOWELS_HZ))]
        yield _syllable(len(piece) / CHARACTERS_A_SECOND, pitch_hz * drift, vowel)
    yield np.zeros(round(RATE_HZ / CHARACTERS_A_SECOND))


def _syllable(seconds: float, pitch_hz: float, vowel_hz: tuple[float, float]) -> NDArray[np.float64]:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    harmonics = pitch_hz * np.arange(1, int(_TOP_HZ / pitch_hz) + 1)
    weights = sum(np.exp(-(((harmonics - formant) / 150.0) ** 2)) for formant in vowel_hz) + 0.02
    # Falling by a tenth, as a voice does in a syllable.
    phase = 2 * np.pi * (t - 0.05 * t**2 / seconds)
    voice = (weights[:, None] * np.sin(harmonics[:, None] * phase)).sum(axis=0) / np.sqrt((weights**2).sum())
    return np.asarray(voice * np.sin(np.pi * t / seconds) ** 0.5)


def _number(key: bytes, purpose: str) -> float:
    """Of [0, 1)."""
    return int.from_bytes(blake2b(purpose.encode(), key=key[:64], digest_size=4).digest()) / (1 << 32)
