"""Gain, clipping and offset, measured on the frames that the path has matched."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.autopsy.path import FRAME, SILENT, Path, warped
from telnyx_simulator.audio.signals import FULL_SCALE
from telnyx_simulator.audio.telephone_band import Samples, Signal, prepare

KNEES: Final = (0.7, 0.5, 0.36, 0.25, 0.18, 0.12, 0.08)
"""Of the reference's peak: where its samples may have been cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How loud the sound is, compared with what was said."""

    gain_db: float
    snr_db: float
    """Over matched frames, the gain taken off."""
    unclipped_snr_db: float
    """The same, had samples been cut at the best knee."""
    clipped: float
    """Share of the active samples of the reference beyond that knee."""
    dc: float
    """Constant part of what was heard beyond the reference's, in full scales."""


def measure(reference: Signal, heard: Signal, path: Path) -> Level:
    """Both signals as they went into the path."""
    count = len(path.states)
    band = np.zeros(count * FRAME)
    band[: len(heard)] = heard.band
    frames = band.reshape(-1, FRAME)
    good = (path.states != SILENT) & (path.heard > 10 * path.quiet) & (path.residual < 0.5 * path.heard)
    if good.sum() < 10:
        good = (path.states != SILENT) & path.active
    plain = warped(reference.band, path)
    snr_db = _snr(frames[good], plain[good])
    peak = float(np.abs(reference.pcm.astype(np.float64)).max(initial=1.0))
    best, best_knee = snr_db, 1.0
    for knee in KNEES:
        cut = np.clip(reference.pcm.astype(np.float64), -knee * peak, knee * peak).astype(np.int16)
        with_cut = _snr(frames[good], warped(prepare(cut).band, path)[good])
        if with_cut > best:
            best, best_knee = with_cut, knee
        elif with_cut < best - 3:
            break
    loud = np.abs(reference.pcm) > 0.03 * peak
    clipped = float((np.abs(reference.pcm[loud]) > best_knee * peak).mean()) if loud.any() else 0.0
    return Level(
        gain_db=20 * float(np.log10(max(abs(path.gain), 1e-4))),
        snr_db=snr_db,
        unclipped_snr_db=best,
        clipped=clipped,
        dc=_offset(reference, heard, path, good),
    )


def _snr(heard: Samples, expected: Samples) -> float:
    """In dB, with the best common gain."""
    energy = float((expected**2).sum())
    gain = float((heard * expected).sum()) / max(energy, 1e-9)
    noise = float(((heard - gain * expected) ** 2).sum())
    return 10 * float(np.log10(max(gain**2 * energy, 1e-9) / max(noise, 1e-9 * energy, 1e-9)))


def _offset(reference: Signal, heard: Signal, path: Path, good: NDArray[np.bool_]) -> float:
    """What was heard beyond what the reference itself has; by the smaller of both where a codec removes constants."""
    length = len(good) * FRAME
    raw = np.zeros(length)
    raw[: len(heard)] = heard.pcm
    place = np.arange(length) - np.repeat(path.at // 4, FRAME)
    inside = (place >= 0) & (place < len(reference))
    said = np.where(inside, reference.pcm[np.clip(place, 0, len(reference) - 1)], 0).reshape(-1, FRAME)
    there = float(raw.reshape(-1, FRAME)[good].mean()) / FULL_SCALE if good.any() else 0.0
    more = there - abs(path.gain) * float(said[good].mean()) / FULL_SCALE if good.any() else 0.0
    return more if abs(more) < abs(there) else there
