"""Webhook payloads and REST bodies of a leg, field for field as `facts` lists them."""

from collections.abc import Container
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from telnyx_simulator.facts import limits, media, webhooks
from telnyx_simulator.signaling.leg import Ending, Leg
from telnyx_simulator.signaling.stream import Stream

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# RFC 5737: an address for documentation.
_CARRIER_ADDRESS: Final = "192.0.2.1:5060"
# Every field that Telnyx has in the payload of any event.
_SOMEWHERE: Final = frozenset(name for fields in webhooks.FIELDS.values() for name in fields)
# Of a stream that an extra webhook tells of and that never was (RFC 2606: a name for documentation).
_IMAGINED_URL: Final = "wss://stream.example.com/media"


def iso_us(unix_ns: int) -> str:
    """Webhook time: UTC with six digits of microseconds."""
    return (_EPOCH + timedelta(microseconds=unix_ns // 1000)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def iso_ms(unix_ns: int) -> str:
    """REST time: UTC with three digits of milliseconds."""
    return (_EPOCH + timedelta(milliseconds=unix_ns // 1_000_000)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def common(leg: Leg) -> dict[str, Any]:
    return {
        "call_control_id": leg.call_control_id,
        "call_leg_id": leg.call_leg_id,
        "call_session_id": leg.call_session_id,
        "client_state": leg.client_state,
        "connection_id": leg.connection_id,
    }


def _between(leg: Leg) -> dict[str, Any]:
    party = leg.from_ if leg.direction == "incoming" else leg.to
    return {
        **common(leg),
        "calling_party_type": "sip" if party.startswith("sip") else "pstn",
        "from": leg.from_,
        "to": leg.to,
    }


def of_event(
    leg: Leg,
    event_type: str,
    epoch_ns: int,
    now: int,
    *,
    stream: Stream | None = None,
    digit: str = "1",
    **fields: Any,
) -> dict[str, Any]:
    """The payload of an event as it would be now; where the event has not happened, as it plausibly would.

    `fields` are those of its own that whoever plays the event knows.
    """
    body = _of_event(leg, event_type, epoch_ns, now, stream, digit) | fields
    return _with_extra(leg, body, webhooks.FIELDS.get(event_type, body))


def _with_extra(leg: Leg, body: dict[str, Any], known: Container[str]) -> dict[str, Any]:
    """`body` with the leg's further fields: what Telnyx has in some messages only stands in these, the rest in all."""
    return body | {name: value for name, value in leg.extra_fields.items() if name in known or name not in _SOMEWHERE}


def _of_event(leg: Leg, event_type: str, epoch_ns: int, now: int, stream: Stream | None, digit: str) -> dict[str, Any]:
    match event_type:
        case "call.initiated":
            return initiated(leg, epoch_ns)
        case "call.answered":
            return answered(leg, epoch_ns, stream)
        case "call.hangup":
            usual = Ending("normal_clearing", "caller" if leg.direction == "incoming" else "callee", "200", "far_end")
            return hangup(leg, epoch_ns, now, leg.ending or usual)
        case "call.dtmf.received":
            return dtmf(leg, digit)
        case "call.cost":
            return cost(leg, epoch_ns, now)
        case "streaming.failed":
            return streaming_failed(leg, stream)
        case "streaming.started" | "streaming.stopped":
            return streaming(leg, stream.url if stream else _IMAGINED_URL)
    return _stem(leg, event_type)


def _stem(leg: Leg, event_type: str) -> dict[str, Any]:
    """What an event says of its leg: which ids and numbers those are, `facts.webhooks` tells."""
    between = _between(leg)
    return {name: between[name] for name in webhooks.FIELDS.get(event_type, between) if name in between}


def initiated(leg: Leg, epoch_ns: int) -> dict[str, Any]:
    body = {
        **_between(leg),
        "custom_headers": leg.custom_headers,
        "direction": leg.direction,
        "from_sip_uri": _sip_uri(leg.from_),
        "state": "parked" if leg.direction == "incoming" else "bridging",
        "tags": [],
        "to_sip_uri": _sip_uri(leg.to),
    }
    if leg.direction == "incoming":
        body |= {
            "call_screening_result": None,
            "caller_id_name": leg.caller_id_name or leg.from_,
            "connection_codecs": webhooks.CONNECTION_CODECS,
            "offered_codecs": leg.leg_codec.split("/")[0],
            "shaken_stir_attestation": None,
            "shaken_stir_validated": None,
            "sip_headers": [],
            "start_time": iso_us(epoch_ns + leg.began_ns),
        }
    return body


def answered(leg: Leg, epoch_ns: int, stream: Stream | None) -> dict[str, Any]:
    told = media_format(leg.leg_codec)
    body = {
        **_between(leg),
        "codec": told["encoding"],
        "custom_headers": leg.custom_headers,
        "sampling_rate": told["sample_rate"],
        "sip_headers": [],
        "start_time": iso_us(epoch_ns + leg.began_ns),
        "tags": [],
    }
    if stream is not None:
        body |= {"stream_track": stream.track, "stream_url": stream.url}
    return body


def hangup(leg: Leg, epoch_ns: int, now: int, ended: Ending) -> dict[str, Any]:
    end_ns = now if leg.ended_ns is None else leg.ended_ns
    return {
        **_between(leg),
        "call_quality_stats": quality(leg, end_ns),
        "custom_headers": leg.custom_headers,
        "end_time": iso_us(epoch_ns + end_ns),
        "hangup_cause": ended.cause,
        "hangup_source": ended.source,
        "sip_hangup_cause": ended.sip,
        "sip_headers": [],
        "start_time": iso_us(epoch_ns + leg.began_ns),
        "tags": [],
        "telnyx_error": None,
    }


def quality(leg: Leg, now: int) -> dict[str, Any] | None:
    """`call_quality_stats`: numbers as text; none for a leg that was never answered (observed).

    Inbound packets are fifty a second since the answer; outbound ones are what was played, for nothing is sent while
    the application is silent (both derived from captures). `mos` and the jitter are constants (assumed).
    """
    if leg.answered_ns is None:
        return None
    spoken = max(leg.frames.frames_spoken, (now - leg.answered_ns) // (media.PTIME_MS * 1_000_000))
    return {
        "inbound": {
            "jitter_max_variance": "0.00",
            "jitter_packet_count": "0",
            "mos": "4.50",
            "packet_count": str(spoken),
            "skip_packet_count": "0",
        },
        "outbound": {"packet_count": str(leg.frames.frames_heard), "skip_packet_count": "0"},
    }


def dtmf(leg: Leg, digit: str) -> dict[str, Any]:
    return {**_between(leg), "digit": digit}


def cost(leg: Leg, epoch_ns: int, now: int) -> dict[str, Any]:
    """`call.cost`; a leg that was never answered costs nothing."""
    end_ns = now if leg.ended_ns is None else leg.ended_ns
    talked_s = 0 if leg.answered_ns is None else -(-(end_ns - leg.answered_ns) // 1_000_000_000)
    steps_s = -(-talked_s // limits.BILLED_STEP_S) * limits.BILLED_STEP_S
    billed_s = max(steps_s, limits.BILLED_LEAST_S) if leg.answered_ns is not None else 0
    costs = {part: Decimal(rate) * billed_s / 60 for part, rate in limits.COSTS_A_MINUTE.items()}
    return {
        **common(leg),
        "billed_duration_secs": billed_s,
        "billing_group_id": None,
        "cost_parts": [
            {
                "billed_duration_secs": billed_s,
                "call_part": part,
                "cost": f"{costs[part]:.4f}",
                "currency": "USD",
                "rate": rate,
            }
            for part, rate in limits.COSTS_A_MINUTE.items()
        ],
        "occurred_at": iso_us(epoch_ns + now),
        "status": "success",
        "total_cost": f"{sum(costs.values()):.4f}",
    }


def streaming(leg: Leg, stream_url: str) -> dict[str, Any]:
    return {**common(leg), "stream_url": stream_url}


def streaming_failed(leg: Leg, stream: Stream | None) -> dict[str, Any]:
    """A leg that never had a stream lends its own id: the event is invented anyway."""
    return {
        **common(leg),
        "failure_reason": media.CONNECTION_FAILED,
        "stream_id": stream.stream_id if stream else leg.call_leg_id,
        "stream_params": {
            "stream_url": stream.url if stream else _IMAGINED_URL,
            "track": stream.track if stream else media.TRACKS[0],
        },
        "stream_type": "websocket",
    }


def stream_start(leg: Leg, stream: Stream, user_id: str) -> dict[str, Any]:
    """What the `start` message holds under `start` (docs)."""
    body: dict[str, Any] = {
        "user_id": user_id,
        "call_control_id": leg.call_control_id,
        "call_session_id": leg.call_session_id,
        "from": leg.from_,
        "to": leg.to,
        "tags": [],
        "client_state": leg.client_state,
        "media_format": media_format(stream.sent_codec),
    }
    return _with_extra(leg, body, body)


def media_format(codec: str) -> dict[str, Any]:
    """A codec such as `L16/16000/le` as `start` announces it; of byte order and framing it says nothing."""
    encoding, *details = codec.split("/")
    rates = [int(detail) for detail in details if detail.isdigit()]
    return {"encoding": encoding, "sample_rate": rates[0] if rates else media.ANNOUNCED_HZ[encoding], "channels": 1}


def dialed(leg: Leg) -> dict[str, Any]:
    """The reply to Dial: always `is_alive: false`, for dialing is asynchronous (spec)."""
    body: dict[str, Any] = {
        "record_type": "call",
        "call_control_id": leg.call_control_id,
        "call_leg_id": leg.call_leg_id,
        "call_session_id": leg.call_session_id,
        "is_alive": False,
    }
    return body if leg.client_state is None else body | {"client_state": leg.client_state}


def retrieved(leg: Leg, epoch_ns: int, now: int) -> dict[str, Any]:
    end = leg.ended_ns if leg.ended_ns is not None else now
    body = {
        "record_type": "call",
        "call_control_id": leg.call_control_id,
        "call_leg_id": leg.call_leg_id,
        "call_session_id": leg.call_session_id,
        "call_duration": (end - leg.answered_ns) // 1_000_000_000 if leg.answered_ns is not None else 0,
        "client_state": leg.client_state,
        "is_alive": leg.is_alive,
        "start_time": iso_ms(epoch_ns + leg.began_ns),
    }
    return body if leg.ended_ns is None else body | {"end_time": iso_ms(epoch_ns + leg.ended_ns)}


def _sip_uri(number: str) -> str:
    return number if number.startswith("sip") else f"{number}@{_CARRIER_ADDRESS}"
