"""The switch: legs, their streams and webhooks, moved by commands, acts and time.

Theory of operation. `handle` takes one input at a time and answers with what happened; what shall happen later stands
in a heap of deadlines that `advance` works off. Nothing here waits, sends or knows a clock: the transports call
`advance` when `next_deadline` has come. Events come in the order in which they are to be carried out. A REST command is
judged in Telnyx's order: id, parameters, then whether the leg's state allows it.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts import limits
from telnyx_simulator.facts.hangup_causes import REJECT_CAUSES
from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.signaling import events, inputs, options, payloads, rest
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.signaling.agenda import Agenda
from telnyx_simulator.signaling.behaviors import Behaviors
from telnyx_simulator.signaling.delivery import MS_NS, Delivery
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import TRANSITIONS, Leg, LegState, Trigger, ending
from telnyx_simulator.signaling.legs import Legs
from telnyx_simulator.signaling.outbox import Outbox
from telnyx_simulator.signaling.rules import NO_RULES, Rules, Treatments, treated
from telnyx_simulator.signaling.stream import Stream, StreamState
from telnyx_simulator.signaling.streams import Streams


class Switch:
    """One run's legs. `epoch_ns` is the Unix time of the run's moment zero; `lacks` knows this machine's codecs."""

    def __init__(
        self,
        account: Account,
        draws: Draws,
        epoch_ns: int,
        *,
        rules: Rules = NO_RULES,
        lacks: options.Lacks = lambda codec, to_send: None,
    ) -> None:
        self.account = account
        self.legs = Legs(draws)
        self.treatments = Treatments(rules, draws)
        self._agenda = Agenda()
        self.streams = Streams(self.legs, draws, agenda=self._agenda, tell=self._tell_of, user_id=account.user_id)
        self._outbox = Outbox(
            account,
            draws,
            epoch_ns,
            agenda=self._agenda,
            treatments=self.treatments,
            on_silence=self._unanswered,
        )
        self._behaviors = Behaviors(self._agenda, self.handle)
        self._dialed_ns: list[int] = []
        # (call or dial, command_id) -> when, and what it was answered.
        self._replies: dict[tuple[str, str], tuple[int, events.Replied]] = {}
        self._draws = draws
        self._epoch_ns = epoch_ns
        self._lacks = lacks

    @property
    def rules(self) -> Rules:
        return self.treatments.rules

    def leg_of(self, call_control_id: str) -> Leg | None:
        return self.legs.controlled_by(call_control_id)

    def stream_of(self, leg: Leg) -> Stream | None:
        """The stream that the leg has now."""
        return self.streams.now_of(leg)

    # Time

    def next_deadline(self) -> int | None:
        return self._agenda.next_deadline()

    def advance(self, now: int) -> list[Event]:
        return self._agenda.advance(now)

    # Inputs

    def handle(self, command: inputs.Input, now: int) -> list[Event]:
        match command:
            case inputs.RestCommand():
                return self._rest(command, now)
            case inputs.PlaceCall():
                return self._place_call(command, now)
            case inputs.PickUp(call_leg_id):
                return self._answered(self.legs[call_leg_id], Trigger.FAR_END_ANSWERS, now)
            case inputs.Refuse(call_leg_id=key, cause=cause, sip=sip, source=source):
                return self._ended(self.legs[key], Trigger.FAR_END_REFUSES, now, cause=cause, sip=sip, source=source)
            case inputs.HangUp(call_leg_id=key, cause=cause, sip=sip, source=source):
                return self._ended(self.legs[key], Trigger.FAR_END_HANGS_UP, now, cause=cause, sip=sip, source=source)
            case inputs.Press():
                return self._press(command, now)
            case inputs.Hold(call_leg_id):
                return self._hold(self.legs[call_leg_id], True, now)
            case inputs.Unhold(call_leg_id):
                return self._hold(self.legs[call_leg_id], False, now)
            case inputs.ExtraWebhook():
                return self._extra_webhook(command, now)
            case inputs.AttemptFinished():
                return self._outbox.finished(command, now)
            case inputs.StreamAccepted(stream_id):
                return self.streams.accepted(self.streams[stream_id], now)
            case inputs.StreamRefused(stream_id):
                return self.streams.refused(self.streams[stream_id], now)
            case inputs.StreamClosedByApplication(stream_id):
                return self.streams.end(self.streams[stream_id], now, by="application")
            case inputs.StreamClosed(stream_id, by):
                return self.streams.end(self.streams[stream_id], now, by=by)
            case inputs.FramesCounted(call_leg_id=key, spoken=spoken, heard=heard):
                self.legs[key].frames_spoken, self.legs[key].frames_heard = spoken, heard
                return []

    # Legs

    def _place_call(self, command: inputs.PlaceCall, now: int) -> list[Event]:
        connection_id = self.account.connection_of(command.to)
        if connection_id is None:
            raise LookupError(f"no active application is behind {command.to}")
        leg = self.legs.new(
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
        self._behaviors.calls(leg, command.behavior, now)
        patience_ns = self._first_command_timeout(leg)
        if patience_ns is not None:
            self._agenda.at(now + patience_ns, lambda at: self._uncommanded(leg, at))
        return [events.LegBegan(leg), *self._webhook(leg, "call.initiated", now)]

    def _first_command_timeout(self, leg: Leg) -> int | None:
        application = self.account.applications[leg.connection_id]
        own = (
            application["first_command_timeout_secs"] * 1_000_000_000 if application["first_command_timeout"] else None
        )
        of_run = self.rules.first_command_timeout_ns
        return own if of_run is None else of_run

    def _uncommanded(self, leg: Leg, now: int) -> list[Event]:
        return [] if leg.commanded else self._ended(leg, Trigger.FIRST_COMMAND_TIMEOUT, now)

    def _unanswered(self, delivery: Delivery, now: int) -> list[Event]:
        """A webhook got no reply. Telnyx may hang up when it was the first of the call (docs: initial response)."""
        if not self.rules.hang_up_on_timeout or delivery.event_type != "call.initiated":
            return []
        return self._ended(self.legs[delivery.call_leg_id], Trigger.WEBHOOK_TIMEOUT, now)

    def _answered(self, leg: Leg, trigger: Trigger, now: int) -> list[Event]:
        if not leg.allows(trigger):
            return []
        leg.state, leg.answered_ns = TRANSITIONS[leg.state, trigger], now
        stream = self.stream_of(leg)
        happened: list[Event] = [events.LegAnswered(leg), *self._webhook(leg, "call.answered", now, stream=stream)]
        if leg.time_limit_ns is not None:
            self._agenda.at(now + leg.time_limit_ns, lambda at: self._ended(leg, Trigger.TIME_LIMIT, at))
        self._behaviors.answered(leg, now)
        if stream is not None and stream.state is StreamState.OPEN:
            happened += self.streams.start(stream, now)
        return happened

    def _ended(
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
        stream = self.stream_of(leg)
        happened = self.streams.end(stream, now, by="telnyx") if stream else []
        happened += self._webhook(leg, "call.hangup", now)
        costs = self.rules.call_cost
        if costs or (
            costs is None and self.account.applications.get(leg.connection_id, {}).get("call_cost_in_webhooks")
        ):
            happened += self._webhook(leg, "call.cost", now)
        return [events.LegEnded(leg), *happened]

    def _hold(self, leg: Leg, held: bool, now: int) -> list[Event]:
        if leg.state is not LegState.ANSWERED or leg.held is held:
            return []
        leg.held = held
        event_type = "call.hold" if held else "call.unhold"
        return [events.FarEndHeld(leg.call_leg_id, held), *self._webhook(leg, event_type, now)]

    def _press(self, command: inputs.Press, now: int) -> list[Event]:
        leg, at = self.legs[command.call_leg_id], now
        for digit in command.digits:
            if digit in limits.DTMF_PAUSES_MS:
                at += limits.DTMF_PAUSES_MS[digit] * MS_NS
                continue
            self._agenda.at(at, partial(self._digit, leg, digit))
            at += command.tone_ns + command.gap_ns
        return self._agenda.advance(now)

    def _digit(self, leg: Leg, digit: str, now: int) -> list[Event]:
        if leg.state is not LegState.ANSWERED:
            return []
        occurred_at = payloads.iso_us(self._epoch_ns + now)
        pressed = events.DigitPressed(leg.call_leg_id, digit, occurred_at)
        return [pressed, *self._webhook(leg, "call.dtmf.received", now, digit=digit)]

    # Webhooks

    def _webhook(self, leg: Leg, event_type: str, now: int, **words: Any) -> list[Event]:
        payload = payloads.of_event(leg, event_type, self._epoch_ns, now, **words)
        return self._told(leg, self._outbox.tell(leg, event_type, payload, now))

    def _tell_of(self, leg: Leg, event_type: str, stream: Stream, now: int) -> list[Event]:
        return self._webhook(leg, event_type, now, stream=stream)

    def _extra_webhook(self, command: inputs.ExtraWebhook, now: int) -> list[Event]:
        leg, event_type, treatment = self.legs[command.call_leg_id], command.event_type, command.treatment
        if command.again:
            return self._outbox.repeat(leg, event_type, now, treatment)
        stream = next(reversed(self.streams.all_of(leg)), None)
        payload = payloads.of_event(leg, event_type, self._epoch_ns, now, stream=stream)
        return self._told(leg, self._outbox.tell_extra(leg, event_type, payload, now, treatment))

    def _told(self, leg: Leg, planned: list[Event]) -> list[Event]:
        """What the application is told the leg is called, it can call it."""
        for event in planned:
            if isinstance(event, events.WebhookPlanned):
                self.legs.name(leg, event.delivery.data["payload"].get("call_control_id"))
        return planned

    @property
    def has_open_deliveries(self) -> bool:
        return self._outbox.has_open

    # REST commands

    def _rest(self, command: inputs.RestCommand, now: int) -> list[Event]:
        known = self.leg_of(command.path_id or "")
        call_leg_id = known.call_leg_id if known else None
        treatment = self.treatments.of_command(call_leg_id, command.operation)
        return treated(treatment, call_leg_id, lambda: self._once(command, known, now))

    def _once(self, command: inputs.RestCommand, leg: Leg | None, now: int) -> list[Event]:
        """A repeated `command_id` is answered as it was the first time, and has no second effect."""
        command_id = command.body.get("command_id") if isinstance(command.body, dict) else None
        key = (command.path_id or command.operation, str(command_id))
        at_ns, earlier = self._replies.get(key, (now, None))
        if command_id and earlier and now - at_ns <= limits.COMMAND_ID_KEPT_S * 1_000_000_000:
            return [replace(earlier, effect=False)]
        replied, *others = self._carried_out(command, leg, now)
        if isinstance(replied, events.Replied) and replied.effect:
            self._replies[key] = (now, replied)
        return [replied, *others]

    def _carried_out(self, command: inputs.RestCommand, leg: Leg | None, now: int) -> list[Event]:
        try:
            if command.operation == "dial":
                return self._dial(command, now)
            if leg is None:
                raise rest.refused("invalid_call_control_id")
            if command.operation == "retrieve":
                if leg.ended_ns is not None and now - leg.ended_ns > limits.RETRIEVABLE_S * 1_000_000_000:
                    raise rest.refused("not_found")
                body = {"data": payloads.retrieved(leg, self._epoch_ns, now)}
                return [events.Replied(200, body, leg.call_leg_id)]
            return self._act_on(leg, command, now)
        except rest.Refused as refusal_:
            return [events.Replied(refusal_.status, refusal_.body, leg.call_leg_id if leg else None)]

    def _act_on(self, leg: Leg, command: inputs.RestCommand, now: int) -> list[Event]:
        given = rest.validated(OPERATIONS[command.operation], command.body)
        options.check_possible(given, self._lacks)
        acts: dict[str, Callable[[Leg, dict[str, Any], int], list[Event]]] = {
            "answer": self._answer,
            "reject": self._reject,
            "hangup": self._hangup,
            "streaming_start": self._streaming_start,
            "streaming_stop": self._streaming_stop,
            "client_state_update": self._client_state_update,
        }
        happened = acts[command.operation](leg, given, now)
        leg.commanded = True
        return [events.Replied(200, {"data": {"result": "ok"}}, leg.call_leg_id, effect=True), *happened]

    def _dial(self, command: inputs.RestCommand, now: int) -> list[Event]:
        given = rest.validated(OPERATIONS["dial"], command.body)
        options.check_possible(given, self._lacks)
        application = self.account.applications.get(given["connection_id"])
        if application is None or not application["active"] or not application["webhook_event_url"]:
            raise rest.refused("invalid_connection")
        linked = self.leg_of(given.get("link_to", ""))
        if given.get("link_to") and linked is None:
            raise rest.refused("invalid_call_control_id", pointer="/link_to")
        self._count_dial(now)
        called = command.called
        leg = self.legs.new(
            began_ns=now,
            session=linked.call_session_id if linked else None,
            connection_id=given["connection_id"],
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
        self._agenda.at(now + ring_ns, lambda at: self._ended(leg, Trigger.RING_TIMEOUT, at, cause=cause))
        self._behaviors.rings(leg, command.behavior, now)
        self.streams.request(leg, given, now)
        reply = events.Replied(200, {"data": payloads.dialed(leg)}, leg.call_leg_id, effect=True)
        return [reply, events.LegBegan(leg), *self._webhook(leg, "call.initiated", now), *self._crowded_out(leg, now)]

    def _count_dial(self, now: int) -> None:
        """Refuse what is more than the account may dial in these seconds."""
        most = self.rules.limits.dials
        self._dialed_ns = [at for at in self._dialed_ns if now - at < limits.DIALS_WINDOW_S * 1_000_000_000]
        if most is not None and len(self._dialed_ns) >= most * limits.DIALS_WINDOW_S:
            raise rest.refused("dial_rate")
        self._dialed_ns.append(now)

    def _crowded_out(self, leg: Leg, now: int) -> list[Event]:
        """A call over the channel limit fails as a leg, with 403 (docs), not as a command."""
        most = self.rules.limits.channels
        alive = sum(other.is_alive and other.direction == "outgoing" for other in self.legs.values())
        if most is None or alive <= most:
            return []
        return self._ended(leg, Trigger.CHANNEL_LIMIT, now, sip="403")

    def _answer(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand(leg, Trigger.ANSWER_COMMAND)
        options.apply(leg, given)
        leg.custom_headers = given.get("custom_headers", leg.custom_headers)
        self.streams.request(leg, given, now)
        return self._answered(leg, Trigger.ANSWER_COMMAND, now)

    def _reject(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand(leg, Trigger.REJECT_COMMAND)
        options.apply(leg, given)
        return self._ended(leg, Trigger.REJECT_COMMAND, now, cause=REJECT_CAUSES[given["cause"]])

    def _hangup(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand(leg, Trigger.HANGUP_COMMAND)
        options.apply(leg, given)
        return self._ended(leg, Trigger.HANGUP_COMMAND, now)

    def _streaming_start(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_answered(leg)
        if self.stream_of(leg) is not None:
            raise rest.refused("media_streaming_used")
        options.apply(leg, given)
        self.streams.request(leg, given, now)
        return []

    def _streaming_stop(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_alive(leg)
        options.apply(leg, given)
        stream = self.stream_of(leg)
        if stream is None or given.get("stream_id", stream.stream_id) != stream.stream_id:
            return []
        return self.streams.end(stream, now, by="telnyx")

    def _client_state_update(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_alive(leg)
        options.apply(leg, given)
        return []
