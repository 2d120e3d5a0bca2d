"""Operations on conferences and their participants."""

from typing import Any

from sdk_line import Line, case

AUDIO = "http://127.0.0.1:9/nothing.mp3"


@case("conference.create")
async def _create(line: Line) -> Any:
    return await line.sdk.conferences.with_raw_response.create(
        call_control_id=await line.answered(),
        name=line.name("room"),
        beep_enabled="on_enter",
        client_state="c3RhdGU=",
        duration_minutes=5,
        max_participants=10,
        start_conference_on_create=True,
    )


@case("conference.list")
async def _list(line: Line) -> Any:
    await line.conference()
    return await line.sdk.conferences.with_raw_response.list(filter={"status": "in_progress"})


@case("conference.retrieve")
async def _retrieve(line: Line) -> Any:
    key, _ = await line.conference()
    return await line.sdk.conferences.with_raw_response.retrieve(key)


@case("participant.list")
async def _list_participants(line: Line) -> Any:
    key, _ = await line.conference()
    return await line.sdk.conferences.with_raw_response.list_participants(key, filter={"muted": False})


async def _participant(line: Line) -> tuple[str, str]:
    key, _ = await line.conference()
    page = await line.sdk.conferences.list_participants(key)
    return key, page.data[0].id


@case("participant.retrieve")
async def _retrieve_participant(line: Line) -> Any:
    key, participant = await _participant(line)
    return await line.sdk.conferences.with_raw_response.retrieve_participant(participant, id=key)


@case("participant.update")
async def _update_participant(line: Line) -> Any:
    key, participant = await _participant(line)
    return await line.sdk.conferences.with_raw_response.update_participant(
        participant, id=key, beep_enabled="always", end_conference_on_exit=True, soft_end_conference_on_exit=False
    )


@case("conference.join")
async def _join(line: Line) -> Any:
    key, _ = await line.conference()
    return await line.sdk.conferences.actions.with_raw_response.join(
        key, call_control_id=await line.answered(), end_conference_on_exit=True, mute=True, supervisor_role="barge"
    )


@case("conference.leave")
async def _leave(line: Line) -> Any:
    key, leg = await line.conference()
    return await line.sdk.conferences.actions.with_raw_response.leave(key, call_control_id=leg, beep_enabled="never")


@case("conference.update")
async def _update(line: Line) -> Any:
    key, leg = await line.conference()
    return await line.sdk.conferences.actions.with_raw_response.update(
        key, call_control_id=leg, supervisor_role="whisper", whisper_call_control_ids=[leg]
    )


@case("conference.end")
async def _end(line: Line) -> Any:
    key, _ = await line.conference()
    return await line.sdk.conferences.actions.with_raw_response.end_conference(key)


@case("conference.mute")
async def _mute(line: Line) -> Any:
    key, leg = await line.conference()
    return await line.sdk.conferences.actions.with_raw_response.mute(key, call_control_ids=[leg])


@case("conference.unmute")
async def _unmute(line: Line) -> Any:
    key, _ = await line.conference()
    return await line.sdk.conferences.actions.with_raw_response.unmute(key)


@case("conference.hold")
async def _hold(line: Line) -> Any:
    key, _ = await line.conference()
    return await line.sdk.conferences.actions.with_raw_response.hold(key, audio_url=AUDIO)


@case("conference.unhold")
async def _unhold(line: Line) -> Any:
    key, leg = await line.conference()
    return await line.sdk.conferences.actions.with_raw_response.unhold(key, call_control_ids=[leg])


@case("conference.play")
async def _play(line: Line) -> Any:
    key, _ = await line.conference()
    return await line.sdk.conferences.actions.with_raw_response.play(key, audio_url=AUDIO, loop="infinity")


@case("conference.stop")
async def _stop(line: Line) -> Any:
    key, _ = await line.conference()
    return await line.sdk.conferences.actions.with_raw_response.stop(key)


@case("conference.speak")
async def _speak(line: Line) -> Any:
    key, leg = await line.conference()
    return await line.sdk.conferences.actions.with_raw_response.speak(
        key, payload="Hello.", voice="female", language="en-US", call_control_ids=[leg]
    )


@case("conference.send_dtmf")
async def _send_dtmf(line: Line) -> Any:
    key, leg = await line.conference()
    return await line.sdk.conferences.actions.with_raw_response.send_dtmf(key, digits="12w#", call_control_ids=[leg])


@case("conference.gather_using_audio")
async def _gather_using_audio(line: Line) -> Any:
    key, leg = await line.conference()
    return await line.sdk.conferences.actions.with_raw_response.gather_dtmf_audio(
        key, call_control_id=leg, audio_url=AUDIO, gather_id="mine", maximum_digits=2
    )


@case("conference.record_start")
async def _record_start(line: Line) -> Any:
    key, _ = await line.conference()
    return await line.sdk.conferences.actions.with_raw_response.record_start(key, format="wav", channels="single")


@case("conference.record_stop")
async def _record_stop(line: Line) -> Any:
    key, _ = await line.conference()
    await line.sdk.conferences.actions.record_start(key, format="wav")
    return await line.sdk.conferences.actions.with_raw_response.record_stop(key)


@case("conference.record_pause")
async def _record_pause(line: Line) -> Any:
    key, _ = await line.conference()
    await line.sdk.conferences.actions.record_start(key, format="wav")
    return await line.sdk.conferences.actions.with_raw_response.record_pause(key)


@case("conference.record_resume")
async def _record_resume(line: Line) -> Any:
    key, _ = await line.conference()
    return await line.sdk.conferences.actions.with_raw_response.record_resume(key)
