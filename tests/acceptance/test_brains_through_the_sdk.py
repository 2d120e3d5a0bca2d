"""What needs a brain or runs beside the call, and streams, through the SDK: what they do elsewhere."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.server import ServerConnection, serve

from sdk_line import Line, effect_of, line_to
from telnyx_simulator.signaling import inputs

# One server for the whole module: every test makes the calls that it needs.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with line_to(tmp_path_factory.mktemp("serve") / "trace") as line:
        yield line


def say(line: Line, leg: str, text: str) -> None:
    """The person at the far end has said this."""
    house = line.ground.exchange.house
    of = house.switch.leg_of(leg)
    assert of is not None
    house.feed(inputs.SpeechEnded(of.call_leg_id, text))


async def commands(line: Line, leg: str) -> list[str]:
    """The commands to a call, as the list of call events has them."""
    call = (await line.sdk.calls.retrieve_status(leg)).data
    assert call is not None
    events = line.sdk.call_events.list(filter={"application_session_id": call.call_session_id, "type": "command"})
    return [one.name async for one in events]


@effect_of("reject")
async def test_who_is_rejected_is_hung_up_with_that_cause(line: Line) -> None:
    leg = await line.parked()
    await line.sdk.calls.actions.reject(leg, cause="USER_BUSY")
    assert await line.hung_up(leg) == "user_busy"


@effect_of("streaming_start", "streaming_stop")
async def test_a_stream_opens_at_the_application_and_is_stopped_there(line: Line) -> None:
    heard: list[Any] = []

    async def application(socket: ServerConnection) -> None:
        heard.extend([json.loads(message) async for message in socket])

    leg = await line.answered()
    async with serve(application, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/media"
        await line.sdk.calls.actions.start_streaming(leg, stream_url=url)
        await line.told("streaming.started", call_control_id=leg, stream_url=url)
        await line.sdk.calls.actions.stop_streaming(leg)
        await line.told("streaming.stopped", call_control_id=leg)
    events = [message["event"] for message in heard]
    assert (events[:2], events[-1]) == (["connected", "start"], "stop")
    assert heard[1]["start"]["call_control_id"] == leg


@effect_of("transcription_start", "transcription_stop")
async def test_what_is_said_is_told_until_the_transcription_stops(line: Line) -> None:
    leg = await line.answered()
    await line.sdk.calls.actions.start_transcription(leg)
    say(line, leg, "hello")
    await line.sdk.calls.actions.stop_transcription(leg)
    say(line, leg, "too late")
    await line.sdk.calls.actions.hangup(leg)
    await line.hung_up(leg)
    said = [one.payload["transcription_data"] for one in line.receiver.of(leg) if one.event == "call.transcription"]
    assert [one["transcript"] for one in said] == ["hello"]


@effect_of("ai_assistant_start", "ai_assistant_stop")
async def test_a_conversation_is_told_of_when_it_is_stopped(line: Line) -> None:
    leg = await line.answered()
    started = await line.sdk.calls.actions.start_ai_assistant(leg, assistant={"id": "assistant-1"})
    await line.sdk.calls.actions.stop_ai_assistant(leg)
    assert started.data is not None
    ended = await line.told("call.conversation.ended", call_control_id=leg)
    assert (ended["conversation_id"], ended["assistant_id"]) == (started.data.conversation_id, "assistant-1")


@effect_of("conversation_relay_start", "conversation_relay_stop")
async def test_a_relay_is_a_conversation(line: Line) -> None:
    leg = await line.answered()
    reply = await line.sdk.calls.actions.start_conversation_relay(leg, url="ws://127.0.0.1:9/relay")
    await line.sdk.calls.actions.stop_conversation_relay(leg)
    assert reply.data is not None
    ended = await line.told("call.conversation.ended", call_control_id=leg)
    assert ended["conversation_id"] == reply.data.conversation_relay_id


@effect_of("gather_using_ai", "ai_assistant_add_messages")
async def test_what_is_gathered_is_told_with_the_history_that_led_to_it(line: Line) -> None:
    leg = await line.answered()
    wanted = {"type": "object", "properties": {"name": {"type": "string"}}}
    await line.sdk.calls.actions.gather_using_ai(leg, parameters=wanted)
    brief = {"role": "system", "content": "Be brief."}
    await line.sdk.calls.actions.add_ai_assistant_messages(leg, messages=[brief])
    say(line, leg, "Ada")
    ended = await line.told("call.ai_gather.ended", call_control_id=leg)
    assert ended["result"] == {"name": "Ada"}
    assert ended["message_history"] == [brief, {"role": "user", "content": "Ada"}]


@effect_of("pay")
async def test_a_payment_is_told_of_step_by_step(line: Line) -> None:
    leg = await line.answered()
    await line.sdk.calls.actions.pay(leg, amount=1.5, currency="USD")
    assert (await line.plain.post(f"/_sim/calls/{leg}/dtmf", json={"digits": "4242424242424242#"})).is_success
    step = await line.told("call.payment.progress", call_control_id=leg)
    assert (step["payment_step"], step["payment_status"]) == ("payment-card-number", "completed")


@effect_of("fork_start", "fork_stop")
async def test_a_fork_is_told_of(line: Line) -> None:
    leg = await line.answered()
    await line.sdk.calls.actions.start_forking(leg, rx="udp:192.0.2.1:5000", tx="udp:192.0.2.1:5002")
    await line.told("call.fork.started", call_control_id=leg)
    await line.sdk.calls.actions.stop_forking(leg)
    await line.told("call.fork.stopped", call_control_id=leg)


@effect_of("siprec_connector.create", "siprec_connector.delete", "siprec_start", "siprec_stop")
async def test_a_recorder_takes_calls_while_its_connector_is_there(line: Line) -> None:
    leg, name = await line.answered(), await line.connector(line.name("recorder"))
    actions = line.sdk.calls.actions
    await actions.start_siprec(leg, connector_name=name)
    await line.told("siprec.started", call_control_id=leg)
    await actions.stop_siprec(leg)
    await line.told("siprec.stopped", call_control_id=leg)
    await line.sdk.siprec_connectors.delete(name)
    await actions.start_siprec(leg, connector_name=name)
    assert (await line.told("siprec.failed", call_control_id=leg))["failure_cause"] == "no_answer"


@effect_of("send_sip_info")
async def test_sip_info_reaches_the_other_leg(line: Line) -> None:
    one = await line.answered()
    two = await line.picked_up(link_to=one)
    await line.sdk.calls.actions.send_sip_info(one, body="hello", content_type="text/plain")
    assert (await line.told("call.sip_info.received", call_control_id=two))["body"] == "hello"


@effect_of("suppression_start", "suppression_stop", "ai_assistant_join")
async def test_what_changes_no_sound_and_no_webhook_is_an_event_of_the_call(line: Line) -> None:
    """Docs name no webhook for these, and there is neither noise nor a second speaker here."""
    leg, other = await line.answered(), await line.answered()
    actions = line.sdk.calls.actions
    started = await actions.start_ai_assistant(other)
    assert started.data is not None
    await actions.start_noise_suppression(leg, direction="both")
    await actions.stop_noise_suppression(leg)
    conversation = str(started.data.conversation_id)
    await actions.join_ai_assistant(leg, conversation_id=conversation, participant={"id": "second", "role": "user"})
    assert await commands(line, leg) == ["answer", "suppression_start", "suppression_stop", "ai_assistant_join"]
