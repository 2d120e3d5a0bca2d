"""A provider's class as an application, over loopback: what it does not do itself is done right."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from telnyx_simulator.sut.mount import Mount
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.transports.server import free_port

CALL = "v3:one"


class Recording:
    """An adapter with every method; notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.answered = threading.Event()

    def verify(self, body: bytes, headers: Any) -> bool:
        return bool(headers["X-Signed"] == "yes")  # in any case; a KeyError is a no

    async def parse(self, event: dict[str, Any]) -> str | None:
        if event["data"]["event_type"] == "call.trouble":
            raise ValueError("trouble")
        status: str | None = event["data"]["payload"].get("status")
        return status

    def dial(self, to: str) -> str:
        self.asked.append(("dial", to))
        return CALL

    async def answer(self, call_control_id: str) -> None:
        self.asked.append(("answer", call_control_id))
        self.answered.set()

    def hangup(self, call_control_id: str) -> None:
        self.asked.append(("hangup", call_control_id))


class Mounted:
    def __init__(self, adapter: Any) -> None:
        self.adapter, self.log = adapter, list[str]()
        self.mount = Mount(adapter, self.log.append)
        port = free_port()
        self.mount.start(port, "/hook")
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False)

    def post(self, event: str, *, signed: bool = True, call: str = CALL, **payload: Any) -> int:
        body = {"data": {"event_type": event, "payload": {"call_control_id": call} | payload}}
        headers = {"x-signed": "yes"} if signed else {}
        return self.http.post("/hook", content=json.dumps(body), headers=headers).status_code

    def status(self, call: str = CALL) -> Any:
        return self.mount.functions("http://127.0.0.1/hook")["provider:status"]({"call_control_id": call})

    def close(self) -> None:
        self.http.close()
        self.mount.stop()


@pytest.fixture
def mounted() -> Iterator[Mounted]:
    one = Mounted(Recording())
    yield one
    one.close()


def test_what_is_not_verified_is_refused_and_changes_nothing(mounted: Mounted) -> None:
    assert mounted.post("call.answered", status="up", signed=False) == 403
    assert mounted.status() is None
    assert "KeyError" in mounted.log[-1]
    assert mounted.post("call.answered", status="up") == 200
    assert mounted.status() == "up"


def test_what_has_ended_stays_so(mounted: Mounted) -> None:
    for event, status in (("call.hangup", "done"), ("call.answered", "up")):
        assert mounted.post(event, status=status) == 200
    assert mounted.status() == "done"


def test_a_call_is_answered_once_and_none_that_is_over(mounted: Mounted) -> None:
    for _ in range(2):
        mounted.post("call.initiated", direction="incoming")
    mounted.post("call.initiated", direction="outgoing", call="v3:ours")
    mounted.post("call.hangup", call="v3:gone")
    mounted.post("call.initiated", direction="incoming", call="v3:gone")
    assert mounted.adapter.answered.wait(10)
    mounted.post("call.answered")
    assert mounted.adapter.asked == [("answer", CALL)]


def test_what_it_raises_is_500_and_in_the_log(mounted: Mounted) -> None:
    assert mounted.post("call.trouble") == 500
    assert mounted.log[-1] == "ValueError: trouble"


@pytest.mark.parametrize("body", ["", "[]", '{"data": 1}', '{"data": {"payload": []}}'])
def test_what_is_no_event_is_taken_and_passed_on_to_nobody(mounted: Mounted, body: str) -> None:
    assert mounted.http.post("/hook", content=body, headers={"X-Signed": "yes"}).status_code == 200


def test_the_profile_gets_the_asks_and_the_status_that_it_does_not_name(mounted: Mounted) -> None:
    profile = mounted.mount.completed(Profile(provider="module:Adapter"))
    assert list(profile.ask) == ["place_call", "hangup"]
    assert profile.status is not None
    functions = mounted.mount.functions("http://127.0.0.1/hook")
    assert profile.status.python in functions
    functions["provider:place_call"]({"to": "+442079460100"})
    functions["provider:hangup"]({"call_control_id": CALL})
    assert mounted.adapter.asked == [("dial", "+442079460100"), ("hangup", CALL)]
