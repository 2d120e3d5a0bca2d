"""`telnyx-sim ca`: a certificate for api.telnyx.com, for applications that no shim reaches."""

from pathlib import Path

import click

from telnyx_simulator.commands.exits import EPILOG


@click.command(short_help="Make a local CA and a certificate for api.telnyx.com.", epilog=EPILOG)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("telnyx-sim-ca"))
@click.option("--force", is_flag=True, help="Replace the one that is there: what trusts it has to trust the new one.")
def ca(folder: Path, force: bool) -> None:
    """Make a CA of this machine's own, and a certificate of it for api.telnyx.com, in FOLDER [telnyx-sim-ca].

    For applications in compiled languages, in a container: docs/unmodified-applications.md has the recipe.
    """
    from telnyx_simulator.transports.authority import DAYS, Authority, make
    from telnyx_simulator.transports.clock import wall_clock

    there = [path for path in Authority(folder).files() if path.exists()]
    if there and not force:
        raise click.UsageError(f"{there[0]} is there already; --force makes a new one, or name another folder")
    try:
        made = make(folder, wall_clock().unix_ns())
    except OSError as error:
        raise click.UsageError(f"{folder}: {error.strerror}") from error
    click.echo(
        f"{made.certificate}   to be trusted by the application: for telnyx.com and this machine alone, {DAYS} days"
    )
    click.echo(f"{made.server_certificate}, {made.server_key.name}   for `telnyx-sim serve --tls {folder}`")
