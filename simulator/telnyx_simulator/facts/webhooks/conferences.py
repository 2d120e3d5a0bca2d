"""Payload fields of the events of conferences."""

from typing import Final

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.evidence import Field
from telnyx_simulator.facts.webhooks.table import COMMON, seen, spec

_CONFERENCE = {"conference_id": seen("string", formats.UUID)}
_AT = {"occurred_at": spec("string", formats.TIMESTAMP_US)}
_MEDIA = {"media_url": spec("string"), "media_name": spec("string")}
# Of what everybody hears the payload names no leg (spec).
_ALL = {
    "connection_id": spec("string", formats.DECIMAL_ID),
    **_CONFERENCE,
    "creator_call_session_id": spec("string", formats.UUID),
    **_AT,
}
_ONE = {**COMMON, **_CONFERENCE, "creator_call_session_id": spec("string", formats.UUID), **_AT}

CONFERENCES: Final[dict[str, dict[str, Field]]] = {
    "conference.created": {**COMMON, **_CONFERENCE, **_AT},
    "conference.ended": {**COMMON, **_CONFERENCE, **_AT, "reason": spec("string")},
    "conference.participant.joined": {**COMMON, **_CONFERENCE},
    "conference.participant.left": {**COMMON, **_CONFERENCE},
    # The SDK models it without the envelope's `data`; captures have it with it.
    "conference.floor.changed": {**COMMON, **_CONFERENCE, **_AT},
    "conference.participant.speak.started": _ONE,
    "conference.participant.speak.ended": _ONE,
    "conference.participant.playback.started": {**_ONE, **_MEDIA},
    "conference.participant.playback.ended": {**_ONE, **_MEDIA},
    "conference.speak.started": _ALL,
    "conference.speak.ended": _ALL,
    "conference.playback.started": {**_ALL, **_MEDIA},
    "conference.playback.ended": {**_ALL, **_MEDIA},
    "conference.recording.saved": {
        **{name: COMMON[name] for name in ("call_control_id", "call_session_id", "client_state", "connection_id")},
        **_CONFERENCE,
        "channels": spec("string"),
        "format": spec("string"),
        "recording_id": spec("string", formats.UUID),
        "recording_started_at": spec("string", formats.TIMESTAMP_US),
        "recording_ended_at": spec("string", formats.TIMESTAMP_US),
        "recording_urls": spec("object"),
        "public_recording_urls": spec("object"),
    },
}
