"""How many requests a second an account may make, as the headers of each reply say (docs; values reported).

Nobody is refused for it: what an application does about 429 is tried with a treatment of its commands.
"""

from typing import Final

from telnyx_simulator.facts import limits

_S_NS: Final = 1_000_000_000


class Rate:
    """Counts requests in whole seconds."""

    def __init__(self) -> None:
        self._second = -1
        self._made = 0

    def headers(self, now_ns: int) -> dict[str, str]:
        """Of the reply to one more request."""
        if now_ns // _S_NS != self._second:
            self._second, self._made = now_ns // _S_NS, 0
        self._made += 1
        most = limits.REQUESTS_A_SECOND
        return {
            "x-ratelimit-limit": f"{most}, {most};w=1",
            "x-ratelimit-remaining": str(max(0, most - self._made)),
            "x-ratelimit-reset": "1",
        }
