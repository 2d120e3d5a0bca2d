"""What is this machine, and what is not."""

import pytest

from telnyx_simulator.facts.addresses import is_loopback, rewrite_line


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost", "agent.localhost"])
def test_loopback_is_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "api.telnyx.com", "localhost.example.com", "10.0.0.1", "0.0.0.0", "169.254.169.254", "127.1", "::"]
)
def test_nothing_else_is(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("wss://agent.example.com/media", 'rewrite: {"wss://agent.example.com": "ws://127.0.0.1:{port}"}'),
        (
            "https://agent.example.com:8443/x?y",
            'rewrite: {"https://agent.example.com:8443": "http://127.0.0.1:{port}"}',
        ),
        ("http://10.0.0.7/hook", 'rewrite: {"http://10.0.0.7": "http://127.0.0.1:{port}"}'),
    ],
)
def test_the_line_that_maps_a_host_to_the_application(url: str, line: str) -> None:
    assert rewrite_line(url) == line
