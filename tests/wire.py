"""How tests look at the wire: a receiver of webhooks that keeps raw requests, and `facts` as the oracle of bodies."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from telnyx_simulator.facts.errors import DOCUMENTATION_URL, ERRORS
from telnyx_simulator.facts.evidence import Field
from telnyx_simulator.facts.formats import PATTERNS
from telnyx_simulator.transports.clock import wall_clock
from telnyx_simulator.transports.playground import Playground, playground

IN_TIME_S = 15
API_KEY = "KEY0123456789ABCDEF0123456789ABCDEF"
T = TypeVar("T")

JSON_TYPES: dict[type, str] = {
    str: "string",
    int: "integer",
    bool: "boolean",
    dict: "object",
    list: "array",
    float: "number",
    type(None): "null",
}


# --- Bodies against facts ---------------------------------------------------------------------------------------------


def assert_fields(fields: Mapping[str, Field], body: Any) -> None:
    """`body` has every field that is always there and none that is unknown, each of its JSON type and form."""
    assert isinstance(body, dict), body
    always = {name for name, field in fields.items() if field.always}
    assert always <= body.keys() <= fields.keys(), f"missing or unknown: {sorted(body.keys() ^ always)}"
    for name, value in body.items():
        field = fields[name]
        assert JSON_TYPES[type(value)] in field.types, f"{name} is {value!r}, not {' or '.join(field.types)}"
        if field.form is not None and value is not None:
            assert re.fullmatch(PATTERNS[field.form], value), f"{name} is {value!r}, not a {field.form}"


def error_body(
    fact_name: str,
    /,
    *,
    pointer: str | None = None,
    parameter: str | None = None,
    linked: bool = False,
    **words: object,
) -> Any:
    """One element of `errors` as `facts.errors` has it: what is compared as a whole.

    `linked`: it says where the error is described, as every one about the account does.
    """
    fact = ERRORS[fact_name]
    body: dict[str, Any] = {"code": fact.code, "title": fact.title, "detail": fact.detail.format(**words)}
    if parameter is not None:
        body["source"] = {"parameter": parameter}
    elif pointer or fact.pointer:
        body["source"] = {"pointer": pointer or fact.pointer}
    if fact.documented_url or linked:
        body["meta"] = {"url": DOCUMENTATION_URL + fact.code}
    return body


def assert_refused(status: int, body: Any, fact_name: str, /, **about: Any) -> None:
    """Exactly this one error, in Telnyx's envelope."""
    assert (status, body) == (ERRORS[fact_name].status, {"errors": [error_body(fact_name, **about)]})


# --- The application's side of webhooks -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came: nothing decoded, nothing normalized."""

    request_line: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.body)["data"]
        return data

    @property
    def event(self) -> str:
        return str(self.data["event_type"])

    @property
    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = self.data["payload"]
        return payload

    @property
    def call(self) -> str:
        return str(self.payload["call_control_id"])


class Receiver:
    """A web server as small as can be. It acknowledges all it gets, or answers what `status` says."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.url = ""
        self.status = 200
        self._news = asyncio.Event()

    async def until(self, wanted: Callable[[list[Received]], T]) -> T:
        """The first answer of `wanted` that is true, tried whenever something came."""
        async with asyncio.timeout(IN_TIME_S):
            while not (found := wanted(self.received)):
                self._news.clear()
                await self._news.wait()
        return found

    async def event(self, event: str, call: str | None = None) -> Received:
        """The first webhook of this type, of this leg."""
        found = await self.until(
            lambda received: [one for one in received if one.event == event and call in (None, one.call)]
        )
        return found[0]

    def of(self, call: str) -> list[Received]:
        return [one for one in self.received if one.call == call]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = [tuple(line.split(": ", 1)) for line in head[1:] if line]
            size = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
            body = await reader.readexactly(size)
            self.received.append(Received(head[0], headers, body))
            self._news.set()
            writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % self.status)
            await writer.drain()


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/webhooks"
    async with server:
        yield receiver


@contextlib.asynccontextmanager
async def serving(
    directory: Path,
    *,
    webhook_url: str | None,
    api_key: str | None = None,
    log: Callable[[str], None] = lambda _: None,
    permissive: bool = False,
) -> AsyncIterator[Playground]:
    """`serve`, in this process, on a free port."""
    async with playground(
        wall_clock(),
        port=0,
        seed=1,
        webhook_url=webhook_url,
        api_key=api_key,
        directory=directory,
        header={"seed": 1, "scenario": None, "profile": None},
        log=log,
        permissive=permissive,
    ) as ground:
        yield ground


@contextlib.asynccontextmanager
async def served_file(content: bytes, content_type: str = "audio/mpeg") -> AsyncIterator[str]:
    """The URL of a file, for as long as it is there."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            await reader.readuntil(b"\r\n\r\n")
            head = f"HTTP/1.1 200 X\r\nContent-Type: {content_type}\r\nContent-Length: {len(content)}\r\n"
            writer.write(head.encode() + b"Connection: close\r\n\r\n" + content)
            await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/sound.mp3"
