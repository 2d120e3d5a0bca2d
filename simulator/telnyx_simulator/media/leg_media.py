"""One leg's media: its mouth and its ear, and the stream between them and the application.

Who hears whom changes only by what is called here: a sound is said, a stream opens, starts or ends, a message comes.
"""

import base64
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from telnyx_simulator.audio.codecs import Codec, parse_codec
from telnyx_simulator.audio.signals import resample
from telnyx_simulator.media.messages import CONNECTED, Clear, Inbound, Malformed, Mark, Media, Outbound, read
from telnyx_simulator.media.playout import MarkReached, Note, Playout
from telnyx_simulator.media.sources import PTIME_NS, Mouth, Planned, Sound, Sounding, Source


@dataclass(slots=True)
class Tick:
    """What one tick brought: messages to send, the payload among them that the trace keeps, the frame heard."""

    messages: list[bytes] = field(default_factory=list)
    sent: bytes | None = None
    heard: bytes = b""
    notes: list[Note] = field(default_factory=list)


class _Stream:
    """The media side of a stream. `started_at` is the tick at which `start` was sent."""

    def __init__(self, stream_id: str, source: Source, sent: Codec, ear: Playout, tracks: str, heard: bool) -> None:
        self.stream_id = stream_id
        self.outbound = Outbound(stream_id)
        self.source = source
        self.sent = sent
        self.ear = ear
        self.sends_inbound = tracks in ("inbound_track", "both_tracks")
        self.sends_outbound = tracks in ("outbound_track", "both_tracks")
        self.heard = heard
        self.started_at: int | None = None


class LegMedia:
    """`origin_ns` is tick 0 of the leg's grid; tick `k` is due at `origin_ns + k * 20 ms`."""

    def __init__(self, leg_codec: str, origin_ns: int) -> None:
        self.origin_ns = origin_ns
        self.frames_spoken = 0
        self.frames_heard = 0
        self._mouth = Mouth(parse_codec(leg_codec))
        self._ticks = 0
        self._stream: _Stream | None = None

    @property
    def stream_id(self) -> str | None:
        return self._stream.stream_id if self._stream else None

    def due_ns(self, tick: int) -> int:
        return self.origin_ns + tick * PTIME_NS

    def say(self, sound: Sound) -> Sounding:
        """From the next tick on."""
        return self._mouth.say(sound, self._ticks)

    def open_stream(
        self, stream_id: str, *, sent_codec: str, returned_codec: str, track: str, is_heard: bool
    ) -> list[bytes]:
        """The WebSocket is open: the first message."""
        sent, ear = parse_codec(sent_codec), Playout(parse_codec(returned_codec))
        self._stream = _Stream(stream_id, Planned(self._mouth, sent), sent, ear, track, is_heard)
        return [CONNECTED]

    def start_stream(self, body: dict[str, Any]) -> list[bytes]:
        assert self._stream is not None
        self._stream.started_at = self._ticks
        return [self._stream.outbound.start(body)]

    def end_stream(self, stop: dict[str, Any] | None) -> list[bytes]:
        """The last messages; what is still queued is not heard any more."""
        stream, self._stream = self._stream, None
        return [stream.outbound.stop(stop)] if stream and stop else []

    def press(self, digit: str, occurred_at: str) -> list[bytes]:
        stream = self._stream
        return [stream.outbound.dtmf(digit, occurred_at)] if stream and stream.started_at is not None else []

    def receive(self, text: bytes, at_ns: int) -> tuple[Inbound, list[bytes]]:
        """A message from the application, and what it is answered with at once."""
        message = read(text)
        stream = self._stream
        if stream is None:
            return message, []
        match message:
            case Malformed(code):
                return message, [stream.outbound.error(code)]
            case Mark(name) if stream.ear.is_idle:
                return message, [stream.outbound.mark(name)]
            case Media() if not stream.heard:
                # Without rtp mode (or for a peer that is not there) audio is dropped in silence (reported).
                return message, []
            case Media() | Mark() | Clear():
                stream.ear.receive(message, at_ns)
        return message, []

    def refuse_binary(self) -> list[bytes]:
        """A binary message: not part of the protocol, answered as malformed (assumed)."""
        return [self._stream.outbound.error(100003)] if self._stream else []

    def tick(self) -> Tick:
        """The next tick: one frame heard, one frame said."""
        k, stream = self._ticks, self._stream
        self._ticks += 1
        result = Tick()
        if stream is None:
            return result
        result.heard, result.notes = stream.ear.tick(self.due_ns(k))
        result.messages += [stream.outbound.mark(note.name) for note in result.notes if isinstance(note, MarkReached)]
        if result.heard:
            self.frames_heard += 1
        if stream.started_at is None:
            return result
        timestamp_ms = (k - stream.started_at) * (PTIME_NS // 1_000_000)
        if stream.sends_inbound:
            frame = stream.source.take(k)
            self.frames_spoken += 1
            result.sent = frame.payload
            result.messages.append(stream.outbound.media("inbound", timestamp_ms, frame.text))
        if stream.sends_outbound and result.heard:
            pcm = np.frombuffer(result.heard, dtype="<i2").astype(np.int16)
            again = stream.sent.encode(resample(pcm, stream.ear.codec.sample_rate_hz, stream.sent.sample_rate_hz))
            result.messages.append(stream.outbound.media("outbound", timestamp_ms, base64.b64encode(again)))
        return result
