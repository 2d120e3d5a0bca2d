"""A sound is mixed in, over and over, whatever is said: a street, a noise of the line, an artefact."""

from collections.abc import Callable

import numpy as np

from telnyx_simulator.media.impairments.sound import Moment, Samples


class Noise:
    """`samples_at` gives the sound, at its level, at a rate. It begins at tick 0; with `ticks`, it is over then."""

    def __init__(self, samples_at: Callable[[int], Samples], *, from_tick: int = 0, ticks: int | None = None) -> None:
        self._samples_at = samples_at
        self._from_tick = from_tick
        self._ticks = ticks
        self._known: dict[int, Samples] = {}

    def apply(self, samples: Samples, moment: Moment) -> Samples:
        number = moment.tick - self._from_tick
        if number < 0 or (self._ticks is not None and number >= self._ticks):
            return samples
        sound = self._known.get(moment.rate_hz)
        if sound is None:
            sound = self._known[moment.rate_hz] = self._samples_at(moment.rate_hz)
        at = np.arange(number * len(samples), (number + 1) * len(samples)) % len(sound)
        return samples + sound[at]
