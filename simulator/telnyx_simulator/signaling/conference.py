"""One conference and its participants, as data: who is in it, who hears whom, and how REST resources show it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from telnyx_simulator.signaling.board import Board
from telnyx_simulator.signaling.leg import Leg, LegState

# The region of data that an answer names (a site); the one for the US is in the OpenAPI document, the rest is assumed.
REGIONS: Final = {"US": "sv1", "Europe": "fr5", "Australia": "sy1", "Middle East": "dx1"}


@dataclass(slots=True, kw_only=True, eq=False)
class Participant:
    """One stay of a leg in a conference. `held` by command; `role` and `whispers_to` (control ids) of a supervisor.

    `ends` and `soft_ends`: the conference ends when they leave, with and without hanging up the others. `hold_audio`
    is what they hear on hold, `hold_sound` the announcement of it that is heard now; `hold_failed`: it cannot be had.
    """

    participant_id: str
    leg: Leg
    began_ns: int
    changed_ns: int
    muted: bool = False
    held: bool = False
    role: str = "none"
    whispers_to: tuple[str, ...] = ()
    beep: str | None = None
    ends: bool = False
    soft_ends: bool = False
    hold_audio: Mapping[str, Any] = field(default_factory=dict)
    hold_sound: str | None = None
    hold_failed: bool = False
    is_in: bool = True

    def is_heard_by(self, other: "Participant") -> bool:
        """By their roles: a whisper reaches those whom it is for, and a monitor nobody (spec)."""
        if self.muted or self.role == "monitor":
            return False
        return self.role != "whisper" or other.leg.call_control_id in self.whispers_to


@dataclass(slots=True, kw_only=True, eq=False)
class Conference:
    """Times in nanoseconds. `started` is False while everybody waits on hold. `creator` may have left long ago.

    A creator is `tied` to it until they leave it by command (reported).
    """

    conference_id: str
    name: str
    creator: Leg
    began_ns: int
    changed_ns: int
    expires_ns: int
    most: int
    beep: str = "never"
    started: bool = True
    region: str = "US"
    hold_audio: Mapping[str, Any] = field(default_factory=dict)
    tied: bool = True
    floor: Leg | None = None
    ended_ns: int | None = None
    end_reason: str | None = None
    ended_by: Leg | None = None
    everybody: list[Participant] = field(default_factory=list)
    # How those who talk stood when it was last asked who hears whom, by leg.
    _stood: dict[str, tuple[str, bool, str, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def present(self) -> list[Participant]:
        return [one for one in self.everybody if one.is_in]

    @property
    def talking(self) -> list[Participant]:
        """Those who are there, have answered, and are not on hold."""
        return [one for one in self.present if one.leg.state is LegState.ANSWERED and not self.holds(one)]

    @property
    def teller(self) -> Leg:
        """Whose webhooks tell of the conference: the creator's, or if they are gone somebody's who is there."""
        return next((one for one in (self.creator, *(one.leg for one in self.present)) if one.is_alive), self.creator)

    def holds(self, participant: Participant) -> bool:
        return participant.held or not self.started

    def of(self, leg: Leg) -> Participant | None:
        return next((one for one in self.present if one.leg is leg), None)

    def hearing_changes(self) -> dict[str, dict[str, bool]]:
        """Whether each hears each other, by leg, for all pairs of which one stands differently than when last asked.

        On hold one neither hears nor is heard.
        """
        talking = {one.leg.call_leg_id: one for one in self.talking}
        stand = {key: (one.participant_id, one.muted, one.role, one.whispers_to) for key, one in talking.items()}
        everybody = self._stood | stand
        changed = [key for key in everybody if self._stood.get(key) != stand.get(key)]
        self._stood = stand
        hears: dict[str, dict[str, bool]] = {}
        for key in changed:
            one = talking.get(key)
            for other_key in everybody:
                other = talking.get(other_key)
                if other_key == key:
                    continue
                hears.setdefault(key, {})[other_key] = bool(one and other and other.is_heard_by(one))
                hears.setdefault(other_key, {})[key] = bool(one and other and one.is_heard_by(other))
        return hears

    # Resources

    @property
    def status(self) -> str:
        if self.ended_ns is not None:
            return "completed"
        return "in_progress" if self.started else "init"

    def resource(self, board: Board) -> dict[str, Any]:
        ended_by = {
            "call_control_id": self.ended_by.call_control_id if self.ended_by else None,
            "call_session_id": self.ended_by.call_session_id if self.ended_by else None,
        }
        return {
            "record_type": "conference",
            "id": self.conference_id,
            "name": self.name,
            "created_at": board.iso_ms(self.began_ns),
            "expires_at": board.iso_ms(self.expires_ns),
            "updated_at": board.iso_ms(self.changed_ns),
            "region": REGIONS[self.region],
            "status": self.status,
            "end_reason": self.end_reason,
            "ended_by": None if self.ended_ns is None else ended_by,
            "connection_id": self.creator.connection_id,
        }

    def beside(self, board: Board) -> dict[str, Any]:
        """What it is found by and does not say: the call that made it, and when (assumed: nobody says whose)."""
        leg = self.creator
        application = board.account.applications.get(leg.connection_id, {})
        return {
            "application_name": application.get("application_name"),
            "call_leg_id": leg.call_leg_id,
            "call_session_id": leg.call_session_id,
            "event_timestamp": board.iso_ms(self.began_ns),
            "from": leg.from_,
            "outbound": application.get("outbound"),
            "product": "call_control",
            "to": leg.to,
        }

    def row(self, one: Participant, board: Board) -> dict[str, Any]:
        """A participant as the list has them."""
        about = {"id": self.conference_id, "name": self.name}
        return {"record_type": "participant", "conference": about, **self._standing(one, board)}

    def single(self, one: Participant, board: Board) -> dict[str, Any]:
        """A participant by themselves; nothing in Call Control gives them a label."""
        return {"conference_id": self.conference_id, "label": None, **self._standing(one, board)}

    def _standing(self, one: Participant, board: Board) -> dict[str, Any]:
        return {
            "id": one.participant_id,
            "call_control_id": one.leg.call_control_id,
            "call_leg_id": one.leg.call_leg_id,
            "created_at": board.iso_ms(one.began_ns),
            "updated_at": board.iso_ms(one.changed_ns),
            "end_conference_on_exit": one.ends,
            "soft_end_conference_on_exit": one.soft_ends,
            "muted": one.muted,
            "on_hold": one.is_in and self.holds(one),
            "status": "joined" if one.is_in else "left",
            "whisper_call_control_ids": list(one.whispers_to),
        }
