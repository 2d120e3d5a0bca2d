"""`serve --permissive`: unknown ids and odd parameters are answered, what is there is as on any other server."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio
from telnyx import AsyncTelnyx

from sdk_line import CALLER, UNKNOWN_ID
from telnyx_simulator.facts import limits
from telnyx_simulator.transports.playground import Playground
from wire import API_KEY, assert_refused, receiving, serving


@pytest_asyncio.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Playground]:
    async with (
        receiving() as receiver,
        serving(tmp_path / "trace", webhook_url=receiver.url, permissive=True) as ground,
    ):
        yield ground


@pytest_asyncio.fixture
async def plain(ground: Playground) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=ground.url, headers={"Authorization": f"Bearer {API_KEY}"}) as plain:
        yield plain


async def test_an_unknown_id_is_answered_and_nothing_is_done(ground: Playground, plain: httpx.AsyncClient) -> None:
    for prefix in ("", "/v2"):
        reply = await plain.post(f"{prefix}/calls/{UNKNOWN_ID}/actions/hangup")
        assert (reply.status_code, reply.json()) == (200, {"data": {"result": "ok"}})
    assert (await plain.get("/_sim/calls")).json() == {"data": []}
    async with AsyncTelnyx(
        base_url=ground.url, api_key=API_KEY, max_retries=0, _strict_response_validation=True
    ) as sdk:
        dialed = await sdk.calls.dial(connection_id="x", from_="nobody", to="+1 or sip:somebody")
        assert dialed.data is not None
        assert dialed.data.record_type == "call"
        assert [one async for one in sdk.call_events.list(page_size=0)] == []


async def test_a_call_that_is_there_is_a_call(ground: Playground, plain: httpx.AsyncClient) -> None:
    call = {"from": CALLER, "to": ground.number}
    leg = (await plain.post("/_sim/calls", json=call)).json()["data"]["call_control_id"]
    for path in (f"/calls/{leg}/actions/answer", f"/v2/calls/{leg}/actions/hangup"):
        assert (await plain.post(path)).status_code == 200
    over = await plain.post(f"/calls/{leg}/actions/hangup")
    assert_refused(over.status_code, over.json(), "call_ended")


async def test_credentials_and_routes_are_wanted_all_the_same(ground: Playground, plain: httpx.AsyncClient) -> None:
    nowhere = await plain.get("/no_such_thing")
    assert_refused(nowhere.status_code, nowhere.json(), "not_found")
    async with httpx.AsyncClient(base_url=ground.url) as nobody:
        reply = await nobody.post("/calls/x/actions/hangup")
    assert_refused(reply.status_code, reply.json(), "no_credentials")


async def test_no_server_is_permissive_unasked(tmp_path: Path) -> None:
    async with (
        serving(tmp_path / "trace", webhook_url=None) as ground,
        httpx.AsyncClient(base_url=ground.url, headers={"Authorization": f"Bearer {API_KEY}"}) as plain,
    ):
        reply = await plain.post(f"/v2/calls/{UNKNOWN_ID}/actions/hangup")
        assert_refused(reply.status_code, reply.json(), "invalid_call_control_id")
        assert (await plain.get("/phone_numbers")).status_code == 404


async def test_each_reply_tells_of_the_rate_limit(plain: httpx.AsyncClient) -> None:
    most = limits.REQUESTS_A_SECOND
    for path in ("/v2/phone_numbers", "/v2/balance", "/v2/phone_numbers/1"):
        headers = (await plain.get(path)).headers
        assert headers["x-ratelimit-limit"] == f"{most}, {most};w=1"
        assert 0 < int(headers["x-ratelimit-remaining"]) < most
        assert headers["x-ratelimit-reset"] == "1"
        assert "retry-after" not in headers
