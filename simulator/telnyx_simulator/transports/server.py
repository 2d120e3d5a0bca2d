"""The server of the wall lane: FastAPI on uvicorn, in the event loop of everything else."""

import asyncio
import contextlib
import errno
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from typing import Any, Final

import uvicorn
from fastapi import FastAPI, Request, Response
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from telnyx_simulator.transports import control, downloads, oauth, rest
from telnyx_simulator.transports.authority import Authority
from telnyx_simulator.transports.clock import Clock
from telnyx_simulator.transports.exchange import Exchange

# Acknowledges every webhook; where those go that no application takes.
INBOX_PATH = "/_sim/inbox"
# Taken as any other key would be; shaped like Telnyx's (reported).
API_KEY: Final = "KEY0123456789ABCDEF0123456789ABCDEF"
# Clients keep connections for 5 s (httpx, and so the SDK) or longer: a server that keeps them no longer than that, as
# uvicorn does unasked, cuts off a request now and then.
KEEP_ALIVE_S: Final = 75
_PORTS: Final = range(20_000, 32_000)


Posted = Callable[[bytes], str | None]
"""Takes what was posted; the answer is what is wrong with it."""


def build_app(
    exchange: Exchange, *, api_key: str | None, control_number: str | None, posts: Mapping[str, Posted] | None = None
) -> FastAPI:
    """REST under `/v2`; the control API as well where `control_number` (the number to call) is given.

    `posts` are paths at which the application may tell us something.
    """
    app = FastAPI(
        title="telnyx-simulator", summary="Unofficial. A fake Telnyx Call Control v2.", redirect_slashes=False
    )
    app.add_api_route(INBOX_PATH, _acknowledge, methods=["GET", "POST"], include_in_schema=False)
    for path, posted in (posts or {}).items():
        app.add_api_route(path, _taking(posted), methods=["POST"], include_in_schema=False)
    if control_number is not None:
        control.add_routes(app, exchange, first_number=control_number)
    oauth.add_route(app, api_key or API_KEY)
    downloads.add_routes(app, exchange, exchange.carrier.clock)
    rest.add_routes(app, exchange, api_key, exchange.carrier.clock)
    return app


def _taking(posted: Posted) -> Callable[[Request], Awaitable[Response]]:
    async def take(request: Request) -> Response:
        problem = posted(await request.body())
        return Response(problem or "", status_code=400 if problem else 204)

    return take


async def _acknowledge() -> dict[str, bool]:
    return {"received": True}


def free_port_socket(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one. OSError if the port is taken."""
    # asyncio switches Nagle's algorithm off only where the protocol is named: without it replies come 40 ms late.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def free_port() -> int:
    """A port on loopback for somebody else to listen on.

    Not among those that systems give to outgoing connections (from 32768 on Linux, 49152 elsewhere): between now and
    then any connection of anybody could take it.
    """
    for port in random.sample(_PORTS, len(_PORTS)):
        with contextlib.suppress(OSError), free_port_socket(port):
            return port
    raise OSError(errno.EADDRINUSE, f"no port from {_PORTS.start} to {_PORTS.stop - 1} is free")


@contextlib.asynccontextmanager
async def serving(app: Any, listener: socket.socket, clock: Clock, tls: Authority | None = None) -> AsyncIterator[None]:
    """Serve `app` on `listener` while the block runs; by TLS where there is a certificate for it."""
    config = uvicorn.Config(
        app,
        http=_Protocol,
        log_level="warning",
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=KEEP_ALIVE_S,
        ssl_certfile=tls.server_certificate if tls else None,
        ssl_keyfile=tls.server_key if tls else None,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if task.done():
                task.result()
                raise RuntimeError("the server stopped before it was ready")
            await clock.sleep(1_000_000)
        yield
    finally:
        server.should_exit = True
        await task


class _Protocol(H11Protocol):
    """Lets an endpoint cut its connection, which ASGI has no word for: an extension in the scope of each request."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), rest.CUT: self.transport.abort}
            await inner(scope, receive, send)

        self.app = app


class _Server(uvicorn.Server):
    """Leaves signals to whoever started us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
