"""One leg's media: its mouth and its ear, and the stream between them and the application.

Who hears whom changes only by what is called here: a sound is said or played, the microphone or the line changes, the
person holds the call, legs are connected, a stream opens, starts or ends, a message comes. What most calls do without
(an ear for more than the stream, a voice for more than the application) is made when it is first wanted.
"""

from collections import deque
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.audio.signals import resample
from telnyx_simulator.media.analysis import Found, found_in
from telnyx_simulator.media.ear import Ear, Played
from telnyx_simulator.media.impairments.fates import NONE
from telnyx_simulator.media.impairments.line import APPLICATION, Way
from telnyx_simulator.media.impairments.sound import Moment, Samples
from telnyx_simulator.media.leg_stream import LegStream, judged, retouch_of
from telnyx_simulator.media.messages import (
    Clear,
    Flaw,
    Inbound,
    Malformed,
    Mark,
    Media,
    Outbound,
    read,
)
from telnyx_simulator.media.mixing import FRAMES_A_SECOND, Converters, Pcm, bytes_of, mixed, pcm_of, rows
from telnyx_simulator.media.pcm import samples_of
from telnyx_simulator.media.phone import Phone
from telnyx_simulator.media.playout import Cleared, MarkReached, Pace, Playout
from telnyx_simulator.media.sources import PTIME_NS, Frame, Mic, Mouth, Planned, Sound, Sounding, prepare
from telnyx_simulator.media.talk import REMEMBERED, talk_in
from telnyx_simulator.media.tape import Tape
from telnyx_simulator.media.tick import Tick
from telnyx_simulator.media.voice import Voice


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
        self._stream: LegStream | None = None
        self._heard: deque[bytes] = deque(maxlen=REMEMBERED)
        self._hears = 0  # how many others
        self._peer: LegMedia | None = None
        self._ear: Ear | None = None
        self._voice: Voice | None = None
        self._converters = Converters()
        # Of what was said: the tick at which it is over, earliest first.
        self._findings: list[tuple[int, Found]] = []
        # The last frame that the line altered on its way to the application, at the rate of the stream.
        self._altered: tuple[int, Samples | None, int] | None = None

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

    @property
    def is_idle(self) -> bool:
        """Whether ticks bring nothing until something is asked of this leg again."""
        is_alone = not self._hears and self._peer is None and (self._voice is None or self._voice.is_idle)
        hears_nothing = is_alone and (self._ear is None or self._ear.is_idle)
        has_line = self._to_application is not None or self._phone is not None
        return hears_nothing and self._stream is None and not has_line and not self._findings

    def pass_over(self, ticks: int) -> None:
        """As many ticks of an idle leg, at once."""
        self._ticks += ticks
        self._heard.extend([b""] * min(ticks, REMEMBERED))

    # The person

    def say(self, sound: Sound, at_ns: int | None = None) -> Sounding:
        """From the first tick on that is due at this moment or later; without one, and at the earliest, the next tick.

        Where we are late with ticks, what is said at this moment is not said in the past.
        """
        due = 0 if at_ns is None else -(-(at_ns - self.origin_ns) // PTIME_NS)
        sounding = self._mouth.say(sound, max(self._ticks, due))
        self._findings += [(sounding.first + frames, found) for frames, found in found_in(sound)]
        return sounding

    def set_mic(self, mic: Mic) -> None:
        """From the next tick on."""
        self._mouth.set_mic(mic, self._ticks)

    def hold(self, is_held: bool) -> None:
        """While they hold the call they say nothing and hear nothing."""
        self._mouth.is_held = is_held

    def hears_talkspurt(self) -> bool:
        """Whether sound is being heard: silence that is sent and a single click are none."""
        return talk_in(self._heard)

    # Others, and what Telnyx plays

    def bridge(self, peer: "LegMedia | None") -> None:
        """The other leg of a bridge, or none from now on: who hears what is for the `opposite` leg."""
        self._peer = peer

    def hear(self, added: "Iterable[LegMedia]", removed: "Iterable[LegMedia]" = ()) -> None:
        """From now on this person hears what those on other legs say as well, and others no more."""
        for one in removed:
            one.voice.listeners.remove(self.ear)
            self._hears -= 1
        for one in added:
            one.voice.listeners.append(self.ear)
            self._hears += 1

    @property
    def ear(self) -> Ear:
        if self._ear is None:
            self._ear = Ear(self._rate_hz)
        return self._ear

    @property
    def voice(self) -> Voice:
        if self._voice is None:
            self._voice = Voice(self._mouth)
        return self._voice

    def is_taped(self, tape: Tape | None = None) -> bool:
        """Whether ticks that are due by now or later belong on this tape, or on any."""
        return self._voice is not None and any(tape in (None, one.tape) for one in self._voice.tapes)

    def untape(self, tape: Tape, until_ns: int) -> None:
        """Let go of a tape as soon as all ticks before this moment are on it."""
        self.voice.untape(tape, until_ns)
        self.voice.on_tape(self.due_ns(self._ticks))

    def play(self, played: Played) -> Played:
        """The person hears a sound, from the tick that it names on, or from the next one."""
        played.first = max(played.first, self._ticks)
        self.ear.play(played)
        return played

    def stop(self, key: str) -> int | None:
        """They hear no more of it; how many frames they heard, None if it was over."""
        return self._ear.stop(key, self._ticks) if self._ear is not None else None

    def overhear(self, source: "LegMedia", frame: bytes) -> None:
        """20 ms that the stream of the other leg plays to this one, heard at the next tick."""
        self.ear.overhear(source, pcm_of(frame))

    @property
    def telephone_hz(self) -> int:
        """Of the samples that the telephone leg carries."""
        return self._mouth.leg_codec.sample_rate_hz

    @property
    def _rate_hz(self) -> int:
        """At which this person hears: of the stream's return codec, if that has more than the telephone."""
        leg_hz = self.telephone_hz
        return leg_hz if self._stream is None else max(leg_hz, self._stream.ear.codec.sample_rate_hz)

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
        if self._voice is not None:
            self._voice.prepare(sound)
        found_in(sound)

    def prepare_to_hear(self, sound: Sound) -> None:
        """Bring it to the rate at which this person hears."""
        rows(sound, self._rate_hz)

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
        self._stream = LegStream(
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
        return self._stream.connected()

    def start_stream(self, body: dict[str, Any]) -> list[bytes]:
        assert self._stream is not None
        return self._stream.start(self._ticks, body)

    def end_stream(self, stop: dict[str, Any] | None) -> list[bytes]:
        """The last messages; what is still queued is not heard any more."""
        stream, self._stream = self._stream, None
        return stream.stop(stop) if stream is not None else []

    def press(self, digit: str, occurred_at: str) -> list[bytes]:
        return self._stream.dtmf(digit, occurred_at) if self._stream is not None else []

    def extra_frame(self) -> bytes:
        """20 ms of silence beside what is said."""
        assert self._stream is not None
        return self._stream.silence(self._ticks)

    def receive(self, text: bytes, at_ns: int) -> tuple[Inbound, list[bytes]]:
        """A message from the application, and what it is answered with at once."""
        message, stream = read(text), self._stream
        if stream is None:
            return message, []
        if isinstance(message, Media):
            message = judged(message, stream, at_ns)
        match message:
            case Malformed(code):
                return message, [stream.outbound.error(code)]
            case Mark(name) if stream.ear.is_idle:
                return message, stream.marks(name)
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
        played, said = b"", None
        if stream is not None:
            played, result.notes = stream.ear.tick(self.due_ns(k))
            names = [note.name for note in result.notes if isinstance(note, MarkReached)]
            result.messages += stream.marks(*names)
            if stream.reaches_peer and self._peer and played:
                self._peer.overhear(self, played)
            if stream.flows and stream.sends_inbound:
                said = stream.source.take(k)
        around: list[Pcm] = []
        if self._ear is not None:
            around, digits = self._ear.take(k, self._rate_hz)
            result.news = tuple(digits) if digits and not self._is_deaf else ()
        returned = played if stream is not None and stream.is_heard else b""
        result.returned = returned if around else None
        to_them = self._mixed(returned, around)
        self._hear(stream, to_them, said, result)
        if stream is not None and stream.flows:
            out = to_them if stream.is_heard else self._mixed(played, around) if stream.sends_outbound else b""
            self._send_frames(stream, k, said, played, out, result)
        if self._voice is not None:
            self._speak(self._voice, k, to_them, result)
        if self._findings and self._findings[0][0] <= k:
            self._find(k, result)
        return result

    def _mixed(self, of_stream: bytes, around: list[Pcm]) -> bytes:
        if not around:
            return of_stream
        if of_stream:
            around = [*around, self._converters.convert("stream", pcm_of(of_stream), self._rate_hz, self._ticks)]
        return bytes_of(mixed(around))

    @property
    def _is_deaf(self) -> bool:
        return self._mouth.is_held or (self._phone is not None and self._phone.way.is_cut)

    def _hear(self, stream: LegStream | None, heard: bytes, said: Frame | None, result: Tick) -> None:
        if heard:
            self.frames_heard += 1
        is_deaf = self._is_deaf
        if is_deaf or (stream is not None and not stream.is_heard):
            # Telnyx plays on, for nobody here: its marks are reached, and no talkspurt of it is heard.
            result.notes = [note for note in result.notes if isinstance(note, MarkReached | Cleared)]
        if not is_deaf and self._phone is None:
            result.heard = heard
        elif not is_deaf and self._phone is not None:
            result.played = heard
            k, back = self._ticks - 1, np.zeros(0)
            if stream is not None and self._phone.way.changes_sound:
                back = retouch_of(stream).samples(k, said)
            result.heard = self._phone.hear(k, heard, back, len(heard) // 2 * FRAMES_A_SECOND)
        self._heard.append(result.heard)

    def _speak(self, voice: Voice, k: int, heard: bytes, result: Tick) -> None:
        """What is said, to the others and on tape."""
        altered = self._altered[1:] if self._altered is not None and self._altered[0] == k else None
        spoken = voice.speak(k, self._to_application, samples_of(heard), altered)
        due_ns = self.due_ns(k)
        for one, counts in voice.on_tape(due_ns):
            tape = one.tape
            played = self.ear.played_at(k, tape.rate_hz) if self._ear is not None else ()
            said = voice.said(spoken, tape.rate_hz) if counts else None
            silent = tape.take(one.name, due_ns, said, pcm_of(heard) if heard else None, played)
            result.news += (silent,) if silent is not None else ()

    def _find(self, k: int, result: Tick) -> None:
        found = [one for tick, one in self._findings if tick <= k]
        self._findings = [(tick, one) for tick, one in self._findings if tick > k]
        # Whoever holds the call has not been heard to say it.
        result.news += () if self._mouth.is_held else tuple(found)

    def _send_frames(
        self, stream: LegStream, k: int, said: Frame | None, played: bytes, out: bytes, result: Tick
    ) -> None:
        """`played` is what the stream returned, `out` that and all else that Telnyx plays on this leg."""
        if said is not None:
            self._send_said(stream, k, said, played, result)
        if stream.sends_outbound and out:
            pcm = pcm_of(out)
            at_rate = resample(pcm, len(pcm) * FRAMES_A_SECOND, stream.sent.sample_rate_hz)
            result.messages.append(stream.own_voice(k, at_rate))

    def _send_said(self, stream: LegStream, k: int, said: Frame, played: bytes, result: Tick) -> None:
        """What is said, as far as the line lets it."""
        way, delay_us, copy_us = self._to_application, 0, NONE
        if way is not None and way.changes_sound:
            back = samples_of(played)
            moment = Moment(tick=k, rate_hz=stream.sent.sample_rate_hz, back=back)
            retouch = retouch_of(stream)
            altered = way.altered(retouch.samples(k, said), moment)
            self._altered = (k, altered, stream.sent.sample_rate_hz)
            if altered is None:
                return
            said = retouch.frame(altered)
        if way is not None and way.moves_frames:
            is_lost, delay_us, copy_us = way.fate(k)
            if is_lost:
                stream.outbound.pass_over("inbound")
                return
        self.frames_spoken += 1
        stream.said(k, said, result, delay_us=delay_us, copy_us=copy_us)
