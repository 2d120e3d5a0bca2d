"""The media side of a stream: its codecs, what it writes to the application, and to whom what it returns is played."""

import base64
import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from telnyx_simulator.audio.codecs import Codec, Encoder
from telnyx_simulator.facts.media import MP3_INTERVAL_MS_MIN
from telnyx_simulator.media.impairments.fates import NONE
from telnyx_simulator.media.messages import CONNECTED, Flaw, Malformed, Media, Outbound, flaw_of
from telnyx_simulator.media.mixing import Pcm
from telnyx_simulator.media.playout import Playout
from telnyx_simulator.media.retouch import Retouch
from telnyx_simulator.media.sources import PTIME_NS, Frame, Source
from telnyx_simulator.media.tick import Tick


@dataclass(slots=True)
class LegStream:
    """The media side of a stream. `started_at` is the tick at which `start` was sent, or would have been.

    What it writes is empty, or nothing, where messages of that kind are in `skip`.
    """

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

    @property
    def flows(self) -> bool:
        """Whether frames go to the application."""
        return self.started_at is not None and "media" not in self.skip

    def connected(self) -> list[bytes]:
        return [] if "connected" in self.skip else [CONNECTED]

    def start(self, tick: int, body: dict[str, Any]) -> list[bytes]:
        self.started_at = tick
        return [] if "start" in self.skip else [self.outbound.start(body)]

    def stop(self, body: dict[str, Any] | None) -> list[bytes]:
        """What never started does not stop."""
        if body is None or self.started_at is None or "stop" in self.skip:
            return []
        return [self.outbound.stop(body)]

    def dtmf(self, digit: str, occurred_at: str) -> list[bytes]:
        is_told = self.started_at is not None and "dtmf" not in self.skip
        return [self.outbound.dtmf(digit, occurred_at)] if is_told else []

    def marks(self, *names: str) -> list[bytes]:
        return [] if "mark" in self.skip else [self.outbound.mark(name) for name in names]

    def silence(self, tick: int) -> bytes:
        """A frame of it, beside what is said."""
        payload = base64.b64encode(self.sent.silence_frame)
        return self.outbound.media("inbound", self.timestamp_ms(tick), payload)

    def said(self, tick: int, frame: Frame, result: Tick, *, delay_us: int, copy_us: int) -> None:
        """A frame of what the person says: now, or late, and perhaps once more."""
        timestamp_ms = self.timestamp_ms(tick)
        message = self.outbound.media("inbound", timestamp_ms, frame.text)
        if delay_us:
            result.late.append((delay_us, message, frame.payload))
        else:
            result.sent, result.sent_at = frame.payload, len(result.messages)
            result.messages.append(message)
        if copy_us != NONE:
            copy = self.outbound.media("inbound", timestamp_ms, frame.text, again=True)
            result.late.append((copy_us, copy, frame.payload))

    def own_voice(self, tick: int, pcm: Pcm) -> bytes:
        """What Telnyx plays on the leg, at the rate of the codec that is sent."""
        again = self.back.encode(pcm[: self.sent.frame_samples])
        return self.outbound.media("outbound", self.timestamp_ms(tick), base64.b64encode(again))

    def timestamp_ms(self, tick: int) -> int:
        """Since `start`; 0 before it."""
        return (tick - (tick if self.started_at is None else self.started_at)) * (PTIME_NS // 1_000_000)


def judged(message: Media, stream: LegStream, at_ns: int) -> Media | Malformed:
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


def retouch_of(stream: LegStream) -> Retouch:
    stream.retouch = stream.retouch or Retouch(stream.sent)
    return stream.retouch
