"""`telnyx-sim run`."""

import secrets
import sys
from pathlib import Path
from typing import Any

import click

from telnyx_simulator.commands import options
from telnyx_simulator.commands.exits import EPILOG


def _auto(processors: int) -> int:
    """The application works on the same processors, and a run mostly waits: for people, who take their time."""
    return min(8, 2 * processors)


class _Keep(click.Choice[str]):
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value not in self.choices:
            names = ", ".join(self.choices)
            self.fail(f"{value!r} is not one of {names}; a folder is given by --artifacts-dir", param, ctx)
        return value


@click.command(epilog=EPILOG, short_help="Run scenarios against the application and judge it.")
@options.paths
@options.sut
@click.option("-k", "expression", metavar="EXPR", help="Runs whose name fits: 'busy and not (PCMU or G722)'.")
@click.option("-t", "tags", metavar="TAG", multiple=True, help="Runs with this tag; given again: or that one.")
@click.option("--lf", "last_failed", is_flag=True, help="What failed last; everything if nothing did.")
@click.option("-x", "stop_at_first", is_flag=True, help="Stop at the first failure.")
@click.option(
    "-n",
    "at_one_time",
    metavar="N",
    type=options.AtOneTime(_auto),
    default="1",
    help="Runs side by side: a number, or auto, twice the processors and 8 at most.  [default: 1]",
)
@click.option(
    "--seed", envvar="TELNYX_SIM_SEED", type=int, help="Fixes every chance. Random, and printed, when not given."
)
@click.option(
    "--repeat",
    "times",
    metavar="N",
    type=click.IntRange(1, 1000),
    default=1,
    help="Each run N times: seed, seed + 1 ...",
)
@click.option(
    "--timeout",
    "timeout_ns",
    metavar="DURATION",
    type=options.DURATION,
    help="For the whole invocation. What has run is reported, the rest not exercised; exit 1.",
)
@click.option(
    "--impairments",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True),
    help="Lines as another run had them, frame by frame: its trace, or the impairments.json beside it.",
)
@click.option(
    "--deny",
    metavar="EVIDENCE",
    type=click.Choice(["assumed", "reported"]),
    multiple=True,
    help="Refuse scenarios that rest on this, naming what: assumed, reported; given again: or that as well.",
)
@click.option("--strict", is_flag=True, help="A run that is not exercised or inconclusive counts as a failure.")
@click.option("--junit", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="JUnit XML.")
@click.option("--json", metavar="FILE", help="Results as JSON; - is stdout, and what people read goes to stderr.")
@click.option(
    "--artifacts",
    "keep",
    metavar="WHEN",
    type=_Keep(["always", "on-failure", "never"]),
    default="always",
    show_default=True,
    help="Whose traces to keep: always, on-failure, never.",
)
@options.tls
@options.artifacts_dir
@options.color
def run(paths: tuple[Path, ...], seed: int | None, ca: Path | None, tls_port: int, **wanted: Any) -> None:
    """Run scenarios (files or folders) against the application and judge what it did.

    Without PATHS those of ./scenarios, or of this folder where there is none. Results go to stdout, progress to stderr.
    """
    from telnyx_simulator.commands.running import Wanted, run_scenarios

    seed = secrets.randbelow(10**6) if seed is None else seed
    tls = options.tls_of(ca, tls_port)
    sys.exit(run_scenarios(Wanted(paths=options.or_default(paths), seed=seed, tls=tls, **wanted)).code)
