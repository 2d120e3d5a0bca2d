"""Replies about what nobody knows, made of the facts alone: what `serve --permissive` says instead of an error.

Theory of operation. Suites that were written for a mock without a memory name calls, queues and numbers that never
were, with parameters that Telnyx would not take. What is refused for that reason is answered as if it had been done,
and nothing was done. What is refused because of the state of something that is there (a call that is over) stays
refused, and so do missing credentials.
"""

import re
from typing import Any, Final

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.evidence import Field
from telnyx_simulator.facts.operations import OPERATIONS, Operation
from telnyx_simulator.signaling.events import Content, Replied
from telnyx_simulator.signaling.forms import has_type
from telnyx_simulator.signaling.inputs import RestCommand

# Errors that say that something is unknown, there already (suites make one thing many times), or not as it should be.
# 10007 is a resource that is not there only as 404.
_UNKNOWN: Final = frozenset(
    {"10004", "10005", "10012", "10015", "10016", "10026", "10032", "10033", "90014", "90015", "90058"}
)
_OF_FORM: Final = {
    formats.CALL_CONTROL_ID: "v3:" + "A" * 54,
    formats.UUID: "00000000-0000-4000-8000-000000000000",
    formats.DECIMAL_ID: "1000000000000000001",
    formats.TIMESTAMP_MS: "2026-01-01T00:00:00.000Z",
    formats.TIMESTAMP_US: "2026-01-01T00:00:00.000000Z",
    formats.TIMESTAMP_US_LOCAL: "2026-01-01T00:00:00.000000",
    formats.PHONE: "+12025550100",
    formats.DECIMAL_TEXT: "0.00",
}
_OF_TYPE: Final[dict[str, Any]] = {
    "string": "",
    "integer": 0,
    "number": 0,
    "boolean": False,
    "object": {},
    "array": [],
    "null": None,
}
# `record_type` where it is not the family of the operation.
_RECORD_TYPES: Final = {
    "application": "call_control_application",
    "connection": "call_control_application",
    "dial": "call",
    "number": "phone_number",
    "participant": "participant",
    "queued_call": "queue_call",
    "retrieve": "call",
}
# Words out of a closed list, where no parameter of the same name lists them.
_WORDS: Final = {
    "channels": "dual",
    "emergency_status": "disabled",
    "phone_number_type": "local",
    "result": "ok",
    "source": "call",
    "source_type": "number_order",
}
_STATUS: Final = {
    "number": "active",
    "conference": "in_progress",
    "participant": "joined",
    "webhook_delivery": "delivered",
    "recording": "completed",
    "recording_transcription": "completed",
}


def is_permissible(replied: Replied) -> bool:
    """Whether this is the refusal of something unknown or ill-formed."""
    if replied.status is None or replied.status not in (400, 404, 422) or replied.treatment is not None:
        return False
    codes = {error["code"] for error in replied.body.get("errors", [])}
    return bool(codes) and (codes <= _UNKNOWN or (replied.status == 404 and codes == {"10007"}))


def replied(command: RestCommand) -> Replied:
    """As if the command had been about something known, and done."""
    operation = OPERATIONS[command.operation]
    if operation.status == 204:
        return Replied(204, {})
    if operation.many:
        meta = {"page_number": 1, "page_size": operation.page_size, "total_pages": 0, "total_results": 0}
        return Replied(operation.status, {"data": [], "meta": meta})
    if not operation.fields:
        return Replied(operation.status, {}, content=Content(b"", "application/octet-stream"))
    given = command.body if isinstance(command.body, dict) else {}
    body = {name: _value(name, field, command.operation, given) for name, field in operation.fields.items()}
    return Replied(operation.status, body if operation.bare else {"data": body})


def _value(name: str, field: Field, operation: str, given: dict[str, Any]) -> Any:
    """What the command gave under this name where that fits, and else anything that fits."""
    allowed = _allowed(name, operation)
    if _fits(given.get(name), field) and (not allowed or given[name] in allowed):
        return given[name]
    family = operation.partition(".")[0]
    if name == "record_type":
        return "voice_settings" if operation.endswith("_voice") else _RECORD_TYPES.get(family, family)
    if name == "status":
        return _STATUS.get(family, "ok")
    if "null" in field.types:
        return None
    if allowed:
        return allowed[0]
    if field.form is not None:
        return _OF_FORM[field.form]
    return _WORDS.get(name, _OF_TYPE[field.types[0]])


def _fits(value: Any, field: Field) -> bool:
    if value is None or not any(kind != "null" and has_type(kind, value) for kind in field.types):
        return False
    return field.form is None or bool(re.fullmatch(formats.PATTERNS[field.form], str(value)))


def _allowed(name: str, operation: str) -> tuple[str | int, ...]:
    """The words of a parameter of this name, of this operation or another of its family."""
    family = operation.partition(".")[0]
    if family == "connection":  # applications under another name
        family = "application"
    others = [one for key, one in OPERATIONS.items() if key.partition(".")[0] == family]
    siblings: list[Operation] = [OPERATIONS[operation], *others]
    return next((one.params[name].allowed for one in siblings if name in one.params and one.params[name].allowed), ())
