"""REST bodies judged against `facts.operations`, and errors in Telnyx's envelope."""

import base64
import binascii
import re
from typing import Any, Final
from urllib.parse import urlsplit

from telnyx_simulator.facts import formats, limits
from telnyx_simulator.facts.errors import DOCUMENTATION_URL, ERRORS, documented
from telnyx_simulator.facts.operations import Operation, Param
from telnyx_simulator.signaling.leg import Leg, LegState, Trigger, refusal

_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "string": str,
    "boolean": bool,
    "object": dict,
    "array": list,
    "string or array": (str, list),
}
_BLANK: Final[tuple[Any, ...]] = ("", [])


class Refused(Exception):
    """A command that is answered with errors instead of an effect."""

    def __init__(self, status: int, errors: list[dict[str, Any]]) -> None:
        super().__init__(status, errors)
        self.status = status
        self.body = {"errors": errors}


def error(
    fact_name: str, /, *, pointer: str | None = None, parameter: str | None = None, **words: object
) -> dict[str, Any]:
    """One element of `errors`: the fact called `fact_name`, its text filled in.

    `pointer` is the place in the body, `parameter` the name in the query.
    """
    fact = ERRORS[fact_name]
    body: dict[str, Any] = {"code": fact.code, "title": fact.title, "detail": fact.detail.format(**words)}
    pointer = pointer or fact.pointer
    if parameter:
        body["source"] = {"parameter": parameter}
    elif pointer:
        body["source"] = {"pointer": pointer}
    if fact.documented_url:
        body["meta"] = {"url": DOCUMENTATION_URL + fact.code}
    return body


def refused(fact_name: str, /, *, pointer: str | None = None, parameter: str | None = None, **words: object) -> Refused:
    return Refused(ERRORS[fact_name].status, [error(fact_name, pointer=pointer, parameter=parameter, **words)])


def forced(code: str | None, status: int | None) -> tuple[int, dict[str, Any]]:
    """Status and body of an error that has no reason of its own; without a code it is plain HTTP, with no body."""
    if code is None:
        return status or 500, {}
    fact = documented(code, status)
    # What a detail would name was not asked for.
    body = {"code": fact.code, "title": fact.title, "detail": re.sub(r"\{\w+\}", "...", fact.detail)}
    source = {"source": {"pointer": fact.pointer}} if fact.pointer else {}
    meta = {"meta": {"url": DOCUMENTATION_URL + fact.code}} if fact.documented_url else {}
    return status or fact.status, {"errors": [body | source | meta]}


def validated(operation: Operation, body: Any) -> dict[str, Any]:
    """The parameters of a command: `body` if it keeps every rule, else `Refused` with one error for each breach.

    Unknown parameters are ignored, as Telnyx ignores them; null is the same as absent (assumed).
    """
    if body is None:
        body = {}
    if not isinstance(body, dict):
        raise refused("malformed_json", detail="The request body must be a JSON object.")
    given = {name: value for name, value in body.items() if value is not None}
    missing = [name for name, param in operation.params.items() if param.required and given.get(name, "") in _BLANK]
    errors = [error("missing_parameter", pointer=f"/{name}", name=name) for name in missing]
    for name, value in given.items():
        if name in operation.params and name not in missing:
            errors += _breaches(name, operation.params[name], value)
    if errors:
        raise Refused(422, errors)
    return given


def demand(leg: Leg, trigger: Trigger) -> None:
    """Refuse a command that the leg's state does not allow."""
    if not leg.allows(trigger):
        raise refused(refusal(leg, trigger))


def demand_alive(leg: Leg) -> None:
    if not leg.is_alive:
        raise refused("call_ended")


def demand_answered(leg: Leg) -> None:
    demand_alive(leg)
    if leg.state is not LegState.ANSWERED:
        raise refused("call_not_answered")


def _breaches(name: str, param: Param, value: Any) -> list[dict[str, Any]]:
    at = f"/{name}"
    if not _has_type(param.type, value):
        return [error("wrong_type", pointer=at, name=name, expected=param.type)]
    if param.allowed and value not in param.allowed:
        words = ", ".join(str(word) for word in sorted(param.allowed))
        return [error("not_in_enum", pointer=at, allowed=words)]
    size = value if isinstance(value, int) and not isinstance(value, bool) else len(value) if param.high else 0
    if (param.low is not None and size < param.low) or (param.high is not None and size > param.high):
        return [error("out_of_range", pointer=at, low=param.low or 0, high=param.high)]
    return _FORMS[param.form](name, value) if param.form and value not in _BLANK else []


def _has_type(name: str, value: Any) -> bool:
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, _TYPES[name])


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
        and all(_has_type("integer", wait) and wait >= 0 for wait in waits)
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


def _texts(name: str, value: list[Any]) -> list[dict[str, Any]]:
    return [
        error("wrong_type", pointer=f"/{name}/{n}", name=f"{name}/{n}", expected="string")
        for n, text in enumerate(value)
        if not isinstance(text, str)
    ]


_FORMS: Final = {
    "phone": _phone,
    "base64": _base64,
    "http_url": _http_url,
    "ws_url": _ws_url,
    "urls_of_events": _urls_of_events,
    "retries_of_events": _retries_of_events,
    "headers": _headers,
    "texts": _texts,
}
