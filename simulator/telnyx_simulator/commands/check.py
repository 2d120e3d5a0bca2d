"""`telnyx-sim check`."""

import json
import sys
from pathlib import Path

import click

from telnyx_simulator.commands import options
from telnyx_simulator.commands.exits import EPILOG, exit_code


@click.command(epilog=EPILOG, short_help="Judge a recorded run again, from its trace.")
@click.argument("trace", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="All findings as JSON.")
@options.color
def check(trace: Path, as_json: bool) -> None:
    """Judge a recorded run again: TRACE is the directory that holds trace.jsonl."""
    from telnyx_simulator.audio.codecs import MissingLibrary
    from telnyx_simulator.audio.fidelity import THRESHOLDS
    from telnyx_simulator.checks.findings import overall
    from telnyx_simulator.checks.judge import judge
    from telnyx_simulator.commands.paint import paint, painted
    from telnyx_simulator.report.text import failure_text, run_line
    from telnyx_simulator.trace import Trace, TraceError

    try:
        recorded = Trace.read(trace)
    except TraceError as error:
        raise click.UsageError(str(error)) from error
    if not recorded.header.get("scenario"):
        raise click.UsageError(f"{trace}: the trace of no scenario; there is nothing to judge")
    if recorded.header.get("thresholds") != THRESHOLDS:
        click.echo("judged by this version's thresholds, which are not those that the run recorded", err=True)
    try:
        findings = judge(recorded)
    except MissingLibrary as missing:
        raise click.UsageError(f"{trace}: {missing.needs}; install it: {missing.install}") from missing
    name = recorded.header["scenario"]["run_id"]
    if as_json:
        click.echo(json.dumps([finding.to_json() for finding in findings], indent=2, ensure_ascii=False))
    else:
        click.echo(run_line(name, findings, recorded.end_ns / 1e9, paint=paint))
        click.echo(painted(failure_text(name, findings, trace=trace, repeat=None)))
    sys.exit(exit_code([overall(findings)]))
