"""The listening socket of the wall lane."""

import socket

import pytest

from telnyx_simulator.transports.server import free_port_socket


def test_a_reply_is_not_held_back_for_the_next_packet() -> None:
    """asyncio sets TCP_NODELAY only on sockets that say they are TCP; without it each reply takes 40 ms."""
    with free_port_socket(0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_two_servers_cannot_have_one_port_not_even_for_a_moment() -> None:
    with free_port_socket(0) as first, pytest.raises(OSError, match="in use"):
        free_port_socket(first.getsockname()[1])
