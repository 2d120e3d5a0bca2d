"""Where in a long signal a clip may have been heard: a coarse search that survives gaps, cuts and wrong codecs.

Theory of operation. The clip is cut into short segments. Each segment is slid along the whole heard signal (normalized
cross-correlation by FFT, at half the rate) and its best places are kept as *anchors*: "this piece may lie at that lag".
True anchors of neighboring segments agree in their lag, or the lag steps up where silence was inserted and down where
audio was dropped; false ones agree with nobody. So anchors are chained by dynamic programming, as genome aligners do: a
chain earns what its anchors correlate and pays for each change of lag. Every chain is one possible occurrence.

Lags are heard position minus clip position, in samples at 8000 Hz.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .telephone_band import Samples, Signal

PEAKS_PER_SEGMENT: Final = 16
NCC_MIN: Final = 0.4
"""A law mix-up still correlates at 0.7 to 0.95, other speech up to 0.75; the chain tells them apart, not the peak."""
QUIET_RMS: Final = 1.5
"""Below this the heard signal is as good as zero, and correlating with it would be noise."""
DRIFT_PENALTY: Final = 0.15
SMALL_STEP: Final = 40.0
"""5 ms. Smaller changes of lag are drift, not events."""
LAG_RISE_MAX: Final = 4.0 * 8000
LAG_FALL_MAX: Final = 1.5 * 8000
TALK_IN_GAP_MAX_S: Final = 0.25
"""A rise of the lag over a gap in which somebody talks longer than this is another occurrence, not a gap."""
CHAINS_MAX: Final = 8
_BLOCK: Final = 8192


@dataclass(frozen=True, slots=True)
class Search:
    """How finely the clip is cut, and what a chain of the pieces must show. Lengths are samples at 4000 Hz."""

    segment: int
    hop: int
    value_floor: float
    """What an anchor must correlate to be worth anything."""
    step_penalty: float
    value_min: float
    """What a chain must be worth, unless the clip is too short to earn it."""
    value_min_per_segment: float


BY_WORDS: Final = Search(800, 400, value_floor=0.35, step_penalty=0.8, value_min=1.0, value_min_per_segment=0.36)
"""200 ms: long enough to be told from other speech in the wrong law, short enough that most lie between two gaps.
Measured: other speech is worth up to 0.8, half a second of the right speech in the wrong law 1.5."""

BY_SOUNDS: Final = Search(200, 100, value_floor=0.7, step_penalty=0.1, value_min=1.0, value_min_per_segment=0.15)
"""50 ms: for choppy audio, with a gap every 60 ms or so. So short a piece resembles much else; what is found this way
must prove itself by its SNR."""


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Segments of the clip and where each was heard, in the order of the clip."""

    centers: Samples
    """Middle of each segment, samples of the clip."""
    lags: Samples
    """Lag of each segment, samples."""
    ncc: Samples
    """How well each segment matches there, 0..1."""
    value: float
    """Sum of what the anchors earn less what changes of lag cost."""

    @property
    def begins(self) -> float:
        """Where the clip's first sample would lie in the heard signal."""
        return float(self.lags[0])


@dataclass(frozen=True, slots=True, eq=False)
class _Anchors:
    center: Samples
    lag: Samples
    ncc: Samples
    segment: NDArray[np.intp]

    def only(self, kept: NDArray[np.bool_]) -> "_Anchors":
        return _Anchors(self.center[kept], self.lag[kept], self.ncc[kept], self.segment[kept])


def find_chains(reference: Signal, heard: Signal, search: Search = BY_WORDS) -> list[Chain]:
    """Possible occurrences, the most valuable first; at most eight, none overlapping in the heard signal."""
    anchors = _find_anchors(reference.half, heard.half, search)
    talk = _talking(reference.half), _talking(heard.half)
    segments = len(np.unique(anchors.segment))
    least = min(search.value_min, search.value_min_per_segment * segments)
    chains: list[Chain] = []
    while len(chains) < CHAINS_MAX and len(anchors.lag):
        chain = _best_chain(anchors, *talk, search)
        if chain.value < least:
            break
        chains.append(chain)
        place = anchors.center + anchors.lag
        taken = (place >= chain.centers[0] + chain.lags[0]) & (place <= chain.centers[-1] + chain.lags[-1])
        anchors = anchors.only(~taken)
    return chains


def _find_anchors(clip: Samples, heard: Samples, search: Search) -> _Anchors:
    length = min(search.segment, len(clip))
    if length < 16 or len(heard) < 16:
        return _Anchors(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, np.intp))
    # One segment's worth of zeros on either side: a clip may begin before the heard signal does, or end after it.
    padded = np.pad(heard, length)
    valid = _BLOCK - length + 1
    count = len(padded) - length + 1
    blocks = np.stack([_padded(padded[at : at + _BLOCK], _BLOCK) for at in range(0, count, valid)])
    spectra = np.fft.rfft(blocks.astype(np.float32), axis=1)
    energy = np.cumsum(np.concatenate(([0.0], padded**2)))
    norm = np.sqrt(np.maximum(energy[length:] - energy[:-length], length * QUIET_RMS**2))
    found: list[tuple[float, float, float, int]] = []
    for number, start in enumerate(_segment_starts(clip, length, search.hop)):
        piece = clip[start : start + length]
        spectrum = np.conj(np.fft.rfft(piece.astype(np.float32), _BLOCK))
        products = np.fft.irfft(spectra * spectrum, _BLOCK, axis=1)[:, :valid].reshape(-1)[:count]
        ncc = products / (norm * np.sqrt(piece @ piece))
        found += [(start + length / 2, at - length - start, value, number) for at, value in _highest_peaks(ncc)]
    if not found:
        return _Anchors(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, np.intp))
    center, lag, ncc_, segment = zip(*found, strict=True)
    return _Anchors(2.0 * np.array(center), 2.0 * np.array(lag), np.array(ncc_), np.array(segment, np.intp))


def _padded(samples: Samples, length: int) -> Samples:
    return np.pad(samples, (0, length - len(samples)))


def _segment_starts(clip: Samples, length: int, hop: int) -> list[int]:
    """Segments that carry sound, half overlapping."""
    starts = list(range(0, len(clip) - length + 1, hop))
    if starts[-1] != len(clip) - length:
        starts.append(len(clip) - length)
    levels = np.array([clip[s : s + length] @ clip[s : s + length] / length for s in starts])
    return [s for s, level in zip(starts, levels, strict=True) if level > max(levels.max() * 1e-3, QUIET_RMS**2)]


def _highest_peaks(ncc: Samples) -> list[tuple[int, float]]:
    edged = np.concatenate(([-1.0], ncc, [-1.0]))
    inner = edged[1:-1]
    peaks = np.flatnonzero((inner > NCC_MIN) & (inner >= edged[:-2]) & (inner > edged[2:]))
    best = peaks[np.argsort(-ncc[peaks], kind="stable")[:PEAKS_PER_SEGMENT]]
    return [(int(at), min(1.0, float(ncc[at]))) for at in best]


def _talking(half: Samples) -> Samples:
    """Seconds of sound before each 10 ms frame: a frame talks when it is within 25 dB of the loud ones."""
    frames = half[: len(half) // 40 * 40].reshape(-1, 40)
    power = (frames**2).mean(axis=1)
    loud = float(np.percentile(power, 95)) if len(power) else 0.0
    return np.concatenate(([0.0], np.cumsum(power > max(loud * 10**-2.5, 4.0)) * 0.01))


def _best_chain(anchors: _Anchors, clip_talk: Samples, heard_talk: Samples, search: Search) -> Chain:
    """Dynamic programming over anchors in the order of the clip; each looks back at all earlier ones."""
    place = anchors.center + anchors.lag
    clip_s = clip_talk[np.clip(anchors.center / 80, 0, len(clip_talk) - 1).astype(np.intp)]
    heard_s = heard_talk[np.clip(place / 80, 0, len(heard_talk) - 1).astype(np.intp)]
    own = anchors.ncc - search.value_floor
    best = own.copy()
    came_from = np.full(len(own), -1, np.intp)
    first_of = np.searchsorted(anchors.segment, np.arange(anchors.segment[-1] + 2))
    for segment in np.unique(anchors.segment):
        lower, upper = first_of[segment], first_of[segment + 1]
        if lower == 0:
            continue
        step = anchors.lag[lower:upper, None] - anchors.lag[None, :lower]
        talk = (heard_s[lower:upper, None] - heard_s[None, :lower]) - (clip_s[lower:upper, None] - clip_s[None, :lower])
        barred = (
            (step > LAG_RISE_MAX)
            | (step < -LAG_FALL_MAX)
            | (place[lower:upper, None] < place[None, :lower])
            | ((step > 0.3 * 8000) & (talk > TALK_IN_GAP_MAX_S))
        )
        reach = np.where(barred, -np.inf, best[None, :lower] - _step_cost(step, search.step_penalty))
        source = reach.argmax(axis=1)
        gain = reach[np.arange(upper - lower), source]
        better = gain > 0
        best[lower:upper] += np.where(better, gain, 0.0)
        came_from[lower:upper] = np.where(better, source, -1)
    return _traced(anchors, best, came_from)


def _step_cost(step: Samples, penalty: float) -> Samples:
    size = np.abs(step)
    large = penalty * (1 + 0.12 * np.log2(np.maximum(size, SMALL_STEP) / SMALL_STEP))
    return np.where(size < 3.0, 0.0, np.where(size < SMALL_STEP, min(DRIFT_PENALTY, penalty), large))


def _traced(anchors: _Anchors, best: Samples, came_from: NDArray[np.intp]) -> Chain:
    at = int(best.argmax())
    path = [at]
    while came_from[path[-1]] >= 0:
        path.append(int(came_from[path[-1]]))
    order = np.array(path[::-1], np.intp)
    return Chain(anchors.center[order], anchors.lag[order], anchors.ncc[order], float(best[at]))
