"""Frames of s16le as numbers to reckon with."""

import numpy as np

from telnyx_simulator.media.impairments.sound import Samples


def samples_of(frame: bytes) -> Samples:
    return np.frombuffer(frame, dtype="<i2").astype(np.float64)
