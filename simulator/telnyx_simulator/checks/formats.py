"""Audio files that are mistaken for bare samples, told by how they begin."""

from typing import Final

_MAGIC: Final = {b"RIFF": "WAV", b"ID3": "MP3", b"OggS": "Ogg", b"fLaC": "FLAC"}

# MPEG audio, layer III (ISO/IEC 11172-3, 13818-3): kbit/s by index, for version 1 and for versions 2 and 2.5.
_KBIT_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBIT_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES_HZ: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
# One header can come about by chance in speech, three in a row at the right distance cannot.
_HEADERS_MIN: Final = 3


def foreign_format(payload: bytes) -> str | None:
    """The kind of file that these bytes are the beginning of, None for what may be samples."""
    for magic, name in _MAGIC.items():
        if payload.startswith(magic):
            return name
    return "MP3" if _mp3_headers(payload) >= _HEADERS_MIN else None


def _mp3_headers(payload: bytes) -> int:
    """How many MP3 frames follow one another from the first byte on."""
    at = found = 0
    while found < _HEADERS_MIN and (length := _mp3_frame_bytes(payload[at : at + 4])):
        found, at = found + 1, at + length
    return found


def _mp3_frame_bytes(header: bytes) -> int:
    """The length of the frame that this header begins; 0 if it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:  # sync, and layer III
        return 0
    version, bit_rate, rate = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version not in _RATES_HZ or bit_rate in (0, 15) or rate == 3:
        return 0
    kbit, factor = (_KBIT_1, 144) if version == 3 else (_KBIT_2, 72)
    return factor * kbit[bit_rate] * 1000 // _RATES_HZ[version][rate] + (header[2] >> 1 & 1)
