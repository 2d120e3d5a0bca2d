"""Keyed draws in bulk: a uniform number for each frame of a block, whatever the blocks are.

One hash gives eight numbers, so frame `n` has the `n % 8`th of hash `n // 8`: the same in whichever block it is asked.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.draws import Draws

_EACH: Final = 8
Numbers = NDArray[np.float64]


def uniforms(draws: Draws, purpose: str, first: int, count: int) -> Numbers:
    """Of frames `first` to `first + count - 1`, numbers of [0, 1) with 53 random bits."""
    from_hash, to_hash = first // _EACH, -(-(first + count) // _EACH)
    octets = b"".join(draws.octets(purpose, n, size=8 * _EACH) for n in range(from_hash, to_hash))
    bits = np.frombuffer(octets, dtype=">u8") >> np.uint64(11)
    skipped = first - from_hash * _EACH
    return bits[skipped : skipped + count].astype(np.float64) / float(1 << 53)


def normals(draws: Draws, purpose: str, first: int, count: int) -> Numbers:
    """Standard normal numbers, by Box and Muller from two uniform ones each."""
    radius = np.sqrt(-2 * np.log(1 - uniforms(draws, f"{purpose} radius", first, count)))
    angle = 2 * np.pi * uniforms(draws, f"{purpose} angle", first, count)
    found: Numbers = radius * np.cos(angle)
    return found
