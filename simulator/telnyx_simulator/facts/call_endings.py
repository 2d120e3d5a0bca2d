"""Which endings a call can have on Telnyx: direction, answered or not, hangup cause and source, and why each can be.

What is not in the table cannot happen: nobody is busy who has answered, and a time limit counts from the answer.
Sources: the causes and sources are `spec` (telnyx-python `types/call_hangup.py`), and so are the words of `reject`, the
limits `timeout_secs` and `time_limit_secs`, and `retry_on_timeout` (`types/call_dial_params.py`); what captures show is
`observed`. Telnyx publishes no list of what goes with what: `assumed` rows follow from what ends the call.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from telnyx_simulator.facts.detection import RESULTS
from telnyx_simulator.facts.evidence import Evidence

INCOMING: Final = "incoming"
OUTGOING: Final = "outgoing"


@dataclass(frozen=True, slots=True)
class CallEnding:
    """One way for a call to end; `sources` are what `hangup_source` may be then."""

    direction: str
    answered: bool
    cause: str
    sources: tuple[str, ...]
    evidence: Evidence
    why: str


# The person at the other end, as `hangup_source` calls them; on either kind of call the other word is the application.
_NETWORK: Final = ("callee", "unknown")

CALL_ENDINGS: Final = (
    CallEnding(INCOMING, False, "originator_cancel", ("caller",), Evidence.OBSERVED, "the caller gave up"),
    CallEnding(INCOMING, False, "call_rejected", ("callee",), Evidence.SPEC, "it was rejected: CALL_REJECTED"),
    CallEnding(INCOMING, False, "user_busy", ("callee",), Evidence.SPEC, "it was rejected: USER_BUSY"),
    CallEnding(INCOMING, False, "no_answer", ("callee",), Evidence.ASSUMED, "rejected: TEMPORARILY_UNAVAILABLE"),
    CallEnding(INCOMING, False, "not_found", ("callee",), Evidence.ASSUMED, "it was rejected: NOT_FOUND"),
    CallEnding(INCOMING, False, "normal_clearing", ("callee",), Evidence.ASSUMED, "hung up instead of rejected"),
    CallEnding(INCOMING, False, "timeout", ("unknown",), Evidence.ASSUMED, "no first command came in time"),
    CallEnding(INCOMING, False, "unspecified", ("unknown",), Evidence.ASSUMED, "the webhook was not acknowledged"),
    CallEnding(INCOMING, True, "normal_clearing", ("caller", "callee"), Evidence.OBSERVED, "one of them hung up"),
    CallEnding(INCOMING, True, "time_limit", ("unknown",), Evidence.REPORTED, "its conference was ended"),
    CallEnding(INCOMING, True, "unspecified", ("unknown",), Evidence.OBSERVED, "the media were lost"),
    CallEnding(OUTGOING, False, "user_busy", _NETWORK, Evidence.REPORTED, "the callee is busy"),
    CallEnding(OUTGOING, False, "call_rejected", _NETWORK, Evidence.DOCS, "the callee declined, or the network did"),
    CallEnding(OUTGOING, False, "not_found", _NETWORK, Evidence.ASSUMED, "nobody has this number"),
    CallEnding(OUTGOING, False, "no_answer", _NETWORK, Evidence.SPEC, "nobody picked up, without retry_on_timeout"),
    CallEnding(OUTGOING, False, "timeout", ("unknown",), Evidence.SPEC, "timeout_secs went by"),
    CallEnding(OUTGOING, False, "originator_cancel", ("caller",), Evidence.ASSUMED, "hung up while it rang"),
    CallEnding(OUTGOING, False, "unspecified", _NETWORK, Evidence.ASSUMED, "anything else, such as 503 of a carrier"),
    CallEnding(OUTGOING, True, "normal_clearing", ("caller", "callee"), Evidence.OBSERVED, "one of them hung up"),
    CallEnding(OUTGOING, True, "time_limit", ("unknown",), Evidence.SPEC, "time_limit_secs went by"),
    CallEnding(OUTGOING, True, "unspecified", ("unknown",), Evidence.OBSERVED, "the media were lost"),
)

# Values of `hangup_cause` that Telnyx has not: another provider's word, a word of the future, none, a number (Q.850).
# reported: consumers expect `busy` and `unallocated_number`; the docs' outbound dialer page shows a number as text.
OFF_VOCABULARY: Final[Mapping[str, object]] = {
    "busy": "busy",
    "unallocated_number": "unallocated_number",
    "mystery": "mystery",
    "upper_case": "NORMAL_CLEARING",
    "empty": "",
    "null": None,
    "number": 17,
    "list": ["normal_clearing"],
}
# The field is not there at all: in place of a value.
MISSING: Final = "missing"


@dataclass(frozen=True, slots=True)
class Case:
    """A call that has ended. `amd` is what answering machine detection found; None where nobody asked it."""

    direction: str
    answered: bool
    cause: str
    source: str
    amd: str | None = None


def cases() -> Iterator[Case]:
    """Each combination that can be; detection listens to outgoing calls, and once they are answered."""
    for one in CALL_ENDINGS:
        detected = (None, *RESULTS) if one.answered and one.direction == OUTGOING else (None,)
        for source in one.sources:
            for amd in detected:
                yield Case(one.direction, one.answered, one.cause, source, amd)


def status_keys(state: str, direction: str, *, answered: bool) -> tuple[str, ...]:
    """The keys of a `status_map` that speak of this state or cause, the most precise one first."""
    said = "answered" if answered else "unanswered"
    return (f"{state}/{direction}/{said}", f"{state}/{said}", f"{state}/{direction}", state)


def status_words(
    status_map: Mapping[str, Sequence[str]], state: str, direction: str, *, answered: bool
) -> tuple[str, ...] | None:
    """What a `status_map` gives; None where it has no word."""
    words = next(
        (status_map[key] for key in status_keys(state, direction, answered=answered) if key in status_map), None
    )
    if words is None:
        return None
    return (words,) if isinstance(words, str) else tuple(words)
