"""The control API `/_sim`: what a person or a test does to a running `serve` by hand. Errors in the `/v2` envelope."""

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from telnyx_simulator.facts.hangup_causes import CAUSES
from telnyx_simulator.facts.media import CODECS
from telnyx_simulator.media.codecs_here import lacks
from telnyx_simulator.media.sounds import SoundError, load_clip
from telnyx_simulator.signaling import inputs, rest
from telnyx_simulator.signaling.events import LegBegan
from telnyx_simulator.signaling.far_end import OF_CALLERS, Behavior
from telnyx_simulator.signaling.leg import Leg, LegState
from telnyx_simulator.trace import Trace
from telnyx_simulator.transports.exchange import Exchange
from telnyx_simulator.transports.targets import why_refused

_E164 = r"^\+[1-9][0-9]{6,14}$"
_TONE_NS = 100_000_000


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


Model = TypeVar("Model", bound=_Body)


class NewCall(_Body):
    from_: str = Field(alias="from", pattern=_E164)
    to: str = Field(pattern=_E164)
    leg_codec: str = "PCMA"
    webhook_url: str | None = None
    behavior: Behavior = Behavior.SPEAKS


class NewFarEnd(_Body):
    number: str = Field(pattern=_E164)
    behavior: Behavior


class Hangup(_Body):
    cause: str | None = None


class Digits(_Body):
    digits: str = Field(pattern=r"^[0-9A-D*#wW]+$")


class Playing(_Body):
    clip: str


def add_routes(app: FastAPI, exchange: Exchange, *, first_number: str) -> None:
    control = _Control(exchange, first_number)
    routes: list[tuple[str, str, Callable[..., Any], int]] = [
        ("GET", "/health", control.health, 200),
        ("POST", "/reset", control.reset, 200),
        ("POST", "/calls", control.place_call, 201),
        ("GET", "/calls", control.calls, 200),
        ("POST", "/calls/{call_control_id}/hangup", control.hang_up, 200),
        ("POST", "/calls/{call_control_id}/dtmf", control.press, 200),
        ("POST", "/calls/{call_control_id}/hold", control.hold, 200),
        ("POST", "/calls/{call_control_id}/unhold", control.unhold, 200),
        ("POST", "/calls/{call_control_id}/play", control.play, 200),
        ("GET", "/calls/{call_control_id}/trace", control.trace, 200),
        ("POST", "/far_ends", control.choose_far_end, 201),
    ]
    for method, path, endpoint, status in routes:
        app.add_api_route("/_sim" + path, endpoint, methods=[method], status_code=status, include_in_schema=False)

    @app.exception_handler(rest.Refused)
    async def refused(request: Request, error: rest.Refused) -> JSONResponse:
        return JSONResponse(error.body, error.status)


class _Control:
    """One method a route."""

    def __init__(self, exchange: Exchange, first_number: str) -> None:
        self._exchange = exchange
        self._house = exchange.house
        self._first_number = first_number

    async def health(self) -> dict[str, Any]:
        legs = self._house.switch.legs.values()
        return {"data": {"status": "ok", "calls": sum(leg.is_alive for leg in legs)}}

    async def reset(self) -> dict[str, Any]:
        """Everybody hangs up, and chosen behaviors are forgotten."""
        for leg in list(self._house.switch.legs.values()):
            self._end(leg, None)
        self._exchange.far_ends.clear()
        return {"data": {"result": "ok"}}

    async def place_call(self, request: Request) -> dict[str, Any]:
        call = await _read(request, NewCall)
        self._check(call)
        command = inputs.PlaceCall(
            from_=call.from_,
            to=call.to,
            leg_codec=call.leg_codec,
            webhook_url=call.webhook_url,
            behavior=call.behavior,
        )
        happened = self._house.feed(command)
        return {"data": next(_leg(event.leg) for event in happened if isinstance(event, LegBegan))}

    def _check(self, call: NewCall) -> None:
        if call.behavior not in OF_CALLERS:
            allowed = ", ".join(sorted(behavior.value for behavior in OF_CALLERS))
            raise rest.refused("not_in_enum", pointer="/behavior", allowed=allowed)
        if call.leg_codec not in CODECS:
            raise rest.refused("not_in_enum", pointer="/leg_codec", allowed=", ".join(sorted(CODECS)))
        if missing := lacks(call.leg_codec, to_send=True) or lacks(call.leg_codec, to_send=False):
            raise rest.refused("missing_library", pointer="/leg_codec", needs=missing[0], install=missing[1])
        if call.webhook_url and (refusal := why_refused(call.webhook_url)):
            raise rest.refused("invalid_value", pointer="/webhook_url", detail=refusal)
        if self._house.switch.account.connection_of(call.to) is None:
            detail = f"No active application is behind {call.to}; the number of this server is {self._first_number}."
            raise rest.refused("invalid_value", pointer="/to", detail=detail)

    async def calls(self) -> dict[str, Any]:
        return {"data": [_leg(leg) for leg in self._house.switch.legs.values()]}

    async def hang_up(self, call_control_id: str, request: Request) -> dict[str, Any]:
        cause = (await _read(request, Hangup)).cause
        if cause is not None and cause not in CAUSES:
            raise rest.refused("not_in_enum", pointer="/cause", allowed=", ".join(sorted(CAUSES)))
        leg = self._leg_at(call_control_id)
        rest.demand_alive(leg)
        self._end(leg, cause)
        return {"data": _leg(leg)}

    async def press(self, call_control_id: str, request: Request) -> dict[str, Any]:
        digits = (await _read(request, Digits)).digits
        leg = self._leg_at(call_control_id)
        rest.demand_answered(leg)
        press = inputs.Press(call_leg_id=leg.call_leg_id, digits=digits, tone_ns=_TONE_NS, gap_ns=_TONE_NS)
        self._house.feed(press)
        return {"data": _leg(leg)}

    async def hold(self, call_control_id: str) -> dict[str, Any]:
        leg = self._leg_at(call_control_id)
        rest.demand_answered(leg)
        self._house.feed(inputs.Hold(leg.call_leg_id))
        return {"data": _leg(leg)}

    async def unhold(self, call_control_id: str) -> dict[str, Any]:
        leg = self._leg_at(call_control_id)
        rest.demand_answered(leg)
        self._house.feed(inputs.Unhold(leg.call_leg_id))
        return {"data": _leg(leg)}

    async def play(self, call_control_id: str, request: Request) -> dict[str, Any]:
        clip = (await _read(request, Playing)).clip
        leg = self._leg_at(call_control_id)
        rest.demand_answered(leg)
        try:
            sound, wav = load_clip(clip)
        except SoundError as error:
            raise rest.refused("invalid_value", pointer="/clip", detail=str(error)) from error
        self._house.trace.stimulus(wav)
        self._house.play(leg.call_leg_id, sound)
        return {"data": _leg(leg)}

    async def trace(self, call_control_id: str) -> dict[str, Any]:
        leg = self._leg_at(call_control_id)
        trace = await self._house.clock.in_thread(Trace.read, self._house.trace.directory)
        entries = [entry for entry in trace.entries if entry.call == leg.call_leg_id]
        return {"data": [dataclasses.asdict(entry) for entry in entries]}

    async def choose_far_end(self, request: Request) -> dict[str, Any]:
        chosen = await _read(request, NewFarEnd)
        self._exchange.far_ends[chosen.number] = chosen.behavior
        return {"data": {"number": chosen.number, "behavior": chosen.behavior.value}}

    def _leg_at(self, call_control_id: str) -> Leg:
        leg = self._house.switch.leg_of(call_control_id)
        if leg is None:
            raise rest.refused("invalid_call_control_id")
        return leg

    def _end(self, leg: Leg, cause: str | None) -> None:
        """The far end hangs up, or refuses while it still rings."""
        if leg.state is LegState.RINGING:
            self._house.feed(inputs.Refuse(call_leg_id=leg.call_leg_id, cause=cause or "call_rejected"))
        else:
            self._house.feed(inputs.HangUp(call_leg_id=leg.call_leg_id, cause=cause))


async def _read(request: Request, model: type[Model]) -> Model:
    raw = await request.body()
    try:
        return model.model_validate_json(raw or b"{}")
    except ValidationError as problem:
        found = [dict(error) for error in problem.errors(include_url=False)]
        if not found[0]["loc"]:
            raise rest.refused("malformed_json", detail=found[0]["msg"]) from problem
        raise rest.Refused(422, [_problem(error) for error in found]) from problem


def _problem(found: dict[str, Any]) -> dict[str, Any]:
    """What pydantic found, as `/v2` would say it."""
    name = "/".join(str(part) for part in found["loc"])
    at = f"/{name}"
    match found["type"]:
        case "missing":
            return rest.error("missing_parameter", pointer=at, name=name)
        case "string_type":
            return rest.error("wrong_type", pointer=at, name=name, expected="string")
        case "enum":
            allowed = ", ".join(sorted(behavior.value for behavior in Behavior))
            return rest.error("not_in_enum", pointer=at, allowed=allowed)
        case "string_pattern_mismatch" if found["ctx"]["pattern"] == _E164:
            return rest.error("not_e164", pointer=at, name=name)
    return rest.error("invalid_value", pointer=at, detail=f"{name}: {found['msg']}")


def _leg(leg: Leg) -> dict[str, Any]:
    return {
        "call_control_id": leg.call_control_id,
        "call_leg_id": leg.call_leg_id,
        "call_session_id": leg.call_session_id,
        "direction": leg.direction,
        "from": leg.from_,
        "to": leg.to,
        "leg_codec": leg.leg_codec,
        "state": leg.state.value,
        "hangup_cause": leg.ending.cause if leg.ending else None,
    }
