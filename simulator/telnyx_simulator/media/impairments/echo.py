"""What was said in the other direction comes back, later and quieter: the line echo that telephones are known for."""

import numpy as np

from telnyx_simulator.media.impairments.sound import Moment, Samples


class Echo:
    def __init__(self, *, delay_ns: int, level_db: float) -> None:
        self._delay_ns = delay_ns
        self._factor = 10 ** (level_db / 20)
        self._past = np.zeros(0)

    def apply(self, samples: Samples, moment: Moment) -> Samples:
        size = len(samples)
        wait = self._delay_ns * moment.rate_hz // 1_000_000_000
        if len(self._past) != wait:
            self._past = np.zeros(wait)  # the first frame, or another stream with another rate
        line = np.concatenate((self._past, _at_length(moment.back, size)))
        self._past = line[size:]
        return samples + self._factor * line[:size]


def _at_length(samples: Samples, size: int) -> Samples:
    """The same 20 ms at another rate; between samples a straight line will do for an echo."""
    if len(samples) in (0, size):
        return samples if len(samples) else np.zeros(size)
    at = np.arange(size) * (len(samples) / size)
    found: Samples = np.interp(at, np.arange(len(samples)), samples)
    return found
