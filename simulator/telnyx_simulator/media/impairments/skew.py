"""The far end's clock is not Telnyx's: every so often there is a frame too many, or one is missing.

A clock that runs `ppm` millionths too fast says one frame too many in each `1e6 / ppm`, which Telnyx has no place for;
one that runs too slowly is a frame behind by then, and the last frame before is said a second time in its place. (That
is what jitter buffers do, and no fault: study 5.3.) In the other direction it is the phone whose buffer fills or runs
dry: a frame is not heard, either way.
"""

import numpy as np

from telnyx_simulator.media.impairments.fates import FRAME_US, NONE, Fates


class Skew:
    def __init__(self, *, ppm: float, repeats: bool) -> None:
        """`repeats`: a missing frame is stood in for by the one before it."""
        self._ppm = ppm
        self._repeats = repeats

    def apply(self, fates: Fates) -> None:
        off = np.floor((fates.first + np.arange(len(fates) + 1)) * abs(self._ppm) * 1e-6).astype(np.int64)
        slips = np.diff(off) > 0
        if self._ppm > 0 or not self._repeats:
            fates.lost |= slips
            fates.copy_us[fates.lost] = NONE
            return
        behind_us = off[:-1] * FRAME_US
        fates.delay_us += behind_us
        fates.copy_us[fates.copy_us != NONE] += behind_us[fates.copy_us != NONE]
        again = slips & ~fates.lost & (fates.copy_us == NONE)
        fates.copy_us[again] = fates.delay_us[again] + FRAME_US
