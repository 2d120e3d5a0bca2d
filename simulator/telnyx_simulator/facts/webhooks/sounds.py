"""Payload fields of the events about sound: played, pressed, recorded, streamed, transcribed, said by an assistant."""

from typing import Final

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.evidence import Field
from telnyx_simulator.facts.webhooks.table import COMMON, FROM_TO, PARTY, assumed, seen, spec

_PLAYED = {"media_url": spec("string"), "media_name": spec("string"), "overlay": spec("boolean")}
_CAPTURE_D = "capture of a recording, 2026"
_TALK = {**COMMON, **FROM_TO, "message_history": spec("array")}

SOUNDS: Final[dict[str, dict[str, Field]]] = {
    "call.speak.started": {**COMMON, **PARTY, "speak_id": seen("string")},
    "call.speak.ended": {**COMMON, **PARTY, "speak_id": seen("string"), "status": spec("string")},
    "call.playback.started": {**COMMON, **PARTY, **_PLAYED},
    "call.playback.ended": {
        **COMMON,
        **PARTY,
        **_PLAYED,
        "status": spec("string"),
        "status_detail": spec("string null"),
    },
    "call.gather.ended": {
        **COMMON,
        **FROM_TO,
        "digits": spec("string"),
        "status": spec("string"),
        # The page on gather says that its id comes back; the SDK's type has none.
        "gather_id": assumed("string"),
    },
    "call.recording.saved": {
        **COMMON,
        **PARTY,
        "channels": spec("string"),
        "recording_started_at": spec("string", formats.TIMESTAMP_US),
        "recording_ended_at": spec("string", formats.TIMESTAMP_US),
        "recording_urls": spec("object"),
        "public_recording_urls": spec("object"),
        "recording_id": seen("string", formats.UUID, source=_CAPTURE_D),
        "format": seen("string", source=_CAPTURE_D),
        "start_time": seen("string", formats.TIMESTAMP_US, source=_CAPTURE_D),
        "end_time": seen("string", formats.TIMESTAMP_US, source=_CAPTURE_D),
    },
    "call.recording.error": {**COMMON, "reason": spec("string")},
    "call.recording.transcription.saved": {
        **COMMON,
        **PARTY,
        "recording_id": spec("string", formats.UUID),
        "recording_transcription_id": spec("string", formats.UUID),
        "status": spec("string"),
        "transcription_text": spec("string"),
    },
    "call.transcription": {**COMMON, "transcription_data": spec("object")},
    "call.fork.started": {**COMMON, "stream_type": spec("string")},
    "call.fork.stopped": {**COMMON, "stream_type": spec("string")},
    "siprec.started": COMMON,
    "siprec.stopped": {**COMMON, "hangup_cause": spec("string")},
    "siprec.failed": {**COMMON, "failure_cause": spec("string")},
    "call.ai_gather.ended": {**_TALK, "result": spec("object"), "status": spec("string")},
    "call.ai_gather.partial_results": {**_TALK, "partial_results": spec("object")},
    "call.ai_gather.message_history_updated": _TALK,
    "call.conversation.ended": {
        **COMMON,
        **FROM_TO,
        "assistant_id": spec("string null"),
        "conversation_id": spec("string", formats.UUID),
        "duration_sec": spec("integer"),
        "llm_model": spec("string"),
        "stt_model": spec("string"),
        "tts_model_id": spec("string"),
        "tts_provider": spec("string"),
        "tts_voice_id": spec("string"),
        "reason": spec("string null"),
    },
    "call.conversation_insights.generated": {
        **COMMON,
        **PARTY,
        "insight_group_id": spec("string", formats.UUID),
        "results": spec("array"),
    },
    "call.payment.progress": {
        **COMMON,
        **FROM_TO,
        "attempt": spec("integer"),
        "payment_step": spec("string"),
        "payment_status": spec("string"),
        "payment_connector": spec("string null"),
        "payment_method": spec("string"),
        "error_type": spec("string", always=False),
        "payment_card_number": spec("string", always=False),
        "payment_card_type": spec("string", always=False),
        "expiration_date": spec("string", always=False),
        "security_code": spec("string", always=False),
        "payment_card_postal_code": spec("string", always=False),
        "bank_routing_number": spec("string", always=False),
        "bank_account_number": spec("string", always=False),
        "bank_account_type": spec("string", always=False),
    },
    "call.payment.completed": {
        **COMMON,
        **FROM_TO,
        "result": spec("string"),
        "payment_connector": spec("string null"),
        "payment_method": spec("string"),
        "charge_id": spec("string", always=False),
        "token_id": spec("string", always=False),
        "payment_card_number": spec("string", always=False),
        "payment_card_type": spec("string", always=False),
        "expiration_date": spec("string", always=False),
        "payment_confirmation_code": spec("string", always=False),
        "payment_error": spec("string", always=False),
        "pay_error_code": spec("string", always=False),
    },
}
