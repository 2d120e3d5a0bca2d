"""What was heard before the reference began and after it had ended: other sound, of which a reference says nothing.

Theory of operation. Calls go on. Of more speech by the same voice the frame path finds something alike in the
reference, piece by piece, and so it would be read as frames that were doubled or lost. But it explains little. What
repeats the reference is explained as well as the reference itself, and stays.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.autopsy.path import FRAME, SILENT, Path
from telnyx_simulator.audio.autopsy.quarters import FINE
from telnyx_simulator.audio.telephone_band import Signal

EDGE: Final = 12
"""Frames, 60 ms: who has heard all but these, has heard the whole."""
LEAST: Final = 4
"""Frames of sound, 20 ms: less is no sound of its own."""
HEARD_SHARE: Final = 0.5
"""Of the reference's sound, before anything counts as its surroundings."""
POORLY: Final = 0.5
"""Of a frame's energy."""
POORLY_DB_SHARE: Final = 0.5
"""Of the decibels by which the reference's own part is explained."""


def without_surroundings(path: Path, reference: Signal) -> Path:
    """The path, silent wherever the reference had not begun or was over, unless it was heard again there."""
    said = np.flatnonzero(_energy(reference) * path.gain**2 > 4 * path.quiet)
    loud = path.heard > 4 * path.quiet
    if not len(said) or not loud.any():
        return path
    begins, ends = _bounds(path, loud, int(said[0]), int(said[-1]), len(said))
    inside = np.zeros(len(loud), bool)
    inside[begins:ends] = True
    if (loud & inside).sum() < HEARD_SHARE * len(said):
        return path
    least_db = POORLY_DB_SHARE * _explained_db(path, loud & inside)
    other = np.zeros(len(loud), bool)
    for part in (slice(0, begins), slice(ends, len(loud))):
        sounding = np.zeros(len(loud), bool)
        sounding[part] = loud[part]
        if sounding.sum() >= LEAST and _explained_db(path, sounding) < least_db:
            other[part] = True
    if not other.any():
        return path
    return replace(
        path,
        states=np.where(other, SILENT, path.states),
        heard=np.where(other, 0.0, path.heard),
        expected=np.where(other, 0.0, path.expected),
        residual=np.where(other, 0.0, path.residual),
    )


def _bounds(path: Path, loud: NDArray[np.bool_], first: int, last: int, count: int) -> tuple[int, int]:
    """The frames of what was heard between which the reference lies.

    Its own sound is `count` frames from `first` to `last`.
    """
    at = np.flatnonzero(loud & (path.states != SILENT))
    place = at - path.at[at] / (FINE * FRAME)
    # By then half of it was heard; so what is alike by chance in other sound is no end of it, and no beginning.
    heard = np.cumsum(path.residual[at] < POORLY * path.heard[at])
    enough = HEARD_SHARE * count
    over = np.flatnonzero((place >= last - EDGE) & (heard >= enough))
    begun = np.flatnonzero((place <= first + EDGE) & (heard[-1:] - heard >= enough))
    begins = int(at[begun[-1]] - max(place[begun[-1]] - first, 0)) if len(begun) else 0
    ends = int(at[over[0]] + max(last - place[over[0]], 0)) + 1 if len(over) else len(loud)
    return (max(begins, 0), ends) if begins < ends else (0, len(loud))


def _energy(reference: Signal) -> NDArray[np.float64]:
    band = reference.band
    return np.asarray((band[: len(band) // FRAME * FRAME].reshape(-1, FRAME) ** 2).sum(axis=1))


def _explained_db(path: Path, frames: NDArray[np.bool_]) -> float:
    """Of a frame, on average."""
    whole = path.heard[frames]
    return float(10 * np.log10(whole / (path.residual[frames] + 1e-3 * whole + path.quiet / 4)).mean())
