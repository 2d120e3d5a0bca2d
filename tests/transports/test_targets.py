"""Where requests go, and what an application is told whose URL leads away from this machine."""

import pytest

from telnyx_simulator.sut.rewriting import rewriting
from telnyx_simulator.transports.clock import wall_clock
from telnyx_simulator.transports.dialer import WebSocketStreams
from telnyx_simulator.transports.ports import StreamNotOpened, WebhookReply
from telnyx_simulator.transports.targets import why_refused
from telnyx_simulator.transports.webhooks import HttpWebhooks

OTHERS = rewriting({"https://other.example.com": "http://127.0.0.1:{port}"}, {"port": "8000"})
TOLD = 'add a rewrite line to sut.yaml: rewrite: {{"{scheme}://agent.example.com": "{local}://127.0.0.1:{{port}}"}}'
S = 1_000_000_000


class Nobody:
    """A listener that is never told anything."""

    def on_text(self, text: bytes) -> None: ...

    def on_binary(self, size: int) -> None: ...

    def on_malformed(self, problem: str) -> None: ...
    def on_failure(self, error: Exception) -> None: ...

    def on_closed(self, code: int | None) -> None: ...


def test_a_url_of_this_machine_is_not_refused() -> None:
    for rewrite in (None, OTHERS):
        assert why_refused("ws://127.0.0.1:8000/media", rewrite) is None
    assert why_refused("https://other.example.com/hook", OTHERS) is None


def test_without_a_profile_an_address_of_this_machine_is_what_helps() -> None:
    assert why_refused("wss://agent.example.com/media") == (
        "wss://agent.example.com/media is not on this machine, and the simulator talks to loopback only; "
        "let the application give an address of 127.0.0.1 or localhost"
    )


def test_with_a_profile_a_line_of_it_is_what_helps() -> None:
    url = "wss://agent.example.com/media"
    assert why_refused(url, OTHERS) == f"you returned {url}; {TOLD.format(scheme='wss', local='ws')}"


def test_what_is_no_url_is_said_so() -> None:
    assert (why_refused("ws://[::1/", OTHERS) or "").startswith("'ws://[::1/' is not a URL")


async def test_a_stream_to_the_world_outside_is_refused_with_the_line_to_add() -> None:
    with pytest.raises(StreamNotOpened) as caught:
        await WebSocketStreams(OTHERS).open("wss://agent.example.com/media", {}, Nobody(), S)
    assert str(caught.value) == f"you returned wss://agent.example.com/media; {TOLD.format(scheme='wss', local='ws')}"


async def test_a_webhook_to_the_world_outside_is_refused_with_the_line_to_add() -> None:
    sender = HttpWebhooks(wall_clock(), OTHERS)
    told = f"you returned https://agent.example.com/hook; {TOLD.format(scheme='https', local='http')}"
    assert await sender.post("https://agent.example.com/hook", b"{}", {}, S) == WebhookReply(None, told)
    await sender.close()


async def test_a_webhook_goes_to_the_local_url_that_the_public_one_stands_for(respx_mock) -> None:
    route = respx_mock.post("http://127.0.0.1:8000/hook?a=b").respond(204)
    sender = HttpWebhooks(wall_clock(), OTHERS)
    assert await sender.post("https://other.example.com/hook?a=b", b"{}", {}, S) == WebhookReply(204)
    assert route.called
    await sender.close()
