"""What the switch can be told: commands of the application, acts of the far end, news from the transports."""

from dataclasses import dataclass, field
from typing import Any

from telnyx_simulator.signaling.far_end import Behavior


@dataclass(frozen=True, slots=True, kw_only=True)
class RestCommand:
    """One REST request. `body` is the parsed JSON (None if there was none); `path_id` the id in the path, decoded.

    `key` is the bearer key, masked. For a dial, `leg_codec` and `behavior` tell of the person who is called.
    """

    operation: str
    path_id: str | None = None
    body: Any = None
    key: str | None = None
    leg_codec: str = "PCMA"
    behavior: Behavior | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCall:
    """Somebody calls the application's number: a new incoming leg."""

    from_: str
    to: str
    leg_codec: str
    caller_id_name: str | None = None
    webhook_url: str | None = None
    behavior: Behavior | None = None


@dataclass(frozen=True, slots=True)
class PickUp:
    call_leg_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    call_leg_id: str
    cause: str
    sip: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """The far end hangs up; without a cause it is `normal_clearing`, or `originator_cancel` before the answer."""

    call_leg_id: str
    cause: str | None = None
    sip: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """DTMF digits, `w` and `W` being pauses of 0.5 and 1 s."""

    call_leg_id: str
    digits: str
    tone_ns: int
    gap_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """How a delivery departs from the truth: the kind of signature, and an offset of its honestly signed timestamp."""

    signature: str = "genuine"
    timestamp_offset_ns: int = 0

    @property
    def is_genuine(self) -> bool:
        return self.signature == "genuine" and self.timestamp_offset_ns == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraWebhook:
    """One webhook as if `event_type` had happened; `again` sends the last one of that type byte for byte."""

    call_leg_id: str
    event_type: str
    again: bool = False
    treatment: Treatment = field(default_factory=Treatment)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFinished:
    """The application's reply to one attempt: an HTTP status, or None if none came in time."""

    delivery_id: str
    attempt: int
    status: int | None


@dataclass(frozen=True, slots=True)
class StreamAccepted:
    stream_id: str


@dataclass(frozen=True, slots=True)
class StreamRefused:
    stream_id: str


@dataclass(frozen=True, slots=True)
class StreamClosedByApplication:
    stream_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FramesCounted:
    """Media frames so far, for `call_quality_stats`."""

    call_leg_id: str
    spoken: int
    heard: int


Input = (
    RestCommand
    | PlaceCall
    | PickUp
    | Refuse
    | HangUp
    | Press
    | ExtraWebhook
    | AttemptFinished
    | StreamAccepted
    | StreamRefused
    | StreamClosedByApplication
    | FramesCounted
)
