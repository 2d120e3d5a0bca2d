"""The running application: started and stopped, asked for things, and looked at."""

import asyncio
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from telnyx_simulator.facts.addresses import is_loopback
from telnyx_simulator.sut.callables import Callables, CallFailed, aside
from telnyx_simulator.sut.clocks import Clock
from telnyx_simulator.sut.mount import Mount, mounted
from telnyx_simulator.sut.pointers import word_at
from telnyx_simulator.sut.probe import ProbeNews, probed
from telnyx_simulator.sut.processes import Process, environment_with, finished
from telnyx_simulator.sut.profile import Ask, Profile
from telnyx_simulator.sut.redirect import shim_for
from telnyx_simulator.sut.rewriting import rewriting
from telnyx_simulator.sut.words import argv, filled, filled_json

# What a status function is told of a call; None where it is not known, or not yet.
STATUS_WORDS: Final = ("call_control_id", "from", "to", "direction", "state", "hangup_cause", "hangup_source", "taken")
# The path of `{probe}` on the simulator.
PROBE_PATH: Final = "/_sim/probe"

_POLL_NS: Final = 50_000_000
_LOOK_NS: Final = 2_000_000_000
_REQUEST_NS: Final = 10_000_000_000
_REPLY_BYTES_MAX: Final = 1_000_000
_TAP_BYTES_MAX: Final = 100_000_000
_KEPT_CHARACTERS: Final = 2000
# Why a request may come to nothing; ValueError: a URL or header that cannot be sent.
_NO_ANSWER: Final = (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError)


class NeverReady(Exception):
    """The application did not come up, or is not there; the text holds the end of its log, or what to do."""


class Unreachable(Exception):
    """The application could not be asked or looked at; the text says how that came out.

    `told` describes what was tried, for the trace, where there is something to keep.
    """

    def __init__(self, reason: str, told: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.told = told


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An ask that was answered. `told` describes request and reply, with a `problem` where the reply is none to be glad
    of; `taken` is the part of it that the profile wants kept.
    """

    told: dict[str, Any]
    taken: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    """What a tap holds so far: a WAV file, or bytes in `codec` if it is none."""

    data: bytes
    codec: str | None
    where: str


class Application:
    """One system under test for the length of an invocation.

    `words` stand for the `{words}` of the profile's texts. `on_log` gets each line that it prints, `on_end` its exit
    code if it ends before we stop it (minus the signal's number if one killed it); `ended` keeps that code.
    `on_refusal` gets what its `shim` refused.
    """

    def __init__(
        self,
        profile: Profile,
        words: dict[str, str],
        clock: Clock,
        on_log: Callable[[str], None] = lambda line: None,
        on_end: Callable[[int], None] = lambda code: None,
        on_refusal: Callable[[dict[str, Any]], None] = lambda refusal: None,
    ) -> None:
        self.profile = profile
        self.words = words
        self.ended: int | None = None
        self.rewritten = rewriting(profile.rewrite, words)
        self._on_log = on_log
        self._on_end = on_end
        self.shim = shim_for(profile.redirect, words, clock, on_refusal)
        self._clock = clock
        self._process: Process | None = None
        self._mount: Mount | None = None
        self._callables = Callables(profile.folder, clock)
        self._client = httpx.AsyncClient(timeout=None, trust_env=False)  # noqa: S113 - `Clock.limit` bounds each

    @property
    def base_url(self) -> str:
        return self.profile.url or f"http://127.0.0.1:{self.words['port']}"

    def url(self, text: str, words: Mapping[str, str] | None = None) -> str:
        """A URL of the profile: what begins with `/` is on the application."""
        text = filled(text, {**self.words, **(words or {})})
        return self.base_url.rstrip("/") + text if text.startswith("/") else text

    # Life

    async def start(self) -> None:
        """Start it, if it is ours to start, and wait until it is ready. Raises `NeverReady`, also where the profile has
        a `url` and nobody listens there.
        """
        start = self.profile.start
        if start is None:
            await (self._mounted() if self.profile.provider else self._look_for_it())
            return
        if self.shim:
            self.shim.watch()
        command = argv(start.command, self.words)
        folder = self.profile.folder / start.folder
        self._process = Process(self._on_log, self._note_end)
        try:
            await self._process.start(command, folder, self._environment())
        except (OSError, ValueError) as error:
            raise NeverReady(f"{self.profile.title}: cannot start {command[0]!r} in {folder}: {error}") from error
        await self._wait_until_ready(
            self._process, self.url(start.ready or "/"), start.timeout, any_answer=start.ready is None
        )

    async def restart(self) -> None:
        """A new process in place of the old one, on the same port, ready to be called. Raises `NeverReady`.

        Nothing of an application that runs by itself. Whoever calls this sees to it that no run is under way.
        """
        await self._end()
        await self.start()

    async def stop(self) -> None:
        """Stop it and every child it started, gently first; it cannot be used any more."""
        await self._end()
        if self.shim:
            self.shim.close()
        self._callables.close()
        await self._client.aclose()

    async def _end(self) -> None:
        start, process = self.profile.start, self._process
        if self._mount:
            await aside(self._mount.stop)
        if start is not None and process is not None:
            await process.stop(self._clock, start.stop)
        self._process, self.ended = None, None

    async def _mounted(self) -> None:
        try:
            self._mount = await mounted(self.profile, self.words, self._callables, self._on_log)
        except (CallFailed, OSError, RuntimeError) as error:
            raise NeverReady(f"{self.profile.title}: {error}") from error
        self.profile = self._mount.completed(self.profile)

    def _note_end(self, code: int) -> None:
        self.ended = code
        self._on_end(code)

    async def _look_for_it(self) -> None:
        """Whether anybody listens where the application is said to be running; it is asked for nothing."""
        host = urlsplit(self.base_url).hostname
        try:
            async with self._clock.limit(_LOOK_NS):
                _, writer = await asyncio.open_connection(host, self.profile.port)
        except OSError as error:  # TimeoutError is one
            raise NeverReady(
                f"{self.profile.title} is not there: nobody listens at {self.base_url}\n"
                "  start it before the run, or let the profile do so: `start: {command: ...}` in place of `url:`"
            ) from error
        writer.close()

    async def _wait_until_ready(self, process: Process, url: str, timeout_ns: int, *, any_answer: bool) -> None:
        """Until `url` answers 2xx; with `any_answer` (the profile has no `ready`) until it answers at all."""
        problem, answered = f"{url} did not reply", ""
        try:
            async with self._clock.limit(timeout_ns):
                while True:
                    problem = answered or f"{url} did not reply"
                    if process.exit_code is not None:
                        problem = f"it ended with exit code {process.exit_code}"
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
        tail = "\n".join(f"    {line}" for line in process.tail) or "    (it printed nothing)"
        raise NeverReady(f"{self.profile.title} did not become ready: {problem}\n  the end of its log:\n{tail}")

    def _environment(self) -> dict[str, str]:
        settings = {key: filled(value, self.words) for key, value in self.profile.env.items()}
        environment = environment_with(settings)
        return self.shim.environment(environment) if self.shim else environment

    def tell_refusals(self) -> None:
        """What its shim refused up to now."""
        if self.shim:
            self.shim.tell()

    # Asks

    async def ask(self, name: str, words: Mapping[str, str]) -> Asked:
        """Ask for what the profile calls `name`, about the call that `words` describe.

        `taken` of an earlier answer may stand among the words. Raises `Unreachable`, and `UnknownWord`.
        """
        ask = self.profile.ask[name]
        known = {**self.words, **words}
        if ask.command is not None:
            return await self._ask_by_command(name, argv(ask.command, known))
        if ask.python is not None:
            return await self._ask_by_python(name, ask.python, known)
        return await self._ask_by_request(name, ask, known)

    async def _ask_by_request(self, name: str, ask: Ask, words: Mapping[str, str]) -> Asked:
        url = self.url(ask.url or "", words)
        body = filled_json(ask.json_, dict(words))
        headers = {key: filled(value, words) for key, value in ask.headers.items()}
        told: dict[str, Any] = {"ask": name, "method": ask.method, "url": url, "json": body}
        reply = await self._request(ask.method, url, told=told, json=body, headers=headers)
        told |= {"status": reply.status_code, "reply": reply.text[:_KEPT_CHARACTERS]}
        if not reply.is_success:
            told["problem"] = f"{ask.method} {url} was answered {reply.status_code}"
        taken = word_at(_json_of(reply), ask.take) if ask.take is not None else None
        if ask.take is not None and taken is None:
            told.setdefault("problem", f"the reply to {ask.method} {url} has nothing at {ask.take}")
        if taken is not None:
            told["taken"] = taken
        return Asked(told=told, taken=taken)

    async def _ask_by_command(self, name: str, argv: list[str]) -> Asked:
        told: dict[str, Any] = {"ask": name, "command": argv}
        command = shlex.join(argv)
        try:
            code, output = await finished(argv, self.profile.folder, self._environment(), self._clock, _REQUEST_NS)
        except TimeoutError as error:
            raise Unreachable(f"`{command}` did not end within {_REQUEST_NS / 1e9:g} s", told) from error
        except (OSError, ValueError) as error:
            raise Unreachable(f"`{command}` cannot be run: {error}", told) from error
        told |= {"exit_code": code, "reply": output[-_KEPT_CHARACTERS:]}
        if code != 0:
            last = output.splitlines()[-1][:300] if output else "it printed nothing"
            raise Unreachable(f"`{command}` ended with exit code {code}: {last}", told)
        return Asked(told=told)

    async def _ask_by_python(self, name: str, function: str, words: Mapping[str, str]) -> Asked:
        told: dict[str, Any] = {"ask": name, "python": function}
        try:
            returned = await self._callables.call(function, {"ask": name, **words}, _REQUEST_NS)
        except CallFailed as error:
            raise Unreachable(str(error), told) from error
        return Asked(told=told | {"reply": "" if returned is None else str(returned)[:_KEPT_CHARACTERS]})

    # What can be seen

    async def status(self, words: Mapping[str, str]) -> str | None:
        """The application's own word for a call now; None if it has none, or posts it by itself.

        `words` are those of `STATUS_WORDS` that are known. Raises `Unreachable`, and `UnknownWord`.
        """
        status = self.profile.status
        if status is not None and status.python is not None:
            return await self._status_by_python(status.python, words)
        if status is None or status.poll is None:
            return None
        where = self.url(status.poll.url, words)
        reply = await self._request("GET", where)
        if reply.is_server_error:  # it did not say that there is none
            raise Unreachable(f"GET {where} was answered {reply.status_code}")
        return word_at(_json_of(reply), status.poll.pointer) if reply.is_success else None

    async def _status_by_python(self, function: str, words: Mapping[str, str]) -> str | None:
        try:
            word = await self._callables.call(function, {name: words.get(name) for name in STATUS_WORDS}, _REQUEST_NS)
        except CallFailed as error:
            raise Unreachable(str(error)) from error
        if word is None or isinstance(word, str):
            return word
        raise Unreachable(f"{function} returned {type(word).__name__}; a status is a text, or None")

    def probed(self, body: bytes) -> ProbeNews:
        """What the application posted to `{probe}`."""
        assert self.profile.status is not None
        assert self.profile.status.probe is not None
        return probed(body, self.profile.status.probe)

    async def tap(self, words: Mapping[str, str]) -> Tapped | None:
        """What the application wrote down of a call so far; None where there is nothing yet.

        Raises `Unreachable`, and `UnknownWord`.
        """
        tap = self.profile.audio.tap
        if tap is None:
            return None
        if tap.path is not None:
            where = str(self.profile.folder / filled(tap.path, {**self.words, **words}))
            data = await self._file(Path(where))
        else:
            where = self.url(tap.url or "", words)
            reply = await self._request("GET", where, most_bytes=_TAP_BYTES_MAX)
            if not reply.is_success and reply.status_code != httpx.codes.NOT_FOUND:
                raise Unreachable(f"GET {where} was answered {reply.status_code}")
            data = reply.content if reply.is_success else b""
        if len(data) > _TAP_BYTES_MAX:
            raise Unreachable(f"{where} holds more than {_TAP_BYTES_MAX // 10**6} MB")
        return Tapped(data=data, codec=tap.codec, where=where) if data else None

    async def decoded(self, payload: bytes, media_format: Mapping[str, Any]) -> Any:
        """What the application's decoder returns for one frame, whatever it is. Raises `Unreachable`."""
        assert self.profile.audio.python is not None
        frame = {"payload": payload, "media_format": dict(media_format)}
        try:
            return await self._callables.call(self.profile.audio.python, frame, _REQUEST_NS)
        except CallFailed as error:
            raise Unreachable(str(error)) from error

    async def _file(self, path: Path) -> bytes:
        """What a file holds; nothing of one that is not there yet. Off the loop: it may be long, or be no file."""
        try:
            if self._clock.is_virtual:
                return _read(path)
            async with self._clock.limit(_REQUEST_NS):
                found: bytes = await aside(partial(_read, path))
                return found
        except TimeoutError as error:
            raise Unreachable(f"{path} could not be read within {_REQUEST_NS / 1e9:g} s") from error
        except OSError as error:
            raise Unreachable(f"{path}: {error.strerror}") from error

    async def _request(
        self,
        method: str,
        url: str,
        *,
        told: dict[str, Any] | None = None,
        most_bytes: int = _REPLY_BYTES_MAX,
        **options: Any,
    ) -> httpx.Response:
        """The reply, of its body no more than one byte beyond `most_bytes`."""
        if problem := self._why_not_asked(url):
            raise Unreachable(f"{method} {url}: {problem}", told)
        try:
            async with self._clock.limit(_REQUEST_NS), self._client.stream(method, url, **options) as reply:
                body, kind = bytearray(), {"content-type": reply.headers.get("content-type", "application/json")}
                async for part in reply.aiter_bytes():
                    body += part
                    if len(body) > most_bytes:
                        break
                return httpx.Response(reply.status_code, headers=kind, content=bytes(body))
        except TimeoutError as error:
            raise Unreachable(f"{method} {url}: no answer within {_REQUEST_NS / 1e9:g} s", told) from error
        except _NO_ANSWER as error:
            gone = "" if self.ended is None else f"; the application had ended, with exit code {self.ended}"
            raise Unreachable(f"{method} {url}: {error or type(error).__name__}{gone}", told) from error

    def _why_not_asked(self, url: str) -> str | None:
        try:
            host = urlsplit(url).hostname or ""
        except ValueError as error:
            return f"not a URL: {error}"
        return None if is_loopback(host) else "not on this machine, and the simulator talks to loopback only"


def _json_of(reply: httpx.Response) -> Any:
    """The body as JSON; None where it is none."""
    try:
        return reply.json()
    except (ValueError, RecursionError):
        return None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_TAP_BYTES_MAX + 1)
    except FileNotFoundError:
        return b""
