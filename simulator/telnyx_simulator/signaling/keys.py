"""DTMF that Telnyx sends: by command, and upon the answer."""

from typing import Any

from telnyx_simulator.facts import limits
from telnyx_simulator.signaling import events, options, rest
from telnyx_simulator.signaling.board import Board
from telnyx_simulator.signaling.delivery import MS_NS
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.part import Part


class Keys(Part):
    """The command send_dtmf, and digits that a dial or a transfer has sent once the leg is answered."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._upon_answer: dict[str, str] = {}
        self.acts = {"send_dtmf": self._send_dtmf}

    def asked(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        """Digits behind a comma in `to` count if the parameter for them is not there (spec)."""
        if leg.direction == "outgoing":
            to = given.get("to")
            behind_number = to.partition(",")[2] if isinstance(to, str) else ""
            digits = given.get("send_digits_on_answer") or behind_number
            if digits:
                self._upon_answer[leg.call_leg_id] = digits
        return []

    def leg_answered(self, leg: Leg, now: int) -> list[Event]:
        digits = self._upon_answer.pop(leg.call_leg_id, None)
        return self.send([leg.call_leg_id], digits, limits.DTMF_TONE_MS) if digits else []

    def leg_ends(self, leg: Leg, now: int) -> list[Event]:
        self._upon_answer.pop(leg.call_leg_id, None)
        return []

    def send(self, call_leg_ids: list[str], digits: str, tone_ms: int) -> list[Event]:
        """Tones of this length for everybody on these legs."""
        tone_ns, gap_ns = tone_ms * MS_NS, limits.DTMF_GAP_MS * MS_NS
        return [events.KeysSent(call_leg_id=one, digits=digits, tone_ns=tone_ns, gap_ns=gap_ns) for one in call_leg_ids]

    def _send_dtmf(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        """Whoever is at the other end of the call hears it: on a bridged leg the person behind the peer as well."""
        rest.demand_answered(leg)
        options.apply(leg, given)
        ears = [leg.call_leg_id, *([leg.bridged_to] if leg.bridged_to else [])]
        return self.send(ears, given["digits"], given.get("duration_millis", limits.DTMF_TONE_MS))
