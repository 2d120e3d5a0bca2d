"""Clips as sounds to be spoken."""

import hashlib
import io
from pathlib import Path

import numpy as np

from telnyx_simulator import resources
from telnyx_simulator.audio.signals import at_level, read_wav, write_wav
from telnyx_simulator.media.sources import Sound


class SoundError(Exception):
    """A clip that cannot be had; the text is for people."""


def load_clip(name: str, *, level_dbfs: float | None = None, times: int = 1) -> tuple[Sound, bytes]:
    """A clip that ships with us, such as `speech/en-1`, and the WAV file's bytes."""
    path = resources.clip_file(name)
    if name not in resources.clip_names():
        raise SoundError(f"unknown clip {name!r}; known are {', '.join(resources.clip_names())}")
    return load_file(name, path, level_dbfs=level_dbfs, times=times)


def load_file(name: str, path: Path, *, level_dbfs: float | None = None, times: int = 1) -> tuple[Sound, bytes]:
    """A WAV file as a sound, at another level and several times over if asked for, and the file's bytes."""
    try:
        wav = path.read_bytes()
        pcm, rate = read_wav(path)
    except (OSError, ValueError) as error:
        raise SoundError(f"clip {name!r}: {error}") from error
    if level_dbfs is not None or times != 1:
        pcm = np.tile(pcm if level_dbfs is None else at_level(pcm, level_dbfs), times)
        file = io.BytesIO()
        write_wav(file, pcm, rate)
        wav = file.getvalue()
    return Sound(name, hashlib.sha256(wav).hexdigest(), pcm, rate), wav
