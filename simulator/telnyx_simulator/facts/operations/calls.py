"""Operations on calls that are about the call itself: dial, look, answer, end, connect, queue, tell."""

from typing import Final

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.operations.table import (
    AUDIO,
    DETECTION,
    DONE,
    FLAG,
    HEADERS,
    HOOKS,
    OBJECT,
    ON,
    RECORD,
    SIP_AUTH,
    SIP_ROUTE,
    STATE,
    STREAM,
    STREAM_MORE,
    TEXT,
    TRANSCRIPTION,
    Operation,
    Param,
    action,
    number,
    of,
    text,
)

CALL: Final = {
    "record_type": of("string"),
    "call_control_id": of("string", formats.CALL_CONTROL_ID),
    "call_leg_id": of("string", formats.UUID),
    "call_session_id": of("string", formats.UUID),
    "is_alive": of("boolean"),
    "call_duration": of("integer"),
    "client_state": of("string null"),
    "start_time": of("string", formats.TIMESTAMP_MS),
    "end_time": of("string", formats.TIMESTAMP_MS, always=False),
}
_DIALED = {name: CALL[name] for name in ("record_type", "call_control_id", "call_leg_id", "call_session_id")} | {
    "is_alive": of("boolean"),
    "client_state": of("string", always=False),
    "recording_id": of("string", formats.UUID, always=False),
}
_RECORDED = DONE | {"recording_id": of("string", formats.UUID, always=False)}
_MACHINES = {
    "sound_modifications": OBJECT,
    "deepfake_detection": Param("object", form="deepfake"),
    "billing_group_id": TEXT,
    "assistant": Param("object", form="assistant"),
}
_RINGING = {
    "timeout_secs": number(5, 600, default=30),
    "time_limit_secs": number(30, 14400, default=14400),
    "from_display_name": Param("string", high=128),
    "send_digits_on_answer": Param("string", high=64, form="keys_and_pauses"),
    "park_after_unbridge": text("self"),
    "route_to_mobile": FLAG,
    "diversion": TEXT,
}
_MUTE_DTMF = text("none", "both", "self", "opposite", default="none")

CALLS: Final[dict[str, Operation]] = {
    "dial": Operation(
        "POST",
        "/calls",
        200,
        "calls.dial",
        {
            "connection_id": Param("string", required=True),
            "to": Param("string or array", required=True, form="phone"),
            "from": Param("string", required=True, form="phone"),
            "retry_on_timeout": ON,
            "link_to": TEXT,
            "bridge_intent": FLAG,
            "bridge_on_answer": FLAG,
            "prevent_double_bridge": FLAG,
            "supervise_call_control_id": TEXT,
            "supervisor_role": text("barge", "whisper", "monitor", default="barge"),
            "conference_config": Param("object", form="conference_config"),
            "conversation_relay_config": Param("object", form="relay"),
            "dialogflow_config": OBJECT,
            "enable_dialogflow": FLAG,
            "send_silence_when_idle": FLAG,
            "stream_establish_before_call_originate": FLAG,
            **_RINGING,
            **_MACHINES,
            **AUDIO,
            **DETECTION,
            **HEADERS,
            **HOOKS,
            **RECORD,
            **SIP_AUTH,
            **SIP_ROUTE,
            **STATE,
            **STREAM,
            **STREAM_MORE,
            **TRANSCRIPTION,
        },
        _DIALED,
    ),
    "retrieve": Operation("GET", "/calls/{call_control_id}", 200, "calls.retrieve_status", fields=CALL),
    "answer": action(
        "answer",
        "answer",
        {
            "conversation_relay_config": Param("object", form="relay"),
            "preferred_codecs": TEXT,
            "send_silence_when_idle": FLAG,
            **_MACHINES,
            **HEADERS,
            **HOOKS,
            **RECORD,
            **STATE,
            **STREAM,
            **STREAM_MORE,
            **TRANSCRIPTION,
        },
        _RECORDED,
    ),
    # telnyx-python 4.189 has two causes more than the OpenAPI document of July 2026.
    "reject": action(
        "reject",
        "reject",
        {
            "cause": text("CALL_REJECTED", "NOT_FOUND", "TEMPORARILY_UNAVAILABLE", "USER_BUSY", required=True),
            **STATE,
        },
    ),
    "hangup": action("hangup", "hangup", {"custom_headers": HEADERS["custom_headers"], "reason": TEXT, **STATE}),
    "bridge": action(
        "bridge",
        "bridge",
        {
            # The schema wants `call_control_id` even where `queue` names the target; either is taken.
            "call_control_id": TEXT,
            "hold_after_unbridge": FLAG,
            "mute_dtmf": _MUTE_DTMF,
            "park_after_unbridge": text("self"),
            "play_ringtone": FLAG,
            "prevent_double_bridge": FLAG,
            "queue": TEXT,
            "ringtone": Param("string", default="us"),
            "video_room_context": TEXT,
            "video_room_id": TEXT,
            **RECORD,
            **STATE,
        },
    ),
    "transfer": action(
        "transfer",
        "transfer",
        {
            "to": Param("string", required=True, form="phone"),
            "from": Param("string", form="phone"),
            "early_media": ON,
            "mute_dtmf": _MUTE_DTMF,
            "target_leg_client_state": Param("string", form="base64"),
            "sound_modifications": OBJECT,
            **_RINGING,
            **AUDIO,
            **DETECTION,
            **HEADERS,
            **HOOKS,
            **RECORD,
            **SIP_AUTH,
            **SIP_ROUTE,
            **STATE,
        },
    ),
    "refer": action(
        "refer", "refer", {"sip_address": Param("string", required=True, form="sip"), **HEADERS, **SIP_AUTH, **STATE}
    ),
    "send_dtmf": action(
        "send_dtmf",
        "send_dtmf",
        {
            "digits": Param("string", required=True, form="keys_and_pauses"),
            "duration_millis": number(100, 500, default=250),
            **STATE,
        },
    ),
    "send_sip_info": action(
        "send_sip_info",
        "send_sip_info",
        {"body": Param("string", required=True), "content_type": Param("string", required=True), **STATE},
    ),
    "client_state_update": action(
        "client_state_update",
        "update_client_state",
        {"client_state": Param("string", required=True, form="base64")},
        method="PUT",
    ),
    "enqueue": action(
        "enqueue",
        "enqueue",
        {
            "queue_name": Param("string", required=True, low=1, high=255),
            "keep_after_hangup": FLAG,
            "max_size": number(1, default=100),
            "max_wait_time_secs": number(1),
            **STATE,
        },
    ),
    "leave_queue": action("leave_queue", "leave_queue", STATE),
    "switch_supervisor_role": action(
        "switch_supervisor_role",
        "switch_supervisor_role",
        {"role": text("barge", "whisper", "monitor", required=True)},
    ),
}
