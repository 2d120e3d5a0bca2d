"""Asking the application for something: by HTTP, by a command, by a Python function; and what is said when it fails."""

import asyncio
import contextlib
import json
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from telnyx_simulator.sut.application import Application, Asked, Unreachable
from telnyx_simulator.sut.callables import Callables, CallFailed, aside
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.sut.words import UnknownWord
from telnyx_simulator.transports.clock import Clock, run_virtual, wall_clock

URL = "http://127.0.0.1:8000"
WORDS = {"from": "+12025550100", "to": "+442079460123"}
S = 1_000_000_000
IN_TIME_S = 10


@contextlib.asynccontextmanager
async def application(
    ask: dict[str, Any], folder: Path = Path(), clock: Clock | None = None, **keys: Any
) -> AsyncIterator[Application]:
    profile = Profile.model_validate({"url": URL, "webhook_url": "/hook", "ask": ask, **keys})
    running = Application(
        profile.model_copy(update={"folder": folder}), {"api_key": "KEY", "port": "8000"}, clock or wall_clock()
    )
    try:
        yield running
    finally:
        await running.stop()


async def asked(ask: dict[str, Any], folder: Path = Path(), **words: str) -> Asked:
    async with application({"it": ask}, folder) as running:
        return await running.ask("it", WORDS | words)


async def refusal_of(ask: dict[str, Any], folder: Path = Path()) -> Unreachable:
    with pytest.raises(Unreachable) as caught:
        await asked(ask, folder)
    return caught.value


# By HTTP


async def test_a_request_has_its_words_filled_in_everywhere(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.put(f"{URL}/calls/x").respond(201, text="fine")
    told = (
        await asked(
            {
                "method": "PUT",
                "url": "/calls/{call_control_id}",
                "json": {"to": ["{to}"], "n": None},
                "headers": {"Authorization": "Bearer {api_key}"},
            },
            call_control_id="x",
        )
    ).told
    request = route.calls.last.request
    assert json.loads(request.content) == {"to": ["+442079460123"], "n": None}
    assert request.headers["Authorization"] == "Bearer KEY"
    assert told == {
        "ask": "it",
        "method": "PUT",
        "url": f"{URL}/calls/x",
        "json": {"to": ["+442079460123"], "n": None},
        "status": 201,
        "reply": "fine",
    }


@pytest.mark.parametrize(("value", "taken"), [("c-1", "c-1"), (17, "17"), (True, "true")])
async def test_what_is_taken_of_a_reply_serves_later_asks(value: Any, taken: str, respx_mock: respx.MockRouter) -> None:
    respx_mock.post(f"{URL}/calls").respond(json={"data": {"id": value}})
    respx_mock.post(f"{URL}/calls/{taken}/transfer").respond(200)
    asks = {"place": {"url": "/calls", "take": "/data/id"}, "transfer": {"url": "/calls/{taken}/transfer"}}
    async with application(asks) as running:
        first = await running.ask("place", WORDS)
        assert (first.taken, first.told["taken"]) == (taken, taken)
        assert "problem" not in (await running.ask("transfer", WORDS | {"taken": taken})).told


async def test_nothing_is_taken_from_a_reply_that_has_it_not(respx_mock: respx.MockRouter) -> None:
    respx_mock.post(f"{URL}/calls").respond(json={"data": {"id": None}})
    answer = await asked({"url": "/calls", "take": "/data/id"})
    assert answer.taken is None
    assert answer.told["problem"] == f"the reply to POST {URL}/calls has nothing at /data/id"


async def test_what_was_not_taken_cannot_be_asked_with() -> None:
    asks = {"place": {"url": "/calls", "take": "/id"}, "transfer": {"url": "/calls/{taken}"}}
    async with application(asks) as running:
        with pytest.raises(UnknownWord, match="has no value yet: no ask with `take:` was answered before"):
            await running.ask("transfer", WORDS)


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_an_answer_that_is_no_success_is_an_answer_and_a_problem(
    status: int, respx_mock: respx.MockRouter
) -> None:
    respx_mock.post(f"{URL}/calls").respond(status, text="no", headers={"Location": "https://example.com"})
    told = (await asked({"url": "/calls"})).told
    assert (told["status"], told["reply"]) == (status, "no")
    assert told["problem"] == f"POST {URL}/calls was answered {status}"


async def test_no_answer_is_said_with_what_was_tried(respx_mock: respx.MockRouter) -> None:
    respx_mock.post(f"{URL}/calls").mock(side_effect=httpx.ConnectError("connection refused"))
    refusal = await refusal_of({"url": "/calls", "json": {"to": "{to}"}})
    assert str(refusal) == f"POST {URL}/calls: connection refused"
    assert refusal.told == {"ask": "it", "method": "POST", "url": f"{URL}/calls", "json": {"to": "+442079460123"}}


def test_patience_with_an_answer_is_ten_seconds(respx_mock: respx.MockRouter) -> None:
    async def never(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async def main(clock: Clock) -> int:
        respx_mock.post(f"{URL}/calls").mock(side_effect=never)
        async with application({"it": {"url": "/calls"}}, clock=clock) as running:
            with pytest.raises(Unreachable, match=f"^POST {URL}/calls: no answer within 10 s$"):
                await running.ask("it", WORDS)
        return clock.now_ns()

    assert run_virtual(main) == 10 * S


async def test_no_request_leaves_this_machine() -> None:
    """Not even where a reply of the application says so."""
    asks = {"place": {"url": "/calls", "take": "/id"}, "follow": {"url": "{taken}"}}
    async with application(asks) as running:
        for url in ("https://example.com/x", "http://[::1"):
            with pytest.raises(Unreachable) as caught:
                await running.ask("follow", WORDS | {"taken": url})
            assert not str(caught.value).endswith("connection refused")
        with pytest.raises(Unreachable, match="not on this machine, and the simulator talks to loopback only"):
            await running.ask("follow", WORDS | {"taken": "https://example.com/x"})


async def test_an_endless_reply_does_not_fill_our_memory(respx_mock: respx.MockRouter) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 100_000
            yield bytes(100_000)

    respx_mock.post(f"{URL}/calls").mock(return_value=httpx.Response(200, content=endless()))
    told = (await asked({"url": "/calls", "take": "/id"})).told
    assert len(told["reply"]) == 2000
    assert sent < 2_000_000


# By a command


def script(code: str, *arguments: str) -> dict[str, str]:
    return {"command": f'{sys.executable} -S -c "{code}" ' + " ".join(arguments)}


async def test_a_command_runs_in_the_profile_s_folder_with_the_environment(tmp_path: Path) -> None:
    code = "import os, sys; print(os.path.basename(os.getcwd()), os.environ['KEY'], sys.argv[1:])"
    async with application({"it": script(code, "{to}", "'{from} x'")}, tmp_path, env={"KEY": "{api_key}"}) as running:
        told = (await running.ask("it", WORDS)).told
    assert told["reply"] == f"{tmp_path.name} KEY ['+442079460123', '+12025550100 x']"
    assert told["exit_code"] == 0
    assert told["command"][-2:] == ["+442079460123", "+12025550100 x"]


async def test_a_command_that_fails_is_said_with_its_last_line() -> None:
    refusal = await refusal_of(
        script("import sys; print('first'); print('no such call', file=sys.stderr); sys.exit(3)")
    )
    assert str(refusal).endswith("` ended with exit code 3: no such call")
    assert refusal.told is not None
    assert (refusal.told["exit_code"], refusal.told["reply"]) == (3, "first\nno such call")


async def test_a_command_that_is_not_there_is_said_so() -> None:
    refusal = await refusal_of({"command": "no-such-program {to}"})
    assert str(refusal).startswith("`no-such-program +442079460123` cannot be run: [Errno 2]")


async def test_a_command_without_words_is_said_so() -> None:
    assert str(await refusal_of(script("raise SystemExit(1)"))).endswith("` ended with exit code 1: it printed nothing")


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the child in /proc")
async def test_a_command_that_does_not_end_is_killed_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telnyx_simulator.sut.application._REQUEST_NS", S)
    (tmp_path / "ask.sh").write_text("sleep 600 & echo $! > child; wait\n")
    assert str(await refusal_of({"command": "sh ask.sh"}, tmp_path)) == "`sh ask.sh` did not end within 1 s"
    child = Path("/proc", (tmp_path / "child").read_text().strip(), "stat")
    async with asyncio.timeout(IN_TIME_S):
        while child.exists() and child.read_text().rpartition(")")[2].split()[0] != "Z":
            await asyncio.sleep(0.01)


async def test_what_a_command_leaves_running_holds_nobody_up() -> None:
    """It has our pipe, and may keep it."""
    code = "import subprocess; subprocess.Popen(['sleep', '3']); print('started')"
    async with asyncio.timeout(2.5):
        assert (await asked(script(code))).told["reply"] == "started"


async def test_of_endless_output_the_end_is_kept() -> None:
    told = (await asked(script("print('x' * 1_000_000); print('the end')"))).told
    assert len(told["reply"]) == 2000
    assert told["reply"].endswith("x\nthe end")


# By a Python function


@pytest.fixture
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sibling.py").write_text("PREFIX = 'asked for '\n")
    (tmp_path / "my_asks.py").write_text(
        "import asyncio\n"
        "from sibling import PREFIX\n"
        "def place(words):\n"
        "    return PREFIX + words['ask'] + ' to ' + words['to'] + ' with ' + words['api_key']\n"
        "async def place_async(words):\n"
        "    await asyncio.sleep(0)\n"
        "    return place(words)\n"
        "def imports_late(words):\n"
        "    import another_sibling\n"
        "    return another_sibling.NAME\n"
        "def nothing(words):\n"
        "    pass\n"
        "def fails(words):\n"
        "    raise ValueError('no agent is free\\nat all')\n"
        "async def fails_async(words):\n"
        "    raise KeyError('x')\n"
        "def exits(words):\n"
        "    raise SystemExit(7)\n"
        "async def exits_async(words):\n"
        "    raise SystemExit(7)\n"
        "def stops(words):\n"
        "    raise StopIteration\n"
        "def times_out(words):\n"
        "    raise TimeoutError('the database')\n"
        "NOT_CALLABLE = 1\n"
    )
    (tmp_path / "another_sibling.py").write_text("NAME = 'late'\n")
    (tmp_path / "broken_asks.py").write_text("x = [\n")
    (tmp_path / "raising_asks.py").write_text("import json\nraise RuntimeError('no configuration')\n")
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return tmp_path


@pytest.mark.parametrize("function", ["place", "place_async"])
async def test_a_function_gets_the_words_and_its_answer_is_kept(function: str, functions: Path) -> None:
    told = (await asked({"python": f"my_asks:{function}"}, functions)).told
    assert told == {
        "ask": "it",
        "python": f"my_asks:{function}",
        "reply": "asked for it to +442079460123 with KEY",
    }


async def test_a_function_may_return_nothing_and_import_its_siblings_when_it_is_called(functions: Path) -> None:
    assert (await asked({"python": "my_asks:nothing"}, functions)).told["reply"] == ""
    assert (await asked({"python": "my_asks:imports_late"}, functions)).told["reply"] == "late"


FAILURES = {
    "my_asks:fails": "my_asks:fails raised ValueError: no agent is free (my_asks.py:14)",
    "my_asks:fails_async": "my_asks:fails_async raised KeyError: 'x' (my_asks.py:16)",
    "my_asks:exits": "my_asks:exits raised SystemExit: 7 (my_asks.py:18)",
    "my_asks:exits_async": "my_asks:exits_async raised SystemExit: 7",
    "my_asks:stops": "my_asks:stops raised StopIteration (my_asks.py:22)",
    "my_asks:times_out": "my_asks:times_out raised TimeoutError: the database (my_asks.py:24)",
    "my_asks:plase": "my_asks has no function 'plase'; there are place, place_async, imports_late, nothing, fails, "
    "fails_async, exits, exits_async, stops, times_out",
    "my_asks:NOT_CALLABLE": "my_asks has no function 'NOT_CALLABLE'; there are place, place_async, imports_late, "
    "nothing, fails, fails_async, exits, exits_async, stops, times_out",
    "broken_asks:f": "broken_asks cannot be imported: SyntaxError: '[' was never closed (broken_asks.py, line 1)",
    "raising_asks:f": "raising_asks cannot be imported: RuntimeError: no configuration (raising_asks.py:2)",
    "no_such_asks:f": "no_such_asks cannot be imported: ModuleNotFoundError: No module named 'no_such_asks'",
}


@pytest.mark.parametrize(("function", "told"), FAILURES.items())
async def test_a_function_that_fails_is_said_with_its_place(function: str, told: str, functions: Path) -> None:
    refusal = await refusal_of({"python": function}, functions)
    assert str(refusal).startswith(told)
    assert refusal.told == {"ask": "it", "python": function}


async def test_each_profile_has_its_own_module_though_the_name_be_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    before = list(sys.path)
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same_asks.py").write_text(f"def f(words): return '{name}'\n")
    for name in ("one", "other", "one"):
        assert (await asked({"python": "same_asks:f"}, tmp_path / name)).told["reply"] == name
    assert sys.path == before


def blocks(about: dict[str, Any]) -> str:
    about["begun"].set()
    assert about["go"].wait(IN_TIME_S)
    return "done"


async def blocks_async(about: dict[str, Any]) -> str:
    return blocks(about)


@pytest.mark.parametrize("function", [blocks, blocks_async])
async def test_a_function_that_blocks_does_not_block_us(
    function: Callable[[dict[str, Any]], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for what this loop does while it waits."""
    begun, go = threading.Event(), threading.Event()
    callables = Callables(Path(), wall_clock())
    monkeypatch.setattr(callables, "_function", lambda reference: function)
    called = asyncio.create_task(callables.call("m:f", {"begun": begun, "go": go}, IN_TIME_S * S))
    while not begun.is_set():
        await asyncio.sleep(0.001)
    go.set()
    assert await called == "done"
    callables.close()


@pytest.mark.parametrize("function", [blocks, blocks_async])
async def test_a_function_that_never_returns_is_given_up(
    function: Callable[[dict[str, Any]], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    callables = Callables(Path(), wall_clock())
    monkeypatch.setattr(callables, "_function", lambda reference: function)
    with pytest.raises(CallFailed, match=r"^m:f did not return within 0\.05 s$"):
        await callables.call("m:f", {"begun": threading.Event(), "go": go}, S // 20)
    go.set()
    callables.close()


async def test_coroutines_share_one_loop_which_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one of them makes, the next can use."""

    async def own_loop(about: dict[str, Any]) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    callables = Callables(Path(), wall_clock())
    monkeypatch.setattr(callables, "_function", lambda reference: own_loop)
    first, second = [await callables.call("m:f", {}, S) for _ in range(2)]
    assert first is second
    assert first is not asyncio.get_running_loop()
    callables.close()


async def test_work_aside_ends_with_its_result() -> None:
    assert await aside(lambda: 7) == 7


def test_in_virtual_time_functions_are_called_at_once(functions: Path) -> None:
    async def main(clock: Clock) -> tuple[str, str, int]:
        asks = {"one": {"python": "my_asks:place"}, "two": {"python": "my_asks:place_async"}}
        async with application(asks, functions, clock) as running:
            one, two = [await running.ask(name, WORDS) for name in asks]
        return one.told["reply"], two.told["reply"], clock.now_ns()

    one, two, now_ns = run_virtual(main)
    assert (one, two) == (
        "asked for one to +442079460123 with KEY",
        "asked for two to +442079460123 with KEY",
    )
    assert now_ns == 0
