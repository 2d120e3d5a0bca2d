"""Recordings on fake time: what commands and ends make of them, what is told, and the resources that they become."""

from typing import Any

import pytest
from world import MS, TELNYX, S, World

from telnyx_simulator.facts import webhooks
from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.recording import Recording, RecordingState
from wire import assert_fields


@pytest.fixture
def world() -> World:
    return World()


def media(world: World) -> list[Any]:
    """What the media plane was told about recordings."""
    kinds = (events.RecordingBegan, events.RecordingPaused, events.RecordingEnded)
    return [event for _, event in world.log if isinstance(event, kinds)]


def recording(world: World) -> Recording:
    """The only one."""
    (one,) = {id(event.recording): event.recording for event in media(world)}.values()
    return one


def save(world: World, seconds: int = 3) -> None:
    """The file is written."""
    key = recording(world).recording_id
    path = f"/_sim/recordings/{key}.mp3"
    world.feed(inputs.RecordingReady(recording_id=key, duration_ns=seconds * S, path=path))


def recorded(world: World, **given: Any) -> Leg:
    leg = world.answered()
    assert world.rest("record_start", leg, **({"channels": "dual", "format": "mp3"} | given)).status == 200
    return leg


def saved(world: World) -> dict[str, Any]:
    return dict(world.payloads())["call.recording.saved"]


def test_a_recording_is_told_of_once_its_file_is_there(world: World) -> None:
    leg = recorded(world)
    world.until(3 * S)
    world.rest("record_stop", leg)
    assert "call.recording.saved" not in world.webhooks()
    save(world)
    payload = saved(world)
    assert_fields(webhooks.FIELDS["call.recording.saved"], payload)
    assert payload["recording_urls"] == {"mp3": f"{TELNYX}/_sim/recordings/{recording(world).recording_id}.mp3"}
    assert (payload["channels"], payload["format"], payload["public_recording_urls"]) == ("dual", "mp3", {})


def test_a_hangup_ends_it_and_it_is_saved_after_the_hangup(world: World) -> None:
    leg = recorded(world)
    world.until(2 * S)
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))
    save(world, 2)
    assert world.webhooks()[-2:] == ["call.hangup", "call.recording.saved"]


def test_what_is_over_is_not_looked_through_for_what_runs(world: World) -> None:
    leg = recorded(world)
    world.rest("record_start", leg, channels="single", format="wav")
    assert len(world.switch.recordings.running(leg.call_leg_id)) == 2
    first = next(iter(world.switch.recordings.by_id))
    world.rest("record_stop", leg, recording_id=first)
    assert [one.recording_id == first for one in world.switch.recordings.running(leg.call_leg_id)] == [False]
    world.rest("record_stop", leg)
    assert not world.switch.recordings._running
    assert len(world.switch.recordings.by_id) == 2


def test_it_ends_by_itself_after_its_longest_time(world: World) -> None:
    recorded(world, max_length=5)
    world.until(5 * S - MS)
    assert recording(world).state is RecordingState.RECORDING
    world.until(5 * S)
    assert (recording(world).state, recording(world).ended_ns) == (RecordingState.ENDED, 5 * S)


def test_silence_ends_it_if_the_command_said_so(world: World) -> None:
    leg = recorded(world, timeout_secs=2)
    world.until(1 * S)
    world.feed(inputs.Silent(leg.call_leg_id, 4 * S))
    assert recording(world).is_running, "silence before its start does not count"
    world.until(3 * S)
    world.feed(inputs.Silent(leg.call_leg_id, 2 * S))
    assert recording(world).state is RecordingState.ENDED


def test_it_can_be_paused_and_resumed(world: World) -> None:
    leg = recorded(world)
    for verb in ("record_pause", "record_pause", "record_resume", "record_resume", "record_stop", "record_pause"):
        assert world.rest(verb, leg).status == 200
    told = [type(one).__name__ + str(getattr(one, "paused", "")) for one in media(world)]
    assert told == ["RecordingBegan", "RecordingPausedTrue", "RecordingPausedFalse", "RecordingEnded"]


def test_a_command_that_names_another_recording_leaves_this_one_alone(world: World) -> None:
    leg = recorded(world)
    world.rest("record_stop", leg, recording_id="00000000-0000-4000-8000-000000000000")
    assert recording(world).is_running
    world.rest("record_stop", leg, recording_id=recording(world).recording_id)
    assert not recording(world).is_running


def test_record_from_answer_promises_its_id_and_starts_with_the_answer(world: World) -> None:
    leg = world.incoming()
    reply = world.rest("answer", leg, record="record-from-answer", record_format="wav", record_channels="single")
    assert reply.body["data"] == {"result": "ok", "recording_id": recording(world).recording_id}
    assert (recording(world).format, recording(world).channels) == ("wav", "single")


def test_a_dial_promises_it_too_and_nothing_is_recorded_of_a_call_that_is_not_answered(world: World) -> None:
    leg = world.dial(record="record-from-answer")
    assert not media(world)
    world.feed(inputs.PickUp(leg.call_leg_id))
    assert recording(world).call_leg_ids == [leg.call_leg_id]


def test_what_cannot_be_written_is_told_as_an_error(world: World) -> None:
    leg = recorded(world)
    world.rest("record_stop", leg)
    world.feed(inputs.RecordingFailed(recording(world).recording_id))
    payload = dict(world.payloads())["call.recording.error"]
    assert payload["reason"] == "Internal server error"
    assert_fields(webhooks.FIELDS["call.recording.error"], payload)


def test_its_text_comes_after_it_with_what_was_said_meanwhile(world: World) -> None:
    leg = recorded(world, transcription=True)
    world.feed(inputs.SpeechEnded(leg.call_leg_id, "good morning"))
    world.rest("record_pause", leg)
    world.feed(inputs.SpeechEnded(leg.call_leg_id, "not this"))
    world.rest("record_resume", leg)
    world.feed(inputs.SpeechEnded(leg.call_leg_id, "goodbye"))
    world.rest("hangup", leg)
    save(world)
    world.until(9 * S)
    payload = dict(world.payloads())["call.recording.transcription.saved"]
    assert_fields(webhooks.FIELDS["call.recording.transcription.saved"], payload)
    assert payload["transcription_text"] == "good morning goodbye"


def test_before_the_answer_there_is_nothing_to_record(world: World) -> None:
    leg = world.incoming()
    assert world.rest("record_start", leg, channels="dual", format="mp3").body["errors"][0]["code"] == "90034"
    assert world.rest("record_start", leg, channels="three", format="mp3").body["errors"][0]["code"] == "10032"


def order(world: World, operation: str, path_id: str | None = None, **body: Any) -> events.Replied:
    reply, *_ = world.feed(inputs.RestCommand(operation=operation, path_id=path_id, body=body or None))
    assert isinstance(reply, events.Replied)
    return reply


def test_a_saved_recording_is_a_resource_until_it_is_deleted(world: World) -> None:
    leg = recorded(world)
    world.until(3 * S)
    world.rest("hangup", leg)
    key = recording(world).recording_id
    assert order(world, "recording.retrieve", key).status == 404, "its file is not there yet"
    save(world)
    row = order(world, "recording.retrieve", key).body["data"]
    assert_fields(OPERATIONS["recording.retrieve"].fields, row)
    assert (row["source"], row["duration_millis"], row["from"], row["to"]) == ("call", 3000, leg.from_, leg.to)
    listed = world.switch.items(inputs.RestCommand(operation="recording.list"), world.now)
    assert listed == [row]
    assert order(world, "recording.delete", key).body == {"data": row}
    assert order(world, "recording.retrieve", key).body["errors"][0]["title"] == "Recording not found"


def test_many_are_deleted_at_one_time(world: World) -> None:
    leg = recorded(world)
    world.rest("hangup", leg)
    save(world)
    key = recording(world).recording_id
    assert order(world, "recording.delete_many", ids=[key, "unknown"]).body == {"status": "ok"}
    assert order(world, "recording.retrieve", key).status == 404


def test_one_whose_file_is_being_written_is_not_deleted_with_many(world: World) -> None:
    leg = recorded(world)
    world.rest("record_stop", leg)
    key = recording(world).recording_id
    assert order(world, "recording.delete_many", ids=[key]).body == {"status": "ok"}
    save(world)
    assert saved(world)["recording_id"] == key
    assert order(world, "recording.retrieve", key).status == 200


def test_a_recording_after_a_deleted_one_has_an_id_of_its_own(world: World) -> None:
    leg = recorded(world)
    world.rest("record_stop", leg)
    save(world)
    first = recording(world).recording_id
    assert order(world, "recording.delete", first).status == 200
    world.rest("record_start", leg, channels="dual", format="mp3")
    (second,) = world.switch.recordings.running(leg.call_leg_id)
    assert second.recording_id != first
