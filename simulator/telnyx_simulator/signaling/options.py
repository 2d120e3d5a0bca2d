"""What commands bring beside their own purpose: webhook routing, client state, a stream."""

from collections.abc import Mapping
from typing import Any

from telnyx_simulator.facts import media
from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.stream import Stream


def check_built(given: dict[str, Any]) -> None:
    """Refuse honestly what Telnyx would do and the simulator cannot yet."""
    for name in ("stream_codec", "stream_bidirectional_codec"):
        if given.get(name, "default") not in (*media.CODECS_BUILT, "default"):
            raise rest.refused("not_built_yet", pointer=f"/{name}", name=f"{name} {given[name]}")
    for name in ("webhook_url_method", "webhook_urls_method"):
        if given.get(name) == "GET":
            raise rest.refused("not_built_yet", pointer=f"/{name}", name=f"{name} GET")
    if isinstance(given.get("to"), list):
        raise rest.refused("not_built_yet", pointer="/to", name="a dial to several numbers")


def apply(leg: Leg, given: dict[str, Any]) -> None:
    """Client state and webhook routing: each replaces what the leg had and stays for the rest of it."""
    leg.client_state = given.get("client_state", leg.client_state)
    leg.webhook_url = given.get("webhook_url", leg.webhook_url)
    for event, urls in given.get("webhook_urls", {}).items():
        leg.webhook_urls[event] = urls if isinstance(urls, list) else [urls]
    for event, policy in given.get("webhook_retries_policies", {}).items():
        leg.retry_policies[event] = tuple(policy["retries_ms"])


def headers_of(custom_headers: Mapping[str, str]) -> list[dict[str, str]]:
    """SIP headers as Telnyx writes them (observed: `name` and `value`)."""
    return [{"name": name, "value": value} for name, value in custom_headers.items()]


def stream_of(leg: Leg, given: dict[str, Any], stream_id: str) -> Stream | None:
    """The stream that a command asks for, its codecs resolved; None if it asks for none."""
    if not given.get("stream_url"):
        return None
    rate = given.get("stream_bidirectional_sampling_rate", 8000)
    sent = given.get("stream_codec", "default")
    return Stream(
        stream_id=stream_id,
        call_leg_id=leg.call_leg_id,
        url=given["stream_url"],
        track=given.get("stream_track", "inbound_track"),
        sent_codec=leg.leg_codec if sent == "default" else _with_rate(sent, rate),
        returned_codec=_with_rate(given.get("stream_bidirectional_codec", "PCMU"), rate),
        mode=given.get("stream_bidirectional_mode", "mp3"),
        target_legs=given.get("stream_bidirectional_target_legs"),
        auth_token=given.get("stream_auth_token"),
    )


def _with_rate(codec: str, rate: int) -> str:
    """L16 is little-endian (reported, live), at the rate that the command names, else 8000 Hz (reported)."""
    return f"L16/{rate}/le" if codec == "L16" else codec
