"""Whom the simulator talks to: this machine, and nobody else. The real Telnyx is never called."""

from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import urlsplit

from telnyx_simulator.facts.addresses import ADD_A_LINE, NOT_HERE, is_loopback, rewrite_line

# Gives the local URL that a public one stands for, and any other as it is.
Rewrite: TypeAlias = Callable[[str], str]


def why_refused(url: str, rewrite: Rewrite | None = None) -> str | None:
    """Why no request goes to `url`, as a sentence; None when it may.

    `rewrite` is that of the application's profile: where there is one, a line in it is what helps.
    """
    try:
        host = urlsplit(rewrite(url) if rewrite else url).hostname or ""
    except ValueError as error:
        return f"{url!r} is not a URL: {error}"
    if is_loopback(host):
        return None
    if rewrite:
        return f"you returned {url}; {ADD_A_LINE}: {rewrite_line(url)}"
    return (
        f"{url} {NOT_HERE}, and the simulator talks to loopback only; "
        "let the application give an address of 127.0.0.1 or localhost"
    )
