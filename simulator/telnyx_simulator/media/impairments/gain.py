"""Sound is louder or quieter; what does not fit into 16 bits is cut off on the wire."""

from telnyx_simulator.media.impairments.sound import Moment, Samples


class Gain:
    def __init__(self, *, gain_db: float) -> None:
        self._factor = 10 ** (gain_db / 20)

    def apply(self, samples: Samples, moment: Moment) -> Samples:
        return samples * self._factor
