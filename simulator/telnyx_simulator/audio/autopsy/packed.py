"""Bytes of a compressed codec in the place of samples: nothing of the sound is left in them but how they are spread.

Packets of Opus or AMR-WB have ends that a row of bytes does not show, so that they cannot be read again. But whoever
compresses leaves nothing that could be foretold: all byte values are as frequent, which no sound makes the codes of
G.711, noise of any kind neither.
"""

from typing import Final

import numpy as np

from telnyx_simulator.audio.autopsy.hypotheses import Sound
from telnyx_simulator.audio.codecs import Codec

PACKED: Final = frozenset({"OPUS", "AMR-WB"})
READ_AS: Final = frozenset({"PCMU", "PCMA"})
BITS_MIN: Final = 7.9
"""Of 8, for each byte: packets of speech have 7.95 and more; noise, Gaussian, even or like speech, has 7.6 at most."""
BYTES_MIN: Final = 2000


def packed_bits(heard: Sound, sent: Codec | None, returned: Codec | None) -> float | None:
    """The information of each byte, if the leg's codec compresses and the bytes look like it; else None."""
    if sent is None or returned is None or sent.name not in PACKED or returned.name not in READ_AS:
        return None
    data = np.frombuffer(returned.encode(heard.at(returned.sample_rate_hz)), np.uint8)
    size = returned.frame_bytes
    frames = data[: len(data) // size * size].reshape(-1, size)
    # The silence around it is the playout's.
    loud = frames[(frames != frames[:, :1]).mean(axis=1) > 0.5].reshape(-1)
    if len(loud) < BYTES_MIN:
        return None
    share = np.bincount(loud, minlength=256) / len(loud)
    share = share[share > 0]
    # Of few bytes the sum falls short (Miller and Madow, 1955).
    bits = float(-(share * np.log2(share)).sum()) + (len(share) - 1) / (2 * len(loud) * np.log(2))
    return bits if bits >= BITS_MIN else None
