"""The switch: legs, their streams and webhooks, moved by commands, acts and time.

Theory of operation. `handle` takes one input at a time and answers with what happened; what shall happen later stands
in a heap of deadlines that `advance` works off. Nothing here waits, sends or knows a clock: the transports call
`advance` when `next_deadline` has come. Events come in the order in which they are to be carried out. A REST command is
judged in Telnyx's order: id, parameters, then whether the leg's state allows it.
"""

import heapq
from collections.abc import Callable
from functools import partial
from typing import Any

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts import limits
from telnyx_simulator.facts.hangup_causes import REJECT_CAUSES
from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.signaling import events, far_end, identifiers, inputs, options, payloads, rest
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.signaling.delivery import MS_NS, Delivery
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.inputs import Treatment
from telnyx_simulator.signaling.leg import TRANSITIONS, Leg, LegState, Trigger, ending
from telnyx_simulator.signaling.outbox import Outbox
from telnyx_simulator.signaling.stream import Stream, StreamState

_GENUINE = Treatment()


class Switch:
    """One run's legs. `epoch_ns` is the Unix time of the run's moment zero."""

    def __init__(self, account: Account, draws: Draws, epoch_ns: int) -> None:
        self.account = account
        self.legs: dict[str, Leg] = {}
        self.streams: dict[str, Stream] = {}
        self._outbox = Outbox(account, draws, epoch_ns)
        self._by_control_id: dict[str, Leg] = {}
        self._behaviors: dict[str, far_end.Behavior] = {}
        self._draws = draws
        self._epoch_ns = epoch_ns
        self._deadlines: list[tuple[int, int, Callable[[int], list[Event]]]] = []
        self._planned = 0

    def leg_of(self, call_control_id: str) -> Leg | None:
        return self._by_control_id.get(call_control_id)

    def stream_of(self, leg: Leg) -> Stream | None:
        """The stream that the leg has now."""
        for stream in self.streams.values():
            if stream.call_leg_id == leg.call_leg_id and stream.state is not StreamState.ENDED:
                return stream
        return None

    # Time

    def next_deadline(self) -> int | None:
        return self._deadlines[0][0] if self._deadlines else None

    def advance(self, now: int) -> list[Event]:
        happened: list[Event] = []
        while self._deadlines and self._deadlines[0][0] <= now:
            happened += heapq.heappop(self._deadlines)[2](now)
        return happened

    def _at(self, due_ns: int, act: Callable[[int], list[Event]]) -> None:
        self._planned += 1
        heapq.heappush(self._deadlines, (due_ns, self._planned, act))

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
            case inputs.ExtraWebhook():
                return self._extra_webhook(command, now)
            case inputs.AttemptFinished():
                return self._attempt_finished(command, now)
            case inputs.StreamAccepted(stream_id):
                return self._stream_accepted(self.streams[stream_id], now)
            case inputs.StreamRefused(stream_id):
                return self._stream_refused(self.streams[stream_id], now)
            case inputs.StreamClosedByApplication(stream_id):
                return self._end_stream(self.streams[stream_id], now, by="application")
            case inputs.StreamClosed(stream_id, by):
                return self._end_stream(self.streams[stream_id], now, by=by)
            case inputs.FramesCounted(call_leg_id=key, spoken=spoken, heard=heard):
                self.legs[key].frames_spoken, self.legs[key].frames_heard = spoken, heard
                return []

    # Legs

    def _new_leg(self, now: int, *, session: str | None = None, **fields: Any) -> Leg:
        n = len(self.legs)
        leg = Leg(
            call_control_id=identifiers.call_control_id(self._draws, n),
            call_leg_id=identifiers.time_uuid(self._draws, "call_leg_id", n),
            call_session_id=session or identifiers.time_uuid(self._draws, "call_session_id", n),
            began_ns=now,
            **fields,
        )
        self.legs[leg.call_leg_id] = leg
        self._by_control_id[leg.call_control_id] = leg
        return leg

    def _place_call(self, command: inputs.PlaceCall, now: int) -> list[Event]:
        connection_id = self.account.connection_of(command.to)
        if connection_id is None:
            raise LookupError(f"no active application is behind {command.to}")
        leg = self._new_leg(
            now,
            connection_id=connection_id,
            direction="incoming",
            from_=command.from_,
            to=command.to,
            leg_codec=command.leg_codec,
            caller_id_name=command.caller_id_name,
            webhook_url=command.webhook_url,
            state=LegState.PARKED,
        )
        if command.behavior is not None:
            self._behaviors[leg.call_leg_id] = command.behavior
            give_up = inputs.HangUp(call_leg_id=leg.call_leg_id)
            self._at(now + far_end.CALLER_PATIENCE_NS, lambda at: self._unless_answered(leg, give_up, at))
        return [events.LegBegan(leg), *self._webhook(leg, "call.initiated", now)]

    def _unless_answered(self, leg: Leg, command: inputs.Input, now: int) -> list[Event]:
        return self.handle(command, now) if leg.answered_ns is None else []

    def _answered(self, leg: Leg, trigger: Trigger, now: int) -> list[Event]:
        if not leg.allows(trigger):
            return []
        leg.state, leg.answered_ns = TRANSITIONS[leg.state, trigger], now
        stream = self.stream_of(leg)
        happened: list[Event] = [events.LegAnswered(leg), *self._webhook(leg, "call.answered", now, stream=stream)]
        if leg.time_limit_ns is not None:
            self._at(now + leg.time_limit_ns, lambda at: self._ended(leg, Trigger.TIME_LIMIT, at))
        self._plan_acts(leg, far_end.ONCE_ANSWERED, now)
        if stream is not None and stream.state is StreamState.OPEN:
            happened += self._start_stream(stream, now)
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
        happened = self._end_stream(stream, now, by="telnyx") if stream else []
        return [events.LegEnded(leg), *happened, *self._webhook(leg, "call.hangup", now)]

    def _plan_acts(self, leg: Leg, plan: dict[far_end.Behavior, tuple[far_end.PlannedAct, ...]], now: int) -> None:
        behavior = self._behaviors.get(leg.call_leg_id)
        for act in plan.get(behavior, ()) if behavior else ():
            self._at(now + act.delay_ns, partial(self._act, leg, act))

    def _act(self, leg: Leg, planned: far_end.PlannedAct, now: int) -> list[Event]:
        key = leg.call_leg_id
        match planned.act:
            case far_end.Act.ANSWER:
                return self.handle(inputs.PickUp(key), now)
            case far_end.Act.REFUSE:
                return self.handle(inputs.Refuse(call_leg_id=key, cause=planned.cause or "unspecified"), now)
            case far_end.Act.HANG_UP:
                return self.handle(inputs.HangUp(call_leg_id=key), now)
            case far_end.Act.SPEAK:
                return [events.FarEndSpeaks(key)] if leg.is_alive else []

    def _press(self, command: inputs.Press, now: int) -> list[Event]:
        leg, at = self.legs[command.call_leg_id], now
        for digit in command.digits:
            if digit in limits.DTMF_PAUSES_MS:
                at += limits.DTMF_PAUSES_MS[digit] * MS_NS
                continue
            self._at(at, partial(self._digit, leg, digit))
            at += command.tone_ns + command.gap_ns
        return self.advance(now)

    def _digit(self, leg: Leg, digit: str, now: int) -> list[Event]:
        if leg.state is not LegState.ANSWERED:
            return []
        occurred_at = payloads.iso_us(self._epoch_ns + now)
        pressed = events.DigitPressed(leg.call_leg_id, digit, occurred_at)
        return [pressed, *self._webhook(leg, "call.dtmf.received", now, digit=digit)]

    # Webhooks

    def _webhook(self, leg: Leg, event_type: str, now: int, **words: Any) -> list[Event]:
        payload = payloads.of_event(leg, event_type, self._epoch_ns, now, **words)
        return self._planned_deliveries(self._outbox.plan(leg, event_type, payload, now, treatment=_GENUINE))

    def _extra_webhook(self, command: inputs.ExtraWebhook, now: int) -> list[Event]:
        leg = self.legs[command.call_leg_id]
        if command.again:
            return self._planned_deliveries(self._outbox.replay(leg, command.event_type, now, command.treatment))
        streams = [stream for stream in self.streams.values() if stream.call_leg_id == leg.call_leg_id]
        stream = streams[-1] if streams else None
        payload = payloads.of_event(leg, command.event_type, self._epoch_ns, now, stream=stream)
        return self._planned_deliveries(
            self._outbox.plan(leg, command.event_type, payload, now, treatment=command.treatment, extra=True)
        )

    def _planned_deliveries(self, deliveries: list[Delivery]) -> list[Event]:
        for delivery in deliveries:
            self._at(delivery.due_ns, partial(self._attempt, delivery))
        return [events.WebhookPlanned(delivery) for delivery in deliveries]

    def _attempt(self, delivery: Delivery, now: int) -> list[Event]:
        return [events.AttemptDue(self._outbox.attempt(delivery, now))]

    def _attempt_finished(self, news: inputs.AttemptFinished, now: int) -> list[Event]:
        delivery, wait_ns = self._outbox.finished(news)
        if wait_ns is not None:
            self._at(now + wait_ns, lambda at: self._attempt(delivery, at))
        return []

    @property
    def has_open_deliveries(self) -> bool:
        return self._outbox.has_open

    # Streams

    def _request_stream(self, leg: Leg, given: dict[str, Any], now: int) -> None:
        earlier = sum(stream.call_leg_id == leg.call_leg_id for stream in self.streams.values())
        stream_id = identifiers.random_uuid(self._draws.within(leg.call_leg_id), "stream_id", earlier)
        stream = options.stream_of(leg, given, stream_id)
        if stream is not None:
            self.streams[stream_id] = stream
            self._at(now + limits.STREAM_OPEN_DELAY_MS * MS_NS, lambda at: self._dial_stream(stream))

    def _dial_stream(self, stream: Stream) -> list[Event]:
        return [events.StreamRequested(stream)] if stream.state is StreamState.OPENING else []

    def _stream_accepted(self, stream: Stream, now: int) -> list[Event]:
        if stream.state is not StreamState.OPENING:
            return []
        stream.state = StreamState.OPEN
        # Opened while the call is still bridging, a stream waits: `start` follows the answer (reported).
        answered = self.legs[stream.call_leg_id].state is LegState.ANSWERED
        return self._start_stream(stream, now) if answered else []

    def _start_stream(self, stream: Stream, now: int) -> list[Event]:
        leg = self.legs[stream.call_leg_id]
        stream.state = StreamState.STARTED
        webhooks = self._webhook(leg, "streaming.started", now, stream=stream)
        return [*webhooks, events.StreamStarted(stream, payloads.stream_start(leg, stream, self.account.user_id))]

    def _stream_refused(self, stream: Stream, now: int) -> list[Event]:
        if stream.state is not StreamState.OPENING:
            return []
        stream.state = StreamState.ENDED
        return self._webhook(self.legs[stream.call_leg_id], "streaming.failed", now, stream=stream)

    def _end_stream(self, stream: Stream, now: int, *, by: str) -> list[Event]:
        if stream.state is StreamState.ENDED:
            return []
        leg, was = self.legs[stream.call_leg_id], stream.state
        stream.state = StreamState.ENDED
        stop = None
        if was is StreamState.STARTED and by == "telnyx":
            stop = {"user_id": self.account.user_id, "call_control_id": leg.call_control_id}
        ended: list[Event] = [events.StreamEnded(stream, stop, by)]
        # A stream that never started leaves no webhook behind but its failure (reported either way: assumed).
        return ended + (
            self._webhook(leg, "streaming.stopped", now, stream=stream) if was is StreamState.STARTED else []
        )

    # REST commands

    def _rest(self, command: inputs.RestCommand, now: int) -> list[Event]:
        try:
            if command.operation == "dial":
                return self._dial(command, now)
            leg = self._by_control_id.get(command.path_id or "")
            if leg is None:
                raise rest.refused("invalid_call_control_id")
            if command.operation == "retrieve":
                if leg.ended_ns is not None and now - leg.ended_ns > limits.RETRIEVABLE_S * 1_000_000_000:
                    raise rest.refused("not_found")
                body = {"data": payloads.retrieved(leg, self._epoch_ns, now)}
                return [events.Replied(200, body, leg.call_leg_id)]
            return self._act_on(leg, command, now)
        except rest.Refused as refusal_:
            known = self._by_control_id.get(command.path_id or "")
            return [events.Replied(refusal_.status, refusal_.body, known.call_leg_id if known else None)]

    def _act_on(self, leg: Leg, command: inputs.RestCommand, now: int) -> list[Event]:
        given = rest.validated(OPERATIONS[command.operation], command.body)
        options.check_built(given)
        acts: dict[str, Callable[[Leg, dict[str, Any], int], list[Event]]] = {
            "answer": self._answer,
            "reject": self._reject,
            "hangup": self._hangup,
            "streaming_start": self._streaming_start,
            "streaming_stop": self._streaming_stop,
            "client_state_update": self._client_state_update,
        }
        happened = acts[command.operation](leg, given, now)
        return [events.Replied(200, {"data": {"result": "ok"}}, leg.call_leg_id, effect=True), *happened]

    def _dial(self, command: inputs.RestCommand, now: int) -> list[Event]:
        given = rest.validated(OPERATIONS["dial"], command.body)
        options.check_built(given)
        application = self.account.applications.get(given["connection_id"])
        if application is None or not application["active"] or not application["webhook_event_url"]:
            raise rest.refused("invalid_connection")
        linked = self._by_control_id.get(given.get("link_to", ""))
        if given.get("link_to") and linked is None:
            raise rest.refused("invalid_call_control_id", pointer="/link_to")
        leg = self._new_leg(
            now,
            session=linked.call_session_id if linked else None,
            connection_id=given["connection_id"],
            direction="outgoing",
            from_=given["from"],
            to=given["to"].split(",")[0],
            leg_codec=command.leg_codec,
            custom_headers=given.get("custom_headers", []),
            retry_on_timeout=given.get("retry_on_timeout", True),
            time_limit_ns=given.get("time_limit_secs", limits.TIME_LIMIT_S) * 1_000_000_000,
            state=LegState.RINGING,
        )
        options.apply(leg, given)
        ring_ns = given.get("timeout_secs", limits.RING_TIMEOUT_S) * 1_000_000_000
        cause = "timeout" if leg.retry_on_timeout else "no_answer"
        self._at(now + ring_ns, lambda at: self._ended(leg, Trigger.RING_TIMEOUT, at, cause=cause))
        if command.behavior is not None:
            self._behaviors[leg.call_leg_id] = command.behavior
            self._plan_acts(leg, far_end.WHILE_RINGING, now)
        self._request_stream(leg, given, now)
        body = {"data": payloads.dialed(leg)}
        return [
            events.Replied(200, body, leg.call_leg_id, effect=True),
            events.LegBegan(leg),
            *self._webhook(leg, "call.initiated", now),
        ]

    def _answer(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand(leg, Trigger.ANSWER_COMMAND)
        options.apply(leg, given)
        leg.custom_headers = given.get("custom_headers", leg.custom_headers)
        self._request_stream(leg, given, now)
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
        self._request_stream(leg, given, now)
        return []

    def _streaming_stop(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_alive(leg)
        options.apply(leg, given)
        stream = self.stream_of(leg)
        if stream is None or given.get("stream_id", stream.stream_id) != stream.stream_id:
            return []
        return self._end_stream(stream, now, by="telnyx")

    def _client_state_update(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_alive(leg)
        options.apply(leg, given)
        return []
