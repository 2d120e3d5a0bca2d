"""Rules for single parameters that a type and a list of words do not say: `Param.form` names them."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from telnyx_simulator.facts import formats, limits
from telnyx_simulator.facts.operations import OPERATIONS, Param
from telnyx_simulator.facts.operations.table import CONFERENCE_CONFIG, DEEPFAKE, RELAY
from telnyx_simulator.signaling.refusals import error

# What is as good as not there.
BLANK: Final[tuple[Any, ...]] = ("", [])
_COUNT: Final = Param("integer", low=0)
_DETECTION: Final = {
    key: Param(kind, low=0 if kind == "number" else None) for key, kind in limits.DETECTION_TYPES.items()
}
_SIP_HEADER: Final = "User-to-User"
_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "array": list,
}


def has_type(names: str, value: Any) -> bool:
    """Whether it is of one of the JSON types; true and false are no numbers."""
    return any(
        isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool))
        for name in names.split(" or ")
    )


def breaches(name: str, param: Param, value: Any) -> list[dict[str, Any]]:
    """One error for each rule of `param` that the value breaks; `name` is its path in the body, with slashes."""
    at = f"/{name}"
    if not has_type(param.type, value):
        return [error("wrong_type", pointer=at, name=name, expected=param.type)]
    if param.allowed and value not in param.allowed:
        words = ", ".join(str(word) for word in sorted(param.allowed))
        return [error("not_in_enum", pointer=at, allowed=words)]
    size = len(value) if isinstance(value, str | list | dict) else value
    if (param.low is not None and size < param.low) or (param.high is not None and size > param.high):
        return [error("out_of_range", pointer=at, low=param.low or 0, high=param.high or "any")]
    return FORMS[param.form](name, value) if param.form and value not in BLANK else []


def _members(params: Mapping[str, Param]) -> "Form":
    """An object whose members have rules of their own; those without are ignored."""

    def judged(name: str, value: dict[str, Any]) -> list[dict[str, Any]]:
        given = {key: one for key, one in value.items() if one is not None and key in params}
        missing = [key for key, param in params.items() if param.required and given.get(key, "") in BLANK]
        problems = [error("missing_parameter", pointer=f"/{name}/{key}", name=f"{name}/{key}") for key in missing]
        return problems + [
            problem
            for key, one in given.items()
            if key not in missing
            for problem in breaches(f"{name}/{key}", params[key], one)
        ]

    return judged


def _phone(name: str, value: Any) -> list[dict[str, Any]]:
    number = value.split(",")[0] if isinstance(value, str) else ""
    if re.fullmatch(f"{formats.E164}|{formats.SIP_URI}", number):
        return []
    if isinstance(value, list):
        return []  # several destinations: `options.check_possible` says what comes of it
    return [error("not_e164", pointer=f"/{name}", name=name)]


def _base64(name: str, value: str) -> list[dict[str, Any]]:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return [error("invalid_value", pointer=f"/{name}", detail=f"The '{name}' parameter must be Base64 encoded.")]
    return []


def _http_url(name: str, value: str) -> list[dict[str, Any]]:
    return _url(name, value, ("http", "https"))


def _ws_url(name: str, value: str) -> list[dict[str, Any]]:
    return _url(name, value, ("ws", "wss"))


def _url(name: str, value: Any, schemes: tuple[str, ...]) -> list[dict[str, Any]]:
    if not isinstance(value, str):
        return [error("wrong_type", pointer=f"/{name}", name=name, expected="string")]
    try:
        parts = urlsplit(value)
        fine = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if fine:
        return []
    wanted = " or ".join(f"{scheme}://" for scheme in schemes)
    return [error("invalid_value", pointer=f"/{name}", detail=f"The '{name}' parameter must be a {wanted} URL.")]


def _urls_of_events(name: str, value: dict[str, Any]) -> list[dict[str, Any]]:
    """The OpenAPI document says one URL for an event, the SDK a list: both are taken."""
    return [
        problem
        for event, urls in value.items()
        for url in (urls if isinstance(urls, list) else [urls])
        for problem in _http_url(f"{name}/{event}", url)
    ]


def _retries_of_events(name: str, value: dict[str, Any]) -> list[dict[str, Any]]:
    detail = (
        f"A retry policy holds at most {limits.RETRIES_MAX} waits, together at most {limits.RETRIES_SUM_MS_MAX} ms."
    )
    return [
        error("invalid_value", pointer=f"/{name}/{event}", detail=detail)
        for event, policy in value.items()
        if not _is_policy(policy)
    ]


def _is_policy(policy: Any) -> bool:
    waits = policy.get("retries_ms") if isinstance(policy, dict) else None
    return (
        isinstance(waits, list)
        and all(has_type("integer", wait) and wait >= 0 for wait in waits)
        and len(waits) <= limits.RETRIES_MAX
        and sum(waits) <= limits.RETRIES_SUM_MS_MAX
    )


def _headers(name: str, value: list[Any]) -> list[dict[str, Any]]:
    """`{"name", "value"}`, both texts."""
    return [
        error("invalid_value", pointer=f"/{name}/{n}", detail="A custom header has a name and a value, both strings.")
        for n, header in enumerate(value)
        if not isinstance(header, dict) or not all(isinstance(header.get(key), str) for key in ("name", "value"))
    ]


def _sip_headers(name: str, value: list[Any]) -> list[dict[str, Any]]:
    """The one that may be set so has its name as its only word (spec)."""
    return _headers(name, value) or [
        error("not_in_enum", pointer=f"/{name}/{n}/name", allowed=_SIP_HEADER)
        for n, header in enumerate(value)
        if header["name"] != _SIP_HEADER
    ]


def _texts(name: str, value: list[Any]) -> list[dict[str, Any]]:
    return [
        error("wrong_type", pointer=f"/{name}/{n}", name=f"{name}/{n}", expected="string")
        for n, text in enumerate(value)
        if not isinstance(text, str)
    ]


def _invalid(name: str, detail: str) -> list[dict[str, Any]]:
    return [error("invalid_value", pointer=f"/{name}", detail=detail)]


def _loop(name: str, value: Any) -> list[dict[str, Any]]:
    """A number of times from 1 to 100, as a number or a text, or `infinity`."""
    times = int(value) if re.fullmatch(r"[0-9]{1,3}", str(value)) else 0
    if value == "infinity" or 1 <= times <= limits.LOOPS_MAX:
        return []
    return _invalid(name, f"The '{name}' parameter must be from 1 to {limits.LOOPS_MAX}, or 'infinity'.")


def _keys(name: str, value: str) -> list[dict[str, Any]]:
    return [] if re.fullmatch(r"[0-9A-D*#]*", value) else [error("wrong_digits", pointer=f"/{name}")]


def _keys_and_pauses(name: str, value: str) -> list[dict[str, Any]]:
    return [] if re.fullmatch(r"[0-9A-D*#wW]+", value) else [error("wrong_digits", pointer=f"/{name}")]


def _sip(name: str, value: str) -> list[dict[str, Any]]:
    if re.fullmatch(formats.SIP_URI, value):
        return []
    return _invalid(name, f"The '{name}' parameter must be a SIP URI, such as sip:user@sip.example.com.")


def _with_id(name: str, value: dict[str, Any]) -> list[dict[str, Any]]:
    fine = isinstance(value.get("id"), str) and value["id"]
    return [] if fine else [error("missing_parameter", pointer=f"/{name}/id", name=f"{name}/id")]


def _detection(name: str, value: dict[str, Any]) -> list[dict[str, Any]]:
    """Times in milliseconds and the like, and what `facts.limits` says is no whole number; none is below 0."""
    return [
        problem
        for key, one in value.items()
        if one is not None
        for problem in breaches(f"{name}/{key}", _DETECTION.get(key, _COUNT), one)
    ]


def _conference_config(name: str, value: dict[str, Any]) -> list[dict[str, Any]]:
    if wrong := _members(CONFERENCE_CONFIG)(name, value):
        return wrong
    if value.get("id") or value.get("conference_name"):
        return []
    return [error("missing_parameter", pointer=f"/{name}/conference_name", name=f"{name}/conference_name")]


def _json_schema(name: str, value: dict[str, Any]) -> list[dict[str, Any]]:
    """Of an object, whose fields are its properties."""
    if isinstance(value.get("properties", {}), dict):
        return []
    return [error("wrong_type", pointer=f"/{name}/properties", name=f"{name}/properties", expected="object")]


def _messages(name: str, value: Any) -> list[dict[str, Any]]:
    return [
        error("wrong_type", pointer=f"/{name}/{n}", name=f"{name}/{n}", expected="object")
        for n, message in enumerate(value if isinstance(value, list) else [])
        if not isinstance(message, dict)
    ]


Form = Callable[[str, Any], list[dict[str, Any]]]
FORMS: Final[dict[str, Form]] = {
    "phone": _phone,
    "sip": _sip,
    "base64": _base64,
    "http_url": _http_url,
    "ws_url": _ws_url,
    "urls_of_events": _urls_of_events,
    "retries_of_events": _retries_of_events,
    "headers": _headers,
    "sip_headers": _sip_headers,
    "texts": _texts,
    "loop": _loop,
    "keys": _keys,
    "keys_and_pauses": _keys_and_pauses,
    "assistant": _with_id,
    "detection": _detection,
    "conference_config": _conference_config,
    "json_schema": _json_schema,
    "messages": _messages,
    "deepfake": _members(DEEPFAKE),
    "relay": _members(RELAY),
    "transcription": _members(OPERATIONS["transcription_start"].params),
}
