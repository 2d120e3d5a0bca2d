"""Requests reach the operation that FastAPI's own routing would give them to."""

import re

import pytest
from fastapi import FastAPI, Request, Response
from starlette.routing import Match

from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.transports.dispatch import Dispatch


def _endpoint(name):
    async def endpoint(request: Request) -> Response:
        return Response(name)

    endpoint.__name__ = name
    return endpoint


ENDPOINTS = {name: _endpoint(name) for name in OPERATIONS}
APPS = {(one.method, "/v2" + one.path): ENDPOINTS[name] for name, one in OPERATIONS.items()}


@pytest.fixture(scope="module")
def dispatch() -> Dispatch:
    return Dispatch(APPS)


@pytest.fixture(scope="module")
def fastapi() -> FastAPI:
    app = FastAPI()
    for name in sorted(OPERATIONS, key=lambda name: OPERATIONS[name].path.count("{")):
        operation = OPERATIONS[name]
        app.add_api_route("/v2" + operation.path, ENDPOINTS[name], methods=[operation.method], name=name)
    return app


def asked(route, method: str, path: str):
    return route.matches({"type": "http", "method": method, "path": path, "root_path": "", "headers": []})


def paths() -> list[str]:
    """Each template with ordinary ids, with odd ones, and with ids that are the names of other operations' paths."""
    templates = ["/v2" + one.path for one in OPERATIONS.values()]
    words = sorted({word for path in templates for word in path.split("/") if word and "{" not in word})
    made = [re.sub(r"\{\w+\}", put_in, path) for path in templates for put_in in ("v3:AB", "ä ö%", "", *words)]
    more = ["/", "", "/v2", "/v2/", "/v2/calls/", "//v2/calls", "/v2/calls/a/b", "/v2/calls/a/actions/fly", "/v2/x"]
    return sorted({*made, *more})


def test_it_finds_what_fastapi_finds_with_the_same_ids(dispatch, fastapi):
    routes, seen = [one for one in fastapi.routes if one.name in OPERATIONS], set()
    for path in paths():
        # Of those that fit by their path, the first one of each method is taken.
        fitting = [one for one in routes if one.path_regex.match(path)]
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"):
            wanted = next((one for one in fitting if method in one.methods), None)
            match, scope = asked(dispatch, method, path)
            assert match is (Match.FULL if wanted else Match.NONE), (method, path)
            if wanted:
                assert scope["path_params"] == wanted.path_regex.match(path).groupdict(), (method, path)
                assert _name(dispatch, scope) == wanted.name, (method, path)
                seen.add(wanted.name)
    assert seen == set(OPERATIONS)


def _name(dispatch: Dispatch, scope) -> str:
    """The operation whose endpoint was found: it is held by what `request_response` made of it."""
    held = [cell.cell_contents for cell in scope["endpoint"].__closure__]
    return next(one.__name__ for one in held if getattr(one, "__name__", None) in OPERATIONS)


def test_what_is_no_http_request_is_not_for_it(dispatch):
    assert dispatch.matches({"type": "websocket", "path": "/v2/calls"}) == (Match.NONE, {})
