"""Operations on recordings. Files are written by whoever plays the sound; what lists give back, other tests show."""

from typing import Any

from sdk_line import Line, case


async def _recorded(line: Line) -> str:
    leg = await line.answered()
    await line.sdk.calls.actions.start_recording(leg, channels="dual", format="wav")
    return leg


@case("record_start")
async def _record_start(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.start_recording(
        await line.answered(), channels="dual", format="wav", max_length=60, play_beep=False
    )


@case("record_stop")
async def _record_stop(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.stop_recording(await _recorded(line))


@case("record_pause")
async def _record_pause(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.pause_recording(await _recorded(line))


@case("record_resume")
async def _record_resume(line: Line) -> Any:
    leg = await _recorded(line)
    await line.sdk.calls.actions.pause_recording(leg)
    return await line.sdk.calls.actions.with_raw_response.resume_recording(leg)


@case("recording.delete_many")
async def _delete_many(line: Line) -> Any:
    """Of a leg's recording, so that it is somebody's."""
    return await line.sdk.recordings.actions.with_raw_response.delete(ids=["428c31b6-7af4-4bcb-b68e-5013ef9657c1"])
