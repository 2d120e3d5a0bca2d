"""`serve --permissive`: what is unknown is answered all the same, below `/v2` and without it."""

from typing import Any, Final

from telnyx_simulator.signaling import synthetic
from telnyx_simulator.signaling.events import Replied
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.transports.exchange import Exchange

_OURS: Final = ("/v2/", "/_sim/", "/docs", "/openapi.json", "/redoc")


class PermissiveExchange(Exchange):
    """Everything is tried first as on any other server; the trace has both, the refusal and what was said instead."""

    def take(self, command: RestCommand, *, method: str, path: str) -> Replied:
        reply = super().take(command, method=method, path=path)
        if not synthetic.is_permissible(reply):
            return reply
        instead = synthetic.replied(command)
        self.house.note_command(command, instead, method=method, path=path)
        return instead


def below_v2(app: Any) -> Any:
    """The same server for clients whose base URL has no `/v2`."""

    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(_OURS):
            scope = scope | {"path": "/v2" + scope["path"]}
        await app(scope, receive, send)

    return mounted
