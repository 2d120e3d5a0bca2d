"""What a row of the tables of operations says, and the parameters that several commands share.

Source unless a row says otherwise: the published OpenAPI document, cross-checked name by name with the parameter types
of telnyx-python 4.189 (`spec`).
"""

from dataclasses import dataclass, field
from typing import Any, Final

from telnyx_simulator.facts.evidence import Evidence, Field
from telnyx_simulator.facts.media import CODECS, SAMPLING_RATES_HZ, TRACKS

SPEC_SOURCE: Final = "openapi/spec3.yml"


@dataclass(frozen=True, slots=True)
class Param:
    """One body parameter. `type` is the JSON type, or several with `or` between.

    `low` and `high` bound a number, or the length of a text or list. `default` is what Telnyx takes where the parameter
    is absent; `form` names a rule of `signaling.rest`.
    """

    type: str
    required: bool = False
    allowed: tuple[str | int, ...] = ()
    low: int | None = None
    high: int | None = None
    form: str | None = None
    default: Any = None
    evidence: Evidence = Evidence.SPEC
    source: str = SPEC_SOURCE


@dataclass(frozen=True, slots=True)
class Operation:
    """`fields` describe `data` of the reply (of each item where `many`); `bare`: the reply has no `data` around them.

    `sdk` is the method of telnyx-python, below its client. `query` are the parameters of the query, `sorts` what a list
    can be sorted by, the first being the order it has unasked. With `cursors` a list says where its pages
    begin and end.
    """

    method: str
    path: str
    status: int
    sdk: str
    params: dict[str, Param] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    many: bool = False
    bare: bool = False
    query: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    page_size: int = 20
    cursors: bool = False


def of(
    types: str,
    form: str | None = None,
    *,
    evidence: Evidence = Evidence.SPEC,
    source: str = SPEC_SOURCE,
    always: bool = True,
) -> Field:
    """A field of a reply."""
    return Field(tuple(types.split()), evidence, source, form, always)


def text(*allowed: str, default: str | None = None, required: bool = False) -> Param:
    """A text, one of `allowed` where some are given."""
    return Param("string", required=required, allowed=allowed, default=default)


def number(low: int | None = None, high: int | None = None, *, default: int | None = None) -> Param:
    """A whole number."""
    return Param("integer", low=low, high=high, default=default)


TEXT: Final = Param("string")
FLAG: Final = Param("boolean", default=False)
ON: Final = Param("boolean", default=True)
OBJECT: Final = Param("object")
ID: Final = Param("string", required=True)
IDS: Final = Param("array", form="texts")
TAGS: Final = Param("array", form="texts")
HTTP_URL: Final = Param("string", form="http_url")
WS_URL: Final = Param("string", form="ws_url")
LOOP: Final = Param("string or integer", form="loop", default=1)
PAGES: Final = ("page[number]", "page[size]")
SORTED: Final = (*PAGES, "sort")
CURSORS: Final = (*PAGES, "page[limit]", "page[after]", "page[before]")

STATE: Final = {"client_state": Param("string", form="base64"), "command_id": TEXT}
HOOKS: Final = {
    "webhook_url": HTTP_URL,
    "webhook_url_method": text("POST", "GET", default="POST"),
    "webhook_urls": Param("object", form="urls_of_events"),
    "webhook_urls_method": text("POST", "GET", default="POST"),
    "webhook_retries_policies": Param("object", form="retries_of_events"),
}
# Members of objects that a dial and an answer take; of those that are not here nothing is asked.
DEEPFAKE: Final = {
    "enabled": Param("boolean", required=True),
    "timeout": number(5, 60, default=15),
    "rtp_timeout": number(5, 120, default=30),
}
# Beside what a join takes.
CONFERENCE_CONFIG: Final = {
    "id": TEXT,
    "conference_name": TEXT,
    "early_media": ON,
    "start_conference_on_create": ON,
}
RELAY: Final = {"url": Param("string", required=True, form="ws_url")}
STREAM: Final = {
    "stream_url": WS_URL,
    "stream_track": text(*TRACKS, default="inbound_track"),
    "stream_codec": text(*CODECS, "default", default="default"),
    "stream_bidirectional_mode": text("mp3", "rtp", default="mp3"),
    "stream_bidirectional_codec": text(*CODECS, default="PCMU"),
    "stream_bidirectional_target_legs": text("both", "self", "opposite"),
}
# Dial and streaming_start have these two, answer has not (spec and SDK alike); it takes them all the same, because the
# simulator ignores what it does not know, as Telnyx does.
STREAM_MORE: Final = {
    "stream_auth_token": Param("string", high=4000),
    "stream_bidirectional_sampling_rate": Param("integer", allowed=SAMPLING_RATES_HZ, default=8000),
}
RECORD: Final = {
    "record": text("record-from-answer"),
    "record_channels": text("single", "dual", default="dual"),
    "record_custom_file_name": Param("string", low=1, high=40),
    "record_format": text("wav", "mp3", default="mp3"),
    "record_max_length": number(0, 43200, default=0),
    "record_timeout_secs": number(0, default=0),
    "record_track": text("both", "inbound", "outbound", default="both"),
    "record_trim": text("trim-silence"),
}
DETECTION: Final = {
    "answering_machine_detection": text(
        "premium",
        "premium_ios_call_screening_detection",
        "detect",
        "detect_beep",
        "detect_words",
        "greeting_end",
        "disabled",
        default="disabled",
    ),
    "answering_machine_detection_config": Param("object", form="detection"),
}
DIGITS: Final = {
    "minimum_digits": number(1, 128, default=1),
    "maximum_digits": number(1, 128, default=128),
    "timeout_millis": number(1, default=60000),
    "inter_digit_timeout_millis": number(1, default=5000),
    "terminating_digit": Param("string", high=1, default="#"),
    "valid_digits": Param("string", form="keys", default="0123456789#*"),
}
TRANSCRIPTION: Final = {"transcription": FLAG, "transcription_config": Param("object", form="transcription")}
SIP_AUTH: Final = {"sip_auth_username": TEXT, "sip_auth_password": TEXT}
SIP_ROUTE: Final = {
    "sip_region": text("US", "Europe", "Canada", "Australia", "Middle East", default="US"),
    "sip_transport_protocol": text("UDP", "TCP", "TLS", default="UDP"),
    "media_encryption": text("disabled", "SRTP", "DTLS", default="disabled"),
    "preferred_codecs": TEXT,
    "privacy": text("id", "none"),
}
AUDIO: Final = {"audio_url": HTTP_URL, "media_name": TEXT}
INVALID_AUDIO: Final = {"invalid_audio_url": HTTP_URL, "invalid_media_name": TEXT}
HOLD_AUDIO: Final = {"hold_audio_url": HTTP_URL, "hold_media_name": TEXT}
HEADERS: Final = {"custom_headers": Param("array", form="headers"), "sip_headers": Param("array", form="sip_headers")}
BEEP: Final = text("always", "never", "on_enter", "on_exit")
REGION: Final = text("Australia", "Europe", "Middle East", "US")
# fmt: off
LANGUAGE: Final = text(
    "arb", "cmn-CN", "cy-GB", "da-DK", "de-DE", "en-AU", "en-GB", "en-GB-WLS", "en-IN", "en-US", "es-ES", "es-MX",
    "es-US", "fr-CA", "fr-FR", "hi-IN", "is-IS", "it-IT", "ja-JP", "ko-KR", "nb-NO", "nl-NL", "pl-PL", "pt-BR",
    "pt-PT", "ro-RO", "ru-RU", "sv-SE", "tr-TR",
)
# fmt: on
SPOKEN: Final = {
    "payload": Param("string", required=True, high=3000),
    "voice": Param("string", required=True),
    "language": LANGUAGE,
    "payload_type": text("text", "ssml", default="text"),
    "voice_settings": OBJECT,
}
DONE: Final = {"result": of("string")}


def action(
    verb: str, sdk: str, params: dict[str, Param], fields: dict[str, Field] = DONE, *, method: str = "POST"
) -> Operation:
    """An action on a call."""
    path = f"/calls/{{call_control_id}}/actions/{verb}"
    return Operation(method, path, 200, f"calls.actions.{sdk}", params, fields)


def listing(
    path: str,
    sdk: str,
    fields: dict[str, Field],
    query: tuple[str, ...],
    sorts: tuple[str, ...] = (),
    page_size: int = 20,
) -> Operation:
    """A list, by pages."""
    return Operation("GET", path, 200, sdk, fields=fields, many=True, query=query, sorts=sorts, page_size=page_size)
