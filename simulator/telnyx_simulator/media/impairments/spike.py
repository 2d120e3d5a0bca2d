"""Now and then everything stops for a moment: a frame is very late, and those behind it come all at one time.

A delay of `spike` that wears off by 20 ms a frame (study 5.3), which is what a queue does that was blocked for so long.
"""

import numpy as np

from telnyx_simulator.draws import Draws
from telnyx_simulator.media.impairments.chance import uniforms
from telnyx_simulator.media.impairments.fates import FRAME_US, NONE, Fates


class Spike:
    """`share` of the frames are the first of a spike of `spike_ns`."""

    def __init__(self, draws: Draws, *, spike_ns: int, share: float) -> None:
        self._draws = draws
        self._spike_us = spike_ns // 1000
        self._share = share
        self._left_us = 0

    def apply(self, fates: Fates) -> None:
        begins = uniforms(self._draws, "spike", fates.first, len(fates)) < self._share
        more_us = np.empty(len(fates), np.int64)
        for n, is_first in enumerate(begins.tolist()):
            worn_us = max(0, self._left_us - FRAME_US)
            self._left_us = max(worn_us, self._spike_us) if is_first else worn_us
            more_us[n] = self._left_us
        fates.delay_us += more_us
        fates.copy_us[fates.copy_us != NONE] += more_us[fates.copy_us != NONE]
