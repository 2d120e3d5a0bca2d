"""Operations on queues and the calls in them."""

from typing import Final

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.operations.table import PAGES, Operation, Param, number, of

_QUEUE = {
    "record_type": of("string"),
    "id": of("string", formats.UUID),
    "name": of("string"),
    "created_at": of("string", formats.TIMESTAMP_MS),
    "updated_at": of("string", formats.TIMESTAMP_MS),
    "current_size": of("integer"),
    "max_size": of("integer"),
    "average_wait_time_secs": of("integer"),
}
_QUEUED = {
    "record_type": of("string"),
    "call_control_id": of("string", formats.CALL_CONTROL_ID),
    "call_leg_id": of("string", formats.UUID),
    "call_session_id": of("string", formats.UUID),
    "connection_id": of("string", formats.DECIMAL_ID),
    "from": of("string", formats.PHONE),
    "to": of("string", formats.PHONE),
    "queue_id": of("string", formats.UUID),
    "queue_position": of("integer"),
    "enqueued_at": of("string", formats.TIMESTAMP_MS),
    "wait_time_secs": of("integer"),
    "is_alive": of("boolean"),
}
_ONE = "/queues/{queue_name}"
_CALL = "/queues/{queue_name}/calls/{call_control_id}"

QUEUES: Final[dict[str, Operation]] = {
    "queue.list": Operation("GET", "/queues", 200, "queues.list", fields=_QUEUE, many=True, query=PAGES),
    "queue.create": Operation(
        "POST",
        "/queues",
        200,
        "queues.create",
        # A queue that enqueue makes holds 100 unasked (spec).
        {"queue_name": Param("string", required=True, low=1, high=255), "max_size": number(1, default=300)},
        _QUEUE,
    ),
    "queue.retrieve": Operation("GET", _ONE, 200, "queues.retrieve", fields=_QUEUE),
    "queue.update": Operation(
        "POST", _ONE, 200, "queues.update", {"max_size": Param("integer", required=True, low=1)}, _QUEUE
    ),
    "queue.delete": Operation("DELETE", _ONE, 204, "queues.delete"),
    "queue_call.list": Operation(
        "GET", _ONE + "/calls", 200, "queues.calls.list", fields=_QUEUED, many=True, query=PAGES
    ),
    "queue_call.retrieve": Operation("GET", _CALL, 200, "queues.calls.retrieve", fields=_QUEUED),
    "queue_call.update": Operation("PATCH", _CALL, 204, "queues.calls.update", {"keep_after_hangup": Param("boolean")}),
    "queue_call.delete": Operation("DELETE", _CALL, 204, "queues.calls.remove"),
}
