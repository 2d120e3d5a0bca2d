"""Frames are late by more and by less, as in a queue: none overtakes another (that is `reorder`).

The amount is the standard deviation of a delay. `uniform` reaches from none to 3.5 times of it. `normal` has a mean of
three times of it, so that one frame in 700 would have to come early and comes in time. `pareto` (Lomax with a shape of
3, its tail cut off at 14 times of it) has most frames almost in time and a few very late (study 5.3). With
`correlation` each delay resembles the one before: `x = rho x' + sqrt(1 - rho^2) drawn`, which keeps the spread and, for
`normal`, the shape.
"""

from typing import Final

import numpy as np

from telnyx_simulator.draws import Draws
from telnyx_simulator.media.impairments.chance import Numbers, normals, uniforms
from telnyx_simulator.media.impairments.fates import NONE, Fates

SHAPES: Final = ("normal", "uniform", "pareto")
# Lomax: P(X > x) = (1 + x) ** -3 up to where it is cut off, and what mean and deviation are left of it then.
_PARETO: Final = 3.0
_PARETO_MOST: Final = 10.0
_PARETO_MEAN: Final = (1 - (1 + _PARETO_MOST) ** -2) / 2
_PARETO_SQUARE: Final = 2 * (1 - 1 / (1 + _PARETO_MOST)) - (1 - (1 + _PARETO_MOST) ** -2)
_PARETO_DEVIATION: Final = (_PARETO_SQUARE - _PARETO_MEAN**2) ** 0.5


class Jitter:
    """`jitter_ns` is the standard deviation of delays, `shape` one of `SHAPES`, `correlation` from 0 to below 1."""

    def __init__(self, draws: Draws, *, jitter_ns: int, shape: str = "normal", correlation: float = 0.0) -> None:
        if shape not in SHAPES:
            raise ValueError(f"unknown shape {shape!r}; known are {', '.join(SHAPES)}")
        self._draws = draws
        self._jitter_us = jitter_ns / 1000
        self._shape = shape
        self._correlation = correlation
        self._deviation: float | None = None
        self._last_us = 0

    def apply(self, fates: Fates) -> None:
        late_us = self.delays_us(fates.first, len(fates))
        late_us[fates.lost] = 0
        came_us = fates.arrival_us
        order = np.argsort(came_us, kind="stable")
        leaves_us = np.empty_like(came_us)
        leaves_us[order] = np.maximum(np.maximum.accumulate((came_us + late_us)[order]), self._last_us)
        if len(order):
            self._last_us = int(leaves_us[order[-1]])
        more_us = leaves_us - came_us
        fates.delay_us += more_us
        fates.copy_us[fates.copy_us != NONE] += more_us[fates.copy_us != NONE]

    def delays_us(self, first: int, count: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """As drawn, without the order that the queue keeps. Frames must be asked for in order."""
        deviations = self._correlated(self._drawn(first, count))
        center = {"normal": 3.0, "uniform": float(np.sqrt(3)), "pareto": _PARETO_MEAN / _PARETO_DEVIATION}[self._shape]
        return np.rint(np.maximum(deviations + center, 0) * self._jitter_us).astype(np.int64)

    def _drawn(self, first: int, count: int) -> Numbers:
        """With a mean of 0 and a standard deviation of 1."""
        if self._shape == "normal":
            return normals(self._draws, "jitter", first, count)
        chance = uniforms(self._draws, "jitter", first, count)
        if self._shape == "uniform":
            return (2 * chance - 1) * float(np.sqrt(3))
        lomax = np.minimum((1 - chance) ** (-1 / _PARETO) - 1, _PARETO_MOST)
        drawn: Numbers = (lomax - _PARETO_MEAN) / _PARETO_DEVIATION
        return drawn

    def _correlated(self, drawn: Numbers) -> Numbers:
        if not self._correlation:
            return drawn
        rho, fresh = self._correlation, float(np.sqrt(1 - self._correlation**2))
        values = drawn.tolist()
        last = self._deviation
        for n, value in enumerate(values):
            last = value if last is None else rho * last + fresh * value
            values[n] = last
        self._deviation = last
        return np.array(values)
