"""REST bodies judged against `facts.operations`, and errors in Telnyx's envelope."""

import base64
import binascii
import re
from typing import Any, Final
from urllib.parse import urlsplit

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.errors import DOCUMENTATION_URL, ERRORS
from telnyx_simulator.facts.operations import Operation, Param
from telnyx_simulator.signaling.leg import Leg, LegState, Trigger, refusal

_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "string": str,
    "boolean": bool,
    "object": dict,
    "array": list,
    "string or array": (str, list),
}


class Refused(Exception):
    """A command that is answered with errors instead of an effect."""

    def __init__(self, status: int, errors: list[dict[str, Any]]) -> None:
        super().__init__(status, errors)
        self.status = status
        self.body = {"errors": errors}


def error(fact_name: str, /, *, pointer: str | None = None, **words: object) -> dict[str, Any]:
    """One element of `errors`: the fact called `fact_name`, its text filled in."""
    fact = ERRORS[fact_name]
    body: dict[str, Any] = {"code": fact.code, "title": fact.title, "detail": fact.detail.format(**words)}
    pointer = pointer or fact.pointer
    if pointer:
        body["source"] = {"pointer": pointer}
    if fact.documented_url:
        body["meta"] = {"url": DOCUMENTATION_URL + fact.code}
    return body


def refused(fact_name: str, /, *, pointer: str | None = None, **words: object) -> Refused:
    return Refused(ERRORS[fact_name].status, [error(fact_name, pointer=pointer, **words)])


def validated(operation: Operation, body: Any) -> dict[str, Any]:
    """The parameters of a command: `body` if it keeps every rule, else `Refused` with one error for each breach.

    Unknown parameters are ignored, as Telnyx ignores them; null is the same as absent (assumed).
    """
    if body is None:
        body = {}
    if not isinstance(body, dict):
        raise refused("malformed_json", detail="The request body must be a JSON object.")
    given = {name: value for name, value in body.items() if value is not None}
    errors = [
        error("missing_parameter", pointer=f"/{name}", name=name)
        for name, param in operation.params.items()
        if param.required and given.get(name, "") in ("", [])
    ]
    for name, value in given.items():
        if name in operation.params and value not in ("", []):
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
    return _FORMS[param.form](name, value) if param.form else []


def _has_type(name: str, value: Any) -> bool:
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, _TYPES[name])


def _phone(name: str, value: Any) -> list[dict[str, Any]]:
    number = value.split(",")[0] if isinstance(value, str) else ""
    if re.fullmatch(f"{formats.E164}|{formats.SIP_URI}", number):
        return []
    if isinstance(value, list):
        return []  # several destinations: `options.check_built` says what comes of it
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


def _url(name: str, value: str, schemes: tuple[str, ...]) -> list[dict[str, Any]]:
    try:
        parts = urlsplit(value)
        fine = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if fine:
        return []
    wanted = " or ".join(f"{scheme}://" for scheme in schemes)
    return [error("invalid_value", pointer=f"/{name}", detail=f"The '{name}' parameter must be a {wanted} URL.")]


_FORMS: Final = {"phone": _phone, "base64": _base64, "http_url": _http_url, "ws_url": _ws_url}
