"""Which operation a request is for, found by its path in a few steps: FastAPI tries one route after another."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import Request, Response
from starlette.routing import BaseRoute, Match, request_response
from starlette.types import ASGIApp, Receive, Scope, Send

Endpoint = Callable[[Request], Awaitable[Response]]


class _Place:
    """Where a path leads to: further segments, one of any name, and what is there for each method."""

    __slots__ = ("any_name", "apps", "named", "names")

    def __init__(self) -> None:
        self.named: dict[str, _Place] = {}
        self.any_name: _Place | None = None
        self.apps: dict[str, ASGIApp] = {}
        self.names: dict[str, tuple[str, ...]] = {}

    def below(self, segment: str) -> "_Place":
        if not segment.startswith("{"):
            return self.named.setdefault(segment, _Place())
        self.any_name = self.any_name or _Place()
        return self.any_name


class Dispatch(BaseRoute):
    """One route for all of `endpoints`: (method, path template) -> endpoint. What fits none goes on to other routes.

    A segment's own name goes before `{any}`: `/phone_numbers/slim` before `/phone_numbers/{id}`.
    """

    def __init__(self, endpoints: Mapping[tuple[str, str], Endpoint]) -> None:
        self._root = _Place()
        for (method, template), endpoint in endpoints.items():
            place = self._root
            for segment in template.split("/"):
                place = place.below(segment)
            place.apps[method] = request_response(endpoint)
            place.names[method] = tuple(one[1:-1] for one in template.split("/") if one.startswith("{"))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        found = _found(self._root, scope["path"].split("/"), 0, scope["method"])
        if found is None:
            return Match.NONE, {}
        place, values = found
        names = place.names[scope["method"]]
        about: dict[str, Any] = {"path_params": dict(zip(names, reversed(values), strict=True))}
        return Match.FULL, about | {"endpoint": place.apps[scope["method"]]}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["endpoint"](scope, receive, send)


def _found(place: _Place, segments: list[str], n: int, method: str) -> tuple[_Place, list[str]] | None:
    """The place of a path from segment `n` on, and the values of `{any}` on the way, the last one first."""
    if n == len(segments):
        return (place, []) if method in place.apps else None
    segment = segments[n]
    if segment in place.named and (found := _found(place.named[segment], segments, n + 1, method)):
        return found
    if place.any_name is None or not segment:
        return None
    found = _found(place.any_name, segments, n + 1, method)
    if found is not None:
        found[1].append(segment)
    return found
