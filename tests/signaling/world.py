"""A world for one switch: an application, its number, a clock that only the test moves, and all that happened."""

from collections.abc import Iterator, Mapping
from typing import Any

from telnyx_simulator.draws import Draws
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.signaling.delivery import Attempt
from telnyx_simulator.signaling.far_end import Behavior
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.options import Lacks
from telnyx_simulator.signaling.rules import Rules
from telnyx_simulator.signaling.switch import Switch

MS, S = 1_000_000, 1_000_000_000
EPOCH_NS = 1_767_225_600 * S
HOOK = "http://127.0.0.1:1/hook"
OURS, THEIRS = "+12025550100", "+442079460107"
TELNYX = "http://127.0.0.1:3"
STREAM = "ws://127.0.0.1:2/media?token=a"


class World:
    """A switch with one application and number; `rules` are as `Rules.of` takes them."""

    def __init__(
        self,
        seed: int = 1,
        *,
        application: Mapping[str, Any] | None = None,
        lacks: Lacks = lambda codec, to_send: None,
        **rules: Any,
    ) -> None:
        self.account = Account(Draws(seed), base_url=TELNYX)
        self.connection = self.account.add_application("app", HOOK, EPOCH_NS, **(application or {}))
        self.account.add_number(OURS, self.connection, EPOCH_NS)
        self.switch = Switch(self.account, Draws(seed, ("run",)), EPOCH_NS, rules=Rules.of(**rules), lacks=lacks)
        self.now = 0
        self.log: list[tuple[int, events.Event]] = []
        # What the application answers to a webhook, or to one of a type.
        self.webhook_status: int | None = 200
        self.status_of: dict[str, int | None] = {}
        # How long each sound takes, which is there at once (None: they never come); and those that cannot be had.
        self.sounds_ns: int | None = 2 * S
        self.lost_sounds: set[str] = set()

    def feed(self, command: inputs.Input) -> list[events.Event]:
        happened = self.switch.handle(command, self.now)
        self.log += [(self.now, event) for event in happened]
        self._answer(happened)
        return happened

    def until(self, moment_ns: int) -> None:
        """Time goes from deadline to deadline; the application answers each delivery at once."""
        while (due := self.switch.next_deadline()) is not None and due <= moment_ns:
            self.now = max(self.now, due)
            happened = self.switch.advance(self.now)
            self.log += [(self.now, event) for event in happened]
            self._answer(happened)
        self.now = max(self.now, moment_ns)

    def _answer(self, happened: list[events.Event]) -> None:
        """What the world says to it at once."""
        for event in happened:
            if isinstance(event, events.AttemptDue):
                attempt = event.attempt
                key = attempt.delivery.delivery_id
                status = self.status_of.get(attempt.delivery.event_type, self.webhook_status)
                self.feed(inputs.AttemptFinished(delivery_id=key, attempt=attempt.number, status=status))
            elif isinstance(event, events.SoundWanted) and self.sounds_ns is not None:
                sound = event.announcement
                if sound.what in self.lost_sounds:
                    self.feed(inputs.SoundFailed(sound.announcement_id, "file_not_found", "nothing is there"))
                else:
                    self.feed(inputs.SoundReady(sound.announcement_id, self.sounds_ns))

    def sounds(self) -> list[tuple[int, str, str]]:
        """When which sounds started and were stopped."""
        words = {events.SoundStarts: "starts", events.SoundStops: "stops"}
        return [
            (at, words[type(event)], event.announcement.what)
            for at, event in self.log
            if isinstance(event, events.SoundStarts | events.SoundStops)
        ]

    def told(self, leg: Leg, *event_types: str) -> list[tuple[int, str, Any]]:
        """When webhooks of these types (or that begin so) were planned, and the status or result they tell of."""
        return [
            (at, event.delivery.event_type, payload.get("status", payload.get("result")))
            for at, event in self.log
            if isinstance(event, events.WebhookPlanned)
            and event.delivery.event_type.startswith(event_types)
            and self.leg_of(event.delivery) is leg
            for payload in (event.delivery.data["payload"],)
        ]

    def rest(
        self,
        operation: str,
        leg: Leg | None = None,
        /,
        *ids: str,
        called: inputs.Called | None = None,
        behavior: Behavior | None = None,
        **body: Any,
    ) -> events.Replied:
        """A command to `leg`, or with these ids in its path; `called` and `behavior` are of whom a transfer calls."""
        path_ids = (leg.call_control_id, *ids) if leg else ids
        command = inputs.RestCommand(
            operation=operation,
            path_id=next(iter(path_ids), None),
            path_ids=path_ids,
            body=body or None,
            called=called or inputs.Called(),
            behavior=behavior,
        )
        reply, *_ = self.feed(command)
        assert isinstance(reply, events.Replied)
        return reply

    def picked_up(self, **body: Any) -> Leg:
        """A dialed leg that was answered."""
        leg = self.dial(**body)
        self.feed(inputs.PickUp(leg.call_leg_id))
        return leg

    def hears(self, leg: Leg) -> list[Leg]:
        """Whom the person on this leg hears now."""
        heard: dict[str, None] = {}
        for _, event in self.log:
            if isinstance(event, events.Connected) and event.call_leg_id == leg.call_leg_id:
                heard = {key: None for key in (*heard, *event.added) if key not in event.removed}
        return [self.switch.legs[key] for key in heard]

    def peer(self, leg: Leg) -> Leg | None:
        told = [event for _, event in self.log if isinstance(event, events.Connected)]
        last = next((event for event in reversed(told) if event.call_leg_id == leg.call_leg_id), None)
        return self.switch.legs[last.peer] if last and last.peer else None

    def news(self, since: int = 0) -> list[tuple[str, Leg]]:
        """Events that the application is told of and their legs, in the order in which they were planned."""
        planned = [event.delivery for _, event in self.log if isinstance(event, events.WebhookPlanned)]
        return [(one.event_type, self.leg_of(one)) for one in planned[since:]]

    def open_sounds(self) -> list[tuple[str, str, list[Leg]]]:
        """What is wanted and not yet over: kind, what it is, and who is to hear it."""
        open_: dict[str, Any] = {}
        for _, event in self.log:
            match event:
                case events.SoundWanted(one):
                    open_[one.announcement_id] = one
                case events.SoundStops(one):
                    open_.pop(one.announcement_id, None)
        return [(str(one.kind), one.what, [self.switch.legs[k] for k in one.call_leg_ids]) for one in open_.values()]

    def incoming(self, **about: Any) -> Leg:
        self.feed(inputs.PlaceCall(**{"from_": THEIRS, "to": OURS, "leg_codec": "PCMA"} | about))
        return list(self.switch.legs.values())[-1]

    def dial(self, behavior: Behavior | None = None, **body: Any) -> Leg:
        body = {"connection_id": self.connection, "from": OURS, "to": THEIRS} | body
        reply, *_ = self.feed(inputs.RestCommand(operation="dial", body=body, behavior=behavior))
        assert isinstance(reply, events.Replied)
        assert reply.status == 200, reply.body
        return self.switch.legs[reply.call_leg_id or ""]

    def answered(self, **answer: Any) -> Leg:
        leg = self.incoming()
        assert self.rest("answer", leg, **answer).status == 200
        return leg

    def streamed(self) -> Leg:
        """An answered call with a stream that has started."""
        leg = self.answered(stream_url=STREAM, stream_bidirectional_mode="rtp")
        self.until(self.now + 250 * MS)
        self.feed(inputs.StreamAccepted(self.switch.stream_of(leg).stream_id))
        return leg

    def webhooks(self, leg: Leg | None = None) -> list[str]:
        return [event for event, _ in self.payloads(leg)]

    def payloads(self, leg: Leg | None = None) -> list[tuple[str, dict[str, Any]]]:
        """Event and payload of each genuine webhook, as planned."""
        planned = [event.delivery for _, event in self.log if isinstance(event, events.WebhookPlanned)]
        return [(one.event_type, one.data["payload"]) for one in planned if leg in (None, self.leg_of(one))]

    def attempts(self, event_type: str | None = None) -> list[tuple[int, Attempt]]:
        """When each attempt left, and what it was."""
        due = [(at, event.attempt) for at, event in self.log if isinstance(event, events.AttemptDue)]
        return [(at, one) for at, one in due if event_type in (None, one.delivery.event_type)]

    def order(self) -> list[str]:
        """Event types in the order in which the application heard of them."""
        return [attempt.delivery.event_type for _, attempt in self.attempts()]

    def leg_of(self, delivery: Any) -> Leg:
        return self.switch.legs[delivery.call_leg_id]

    def hangup(self, leg: Leg) -> tuple[str, str, str]:
        """Cause, source and SIP response of the leg's one `call.hangup`."""
        (payload,) = [payload for event, payload in self.payloads(leg) if event == "call.hangup"]
        return payload["hangup_cause"], payload["hangup_source"], payload["sip_hangup_cause"]

    def story(self) -> Iterator[str]:
        """What happened, in words."""
        for _, event in self.log:
            match event:
                case events.Replied(status):
                    yield f"reply {status}"
                case events.WebhookPlanned(delivery):
                    yield f"plan {delivery.event_type}"
                case events.AttemptDue(attempt):
                    yield f"attempt {attempt.delivery.event_type}"
                case events.StreamEnded(stop=stop, by=by):
                    yield f"stream ends by {by}{', stop' if stop else ''}"
                case _:
                    yield type(event).__name__
