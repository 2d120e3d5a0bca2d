"""Operations on what is heard and pressed: speak, playback, gather, keys."""

from typing import Any

from sdk_line import Line, case

NOBODY = "http://127.0.0.1:9/nobody.mp3"  # the port of `discard`: nothing comes of it, which is all the same here


@case("speak")
async def _speak(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.speak(
        await line.answered(), payload="Hello.", voice="female", language="en-US", loop=2, stop="all"
    )


@case("playback_start")
async def _playback_start(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.start_playback(
        await line.answered(), audio_url=NOBODY, audio_type="mp3", loop="infinity", target_legs="self"
    )


@case("playback_stop")
async def _playback_stop(line: Line) -> Any:
    leg = await line.answered()
    await line.sdk.calls.actions.speak(leg, payload="Hello.", voice="female")
    return await line.sdk.calls.actions.with_raw_response.stop_playback(leg, stop="current", overlay=False)


@case("gather")
async def _gather(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.gather(
        await line.answered(), gather_id="mine", minimum_digits=2, maximum_digits=4, terminating_digit="*"
    )


@case("gather_using_audio")
async def _gather_using_audio(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.gather_using_audio(
        await line.answered(), audio_url=NOBODY, invalid_audio_url=NOBODY, maximum_tries=2
    )


@case("gather_using_speak")
async def _gather_using_speak(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.gather_using_speak(
        await line.answered(), payload="Your number?", voice="male", invalid_payload="Once more.", valid_digits="123"
    )


@case("gather_stop")
async def _gather_stop(line: Line) -> Any:
    leg = await line.answered()
    await line.sdk.calls.actions.gather(leg)
    return await line.sdk.calls.actions.with_raw_response.stop_gather(leg)


@case("send_dtmf")
async def _send_dtmf(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.send_dtmf(
        await line.answered(), digits="1w2#", duration_millis=100
    )
