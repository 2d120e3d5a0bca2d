"""The codecs whose bytes the stream carries: G.711 in both laws, and linear PCM (L16) at five rates, both byte orders.

Byte order of L16 is a parameter, never an assumption: RFC 3551 says big-endian, Telnyx sends little-endian.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from . import g711

ByteOrder = Literal["little", "big"]

PTIME_MS: Final = 20
L16_RATES_HZ: Final = (8000, 16000, 22050, 24000, 48000)  # Telnyx: stream_bidirectional_sampling_rate
L16_DEFAULT_RATE_HZ: Final = 8000  # what Telnyx uses when no sampling rate is given
_BYTE_ORDERS: Final[dict[str, ByteOrder]] = {"le": "little", "be": "big"}


@dataclass(frozen=True, slots=True)
class Codec:
    """How samples become payload bytes. Frames are 20 ms."""

    name: str
    """`PCMU`, `PCMA` or `L16`."""
    sample_rate_hz: int
    byte_order: ByteOrder | None = None
    """Of L16; None for G.711, whose samples are bytes."""

    def __post_init__(self) -> None:
        if self.name in ("PCMU", "PCMA"):
            if self.sample_rate_hz != 8000 or self.byte_order is not None:
                raise ValueError(f"{self.name} is 8000 Hz and has no byte order")
        elif self.name != "L16":
            raise ValueError(f"unknown codec {self.name!r}; known are {', '.join(known_codec_names())}")
        elif self.sample_rate_hz not in L16_RATES_HZ or self.byte_order not in ("little", "big"):
            raise ValueError(
                f"L16 has a rate of {', '.join(map(str, L16_RATES_HZ))} Hz and a byte order of little or big, "
                f"not {self.sample_rate_hz} Hz, {self.byte_order}"
            )

    def __str__(self) -> str:
        """`PCMU`, `PCMA` or for example `L16/16000/le`: what `parse_codec` reads."""
        if self.law:
            return self.name
        return f"L16/{self.sample_rate_hz}/{'le' if self.byte_order == 'little' else 'be'}"

    @property
    def law(self) -> g711.Law | None:
        """The companding law, None for L16."""
        return None if self.name == "L16" else g711.Law(self.name)

    @property
    def bytes_per_sample(self) -> int:
        return 1 if self.law else 2

    @property
    def frame_samples(self) -> int:
        """Samples in 20 ms; 441 at 22 050 Hz."""
        return self.sample_rate_hz * PTIME_MS // 1000

    @property
    def frame_bytes(self) -> int:
        return self.frame_samples * self.bytes_per_sample

    @property
    def silence_frame(self) -> bytes:
        """20 ms of encoded zeros: 0xFF for PCMU, 0xD5 for PCMA, 0x00 for L16."""
        return self.encode(np.zeros(self.frame_samples, np.int16))

    def encode(self, pcm: NDArray[np.int16]) -> bytes:
        """Payload bytes of samples at `sample_rate_hz`."""
        if self.law:
            return g711.encode(self.law, pcm)
        return np.asarray(pcm).astype(self._dtype).tobytes()

    def decode(self, data: bytes) -> NDArray[np.int16]:
        """Samples at `sample_rate_hz`. A trailing odd byte of L16 is dropped."""
        if self.law:
            return g711.decode(self.law, data)
        return np.frombuffer(data, self._dtype, count=len(data) // 2).astype(np.int16)

    @property
    def _dtype(self) -> str:
        return "<i2" if self.byte_order == "little" else ">i2"


PCMU: Final = Codec("PCMU", 8000)
PCMA: Final = Codec("PCMA", 8000)


def known_codec_names() -> tuple[str, ...]:
    """Names that `parse_codec` accepts before any `/`."""
    return ("PCMU", "PCMA", "L16")


def parse_codec(text: str) -> Codec:
    """`PCMU`, `PCMA`, `L16`, `L16/16000` or `L16/16000/be`. L16 is 8000 Hz little-endian unless told otherwise."""
    name, *details = text.strip().split("/")
    if name in ("PCMU", "PCMA") and not details:
        return Codec(name, 8000)
    if name == "L16" and len(details) <= 2:
        rate = details[0] if details else str(L16_DEFAULT_RATE_HZ)
        order = details[1] if len(details) == 2 else "le"
        if rate in map(str, L16_RATES_HZ) and order in _BYTE_ORDERS:
            return Codec("L16", int(rate), _BYTE_ORDERS[order])
    rates = ", ".join(map(str, L16_RATES_HZ))
    raise ValueError(f"unknown codec {text!r}; allowed are PCMU, PCMA and L16[/rate[/le or /be]], rate one of {rates}")
