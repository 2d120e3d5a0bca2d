"""HTTP to the application on the wall lane: one request an attempt of a webhook, and sounds fetched from URLs.

The only module that knows httpx.
"""

from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

import httpx

from telnyx_simulator.facts.limits import REDIRECTS_MAX
from telnyx_simulator.transports.clock import Clock
from telnyx_simulator.transports.ports import Fetched, WebhookReply
from telnyx_simulator.transports.targets import Rewrite, why_refused

_READ_MAX = 65_536
# So much of it stands in the history of deliveries.
_KEPT_MAX = 1_000
# Of a body that is sent in pieces.
_PIECE_BYTES = 500


class HttpWebhooks:
    """Sends with connections kept open. Proxies of the environment are ignored: nothing leaves this machine.

    `rewrite` maps a public URL to the local one that it stands for.
    """

    def __init__(self, clock: Clock, rewrite: Rewrite | None = None) -> None:
        self._clock = clock
        self._rewrite = rewrite
        # Our own limit covers the whole exchange, so that a reply that trickles in is late as well.
        self._client = httpx.AsyncClient(
            timeout=None,  # noqa: S113 - `Clock.limit` bounds the whole request
            trust_env=False,
            follow_redirects=False,
            # Servers close idle connections after 5 s at the earliest (uvicorn): never use one that is about to go. Few
            # are kept, for httpx looks at each of them at each request.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=6, keepalive_expiry=2),
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], timeout_ns: int) -> WebhookReply:
        return await self._send("POST", url, body, headers, timeout_ns)

    async def get(self, url: str, headers: Mapping[str, str], timeout_ns: int) -> WebhookReply:
        return await self._send("GET", url, None, headers, timeout_ns)

    async def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], timeout_ns: int
    ) -> WebhookReply:
        local = self._rewrite(url) if self._rewrite else url
        if refusal := why_refused(url, self._rewrite) or _why_no_port(local):
            return WebhookReply(None, refusal)
        content = _in_pieces(body) if body and _is_chunked(headers) else body
        try:
            async with (
                self._clock.limit(timeout_ns),
                self._client.stream(method, _parsed(local), content=content, headers=dict(headers)) as reply,
            ):
                # The body means nothing to Telnyx; a short one is read so that the connection can be used again.
                read, beginning = 0, b""
                async for part in reply.aiter_raw():
                    read += len(part)
                    beginning = (beginning + part)[:_KEPT_MAX]
                    if read > _READ_MAX:
                        break
                location = reply.headers.get("location") if reply.status_code // 100 == 3 else None
                text = beginning.decode("utf-8", "replace")
                return WebhookReply(reply.status_code, None, location, tuple(reply.headers.multi_items()), text)
        except TimeoutError:
            return WebhookReply(None, f"no reply within {timeout_ns / 1e9:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            return WebhookReply(None, f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)

    async def fetch(self, url: str, timeout_ns: int, bytes_max: int) -> Fetched:
        try:
            async with self._clock.limit(timeout_ns):
                return await self._fetched(url, bytes_max, REDIRECTS_MAX)
        except TimeoutError:
            return Fetched(None, failure=f"no file within {timeout_ns / 1e9:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            return Fetched(None, failure=f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)

    async def _fetched(self, url: str, bytes_max: int, redirects: int) -> Fetched:
        local = self._rewrite(url) if self._rewrite else url
        if refusal := _why_not_fetched(url, self._rewrite) or _why_no_port(local):
            return Fetched(None, failure=refusal)
        async with self._client.stream("GET", local) as reply:
            if reply.is_redirect and redirects:
                return await self._fetched(urljoin(url, reply.headers["location"]), bytes_max, redirects - 1)
            body = b""
            async for part in reply.aiter_bytes():
                body += part
                if len(body) > bytes_max:
                    return Fetched(reply.status_code, failure=f"the file has more than {bytes_max} bytes")
            return Fetched(reply.status_code, body)

    async def close(self) -> None:
        await self._client.aclose()


@lru_cache(maxsize=256)
def _parsed(url: str) -> httpx.URL:
    """Webhooks go to the same few URLs, and httpx is slow to read them."""
    return httpx.URL(url)


def _is_chunked(headers: Mapping[str, str]) -> bool:
    return any((name.lower(), value) == ("transfer-encoding", "chunked") for name, value in headers.items())


async def _in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for begin in range(0, len(body), _PIECE_BYTES):
        yield body[begin : begin + _PIECE_BYTES]


def _why_not_fetched(url: str, rewrite: Rewrite | None) -> str | None:
    scheme = url.partition("://")[0].lower()
    return f"{url!r} is no URL of http or https" if scheme not in ("http", "https") else why_refused(url, rewrite)


def _why_no_port(url: str) -> str | None:
    """httpx takes any number for a port and fails late, in the socket, with an error that is none of its own."""
    try:
        urlsplit(url).port  # noqa: B018 - it is the reading that complains
    except ValueError as error:
        return f"{url!r} is not a URL: {error}"
    return None
