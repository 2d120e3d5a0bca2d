"""Sound louder than a level is cut off there, as in an overdriven amplifier. The level is of the peaks."""

import numpy as np

from telnyx_simulator.audio.signals import FULL_SCALE
from telnyx_simulator.media.impairments.sound import Moment, Samples


class Clipping:
    def __init__(self, *, level_dbfs: float) -> None:
        self._most = FULL_SCALE * 10 ** (level_dbfs / 20)

    def apply(self, samples: Samples, moment: Moment) -> Samples:
        return np.clip(samples, -self._most, self._most)
