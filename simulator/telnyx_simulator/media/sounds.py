"""Clips as sounds to be spoken: files, and what is made from a seed or a frequency."""

import hashlib
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator import resources
from telnyx_simulator.audio import noise as noises
from telnyx_simulator.audio.signals import at_level, read_wav, tone, write_wav
from telnyx_simulator.audio.telephone_band import RATE_HZ
from telnyx_simulator.media.sources import Sound

# How long seeded clips last when nobody says; as a mic they are repeated, without a seam.
SEEDED_S: Final = 60.0
COMFORT_NOISE_S: Final = 10.0
TONE_S: Final = 1.0
# A usual answering machine's (assumed).
BEEP_HZ: Final = 1000
BEEP_S: Final = 0.5

_SEEDED: Final[Mapping[str, Callable[[bytes, float], NDArray[np.int16]]]] = {
    "watermark": noises.watermark,
    "noise": noises.noise,
}
_TONE: Final = re.compile(r"tone/(?:([1-9]\d{0,4})Hz|beep)", re.ASCII)


class SoundError(Exception):
    """A clip that cannot be had; the text is for people."""


def watermark(key: bytes, seconds: float = SEEDED_S) -> tuple[Sound, bytes]:
    """Noise in which every 20 ms frame is a code word of its own, and the WAV file's bytes. One key, one watermark."""
    return sound_of("watermark", noises.watermark(key, seconds), RATE_HZ)


def noise(key: bytes, seconds: float = SEEDED_S) -> tuple[Sound, bytes]:
    """White noise, as loud as speech."""
    return sound_of("noise", noises.noise(key, seconds), RATE_HZ)


def comfort_noise(key: bytes, seconds: float = COMFORT_NOISE_S) -> tuple[Sound, bytes]:
    """The noise of a line on which nobody speaks."""
    return sound_of("comfort_noise", noises.comfort_noise(key, seconds), RATE_HZ)


def load_clip(
    name: str,
    *,
    level_dbfs: float | None = None,
    times: int = 1,
    key: bytes | None = None,
    seconds: float = SEEDED_S,
) -> tuple[Sound, bytes]:
    """A clip by its name, and the WAV file's bytes.

    One that ships with us (`speech/en-1`); a tone (`tone/1004Hz`, `tone/beep`); or one that is made from `key` and
    lasts `seconds` (`watermark`, `noise`).
    """
    if name in _SEEDED:
        if key is None:
            raise SoundError(f"{name} is made anew for each person of a run, and can be had there only")
        return sound_of(name, _SEEDED[name](key, seconds), RATE_HZ, level_dbfs=level_dbfs, times=times)
    if found := _TONE.fullmatch(name):
        return sound_of(name, _tone(name, found[1]), RATE_HZ, level_dbfs=level_dbfs, times=times)
    path = resources.clip_file(name)
    if name not in resources.clip_names():
        known = [*resources.clip_names(), "tone/1004Hz", "tone/beep", *_SEEDED]
        raise SoundError(f"unknown clip {name!r}; known are {', '.join(known)}")
    return load_file(name, path, level_dbfs=level_dbfs, times=times)


def load_file(name: str, path: Path, *, level_dbfs: float | None = None, times: int = 1) -> tuple[Sound, bytes]:
    """A WAV file as a sound, at another level and several times over if asked for, and the file's bytes.

    A `.txt` of its name beside it is its transcript.
    """
    try:
        wav = path.read_bytes()
        pcm, rate = read_wav(path)
    except (OSError, ValueError) as error:
        raise SoundError(f"clip {name!r}: {error}") from error
    said = _transcript(path)
    if level_dbfs is not None or times != 1:
        whole = " ".join([said] * times) if said else None
        return sound_of(name, pcm, rate, level_dbfs=level_dbfs, times=times, transcript=whole)
    return Sound(name, hashlib.sha256(wav).hexdigest(), pcm, rate, said), wav


def _transcript(path: Path) -> str | None:
    """What is said in a clip: the text beside it."""
    try:
        return path.with_suffix(".txt").read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeError):
        return None


def _tone(name: str, frequency: str | None) -> NDArray[np.int16]:
    if frequency is None:
        return tone(BEEP_HZ, BEEP_S)
    if int(frequency) >= RATE_HZ // 2:
        raise SoundError(f"{name} does not go through a telephone; its frequency must be below {RATE_HZ // 2} Hz")
    return tone(int(frequency), TONE_S)


def sound_of(
    name: str,
    pcm: NDArray[np.int16],
    rate_hz: int,
    *,
    level_dbfs: float | None = None,
    times: int = 1,
    transcript: str | None = None,
) -> tuple[Sound, bytes]:
    """Samples as a sound, and the bytes of a WAV file of it."""
    pcm = np.tile(pcm if level_dbfs is None else at_level(pcm, level_dbfs), times)
    file = io.BytesIO()
    write_wav(file, pcm, rate_hz)
    wav = file.getvalue()
    return Sound(name, hashlib.sha256(wav).hexdigest(), pcm, rate_hz, transcript), wav
