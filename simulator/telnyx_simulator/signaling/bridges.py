"""Two legs that are connected with each other, and what becomes of one when the other goes.

Theory of operation. A bridge comes about at once, or when none of its two phones rings any more: then it is a *wish*
until one answers or gives up. A parked leg is answered by being bridged. A bridge ends when one of its legs ends, or
comes to be elsewhere; the one left behind hangs up, unless it is to be parked or put on hold (spec). Telnyx hangs it
up, so the application is told `normal_clearing` (assumed).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from telnyx_simulator.facts import limits
from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.signaling import options, rest
from telnyx_simulator.signaling.announcement import Announcement, Kind
from telnyx_simulator.signaling.announcements import Announcements, main
from telnyx_simulator.signaling.board import Board
from telnyx_simulator.signaling.calls import Calls
from telnyx_simulator.signaling.connections import Connections, Why
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.keys import Keys
from telnyx_simulator.signaling.leg import Leg, LegState, Trigger
from telnyx_simulator.signaling.part import Part
from telnyx_simulator.signaling.playback import told_of_playback
from telnyx_simulator.signaling.queues import Queues
from telnyx_simulator.signaling.recordings import Recordings


class After(StrEnum):
    """What becomes of a leg whose bridge ends."""

    HANG_UP = "hang_up"
    PARK = "park"
    HOLD = "hold"


@dataclass(slots=True)
class Terms:
    """What was agreed for a bridge, by `call_leg_id`: what becomes of legs, and who hears no digits of the other."""

    after: dict[str, After] = field(default_factory=dict)
    deaf: set[str] = field(default_factory=set)
    prevent_double: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Wish:
    """`leg` and `other` are to be bridged. An `own` other was dialed for that alone: without `leg` it goes.

    `rings` until nobody's phone does any more. `greeting` names what the other hears between its answer and the bridge,
    `ringback` what `leg` hears while it rings. `is_dial`: the other was dialed to be bridged on its answer.
    """

    leg: Leg
    other: Leg
    terms: Terms
    own: bool = False
    is_dial: bool = False
    rings: bool = True
    greeting: Mapping[str, Any] = field(default_factory=dict)
    ringback: Announcement | None = None
    record: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Bridge:
    leg: Leg
    other: Leg
    terms: Terms

    def beside(self, leg: Leg) -> Leg:
        return self.other if leg is self.leg else self.leg


class Bridges(Part):
    """Legs that are connected by pairs."""

    def __init__(
        self,
        board: Board,
        calls: Calls,
        connections: Connections,
        announcements: Announcements,
        queues: Queues,
        *,
        recordings: Recordings,
        keys: Keys,
    ) -> None:
        super().__init__(board)
        self._calls = calls
        self._connections = connections
        self._announcements = announcements
        self._queues = queues
        self._recordings = recordings
        self._keys = keys
        self._bridges: dict[str, _Bridge] = {}
        self._wishes: list[Wish] = []
        self.acts = {"bridge": self._bridge}

    def of(self, leg: Leg) -> Leg | None:
        """The leg that this one is bridged with."""
        bridge = self._bridges.get(leg.call_leg_id)
        return bridge.beside(leg) if bridge else None

    # Commands

    def _bridge(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_alive(leg)
        other, from_queue = self._target(leg, given)
        terms = terms_of(leg, other, given)
        if terms.prevent_double and self.of(other) not in (None, leg):
            raise rest.refused("already_bridged")
        options.apply(leg, given)
        waits = LegState.RINGING in (leg.state, other.state)
        happened = self._queues.take(other, "bridging-in-process" if waits else "bridged", now) if from_queue else []
        record = {name: given[name] for name in OPERATIONS["bridge"].params if name in given}
        wish = Wish(leg=leg, other=other, terms=terms, record=record)
        return happened + self.want(wish, now, ringback=given.get("play_ringtone", False))

    def _target(self, leg: Leg, given: dict[str, Any]) -> tuple[Leg, bool]:
        """Whom to bridge with, and whether it is the first of a queue."""
        named = [name for name in ("call_control_id", "queue", "video_room_id") if given.get(name)]
        if not named:
            raise rest.refused("missing_parameter", pointer="/call_control_id", name="call_control_id")
        if len(named) > 1:
            detail = f"'{named[0]}' and '{named[1]}' exclude each other."
            raise rest.refused("invalid_value", pointer=f"/{named[1]}", detail=detail)
        if named == ["video_room_id"]:
            raise rest.refused("not_built_yet", pointer="/video_room_id", name="a bridge to a video room")
        if named == ["queue"]:
            return self._queues.first(given["queue"], beside=leg), True
        other = self.board.legs.controlled_by(given["call_control_id"])
        if other is None:
            raise rest.refused("invalid_call_control_id")
        if other is leg:
            detail = "A call cannot be bridged with itself."
            raise rest.refused("invalid_value", pointer="/call_control_id", detail=detail)
        rest.demand_alive(other)
        return other, False

    def asked(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        """A dial may ask for a bridge with the call that it is linked to, once it is answered."""
        linked = self.board.legs.controlled_by(given.get("link_to", "")) if leg.state is LegState.RINGING else None
        if linked is not None and given.get("bridge_on_answer"):
            self._wishes.append(Wish(leg=linked, other=leg, terms=terms_of(leg, linked, given), is_dial=True))
        return []

    def demand(self, given: dict[str, Any]) -> None:
        needs_link = [name for name in ("bridge_intent", "bridge_on_answer", "park_after_unbridge") if given.get(name)]
        if needs_link and not given.get("link_to"):
            raise rest.refused("missing_parameter", pointer="/link_to", name="link_to")

    # Wishes

    def want(self, wish: Wish, now: int, *, ringback: bool = False) -> list[Event]:
        """Bridge them now, or as soon as no phone rings any more; until then `leg` may hear how it rings."""
        if LegState.RINGING not in (wish.leg.state, wish.other.state):
            return self._fulfil(wish, now)
        self._wishes.append(wish)
        # Who is connected already hears their peer, and who has not answered hears nothing at all.
        if not ringback or wish.leg.state is not LegState.ANSWERED or self.of(wish.leg):
            return []
        wish.ringback = self._sound(Kind.TONE, "ringback", wish.leg)
        return self._announcements.play(wish.ringback, now, leg=wish.leg)

    def leg_answered(self, leg: Leg, now: int) -> list[Event]:
        happened: list[Event] = []
        for wish in self._wishes_of(leg):
            rings = LegState.RINGING in (wish.leg.state, wish.other.state)
            if wish in self._wishes and wish.rings and not rings:
                self._wishes.remove(wish)
                wish.rings = False
                happened += self._end_ringback(wish, now) + self._greet(wish, now)
        return happened

    def _greet(self, wish: Wish, now: int) -> list[Event]:
        sound = self._announcements.of(wish.greeting, [wish.other.call_leg_id])
        if sound is None:
            return self._fulfil(wish, now)
        # Still a wish: whoever goes before the greeting is over takes it along.
        self._wishes.append(wish)
        started, ended = told_of_playback(self.board, wish.other, wish.greeting)
        return self._announcements.play(
            sound,
            now,
            leg=wish.other,
            queue=main(wish.other),
            on_started=started,
            on_ended=lambda end, at: ended(end, at) + self._met(wish, at),
        )

    def _met(self, wish: Wish, now: int) -> list[Event]:
        if wish not in self._wishes:
            return []
        self._wishes.remove(wish)
        return self._fulfil(wish, now)

    def _fulfil(self, wish: Wish, now: int) -> list[Event]:
        leg, other = wish.leg, wish.other
        if not (leg.is_alive and other.is_alive) or self.of(leg) is other:
            return []
        if wish.terms.prevent_double and self.of(leg if wish.is_dial else other):
            return self._calls.end(other, Trigger.UNBRIDGED, now) if wish.is_dial else []
        return self._join(wish, now)

    def _wishes_of(self, leg: Leg) -> list[Wish]:
        return [wish for wish in self._wishes if leg in (wish.leg, wish.other)]

    def _give_up(self, wish: Wish, gone: Leg | None, now: int) -> list[Event]:
        """It will not come true. Who was dialed for it alone is not rung, or kept, any longer."""
        self._wishes.remove(wish)
        happened = self._end_ringback(wish, now)
        if wish.own and wish.other is not gone:
            rings = wish.other.state is LegState.RINGING
            happened += self._calls.end(wish.other, Trigger.HANGUP_COMMAND if rings else Trigger.UNBRIDGED, now)
        return happened

    def _end_ringback(self, wish: Wish, now: int) -> list[Event]:
        return self._announcements.stop(wish.ringback.announcement_id, now) if wish.ringback else []

    # Bridges

    def _join(self, wish: Wish, now: int) -> list[Event]:
        pair = (wish.leg, wish.other)
        happened: list[Event] = []
        for leg in pair:
            happened += self._calls.answered(leg, Trigger.BRIDGED, now)
            happened += self._connections.leave(leg, Why.BRIDGE, now)
        # Where one of them was may have ended with that, and the other one with it.
        if not (wish.leg.is_alive and wish.other.is_alive):
            return happened
        bridge = _Bridge(*pair, wish.terms)
        for leg in pair:
            self._connections.enter(leg, self._part, Why.BRIDGE, now)
        one, two = (leg.call_leg_id for leg in pair)
        self._bridges |= {one: bridge, two: bridge}
        wish.leg.bridged_to, wish.other.bridged_to = two, one
        happened += self._connections.hear({one: (two,), two: (one,)}, {one: two, two: one})
        for leg in pair:
            happened += self.board.tell(leg, "call.bridged", now)
        if wish.record.get("record"):
            happened += self._recordings.asked(wish.leg, wish.record, now)
            happened += self._recordings.leg_answered(wish.leg, now)
        for late in [late for late in self._wishes if late.own and late.leg in pair]:
            happened += self._give_up(late, None, now) if late in self._wishes else []
        return happened

    def _part(self, leg: Leg, why: Why, now: int) -> list[Event]:
        """The leg leaves its bridge; the other one is left behind."""
        bridge = self._bridges.pop(leg.call_leg_id)
        behind = bridge.beside(leg)
        del self._bridges[behind.call_leg_id]
        self._connections.left(behind)
        leg.bridged_to = behind.bridged_to = None
        happened = self._connections.hear({leg.call_leg_id: (), behind.call_leg_id: ()})
        after = bridge.terms.after.get(behind.call_leg_id, After.HANG_UP)
        if after is After.HANG_UP:
            return happened + self._calls.end(behind, Trigger.UNBRIDGED, now)
        return happened + (self._hold(behind, now) if after is After.HOLD else [])

    def _hold(self, leg: Leg, now: int) -> list[Event]:
        """It hears music until it is brought elsewhere (assumed: what one hears on hold is not documented)."""
        music = self._sound(Kind.HOLD_MUSIC, "", leg)
        self._connections.enter(
            leg, lambda leg, why, at: self._announcements.stop(music.announcement_id, at), Why.BRIDGE, now
        )
        return self._announcements.play(music, now, leg=leg)

    def _sound(self, kind: Kind, what: str, leg: Leg) -> Announcement:
        return Announcement(
            announcement_id=self._announcements.new_id(),
            call_leg_ids=(leg.call_leg_id,),
            kind=kind,
            what=what,
            times=None,
        )

    def pressed(self, leg: Leg, digit: str, now: int) -> list[Event]:
        """The other one hears the tone of it (`mute_dtmf`: or does not)."""
        other = self.of(leg)
        if other is None or other.call_leg_id in self._bridges[leg.call_leg_id].terms.deaf:
            return []
        return self._keys.send([other.call_leg_id], digit, limits.DTMF_TONE_MS)

    def leg_ended(self, leg: Leg, now: int) -> list[Event]:
        """It leaves wherever it is, be it a bridge or not."""
        happened = self._connections.leave(leg, Why.HANGUP, now)
        for wish in self._wishes_of(leg):
            happened += self._give_up(wish, leg, now) if wish in self._wishes else []
        return happened


def terms_of(leg: Leg, other: Leg, given: dict[str, Any]) -> Terms:
    """What a command to `leg` says about its bridge with `other`."""
    after = After.PARK if given.get("park_after_unbridge") == "self" else After.HANG_UP
    if given.get("hold_after_unbridge"):
        after = After.HOLD
    deaf = {"self": [leg], "opposite": [other], "both": [leg, other]}.get(given.get("mute_dtmf", "none"), [])
    return Terms(
        after={leg.call_leg_id: after},
        deaf={one.call_leg_id for one in deaf},
        prevent_double=given.get("prevent_double_bridge", False),
    )
