"""REST commands to one switch: judged in Telnyx's order, carried out once, and answered.

Theory of operation. A command is about a leg, whose id is in its path, or about something else of the run's. Its id is
judged first, then its parameters, then whether the state of what it is about allows it (`docs` say so of nothing;
assumed). A repeated `command_id` is answered as the first time and has no second effect.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from telnyx_simulator.facts import limits
from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.signaling import events, inputs, options, payloads, rest
from telnyx_simulator.signaling.board import Act, Board, Done, Order
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.rules import treated

Dial = Callable[[inputs.RestCommand, int], list[Event]]


class Commands:
    """`acts` are commands to a leg, `orders` those to something else, by their operations.

    `demand_known` refuses an order to what nobody knows, before its parameters are judged.
    """

    def __init__(
        self,
        board: Board,
        *,
        dial: Dial,
        acts: dict[str, Act],
        orders: dict[str, Order],
        demand_known: Callable[[inputs.RestCommand], None] = lambda command: None,
        on_reply: Callable[[inputs.RestCommand, events.Replied, int], None] = lambda command, replied, now: None,
    ) -> None:
        self._board = board
        self._demand_known = demand_known
        self._on_reply = on_reply
        self._dial = dial
        self._acts = acts
        self._orders = orders
        # (call, dial or other operation; command_id) -> when, and what it was answered; the oldest first.
        self._replies: dict[tuple[str, str], tuple[int, events.Replied]] = {}

    def handle(self, command: inputs.RestCommand, now: int) -> list[Event]:
        known = self._board.legs.controlled_by(command.path_id or "")
        call_leg_id = known.call_leg_id if known else None
        treatment = self._board.treatments.of_command(call_leg_id, command.operation)
        return treated(treatment, call_leg_id, lambda: self._once(command, known, now))

    def _once(self, command: inputs.RestCommand, leg: Leg | None, now: int) -> list[Event]:
        """A repeated `command_id` is answered as it was the first time, and has no second effect."""
        command_id = command.body.get("command_id") if isinstance(command.body, dict) else None
        self._forget(now)
        key = (command.path_id or command.operation, str(command_id))
        if command_id and key in self._replies:
            return [replace(self._replies[key][1], effect=False)]
        replied, *others = self._carried_out(command, leg, now)
        assert isinstance(replied, events.Replied)
        self._on_reply(command, replied, now)
        if replied.effect and command_id:
            self._replies[key] = (now, replied)
        return [replied, *others]

    def _forget(self, now: int) -> None:
        """Replies that nobody can ask for again."""
        while self._replies:
            oldest = next(iter(self._replies))
            if now - self._replies[oldest][0] <= limits.COMMAND_ID_KEPT_S * 1_000_000_000:
                break
            del self._replies[oldest]

    def _carried_out(self, command: inputs.RestCommand, leg: Leg | None, now: int) -> list[Event]:
        try:
            if command.operation == "dial":
                return self._dial(command, now)
            is_of_call = OPERATIONS[command.operation].sdk.partition(".")[0] == "calls"
            if is_of_call and leg is None:
                raise rest.refused("invalid_call_control_id")
            if command.operation in self._orders:
                return self._order(command, now)
            if leg is None or not is_of_call:
                raise rest.refused("not_built_yet", name=command.operation)
            if command.operation == "retrieve":
                return self._retrieve(leg, now)
            return self._act_on(leg, command, now)
        except rest.Refused as refusal_:
            return [events.Replied(refusal_.status, refusal_.body, leg.call_leg_id if leg else None)]

    def _retrieve(self, leg: Leg, now: int) -> list[Event]:
        if leg.ended_ns is not None and now - leg.ended_ns > limits.RETRIEVABLE_S * 1_000_000_000:
            raise rest.refused("not_found")
        return [events.Replied(200, {"data": payloads.retrieved(leg, self._board.epoch_ns, now)}, leg.call_leg_id)]

    def _act_on(self, leg: Leg, command: inputs.RestCommand, now: int) -> list[Event]:
        given = rest.validated(OPERATIONS[command.operation], command.body)
        options.check_possible(given, self._board.lacks)
        if command.operation not in self._acts:
            raise rest.refused("not_built_yet", name=command.operation)
        came = self._acts[command.operation](leg, given, now)
        done = came if isinstance(came, Done) else Done(came)
        leg.commanded = True
        return [events.Replied(200, {"data": done.data}, leg.call_leg_id, effect=True), *done.happened]

    def _order(self, command: inputs.RestCommand, now: int) -> list[Event]:
        self._demand_known(command)
        operation = OPERATIONS[command.operation]
        is_effect = operation.method != "GET"
        given: dict[str, Any] = rest.validated(operation, command.body) if is_effect else command.body or {}
        done = self._orders[command.operation](command, given, now)
        body = {} if operation.status == 204 else done.data if operation.bare else {"data": done.data}
        if done.leg is not None and is_effect:
            done.leg.commanded = True
        about = done.leg.call_leg_id if done.leg else None
        replied = events.Replied(operation.status, body, about, effect=is_effect, new_leg=done.new_leg)
        return [replied, *done.happened]
