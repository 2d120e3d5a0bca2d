"""Where each leg is, and whom it hears.

Theory of operation. A leg is in one place at most: in a bridge, in a conference, in a queue, on hold. Whoever brings it
somewhere calls `enter`, and the place where it was lets it go first. Whom a leg hears follows from its place. On top of
that come supervisors: one hears the leg that it supervises and all that this leg hears, and is heard by nobody
(`monitor`), by that leg (`whisper`), or by everybody on the call (`barge`; spec).
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from telnyx_simulator.signaling.events import Connected, Event
from telnyx_simulator.signaling.leg import Leg


class Why(StrEnum):
    """Why a leg leaves where it is: it comes to be elsewhere, or is over."""

    BRIDGE = "bridge"
    CONFERENCE = "conference"
    QUEUE = "queue"
    HANGUP = "hangup"


Leave = Callable[[Leg, Why, int], list[Event]]


class Connections:
    """The places of one switch's legs. Everything is keyed by `call_leg_id`."""

    def __init__(self) -> None:
        self._leave: dict[str, Leave] = {}
        # Whom each hears by its place; dicts are sets that keep their order.
        self._hears: dict[str, dict[str, None]] = {}
        self._peers: dict[str, str] = {}
        # Supervisor -> whom it supervises, and how.
        self._supervised: dict[str, tuple[str, str]] = {}
        # Whom each hears, supervisors and all, and its peer, as told last.
        self._told: dict[str, tuple[dict[str, None], str | None]] = {}

    # Places

    def enter(self, leg: Leg, leave: Leave, why: Why, now: int) -> list[Event]:
        """The leg is somewhere else from now on; `leave` takes it out from there."""
        happened = self.leave(leg, why, now)
        self._leave[leg.call_leg_id] = leave
        return happened

    def leave(self, leg: Leg, why: Why, now: int) -> list[Event]:
        """The leg leaves where it is, if it is anywhere."""
        leave = self._leave.pop(leg.call_leg_id, None)
        return leave(leg, why, now) if leave else []

    def left(self, leg: Leg) -> None:
        """The leg is nowhere any more; its place has seen to the rest."""
        self._leave.pop(leg.call_leg_id, None)

    # Hearing

    def hear(self, hears: Mapping[str, Iterable[str]], peers: Mapping[str, str] | None = None) -> list[Event]:
        """These legs hear these others by their place, and have these peers there; nobody and none if it is empty."""
        for key, heard in hears.items():
            self._hears[key] = dict.fromkeys(heard)
            self._peers[key] = (peers or {}).get(key, "")
            if not self._hears[key]:
                del self._hears[key], self._peers[key]
        return self._changes(hears)

    def rehear(self, changes: Mapping[str, Mapping[str, bool]]) -> list[Event]:
        """Of each of these legs, whom it hears by its place from now on, and whom not; all else is as it was."""
        happened: list[Event] = []
        altered: list[str] = []
        for key, others in changes.items():
            heard = self._hears.setdefault(key, {})
            added = [other for other, is_heard in others.items() if is_heard and other not in heard]
            removed = [other for other, is_heard in others.items() if not is_heard and other in heard]
            _alter(heard, added, removed)
            if not heard:
                del self._hears[key]
            if not added and not removed:
                continue
            altered.append(key)
            if not self._supervised:
                happened.append(self._tell(key, added, removed))
        return self._changes(altered) if self._supervised else happened

    def supervise(self, supervisor: Leg, supervised: Leg, role: str) -> list[Event]:
        self._supervised[supervisor.call_leg_id] = (supervised.call_leg_id, role)
        return self._changes(self._everybody())

    def unsupervise(self, supervisor: Leg) -> list[Event]:
        keys = self._everybody()
        del self._supervised[supervisor.call_leg_id]
        return self._changes(keys)

    def _everybody(self) -> list[str]:
        """Whom a supervisor may have to do with."""
        return [*self._told, *self._hears, *self._supervised, *(one for one, _ in self._supervised.values())]

    def _changes(self, keys: Iterable[str]) -> list[Event]:
        """Whatever is different now for these. A supervisor reaches further than the legs that one is about."""
        happened: list[Event] = []
        for key in dict.fromkeys([*keys, *(self._everybody() if self._supervised else ())]):
            was, was_peer = self._told.get(key, ({}, None))
            is_now = self._heard_by(key)
            added = [other for other in is_now if other not in was]
            removed = [other for other in was if other not in is_now]
            if added or removed or (self._peers.get(key) or None) != was_peer:
                happened.append(self._tell(key, added, removed))
        return happened

    def _tell(self, key: str, added: Iterable[str], removed: Iterable[str]) -> Connected:
        heard, peer = self._told.get(key, ({}, None))[0], self._peers.get(key) or None
        _alter(heard, added, removed)
        if heard:
            self._told[key] = heard, peer
        else:
            self._told.pop(key, None)
        return Connected(key, tuple(added), tuple(removed), len(heard), peer)

    def _heard_by(self, key: str) -> dict[str, None]:
        heard = list(self._hears.get(key, ()))
        for supervisor, (supervised, role) in self._supervised.items():
            on_call = self._hears.get(supervised, ())
            if key == supervisor:
                heard += [supervised, *on_call, *self._barging(supervised)]
            elif key == supervised:
                heard += [supervisor] if role in ("barge", "whisper") else []
            elif key in on_call or supervised in self._hears.get(key, ()):
                heard += [supervisor] if role == "barge" else []
        return dict.fromkeys(one for one in heard if one != key)

    def _barging(self, supervised: str) -> list[str]:
        return [one for one, (whom, role) in self._supervised.items() if whom == supervised and role == "barge"]


def _alter(heard: dict[str, None], added: Iterable[str], removed: Iterable[str]) -> None:
    heard |= dict.fromkeys(added)
    for one in removed:
        del heard[one]
