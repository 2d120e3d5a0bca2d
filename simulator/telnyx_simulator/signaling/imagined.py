"""Payloads of events that did not happen, as they plausibly would be: for the webhooks that a scenario sends."""

from typing import Any, Final

from telnyx_simulator.facts import formats, webhooks
from telnyx_simulator.facts.evidence import Field
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.payloads import iso_us

# RFC 2606: names for documentation.
_URL: Final = "https://media.example.com/sound.mp3"

_OF_EVENT: Final[dict[tuple[str, str], Any]] = {
    ("call.ai_gather.ended", "result"): {},
    ("call.ai_gather.ended", "status"): "valid",
    ("call.deepfake_detection.result", "result"): "real",
    ("call.dequeued", "reason"): "leave",
    ("call.gather.ended", "status"): "valid",
    ("call.machine.detection.ended", "result"): "human",
    ("call.machine.greeting.ended", "result"): "ended",
    ("call.machine.premium.detection.ended", "result"): "human_residence",
    ("call.machine.premium.greeting.ended", "result"): "no_beep_detected",
    ("call.payment.completed", "result"): "success",
    ("call.recording.error", "reason"): "Internal server error",
    ("call.refer.failed", "sip_notify_response"): 603,
    ("conference.ended", "reason"): "all_left",
}
_OF_FIELD: Final[dict[str, Any]] = {
    "attempt": 1,
    "channels": "single",
    "current_position": 1,
    "digits": "1",
    "error_message": "detection_timeout",
    "failure_cause": "no_answer",
    "format": "mp3",
    "gather_id": "gather",
    "hangup_cause": "normal_clearing",
    "media_name": "",
    "media_url": _URL,
    "payment_method": "credit-card",
    "payment_status": "processing",
    "payment_step": "payment-processing",
    "queue": "support",
    "recording_urls": {"mp3": _URL},
    "sip_notify_response": 200,
    "speak_id": "0123456789",
    "status": "completed",
    "stream_type": "decrypted",
    "transcription_data": {"confidence": 0.9, "is_final": True, "transcript": ""},
}
_OF_TYPE: Final[dict[str, Any]] = {
    "string": "",
    "integer": 0,
    "number": 0.0,
    "boolean": False,
    "array": [],
    "object": {},
    "null": None,
}


def completed(leg: Leg, event_type: str, payload: dict[str, Any], unix_ns: int) -> dict[str, Any]:
    """`payload` with every field that its event always has."""
    fields = webhooks.FIELDS.get(event_type, {})
    missing = {name: row for name, row in fields.items() if row.always and name not in payload}
    return payload | {name: _value(leg, event_type, name, row, unix_ns) for name, row in missing.items()}


def _value(leg: Leg, event_type: str, name: str, row: Field, unix_ns: int) -> Any:
    if (event_type, name) in _OF_EVENT:
        return _OF_EVENT[event_type, name]
    if name in _OF_FIELD:
        return _OF_FIELD[name]
    match row.form:
        case formats.UUID:
            return leg.call_session_id
        case formats.TIMESTAMP_US:
            return iso_us(unix_ns)
    return _OF_TYPE[row.types[0]]
