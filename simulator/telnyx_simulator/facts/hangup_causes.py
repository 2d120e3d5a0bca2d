"""How a leg can end: cause, the SIP response that goes with it, and the ISDN cause (Q.850).

The closed list of causes is `spec` (telnyx-python `types/call_hangup.py`). SIP responses: 200 and 487 are `observed` in
captures, 486 `reported` by consumer tests, 603 `docs` (callback call-hangup); the rest is `assumed` after the
FreeSWITCH table, since the platform is FreeSWITCH based.
"""

from dataclasses import dataclass
from typing import Final

from telnyx_simulator.facts.evidence import Evidence


@dataclass(frozen=True, slots=True)
class HangupCause:
    """`sip` is `sip_hangup_cause` as it stands in the webhook: three digits as text, or `unspecified`."""

    sip: str
    q850: int | None
    meaning: str
    sip_evidence: Evidence


CAUSES: Final[dict[str, HangupCause]] = {
    "normal_clearing": HangupCause("200", 16, "an answered call was ended by one side", Evidence.OBSERVED),
    "originator_cancel": HangupCause("487", None, "the caller gave up before the answer", Evidence.OBSERVED),
    "timeout": HangupCause("487", 102, "timeout_secs went by unanswered", Evidence.ASSUMED),
    "no_answer": HangupCause("480", 19, "it rang and nobody picked up", Evidence.ASSUMED),
    "user_busy": HangupCause("486", 17, "the callee is busy", Evidence.REPORTED),
    "call_rejected": HangupCause("603", 21, "the callee declined", Evidence.DOCS),
    "not_found": HangupCause("404", 1, "nobody has this number", Evidence.ASSUMED),
    "time_limit": HangupCause("200", None, "time_limit_secs was reached", Evidence.ASSUMED),
    "unspecified": HangupCause("unspecified", 31, "anything else, such as lost media", Evidence.OBSERVED),
}

# What may end a leg that still rings, as the scenario verb `refuse` takes it.
REFUSALS: Final = ("user_busy", "call_rejected", "no_answer", "not_found", "unspecified")

SOURCES: Final = ("caller", "callee", "unknown")

# REST `reject` takes these words only (spec) and gives these causes (assumed: SIP 603, 404, 480 and 486).
REJECT_CAUSES: Final = {
    "CALL_REJECTED": "call_rejected",
    "NOT_FOUND": "not_found",
    "TEMPORARILY_UNAVAILABLE": "no_answer",
    "USER_BUSY": "user_busy",
}
