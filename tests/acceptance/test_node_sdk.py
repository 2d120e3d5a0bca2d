"""Telnyx's SDK for Node against the simulator: an incoming call, an outgoing one, and webhooks, true and forged."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from telnyx_simulator import resources
from telnyx_simulator.draws import Draws
from telnyx_simulator.facts.signatures import SIGNATURES, TOLERANCE_S
from telnyx_simulator.transports import single
from telnyx_simulator.transports.clock import SECOND_NS, wall_clock
from telnyx_simulator.transports.playground import Playground
from telnyx_simulator.transports.server import free_port
from telnyx_simulator.transports.signer import Signer
from wire import API_KEY, IN_TIME_S, error_body, serving

SDK = "telnyx@7.24.0"
APPLICATION = Path(__file__).parent / "node_application.mjs"
CALLER, CALLEE = "+12025550123", "+12025550106"
FETCH_S = 600


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The application and the SDK beside it. Nothing of the package is run as it is fetched."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("needs node and npm")
    folder = tmp_path_factory.mktemp("node")
    (folder / "package.json").write_text('{"private": true}')
    fetch = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", SDK]
    fetched = subprocess.run(fetch, cwd=folder, capture_output=True, text=True, timeout=FETCH_S, check=False)
    if fetched.returncode:
        said = [line for line in fetched.stderr.splitlines() if line.startswith("npm error")]
        pytest.skip(f"needs {SDK} from a package registry: {(said or ['npm found nothing'])[0]}")
    shutil.copy(APPLICATION, folder)
    return folder


class Node:
    """The application as it runs: what it says, line by line."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process = process
        self.url = url
        self.said: list[Any] = []

    async def next(self) -> Any:
        assert self.process.stdout is not None
        async with asyncio.timeout(IN_TIME_S):
            line = await self.process.stdout.readline()
        assert line, "the application has ended"
        self.said.append(json.loads(line))
        return self.said[-1]

    async def to_its_end(self) -> list[Any]:
        with contextlib.suppress(AssertionError):
            while True:
                await self.next()
        return self.said


@contextlib.asynccontextmanager
async def application(folder: Path, directory: Path) -> AsyncIterator[tuple[Playground, Node]]:
    port = free_port()
    url = f"http://127.0.0.1:{port}/webhooks"
    async with serving(directory, webhook_url=url) as ground:
        environment = os.environ | {
            "TELNYX_BASE_URL": f"{ground.url}/v2",
            "TELNYX_API_KEY": API_KEY,
            "TELNYX_PUBLIC_KEY": ground.public_key,
        }
        process = await asyncio.create_subprocess_exec(
            "node", APPLICATION.name, str(port), CALLEE, cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE
        )
        try:
            node = Node(process, url)
            assert await node.next() == ["listening"]
            yield ground, node
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


@pytest.mark.needs_tools
@pytest.mark.timeout(FETCH_S + 60)
async def test_an_application_on_node_answers_dials_and_hangs_up(folder: Path, tmp_path: Path) -> None:
    async with application(folder, tmp_path) as (ground, node):
        async with httpx.AsyncClient(base_url=ground.url) as plain:
            await plain.post("/_sim/calls", json={"from": CALLER, "to": ground.number})
        said = await node.to_its_end()
        assert await node.process.wait() == 0
        legs = list(ground.exchange.house.switch.legs.values())
    not_alive = ["refused", "UnprocessableEntityError", 422, [error_body("call_ended")]]
    assert [one for one in said if one[0] != "webhook"] == [
        ["listening"],
        ["answer", "ok"],
        ["dial", "call", False],
        ["hangup", "ok"],
        not_alive,
    ]
    assert [event for _, direction, event in (one for one in said if one[0] == "webhook") if direction == "incoming"]
    assert [(leg.direction, leg.ending.source if leg.ending else None, leg.client_state) for leg in legs] == [
        ("incoming", "callee", "Y2FsbGVy"),
        ("outgoing", "caller", None),
    ]


@pytest.mark.needs_tools
@pytest.mark.timeout(FETCH_S + 60)
@pytest.mark.parametrize("signature", [name for name in SIGNATURES if name != "genuine"])
async def test_the_sdk_for_node_refuses_each_forged_signature(signature: str, folder: Path, tmp_path: Path) -> None:
    async with application(folder, tmp_path) as (ground, node):
        assert await posted(ground, node, signature=signature) == 401
        # The SDK takes text alone: bytes that are none have to be refused before they come to it.
        refused_by = "TypeError" if signature == "not_utf8" else "TelnyxWebhookVerificationError"
        assert await node.next() == ["forged", refused_by]


@pytest.mark.needs_tools
@pytest.mark.timeout(FETCH_S + 60)
async def test_the_sdk_for_node_takes_what_is_signed_now_and_nothing_old(folder: Path, tmp_path: Path) -> None:
    async with application(folder, tmp_path) as (ground, node):
        assert await posted(ground, node) == 200
        assert await node.next() == ["webhook", "outgoing", "call.dtmf.received"]
        assert await posted(ground, node, timestamp_ns=-(TOLERANCE_S + 2) * SECOND_NS) == 401
        assert await node.next() == ["forged", "TelnyxWebhookVerificationError"]


async def posted(ground: Playground, node: Node, **about: Any) -> int | None:
    """What the application answers to one webhook, of which it does nothing if it takes it."""
    signer = Signer(resources.test_private_key())
    assert signer.public_key == ground.public_key
    made = single.webhook("call.dtmf.received", node.url, signer, Draws(1), wall_clock().unix_ns(), **about)
    reply = await single.post(made, ground.exchange.carrier.webhooks, IN_TIME_S * SECOND_NS)
    return reply.status
