"""What conferences hear and leave behind: sounds for all or some of their participants, digits, and recordings.

Theory of operation. What all hear is one sound in one queue of the conference, told of without naming a leg; what is
for some is a sound for each of them, in the queue of that leg, and told of each (spec). A participant who comes later
hears what all hear from where it is, and who is put on hold hears it no more (assumed).
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from telnyx_simulator.facts import limits
from telnyx_simulator.signaling import options, rest
from telnyx_simulator.signaling.announcements import CALL_HANGUP, CANCELLED, Announcements, End, main
from telnyx_simulator.signaling.board import Board, Done
from telnyx_simulator.signaling.conference import Conference
from telnyx_simulator.signaling.conferences import Conferences
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.gathers import Gathers
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.signaling.keys import Keys
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.part import Part
from telnyx_simulator.signaling.playback import check_voice
from telnyx_simulator.signaling.recording import Recording
from telnyx_simulator.signaling.recordings import Recordings


class ConferenceSounds(Part):
    """Commands to conferences that are heard."""

    def __init__(
        self,
        board: Board,
        conferences: Conferences,
        *,
        announcements: Announcements,
        gathers: Gathers,
        keys: Keys,
        recordings: Recordings,
    ) -> None:
        super().__init__(board)
        self._conferences = conferences
        self._announcements = announcements
        self._gathers = gathers
        self._keys = keys
        self._recordings = recordings
        self.orders = {
            "conference.play": self._play,
            "conference.speak": self._speak,
            "conference.stop": self._stop,
            "conference.send_dtmf": self._send_dtmf,
            "conference.gather_using_audio": self._gather,
            "conference.record_start": self._record_start,
            "conference.record_stop": self._record_stop,
            "conference.record_pause": partial(self._record_pause, paused=True),
            "conference.record_resume": partial(self._record_pause, paused=False),
        }

    # Sounds

    def _play(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        conference = self._conferences.active(command)
        if not (given.get("audio_url") or given.get("media_name")):
            raise rest.refused("missing_parameter", pointer="/audio_url", name="audio_url")
        about = {"media_url": given.get("audio_url") or "", "media_name": given.get("media_name") or ""}
        return Done(self._have_heard(conference, given, now, what="playback", about=about))

    def _speak(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        conference = self._conferences.active(command)
        check_voice(given)
        return Done(self._have_heard(conference, given, now, what="speak", about={}))

    def _have_heard(
        self, conference: Conference, given: Mapping[str, Any], now: int, *, what: str, about: Mapping[str, Any]
    ) -> list[Event]:
        chosen = self._conferences.meant(conference, given.get("call_control_ids", []))
        if not given.get("call_control_ids"):
            ears = [one.leg.call_leg_id for one in conference.talking]
            return self._to_all(conference, given, ears, now, what=what, about=about)
        return [
            event for one in chosen for event in self._to_one(conference, given, one.leg, now, what=what, about=about)
        ]

    def _to_all(
        self,
        conference: Conference,
        given: Mapping[str, Any],
        ears: list[str],
        now: int,
        *,
        what: str,
        about: Mapping[str, Any],
    ) -> list[Event]:
        sound = self._announcements.of(given, ears)
        # With everybody on hold there is nobody to hear it (assumed: then it is not played).
        if sound is None or not ears:
            return []
        sound = replace(sound, is_shared=True)

        def started(at: int) -> list[Event]:
            return self._tell(conference, conference.teller, f"conference.{what}.started", at, about)

        def ended(end: End, at: int) -> list[Event]:
            if _was_never(end):
                return []
            return self._tell(conference, conference.teller, f"conference.{what}.ended", at, about)

        return self._announcements.play(sound, now, queue=conference.conference_id, on_started=started, on_ended=ended)

    def _to_one(
        self,
        conference: Conference,
        given: Mapping[str, Any],
        leg: Leg,
        now: int,
        *,
        what: str,
        about: Mapping[str, Any],
    ) -> list[Event]:
        sound = self._announcements.of(given, [leg.call_leg_id])
        assert sound is not None
        event_type = f"conference.participant.{what}"
        return self._announcements.play(
            sound,
            now,
            leg=leg,
            queue=main(leg),
            on_started=lambda at: self._tell(conference, leg, f"{event_type}.started", at, about),
            on_ended=lambda end, at: (
                [] if _was_never(end) else self._tell(conference, leg, f"{event_type}.ended", at, about)
            ),
        )

    def _tell(
        self, conference: Conference, leg: Leg, event_type: str, now: int, about: Mapping[str, Any]
    ) -> list[Event]:
        return self._conferences.tell(conference, leg, event_type, now, **about)

    def _stop(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        """For all: what everybody hears, and what anybody hears alone."""
        conference = self._conferences.active(command)
        chosen = self._conferences.meant(conference, given.get("call_control_ids", []))
        queues = [main(one.leg) for one in chosen]
        if not given.get("call_control_ids"):
            queues.append(conference.conference_id)
        return Done([event for queue in queues for event in self._announcements.stop_queue(queue, now)])

    # Digits

    def _send_dtmf(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        conference = self._conferences.active(command)
        chosen = self._conferences.meant(conference, given.get("call_control_ids", []))
        for one in chosen:
            options.apply(one.leg, given)
        legs = [one.leg.call_leg_id for one in chosen]
        return Done(self._keys.send(legs, given["digits"], given.get("duration_millis", limits.DTMF_TONE_MS)))

    def _gather(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        conference = self._conferences.active(command)
        leg = self._conferences.participant(conference, given["call_control_id"]).leg
        rest.demand_answered(leg)
        options.apply(leg, given)
        names = ("audio_url", "media_name")
        prompt = {name: given[name] for name in names if given.get(name)}
        invalid = {name: given[f"invalid_{name}"] for name in names if given.get(f"invalid_{name}")}
        return Done(self._gathers.begin(leg, given, now, prompt=prompt or None, invalid=invalid or None), leg=leg)

    # Recordings

    def _record_start(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        conference = self._conferences.active(command)
        recording, happened = self._recordings.begin(
            conference.creator, given, now, conference_id=conference.conference_id
        )
        recording.call_leg_ids[:] = [one.leg.call_leg_id for one in conference.present]
        return Done(happened)

    def _record_stop(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        """Its client state is the creator's, like that of the whole conference (spec)."""
        options.apply(self._conferences.active(command).creator, given)
        return Done([event for one in self._recorded(command, given) for event in self._recordings.end(one, now)])

    def _record_pause(self, command: RestCommand, given: dict[str, Any], now: int, *, paused: bool) -> Done:
        chosen = self._recorded(command, given)
        return Done([event for one in chosen for event in self._recordings.pause(one, paused=paused)])

    def _recorded(self, command: RestCommand, given: dict[str, Any]) -> list[Recording]:
        """Without an id all of the conference's; where there is none it is done as well (assumed)."""
        conference = self._conferences.active(command)
        wanted = given.get("recording_id")
        running = self._recordings.running(conference.conference_id)
        return [one for one in running if wanted in (None, one.recording_id)]


def _was_never(end: End) -> bool:
    """Cancelled before anybody heard of it."""
    return not end.was_heard and end.status in (CANCELLED, CALL_HANGUP)
