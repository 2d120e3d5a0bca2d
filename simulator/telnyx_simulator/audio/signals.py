"""Samples as numpy arrays: files, rates, levels, tones.

A signal is a one-dimensional int16 array. Levels are dBFS: 0 is the RMS of a full-scale square wave (32 768).
"""

import wave
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

FULL_SCALE: Final = 32768.0
ACTIVITY_MARGIN_DB: Final = 15.9
"""Frames this far below the active level are pauses (ITU-T P.56, method B)."""
SILENCE_DBFS: Final = -120.0
"""The level of nothing at all: a number that JSON can carry, where the logarithm has none."""


def read_wav(path: Path) -> tuple[NDArray[np.int16], int]:
    """Samples and rate in Hz of a 16-bit PCM WAV file; the channels of a stereo file are averaged."""
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        reason = str(error) or "it ends early"
        raise ValueError(f"{path.name} cannot be read as a PCM WAV file: {reason}") from error
    if width != 2:
        raise ValueError(f"{path.name} has {8 * width}-bit samples; 16-bit PCM is needed")
    samples = np.frombuffer(data, "<i2", count=len(data) // (2 * channels) * channels).reshape(-1, channels)
    if channels == 1:
        return samples[:, 0].astype(np.int16), rate
    return to_int16(samples.mean(axis=1)), rate


def write_wav(target: Path | BinaryIO, pcm: NDArray[np.int16], rate_hz: int) -> None:
    """A 16-bit WAV file: of one channel, or of [samples, channels]."""
    with wave.open(str(target) if isinstance(target, Path) else target, "wb") as file:
        file.setnchannels(1 if pcm.ndim == 1 else pcm.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.asarray(pcm).astype("<i2").tobytes())


def to_int16(samples: NDArray[np.float64]) -> NDArray[np.int16]:
    """Rounded, and clipped rather than wrapped."""
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)


def resample(pcm: NDArray[np.int16], from_hz: int, to_hz: int) -> NDArray[np.int16]:
    """The whole signal at another rate (soxr HQ, no delay), clipped to 16 bits."""
    if from_hz == to_hz or len(pcm) == 0:
        return np.array(pcm, dtype=np.int16)
    import soxr

    return to_int16(soxr.resample(np.asarray(pcm, dtype=np.float64), from_hz, to_hz, quality="HQ"))


def level_dbfs(pcm: NDArray[np.int16], rate_hz: int = 8000) -> float:
    """RMS of the active 20 ms frames, those within 15.9 dB of the mean over active frames; -120 for silence.

    The constant part (DC) counts as nothing: nobody hears it.
    """
    frame = max(1, rate_hz // 50)
    if len(pcm) == 0:
        return SILENCE_DBFS
    samples = np.asarray(pcm, dtype=np.float64)
    samples = samples - samples.mean()
    whole = len(samples) // frame * frame
    power = (samples[:whole].reshape(-1, frame) ** 2).mean(axis=1) if whole else np.array([(samples**2).mean()])
    active = power > 0
    for _ in range(10):  # the threshold hangs on the level and the level on the threshold; settles in a few rounds
        if not active.any():
            return SILENCE_DBFS
        above = power > power[active].mean() * 10 ** (-ACTIVITY_MARGIN_DB / 10)
        if (above == active).all():
            break
        active = above
    return max(SILENCE_DBFS, float(10 * np.log10(power[active].mean() / FULL_SCALE**2)))


def at_level(pcm: NDArray[np.int16], dbfs: float, rate_hz: int = 8000) -> NDArray[np.int16]:
    """The signal scaled to an active level, clipped where it does not fit. Silence stays silence."""
    now = level_dbfs(pcm, rate_hz)
    if now <= SILENCE_DBFS:
        return np.array(pcm, dtype=np.int16)
    return to_int16(np.asarray(pcm, dtype=np.float64) * 10 ** ((dbfs - now) / 20))


def tone(frequency_hz: float, duration_s: float, level_dbfs: float = -10.0, rate_hz: int = 8000) -> NDArray[np.int16]:
    """A sine whose RMS is `level_dbfs`."""
    t = np.arange(round(duration_s * rate_hz)) / rate_hz
    return to_int16(FULL_SCALE * 10 ** (level_dbfs / 20) * np.sqrt(2) * np.sin(2 * np.pi * frequency_hz * t))
