"""Random commands, legal and not, to a switch in which calls come and go: what never happens, whatever is asked of it.

No exception, no leg that never ends, no webhook after `call.hangup` that may not follow it, no delivery that is lost.
A thousand steps in every run of the tests, ten thousand in `make test-all` (marker `long`).
"""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from world import MS, THEIRS, S, World

from telnyx_simulator.facts.operations import OPERATIONS, Param
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.leg import Leg, LegState

# What may be told of a leg that is over: what was made of it, what it cost, and that it left a queue or conference.
AFTER_HANGUP = {
    "call.conversation_insights.generated",
    "call.cost",
    "call.dequeued",
    "call.recording.error",
    "call.recording.saved",
    "call.recording.transcription.saved",
    "conference.ended",
    "conference.floor.changed",
    "conference.participant.left",
    "conference.playback.ended",
    "conference.recording.saved",
    "conference.speak.ended",
}
# What the account answers, not the switch.
OF_SWITCH = ("calls", "conferences", "queues", "recordings", "recording_transcriptions")
COMMANDS = [
    name
    for name, one in OPERATIONS.items()
    if one.sdk.split(".")[0] in OF_SWITCH and not one.many and name not in ("dial", "retrieve")
]
VALUES: dict[str, list[Any]] = {
    "string": ["", "support", "1", "12#", "speech", "anything else"],
    "integer": [0, 1, 5, 30, 600, -1],
    "number": [0.5, 12],
    "boolean": [True, False],
    "object": [{}, {"id": "one"}, {"properties": {"name": {}}}, {"enabled": True}],
    "array": [[], ["one"], [{"name": "a", "value": "b"}]],
}
FORMS: dict[str, list[Any]] = {
    "base64": ["c3RhdGU=", "not base64!"],
    "http_url": ["http://127.0.0.1:1/sound.mp3"],
    "ws_url": ["ws://127.0.0.1:2/media"],
    "phone": [THEIRS, "+12025550102", "nobody"],
    "loop": [1, 3, "infinity", 0],
    "sip": ["sip:agent@sip.example.com", "agent"],
    "keys_and_pauses": ["12w3", "x"],
}


def values_of(param: Param) -> st.SearchStrategy[Any]:
    if param.allowed:
        return st.sampled_from([*param.allowed, "nothing of the kind"])
    if param.form in FORMS:
        return st.sampled_from(FORMS[param.form])
    return st.sampled_from([value for kind in param.type.split(" or ") for value in VALUES[kind]])


def bodies_of(operation: str) -> st.SearchStrategy[dict[str, Any]]:
    """Every required parameter, nearly always, and any of the others."""
    params = OPERATIONS[operation].params
    required = {name: values_of(param) for name, param in params.items() if param.required}
    optional = {name: values_of(param) for name, param in params.items() if not param.required}
    return st.fixed_dictionaries(required, optional=optional)


BODIES = {name: bodies_of(name) for name in COMMANDS}


class AnyCommandAtAnyTime(RuleBasedStateMachine):
    steps_taken = 0

    @initialize(cost=st.booleans())
    def begin(self, cost: bool) -> None:
        self.world = World(application={"call_cost_in_webhooks": cost})

    def legs(self) -> list[Leg]:
        return list(self.world.switch.legs.values())

    def one_of(self, pick: int) -> Leg | None:
        """Mostly one that is alive."""
        alive = [leg for leg in self.legs() if leg.is_alive]
        among = alive if alive and pick % 5 else self.legs()
        return among[pick % len(among)] if among else None

    @rule()
    def somebody_calls(self) -> None:
        if sum(leg.is_alive for leg in self.legs()) < 5:
            self.world.incoming()

    @rule(answers=st.booleans(), pick=st.integers(0, 99))
    def the_application_dials(self, answers: bool, pick: int) -> None:
        linked = self.one_of(pick)
        if sum(leg.is_alive for leg in self.legs()) < 5:
            more = {"link_to": linked.call_control_id, "bridge_on_answer": True} if linked and pick % 3 == 0 else {}
            leg = self.world.dial(**more)
            if answers:
                self.world.feed(inputs.PickUp(leg.call_leg_id))

    @rule(pick=st.integers(0, 99))
    def the_application_answers(self, pick: int) -> None:
        leg = self.one_of(pick)
        if leg is not None:
            self.world.rest("answer", leg)

    @rule(pick=st.integers(0, 99), other=st.integers(0, 99), data=st.data())
    def a_command_comes(self, pick: int, other: int, data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(COMMANDS))
        body = data.draw(BODIES[operation])
        leg, second = self.one_of(pick), self.one_of(other)
        if leg is None or second is None:
            return
        if "call_control_id" in OPERATIONS[operation].params:
            body["call_control_id"] = second.call_control_id
        if "call_control_ids" in body:
            body["call_control_ids"] = [second.call_control_id]
        ids = self.ids_for(operation, leg, pick)
        command = inputs.RestCommand(operation=operation, path_id=ids[0] if ids else None, path_ids=ids, body=body)
        reply, *_ = self.world.feed(command)
        assert isinstance(reply, events.Replied)
        # There are no video rooms here; all else is built.
        allowed = (501,) if operation == "bridge" and body.get("video_room_id") else ()
        assert reply.status in (200, 204, 400, 404, 422, *allowed), (operation, body, reply)

    def ids_for(self, operation: str, leg: Leg, pick: int) -> tuple[str, ...]:
        path = OPERATIONS[operation].path
        kinds = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        return tuple(self.an_id(path, kind, leg, pick) for kind in kinds)

    def an_id(self, path: str, kind: str, leg: Leg, pick: int) -> str:
        switch = self.world.switch
        if kind == "call_control_id":
            return leg.call_control_id
        if kind == "queue_name":
            return "support"
        if kind == "participant_id":
            return leg.call_control_id
        if path.startswith("/conferences"):
            rows = switch.items(inputs.RestCommand(operation="conference.list"), self.world.now)
            return str(rows[pick % len(rows)]["id"]) if rows else "nothing"
        recordings = list(switch.recordings.by_id)
        return recordings[pick % len(recordings)] if recordings else "nothing"

    @rule(pick=st.integers(0, 99), digits=st.text("0123456789*#", min_size=1, max_size=4))
    def somebody_presses(self, pick: int, digits: str) -> None:
        leg = self.one_of(pick)
        if leg is not None:
            self.world.feed(inputs.Press(call_leg_id=leg.call_leg_id, digits=digits, tone_ns=100 * MS, gap_ns=100 * MS))

    @rule(pick=st.integers(0, 99), words=st.sampled_from([None, "hello"]))
    def somebody_speaks(self, pick: int, words: str | None) -> None:
        leg = self.one_of(pick)
        if leg is not None and leg.state is LegState.ANSWERED:
            self.world.feed(inputs.SpeechEnded(leg.call_leg_id, words))
            self.world.feed(inputs.BeepSaid(leg.call_leg_id))
            self.world.feed(inputs.Silent(leg.call_leg_id, 6 * S))

    @rule(pick=st.integers(0, 99))
    def somebody_hangs_up(self, pick: int) -> None:
        leg = self.one_of(pick)
        if leg is not None:
            kind = inputs.Refuse if leg.state is LegState.RINGING else inputs.HangUp
            self.world.feed(kind(call_leg_id=leg.call_leg_id, cause="call_rejected"))

    @rule(ms=st.sampled_from([20, 300, 2_000, 15_000]))
    def time_goes_by(self, ms: int) -> None:
        self.world.until(self.world.now + ms * MS)

    @invariant()
    def the_media_plane_does_its_part(self) -> None:
        """Sounds can be had, or not; recordings are written."""
        if not hasattr(self, "world"):
            return
        log = self.world.log
        self.seen = getattr(self, "seen", 0)
        while self.seen < len(log):
            _, event = log[self.seen]
            self.seen += 1
            match event:
                case events.SoundWanted(announcement) if len(announcement.what) % 3:
                    self.world.feed(inputs.SoundReady(announcement.announcement_id, 2 * S))
                case events.SoundWanted(announcement):
                    gone = inputs.SoundFailed(announcement.announcement_id, "file_not_found", "404")
                    self.world.feed(gone)
                case events.RecordingEnded(recording):
                    key = recording.recording_id
                    self.world.feed(inputs.RecordingReady(recording_id=key, duration_ns=S, path=f"/{key}.mp3"))

    @invariant()
    def this_is_a_step(self) -> None:
        type(self).steps_taken += 1

    @invariant()
    def nothing_follows_a_hangup_that_may_not(self) -> None:
        if not hasattr(self, "world"):
            return
        over: set[str] = set()
        for _, event in self.world.log:
            if isinstance(event, events.WebhookPlanned):
                delivery = event.delivery
                if delivery.call_leg_id in over:
                    assert delivery.event_type in AFTER_HANGUP, delivery.event_type
                if delivery.event_type == "call.hangup":
                    over.add(delivery.call_leg_id)

    def teardown(self) -> None:
        """Everybody hangs up: then all is over, told once, and delivered."""
        if not hasattr(self, "world"):
            return
        for leg in self.legs():
            if leg.is_alive:
                kind = inputs.Refuse if leg.state is LegState.RINGING else inputs.HangUp
                self.world.feed(kind(call_leg_id=leg.call_leg_id, cause="call_rejected"))
        self.the_media_plane_does_its_part()
        self.world.until(self.world.now + 5 * 3600 * S)
        self.the_media_plane_does_its_part()
        self.world.until(self.world.now + 60 * S)
        assert not any(leg.is_alive for leg in self.legs())
        hangups = Counter(
            event.delivery.call_leg_id
            for _, event in self.world.log
            if isinstance(event, events.WebhookPlanned) and event.delivery.event_type == "call.hangup"
        )
        assert hangups == {leg.call_leg_id: 1 for leg in self.legs()}
        planned = [event.delivery for _, event in self.world.log if isinstance(event, events.WebhookPlanned)]
        tried = {
            event.attempt.delivery.delivery_id for _, event in self.world.log if isinstance(event, events.AttemptDue)
        }
        assert {one.delivery_id for one in planned} == tried
        assert not self.world.switch.has_open_deliveries


def run(examples: int, steps: int) -> int:
    """How many steps were taken."""
    AnyCommandAtAnyTime.steps_taken = 0
    run_state_machine_as_test(
        AnyCommandAtAnyTime,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return AnyCommandAtAnyTime.steps_taken


def test_a_thousand_steps() -> None:
    assert run(25, 50) >= 1_000


@pytest.mark.long
def test_ten_thousand_steps() -> None:
    assert run(120, 100) >= 10_000
