"""AMR-WB (3GPP TS 26.171; ITU-T G.722.2) in both payload formats of RFC 4867: 16 kHz, 20 ms a frame.

A payload is a codec mode request (CMR, 4 bits), a table of contents with one entry a frame (F: another follows, 1 bit;
FT: which of the rates, 4; Q: the frame is sound, 1) and the frames' bits in the order of the table.
*Bandwidth-efficient*, the default, packs all that bit by bit and fills up the last octet; *octet-aligned*
(`octet-align=1` in SDP) gives each part octets of its own. A length alone tells little (a bandwidth-efficient packet is
as long as a frame in a file), so the table of contents must account for every bit.

Decoding is PyAV's `libopencore_amrwb` and no other: FFmpeg's own `amrwb` computes in floating point and differs at
-27 dB. Encoding is the C library `vo-amrwbenc`, which no Python package carries.
"""

import ctypes
import weakref
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import Any, Final

import numpy as np

from .coding import INSTALL_CODECS, MissingLibrary, NotDecodable, Pcm, padded

RATE_HZ: Final = 16000
FRAME_SAMPLES: Final = 320
DELAY_SAMPLES: Final = 95  # of encoder and decoder together, measured: 5.94 ms
# Speech bits by frame type (TS 26.201): 6.60 to 23.85 kbit/s, 9 comfort noise, 14 a lost frame, 15 none at all.
SPEECH_BITS: Final = {0: 132, 1: 177, 2: 253, 3: 285, 4: 317, 5: 365, 6: 397, 7: 461, 8: 477, 9: 40, 14: 0, 15: 0}
MODE_12_65: Final = 2
_NO_REQUEST: Final = 15  # CMR

_ENCODER_LIBRARIES: Final = ("libvo-amrwbenc.so.0", "libvo-amrwbenc.0.dylib")
_INSTALL_ENCODER: Final = "on Debian and Ubuntu: apt-get install libvo-amrwbenc0"


class Framing(StrEnum):
    BANDWIDTH_EFFICIENT = "bandwidth-efficient"
    OCTET_ALIGNED = "octet-aligned"


# One frame as files have it (RFC 4867, 5.3): FT and Q in the first octet, then its bits, filled up.
StorageFrame = bytes


class AmrWbEncoder:
    """12.65 kbit/s unless told otherwise, one frame a payload, no DTX."""

    def __init__(self, framing: Framing, mode: int = MODE_12_65) -> None:
        self._framing, self._mode = framing, mode
        self._library = encoder_library()
        self._state = self._library.E_IF_init()
        self._frame = (ctypes.c_ubyte * 64)()
        weakref.finalize(self, self._library.E_IF_exit, self._state)

    def encode(self, pcm: Pcm) -> bytes:
        samples = padded(pcm, FRAME_SAMPLES)
        pointer = samples.ctypes.data_as(ctypes.POINTER(ctypes.c_short))
        length = self._library.E_IF_encode(self._state, self._mode, pointer, self._frame, 0)
        return pack([bytes(self._frame[:length])], self._framing)


class AmrWbDecoder:
    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._av = decoder_library()
        self._coder = new_coder(self._av)

    def decode(self, payload: bytes) -> Pcm:
        return np.concatenate([self._frame(frame) for frame in unpack(payload, self._framing)])

    def _frame(self, frame: StorageFrame) -> Pcm:
        try:
            decoded = self._coder.decode(self._av.Packet(frame))
        except self._av.FFmpegError as error:
            self._coder = new_coder(self._av)
            raise NotDecodable(f"the decoder refuses a frame: {error.strerror}") from error
        pcm = np.concatenate([one.to_ndarray().reshape(-1) for one in decoded]) if decoded else np.zeros(0, np.int16)
        return padded(pcm[:FRAME_SAMPLES], FRAME_SAMPLES)


def new_coder(av: Any) -> Any:
    """PyAV's decoder of frames as files have them."""
    coder: Any = av.CodecContext.create("libopencore_amrwb", "r")
    coder.sample_rate, coder.layout = RATE_HZ, "mono"
    return coder


def samples_of(payload: bytes, framing: Framing) -> int:
    return FRAME_SAMPLES * len(unpack(payload, framing))


def pack(frames: list[StorageFrame], framing: Framing) -> bytes:
    """The payload that carries these frames, without a mode request."""
    last = len(frames) - 1
    entries = [(n < last, frame[0] >> 3 & 15, frame[0] >> 2 & 1) for n, frame in enumerate(frames)]
    if framing is Framing.OCTET_ALIGNED:
        toc = bytes(more << 7 | kind << 3 | sound << 2 for more, kind, sound in entries)
        return bytes([_NO_REQUEST << 4]) + toc + b"".join(frame[1:] for frame in frames)
    bits = f"{_NO_REQUEST:04b}" + "".join(f"{more:01b}{kind:04b}{sound:01b}" for more, kind, sound in entries)
    bits += "".join(_bits(frame[1:])[: SPEECH_BITS[kind]] for frame, (_, kind, _) in zip(frames, entries, strict=True))
    return _octets(bits)


def unpack(payload: bytes, framing: Framing) -> list[StorageFrame]:
    """The frames of a payload. Raises `NotDecodable` where its length is not what its table of contents says."""
    bits, at = _bits(payload), 4
    entry = 8 if framing is Framing.OCTET_ALIGNED else 6
    if framing is Framing.OCTET_ALIGNED:
        at = 8
    kinds: list[tuple[int, int]] = []
    more = True
    while more:
        if at + 6 > len(bits):
            raise NotDecodable(f"AMR-WB ({framing}): the payload ends within its table of contents")
        more, kind, sound = bits[at] == "1", int(bits[at + 1 : at + 5], 2), int(bits[at + 5])
        if kind not in SPEECH_BITS:
            raise NotDecodable(f"AMR-WB ({framing}): frame type {kind} is none")
        kinds.append((kind, sound))
        at += entry
    frames = []
    for kind, sound in kinds:
        speech = bits[at : at + SPEECH_BITS[kind]]
        frames.append(bytes([kind << 3 | sound << 2]) + _octets(speech))
        at += _whole_octets(SPEECH_BITS[kind]) if framing is Framing.OCTET_ALIGNED else SPEECH_BITS[kind]
    expected = _whole_octets(at) // 8
    if len(payload) != expected:
        kinds_told = ", ".join(str(kind) for kind, _ in kinds)
        told = f"{len(payload)} bytes, where frame type {kinds_told} has {expected}"
        raise NotDecodable(f"AMR-WB ({framing}): {told}; another framing?")
    return frames


def _whole_octets(bits: int) -> int:
    return -(-bits // 8) * 8


def _bits(data: bytes) -> str:
    return f"{int.from_bytes(data):0{8 * len(data)}b}" if data else ""


def _octets(bits: str) -> bytes:
    """Filled up with zeros to whole octets."""
    size = _whole_octets(len(bits)) // 8
    return int(bits.ljust(size * 8, "0"), 2).to_bytes(size) if bits else b""


def decoder_library() -> Any:
    try:
        av = import_module("av")
    except ImportError as error:
        raise MissingLibrary("AMR-WB is decoded by PyAV", INSTALL_CODECS) from error
    if "libopencore_amrwb" not in av.codecs_available:
        needs = "AMR-WB is decoded by a PyAV with libopencore_amrwb, which its wheels have"
        raise MissingLibrary(needs, f"{INSTALL_CODECS} --only-binary av")
    return av


@cache
def encoder_library() -> ctypes.CDLL:
    for name in _ENCODER_LIBRARIES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.E_IF_init.restype = ctypes.c_void_p
        library.E_IF_exit.argtypes = [ctypes.c_void_p]
        library.E_IF_encode.argtypes = [
            ctypes.c_void_p,
            ctypes.c_int,
            ctypes.POINTER(ctypes.c_short),
            ctypes.POINTER(ctypes.c_ubyte),
            ctypes.c_int,
        ]
        return library
    raise MissingLibrary("AMR-WB is encoded by the library vo-amrwbenc", _INSTALL_ENCODER)
