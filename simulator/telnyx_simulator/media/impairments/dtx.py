"""Discontinuous transmission: while nobody speaks no frames are sent, or comfort noise stands in for what is not.

Speech is what lies above -45 dBFS, and the 200 ms behind it (the hangover of usual voice activity detection; both are
assumed: G.711 has no standard for it but a draft, G.711 Appendix II).
"""

from collections.abc import Callable
from typing import Final

from telnyx_simulator.audio.signals import FULL_SCALE
from telnyx_simulator.media.impairments.noise import Noise
from telnyx_simulator.media.impairments.sound import Moment, Samples

_SPEECH_RMS: Final = FULL_SCALE * 10 ** (-45.0 / 20)
_HANGOVER_TICKS: Final = 10


class Dtx:
    """`fill` gives comfort noise at a rate; without it there is no frame."""

    def __init__(self, *, fill: Callable[[int], Samples] | None = None) -> None:
        self._noise = Noise(fill) if fill else None
        self._last_speech: int | None = None

    def apply(self, samples: Samples, moment: Moment) -> Samples | None:
        if len(samples) and float((samples**2).mean()) > _SPEECH_RMS**2:
            self._last_speech = moment.tick
        if self._last_speech is not None and moment.tick - self._last_speech <= _HANGOVER_TICKS:
            return samples
        return None if self._noise is None else self._noise.apply(samples * 0, moment)
