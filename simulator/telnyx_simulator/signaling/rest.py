"""REST bodies judged against `facts.operations`, and legs against what a command needs."""

import re
from typing import Any, Final

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.operations import Operation
from telnyx_simulator.facts.operations.table import HOOKS
from telnyx_simulator.signaling.forms import BLANK, breaches
from telnyx_simulator.signaling.leg import Leg, LegState, Trigger, refusal
from telnyx_simulator.signaling.refusals import Refused, error, forced, refused

__all__ = ["Refused", "demand", "demand_alive", "demand_answered", "error", "forced", "refused", "validated"]

# Names of one sound, of which a command takes one (spec).
_EXCLUSIVE: Final = (
    ("audio_url", "media_name", "playback_content"),
    ("invalid_audio_url", "invalid_media_name"),
    ("hold_audio_url", "hold_media_name"),
)


def validated(operation: Operation, body: Any, *, within: str = "") -> dict[str, Any]:
    """The parameters of a command: `body` if it keeps every rule, else `Refused` with one error for each breach.

    `within`: the path of an object in the body, with a slash at its end, if these are its members.

    Unknown parameters are ignored, as Telnyx ignores them; null is the same as absent (assumed). Where webhooks go, any
    command may say (docs), also those of which the OpenAPI document does not tell it.
    """
    if body is None:
        body = {}
    if not isinstance(body, dict):
        raise refused("malformed_json", detail="The request body must be a JSON object.")
    known = operation.params | (HOOKS if "client_state" in operation.params else {})
    given = {name: value for name, value in body.items() if value is not None and name in known}
    missing = [name for name, param in operation.params.items() if param.required and given.get(name, "") in BLANK]
    errors = [error("missing_parameter", pointer=f"/{within}{name}", name=within + name) for name in missing]
    for name, value in given.items():
        if name not in missing:
            errors += breaches(within + name, known[name], value)
    errors += _exclusions(operation, given, within) + _encryption(given)
    if errors:
        raise Refused(422, errors)
    return given


def _exclusions(operation: Operation, given: dict[str, Any], within: str) -> list[dict[str, Any]]:
    errors = []
    for names in _EXCLUSIVE:
        used = [name for name in names if name in operation.params and given.get(name)]
        for name in used[1:]:
            detail = f"'{used[0]}' and '{name}' cannot be used together in one request."
            errors.append(error("invalid_value", pointer=f"/{within}{name}", detail=detail))
    return errors


def _encryption(given: dict[str, Any]) -> list[dict[str, Any]]:
    """A telephone line knows no SRTP (spec); of DTLS toward one nobody says anything."""
    number = str(given.get("to", "")).partition(",")[0]
    if given.get("media_encryption") != "SRTP" or not re.fullmatch(formats.E164, number):
        return []
    return [error("media_encryption")]


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
