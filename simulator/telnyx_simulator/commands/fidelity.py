"""`telnyx-sim fidelity`."""

import json

import click

_WIDTHS = (20, 8)


@click.command(short_help="How well each thing that the simulator says is known of Telnyx.")
@click.option("--group", metavar="NAME", help="List the rows of this group, with their sources.")
@click.option(
    "--evidence",
    type=click.Choice(["spec", "docs", "observed", "reported", "assumed"]),
    help="List the rows that rest on this.",
)
@click.option("--json", "json_", type=click.Choice(["-"]), help="The rows as JSON on standard output.")
def fidelity(group: str | None, evidence: str | None, json_: str | None) -> None:
    """Print what each endpoint, field, event, error and timer rests on: counts by group, or the rows themselves.

    spec: OpenAPI document and SDK types; docs: Telnyx's pages; observed: captures; reported: consumer code and threads;
    assumed: nobody says, and a default was chosen.
    """
    from telnyx_simulator.facts.ledger import coverage, ledger
    from telnyx_simulator.scenario.complaints import unknown

    groups = tuple(dict.fromkeys(row.group for row in ledger()))
    if group is not None and group not in groups:
        raise click.UsageError(unknown("group", group, groups))
    rows = [
        row
        for row in ledger()
        if (group is None or row.group == group) and (evidence is None or row.evidence == evidence)
    ]
    if json_ is not None:
        told = [{"group": one.group, "name": one.name, "evidence": one.evidence, "source": one.source} for one in rows]
        click.echo(json.dumps(told, indent=2))
        return
    if group is not None or evidence is not None:
        for row in rows:
            click.echo(f"{row.evidence:<9} {row.name}  ({row.source})")
        click.echo(f"{len(rows)} rows")
        return
    kinds = list(coverage()[0].by_evidence)
    first, other = _WIDTHS
    click.echo(f"{'':<{first}}" + "".join(f"{one:>{other + 1}}" for one in ("rows", *kinds)) + "  spec+docs+observed")
    for one in coverage():
        counts = "".join(f"{count:>{other + 1}}" for count in (one.rows, *one.by_evidence.values()))
        click.echo(f"{one.group:<{first}}{counts}{100 * one.sourced / one.rows:>10.0f} %")
