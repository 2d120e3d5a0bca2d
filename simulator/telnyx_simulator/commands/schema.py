"""`telnyx-sim schema`."""

import json

import click


@click.command(short_help="Print the JSON Schema of a scenario or sut.yaml.")
@click.argument("kind", type=click.Choice(["scenario", "sut"]), metavar="[scenario|sut]")
def schema(kind: str) -> None:
    """Print the JSON Schema of a scenario or of sut.yaml, for editors."""
    click.echo(schema_text(kind), nl=False)


def schema_text(kind: str) -> str:
    from telnyx_simulator.scenario.schema import scenario_schema
    from telnyx_simulator.sut.schema import profile_schema

    made = scenario_schema() if kind == "scenario" else profile_schema()
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"
