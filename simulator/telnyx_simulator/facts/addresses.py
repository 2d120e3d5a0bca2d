"""Which addresses are this machine's own: nothing is ever sent to another, and to the real Telnyx least of all."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

# What is said of a target that was refused, with a profile to change and without one: a check knows it by these words.
ADD_A_LINE: Final = "add a rewrite line to sut.yaml"
NOT_HERE: Final = "is not on this machine"
_LOCAL_SCHEMES: Final = {"wss": "ws", "https": "http"}


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine. No name but localhost is looked up to find out."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def rewrite_line(url: str) -> str:
    """The line of a profile that maps a public URL's host to the application, as it is to be written."""
    parts = urlsplit(url)
    local = f"{_LOCAL_SCHEMES.get(parts.scheme, parts.scheme)}://127.0.0.1:{{port}}"
    return f'rewrite: {{"{parts.scheme}://{parts.netloc}": "{local}"}}'
