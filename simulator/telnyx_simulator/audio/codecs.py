"""The codecs of legs, streams and replies, as one type: samples at a rate on one side, payloads on the other.

Theory of operation. A codec is a value: a name and what Telnyx lets one choose with it. Its coders live in small
files of their own (`g711`, `g722`, `opus`, `amr_wb`, `mp3`) and are made here. Most of them are stateful, so a stream
has one `encoder()` and one `decoder()` that are fed message by message; `encode_frames` is the one-shot way, for clips
that are encoded once. Payloads need not be of one size, and what an application returns may be anything: `samples_of`
tells by the form alone how much audio a payload holds, or why it holds none.

What a codec needs may be missing here (`missing_here`); its coders then raise `MissingLibrary` with the line that
installs it. Byte order of L16 is a parameter, never an assumption: RFC 3551 says big-endian, Telnyx sends
little-endian.
"""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from . import amr_wb, g711, mp3, opus
from .amr_wb import Framing
from .coding import PTIME_MS, Decoder, Encoder, MissingLibrary, NotDecodable, Pcm, padded

ByteOrder = Literal["little", "big"]

L16_RATES_HZ: Final = (8000, 16000, 22050, 24000, 48000)  # Telnyx: stream_bidirectional_sampling_rate
L16_DEFAULT_RATE_HZ: Final = 8000  # what Telnyx uses when no sampling rate is given
OPUS_DEFAULT_RATE_HZ: Final = 16000  # wideband; Telnyx's pages name 8 and 16 kHz
RATES_HZ: Final[dict[str, tuple[int, ...]]] = {
    "PCMU": (8000,),
    "PCMA": (8000,),
    "G722": (16000,),
    "OPUS": opus.RATES_HZ,
    "AMR-WB": (amr_wb.RATE_HZ,),
    "L16": L16_RATES_HZ,
    "MP3": (mp3.RATE_HZ,),
}
_BYTE_ORDERS: Final[dict[str, ByteOrder]] = {"le": "little", "be": "big"}
_BYTES_PER_SAMPLE: Final = {"PCMU": 1, "PCMA": 1, "L16": 2}
_G722_FRAME_BYTES: Final = 160
# Frames of silence after which a coder has come to rest.
_SETTLED: Final = 25

__all__ = [
    "L16_DEFAULT_RATE_HZ",
    "L16_RATES_HZ",
    "PCMA",
    "PCMU",
    "PTIME_MS",
    "RATES_HZ",
    "ByteOrder",
    "Codec",
    "Decoder",
    "Encoder",
    "Framing",
    "MissingLibrary",
    "NotDecodable",
    "Pcm",
    "carried",
    "known_codec_names",
    "parse_codec",
]


@dataclass(frozen=True, slots=True)
class Codec:
    """How samples become payloads and payloads samples. Frames are 20 ms."""

    name: str
    """`PCMU`, `PCMA`, `G722`, `OPUS`, `AMR-WB`, `L16`, or `MP3` (files, in the mp3 mode of the return path)."""
    sample_rate_hz: int
    """Of the samples on either side; for OPUS the decoder's 48 kHz are brought to it."""
    byte_order: ByteOrder | None = None
    """Of L16; None for the others."""
    framing: Framing | None = None
    """Of AMR-WB; None for the others."""

    def __post_init__(self) -> None:
        if self.name not in RATES_HZ:
            raise ValueError(f"unknown codec {self.name!r}; known are {', '.join(known_codec_names())}")
        if self.sample_rate_hz not in RATES_HZ[self.name]:
            rates = ", ".join(map(str, RATES_HZ[self.name]))
            raise ValueError(f"{self.name} has a rate of {rates} Hz, not {self.sample_rate_hz} Hz")
        if (self.byte_order is not None) != (self.name == "L16"):
            raise ValueError(f"L16 has a byte order of little or big, no other codec has one: {self.name}")
        if (self.framing is not None) != (self.name == "AMR-WB"):
            raise ValueError(f"AMR-WB has a framing ({', '.join(Framing)}), no other codec has one: {self.name}")

    def __str__(self) -> str:
        """What `parse_codec` reads: `PCMU`, `G722`, `L16/16000/le`, `OPUS/16000`, `AMR-WB/octet-aligned`."""
        match self.name:
            case "L16":
                return f"L16/{self.sample_rate_hz}/{'le' if self.byte_order == 'little' else 'be'}"
            case "OPUS":
                return f"OPUS/{self.sample_rate_hz}"
            case "AMR-WB" if self.framing is Framing.OCTET_ALIGNED:
                return f"AMR-WB/{self.framing}"
        return self.name

    @property
    def splices(self) -> bool:
        """Whether frames of different coders may follow one another, once those have heard half a second of silence.

        Not in G722: its predictors never come to rest, and a splice costs some 20 dB of SNR for 100 ms (measured).
        """
        return self.name != "G722"

    # Coding

    def encoder(self) -> Encoder:
        """A new coder of its own state. Raises `MissingLibrary`."""
        return _ENCODERS[self.name](self)

    def decoder(self) -> Decoder:
        """A new coder of its own state. Raises `MissingLibrary`."""
        return _DECODERS[self.name](self)

    def encode(self, pcm: Pcm) -> bytes:
        """One payload from a new coder: of any length for PCMU, PCMA, G722, L16 and MP3, else of at most 20 ms."""
        return self.encoder().encode(pcm)

    def decode(self, payload: bytes) -> Pcm:
        """The samples of one payload, by a new coder. A trailing odd byte of L16 is dropped."""
        return self.decoder().decode(payload)

    def encode_frames(self, pcm: Pcm) -> list[bytes]:
        """The whole signal as payloads of 20 ms, the last one filled up with silence. MP3: one file."""
        coder, size = self.encoder(), self.frame_samples
        if self.name == "MP3":
            return [coder.encode(pcm)]
        return [coder.encode(padded(pcm[at : at + size], size)) for at in range(0, len(pcm), size)]

    def decode_frames(self, payloads: Iterable[bytes]) -> Pcm:
        """One signal from payloads in order, by one coder."""
        coder = self.decoder()
        return np.concatenate([np.zeros(0, np.int16), *(coder.decode(payload) for payload in payloads)])

    def through(self, pcm: Pcm) -> Pcm:
        """What comes out of samples that go in: as many, `delay_samples` late."""
        out = self.decode_frames(self.encode_frames(pcm))[: len(pcm)]
        return padded(out, len(pcm))

    # Sizes

    def samples_of(self, payload: bytes) -> int:
        """How many samples at `sample_rate_hz` a payload holds, by its form. Raises `NotDecodable`.

        PCMU, PCMA, G722 and L16 have no form; of L16 half a sample is not counted.
        """
        match self.name:
            case "G722":
                return 2 * len(payload)
            case "OPUS":
                return opus.samples_of(payload, self.sample_rate_hz)
            case "AMR-WB":
                assert self.framing is not None
                return amr_wb.samples_of(payload, self.framing)
            case "MP3":
                return mp3.samples_of(payload)
        return len(payload) // self.bytes_per_sample

    @property
    def law(self) -> g711.Law | None:
        """The companding law, None for what is not G.711."""
        return g711.Law(self.name) if self.name in ("PCMU", "PCMA") else None

    @property
    def bytes_per_sample(self) -> int:
        """Of PCMU, PCMA and L16; the others have no such number."""
        if self.name not in _BYTES_PER_SAMPLE:
            raise ValueError(f"{self.name} has no bytes of a sample; ask `samples_of`")
        return _BYTES_PER_SAMPLE[self.name]

    @property
    def frame_samples(self) -> int:
        """Samples in 20 ms; 441 at 22 050 Hz."""
        return self.sample_rate_hz * PTIME_MS // 1000

    @property
    def frame_bytes(self) -> int:
        """Of a payload of 20 ms, where all have one size: PCMU, PCMA, G722 and L16."""
        return _G722_FRAME_BYTES if self.name == "G722" else self.frame_samples * self.bytes_per_sample

    @property
    def delay_samples(self) -> int:
        """By which what is decoded lags behind what was encoded, as measured with the coders here."""
        match self.name:
            case "G722":
                return 22  # of two filter banks: 1.375 ms
            case "OPUS":
                return opus.delay_samples(self.sample_rate_hz)
            case "AMR-WB":
                return amr_wb.DELAY_SAMPLES
            case "MP3":
                return mp3.DELAY_SAMPLES
        return 0

    @property
    def silence_frame(self) -> bytes:
        """20 ms of silence: 0xFF for PCMU, 0xD5 for PCMA, 0x00 for L16; of the others as after half a second of it."""
        return _silence_frame(self)

    def missing_here(self, *, encode: bool, decode: bool) -> MissingLibrary | None:
        """What this machine lacks for it."""
        try:
            if encode:
                self.encoder()
            if decode:
                self.decoder()
        except MissingLibrary as missing:
            return missing
        return None


class _Plain:
    """G.711 and L16: without state, of any length."""

    def __init__(self, codec: Codec) -> None:
        self._law = codec.law
        self._dtype = "<i2" if codec.byte_order == "little" else ">i2"

    def encode(self, pcm: Pcm) -> bytes:
        if self._law:
            return g711.encode(self._law, pcm)
        return np.asarray(pcm).astype(self._dtype).tobytes()

    def decode(self, payload: bytes) -> Pcm:
        if self._law:
            return g711.decode(self._law, payload)
        return np.frombuffer(payload, self._dtype, count=len(payload) // 2).astype(np.int16)


def _g722_encoder(codec: Codec) -> Encoder:
    from .g722 import G722Encoder

    return G722Encoder()


def _g722_decoder(codec: Codec) -> Decoder:
    from .g722 import G722Decoder

    return G722Decoder()


_ENCODERS: Final[dict[str, Callable[[Codec], Encoder]]] = {
    "PCMU": _Plain,
    "PCMA": _Plain,
    "L16": _Plain,
    "G722": _g722_encoder,
    "OPUS": lambda codec: opus.OpusEncoder(codec.sample_rate_hz),
    "AMR-WB": lambda codec: amr_wb.AmrWbEncoder(codec.framing or Framing.BANDWIDTH_EFFICIENT),
    "MP3": lambda codec: mp3.Mp3Encoder(),
}
_DECODERS: Final[dict[str, Callable[[Codec], Decoder]]] = {
    "PCMU": _Plain,
    "PCMA": _Plain,
    "L16": _Plain,
    "G722": _g722_decoder,
    "OPUS": lambda codec: opus.OpusDecoder(codec.sample_rate_hz),
    "AMR-WB": lambda codec: amr_wb.AmrWbDecoder(codec.framing or Framing.BANDWIDTH_EFFICIENT),
    "MP3": lambda codec: mp3.Mp3Decoder(),
}


@lru_cache(maxsize=32)
def _silence_frame(codec: Codec) -> bytes:
    settled = 1 if codec.name in _BYTES_PER_SAMPLE else _SETTLED
    return codec.encode_frames(np.zeros(settled * codec.frame_samples, np.int16))[-1]


def carried(pcm: Pcm, *, written: Codec, read: Codec) -> Pcm:
    """What one hears of samples that were encoded in one codec and are decoded by another, message by message.

    In and out at the rate of the codec concerned; what is no payload of `read` is left out.
    """
    decoder, heard = read.decoder(), [np.zeros(0, np.int16)]
    for payload in written.encode_frames(pcm):
        with contextlib.suppress(NotDecodable):
            heard.append(decoder.decode(payload))
    return np.concatenate(heard)[read.delay_samples :]


PCMU: Final = Codec("PCMU", 8000)
PCMA: Final = Codec("PCMA", 8000)
G722: Final = Codec("G722", 16000)


def known_codec_names() -> tuple[str, ...]:
    """Names that `parse_codec` accepts before any `/`."""
    return tuple(RATES_HZ)


def parse_codec(text: str) -> Codec:
    """`PCMU`, `PCMA`, `G722`, `OPUS/16000`, `AMR-WB/octet-aligned`, `L16/16000/be`, `MP3`, and what is shorter.

    L16 is 8000 Hz little-endian unless told otherwise, OPUS 16 000 Hz, AMR-WB bandwidth-efficient. `G722/8000` and
    `G722/16000` are one codec: the rate is only what is announced of it.
    """
    name, *details = text.strip().split("/")
    rate, *more = details if details and details[0].isascii() and details[0].isdigit() else ("", *details)
    match name, more:
        case "PCMU" | "PCMA" | "MP3", [] if not rate:
            return Codec(name, RATES_HZ[name][0])
        case "G722", [] if rate in ("", "8000", "16000"):
            return G722
        case "OPUS", [] if rate in ("", *map(str, opus.RATES_HZ)):
            return Codec("OPUS", int(rate or OPUS_DEFAULT_RATE_HZ))
        case "AMR-WB", [] if rate in ("", "8000", "16000"):
            return Codec("AMR-WB", amr_wb.RATE_HZ, framing=Framing.BANDWIDTH_EFFICIENT)
        case "AMR-WB", [framing] if rate in ("", "8000", "16000") and framing in tuple(Framing):
            return Codec("AMR-WB", amr_wb.RATE_HZ, framing=Framing(framing))
        case "L16", [] if rate in ("", *map(str, L16_RATES_HZ)):
            return Codec("L16", int(rate or L16_DEFAULT_RATE_HZ), "little")
        case "L16", [order] if rate in map(str, L16_RATES_HZ) and order in _BYTE_ORDERS:
            return Codec("L16", int(rate), _BYTE_ORDERS[order])
    rates = ", ".join(map(str, L16_RATES_HZ))
    allowed = "PCMU, PCMA, G722, OPUS[/rate], AMR-WB[/octet-aligned], MP3 and L16[/rate[/le or /be]]"
    raise ValueError(f"unknown codec {text!r}; allowed are {allowed}, rate one of {rates}")
