"""`telnyx-sim exec`: any command, unmodified, with the simulator in the place of Telnyx."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from telnyx_simulator.commands import options
from telnyx_simulator.commands.exits import EXIT_USAGE
from telnyx_simulator.commands.loop import in_loop

if TYPE_CHECKING:
    from telnyx_simulator.sut.profile import Profile

_CODES: Final = "\b\nExit codes: that of the command; 127 if there is none such, 128 + n if signal n ended it."


@click.command(
    "exec",
    short_help="Run any command with the simulator as its Telnyx.",
    epilog=_CODES,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option(
    "--sut",
    envvar="TELNYX_SIM_SUT",
    type=click.Path(path_type=Path),
    help="A profile: its env, number, webhook_url and rewrite lines, and its start.command where no COMMAND is given.",
)
@click.option("--webhook-url", help="Where the webhooks of the one number and connection go (without --sut).")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of the simulator. A free one if not given.")
@click.option("--seed", type=int, help="Fixes ids and delays. Random, and printed, when not given.")
@click.option("--permissive", is_flag=True, help="Answer about unknown ids and odd parameters as if all were well.")
@click.option("-q", "--quiet", is_flag=True, help="No line for each request and webhook.")
@options.artifacts_dir
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def exec_(
    sut: Path | None,
    webhook_url: str | None,
    port: int,
    seed: int | None,
    permissive: bool,
    quiet: bool,
    artifacts: Path,
    command: tuple[str, ...],
) -> None:
    """Run COMMAND with the simulator as its Telnyx, even if it has https://api.telnyx.com hard-coded.

    \b
    telnyx-sim exec -- python server.py
    telnyx-sim exec --webhook-url http://127.0.0.1:8000/hook -- node server.js

    Its environment gets TELNYX_BASE_URL, keys and ids, as `serve` prints them, and a shim for Python and one for Node
    that bring requests for Telnyx here. What they cannot bring here is refused, and said at the end.
    """
    profile = _profile(sut)
    if webhook_url is not None:
        from telnyx_simulator.transports.targets import why_refused

        if profile is not None:
            raise click.UsageError("--webhook-url is for an application without a profile: sut.yaml has webhook_url")
        if refusal := why_refused(webhook_url):
            raise click.UsageError(f"--webhook-url: {refusal}")
    if not command and (profile is None or profile.start is None):
        raise click.UsageError("which command? telnyx-sim exec -- python server.py; or a profile with `start:`")
    sys.exit(
        _run(
            command,
            profile,
            webhook_url=webhook_url,
            port=port,
            seed=seed,
            permissive=permissive,
            quiet=quiet,
            artifacts=artifacts,
        )
    )


def _profile(sut: Path | None) -> "Profile | None":
    if sut is None:
        return None
    from telnyx_simulator.scenario.complaints import ScenarioError
    from telnyx_simulator.scenario.profiles import load_profile

    try:
        return load_profile(sut)
    except ScenarioError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_USAGE)


def _run(
    command: tuple[str, ...],
    profile: "Profile | None",
    *,
    webhook_url: str | None,
    port: int,
    seed: int | None,
    permissive: bool,
    quiet: bool,
    artifacts: Path,
) -> int:
    import os
    import secrets

    from telnyx_simulator.commands.executing import Execution
    from telnyx_simulator.transports.clock import wall_clock

    options.folder(artifacts)
    execution = Execution(
        command=command,
        profile=profile,
        webhook_url=webhook_url,
        port=port,
        seed=secrets.randbelow(10**6) if seed is None else seed,
        quiet=quiet,
        permissive=permissive,
        directory=artifacts / f"exec-{os.getpid()}" / "trace",
        clock=wall_clock(),
    )
    try:
        in_loop(execution.run)
    except OSError as error:
        click.echo(f"port {port}: {error.strerror}; leave --port out for a free one", err=True)
        return EXIT_USAGE
    return execution.code
