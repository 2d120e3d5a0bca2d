"""Frames are lost: each for itself, in bursts (Gilbert), or in bursts that let some through (four states).

Theory of operation. A Markov chain takes one step a frame. States: GAP (received), BURST_LOST and BURST_RECEIVED within
a burst, ISOLATED (lost, alone). A burst begins and ends with a loss.

* `burst` alone, of `b` frames in a row: the chain of Gilbert, BURST_LOST -> GAP with `r = 1/b` and GAP -> BURST_LOST
  with `p = r L / (1 - L)`, so that the share of lost frames is `p / (p + r) = L` (study 5.2; E. N. Gilbert, 1960).
* `density` as well: bursts are stretches of `b` frames of which only so many are lost: the model of Elliott with
  `1 - h = density`, and with `isolated` (this share of all frames is lost outside of bursts) the four-state model of
  Salsano, Ludovici, Ordine and Giannuzzi, as `netem loss state` has it. Within a burst losses are independent.
* no `burst`: each frame for itself.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from telnyx_simulator.draws import Draws
from telnyx_simulator.media.impairments.chance import uniforms
from telnyx_simulator.media.impairments.fates import NONE, Fates, Flags

_GAP, _BURST_LOST, _BURST_RECEIVED, _ISOLATED = range(4)
_LOST: Final = np.array([False, True, False, True])


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Probabilities of leaving a state, a frame: named by where from and where to."""

    gap_to_burst: float
    gap_to_isolated: float = 0.0
    lost_to_gap: float
    lost_to_received: float = 0.0
    received_to_lost: float = 0.0

    @property
    def begins_in_burst(self) -> float:
        """The share of BURST_LOST among all frames, with which the chain begins: it has no time to settle."""
        lost = self.gap_to_burst / self.lost_to_gap
        received = lost * self.lost_to_received / self.received_to_lost if self.received_to_lost else 0.0
        return lost / (1 + self.gap_to_isolated + lost + received)


def why_not(*, ratio: float, burst: float | None, density: float | None, isolated: float | None) -> str | None:
    """Why no chain has these figures; None if there is one."""
    if burst is None:
        if density is not None or isolated is not None:
            return "'density' and 'isolated' are of bursts; say how long they are: burst: 8"
        return None
    within = 1.0 if density is None else density
    alone = isolated or 0.0
    if alone >= ratio:
        return "'isolated' is a part of the loss, and less than all of it"
    in_bursts = (ratio - alone) / within
    in_gaps = 1 - alone - in_bursts
    if in_gaps <= 0:
        return f"bursts that lose {within:.0%} of their frames cannot come to a loss of {ratio:.0%}"
    if burst * within < 1:
        return f"a burst of {burst:g} frames that loses {within:.0%} of them loses none"
    if in_bursts / burst + alone > in_gaps:
        return f"bursts of {burst:g} frames are too short for a loss of {ratio:.0%}: there would be no gap between them"
    return None


def chain_of(*, ratio: float, burst: float, density: float | None = None, isolated: float | None = None) -> Chain:
    """The chain with these figures in the long run. ValueError: there is none (`why_not`)."""
    if problem := why_not(ratio=ratio, burst=burst, density=density, isolated=isolated):
        raise ValueError(problem)
    within, alone = 1.0 if density is None else density, isolated or 0.0
    in_bursts = (ratio - alone) / within
    in_gaps = 1 - alone - in_bursts
    ends = 1 / (burst * within)
    return Chain(
        gap_to_burst=in_bursts / burst / in_gaps,
        gap_to_isolated=alone / in_gaps,
        lost_to_gap=ends,
        lost_to_received=(1 - within) * (1 - ends),
        received_to_lost=within * (1 - ends),
    )


class Loss:
    """`ratio` of the frames; `burst` in frames, see above."""

    def __init__(
        self,
        draws: Draws,
        *,
        ratio: float,
        burst: float | None = None,
        density: float | None = None,
        isolated: float | None = None,
    ) -> None:
        self._draws = draws
        self._ratio = ratio
        self._chain = None if burst is None else chain_of(ratio=ratio, burst=burst, density=density, isolated=isolated)
        self._state: int | None = None

    def apply(self, fates: Fates) -> None:
        lose(fates, self._lost(fates.first, len(fates)), self._draws, self._ratio)

    def _lost(self, first: int, count: int) -> Flags:
        drawn = uniforms(self._draws, "lost", first, count)
        if self._chain is None:
            return drawn < self._ratio
        states = np.empty(count, np.intp)
        state = self._begin(self._chain) if self._state is None else self._state
        for n, chance in enumerate(drawn.tolist()):
            state = _next(self._chain, state, chance)
            states[n] = state
        self._state = state
        return _LOST[states]

    def _begin(self, chain: Chain) -> int:
        return _BURST_LOST if self._draws.uniform("begins") < chain.begins_in_burst else _GAP


def _next(chain: Chain, state: int, chance: float) -> int:
    if state == _GAP:
        if chance < chain.gap_to_burst:
            return _BURST_LOST
        return _ISOLATED if chance < chain.gap_to_burst + chain.gap_to_isolated else _GAP
    if state == _BURST_LOST:
        if chance < chain.lost_to_gap:
            return _GAP
        return _BURST_RECEIVED if chance < chain.lost_to_gap + chain.lost_to_received else _BURST_LOST
    if state == _BURST_RECEIVED:
        return _BURST_LOST if chance < chain.received_to_lost else _BURST_RECEIVED
    return _GAP


def lose(fates: Fates, lost: Flags, draws: Draws, ratio: float) -> None:
    """Take these frames away. A copy that comes after them is lost for itself, and else stands in for its frame."""
    twice = fates.copy_us != NONE
    if twice.any():
        gone = twice & (uniforms(draws, "copy lost", fates.first, len(fates)) < ratio)
        fates.copy_us[gone] = NONE
        saved = twice & ~gone & lost & ~fates.lost
        fates.delay_us[saved] = fates.copy_us[saved]
        fates.copy_us[saved] = NONE
        lost = lost & ~saved
    fates.lost |= lost
    fates.copy_us[fates.lost] = NONE
