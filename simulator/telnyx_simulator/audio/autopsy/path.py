"""Which moment of the reference was heard at each moment: the frame path.

Theory of operation. The heard signal is cut into frames of 5 ms. Each was either taken from the reference, at some
delay, or is silence. The delays that come into question are where segments of it were found (see `search`); a Viterbi
search chooses among them, frame by frame, by what each leaves unexplained of what was heard, and pays for every change.
Frames that are silent on both sides explain nothing and cost nothing under any delay.

Low-rate codecs rebuild speech only in rough likeness, so what a frame leaves unexplained is weighed against what this
path leaves unexplained as a rule.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.autopsy.cheapest import cheapest, without_detours
from telnyx_simulator.audio.autopsy.quarters import FINE, Quarters
from telnyx_simulator.audio.autopsy.search import SEGMENT, Segments, all_starts, said_again
from telnyx_simulator.audio.telephone_band import Samples, Signal, fast_length

FRAME: Final = 40
"""5 ms at 8000 Hz."""
SILENT: Final = -1
"""The state of a frame that is silence; other states are positions in `Path.delays`."""
DELAYS_MAX: Final = 80
FOUND_NCC_MIN: Final = 0.5
QUIET_DB: Final = 35.0
"""Frames this far below the loud ones are silence: no codec is to be trusted with them."""
QUANTIZATION_RMS: Final = 8.0
"""Noise that G.711 adds to quiet speech."""
JUMP_COST: Final = 1.1
WORST: Final = float(np.log1p(1 / 0.3))
"""The evidence that one frame of a low-rate codec can give. Better codecs give more: a change needs fewer frames."""
FAR_COST: Final = 0.7
"""More for each doubling of a change beyond 20 ms: far away everything is to be found."""
NUDGE_COST: Final = 0.8
"""A change of delay up to 2.5 ms: clocks and jitter buffers make them."""
DRIFT_COST: Final = 0.05
HUSH_COST: Final = 0.7
HUSH_FRAME_COST: Final = 2e-4
"""Where both explain as much, a delay is preferred to silence."""
OWN_GAIN: Final = 1.6
"""A frame's own gain may be this factor off at no cost."""
MISFIT: Final = 0.35
"""Cost of a frame from which on its delay is doubted."""
HOPELESS: Final = 0.7
"""Median cost of a path over the wrong reference."""
POLARITY_SEGMENTS: Final = 12
TURNED_OVER: Final = 1.03
"""A steady tone agrees as well with itself turned over, half a period later."""
HALF_PERIOD: Final = 14
"""Samples, of 300 Hz: so far from its place a steady vowel seems to be turned over."""
REACH: Final = 800
"""Samples around the delay of its neighbors in which the right one of a doubtful frame is sought."""
_A_FRAME_OFF: Final = (REACH - 160, REACH + 160)
"""20 ms earlier and later, in that window: there are frames that were repeated or swapped, though in a steady vowel
other places fit as well."""
PIECE_NCC_MIN: Final = 0.6
DOUBTS_MAX: Final = 120
NUDGE: Final = 20 * FINE
LATE: Final = 480 * FINE
DRIFT: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """One way to explain a heard signal by a reference, frame by frame of 5 ms of what was heard."""

    delays: NDArray[np.intp]
    """Quarters of a sample at 8000 Hz by which the heard signal lags behind the reference."""
    states: NDArray[np.intp]
    """[frames] positions in `delays`, or SILENT."""
    at: NDArray[np.intp]
    """[frames] the delay; that of the last sound where it is silent."""
    heard: Samples
    """[frames] energy of what was heard."""
    expected: Samples
    """[frames] energy of the reference under this path, at the heard level; under SILENT that of the delay around."""
    residual: Samples
    """[frames] energy that stays unexplained."""
    quiet: float
    """Energy of a frame below which it counts as silent."""
    noise: float
    """Energy of a frame of what a pause holds beside the reference."""
    gain: float
    """Factor from the reference to what was heard; negative where the polarity is turned over."""
    jumps: int

    @property
    def active(self) -> NDArray[np.bool_]:
        """[frames] whether there was anything to explain."""
        return np.maximum(self.heard, self.expected) > 4 * self.quiet

    @property
    def fit_db(self) -> float:
        """How much of an active frame is explained, on average: 30 for G.711, about 10 for Opus, 2 for other speech.

        Silence explains nothing, and each change of delay must be paid for.
        """
        active = self.heard > 4 * self.quiet
        if not active.any():
            return 0.0
        whole = self.heard[active]
        left = self.residual[active] + 1e-3 * whole + self.quiet / 4
        return float(10 * np.log10(np.maximum(whole / left, 1e-2)).mean()) - 8.0 * self.jumps / float(active.sum())


def find_path(reference: Signal, heard: Signal, *, floor_rms: float = 0.0) -> Path:
    """The cheapest path. No frame of the reference fainter than `floor_rms` tells anything."""
    segments = Segments(heard.half, all_starts(heard.half))
    ncc, place = segments.places_in_order(reference.half)
    best = np.abs(ncc).argmax(axis=1)
    rows = np.arange(len(best))
    top = np.abs(ncc[rows, best])
    sought = top > 0  # of other sound only some segments are
    trusted = sought & (top >= min(FOUND_NCC_MIN, float(np.percentile(top[sought], 70)))) if sought.any() else top >= 0
    rough = (segments.starts - place[rows, best])[trusted]
    starts, top = segments.starts[trusted], top[trusted]
    again = said_again(ncc[trusted], segments.starts[trusted, None] - place[trusted], rough)
    rough = (2 * np.concatenate([rough, again[1]])).astype(np.intp)
    starts = (2 * np.concatenate([starts, starts[again[0]]])).astype(np.intp)
    top = np.concatenate([top, top[again[0]]])
    view = _View(reference, heard)
    sign = view.polarity(rough, starts, top)
    delays = view.refined(rough, starts, top, sign)
    return view.path(delays, sign, floor_rms)


class _View:
    """Both signals in frames, and the costs of delays between them."""

    __slots__ = ("_fine", "_frames", "_heard", "_heard_energy", "_length", "_reference")

    def __init__(self, reference: Signal, heard: Signal) -> None:
        self._length = len(reference)
        self._fine = Quarters(reference.band)
        self._reference = reference.band
        count = -(-len(heard) // FRAME)
        padded = np.zeros(count * FRAME)
        padded[: len(heard)] = heard.band
        self._heard = padded
        self._frames = padded.reshape(-1, FRAME)
        self._heard_energy = (self._frames**2).sum(axis=1)

    def polarity(self, delays: NDArray[np.intp], starts: NDArray[np.intp], ncc: Samples) -> float:
        """-1 if it is turned over. At half the rate, a peak between two samples is no higher than dips beside it."""
        highest = lowest = 0.0
        for at in np.argsort(-ncc)[:POLARITY_SEGMENTS].tolist():
            scores = self._near(int(delays[at]), int(starts[at]), 2 * SEGMENT)
            highest, lowest = highest + float(scores.max()), lowest - float(scores.min())
        return -1.0 if lowest > TURNED_OVER * highest else 1.0

    def _near(self, delay: int, start: int, length: int) -> Samples:
        """What was heard times the reference, at each delay up to HALF_PERIOD around one, the longest delay first."""
        piece = self._heard[start : start + length]
        window = self._shifted(FINE * (delay + HALF_PERIOD), start, len(piece) + 2 * HALF_PERIOD)
        return np.correlate(window, piece, "valid")

    def _exact(self, delay: int, start: int, length: int, sign: float) -> int:
        """The delay, in quarters of a sample, at which what was heard fits best near one."""
        middle = delay + HALF_PERIOD - int((sign * self._near(delay, start, length)).argmax())
        piece = self._heard[start : start + length]
        return self._best_near(FINE * middle, start, piece, sign)

    def _best_near(self, delay: int, start: int, piece: Samples, sign: float) -> int:
        """The delay, up to a sample around one, at which a piece of what was heard fits best."""
        around = range(delay - FINE, delay + FINE + 1)
        rows = np.stack([self._shifted(one, start, len(piece)) for one in around])
        return around[int((sign * np.einsum("ds,s->d", rows, piece)).argmax())]

    def refined(
        self, delays: NDArray[np.intp], starts: NDArray[np.intp], ncc: Samples, sign: float
    ) -> NDArray[np.intp]:
        """Delays, in quarters of a sample, each found by many or by good segments; the best supported first."""
        votes: dict[int, float] = {}
        for delay, start, weight in zip(delays.tolist(), starts.tolist(), ncc.tolist(), strict=True):
            exact = self._exact(delay, start, 2 * SEGMENT, sign)
            votes[exact] = votes.get(exact, 0.0) + weight**4
        ranked = sorted(votes, key=lambda delay: -votes[delay])
        kept: list[int] = []
        for delay in [*ranked[: DELAYS_MAX - 1], self._overall(sign), *ranked[DELAYS_MAX - 1 :]]:
            if len(kept) < DELAYS_MAX and all(abs(delay - other) > 1 for other in kept):
                kept.append(delay)
        return np.array(sorted(kept), np.intp)

    def _overall(self, sign: float) -> int:
        """The delay, in quarters of a sample, at which all of both agrees best. Of a tone a piece fits anywhere."""
        length = fast_length(self._length + len(self._heard))
        spectrum = np.fft.rfft(self._heard, length) * np.fft.rfft(self._reference, length).conj()
        agreed = np.fft.irfft(spectrum, length)
        delay = int((sign * agreed).argmax())
        delay -= length if delay >= len(self._heard) else 0
        return self._best_near(FINE * delay, 0, self._heard, sign)

    def path(self, delays: NDArray[np.intp], sign: float, floor_rms: float) -> Path:
        """The cheapest path over these delays, and over those at which frames fit that fit none of them."""
        loud = float(np.percentile(self._heard_energy, 95))
        quiet = max(loud * 10 ** (-QUIET_DB / 10), FRAME * 16.0)
        dot, energy = self._products(delays, sign)
        gain = self._gain(dot, energy, quiet)
        quiet = max(quiet, min(FRAME * (gain * floor_rms) ** 2, loud / 10) / 4)  # four times as much is active
        states, costs = self._search(delays, dot, energy, gain, quiet)
        more = self._missing(delays, states, costs, sign, quiet)
        if len(more):
            delays = np.concatenate([delays, more])
            more_dot, more_energy = self._products(more, sign)
            dot, energy = np.hstack([dot, more_dot]), np.hstack([energy, more_energy])
            states, costs = self._search(delays, dot, energy, gain, quiet)
        return self._explained(delays, states, dot, energy, gain, quiet, sign)

    def _explained(
        self,
        delays: NDArray[np.intp],
        states: NDArray[np.intp],
        dot: Samples,
        energy: Samples,
        gain: float,
        quiet: float,
        sign: float,
    ) -> Path:
        rows = np.arange(len(states))
        silent = states == SILENT
        on = _carried(states)
        left = self._left(dot, energy, gain)[rows, on]
        sounding = delays[states[~silent]]
        jumps = int((np.abs(np.diff(sounding)) > NUDGE).sum())
        return Path(
            delays=delays,
            states=states,
            at=delays[on],
            heard=self._heard_energy,
            expected=energy[rows, on] * gain**2,
            residual=np.where(silent, self._heard_energy, left),
            quiet=quiet,
            noise=self._noise(self._left(dot, energy, gain), quiet),
            gain=sign * gain,
            jumps=jumps,
        )

    def _missing(
        self, delays: NDArray[np.intp], states: NDArray[np.intp], costs: Samples, sign: float, quiet: float
    ) -> NDArray[np.intp]:
        """Delays at which frames fit that fit nowhere on the path."""
        doubtful = costs > MISFIT
        sounding = self._heard_energy > 4 * quiet
        if not sounding.any() or np.median(costs[sounding]) > HOPELESS:
            return np.zeros(0, np.intp)  # it is not this reference: its frames would fit anywhere
        doubtful[1:-1] |= doubtful[:-2] & doubtful[2:]
        at = delays[_carried(states)]
        found: list[int] = []
        early: list[int] = []  # of a frame that comes late, the one with which it may have changed places
        for first, last in stretches(doubtful, least=2)[:DOUBTS_MAX]:
            # An event may begin anywhere within its first frame.
            begins = (first, first + 1) if last - first < 7 else range(first, last, 4)
            for begin in begins:
                end = min(begin + 4, max(last, begin + 3), len(states))
                if end - begin >= 3:
                    places = self._places(begin * FRAME, (end - begin) * FRAME, int(at[begin]), sign)
                    found += places
                    early += [2 * int(at[begin]) - one for one in places if NUDGE < one - at[begin] <= LATE]
        return np.array([one for one in dict.fromkeys(found + early) if one not in delays][:DELAYS_MAX], np.intp)

    def _places(self, start: int, length: int, delay: int, sign: float) -> list[int]:
        """Where in the reference, near a delay, a short piece of what was heard best comes from."""
        piece = self._heard[start : start + length]
        low = -(-delay // FINE) - REACH
        window = self._shifted(FINE * (low + 2 * REACH), start, len(piece) + 2 * REACH)
        correlation = sign * np.correlate(window, piece, "valid")
        total = np.concatenate(([0.0], np.cumsum(window**2)))
        energy = total[len(piece) :] - total[: -len(piece)]
        ncc = correlation / np.sqrt((energy + 0.01 * energy.max(initial=1.0)) * float((piece**2).sum()) + 1e-9)
        found = []
        for first, last in ((0, len(ncc)), *((at - FRAME // 4, at + FRAME // 4) for at in _A_FRAME_OFF)):
            peak = first + int(ncc[first:last].argmax())
            if ncc[peak] < PIECE_NCC_MIN:
                continue
            found.append(self._best_near(FINE * (low + 2 * REACH - peak), start, piece, sign))
        return found

    def _products(self, delays: NDArray[np.intp], sign: float) -> tuple[Samples, Samples]:
        """[frames, delays]: the product of what was heard with the reference at each delay, and the latter's energy."""
        dot = np.empty((len(self._frames), len(delays)))
        energy = np.empty_like(dot)
        for number, delay in enumerate(delays.tolist()):
            clip = self._shifted(delay, 0, len(self._heard)).reshape(-1, FRAME)
            dot[:, number] = sign * np.einsum("fs,fs->f", self._frames, clip)
            energy[:, number] = np.einsum("fs,fs->f", clip, clip)
        return dot, energy

    def _shifted(self, delay: int, start: int, length: int) -> Samples:
        """The reference as it sounds at `start` of the heard signal when it lags by `delay` quarters of a sample."""
        first = FINE * start - delay
        phase, at = first % FINE, first // FINE
        row = self._fine.row(phase)
        if at >= 0 and at + length <= len(row):
            return row[at : at + length]
        out = np.zeros(length)
        begin, end = max(at, 0), min(at + length, len(row))
        if end > begin:
            out[begin - at : end - at] = row[begin:end]
        return out

    def _inside(self, delays: NDArray[np.intp]) -> NDArray[np.bool_]:
        """[frames, delays]: whether the frame lies within the reference. Outside there is but silence."""
        at = np.arange(len(self._frames))[:, None] * FRAME - delays // FINE
        return np.asarray((at > -FRAME) & (at < self._length))

    def _gain(self, dot: Samples, energy: Samples, quiet: float) -> float:
        """From the frames that fit best."""
        ncc = dot / np.sqrt(energy * self._heard_energy[:, None] + quiet**2)
        best = ncc.argmax(axis=1)
        rows = np.arange(len(best))
        good = (self._heard_energy > 4 * quiet) & (ncc[rows, best] > 0.5)
        if not good.any():
            return 1.0
        ratio = self._heard_energy[good] / np.maximum(energy[rows, best][good], 1e-9)
        return float(np.sqrt(np.median(ratio)))

    def _left(self, dot: Samples, energy: Samples, gain: float) -> Samples:
        """[frames, delays]: unexplained energy."""
        own = np.clip(dot / np.maximum(energy, 1e-9), gain / OWN_GAIN, gain * OWN_GAIN)
        left: Samples = np.maximum(self._heard_energy[:, None] - 2 * own * dot + own**2 * energy, 0.0)
        return left

    def _noise(self, left: Samples, quiet: float) -> float:
        """Energy of what a pause holds beside the reference."""
        pause = (self._heard_energy < quiet) & (self._heard_energy > 0)
        floor = float(np.median(left[pause].min(axis=1))) if pause.sum() > 10 else quiet / 10
        return min(max(2 * floor, FRAME * QUANTIZATION_RMS**2), quiet)

    def _search(
        self, delays: NDArray[np.intp], dot: Samples, energy: Samples, gain: float, quiet: float
    ) -> tuple[NDArray[np.intp], Samples]:
        """The states of the cheapest path, and what each of its frames costs."""
        left = self._left(dot, energy, gain)
        level = np.maximum(_around(self._heard_energy), quiet)[:, None]
        share = (left / np.maximum(self._heard_energy[:, None], quiet)).min(axis=1)
        loud = self._heard_energy > 10 * quiet
        usual = float(np.clip(np.median(share[loud]) if loud.any() else 0.3, 3e-3, 0.3))
        ground = usual * level + self._noise(left, quiet)
        worst = float(np.log1p(1 / usual))
        costs = np.minimum(np.log1p(left / ground) / worst, 1.5)
        hush = np.minimum(np.log1p(self._heard_energy[:, None] / ground) / worst, 1.5) + HUSH_FRAME_COST
        costs = np.where(self._inside(delays), costs, hush + HUSH_FRAME_COST)
        costs = np.hstack([costs, hush])
        size = np.abs(np.subtract.outer(delays, delays)).astype(np.float64)
        far = JUMP_COST * (WORST / worst) ** 0.5 + FAR_COST * np.log2(np.maximum(size / (8 * NUDGE), 1.0))
        steps = np.where(size <= DRIFT, DRIFT_COST, np.where(size <= NUDGE, NUDGE_COST, far))
        np.fill_diagonal(steps, 0.0)
        whole = np.full((len(delays) + 1, len(delays) + 1), HUSH_COST)
        whole[:-1, :-1] = steps
        whole[-1, -1] = 0.0
        states = cheapest(costs, whole)
        states = without_detours(states, costs, steps)
        paid = costs[np.arange(len(states)), states]
        return np.where(states == len(delays), SILENT, states), paid


def warped(band: Samples, path: Path) -> Samples:
    """[frames, 40] another signal of the reference's time, as it would sound along the path, at its own level."""
    fine, frames = Quarters(band), np.zeros((len(path.at), FRAME))
    first = FINE * np.arange(0, len(path.at) * FRAME, FRAME) - path.at
    for phase in np.unique(first % FINE).tolist():
        padded = np.pad(fine.row(phase), FRAME)
        rows = np.flatnonzero(first % FINE == phase)
        place = np.clip(first[rows] // FINE + FRAME, 0, len(band) + FRAME)
        frames[rows] = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[place]
    return frames


def stretches(flags: NDArray[np.bool_], *, least: int) -> list[tuple[int, int]]:
    """(first, past-the-last) of each stretch of at least `least` true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(first, last) for first, last in pairs if last - first >= least]


def _carried(states: NDArray[np.intp]) -> NDArray[np.intp]:
    """The states, in silence that of the last sound; before the first sound its own."""
    sounding = np.flatnonzero(states != SILENT)
    if len(sounding) == 0:
        return np.zeros_like(states)
    last = np.maximum.accumulate(np.where(states == SILENT, sounding[0], np.arange(len(states))))
    return states[last]


def _around(energy: Samples) -> Samples:
    """The largest of each frame and its neighbors up to 10 ms away."""
    padded = np.pad(energy, 2, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 5).max(axis=1), np.float64)
