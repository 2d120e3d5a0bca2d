"""What Telnyx plays, connects and records on the legs of one run: events of the switch, carried into the media.

And back: what becomes of sounds and recordings, and what the network finds in what people say.
"""

from typing import TYPE_CHECKING, Final

from telnyx_simulator.facts.limits import DTMF_PAUSES_MS
from telnyx_simulator.media import announced
from telnyx_simulator.media.analysis import BeepOver, SpeechBegins, SpeechOver
from telnyx_simulator.media.ear import DigitHeard, Played
from telnyx_simulator.media.leg_media import LegMedia
from telnyx_simulator.media.sources import PTIME_NS
from telnyx_simulator.media.tape import SilentFor
from telnyx_simulator.media.tick import News
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.announcement import Announcement
from telnyx_simulator.transports.recordings import Recordings
from telnyx_simulator.transports.sound_sources import Made, SoundUnavailable, made

if TYPE_CHECKING:
    from telnyx_simulator.transports.session import Session

_PAUSES_S: Final = {key: ms / 1000 for key, ms in DTMF_PAUSES_MS.items()}


class Sounds:
    """The media side of announcements, bridges, conferences and recordings."""

    def __init__(self, session: "Session") -> None:
        self.recordings = Recordings(session)
        self._session = session
        # What is wanted and not yet heard, None as long as it is not there.
        self._wanted: dict[str, Made | None] = {}
        # What all of a conference hear, and since when.
        self._shared: dict[str, tuple[Made, int]] = {}
        self._keys_sent = 0

    def carry(self, event: events.OfSound) -> None:
        """Carry out one event."""
        match event:
            case events.SoundWanted(announcement):
                self._wanted[announcement.announcement_id] = None
                self._session.spawn(self._prepare(announcement))
            case events.SoundStarts(announcement):
                self._start(announcement)
            case events.SoundGoesOn(announcement):
                self._go_on(announcement)
            case events.SoundStops(announcement):
                self._stop(announcement)
            case events.Connected():
                self._connect(event)
            case events.KeysSent():
                self._send_keys(event)
            case events.RecordingBegan(recording):
                self.recordings.begin(recording)
            case events.RecordingPaused(recording, paused):
                self.recordings.pause(recording, paused)
            case events.RecordingEnded(recording):
                self.recordings.end(recording)

    def tell(self, call_leg_id: str, news: News) -> None:
        """What was found in a tick."""
        session = self._session
        if isinstance(news, DigitHeard):
            session.note("far_end", "digit", {"digit": news.digit, "received": True}, call=call_leg_id)
            return
        if not session.switch.legs[call_leg_id].is_alive:
            return
        match news:
            case SpeechBegins():
                session.feed(inputs.SpeechBegan(call_leg_id))
            case SpeechOver(transcript):
                self.recordings.said(call_leg_id, transcript)
                session.feed(inputs.SpeechEnded(call_leg_id, transcript))
            case BeepOver():
                session.feed(inputs.BeepSaid(call_leg_id))
            case SilentFor(silent_ns):
                session.feed(inputs.Silent(call_leg_id, silent_ns))

    # What is played

    async def _prepare(self, wanted: Announcement) -> None:
        session, key = self._session, wanted.announcement_id
        about = {"announcement_id": key, "kind": wanted.kind.value}
        try:
            found = await made(session, wanted)
        except SoundUnavailable as problem:
            if key not in self._wanted:
                return
            del self._wanted[key]
            session.note("switch", "sound.failed", about | {"status": problem.status, "detail": problem.detail})
            session.feed(inputs.SoundFailed(key, problem.status, problem.detail))
            return
        for leg in wanted.call_leg_ids:
            await session.clock.in_thread(session.far_ends.of(leg).prepare_to_hear, found.sound)
        if key not in self._wanted:
            return  # it is not going to be heard any more
        self._wanted[key] = found
        session.trace.stimulus(found.wav)
        duration_ns = found.sound.frames * PTIME_NS
        body = {"made_by": found.by, "clip": found.sound.name, "digest": found.sound.digest, "duration_ns": duration_ns}
        session.note("switch", "sound.ready", about | body)
        session.feed(inputs.SoundReady(key, duration_ns, found.sound.transcript))

    def _start(self, announcement: Announcement) -> None:
        key = announcement.announcement_id
        found = self._wanted.pop(key, None)
        if found is None:
            return
        if announcement.is_shared:
            self._shared[key] = found, self._session.clock.now_ns()
        self._play(announcement, found, skipped=0)

    def _go_on(self, announcement: Announcement) -> None:
        """For those who come to it later."""
        if announcement.announcement_id in self._shared:
            found, began_ns = self._shared[announcement.announcement_id]
            self._play(announcement, found, skipped=(self._session.clock.now_ns() - began_ns) // PTIME_NS)

    def _play(self, announcement: Announcement, found: Made, *, skipped: int) -> None:
        key, session = announcement.announcement_id, self._session
        for leg in announcement.call_leg_ids:
            leg_media = session.far_ends.of(leg)
            sound = Played(key, found.sound, self._tick(leg_media), announcement.times, skipped=skipped)
            played = leg_media.play(sound)
            body = {
                "announcement_id": key,
                "clip": found.sound.name,
                "digest": found.sound.digest,
                "first_frame": played.first,
                "frames": found.sound.frames,
                "times": announcement.times,
                "begins_ns": leg_media.due_ns(played.first),
                "skipped_frames": skipped,
            }
            session.note("switch", "sound.started", body, call=leg)

    def _stop(self, announcement: Announcement) -> None:
        key = announcement.announcement_id
        self._wanted.pop(key, None)
        for leg in announcement.call_leg_ids:
            frames = self._session.far_ends.of(leg).stop(key)
            if frames is not None:
                body = {"announcement_id": key, "frames_heard": frames}
                self._session.note("switch", "sound.stopped", body, call=leg)

    def _send_keys(self, sent: events.KeysSent) -> None:
        sound, digits = announced.keys(
            sent.digits, tone_s=sent.tone_ns / 1e9, gap_s=sent.gap_ns / 1e9, pauses_s=_PAUSES_S
        )
        self._keys_sent += 1
        leg_media = self._session.far_ends.of(sent.call_leg_id)
        first = self._tick(leg_media)
        played = leg_media.play(Played(f"keys {self._keys_sent}", sound, first, digits=digits))
        body = {"digits": sent.digits, "first_frame": played.first, "frames": sound.frames}
        self._session.note("switch", "keys", body, call=sent.call_leg_id)

    def _tick(self, leg_media: LegMedia) -> int:
        """The first tick of a leg that is not over."""
        return -(-(self._session.clock.now_ns() - leg_media.origin_ns) // PTIME_NS)

    # Who hears whom

    def _connect(self, connected: events.Connected) -> None:
        far_ends = self._session.far_ends
        leg_media = far_ends.of(connected.call_leg_id)
        leg_media.hear(map(far_ends.of, connected.added), map(far_ends.of, connected.removed))
        leg_media.bridge(far_ends.of(connected.peer) if connected.peer is not None else None)
        body = {
            "added": list(connected.added),
            "removed": list(connected.removed),
            "hears": connected.hears,
            "peer": connected.peer,
            "from_frame": leg_media.next_tick,
        }
        self._session.note("switch", "connected", body, call=connected.call_leg_id)
        self.recordings.follow()
