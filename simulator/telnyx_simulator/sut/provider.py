"""What a code base with a class for Telnyx lends us of it, so that it can be tested in our process.

`provider: module:Class` in sut.yaml names an adapter: a class of yours that is made with `ProviderSettings` and passes
on to your own. It need not import anything of ours, and need not inherit from `Provider`; it has those of its methods
that your code has something for. What is not there is not exercised.
"""

import inspect
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """How the provider finds the simulator in place of Telnyx. `api_base` ends in `/v2`."""

    api_base: str
    api_key: str
    public_key: str
    connection_id: str
    number: str
    webhook_url: str
    stream_url: str


class Provider(Protocol):
    """All that an adapter may have. Each method may be plain or `async`; a plain one runs in a thread of its own."""

    def verify(self, body: bytes, headers: Mapping[str, str]) -> bool | Awaitable[bool]:
        """Whether Telnyx sent this. `headers` are found in any case. Whatever it raises is a no."""

    def parse(self, event: dict[str, Any]) -> str | Awaitable[str | None] | None:
        """The status of the call after this webhook, in your own word; None where it says nothing of that."""

    def webhook(self, event: dict[str, Any]) -> Awaitable[None] | None:
        """Do whatever a webhook causes: answer, start to stream. Called behind `verify` and `parse`."""

    def status(self, call_control_id: str) -> str | Awaitable[str | None] | None:
        """Your own word for a call now; in place of what `parse` said last."""

    def dial(self, to: str) -> object:
        """Place a call (`ask: place_call`)."""

    def answer(self, call_control_id: str) -> object:
        """Answer an incoming call; called by us for each, where there is no `webhook`."""

    def hangup(self, call_control_id: str) -> object:
        """Hang up (`ask: hangup`)."""

    def transfer(self, call_control_id: str, to: str) -> object:
        """Transfer a call (`ask: transfer`)."""

    def set_webhook_url(self, number: str, url: str) -> object:
        """Have a number's webhooks sent there (`ask: setup`)."""

    async def stream(self, websocket: Any) -> None:
        """Serve one media stream: a `starlette.websockets.WebSocket`, not accepted yet."""


METHODS: Final = tuple(name for name, value in vars(Provider).items() if inspect.isfunction(value) and name[0] != "_")


def methods_of(provider: object) -> frozenset[str]:
    """Those that it has of its own: what it may inherit of `Provider` does nothing."""
    own = (name for name in METHODS if callable(getattr(provider, name, None)))
    return frozenset(name for name in own if getattr(type(provider), name, None) is not getattr(Provider, name))
