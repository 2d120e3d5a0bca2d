"""Payload fields of the events of a leg and what it is connected to; docs and captures agree on them but where a field
says `always=False`.
"""

from typing import Final

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.evidence import Field
from telnyx_simulator.facts.webhooks.table import COMMON, FROM_TO, assumed, docs, seen, spec

CALLS: Final[dict[str, dict[str, Field]]] = {
    "call.initiated": {
        **COMMON,
        **FROM_TO,
        "direction": seen("string"),
        "state": seen("string"),
        "tags": seen("array"),
        "custom_headers": seen("array"),
        "from_sip_uri": seen("string"),
        "to_sip_uri": seen("string"),
        # Incoming only: outgoing captures have none of these.
        "start_time": seen("string", formats.TIMESTAMP_US, always=False),
        "caller_id_name": seen("string", always=False),
        "connection_codecs": seen("string", always=False),
        "offered_codecs": seen("string", always=False),
        "sip_headers": seen("array", always=False),
        "shaken_stir_attestation": spec("string null", always=False),
        "shaken_stir_validated": spec("boolean null", always=False),
        "call_screening_result": spec("string null", always=False),
    },
    "call.answered": {
        **COMMON,
        **FROM_TO,
        "start_time": seen("string", formats.TIMESTAMP_US),
        "custom_headers": seen("array"),
        "sip_headers": seen("array"),
        "tags": seen("array"),
        "codec": seen("string"),
        "sampling_rate": seen("integer"),
        # docs (media streaming): present when the command asked for a stream.
        "stream_url": docs("string", "media streaming", always=False),
        "stream_track": docs("string", "media streaming", always=False),
    },
    "call.hangup": {
        **COMMON,
        **FROM_TO,
        "start_time": seen("string", formats.TIMESTAMP_US),
        "end_time": seen("string", formats.TIMESTAMP_US),
        "hangup_cause": seen("string"),
        "hangup_source": seen("string"),
        "sip_hangup_cause": seen("string"),
        "tags": seen("array"),
        "custom_headers": seen("array"),
        "sip_headers": seen("array"),
        "call_quality_stats": seen("object null"),
        "telnyx_error": seen("null"),
    },
    "call.dtmf.received": {**COMMON, **FROM_TO, "digit": spec("string")},
    "call.hold": {**COMMON, **FROM_TO},
    "call.unhold": {**COMMON, **FROM_TO},
    "call.cost": {
        **COMMON,
        "billed_duration_secs": spec("integer"),
        "billing_group_id": spec("string null"),
        "cost_parts": spec("array"),
        "occurred_at": spec("string", formats.TIMESTAMP_US),
        "status": spec("string"),
        "total_cost": spec("string"),
    },
    "streaming.started": {**COMMON, "stream_url": spec("string")},
    "streaming.stopped": {**COMMON, "stream_url": spec("string")},
    "streaming.failed": {
        **COMMON,
        "failure_reason": spec("string"),
        "stream_id": spec("string", formats.UUID),
        "stream_params": spec("object"),
        "stream_type": spec("string"),
    },
    "call.bridged": {**COMMON, **FROM_TO},
    "call.refer.started": {**COMMON, **FROM_TO, "sip_notify_response": spec("integer null")},
    "call.refer.completed": {**COMMON, **FROM_TO, "sip_notify_response": spec("integer")},
    "call.refer.failed": {**COMMON, **FROM_TO, "sip_notify_response": spec("integer")},
    # The SDK has no type for it: named in the OpenAPI document's list of what send_sip_info causes.
    "call.sip_info.received": {**COMMON, **FROM_TO, "body": assumed("string"), "content_type": assumed("string")},
    "call.machine.detection.ended": {**COMMON, **FROM_TO, "result": spec("string")},
    "call.machine.greeting.ended": {**COMMON, **FROM_TO, "result": spec("string")},
    "call.machine.premium.detection.ended": {**COMMON, **FROM_TO, "result": spec("string")},
    "call.machine.premium.greeting.ended": {**COMMON, **FROM_TO, "result": spec("string")},
    "call.enqueued": {
        **COMMON,
        "queue": spec("string"),
        "current_position": spec("integer"),
        "queue_avg_wait_time_secs": spec("integer"),
    },
    "call.dequeued": {
        **COMMON,
        "queue": spec("string"),
        "queue_position": spec("integer"),
        "wait_time_secs": spec("integer"),
        "reason": spec("string"),
    },
    "call.deepfake_detection.result": {
        **COMMON,
        "result": spec("string"),
        "score": spec("number"),
        "consistency": spec("number"),
    },
    "call.deepfake_detection.error": {**COMMON, "error_message": spec("string")},
}
