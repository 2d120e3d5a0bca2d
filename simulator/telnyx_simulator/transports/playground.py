"""`serve`: Telnyx for an application that somebody else starts, with no scenario."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from telnyx_simulator import resources
from telnyx_simulator.draws import Draws
from telnyx_simulator.media.sounds import load_clip
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.trace import Entry
from telnyx_simulator.transports.authority import Authority
from telnyx_simulator.transports.clock import Clock
from telnyx_simulator.transports.dialer import WebSocketStreams
from telnyx_simulator.transports.exchange import Exchange
from telnyx_simulator.transports.metronome import running_metronome
from telnyx_simulator.transports.permissive import PermissiveExchange, below_v2
from telnyx_simulator.transports.server import build_app, free_port_socket, serving
from telnyx_simulator.transports.session import Carrier, Session
from telnyx_simulator.transports.signer import Signer
from telnyx_simulator.transports.targets import Rewrite
from telnyx_simulator.transports.webhooks import HttpWebhooks

NUMBER = "+12025550100"
SMALL_TALK = "speech/en-1"


@dataclass(frozen=True, slots=True)
class Playground:
    """What a person needs to know of a running server; `exchange` is what runs in it."""

    url: str
    number: str
    connection_id: str
    public_key: str
    exchange: Exchange


@contextlib.asynccontextmanager
async def playground(
    clock: Clock,
    *,
    port: int,
    seed: int,
    webhook_url: str | None,
    api_key: str | None,
    directory: Path,
    header: dict[str, Any],
    log: Callable[[str], None],
    permissive: bool = False,
    number: str = NUMBER,
    rewrite: Rewrite | None = None,
    on_entry: Callable[[Entry], None] = lambda entry: None,
    tls: tuple[int, Authority] | None = None,
) -> AsyncIterator[Playground]:
    """A server with one connection and one number, its webhooks going to `webhook_url`. OSError: port taken.

    `log` gets a line for people about what happens, `on_entry` each entry of the trace. `tls` is a port where the same
    is served by TLS, beside `port`.
    """
    listener = free_port_socket(port)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    http = HttpWebhooks(clock, rewrite)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(http.close)
        metronome = await stack.enter_async_context(running_metronome(clock))
        account = Account(Draws(seed), base_url=url)
        signer = Signer(resources.test_private_key())
        connection_id = account.add_application("serve", webhook_url or "", clock.unix_ns(), webhook_api_version="2")
        account.add_number(number, connection_id, clock.unix_ns())
        carrier = Carrier(clock, account, signer, metronome, http, WebSocketStreams(rewrite))

        def log_entry(entry: Entry) -> None:
            on_entry(entry)
            if line := log_line(entry):
                log(line)

        house = Session(
            carrier,
            run="serve",
            draws=Draws(seed, ("serve",)),
            directory=directory,
            header=header,
            log=log_entry,
            remembers=False,
        )
        stack.push_async_callback(house.close)
        house.small_talk, wav = load_clip(SMALL_TALK)
        house.trace.stimulus(wav)
        kind = PermissiveExchange if permissive else Exchange
        exchange = kind(carrier, house, strangers_answer=True)
        app = build_app(exchange, api_key=api_key, control_number=number)
        served: Any = below_v2(app) if permissive else app
        await stack.enter_async_context(serving(served, listener, clock))
        if tls:
            await stack.enter_async_context(serving(served, free_port_socket(tls[0]), clock, tls[1]))
        yield Playground(url, number, connection_id, signer.public_key, exchange)


def log_line(entry: Entry) -> str | None:
    """One readable line for each REST exchange, delivery, change of a leg and of a stream."""
    body, at = entry.body, f"{entry.at_ns / 1e9:9.3f}"
    match entry.actor, entry.kind:
        case "rest", "command":
            errors = body["reply"].get("errors", [])
            detail = f"  {errors[0]['code']} {errors[0].get('detail', errors[0]['title'])}" if errors else ""
            reply = body["status"] if body["status"] is not None else "cut"
            return f"{at}  {body['method']:<5} {_short(body['path']):<52} {reply}{detail}"
        case "sender", "webhook.attempt":
            took_ms = (entry.at_ns - body["sent_ns"]) / 1e6
            reply = body["status"] if body["status"] is not None else body["failure"]
            again = f" (attempt {body['attempt']})" if body["attempt"] > 1 else ""
            return f"{at}  -> {body['event']:<20}{again} {body['url']}  {reply}  {took_ms:.0f} ms"
        case "switch", "leg":
            cause = f" {body['cause']} by {body['source']}" if "cause" in body else ""
            return f"{at}  {body['direction']} {body['from']} -> {body['to']} {body['state']}{cause}"
        case "stream", ("opened" | "refused" | "started" | "closed"):
            detail = body.get("failure") or body.get("url") or body.get("by") or ""
            return f"{at}  stream {entry.kind} {detail}"
        case "stream", "message" if body["message"] == "invalid":
            return f"{at}  stream message refused: {body['code']} {body['problem']}"
    return None


def _short(path: str) -> str:
    """A path with its call_control_id cut to its first characters."""
    return "/".join(part if not part.startswith("v3:") else part[:11] + "..." for part in path.split("/"))
