"""Frames are overtaken by the one behind them: late by a frame and a half, so that they come between the next two.

`ratio` counts frames that were overtaken. No two neighbors are, for they would overtake nobody.
"""

from typing import Final

from telnyx_simulator.draws import Draws
from telnyx_simulator.media.impairments.chance import uniforms
from telnyx_simulator.media.impairments.fates import FRAME_US, NONE, Fates

_LATE_US: Final = FRAME_US * 3 // 2


class Reorder:
    def __init__(self, draws: Draws, *, ratio: float) -> None:
        self._draws = draws
        # Of those whose neighbor before is in its place.
        self._chance = min(1.0, ratio / (1 - ratio)) if ratio < 1 else 1.0
        self._was_late = False

    def apply(self, fates: Fates) -> None:
        drawn = uniforms(self._draws, "reorder", fates.first, len(fates)) < self._chance
        for n, wanted in enumerate(drawn.tolist()):
            self._was_late = wanted and not self._was_late
            if self._was_late:
                fates.delay_us[n] += _LATE_US
                if fates.copy_us[n] != NONE:
                    fates.copy_us[n] += _LATE_US
