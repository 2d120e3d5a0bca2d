"""What can be seen of the application: its status by poll, by function, by probe; and what it wrote down."""

import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from telnyx_simulator.sut.application import STATUS_WORDS, Application, Tapped, Unreachable
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.sut.words import UnknownWord
from telnyx_simulator.transports.clock import wall_clock

URL = "http://127.0.0.1:8000"
CALL = {"call_control_id": "v3:x", "from": "+12025550100", "to": "+442079460123", "direction": "outgoing"}
POLL = {"poll": {"url": "/calls/{call_control_id}", "pointer": "/data/0/status"}}


@contextlib.asynccontextmanager
async def application(folder: Path = Path(), **keys: Any) -> AsyncIterator[Application]:
    profile = Profile.model_validate({"url": URL, "webhook_url": "/hook", **keys})
    running = Application(profile.model_copy(update={"folder": folder}), {"port": "8000"}, wall_clock())
    try:
        yield running
    finally:
        await running.stop()


# Status by poll


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (httpx.Response(200, json={"data": [{"status": "busy"}]}), "busy"),
        (httpx.Response(200, json={"data": [{"status": 3}]}), "3"),
        (httpx.Response(200, json={"data": [{"status": True}]}), "true"),
        (httpx.Response(200, json={"data": [{"status": None}]}), None),
        (httpx.Response(200, json={"data": [{"status": {"word": "busy"}}]}), None),
        (httpx.Response(200, json={"data": []}), None),
        (httpx.Response(200, text="busy"), None),
        (httpx.Response(200, content=b"[" * 100_000), None),
        (httpx.Response(404, json={"data": [{"status": "gone"}]}), None),
    ],
)
async def test_a_status_is_polled(reply: httpx.Response, word: str | None, respx_mock: respx.MockRouter) -> None:
    respx_mock.get(f"{URL}/calls/v3:x").mock(return_value=reply)
    async with application(status=POLL) as running:
        assert await running.status(CALL) == word


async def test_an_application_that_does_not_answer_has_no_status_but_a_reason(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(f"{URL}/calls/v3:x").mock(side_effect=httpx.ConnectError("connection refused"))
    async with application(status=POLL) as running:
        with pytest.raises(Unreachable, match=r"^GET http://127\.0\.0\.1:8000/calls/v3:x: connection refused$"):
            await running.status(CALL)


async def test_an_error_of_the_application_s_is_no_word_that_there_is_no_status(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(f"{URL}/calls/v3:x").respond(500)
    async with application(status=POLL) as running:
        with pytest.raises(Unreachable, match=r"^GET http://127\.0\.0\.1:8000/calls/v3:x was answered 500$"):
            await running.status(CALL)


async def test_the_application_s_own_id_may_name_the_call(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(f"{URL}/c-1").respond(json={"status": "busy"})
    ask = {"place": {"url": "/calls", "take": "/id"}}
    async with application(status={"poll": {"url": "/{taken}", "pointer": "/status"}}, ask=ask) as running:
        with pytest.raises(UnknownWord):
            await running.status(CALL)
        assert await running.status(CALL | {"taken": "c-1"}) == "busy"


# Status by function


@pytest.fixture
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "my_status.py").write_text(
        "def of(about): return about['hangup_cause'] and 'ended: ' + about['hangup_cause']\n"
        "def keys(about): return ' '.join(about)\n"
        "def number(about): return 7\n"
        "def fails(about): return {}['x']\n"
    )
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return tmp_path


async def test_a_status_is_computed_of_what_is_known_of_the_call(functions: Path) -> None:
    async with application(functions, status={"python": "my_status:of"}) as running:
        assert await running.status(CALL) is None
        assert await running.status(CALL | {"hangup_cause": "user_busy"}) == "ended: user_busy"
    async with application(functions, status={"python": "my_status:keys"}) as running:
        assert (await running.status(CALL) or "").split() == list(STATUS_WORDS)


@pytest.mark.parametrize(
    ("function", "told"),
    [
        ("number", "my_status:number returned int; a status is a text, or None"),
        ("fails", "my_status:fails raised KeyError: 'x' (my_status.py:4)"),
    ],
)
async def test_a_function_without_a_status_is_said_so(function: str, told: str, functions: Path) -> None:
    async with application(functions, status={"python": f"my_status:{function}"}) as running:
        with pytest.raises(Unreachable) as caught:
            await running.status(CALL)
    assert str(caught.value) == told


# Status by probe


async def test_a_status_that_is_posted_is_read_and_never_asked_for() -> None:
    async with application(status={"probe": "/status"}) as running:
        assert running.probed(b'{"status": "busy", "call_control_id": "v3:x"}').word == "busy"
        assert await running.status(CALL) is None


@pytest.mark.parametrize(
    ("status", "every_ns"),
    [
        (None, None),
        ({"probe": "/x"}, None),
        ({"python": "a:b"}, 100_000_000),
        ({"poll": POLL["poll"]}, 100_000_000),
        ({"poll": POLL["poll"] | {"every": "2s"}}, 2_000_000_000),
    ],
)
def test_how_often_a_status_is_looked_at(status: Any, every_ns: int | None) -> None:
    keys = {} if status is None else {"status": status}
    assert Profile.model_validate({"url": URL, "webhook_url": "/", **keys}).status_every_ns == every_ns


# Taps


async def test_a_tap_is_a_file_beside_the_profile(tmp_path: Path) -> None:
    (tmp_path / "v3:x.raw").write_bytes(b"\x01\x02")
    async with application(tmp_path, audio={"tap": {"path": "{call_control_id}.raw", "codec": "L16"}}) as running:
        found = await running.tap(CALL)
    assert found == Tapped(data=b"\x01\x02", codec="L16", where=str(tmp_path / "v3:x.raw"))


async def test_a_tap_is_fetched_from_a_url(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(f"{URL}/taps/v3:x").respond(content=b"RIFF")
    async with application(audio={"tap": {"url": "/taps/{call_control_id}"}}) as running:
        assert await running.tap(CALL) == Tapped(data=b"RIFF", codec=None, where=f"{URL}/taps/v3:x")


async def test_what_is_not_there_yet_is_nothing_yet(tmp_path: Path, respx_mock: respx.MockRouter) -> None:
    (tmp_path / "empty.wav").touch()
    respx_mock.get(f"{URL}/none").respond(404)
    respx_mock.get(f"{URL}/empty").respond(204)
    for tap in (
        {"path": "none.wav"},
        {"path": "no/folder.wav"},
        {"path": "empty.wav"},
        {"url": "/none"},
        {"url": "/empty"},
    ):
        async with application(tmp_path, audio={"tap": tap}) as running:
            assert await running.tap(CALL) is None
    async with application(tmp_path) as running:
        assert await running.tap(CALL) is None


async def test_what_is_no_tap_is_said_so(tmp_path: Path, respx_mock: respx.MockRouter) -> None:
    (tmp_path / "folder").mkdir()
    respx_mock.get(f"{URL}/tap").respond(500)
    for tap, told in (
        ({"path": "folder"}, f"{tmp_path}/folder: Is a directory"),
        ({"url": "/tap"}, f"GET {URL}/tap was answered 500"),
    ):
        async with application(tmp_path, audio={"tap": tap}) as running:
            with pytest.raises(Unreachable) as caught:
                await running.tap(CALL)
        assert str(caught.value) == told


async def test_an_endless_tap_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telnyx_simulator.sut.application._TAP_BYTES_MAX", 1_000_000)
    async with application(audio={"tap": {"path": "/dev/zero"}}) as running:
        with pytest.raises(Unreachable, match=r"^/dev/zero holds more than 1 MB$"):
            await running.tap(CALL)
