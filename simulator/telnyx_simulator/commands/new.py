"""`telnyx-sim new`."""

import re
from pathlib import Path

import click

from telnyx_simulator.commands.templates import SCHEMA_FILES, TEMPLATES, template_text, write

_SUFFIX = ".telnyx.yaml"
_LISTED = "\n".join(f"  {name:<10}{template.says}" for name, template in TEMPLATES.items())


@click.command(epilog=f"\b\nTemplates:\n{_LISTED}")
@click.argument("name")
@click.option(
    "--template", type=click.Choice(list(TEMPLATES)), default="incoming", show_default=True, help="What to start from."
)
@click.option("--force", is_flag=True, help="Overwrite.")
def new(name: str, template: str, force: bool) -> None:
    """Write a new scenario from a template. NAME is a sentence, or a path.

    A name without a folder goes to ./scenarios if there is one.
    """
    path = path_of(name)
    if path.exists() and not force:
        raise click.UsageError(f"{path} is there already; --force overwrites it")
    try:
        write(path, template_text(template))
        schema_beside(path)
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from error
    click.echo(path)


def path_of(name: str) -> Path:
    """`a caller is put through` -> `scenarios/a_caller_is_put_through.telnyx.yaml`."""
    path = Path(name)
    stem = re.sub(r"[^\w.+-]+", "_", path.name.removesuffix(_SUFFIX)).strip("_.")
    if not stem:
        raise click.UsageError(f"{name!r} is no name for a scenario; write what happens: a_caller_is_put_through")
    folder = path.parent
    if folder == Path() and not name.startswith("./") and Path("scenarios").is_dir():
        folder = Path("scenarios")
    return folder / f"{stem}{_SUFFIX}"


def schema_beside(path: Path) -> None:
    """The schema that the first line of `path` points editors to."""
    from telnyx_simulator.commands.schema import schema_text

    kind = "scenario" if path.name.endswith(_SUFFIX) else "sut"
    beside, text = path.parent / SCHEMA_FILES[kind], schema_text(kind)
    if not beside.is_file() or beside.read_text(encoding="utf-8") != text:
        write(beside, text)
