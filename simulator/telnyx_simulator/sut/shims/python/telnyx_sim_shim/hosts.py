"""Which hosts are Telnyx's, and where the simulator is."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

REDIRECT = "TELNYX_SIM_REDIRECT"  # the simulator: http://127.0.0.1:8642
REFUSALS = "TELNYX_SIM_REFUSALS"  # the file that gets a line of JSON for each refusal


def is_telnyx(host: Any) -> bool:
    """Whether a host's name, text or bytes, is telnyx.com or below it; however it is spelled."""
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("ascii", "replace")
    if not isinstance(host, str):
        return False
    if not host.isascii():
        try:
            host = host.encode("idna").decode()  # as it would be looked up
        except UnicodeError:
            return False
    name: str = host.lower().rstrip(".")
    return name == "telnyx.com" or name.endswith((".telnyx.com", "@telnyx.com"))


def simulator() -> tuple[str, int] | None:
    """Host and port of the simulator; None where nobody said so: then nothing is redirected and all is refused."""
    url = os.environ.get(REDIRECT, "")
    host, _, port = url.partition("://")[2].rstrip("/").partition(":")
    return (host, int(port)) if host and port.isdigit() else None


def parts_of(url: Any) -> tuple[str | None, str]:
    """Host and path with query of an absolute URL; None and the text itself of one that is relative."""
    text = url.decode("latin-1") if isinstance(url, bytes) else str(url)
    scheme, found, rest = text.partition("://")
    if not found or not scheme.isalnum():
        return None, text
    end = min((rest.find(mark) for mark in "/?#" if mark in rest), default=len(rest))
    path = rest[end:].partition("#")[0]
    return host_of(rest[:end]), path if path.startswith("/") else "/" + path


def host_of(netloc: str) -> str:
    """The host of `user:password@host:port`."""
    host = netloc.rpartition("@")[2]
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
