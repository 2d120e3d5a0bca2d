"""The life of legs: they begin by a call or a dial, are answered or not, and end once.

Theory of operation. What else happens as a leg is answered, before and after it ends, belongs to the other parts of the
switch, which are asked in their order. So `streaming.stopped` comes before `call.hangup`, and `call.recording.saved`
after it (docs, captures).
"""

from functools import partial
from typing import Any

from telnyx_simulator.facts import limits
from telnyx_simulator.facts.hangup_causes import REJECT_CAUSES
from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.signaling import events, inputs, options, payloads, rest
from telnyx_simulator.signaling.admission import Admission
from telnyx_simulator.signaling.behaviors import Behaviors
from telnyx_simulator.signaling.board import Act, Board, Done
from telnyx_simulator.signaling.delivery import MS_NS, Delivery
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.far_end import Behavior
from telnyx_simulator.signaling.leg import TRANSITIONS, Leg, LegState, Trigger, ending
from telnyx_simulator.signaling.part import Part
from telnyx_simulator.signaling.streams import Streams


class Calls:
    """The legs of a board: what commands, people and time do to them."""

    def __init__(self, board: Board, streams: Streams, behaviors: Behaviors) -> None:
        self._board = board
        self._streams = streams
        self._behaviors = behaviors
        self._admission = Admission(board)
        # Set by the switch, which has the parts.
        self.parts: tuple[Part, ...] = ()
        self.acts: dict[str, Act] = {
            "answer": self._answer,
            "reject": self._reject,
            "hangup": self._hangup,
            "client_state_update": self._client_state_update,
        }

    def place(self, command: inputs.PlaceCall, now: int) -> list[Event]:
        connection_id = self._board.account.connection_of(command.to)
        if connection_id is None:
            raise LookupError(f"no active application is behind {command.to}")
        is_let_in = self._admission.is_let_in(command.from_, connection_id)
        leg = self._board.legs.new(
            began_ns=now,
            connection_id=connection_id,
            direction="incoming",
            from_=command.from_,
            to=command.to,
            leg_codec=command.leg_codec,
            caller_id_name=command.caller_id_name,
            webhook_url=command.webhook_url,
            custom_headers=options.headers_of(command.custom_headers),
            extra_fields=command.extra_fields,
            state=LegState.PARKED,
        )
        if not is_let_in:
            leg.let_in = False
            leg.ending = ending(leg, Trigger.NOT_LET_IN)
            leg.state, leg.ended_ns = TRANSITIONS[leg.state, Trigger.NOT_LET_IN], now
            return [events.LegBegan(leg), events.LegEnded(leg)]
        self._behaviors.calls(leg, command.behavior, now)
        patience_ns = self._first_command_timeout(leg)
        if patience_ns is not None:
            self._board.agenda.at(now + patience_ns, lambda at: self._uncommanded(leg, at))
        return [events.LegBegan(leg), *self._board.tell(leg, "call.initiated", now)]

    def _first_command_timeout(self, leg: Leg) -> int | None:
        application = self._board.account.applications[leg.connection_id]
        own = (
            application["first_command_timeout_secs"] * 1_000_000_000 if application["first_command_timeout"] else None
        )
        of_run = self._board.rules.first_command_timeout_ns
        return own if of_run is None else of_run

    def _uncommanded(self, leg: Leg, now: int) -> list[Event]:
        return [] if leg.commanded else self.end(leg, Trigger.FIRST_COMMAND_TIMEOUT, now)

    def unanswered(self, delivery: Delivery, now: int) -> list[Event]:
        """A webhook got no reply. Telnyx may hang up when it was the first of the call (docs: initial response)."""
        if not self._board.rules.hang_up_on_timeout or delivery.event_type != "call.initiated":
            return []
        return self.end(self._board.legs[delivery.call_leg_id], Trigger.WEBHOOK_TIMEOUT, now)

    def answered(self, leg: Leg, trigger: Trigger, now: int) -> list[Event]:
        if not leg.allows(trigger):
            return []
        leg.state, leg.answered_ns = TRANSITIONS[leg.state, trigger], now
        stream = self._streams.now_of(leg)
        happened: list[Event] = [events.LegAnswered(leg), *self._board.tell(leg, "call.answered", now, stream=stream)]
        if leg.time_limit_ns is not None:
            self._board.agenda.at(now + leg.time_limit_ns, lambda at: self.end(leg, Trigger.TIME_LIMIT, at))
        self._behaviors.answered(leg, now)
        for part in self.parts:
            happened += part.leg_answered(leg, now)
        return happened

    def end(
        self,
        leg: Leg,
        trigger: Trigger,
        now: int,
        *,
        cause: str | None = None,
        sip: str | None = None,
        source: str | None = None,
    ) -> list[Event]:
        if not leg.allows(trigger):
            return []
        leg.ending = ending(leg, trigger, cause=cause, source=source, sip=sip)
        leg.state, leg.ended_ns = TRANSITIONS[leg.state, trigger], now
        happened: list[Event] = []
        for part in self.parts:
            happened += part.leg_ends(leg, now)
        happened += self._board.tell(leg, "call.hangup", now)
        for part in self.parts:
            happened += part.leg_ended(leg, now)
        costs = self._board.rules.call_cost
        if costs or (
            costs is None and self._board.account.applications.get(leg.connection_id, {}).get("call_cost_in_webhooks")
        ):
            happened += self._board.tell(leg, "call.cost", now)
        return [events.LegEnded(leg), *happened]

    def hold(self, leg: Leg, held: bool, now: int) -> list[Event]:
        if leg.state is not LegState.ANSWERED or leg.held is held:
            return []
        leg.held = held
        event_type = "call.hold" if held else "call.unhold"
        return [events.FarEndHeld(leg.call_leg_id, held), *self._board.tell(leg, event_type, now)]

    def press(self, command: inputs.Press, now: int) -> list[Event]:
        leg, at = self._board.legs[command.call_leg_id], now
        for digit in command.digits:
            if digit in limits.DTMF_PAUSES_MS:
                at += limits.DTMF_PAUSES_MS[digit] * MS_NS
                continue
            self._board.agenda.at(at, partial(self._digit, leg, digit))
            at += command.tone_ns + command.gap_ns
        return self._board.agenda.advance(now)

    def _digit(self, leg: Leg, digit: str, now: int) -> list[Event]:
        if leg.state is not LegState.ANSWERED:
            return []
        occurred_at = payloads.iso_us(self._board.epoch_ns + now)
        pressed = events.DigitPressed(leg.call_leg_id, digit, occurred_at)
        happened: list[Event] = [pressed, *self._board.tell(leg, "call.dtmf.received", now, digit=digit)]
        for part in self.parts:
            happened += part.pressed(leg, digit, now)
        return happened

    def dial(self, command: inputs.RestCommand, now: int) -> list[Event]:
        given = rest.validated(OPERATIONS["dial"], command.body)
        options.check_possible(given, self._board.lacks)
        application = self._board.account.applications.get(given["connection_id"])
        if application is None or not application["active"] or not application["webhook_event_url"]:
            raise rest.refused("invalid_connection")
        linked = self._board.legs.controlled_by(given.get("link_to", ""))
        if given.get("link_to") and linked is None:
            raise rest.refused("invalid_call_control_id", pointer="/link_to")
        for part in self.parts:
            part.demand(given)
        if linked is not None and given.get("bridge_intent"):
            given["from"] = linked.from_
        self._admission.demand_dial(given["connection_id"], now)
        leg, happened = self.ring(
            given,
            now,
            called=command.called,
            behavior=command.behavior,
            connection_id=given["connection_id"],
            session=linked.call_session_id if linked else None,
        )
        data = payloads.dialed(leg) | self._promised(leg)
        return [events.Replied(200, {"data": data}, leg.call_leg_id, effect=True, new_leg=leg), *happened]

    def ring(
        self,
        given: dict[str, Any],
        now: int,
        *,
        called: inputs.Called,
        behavior: Behavior | None,
        connection_id: str,
        session: str | None,
    ) -> tuple[Leg, list[Event]]:
        """A phone rings, because of a dial or a transfer with these parameters; in this call session or a new one."""
        leg = self._board.legs.new(
            began_ns=now,
            session=session,
            connection_id=connection_id,
            direction="outgoing",
            from_=given["from"],
            to=given["to"].split(",")[0],
            leg_codec=called.leg_codec,
            custom_headers=[*given.get("custom_headers", []), *options.headers_of(called.custom_headers)],
            extra_fields=called.extra_fields,
            retry_on_timeout=given.get("retry_on_timeout", True),
            time_limit_ns=given.get("time_limit_secs", limits.TIME_LIMIT_S) * 1_000_000_000,
            state=LegState.RINGING,
        )
        options.apply(leg, given)
        ring_ns = given.get("timeout_secs", limits.RING_TIMEOUT_S) * 1_000_000_000
        cause = "timeout" if leg.retry_on_timeout else "no_answer"
        self._board.agenda.at(now + ring_ns, lambda at: self.end(leg, Trigger.RING_TIMEOUT, at, cause=cause))
        self._behaviors.rings(leg, behavior, now)
        happened: list[Event] = [events.LegBegan(leg)]
        for part in self.parts:
            happened += part.asked(leg, given, now)
        happened += self._board.tell(leg, "call.initiated", now)
        return leg, [*happened, *self._not_carried(leg, now)]

    def _promised(self, leg: Leg) -> dict[str, Any]:
        return {name: value for part in self.parts for name, value in part.promised(leg).items()}

    def _not_carried(self, leg: Leg, now: int) -> list[Event]:
        """A call that the network rejects fails as a leg, with 403 (docs), not as a command."""
        if self._admission.is_carried(leg):
            return []
        return self.end(leg, Trigger.NOT_CARRIED, now, sip="403")

    def _answer(self, leg: Leg, given: dict[str, Any], now: int) -> Done:
        rest.demand(leg, Trigger.ANSWER_COMMAND)
        options.apply(leg, given)
        leg.custom_headers = given.get("custom_headers", leg.custom_headers)
        happened: list[Event] = []
        for part in self.parts:
            happened += part.asked(leg, given, now)
        happened += self.answered(leg, Trigger.ANSWER_COMMAND, now)
        return Done(happened, {"result": "ok"} | self._promised(leg))

    def _reject(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand(leg, Trigger.REJECT_COMMAND)
        options.apply(leg, given)
        return self.end(leg, Trigger.REJECT_COMMAND, now, cause=REJECT_CAUSES[given["cause"]])

    def _hangup(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand(leg, Trigger.HANGUP_COMMAND)
        options.apply(leg, given)
        return self.end(leg, Trigger.HANGUP_COMMAND, now)

    def _client_state_update(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_alive(leg)
        options.apply(leg, given)
        return []
