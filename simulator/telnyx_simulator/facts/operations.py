"""The REST operations that are built: path, parameters with their rules, and the fields of the reply.

Source unless a row says otherwise: the published OpenAPI document (`spec`), cross-checked with telnyx-python's types.
"""

from dataclasses import dataclass, field
from typing import Final

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.evidence import Evidence, Field
from telnyx_simulator.facts.media import CODECS, SAMPLING_RATES_HZ, TRACKS

SPEC, ASSUMED = Evidence.SPEC, Evidence.ASSUMED


@dataclass(frozen=True, slots=True)
class Param:
    """One body parameter. `type` is the JSON type; `low` and `high` bound a number, or the length of a text."""

    type: str
    required: bool = False
    allowed: tuple[str | int, ...] = ()
    low: int | None = None
    high: int | None = None
    form: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """`fields` describe `data` of the reply (of each item where `many`)."""

    method: str
    path: str
    status: int
    params: dict[str, Param] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    many: bool = False
    query: tuple[str, ...] = ()


_TEXT = Param("string")
_HEADERS = Param("array", form="headers")
_STATE = {"client_state": Param("string", form="base64"), "command_id": _TEXT}
_WEBHOOKS = {
    "webhook_url": Param("string", form="http_url"),
    "webhook_url_method": Param("string", allowed=("POST", "GET")),
    "webhook_urls": Param("object", form="urls_of_events"),
    "webhook_urls_method": Param("string", allowed=("POST", "GET")),
    "webhook_retries_policies": Param("object", form="retries_of_events"),
}
_STREAM = {
    "stream_url": Param("string", form="ws_url"),
    "stream_track": Param("string", allowed=TRACKS),
    "stream_codec": Param("string", allowed=(*CODECS, "default")),
    "stream_bidirectional_mode": Param("string", allowed=("mp3", "rtp")),
    "stream_bidirectional_codec": Param("string", allowed=CODECS),
    "stream_bidirectional_target_legs": Param("string", allowed=("both", "self", "opposite")),
}
# Dial and streaming_start have these two, answer has not (spec and SDK alike); it takes them all the same, because the
# simulator ignores what it does not know, as Telnyx does.
_STREAM_MORE = {
    "stream_auth_token": Param("string", high=4000),
    "stream_bidirectional_sampling_rate": Param("integer", allowed=SAMPLING_RATES_HZ),
}
_APPLICATION_PARAMS = {
    "active": Param("boolean"),
    "application_name": Param("string", required=True),
    "webhook_event_url": Param("string", required=True, form="http_url"),
    "webhook_event_failover_url": Param("string"),
    "webhook_api_version": Param("string", allowed=("1", "2")),
    "webhook_timeout_secs": Param("integer", low=0, high=30),
    "first_command_timeout": Param("boolean"),
    "first_command_timeout_secs": Param("integer"),
    "anchorsite_override": _TEXT,
    "dtmf_type": Param("string", allowed=("RFC 2833", "Inband", "SIP INFO")),
    "call_cost_in_webhooks": Param("boolean"),
    "redact_dtmf_debug_logging": Param("boolean"),
    "inbound": Param("object"),
    "outbound": Param("object"),
    "tags": Param("array", form="texts"),
}


def _of(types: str, form: str | None = None, *, evidence: Evidence = SPEC, always: bool = True) -> Field:
    return Field(tuple(types.split()), evidence, "openapi/spec3.yml", form, always)


_CALL = {
    "record_type": _of("string"),
    "call_control_id": _of("string", formats.CALL_CONTROL_ID),
    "call_leg_id": _of("string", formats.UUID),
    "call_session_id": _of("string", formats.UUID),
    "is_alive": _of("boolean"),
    "call_duration": _of("integer"),
    "client_state": _of("string null"),
    "start_time": _of("string", formats.TIMESTAMP_MS),
    "end_time": _of("string", formats.TIMESTAMP_MS, always=False),
}
_DIALED = {name: _CALL[name] for name in ("record_type", "call_control_id", "call_leg_id", "call_session_id")} | {
    "is_alive": _of("boolean"),
    "client_state": _of("string", always=False),
}
_DONE = {"result": _of("string")}
_APPLICATION = {
    "id": _of("string", formats.DECIMAL_ID),
    "record_type": _of("string"),
    "application_name": _of("string"),
    "active": _of("boolean"),
    "anchorsite_override": _of("string"),
    "webhook_event_url": _of("string"),
    "webhook_event_failover_url": _of("string null"),
    "webhook_api_version": _of("string"),
    "webhook_timeout_secs": _of("integer null"),
    "first_command_timeout": _of("boolean"),
    "first_command_timeout_secs": _of("integer"),
    "dtmf_type": _of("string"),
    "call_cost_in_webhooks": _of("boolean"),
    "redact_dtmf_debug_logging": _of("boolean"),
    "inbound": _of("object"),
    "outbound": _of("object"),
    "tags": _of("array"),
    "created_at": _of("string", formats.TIMESTAMP_MS),
    "updated_at": _of("string", formats.TIMESTAMP_MS),
}
_NUMBER = {
    "id": _of("string", formats.DECIMAL_ID),
    "record_type": _of("string"),
    "phone_number": _of("string", formats.PHONE),
    "country_iso_alpha2": _of("string"),
    "status": _of("string"),
    "tags": _of("array"),
    "external_pin": _of("null"),
    "phone_number_type": _of("string"),
    "connection_id": _of("string"),
    "connection_name": _of("string"),
    "customer_reference": _of("string null"),
    "deletion_lock_enabled": _of("boolean"),
    "created_at": _of("string", formats.TIMESTAMP_MS),
    "purchased_at": _of("string", formats.TIMESTAMP_MS),
    "updated_at": _of("string", formats.TIMESTAMP_MS),
}


def _action(verb: str, params: dict[str, Param], *, method: str = "POST") -> Operation:
    return Operation(method, f"/calls/{{call_control_id}}/actions/{verb}", 200, params, _DONE)


OPERATIONS: Final[dict[str, Operation]] = {
    "dial": Operation(
        "POST",
        "/calls",
        200,
        {
            "connection_id": Param("string", required=True),
            "to": Param("string or array", required=True, form="phone"),
            "from": Param("string", required=True, form="phone"),
            "from_display_name": Param("string", high=128),
            "timeout_secs": Param("integer", low=5, high=600),
            "retry_on_timeout": Param("boolean"),
            "time_limit_secs": Param("integer", low=30, high=14400),
            "link_to": Param("string"),
            "custom_headers": _HEADERS,
            "stream_establish_before_call_originate": Param("boolean"),
            **_STATE,
            **_WEBHOOKS,
            **_STREAM,
            **_STREAM_MORE,
        },
        _DIALED,
    ),
    "retrieve": Operation("GET", "/calls/{call_control_id}", 200, fields=_CALL),
    "answer": _action("answer", {**_STATE, **_WEBHOOKS, **_STREAM, **_STREAM_MORE, "custom_headers": _HEADERS}),
    "reject": _action(
        "reject", {"cause": Param("string", required=True, allowed=("CALL_REJECTED", "USER_BUSY")), **_STATE}
    ),
    "hangup": _action("hangup", {**_STATE, "custom_headers": _HEADERS}),
    "streaming_start": _action(
        "streaming_start",
        {**_STREAM, **_STREAM_MORE, "stream_url": Param("string", required=True, form="ws_url"), **_STATE},
    ),
    "streaming_stop": _action("streaming_stop", {"stream_id": _TEXT, **_STATE}),
    "client_state_update": _action(
        "client_state_update", {"client_state": Param("string", required=True, form="base64")}, method="PUT"
    ),
    "application.list": Operation(
        "GET",
        "/call_control_applications",
        200,
        fields=_APPLICATION,
        many=True,
        query=("filter[application_name][contains]", "page[number]", "page[size]", "sort"),
    ),
    "application.create": Operation("POST", "/call_control_applications", 201, _APPLICATION_PARAMS, _APPLICATION),
    "application.retrieve": Operation("GET", "/call_control_applications/{id}", 200, fields=_APPLICATION),
    "application.update": Operation("PATCH", "/call_control_applications/{id}", 200, _APPLICATION_PARAMS, _APPLICATION),
    "application.delete": Operation("DELETE", "/call_control_applications/{id}", 200, fields=_APPLICATION),
    "number.list": Operation(
        "GET",
        "/phone_numbers",
        200,
        fields=_NUMBER,
        many=True,
        query=("filter[phone_number]", "filter[connection_id]", "page[number]", "page[size]", "sort"),
    ),
    "number.retrieve": Operation("GET", "/phone_numbers/{id}", 200, fields=_NUMBER),
    "number.update": Operation(
        "PATCH",
        "/phone_numbers/{id}",
        200,
        {"connection_id": _TEXT, "tags": Param("array", form="texts"), "customer_reference": _TEXT},
        _NUMBER,
    ),
}
