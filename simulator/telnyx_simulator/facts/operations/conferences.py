"""Operations on conferences and their participants."""

from typing import Final

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.operations.table import (
    AUDIO,
    BEEP,
    DIGITS,
    DONE,
    FLAG,
    HOLD_AUDIO,
    ID,
    IDS,
    INVALID_AUDIO,
    LOOP,
    ON,
    PAGES,
    REGION,
    SPOKEN,
    STATE,
    TEXT,
    Operation,
    Param,
    number,
    of,
    text,
)

CONFERENCE: Final = {
    "record_type": of("string"),
    "id": of("string", formats.UUID),
    "name": of("string"),
    "created_at": of("string", formats.TIMESTAMP_MS),
    "expires_at": of("string", formats.TIMESTAMP_MS),
    "updated_at": of("string", formats.TIMESTAMP_MS),
    "region": of("string"),
    "status": of("string"),
    "end_reason": of("string null"),
    "ended_by": of("object null"),
    "connection_id": of("string", formats.DECIMAL_ID),
}
_STANDING = {
    "id": of("string", formats.UUID),
    "call_control_id": of("string", formats.CALL_CONTROL_ID),
    "call_leg_id": of("string", formats.UUID),
    "created_at": of("string", formats.TIMESTAMP_MS),
    "updated_at": of("string", formats.TIMESTAMP_MS),
    "end_conference_on_exit": of("boolean"),
    "soft_end_conference_on_exit": of("boolean"),
    "muted": of("boolean"),
    "on_hold": of("boolean"),
    "status": of("string"),
    "whisper_call_control_ids": of("array"),
}
PARTICIPANT: Final = {"record_type": of("string"), "conference": of("object"), **_STANDING}
# A single participant has no record type, and its conference as an id (spec).
_ONE_PARTICIPANT = {
    "conference_id": of("string", formats.UUID),
    "label": of("string null"),
    **_STANDING,
}
FILTERS: Final = (
    "filter[application_name][contains]",
    "filter[application_session_id]",
    "filter[connection_id]",
    "filter[failed]",
    "filter[from]",
    "filter[leg_id]",
    "filter[name]",
    "filter[occurred_at][eq]",
    "filter[occurred_at][gt]",
    "filter[occurred_at][gte]",
    "filter[occurred_at][lt]",
    "filter[occurred_at][lte]",
    "filter[outbound.outbound_voice_profile_id]",
    "filter[product]",
    "filter[status]",
    "filter[to]",
    "filter[type]",
)
_CREW = {"call_control_ids": IDS, "region": REGION}
_SUPERVISOR = text("barge", "monitor", "none", "whisper", default="none")


def _action(verb: str, sdk: str, params: dict[str, Param]) -> Operation:
    return Operation("POST", f"/conferences/{{id}}/actions/{verb}", 200, f"conferences.actions.{sdk}", params, DONE)


CONFERENCES: Final[dict[str, Operation]] = {
    "conference.create": Operation(
        "POST",
        "/conferences",
        200,
        "conferences.create",
        {
            "call_control_id": ID,
            "name": ID,
            "beep_enabled": text("always", "never", "on_enter", "on_exit", default="never"),
            "comfort_noise": ON,
            "duration_minutes": number(1),
            "max_participants": number(2, 800, default=250),
            "region": REGION,
            "start_conference_on_create": ON,
            **HOLD_AUDIO,
            **STATE,
        },
        CONFERENCE,
    ),
    "conference.list": Operation(
        "GET",
        "/conferences",
        200,
        "conferences.list",
        fields=CONFERENCE,
        many=True,
        query=(*FILTERS, *PAGES, "region"),
        sorts=("-expires_at",),
    ),
    "conference.retrieve": Operation(
        "GET", "/conferences/{id}", 200, "conferences.retrieve", fields=CONFERENCE, query=("region",)
    ),
    "participant.list": Operation(
        "GET",
        "/conferences/{conference_id}/participants",
        200,
        "conferences.list_participants",
        fields=PARTICIPANT,
        many=True,
        query=("filter[muted]", "filter[on_hold]", "filter[whispering]", *PAGES, "region"),
    ),
    "participant.retrieve": Operation(
        "GET",
        "/conferences/{id}/participants/{participant_id}",
        200,
        "conferences.retrieve_participant",
        fields=_ONE_PARTICIPANT,
    ),
    "participant.update": Operation(
        "PATCH",
        "/conferences/{id}/participants/{participant_id}",
        200,
        "conferences.update_participant",
        {
            "beep_enabled": BEEP,
            "end_conference_on_exit": Param("boolean"),
            "soft_end_conference_on_exit": Param("boolean"),
        },
        _ONE_PARTICIPANT,
    ),
    "conference.join": _action(
        "join",
        "join",
        {
            "call_control_id": ID,
            "beep_enabled": BEEP,
            "end_conference_on_exit": FLAG,
            "soft_end_conference_on_exit": FLAG,
            "start_conference_on_enter": FLAG,
            "hold": FLAG,
            "mute": FLAG,
            "region": REGION,
            "supervisor_role": _SUPERVISOR,
            "whisper_call_control_ids": IDS,
            **HOLD_AUDIO,
            **STATE,
        },
    ),
    "conference.leave": _action(
        "leave",
        "leave",
        {"call_control_id": ID, "beep_enabled": BEEP, "region": REGION, "command_id": TEXT},
    ),
    "conference.update": _action(
        "update",
        "update",
        {
            "call_control_id": ID,
            "supervisor_role": text("barge", "monitor", "none", "whisper", required=True),
            "region": REGION,
            "whisper_call_control_ids": IDS,
            "command_id": TEXT,
        },
    ),
    "conference.end": _action("end", "end_conference", {"command_id": TEXT}),
    "conference.mute": _action("mute", "mute", _CREW),
    "conference.unmute": _action("unmute", "unmute", _CREW),
    "conference.hold": _action("hold", "hold", {**AUDIO, **_CREW}),
    "conference.unhold": _action(
        "unhold",
        "unhold",
        {"call_control_ids": Param("array", required=True, form="texts"), "region": REGION},
    ),
    "conference.play": _action("play", "play", {"loop": LOOP, **AUDIO, **_CREW}),
    "conference.stop": _action("stop", "stop", _CREW),
    "conference.speak": _action("speak", "speak", {"command_id": TEXT, **SPOKEN, **_CREW}),
    "conference.send_dtmf": _action(
        "send_dtmf",
        "send_dtmf",
        {
            "digits": Param("string", required=True, form="keys_and_pauses"),
            "call_control_ids": IDS,
            "duration_millis": number(100, 500, default=250),
            "client_state": STATE["client_state"],
        },
    ),
    "conference.gather_using_audio": _action(
        "gather_using_audio",
        "gather_dtmf_audio",
        {
            "call_control_id": ID,
            "gather_id": Param("string", high=100),
            "initial_timeout_millis": number(1),
            "maximum_tries": number(1, default=3),
            "stop_playback_on_dtmf": ON,
            "client_state": STATE["client_state"],
            **AUDIO,
            **INVALID_AUDIO,
            **DIGITS,
        },
    ),
    "conference.record_start": _action(
        "record_start",
        "record_start",
        {
            "format": text("wav", "mp3", required=True),
            # A call is recorded with two channels unasked, a conference with one (spec).
            "channels": text("single", "dual", default="single"),
            "custom_file_name": Param("string", low=1, high=40),
            "play_beep": FLAG,
            "region": REGION,
            "trim": text("trim-silence"),
            "command_id": TEXT,
        },
    ),
    "conference.record_stop": _action("record_stop", "record_stop", {"recording_id": TEXT, "region": REGION, **STATE}),
    "conference.record_pause": _action(
        "record_pause", "record_pause", {"recording_id": TEXT, "region": REGION, "command_id": TEXT}
    ),
    "conference.record_resume": _action(
        "record_resume", "record_resume", {"recording_id": TEXT, "region": REGION, "command_id": TEXT}
    ),
}
