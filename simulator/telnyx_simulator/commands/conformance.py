"""`telnyx-sim conformance`."""

import secrets
import sys
from pathlib import Path
from typing import Any

import click

from telnyx_simulator.commands import options
from telnyx_simulator.commands.exits import EPILOG

_FILE = click.Path(path_type=Path, dir_okay=False)


def _auto(processors: int) -> int:
    """Short calls, most of whose time goes by in waiting."""
    return min(16, 8 * processors)


@click.command(epilog=EPILOG, short_help="Grade an application, and say what to mend.")
@click.argument("ids", nargs=-1)
@options.sut
@click.option(
    "--family",
    "families",
    metavar="NAME",
    multiple=True,
    help="Requirements of this family; given again: or of that one.",
)
@click.option(
    "--level", type=click.Choice(["MUST", "SHOULD", "MAY"]), help="At least as binding: SHOULD is MUST and SHOULD."
)
@click.option("--thorough", is_flag=True, help="Also what takes long.")
@click.option("--list", "only_list", is_flag=True, help="List the requirements that are chosen; nothing is run.")
@click.option("--baseline", metavar="FILE", type=_FILE, help="Failures that are known: only others fail the command.")
@click.option("--baseline-update", "update", is_flag=True, help="Write what fails now to the file of --baseline.")
@click.option("--json", metavar="FILE", help="The scorecard as JSON; - is stdout, and what people read goes to stderr.")
@click.option("--junit", metavar="FILE", type=_FILE, help="JUnit XML: a case for each requirement.")
@click.option("--html", metavar="FILE", type=_FILE, help="One page that loads nothing.")
@click.option("--badge", metavar="FILE.svg", type=_FILE, help="A badge; the line of Markdown that shows it is printed.")
@click.option(
    "--status-coverage",
    metavar="PERCENT",
    type=click.IntRange(1, 100),
    help="Fail if fewer of the endings that calls can have were seen and judged.",
)
@click.option(
    "-n",
    "at_one_time",
    metavar="N",
    type=options.AtOneTime(_auto),
    default="auto",
    help="Runs side by side: a number, or auto, eight times the processors and 16 at most.  [default: auto]",
)
@click.option(
    "--seed", envvar="TELNYX_SIM_SEED", type=int, help="Fixes every chance. Random, and printed, when not given."
)
@click.option(
    "--timeout",
    "timeout_ns",
    metavar="DURATION",
    type=options.DURATION,
    help="For the whole invocation. What has run is reported, the rest not exercised; exit 1.",
)
@options.tls
@options.artifacts_dir
@options.color
def conformance(ids: tuple[str, ...], seed: int | None, ca: Path | None, tls_port: int, **wanted: Any) -> None:
    """Ask whether an application is right: a verdict for each requirement of the catalogue, and a grade.

    IDS are requirements, or beginnings of their ids: signature.forged-has-no-effect, signature. Without them all are
    meant. No scenario of your own is needed, only a profile.
    """
    from telnyx_simulator.commands.assessing import Wanted, assess

    seed = secrets.randbelow(10**6) if seed is None else seed
    tls = options.tls_of(ca, tls_port)
    sys.exit(assess(Wanted(ids=ids, seed=seed, tls=tls, brief=True, again_alone=True, **wanted)))
