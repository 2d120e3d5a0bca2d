"""Names of events, the fields of their payloads, and how a webhook looks on the wire.

Names: `spec` (telnyx-python `types/*_webhook_event.py`). Streaming and siprec events have no `call.` prefix.
"""

from typing import Final

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.evidence import Field
from telnyx_simulator.facts.webhooks.calls import CALLS
from telnyx_simulator.facts.webhooks.conferences import CONFERENCES
from telnyx_simulator.facts.webhooks.sounds import SOUNDS
from telnyx_simulator.facts.webhooks.table import COMMON, FROM_TO, PARTY, seen, spec

USUAL: Final = frozenset({*COMMON, *FROM_TO, "conference_id"})

# Events of which a capture was published.
CAPTURED: Final = frozenset(
    {
        "call.answered",
        "call.hangup",
        "call.initiated",
        "call.recording.saved",
        "call.speak.ended",
        "call.speak.started",
        "conference.created",
        "conference.ended",
        "conference.floor.changed",
        "conference.participant.joined",
        "conference.participant.left",
        "streaming.started",
        "streaming.stopped",
    }
)


def _as_known(event: str, fields: dict[str, Field]) -> dict[str, Field]:
    """What most events have is `observed` only where this event was seen; elsewhere the SDK's type is what is known."""
    if event in CAPTURED:
        return fields
    types = {name: spec(" ".join(row.types), row.form, always=row.always) for name, row in fields.items()}
    return {name: row if name in PARTY or name not in USUAL else types[name] for name, row in fields.items()}


FIELDS: Final[dict[str, dict[str, Field]]] = {
    event: _as_known(event, fields) for event, fields in (CALLS | SOUNDS | CONFERENCES).items()
}
EMITTED: Final = tuple(sorted(FIELDS))

# In telnyx-python 4.189 and not in the pages that the simulator was written from: not emitted.
NEWER_THAN_THE_PAGES: Final = (
    "call.analyzed",
    "call.conversation.created",
    "call.conversation.start_failed",
    "call.machine.premium.call_screening.detected",
    "call.machine.premium.detection.started",
)

ENVELOPE: Final[dict[str, Field]] = {
    "event_type": seen("string"),
    "id": seen("string", formats.UUID),
    "occurred_at": seen("string", formats.TIMESTAMP_US),
    "payload": seen("object"),
    "record_type": seen("string"),
}
META: Final[dict[str, Field]] = {"attempt": seen("integer"), "delivered_to": seen("string")}

# Header names as captured, with `telnyx-webhooks` as agent and no charset in the content type.
USER_AGENT: Final = "telnyx-webhooks"
CONTENT_TYPE: Final = "application/json"
SIGNATURE_HEADER: Final = "Telnyx-Signature-Ed25519"
TIMESTAMP_HEADER: Final = "Telnyx-Timestamp"

# What an application of API v2 has to be able to read, of the shapes of `facts.shapes`: JSON by POST, however it is
# laid out and whatever else it holds, and event types with underscores (reported of real deliveries).
SHAPES_OF_V2: Final = (
    "pretty",
    "compact",
    "unsorted",
    "underscores",
    "wide",
    "tabs",
    "crlf",
    "ending",
    "escaped",
    "slashes",
    "unicode",
    "extended",
    "deep",
    "big",
)

# observed; a mobile leg offers AMR-WB first.
CONNECTION_CODECS: Final = "PCMA,PCMU,VP8,H264"

# docs: other 4xx are final, these are tried again, as is 5xx and no answer at all.
RETRIED_STATUSES: Final = frozenset({408, 429})
