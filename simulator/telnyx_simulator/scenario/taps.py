"""What an application wrote down of what it decoded, as a WAV file that a trace can keep.

The file may be growing while it is read: its header then tells of fewer samples than there are, or of more.
"""

import io
import struct
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import PCMA, PCMU, parse_codec
from telnyx_simulator.audio.signals import to_int16, write_wav
from telnyx_simulator.sut.application import Application, Tapped, Unreachable

# `wFormatTag` of a WAV file, with the bits of a sample: what we read.
_PCM, _ALAW, _ULAW, _EXTENSIBLE = 1, 6, 7, 0xFFFE
_BITS: Final = {_PCM: 16, _ALAW: 8, _ULAW: 8}
_RATES_HZ: Final = range(4000, 192_001)


async def tapped_wav(application: Application, words: Mapping[str, str]) -> bytes | None:
    """A mono WAV file of 16-bit PCM with what the tap holds of a call so far; None where there is nothing yet.

    `words` are the call's. Raises `Unreachable` where the tap cannot be read for what it is, and `UnknownWord`.
    """
    tapped = await application.tap(words)
    return wav_of(tapped) if tapped else None


def wav_of(tapped: Tapped) -> bytes | None:
    """The sound in it; None where there is none yet."""
    if tapped.data[:4] == b"RIFF"[: len(tapped.data)]:
        found = _of_wav(tapped)
    elif tapped.codec is None:
        raise Unreachable(f"{tapped.where} is no WAV file; say how its bytes are to be read: `codec: L16/16000`")
    else:
        codec = parse_codec(tapped.codec)
        found = codec.decode(tapped.data), codec.sample_rate_hz
    if found is None or len(found[0]) == 0:
        return None
    file = io.BytesIO()
    write_wav(file, *found)
    return file.getvalue()


def _of_wav(tapped: Tapped) -> tuple[NDArray[np.int16], int] | None:
    """Samples and rate in Hz; None as long as the header is not complete."""
    form: tuple[int, ...] | None = None
    for name, content in _chunks(tapped.data):
        if name == b"fmt " and len(content) >= 16:
            form = struct.unpack("<HHIIHH", content[:16])
            if form[0] == _EXTENSIBLE and len(content) >= 26:
                form = (*struct.unpack("<H", content[24:26]), *form[1:])
        elif name == b"data" and form is not None:
            return _samples(content, form, tapped.where)
    return None


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each. Sound whose length is not yet known, or beyond what there is, goes on to the end."""
    is_final = len(data) >= 8 and struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        at += 8
        rest = len(data) - at
        if name == b"data" and not is_final and (size == 0 or size > rest):
            size = rest
        yield name, data[at : at + size]
        at += size + size % 2


def _samples(content: bytes, form: tuple[int, ...], where: str) -> tuple[NDArray[np.int16], int]:
    tag, channels, rate_hz, _, _, bits = form
    if _BITS.get(tag) != bits or not 1 <= channels <= 8 or rate_hz not in _RATES_HZ:
        told = f"{bits} bits in format {tag}, {channels} channels, {rate_hz} Hz"
        raise Unreachable(f"{where} has {told}; 16-bit PCM, A-law or mu-law is needed")
    width = channels * bits // 8
    content = content[: len(content) // width * width]
    pcm = {_ALAW: PCMA.decode, _ULAW: PCMU.decode}.get(tag, _little_endian)(content)
    return (to_int16(pcm.reshape(-1, channels).mean(axis=1)) if channels > 1 else pcm), rate_hz


def _little_endian(data: bytes) -> NDArray[np.int16]:
    return np.frombuffer(data, "<i2").astype(np.int16)
