"""What commands bring beside their own purpose: webhook routing, client state, a stream."""

from collections.abc import Callable, Mapping
from typing import Any

from telnyx_simulator.facts import media
from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.stream import Stream

# What this machine lacks to send (or else to take) a codec, and the line that installs it; None if nothing.
Lacks = Callable[[str, bool], tuple[str, str] | None]


def check_possible(given: dict[str, Any], lacks: Lacks) -> None:
    """Refuse honestly what Telnyx would do and the simulator cannot, here or anywhere yet."""
    wanted = [("stream_codec", given.get("stream_codec"), True)]
    wanted.append(("stream_bidirectional_codec", given.get("stream_bidirectional_codec"), False))
    if given.get("stream_bidirectional_mode") == "mp3":
        wanted.append(("stream_bidirectional_mode", "MP3", False))
    for name, codec, to_send in wanted:
        if codec not in (None, "default") and (missing := lacks(codec, to_send)):
            raise rest.refused("missing_library", pointer=f"/{name}", needs=missing[0], install=missing[1])
    if isinstance(given.get("to"), list):
        raise rest.refused("not_built_yet", pointer="/to", name="a dial to several numbers")


def apply(leg: Leg, given: dict[str, Any]) -> None:
    """Client state and webhook routing: each replaces what the leg had and stays for the rest of it."""
    leg.client_state = given.get("client_state", leg.client_state)
    leg.webhook_url = given.get("webhook_url", leg.webhook_url)
    # A new URL comes with a method of its own, which is POST unasked; the application's URL gets nothing but POST.
    if "webhook_url" in given or "webhook_url_method" in given:
        leg.webhook_url_method = given.get("webhook_url_method", "POST")
    if "webhook_urls" in given or "webhook_urls_method" in given:
        leg.webhook_urls_method = given.get("webhook_urls_method", "POST")
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
    mode = given.get("stream_bidirectional_mode", "mp3")
    returned = _with_rate(given.get("stream_bidirectional_codec", "PCMU"), rate)
    return Stream(
        stream_id=stream_id,
        call_leg_id=leg.call_leg_id,
        url=given["stream_url"],
        track=given.get("stream_track", "inbound_track"),
        sent_codec=leg.leg_codec if sent == "default" else _with_rate(sent, rate),
        returned_codec=returned if mode == "rtp" else "MP3",
        mode=mode,
        target_legs=given.get("stream_bidirectional_target_legs"),
        auth_token=given.get("stream_auth_token"),
    )


def _with_rate(codec: str, rate: int) -> str:
    """L16 is little-endian (reported, live), at the rate that the command names, else 8000 Hz (reported); so is OPUS.

    The other codecs have a rate of their own.
    """
    match codec:
        case "L16":
            return f"L16/{rate}/le"
        case "OPUS":
            return f"OPUS/{media.OPUS_RATE_HZ[rate]}"
    return codec
