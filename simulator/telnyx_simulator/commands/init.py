"""`telnyx-sim init`."""

import sys
import tempfile
from pathlib import Path

import click

from telnyx_simulator.commands.new import schema_beside
from telnyx_simulator.commands.templates import profile_text, template_text, write

_PROFILE = Path("sut.yaml")
_SCENARIO = Path("scenarios") / "an_incoming_call_is_answered.telnyx.yaml"
_WEBHOOK_PATH = "/telnyx/webhook"


@click.command()
@click.option("--url", metavar="URL", help="The application runs already, here: http://127.0.0.1:8000")
@click.option("--command", metavar="TEXT", help="How to start it instead: 'uvicorn app:app --port {port}'")
@click.option("--ready", metavar="PATH", help="With --command: a path that answers 2xx once it is ready.")
@click.option(
    "--webhook-path",
    "--webhook-url",
    "webhook_url",
    metavar="PATH",
    help=f"Where it takes Telnyx's webhooks.  [default: {_WEBHOOK_PATH}]",
)
@click.option("--yes", is_flag=True, help="Ask nothing: what is not given is the default.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
def init(
    url: str | None, command: str | None, ready: str | None, webhook_url: str | None, yes: bool, force: bool
) -> None:
    """Write sut.yaml and a first scenario for an application. Asks for what is not given, on a terminal."""
    if url and command:
        raise click.UsageError("--url and --command: the application runs already, or is started; not both")
    there = [str(path) for path in (_PROFILE, _SCENARIO) if path.exists()]
    if there and not force:
        raise click.UsageError(f"{' and '.join(there)} there already; --force overwrites")
    asks = sys.stdin.isatty() and not yes
    if not url and not command:
        if not asks:
            raise click.UsageError("--url or --command is needed: where the application runs, or how to start it")
        url, command = _asked()
    if webhook_url is None:
        webhook_url = click.prompt("Path of its webhooks", default=_WEBHOOK_PATH, err=True) if asks else _WEBHOOK_PATH
    text = profile_text(url=url, command=command, ready=ready, webhook_url=webhook_url)
    _check(text, url=url, webhook_url=webhook_url)
    try:
        write(_PROFILE, text)
        write(_SCENARIO, template_text("incoming"))
        schema_beside(_PROFILE)
        schema_beside(_SCENARIO)
    except OSError as error:
        raise click.UsageError(f"{error.filename}: {error.strerror}") from error
    click.echo(f"{_PROFILE}\n{_SCENARIO}")
    click.echo(_next(url), err=True)


def _asked() -> tuple[str | None, str | None]:
    click.echo("Where does the application run, or how is it started?", err=True)
    answer = click.prompt("URL, or command with {port}", default="http://127.0.0.1:8000", err=True)
    return (answer, None) if "://" in answer else (None, answer)


def _check(text: str, *, url: str | None, webhook_url: str) -> None:
    """What was given makes a profile, and one of this machine."""
    from telnyx_simulator.scenario.complaints import ScenarioError
    from telnyx_simulator.scenario.profiles import load_profile
    from telnyx_simulator.transports.targets import why_refused

    for option, given in (("--url", url), ("--webhook-url", webhook_url)):
        if given and "://" in given and (refusal := why_refused(given)):
            raise click.UsageError(f"{option}: {refusal}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sut.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            load_profile(path)
        except ScenarioError as error:
            told = "; ".join(complaint.message for complaint in error.complaints)
            raise click.UsageError(f"this makes no profile: {told}") from error


def _next(url: str | None) -> str:
    """What is left to do, as lines to paste."""
    if url is None:
        return "\nnow: telnyx-sim run"
    from telnyx_simulator import resources
    from telnyx_simulator.scenario.invocation import KNOWN_PORT
    from telnyx_simulator.transports.server import API_KEY
    from telnyx_simulator.transports.signer import Signer

    key = Signer(resources.test_private_key()).public_key
    return f"""
now start the application with these, so that it speaks to the simulator and to nobody else:
  export TELNYX_BASE_URL=http://127.0.0.1:{KNOWN_PORT}/v2
  export TELNYX_PUBLIC_KEY={key}
  export TELNYX_API_KEY={API_KEY}
then: telnyx-sim run"""
