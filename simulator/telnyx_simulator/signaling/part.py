"""A part of the switch: what some commands do, and what else happens with a leg because of them."""

from typing import Any

from telnyx_simulator.signaling.board import Act, Board, Items, Order
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.signaling.leg import Leg


class Part:
    """`acts` are its commands to a leg, `orders` those to something else, `items` its lists, each by operation."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.acts: dict[str, Act] = {}
        self.orders: dict[str, Order] = {}
        self.items: dict[str, Items] = {}

    def knows(self, command: RestCommand) -> bool:
        """Whether an order is about something that is here."""
        return False

    def asked(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        """A dial, an answer or a transfer came with these parameters; the leg may not be answered yet."""
        return []

    def promised(self, leg: Leg) -> dict[str, Any]:
        """What the reply to that command says beyond its result."""
        return {}

    def demand(self, given: dict[str, Any]) -> None:
        """Refuse a dial that cannot be, before anything of it has happened."""

    def leg_answered(self, leg: Leg, now: int) -> list[Event]:
        return []

    def pressed(self, leg: Leg, digit: str, now: int) -> list[Event]:
        """The person on the leg pressed a key; `call.dtmf.received` has been told."""
        return []

    def leg_ends(self, leg: Leg, now: int) -> list[Event]:
        """Before `call.hangup`."""
        return []

    def leg_ended(self, leg: Leg, now: int) -> list[Event]:
        """After `call.hangup`."""
        return []
