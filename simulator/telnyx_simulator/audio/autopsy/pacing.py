"""The frame path in the time of the reference, where a mistake made the sound shorter.

Theory of operation. Frames of 20 ms last 7 ms when they are played three times as fast: fewer than two frames of the
path, and nothing to read events from. So both signals are slowed down together, until the reference lasts as long as it
did. No information is added, but the path has as many steps within a frame as it has everywhere else.
"""

from typing import Final

import numpy as np
import soxr

from telnyx_simulator.audio.autopsy.explanation import Explanation
from telnyx_simulator.audio.autopsy.path import find_path
from telnyx_simulator.audio.signals import to_int16
from telnyx_simulator.audio.telephone_band import RATE_HZ, Samples, Signal

PACE_MAX: Final = 0.95
"""How long the sound became, per second that it was: above, frames are as good as whole."""


def in_its_own_time(found: Explanation, duration_s: float) -> tuple[Explanation, float]:
    """The explanation as it is, or slowed down to the reference's duration; and by which factor it was."""
    length = len(found.reference) / RATE_HZ
    if found.hypothesis.forward is None or not 0 < length < PACE_MAX * duration_s:
        return found, 1.0
    factor = duration_s / length
    reference, heard = (_slowed(one, factor) for one in (found.reference, found.heard))
    slow = Explanation(
        found.hypothesis, found.score, found.agreement, reference, heard, path=find_path(reference, heard)
    )
    return slow, factor


def _slowed(signal: Signal, factor: float) -> Signal:
    band = _longer(signal.band, factor)
    half = _longer(signal.band, factor / 2)[: -(-len(band) // 2)]
    return Signal(to_int16(_longer(signal.pcm.astype(np.float64), factor)), band, half)


def _longer(samples: Samples, factor: float) -> Samples:
    return np.asarray(soxr.resample(samples, float(RATE_HZ), RATE_HZ * factor, quality="HQ"))
