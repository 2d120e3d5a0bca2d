"""Operations on recordings and their texts."""

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


@case("recording.list")
async def _list(line: Line) -> Any:
    _, leg = await line.recorded()
    return await line.sdk.recordings.with_raw_response.list(filter={"call_control_id": leg})


@case("recording.retrieve")
async def _retrieve(line: Line) -> Any:
    return await line.sdk.recordings.with_raw_response.retrieve((await line.recorded())[0])


@case("recording.delete")
async def _delete(line: Line) -> Any:
    return await line.sdk.recordings.with_raw_response.delete((await line.recorded())[0])


@case("recording.delete_many")
async def _delete_many(line: Line) -> Any:
    return await line.sdk.recordings.actions.with_raw_response.delete(ids=[(await line.recorded())[0]])


async def _text(line: Line) -> str:
    """Of one that is there, if one is: they take half a second."""
    page = await line.sdk.recording_transcriptions.list()
    return page.data[0].id if page.data else (await line.transcribed())[0]


@case("recording_transcription.list")
async def _list_texts(line: Line) -> Any:
    await _text(line)
    return await line.sdk.recording_transcriptions.with_raw_response.list()


@case("recording_transcription.retrieve")
async def _retrieve_text(line: Line) -> Any:
    return await line.sdk.recording_transcriptions.with_raw_response.retrieve(await _text(line))


@case("recording_transcription.delete")
async def _delete_text(line: Line) -> Any:
    return await line.sdk.recording_transcriptions.with_raw_response.delete(await _text(line))
