"""One `telnyx-sim exec`: a server, the command as a child with our terminal, and what is said of it at the end."""

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

from telnyx_simulator import resources
from telnyx_simulator.commands.options import counted
from telnyx_simulator.facts.addresses import ADD_A_LINE
from telnyx_simulator.sut import words
from telnyx_simulator.sut.application import Application
from telnyx_simulator.sut.processes import environment_with
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.sut.redirect import SHIMS, Shim, place_of
from telnyx_simulator.sut.rewriting import rewriting
from telnyx_simulator.trace import Entry
from telnyx_simulator.transports.clock import Clock
from telnyx_simulator.transports.playground import NUMBER, Playground, playground
from telnyx_simulator.transports.server import API_KEY, INBOX_PATH, free_port
from telnyx_simulator.transports.signer import Signer

_PAGE: Final = "docs/unmodified-applications.md"
# As a shell says it.
_NOT_FOUND, _NOT_EXECUTABLE, _KILLED_BY = 127, 126, 128
_PASSED_ON: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
# Those that a terminal sends to all that run in it.
_OF_TERMINALS: Final = (signal.SIGINT, signal.SIGQUIT)
_PATIENCE_NS: Final = 5_000_000_000


@dataclass(slots=True, kw_only=True)
class Execution:
    """What is to be run and how; `code` is its exit code once `run` is over.

    `run` raises OSError where the port is taken. All that we say goes to stderr: stdout is the command's.
    """

    command: tuple[str, ...]
    profile: Profile | None
    webhook_url: str | None
    port: int
    seed: int
    quiet: bool
    permissive: bool
    directory: Path
    clock: Clock
    code: int = 0
    _seen: Counter[str] = field(default_factory=Counter)
    _outside: Counter[str] = field(default_factory=Counter)
    _refusals: list[dict[str, Any]] = field(default_factory=list)

    async def run(self) -> None:
        port = self.port or free_port()
        here = f"http://127.0.0.1:{port}"
        application = self._application(here)
        async with playground(
            self.clock,
            port=port,
            seed=self.seed,
            webhook_url=application.url(application.profile.webhook_url) if application else self._webhook_url(here),
            api_key=None,
            directory=self.directory,
            header={"seed": self.seed, "scenario": None, "profile": None},
            log=self._log,
            permissive=self.permissive,
            number=self.profile.number if self.profile else NUMBER,
            # With no profile, too, so that what is refused names the line that a profile needs.
            rewrite=application.rewritten if application else rewriting({}, {}),
            on_entry=self._note,
        ) as ground:

            def refused(refusal: dict[str, Any]) -> None:
                self._refusals.append(refusal)
                ground.exchange.house.note("sut", "refused", refusal)

            shim = Shim(SHIMS, url=here, clock=self.clock, on_refusal=refused)
            shim.watch()
            try:
                environment = self._environment(ground, application)
                self._say(f"telnyx-sim exec   seed {self.seed}   {here}/v2 in the place of https://api.telnyx.com/v2")
                self.code = await self._child(application, shim.environment(environment))
            finally:
                shim.close()
                if application is not None:
                    await application.stop()
        for line in self._summary():
            self._say(line)

    def _application(self, here: str) -> Application | None:
        """The profile's texts with their words; it starts nothing."""
        if self.profile is None:
            return None
        known = {
            "port": str(self.profile.port or free_port()),
            "api_v2": f"{here}/v2",
            "api_key": API_KEY,
            "probe": here + INBOX_PATH,
            "public_key": Signer(resources.test_private_key()).public_key,
        }
        return Application(self.profile, known, self.clock)

    def _webhook_url(self, here: str) -> str:
        """A connection without one refuses each dial: there is an inbox for whoever only dials."""
        return self.webhook_url or here + INBOX_PATH

    def _environment(self, ground: Playground, application: Application | None) -> dict[str, str]:
        told = {
            "TELNYX_BASE_URL": f"{ground.url}/v2",
            "TELNYX_PUBLIC_KEY": ground.public_key,
            "TELNYX_API_KEY": API_KEY,
            "TELNYX_CONNECTION_ID": ground.connection_id,
            "TELNYX_NUMBER": ground.number,
        }
        if application is None:
            return {**os.environ, **told}
        application.words["connection_id"] = ground.connection_id
        env = {key: words.filled(value, application.words) for key, value in application.profile.env.items()}
        return environment_with(told | env)

    # The child

    async def _child(self, application: Application | None, environment: Mapping[str, str]) -> int:
        """The command to its end, in our place on the terminal; its exit code as a shell gives it."""
        argv, folder = list(self.command), None
        start = self.profile.start if self.profile else None
        if not argv and application is not None and start is not None:
            argv = words.argv(start.command, application.words)
            folder = application.profile.folder / start.folder
        signals = _Signals()
        try:
            child = await asyncio.create_subprocess_exec(*argv, cwd=folder, env=environment)
        except FileNotFoundError:
            self._say(f"{argv[0]}: no such command")
            return _NOT_FOUND
        except (OSError, ValueError) as error:
            self._say(f"{argv[0]}: cannot be run: {error}")
            return _NOT_EXECUTABLE
        signals.go_to(child)
        try:
            code = await child.wait()
        finally:
            await self._end(child)
        return code if code >= 0 else _KILLED_BY - code

    async def _end(self, child: asyncio.subprocess.Process) -> None:
        """Where something of ours goes wrong, the command does not outlive us."""
        if child.returncode is not None:
            return
        child.terminate()
        try:
            async with self.clock.limit(_PATIENCE_NS):
                await child.wait()
        except TimeoutError:
            child.kill()

    # What is said

    def _note(self, entry: Entry) -> None:
        if (entry.actor, entry.kind) == ("rest", "command"):
            self._seen["refused" if (entry.body["status"] or 0) >= 400 else "taken"] += 1
        if ADD_A_LINE in (failure := str(entry.body.get("failure"))):
            self._outside[failure] += 1

    def _log(self, line: str) -> None:
        if not self.quiet:
            self._say(line)

    def _say(self, line: str) -> None:
        with contextlib.suppress(OSError):  # nobody reads it any more
            click.echo(line, err=True)

    def _summary(self) -> Iterator[str]:
        calls, wrong = self._seen.total(), self._seen["refused"]
        yield f"telnyx-sim exec   exit code {self.code}   trace {self.directory}"
        if calls:
            yield f"  {counted(calls, 'REST call')} came here" + (
                f", {wrong} of them answered with an error" if wrong else ""
            )
        else:
            yield "  NO REST CALL WAS SEEN: the simulator was asked for nothing, so nothing is tested by this."
            yield "    Did the command get as far as that? Is it Python or Node, and does its environment reach it?"
            yield f"    {_PAGE} says what can be reached, and how."
        for told in self._outside:
            yield f"  {told}"
        if self._outside and self.profile is None:
            yield "    and run it by `telnyx-sim exec --sut sut.yaml`; `telnyx-sim init` writes one to begin with"
        if not self._refusals:
            return
        yield f"  REFUSED: {counted(len(self._refusals), 'connection')} to the real host, which no shim brings here"
        for place, times in Counter(map(place_of, self._refusals)).items():
            yield f"    {place}" + (f"   {times} times" if times > 1 else "")


class _Signals:
    """From now on signals are the command's: we end when it does. Those that come before it runs wait for it."""

    def __init__(self) -> None:
        self._child: asyncio.subprocess.Process | None = None
        self._early: list[signal.Signals] = []
        for number in _PASSED_ON:
            asyncio.get_running_loop().add_signal_handler(number, self._pass_on, number)

    def go_to(self, child: asyncio.subprocess.Process) -> None:
        self._child = child
        for number in self._early:
            self._pass_on(number)

    def _pass_on(self, number: signal.Signals) -> None:
        if self._child is None:
            self._early.append(number)
        # What a terminal sends, the command has had already, and would take for impatience.
        elif not (number in _OF_TERMINALS and _has_the_terminal()):
            with contextlib.suppress(ProcessLookupError):
                self._child.send_signal(number)


def _has_the_terminal() -> bool:
    """Whether we, and so the command, are what the terminal's keys go to."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
