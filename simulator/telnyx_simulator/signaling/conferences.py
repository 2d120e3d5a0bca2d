"""Conferences: from the leg that one is made of to the last that leaves.

Theory of operation. A conference is created from an answered leg, or by a dial into a name that is free. It ends when
the last participant has left, when one leaves whose exit ends it, by command, or when its time is over; then whoever is
still there is hung up, unless the end is a soft one. A leg that joins leaves where it was, and one that leaves is
parked again. Webhooks come as in a capture: the floor first, then the conference, then its participant; and at the end
`call.hangup`, `conference.participant.left`, `conference.ended`. All of them carry the creator's client state (spec).

Participants that have left stay in the list with the status `left` (assumed: the status is there for that).
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from telnyx_simulator.facts import limits, webhooks
from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.facts.operations.table import CONFERENCE_CONFIG
from telnyx_simulator.signaling import identifiers, options, rest
from telnyx_simulator.signaling.announcement import Announcement, Kind
from telnyx_simulator.signaling.announcements import CALL_HANGUP, CANCELLED, Announcements, End
from telnyx_simulator.signaling.board import Board, Done
from telnyx_simulator.signaling.calls import Calls
from telnyx_simulator.signaling.conference import Conference, Participant
from telnyx_simulator.signaling.connections import Connections, Why
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.signaling.leg import Leg, LegState, Trigger
from telnyx_simulator.signaling.part import Part
from telnyx_simulator.signaling.recordings import Recordings

SECOND_NS = 1_000_000_000


class Conferences(Part):
    """Every conference of a switch, also those that are over."""

    def __init__(
        self,
        board: Board,
        calls: Calls,
        connections: Connections,
        announcements: Announcements,
        recordings: Recordings,
    ) -> None:
        super().__init__(board)
        self._calls = calls
        self._connections = connections
        self._announcements = announcements
        self._recordings = recordings
        self.by_id: dict[str, Conference] = {}
        self._in: dict[str, Conference] = {}
        self._minted = 0
        # Legs that are to join once they are answered, and what was asked for.
        self._planned: dict[str, Mapping[str, Any]] = {}
        self.orders = {
            "conference.create": self._create,
            "conference.retrieve": self._retrieve,
            "conference.join": self._join,
            "conference.leave": self._leave,
            "conference.end": self._end,
        }
        self.items = {
            "conference.list": lambda command, now: [one.resource(board) for one in self.by_id.values()],
        }

    def knows(self, command: RestCommand) -> bool:
        return command.path_id in self.by_id and command.operation.startswith(("conference.", "participant."))

    def beside(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What a row of the list is found by and does not say."""
        return self.by_id[row["id"]].beside(self.board) if row.get("id") in self.by_id else {}

    def standing(self) -> dict[str, Any]:
        """The conferences that are not over, by id."""
        active = (one for one in self.by_id.values() if one.ended_ns is None)
        return {
            one.conference_id: {"name": one.name, "participants": [there.leg.call_control_id for there in one.present]}
            for one in active
        }

    def demand_known(self, command: RestCommand) -> None:
        """A command to a conference that nobody knows is refused for that, whatever its parameters."""
        if command.path_id is not None and command.operation.startswith(("conference.", "participant.")):
            self.named(command.path_id)

    # For the part that plays to conferences

    def active(self, command: RestCommand) -> Conference:
        """The conference that a command names, if it still takes commands."""
        conference = self.named(command.path_id)
        if conference.ended_ns is not None:
            raise rest.refused("conference_ended")
        return conference

    def meant(self, conference: Conference, call_control_ids: list[str]) -> list[Participant]:
        """Those whom a command names, or everybody who is there if it names nobody."""
        chosen = [self.participant(conference, key, pointer="/call_control_ids") for key in call_control_ids]
        return chosen or conference.present

    def participant(self, conference: Conference, call_control_id: str, *, pointer: str | None = None) -> Participant:
        leg = self.board.legs.controlled_by(call_control_id)
        found = conference.of(leg) if leg else None
        if found is None:
            raise rest.refused("not_participating", pointer=pointer)
        return found

    def tell(self, conference: Conference, leg: Leg, event_type: str, now: int, **fields: Any) -> list[Event]:
        """The application hears of the conference, by way of this leg."""
        about = {
            "client_state": conference.creator.client_state,
            "conference_id": conference.conference_id,
            "creator_call_session_id": conference.creator.call_session_id,
            "occurred_at": self.board.iso_us(now),
        } | fields
        known = webhooks.FIELDS[event_type]
        return self.board.tell(leg, event_type, now, **{name: about[name] for name in about if name in known})

    # Commands about the conference

    def _create(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        leg = self._leg(given["call_control_id"])
        if self._of_name(given["name"]):
            raise rest.refused("conference_exists")
        options.apply(leg, given)
        conference = self._new(leg, given["name"], given, now)
        return Done(self._enter(conference, leg, {}, now), conference.resource(self.board), leg)

    def _new(self, creator: Leg, name: str, given: Mapping[str, Any], now: int) -> Conference:
        lasts_s = given.get("duration_minutes", limits.CONFERENCE_MINUTES) * 60
        lasts_ns = min(lasts_s, limits.CONFERENCE_MINUTES * 60) * SECOND_NS
        conference = Conference(
            conference_id=self._new_id("conference_id"),
            name=name,
            creator=creator,
            began_ns=now,
            changed_ns=now,
            expires_ns=now + lasts_ns,
            most=given.get("max_participants", limits.PARTICIPANTS_MAX),
            beep=given.get("beep_enabled", "never"),
            started=given.get("start_conference_on_create", True),
            region=given.get("region", "US"),
            hold_audio=_hold_audio(given),
        )
        self.by_id[conference.conference_id] = conference
        self.board.agenda.at(now + lasts_ns, partial(self._finish, conference, "time_exceeded"))
        return conference

    def _retrieve(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        return Done(data=self.named(command.path_id).resource(self.board))

    def _end(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        return Done(self._finish(self.active(command), "ended_via_api", now))

    def _finish(
        self, conference: Conference, reason: str, now: int, *, by: Leg | None = None, hang_up: bool = True
    ) -> list[Event]:
        if conference.ended_ns is not None:
            return []
        conference.ended_ns = conference.changed_ns = now
        conference.end_reason, conference.ended_by = reason, by
        happened = self._announcements.stop_queue(conference.conference_id, now)
        for recording in self._recordings.running(conference.conference_id):
            happened += self._recordings.end(recording, now)
        for one in conference.present:
            if not one.is_in:
                continue
            if hang_up:
                rings = one.leg.state is LegState.RINGING
                trigger = Trigger.HANGUP_COMMAND if rings else Trigger.CONFERENCE_ENDS
                happened += self._calls.end(one.leg, trigger, now)
            else:
                happened += self._connections.leave(one.leg, Why.CONFERENCE, now)
        # Reported: the creator is hung up as well, even if they have moved to another conference.
        if conference.tied and by is None:
            happened += self._calls.end(conference.creator, Trigger.CONFERENCE_ENDS, now)
        told = self.board.rules.assumed("reason_of_ended_conference") if reason == "ended_via_api" else reason
        return happened + self.tell(conference, conference.creator, "conference.ended", now, reason=told)

    # Who comes and goes

    def _join(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        conference = self.active(command)
        leg = self._leg(given["call_control_id"])
        if conference.of(leg):
            raise rest.refused("joined_twice")
        if len(conference.present) >= conference.most:
            raise rest.refused("conference_full", most=conference.most)
        options.apply(leg, given)
        return Done(self._enter(conference, leg, given, now), leg=leg)

    def _enter(self, conference: Conference, leg: Leg, given: Mapping[str, Any], now: int) -> list[Event]:
        """The leg joins, as the parameters of `join` say; the first one makes the conference known."""
        happened = self._connections.leave(leg, Why.CONFERENCE, now)
        if not leg.is_alive or conference.ended_ns is not None:
            return happened
        participant = Participant(
            participant_id=self._new_id("participant_id"),
            leg=leg,
            began_ns=now,
            changed_ns=now,
            muted=given.get("mute", False),
            held=given.get("hold", False),
            role=given.get("supervisor_role", "none"),
            whispers_to=tuple(given.get("whisper_call_control_ids", ())),
            beep=given.get("beep_enabled"),
            ends=given.get("end_conference_on_exit", False),
            soft_ends=given.get("soft_end_conference_on_exit", False),
            hold_audio=_hold_audio(given) or conference.hold_audio,
        )
        is_first = not conference.everybody
        conference.everybody.append(participant)
        self._in[leg.call_leg_id] = conference
        self._connections.enter(leg, partial(self._left, conference, participant), Why.CONFERENCE, now)
        if given.get("start_conference_on_enter"):
            conference.started = True
        happened += self.changed(conference, now)
        if is_first:
            happened += self._take_floor(conference, leg, now)
            happened += self.tell(conference, leg, "conference.created", now)
        happened += self.tell(conference, leg, "conference.participant.joined", now)
        return happened + self._beep(conference, participant.beep, "on_enter", now)

    def _leave(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        conference = self.active(command)
        participant = self.participant(conference, given["call_control_id"])
        participant.beep = given.get("beep_enabled", participant.beep)
        conference.tied = conference.tied and participant.leg is not conference.creator
        return Done(self._connections.leave(participant.leg, Why.CONFERENCE, now), leg=participant.leg)

    def _left(self, conference: Conference, participant: Participant, leg: Leg, why: Why, now: int) -> list[Event]:
        participant.is_in, participant.changed_ns = False, now
        self._in.pop(leg.call_leg_id, None)
        happened = self._connections.hear({leg.call_leg_id: ()})
        if participant.hold_sound:
            happened += self._announcements.stop(participant.hold_sound, now)
        happened += self.changed(conference, now)
        happened += self.tell(conference, leg, "conference.participant.left", now)
        if conference.ended_ns is not None:
            return happened
        if participant.ends or participant.soft_ends:
            return happened + self._finish(conference, "host_left", now, by=leg, hang_up=participant.ends)
        if not conference.present:
            return happened + self._finish(conference, "all_left", now, by=leg)
        return happened + self._beep(conference, participant.beep, "on_exit", now)

    def changed(self, conference: Conference, now: int) -> list[Event]:
        """Who hears whom, what plays to all, or music, and who is recorded follows from how everybody stands."""
        conference.changed_ns = now
        happened = self._connections.rehear(conference.hearing_changes())
        ears = [one.leg.call_leg_id for one in conference.talking]
        happened += self._announcements.let_hear(conference.conference_id, ears)
        for one in conference.present:
            if not conference.holds(one):
                happened += self._announcements.stop(one.hold_sound, now) if one.hold_sound else []
                one.hold_failed = False
            elif one.hold_sound is None and not one.hold_failed and one.leg.state is LegState.ANSWERED:
                happened += self._play_hold(one, now)
        for recording in self._recordings.running(conference.conference_id):
            recording.call_leg_ids[:] = [one.leg.call_leg_id for one in conference.present]
        return happened

    def _play_hold(self, participant: Participant, now: int) -> list[Event]:
        sound = self._announcements.of({**participant.hold_audio, "loop": "infinity"}, [participant.leg.call_leg_id])
        if sound is None:
            return []
        participant.hold_sound = sound.announcement_id
        return self._announcements.play(
            sound, now, leg=participant.leg, on_ended=lambda end, at: self._hold_over(participant, sound, end)
        )

    def _hold_over(self, participant: Participant, sound: Announcement, end: End) -> list[Event]:
        """What cannot be had is not asked for again as long as they are held (assumed)."""
        if participant.hold_sound == sound.announcement_id:
            participant.hold_sound = None
            participant.hold_failed = end.status not in (CANCELLED, CALL_HANGUP)
        return []

    def _beep(self, conference: Conference, own: str | None, when: str, now: int) -> list[Event]:
        """A participant's setting goes before the conference's (spec)."""
        ears = [one.leg.call_leg_id for one in conference.talking]
        if (own or conference.beep) not in ("always", when) or not ears:
            return []
        beep = Announcement(
            announcement_id=self._announcements.new_id(),
            call_leg_ids=tuple(ears),
            kind=Kind.TONE,
            what="beep",
            overlay=True,
        )
        return self._announcements.play(beep, now)

    def _take_floor(self, conference: Conference, leg: Leg, now: int) -> list[Event]:
        conference.floor = leg
        return self.tell(conference, leg, "conference.floor.changed", now)

    def spoke(self, leg: Leg, now: int) -> list[Event]:
        """Somebody said something: the floor is theirs from now on (that it is told when they finish is ours)."""
        conference = self._in.get(leg.call_leg_id)
        participant = conference.of(leg) if conference else None
        if conference is None or participant not in conference.talking or participant.muted:
            return []
        return [] if conference.floor is leg else self._take_floor(conference, leg, now)

    # Dials into a conference

    def demand(self, given: dict[str, Any]) -> None:
        config = given.get("conference_config")
        if config is None:
            return
        join = {**config, "call_control_id": "the new one"}
        rest.validated(OPERATIONS["conference.join"], join, within="conference_config/")
        conference = self.named(config["id"]) if config.get("id") else self._of_name(config["conference_name"])
        if conference is not None and conference.ended_ns is not None:
            raise rest.refused("conference_ended")
        if conference is not None and len(conference.present) >= conference.most:
            raise rest.refused("conference_full", most=conference.most)

    def asked(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        """With early media one joins as soon as it rings (spec), which is told after `call.initiated`."""
        config = given.get("conference_config")
        if config is None or leg.state is not LegState.RINGING:
            return []
        taken = CONFERENCE_CONFIG | OPERATIONS["conference.join"].params
        self._planned[leg.call_leg_id] = {
            name: one for name, one in config.items() if name in taken and one is not None
        }
        if config.get("early_media", True):
            self.board.agenda.at(now, lambda at: self._dialed_in(leg, at))
        return []

    def leg_answered(self, leg: Leg, now: int) -> list[Event]:
        """Who joined while it rang is heard from now on."""
        joined = self._in.get(leg.call_leg_id)
        return self.changed(joined, now) if joined else self._dialed_in(leg, now)

    def _dialed_in(self, leg: Leg, now: int) -> list[Event]:
        """One that is full or over by now is not joined; one whose name is free is made (assumed, both)."""
        config = self._planned.pop(leg.call_leg_id, None)
        if config is None or not leg.is_alive:
            return []
        conference = self.by_id[config["id"]] if config.get("id") else self._of_name(config["conference_name"])
        if conference is None:
            conference = self._new(leg, config["conference_name"], config, now)
        if conference.ended_ns is not None or len(conference.present) >= conference.most:
            return []
        return self._enter(conference, leg, config, now)

    def leg_ended(self, leg: Leg, now: int) -> list[Event]:
        self._planned.pop(leg.call_leg_id, None)
        return []

    # Looking

    def _leg(self, call_control_id: str) -> Leg:
        leg = self.board.legs.controlled_by(call_control_id)
        if leg is None:
            raise rest.refused("invalid_call_control_id")
        rest.demand_answered(leg)
        return leg

    def named(self, conference_id: str | None) -> Conference:
        if conference_id not in self.by_id:
            raise rest.refused("unknown_conference")
        return self.by_id[conference_id]

    def _of_name(self, name: str) -> Conference | None:
        """The active conference of this name."""
        return next((one for one in self.by_id.values() if one.name == name and one.ended_ns is None), None)

    def _new_id(self, purpose: str) -> str:
        self._minted += 1
        return identifiers.random_uuid(self.board.draws, purpose, self._minted)


def _hold_audio(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is heard on hold, as `Announcements.of` takes it."""
    return {name: given[f"hold_{name}"] for name in ("audio_url", "media_name") if given.get(f"hold_{name}")}
