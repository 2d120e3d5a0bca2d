"""Names of events; their fields stand below, for those that the simulator emits.

Names: `spec` (telnyx-python `types/*_webhook_event.py`). Streaming and siprec events have no `call.` prefix.
"""

from typing import Final

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.evidence import Evidence, Field

EMITTED: Final = (
    "call.answered",
    "call.cost",
    "call.dtmf.received",
    "call.hangup",
    "call.hold",
    "call.initiated",
    "call.unhold",
    "streaming.failed",
    "streaming.started",
    "streaming.stopped",
)

NOT_EMITTED_YET: Final = (
    "call.ai_gather.ended",
    "call.ai_gather.message_history_updated",
    "call.ai_gather.partial_results",
    "call.bridged",
    "call.conversation.ended",
    "call.conversation_insights.generated",
    "call.deepfake_detection.error",
    "call.deepfake_detection.result",
    "call.dequeued",
    "call.enqueued",
    "call.fork.started",
    "call.fork.stopped",
    "call.gather.ended",
    "call.machine.detection.ended",
    "call.machine.greeting.ended",
    "call.machine.premium.detection.ended",
    "call.machine.premium.greeting.ended",
    "call.payment.completed",
    "call.payment.progress",
    "call.playback.ended",
    "call.playback.started",
    "call.recording.error",
    "call.recording.saved",
    "call.recording.transcription.saved",
    "call.refer.completed",
    "call.refer.failed",
    "call.refer.started",
    "call.sip_info.received",
    "call.speak.ended",
    "call.speak.started",
    "call.transcription",
    "conference.created",
    "conference.ended",
    "conference.floor.changed",
    "conference.participant.joined",
    "conference.participant.left",
    "conference.participant.playback.ended",
    "conference.participant.playback.started",
    "conference.participant.speak.ended",
    "conference.participant.speak.started",
    "conference.playback.ended",
    "conference.playback.started",
    "conference.recording.saved",
    "conference.speak.ended",
    "conference.speak.started",
    "siprec.failed",
    "siprec.started",
    "siprec.stopped",
)

_CAPTURE = "captures of 2025 and 2026"


def _seen(types: str, form: str | None = None, *, always: bool = True) -> Field:
    return Field(tuple(types.split()), Evidence.OBSERVED, _CAPTURE, form, always)


def _spec(types: str, form: str | None = None, *, always: bool = True) -> Field:
    return Field(tuple(types.split()), Evidence.SPEC, "telnyx-python types", form, always)


_COMMON = {
    "call_control_id": _seen("string", formats.CALL_CONTROL_ID),
    "call_leg_id": _seen("string", formats.UUID),
    "call_session_id": _seen("string", formats.UUID),
    "client_state": _seen("string null"),
    "connection_id": _seen("string", formats.DECIMAL_ID),
}
_FROM_TO = {
    "from": _seen("string", formats.PHONE),
    "to": _seen("string", formats.PHONE),
    "calling_party_type": _seen("string"),
}
_STREAM = {"stream_url": _spec("string")}

# Payload fields of each emitted event: `docs/` pages and captures agree on these but where a field says `always=False`.
FIELDS: Final[dict[str, dict[str, Field]]] = {
    "call.initiated": {
        **_COMMON,
        **_FROM_TO,
        "direction": _seen("string"),
        "state": _seen("string"),
        "tags": _seen("array"),
        "custom_headers": _seen("array"),
        "from_sip_uri": _seen("string"),
        "to_sip_uri": _seen("string"),
        # Incoming only: outgoing captures have none of these.
        "start_time": _seen("string", formats.TIMESTAMP_US, always=False),
        "caller_id_name": _seen("string", always=False),
        "connection_codecs": _seen("string", always=False),
        "offered_codecs": _seen("string", always=False),
        "sip_headers": _seen("array", always=False),
        "shaken_stir_attestation": _spec("string null", always=False),
        "shaken_stir_validated": _spec("boolean null", always=False),
        "call_screening_result": _spec("string null", always=False),
    },
    "call.answered": {
        **_COMMON,
        **_FROM_TO,
        "start_time": _seen("string", formats.TIMESTAMP_US),
        "custom_headers": _seen("array"),
        "sip_headers": _seen("array"),
        "tags": _seen("array"),
        "codec": _seen("string"),
        "sampling_rate": _seen("integer"),
        # docs (media streaming): present when the command asked for a stream.
        "stream_url": Field(("string",), Evidence.DOCS, "docs: media streaming", None, always=False),
        "stream_track": Field(("string",), Evidence.DOCS, "docs: media streaming", None, always=False),
    },
    "call.hangup": {
        **_COMMON,
        **_FROM_TO,
        "start_time": _seen("string", formats.TIMESTAMP_US),
        "end_time": _seen("string", formats.TIMESTAMP_US),
        "hangup_cause": _seen("string"),
        "hangup_source": _seen("string"),
        "sip_hangup_cause": _seen("string"),
        "tags": _seen("array"),
        "custom_headers": _seen("array"),
        "sip_headers": _seen("array"),
        "call_quality_stats": _seen("object null"),
        "telnyx_error": _seen("null"),
    },
    "call.dtmf.received": {**_COMMON, **_FROM_TO, "digit": _spec("string")},
    "call.hold": {**_COMMON, **_FROM_TO},
    "call.unhold": {**_COMMON, **_FROM_TO},
    "call.cost": {
        **_COMMON,
        "billed_duration_secs": _spec("integer"),
        "billing_group_id": _spec("string null"),
        "cost_parts": _spec("array"),
        "occurred_at": _spec("string", formats.TIMESTAMP_US),
        "status": _spec("string"),
        "total_cost": _spec("string"),
    },
    "streaming.started": {**_COMMON, **_STREAM},
    "streaming.stopped": {**_COMMON, **_STREAM},
    "streaming.failed": {
        **_COMMON,
        "failure_reason": _spec("string"),
        "stream_id": _spec("string", formats.UUID),
        "stream_params": _spec("object"),
        "stream_type": _spec("string"),
    },
}

ENVELOPE: Final[dict[str, Field]] = {
    "event_type": _seen("string"),
    "id": _seen("string", formats.UUID),
    "occurred_at": _seen("string", formats.TIMESTAMP_US),
    "payload": _seen("object"),
    "record_type": _seen("string"),
}
META: Final[dict[str, Field]] = {"attempt": _seen("integer"), "delivered_to": _seen("string")}

# Header names as captured, with `telnyx-webhooks` as agent and no charset in the content type.
USER_AGENT: Final = "telnyx-webhooks"
CONTENT_TYPE: Final = "application/json"
SIGNATURE_HEADER: Final = "Telnyx-Signature-Ed25519"
TIMESTAMP_HEADER: Final = "Telnyx-Timestamp"

# What an application of API v2 has to be able to read, of the shapes of `facts.shapes`: JSON by POST, however it is
# laid out, and event types with underscores (reported of real deliveries).
SHAPES_OF_V2: Final = ("pretty", "compact", "unsorted", "underscores")

# observed; a mobile leg offers AMR-WB first.
CONNECTION_CODECS: Final = "PCMA,PCMU,VP8,H264"

# docs: other 4xx are final, these are tried again, as is 5xx and no answer at all.
RETRIED_STATUSES: Final = frozenset({408, 429})
