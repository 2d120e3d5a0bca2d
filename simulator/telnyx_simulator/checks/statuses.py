"""What the application should say of a call: by the profile's `status_map`, for what it was told of the call.

What Telnyx tells is what counts: where a scenario has `call.hangup` say another cause, or none, that is the cause that
the application has to report.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from telnyx_simulator.checks.record import Record
from telnyx_simulator.facts.call_endings import MISSING, status_words
from telnyx_simulator.facts.hangup_causes import CAUSES
from telnyx_simulator.trace import Entry

MAPPED: Final = "mapped"
OVER: Final = "over"
UNSUCCESSFUL: Final = "unsuccessful"
# Values of `status` that are no words of the application's own.
RESERVED: Final = (MAPPED, OVER, UNSUCCESSFUL)

# Why there is no word to judge by, where the application has none any more.
FORGOTTEN: Final = "the application forgets a call when it ends: there is no status to compare"

_SUCCESSES: Final = ("normal_clearing", "time_limit")


@dataclass(frozen=True, slots=True)
class Situation:
    """A leg as the application knows it. `state` is `ringing`, `answered` or, once it is over, what it was told of the
    cause: any JSON, for a scenario may have Telnyx say what it never says; `MISSING` where there was no such field.
    """

    state: Any
    direction: str
    answered: bool
    is_over: bool

    @property
    def is_known(self) -> bool:
        """Whether a `status_map` can have a word for it."""
        return not self.is_over or (isinstance(self.state, str) and self.state in CAUSES)


def situation(record: Record, call: str, moves: Sequence[Entry]) -> Situation | None:
    """What `moves` led to; None where nothing moved yet."""
    if not moves:
        return None
    now = moves[-1].body
    answered = any(move.body["state"] == "answered" for move in moves)
    state, over = now["state"], now["state"] == "hangup"
    if over:
        state = _told_cause(record, call, now.get("cause"))
    return Situation("ringing" if state == "parked" else state, now["direction"], answered, over)


def _told_cause(record: Record, call: str, cause: str | None) -> Any:
    """The hangup cause as the genuine `call.hangup` of this leg has it."""
    for planned in record.trace.of("switch", "webhook.planned", call=call):
        body = planned.body
        if body.get("event") != "call.hangup" or body.get("extra") or not body.get("genuine", True):
            continue
        treatment = body.get("treatment") or {}
        if "hangup_cause" in treatment.get("without", ()):
            return MISSING
        return treatment.get("with_", {}).get("hangup_cause", cause)
    return cause


def words_for(record: Record, call: str, moves: Sequence[Entry]) -> tuple[str, ...] | None:
    """What `status_map` gives for the state or cause that `moves` led to; None if the map does not say."""
    known = situation(record, call, moves)
    if known is None or not known.is_known:
        return None
    status_map = record.header["profile"]["status_map"]
    return status_words(status_map, known.state, known.direction, answered=known.answered)


def judged_by(value: Any, record: Record, call: str, moves: Sequence[Entry]) -> tuple[str, ...] | Callable[[str], bool]:
    """The words, or what tells of a word, whether it is as this reserved value wants."""
    if value == MAPPED:
        return words_for(record, call, moves) or ()
    known = situation(record, call, moves)
    if known is None or not known.is_over or unmapped(value, record, call, moves):
        return ()
    up, success = _words_of_live_calls(record, known), _words_of_success_alone(record, known)
    refused = up | success if value == UNSUCCESSFUL else up
    return lambda word: word not in refused


def unmapped(value: Any, record: Record, call: str, moves: Sequence[Entry]) -> str | None:
    """Why the profile's map does not tell whether a word is as this reserved value wants; None where it does."""
    known = situation(record, call, moves)
    if known is None:
        return None
    if value == MAPPED:
        if not known.is_known:
            return f"the application was told {known.state!r}, which no status_map has a word for"
        if words_for(record, call, moves) is None:
            return f"the profile's status_map has no word for {known.state}; add one"
        return None
    if not _words_of_live_calls(record, known):
        return "the profile's status_map does not say what a call is that is not over; add `ringing:` and `answered:`"
    if value == UNSUCCESSFUL and not _words_of_success_alone(record, known):
        return "the profile's status_map has no word for success alone: that of normal_clearing"
    return None


def _words_of_live_calls(record: Record, known: Situation) -> set[str]:
    return {word for state in ("ringing", "answered") for word in _given(record, state, known.direction, True)}


def _words_of_success_alone(record: Record, known: Situation) -> set[str]:
    """What a call is that was answered and ended well, and no call that failed."""
    good = set(_given(record, "normal_clearing", known.direction, True))
    bad = {
        word for cause in CAUSES if cause not in _SUCCESSES for word in _given(record, cause, known.direction, False)
    }
    return good - bad


def _given(record: Record, state: str, direction: str, answered: bool) -> tuple[str, ...]:
    return status_words(record.header["profile"]["status_map"], state, direction, answered=answered) or ()
