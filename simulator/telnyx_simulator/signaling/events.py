"""What the switch says happened, or is due; the transports carry it out."""

from dataclasses import dataclass
from typing import Any

from telnyx_simulator.signaling.announcement import Announcement
from telnyx_simulator.signaling.delivery import Attempt, Delivery
from telnyx_simulator.signaling.inputs import CommandTreatment
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.recording import Recording
from telnyx_simulator.signaling.stream import Stream


@dataclass(frozen=True, slots=True)
class Content:
    """A file, and what it says that it is."""

    octets: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Replied:
    """The reply to a REST command. `effect` tells whether it changed anything.

    A `status` of None: the connection is cut and no reply reaches the application. An empty `body` is plain HTTP.
    `new_leg` is the one that a dial or a transfer made. With `content` the reply is no JSON, but this.
    """

    status: int | None
    body: dict[str, Any]
    call_leg_id: str | None = None
    effect: bool = False
    treatment: CommandTreatment | None = None
    new_leg: Leg | None = None
    content: Content | None = None


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


@dataclass(frozen=True, slots=True)
class SoundWanted:
    """Fetch or make this sound, and say so (`inputs.SoundReady`, `inputs.SoundFailed`); nothing is heard of it yet."""

    announcement: Announcement


@dataclass(frozen=True, slots=True)
class SoundStarts:
    """From the next frame on its legs hear it, as often as it is to be repeated."""

    announcement: Announcement


@dataclass(frozen=True, slots=True)
class SoundGoesOn:
    """From the next frame on its legs hear it as well, from where it is by then."""

    announcement: Announcement


@dataclass(frozen=True, slots=True)
class SoundStops:
    """Its legs hear no more of it. Whatever was wanted and is not going to be heard ends so, too."""

    announcement: Announcement


@dataclass(frozen=True, slots=True)
class Connected:
    """From now on this leg hears what the people on the legs `added` say as well, and those `removed` no more.

    These are the differences alone: what everybody hears, told again at each join, would be a conference cubed. `hears`
    is how many it hears now. `peer` is the other leg of a bridge, to which a stream of this leg may play as well.
    """

    call_leg_id: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    hears: int = 0
    peer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysSent:
    """The far end of this leg hears these digits from now on; `w` and `W` are pauses of 0.5 and 1 s."""

    call_leg_id: str
    digits: str
    tone_ns: int
    gap_ns: int


@dataclass(frozen=True, slots=True)
class RecordingBegan:
    recording: Recording


@dataclass(frozen=True, slots=True)
class RecordingPaused:
    """What is said meanwhile is not in the recording; `paused` is False when it goes on."""

    recording: Recording
    paused: bool


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """Write the file, and say so (`inputs.RecordingReady`)."""

    recording: Recording


OfSound = (
    SoundWanted
    | SoundStarts
    | SoundGoesOn
    | SoundStops
    | Connected
    | KeysSent
    | RecordingBegan
    | RecordingPaused
    | RecordingEnded
)
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
    | OfSound
)
