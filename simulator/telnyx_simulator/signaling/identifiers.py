"""Identifiers in Telnyx's formats (`facts.formats`), minted from keyed draws."""

import base64
import uuid

from telnyx_simulator.draws import Draws

# 100 ns intervals from the Gregorian reform to 2026-01-01, and in a year (RFC 9562, version 1 timestamps).
_TICKS_OF_2026 = 0x01B21DD213814000 + 1_767_225_600 * 10**7
_TICKS_A_YEAR = 365 * 86_400 * 10**7


def call_control_id(draws: Draws, n: int) -> str:
    return "v3:" + base64.urlsafe_b64encode(draws.octets("call_control_id", n, size=40)).rstrip(b"=").decode()


def time_uuid(draws: Draws, purpose: str, n: int) -> str:
    """A version 1 UUID, as `call_leg_id` and `call_session_id` look.

    Its time (a moment of 2026) and node are drawn: an id that held the real time would differ from run to run.
    """
    ticks = _TICKS_OF_2026 + draws.integer(0, _TICKS_A_YEAR, purpose + " ticks", n)
    drawn = int.from_bytes(draws.octets(purpose, n))
    fields = (
        ticks & 0xFFFFFFFF,
        (ticks >> 32) & 0xFFFF,
        ((ticks >> 48) & 0x0FFF) | 0x1000,
        0x80 | (drawn >> 56) & 0x3F,
        (drawn >> 48) & 0xFF,
        # The multicast bit marks a node that is no network card's.
        (drawn & 0xFFFFFFFFFFFF) | 0x010000000000,
    )
    return str(uuid.UUID(fields=fields))


def random_uuid(draws: Draws, purpose: str, n: int) -> str:
    return str(uuid.UUID(bytes=draws.octets(purpose, n, size=16), version=4))


def decimal_id(draws: Draws, purpose: str, n: int) -> str:
    """Nineteen digits, as connections and numbers have."""
    return str(draws.integer(10**18, 3 * 10**18 - 1, purpose, n))
