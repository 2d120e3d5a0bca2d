"""What the switch can be told: commands of the application, acts of the far end, news from the transports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from telnyx_simulator.facts.signatures import TOLERANCE_S
from telnyx_simulator.facts.webhooks import SHAPES_OF_V2
from telnyx_simulator.signaling.far_end import Behavior

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """The person whom a dial reaches: their leg's codec, the SIP headers they answer with, and further fields.

    `extra_fields` stand in every event of the leg, and in `start` of its streams.
    """

    leg_codec: str = "PCMA"
    custom_headers: Mapping[str, str] = field(default_factory=dict)
    extra_fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in a form; `content_type` is None where the form does not say it."""

    file_name: str
    content_type: str | None
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RestCommand:
    """One REST request. `body` is the parsed JSON (None if there was none), for a GET the query.

    `path_id` is the first id in the path, decoded, and `path_ids` are all of them. `key` is the bearer key, masked. For
    a dial or a transfer, `called` and `behavior` tell of the person who is called.
    """

    operation: str
    path_id: str | None = None
    path_ids: tuple[str, ...] = ()
    body: Any = None
    upload: Upload | None = None
    key: str | None = None
    called: Called = field(default_factory=Called)
    behavior: Behavior | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCall:
    """Somebody calls the application's number: a new incoming leg, with SIP headers and further fields of its own."""

    from_: str
    to: str
    leg_codec: str
    caller_id_name: str | None = None
    webhook_url: str | None = None
    behavior: Behavior | None = None
    custom_headers: Mapping[str, str] = field(default_factory=dict)
    extra_fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PickUp:
    """`detected` is what answering machine detection finds, if the application asks for it."""

    call_leg_id: str
    detected: str = "human"


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


@dataclass(frozen=True, slots=True)
class Hold:
    """The person puts the call on hold: they say and hear nothing until they come back."""

    call_leg_id: str


@dataclass(frozen=True, slots=True)
class Unhold:
    call_leg_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """How the deliveries of an event depart from the truth (`docs/scenario-language.md` 3.5).

    Which of them: the `nth` of its type (from 1), a `share` of them (0 to 1). When: `delay_ns`, up to `jitter_ns` more,
    not before the event `after` was delivered, once more after each of `duplicate_ns`, or never (`drop`). `lose_ack` is
    how many replies never reach us. What: payload fields replaced (`with_`) or removed (`without`), `rename` of the
    event, `shape` of the body, `headers` (a style of `facts.header_styles`, or headers to add), the kind of
    `signature`, and `timestamp_ns`, an offset of the honestly signed timestamp.
    """

    nth: int | None = None
    share: float | None = None
    delay_ns: int = 0
    jitter_ns: int = 0
    after: str | None = None
    duplicate_ns: tuple[int, ...] = ()
    drop: bool = False
    lose_ack: int = 0
    with_: Mapping[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    rename: str | None = None
    shape: str | None = None
    headers: str | Mapping[str, str] | None = None
    signature: str = "genuine"
    timestamp_ns: int = 0

    @property
    def is_genuine(self) -> bool:
        """Whether this could come from Telnyx, and now: what the application must take.

        Payload fields and names are free, for Telnyx adds to both. A timestamp must be within the tolerance by a
        second, for it is cut to whole seconds and takes its time on the way.
        """
        in_time = abs(self.timestamp_ns) <= (TOLERANCE_S - 1) * 1_000_000_000
        return self.signature == "genuine" and in_time and self.shape in (None, *SHAPES_OF_V2)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTreatment:
    """How REST commands are answered. `error` has Telnyx's `code`, or only a `status`; then there is no effect.

    `delay_ns`: the effect comes at once, the reply late. `lose_reply`: effect, then the connection is cut. `reset`: the
    connection is cut before any effect.
    """

    nth: int | None = None
    share: float | None = None
    delay_ns: int = 0
    error_code: str | None = None
    error_status: int | None = None
    lose_reply: bool = False
    reset: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraWebhook:
    """One webhook as if `event_type` had happened; `again` sends the last one of that type byte for byte.

    `to_each`: not only where it would go, but to each URL that the run knows of.
    """

    call_leg_id: str
    event_type: str
    again: bool = False
    to_each: bool = False
    treatment: Treatment = field(default_factory=Treatment)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFinished:
    """The application's reply to one attempt: an HTTP status, or None if none came in time.

    `asked` are the headers of the request, `headers` and `body` those of the reply: for the history of deliveries.
    """

    delivery_id: str
    attempt: int
    status: int | None
    asked: Headers = ()
    headers: Headers = ()
    body: str = ""


@dataclass(frozen=True, slots=True)
class StreamAccepted:
    stream_id: str


@dataclass(frozen=True, slots=True)
class StreamRefused:
    stream_id: str


@dataclass(frozen=True, slots=True)
class StreamClosedByApplication:
    stream_id: str


@dataclass(frozen=True, slots=True)
class StreamClosed:
    """The WebSocket of a stream closes in mid-call, by `telnyx` or the `network`."""

    stream_id: str
    by: str


@dataclass(frozen=True, slots=True)
class SoundReady:
    """A sound that was wanted can be played; once through it takes `duration_ns`. `transcript`: its words, if known."""

    announcement_id: str
    duration_ns: int
    transcript: str | None = None


@dataclass(frozen=True, slots=True)
class SoundFailed:
    """A sound that was wanted cannot be had. `status` as `call.playback.ended` says it: `file_not_found`, `failed`."""

    announcement_id: str
    status: str
    detail: str


@dataclass(frozen=True, slots=True)
class RecordingReady:
    """The file is written: how long what it holds is, and its path below the server's address."""

    recording_id: str
    duration_ns: int
    path: str


@dataclass(frozen=True, slots=True)
class RecordingFailed:
    """The file could not be written."""

    recording_id: str


@dataclass(frozen=True, slots=True)
class Silent:
    """Nobody has said anything on this leg for `silent_ns` (told each time another second of it is over)."""

    call_leg_id: str
    silent_ns: int


@dataclass(frozen=True, slots=True)
class BeepSaid:
    """A beep ended in what the person (or machine) on this leg said."""

    call_leg_id: str


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The person on this leg begins to say something; told before each `SpeechEnded`."""

    call_leg_id: str


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """What the person on this leg said is over; `transcript` is the text that stands beside the clip, if one does."""

    call_leg_id: str
    transcript: str | None


OfSound = SoundReady | SoundFailed | RecordingReady | RecordingFailed | Silent | BeepSaid | SpeechBegan | SpeechEnded
Input = (
    RestCommand
    | PlaceCall
    | PickUp
    | Refuse
    | HangUp
    | Press
    | Hold
    | Unhold
    | ExtraWebhook
    | AttemptFinished
    | StreamAccepted
    | StreamRefused
    | StreamClosedByApplication
    | StreamClosed
    | OfSound
)
