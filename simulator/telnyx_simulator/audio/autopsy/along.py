"""What another sound of the same time explains along a frame path that is known already.

Theory of operation. A mistake of companding moves nothing: what it makes of the reference lies sample by sample where
the reference lay. So where the path over the reference is right, what the mistake would explain is read off it, in a
twentieth of the time that a path of its own takes.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from telnyx_simulator.audio.autopsy.path import FRAME, OWN_GAIN, SILENT, Path, warped
from telnyx_simulator.audio.telephone_band import Signal

ALIKE: Final = 0.5
"""Correlation of the frames that tell the gain."""


def along(path: Path, reference: Signal, heard: Signal, *, late: int) -> Path:
    """The same path over another reference, which lags by `late` quarters of a sample behind the path's own."""
    at = path.at - late
    moved = replace(path, delays=path.delays - late, at=at)
    band = np.zeros(len(at) * FRAME)
    band[: len(heard)] = heard.band
    clip, frames = warped(reference.band, moved), band.reshape(-1, FRAME)
    dot, energy = np.einsum("fs,fs->f", frames, clip), np.einsum("fs,fs->f", clip, clip)
    sounding = (path.states != SILENT) & (path.heard > 4 * path.quiet)
    sign = -1.0 if dot[sounding].sum() < 0 else 1.0
    dot = sign * dot
    good = sounding & (dot > ALIKE * np.sqrt(energy * path.heard + path.quiet**2))
    gain = float(np.sqrt(np.median(path.heard[good] / np.maximum(energy[good], 1e-9)))) if good.any() else 1.0
    own = np.clip(dot / np.maximum(energy, 1e-9), gain / OWN_GAIN, gain * OWN_GAIN)
    left = np.maximum(path.heard - 2 * own * dot + own**2 * energy, 0.0)
    return replace(
        moved,
        expected=energy * gain**2,
        residual=np.where(path.states == SILENT, path.heard, left),
        gain=sign * gain,
    )
