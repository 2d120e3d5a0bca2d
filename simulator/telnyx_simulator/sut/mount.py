"""A provider's class as an application: behind a webhook and a stream of ours, in a thread with a loop of its own.

What is not the provider's is done as a right application does it: a webhook that is not verified is refused, a call is
answered once, and a call that has ended stays so.
"""

import asyncio
import contextlib
import importlib.util
import inspect
import json
import socket
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from telnyx_simulator.sut.callables import Callables, aside
from telnyx_simulator.sut.profile import Ask, Profile, Status
from telnyx_simulator.sut.provider import ProviderSettings, methods_of

STREAM_PATH: Final = "/stream"
# Whom a transfer goes to: a number for fiction, which scenarios take as `to: any`.
TRANSFER_TO: Final = "+12025550150"

_STARTING_S: Final = 30
_KEYS: Final = ("call_control_id", "call_leg_id")


class Mount:
    """An adapter, served on a port of loopback. `on_log` gets what it raises, line by line."""

    def __init__(self, adapter: object, on_log: Callable[[str], None]) -> None:
        self.adapter = adapter
        self.methods = methods_of(adapter)
        self._on_log = on_log
        self._words: dict[str, str] = {}
        self._over: set[str] = set()
        self._answered: set[str] = set()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    # Life

    def start(self, port: int, webhook_path: str) -> None:
        """Serve; returns when it does. Raises OSError, and RuntimeError where a library is missing."""
        if "stream" in self.methods and not _speaks_websocket():
            raise RuntimeError("its `stream` needs a WebSocket engine: pip install websockets")
        routes = [Route(webhook_path, self._webhook, methods=["POST"]), WebSocketRoute(STREAM_PATH, self._stream)]
        app = Starlette(routes=routes)
        self._loop = asyncio.new_event_loop()
        listener = socket.create_server(("127.0.0.1", port))
        config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="auto", timeout_graceful_shutdown=1)
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._run, args=(listener,), name="sut provider", daemon=True)
        self._thread.start()
        if not self._server.is_up.wait(_STARTING_S):
            raise RuntimeError("it could not be served")

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(5)
        self._server = self._thread = None

    def _run(self, listener: socket.socket) -> None:
        assert self._server is not None
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._server.serve(sockets=[listener]))
        finally:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    # What the profile says of it

    def completed(self, profile: Profile) -> Profile:
        """The profile with what the adapter can be asked for, and its status, unless that is written there."""
        asks = {
            name: Ask.model_construct(python=f"provider:{name}")
            for name, method in (
                ("place_call", "dial"),
                ("hangup", "hangup"),
                ("transfer", "transfer"),
                ("setup", "set_webhook_url"),
            )
            if method in self.methods
        }
        update: dict[str, Any] = {"ask": asks | profile.ask}
        if profile.status is None and self.methods & {"status", "parse"}:
            update["status"] = Status.model_construct(python="provider:status")
        return profile.model_copy(update=update)

    def functions(self, webhook_url: str) -> dict[str, Callable[[dict[str, Any]], Any]]:
        """What `completed` names: each takes the words of a call."""
        return {
            "provider:place_call": lambda about: self._wait_for("dial", about["to"]),
            "provider:hangup": lambda about: self._wait_for("hangup", about["call_control_id"]),
            "provider:transfer": lambda about: self._wait_for("transfer", about["call_control_id"], TRANSFER_TO),
            "provider:setup": lambda about: self._wait_for("set_webhook_url", about["to"], webhook_url),
            "provider:status": self._status,
        }

    def _status(self, about: dict[str, Any]) -> str | None:
        call = about["call_control_id"]
        if "status" in self.methods:
            word: str | None = self._wait_for("status", call)
            return word
        return self._words.get(call)

    def _wait_for(self, method: str, *arguments: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(self._call(method, *arguments), self._loop).result()

    async def _call(self, method: str, *arguments: Any) -> Any:
        """A plain method may block: it gets a thread."""
        function = getattr(self.adapter, method)
        if inspect.iscoroutinefunction(function):
            return await function(*arguments)
        result = await asyncio.to_thread(function, *arguments)
        return await result if inspect.isawaitable(result) else result

    # Routes

    async def _webhook(self, request: Request) -> Response:
        body = await request.body()
        if "verify" in self.methods and not await self._is_verified(body, request.headers):
            return PlainTextResponse("not signed by Telnyx", 403)
        try:
            event = json.loads(body)
            data, payload = event["data"], event["data"]["payload"]
            calls = [payload[key] for key in _KEYS if isinstance(payload.get(key), str)]
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return PlainTextResponse("no event")  # signed, and not for us
        try:
            await self._take(event, calls, str(data.get("event_type")))
        except Exception:
            self._tell()
            return PlainTextResponse("the provider raised", 500)
        is_new = data.get("event_type") == "call.initiated" and payload.get("direction") == "incoming"
        if "webhook" in self.methods or "answer" not in self.methods or not is_new or calls[0] in self._answered:
            return PlainTextResponse("taken")
        self._answered.add(calls[0])
        return PlainTextResponse("taken", background=BackgroundTask(self._answer, calls[0]))

    async def _is_verified(self, body: bytes, headers: Mapping[str, str]) -> bool:
        try:
            return bool(await self._call("verify", body, headers))
        except Exception:
            self._tell()
            return False

    async def _take(self, event: dict[str, Any], calls: list[str], event_type: str) -> None:
        if "parse" in self.methods:
            word = await self._call("parse", event)
            if word is not None and not self._over & set(calls):
                self._words |= dict.fromkeys(calls, str(word))
        if event_type == "call.hangup":
            self._over |= set(calls)
        if "webhook" in self.methods:
            await self._call("webhook", event)

    async def _answer(self, call: str) -> None:
        if call in self._over:
            return
        try:
            await self._call("answer", call)
        except Exception:
            self._tell()

    async def _stream(self, websocket: WebSocket) -> None:
        if "stream" not in self.methods:
            await websocket.close()
            return
        try:
            await self._call("stream", websocket)
        except Exception:
            self._tell()

    def _tell(self) -> None:
        for line in traceback.format_exc().rstrip().splitlines():
            self._on_log(line)


async def mounted(
    profile: Profile, words: Mapping[str, str], callables: Callables, on_log: Callable[[str], None]
) -> Mount:
    """The profile's provider, served; its functions are found among `callables` from now on.

    Raises `CallFailed` where the class cannot be had, OSError, and RuntimeError.
    """
    loop = asyncio.get_running_loop()

    def tell(line: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(on_log, line)

    here = f"127.0.0.1:{words['port']}"
    path = profile.webhook_url if profile.webhook_url.startswith("/") else "/webhook"
    settings = ProviderSettings(
        api_base=words["api_v2"],
        api_key=words["api_key"],
        public_key=words["public_key"],
        connection_id=words["connection_id"],
        number=profile.number,
        webhook_url=f"http://{here}{path}",
        stream_url=f"ws://{here}{STREAM_PATH}",
    )

    def begun() -> Mount:
        mount = Mount(callables.made(profile.provider or "", settings), tell)
        mount.start(int(words["port"]), path)
        return mount

    mount: Mount = await aside(begun)
    callables.keep(mount.functions(settings.webhook_url))
    return mount


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


def _speaks_websocket() -> bool:
    return any(importlib.util.find_spec(name) for name in ("websockets", "wsproto"))
