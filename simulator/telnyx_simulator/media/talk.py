"""Whether somebody is heard to talk, in the last frames of an ear.

A talkspurt is heard when 80 of the last 200 ms are loud against the two seconds before them.
"""

from collections.abc import Collection
from typing import Final

import numpy as np

from telnyx_simulator.audio.activity import FRAME, is_loud
from telnyx_simulator.audio.signals import resample
from telnyx_simulator.audio.telephone_band import RATE_HZ
from telnyx_simulator.media.mixing import FRAMES_A_SECOND

REMEMBERED: Final = 2 * FRAMES_A_SECOND
_LATELY: Final = RATE_HZ // 5 // FRAME
_LOUD_LEAST: Final = 8


def talk_in(heard: Collection[bytes]) -> bool:
    """Frames of s16le, the latest last; an empty one is silence. A frame of another rate than most is cut short."""
    size = max(map(len, heard), default=0) // 2
    if not size:
        return False
    pcm = np.zeros((len(heard), size), dtype=np.int16)
    for row, frame in zip(pcm, heard, strict=True):
        row[: len(frame) // 2] = np.frombuffer(frame, dtype="<i2")
    lately = is_loud(resample(pcm.reshape(-1), size * FRAMES_A_SECOND, RATE_HZ))[-_LATELY:]
    return int(lately.sum()) >= _LOUD_LEAST
