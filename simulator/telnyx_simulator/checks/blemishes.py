"""What may be amiss with a sound that was found in an ear and is the right one: figures, and the fault that they are.

For measures and `sound_clean`. The thresholds are the study's (section 3.4).
"""

from dataclasses import dataclass, replace
from typing import Final

from telnyx_simulator.audio import blemishes
from telnyx_simulator.audio.byte_echo import ByteEcho, byte_echo, is_comparable
from telnyx_simulator.audio.fidelity import Fidelity
from telnyx_simulator.checks.findings import Fault
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import Judged
from telnyx_simulator.checks.tracks import Pcm

SECOND_NS = 1_000_000_000
HALF_DUPLEX_S: Final = 0.3
"""Study 3.4: 15 active frames of silence where somebody talks."""
# What is said back comes within this time, also where it was queued behind an announcement.
REACH_NS: Final = 15 * SECOND_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`clipping` and `dc` are beyond what the sound had itself."""

    clipping: float
    dc: float
    correlation: float
    muted_s: float


def figures_of(call: str, said: Pcm, judged: Judged, record: Record) -> Figures | None:
    """None where the sound was not heard, or by a mistake of codecs only. What the line did to it is off."""
    best = judged.diagnosis.as_declared
    said = said if judged.delivered is None else judged.delivered.pcm
    heard = record.heard(call)
    if best is None or heard is None or judged.begins_ns is None or judged.ends_ns is None:
        return None
    part = heard.between(judged.begins_ns, judged.ends_ns).pcm
    tops, own_tops = blemishes.flat_tops(part), blemishes.flat_tops(said)
    is_more = tops > blemishes.CLIPPED_FACTOR * own_tops
    return Figures(
        clipping=tops - own_tops if is_more else 0.0,
        dc=blemishes.constant_part(said, part),
        correlation=best.ncc,
        muted_s=best.muted_s,
    )


def fault_of(figures: Figures) -> tuple[Fault, str] | None:
    """The worst fault that the figures amount to, with the figure that tells it."""
    if figures.muted_s >= HALF_DUPLEX_S:
        return Fault.HALF_DUPLEX, f"silent for {figures.muted_s * 1000:.0f} ms while it was being said"
    if abs(figures.dc) > blemishes.DC_MAX:
        return Fault.DC_OFFSET, f"a constant part of {figures.dc:+.1%} of full scale"
    if figures.clipping > blemishes.CLIPPED_MAX:
        return Fault.CLIPPED, f"{figures.clipping:.1%} of its samples lie on flat tops"
    return None


def upper_band(call: str, said_ns: int, length_ns: int, best: Fidelity, judged: Judged, record: Record) -> float | None:
    """How much of its band above 4 kHz is left, in dB; None unless the leg is wide both ways, and the sound too."""
    said, heard = record.said_wide(call), record.heard_wide(call)
    if said is None or heard is None or judged.begins_ns is None:
        return None
    skipped_ns = round(best.skipped_s * SECOND_NS)
    reference = said.between(said_ns + skipped_ns, said_ns + length_ns)
    return blemishes.upper_band_db(reference, heard.between(judged.begins_ns, judged.begins_ns + length_ns))


def bytes_of(call: str, said_ns: int, length_ns: int, record: Record) -> ByteEcho | None:
    """How much of a sound came back byte for byte; None where it would not, however right the application is."""
    codecs = record.codecs(call, said_ns)
    if codecs is None or not is_comparable(*codecs):
        return None
    sent = [frame.data for frame in record.sent_frames(call) if said_ns <= frame.due_ns < said_ns + length_ns]
    returned = b"".join(
        frame.data for frame in record.returned_frames(call) if said_ns <= frame.at_ns <= said_ns + length_ns + REACH_NS
    )
    return byte_echo(codecs[0], sent, returned)


# What `sound_clean` says of it


def closely(call: str, pcm: Pcm, judged: Judged, said_ns: int, length_ns: int, record: Record) -> Judged:
    """An echo whose timing, level and law are right: its shape, its band, and whether it is the same bytes."""
    judged = unblemished(judged, figures_of(call, pcm, judged, record))
    best = judged.diagnosis.as_declared
    if not judged.healthy or best is None:
        return judged
    db = upper_band(call, said_ns, length_ns, best, judged, record)
    if db is not None and db < blemishes.NARROW_DB:
        told = f"its band above 4 kHz is at {db:.0f} dB of what was said"
        return replace(judged, healthy=False, fault=Fault.NARROW_BANDED, actual=told)
    echo = bytes_of(call, said_ns, length_ns, record)
    if echo is None:
        return judged
    told = f"{judged.diagnosis.evidence}; {_told(echo)}"
    return replace(judged, diagnosis=replace(judged.diagnosis, evidence=told))


def unblemished(judged: Judged, figures: Figures | None) -> Judged:
    """The same, unless its figures amount to a fault and nothing worse is known."""
    found = fault_of(figures) if figures is not None and judged.fault is None else None
    if found is None:
        return judged
    fault, told = found
    return replace(judged, healthy=False, fault=fault, actual=f"{judged.actual}; {told}")


def _told(echo: ByteEcho) -> str:
    """Nobody need keep bytes; who wants to know can."""
    if echo.exact == echo.pieces:
        return "said back byte for byte"
    return f"not byte for byte: {echo.exact} of {echo.pieces} frames came back unchanged, though the codec is the same"
