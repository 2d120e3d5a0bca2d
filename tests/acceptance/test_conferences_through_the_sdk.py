"""Conferences through the SDK: what commands do elsewhere, and what they are refused."""

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from sdk_line import CALLER, UNKNOWN_ID, Line, effect_of, line_to
from telnyx_simulator.audio.signals import tone, write_wav
from wire import assert_refused

# One server for the whole module: every test makes the calls that it needs.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with line_to(tmp_path_factory.mktemp("serve") / "trace") as line:
        yield line


AUDIO = "http://127.0.0.1:9/nothing.mp3"


def wav(seconds: float) -> bytes:
    file = io.BytesIO()
    write_wav(file, tone(500, seconds), 8000)
    return file.getvalue()


async def standing(line: Line, key: str, leg: str) -> Any:
    """How a participant stands, by the list."""
    page = await line.sdk.conferences.list_participants(key)
    return next(one for one in page.data if one.call_control_id == leg)


@effect_of("conference.create")
async def test_a_conference_is_told_of_and_found_by_its_name(line: Line) -> None:
    name = line.name("room")
    leg = await line.answered()
    made = (await line.sdk.conferences.create(call_control_id=leg, name=name, client_state="YQ==")).data
    assert made is not None
    for event in ("conference.floor.changed", "conference.created", "conference.participant.joined"):
        payload = await line.told(event, conference_id=made.id)
        assert (payload["call_control_id"], payload["client_state"]) == (leg, "YQ==")
    found = [one.id async for one in line.sdk.conferences.list(filter={"name": name})]
    assert found == [made.id]
    assert_refused(
        *await line.refused("/conferences", call_control_id=await line.answered(), name=name), "conference_exists"
    )
    parked = await line.parked()
    assert_refused(*await line.refused("/conferences", call_control_id=parked, name="x"), "call_not_answered")


@effect_of("conference.list")
async def test_conferences_are_listed_by_status_and_the_latest_to_expire_first(line: Line) -> None:
    over, _ = await line.conference()
    await line.sdk.conferences.actions.end_conference(over)
    waiting, _ = await line.conference(start_conference_on_create=False)
    listed = {
        status: [one async for one in line.sdk.conferences.list(filter={"status": status})]
        for status in ("init", "in_progress", "completed")
    }
    assert [waiting in [one.id for one in listed[status]] for status in listed] == [True, False, False]
    assert [over in [one.id for one in listed[status]] for status in listed] == [False, False, True]
    everybody = [one.expires_at async for one in line.sdk.conferences.list()]
    assert everybody == sorted(everybody, reverse=True)


async def test_conferences_are_found_by_the_call_that_made_them(line: Line) -> None:
    key, leg = await line.conference()
    call = (await line.plain.get(f"/v2/calls/{leg}")).json()["data"]
    made = (await line.sdk.conferences.retrieve(key)).data
    assert made is not None
    queries: list[tuple[Any, bool]] = [
        ({"leg_id": call["call_leg_id"]}, True),
        ({"leg_id": "another"}, False),
        ({"application_session_id": call["call_session_id"]}, True),
        ({"application_session_id": "another"}, False),
        ({"connection_id": line.ground.connection_id}, True),
        ({"connection_id": "1"}, False),
        ({"application_name": {"contains": "SER"}}, True),
        ({"application_name": {"contains": "nobody's"}}, False),
        ({"from": CALLER, "to": line.ground.number}, True),
        ({"from": line.ground.number}, False),
        ({"product": "call_control"}, True),
        ({"product": "fax"}, False),
        ({"occurred_at": {"gte": made.created_at}}, True),
        ({"occurred_at": {"lt": made.created_at}}, False),
        ({"outbound_outbound_voice_profile_id": "1"}, False),
    ]
    for query, found in queries:
        listed = [one.id async for one in line.sdk.conferences.list(filter=query)]
        assert (key in listed) is found, query


async def test_participants_are_filtered_by_how_they_stand(line: Line) -> None:
    key, one = await line.conference()
    two, three = await line.answered(), await line.answered()
    await line.sdk.conferences.actions.join(key, call_control_id=two, mute=True)
    await line.sdk.conferences.actions.join(
        key, call_control_id=three, hold=True, supervisor_role="whisper", whisper_call_control_ids=[one]
    )
    path = f"/v2/conferences/{key}/participants"
    for query, legs in (
        ("filter[muted]=true", [two]),
        ("filter[on_hold]=true", [three]),
        ("filter[whispering]=true", [three]),
        ("filter[whispering]=false", [one, two]),
        ("", [one, two, three]),
    ):
        rows = (await line.plain.get(f"{path}?{query}")).json()["data"]
        assert [row["call_control_id"] for row in rows] == legs, query


async def test_what_is_no_conference_is_90058(line: Line) -> None:
    for path in ("", "/participants", "/participants/x"):
        reply = await line.plain.get(f"/v2/conferences/nobody{path}")
        assert_refused(reply.status_code, reply.json(), "unknown_conference")
    assert_refused(*await line.refused("/conferences/nobody/actions/end"), "unknown_conference")
    key, _ = await line.conference()
    reply = await line.plain.get(f"/v2/conferences/{key}/participants/nobody")
    assert_refused(reply.status_code, reply.json(), "not_found")


@effect_of("conference.join", "conference.leave")
async def test_joining_and_leaving_are_told(line: Line) -> None:
    key, _ = await line.conference()
    leg = await line.answered()
    await line.sdk.conferences.actions.join(key, call_control_id=leg)
    await line.told("conference.participant.joined", conference_id=key, call_control_id=leg)
    path = f"/conferences/{key}/actions/"
    assert_refused(*await line.refused(path + "join", call_control_id=leg), "joined_twice")
    await line.sdk.conferences.actions.leave(key, call_control_id=leg)
    await line.told("conference.participant.left", conference_id=key, call_control_id=leg)
    assert_refused(*await line.refused(path + "leave", call_control_id=leg), "not_participating")
    await line.sdk.calls.actions.hangup(leg)


async def test_a_conference_that_is_full_takes_nobody(line: Line) -> None:
    key, _ = await line.conference(max_participants=2)
    await line.sdk.conferences.actions.join(key, call_control_id=await line.answered())
    path = f"/conferences/{key}/actions/join"
    assert_refused(*await line.refused(path, call_control_id=await line.answered()), "conference_full", most=2)


@effect_of("conference.end", "conference.retrieve")
async def test_an_end_hangs_everybody_up_and_takes_no_more_commands(line: Line) -> None:
    key, one = await line.conference()
    two = await line.answered()
    await line.sdk.conferences.actions.join(key, call_control_id=two)
    await line.sdk.conferences.actions.end_conference(key)
    await line.told("conference.ended", conference_id=key)
    assert [await line.hung_up(leg) for leg in (one, two)] == ["time_limit", "time_limit"]
    ended = (await line.sdk.conferences.retrieve(key)).data
    assert ended is not None
    assert (ended.status, ended.end_reason) == ("completed", "ended_via_api")
    assert_refused(*await line.refused(f"/conferences/{key}/actions/mute"), "conference_ended")


@effect_of("participant.update")
async def test_the_exit_of_a_host_ends_it(line: Line) -> None:
    key, one = await line.conference()
    page = await line.sdk.conferences.list_participants(key)
    await line.sdk.conferences.update_participant(page.data[0].id, id=key, end_conference_on_exit=True)
    two = await line.answered()
    await line.sdk.conferences.actions.join(key, call_control_id=two)
    await line.sdk.calls.actions.hangup(one)
    assert (await line.told("conference.ended", conference_id=key))["reason"] == "host_left"
    await line.hung_up(two)


@effect_of(
    "conference.mute",
    "conference.unmute",
    "conference.hold",
    "conference.unhold",
    "conference.update",
    "participant.list",
)
async def test_how_participants_stand_is_seen_in_the_list(line: Line) -> None:
    key, leg = await line.conference()
    actions = line.sdk.conferences.actions
    await actions.mute(key, call_control_ids=[leg])
    assert (await standing(line, key, leg)).muted
    await actions.unmute(key)
    assert not (await standing(line, key, leg)).muted
    await actions.hold(key)
    assert (await standing(line, key, leg)).on_hold
    await actions.unhold(key, call_control_ids=[leg])
    assert not (await standing(line, key, leg)).on_hold
    await actions.update(key, call_control_id=leg, supervisor_role="whisper", whisper_call_control_ids=["v3:x"])
    assert (await standing(line, key, leg)).whisper_call_control_ids == ["v3:x"]
    for verb, body in (("mute", {}), ("hold", {}), ("unhold", {}), ("stop", {}), ("send_dtmf", {"digits": "1"})):
        reply = await line.refused(f"/conferences/{key}/actions/{verb}", call_control_ids=[UNKNOWN_ID], **body)
        assert_refused(*reply, "not_participating", pointer="/call_control_ids")


@effect_of("participant.retrieve")
async def test_a_participant_is_read_as_the_webhook_told_of_it(line: Line) -> None:
    key, leg = await line.conference()
    told = await line.told("conference.participant.joined", conference_id=key, call_control_id=leg)
    found = await standing(line, key, leg)
    one = (await line.sdk.conferences.retrieve_participant(found.id, id=key)).data
    assert one is not None
    assert (one.id, one.call_leg_id) == (found.id, told["call_leg_id"])


async def entries(line: Line, leg: str, kind: str) -> list[dict[str, Any]]:
    trace = (await line.plain.get(f"/_sim/calls/{leg}/trace")).json()["data"]
    return [one["body"] for one in trace if one["kind"] == kind]


@effect_of("conference.play", "conference.stop", "conference.send_dtmf")
async def test_what_is_played_into_a_conference_is_heard_until_it_is_stopped(line: Line) -> None:
    key, leg = await line.conference()
    actions = line.sdk.conferences.actions
    await actions.play(key, media_name=await line.uploaded("conference_tone", wav(5)))
    await line.told("conference.playback.started", conference_id=key)
    assert await entries(line, leg, "sound.started")
    await actions.stop(key)
    await line.told("conference.playback.ended", conference_id=key)
    [stopped] = await entries(line, leg, "sound.stopped")
    assert stopped["frames_heard"] < 250
    await actions.send_dtmf(key, digits="12")
    assert [one["digits"] for one in await entries(line, leg, "keys")] == ["12"]


@effect_of("conference.speak")
async def test_what_is_spoken_is_told_to_all_or_to_one(line: Line) -> None:
    key, leg = await line.conference()
    await line.sdk.conferences.actions.speak(key, payload="Hi.", voice="female")
    await line.told("conference.speak.started", conference_id=key)
    await line.told("conference.speak.ended", conference_id=key)
    await line.sdk.conferences.actions.speak(key, payload="Hi.", voice="female", call_control_ids=[leg])
    await line.told("conference.participant.speak.started", conference_id=key, call_control_id=leg)
    await line.told("conference.participant.speak.ended", conference_id=key, call_control_id=leg)
    status, body = await line.refused(f"/conferences/{key}/actions/speak", voice="female")
    assert_refused(status, body, "missing_parameter", pointer="/payload", name="payload")


@effect_of("conference.gather_using_audio")
async def test_digits_are_gathered_from_a_participant(line: Line) -> None:
    key, leg = await line.conference()
    await line.sdk.conferences.actions.gather_dtmf_audio(
        key, call_control_id=leg, audio_url=AUDIO, gather_id="pin", maximum_digits=2
    )
    assert (await line.plain.post(f"/_sim/calls/{leg}/dtmf", json={"digits": "42"})).is_success
    ended = await line.told("call.gather.ended", call_control_id=leg)
    assert (ended["gather_id"], ended["digits"]) == ("pin", "42")
    path = f"/conferences/{key}/actions/gather_using_audio"
    assert_refused(*await line.refused(path, call_control_id=UNKNOWN_ID, audio_url=AUDIO), "not_participating")


@effect_of("conference.record_start", "conference.record_stop", "conference.record_pause", "conference.record_resume")
async def test_a_recording_is_saved(line: Line) -> None:
    key, _ = await line.conference()
    actions = line.sdk.conferences.actions
    await actions.record_start(key, format="wav")
    await actions.record_pause(key)
    await actions.record_resume(key)
    house = line.ground.exchange.house.trace.view()
    paused = [one.body["paused"] for one in house.of("switch", "recording.paused")]
    assert paused[-2:] == [True, False]
    await line.sdk.conferences.actions.record_stop(key)
    saved = await line.told("conference.recording.saved", conference_id=key)
    assert (saved["channels"], saved["format"]) == ("single", "wav")
    url = saved["recording_urls"]["wav"]
    assert url.startswith(line.ground.url)
    reply = await line.plain.get(url)
    assert reply.content.startswith(b"RIFF")
    assert_refused(
        *await line.refused(f"/conferences/{key}/actions/record_start", format="ogg"),
        "not_in_enum",
        pointer="/format",
        allowed="mp3, wav",
    )
