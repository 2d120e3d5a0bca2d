"""Which sample of a clip was heard when: a path that follows gaps, drops, drift and fractions of a sample.

Theory of operation. A chain of anchors (see `occurrences`) says roughly where an occurrence lies. Its lags, refined to
a fraction of a sample, are the states of a Viterbi search over 10 ms frames of the clip: a frame costs what the heard
signal differs from it at that lag, and changing the lag costs something too, so that one odd frame does not bend the
path. Frames that fit no known lag are searched again on their own, which finds short pieces between two gaps. Each
stretch of equal lag becomes a *run*; its lag and drift are fitted by Gauss-Newton, and the sample at which one run ends
and the next begins is the one that leaves the least difference.

Silence carries no evidence and costs nothing, so a gap in a pause is as free to be found as one inside a word.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .occurrences import SMALL_STEP, Chain
from .telephone_band import Oversampled, Samples, Signal, excerpt

FRAME: Final = 80
"""10 ms."""
STATES_MAX: Final = 64
SAME_LAG: Final = 0.25
"""Lags nearer than this, in samples, are one state: drift then moves through states in small steps."""
DRIFT_STEP: Final = 0.6
"""Steps up to this many samples belong to one run, whose fitted slope follows them."""
QUANTIZATION_RMS: Final = 8.0
"""Noise that G.711 adds to quiet speech; a frame at this level proves nothing."""
JUMP_COST: Final = 2.5
"""A change of lag by 5 ms or more must explain about three frames that fit nowhere else."""
SMALL_JUMP_COST: Final = 1.2
DRIFT_COST: Final = 0.05
BEST_DB: Final = -20.0
WORST_DB: Final = 3.0
MISFIT: Final = 0.5
"""Cost of a frame from which on its lag is doubted: a difference of about -8.5 dB."""
MISFITS_MAX: Final = 24
REFINEMENTS_MAX: Final = 3
BOUNDARY_SEARCH: Final = 8000
"""Samples to either side of a change of lag in which its exact place is sought."""

Lags = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of the clip that was heard in one piece."""

    start: int
    stop: int
    """Samples of the clip, half open."""
    lag: float
    """Heard position less clip position at the middle of the run, samples."""
    slope: float = 0.0
    """Change of the lag per sample: the difference of two clocks."""

    @property
    def shift(self) -> int:
        return round(self.lag)

    def lags(self, at: Samples) -> Samples:
        return self.lag + self.slope * (at - (self.start + self.stop) / 2)

    def lag_at(self, at: float) -> float:
        return self.lag + self.slope * (at - (self.start + self.stop) / 2)

    def between(self, start: int, stop: int) -> "Run":
        """The same line of lags over another stretch."""
        return Run(start, stop, self.lag_at((start + stop) / 2), self.slope)


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """The clip as it should have sounded in the heard signal, next to what was heard, sample by sample of the clip."""

    runs: tuple[Run, ...]
    """In the order of the clip. What lies between two runs was dropped."""
    expected: Samples
    """The band-limited clip moved by the fraction of its lag."""
    observed: Samples
    """The band-limited heard signal; zero where there is none."""
    position: NDArray[np.intp]
    """Where in the heard signal each sample lies; -1 where it was dropped or lies outside."""


class Aligner:
    """One clip and one heard signal; what is computed once for all of the clip's occurrences is kept here."""

    __slots__ = ("_clip", "_clip_between", "_heard")

    def __init__(self, clip: Signal, heard: Signal) -> None:
        self._clip = clip
        self._heard = heard
        self._clip_between = Oversampled(clip.band)

    def align(self, chain: Chain) -> Alignment:
        """The best path near the chain."""
        gain = self._gain(chain)
        lags = self._refined(chain)
        costs, weights = self._costs(lags, gain)
        path = _cheapest_path(costs, lags)
        for _ in range(REFINEMENTS_MAX):
            more = _distinct(lags, self._missing_lags(lags, path, costs, weights))[len(lags) :]
            if not more:
                break
            lags += more
            costs = np.hstack([costs, self._costs(more, gain)[0]])
            path = _cheapest_path(costs, lags)
        matching = _matching(costs[np.arange(len(path)), path], weights)
        runs = [self._fitted(run, matching) for run in _runs_of(path, lags, len(self._clip))]
        runs = self._exact_boundaries(runs, gain)
        return self._alignment([self._fitted(run, matching) for run in runs])

    def _gain(self, chain: Chain) -> float:
        """Median over the better half of the anchors; a first guess, enough to weigh differences."""
        gains, half = [], 800
        for center, lag, ncc in zip(chain.centers, chain.lags, chain.ncc, strict=True):
            if ncc >= np.median(chain.ncc):
                piece = excerpt(self._clip.band, int(center) - half, 2 * half)
                heard = excerpt(self._heard.band, int(center + lag) - half, 2 * half)
                gains.append(np.sqrt((heard @ heard + 1e-9) / (piece @ piece + 1e-9)) * ncc)
        return float(np.clip(np.median(gains), 0.01, 100.0))

    def _refined(self, chain: Chain) -> Lags:
        """Lags of the anchors to a fraction of a sample, without those that say the same; the best anchor first."""
        length = min(1600, len(self._clip))
        found = []
        for at in np.argsort(-chain.ncc, kind="stable"):
            start = int(chain.centers[at]) - length // 2
            piece = excerpt(self._clip.band, start, length)
            found.append(self._refine(piece, start, round(float(chain.lags[at])), reach=6))
        return _distinct((), found)

    def _refine(self, piece: Samples, start: int, lag: int, *, reach: int) -> float:
        """The peak of the correlation within `reach` samples of a lag, between samples."""
        margin = 8
        width = reach + margin
        window = excerpt(self._heard.band, start + lag - width, len(piece) + 2 * width)
        correlation = np.correlate(window, piece, "valid")
        peak = margin + int(correlation[margin : margin + 2 * reach + 1].argmax())
        offsets = np.arange(-margin, margin + 1)
        near = correlation[peak - margin : peak + margin + 1] * np.hanning(2 * margin + 3)[1:-1]
        fine = np.linspace(-1.0, 1.0, 65)
        values = np.sinc(fine[:, None] - offsets[None, :]) @ near
        return lag + peak - width + float(fine[values.argmax()])

    def _costs(self, lags: Lags, gain: float) -> tuple[Samples, Samples]:
        """Cost of each frame at each lag, 0 to 1, [frames, lags]; and how much evidence each frame holds, 0 to 1."""
        frames = -(-len(self._clip) // FRAME)
        times = np.arange(frames * FRAME, dtype=np.float64)
        silence = FRAME * QUANTIZATION_RMS**2
        costs = np.empty((frames, len(lags)))
        weights = np.zeros(frames)
        for number, lag in enumerate(lags):
            shift = round(lag)
            clip = self._clip_between.at(times + shift - lag).reshape(-1, FRAME)
            heard = excerpt(self._heard.band, shift, frames * FRAME).reshape(-1, FRAME)
            clip_energy = (clip**2).sum(axis=1)
            common = (clip * heard).sum(axis=1)
            # An application may ride the gain; a frame may be up to 6 dB off the rest at no cost.
            own_gain = np.clip(common / (clip_energy + 1e-9), gain / 2, gain * 2)
            difference = (heard**2).sum(axis=1) - 2 * own_gain * common + own_gain**2 * clip_energy
            expected = own_gain**2 * clip_energy
            decibels = 10 * np.log10((np.maximum(difference, 0) + silence) / (expected + silence))
            weight = expected / (expected + 4 * silence)
            costs[:, number] = weight * (np.clip(decibels, BEST_DB, WORST_DB) - BEST_DB) / (WORST_DB - BEST_DB)
            weights = np.maximum(weights, weight)
        return costs, weights

    def _missing_lags(self, lags: Lags, path: NDArray[np.intp], costs: Samples, weights: Samples) -> list[float]:
        """Lags at which frames fit that fit nowhere on the path."""
        cost = costs[np.arange(len(path)), path]
        evident = weights > 0.5
        if not evident.any() or np.median(cost[evident]) > MISFIT:
            return []  # the whole clip differs from what was heard: its frames would fit anywhere
        found: list[float] = []
        for first, last in _stretches(evident & (cost > MISFIT), least=3)[:MISFITS_MAX]:
            around = [lags[path[max(first - 3, 0)]], lags[path[min(last + 3, len(path) - 1)]]]
            for start in range(first, max(last - 4, first + 1), 3):
                piece = start * FRAME, max(min(last - start, 6), 4) * FRAME
                found += self._lags_of_piece(*piece, min(around) - 800, max(around) + 800)
        return found

    def _lags_of_piece(self, start: int, length: int, lowest: float, highest: float) -> list[float]:
        piece = excerpt(self._clip.band, start, length)
        low, span = round(lowest), min(round(highest - lowest), 40_000)
        window = excerpt(self._heard.band, start + low, length + span)
        correlation = np.correlate(window, piece, "valid")
        energy = np.cumsum(np.concatenate(([0.0], window**2)))
        norm = np.sqrt(np.maximum(energy[length:] - energy[:-length], length) * (piece @ piece + 1e-9))
        ncc = correlation / norm
        best = [int(ncc.argmax())] if len(ncc) and ncc.max() > 0.7 else []
        return [self._refine(piece, start, low + at, reach=2) for at in best]

    def _fitted(self, run: Run, matching: NDArray[np.bool_]) -> Run:
        """Gauss-Newton on lag and, where the run is long enough to show one, slope; over matching samples."""
        edge = min(FRAME // 2, (run.stop - run.start) // 8)
        at = np.arange(run.start + edge, run.stop - edge, dtype=np.float64)
        kept = matching[run.start + edge : run.stop - edge]
        if kept.sum() < FRAME:
            return run
        middle, half = (run.start + run.stop) / 2, (run.stop - run.start) / 2
        fitted = run
        for _ in range(3):
            shift = fitted.shift
            times = at + shift - fitted.lags(at)
            clip = self._clip_between.at(times) * kept
            heard = excerpt(self._heard.band, int(at[0]) + shift, len(at)) * kept
            energy = float((clip * clip).sum())  # not `@`: BLAS would wake its threads for a sum, and spin
            gain = float((clip * heard).sum()) / (energy + 1e-9)
            if energy < len(at) or gain <= 0:
                return run  # nothing to fit
            turn = -gain * self._clip_between.slope_at(times) * kept
            basis = np.stack([turn, turn * (at - middle) / half] if kept.sum() > 4000 else [turn])
            normal = np.einsum("is,js->ij", basis, basis)
            normal += np.eye(len(normal)) * (1e-6 * np.trace(normal) + 1e-9)
            step = np.clip(np.linalg.solve(normal, np.einsum("is,s->i", basis, heard - gain * clip)), -0.5, 0.5)
            slope = fitted.slope + (float(step[1]) / half if len(step) > 1 else 0.0)
            fitted = replace(fitted, lag=fitted.lag + float(step[0]), slope=slope)
        return fitted

    def _exact_boundaries(self, runs: list[Run], gain: float) -> list[Run]:
        """Each neighbor pair meets at the sample that leaves the least difference; dropped samples lie between."""
        placed = [runs[0]]
        for after in runs[1:]:
            before = placed[-1]
            lost = max(0, round(before.lag_at(before.stop) - after.lag_at(after.start)))
            low = max(before.start, before.stop - BOUNDARY_SEARCH)
            high = min(after.stop, after.start + BOUNDARY_SEARCH)
            if high - low <= lost + 1:
                continue  # nothing of the later run is left once the drop is taken off
            ahead = np.concatenate(([0.0], np.cumsum(self._difference(before, low, high, gain))))
            behind = np.concatenate(([0.0], np.cumsum(self._difference(after, low, high, gain))))
            left = ahead[: len(ahead) - lost] - behind[lost:]
            end = low + int(left.argmin())
            placed[-1] = before.between(before.start, end)
            placed.append(after.between(min(end + lost, after.stop), after.stop))
        return [run for run in placed if run.stop > run.start]

    def _difference(self, run: Run, start: int, stop: int, gain: float) -> Samples:
        at = np.arange(start, stop, dtype=np.float64)
        clip = self._clip_between.at(at + run.shift - run.lags(at))
        difference: Samples = (excerpt(self._heard.band, start + run.shift, stop - start) - gain * clip) ** 2
        return difference

    def _alignment(self, runs: list[Run]) -> Alignment:
        length = len(self._clip)
        expected, observed = np.zeros(length), np.zeros(length)
        position = np.full(length, -1, np.intp)
        for run in runs:
            at = np.arange(run.start, run.stop, dtype=np.float64)
            expected[run.start : run.stop] = self._clip_between.at(at + run.shift - run.lags(at))
            observed[run.start : run.stop] = excerpt(self._heard.band, run.start + run.shift, run.stop - run.start)
            position[run.start : run.stop] = np.arange(run.start, run.stop) + run.shift
        position[(position < 0) | (position >= len(self._heard))] = -1
        return Alignment(tuple(runs), expected, observed, position)


def _distinct(known: Lags, more: list[float]) -> Lags:
    lags = list(known)
    for lag in more:
        if len(lags) < STATES_MAX and all(abs(lag - other) > SAME_LAG for other in lags):
            lags.append(lag)
    return tuple(lags)


def _matching(cost: Samples, weights: Samples) -> NDArray[np.bool_]:
    """Samples of frames that fit. Where most frames differ all count: then it is the format, not the place."""
    evident = weights > 0.5
    fits = cost < MISFIT
    if not evident.any() or np.median(cost[evident]) > MISFIT:
        fits = np.ones(len(cost), bool)
    return np.repeat(fits, FRAME)


def _cheapest_path(costs: Samples, lags: Lags) -> NDArray[np.intp]:
    """Viterbi: for each frame the number of its lag."""
    size = np.abs(np.subtract.outer(np.array(lags), np.array(lags)))
    steps = JUMP_COST + 0.2 * np.log2(np.maximum(size, SMALL_STEP) / SMALL_STEP)
    steps = np.where(size < SMALL_STEP, SMALL_JUMP_COST, steps)
    steps = np.where(size < DRIFT_STEP, DRIFT_COST, steps)
    np.fill_diagonal(steps, 0.0)
    total = costs[0]
    came_from = np.empty(costs.shape, np.intp)
    columns = np.arange(len(lags))
    for number in range(1, len(costs)):
        reach = total[:, None] + steps
        came_from[number] = reach.argmin(axis=0)
        total = reach[came_from[number], columns] + costs[number]
    path = np.empty(len(costs), np.intp)
    path[-1] = total.argmin()
    for number in range(len(costs) - 1, 0, -1):
        path[number - 1] = came_from[number, path[number]]
    return path


def _runs_of(path: NDArray[np.intp], lags: Lags, length: int) -> list[Run]:
    """Stretches whose lag moves by drift at most, with the line through their first and last lag."""
    at = np.array(lags)[path]
    breaks = np.flatnonzero(np.abs(np.diff(at)) > DRIFT_STEP) + 1
    runs = []
    for first, last in pairwise([0, *breaks.tolist(), len(path)]):
        piece = at[first:last]
        start, stop = first * FRAME, min(last * FRAME, length)
        slope = float(np.polyfit(np.arange(len(piece)), piece, 1)[0]) / FRAME if np.ptp(piece) > 0 else 0.0
        runs.append(Run(start, stop, float(piece.mean()), slope))
    return runs


def _stretches(flags: NDArray[np.bool_], *, least: int) -> list[tuple[int, int]]:
    """(first, past-the-last) of each stretch of at least `least` true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(first, last) for first, last in pairs if last - first >= least]
