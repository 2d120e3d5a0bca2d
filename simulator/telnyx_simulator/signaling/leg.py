"""The leg: one party's half of a phone call, and the table of what may happen to it.

Theory of operation. An incoming leg is born *parked*: it rings, and stays so until the application answers or rejects
it or the caller gives up. An outgoing leg is born *ringing* by a Dial command and waits for the person at the far end,
for `timeout_secs`, or for the application to change its mind. A parked leg that is bridged is answered thereby
(assumed: else its caller would never hear anybody). Both become *answered*, and every leg ends in *hangup* exactly
once; a leg in *hangup* takes nothing any more. What is not in the table cannot happen: a command without a key becomes
Telnyx's error (`refusal`), an act of the far end without a key does nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from telnyx_simulator.facts import hangup_causes


class LegState(StrEnum):
    PARKED = "parked"
    RINGING = "ringing"
    ANSWERED = "answered"
    HANGUP = "hangup"


class Trigger(StrEnum):
    """What can move a leg: commands of the application, acts of the far end, timers."""

    ANSWER_COMMAND = "answer"
    REJECT_COMMAND = "reject"
    HANGUP_COMMAND = "hangup"
    FAR_END_ANSWERS = "far_end_answers"
    FAR_END_REFUSES = "far_end_refuses"
    FAR_END_HANGS_UP = "far_end_hangs_up"
    RING_TIMEOUT = "ring_timeout"
    TIME_LIMIT = "time_limit"
    FIRST_COMMAND_TIMEOUT = "first_command_timeout"
    WEBHOOK_TIMEOUT = "webhook_timeout"
    NOT_CARRIED = "not_carried"
    NOT_LET_IN = "not_let_in"
    BRIDGED = "bridged"
    UNBRIDGED = "unbridged"
    CONFERENCE_ENDS = "conference_ends"


TRANSITIONS: Final[dict[tuple[LegState, Trigger], LegState]] = {
    (LegState.PARKED, Trigger.ANSWER_COMMAND): LegState.ANSWERED,
    (LegState.PARKED, Trigger.REJECT_COMMAND): LegState.HANGUP,
    (LegState.PARKED, Trigger.HANGUP_COMMAND): LegState.HANGUP,
    (LegState.PARKED, Trigger.FAR_END_HANGS_UP): LegState.HANGUP,
    (LegState.RINGING, Trigger.FAR_END_ANSWERS): LegState.ANSWERED,
    (LegState.RINGING, Trigger.FAR_END_REFUSES): LegState.HANGUP,
    (LegState.RINGING, Trigger.HANGUP_COMMAND): LegState.HANGUP,
    (LegState.RINGING, Trigger.RING_TIMEOUT): LegState.HANGUP,
    (LegState.ANSWERED, Trigger.HANGUP_COMMAND): LegState.HANGUP,
    (LegState.ANSWERED, Trigger.FAR_END_HANGS_UP): LegState.HANGUP,
    (LegState.ANSWERED, Trigger.TIME_LIMIT): LegState.HANGUP,
    (LegState.PARKED, Trigger.FIRST_COMMAND_TIMEOUT): LegState.HANGUP,
    (LegState.PARKED, Trigger.WEBHOOK_TIMEOUT): LegState.HANGUP,
    (LegState.RINGING, Trigger.NOT_CARRIED): LegState.HANGUP,
    (LegState.PARKED, Trigger.NOT_LET_IN): LegState.HANGUP,
    (LegState.PARKED, Trigger.BRIDGED): LegState.ANSWERED,
    (LegState.ANSWERED, Trigger.UNBRIDGED): LegState.HANGUP,
    (LegState.ANSWERED, Trigger.CONFERENCE_ENDS): LegState.HANGUP,
}

FAR_END: Final = "far_end"
APPLICATION: Final = "application"
NOBODY: Final = "nobody"

# How a leg ends when nobody says otherwise: hangup cause, and who did it. Causes and sources of an unanswered
# incoming leg that the application hangs up, the source of all timers, and the causes that the account brings (no first
# command, no reply to a webhook, more calls than channels), and how a leg ends whose peer is gone, are assumed.
ENDINGS: Final[dict[tuple[LegState, Trigger], tuple[str, str]]] = {
    (LegState.PARKED, Trigger.REJECT_COMMAND): ("call_rejected", APPLICATION),
    (LegState.PARKED, Trigger.HANGUP_COMMAND): ("normal_clearing", APPLICATION),
    (LegState.PARKED, Trigger.FAR_END_HANGS_UP): ("originator_cancel", FAR_END),
    (LegState.RINGING, Trigger.FAR_END_REFUSES): ("user_busy", FAR_END),
    (LegState.RINGING, Trigger.HANGUP_COMMAND): ("originator_cancel", APPLICATION),
    (LegState.RINGING, Trigger.RING_TIMEOUT): ("timeout", NOBODY),
    (LegState.ANSWERED, Trigger.HANGUP_COMMAND): ("normal_clearing", APPLICATION),
    (LegState.ANSWERED, Trigger.FAR_END_HANGS_UP): ("normal_clearing", FAR_END),
    (LegState.ANSWERED, Trigger.TIME_LIMIT): ("time_limit", NOBODY),
    (LegState.PARKED, Trigger.FIRST_COMMAND_TIMEOUT): ("timeout", NOBODY),
    (LegState.PARKED, Trigger.WEBHOOK_TIMEOUT): ("unspecified", NOBODY),
    (LegState.RINGING, Trigger.NOT_CARRIED): ("call_rejected", NOBODY),
    (LegState.PARKED, Trigger.NOT_LET_IN): ("user_busy", NOBODY),
    (LegState.ANSWERED, Trigger.UNBRIDGED): ("normal_clearing", APPLICATION),
    # reported: legs of a conference that is ended by command are seen to end so.
    (LegState.ANSWERED, Trigger.CONFERENCE_ENDS): ("time_limit", NOBODY),
}


@dataclass(frozen=True, slots=True)
class Ending:
    """Cause, source and SIP response as `call.hangup` says them; `by` is `far_end`, `application` or `nobody`."""

    cause: str
    source: str
    sip: str
    by: str


class Frames(Protocol):
    """Media frames so far: said to the application, and played to the person."""

    @property
    def frames_spoken(self) -> int: ...

    @property
    def frames_heard(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Frames that were counted once."""

    frames_spoken: int = 0
    frames_heard: int = 0


NO_FRAMES: Final = Counted()


@dataclass(slots=True)
class Leg:
    """State of one leg. Times are nanoseconds since the run began."""

    call_control_id: str
    call_leg_id: str
    call_session_id: str
    connection_id: str
    direction: str
    from_: str
    to: str
    leg_codec: str
    began_ns: int
    state: LegState
    caller_id_name: str | None = None
    client_state: str | None = None
    custom_headers: list[dict[str, str]] = field(default_factory=list)
    # Further fields of this leg's events and of `start`.
    extra_fields: Mapping[str, Any] = field(default_factory=dict)
    webhook_url: str | None = None
    webhook_url_method: str = "POST"
    webhook_urls: dict[str, list[str]] = field(default_factory=dict)
    webhook_urls_method: str = "POST"
    retry_policies: dict[str, tuple[int, ...]] = field(default_factory=dict)
    retry_on_timeout: bool = True
    time_limit_ns: int | None = None
    answered_ns: int | None = None
    ended_ns: int | None = None
    ending: Ending | None = None
    # Whoever has the leg's media counts them; they are looked at when somebody is told.
    frames: Frames = field(default=NO_FRAMES, compare=False, repr=False)
    last_webhook_due_ns: int = -1
    commanded: bool = False
    # False: the caller hears busy, and the application is told of nothing.
    let_in: bool = True
    held: bool = False
    # `call_leg_id` of the leg that it is bridged with.
    bridged_to: str | None = None

    @property
    def is_alive(self) -> bool:
        return self.state is not LegState.HANGUP

    def allows(self, trigger: Trigger) -> bool:
        return (self.state, trigger) in TRANSITIONS


def refusal(leg: Leg, trigger: Trigger) -> str:
    """The name in `facts.errors` of what a command gets that the table does not allow."""
    if not leg.is_alive:
        return "call_ended"
    return "not_parked" if trigger in (Trigger.ANSWER_COMMAND, Trigger.REJECT_COMMAND) else "call_not_answered"


def ending(
    leg: Leg, trigger: Trigger, *, cause: str | None = None, source: str | None = None, sip: str | None = None
) -> Ending:
    """How `leg` ends by `trigger`; what the far end or a command says takes precedence over the table."""
    usual_cause, by = ENDINGS[leg.state, trigger]
    cause = cause or usual_cause
    return Ending(cause, source or _source(leg.direction, by), sip or hangup_causes.CAUSES[cause].sip, by)


def _source(direction: str, by: str) -> str:
    """Telnyx's word for who hung up: on an incoming leg the far end is the caller, on an outgoing one the callee."""
    if by == NOBODY:
        return "unknown"
    return "caller" if (by == FAR_END) == (direction == "incoming") else "callee"
