"""Recordings and their texts through the SDK: what their operations do elsewhere."""

import io
import wave
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sdk_line import Line, effect_of, line_to

# One server for the whole module: every test makes the calls that it needs.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with line_to(tmp_path_factory.mktemp("serve") / "trace") as line:
        yield line


async def kinds(line: Line, leg: str) -> list[str]:
    """What the trace tells of a leg's recordings."""
    trace = (await line.plain.get(f"/_sim/calls/{leg}/trace")).json()["data"]
    return [one["kind"] for one in trace if one["kind"].startswith("recording.")]


@effect_of("record_start", "record_stop", "record_pause", "record_resume")
async def test_a_recording_is_paused_resumed_and_saved_as_a_file(line: Line) -> None:
    leg = await line.answered()
    actions = line.sdk.calls.actions
    await actions.start_recording(leg, channels="single", format="wav")
    await actions.pause_recording(leg)
    await actions.resume_recording(leg)
    assert await kinds(line, leg) == ["recording.began", "recording.paused", "recording.paused"]
    await actions.stop_recording(leg)
    saved = await line.told("call.recording.saved", call_control_id=leg)
    file = await line.plain.get(saved["recording_urls"]["wav"])
    with wave.open(io.BytesIO(file.content)) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (1, 8000)


@effect_of("recording.list", "recording.retrieve")
async def test_a_recording_is_found_by_its_leg_as_its_webhook_told_of_it(line: Line) -> None:
    recording, leg = await line.recorded()
    told = await line.told("call.recording.saved", recording_id=recording)
    found = [one async for one in line.sdk.recordings.list(filter={"call_control_id": leg})]
    assert [one.id for one in found] == [recording]
    one = (await line.sdk.recordings.retrieve(recording)).data
    assert one is not None
    assert one.download_urls is not None
    assert one.download_urls.to_dict() == told["recording_urls"]
    assert (one.channels, one.call_leg_id) == (told["channels"], told["call_leg_id"])
    assert [one async for one in line.sdk.recordings.list(filter={"call_control_id": await line.answered()})] == []


@effect_of("recording.delete", "recording.delete_many")
async def test_the_file_of_a_deleted_recording_is_gone_and_no_list_shows_it(line: Line) -> None:
    one, two, three = [(await line.recorded())[0] for _ in range(3)]
    urls = [
        (await line.told("call.recording.saved", recording_id=key))["recording_urls"]["wav"]
        for key in (one, two, three)
    ]
    await line.sdk.recordings.delete(one)
    await line.sdk.recordings.actions.delete(ids=[two])
    assert [(await line.plain.get(url)).status_code for url in urls] == [404, 404, 200]
    listed = [each.id async for each in line.sdk.recordings.list()]
    assert three in listed
    assert not {one, two} & set(listed)


@effect_of("recording_transcription.list", "recording_transcription.retrieve", "recording_transcription.delete")
async def test_a_text_is_that_of_its_webhook_until_it_is_deleted(line: Line) -> None:
    text, recording = await line.transcribed()
    told = await line.told("call.recording.transcription.saved", recording_id=recording)
    texts = line.sdk.recording_transcriptions
    one = (await texts.retrieve(text)).data
    assert one is not None
    assert (one.recording_id, one.transcription_text) == (recording, told["transcription_text"])
    assert text in [one.id async for one in texts.list()]
    await texts.delete(text)
    assert text not in [one.id async for one in texts.list()]
