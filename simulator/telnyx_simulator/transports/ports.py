"""The two ways to the application: deliver a webhook, open a stream. Each lane brings its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class WebhookReply:
    """What came back: a status, or why none did. `location` is where a 3xx points to; of `body` the beginning."""

    status: int | None
    failure: str | None = None
    location: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    body: str = field(default="", compare=False)


class WebhookPort(Protocol):
    async def post(self, url: str, body: bytes, headers: Mapping[str, str], timeout_ns: int) -> WebhookReply:
        """Deliver once. Never raises for what the application does."""

    async def get(self, url: str, headers: Mapping[str, str], timeout_ns: int) -> WebhookReply:
        """The same for a webhook whose payload is in the URL's query."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was asked for: a status and what came, or why none came."""

    status: int | None
    body: bytes = b""
    failure: str | None = None


@runtime_checkable
class FetchPort(Protocol):
    """A way to webhooks that can fetch files as well."""

    async def fetch(self, url: str, timeout_ns: int, bytes_max: int) -> Fetched:
        """Follow redirects; never raises for what the other side does."""


class StreamListener(Protocol):
    """Told what comes in on a stream."""

    def on_text(self, text: bytes) -> None: ...

    def on_binary(self, size: int) -> None: ...

    def on_malformed(self, problem: str) -> None:
        """What came in is no message at all, for this reason, and ends the connection: `on_closed` follows."""

    def on_closed(self, code: int | None) -> None:
        """The connection is gone; `code` is of the application's close frame, None without one."""

    def on_failure(self, error: Exception) -> None:
        """Taking what came in raised this: a mistake of ours, of which the application is not to be blamed."""


class StreamConnection(Protocol):
    def send(self, text: bytes) -> None: ...

    def send_binary(self, data: bytes) -> None: ...

    def close(self, code: int | None = None) -> None:
        """Close with this code; without one there is no status, as Telnyx does (observed: 1005)."""

    def pause_reading(self) -> None:
        """Leave what comes in where it is, so that the application finds its own buffers full."""

    def resume_reading(self) -> None: ...

    def fall_silent(self) -> None:
        """Send nothing any more, no pong and no answer to a close frame; the connection beneath stays."""

    def abort(self) -> None:
        """End the connection beneath, without a close frame and without what still waits to be sent."""


class StreamNotOpened(Exception):
    """The application did not accept the WebSocket; the text says what it did instead."""


class StreamPort(Protocol):
    async def open(
        self, url: str, headers: Mapping[str, str], listener: StreamListener, timeout_ns: int
    ) -> StreamConnection:
        """Dial; raises StreamNotOpened."""
