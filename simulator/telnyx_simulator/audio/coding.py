"""What the coders of all codecs have in common: what they take and give, and how they fail.

A coder is stateful: it belongs to one direction of one stream. Whatever a far side sends may be handed to a decoder; it
answers with samples or `NotDecodable`, and stays usable.
"""

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]

PTIME_MS: Final = 20
INSTALL_CODECS: Final = 'pip install "telnyx-simulator[codecs]"'


class Encoder(Protocol):
    def encode(self, pcm: Pcm) -> bytes:
        """The payload of 20 ms at the codec's rate; shorter is filled up with silence."""
        ...


class Decoder(Protocol):
    def decode(self, payload: bytes) -> Pcm:
        """The samples of the next message, at the codec's rate. Raises `NotDecodable` and `MissingLibrary`."""
        ...


class NotDecodable(ValueError):
    """These bytes are no payload of the codec; the text says why."""


class MissingLibrary(Exception):
    """This machine lacks what the codec needs; `install` is the line that mends it."""

    def __init__(self, needs: str, install: str) -> None:
        self.needs = needs
        self.install = install
        super().__init__(f"{needs}; {install}")


def padded(pcm: Pcm, samples: int) -> Pcm:
    """Filled up with silence to so many samples; more than that is refused."""
    if len(pcm) > samples:
        raise ValueError(f"{len(pcm)} samples are more than the {samples} of one payload; encode frame by frame")
    if len(pcm) == samples:
        return np.ascontiguousarray(pcm, dtype=np.int16)
    full = np.zeros(samples, dtype=np.int16)
    full[: len(pcm)] = pcm
    return full
