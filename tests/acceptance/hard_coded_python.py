"""Asks for the balance of the account at https://api.telnyx.com, which is hard-coded here, in each of many ways.

python hard_coded_python.py [WAY...]; each line is an array of JSON: the way, and the status or the error it met.
"""

import asyncio
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from typing import Any

URL = "https://api.telnyx.com/v2/balance"
ODD_URL = "https://someone:secret@API.Telnyx.com:443/v2/balance?page[size]=1"
HEADERS = {"Authorization": "Bearer hard-coded"}
# Nobody is there: who asks it fails.
PROXY = "http://127.0.0.1:9"


# Ways that the shim brings to the simulator


def by_urllib() -> int:
    with urllib.request.urlopen(urllib.request.Request(URL, headers=HEADERS)) as reply:
        assert reply.geturl() == URL
        return int(reply.status)


def by_urllib_and_a_proxy() -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": PROXY, "https": PROXY}))
    first = opener.open(urllib.request.Request(URL, headers=HEADERS)).status
    plain = urllib.request.Request(URL.replace("https:", "http:"), headers=HEADERS)
    return max(first, opener.open(plain).status)


def by_http_client() -> int:
    """Two requests by one connection, to the host with the dot of its root."""
    connection = http.client.HTTPSConnection("api.telnyx.com.")
    statuses = []
    for _ in range(2):
        connection.request("GET", "/v2/balance", headers=HEADERS)
        reply = connection.getresponse()
        reply.read()
        statuses.append(reply.status)
    connection.close()
    return max(statuses)


def by_httpx() -> int:
    import httpx

    with httpx.Client(headers=HEADERS, proxy=PROXY) as client:
        reply = client.get(URL)
        assert str(reply.url) == URL
        return reply.status_code


def by_httpx_with_a_transport_of_its_own() -> int:
    import httpx

    with httpx.Client(
        transport=httpx.HTTPTransport(uds="/no/such/socket"), base_url="https://API.TELNYX.COM"
    ) as client:
        return client.get("/v2/balance", headers=HEADERS).status_code


async def by_async_httpx() -> int:
    import httpx

    async with httpx.AsyncClient(http1=True, proxy=PROXY) as client:
        # Its user-info would become the credentials.
        return (await client.get(ODD_URL.replace("someone:secret@", ""), headers=HEADERS)).status_code


def by_the_sdk() -> int:
    import telnyx

    assert telnyx.Telnyx(api_key="hard-coded", max_retries=0, base_url="https://api.telnyx.com/v2").balance.retrieve()
    return 200


async def by_the_sdk_and_oauth() -> int:
    import telnyx

    client = telnyx.AsyncTelnyx(
        client_id="me", client_secret="secret", max_retries=0, base_url="https://api.telnyx.com/v2"
    )
    assert await client.balance.retrieve()
    return 200


async def by_aiohttp() -> int:
    import aiohttp

    async with (
        aiohttp.ClientSession("https://api.telnyx.com", headers=HEADERS, trust_env=True) as session,
        session.get("/v2/balance") as reply,
    ):
        assert str(reply.url) == URL
        return reply.status


async def by_aiohttp_elsewhere() -> int:
    """A connector that leads to a Unix socket, and a proxy."""
    import aiohttp

    connector = aiohttp.UnixConnector("/no/such/socket")
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(URL, headers=HEADERS, proxy=PROXY) as reply,
    ):
        return reply.status


def by_requests() -> int:
    import requests

    with requests.Session() as session:
        session.mount("https://", requests.adapters.HTTPAdapter(max_retries=1))
        reply = session.get(URL, headers=HEADERS, proxies={"https": PROXY})
        assert reply.url == URL
        plain = session.get(URL.replace("https:", "http:"), headers=HEADERS, proxies={"http": PROXY})
        return max(reply.status_code, plain.status_code)


def by_urllib3() -> int:
    import urllib3

    pools = [urllib3.PoolManager(), urllib3.ProxyManager(PROXY)]
    statuses = [pool.request("GET", URL, headers=HEADERS).status for pool in pools]
    pool = urllib3.HTTPSConnectionPool("API.telnyx.com", 443, headers=HEADERS)
    return max([*statuses, pool.request("GET", "/v2/balance").status])


def by_a_child() -> int:
    """Another Python, which is given next to nothing of our environment."""
    child = [sys.executable, __file__, "by_urllib"]
    done = subprocess.run(child, env={"PATH": os.defpath}, capture_output=True, text=True, check=True)
    return int(json.loads(done.stdout)[1])


def by_a_spawned_process() -> int:
    import multiprocessing

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(by_urllib)


def dials_with_a_public_url() -> int:
    """The webhook of its call goes where it cannot: seen to be over when this returns."""
    body = {
        "connection_id": os.environ["TELNYX_CONNECTION_ID"],
        "from": os.environ["TELNYX_NUMBER"],
        "to": "+12025550102",
        "webhook_url": "https://agent.example.com/hook",
    }
    headers = HEADERS | {"Content-Type": "application/json"}
    request = urllib.request.Request("https://api.telnyx.com/v2/calls", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as reply:
        call = json.load(reply)["data"]["call_control_id"]
    trace = os.environ["TELNYX_BASE_URL"].replace("/v2", f"/_sim/calls/{call}/trace")
    while True:
        with urllib.request.urlopen(trace) as entries:
            if any(entry["kind"] == "webhook.attempt" for entry in json.load(entries)["data"]):
                return 200


# Ways that it refuses


def past_all_libraries() -> None:
    socket.create_connection(("api.telnyx.com", 443))


def by_a_socket_alone() -> None:
    with socket.socket() as bare:
        bare.connect(("api.telnyx.com", 443))


async def by_websockets() -> None:
    import websockets

    async with websockets.connect("wss://rtc.telnyx.com/v2"):
        raise AssertionError("connected")


def through_a_tunnel() -> None:
    """TLS with Telnyx over a connection to somebody else, as a proxy gives one."""
    with socket.create_server(("127.0.0.1", 0)) as proxy, socket.create_connection(proxy.getsockname()) as tunnel:
        ssl.create_default_context().wrap_socket(tunnel, server_hostname="api.telnyx.com")


async def by_asyncio() -> None:
    await asyncio.open_connection("api.telnyx.com", 443, ssl=True)


async def by_uvloop() -> None:
    await by_asyncio()


def main(names: list[str]) -> None:
    for name in names:
        way: Callable[[], Any] = globals()[name]
        try:
            if not asyncio.iscoroutinefunction(way):
                outcome = way()
            elif "uvloop" in name:
                import uvloop

                outcome = uvloop.run(way())
            else:
                outcome = asyncio.run(way())
        except Exception as error:
            outcome = f"{type(error).__name__}: {error}"
        print(json.dumps([name, outcome]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
