"""G.711 companding, bit-exact with the ITU-T software tools (G.191 STL), by table.

A codeword is sign, segment (three bits) and mantissa (four bits). Both laws are sign-magnitude codes whose step doubles
from segment to segment. On the wire mu-law inverts all bits and A-law every second one, so that idle lines still carry
transitions.

The whole 16-bit input range has 65 536 values and the code 256, so each direction is one `take` from a table that is
built once, on import, from the formulas. Encoders of the field (audioop, sox, FFmpeg) differ from STL on decision
boundaries by at most one step; decoders agree in all values. Never ask for equal bytes of *encoded linear audio*.
"""

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

ULAW_BIAS: Final = 33
"""Added to the 14-bit magnitude before the segment is sought: segment limits become powers of two (G.711, table 2)."""

ULAW_MAGNITUDE_MAX: Final = 0x1FFF
"""Largest biased 13-bit magnitude; anything louder is clipped to it (G.191, `ulaw_compress`)."""


class Law(StrEnum):
    """The two companding laws, by the names Telnyx gives them."""

    ULAW = "PCMU"
    ALAW = "PCMA"

    @property
    def other(self) -> "Law":
        return Law.ALAW if self is Law.ULAW else Law.ULAW


def encode(law: Law, pcm: NDArray[np.int16]) -> bytes:
    """One byte per 16-bit sample."""
    return ulaw_encode(pcm) if law is Law.ULAW else alaw_encode(pcm)


def decode(law: Law, data: bytes) -> NDArray[np.int16]:
    """One 16-bit sample per byte."""
    return ulaw_decode(data) if law is Law.ULAW else alaw_decode(data)


def ulaw_encode(pcm: NDArray[np.int16]) -> bytes:
    """PCMU bytes of 16-bit samples; silence (0) is 0xFF."""
    return _ULAW_ENCODE.take(_table_index(pcm)).tobytes()


def ulaw_decode(data: bytes) -> NDArray[np.int16]:
    """16-bit samples of PCMU bytes, within +-32 124; both 0xFF and 0x7F are 0."""
    return _ULAW_DECODE.take(np.frombuffer(data, np.uint8))


def alaw_encode(pcm: NDArray[np.int16]) -> bytes:
    """PCMA bytes of 16-bit samples; silence (0) is 0xD5."""
    return _ALAW_ENCODE.take(_table_index(pcm)).tobytes()


def alaw_decode(data: bytes) -> NDArray[np.int16]:
    """16-bit samples of PCMA bytes, within +-32 256; A-law has no zero, its smallest values are +-8."""
    return _ALAW_DECODE.take(np.frombuffer(data, np.uint8))


def _table_index(pcm: NDArray[np.int16]) -> NDArray[np.uint16]:
    """The samples' two's complement read as unsigned: the position in an encoding table."""
    return np.ascontiguousarray(pcm, dtype=np.int16).view(np.uint16)


def _segment(magnitude: NDArray[np.int32]) -> NDArray[np.int32]:
    """Position of the highest set bit, counted from 1; 0 for 0. `frexp` gives it exactly for integers."""
    return np.frexp(magnitude.astype(np.float64))[1].astype(np.int32)


def _all_samples() -> NDArray[np.int32]:
    """Each 16-bit value, in the order of its unsigned reading."""
    return np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)


def _build_ulaw_decode() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 132) << ((code >> 4) & 7)) - 132
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _build_alaw_decode() -> NDArray[np.int16]:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    mantissa = (code & 0x0F) << 4
    segment = (code >> 4) & 7
    magnitude = np.where(segment == 0, mantissa + 8, (mantissa + 264) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)  # A-law's sign bit is set for positive values


def _build_ulaw_encode() -> NDArray[np.uint8]:
    """STL works on 14 bits and takes the *one's* complement of negative samples before it drops the two low bits.

    That is the difference to audioop, which drops them first: 508 of its negative inputs land one step away.
    """
    sample = _all_samples()
    magnitude = np.minimum((np.where(sample < 0, ~sample, sample) >> 2) + ULAW_BIAS, ULAW_MAGNITUDE_MAX)
    segment = _segment(magnitude) - 6  # the bias alone has six bits: segment 0
    mantissa = (magnitude >> (segment + 1)) & 0x0F
    sign = np.where(sample < 0, 0x80, 0)
    code: NDArray[np.int32] = ~(sign | segment << 4 | mantissa) & 0xFF
    return code.astype(np.uint8)


def _build_alaw_encode() -> NDArray[np.uint8]:
    """STL works on 12 bits, again on the one's complement of negative samples."""
    sample = _all_samples()
    magnitude = np.where(sample < 0, ~sample, sample) >> 4
    segment = np.maximum(_segment(magnitude) - 4, 0)  # segments 0 and 1 share one step size
    mantissa = (magnitude >> np.maximum(segment - 1, 0)) & 0x0F
    sign = np.where(sample < 0, 0, 0x80)
    code: NDArray[np.int32] = (sign | segment << 4 | mantissa) ^ 0x55
    return code.astype(np.uint8)


_ULAW_DECODE: Final = _build_ulaw_decode()
_ALAW_DECODE: Final = _build_alaw_decode()
_ULAW_ENCODE: Final = _build_ulaw_encode()
_ALAW_ENCODE: Final = _build_alaw_encode()
