"""`telnyx-sim demo`."""

import os
import sys
from pathlib import Path

import click

from telnyx_simulator.commands import options
from telnyx_simulator.commands.exits import EXIT_FAILED, EXIT_OK


@click.command(short_help="See a call turn to static, and the fault named.")
@click.option("--profiles", type=click.Path(path_type=Path), help="Another demo.yaml.")
@click.option("--seed", type=int, default=1, show_default=True)
@options.artifacts_dir
@options.color
def demo(profiles: Path | None, seed: int, artifacts: Path) -> None:
    """A UK call turns to static in a broken application, and comes through in the right one."""
    sys.exit(_demo(profiles, seed=seed, artifacts=artifacts))


def _demo(profiles: Path | None, *, seed: int, artifacts: Path) -> int:
    """Two runs of one scenario; fine only if the broken application fails with its fault named and the right passes."""
    import yaml

    from telnyx_simulator import resources
    from telnyx_simulator.commands.running import Wanted, run_scenarios

    path = profiles or resources.demo_file()
    try:
        parts = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise click.UsageError(f"--profiles {path}: {error}") from error
    if not isinstance(parts, dict) or set(parts) != {"scenario", "broken", "right", "fault"}:
        raise click.UsageError(f"--profiles {path}: it holds the keys scenario, broken, right and fault, and no others")
    scenario = Path(os.path.relpath(path.parent / parts["scenario"]))
    ended = []
    for word in ("broken", "right"):
        sut = Path(os.path.relpath(path.parent / parts[word]))
        click.echo(f"$ telnyx-sim run {scenario} --sut {sut} --seed {seed} -n 2")
        ended.append(run_scenarios(Wanted(paths=[scenario], sut=sut, seed=seed, at_one_time=2, artifacts=artifacts)))
        if ended[-1].code not in (EXIT_OK, EXIT_FAILED):
            return ended[-1].code
        click.echo()
    broken, right = ended
    faults = {finding.fault.value for outcome in broken.outcomes for finding in outcome.findings if finding.fault}
    named = broken.code == EXIT_FAILED and faults == {parts["fault"]}
    click.echo(f"The broken application {'fails, its fault named: ' + parts['fault'] if named else 'was not caught'}.")
    click.echo(f"The right application {'passes' if right.code == EXIT_OK else 'does not pass'}.")
    for outcome in [*broken.outcomes, *right.outcomes]:
        click.echo(f"  {outcome.verdict.value:<6}  {outcome.trace.parent if outcome.trace else '(no trace)'}")
    return EXIT_OK if named and right.code == EXIT_OK else EXIT_FAILED
