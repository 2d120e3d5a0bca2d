"""`telnyx-sim doctor`: what in this machine and project would be in the way, with one line each that mends it."""

import importlib
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from telnyx_simulator.commands import options
from telnyx_simulator.commands.exits import EXIT_FAILED, EXIT_OK, EXIT_USAGE

# What is imported and what it is installed as, where these differ.
_PACKAGES: Final = {
    "click": "click",
    "cryptography": "cryptography",
    "faker": "faker",
    "fastapi": "fastapi",
    "G722": "G722",
    "httpx": "httpx",
    "msgspec": "msgspec",
    "numpy": "numpy",
    "picows": "picows",
    "pydantic": "pydantic",
    "yaml": "pyyaml",
    "rich": "rich",
    "scipy": "scipy",
    "soxr": "soxr",
    "uvicorn": "uvicorn",
    "uvloop": "uvloop",
}
_PORT: Final = 8642
_FREE_BYTES_MIN: Final = 500_000_000
_TICK_NS: Final = 20_000_000
_TICKS: Final = 50
# Half a frame late, and frames begin to arrive in the wrong twenty milliseconds.
_LATE_MS_MAX: Final = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """`fix` is empty where nothing needs to be done; `severe` stops calls from being simulated."""

    what: str
    found: str
    fix: str = ""
    severe: bool = True


@click.command(short_help="Look for what would be in the way; try an application.")
@click.argument("url", required=False)
@options.sut
@options.artifacts_dir
@options.color
@click.pass_context
def doctor(context: click.Context, url: str | None, sut: Path, artifacts: Path) -> None:
    """Look for what would be in the way: Python, packages, ports, timers, sut.yaml, environment. Changes nothing.

    With --sut the application is tried as well: started, called once, and stopped. With nothing but the URL of an
    application: what to write.
    """
    from telnyx_simulator.commands.first_profile import url_in, what_to_write

    given = context.get_parameter_source("sut") is not ParameterSource.DEFAULT
    if url is not None or url_in(sut) or (given and not sut.exists()):
        click.echo(what_to_write(url or sut), err=True)
        sys.exit(EXIT_USAGE)
    worst = EXIT_OK
    for found in _everything(sut, artifacts, tries=given):
        word, color = ("ok", "green") if not found.fix else ("FIX", "red") if found.severe else ("note", "yellow")
        first, *more = found.found.splitlines() or [""]
        click.echo(f"{click.style(f'{word:<5}', fg=color)} {found.what:<12} {first}")
        for line in [*more, *found.fix.splitlines()]:
            click.echo(f"{'':<18} {line}")
        if found.fix:
            worst = EXIT_FAILED if found.severe else worst
    sys.exit(worst)


def _everything(sut: Path, artifacts: Path, *, tries: bool) -> Iterator[Finding]:
    yield Finding("python", f"{sys.version.split()[0]} at {sys.executable}")
    packages = list(_packages())
    yield from packages
    if any(found.fix and found.severe for found in packages):
        return
    yield _port()
    yield _timers()
    yield from _codecs()
    yield _speech()
    profile = _profile(sut, tries=tries)
    yield profile
    yield _space(artifacts)
    yield from _environment()
    if tries and not (profile.fix and profile.severe):
        from telnyx_simulator.commands.trial import tried
        from telnyx_simulator.scenario.profiles import load_profile

        yield from tried(load_profile(sut))


def _packages() -> Iterator[Finding]:
    missing, found = [], {}
    for module, package in _PACKAGES.items():
        if package == "uvloop" and sys.platform == "win32":
            continue
        try:
            importlib.import_module(module)
            found[package] = version(package)
        except (ImportError, PackageNotFoundError) as error:
            missing.append((package, str(error)))
    for package, problem in missing:
        yield Finding(
            "packages", f"{package} cannot be imported: {problem}", f"pip install --force-reinstall {package}"
        )
    yield Finding("packages", f"{len(found)} can be imported; event loop: uvloop {found.get('uvloop', '(none)')}")
    if sys.platform == "win32":
        told = "there is no uvloop on Windows, and timers are coarse"
        yield Finding("packages", told, "for sound checks use Linux, macOS or WSL", severe=False)


def _codecs() -> Iterator[Finding]:
    """Which codecs of legs, streams and replies this machine has."""
    from telnyx_simulator.audio.codecs import known_codec_names, parse_codec

    missing: dict[str, list[str]] = {}
    whole = []
    for name in known_codec_names():
        codec = parse_codec(name)
        # An MP3 only ever comes from the application.
        lacking = {
            "sent": None if name == "MP3" else codec.missing_here(encode=True, decode=False),
            "taken": codec.missing_here(encode=False, decode=True),
        }
        for how, lack in lacking.items():
            if lack is not None:
                missing.setdefault(lack.install, []).append(f"{name} cannot be {how}: {lack.needs}")
        if not any(lacking.values()):
            whole.append(name)
    yield Finding("codecs", ", ".join(whole))
    for install, told in missing.items():
        yield Finding("codecs", "; ".join(told), install, severe=False)


def _speech() -> Finding:
    """What people hear of `speak`, and how it can be words."""
    from telnyx_simulator.transports.speech import PROGRAM, program

    path = program()
    if path is not None:
        return Finding("speech", f"`speak` is said by {path}")
    told = f"{PROGRAM} is not there: `speak` is a voice-like signal of the right length, without words"
    fix = f"install {PROGRAM} for words (apt install {PROGRAM}, brew install {PROGRAM}); no check needs them"
    return Finding("speech", told, fix, severe=False)


def _port() -> Finding:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", _PORT))
    except OSError as error:
        fix = "end what listens there (a `serve`?), or use `serve --port 0`; profiles with `url:` need this port"
        return Finding(f"port {_PORT}", f"not free: {error.strerror}", fix, severe=False)
    return Finding(f"port {_PORT}", "free")


def _timers() -> Finding:
    """Fifty ticks of 20 ms, as a call has them: how late the latest was."""
    from telnyx_simulator.commands.loop import in_loop
    from telnyx_simulator.transports.clock import wall_clock

    late_ns: list[int] = []

    async def ticking() -> None:
        clock = wall_clock()
        for n in range(1, _TICKS + 1):
            await clock.sleep_until(n * _TICK_NS)
            late_ns.append(clock.now_ns() - n * _TICK_NS)

    in_loop(ticking)
    worst_ms = max(late_ns) / 1e6
    found = f"{_TICKS} ticks of 20 ms, the latest {worst_ms:.1f} ms late"
    if worst_ms > _LATE_MS_MAX:
        fix = (
            "the machine is busy or its timers are coarse: findings about time may be inconclusive; use fewer runs (-n)"
        )
        return Finding("timers", found, fix, severe=False)
    return Finding("timers", found)


def _profile(sut: Path, *, tries: bool) -> Finding:
    from telnyx_simulator.scenario.complaints import ScenarioError
    from telnyx_simulator.scenario.profiles import load_profile

    if not sut.is_file():
        fix = "telnyx-sim init --url http://127.0.0.1:8000; `telnyx-sim doctor URL` shows the least that it needs"
        return Finding("profile", f"{sut}: not there", fix, severe=False)
    try:
        profile = load_profile(sut)
    except ScenarioError as error:
        told = error.complaints[0]
        return Finding("profile", f"{told.place}: {told.message}", f"`telnyx-sim lint --sut {sut}` says all mistakes")
    if profile.url is not None:
        return _answers(sut, profile.url)
    return Finding(
        "profile", f"{sut}: {profile.title}, started by us{'' if tries else f'; doctor --sut {sut} tries it'}"
    )


def _answers(sut: Path, url: str) -> Finding:
    """Whether anything listens where the application is said to be."""
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    try:
        with socket.create_connection(address, timeout=2):
            return Finding("profile", f"{sut}: something listens at {url}")
    except OSError as error:
        return Finding(
            "profile", f"{sut}: nothing listens at {url}: {error}", "start the application first", severe=False
        )


def _space(artifacts: Path) -> Finding:
    folder = next((one for one in [artifacts.absolute(), *artifacts.absolute().parents] if one.is_dir()), Path("/"))
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e9:.1f} GB free for {artifacts}"
    if not os.access(folder, os.W_OK):
        return Finding("artifacts", f"{folder} cannot be written", "choose another folder with --artifacts-dir")
    if free < _FREE_BYTES_MIN:
        return Finding("artifacts", found, f"make room: rm -r {artifacts}", severe=False)
    return Finding("artifacts", found)


def _environment() -> Iterator[Finding]:
    """Variables of this shell; an application that is started from it gets them as well."""
    from telnyx_simulator.transports.targets import why_refused

    base = os.environ.get("TELNYX_BASE_URL")
    if base is None:
        told = "not set; an application under `start:` gets it from sut.yaml, one that you start yourself needs it"
        yield Finding("environment", f"TELNYX_BASE_URL is {told}")
    elif why_refused(base):
        fix = f"export TELNYX_BASE_URL=http://127.0.0.1:{_PORT}/v2"
        yield Finding("environment", f"TELNYX_BASE_URL is {base}: the application would speak to others", fix)
    elif not urlsplit(base).path.rstrip("/").endswith("/v2"):
        fix = f"export TELNYX_BASE_URL={base.rstrip('/')}/v2"
        yield Finding("environment", f"TELNYX_BASE_URL is {base}, without /v2", fix, severe=False)
    else:
        yield Finding("environment", f"TELNYX_BASE_URL is {base}")
    key = os.environ.get("TELNYX_PUBLIC_KEY")
    if key is not None and key != _own_key():
        fix = f"export TELNYX_PUBLIC_KEY={_own_key()}"
        yield Finding("environment", "TELNYX_PUBLIC_KEY is not the simulator's: it would refuse all", fix, severe=False)


def _own_key() -> str:
    from telnyx_simulator import resources
    from telnyx_simulator.transports.signer import Signer

    return Signer(resources.test_private_key()).public_key
