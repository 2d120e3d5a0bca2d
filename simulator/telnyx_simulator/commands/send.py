"""`telnyx-sim send`."""

import json
import re
import secrets
import sys
from typing import TYPE_CHECKING, Any

import click

from telnyx_simulator.commands.exits import EXIT_FAILED, EXIT_OK
from telnyx_simulator.commands.options import DURATION

if TYPE_CHECKING:
    from telnyx_simulator.transports.single import Webhook

_TIMEOUT_NS = 10_000_000_000


class _Offset(click.ParamType[int]):
    """`-301s`, `+5s`; nanoseconds."""

    name = "offset"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"([+-])(.+)", str(value))
        if found is None:
            self.fail(f"{value!r}: an offset has a sign and a unit: -301s, +5s", param, ctx)
        return DURATION.convert(found[2], param, ctx) * (1 if found[1] == "+" else -1)


@click.command(short_help="Send one signed webhook to a URL of this machine.")
@click.argument("event")
@click.argument("url")
@click.option("--with", "with_", metavar="KEY=VALUE", multiple=True, help="A field of the payload; JSON, or else text.")
@click.option("--without", metavar="KEY", multiple=True, help="A field of the payload to leave out.")
@click.option("--direction", type=click.Choice(["incoming", "outgoing"]), default="incoming", show_default=True)
@click.option("--signature", metavar="KIND", default="genuine", show_default=True, help="`explain` tells of each kind.")
@click.option("--shape", metavar="SHAPE", default="pretty", show_default=True, help="Of the body; `explain` as well.")
@click.option("--headers", metavar="STYLE", help="How the headers are written; `explain` as well.")
@click.option("--timestamp", metavar="OFFSET", type=_Offset(), default=0, help="Signed with another time: -301s, +5s.")
@click.option("--seed", type=int, help="The same ids each time.")
@click.option("--print", "only_print", is_flag=True, help="Show the request, and send nothing.")
def send(
    event: str,
    url: str,
    with_: tuple[str, ...],
    without: tuple[str, ...],
    direction: str,
    signature: str,
    shape: str,
    headers: str | None,
    timestamp: int,
    seed: int | None,
    only_print: bool,
) -> None:
    """Send one webhook, such as call.hangup, to a URL of this machine and show the reply.

    It is signed with the published test key, whose public half `init` and `serve` print. Exit 0 for a reply of 2xx.
    """
    from telnyx_simulator import resources
    from telnyx_simulator.draws import Draws
    from telnyx_simulator.transports.clock import wall_clock
    from telnyx_simulator.transports.signer import Signer
    from telnyx_simulator.transports.single import webhook
    from telnyx_simulator.transports.targets import why_refused

    _check_words(event, signature, shape, headers)
    if refusal := why_refused(url):
        raise click.UsageError(refusal)
    clock = wall_clock()
    made = webhook(
        event,
        url,
        Signer(resources.test_private_key()),
        Draws(secrets.randbelow(10**9) if seed is None else seed, ("send",)),
        clock.unix_ns(),
        direction=direction,
        with_=dict(_field(text) for text in with_),
        without=without,
        shape=shape,
        signature=signature,
        headers=headers,
        timestamp_ns=timestamp,
    )
    if not only_print:
        sys.exit(_sent(made))
    click.echo(f"{made.request.method} {made.request.url}")
    for name, value in made.headers.items():
        click.echo(f"{name}: {value}")
    click.echo(f"\n{made.body.decode(errors='backslashreplace')}")


def _check_words(event: str, signature: str, shape: str, headers: str | None) -> None:
    from telnyx_simulator.facts.header_styles import HEADER_STYLES
    from telnyx_simulator.facts.shapes import SHAPES
    from telnyx_simulator.facts.signatures import SIGNATURES
    from telnyx_simulator.facts.webhooks import EMITTED
    from telnyx_simulator.scenario.complaints import unknown

    if event not in EMITTED:
        raise click.UsageError(unknown("event", event, EMITTED))
    words = (("signature", signature, SIGNATURES), ("shape", shape, SHAPES), ("headers", headers, HEADER_STYLES))
    for option, word, known in words:
        if word is not None and word not in known:
            raise click.UsageError(f"--{option}: {unknown('kind', word, tuple(known))}")


def _field(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise click.UsageError(f"--with {text!r}: it is written KEY=VALUE, such as hangup_cause=user_busy")
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value


def _sent(made: "Webhook") -> int:
    from telnyx_simulator.commands.loop import in_loop
    from telnyx_simulator.transports.clock import wall_clock
    from telnyx_simulator.transports.single import post
    from telnyx_simulator.transports.webhooks import HttpWebhooks

    replies = []

    async def one() -> None:
        clock = wall_clock()
        http = HttpWebhooks(clock)
        try:
            began_ns = clock.now_ns()
            reply = await post(made, http, _TIMEOUT_NS)
            replies.append((reply, (clock.now_ns() - began_ns) / 1e6))
        finally:
            await http.close()

    in_loop(one)
    [(reply, took_ms)] = replies
    click.echo(f"{reply.status if reply.status is not None else reply.failure}  {took_ms:.0f} ms")
    return EXIT_OK if reply.status is not None and 200 <= reply.status < 300 else EXIT_FAILED
