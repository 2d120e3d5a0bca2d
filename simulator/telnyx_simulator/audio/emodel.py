"""What people would make of a connection: the E-model's transmission rating and the mean opinion score it stands for.

ITU-T G.107 with all defaults but loss and delay, as the study has it (section 5.5). A rating of 93.2 is a perfect
narrow-band telephone; 4.41 is the score that it stands for, and the best there is.
"""

import math
from dataclasses import dataclass
from typing import Final

BEST_RATING: Final = 93.2
LOSS_ROBUSTNESS: Final = 4.3
"""`Bpl` of G.711 without concealment (G.113, as commonly quoted): what an application leaves out, nobody fills in."""
DELAY_FREE_S: Final = 0.1
"""Up to 100 ms nobody minds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impaired:
    """What a listener met with: the part of the sound that was lost, how much more in bursts than by chance, and the
    one-way delay in seconds. `burst_ratio` is 1 for losses that know nothing of each other."""

    loss_ratio: float
    burst_ratio: float
    delay_s: float


def rating(of: Impaired) -> float:
    """R, 0 to 93.2."""
    return max(0.0, BEST_RATING - delay_impairment(of.delay_s) - loss_impairment(of.loss_ratio, of.burst_ratio))


def score(transmission_rating: float) -> float:
    """MOS, 1 to 4.5."""
    r = min(max(transmission_rating, 0.0), 100.0)
    # Below a rating of 6.5 the cubic dips under its own start.
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def delay_impairment(delay_s: float) -> float:
    """Idd: what the delay alone costs."""
    if delay_s <= DELAY_FREE_S:
        return 0.0
    x = math.log2(delay_s / DELAY_FREE_S)
    impairment: float = 25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2)
    return impairment


def loss_impairment(loss_ratio: float, burst_ratio: float) -> float:
    """Ie-eff of G.711, whose Ie is 0."""
    percent = 100 * min(max(loss_ratio, 0.0), 1.0)
    return 95 * percent / (percent / max(burst_ratio, 1.0) + LOSS_ROBUSTNESS) if percent else 0.0


def burst_ratio(loss_ratio: float, mean_burst_frames: float) -> float:
    """How long a burst of losses is on average, over how long it would be if each frame were lost by itself."""
    return max(1.0, mean_burst_frames * (1 - min(loss_ratio, 1.0)))
