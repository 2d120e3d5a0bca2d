"""REST bodies judged against `facts.operations`, and legs against what a command needs."""

from typing import Any, Final

from telnyx_simulator.facts.operations import Operation, Param
from telnyx_simulator.signaling.forms import FORMS, has_type
from telnyx_simulator.signaling.leg import Leg, LegState, Trigger, refusal
from telnyx_simulator.signaling.refusals import Refused, error, forced, refused

__all__ = ["Refused", "demand", "demand_alive", "demand_answered", "error", "forced", "refused", "validated"]

_BLANK: Final[tuple[Any, ...]] = ("", [])
# Names of one sound, of which a command takes one (spec).
_EXCLUSIVE: Final = (
    ("audio_url", "media_name", "playback_content"),
    ("invalid_audio_url", "invalid_media_name"),
    ("hold_audio_url", "hold_media_name"),
)


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
    errors += _exclusions(operation, given)
    if errors:
        raise Refused(422, errors)
    return given


def _exclusions(operation: Operation, given: dict[str, Any]) -> list[dict[str, Any]]:
    errors = []
    for names in _EXCLUSIVE:
        used = [name for name in names if name in operation.params and given.get(name)]
        for name in used[1:]:
            detail = f"'{used[0]}' and '{name}' cannot be used together in one request."
            errors.append(error("invalid_value", pointer=f"/{name}", detail=detail))
    return errors


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
    if not has_type(param.type, value):
        return [error("wrong_type", pointer=at, name=name, expected=param.type)]
    if param.allowed and value not in param.allowed:
        words = ", ".join(str(word) for word in sorted(param.allowed))
        return [error("not_in_enum", pointer=at, allowed=words)]
    size = len(value) if isinstance(value, str | list | dict) else value
    if (param.low is not None and size < param.low) or (param.high is not None and size > param.high):
        return [error("out_of_range", pointer=at, low=param.low or 0, high=param.high or "any")]
    return FORMS[param.form](name, value) if param.form and value not in _BLANK else []
