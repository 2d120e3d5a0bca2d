"""Processes of the application's side: the application itself with its log, and programs that are run to ask it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from telnyx_simulator.sut.clocks import Clock

TAIL_LINES: Final = 40
_LINE_BYTES_MAX: Final = 1024 * 1024
_LINE_CHARACTERS_MAX: Final = 2000
_OUTPUT_BYTES_MAX: Final = 65_536
# How long a program that has ended may take to hand over what it wrote last.
_LAST_WORDS_NS: Final = 200_000_000


class Process:
    """One process and the group of all that it starts. `on_log` gets each line of its output, `on_end` its exit code if
    it ends before we stop it (minus the signal's number if one killed it).
    """

    def __init__(self, on_log: Callable[[str], None], on_end: Callable[[int], None]) -> None:
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._on_log = on_log
        self._on_end = on_end
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def start(self, argv: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        """Raises OSError or ValueError where there is nothing to start."""
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(*argv, limit=_LINE_BYTES_MAX, **_options(folder, environment))
        )
        try:
            self._process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # It may run already, with children of its own, which `stop` is to find.
            self._process = await starting
            raise
        self._reader = asyncio.create_task(self._read_log())
        self._watcher = asyncio.create_task(self._watch())

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode if self._process else None

    async def stop(self, clock: Clock, patience_ns: int) -> None:
        """End it and every child that it started, gently first."""
        if self._watcher is not None:
            self._watcher.cancel()
        if self._process is not None:
            _signal(self._process.pid, signal.SIGCONT)
            _signal(self._process.pid, signal.SIGTERM)
            try:
                with suppress(TimeoutError):
                    async with clock.limit(patience_ns):
                        await self._process.wait()
            finally:
                # Whatever of its group is left, the children included; also when we are interrupted in our patience.
                _signal(self._process.pid, signal.SIGKILL)
            await self._process.wait()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _watch(self) -> None:
        assert self._process is not None
        self._on_end(await self._process.wait())

    async def _read_log(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while True:
            try:
                line = await self._process.stdout.readline()
            except ValueError:
                continue  # a line beyond any measure
            if not line:
                return
            text = line.decode(errors="replace").rstrip()[:_LINE_CHARACTERS_MAX]
            self.tail.append(text)
            self._on_log(text)


async def finished(
    argv: Sequence[str], folder: Path, environment: Mapping[str, str], clock: Clock, limit_ns: int
) -> tuple[int, str]:
    """Run a program to its end: exit code and the end of its output. What it leaves running is its own business.

    Raises OSError or ValueError where there is nothing to run, and TimeoutError, the program and its children killed,
    when it takes longer than `limit_ns`.
    """
    loop = asyncio.get_running_loop()
    transport, output = await loop.subprocess_exec(_Output, *argv, **_options(folder, environment))
    try:
        async with clock.limit(limit_ns):
            await output.exited.wait()
        with suppress(TimeoutError):
            async with clock.limit(_LAST_WORDS_NS):
                await output.drained.wait()
        code = transport.get_returncode()
        assert code is not None
        return code, output.data.decode(errors="replace").strip()
    finally:
        if transport.get_returncode() is None:
            _signal(transport.get_pid(), signal.SIGKILL)
            await output.exited.wait()
        # A child that it left has our pipe and may keep it.
        transport.close()


class _Output(asyncio.SubprocessProtocol):
    """The end of what a program prints, and its own end."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.drained = asyncio.Event()
        self.exited = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.data.extend(data)
        del self.data[:-_OUTPUT_BYTES_MAX]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self.drained.set()

    def process_exited(self) -> None:
        self.exited.set()


def environment_with(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment that we have ourselves, with settings of the profile.

    PATH also finds our own environment's programs: behind those of an activated one, before all others without one, so
    that `uvicorn` is the one installed beside us.
    """
    own = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", os.defpath)
    activated = "VIRTUAL_ENV" in os.environ or "CONDA_PREFIX" in os.environ
    search = f"{path}{os.pathsep}{own}" if activated else f"{own}{os.pathsep}{path}"
    return {**os.environ, "PYTHONUNBUFFERED": "1", "PATH": search, **settings}


def _options(folder: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """A group of its own, so that whatever it starts can be ended with it."""
    return {
        "cwd": folder,
        "env": dict(environment),
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "start_new_session": True,
    }


def _signal(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
