"""`telnyx-sim lint`."""

import sys
from pathlib import Path

import click

from telnyx_simulator.commands import options
from telnyx_simulator.commands.exits import EPILOG, EXIT_NOTHING_MATCHED, EXIT_OK, EXIT_USAGE


@click.command(epilog=EPILOG, short_help="Say every mistake of scenario files at once.")
@options.paths
@click.option("--sut", type=click.Path(path_type=Path), help="Also what this profile knows: clips, asks, advice.")
def lint(paths: tuple[Path, ...], sut: Path | None) -> None:
    """Say every mistake of scenario files at once, without any call. No network, no application."""
    from telnyx_simulator.scenario.advice import advice
    from telnyx_simulator.scenario.complaints import ScenarioError
    from telnyx_simulator.scenario.invocation import read_all
    from telnyx_simulator.scenario.loader import NOTHING_HERE, load

    given = options.or_default(paths)
    try:
        profile, scenarios = (None, load(given)) if sut is None else read_all(given, sut)
    except ScenarioError as error:
        click.echo(str(error))
        click.echo(options.counted(len(error.complaints), "mistake"), err=True)
        nothing = all(complaint.message.startswith(NOTHING_HERE) for complaint in error.complaints)
        sys.exit(EXIT_NOTHING_MATCHED if nothing else EXIT_USAGE)
    if profile is not None and sut is not None:
        for place, told in advice(scenarios, profile, sut):
            click.echo(f"{place}: {told}")
    files = len({scenario.file for scenario in scenarios})
    click.echo(f"no mistake in {options.counted(files, 'file')} ({options.counted(len(scenarios), 'run')})", err=True)
    sys.exit(EXIT_OK)
