"""Every webhook of the fact sheet is emitted in some scenario, and the SDK makes of it what it calls it.

The scenarios run in virtual time, with an application that gives the commands it is asked for. Each delivery is
signed: the SDK's `unwrap` verifies it and turns it into the class of that event. `unwrap` itself checks no payload, so
the class reads the body once more, strictly: JSON types, enums, dates, and no field that it does not declare but those
of which `facts` say that they are not from the SDK.
"""

import dataclasses
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, get_args

import pytest
import telnyx.lib  # noqa: F401 - the import puts its Ed25519 verification into the SDK
from pydantic import BaseModel, ValidationError
from telnyx import Telnyx
from telnyx.types.unwrap_webhook_event import UnwrapWebhookEvent

from commanded import Command, CommandedApplication
from in_memory import run_in_memory
from telnyx_simulator import resources
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.facts import webhooks
from telnyx_simulator.facts.evidence import Evidence
from telnyx_simulator.transports.signer import Signer
from wire import Received, assert_fields

# What the SDK cannot tell by its type, and why. It makes of them the first class that takes anything.
NOT_MODELLED = {
    "call.sip_info.received": "no class at all: only the OpenAPI document names it",
    "conference.floor.changed": "its class has no `data`, in which every webhook of API v2 comes",
}
# Classes that are not called after their event.
CALLED_OTHERWISE = {
    "call.ai_gather.ended": "CallAIGatherEnded",
    "call.ai_gather.message_history_updated": "CallAIGatherMessageHistoryUpdated",
    "call.ai_gather.partial_results": "CallAIGatherPartialResults",
    "call.dequeued": "CallLeftQueue",
    "call.transcription": "Transcription",
    **{
        f"{what}.{verb}": f"Call{what.title()}{verb.title()}"
        for what in ("streaming", "siprec")
        for verb in ("started", "stopped", "failed")
    },
}

TRANSFERRED = "+12025550177"
CONNECTOR = {"name": "recorder", "host": "siprec.example.com", "port": 5060}
FORK = {"rx": "udp:192.0.2.1:5000", "tx": "udp:192.0.2.1:5002"}
FIELDS_OF_A_NAME = {"type": "object", "properties": {"name": {"type": "string"}}}
FILE = "http://127.0.0.1:9/sound.wav"

# What the application can be asked for: commands, in order.
ASKS: dict[str, list[Command]] = {
    "beside": [
        ("fork_start", FORK),
        ("fork_stop", {}),
        ("siprec_start", {"connector_name": "nobody"}),
        ("siprec_connector.create", CONNECTOR),
        ("siprec_start", {"connector_name": "recorder"}),
        ("siprec_stop", {}),
        ("siprec_connector.delete", {}),
        ("send_sip_info", {"body": "hello", "content_type": "text/plain"}),
        ("enqueue", {"queue_name": "support"}),
        ("leave_queue", {}),
        ("queue.delete", {"queue_name": "support"}),
    ],
    "speak": [("speak", {"payload": "Hello.", "voice": "female"})],
    "play": [("playback_start", {"audio_url": FILE})],
    "stop": [("playback_stop", {})],
    "gather": [("gather", {"maximum_digits": 2})],
    "pay": [("pay", {"amount": 12.5, "connector_name": "shop", "postal_code": False})],
    "refer_to_nobody": [("refer", {"sip_address": "sip:+12025550103@pbx.example.com"})],
    "refer": [("refer", {"sip_address": "sip:desk@pbx.example.com"})],
    "listen": [
        ("transcription_start", {"transcription_engine": "B"}),
        ("record_start", {"format": "wav", "channels": "single", "transcription": True}),
        (
            "gather_using_ai",
            {"parameters": FIELDS_OF_A_NAME, "send_partial_results": True, "send_message_history_updates": True},
        ),
    ],
    "record_again": [("record_stop", {}), ("record_start", {"format": "mp3", "channels": "dual"}), ("record_stop", {})],
    "converse": [("ai_assistant_start", {"assistant": {"id": "assistant-1"}}), ("ai_assistant_stop", {})],
    "transfer": [("transfer", {"to": TRANSFERRED})],
    "confer": [("conference.create", {"name": "room"}), ("conference.record_start", {"format": "wav"})],
    "speak_to_all": [("conference.speak", {"payload": "Hi.", "voice": "female"})],
    "speak_to_one": [("conference.speak", {"payload": "Hi.", "voice": "female", "call_control_ids": ["{leg}"]})],
    "play_to_all": [("conference.play", {"audio_url": FILE})],
    "play_to_one": [("conference.play", {"audio_url": FILE, "call_control_ids": ["{leg}"]})],
    "hush": [("conference.stop", {})],
    "disperse": [("conference.record_stop", {}), ("conference.leave", {"call_control_id": "{leg}"})],
    "detect": [("dial", {"answering_machine_detection": "greeting_end"})],
    "detect_premium": [("dial", {"answering_machine_detection": "premium"})],
}


class Play(NamedTuple):
    """A scenario, what it is there to have emitted, and the parameters with which the application answers."""

    tells: frozenset[str]
    text: str
    answer: Mapping[str, Any] = {}


def play(tells: str, text: str, **answer: Any) -> Play:
    return Play(frozenset(tells.split()), text, answer)


STREAM = {"stream_url": "ws://127.0.0.1/media", "stream_bidirectional_mode": "rtp"}
PLAYS = {
    "a_call_from_its_first_webhook_to_its_bill": play(
        "call.initiated call.answered call.dtmf.received call.hold call.unhold call.hangup call.cost "
        "streaming.started streaming.stopped",
        """
call: incoming
account: {call_cost: true}
script: [dial, expect: {stream: started}, press: "5", hold, unhold, hangup]
expect: [{webhook: call.cost}]
""",
        **STREAM,
    ),
    "a_stream_that_cannot_be_opened": play(
        "streaming.failed",
        """
call: {direction: incoming, stream: {fail: connection_failed}}
script: [dial, expect: {webhook: streaming.failed}, hangup]
""",
        **STREAM,
    ),
    "what_goes_beside_a_call": play(
        "call.fork.started call.fork.stopped siprec.started siprec.stopped siprec.failed call.sip_info.received "
        "call.enqueued call.dequeued",
        """
call: incoming
script: [dial, expect: {webhook: call.answered}, ask: beside, expect: {webhook: call.dequeued}, hangup]
""",
    ),
    "what_is_said_and_pressed": play(
        "call.speak.started call.speak.ended call.playback.started call.playback.ended call.gather.ended "
        "call.payment.progress call.payment.completed",
        """
call: incoming
script:
  - dial
  - expect: {webhook: call.answered}
  - ask: speak
  - expect: {webhook: call.speak.ended}
  - ask: play
  - expect: {webhook: call.playback.started}
  - ask: stop
  - expect: {webhook: call.playback.ended, with: {status: cancelled}}
  - ask: gather
  - press: "12"
  - expect: {webhook: call.gather.ended, with: {digits: "12"}}
  - ask: pay
  - press: "4242424242424242#1229123#"
  - expect: {webhook: call.payment.completed, with: {result: success}}
  - hangup
""",
    ),
    "what_is_understood_of_a_caller": play(
        "call.transcription call.ai_gather.ended call.ai_gather.partial_results "
        "call.ai_gather.message_history_updated call.recording.saved call.recording.transcription.saved "
        "call.recording.error call.conversation.ended call.conversation_insights.generated",
        """
call: incoming
script:
  - dial
  - expect: {stream: started}
  - ask: listen
  - play: speech/en-9
  - expect: [webhook: call.transcription, webhook: call.ai_gather.ended]
  - ask: record_again
  - ask: converse
  - expect: [webhook: call.conversation_insights.generated, webhook: call.recording.transcription.saved]
  - hangup
expect: [{webhook: call.recording.error}]
""",
        **STREAM,
    ),
    "a_caller_whose_phone_is_sent_elsewhere": play(
        "call.refer.started call.refer.completed call.refer.failed",
        """
call: incoming
script:
  - dial
  - expect: {webhook: call.answered}
  - ask: refer_to_nobody
  - expect: {webhook: call.refer.failed}
  - ask: refer
  - expect: {webhook: call.refer.completed}
""",
    ),
    "a_caller_who_is_connected": play(
        "call.bridged",
        f"""
calls:
  Caller: {{direction: incoming}}
  Agent: {{direction: outgoing, to: "{TRANSFERRED}"}}
script:
  - Caller: dial
  - Caller: {{expect: {{webhook: call.answered}}}}
  - Caller: {{ask: transfer}}
  - Agent: answer
  - Agent: {{expect: {{webhook: call.bridged}}}}
  - Caller: hangup
""",
    ),
    "a_conference_from_its_first_to_its_last_participant": play(
        "conference.created conference.ended conference.floor.changed conference.participant.joined "
        "conference.participant.left conference.speak.started conference.speak.ended "
        "conference.participant.speak.started conference.participant.speak.ended conference.playback.started "
        "conference.playback.ended conference.participant.playback.started conference.participant.playback.ended "
        "conference.recording.saved",
        """
call: incoming
script:
  - dial
  - expect: {webhook: call.answered}
  - ask: confer
  - expect: {webhook: conference.participant.joined}
  - ask: speak_to_all
  - expect: {webhook: conference.speak.ended}
  - ask: speak_to_one
  - expect: {webhook: conference.participant.speak.ended}
  - ask: play_to_all
  - expect: {webhook: conference.playback.started}
  - ask: hush
  - expect: {webhook: conference.playback.ended}
  - ask: play_to_one
  - expect: {webhook: conference.participant.playback.started}
  - ask: hush
  - expect: {webhook: conference.participant.playback.ended}
  - ask: disperse
  - expect: [webhook: conference.recording.saved, webhook: conference.ended]
  - hangup
""",
    ),
    "a_machine_that_beeps": play(
        "call.machine.detection.ended call.machine.greeting.ended",
        """
call: outgoing
script:
  - ask: detect
  - answer: machine
  - play: speech/en-9
  - expect: {webhook: call.machine.detection.ended, with: {result: machine}}
  - play: tone/beep
  - expect: {webhook: call.machine.greeting.ended}
""",
    ),
    "a_machine_that_beeps_to_premium_detection": play(
        "call.machine.premium.detection.ended call.machine.premium.greeting.ended",
        """
call: outgoing
script:
  - ask: detect_premium
  - answer: machine
  - expect: {webhook: call.machine.premium.detection.ended, with: {result: machine}}
  - play: tone/beep
  - expect: {webhook: call.machine.premium.greeting.ended, with: {result: beep_detected}}
""",
    ),
    "a_voice_that_is_real": play(
        "call.deepfake_detection.result",
        """
call: incoming
script: [dial, expect: {webhook: call.deepfake_detection.result, within: 9s}, hangup]
""",
        **STREAM,
        deepfake_detection={"enabled": True, "timeout": 5},
    ),
    "a_voice_that_cannot_be_told": play(
        "call.deepfake_detection.error",
        """
call: {direction: incoming, mic: nothing}
script: [dial, expect: {webhook: call.deepfake_detection.error, within: 9s}, hangup]
""",
        deepfake_detection={"enabled": True, "timeout": 5},
    ),
}


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Received]]:
    """What each play had delivered, in order. Nobody here can write MP3."""
    folder = tmp_path_factory.mktemp("plays")
    came: dict[str, list[Received]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "lameenc", None)
        for name, one in PLAYS.items():
            file = folder / f"{name}.telnyx.yaml"
            file.write_text(one.text)
            application = CommandedApplication(ASKS, answer=one.answer)
            [result] = run_in_memory(application, file, folder / name)
            amiss = [f"{f.id}: {f.actual} (wanted {f.expected})" for f in result.findings if f.verdict is Verdict.FAIL]
            assert not amiss, f"{name}: {amiss}"
            came[name] = application.came
    return came


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Callable[[Received], Any]:
    """The SDK's `unwrap`, at the moment at which a webhook says it was signed."""
    client = Telnyx(api_key="KEY", public_key=Signer(resources.test_private_key()).public_key)

    def unwrap(one: Received) -> Any:
        monkeypatch.setattr(time, "time", lambda: float(dict(one.headers)["Telnyx-Timestamp"]))
        return client.webhooks.unwrap(one.body.decode(), headers=dict(one.headers))

    return unwrap


def not_emitted(came: Mapping[str, list[Received]]) -> set[str]:
    return webhooks.FIELDS.keys() - {one.event for deliveries in came.values() for one in deliveries}


def test_every_event_of_the_facts_is_emitted_in_some_scenario(emitted: dict[str, list[Received]]) -> None:
    assert not_emitted(emitted) == set()
    for name in PLAYS:
        without = {other: came for other, came in emitted.items() if other != name}
        assert not_emitted(without) == PLAYS[name].tells & not_emitted(without), "each event has the play that names it"
    assert {event for one in PLAYS.values() for event in one.tells} == webhooks.FIELDS.keys()


@pytest.mark.parametrize("name", PLAYS)
def test_a_scenario_has_emitted_what_it_is_there_for(name: str, emitted: dict[str, list[Received]]) -> None:
    assert PLAYS[name].tells - {one.event for one in emitted[name]} == set()


def test_the_facts_name_every_event_of_calls_and_conferences_that_the_sdk_models() -> None:
    events = {event for model in get_args(UnwrapWebhookEvent) for event in event_types(model)}
    of_calls = {event for event in events if event.split(".")[0] in ("call", "conference", "streaming", "siprec")}
    assert of_calls | NOT_MODELLED.keys() == webhooks.FIELDS.keys() | set(webhooks.NEWER_THAN_THE_PAGES)


def event_types(model: type[BaseModel]) -> set[str]:
    """The events that a class of the SDK says it is of."""
    fields = model.model_fields
    if "data" in fields:
        return event_types(inner_model(fields["data"].annotation) or BaseModel)
    return (
        {str(word) for kind in get_args(fields["event_type"].annotation) for word in get_args(kind)}
        if "event_type" in fields
        else set()
    )


def inner_model(annotation: Any) -> type[BaseModel] | None:
    """The model in an annotation such as Optional[Payload], or List[Part]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := inner_model(part))), None)


# --- The class of its name --------------------------------------------------------------------------------------------


def class_name(event: str) -> str:
    return (
        CALLED_OTHERWISE.get(event, "".join(part.title() for part in event.replace("_", ".").split(".")))
        + "WebhookEvent"
    )


def assert_is_its_class(event: Any, one: Received) -> None:
    assert type(event).__name__ == class_name(one.event)
    strict = type(event).model_validate_json(one.body, strict=True)
    fields = webhooks.FIELDS[one.event]
    assert_fields(fields, one.data["payload"])
    payload = strict.data.payload
    # What the SDK does not declare has been seen on the wire, or stands in the docs; `spec` is what it does declare.
    undeclared = set(payload.model_extra or {})
    assert {name for name in undeclared if fields[name].evidence is Evidence.SPEC} == set()
    declared = {known.alias or name for name, known in type(payload).model_fields.items()}
    assert {name for name, row in fields.items() if row.evidence is Evidence.SPEC and row.always} <= declared
    assert_nothing_undeclared_within(payload)
    assert event.data.payload.model_dump() == payload.model_dump(), "what `unwrap` made is what stands in the body"


def assert_nothing_undeclared_within(payload: BaseModel) -> None:
    """Objects in the payload have the fields of their own models."""
    for name in type(payload).model_fields:
        value = getattr(payload, name)
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, BaseModel):
                assert not part.model_extra, f"{name}: {sorted(part.model_extra)}"
                assert_nothing_undeclared_within(part)


@pytest.mark.parametrize("event", sorted(webhooks.FIELDS.keys() - NOT_MODELLED.keys()))
def test_the_sdk_makes_the_class_of_its_name_of_it(
    event: str, emitted: dict[str, list[Received]], sdk: Callable[[Received], Any]
) -> None:
    found = [one for came in emitted.values() for one in came if one.event == event]
    assert found
    for one in found:
        assert_is_its_class(sdk(one), one)


@pytest.mark.parametrize("event", NOT_MODELLED)
def test_what_the_sdk_does_not_model_keeps_to_the_facts(
    event: str, emitted: dict[str, list[Received]], sdk: Callable[[Received], Any]
) -> None:
    found = [one for came in emitted.values() for one in came if one.event == event]
    assert found
    for one in found:
        assert_fields(webhooks.FIELDS[event], one.data["payload"])
        assert event not in event_types(type(sdk(one)))


# --- What is not right does not pass ----------------------------------------------------------------------------------


def changed(one: Received, **about: Any) -> Received:
    """The same with other words in its payload, `event_type` in its `data`."""
    body = json.loads(one.body)
    if "event_type" in about:
        body["data"]["event_type"] = about.pop("event_type")
    body["data"]["payload"] |= about
    return dataclasses.replace(one, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("event", "about"),
    [
        ("call.hangup", {"hangup_cause": "busy"}),
        ("call.hangup", {"hangup_source": 1}),
        ("call.initiated", {"direction": "inbound"}),
        ("call.machine.detection.ended", {"result": "robot"}),
        ("call.recording.saved", {"recording_started_at": "yesterday"}),
        ("call.speak.ended", {"invented": True}),
        ("conference.recording.saved", {"recording_urls": {"ogg": "http://127.0.0.1/x"}}),
        ("streaming.started", {"event_type": "streaming.stopped"}),
        ("streaming.started", {"event_type": "call.streaming.started"}),
    ],
)
def test_a_payload_that_is_not_of_the_model_is_noticed(
    event: str, about: dict[str, Any], emitted: dict[str, list[Received]]
) -> None:
    one = next(one for came in emitted.values() for one in came if one.event == event)
    wrong = changed(one, **about)
    unsafe = Telnyx(api_key="KEY").webhooks.unsafe_unwrap
    assert_is_its_class(unsafe(one.body.decode()), one)
    with pytest.raises((AssertionError, ValidationError)):
        assert_is_its_class(unsafe(wrong.body.decode()), one if "event_type" in about else wrong)
