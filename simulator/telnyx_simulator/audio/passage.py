"""What became of the frames of a watermark on their way: which were lost, doubled, moved, and how late they came.

A *sighting* says "frame 17 was heard from sample 5003 on". Readers of the two watermarks (`tone_code`, `noise_code`)
propose more of them than there can be; `row` keeps the best that do not overlap, `passage` counts.
"""

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .telephone_band import RATE_HZ

FRAME: Final = 160
"""20 ms at 8000 Hz: a code word."""
_OVERLAP: Final = 16
"""Frames may overlap by this much (2 ms): no reader places them to the sample."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """`at`: the sample of the heard signal at which the frame begins. `index`: the frame's number as it was sent.
    `score`: what the sighting is worth, above 0."""

    at: int
    index: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Frames are named by the numbers under which they were sent, from 0."""

    sent: int
    heard: tuple[Sighting, ...]
    """In the order in which they were heard."""
    lost: tuple[int, ...]
    """Never heard."""
    unread: tuple[int, ...]
    """In whose place something was heard that cannot be read: damaged, not lost."""
    duplicated: tuple[int, ...]
    """One entry for each time beyond the first."""
    reordered: tuple[int, ...]
    """Heard out of turn: the fewest whose removal leaves all others in order."""
    latency_s: NDArray[np.float64]
    """Of each frame heard for the first time, in the order heard: moment heard less moment sent, both from the start
    of their signals."""


def row(candidates: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """The sightings of greatest total score that do not overlap, in order (weighted interval scheduling)."""
    ordered = sorted(candidates, key=lambda one: one.at)
    starts = [one.at for one in ordered]
    worth, chosen = [0.0], []
    for n, one in enumerate(ordered):
        before = bisect_left(starts, one.at - FRAME + _OVERLAP + 1, hi=n)
        taken = worth[before] + one.score
        chosen.append((taken > worth[n], before))
        worth.append(max(worth[n], taken))
    kept, n = [], len(ordered)
    while n:
        is_taken, before = chosen[n - 1]
        if is_taken:
            kept.append(ordered[n - 1])
        n = before if is_taken else n - 1
    return tuple(reversed(kept))


def passage(heard: Sequence[Sighting], sent: int) -> Passage:
    """What became of `sent` frames, by what was heard of them."""
    first: dict[int, Sighting] = {}
    duplicated = []
    for one in heard:
        if one.index in first:
            duplicated.append(one.index)
        else:
            first[one.index] = one
    unread = _unread(heard, first.keys(), sent)
    once = list(first.values())
    return Passage(
        sent=sent,
        heard=tuple(heard),
        lost=tuple(index for index in range(sent) if index not in first and index not in unread),
        unread=tuple(sorted(unread)),
        duplicated=tuple(duplicated),
        reordered=_out_of_turn([one.index for one in once]),
        latency_s=np.array([(one.at - one.index * FRAME) / RATE_HZ for one in once]),
    )


def _unread(heard: Sequence[Sighting], known: Iterable[int], sent: int) -> set[int]:
    """Frames missing between two sightings that lie as far apart as they were sent: something stood in their place."""
    missing = set(range(sent)) - set(known)
    unread: set[int] = set()
    for before, after in itertools.pairwise(heard):
        apart = round((after.at - before.at) / FRAME)
        if apart == after.index - before.index > 1:
            unread |= missing & set(range(before.index + 1, after.index))
    return unread


def _out_of_turn(indices: Sequence[int]) -> tuple[int, ...]:
    """What a longest increasing subsequence leaves out (patience sorting)."""
    tails: list[int] = []
    ends: list[int] = []
    previous = []
    for n, index in enumerate(indices):
        place = bisect_left(tails, index)
        previous.append(ends[place - 1] if place else -1)
        tails[place:], ends[place:] = [index, *tails[place + 1 :]], [n, *ends[place + 1 :]]
    kept, n = set(), ends[-1] if ends else -1
    while n >= 0:
        kept.add(n)
        n = previous[n]
    return tuple(index for n, index in enumerate(indices) if n not in kept)
