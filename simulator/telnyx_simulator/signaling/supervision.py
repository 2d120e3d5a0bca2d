"""Supervisors: legs that listen to a call, and may talk to one or both of its people."""

from typing import Any

from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.board import Board
from telnyx_simulator.signaling.calls import Calls
from telnyx_simulator.signaling.connections import Connections
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg, LegState, Trigger
from telnyx_simulator.signaling.part import Part

DEFAULT_ROLE = "barge"


class Supervision(Part):
    """Asked for by a dial, it begins with the answer and lasts as long as both legs (how it ends is assumed)."""

    def __init__(self, board: Board, calls: Calls, connections: Connections) -> None:
        super().__init__(board)
        self._calls = calls
        self._connections = connections
        # By the supervisor's leg: whom it is to supervise, and whom it does; each with the role.
        self._planned: dict[str, tuple[Leg, str]] = {}
        self._supervised: dict[str, tuple[Leg, str]] = {}
        self.acts = {"switch_supervisor_role": self._switch_role}

    def demand(self, given: dict[str, Any]) -> None:
        key = given.get("supervise_call_control_id")
        leg = self.board.legs.controlled_by(key) if key else None
        if key and leg is None:
            raise rest.refused("invalid_call_control_id", pointer="/supervise_call_control_id")
        if leg is not None:
            rest.demand_alive(leg)

    def asked(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        supervised = self.board.legs.controlled_by(given.get("supervise_call_control_id", ""))
        if supervised is not None and leg.state is LegState.RINGING:
            self._planned[leg.call_leg_id] = (supervised, given.get("supervisor_role", DEFAULT_ROLE))
        return []

    def leg_answered(self, leg: Leg, now: int) -> list[Event]:
        """A supervisor, or somebody whom one waits for."""
        happened: list[Event] = []
        for key, (supervised, _) in list(self._planned.items()):
            if leg is supervised or key == leg.call_leg_id:
                happened += self._begin(self.board.legs[key], now)
        return happened

    def _begin(self, leg: Leg, now: int) -> list[Event]:
        """As soon as both have answered; whose call is over by then is not kept (assumed)."""
        supervised, role = self._planned[leg.call_leg_id]
        if not supervised.is_alive:
            del self._planned[leg.call_leg_id]
            return self._calls.end(leg, Trigger.UNBRIDGED, now)
        if leg.state is not LegState.ANSWERED or supervised.state is not LegState.ANSWERED:
            return []
        self._supervised[leg.call_leg_id] = self._planned.pop(leg.call_leg_id)
        return self._connections.supervise(leg, supervised, role)

    def _switch_role(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_alive(leg)
        if leg.call_leg_id not in self._supervised:
            raise rest.refused("not_supervising")
        supervised, _ = self._supervised[leg.call_leg_id]
        self._supervised[leg.call_leg_id] = (supervised, given["role"])
        return self._connections.supervise(leg, supervised, given["role"])

    def leg_ended(self, leg: Leg, now: int) -> list[Event]:
        self._planned.pop(leg.call_leg_id, None)
        happened = self._connections.unsupervise(leg) if self._supervised.pop(leg.call_leg_id, None) else []
        both = self._planned | self._supervised
        for supervisor in [self.board.legs[key] for key, (supervised, _) in both.items() if supervised is leg]:
            # One whose phone still rings is told so when they answer.
            happened += self._calls.end(supervisor, Trigger.UNBRIDGED, now)
        return happened
