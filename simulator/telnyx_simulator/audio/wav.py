"""WAV files of the kinds that programs write, as one 16-bit signal.

Read: PCM of 8 (unsigned), 16, 24 and 32 bits, floating point of 32 and 64 bits, A-law and mu-law, each with a plain or
an extensible header, with any chunks before and after the sound. A file may be growing while it is read: its header
then tells of fewer samples than there are, or of more.

Sources: "Multimedia Programming Interface and Data Specifications 1.0" (IBM, Microsoft, 1991) for the chunks and
`wFormatTag`; WAVEFORMATEXTENSIBLE, whose sub-format begins with the tag; EBU Tech 3306 for RF64, a RIFF without limit.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .g711 import alaw_decode, ulaw_decode
from .signals import FULL_SCALE, to_int16

PCM, IEEE_FLOAT, ALAW, ULAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
RATES_HZ: Final = range(2000, 384_001)
CHANNELS_MAX: Final = 8
READ: Final = "PCM of 8, 16, 24 or 32 bits, floats, A-law and mu-law can be read"

# Tags of the registry (mmreg.h) that one meets, for the sentence that refuses them.
_COMPRESSED: Final = {
    2: "MS ADPCM",
    0x11: "IMA ADPCM",
    0x31: "GSM 6.10",
    0x40: "G.721",
    0x45: "G.726",
    0x50: "MPEG",
    0x55: "MP3",
    0x65: "G.722",
    0x83: "G.729",
    0x28F: "G.722",
}
# How files begin that are often given in place of a WAV file.
_BEGINNINGS: Final = {
    b"ID3": "an MP3 file",
    b"\xff\xfb": "an MP3 file",
    b"\xff\xf3": "an MP3 file",
    b"OggS": "an Ogg file",
    b"fLaC": "a FLAC file",
    b"FORM": "an AIFF file",
    b"RIFX": "a big-endian WAV file (RIFX)",
    b".snd": "an AU file",
    b"#!AMR": "an AMR file",
    b"\x1aE\xdf\xa3": "a WebM or Matroska file",
}
# Channels hold one sound where a level explains all but this much of each, as after lossy coding of the pair; one that
# is fainter than the loudest by so much is silent: what is left of hum, dither or crosstalk.
_ALIKE_DB: Final = -20.0
_SILENT_DB: Final = -45.0
# A program that writes to a pipe cannot go back to its header, and leaves about the largest number there.
_UNKNOWN_SIZE: Final = 0x7FFF0000


class Channel(Enum):
    """Which of several channels is meant. `MIX` is their average; else, where they differ, one must be named."""

    LEFT = "left"
    RIGHT = "right"
    MIX = "mix"


class UnreadableWavError(ValueError):
    """What is wrong with a file, in words for the person who gave it; without its name."""


@dataclass(frozen=True, slots=True, eq=False)
class Wav:
    """`pcm`: int16, one channel. `said`: the form in words, as `24-bit PCM, 2 channels, 48000 Hz`.

    `promised_s`: how long it is by its header, where that is longer than what there is.
    """

    pcm: NDArray[np.int16]
    rate_hz: int
    said: str
    promised_s: float | None = None

    @property
    def seconds(self) -> float:
        return len(self.pcm) / self.rate_hz


@dataclass(frozen=True, slots=True)
class _Form:
    tag: int
    channels: int
    rate_hz: int
    bits: int
    """Of the container: 24 for 20-bit samples in three octets."""

    def __str__(self) -> str:
        kind = {PCM: f"{self.bits}-bit PCM", IEEE_FLOAT: f"{self.bits}-bit floats", ALAW: "A-law", ULAW: "mu-law"}
        name = kind.get(self.tag) or _COMPRESSED.get(self.tag, f"format {self.tag:#x} with {self.bits} bits")
        return f"{name}, {self.channels} channel{'' if self.channels == 1 else 's'}, {self.rate_hz} Hz"


def load(path: Path, *, channel: Channel | None = None) -> Wav:
    """A file that is whole; where its channels differ, one of them. Raises `UnreadableWavError`, and OSError."""
    data = path.read_bytes()
    if not data:
        raise UnreadableWavError("the file is empty")
    if data[:4] not in (b"RIFF", b"RF64") or data[8:12] != b"WAVE":
        known = next((what for start, what in _BEGINNINGS.items() if data.startswith(start)), None)
        advice = "; convert it: `ffmpeg -i FILE FILE.wav`" if known else ""
        raise UnreadableWavError(f"this is {known or 'no WAV file'}{advice}")
    wav = parse(data, channel=channel)
    if wav is None:
        raise UnreadableWavError("the file ends before its sound begins")
    return wav


def parse(data: bytes, *, channel: Channel | None = Channel.MIX) -> Wav | None:
    """A RIFF file, whole or growing; None as long as its header is not complete. Raises `UnreadableWavError`."""
    form: _Form | None = None
    for name, size, content in _chunks(data):
        if name == b"fmt " and len(content) >= 16:
            form = _form(content)
        elif name == b"data" and form is not None:
            samples = _samples(content, form)
            return Wav(_mono(samples, channel), form.rate_hz, str(form), _promised_s(size, content, form))
    return None


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    """Name, size as it is written, and content of each.

    Sound whose length is not yet known, or beyond what there is, goes on to the end.
    """
    is_final = len(data) >= 8 and struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        at += 8
        written, rest = size, len(data) - at
        if name == b"data" and not is_final and (size == 0 or size > rest):
            size = rest
        yield name, written, data[at : at + size]
        at += size + size % 2


def _promised_s(size: int, content: bytes, form: _Form) -> float | None:
    width = form.channels * form.bits // 8
    return size // width / form.rate_hz if len(content) + width <= size < _UNKNOWN_SIZE else None


def _form(content: bytes) -> _Form:
    tag, channels, rate_hz, _, align, bits = struct.unpack("<HHIIHH", content[:16])
    if tag == EXTENSIBLE and len(content) >= 26:
        tag = struct.unpack("<H", content[24:26])[0]
    if channels and align % channels == 0 and 0 <= 8 * (align // channels) - bits < 8:
        bits = 8 * (align // channels)
    return _Form(tag, channels, rate_hz, bits)


def _samples(content: bytes, form: _Form) -> NDArray[np.float64]:
    """[frames, channels], at the scale of 16 bits; a part of a frame at the end is dropped."""
    read = _READERS.get((form.tag, form.bits))
    if read is None or not 1 <= form.channels <= CHANNELS_MAX or form.rate_hz not in RATES_HZ:
        raise UnreadableWavError(
            f"it has {form}; {READ}, at {RATES_HZ[0]} to {RATES_HZ[-1]} Hz with up to {CHANNELS_MAX} channels"
        )
    width = form.channels * form.bits // 8
    samples = read(content[: len(content) // width * width])
    if form.tag == IEEE_FLOAT and not np.isfinite(samples).all():
        raise UnreadableWavError("among its samples are infinities, or values that are no numbers")
    return samples.reshape(-1, form.channels)


def _of_24_bits(data: bytes) -> NDArray[np.float64]:
    """Three octets a sample, little-endian: put in the upper three of four."""
    wide = np.zeros((len(data) // 3, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return wide.reshape(-1).view("<i4") / 65536.0


_READERS: Final[dict[tuple[int, int], Callable[[bytes], NDArray[np.float64]]]] = {
    (PCM, 8): lambda data: (np.frombuffer(data, np.uint8).astype(np.float64) - 128) * 256,
    (PCM, 16): lambda data: np.frombuffer(data, "<i2").astype(np.float64),
    (PCM, 24): _of_24_bits,
    (PCM, 32): lambda data: np.frombuffer(data, "<i4") / 65536.0,
    (IEEE_FLOAT, 32): lambda data: np.frombuffer(data, "<f4").astype(np.float64) * FULL_SCALE,
    (IEEE_FLOAT, 64): lambda data: np.frombuffer(data, "<f8") * FULL_SCALE,
    (ALAW, 8): lambda data: alaw_decode(data).astype(np.float64),
    (ULAW, 8): lambda data: ulaw_decode(data).astype(np.float64),
}


def _mono(channels: NDArray[np.float64], channel: Channel | None) -> NDArray[np.int16]:
    """The channel that is asked for; the loudest, if the others are silent or the same at another level."""
    count = channels.shape[1]
    if count == 1 or len(channels) == 0:
        return to_int16(channels[:, 0])
    if channel in (Channel.LEFT, Channel.RIGHT):
        return to_int16(channels[:, 0 if channel is Channel.LEFT else 1])
    loudest = int(channels.var(axis=0).argmax())
    if all(_adds_nothing(channels[:, n], channels[:, loudest]) for n in range(count)):
        return to_int16(channels[:, loudest])
    if channel is None:
        raise UnreadableWavError(
            f"its {count} channels hold different sounds; say which one is meant: `--channel left` or `--channel right`"
        )
    return to_int16(channels.mean(axis=1))


def _adds_nothing(channel: NDArray[np.float64], loudest: NDArray[np.float64]) -> bool:
    one, other = channel - channel.mean(), loudest - loudest.mean()
    power, most = float(one @ one), float(other @ other)
    if power <= most * 10 ** (_SILENT_DB / 10):
        return True
    left = power - float(one @ other) ** 2 / most
    return left <= power * 10 ** (_ALIKE_DB / 10)
