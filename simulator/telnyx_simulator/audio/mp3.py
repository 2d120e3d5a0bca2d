"""MP3 (MPEG audio, layer III), the return path of the mp3 mode: a payload is a complete file of any rate.

Decoded by miniaudio and brought to one rate; encoded by LAME, for tests and for recordings. LAME scales by 0.95, and
delays by 1105 samples at the file's rate: a healthy MP3 is 0.45 dB quieter than what went in.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .coding import INSTALL_CODECS, MissingLibrary, NotDecodable, Pcm
from .signals import resample, to_int16

RATE_HZ: Final = 16000
"""What a file is decoded to: more than any telephone leg carries."""
DELAY_SAMPLES: Final = 1105
"""Of LAME and a decoder together, at `RATE_HZ` where the file has that rate (measured)."""
_BIT_RATE_KBIT: Final = 64
_QUALITY: Final = 5

# One header can come about by chance in speech, three in a row at the right distance cannot.
_HEADERS_MIN: Final = 3
# ISO/IEC 11172-3 and 13818-3: kbit/s by index, for version 1 and for versions 2 and 2.5.
_KBIT_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBIT_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES_HZ: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


class Mp3Encoder:
    """Each call makes a file of its own, of any length."""

    def encode(self, pcm: Pcm) -> bytes:
        return file_of(pcm[:, None], RATE_HZ, bit_rate_kbit=_BIT_RATE_KBIT)


def file_of(channels: NDArray[np.int16], rate_hz: int, *, bit_rate_kbit: int) -> bytes:
    """A file of [samples, channels]. Raises `MissingLibrary`."""
    coder = _imported("lameenc", "MP3 is encoded by lameenc").Encoder()
    coder.set_bit_rate(bit_rate_kbit)
    coder.set_in_sample_rate(rate_hz)
    coder.set_channels(channels.shape[1])
    coder.set_quality(_QUALITY)
    coder.silence()
    return bytes(coder.encode(np.ascontiguousarray(channels, dtype=np.int16).tobytes())) + bytes(coder.flush())


class Mp3Decoder:
    """Each message is a file of its own."""

    def __init__(self) -> None:
        self._library = decoder_library()

    def decode(self, payload: bytes) -> Pcm:
        samples_of(payload)
        try:
            file = self._library.mp3_read_s16(payload)
        except self._library.MiniaudioError as error:
            raise NotDecodable(f"no MP3 file: {error}") from error
        pcm = np.array(file.samples, dtype=np.int16).reshape(-1, file.nchannels)
        mono: Pcm = pcm[:, 0] if file.nchannels == 1 else to_int16(pcm.mean(axis=1))
        return resample(mono, file.sample_rate, RATE_HZ)


def samples_of(payload: bytes) -> int:
    """How much audio a file holds, at `RATE_HZ`, by its frame headers."""
    found = list(frames(payload))
    reaches_end = _after_tag(payload) + sum(size for size, _, _ in found) >= len(payload)
    if len(found) < _HEADERS_MIN and not (found and reaches_end):
        raise NotDecodable("no MP3 file: it does not begin with frames of MPEG audio, layer III")
    return round(sum(samples / rate_hz for _, samples, rate_hz in found) * RATE_HZ)


def frames(payload: bytes) -> Iterator[tuple[int, int, int]]:
    """Bytes, samples and rate (Hz) of each frame from the beginning on, as far as they follow one another."""
    at = _after_tag(payload)
    while frame := frame_of(payload[at : at + 4]):
        yield frame
        at += frame[0]


def frame_of(header: bytes) -> tuple[int, int, int] | None:
    """Bytes, samples and rate (Hz) of the frame that these four bytes begin, None if they begin none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:  # sync, and layer III
        return None
    version, bit_rate, rate = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version not in _RATES_HZ or bit_rate in (0, 15) or rate == 3:
        return None
    kbit, samples = (_KBIT_1, 1152) if version == 3 else (_KBIT_2, 576)
    rate_hz = _RATES_HZ[version][rate]
    return samples // 8 * kbit[bit_rate] * 1000 // rate_hz + (header[2] >> 1 & 1), samples, rate_hz


def _after_tag(payload: bytes) -> int:
    """Where an ID3v2 tag ends (its length: four bytes of seven bits), 0 without one."""
    if payload[:3] != b"ID3" or len(payload) < 10:
        return 0
    length = 0
    for part in payload[6:10]:
        length = length << 7 | part & 0x7F
    return 10 + length + (10 if payload[5] & 0x10 else 0)


def decoder_library() -> Any:
    return _imported("miniaudio", "MP3 is decoded by miniaudio")


def _imported(name: str, needs: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingLibrary(needs, INSTALL_CODECS) from error
