"""Operations that need a brain, or run beside the call."""

from typing import Any

from sdk_line import Line, case


@case("transcription_start")
async def _start_transcription(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.start_transcription(
        await line.answered(), transcription_engine="B", transcription_tracks="both"
    )


@case("transcription_stop")
async def _stop_transcription(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.stop_transcription(await line.answered())


@case("ai_assistant_start")
async def _start_assistant(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.start_ai_assistant(
        await line.answered(), assistant={"id": "assistant-1"}, greeting="Hello"
    )


@case("ai_assistant_stop")
async def _stop_assistant(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.stop_ai_assistant(await line.answered())


@case("ai_assistant_join")
async def _join_assistant(line: Line) -> Any:
    started = await line.sdk.calls.actions.start_ai_assistant(await line.answered())
    return await line.sdk.calls.actions.with_raw_response.join_ai_assistant(
        await line.answered(),
        conversation_id=started.data.conversation_id,
        participant={"id": "second", "role": "user"},
    )


@case("ai_assistant_add_messages")
async def _add_messages(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.add_ai_assistant_messages(
        await line.answered(), messages=[{"role": "system", "content": "Be brief."}]
    )


@case("conversation_relay_start")
async def _start_relay(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.start_conversation_relay(
        await line.answered(), url="ws://127.0.0.1:9/relay"
    )


@case("conversation_relay_stop")
async def _stop_relay(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.stop_conversation_relay(await line.answered())


@case("gather_using_ai")
async def _gather_using_ai(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.gather_using_ai(
        await line.answered(), parameters={"type": "object", "properties": {"name": {"type": "string"}}}
    )


@case("pay")
async def _pay(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.pay(await line.answered(), amount=1.5, currency="USD")


@case("fork_start")
async def _start_fork(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.start_forking(
        await line.answered(), rx="udp:192.0.2.1:5000", tx="udp:192.0.2.1:5002"
    )


@case("fork_stop")
async def _stop_fork(line: Line) -> Any:
    leg = await line.answered()
    await line.sdk.calls.actions.start_forking(leg, rx="udp:192.0.2.1:5000", tx="udp:192.0.2.1:5002")
    return await line.sdk.calls.actions.with_raw_response.stop_forking(leg)


@case("siprec_start")
async def _start_siprec(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.start_siprec(await line.answered(), connector_name="recorder")


@case("siprec_stop")
async def _stop_siprec(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.stop_siprec(await line.answered())


@case("suppression_start")
async def _start_suppression(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.start_noise_suppression(
        await line.answered(), direction="both"
    )


@case("suppression_stop")
async def _stop_suppression(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.stop_noise_suppression(await line.answered())


@case("send_sip_info")
async def _send_sip_info(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.send_sip_info(
        await line.answered(), body="hello", content_type="text/plain"
    )
