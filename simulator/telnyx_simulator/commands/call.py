"""`telnyx-sim call`: drives calls by hand on a running `serve`, by its control API."""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar

import click

from telnyx_simulator.commands.exits import EXIT_FAILED, EXIT_NEVER_READY

_NUMBER: Final = "+12025550100"
_CALLER: Final = "+442079460123"
_TIMEOUT_S: Final = 10

F = TypeVar("F", bound=Callable[..., Any])


def _server(function: F) -> F:
    return click.option(
        "--server",
        envvar="TELNYX_SIM_SERVER",
        default="http://127.0.0.1:8642",
        show_default=True,
        help="Where `serve` listens.",
    )(function)


def _which(function: F) -> F:
    return click.argument("call_id", metavar="[CALL]", required=False)(function)


@click.group()
def call() -> None:
    """Drive a call by hand on a running `serve`.

    CALL is a number of either side, or the first characters of its call_control_id; it may be left out while there is
    one call only.
    """


@call.command()
@click.option("--from", "from_", default=_CALLER, show_default=True, help="The caller's number.")
@click.option("--to", default=_NUMBER, show_default=True, help="The application's number.")
@click.option("--leg-codec", default="PCMA", show_default=True)
@click.option("--behavior", help="What the caller does by themselves: speaks, silent, answers_and_hangs_up.")
@_server
def place(from_: str, to: str, leg_codec: str, behavior: str | None, server: str) -> None:
    """Somebody calls the application."""
    body = {"from": from_, "to": to, "leg_codec": leg_codec} | ({"behavior": behavior} if behavior else {})
    _print(_asked(server, "POST", "/calls", body))


@call.command("list")
@click.option("--all", "everything", is_flag=True, help="Also the calls that are over.")
@_server
def list_(everything: bool, server: str) -> None:
    """The calls that there are."""
    for one in _asked(server, "GET", "/calls"):
        if everything or one["state"] != "hangup":
            _print(one)


@call.command()
@_which
@click.option("--cause", help="A hangup cause; the usual one of the moment if none is given.")
@_server
def hangup(call_id: str | None, cause: str | None, server: str) -> None:
    """The person at the far end hangs up, or declines while it rings."""
    _act(server, call_id, "hangup", {"cause": cause} if cause else {})


@call.command()
@click.argument("digits")
@_which
@_server
def dtmf(digits: str, call_id: str | None, server: str) -> None:
    """The person at the far end presses keys: 0-9 * # A-D, w and W are pauses."""
    _act(server, call_id, "dtmf", {"digits": digits})


@call.command()
@click.argument("clip")
@_which
@_server
def play(clip: str, call_id: str | None, server: str) -> None:
    """The person at the far end says a clip, such as speech/en-1."""
    _act(server, call_id, "play", {"clip": clip})


@call.command()
@_which
@_server
def hold(call_id: str | None, server: str) -> None:
    """The person at the far end puts the call on hold."""
    _act(server, call_id, "hold", {})


@call.command()
@_which
@_server
def unhold(call_id: str | None, server: str) -> None:
    """The person at the far end takes the call back."""
    _act(server, call_id, "unhold", {})


def _act(server: str, call_id: str | None, act: str, body: dict[str, Any]) -> None:
    chosen = urllib.parse.quote(_chosen(_asked(server, "GET", "/calls"), call_id), safe="")
    _print(_asked(server, "POST", f"/calls/{chosen}/{act}", body))


def _chosen(calls: list[dict[str, Any]], call_id: str | None) -> str:
    """The one call that is meant; a usage error where it is none or several."""
    alive = [one for one in calls if one["state"] != "hangup"]
    wanted = [one for one in alive if one["call_control_id"].startswith(call_id or "")]
    wanted = [one for one in alive if call_id in (one["from"], one["to"])] or wanted
    if len(wanted) == 1:
        return str(wanted[0]["call_control_id"])
    if not wanted:
        about = (
            f"no call is {call_id!r}; `call list` names them"
            if call_id and alive
            else "there is no call; `call place` makes one"
        )
        raise click.UsageError(about)
    listed = "\n".join(f"  {_line(one)}" for one in wanted)
    raise click.UsageError(f"which of these {len(wanted)} calls?\n{listed}")


def _asked(server: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """What the control API answers under `data`; its errors, and silence, end the command."""
    from telnyx_simulator.transports.targets import why_refused

    if (refusal := why_refused(server)) or not server.startswith(("http://", "https://")):
        raise click.UsageError(f"--server: {refusal or 'http://127.0.0.1:8642 is how it is written'}")
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 - http or https on loopback, looked at above
        f"{server.rstrip('/')}/_sim{path}", data, {"Content-Type": "application/json"}, method=method
    )
    # No proxy of the environment, no redirect: nothing leaves this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())
    try:
        with opener.open(request, timeout=_TIMEOUT_S) as reply:
            return json.load(reply)["data"]
    except urllib.error.HTTPError as error:
        _refused(error)
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = getattr(error, "reason", error)
        click.echo(f"no simulator answers at {server} ({reason}); start one: telnyx-sim serve", err=True)
        sys.exit(EXIT_NEVER_READY)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def _refused(error: urllib.error.HTTPError) -> NoReturn:
    try:
        told = "; ".join(f"{one['title']}: {one['detail']}" for one in json.load(error)["errors"])
    except (OSError, ValueError, KeyError, TypeError):
        told = str(error)
    click.echo(told, err=True)
    sys.exit(EXIT_FAILED)


def _print(one: dict[str, Any]) -> None:
    click.echo(_line(one))


def _line(one: dict[str, Any]) -> str:
    cause = f" {one['hangup_cause']}" if one.get("hangup_cause") else ""
    return f"{one['call_control_id']}  {one['direction']} {one['from']} -> {one['to']}  {one['state']}{cause}"
