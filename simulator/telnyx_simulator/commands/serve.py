"""`telnyx-sim serve`."""

import asyncio
import errno
import os
import secrets
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from telnyx_simulator.commands import options
from telnyx_simulator.commands.exits import EXIT_INTERRUPTED, EXIT_USAGE
from telnyx_simulator.commands.loop import in_loop

if TYPE_CHECKING:
    from telnyx_simulator.transports.authority import Authority
    from telnyx_simulator.transports.playground import Playground


@click.command(short_help="Play Telnyx for an application that you start.")
@click.option("--port", type=click.IntRange(0, 65535), default=8642, show_default=True, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback only.")
@click.option("--seed", type=int, help="Fixes ids and delays. Random, and printed, when not given.")
@click.option("--webhook-url", help="Where the webhooks of the one number and connection go.")
@click.option("--api-key", help="Take this bearer key only; any non-empty one is taken otherwise.")
@click.option("--permissive", is_flag=True, help="Answer about unknown ids and odd parameters as if all were well.")
@options.tls
@options.artifacts_dir
def serve(
    port: int,
    host: str,
    seed: int | None,
    webhook_url: str | None,
    api_key: str | None,
    permissive: bool,
    ca: Path | None,
    tls_port: int,
    artifacts: Path,
) -> None:
    """Play Telnyx for an application that you start yourself, until ^C."""
    if host not in ("127.0.0.1", "localhost"):
        raise click.UsageError(f"--host {host}: the simulator listens on loopback only; use 127.0.0.1")
    if webhook_url is not None:
        from telnyx_simulator.transports.targets import why_refused

        if refusal := why_refused(webhook_url):
            raise click.UsageError(f"--webhook-url: {refusal}")
    tls = options.tls_of(ca, tls_port)
    seed = secrets.randbelow(10**6) if seed is None else seed
    sys.exit(
        _serve(
            port=port,
            seed=seed,
            webhook_url=webhook_url,
            api_key=api_key,
            permissive=permissive,
            tls=tls,
            artifacts=artifacts,
        )
    )


def _serve(
    *,
    port: int,
    seed: int,
    webhook_url: str | None,
    api_key: str | None,
    permissive: bool,
    tls: "tuple[int, Authority] | None",
    artifacts: Path,
) -> int:
    from importlib.metadata import version

    from telnyx_simulator.transports.clock import wall_clock
    from telnyx_simulator.transports.playground import playground

    options.folder(artifacts)
    directory = artifacts / f"serve-{os.getpid()}" / "trace"
    nobody_reads = asyncio.Event()

    def log(line: str) -> None:
        """A log that nobody reads any more (`serve | head`) ends the server, and not the request that it is about."""
        try:
            click.echo(line)
        except BrokenPipeError:
            nobody_reads.set()

    async def until_interrupted() -> None:
        about = {"seed": seed, "scenario": None, "profile": None}
        async with playground(
            wall_clock(),
            port=port,
            seed=seed,
            webhook_url=webhook_url,
            api_key=api_key,
            directory=directory,
            header=about,
            log=log,
            permissive=permissive,
            tls=tls,
        ) as ground:
            click.echo(f"Telnyx simulator {version('telnyx-simulator')}   seed {seed}   loopback only   unofficial")
            for line in _banner(ground, webhook_url=webhook_url, api_key=api_key, directory=directory, tls=tls):
                click.echo(line)
            if permissive:
                click.echo("  permissive  unknown ids and odd parameters are answered as if all were well")
            click.echo("Ready (^C to quit)")
            await nobody_reads.wait()

    try:
        in_loop(until_interrupted)
    except KeyboardInterrupt:
        click.echo(f"stopped; the trace is in {directory}", err=True)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        raise
    except OSError as error:
        click.echo(f"port {port}: {error.strerror}; take another with --port, or --port 0 for a free one", err=True)
        return EXIT_USAGE
    raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def _banner(
    ground: "Playground",
    *,
    webhook_url: str | None,
    api_key: str | None,
    directory: Path,
    tls: "tuple[int, Authority] | None",
) -> Iterator[str]:
    from telnyx_simulator.transports.server import API_KEY

    yield f"  REST        {ground.url}/v2        control {ground.url}/_sim"
    if tls:
        yield f"  TLS         https://127.0.0.1:{tls[0]}/v2, as api.telnyx.com; trust {tls[1].certificate}"
    yield f"  number      {ground.number}        webhooks to {webhook_url or '(none: give --webhook-url)'}"
    yield f"  connection  {ground.connection_id}"
    yield f"  trace       {directory}"
    yield f"  export TELNYX_BASE_URL={ground.url}/v2"
    yield f"  export TELNYX_PUBLIC_KEY={ground.public_key}"
    yield f"  export TELNYX_API_KEY={shlex.quote(api_key or API_KEY)}"
    yield f"  export TELNYX_CONNECTION_ID={ground.connection_id}"
    yield f"  export TELNYX_NUMBER={ground.number}"
