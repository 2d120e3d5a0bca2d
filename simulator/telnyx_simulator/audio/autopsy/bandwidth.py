"""Whether a sound in wide band came back in wide band, where both codecs carry one.

A file says nothing of its way: one at 16 kHz may hold what a telephone let through. So it takes both codecs to be known
before a missing band is anybody's fault. Low-rate codecs rebuild that band as noise of its level, or leave it out when
they have few bits: of them nothing can be said by waveforms.
"""

from typing import Final

import numpy as np

from telnyx_simulator.audio.autopsy.hypotheses import Sound
from telnyx_simulator.audio.autopsy.path import SILENT, Path
from telnyx_simulator.audio.autopsy.quarters import FINE
from telnyx_simulator.audio.autopsy.report import NamedFault
from telnyx_simulator.audio.blemishes import NARROW_DB, WIDE_HZ, upper_band_db
from telnyx_simulator.audio.codecs import Codec
from telnyx_simulator.audio.faults import Fault
from telnyx_simulator.audio.telephone_band import RATE_HZ

FAITHFUL: Final = frozenset({"L16", "G722"})
"""Codecs that keep the waveform up there."""
CARRIED_HZ: Final = 15_000
"""22 050 Hz and the like are wide; so is 16 000."""


def narrowed(
    reference: Sound, heard: Sound, path: Path, sent: Codec | None, returned: Codec | None
) -> list[NamedFault]:
    """The fault, if the band above 4 kHz is there to be carried and is gone. `path`: of a sound that is right."""
    if sent is None or returned is None or not {sent.name, returned.name} <= FAITHFUL:
        return []
    if min(sent.sample_rate_hz, returned.sample_rate_hz, reference.rate_hz, heard.rate_hz) < CARRIED_HZ:
        return []
    delay = round(float(np.median(path.at[path.states != SILENT])) * WIDE_HZ / (FINE * RATE_HZ))
    said, came = reference.at(WIDE_HZ)[max(-delay, 0) :], heard.at(WIDE_HZ)[max(delay, 0) :]
    left_db = upper_band_db(said, came)
    if left_db is None or left_db >= NARROW_DB:
        return []
    evidence = f"its band above 4 kHz is at {left_db:.0f} dB of what was said; {sent} and {returned} carry it"
    return [NamedFault(fault=Fault.NARROW_BANDED, evidence=evidence, before=0.0, after=left_db, unit="dB")]
