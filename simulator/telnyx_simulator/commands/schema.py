"""`telnyx-sim schema`."""

import importlib
import json
from typing import Any, Final

import click

# What a schema is of -> the module and the function that make it from the models.
MAKERS: Final = {
    "scenario": ("telnyx_simulator.scenario.schema", "scenario_schema"),
    "sut": ("telnyx_simulator.sut.schema", "profile_schema"),
}


@click.command(short_help="Print the JSON Schema of a scenario or sut.yaml.")
@click.argument("kind", type=click.Choice(list(MAKERS)), metavar="[scenario|sut]")
def schema(kind: str) -> None:
    """Print the JSON Schema of a scenario or of sut.yaml, for editors."""
    click.echo(schema_text(kind), nl=False)


def schema_text(kind: str) -> str:
    module, function = MAKERS[kind]
    made: Any = getattr(importlib.import_module(module), function)()
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"
