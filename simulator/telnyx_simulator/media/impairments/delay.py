"""Every frame is late by the same time."""

from telnyx_simulator.media.impairments.fates import NONE, Fates


class Delay:
    def __init__(self, *, delay_ns: int) -> None:
        self._delay_us = delay_ns // 1000

    def apply(self, fates: Fates) -> None:
        fates.delay_us += self._delay_us
        fates.copy_us[fates.copy_us != NONE] += self._delay_us
