"""Where pieces of what was heard come from in a reference: the best places of many short segments.

Theory of operation. Speech that went through any codec correlates, band-limited, at .9 and more with where it came
from, whatever was dropped, doubled or delayed around it; other speech and wrong formats do not. So a short segment of
the heard signal, slid along the whole reference, says at once whether and where it was taken from. At half the rate
(300-1700 Hz), in blocks of one length, so that the segments are transformed once for all hypotheses.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.telephone_band import Samples

SEGMENT: Final = 480
"""120 ms at 4000 Hz: longer ones seldom lie between two lost frames of ten, shorter ones fit too many places."""
BLOCK: Final = 4096
HOP: Final = BLOCK - SEGMENT
FLOOR: Final = 0.003
"""Of the loudest energy: a segment of near silence correlates with any other."""

ALIKE: Final = 0.9
"""Of the best correlation: a place between two samples reaches no more."""
COMMON: Final = 3
BLOCKS_OF_SHORT: Final = 24
"""22 s: what is no longer is sought everywhere."""
ANCHORS: Final = 80
ANCHORS_AROUND: Final = 3
"""To either side: one alone may have been found where it does not belong."""
ANCHORS_MIN: Final = 8
ANCHOR_NCC_MIN: Final = 0.5
REACH: Final = 4000
"""1 s: beside where those around were found."""


class Segments:
    """Some segments of a heard signal at 4000 Hz, ready to be sought in many references."""

    __slots__ = ("_energies", "_spectra", "starts")

    def __init__(self, half: Samples, starts: NDArray[np.intp]) -> None:
        from scipy import fft  # three times as fast as numpy's, and it takes long to load

        self.starts = starts
        pieces = np.stack([half[at : at + SEGMENT] for at in starts]).astype(np.float32)
        self._energies = (pieces**2).sum(axis=1)
        self._spectra = fft.rfft(pieces, BLOCK, axis=1).conj()

    def places(
        self, half: Samples, within: Sequence[slice] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
        """For each segment [segments, blocks]: the best correlation in each block of the reference, and its place.

        Correlations are normalized and signed; a place is in samples at 4000 Hz, and below zero where the segment
        begins before the reference does. `within` says for each segment in which blocks it is sought; elsewhere its
        correlation is 0.
        """
        from scipy import fft

        blocks = _blocks(half)
        padded = np.zeros(blocks * HOP + BLOCK, np.float32)
        padded[SEGMENT : SEGMENT + len(half)] = half
        rows = np.lib.stride_tricks.sliding_window_view(padded, BLOCK)[: blocks * HOP : HOP]
        spectra = fft.rfft(rows, axis=1)
        total = np.concatenate(([0.0], np.cumsum(padded.astype(np.float64) ** 2)))
        energy = (total[SEGMENT:] - total[:-SEGMENT])[: blocks * HOP].reshape(blocks, HOP)
        energy = energy + FLOOR * energy.max(initial=1.0)
        root = (1 / np.sqrt(energy)).astype(np.float32)
        best = np.zeros((len(self.starts), blocks), np.float32)
        offsets = np.arange(blocks) * HOP - SEGMENT
        place = np.tile(offsets, (len(self.starts), 1))
        for number, spectrum in enumerate(self._spectra):
            some = within[number] if within else slice(0, blocks)
            correlation = fft.irfft(spectra[some] * spectrum, BLOCK, axis=1)[:, :HOP] * root[some]
            peak = np.abs(correlation).argmax(axis=1)
            best[number, some] = _summit(correlation, peak)
            place[number, some] += peak
        return best / np.sqrt(self._energies + 1e-9)[:, None], place

    def places_in_order(self, half: Samples) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
        """`places`, of a long sound in a time that grows with its length, not with its square.

        Some segments are sought everywhere, each of the others where those before and after it were found. Where
        none of them is found, this is other sound, and the others are not sought at all.
        """
        blocks = _blocks(half)
        if blocks <= BLOCKS_OF_SHORT or len(self.starts) <= ANCHORS:
            return self.places(half)
        anchors = np.linspace(0, len(self.starts) - 1, ANCHORS).astype(np.intp)
        everywhere = [slice(0, 0)] * len(self.starts)
        for at in anchors.tolist():
            everywhere[at] = slice(0, blocks)
        ncc, place = self.places(half, everywhere)
        strength = np.abs(ncc[anchors])
        found = strength.max(axis=1) >= ANCHOR_NCC_MIN
        if found.sum() < ANCHORS_MIN:
            return ncc, place
        known = anchors[found]
        delays = self.starts[known] - place[known, strength[found].argmax(axis=1)]
        within = []
        for at, start in enumerate(self.starts.tolist()):
            after = int(np.searchsorted(known, at))
            around = delays[max(after - ANCHORS_AROUND, 0) : after + ANCHORS_AROUND]
            low, high = start - int(around.max()) - REACH, start - int(around.min()) + REACH
            within.append(slice(max((low + SEGMENT) // HOP, 0), max((high + SEGMENT) // HOP + 1, 0)))
        return self.places(half, within)


def _blocks(half: Samples) -> int:
    return max(1, -(-(len(half) + SEGMENT) // HOP))


def _summit(rows: NDArray[np.float32], peak: NDArray[np.intp]) -> NDArray[np.float32]:
    """The height of each row's peak between its samples, by a parabola: half a sample costs .1 where all is noise."""
    count = np.arange(len(rows))
    before = rows[count, np.maximum(peak - 1, 0)]
    here = rows[count, peak]
    after = rows[count, np.minimum(peak + 1, rows.shape[1] - 1)]
    bend = 2 * here - before - after
    inside = (np.abs(bend) > 1e-6) & (peak > 0) & (peak < rows.shape[1] - 1)
    height = here + np.where(inside, (after - before) ** 2 / np.where(inside, 8 * bend, 1.0), 0.0)
    return np.clip(height, -1.5 * np.abs(here), 1.5 * np.abs(here)).astype(np.float32)


def loud_starts(half: Samples, count: int) -> NDArray[np.intp]:
    """Starts of the loudest segment in each of `count` equal parts of the sound between its first and last word."""
    hop = SEGMENT // 4
    if len(half) < SEGMENT:
        return np.zeros(1, np.intp)
    energy = np.lib.stride_tricks.sliding_window_view(half**2, SEGMENT)[::hop].sum(axis=1)
    active = np.flatnonzero(energy > np.percentile(energy, 95) * 10 ** (-2.0))
    parts = np.array_split(active, min(count, len(active)))
    return np.array([part[energy[part].argmax()] * hop for part in parts], np.intp)


def all_starts(half: Samples, hop: int = SEGMENT // 2) -> NDArray[np.intp]:
    """Starts of segments all over the signal, those in silence left out."""
    if len(half) < SEGMENT:
        return np.zeros(1, np.intp)
    energy = np.lib.stride_tricks.sliding_window_view(half**2, SEGMENT)[::hop].sum(axis=1)
    return np.flatnonzero(energy > np.percentile(energy, 95) * 10 ** (-3.0)) * hop


def said_again(
    ncc: NDArray[np.float32], delays: NDArray[np.intp], best: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Segments that fit as well elsewhere, at a delay at which most of the sound fits; and that delay for each.

    Of words that the reference says twice, the best place of a piece may be the wrong one, for all pieces. `ncc` and
    `delays` are [segments, blocks], `best` the delay of the best place of each.
    """
    alike = np.abs(ncc) >= ALIKE * np.abs(ncc).max(axis=1, keepdims=True)
    values, counts = np.unique(delays[alike] // 2, return_counts=True)
    segments, places = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for common in 2 * values[np.argsort(-counts, kind="stable")[:COMMON]]:
        near = alike & (np.abs(delays - common) <= 2)
        missed = np.flatnonzero(near.any(axis=1) & (np.abs(best - common) > 2))
        segments.append(missed)
        places.append(delays[missed, near[missed].argmax(axis=1)])
    return np.concatenate(segments), np.concatenate(places)
