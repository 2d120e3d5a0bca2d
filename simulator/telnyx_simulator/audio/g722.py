"""G.722 at 64 kbit/s: sub-band ADPCM, 16 kHz of audio in 8000 bytes a second, each byte two samples.

RFC 3551 (4.5.2) gives it an RTP clock of 8000 Hz by an old mistake that was kept, so what is announced as `G722/8000`
is 16 kHz sound. The library is bit-exact with the ITU's vectors, as FFmpeg's coder is.
"""

from typing import Final

import numpy as np
from G722 import G722

from .coding import Pcm, padded

RATE_HZ: Final = 16000
FRAME_SAMPLES: Final = 320
_BIT_RATE: Final = 64000


class G722Encoder:
    def __init__(self) -> None:
        self._coder = G722(RATE_HZ, _BIT_RATE)

    def encode(self, pcm: Pcm) -> bytes:
        """Any number of frames; what is less than a frame is filled up."""
        whole = padded(pcm, max(1, -(-len(pcm) // FRAME_SAMPLES)) * FRAME_SAMPLES)
        return bytes(self._coder.encode(whole))


class G722Decoder:
    """Every byte is a code: nothing is undecodable."""

    def __init__(self) -> None:
        self._coder = G722(RATE_HZ, _BIT_RATE)

    def decode(self, payload: bytes) -> Pcm:
        return np.array(self._coder.decode(payload), dtype=np.int16)
