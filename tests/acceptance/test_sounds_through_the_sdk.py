"""Speak, playback, gather, keys and detection through the SDK: what they do elsewhere, and what they are refused."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
import telnyx

from sdk_line import Line, effect_of, line_to
from telnyx_simulator.facts.webhooks import FIELDS
from wire import Received, assert_fields, assert_refused

# One server for the whole module: every test makes the calls that it needs.
pytestmark = pytest.mark.asyncio(loop_scope="module")

SILENT = "+12025550106"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with line_to(tmp_path_factory.mktemp("serve") / "trace") as line:
        yield line


def tone(seconds: float) -> bytes:
    """A WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes((8000 * np.sin(np.arange(round(8000 * seconds)) / 3)).astype("<i2").tobytes())
    return out.getvalue()


async def press(line: Line, leg: str, digits: str) -> None:
    assert (await line.plain.post(f"/_sim/calls/{leg}/dtmf", json={"digits": digits})).is_success


async def told(line: Line, leg: str, event: str) -> dict[str, Any]:
    """The payload of the leg's first webhook of this type, which keeps to the facts."""
    payload = (await line.receiver.event(event, leg)).payload
    assert_fields(FIELDS[event], payload)
    return payload


async def entries(line: Line, leg: str, kind: str) -> list[dict[str, Any]]:
    trace = (await line.plain.get(f"/_sim/calls/{leg}/trace")).json()["data"]
    return [one["body"] for one in trace if one["kind"] == kind]


@effect_of("playback_start")
async def test_what_is_played_is_heard_and_told_of(line: Line) -> None:
    leg, name = await line.answered(), await line.uploaded("short_tone", tone(0.4))
    await line.sdk.calls.actions.start_playback(leg, media_name=name, loop=2)
    started, ended = await told(line, leg, "call.playback.started"), await told(line, leg, "call.playback.ended")
    assert (started["media_name"], started["media_url"], started["overlay"]) == (name, "", False)
    assert (ended["status"], ended["status_detail"]) == ("completed", None)
    [heard] = await entries(line, leg, "sound.started")
    assert (heard["frames"], heard["times"]) == (20, 2)


async def test_what_cannot_be_had_is_told_of_and_not_heard(line: Line) -> None:
    leg = await line.answered()
    await line.sdk.calls.actions.start_playback(leg, media_name="nobody uploaded that")
    assert (await told(line, leg, "call.playback.ended"))["status"] == "file_not_found"
    assert not await entries(line, leg, "sound.started")


@effect_of("speak", "playback_stop")
async def test_a_speak_goes_on_until_it_is_stopped(line: Line) -> None:
    leg = await line.answered()
    await line.sdk.calls.actions.speak(leg, payload="Good morning.", voice="female", loop="infinity")
    started = await told(line, leg, "call.speak.started")
    await line.sdk.calls.actions.stop_playback(leg)
    assert (await told(line, leg, "call.speak.ended"))["speak_id"] == started["speak_id"]
    assert await entries(line, leg, "sound.stopped")


@effect_of("gather")
async def test_a_gather_is_told_what_was_pressed(line: Line) -> None:
    leg = await line.answered()
    await line.sdk.calls.actions.gather(leg, gather_id="of-ours", maximum_digits=2)
    await press(line, leg, "42")
    ended = await told(line, leg, "call.gather.ended")
    assert (ended["digits"], ended["status"], ended["gather_id"]) == ("42", "valid", "of-ours")


@effect_of("gather_using_audio")
async def test_the_prompt_of_a_gather_is_cut_by_the_first_key(line: Line) -> None:
    leg, name = await line.answered(), await line.uploaded("long_tone", tone(5))
    await line.sdk.calls.actions.gather_using_audio(leg, media_name=name, maximum_digits=1)
    await told(line, leg, "call.playback.started")
    await press(line, leg, "7")
    assert (await told(line, leg, "call.playback.ended"))["status"] == "cancelled"
    assert (await told(line, leg, "call.gather.ended"))["digits"] == "7"


@effect_of("gather_using_speak", "gather_stop")
async def test_a_spoken_prompt_is_heard_and_only_its_gather_is_told_of(line: Line) -> None:
    leg = await line.answered()
    await line.sdk.calls.actions.gather_using_speak(leg, payload="Press one.", voice="female")
    async with asyncio.timeout(10):
        while not await entries(line, leg, "sound.started"):
            await asyncio.sleep(0.05)
    await line.sdk.calls.actions.stop_gather(leg)
    assert (await told(line, leg, "call.gather.ended"))["status"] == "cancelled"
    assert not [one for one in line.receiver.of(leg) if one.event.startswith("call.speak")]


@effect_of("send_dtmf")
async def test_keys_that_are_sent_are_heard(line: Line) -> None:
    leg = await line.answered()
    await line.sdk.calls.actions.send_dtmf(leg, digits="1w2", duration_millis=100)
    async with asyncio.timeout(10):
        while [one["digit"] for one in await entries(line, leg, "digit")] != ["1", "2"]:
            await asyncio.sleep(0.05)


async def test_a_dial_with_detection_is_told_who_picked_up(line: Line) -> None:
    settings = {"total_analysis_time_millis": 300}
    dialed = await line.dialing(
        to=SILENT, answering_machine_detection="detect", answering_machine_detection_config=settings
    )
    leg = dialed.json()["data"]["call_control_id"]
    assert (await told(line, leg, "call.machine.detection.ended"))["result"] == "human"
    events = [one.event for one in line.receiver.of(leg)]
    assert events == ["call.initiated", "call.answered", "call.machine.detection.ended"]


async def test_a_dial_can_have_a_sound_and_keys_for_whoever_answers(line: Line) -> None:
    name = await line.uploaded("upon_answer", tone(0.2))
    dialed = await line.dialing(to=SILENT, media_name=name, send_digits_on_answer="5")
    leg = dialed.json()["data"]["call_control_id"]
    assert (await told(line, leg, "call.playback.ended"))["status"] == "completed"
    [keys] = await entries(line, leg, "keys")
    assert keys["digits"] == "5"


async def test_the_end_of_a_call_ends_what_goes_on_before_it_is_told_of(line: Line) -> None:
    leg = await line.answered()
    await line.sdk.calls.actions.speak(leg, payload="Good morning.", voice="female", loop="infinity")
    await line.sdk.calls.actions.gather(leg)
    await told(line, leg, "call.speak.started")
    await line.sdk.calls.actions.hangup(leg)
    await told(line, leg, "call.hangup")

    def all_of_it(received: list[Received]) -> bool:
        return len([one for one in received if one.call == leg]) == 6

    await line.receiver.until(all_of_it)
    payloads = {one.event: one.payload for one in line.receiver.of(leg)}
    assert payloads["call.speak.ended"]["status"] == payloads["call.gather.ended"]["status"] == "call_hangup"


SPOKEN = {"payload": "Hello.", "voice": "female"}


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("speak", SPOKEN),
        ("playback_start", {"media_name": "a"}),
        ("gather", {}),
        ("gather_using_audio", {"media_name": "a"}),
        ("gather_using_speak", SPOKEN),
        ("send_dtmf", {"digits": "1"}),
        ("playback_stop", None),
        ("gather_stop", None),
    ],
)
async def test_it_needs_an_answered_call_or_at_least_one_that_is_not_over(line: Line, verb: str, body: Any) -> None:
    reply = await line.plain.post(f"/v2/calls/{await line.ended()}/actions/{verb}", json=body or {})
    assert_refused(reply.status_code, reply.json(), "call_ended")
    reply = await line.plain.post(f"/v2/calls/{await line.parked()}/actions/{verb}", json=body or {})
    if body is None:
        assert reply.json() == {"data": {"result": "ok"}}
    else:
        assert_refused(reply.status_code, reply.json(), "call_not_answered")


async def test_a_playback_names_one_sound(line: Line) -> None:
    leg = await line.answered()
    with pytest.raises(telnyx.UnprocessableEntityError) as caught:
        await line.sdk.calls.actions.start_playback(leg, audio_url="http://127.0.0.1:9/a.mp3", media_name="a")
    detail = "'audio_url' and 'media_name' cannot be used together in one request."
    assert_refused(422, caught.value.response.json(), "invalid_value", pointer="/media_name", detail=detail)
    with pytest.raises(telnyx.UnprocessableEntityError) as caught:
        await line.sdk.calls.actions.start_playback(leg)
    assert_refused(422, caught.value.response.json(), "missing_parameter", pointer="/audio_url", name="audio_url")


async def test_keys_are_keys(line: Line) -> None:
    reply = await line.plain.post(f"/v2/calls/{await line.answered()}/actions/send_dtmf", json={"digits": "12x"})
    assert_refused(reply.status_code, reply.json(), "wrong_digits", pointer="/digits")
