"""One leg's media: its mouth and its ear, and the stream between them and the application.

Who hears whom changes only by what is called here: a sound is said, the microphone or the line changes, the person
holds the call, a stream opens, starts or ends, a message comes.
"""

import base64
import dataclasses
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from telnyx_simulator.audio.activity import FRAME, is_loud
from telnyx_simulator.audio.codecs import Codec, Encoder, parse_codec
from telnyx_simulator.audio.signals import resample
from telnyx_simulator.audio.telephone_band import RATE_HZ
from telnyx_simulator.facts.media import MP3_INTERVAL_MS_MIN
from telnyx_simulator.media.impairments.fates import NONE
from telnyx_simulator.media.impairments.line import APPLICATION, Way
from telnyx_simulator.media.impairments.sound import Moment
from telnyx_simulator.media.messages import (
    CONNECTED,
    Clear,
    Flaw,
    Inbound,
    Malformed,
    Mark,
    Media,
    Outbound,
    flaw_of,
    read,
)
from telnyx_simulator.media.pcm import samples_of
from telnyx_simulator.media.phone import Phone
from telnyx_simulator.media.playout import Cleared, MarkReached, Note, Pace, Playout
from telnyx_simulator.media.retouch import Retouch
from telnyx_simulator.media.sources import PTIME_NS, Frame, Mic, Mouth, Planned, Sound, Sounding, Source, prepare

# A talkspurt is heard when 80 of the last 200 ms are loud against the two seconds before them.
_REMEMBERED: Final = 100
_LATELY: Final = RATE_HZ // 5 // FRAME
_LOUD_LEAST: Final = 8


@dataclass(slots=True)
class Tick:
    """What one tick brought: messages to send, the payload among them that the trace keeps, the frame heard.

    `sent_at` is the place among the messages of that payload's. `late` are messages for later: by how many us, the
    message, its payload. `played` is what Telnyx played, where the line may change it on its way to the ear.
    """

    messages: list[bytes] = field(default_factory=list)
    sent: bytes | None = None
    sent_at: int | None = None
    late: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    heard: bytes = b""
    played: bytes | None = None
    notes: list[Note] = field(default_factory=list)


@dataclass(slots=True)
class _Stream:
    """The media side of a stream. `started_at` is the tick at which `start` was sent, or would have been."""

    stream_id: str
    outbound: Outbound
    source: Source
    sent: Codec
    ear: Playout
    back: Encoder  # of the track on which the application gets its own voice
    sends_inbound: bool
    sends_outbound: bool
    is_heard: bool
    reaches_peer: bool
    refuses_short: bool
    not_mp3: int | None
    skip: Collection[str]
    started_at: int | None = None
    mp3_at_ns: int | None = None
    retouch: Retouch | None = None


class LegMedia:
    """`origin_ns` is tick 0 of the leg's grid; tick `k` is due at `origin_ns + k * 20 ms`."""

    def __init__(self, leg_codec: str, origin_ns: int) -> None:
        self.origin_ns = origin_ns
        self.frames_spoken = 0
        self.frames_heard = 0
        self._to_application: Way | None = None
        self._phone: Phone | None = None
        self._mouth = Mouth(parse_codec(leg_codec))
        self._ticks = 0
        self._stream: _Stream | None = None
        self._heard: deque[bytes] = deque(maxlen=_REMEMBERED)
        self._peer: LegMedia | None = None
        # What the stream of the other leg plays to this one. Both tick every 20 ms, so one frame waits at most.
        self._from_peer: deque[bytes] = deque(maxlen=1)

    @property
    def stream_id(self) -> str | None:
        return self._stream.stream_id if self._stream else None

    @property
    def outbound(self) -> Outbound | None:
        """Writes messages of the stream that is open now."""
        return self._stream.outbound if self._stream else None

    @property
    def pace(self) -> Pace | None:
        """How the application sent on the stream that is open now, so far."""
        return self._stream.ear.pace if self._stream else None

    @property
    def has_started(self) -> bool:
        """Whether media flow to the application."""
        return self._stream is not None and self._stream.started_at is not None

    @property
    def next_tick(self) -> int:
        return self._ticks

    def due_ns(self, tick: int) -> int:
        return self.origin_ns + tick * PTIME_NS

    # The person

    def say(self, sound: Sound, at_ns: int | None = None) -> Sounding:
        """From the first tick on that is due at this moment or later; without one, and at the earliest, the next tick.

        Where we are late with ticks, what is said at this moment is not said in the past.
        """
        due = 0 if at_ns is None else -(-(at_ns - self.origin_ns) // PTIME_NS)
        return self._mouth.say(sound, max(self._ticks, due))

    def set_mic(self, mic: Mic) -> None:
        """From the next tick on."""
        self._mouth.set_mic(mic, self._ticks)

    def hold(self, is_held: bool) -> None:
        """While they hold the call they say nothing and hear nothing."""
        self._mouth.is_held = is_held

    def hears_talkspurt(self) -> bool:
        """Whether sound is being heard: silence that is sent and a single click are none."""
        size = max(map(len, self._heard), default=0) // 2
        if not size:
            return False
        pcm = np.zeros((len(self._heard), size), dtype=np.int16)
        for row, frame in zip(pcm, self._heard, strict=True):
            row[: len(frame) // 2] = np.frombuffer(frame, dtype="<i2")
        lately = is_loud(resample(pcm.reshape(-1), size * 1_000_000_000 // PTIME_NS, RATE_HZ))[-_LATELY:]
        return int(lately.sum()) >= _LOUD_LEAST

    def bridge(self, peer: "LegMedia | None") -> None:
        """The other leg of a bridge, or none from now on: who hears what is for the `opposite` leg."""
        self._peer = peer

    def set_line(self, end: str, way: Way | None) -> None:
        """What becomes of frames toward this end, from the next tick on; None: nothing."""
        if end == APPLICATION:
            self._to_application = way
        else:
            self._phone = Phone(way) if way else None

    # The stream

    def prepare(self, sent_codec: str, returned_codec: str) -> None:
        """Load the codecs and encode what is being said already: minutes of sound would make the first frame late."""
        sent = parse_codec(sent_codec)
        _ = sent.silence_frame, parse_codec(returned_codec).decoder()
        for sound in self._mouth.sounds_from(self._ticks):
            prepare(sound, self._mouth.leg_codec, sent)

    def prepare_to_say(self, sound: Sound) -> None:
        """Encode what will be said, if there is a stream that will need it."""
        if self._stream is not None:
            prepare(sound, self._mouth.leg_codec, self._stream.sent)

    def open_stream(
        self,
        stream_id: str,
        *,
        sent_codec: str,
        returned_codec: str,
        track: str,
        is_heard: bool,
        reaches_peer: bool = False,
        refuses_short: bool = False,
        not_mp3: int | None = None,
        skip: Collection[str] = (),
    ) -> list[bytes]:
        """The WebSocket is open: the first message.

        `is_heard`: what is returned is for this leg; `reaches_peer`: for the one that it is bridged with.
        `refuses_short`: less than 20 ms of it is answered with an error. `not_mp3`: in mp3 mode (return codec MP3) what
        is no MP3 is answered with this error; None: with nothing. Messages of a kind in `skip` are never made.
        """
        sent = parse_codec(sent_codec)
        self._stream = _Stream(
            stream_id=stream_id,
            outbound=Outbound(stream_id),
            source=Planned(self._mouth, sent),
            sent=sent,
            ear=Playout(parse_codec(returned_codec)),
            back=sent.encoder(),
            sends_inbound=track in ("inbound_track", "both_tracks"),
            sends_outbound=track in ("outbound_track", "both_tracks"),
            is_heard=is_heard,
            reaches_peer=reaches_peer,
            refuses_short=refuses_short,
            not_mp3=not_mp3,
            skip=skip,
        )
        return [] if "connected" in skip else [CONNECTED]

    def start_stream(self, body: dict[str, Any]) -> list[bytes]:
        assert self._stream is not None
        self._stream.started_at = self._ticks
        return [] if "start" in self._stream.skip else [self._stream.outbound.start(body)]

    def end_stream(self, stop: dict[str, Any] | None) -> list[bytes]:
        """The last messages; what is still queued is not heard any more. What never started does not stop."""
        stream, self._stream = self._stream, None
        if stream is None or stop is None or stream.started_at is None or "stop" in stream.skip:
            return []
        return [stream.outbound.stop(stop)]

    def press(self, digit: str, occurred_at: str) -> list[bytes]:
        stream = self._stream
        if stream is None or stream.started_at is None or "dtmf" in stream.skip:
            return []
        return [stream.outbound.dtmf(digit, occurred_at)]

    def extra_frame(self) -> bytes:
        """20 ms of silence beside what is said."""
        stream = self._stream
        assert stream is not None
        payload = base64.b64encode(stream.sent.silence_frame)
        return stream.outbound.media("inbound", self._timestamp_ms(stream, self._ticks), payload)

    def receive(self, text: bytes, at_ns: int) -> tuple[Inbound, list[bytes]]:
        """A message from the application, and what it is answered with at once."""
        message, stream = read(text), self._stream
        if stream is None:
            return message, []
        if isinstance(message, Media):
            message = _judged(message, stream, at_ns)
        match message:
            case Malformed(code):
                return message, [stream.outbound.error(code)]
            case Mark(name) if stream.ear.is_idle:
                return message, self._marks(stream, name)
            case Media(flaw=Flaw.NOT_DECODABLE):
                # In mp3 mode, which holds unless asked otherwise, raw audio is dropped in silence (reported).
                return message, []
            case Media() if not (stream.is_heard or (stream.reaches_peer and self._peer)):
                return message, []
            case Media() | Mark() | Clear():
                stream.ear.receive(message, at_ns)
        return message, []

    def tick(self) -> Tick:
        """The next tick: one frame heard, one frame said."""
        k, stream = self._ticks, self._stream
        self._ticks += 1
        result = Tick()
        overheard = self._from_peer.popleft() if self._from_peer else b""
        played, said = b"", None
        if stream is not None:
            played, result.notes = stream.ear.tick(self.due_ns(k))
            names = [note.name for note in result.notes if isinstance(note, MarkReached)]
            result.messages += self._marks(stream, *names)
            if stream.reaches_peer and self._peer and played:
                self._peer.overhear(played)
            if stream.started_at is not None and "media" not in stream.skip and stream.sends_inbound:
                said = stream.source.take(k)
        self._hear(stream, played, overheard, said, result)
        if stream is not None and stream.started_at is not None and "media" not in stream.skip:
            self._send_frames(stream, k, said, played, result)
        return result

    def overhear(self, frame: bytes) -> None:
        """20 ms that the stream of the other leg plays to this one, heard at the next tick."""
        self._from_peer.append(frame)

    def _hear(self, stream: _Stream | None, played: bytes, overheard: bytes, said: Frame | None, result: Tick) -> None:
        heard = _mixed(played if stream is not None and stream.is_heard else b"", overheard)
        if heard:
            self.frames_heard += 1
        is_deaf = self._mouth.is_held or (self._phone is not None and self._phone.way.is_cut)
        if is_deaf or (stream is not None and not stream.is_heard):
            # Telnyx plays on, for nobody here: its marks are reached, and no talkspurt of it is heard.
            result.notes = [note for note in result.notes if isinstance(note, MarkReached | Cleared)]
        if not is_deaf and self._phone is None:
            result.heard = heard
        elif not is_deaf and self._phone is not None:
            result.played = heard
            k, back = self._ticks - 1, np.zeros(0)
            if stream is not None and self._phone.way.changes_sound:
                back = _retouch(stream).samples(k, said)
            result.heard = self._phone.hear(k, heard, back, len(heard) // 2 * 50)
        self._heard.append(result.heard)

    def _send_frames(self, stream: _Stream, k: int, said: Frame | None, played: bytes, result: Tick) -> None:
        if said is not None:
            self._send_said(stream, k, said, played, result)
        if stream.sends_outbound and played:
            pcm = np.frombuffer(played, dtype="<i2").astype(np.int16)
            at_rate = resample(pcm, stream.ear.codec.sample_rate_hz, stream.sent.sample_rate_hz)
            again = stream.back.encode(at_rate[: stream.sent.frame_samples])
            timestamp_ms = self._timestamp_ms(stream, k)
            result.messages.append(stream.outbound.media("outbound", timestamp_ms, base64.b64encode(again)))

    def _send_said(self, stream: _Stream, k: int, said: Frame, played: bytes, result: Tick) -> None:
        """What is said, as far as the line lets it."""
        way, delay_us, copy_us = self._to_application, 0, NONE
        if way is not None and way.changes_sound:
            back = samples_of(played)
            moment = Moment(tick=k, rate_hz=stream.sent.sample_rate_hz, back=back)
            retouch = _retouch(stream)
            altered = way.altered(retouch.samples(k, said), moment)
            if altered is None:
                return
            said = retouch.frame(altered)
        if way is not None and way.moves_frames:
            is_lost, delay_us, copy_us = way.fate(k)
            if is_lost:
                stream.outbound.pass_over("inbound")
                return
        self.frames_spoken += 1
        timestamp_ms = self._timestamp_ms(stream, k)
        message = stream.outbound.media("inbound", timestamp_ms, said.text)
        if delay_us:
            result.late.append((delay_us, message, said.payload))
        else:
            result.sent, result.sent_at = said.payload, len(result.messages)
            result.messages.append(message)
        if copy_us != NONE:
            copy = stream.outbound.media("inbound", timestamp_ms, said.text, again=True)
            result.late.append((copy_us, copy, said.payload))

    def _timestamp_ms(self, stream: _Stream, tick: int) -> int:
        """Since `start`; 0 before it."""
        return (tick - (tick if stream.started_at is None else stream.started_at)) * (PTIME_NS // 1_000_000)

    def _marks(self, stream: _Stream, *names: str) -> list[bytes]:
        return [] if "mark" in stream.skip else [stream.outbound.mark(name) for name in names]


def _mixed(one: bytes, other: bytes) -> bytes:
    """Two frames of 20 ms at one time, clipped at full scale; of two rates the higher is kept."""
    if not (one and other):
        return one or other
    first, second = (np.frombuffer(frame, dtype="<i2").astype(np.int16) for frame in (one, other))
    rate_hz = max(len(first), len(second)) * 50
    first, second = (resample(frame, len(frame) * 50, rate_hz) for frame in (first, second))
    mixed: bytes = np.clip(first.astype(np.int32) + second, -32768, 32767).astype("<i2").tobytes()
    return mixed


def _judged(message: Media, stream: _Stream, at_ns: int) -> Media | Malformed:
    """The message with its flaw, or what Telnyx answers it with."""
    flaw = flaw_of(message.payload, stream.ear.codec)
    if flaw is Flaw.SHORT and stream.refuses_short:
        return Malformed(100004, "less than 20 ms of audio", flaw, len(message.payload))
    if stream.ear.codec.name == "MP3":
        if flaw is None:
            since_ns = None if stream.mp3_at_ns is None else at_ns - stream.mp3_at_ns
            if since_ns is not None and since_ns < MP3_INTERVAL_MS_MIN * 1_000_000:
                told = f"an MP3 file {since_ns / 1e9:.2f} s after the one before; one a second is the most"
                return Malformed(100005, told, Flaw.TOO_OFTEN)
            stream.mp3_at_ns = at_ns
        elif stream.not_mp3 is not None:
            return Malformed(stream.not_mp3, "no MP3 file, where the stream is in mp3 mode", flaw)
    return dataclasses.replace(message, flaw=flaw) if flaw else message


def _retouch(stream: _Stream) -> Retouch:
    stream.retouch = stream.retouch or Retouch(stream.sent)
    return stream.retouch
