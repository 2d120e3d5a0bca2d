"""A run on real sockets: the REST server, one session with its rules, and an application that keeps what it gets."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from telnyx_simulator import resources
from telnyx_simulator.draws import Draws
from telnyx_simulator.signaling import inputs
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.rules import Rules
from telnyx_simulator.trace import Entry
from telnyx_simulator.transports.clock import wall_clock
from telnyx_simulator.transports.dialer import WebSocketStreams
from telnyx_simulator.transports.exchange import Exchange
from telnyx_simulator.transports.metronome import running_metronome
from telnyx_simulator.transports.server import build_app, free_port_socket, serving
from telnyx_simulator.transports.session import Carrier, Session
from telnyx_simulator.transports.signer import Signer
from telnyx_simulator.transports.webhooks import HttpWebhooks
from wire import API_KEY, Receiver, receiving

S = 1_000_000_000
MS = 1_000_000
OURS, THEIRS = "+12025550100", "+442079460107"


@dataclass(frozen=True, slots=True)
class Line:
    """`http` speaks to the REST server, `receiver` is where webhooks arrive; `rewritten` stands for a public URL."""

    exchange: Exchange
    run: Session
    receiver: Receiver
    http: httpx.AsyncClient
    connection: str

    def incoming(self, **about: Any) -> Leg:
        call = inputs.PlaceCall(**{"from_": THEIRS, "to": OURS, "leg_codec": "PCMA"} | about)
        self.run.feed(call)
        return list(self.run.switch.legs.values())[-1]

    async def command(self, leg: Leg | str, verb: str, **body: Any) -> httpx.Response:
        path_id = leg if isinstance(leg, str) else leg.call_control_id
        return await self.http.post(f"/v2/calls/{path_id}/actions/{verb}", json=body)

    def entries(self, actor: str, kind: str) -> list[dict[str, Any]]:
        found: list[Entry] = [one for one in self.run.trace.entries if (one.actor, one.kind) == (actor, kind)]
        return [one.body for one in found]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for a trace entry that makes it true."""
        clock = self.run.clock
        async with clock.limit(15 * S):
            while not condition():
                await self.run.wait_for_news(clock.now_ns() + 50 * MS)


@contextlib.asynccontextmanager
async def line(directory: Path, **rules: Any) -> AsyncIterator[Line]:
    """`rules` are as `Rules.of` takes them; `public` (a URL) is rewritten to the application's own."""
    public = rules.pop("public", None)
    clock = wall_clock()
    async with contextlib.AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(receiving())
        port = HttpWebhooks(clock, lambda url: url.replace(public, receiver.url) if public else url)
        stack.push_async_callback(port.close)
        metronome = await stack.enter_async_context(running_metronome(clock))
        listener = free_port_socket(0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        account = Account(Draws(1), base_url=url)
        connection = account.add_application("app", public or receiver.url, clock.unix_ns())
        account.add_number(OURS, connection, clock.unix_ns())
        signer = Signer(resources.test_private_key())
        carrier = Carrier(clock, account, signer, metronome, port, WebSocketStreams())
        header = {"seed": 1, "scenario": None, "profile": None}
        house = Session(carrier, run="house", draws=Draws(1, ("house",)), directory=directory / "house", header=header)
        stack.push_async_callback(house.close)
        run = Session(
            carrier,
            run="run",
            draws=Draws(1, ("run",)),
            directory=directory / "run",
            header=header,
            rules=Rules.of(**rules),
        )
        stack.push_async_callback(run.close)
        exchange = Exchange(carrier, house, strangers_answer=False)
        exchange.runs.append(run)
        app = build_app(exchange, api_key=None, control_number=None)
        await stack.enter_async_context(serving(app, listener, clock))
        client = httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {API_KEY}"}, trust_env=False)
        http = await stack.enter_async_context(client)
        yield Line(exchange, run, receiver, http, connection)
        assert run.failure is None, run.failure
