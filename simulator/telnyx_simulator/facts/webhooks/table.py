"""Where payload fields of webhooks come from, and those that most events have.

Evidence: `observed` are captures of 2025 and 2026, `spec` the types of telnyx-python 4.189, `docs` Telnyx's pages.
"""

from typing import Final

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.evidence import Evidence, Field

_CAPTURE = "captures of 2025 and 2026"


def seen(types: str, form: str | None = None, *, always: bool = True, source: str = _CAPTURE) -> Field:
    """A field that a capture has."""
    return Field(tuple(types.split()), Evidence.OBSERVED, source, form, always)


def spec(types: str, form: str | None = None, *, always: bool = True) -> Field:
    """A field that the SDK's type of the event has."""
    return Field(tuple(types.split()), Evidence.SPEC, "telnyx-python types/*_webhook_event.py", form, always)


def docs(types: str, page: str, *, always: bool = True) -> Field:
    """A field that a page of Telnyx's shows."""
    return Field(tuple(types.split()), Evidence.DOCS, f"docs: {page}", None, always)


def assumed(types: str, form: str | None = None, *, always: bool = True) -> Field:
    """A field that the simulator sends because a neighbour has it."""
    return Field(tuple(types.split()), Evidence.ASSUMED, "in analogy to other events", form, always)


COMMON: Final = {
    "call_control_id": seen("string", formats.CALL_CONTROL_ID),
    "call_leg_id": seen("string", formats.UUID),
    "call_session_id": seen("string", formats.UUID),
    "client_state": seen("string null"),
    "connection_id": seen("string", formats.DECIMAL_ID),
}
FROM_TO: Final = {
    "from": seen("string", formats.PHONE),
    "to": seen("string", formats.PHONE),
    "calling_party_type": seen("string"),
}
PARTY: Final = {"calling_party_type": seen("string")}
