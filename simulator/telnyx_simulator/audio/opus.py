"""Opus (RFC 6716), one packet a message: PyAV's libopus, application VoIP, 20 ms, mono.

A packet says by its first byte (TOC) how long it is and whether it is stereo; it may hold 2.5 to 120 ms, whatever was
negotiated. The encoder takes 8, 16, 24 or 48 kHz; PyAV's decoder always yields 48 kHz, from which a filter with a
whole number of samples of delay takes every n-th. Two packets in one message are not two packets: what follows the
first is lost (reported: pipecat #3602).
"""

from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .coding import INSTALL_CODECS, MissingLibrary, NotDecodable, Pcm, padded
from .signals import to_int16

RATES_HZ: Final = (8000, 16000, 24000, 48000)
DECODED_HZ: Final = 48000
BIT_RATE: Final = 24_000  # usual for speech
CODER_DELAY_S: Final = 0.0065  # measured: 312 samples at 48 kHz
# Of the filter after the decoder, in samples at the lower rate.
FILTER_DELAY_SAMPLES: Final = 16
_PASSBAND: Final = 0.925

FRAME_BYTES_MAX: Final = 1275  # R2
PACKET_MS_MAX: Final = 120  # R5


class OpusEncoder:
    def __init__(self, rate_hz: int) -> None:
        av = library()
        self._av, self._rate_hz, self._frames = av, rate_hz, 0
        self._coder: Any = av.CodecContext.create("libopus", "w")
        self._coder.sample_rate, self._coder.layout, self._coder.format = rate_hz, "mono", "s16"
        self._coder.bit_rate = BIT_RATE
        self._coder.options = {"application": "voip", "frame_duration": "20"}

    def encode(self, pcm: Pcm) -> bytes:
        samples = self._rate_hz // 50
        frame = self._av.AudioFrame.from_ndarray(padded(pcm, samples).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = self._rate_hz, self._frames * samples
        self._frames += 1
        (packet,) = self._coder.encode(frame)
        return bytes(packet)


def low_pass(reach: int, cutoff: float) -> NDArray[np.float64]:
    """A windowed sinc of `2 * reach + 1` taps that add up to 1; the cutoff as a share of half the sample rate.

    As `scipy.signal.firwin` has it, without the second that it takes to load.
    """
    taps = np.sinc(cutoff * np.arange(-reach, reach + 1)) * np.hamming(2 * reach + 1)
    return np.asarray(taps / taps.sum(), dtype=np.float64)


class OpusDecoder:
    def __init__(self, rate_hz: int) -> None:
        self._av = library()
        self._step = DECODED_HZ // rate_hz
        reach = FILTER_DELAY_SAMPLES * self._step
        self._taps = low_pass(reach, _PASSBAND / self._step)
        self._past: NDArray[np.float64] = np.zeros(2 * reach)
        self._coder = self._new_coder()

    def decode(self, payload: bytes) -> Pcm:
        samples = samples_of(payload, DECODED_HZ)
        try:
            frames = self._coder.decode(self._av.Packet(payload))
        except self._av.FFmpegError as error:
            self._coder = self._new_coder()  # one that has failed may refuse all that follows
            raise NotDecodable(f"libopus refuses the packet: {error.strerror}") from error
        pcm = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]) if frames else np.zeros(0, np.int16)
        return self._decimated(padded(pcm[:samples], samples))

    def _new_coder(self) -> Any:
        coder: Any = self._av.CodecContext.create("libopus", "r")
        coder.sample_rate, coder.layout = DECODED_HZ, "mono"
        return coder

    def _decimated(self, pcm: Pcm) -> Pcm:
        if self._step == 1:
            return pcm
        samples: NDArray[np.float64] = np.concatenate((self._past, pcm.astype(np.float64)))
        self._past = samples[len(pcm) :]
        return to_int16(np.convolve(samples, self._taps, "valid")[:: self._step])


def library() -> Any:
    try:
        av = import_module("av")
    except ImportError as error:
        raise MissingLibrary("OPUS needs PyAV", INSTALL_CODECS) from error
    if "libopus" not in av.codecs_available:
        raise MissingLibrary(
            "OPUS needs a PyAV with libopus, which its wheels have", f"{INSTALL_CODECS} --only-binary av"
        )
    return av


def delay_samples(rate_hz: int) -> int:
    """Of encoder and decoder together."""
    return round(CODER_DELAY_S * rate_hz) + (FILTER_DELAY_SAMPLES if rate_hz < DECODED_HZ else 0)


def samples_of(packet: bytes, rate_hz: int) -> int:
    """How much audio a packet holds, by its form (RFC 6716, 3.1 to 3.4); R1 to R7 are the RFC's rules."""
    if not packet:
        raise NotDecodable("an empty packet (R1)")
    frames, longest = _frames(packet)
    if longest > FRAME_BYTES_MAX:
        raise NotDecodable(f"a frame of {longest} bytes; {FRAME_BYTES_MAX} are the most (R2)")
    tenths_ms = frames * _frame_tenths_ms(packet[0])
    if tenths_ms > PACKET_MS_MAX * 10:
        raise NotDecodable(f"{tenths_ms / 10:g} ms in one packet; {PACKET_MS_MAX} are the most (R5)")
    return tenths_ms * rate_hz // 10_000


def _frame_tenths_ms(toc: int) -> int:
    """RFC 6716, table 2: SILK, hybrid and CELT have their own lists of lengths."""
    config = toc >> 3
    if config < 12:
        return (100, 200, 400, 600)[config & 3]
    if config < 16:
        return (100, 200)[config & 1]
    return (25, 50, 100, 200)[config & 3]


def _frames(packet: bytes) -> tuple[int, int]:
    """How many frames the packet holds, and how many bytes the longest has."""
    code, rest = packet[0] & 3, len(packet) - 1
    if code == 0:
        return 1, rest
    if code == 1:
        if rest % 2:
            raise NotDecodable("two frames of equal length in an odd number of bytes (R3)")
        return 2, rest // 2
    if code == 2:
        length, at = _length(packet, 1)
        if length > len(packet) - at:
            raise NotDecodable("the first frame is longer than the packet (R4)")
        return 2, max(length, len(packet) - at - length)
    return _counted_frames(packet)


def _counted_frames(packet: bytes) -> tuple[int, int]:
    """Code 3: a byte that counts the frames, then padding and lengths (RFC 6716, 3.2.5)."""
    if len(packet) < 2 or not packet[1] & 0x3F:
        raise NotDecodable("a count of no frames (R5)")
    count, at, padding = packet[1] & 0x3F, 2, 0
    if packet[1] & 0x40:
        while True:
            if at >= len(packet):
                raise NotDecodable("the padding is longer than the packet (R6, R7)")
            part, at = packet[at], at + 1
            padding += 254 if part == 255 else part
            if part < 255:
                break
    lengths = []
    if packet[1] & 0x80:
        for _ in range(count - 1):
            length, at = _length(packet, at)
            lengths.append(length)
    left = len(packet) - at - padding - sum(lengths)
    if left < 0:
        raise NotDecodable("the frames are longer than the packet (R6, R7)")
    if packet[1] & 0x80:
        return count, max(left, *lengths, 0)
    if left % count:
        raise NotDecodable(f"{count} frames of equal length in {left} bytes (R6)")
    return count, left // count


def _length(packet: bytes, at: int) -> tuple[int, int]:
    """A frame's length in one or two bytes (RFC 6716, 3.2.1), and where the next field begins."""
    if at >= len(packet) or (packet[at] >= 252 and at + 1 >= len(packet)):
        raise NotDecodable("the packet ends within a length (R4, R7)")
    first = packet[at]
    return (first, at + 1) if first < 252 else (first + 4 * packet[at + 1], at + 2)
