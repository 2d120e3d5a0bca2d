"""What a check says: a verdict, with what was expected, what was found, and where."""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from telnyx_simulator.checks.expectations import Place


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    NOT_EXERCISED = "not_exercised"
    INCONCLUSIVE = "inconclusive"


class Fault(StrEnum):
    """What is wrong with a sound. A direction is named only where it is settled."""

    PCMA_DECODED_AS_PCMU = "pcma_decoded_as_pcmu"
    PCMU_DECODED_AS_PCMA = "pcmu_decoded_as_pcma"
    REPLIED_IN_LEG_CODEC = "replied_in_leg_codec"
    LAW_MIXUP_UNDETERMINED = "law_mixup_undetermined"
    GAPS_INSERTED = "gaps_inserted"
    GAIN_HIGH = "gain_high"
    GAIN_LOW = "gain_low"
    SILENCE = "silence"


# What people read, and what they should look at.
FAULT_TEXTS: Final[dict[Fault, tuple[str, str]]] = {
    Fault.PCMA_DECODED_AS_PCMU: (
        "A-law decoded as mu-law",
        "the application decodes PCMU; read `start.media_format.encoding` and decode what Telnyx announces",
    ),
    Fault.PCMU_DECODED_AS_PCMA: (
        "mu-law decoded as A-law",
        "the application decodes PCMA; read `start.media_format.encoding` and decode what Telnyx announces",
    ),
    Fault.REPLIED_IN_LEG_CODEC: (
        "replied in the leg's codec",
        "the application encodes in the codec that it hears; it asked for another in `stream_bidirectional_codec`",
    ),
    Fault.LAW_MIXUP_UNDETERMINED: (
        "A-law and mu-law mixed up, direction not determined",
        "either the decoder ignores `start.media_format.encoding` or the encoder ignores `stream_bidirectional_codec`; "
        "a known greeting under `audio: {clips: ...}` in the profile tells which",
    ),
    Fault.GAPS_INSERTED: (
        "gaps inserted into the sound",
        "the application sends media too late or puts silence between its chunks; look at its send loop",
    ),
    Fault.GAIN_HIGH: ("louder than it was said", "the application amplifies; look for a gain or a wrong sample scale"),
    Fault.GAIN_LOW: ("quieter than it was said", "the application attenuates; look for a gain or a wrong sample scale"),
    Fault.SILENCE: (
        "silence",
        "nothing reached the ear; look for `stream_bidirectional_mode: rtp`, and for media messages at all",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`id` is a standing check's, or `script[4].expect`, `expect[0]`, `absent[0]`; `at_s` is since the run began."""

    id: str
    verdict: Verdict
    expected: str
    actual: str = ""
    requirement: tuple[str, ...] = ()
    at_s: float | None = None
    place: Place | None = None
    fault: Fault | None = None
    evidence: str = ""
    why: str | None = None
    call: str | None = None

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def overall(findings: list[Finding]) -> Verdict:
    """The verdict of a run: the worst of its findings; nothing exercised is no pass."""
    verdicts = {finding.verdict for finding in findings}
    for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS):
        if verdict in verdicts:
            return verdict
    return Verdict.NOT_EXERCISED
