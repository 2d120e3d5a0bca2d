"""Whom the simulator talks to: this machine, and nobody else. The real Telnyx is never called."""

import ipaddress
from urllib.parse import urlsplit


def why_refused(url: str) -> str | None:
    """Why no request goes to `url`, as a sentence; None when it may."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError as error:
        return f"{url!r} is not a URL: {error}"
    if host == "localhost" or host.endswith(".localhost") or _is_loopback(host):
        return None
    return (
        f"{url} is not on this machine, and the simulator talks to loopback only; "
        "let the application give an address of 127.0.0.1 or localhost"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
