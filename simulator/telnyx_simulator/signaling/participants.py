"""Commands about the participants of a conference: how they stand, and what they look like as resources."""

from functools import partial
from typing import Any

from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.announcements import Announcements
from telnyx_simulator.signaling.board import Board, Done
from telnyx_simulator.signaling.conference import Conference, Participant
from telnyx_simulator.signaling.conferences import Conferences
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.signaling.part import Part


class Participants(Part):
    """Mute, hold, supervisor roles; the list and its rows."""

    def __init__(self, board: Board, conferences: Conferences, announcements: Announcements) -> None:
        super().__init__(board)
        self._conferences = conferences
        self._announcements = announcements
        self.orders = {
            "conference.update": self._update,
            "conference.mute": partial(self._mute, muted=True),
            "conference.unmute": partial(self._mute, muted=False),
            "conference.hold": self._hold,
            "conference.unhold": self._unhold,
            "participant.list": lambda command, given, now: Done(data=self._rows(command)),
            "participant.retrieve": self._retrieve_participant,
            "participant.update": self._update_participant,
        }
        self.items = {
            "participant.list": lambda command, now: self._rows(command) if conferences.knows(command) else [],
        }

    def _update(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        conference = self._conferences.active(command)
        one = self._conferences.participant(conference, given["call_control_id"])
        one.role, one.changed_ns = given["supervisor_role"], now
        one.whispers_to = tuple(given.get("whisper_call_control_ids", ()))
        return Done(self._conferences.changed(conference, now), leg=one.leg)

    def _mute(self, command: RestCommand, given: dict[str, Any], now: int, *, muted: bool) -> Done:
        conference = self._conferences.active(command)
        for one in self._conferences.meant(conference, given.get("call_control_ids", [])):
            one.muted, one.changed_ns = muted, now
        return Done(self._conferences.changed(conference, now))

    def _hold(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        conference = self._conferences.active(command)
        happened: list[Event] = []
        for one in self._conferences.meant(conference, given.get("call_control_ids", [])):
            one.held, one.changed_ns = True, now
            if audio := {name: given[name] for name in ("audio_url", "media_name") if given.get(name)}:
                one.hold_audio, one.hold_failed = audio, False
                happened += self._announcements.stop(one.hold_sound, now) if one.hold_sound else []
        return Done(happened + self._conferences.changed(conference, now))

    def _unhold(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        conference = self._conferences.active(command)
        for one in self._conferences.meant(conference, given["call_control_ids"]):
            one.held, one.changed_ns = False, now
        return Done(self._conferences.changed(conference, now))

    def _rows(self, command: RestCommand) -> list[dict[str, Any]]:
        conference = self._conferences.named(command.path_id)
        return [conference.row(one, self.board) for one in conference.everybody]

    def _retrieve_participant(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        conference = self._conferences.named(command.path_id)
        return Done(data=conference.single(_by_id(conference, command), self.board))

    def _update_participant(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        conference = self._conferences.active(command)
        one = _by_id(conference, command)
        one.beep, one.changed_ns = given.get("beep_enabled", one.beep), now
        one.ends = given.get("end_conference_on_exit", one.ends)
        one.soft_ends = given.get("soft_end_conference_on_exit", one.soft_ends)
        return Done(data=conference.single(one, self.board), leg=one.leg)


def _by_id(conference: Conference, command: RestCommand) -> Participant:
    wanted = command.path_ids[1]
    found = next((one for one in conference.everybody if one.participant_id == wanted), None)
    if found is None:
        raise rest.refused("not_found")
    return found
