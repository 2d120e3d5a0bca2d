"""Frames of a stream as samples and back, for lines that change their sound."""

import base64

import numpy as np

from telnyx_simulator.audio.codecs import Codec
from telnyx_simulator.audio.signals import to_int16
from telnyx_simulator.media.impairments.sound import Samples
from telnyx_simulator.media.sources import Frame


class Retouch:
    """One stream's. Coders have a state, so each frame is decoded once."""

    def __init__(self, codec: Codec) -> None:
        self._decoder, self._encoder = codec.decoder(), codec.encoder()
        self._known: tuple[int, Samples] = (-1, np.zeros(0))

    def samples(self, k: int, said: Frame | None) -> Samples:
        """Those of the frame of tick `k`; none where nothing was said."""
        if said is None:
            return np.zeros(0)
        if self._known[0] != k:
            self._known = (k, self._decoder.decode(said.payload).astype(np.float64))
        return self._known[1]

    def frame(self, samples: Samples) -> Frame:
        payload = self._encoder.encode(to_int16(samples))
        return Frame(payload, base64.b64encode(payload))
