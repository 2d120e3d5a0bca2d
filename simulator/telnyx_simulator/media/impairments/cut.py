"""Nothing gets through any more."""

from telnyx_simulator.media.impairments.fates import NONE, Fates


class Cut:
    def apply(self, fates: Fates) -> None:
        fates.lost[:] = True
        fates.copy_us[:] = NONE
