"""Operations on what is kept: recordings, transcriptions, events, webhook deliveries, media."""

from typing import Final

from telnyx_simulator.facts import formats, limits
from telnyx_simulator.facts.operations.conferences import FILTERS
from telnyx_simulator.facts.operations.table import CURSORS, HTTP_URL, PAGES, TEXT, Operation, Param, number, of

_RECORDING = {
    "record_type": of("string"),
    "id": of("string", formats.UUID),
    "call_control_id": of("string null"),
    "call_leg_id": of("string null"),
    "call_session_id": of("string null"),
    "conference_id": of("string null"),
    "connection_id": of("string", formats.DECIMAL_ID),
    "channels": of("string"),
    "source": of("string"),
    "status": of("string"),
    "initiated_by": of("string"),
    "from": of("string null"),
    "to": of("string null"),
    "duration_millis": of("integer"),
    "recording_started_at": of("string", formats.TIMESTAMP_MS),
    "recording_ended_at": of("string", formats.TIMESTAMP_MS),
    "created_at": of("string", formats.TIMESTAMP_MS),
    "updated_at": of("string", formats.TIMESTAMP_MS),
    "download_urls": of("object"),
}
_TRANSCRIPTION = {
    "record_type": of("string"),
    "id": of("string", formats.UUID),
    "recording_id": of("string", formats.UUID),
    "status": of("string"),
    "transcription_text": of("string"),
    "duration_millis": of("integer"),
    "created_at": of("string", formats.TIMESTAMP_MS),
    "updated_at": of("string", formats.TIMESTAMP_MS),
}
_EVENT = {
    "record_type": of("string"),
    "call_leg_id": of("string", formats.UUID),
    "call_session_id": of("string", formats.UUID),
    "event_timestamp": of("string", formats.TIMESTAMP_US),
    "metadata": of("object"),
    "name": of("string"),
    "type": of("string"),
}
_DELIVERY = {
    "record_type": of("string"),
    "id": of("string", formats.UUID),
    "user_id": of("string", formats.UUID),
    "status": of("string"),
    "started_at": of("string", formats.TIMESTAMP_MS),
    "finished_at": of("string", formats.TIMESTAMP_MS),
    "webhook": of("object"),
    "attempts": of("array"),
}
_MEDIA = {
    "media_name": of("string"),
    "content_type": of("string"),
    "created_at": of("string", formats.TIMESTAMP_MS),
    "updated_at": of("string", formats.TIMESTAMP_MS),
    "expires_at": of("string", formats.TIMESTAMP_MS),
}


def _between(name: str, *bounds: str) -> tuple[str, ...]:
    return tuple(f"filter[{name}][{bound}]" for bound in bounds)


_RECORDING_ID = "/recordings/{recording_id}"
_TRANSCRIPTION_ID = "/recording_transcriptions/{recording_transcription_id}"
_MEDIA_NAME = "/media/{media_name}"
_TTL = number(1, limits.MEDIA_TTL_S_MAX, default=limits.MEDIA_TTL_S)

RECORDS: Final[dict[str, Operation]] = {
    "recording.list": Operation(
        "GET",
        "/recordings",
        200,
        "recordings.list",
        fields=_RECORDING,
        many=True,
        query=(
            "filter[call_control_id]",
            "filter[call_leg_id]",
            "filter[call_session_id]",
            "filter[conference_id]",
            "filter[conference_region]",
            "filter[connection_id]",
            "filter[from]",
            "filter[sip_call_id]",
            "filter[to]",
            *_between("created_at", "gte", "lte"),
            *_between("start_time", "gte", "lte"),
            *_between("end_time", "gte", "lte"),
            *PAGES,
        ),
    ),
    "recording.retrieve": Operation("GET", _RECORDING_ID, 200, "recordings.retrieve", fields=_RECORDING),
    # The deleted recording is the reply (spec), not 204.
    "recording.delete": Operation("DELETE", _RECORDING_ID, 200, "recordings.delete", fields=_RECORDING),
    "recording.delete_many": Operation(
        "POST",
        "/recordings/actions/delete",
        200,
        "recordings.actions.delete",
        {"ids": Param("array", required=True, form="texts")},
        {"status": of("string")},
        bare=True,
    ),
    "recording_transcription.list": Operation(
        "GET",
        "/recording_transcriptions",
        200,
        "recording_transcriptions.list",
        fields=_TRANSCRIPTION,
        many=True,
        query=("filter[recording_id]", *_between("created_at", "gte", "lte"), *CURSORS),
        cursors=True,
    ),
    "recording_transcription.retrieve": Operation(
        "GET", _TRANSCRIPTION_ID, 200, "recording_transcriptions.retrieve", fields=_TRANSCRIPTION
    ),
    "recording_transcription.delete": Operation(
        "DELETE", _TRANSCRIPTION_ID, 200, "recording_transcriptions.delete", fields=_TRANSCRIPTION
    ),
    "call_event.list": Operation(
        "GET", "/call_events", 200, "call_events.list", fields=_EVENT, many=True, query=(*FILTERS, *PAGES)
    ),
    "webhook_delivery.list": Operation(
        "GET",
        "/webhook_deliveries",
        200,
        "webhook_deliveries.list",
        fields=_DELIVERY,
        many=True,
        query=(
            "filter[attempts][contains]",
            "filter[event_type]",
            "filter[status][eq]",
            "filter[webhook][contains]",
            *_between("started_at", "gte", "lte"),
            *_between("finished_at", "gte", "lte"),
            *PAGES,
        ),
    ),
    "webhook_delivery.retrieve": Operation(
        "GET", "/webhook_deliveries/{id}", 200, "webhook_deliveries.retrieve", fields=_DELIVERY
    ),
    "media.list": Operation(
        "GET",
        "/media",
        200,
        "media.list",
        fields=_MEDIA,
        many=True,
        query=("filter[content_type]", "filter[content_type][]", *PAGES),
    ),
    # `media_url` in JSON, or the bytes as `media` in a form (spec).
    "media.upload": Operation(
        "POST",
        "/media",
        201,
        "media.upload",
        {"media_url": HTTP_URL, "media": TEXT, "media_name": TEXT, "ttl_secs": _TTL},
        _MEDIA,
    ),
    "media.retrieve": Operation("GET", _MEDIA_NAME, 200, "media.retrieve", fields=_MEDIA),
    "media.update": Operation(
        "PUT",
        _MEDIA_NAME,
        200,
        "media.update",
        {"media_url": HTTP_URL, "media": TEXT, "ttl_secs": _TTL},
        _MEDIA,
    ),
    "media.delete": Operation("DELETE", _MEDIA_NAME, 204, "media.delete"),
    "media.download": Operation("GET", _MEDIA_NAME + "/download", 200, "media.download"),
}
