"""A session on virtual time, and an application that keeps what it gets."""

import asyncio
import base64
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telnyx_simulator import resources
from telnyx_simulator.audio.codecs import PCMA, PCMU
from telnyx_simulator.draws import Draws
from telnyx_simulator.signaling import inputs
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.signaling.events import LegBegan
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.rules import Rules
from telnyx_simulator.trace import Entry, Trace
from telnyx_simulator.transports.clock import Clock, run_virtual
from telnyx_simulator.transports.metronome import running_metronome
from telnyx_simulator.transports.ports import StreamListener, StreamNotOpened, WebhookReply
from telnyx_simulator.transports.session import Carrier, Session
from telnyx_simulator.transports.signer import Signer

MS, S = 1_000_000, 1_000_000_000
TELNYX = "http://127.0.0.1:3"
NUMBER, URL, TOKEN = "+12025550100", "ws://127.0.0.1/media?call=1", "s3cr3t"
TOKEN_HEADER = "x-telnyx-streaming-auth-token"


@dataclass
class Connection:
    """The application's side of one WebSocket: what arrived, and when; how it ended."""

    application: "Application"
    listener: StreamListener
    headers: Mapping[str, str]
    opened_ns: int
    arrived: list[tuple[int, Any]] = field(default_factory=list)
    ended: str | None = None
    ended_ns: int = -1

    def send(self, text: bytes) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            message = text
        self._arrives(message)
        if isinstance(message, dict) and message.get("event") == "media" and self.application.echoes:
            pcm = self.application.hears.decode(base64.b64decode(message["media"]["payload"]))
            self.say(self.application.speaks.encode(pcm))

    def send_binary(self, data: bytes) -> None:
        self._arrives(("binary", data))

    def close(self, code: int | None = None) -> None:
        self._end(f"closed {code or 'without a code'}")

    def abort(self) -> None:
        self._end("aborted")
        # Both sides learn of it, ours perhaps at once.
        self.listener.on_closed(None)

    def _arrives(self, what: Any) -> None:
        assert self.ended is None, f"{what} after the end"
        self.arrived.append((self.application.now_ns(), what))

    def _end(self, how: str) -> None:
        assert self.ended is None, f"{how} after {self.ended}"
        self.ended, self.ended_ns = how, self.application.now_ns()

    # What the application does

    def say(self, payload: bytes) -> None:
        self.tell({"event": "media", "media": {"payload": base64.b64encode(payload).decode()}})

    def tell(self, message: Any) -> None:
        text = message if isinstance(message, bytes) else json.dumps(message).encode()
        asyncio.get_running_loop().call_soon(self.listener.on_text, text)

    # What a test asks

    def events(self) -> list[str]:
        return [what["event"] if isinstance(what, dict) else what for _, what in self.arrived]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [what for _, what in self.arrived if isinstance(what, dict) and what.get("event") == event]

    def payloads(self) -> list[bytes]:
        return [base64.b64decode(one["media"]["payload"]) for one in self.of("media")]

    def at_ns(self, event: str) -> int:
        return next(at_ns for at_ns, what in self.arrived if isinstance(what, dict) and what.get("event") == event)


class Application:
    """Both ports. It accepts streams unless told otherwise."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self.upgrades: list[Mapping[str, str]] = []
        self.accepts: Callable[[Mapping[str, str]], bool] = lambda headers: True
        self.echoes = False
        self.hears, self.speaks = PCMA, PCMU
        self.webhooks: list[dict[str, Any]] = []
        self.now_ns: Callable[[], int] = lambda: 0

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], timeout_ns: int) -> WebhookReply:
        self.webhooks.append(json.loads(body)["data"])
        return WebhookReply(200)

    async def open(self, url: str, headers: Mapping[str, str], listener: StreamListener, timeout_ns: int) -> Connection:
        assert url == URL
        self.upgrades.append(dict(headers))
        if not self.accepts(headers):
            raise StreamNotOpened("the application answered the WebSocket handshake with 401, not 101")
        connection = Connection(self, listener, dict(headers), self.now_ns())
        self.connections.append(connection)
        return connection

    def events(self) -> list[str]:
        return [webhook["event_type"] for webhook in self.webhooks]


class World:
    """One session, and what its application got."""

    def __init__(self, session: Session, application: Application) -> None:
        self.session = session
        self.application = application

    def call(self, **treatment: Any) -> Leg:
        """Somebody calls, on a PCMA leg."""
        command = inputs.PlaceCall(from_="+442079460123", to=NUMBER, leg_codec="PCMA")
        leg = next(event.leg for event in self.session.feed(command) if isinstance(event, LegBegan))
        if treatment:
            self.session.treat_stream(leg.call_leg_id, treatment)
        return leg

    def rest(self, leg: Leg, operation: str, **body: Any) -> int:
        command = inputs.RestCommand(operation=operation, path_id=leg.call_control_id, body=body)
        return self.session.rest(command, method="POST", path=f"/v2/calls/x/actions/{operation}").status

    async def answered(self, leg: Leg, **asks: Any) -> None:
        """The application answers and asks for a stream; half a second later it is there, if nothing keeps it."""
        body = {"stream_url": URL, "stream_bidirectional_mode": "rtp", "stream_auth_token": TOKEN} | asks
        assert self.rest(leg, "answer", **{name: value for name, value in body.items() if value is not None}) == 200
        await self.wait(0.5)

    async def streamed(self, *, asks: dict[str, Any] | None = None, **treatment: Any) -> tuple[Leg, Connection]:
        leg = self.call(**treatment)
        await self.answered(leg, **(asks or {}))
        return leg, self.application.connections[-1]

    async def wait(self, seconds: float) -> None:
        await self.session.clock.sleep(round(seconds * S))

    def hang_up(self, leg: Leg) -> None:
        self.session.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))

    def noted(self, actor: str, kind: str) -> list[dict[str, Any]]:
        return [entry.body for entry in self.entries(actor, kind)]

    def entries(self, actor: str, kind: str) -> list[Entry]:
        return list(self.session.trace.view().of(actor, kind))


def play(
    script: Callable[[World], Coroutine[Any, Any, None]], folder: Path, *, assume: dict[str, str] | None = None
) -> Trace:
    """Run a test's script on a session of its own; whatever is still open then is closed."""

    async def main(clock: Clock) -> None:
        application = Application()
        application.now_ns = clock.now_ns
        async with running_metronome(clock) as metronome:
            account = Account(Draws(1), base_url=TELNYX)
            connection_id = account.add_application("test", "http://127.0.0.1/hook", clock.unix_ns())
            account.add_number(NUMBER, connection_id, clock.unix_ns())
            signer = Signer(resources.test_private_key())
            carrier = Carrier(clock, account, signer, metronome, application, application)
            session = Session(
                carrier, run="test", draws=Draws(1), directory=folder, header={}, rules=Rules.of(assume=assume)
            )
            try:
                await script(World(session, application))
                await clock.sleep(S)
                assert session.failure is None, session.failure
            finally:
                await session.close()

    run_virtual(main)
    return Trace.read(folder)
