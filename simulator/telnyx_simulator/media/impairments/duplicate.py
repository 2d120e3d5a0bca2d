"""Frames come twice, the copy on the heels of the first. One that comes twice already comes no third time."""

from telnyx_simulator.draws import Draws
from telnyx_simulator.media.impairments.chance import uniforms
from telnyx_simulator.media.impairments.fates import NONE, Fates


class Duplicate:
    def __init__(self, draws: Draws, *, ratio: float) -> None:
        self._draws = draws
        self._ratio = ratio

    def apply(self, fates: Fates) -> None:
        twice = uniforms(self._draws, "duplicate", fates.first, len(fates)) < self._ratio
        twice &= ~fates.lost & (fates.copy_us == NONE)
        fates.copy_us[twice] = fates.delay_us[twice]
