"""`call`: a call driven by hand on a running `serve`, in a few words."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from telnyx_simulator.cli import cli
from wire import receiving, serving

ALICE, BOB = "+442079460123", "+442079460124"


def invoked(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["call", *arguments])


async def test_a_call_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    async with receiving() as receiver, serving(tmp_path, webhook_url=receiver.url) as ground:

        async def call(*arguments: str) -> str:
            result = await asyncio.to_thread(invoked, *arguments, "--server", ground.url)
            assert result.exit_code == 0, result.output
            return result.stdout.strip()

        async def refused(*arguments: str) -> tuple[int, str]:
            result = await asyncio.to_thread(invoked, *arguments, "--server", ground.url)
            return result.exit_code, result.output

        assert await call("list") == ""
        code, told = await refused("hangup")
        assert code == 2
        assert "there is no call; `call place` makes one" in told

        placed = await call("place", "--from", ALICE)
        assert placed.endswith(f"  incoming {ALICE} -> +12025550100  parked")
        alice = placed.split()[0]
        assert (await receiver.event("call.initiated")).call == alice
        assert await call("list") == placed

        code, told = await refused("dtmf", "1")
        assert code == 1
        assert "Call not answered yet" in told
        code, told = await refused("play", "speech/none")
        assert code == 1

        code, told = await refused("hold")
        assert code == 1

        bob = (await call("place", "--from", BOB, "--leg-codec", "PCMU")).split()[0]
        code, told = await refused("hangup")
        assert code == 2
        assert "which of these 2 calls?" in told
        assert alice in told
        assert bob in told
        code, told = await refused("hangup", "+12025550199")
        assert code == 2
        assert "no call is '+12025550199'; `call list` names them" in told

        assert (await call("hangup", BOB)).endswith("hangup originator_cancel")
        assert (await call("hangup", alice[:20], "--cause", "user_busy")).endswith("hangup user_busy")
        assert await call("list") == ""
        assert len((await call("list", "--all")).splitlines()) == 2
        code, told = await refused("place", "--leg-codec", "alaw")
        assert code == 1
        assert "PCMA" in told


@pytest.mark.parametrize("server", ["http://example.com", "ftp://127.0.0.1", "127.0.0.1:1"])
def test_only_a_simulator_of_this_machine_is_spoken_to(server: str) -> None:
    result = invoked("list", "--server", server)
    assert result.exit_code == 2
    assert "--server" in result.output


def test_where_no_simulator_runs_it_says_how_to_start_one() -> None:
    result = invoked("list", "--server", "http://127.0.0.1:9")
    assert result.exit_code == 4
    assert "no simulator answers at http://127.0.0.1:9" in result.stderr
    assert "telnyx-sim serve" in result.stderr


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        ("200 OK", "", b"<html>"),
        ("200 OK", "", json.dumps([1]).encode()),
        ("500 X", "", b"oh"),
        ("302 X", "Location: http://192.0.2.1/\r\n", b""),
    ],
)
async def test_somebody_else_on_that_port_is_no_traceback(status: str, headers: str, body: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        result = await asyncio.to_thread(invoked, "list", "--server", url)
    assert result.exit_code in (1, 4)
    assert result.stderr
    assert not isinstance(result.exception, Exception)
