"""The legs of one switch, by their ids."""

from typing import Any

from telnyx_simulator.draws import Draws
from telnyx_simulator.signaling import identifiers
from telnyx_simulator.signaling.leg import Leg


class Legs(dict[str, Leg]):
    """Legs by `call_leg_id`, and by `call_control_id`: their own, or another name that a webhook gave them."""

    def __init__(self, draws: Draws) -> None:
        super().__init__()
        self._draws = draws
        self._by_control_id: dict[str, Leg] = {}
        self._by_other_name: dict[str, Leg] = {}

    def new(self, *, session: str | None = None, **fields: Any) -> Leg:
        """A leg with ids of its own, in the given call session or in one of its own."""
        n = len(self)
        leg = Leg(
            call_control_id=identifiers.call_control_id(self._draws, n),
            call_leg_id=identifiers.time_uuid(self._draws, "call_leg_id", n),
            call_session_id=session or identifiers.time_uuid(self._draws, "call_session_id", n),
            **fields,
        )
        self[leg.call_leg_id] = leg
        self._by_control_id[leg.call_control_id] = leg
        return leg

    def name(self, leg: Leg, call_control_id: object) -> None:
        """From now on the leg can be commanded by this name as well; whoever had it before has lost it."""
        if isinstance(call_control_id, str) and call_control_id != leg.call_control_id:
            self._by_other_name[call_control_id] = leg

    def controlled_by(self, call_control_id: str) -> Leg | None:
        return self._by_control_id.get(call_control_id) or self._by_other_name.get(call_control_id)
