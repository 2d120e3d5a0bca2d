"""The codecs as the bench uses them: samples to packets and back.

G.711 and linear PCM are the package's; the others are called from their libraries here, so that a mistake in how the
package calls them is not made twice. A codec that the machine lacks is left out.
"""

import ctypes
import ctypes.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import av
import av.audio.resampler
import G722
import lameenc
import miniaudio
import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import parse_codec

from .speech import FULL_SCALE, resampled, to_pcm

Pcm = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Wire:
    """One codec of the stream."""

    name: str
    """Codec, rate and byte order."""
    rate_hz: int
    """Of the samples that go in and come out."""
    encode: Callable[[Pcm], list[bytes]]
    """20 ms a packet; MP3 is one packet."""
    decode: Callable[[list[bytes]], Pcm]

    @property
    def family(self) -> str:
        """`PCMU`, `PCMA`, `L16`, `G722`, `OPUS`, `AMR-WB` or `MP3`."""
        return self.name.split("/")[0]

    @property
    def told(self) -> str:
        """As `--leg-codec` wants it: MP3 has no rate there."""
        return self.family if self.family == "MP3" else self.name

    @property
    def is_low_rate(self) -> bool:
        return self.family in ("OPUS", "AMR-WB")

    def through(self, pcm: Pcm) -> Pcm:
        return self.decode(self.encode(pcm))


@cache
def wires() -> dict[str, Wire]:
    """Each codec of the stream that this machine can encode, by its name."""
    plain = ["PCMU", "PCMA"] + [f"L16/{rate}/{order}" for rate in (8000, 16000, 24000) for order in ("le", "be")]
    found = [_plain(name) for name in plain] + [_g722(), *(_opus(rate) for rate in (8000, 16000, 24000, 48000))]
    found += [_mp3(8000, 32), _mp3(16000, 64)]
    return {wire.name: wire for wire in found} | (
        {"AMR-WB at 12.65 kbit/s": _amr_wb(2), "AMR-WB at 23.85 kbit/s": _amr_wb(8)} if _vo_amrwbenc() else {}
    )


def _plain(name: str) -> Wire:
    codec = parse_codec(name)

    def encode(pcm: Pcm) -> list[bytes]:
        return _cut(codec.encode(pcm), codec.frame_bytes)

    return Wire(name, codec.sample_rate_hz, encode, lambda packets: codec.decode(b"".join(packets)))


def _g722() -> Wire:
    def encode(pcm: Pcm) -> list[bytes]:
        return _cut(bytes(G722.G722(16000, 64000).encode(_padded(pcm, 320))), 160)

    def decode(packets: list[bytes]) -> Pcm:
        return np.array(G722.G722(16000, 64000).decode(b"".join(packets)), np.int16)

    return Wire("G722", 16000, encode, decode)


def _opus(rate_hz: int) -> Wire:
    """libopus for voice at 24 kbit/s. It decodes to 48 kHz whatever went in."""
    samples = rate_hz // 50

    def encode(pcm: Pcm) -> list[bytes]:
        context = av.CodecContext.create("libopus", "w")
        context.sample_rate, context.format, context.layout = rate_hz, "s16", "mono"
        context.bit_rate = 24000
        context.options = {"application": "voip", "frame_duration": "20"}
        packets = []
        for chunk in _padded(pcm, samples).reshape(-1, samples):
            packets += context.encode(_frame(chunk, rate_hz))
        return [bytes(packet) for packet in [*packets, *context.encode(None)]]

    def decode(packets: list[bytes]) -> Pcm:
        context = av.CodecContext.create("libopus", "r")
        context.sample_rate, context.layout = 48000, "mono"
        return _at(_decoded(context, packets), 48000, rate_hz)

    return Wire(f"OPUS/{rate_hz}", rate_hz, encode, decode)


def _mp3(rate_hz: int, kbit_s: int) -> Wire:
    def encode(pcm: Pcm) -> list[bytes]:
        encoder = lameenc.Encoder()
        encoder.set_bit_rate(kbit_s)
        encoder.set_in_sample_rate(rate_hz)
        encoder.set_channels(1)
        encoder.set_quality(5)
        encoder.silence()
        return [bytes(encoder.encode(pcm.tobytes())) + bytes(encoder.flush())]

    def decode(packets: list[bytes]) -> Pcm:
        found = miniaudio.decode(b"".join(packets), nchannels=1, sample_rate=rate_hz)
        return np.array(found.samples, np.int16)

    return Wire(f"MP3/{rate_hz}", rate_hz, encode, decode)


def _amr_wb(mode: int) -> Wire:
    """Packets in the storage format (RFC 4867, 5.3). Mode 2 is 12.65 kbit/s, 8 is 23.85."""
    library = _vo_amrwbenc()
    assert library

    def encode(pcm: Pcm) -> list[bytes]:
        state = library.E_IF_init()
        room = ctypes.create_string_buffer(128)
        packets = []
        for chunk in _padded(pcm, 320).reshape(-1, 320):
            samples = np.ascontiguousarray(chunk).ctypes.data_as(ctypes.POINTER(ctypes.c_short))
            length = library.E_IF_encode(state, mode, samples, room, 0)
            packets.append(room.raw[:length])
        library.E_IF_exit(state)
        return packets

    return Wire("AMR-WB", 16000, encode, amr_wb_decoded)


def amr_wb_decoded(packets: list[bytes]) -> Pcm:
    """Packets in the storage format; what the decoder refuses is 20 ms of silence."""
    context = av.CodecContext.create("libopencore_amrwb", "r")
    context.sample_rate, context.layout = 16000, "mono"
    return _decoded(context, packets, otherwise=np.zeros(320, np.int16))


@cache
def _vo_amrwbenc() -> ctypes.CDLL | None:
    name = ctypes.util.find_library("vo-amrwbenc")
    if name is None:
        return None
    library = ctypes.CDLL(name)
    library.E_IF_init.restype = ctypes.c_void_p
    library.E_IF_exit.argtypes = [ctypes.c_void_p]
    library.E_IF_encode.argtypes = [
        ctypes.c_void_p,
        ctypes.c_int,
        ctypes.POINTER(ctypes.c_short),
        ctypes.c_char_p,
        ctypes.c_int,
    ]
    return library


def _decoded(context: av.AudioCodecContext, packets: list[bytes], otherwise: Pcm | None = None) -> Pcm:
    to_s16 = av.audio.resampler.AudioResampler(format="s16", layout="mono")
    pieces: list[Pcm] = []
    for packet in packets:
        try:
            frames = context.decode(av.Packet(packet))
        except av.error.FFmpegError:
            if otherwise is None:
                raise
            pieces.append(otherwise)
            continue
        pieces += [one.to_ndarray().reshape(-1) for frame in frames for one in to_s16.resample(frame)]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)


def _frame(chunk: Pcm, rate_hz: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(chunk).reshape(1, -1), "s16", "mono")
    frame.sample_rate = rate_hz
    return frame


def _at(pcm: Pcm, from_hz: int, to_hz: int) -> Pcm:
    return to_pcm(resampled(pcm / FULL_SCALE, from_hz, to_hz))


def _padded(pcm: Pcm, multiple: int) -> Pcm:
    return np.concatenate([pcm, np.zeros(-len(pcm) % multiple, np.int16)])


def _cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]
