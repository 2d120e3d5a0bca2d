"""What the audio tests are made of: real speech, codecs in a row, and lines that do things to it."""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import Codec, parse_codec
from telnyx_simulator.audio.signals import read_wav, resample, to_int16

Pcm = NDArray[np.int16]

SPEECH = Path(__file__).parents[2] / "fixtures" / "audio" / "speech"
CLIPS = ("en-1", "en-2", "en-3", "en-4", "en-5")
PCMU, PCMA, L16 = parse_codec("PCMU"), parse_codec("PCMA"), parse_codec("L16")
L16_WIDE = parse_codec("L16/16000")


@cache
def speech(name: str) -> Pcm:
    """A sentence at 8000 Hz. Treat it as read-only."""
    pcm, rate_hz = read_wav(SPEECH / f"{name}.wav")
    return resample(pcm, rate_hz, 8000)


def through(pcm: Pcm, *codecs: Codec) -> Pcm:
    """Encoded and decoded by each codec in turn, in and out at 8000 Hz."""
    for codec in codecs:
        at_rate = resample(pcm, 8000, codec.sample_rate_hz)
        pcm = resample(codec.decode(codec.encode(at_rate)), codec.sample_rate_hz, 8000)
    return pcm


def heard(pcm: Pcm, *, at_s: float = 1.2345, total_s: float = 12.0) -> Pcm:
    """The clip amid silence; what does not fit is cut off."""
    out = np.zeros(round(total_s * 8000), np.int16)
    start = round(at_s * 8000)
    length = min(len(pcm), len(out) - start)
    out[start : start + length] = pcm[:length]
    return out


def with_silence(pcm: Pcm, *, at: int, samples: int = 160) -> Pcm:
    """Silence inserted at a sample of the clip."""
    return np.concatenate([pcm[:at], np.zeros(samples, np.int16), pcm[at:]])


def without(pcm: Pcm, *, at: int, samples: int = 160) -> Pcm:
    """Samples taken out; what follows closes up."""
    return np.concatenate([pcm[:at], pcm[at + samples :]])


def amplified(pcm: Pcm, gain_db: float) -> Pcm:
    return to_int16(pcm * 10 ** (gain_db / 20))


def delayed_by_fraction(pcm: Pcm, samples: float) -> Pcm:
    """Moved by a fraction of a sample, as a resampler does that does not line up its ends."""
    padded = np.concatenate([np.zeros(512), pcm.astype(np.float64), np.zeros(512)])
    spectrum = np.fft.rfft(padded) * np.exp(-2j * np.pi * np.fft.rfftfreq(len(padded)) * samples)
    return to_int16(np.fft.irfft(spectrum, len(padded))[512:-512])


def loudest_sample(pcm: Pcm) -> int:
    """The middle of the loudest 100 ms: surely inside a word."""
    power = np.convolve(pcm.astype(np.float64) ** 2, np.ones(800), "same")
    return int(power[4000:-4000].argmax()) + 4000


def quietest_sample(pcm: Pcm) -> int:
    """The middle of the quietest 60 ms well inside the clip: surely between words."""
    power = np.convolve(pcm.astype(np.float64) ** 2, np.ones(480), "same")
    inner = slice(len(pcm) // 4, len(pcm) * 3 // 4)
    return int(power[inner].argmin()) + len(pcm) // 4
