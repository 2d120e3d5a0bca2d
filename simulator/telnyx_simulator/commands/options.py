"""Options that several commands share, each with one spelling, one default and one help text."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from telnyx_simulator.transports.authority import Authority

F = TypeVar("F", bound=Callable[..., Any])

_SIDE_BY_SIDE_MAX: Final = 64
_UNITS_NS: Final = {"ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000}


class DurationType(click.ParamType[int]):
    """`90s`, `10m`; the value is nanoseconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h)", str(value))
        if found is None:
            self.fail(f"{value!r}: a duration needs its unit: 500ms, 90s, 10m", param, ctx)
        return round(float(found[1]) * _UNITS_NS[found[2]])


DURATION: Final = DurationType()


class AtOneTime(click.ParamType[int]):
    """How many runs go on side by side; `auto` follows from the number of processors."""

    name = "number"

    def __init__(self, auto: Callable[[int], int]) -> None:
        self._auto = auto

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "auto":
            return self._auto(os.cpu_count() or 1)
        if str(value).isdecimal() and 1 <= int(value) <= _SIDE_BY_SIDE_MAX:
            return int(value)
        self.fail(f"{value!r}: a number from 1 to {_SIDE_BY_SIDE_MAX} is expected, or auto", param, ctx)


def paths(function: F) -> F:
    """Scenario files and folders; without any: ./scenarios if there is one, else this folder."""
    return click.argument("paths", nargs=-1, type=click.Path(path_type=Path))(function)


def or_default(given: tuple[Path, ...]) -> list[Path]:
    if given:
        return list(given)
    return [Path("scenarios") if Path("scenarios").is_dir() else Path()]


def artifacts_dir(function: F) -> F:
    return click.option(
        "--artifacts-dir",
        "artifacts",
        envvar="TELNYX_SIM_ARTIFACTS_DIR",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(".telnyx-sim"),
        show_default=True,
        help="Where traces and findings go.",
    )(function)


def sut(function: F) -> F:
    return click.option(
        "--sut",
        envvar="TELNYX_SIM_SUT",
        type=click.Path(path_type=Path),
        default=Path("sut.yaml"),
        show_default=True,
        help="The profile of the application under test.",
    )(function)


def tls(function: F) -> F:
    """`ca` and `tls_port`, for `tls_of`."""
    folder_option = click.option(
        "--tls",
        "ca",
        metavar="FOLDER",
        type=click.Path(path_type=Path, file_okay=False),
        help="Serve REST by TLS as well, as api.telnyx.com, with the certificate of `telnyx-sim ca`.",
    )
    port_option = click.option(
        "--tls-port", type=click.IntRange(1, 65535), default=443, show_default=True, help="Where, with --tls."
    )
    return folder_option(port_option(function))


def tls_of(ca: Path | None, port: int) -> "tuple[int, Authority] | None":
    """Port and certificate, looked for before anything starts; None without `--tls`."""
    if ca is None:
        return None
    from telnyx_simulator.transports.authority import Authority
    from telnyx_simulator.transports.server import free_port_socket

    authority = Authority(ca)
    if missing := [path for path in authority.files() if not path.is_file()]:
        raise click.UsageError(f"--tls {ca}: {missing[0].name} is not there; make it: telnyx-sim ca {ca}")
    try:
        free_port_socket(port).close()
    except OSError as error:
        advice = "ports below 1024 are for root, or for a container: docs/unmodified-applications.md"
        raise click.UsageError(f"--tls-port {port}: {error.strerror}; {advice}") from error
    return port, authority


def color(function: F) -> F:
    def set_color(ctx: click.Context, param: click.Parameter, value: str) -> None:
        if value == "auto" and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
            return  # click looks whether the stream is a terminal
        ctx.color = value == "always"

    return click.option(
        "--color",
        envvar="TELNYX_SIM_COLOR",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        expose_value=False,
        callback=set_color,
        help="Colors on a terminal [auto]; NO_COLOR is obeyed.",
    )(function)


def counted(count: int, noun: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def folder(artifacts: Path) -> None:
    """Make the folder of the artifacts, or say why not before anything starts."""
    try:
        artifacts.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"--artifacts-dir {artifacts}: {error.strerror}") from error
