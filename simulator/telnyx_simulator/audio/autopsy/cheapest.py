"""The cheapest way through states, frame by frame."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.telephone_band import Samples


def cheapest(costs: Samples, steps: Samples) -> NDArray[np.intp]:
    """Viterbi: for each frame the number of its state."""
    total = costs[0]
    came_from = np.empty(costs.shape, np.intp)
    columns, reach = np.arange(costs.shape[1]), np.empty_like(steps)
    for number in range(1, len(costs)):
        np.add(total, steps, out=reach)  # symmetric: [to, from]
        came_from[number] = reach.argmin(axis=1)
        total = reach[columns, came_from[number]] + costs[number]
    states = np.empty(len(costs), np.intp)
    states[-1] = total.argmin()
    for number in range(len(costs) - 1, 0, -1):
        states[number - 1] = came_from[number, states[number]]
    return states


def without_detours(states: NDArray[np.intp], costs: Samples, steps: Samples) -> NDArray[np.intp]:
    """Silence forgets the delay before it, and so opens a cheap way to any other. The price is asked for here: a run
    between two of one delay must explain more than that delay by what going there and back costs.
    """
    hush = len(steps)
    sounding = np.flatnonzero(states != hush)
    edges = [0, *(np.flatnonzero(np.diff(states[sounding])) + 1).tolist(), len(sounding)]
    runs = [sounding[first:last] for first, last in pairwise(edges) if last > first]
    for before, inside, after in zip(runs, runs[1:], runs[2:], strict=False):
        home, away = states[before[-1]], states[inside[0]]
        touching = inside[0] == before[-1] + 1 and after[0] == inside[-1] + 1
        if touching or home != states[after[0]] or home == away:
            continue
        gained = float((costs[inside, home] - costs[inside, away]).sum())
        if gained < 2 * steps[home, away]:
            states[inside] = home
    return states
