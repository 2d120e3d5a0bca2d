"""The command line: a group whose commands are imported when they are asked for."""

import contextlib
import errno
import importlib
import io
import os
import sys
import traceback
from typing import Final, TextIO

import click

from telnyx_simulator.commands.exits import EPILOG, EXIT_INTERRUPTED, EXIT_OURS

# Name on the command line -> module of `commands`, and the function in it. In the order in which one meets them.
COMMANDS: Final = {
    "init": ("init", "init"),
    "new": ("new", "new"),
    "lint": ("lint", "lint"),
    "list": ("list", "list_"),
    "run": ("run", "run"),
    "conformance": ("conformance", "conformance"),
    "check": ("check", "check"),
    "verify": ("verify", "verify"),
    "explain": ("explain", "explain"),
    "fidelity": ("fidelity", "fidelity"),
    "serve": ("serve", "serve"),
    "exec": ("exec", "exec_"),
    "ca": ("ca", "ca"),
    "call": ("call", "call"),
    "send": ("send", "send"),
    "demo": ("demo", "demo"),
    "doctor": ("doctor", "doctor"),
    "schema": ("schema", "schema"),
    "completion": ("completion", "completion"),
}

_DISK: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(f"telnyx_simulator.commands.{module}"), function)
        assert isinstance(command, click.Command)
        return command


@click.group(
    cls=_Lazy,
    commands={name: click.Command(name) for name in COMMANDS},  # names for "did you mean"; the real ones come later
    epilog=f"{EPILOG}\n\nEach option can be set by a variable as well: TELNYX_SIM_RUN_SEED=7.",
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "TELNYX_SIM",
        "max_content_width": 100,
    },
)
@click.version_option(package_name="telnyx-simulator", prog_name="telnyx-sim")
def cli() -> None:
    """A fake Telnyx that tests your voice application. Unofficial; talks to this machine only."""


def main() -> None:
    """Entry point. A traceback never reaches a user for a mistake of theirs; for one of ours it does, with exit 3."""
    sys.stdout, sys.stderr = whole(sys.stdout), whole(sys.stderr)
    try:
        sys.exit(cli.main(prog_name="telnyx-sim", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except Exception as error:
        if full := _disk_error(error):
            click.echo(f"telnyx-sim: {full}", err=True)
        else:
            click.echo("telnyx-sim: an error of ours, not of your application; please report it with this:", err=True)
            traceback.print_exc()
        _drop_output()
        sys.exit(EXIT_OURS)


def whole(stream: TextIO) -> TextIO:
    """The stream, so that it writes all it is given.

    With PYTHONUNBUFFERED a text stream lies on the bare file, and drops what a signal left over of a long write.
    """
    bare = getattr(stream, "buffer", None)
    if not isinstance(bare, io.RawIOBase):
        return stream
    buffered = io.BufferedWriter(bare)
    return io.TextIOWrapper(buffered, stream.encoding, stream.errors, line_buffering=True)


def _disk_error(error: BaseException | None) -> str | None:
    """What to say where this machine had no room left to write, however deep that lies below."""
    seen = 0
    while error is not None and seen < 20:
        if isinstance(error, OSError) and error.errno in _DISK:
            where = f"{error.filename}: " if error.filename else ""
            return f"{where}{os.strerror(error.errno or 0)}; make room, or choose another folder with --artifacts-dir"
        error, seen = error.__cause__ or error.__context__, seen + 1
    return None


def _drop_output() -> None:
    """What could not be written is not tried again when the interpreter ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
