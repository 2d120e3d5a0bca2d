"""The main error of every operation, through the SDK: the state, the id or the value that applications get wrong."""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
import telnyx

from sdk_line import CALLEE, STREAM_URL, UNKNOWN_ID, Line, line_to
from telnyx_simulator.facts.operations import OPERATIONS
from wire import assert_refused

pytestmark = pytest.mark.asyncio(loop_scope="module")

AUDIO = "http://127.0.0.1:9/nothing.mp3"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with line_to(tmp_path_factory.mktemp("serve") / "trace") as line:
        yield line


@dataclass(frozen=True, slots=True)
class Mistake:
    """`ids` of the path, or how they are come by; `given` besides, as the SDK names it; `about` what the error says."""

    fact: str
    ids: tuple[str, ...] | Callable[[Line], Awaitable[str]] = ()
    given: dict[str, Any] | None = None
    about: dict[str, Any] | None = None


def of_ended(**given: Any) -> Mistake:
    return Mistake("call_ended", Line.ended, given)


def of_answered(fact: str, **given: Any) -> Mistake:
    return Mistake(fact, Line.answered, given)


def of_nobody(fact: str, *ids: str, **given: Any) -> Mistake:
    linked = {"linked": True} if fact == "not_found" else {}
    return Mistake(fact, ids or (NOBODY,), given, linked)


def of_value(fact: str, /, given: dict[str, Any], *ids: str, linked: bool = True, **about: Any) -> Mistake:
    return Mistake(fact, ids, given, about | {"linked": linked})


def of_list(*ids: str) -> Mistake:
    about = {"parameter": "page[size]", "detail": "page[size] must be from 1 to 250."}
    return Mistake("invalid_pagination", ids, {"extra_query": {"page[size]": 0}}, about)


def of_stranger() -> Mistake:
    return Mistake("no_credentials", (), {"extra_headers": {"Authorization": "Basic none"}})


async def _transcribed(line: Line) -> str:
    leg = await line.answered()
    await line.sdk.calls.actions.start_transcription(leg)
    return leg


async def _assisted(line: Line) -> str:
    leg = await line.answered()
    await line.sdk.calls.actions.start_ai_assistant(leg)
    return leg


async def _streamed(line: Line) -> str:
    leg = await line.answered()
    await line.sdk.calls.actions.start_streaming(leg, stream_url=STREAM_URL)
    return leg


_URL = "The '{}' parameter must be a http:// or https:// URL."
_APPLICATION = {"application_name": "n", "webhook_event_url": "http://127.0.0.1:9/"}
_CONNECTOR = {"name": "n", "host": "siprec.example.com", "port": 5060}

MISTAKES: dict[str, Mistake] = {
    # Calls
    "dial": Mistake("invalid_connection", (), {"connection_id": "1", "to": CALLEE, "from_": "+12025550100"}),
    "retrieve": of_nobody("invalid_call_control_id", UNKNOWN_ID),
    "answer": of_answered("not_parked"),
    "reject": of_answered("not_parked", cause="USER_BUSY"),
    "hangup": of_ended(),
    "bridge": Mistake("invalid_call_control_id", Line.answered, {"call_control_id_to_bridge_with": UNKNOWN_ID}),
    "transfer": of_ended(to=CALLEE),
    "refer": of_ended(sip_address="sip:desk@pbx.example.com"),
    "send_dtmf": Mistake("wrong_digits", Line.answered, {"digits": "12x"}, {"pointer": "/digits"}),
    "send_sip_info": of_ended(body="hello", content_type="text/plain"),
    "client_state_update": of_ended(client_state="bmV3"),
    "enqueue": of_ended(queue_name="ours"),
    "leave_queue": of_answered("not_queued"),
    "switch_supervisor_role": of_answered("not_supervising", role="barge"),
    # Sounds and keys
    "speak": of_ended(payload="Hello.", voice="female"),
    "playback_start": of_ended(audio_url=AUDIO),
    "playback_stop": of_ended(),
    "gather": of_ended(),
    "gather_using_audio": of_ended(audio_url=AUDIO),
    "gather_using_speak": of_ended(payload="Your number?", voice="male"),
    "gather_stop": of_ended(),
    "record_start": Mistake("call_not_answered", Line.parked, {"channels": "dual", "format": "wav"}),
    "record_stop": of_ended(),
    "record_pause": of_ended(),
    "record_resume": of_ended(),
    # Streams, and what goes beside a call
    "streaming_start": Mistake("media_streaming_used", _streamed, {"stream_url": STREAM_URL}),
    "streaming_stop": of_ended(),
    "fork_start": Mistake(
        "missing_parameter", Line.answered, {"rx": "udp:192.0.2.1:5000"}, {"pointer": "/tx", "name": "tx"}
    ),
    "fork_stop": of_answered("not_forked"),
    "transcription_start": Mistake("transcribed_already", _transcribed),
    "transcription_stop": of_ended(),
    "suppression_start": of_ended(),
    "suppression_stop": of_ended(),
    "siprec_start": of_ended(connector_name="recorder"),
    "siprec_stop": of_ended(),
    "gather_using_ai": Mistake("assisted_already", _assisted, {"parameters": {}}),
    "ai_assistant_start": Mistake("assisted_already", _assisted),
    "ai_assistant_stop": of_ended(),
    "ai_assistant_join": Mistake(
        "no_resource",
        Line.answered,
        {"conversation_id": NOBODY, "participant": {"id": "second", "role": "user"}},
        {"pointer": "/conversation_id"},
    ),
    "ai_assistant_add_messages": of_ended(messages=[]),
    "conversation_relay_start": Mistake("missing_parameter", Line.answered, {}, {"pointer": "/url", "name": "url"}),
    "conversation_relay_stop": of_ended(),
    "pay": of_ended(amount=1.5),
    # Conferences
    "conference.create": Mistake("call_not_answered"),
    "conference.list": of_list(),
    "conference.retrieve": of_nobody("unknown_conference"),
    "participant.list": of_nobody("unknown_conference"),
    "participant.retrieve": of_nobody("unknown_conference", "nobody", id=NOBODY),
    "participant.update": of_nobody("unknown_conference", "nobody", id=NOBODY),
    "conference.join": of_nobody("unknown_conference", call_control_id=UNKNOWN_ID),
    "conference.leave": of_nobody("unknown_conference", call_control_id=UNKNOWN_ID),
    "conference.update": of_nobody("unknown_conference", call_control_id=UNKNOWN_ID, supervisor_role="none"),
    "conference.end": of_nobody("unknown_conference"),
    "conference.mute": of_nobody("unknown_conference"),
    "conference.unmute": of_nobody("unknown_conference"),
    "conference.hold": of_nobody("unknown_conference"),
    "conference.unhold": of_nobody("unknown_conference", call_control_ids=[UNKNOWN_ID]),
    "conference.play": of_nobody("unknown_conference", audio_url=AUDIO),
    "conference.stop": of_nobody("unknown_conference"),
    "conference.speak": of_nobody("unknown_conference", payload="Hello.", voice="female"),
    "conference.send_dtmf": of_nobody("unknown_conference", digits="1"),
    "conference.gather_using_audio": of_nobody("unknown_conference", call_control_id=UNKNOWN_ID),
    "conference.record_start": of_nobody("unknown_conference", format="wav"),
    "conference.record_stop": of_nobody("unknown_conference"),
    "conference.record_pause": of_nobody("unknown_conference"),
    "conference.record_resume": of_nobody("unknown_conference"),
    # Queues
    "queue.list": of_list(),
    "queue.create": Mistake("queue_exists"),
    "queue.retrieve": of_nobody("no_resource"),
    "queue.update": of_nobody("no_resource", max_size=5),
    "queue.delete": of_nobody("no_resource"),
    "queue_call.list": of_nobody("no_resource"),
    "queue_call.retrieve": of_nobody("no_resource", UNKNOWN_ID, queue_name="nobody's"),
    "queue_call.update": of_nobody("no_resource", UNKNOWN_ID, queue_name="nobody's"),
    "queue_call.delete": of_nobody("no_resource", UNKNOWN_ID, queue_name="nobody's"),
    # What is kept
    "recording.list": of_list(),
    "recording.retrieve": of_nobody("recording_not_found"),
    "recording.delete": of_nobody("recording_not_found"),
    "recording.delete_many": of_value(
        "wrong_type", {"ids": "x"}, linked=False, pointer="/ids", name="ids", expected="array"
    ),
    "recording_transcription.list": of_list(),
    "recording_transcription.retrieve": of_nobody("not_found"),
    "recording_transcription.delete": of_nobody("not_found"),
    "call_event.list": of_list(),
    "webhook_delivery.list": of_list(),
    "webhook_delivery.retrieve": of_nobody("not_found"),
    "media.list": of_list(),
    "media.upload": of_value(
        "invalid_value", {"media_url": "x"}, pointer="/media_url", detail=_URL.format("media_url")
    ),
    "media.retrieve": of_nobody("not_found"),
    "media.update": of_nobody("not_found"),
    "media.delete": of_nobody("not_found"),
    "media.download": of_nobody("not_found"),
    # The account
    "application.list": of_list(),
    "application.create": of_value(
        "invalid_value",
        _APPLICATION | {"webhook_event_url": "x"},
        pointer="/webhook_event_url",
        detail=_URL.format("webhook_event_url"),
    ),
    "application.retrieve": of_nobody("not_found"),
    "application.update": of_nobody("not_found", **_APPLICATION),
    "application.delete": of_nobody("not_found"),
    "connection.list": of_list(),
    "connection.retrieve": of_nobody("not_found"),
    "connection.count": of_stranger(),
    "active_call.list": of_nobody("invalid_connection", "1"),
    "outbound_voice_profile.list": of_list(),
    "outbound_voice_profile.create": of_value("out_of_range", {"name": "ab"}, pointer="/name", low=3, high=255),
    "outbound_voice_profile.retrieve": of_nobody("not_found"),
    "outbound_voice_profile.update": of_nobody("not_found", name="renamed"),
    "outbound_voice_profile.delete": of_nobody("not_found"),
    "number_lookup.retrieve": of_value("not_e164", {}, "none", parameter="phone_number", name="phone_number"),
    "verified_number.list": of_list(),
    "verified_number.create": of_value(
        "not_e164",
        {"phone_number": "none", "verification_method": "sms"},
        pointer="/phone_number",
        name="phone_number",
    ),
    "verified_number.retrieve": of_nobody("not_found", "+12025550169"),
    "verified_number.delete": of_nobody("not_found", "+12025550169"),
    "verified_number.verify": of_nobody("not_found", "+12025550169", verification_code="550169"),
    "balance.retrieve": of_stranger(),
    "siprec_connector.create": of_value(
        "out_of_range", _CONNECTOR | {"port": 70000}, pointer="/port", low=1, high=65535
    ),
    "siprec_connector.retrieve": of_nobody("not_found"),
    "siprec_connector.update": of_nobody("not_found", **_CONNECTOR),
    "siprec_connector.delete": of_nobody("not_found"),
    # Numbers
    "number.list": of_list(),
    "number.slim_list": of_list(),
    "number.list_voice": of_list(),
    "number.retrieve": of_nobody("not_found"),
    "number.update": of_nobody("not_found", tags=["one"]),
    "number.delete": of_nobody("not_found"),
    "number.retrieve_voice": of_nobody("not_found"),
    "number.update_voice": of_nobody("not_found", tech_prefix_enabled=True),
}


async def _given(line: Line, name: str) -> dict[str, Any]:
    """What a mistake is made of that only the server knows."""
    if name == "conference.create":
        return {"call_control_id": await line.parked(), "name": line.name("room")}
    if name == "queue.create":
        queue = line.name("queue")
        await line.sdk.queues.create(queue_name=queue)
        return {"queue_name": queue}
    return MISTAKES[name].given or {}


async def test_every_operation_has_a_main_error() -> None:
    assert MISTAKES.keys() == OPERATIONS.keys()


@pytest.mark.parametrize("name", MISTAKES)
async def test_a_mistake_gets_the_error_of_the_facts(line: Line, name: str) -> None:
    mistake = MISTAKES[name]
    ids = mistake.ids if isinstance(mistake.ids, tuple) else (await mistake.ids(line),)
    method = functools.reduce(getattr, OPERATIONS[name].sdk.split("."), line.sdk)
    given = await _given(line, name)
    with pytest.raises(telnyx.APIStatusError) as caught:
        await method(*ids, **given)
    assert line.seen[-1] == (name, caught.value.status_code)
    assert_refused(caught.value.status_code, caught.value.response.json(), mistake.fact, **(mistake.about or {}))
