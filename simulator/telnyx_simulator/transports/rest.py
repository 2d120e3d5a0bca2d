"""The REST surface: every operation of `facts.operations` as a route of FastAPI under `/v2`, and Telnyx's errors."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http.client import responses
from typing import Any, Final, Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.types import Scope

from telnyx_simulator.facts.operations import OPERATIONS, Operation, Param
from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.events import Replied
from telnyx_simulator.signaling.inputs import RestCommand, Upload
from telnyx_simulator.signaling.rate import Rate
from telnyx_simulator.transports import multipart
from telnyx_simulator.transports.clock import Clock
from telnyx_simulator.transports.dispatch import Dispatch

# ASGI extension of our server: a function that cuts the connection of the request.
CUT: Final = "telnyx_simulator.cut"
_ACTION = re.compile(r"/v2/(?P<family>calls|conferences)/(?P<id>[^/]+)/actions/(?P<verb>\w+)")
_JSON_TYPES = {"string or array": ["string", "array"]}


class CommandTaker(Protocol):
    """Whoever carries out a command and remembers it; `refuse` only remembers."""

    def take(self, command: RestCommand, *, method: str, path: str) -> Replied: ...

    def refuse(self, command: RestCommand, refused: Replied, *, method: str, path: str) -> None: ...


def add_routes(app: FastAPI, taker: CommandTaker, api_key: str | None, clock: Clock) -> None:
    """All of `/v2`. Any non-empty bearer key is taken; with `api_key` only this one."""
    rate = Rate()
    endpoints = {name: _endpoint(name, taker, api_key, clock, rate) for name in OPERATIONS}
    by_path = {(one.method, "/v2" + one.path): endpoints[name] for name, one in OPERATIONS.items()}
    app.router.routes.insert(0, Dispatch(by_path))
    # For `/docs`, and for what fits but for its method. The first one holds: `/phone_numbers/slim` before `{id}`.
    for name in sorted(OPERATIONS, key=lambda name: OPERATIONS[name].path.count("{")):
        operation = OPERATIONS[name]
        app.add_api_route(
            "/v2" + operation.path,
            endpoints[name],
            methods=[operation.method],
            name=name,
            operation_id=name,
            status_code=operation.status,
            tags=[name.split(".")[0] if "." in name else "call"],
            openapi_extra=_openapi(operation),
        )

    @app.exception_handler(HTTPException)
    async def not_found(request: Request, error: HTTPException) -> JSONResponse:
        """Unknown paths and methods answer in Telnyx's envelope, and are recorded."""
        path: str = request.scope["path"]
        refusal = rest.refused("not_found")
        if path.startswith("/v2/"):
            command = await _unknown(request, path)
            try:
                _authenticate(request, api_key)
            except rest.Refused as no_entry:
                refusal = no_entry
            reply = Replied(refusal.status, refusal.body)
            taker.refuse(command, reply, method=request.method, path=path)
        # The SDK tries again what ends in 5xx, unless it is told that this is of no use.
        return JSONResponse(refusal.body, refusal.status, headers={"x-should-retry": "false"})

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        """A fault of ours, which uvicorn reports: the application sees what Telnyx says of its own."""
        refusal = rest.refused("internal_error")
        return JSONResponse(refusal.body, refusal.status)


def _endpoint(
    name: str, taker: CommandTaker, api_key: str | None, clock: Clock, rate: Rate
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        about = {"method": request.method, "path": request.scope["path"]}
        ids = tuple(request.path_params.values())
        command = RestCommand(operation=name, path_id=ids[0] if ids else None, path_ids=ids, key=_masked_key(request))
        try:
            _authenticate(request, api_key)
            body, upload = await _body(request)
        except rest.Refused as refusal:
            taker.refuse(command, Replied(refusal.status, refusal.body), **about)
            return JSONResponse(refusal.body, refusal.status, headers=rate.headers(clock.now_ns()))
        reply = taker.take(replace(command, body=body, upload=upload), **about)
        if reply.treatment is not None:
            await clock.sleep(reply.treatment.delay_ns)
        return response(reply, request.scope, rate.headers(clock.now_ns()))

    return endpoint


def response(reply: Replied, scope: Scope, headers: dict[str, str]) -> Response:
    """A reply on its way; with no status the connection ends here, and what is returned goes nowhere."""
    if reply.status is None:
        cut(scope)
        return Response(status_code=503)
    if reply.content is not None:
        return Response(reply.content.octets, reply.status, headers, media_type=reply.content.content_type)
    if reply.status == 204:
        return Response(status_code=204, headers=headers)
    if not reply.body:
        return PlainTextResponse(responses.get(reply.status, ""), reply.status, headers)
    if reply.status == 501:  # of no use to try again, as the SDK does with what ends in 5xx
        headers |= {"x-should-retry": "false"}
    return JSONResponse(reply.body, reply.status, headers)


def cut(scope: Scope) -> None:
    """Cut the connection of a request; ConnectionAbortedError where the server has no such extension."""
    by_server = scope.get("extensions", {}).get(CUT)
    if by_server is None:
        raise ConnectionAbortedError("the connection is cut without a reply")
    by_server()


def _authenticate(request: Request, api_key: str | None) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise rest.refused("no_credentials")
    if api_key is not None and key.strip() != api_key:
        raise rest.refused("unknown_key", key=key.strip()[:11] + "...")


def _masked_key(request: Request) -> str | None:
    """The bearer key as the trace may hold it: enough to tell two apart, too little to use."""
    key = request.headers.get("authorization", "").partition(" ")[2].strip()
    return f"{key[:7]}..." if len(key) > 10 else key or None


async def _unknown(request: Request, path: str) -> RestCommand:
    """A request that has no route, as a command: named as `facts.commands` names it where that is known."""
    action = _ACTION.fullmatch(path)
    name = "conference.create" if path == "/v2/conferences" else "unknown"
    if action:
        name = action["verb"] if action["family"] == "calls" else f"conference.{action['verb']}"
    try:
        body = _json(await request.body())
    except rest.Refused:
        body = None
    path_id = action["id"] if action else None
    return RestCommand(operation=name, path_id=path_id, body=body, key=_masked_key(request))


async def _body(request: Request) -> tuple[Any, Upload | None]:
    """What the request gives: its query, its JSON, or the fields and the file of a form."""
    if request.method == "GET":
        return dict(request.query_params), None
    raw, content_type = await request.body(), request.headers.get("content-type", "")
    if not content_type.startswith("multipart/form-data"):
        return _json(raw), None
    return multipart.fields_and_file(raw, content_type)


def _json(raw: bytes) -> Any:
    """The parsed body; None when there is none, which many clients send with a JSON content type."""
    if not raw.strip():
        return None
    try:
        body = json.loads(raw)
        # What Python reads and JSON does not have: NaN, infinity, half of a surrogate pair.
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise rest.refused("malformed_json", detail=f"The request body is not JSON: {error}") from error
    return body


def _openapi(operation: Operation) -> dict[str, Any]:
    """Parameters as JSON Schema, for `/docs` and for generated clients."""
    text = {"type": "string"}
    in_path = re.findall(r"\{(\w+)\}", operation.path)
    parameters: list[dict[str, Any]] = [
        *({"name": name, "in": "path", "required": True, "schema": text} for name in in_path),
        *({"name": name, "in": "query", "schema": text} for name in operation.query),
    ]
    if not operation.params:
        return {"parameters": parameters}
    schema = {
        "type": "object",
        "properties": {name: _schema(param) for name, param in operation.params.items()},
        "required": [name for name, param in operation.params.items() if param.required],
    }
    required = bool(schema["required"])
    body = {"required": required, "content": {"application/json": {"schema": schema}}}
    return {"parameters": parameters, "requestBody": body}


def _schema(param: Param) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": _JSON_TYPES.get(param.type, param.type)}
    if param.allowed:
        schema["enum"] = list(param.allowed)
    if param.type == "integer":
        schema |= {
            name: bound for name, bound in (("minimum", param.low), ("maximum", param.high)) if bound is not None
        }
    return schema
