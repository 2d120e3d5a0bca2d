"""Operations on calls."""

from typing import Any

from sdk_line import STREAM_URL, Line, case


@case("dial")
async def _dial(line: Line) -> Any:
    return await line.sdk.calls.with_raw_response.dial(
        connection_id=line.ground.connection_id,
        to="+12025550102",
        from_=line.ground.number,
        client_state="c3RhdGU=",
        timeout_secs=600,
    )


@case("retrieve")
async def _retrieve(line: Line) -> Any:
    return await line.sdk.calls.with_raw_response.retrieve_status(await line.answered())


@case("answer")
async def _answer(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.answer(await line.parked(), client_state="c3RhdGU=")


@case("reject")
async def _reject(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.reject(await line.parked(), cause="USER_BUSY")


@case("hangup")
async def _hangup(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.hangup(await line.parked())


@case("streaming_start")
async def _streaming_start(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.start_streaming(
        await line.answered(),
        stream_url=STREAM_URL,
        stream_track="both_tracks",
        stream_bidirectional_mode="rtp",
        stream_bidirectional_codec="PCMU",
        stream_bidirectional_sampling_rate=8000,
    )


@case("streaming_stop")
async def _streaming_stop(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.stop_streaming(await line.answered())


@case("client_state_update")
async def _client_state_update(line: Line) -> Any:
    actions = line.sdk.calls.actions.with_raw_response
    return await actions.update_client_state(await line.parked(), client_state="bmV3")
