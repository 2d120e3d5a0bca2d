"""Public URLs to local ones: the longest line that fits, at the end of a part of the URL."""

import pytest

from telnyx_simulator.sut.rewriting import rewriting

LINES = {
    "wss://agent.example.com": "ws://127.0.0.1:{port}",
    "https://agent.example.com/api/": "http://127.0.0.1:9001/",
    "https://agent.example.com": "http://127.0.0.1:{port}",
}
rewritten = rewriting(LINES, {"port": "8000"})


@pytest.mark.parametrize(
    ("public", "local"),
    [
        ("wss://agent.example.com/media?call=1", "ws://127.0.0.1:8000/media?call=1"),
        ("wss://agent.example.com", "ws://127.0.0.1:8000"),
        ("https://agent.example.com?x=1", "http://127.0.0.1:8000?x=1"),
        ("https://agent.example.com/api/hook", "http://127.0.0.1:9001/hook"),
        ("https://agent.example.com/apixhook", "http://127.0.0.1:8000/apixhook"),
    ],
)
def test_a_public_url_becomes_the_local_one(public: str, local: str) -> None:
    assert rewritten(public) == local


@pytest.mark.parametrize(
    "url",
    [
        "ws://127.0.0.1:8000/media",
        "wss://agent.example.com.evil.example/media",
        "wss://agent.example.com:8443/media",
        "wss://agent.example.community/media",
        "ws://agent.example.com/media",
    ],
)
def test_any_other_url_stays_as_it_is(url: str) -> None:
    assert rewritten(url) == url
