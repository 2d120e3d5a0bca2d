"""`telnyx-sim serve` as a person starts it: a real process, its block of `export` lines, its log, its end."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import telnyx.lib  # noqa: F401 - the import puts its Ed25519 verification into the SDK, where `unwrap` is async
from telnyx import AsyncTelnyx

from telnyx_simulator.facts import formats
from telnyx_simulator.trace import Trace
from wire import IN_TIME_S, receiving

COMMAND = [sys.executable, "-m", "telnyx_simulator", "serve"]
# Two seconds is the promise; what a busy machine adds is no fault of ours.
READY_WITHIN_S = 10


@dataclass(slots=True)
class Served:
    """A running `serve`: what it printed up to `Ready`, and what it prints from then on."""

    process: asyncio.subprocess.Process
    banner: list[str] = field(default_factory=list)
    ready_s: float = 0.0

    def said(self, name: str) -> str:
        """The value after a word of the banner."""
        return next(line.split()[1] for line in self.banner if line.split()[:1] == [name])

    @property
    def url(self) -> str:
        return self.said("REST").removesuffix("/v2")

    async def line(self, pattern: str) -> str:
        """The next log line that matches; the lines before it are passed over."""
        assert self.process.stdout is not None
        seen = []
        async with asyncio.timeout(IN_TIME_S):
            while raw := await self.process.stdout.readline():
                seen.append(raw.decode().rstrip("\n"))
                if re.fullmatch(pattern, seen[-1]):
                    return seen[-1]
        raise AssertionError(f"no line like {pattern} in {seen}")

    async def interrupted(self) -> tuple[int, str]:
        """^C: exit code, and what stands on stderr."""
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(IN_TIME_S):
            _, stderr = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, stderr.decode()


@contextlib.asynccontextmanager
async def served(folder: Path, *options: str) -> AsyncIterator[Served]:
    began = time.monotonic()
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--port", "0", *options, cwd=folder, stdout=pipe, stderr=pipe
    )
    serving = Served(process)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(READY_WITHIN_S):
            while not (serving.banner and serving.banner[-1].startswith("Ready")):
                raw = await process.stdout.readline()
                assert raw, await process.stderr.read() if process.stderr else ""
                serving.banner.append(raw.decode().rstrip("\n"))
        serving.ready_s = time.monotonic() - began
        yield serving
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def exported(banner: list[str]) -> dict[str, str]:
    """The block of `export` lines, pasted into a shell that has nothing else."""
    block = "\n".join(line for line in banner if line.strip().startswith("export "))
    done = subprocess.run(["/bin/sh", "-euc", f"{block}\nenv"], env={}, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("TELNYX_"))


async def test_the_printed_block_is_all_that_the_sdk_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    async with receiving() as receiver, served(tmp_path, "--webhook-url", receiver.url) as server:
        record_property("serve_ready_s", round(server.ready_s, 2))
        environment = exported(server.banner)
        assert environment.keys() == {
            "TELNYX_BASE_URL",
            "TELNYX_PUBLIC_KEY",
            "TELNYX_API_KEY",
            "TELNYX_CONNECTION_ID",
            "TELNYX_NUMBER",
        }
        assert environment["TELNYX_BASE_URL"] == server.said("REST")
        assert re.fullmatch(formats.PATTERNS[formats.DECIMAL_ID], environment["TELNYX_CONNECTION_ID"])
        assert environment["TELNYX_CONNECTION_ID"] == server.said("connection")
        assert environment["TELNYX_NUMBER"] == server.said("number")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        async with AsyncTelnyx() as sdk:
            await sdk.calls.dial(
                connection_id=os.environ["TELNYX_CONNECTION_ID"], to="+12025550102", from_=os.environ["TELNYX_NUMBER"]
            )
            webhook = await receiver.event("call.initiated")
            event = await sdk.webhooks.unwrap(webhook.body.decode(), headers=dict(webhook.headers))
            assert event.data.event_type == "call.initiated"


async def test_each_exchange_and_each_delivery_is_a_readable_line(tmp_path: Path) -> None:
    async with (
        receiving() as receiver,
        served(tmp_path, "--webhook-url", receiver.url) as server,
        httpx.AsyncClient(base_url=server.url, headers={"Authorization": "Bearer x"}) as http,
    ):
        at, hook = r" +\d+\.\d{3}  ", re.escape(receiver.url)
        call = {"from": "+12025550123", "to": server.said("number"), "behavior": "silent"}
        leg = (await http.post("/_sim/calls", json=call)).json()["data"]["call_control_id"]
        await server.line(at + r"incoming \+12025550123 -> \+12025550100 parked")
        await server.line(at + rf"-> call.initiated +{hook}  200  \d+ ms")
        await http.post(f"/v2/calls/{leg}/actions/answer", json={"stream_url": "ws://127.0.0.1:9/nobody"})
        await server.line(at + r"POST  /v2/calls/v3:\S{8}\.\.\./actions/answer +200")
        await server.line(at + r"incoming \+12025550123 -> \+12025550100 answered")
        await server.line(at + rf"-> call.answered +{hook}  200  \d+ ms")
        await server.line(at + r"stream refused .+")
        await http.post("/v2/calls", json={"to": "1"})
        await server.line(at + r"POST  /v2/calls +422  10004 The 'connection_id' parameter is required .+")
        await http.post(f"/v2/calls/{leg}/actions/hangup")
        await server.line(at + r"incoming .+ hangup normal_clearing by callee")
        await server.line(at + rf"-> call.hangup +{hook}  200  \d+ ms")
        receiver.status = 503
        dial = {"connection_id": server.said("connection"), "to": "+12025550102", "from": server.said("number")}
        await http.post("/v2/calls", json=dial | {"webhook_retries_policies": {"call.initiated": {"retries_ms": [10]}}})
        await server.line(at + r"outgoing \+12025550100 -> \+12025550102 ringing")
        await server.line(at + rf"-> call.initiated +{hook}  503  \d+ ms")
        await server.line(at + rf"-> call.initiated +\(attempt 2\) {hook}  503  \d+ ms")


async def test_an_interruption_ends_it_with_130_and_a_whole_trace(tmp_path: Path) -> None:
    async with (
        receiving() as receiver,
        served(tmp_path, "--webhook-url", receiver.url) as server,
        httpx.AsyncClient(base_url=server.url) as http,
    ):
        call = {"from": "+12025550123", "to": server.said("number")}
        leg = (await http.post("/_sim/calls", json=call)).json()["data"]["call_leg_id"]
        await http.post(f"/v2/calls/{UNKNOWN}/actions/hangup", headers={"Authorization": "Bearer x"})
        await receiver.event("call.initiated")
        code, stderr = await server.interrupted()
    directory = server.said("trace")
    assert (code, stderr) == (130, f"stopped; the trace is in {directory}\n")
    trace = Trace.read(tmp_path / directory)
    assert isinstance(trace.header["seed"], int)
    assert [entry.seq for entry in trace.entries] == list(range(1, len(trace.entries) + 1))
    assert [(entry.call, entry.body["state"]) for entry in trace.of("switch", "leg")] == [(leg, "parked")]
    assert [entry.body["status"] for entry in trace.of("rest", "command")] == [422]
    assert len(list(trace.of("sender", "webhook.attempt"))) == 1


UNKNOWN = "v3:" + "A" * 54


def refused(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*COMMAND, *options], cwd=folder, capture_output=True, text=True, timeout=IN_TIME_S)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done


def test_a_taken_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = refused(tmp_path, "--port", str(port))
    assert done.returncode == 2
    assert done.stderr == f"port {port}: Address already in use; take another with --port, or --port 0 for a free one\n"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--webhook-url", "https://example.com/hook"), "https://example.com/hook is not on this machine"),
        (("--webhook-url", "http://192.0.2.1/hook"), "http://192.0.2.1/hook is not on this machine"),
        (("--host", "0.0.0.0"), "the simulator listens on loopback only"),
    ],
)
def test_nothing_outside_this_machine_is_served_or_called(
    tmp_path: Path, options: tuple[str, str], sentence: str
) -> None:
    done = refused(tmp_path, "--port", "0", *options)
    assert done.returncode == 2
    assert sentence in " ".join(done.stderr.split())
