"""The application as a process: started, asked while it is up and when it is gone, started anew, stopped."""

import asyncio
import contextlib
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from telnyx_simulator.sut.application import Application, NeverReady, Unreachable
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.transports.clock import wall_clock
from telnyx_simulator.transports.server import free_port

TINY = Path(__file__).with_name("tiny_application.py")
IN_TIME_S = 15


class Watched:
    """An application with what it told: lines of its log, and exit codes."""

    def __init__(self, folder: Path, **keys: Any) -> None:
        self.log: list[str] = []
        self.ends: list[int] = []
        self.news = asyncio.Event()
        port = str(free_port())
        start = {"command": f"{sys.executable} -u -S {TINY.name} {{port}}", "ready": "/health"} | keys.pop("start", {})
        profile = Profile.model_validate({"start": start, "webhook_url": "/hook", **keys})
        self.application = Application(
            profile.model_copy(update={"folder": folder}),
            {"port": port, "api_v2": "http://127.0.0.1:1/v2"},
            wall_clock(),
            self._logged,
            self._ended,
        )

    def _logged(self, line: str) -> None:
        self.log.append(line)
        self.news.set()

    def _ended(self, code: int) -> None:
        self.ends.append(code)
        self.news.set()

    async def until(self, log: list[str], ends: list[int]) -> None:
        async with asyncio.timeout(IN_TIME_S):
            while (self.log, self.ends) != (log, ends):
                self.news.clear()
                await self.news.wait()

    async def pid(self) -> int:
        return int(await self.application.status({}) or 0)


@contextlib.asynccontextmanager
async def started(folder: Path, **keys: Any) -> AsyncIterator[Watched]:
    shutil.copy(TINY, folder)
    watched = Watched(folder, **keys)
    try:
        await watched.application.start()
        yield watched
    finally:
        await watched.application.stop()


def is_alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


PID = {"status": {"poll": {"url": "/", "pointer": "/pid"}}, "ask": {"end": {"method": "GET", "url": "/end"}}}


async def test_it_is_ready_when_it_answers_and_gone_when_it_is_stopped(tmp_path: Path) -> None:
    async with started(tmp_path, **PID) as watched:
        pid = await watched.pid()
        assert is_alive(pid)
        await watched.until(["listening"], [])
    assert not is_alive(pid)
    assert watched.ends == []


async def test_a_restart_is_another_process_on_the_same_port_and_the_log_goes_on(tmp_path: Path) -> None:
    async with started(tmp_path, **PID) as watched:
        first, url = await watched.pid(), watched.application.base_url
        await watched.application.restart()
        assert await watched.pid() not in (0, first)
        assert not is_alive(first)
        assert watched.application.base_url == url
        await watched.until(["listening", "listening"], [])


async def test_an_application_that_is_gone_is_said_to_be_and_can_be_started_anew(tmp_path: Path) -> None:
    async with started(tmp_path, **PID) as watched:
        with pytest.raises(Unreachable, match=r"^GET http://127\.0\.0\.1:\d+/end: "):
            await watched.application.ask("end", {})
        await watched.until(["listening", "asked to end"], [3])
        assert watched.application.ended == 3
        with pytest.raises(Unreachable, match=r"; the application had ended, with exit code 3$"):
            await watched.application.status({})
        with pytest.raises(Unreachable, match=r"; the application had ended, with exit code 3$"):
            await watched.application.ask("end", {})
        await watched.application.restart()
        assert watched.application.ended is None
        assert await watched.pid()
        assert watched.ends == [3]


async def test_a_second_start_that_fails_is_told_with_its_own_log(tmp_path: Path) -> None:
    async with started(tmp_path) as watched:
        (tmp_path / TINY.name).write_text("print('the database is locked'); raise SystemExit(7)")
        with pytest.raises(NeverReady, match="it ended with exit code 7") as caught:
            await watched.application.restart()
        assert "    the database is locked" in str(caught.value)
        assert "listening" not in str(caught.value)


async def test_without_ready_any_answer_will_do(tmp_path: Path) -> None:
    async with started(tmp_path, start={"ready": "/"}, **PID) as watched:
        assert await watched.pid()


async def test_it_runs_in_its_folder_with_its_environment(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    shutil.copy(TINY, tmp_path / "inner")
    (tmp_path / "inner" / TINY.name).write_text(
        "import os\nprint(os.path.basename(os.getcwd()), os.environ['TELNYX_BASE_URL'], flush=True)\n"
        + TINY.read_text()
    )
    keys = {"start": {"folder": "inner"}, "env": {"TELNYX_BASE_URL": "{api_v2}"}}
    async with started(tmp_path, **keys) as watched:
        await watched.until(["inner http://127.0.0.1:1/v2", "listening"], [])


async def test_a_word_that_holds_blanks_stays_one_argument(tmp_path: Path) -> None:
    """Whatever a word holds, it cannot become another argument."""
    script = "import sys; print(sys.argv[1:], flush=True); sys.exit(1)"
    keys = {"start": {"command": f"{sys.executable} -c '{script}' 'x {{api_v2}}'", "ready": "/"}}
    watched = Watched(tmp_path, **keys)
    watched.application.words["api_v2"] = "a b 'c"
    with pytest.raises(NeverReady):
        await watched.application.start()
    assert watched.log == ['["x a b \'c"]']
    await watched.application.stop()


# It runs already


@contextlib.asynccontextmanager
async def running_by_itself(url: str) -> AsyncIterator[Application]:
    profile = Profile.model_validate({"name": "My agent", "url": url, "webhook_url": "/hook"})
    application = Application(profile, {}, wall_clock())
    try:
        yield application
    finally:
        await application.stop()


async def test_an_application_that_runs_already_is_only_looked_for() -> None:
    """It gets no request: what one would do there, we cannot know."""
    received: list[bytes] = []
    gone = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read())
        writer.close()
        gone.set()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with running_by_itself(f"http://127.0.0.1:{port}") as application, asyncio.timeout(IN_TIME_S):
            await application.start()
            await gone.wait()
    assert received == [b""]


async def test_where_nobody_listens_no_application_is_running() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with running_by_itself(url) as application:
            with pytest.raises(NeverReady) as caught:
                await application.start()
    assert str(caught.value).splitlines() == [
        f"My agent is not there: nobody listens at {url}",
        "  start it before the run, or let the profile do so: `start: {command: ...}` in place of `url:`",
    ]
