"""What the switch says happened, or is due; the transports carry it out."""

from dataclasses import dataclass
from typing import Any

from telnyx_simulator.signaling.delivery import Attempt, Delivery
from telnyx_simulator.signaling.inputs import CommandTreatment
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.stream import Stream


@dataclass(frozen=True, slots=True)
class Replied:
    """The reply to a REST command. `effect` tells whether it changed anything.

    A `status` of None: the connection is cut and no reply reaches the application. An empty `body` is plain HTTP.
    """

    status: int | None
    body: dict[str, Any]
    call_leg_id: str | None = None
    effect: bool = False
    treatment: CommandTreatment | None = None


@dataclass(frozen=True, slots=True)
class LegBegan:
    leg: Leg


@dataclass(frozen=True, slots=True)
class LegAnswered:
    leg: Leg


@dataclass(frozen=True, slots=True)
class LegEnded:
    leg: Leg


@dataclass(frozen=True, slots=True)
class WebhookPlanned:
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class AttemptDue:
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class StreamRequested:
    stream: Stream


@dataclass(frozen=True, slots=True)
class StreamStarted:
    """`start` is due; `body` is what stands in the message under `start`."""

    stream: Stream
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """The stream is over. `stop` is due if it had started; `by` is `telnyx`, `application` or `network`."""

    stream: Stream
    stop: dict[str, Any] | None
    by: str


@dataclass(frozen=True, slots=True)
class DigitPressed:
    call_leg_id: str
    digit: str
    occurred_at: str


@dataclass(frozen=True, slots=True)
class FarEndHeld:
    """The person put the call on hold (they are neither heard nor hear), or came back (`held` is False)."""

    call_leg_id: str
    held: bool


@dataclass(frozen=True, slots=True)
class FarEndSpeaks:
    """The far end begins to speak by its own behavior."""

    call_leg_id: str


Event = (
    Replied
    | LegBegan
    | LegAnswered
    | LegEnded
    | WebhookPlanned
    | AttemptDue
    | StreamRequested
    | StreamStarted
    | StreamEnded
    | DigitPressed
    | FarEndHeld
    | FarEndSpeaks
)
