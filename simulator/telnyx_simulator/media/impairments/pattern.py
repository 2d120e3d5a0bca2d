"""Frames are lost as a given trace has it, over and over."""

import numpy as np

from telnyx_simulator.media.impairments.fates import NONE, Fates


class Pattern:
    """`lost` is text of `0` (received) and `1` (lost), one for each frame from frame 0 on, and from its start again."""

    def __init__(self, *, lost: str) -> None:
        self._lost = np.array([one == "1" for one in lost])

    def apply(self, fates: Fates) -> None:
        fates.lost |= self._lost[(fates.first + np.arange(len(fates))) % len(self._lost)]
        fates.copy_us[fates.lost] = NONE
