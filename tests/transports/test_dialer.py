"""The stream dialer against real peers: `websockets` as the application, and strangers that are none."""

import asyncio
import base64
import contextlib
import gc
import hashlib
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.server import Request, Response, Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close

from telnyx_simulator.transports.dialer import MESSAGE_BYTES_MAX, WebSocketStreams
from telnyx_simulator.transports.ports import StreamConnection, StreamNotOpened

IN_TIME_S = 10
TIMEOUT_NS = 5 * 1_000_000_000
Play = Callable[[ServerConnection], Awaitable[Any]]


class Listener:
    """Keeps what comes in; `until` waits for so much of it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any]] = []
        self._news = asyncio.Event()

    def on_text(self, text: bytes) -> None:
        self._take("text", text)

    def on_binary(self, size: int) -> None:
        self._take("binary", size)

    def on_malformed(self, problem: str) -> None:
        self._take("malformed", problem)

    def on_closed(self, code: int | None) -> None:
        self._take("closed", code)

    def on_failure(self, error: Exception) -> None:
        self._take("failure", error)

    def _take(self, kind: str, what: Any) -> None:
        self.seen.append((kind, what))
        self._news.set()

    async def until(self, count: int) -> list[tuple[str, Any]]:
        async with asyncio.timeout(IN_TIME_S):
            while len(self.seen) < count:
                self._news.clear()
                await self._news.wait()
        return self.seen


class Application:
    """A `websockets` server that plays one part on each connection, and keeps its end of it."""

    def __init__(self, server: Server, connections: "asyncio.Queue[ServerConnection]") -> None:
        self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._connections = connections

    async def dialed(
        self, listener: Listener, path: str = "/", headers: dict[str, str] | None = None
    ) -> tuple[StreamConnection, ServerConnection]:
        connection = await WebSocketStreams().open(self.url + path, headers or {}, listener, TIMEOUT_NS)
        return connection, await asyncio.wait_for(self._connections.get(), IN_TIME_S)


@contextlib.asynccontextmanager
async def application(play: Play, **about: Any) -> AsyncIterator[Application]:
    connections: asyncio.Queue[ServerConnection] = asyncio.Queue()

    async def handle(connection: ServerConnection) -> None:
        connections.put_nowait(connection)
        with contextlib.suppress(ConnectionClosed):
            await play(connection)

    async with serve(handle, "127.0.0.1", 0, max_size=None, **about) as server:
        yield Application(server, connections)


@contextlib.asynccontextmanager
async def stranger(play: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[int]:
    """A TCP server that is no WebSocket server; the answer is its port."""

    visits: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.add(asyncio.current_task())
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await play(reader, writer)
        with contextlib.suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        async with asyncio.timeout(IN_TIME_S):
            await asyncio.gather(*visits)


async def stays(connection: ServerConnection) -> None:
    await connection.wait_closed()


async def refusal_of(url: str, timeout_ns: int = TIMEOUT_NS, headers: dict[str, str] | None = None) -> str:
    """Why a stream was not opened; its listener hears of nothing."""
    listener = Listener()
    with pytest.raises(StreamNotOpened) as caught:
        async with asyncio.timeout(IN_TIME_S):
            await WebSocketStreams().open(url, headers or {}, listener, timeout_ns)
    assert listener.seen == []
    text = str(caught.value)
    assert text
    assert "\n" not in text
    assert len(text) <= 300
    return text


# --- Messages ---------------------------------------------------------------------------------------------------------


async def test_messages_come_in_as_they_were_sent_text_as_bytes_and_binary_as_its_size():
    async def play(connection: ServerConnection) -> None:
        await connection.send('{"event":"clear"}')
        await connection.send("größe")
        await connection.send("")
        await connection.send(b"\x00" * 160)
        await connection.wait_closed()

    async with application(play) as app:
        listener = Listener()
        connection, _ = await app.dialed(listener)
        assert await listener.until(4) == [
            ("text", b'{"event":"clear"}'),
            ("text", "größe".encode()),
            ("text", b""),
            ("binary", 160),
        ]
        connection.close()


async def test_fragments_are_put_together_with_pings_between_them():
    async def play(connection: ServerConnection) -> None:
        async def fragments() -> AsyncIterator[str]:
            for part in ('{"event"', "", ':"clear"', "}"):
                yield part
                await (await connection.ping())

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield bytes(10)

        await connection.send(fragments())
        await connection.send(pieces())
        await connection.send("after")
        await connection.wait_closed()

    async with application(play) as app:
        listener = Listener()
        connection, _ = await app.dialed(listener)
        assert await listener.until(3) == [("text", b'{"event":"clear"}'), ("binary", 1000), ("text", b"after")]
        connection.close()


async def test_a_long_message_comes_in_whole():
    text = "x" * (4 * 1024 * 1024)

    async def play(connection: ServerConnection) -> None:
        await connection.send(text)
        await connection.wait_closed()

    async with application(play, compression=None) as app:
        listener = Listener()
        connection, _ = await app.dialed(listener)
        assert await listener.until(1) == [("text", text.encode())]
        connection.close()


@pytest.mark.parametrize("parts", [1, 5])
async def test_a_message_above_the_limit_ends_the_connection(parts):
    """In one frame or in many: noise without end does not fill our memory."""

    async def play(connection: ServerConnection) -> None:
        async def noise() -> AsyncIterator[bytes]:
            for _ in range(parts):
                yield bytes(MESSAGE_BYTES_MAX // parts + 1)

        await connection.send(noise() if parts > 1 else bytes(MESSAGE_BYTES_MAX + 1))
        await connection.wait_closed()

    async with application(play, compression=None) as app:
        listener = Listener()
        await app.dialed(listener)
        told, end = await listener.until(2)
        assert told[0] == "malformed"
        assert told[1].startswith("a message of more than 8 MB")
        assert end == ("closed", None)


async def test_what_we_send_arrives_as_text_in_order():
    async def play(connection: ServerConnection) -> None:
        async for message in connection:
            received.append(message)

    received: list[str | bytes] = []
    async with application(play) as app:
        connection, theirs = await app.dialed(Listener())
        for n in range(1000):
            connection.send(b'{"n":%d}' % n)
        connection.close()
        await asyncio.wait_for(theirs.wait_closed(), IN_TIME_S)
    assert received == [f'{{"n":{n}}}' for n in range(1000)]


async def test_a_ping_is_answered():
    async with application(stays) as app:
        connection, theirs = await app.dialed(Listener())
        await asyncio.wait_for(await theirs.ping(b"are you there"), IN_TIME_S)
        connection.close()


async def test_we_ask_for_no_extension_and_no_subprotocol():
    async with application(stays) as app:
        connection, theirs = await app.dialed(Listener())
        assert (theirs.protocol.extensions, theirs.subprotocol) == ([], None)
        connection.close()


# --- Handshake --------------------------------------------------------------------------------------------------------


async def test_path_query_and_token_are_sent_as_they_are():
    token = "s3cr3t/==: ~" + "x" * 3980
    async with application(stays) as app:
        connection, theirs = await app.dialed(
            Listener(), "/media/7?call=v3%3Ax&token=a+b%20c&empty=", {"x-telnyx-streaming-auth-token": token}
        )
        assert theirs.request is not None
        assert theirs.request.path == "/media/7?call=v3%3Ax&token=a+b%20c&empty="
        assert theirs.request.headers["x-telnyx-streaming-auth-token"] == token
        connection.close()


async def test_without_a_token_there_is_no_header_for_it():
    async with application(stays) as app:
        connection, theirs = await app.dialed(Listener())
        assert theirs.request is not None
        assert {name.lower() for name in theirs.request.headers} == {
            "host",
            "upgrade",
            "connection",
            "sec-websocket-version",
            "sec-websocket-key",
        }
        connection.close()


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a\nb", "a\x00", "größe", "\x7f"])
async def test_a_token_that_would_break_out_of_its_header_is_not_sent(token):
    async with application(stays) as app:
        text = await refusal_of(app.url, headers={"x-telnyx-streaming-auth-token": token})
    assert text == (
        "the value of x-telnyx-streaming-auth-token cannot stand in an HTTP header: it holds more than printable ASCII"
    )


async def test_a_public_url_is_rewritten_to_the_local_one():
    async with application(stays) as app:
        local = app.url
        streams = WebSocketStreams(lambda url: url.replace("wss://agent.example.com", local))
        connection = await streams.open("wss://agent.example.com/x", {}, Listener(), TIMEOUT_NS)
        connection.close()


@pytest.mark.parametrize("status", [301, 302, 307, 401, 403, 404, 500, 503])
async def test_any_answer_but_101_is_a_refusal_and_a_redirect_is_not_followed(status):
    elsewhere: list[ServerConnection] = []

    async def never(connection: ServerConnection) -> None:
        elsewhere.append(connection)

    async with application(never) as other:

        def answer(connection: ServerConnection, request: Request) -> Response:
            response = connection.respond(status, "no")
            response.headers["Location"] = other.url
            return response

        async with application(stays, process_request=answer) as app:
            text = await refusal_of(app.url)
    assert text == f"the application answered the WebSocket handshake with {status}, not 101"
    assert elsewhere == []


async def test_a_plain_web_server_is_a_refusal():
    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        await writer.drain()

    async with stranger(web) as port:
        assert "with 200, not 101" in await refusal_of(f"ws://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "words", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 101 Switching", bytes(range(256)) * 400, b"\r\n\r\n"]
)
async def test_a_peer_that_speaks_something_else_is_a_refusal(words):
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(words)
        await writer.drain()

    async with stranger(speak) as port:
        await refusal_of(f"ws://127.0.0.1:{port}/")


async def test_a_wrong_accept_key_is_a_refusal():
    async def pretend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: AAAA\r\n\r\n"
        )
        await reader.read()

    async with stranger(pretend) as port:
        assert "sec-websocket-accept" in await refusal_of(f"ws://127.0.0.1:{port}/")


async def test_a_port_where_nobody_listens_is_a_refusal():
    with socket.socket() as taken:  # bound, so that nobody else listens there either
        taken.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{taken.getsockname()[1]}/x"
        assert await refusal_of(url) == f"nobody listens at {url}"


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_a_peer_that_hangs_is_a_refusal_after_the_timeout(scheme):
    """Also one that hangs in the TLS handshake, before there is any WebSocket."""

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            pass

    async with stranger(hang) as port:
        text = await refusal_of(f"{scheme}://127.0.0.1:{port}/", timeout_ns=50_000_000)
    assert text == "the WebSocket handshake was not over within 0.05 s"


@pytest.mark.parametrize("url", ["ws://198.51.100.7/", "wss://agent.example.com/x", "ws://[2001:db8::1]:80/"])
async def test_only_this_machine_is_dialed(url):
    text = await refusal_of(url)
    assert text.startswith(f"{url} is not on this machine, and the simulator talks to loopback only")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "127.0.0.1", "ws://127.0.0.1:99999/", "ws://[::1", ""])
async def test_what_is_no_websocket_url_is_a_refusal(url):
    await refusal_of(url)


# --- The end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1011, 4400])
async def test_the_applications_close_code_is_told(code):
    async def play(connection: ServerConnection) -> None:
        await connection.close(code, "because")

    async with application(play) as app:
        listener = Listener()
        await app.dialed(listener)
        assert await listener.until(1) == [("closed", code)]


async def test_a_close_without_a_status_is_1005():
    async def play(connection: ServerConnection) -> None:
        connection.protocol.send_close()
        connection.transport.write(b"".join(connection.protocol.data_to_send()))
        await connection.wait_closed()

    async with application(play) as app:
        listener = Listener()
        await app.dialed(listener)
        assert await listener.until(1) == [("closed", 1005)]


async def test_an_application_that_vanishes_has_no_close_code():
    async def play(connection: ServerConnection) -> None:
        await connection.send("last words")
        connection.transport.abort()

    async with application(play) as app:
        listener = Listener()
        await app.dialed(listener)
        assert await listener.until(2) == [("text", b"last words"), ("closed", None)]


async def test_our_close_has_no_status_and_the_last_messages_go_before_it():
    received: list[str | bytes] = []

    async def play(connection: ServerConnection) -> None:
        async for message in connection:
            received.append(message)

    async with application(play) as app:
        listener = Listener()
        connection, theirs = await app.dialed(listener)
        connection.send(b'{"event":"stop"}')
        connection.close()
        await asyncio.wait_for(theirs.wait_closed(), IN_TIME_S)
        assert await listener.until(1) == [("closed", None)]
    assert (received, theirs.close_code, theirs.protocol.close_rcvd) == (['{"event":"stop"}'], 1005, Close(1005, ""))


async def test_after_the_end_sending_and_closing_do_nothing():
    async def play(connection: ServerConnection) -> None:
        await connection.close()

    async with application(play) as app:
        listener = Listener()
        connection, _ = await app.dialed(listener)
        await listener.until(1)
        connection.send(b"late")
        connection.close()
        assert listener.seen == [("closed", 1000)]


async def test_what_comes_on_the_heels_of_the_handshake_is_told_once_the_opener_holds_the_connection():
    """An application may speak and leave before we even know that it is there; then its leaving must not be missed."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        (key,) = re.findall(rb"Sec-WebSocket-Key: (\S+)", request)
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + b"\x81\x02hi" + b"\x88\x02\x11\x30"
        )
        await reader.read()

    held: list[StreamConnection] = []

    class Opener(Listener):
        def _take(self, kind: str, what: Any) -> None:
            super()._take(kind, (what, len(held)))

    async with stranger(answer) as port:
        listener = Opener()
        held.append(await WebSocketStreams().open(f"ws://127.0.0.1:{port}/", {}, listener, TIMEOUT_NS))
        assert await listener.until(2) == [("text", (b"hi", 1)), ("closed", (4400, 1))]


@pytest.mark.parametrize(
    ("frame", "problem"),
    [
        (b"\x83\x02hi", "(RFC 6455): Received frame with invalid opcode=0x3"),
        (b"\x81\x82\0\0\0\0hi", "masked frame from server"),
        (b"\x88\x01\x11", "CLOSE with invalid close code size"),
        (b"\x81\x7f\x7f" + b"\xff" * 7, "a message of more than 8 MB"),
    ],
)
async def test_a_frame_that_breaks_the_protocol_is_told_ends_the_connection_and_nothing_else(frame, problem, caplog):
    """asyncio reports no exception that nobody took."""

    async def play(connection: ServerConnection) -> None:
        connection.transport.write(frame)
        with contextlib.suppress(ConnectionClosed):
            await connection.recv()

    async with application(play) as app:
        listener = Listener()
        await app.dialed(listener)
        (told, why), end = await listener.until(2)
        assert (told, end) == ("malformed", ("closed", None))
        assert problem in why
    gc.collect()
    assert [record for record in caplog.records if record.name == "asyncio"] == []


@pytest.mark.parametrize(
    "behind",
    [b"\x83\x02hi", b"\x88\x02\x03\xe8", b"\x81\x02hi", b"\xff" * 40],
    ids=["opcode", "close", "text", "noise"],
)
async def test_what_follows_a_close_frame_at_once_takes_nothing_from_it(behind):
    """RFC 6455, 5.5.1: after a close frame there is nothing more."""

    async def play(connection: ServerConnection) -> None:
        connection.transport.write(b"\x81\x02hi" + b"\x88\x02\x11\x30" + behind)
        with contextlib.suppress(ConnectionClosed):
            await connection.recv()

    async with application(play) as app:
        listener = Listener()
        _, theirs = await app.dialed(listener)
        await asyncio.wait_for(theirs.wait_closed(), IN_TIME_S)
        assert await listener.until(2) == [("text", b"hi"), ("closed", 4400)]


async def test_a_mistake_of_ours_in_taking_a_message_is_told_and_closes_nothing():
    """picows would close the stream and log it, and the application would be blamed for an end that was our doing."""

    async def play(connection: ServerConnection) -> None:
        for text in ("one", "bad", "two"):
            await connection.send(text)
        await connection.send(b"bad")
        await connection.close(4400)

    class Stumbles(Listener):
        def _take(self, kind: str, what: Any) -> None:
            super()._take(kind, what)
            if what in (b"bad", 3, 4400):
                raise ZeroDivisionError(kind)

    async with application(play) as app:
        listener = Stumbles()
        await app.dialed(listener)
        seen = await listener.until(8)
    kinds = ["text", "text", "failure", "text", "binary", "failure", "closed", "failure"]
    assert [kind for kind, _ in seen] == kinds
    assert [str(what) for kind, what in seen if kind == "failure"] == ["text", "binary", "closed"]


@pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 4400, 4999])
async def test_we_may_close_with_a_code(code):
    async with application(stays) as app:
        connection, theirs = await app.dialed(Listener())
        connection.close(code)
        await asyncio.wait_for(theirs.wait_closed(), IN_TIME_S)
        assert theirs.close_code == code


async def test_a_connection_that_is_aborted_ends_without_a_close_frame():
    async with application(stays) as app:
        listener = Listener()
        connection, theirs = await app.dialed(listener)
        connection.send(b"said before")
        assert await asyncio.wait_for(theirs.recv(), IN_TIME_S) == "said before"
        connection.abort()
        await asyncio.wait_for(theirs.wait_closed(), IN_TIME_S)
        assert (theirs.close_code, theirs.protocol.close_rcvd) == (1006, None)
        assert await listener.until(1) == [("closed", None)]
        for late in (connection.abort, connection.close, lambda: connection.send_binary(b"late")):
            late()


async def test_a_binary_message_arrives_as_one():
    async with application(stays) as app:
        connection, theirs = await app.dialed(Listener())
        connection.send_binary(b"\x00\xff" * 80)
        assert await asyncio.wait_for(theirs.recv(), IN_TIME_S) == b"\x00\xff" * 80
        connection.close()
