"""Gain, clipping and offset, measured on the frames that the path has matched."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.autopsy.path import FRAME, SILENT, Path, warped
from telnyx_simulator.audio.autopsy.quarters import FINE
from telnyx_simulator.audio.signals import FULL_SCALE
from telnyx_simulator.audio.telephone_band import RATE_HZ, Samples, Signal, prepare

KNEES: Final = (0.7, 0.5, 0.36, 0.25, 0.18, 0.12, 0.08)
"""Of the reference's peak: where its samples may have been cut."""


STEP_MIN: Final = 0.01
STEP_REACH: Final = 136
"""17 ms: what a step leaves behind a filter that removes constants dies away in less."""
LOUD_SAMPLE: Final = 2000.0
LOUD_SAMPLES_MIN: Final = 400
STEP_BAND_HZ: Final = (60.0, 250.0)


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


def exact_snr_db(reference: Signal, heard: Signal, path: Path) -> float:
    """The SNR, the delay known to a hundredth of a sample: noise over the whole band needs no less."""
    spectrum = np.fft.rfft(reference.band)
    turn = 2j * np.pi * np.arange(len(spectrum)) / max(len(reference), 1)
    count = len(path.states)
    band = np.zeros(count * FRAME)
    band[: len(heard)] = heard.band
    good = (path.states != SILENT) & (path.heard > 10 * path.quiet) & (path.residual < 0.5 * path.heard)
    frames = band.reshape(-1, FRAME)[good]

    def rated(shift: float) -> float:
        moved = np.fft.irfft(spectrum * np.exp(turn * shift), len(reference))
        return _median_snr(frames, warped(moved, path)[good])

    near = max((-0.125, -0.0625, 0.0, 0.0625, 0.125), key=rated)
    return max(rated(near + by) for by in (-0.042, -0.031, -0.021, -0.01, 0.0, 0.01, 0.021, 0.031, 0.042))


def _snr(heard: Samples, expected: Samples) -> float:
    """In dB, with the best common gain."""
    energy = float((expected**2).sum())
    gain = float((heard * expected).sum()) / max(energy, 1e-9)
    noise = float(((heard - gain * expected) ** 2).sum())
    return 10 * float(np.log10(max(gain**2 * energy, 1e-9) / max(noise, 1e-9 * energy, 1e-9)))


def _median_snr(heard: Samples, expected: Samples) -> float:
    """In dB, of the frame in the middle: a frame across a lost one is no noise."""
    gain = float((heard * expected).sum()) / max(float((expected**2).sum()), 1e-9)
    noise = ((heard - gain * expected) ** 2).sum(axis=1) / np.maximum((heard**2).sum(axis=1), 1e-9)
    return -10 * float(np.log10(np.maximum(np.median(noise), 1e-9))) if len(noise) else 0.0


def _offset(reference: Signal, heard: Signal, path: Path, good: NDArray[np.bool_]) -> float:
    """What was heard beyond what the reference itself has; by the smaller of both where a codec removes constants."""
    if not good.any():
        return 0.0
    raw, said = _raw(reference, heard, path)
    there = float(raw.reshape(-1, FRAME)[good].mean()) / FULL_SCALE
    more = there - float(said.reshape(-1, FRAME)[good].mean()) / FULL_SCALE
    constant = more if abs(more) < abs(there) else there
    return constant if abs(constant) > STEP_MIN else _step(reference, path, raw - said)


def offset_where_loud(reference: Signal, heard: Signal, path: Path) -> float:
    """The same where silence has become noise of both signs, but mostly of one: from loud samples alone.

    As much from those above as from those below, so that a gain makes no constant.
    """
    raw, said = _raw(reference, heard, path)
    good = np.repeat((path.states != SILENT) & (path.heard > 10 * path.quiet), FRAME)
    loud = LOUD_SAMPLE * abs(path.gain)
    sides = [(raw - said)[good & (sign * said > loud)] for sign in (1, -1)]
    if min(len(one) for one in sides) < LOUD_SAMPLES_MIN:
        return 0.0
    return float(sum(one.mean() for one in sides)) / 2 / FULL_SCALE


def _raw(reference: Signal, heard: Signal, path: Path) -> tuple[Samples, Samples]:
    """What was heard, and the reference along the path at the same level, low frequencies and constants included."""
    length = len(path.at) * FRAME
    raw = np.zeros(length)
    raw[: len(heard)] = heard.pcm
    place = np.arange(length) - np.repeat(np.rint(path.at / FINE).astype(np.intp), FRAME)
    inside = (place >= 0) & (place < len(reference))
    said = np.where(inside, reference.pcm[np.clip(place, 0, len(reference) - 1)].astype(np.float64), 0.0)
    return raw, abs(path.gain) * said


def _step(reference: Signal, path: Path, unexplained: Samples) -> float:
    """A constant that a codec has removed since, by the step with which it began or ended in silence."""
    from scipy.signal import butter, sosfilt

    quiet = 0.3 * STEP_MIN * FULL_SCALE / max(abs(path.gain), 1e-3)
    low: Samples = sosfilt(butter(2, STEP_BAND_HZ, "bandpass", fs=RATE_HZ, output="sos"), unexplained)
    begins = round(float(path.at[0]) / FINE)
    ends = round(len(reference) + float(path.at[-1]) / FINE)
    found = 0.0
    for place, silent, sign in (
        (0, begins > 2 * STEP_REACH, 1),
        (begins, np.abs(reference.pcm[:STEP_REACH]).max(initial=0) < quiet, 1),
        (ends, np.abs(reference.pcm[-STEP_REACH:]).max(initial=0) < quiet, -1),
    ):
        window = low[max(place - 16, 0) : max(place + STEP_REACH - 16, 0)]
        if silent and len(window) > STEP_REACH // 2:
            height = sign * float(window[np.abs(window).argmax()]) / FULL_SCALE
            found = height if abs(height) > abs(found) else found
    return found if abs(found) > STEP_MIN else 0.0
