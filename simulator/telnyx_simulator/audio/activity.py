"""Whether and when anything was heard at all, without a reference."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .signals import FULL_SCALE, SILENCE_DBFS
from .telephone_band import RATE_HZ, Samples

FRAME: Final = 80
"""10 ms."""
SILENT_BELOW_DBFS: Final = -69.0
"""Study 3.4: rms below 12 is silence."""
TALK_ABOVE_FLOOR_DB: Final = 12.0
TALK_LEAST_DBFS: Final = -55.0
TALK_MOST_DBFS: Final = -40.0
"""The threshold of talk is 12 dB above the noise floor, within these limits: loud noise counts as talk."""
HANGOVER_S: Final = 0.2
"""A pause up to this belongs to the talkspurt: the same 200 ms part an underrun from a new talkspurt in playout."""
SPURT_LEAST_S: Final = 0.03


def is_silent(heard: NDArray[np.int16]) -> bool:
    """No 10 ms frame reaches -69 dBFS. A constant (DC) is silence: an idle line in the wrong law is one."""
    levels = _levels(heard)
    return bool((levels < SILENT_BELOW_DBFS).all())


def is_loud(heard: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Of each 10 ms frame at 8000 Hz, whether it is talk: above what this stretch has for a noise floor."""
    levels = _levels(heard)
    floor = float(np.percentile(levels, 10)) if len(levels) else SILENCE_DBFS
    threshold = float(np.clip(floor + TALK_ABOVE_FLOOR_DB, TALK_LEAST_DBFS, TALK_MOST_DBFS))
    return np.asarray(levels > threshold)


def talkspurts(heard: NDArray[np.int16]) -> list[tuple[float, float]]:
    """(start, end) in seconds of each stretch of sound at 8000 Hz, to 10 ms; pauses up to 200 ms are bridged."""
    loud = np.flatnonzero(is_loud(heard))
    if len(loud) == 0:
        return []
    seconds = FRAME / RATE_HZ
    breaks = np.flatnonzero((np.diff(loud) - 1) * seconds > HANGOVER_S + seconds / 2)
    firsts = np.concatenate(([loud[0]], loud[breaks + 1]))
    lasts = np.concatenate((loud[breaks], [loud[-1]]))
    spurts = zip((firsts * seconds).tolist(), ((lasts + 1) * seconds).tolist(), strict=True)
    end_s = len(heard) / RATE_HZ
    return [(start, min(end, end_s)) for start, end in spurts if end - start >= SPURT_LEAST_S - 1e-9]


def _levels(heard: NDArray[np.int16]) -> Samples:
    """dBFS of each 10 ms frame about its own mean; a rest at the end is measured for itself."""
    whole = len(heard) // FRAME * FRAME
    samples = np.asarray(heard, dtype=np.float64)
    power = samples[:whole].reshape(-1, FRAME).var(axis=1)
    if whole < len(samples):
        power = np.append(power, samples[whole:].var())
    least = 10 ** (SILENCE_DBFS / 10)
    levels: Samples = 10 * np.log10(np.maximum(power / FULL_SCALE**2, least))
    return levels
