"""Where somebody spoke, in a sound of which wrong bytes have made noise.

Theory of operation. Bytes taken for what they are not turn silence into noise as loud as speech, and its last bit,
which every resampler changes, decides which noise. Of such frames nothing can be said: they count as silent, so that
they make no events.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.autopsy.path import FRAME, QUIET_DB, SILENT, Path
from telnyx_simulator.audio.autopsy.quarters import FINE
from telnyx_simulator.audio.telephone_band import Samples, Signal


def only_spoken(path: Path, became: Signal, said: Signal) -> tuple[Path, Signal]:
    """The path and the reference of its hypothesis, silent wherever the reference that was said is."""
    spoken = _spoken(said, len(became) / max(len(said), 1), len(became) // FRAME + 1)
    telling = _telling(path, spoken)
    silenced: Samples = np.where(np.repeat(spoken, FRAME)[: len(became)], became.band, 0.0)
    return (
        replace(path, heard=np.where(telling, path.heard, 0.0), expected=np.where(telling, path.expected, 0.0)),
        replace(became, band=silenced),
    )


def _spoken(said: Signal, length: float, count: int) -> NDArray[np.bool_]:
    """[count] whether somebody spoke, for frames of what became `length` times as long."""
    power = (said.band[: len(said) // FRAME * FRAME].reshape(-1, FRAME) ** 2).sum(axis=1)
    loud = power > np.percentile(power, 95) * 10 ** (-QUIET_DB / 10) if len(power) else np.zeros(1, bool)
    return np.asarray(loud[np.minimum((np.arange(count) / length).astype(np.intp), len(loud) - 1)])


def _telling(path: Path, spoken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[frames of the path] whether somebody spoke, both where the frame is said to be from and where it would be from
    if nothing had changed: noise is found anywhere.
    """
    telling = np.zeros(len(path.at), bool)
    last: int | None = None

    def spoken_at(frame: int, delay: int) -> bool:
        place = round(frame - delay / (FINE * FRAME))
        return 0 <= place < len(spoken) and bool(spoken[place])

    for frame, (delay, state) in enumerate(zip(path.at.tolist(), path.states.tolist(), strict=True)):
        telling[frame] = spoken_at(frame, delay) and (last is None or spoken_at(frame, last))
        if telling[frame] and state != SILENT:
            last = delay
    return telling
