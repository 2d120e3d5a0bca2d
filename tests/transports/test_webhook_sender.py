"""The webhook sender: one request an attempt, whatever the application does with it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
import respx

from telnyx_simulator.transports.clock import Clock, run_virtual, wall_clock
from telnyx_simulator.transports.ports import WebhookReply
from telnyx_simulator.transports.webhooks import HttpWebhooks

S = 1_000_000_000
URL = "http://127.0.0.1:8080/hook?a=b"
BODY = '{\n  "data": "größe"\n}'.encode()
HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "telnyx-webhooks",
    "Telnyx-Signature-Ed25519": "c2lnbmF0dXJl",
    "Telnyx-Timestamp": "1767225600",
}


async def post(url: str = URL, timeout_ns: int = 2 * S, clock: Clock | None = None) -> WebhookReply:
    sender = HttpWebhooks(clock or wall_clock())
    try:
        return await sender.post(url, BODY, HEADERS, timeout_ns)
    finally:
        await sender.close()


# --- Units ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 204, 400, 404, 408, 429, 500, 503])
async def test_a_reply_is_its_status(respx_mock, status):
    respx_mock.post(URL).respond(status, text="means nothing")
    assert await post() == WebhookReply(status)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_reply_and_is_not_followed(respx_mock, status):
    respx_mock.post(URL).respond(status, headers={"Location": "http://127.0.0.1:8080/elsewhere"})
    assert await post() == WebhookReply(status, location="http://127.0.0.1:8080/elsewhere")
    assert respx_mock.calls.call_count == 1


async def test_the_request_carries_exactly_the_bytes_and_headers_that_were_signed(respx_mock):
    route = respx_mock.post(URL).respond(200)
    await post()
    request = route.calls.last.request
    assert (request.method, str(request.url), request.content) == ("POST", URL, BODY)
    assert {name: request.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (httpx.ConnectError("All connection attempts failed"), "ConnectError: All connection attempts failed"),
        (httpx.ReadError(""), "ReadError"),
        (httpx.RemoteProtocolError("Server disconnected"), "RemoteProtocolError: Server disconnected"),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"), "ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED]"),
        (OSError(24, "Too many open files"), "OSError: [Errno 24] Too many open files"),
    ],
)
async def test_no_reply_at_all_is_told_with_its_reason(respx_mock, error, failure):
    respx_mock.post(URL).mock(side_effect=error)
    assert await post() == WebhookReply(None, failure)


@pytest.mark.parametrize(("timeout_ns", "words"), [(2 * S, "2 s"), (30 * S, "30 s"), (S // 2, "0.5 s")])
def test_a_reply_that_is_late_is_none(timeout_ns, words):
    async def main(clock: Clock) -> tuple[WebhookReply, int]:
        async def late(request: httpx.Request) -> httpx.Response:
            await clock.sleep(3600 * S)
            return httpx.Response(200)

        with respx.mock:
            respx.post(URL).mock(side_effect=late)
            return await post(timeout_ns=timeout_ns, clock=clock), clock.now_ns()

    assert run_virtual(main) == (WebhookReply(None, f"no reply within {words}"), timeout_ns)


def test_a_body_that_trickles_in_counts_as_late():
    """The whole exchange is to be over in time; a byte now and then does not prolong it."""

    async def main(clock: Clock) -> tuple[WebhookReply, int]:
        async def trickle() -> AsyncIterator[bytes]:
            while True:
                await clock.sleep(S // 2)
                yield b"."

        with respx.mock:
            respx.post(URL).mock(return_value=httpx.Response(200, content=trickle()))
            return await post(clock=clock), clock.now_ns()

    assert run_virtual(main) == (WebhookReply(None, "no reply within 2 s"), 2 * S)


@pytest.mark.parametrize(
    "url",
    [
        "http://198.51.100.7/hook",
        "https://api.telnyx.com/v2/calls",
        "http://agent.example.com/hook",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1@198.51.100.7/",
        "http://[2001:db8::1]/",
        "http://0.0.0.0/",
        "/hook",
        "",
    ],
)
async def test_what_is_not_on_this_machine_is_refused_without_any_request(respx_mock, url):
    reply = await post(url)
    assert reply.status is None
    assert "is not on this machine, and the simulator talks to loopback only" in (reply.failure or "")
    assert respx_mock.calls.call_count == 0


@pytest.mark.parametrize("url", ["http://[::1", "ftp://127.0.0.1/", "http://127.0.0.1:99999/", "http://localhost/\x00"])
async def test_what_is_no_url_is_told_and_never_raised(url):
    reply = await post(url)
    assert reply.status is None
    assert reply.failure


# --- On the wire ------------------------------------------------------------------------------------------------------

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[str]:
    """A raw TCP server; the answer is its URL."""
    visits: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.add(asyncio.current_task())
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await answer(reader, writer)
        with contextlib.suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()

    listener = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/hook?a=b"
    finally:
        listener.close()
        async with asyncio.timeout(10):
            await asyncio.gather(*visits)


async def read_request(reader: asyncio.StreamReader) -> tuple[list[str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n")[:-2]
    (length,) = [int(line.split(": ")[1]) for line in head if line.startswith("Content-Length: ")]
    return head, await reader.readexactly(length)


async def test_headers_keep_their_case_on_the_wire_and_the_body_its_bytes():
    """Telnyx writes `Telnyx-Signature-Ed25519`, and HTTP/1.1."""
    seen: list[tuple[list[str], bytes]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await reader.read()

    async with server(answer) as url:
        assert await post(url) == WebhookReply(200)
    ((request_line, *headers), body) = seen[0]
    assert (request_line, body) == ("POST /hook?a=b HTTP/1.1", BODY)
    assert [line for line in headers if line.split(": ")[0] in HEADERS] == [f"{k}: {v}" for k, v in HEADERS.items()]
    assert len({line.split(": ")[0].lower() for line in headers}) == len(headers), "no header stands twice"


async def test_one_connection_serves_one_delivery_after_another():
    connections = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await read_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    async with server(answer) as url:
        sender = HttpWebhooks(wall_clock())
        assert [await sender.post(url, BODY, HEADERS, 2 * S) for _ in range(5)] == [WebhookReply(200)] * 5
        await sender.close()
    assert connections == 1


async def test_a_connection_that_the_application_closed_meanwhile_is_not_used_again():
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        closed.set()

    closed = asyncio.Event()
    async with server(answer) as url:
        sender = HttpWebhooks(wall_clock())
        replies = []
        for _ in range(3):
            closed.clear()
            replies.append(await sender.post(url, BODY, HEADERS, 2 * S))
            await asyncio.wait_for(closed.wait(), 10)
        await sender.close()
    assert replies == [WebhookReply(200)] * 3


async def test_deliveries_go_out_side_by_side():
    """None waits for another: the application may answer in any order."""
    both = asyncio.Barrier(2)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await both.wait()
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    async with server(answer) as url:
        sender = HttpWebhooks(wall_clock())
        replies = await asyncio.gather(*(sender.post(url, BODY, HEADERS, 10 * S) for _ in range(2)))
        await sender.close()
    assert replies == [WebhookReply(204)] * 2


async def test_a_reply_without_end_is_cut_off_and_counts():
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(bytes(65_536))
            await writer.drain()

    async with server(answer) as url:
        assert await post(url, timeout_ns=10 * S) == WebhookReply(200)


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 999999 What\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        bytes(range(256)) * 1000,
    ],
)
async def test_an_application_that_speaks_something_else_has_not_replied(words):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(words)
        await writer.drain()

    async with server(answer) as url:
        reply = await post(url)
    assert reply.status is None
    assert (reply.failure or "").startswith(("RemoteProtocolError", "ReadError"))


async def test_an_application_that_hangs_has_not_replied():
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)

    async with server(answer) as url:
        assert await post(url, timeout_ns=S // 20) == WebhookReply(None, "no reply within 0.05 s")


async def test_proxies_of_the_environment_are_ignored(monkeypatch):
    """Nothing leaves this machine, not even through somebody who would pass it on."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    seen: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, _ = await read_request(reader)
        seen.append(head[0])
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    async with server(answer) as url:
        assert await post(url) == WebhookReply(200)
    assert seen == ["POST /hook?a=b HTTP/1.1"]
