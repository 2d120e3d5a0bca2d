"""The running application: started and stopped, asked for things, and looked at."""

import asyncio
import os
import shlex
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Any, Final, Protocol

import httpx

from telnyx_simulator.sut.profile import Profile, filled, filled_json

_POLL_NS: Final = 50_000_000
_REQUEST_NS: Final = 10_000_000_000
_TAIL_LINES: Final = 40
# Why a request may come to nothing; ValueError: a URL or header that cannot be sent.
_NO_ANSWER: Final = (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError)


class Clock(Protocol):
    """The part of `transports.clock.Clock` that is needed here."""

    def now_ns(self) -> int: ...

    async def sleep(self, duration_ns: int) -> None: ...

    def limit(self, duration_ns: int) -> AbstractAsyncContextManager[object]: ...


class NeverReady(Exception):
    """The application did not come up; the text holds the end of its log."""


class Unreachable(Exception):
    """A request to the application got no HTTP answer."""


class Application:
    """One system under test for the length of an invocation.

    `on_log` gets each line that it prints, `on_end` its exit code if it ends before we stop it (minus the signal's
    number if one killed it); `ended` keeps that code.
    """

    def __init__(
        self,
        profile: Profile,
        words: dict[str, str],
        clock: Clock,
        on_log: Callable[[str], None] = lambda line: None,
        on_end: Callable[[int], None] = lambda code: None,
    ) -> None:
        self.profile = profile
        self.words = words
        self.on_log = on_log
        self.ended: int | None = None
        self._on_end = on_end
        self._watcher: asyncio.Task[None] | None = None
        self._clock = clock
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._client = httpx.AsyncClient(timeout=None, trust_env=False)  # noqa: S113 - `Clock.limit` bounds each

    @property
    def base_url(self) -> str:
        return self.profile.url or f"http://127.0.0.1:{self.words['port']}"

    def url(self, text: str, words: Mapping[str, str] | None = None) -> str:
        """A URL of the profile: what begins with `/` is on the application."""
        text = filled(text, {**self.words, **(words or {})})
        return self.base_url.rstrip("/") + text if text.startswith("/") else text

    async def start(self) -> None:
        """Start it, if it is ours to start, and wait until it is ready."""
        start = self.profile.start
        if start is None:
            return
        command = shlex.split(filled(start.command, self.words))
        folder = self.profile.folder / start.folder
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                cwd=folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                limit=1024 * 1024,
            )
        except (OSError, ValueError) as error:
            raise NeverReady(f"{self.profile.title}: cannot start {command[0]!r} in {folder}: {error}") from error
        self._reader = asyncio.create_task(self._read_log())
        self._watcher = asyncio.create_task(self._watch())
        await self._wait_until_ready(self.url(start.ready or "/"), start.timeout, any_answer=start.ready is None)

    async def stop(self) -> None:
        """Stop it and every child it started, gently first."""
        if self._watcher is not None:
            self._watcher.cancel()
        if self._process is not None and self.profile.start is not None:
            self._signal(signal.SIGCONT)
            self._signal(signal.SIGTERM)
            try:
                with suppress(TimeoutError):
                    async with self._clock.limit(self.profile.start.stop):
                        await self._process.wait()
            finally:
                # Whatever of its group is left, the children included; also when we are interrupted in our patience.
                self._signal(signal.SIGKILL)
            await self._process.wait()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        await self._client.aclose()

    async def ask(self, name: str, words: Mapping[str, str]) -> dict[str, Any]:
        """Send the request that the profile calls `name`; the answer describes request and reply."""
        ask = self.profile.ask[name]
        url = self.url(ask.url, words)
        body = filled_json(ask.json_, {**self.words, **words})
        headers = {key: filled(value, {**self.words, **words}) for key, value in ask.headers.items()}
        reply = await self._request(ask.method, url, json=body, headers=headers)
        return {
            "ask": name,
            "method": ask.method,
            "url": url,
            "json": body,
            "status": reply.status_code,
            "reply": reply.text[:2000],
        }

    async def status(self, words: Mapping[str, str]) -> str | None:
        """The application's own word for a call now; None if it has none."""
        if self.profile.status is None:
            return None
        poll = self.profile.status.poll
        reply = await self._request("GET", self.url(poll.url, words))
        if not reply.is_success:
            return None
        try:
            value = reply.json()
        except (ValueError, RecursionError):
            return None
        for part in poll.pointer.strip("/").split("/"):
            if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
                value = value[int(part)]
            elif isinstance(value, dict):
                value = value.get(part)
            else:
                return None
        return None if value is None else str(value)

    async def _request(self, method: str, url: str, **options: Any) -> httpx.Response:
        try:
            async with self._clock.limit(_REQUEST_NS):
                return await self._client.request(method, url, **options)
        except TimeoutError as error:
            raise Unreachable(f"{method} {url}: no answer within {_REQUEST_NS / 1e9:g} s") from error
        except _NO_ANSWER as error:
            raise Unreachable(f"{method} {url}: {error or type(error).__name__}") from error

    def _environment(self) -> dict[str, str]:
        given = {key: filled(value, self.words) for key, value in self.profile.env.items()}
        return {**os.environ, "PYTHONUNBUFFERED": "1", "PATH": _search_path(os.environ), **given}

    async def _wait_until_ready(self, url: str, timeout_ns: int, *, any_answer: bool) -> None:
        """Until `url` answers 2xx; with `any_answer` (the profile has no `ready`) until it answers at all."""
        assert self._process is not None
        problem, answered = f"{url} did not reply", ""
        try:
            async with self._clock.limit(timeout_ns):
                while True:
                    problem = answered or f"{url} did not reply"
                    if self._process.returncode is not None:
                        problem = f"it ended with exit code {self._process.returncode}"
                        break
                    try:
                        reply = await self._client.get(url)
                        if reply.is_success or any_answer:
                            return
                        problem = answered = f"{url} answered {reply.status_code}"
                    except _NO_ANSWER as error:
                        problem = f"{url}: {error or type(error).__name__}"
                    await self._clock.sleep(_POLL_NS)
        except TimeoutError:
            problem += f", {timeout_ns / 1e9:g} s after the start"
        await self._clock.sleep(_POLL_NS)  # for the last lines of its log
        tail = "\n".join(f"    {line}" for line in self._tail) or "    (it printed nothing)"
        raise NeverReady(f"{self.profile.title} did not become ready: {problem}\n  the end of its log:\n{tail}")

    async def _watch(self) -> None:
        assert self._process is not None
        self.ended = await self._process.wait()
        self._on_end(self.ended)

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
            text = line.decode(errors="replace").rstrip()[:2000]
            self._tail.append(text)
            self.on_log(text)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


def _search_path(environment: Mapping[str, str]) -> str:
    """PATH for the application: the user's, and our own environment's programs.

    An activated environment comes first; without one, ours does, so that `uvicorn` is the one installed beside us.
    """
    own = str(Path(sys.executable).parent)
    path = environment.get("PATH", os.defpath)
    activated = "VIRTUAL_ENV" in environment or "CONDA_PREFIX" in environment
    return f"{path}{os.pathsep}{own}" if activated else f"{own}{os.pathsep}{path}"
