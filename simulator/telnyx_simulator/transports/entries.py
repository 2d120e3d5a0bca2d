"""What trace entries say: bodies, written in one place so that checks know what to find."""

from typing import Any

from telnyx_simulator.media.messages import Clear, Inbound, Malformed, Mark, Media, Unknown
from telnyx_simulator.media.playout import Cleared, MarkReached, Note, TalkspurtBegan, Underrun
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.delivery import Attempt, Delivery, is_acknowledged
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.transports.ports import WebhookReply


def command(given: inputs.RestCommand, reply: events.Replied, *, method: str, path: str) -> dict[str, Any]:
    return {
        "command": given.operation,
        "method": method,
        "path": path,
        "key": given.key,
        "body": given.body,
        "status": reply.status,
        "reply": reply.body,
        "effect": reply.effect,
    }


def leg(of: Leg) -> dict[str, Any]:
    body: dict[str, Any] = {
        "state": of.state.value,
        "call_control_id": of.call_control_id,
        "call_session_id": of.call_session_id,
        "direction": of.direction,
        "from": of.from_,
        "to": of.to,
        "leg_codec": of.leg_codec,
    }
    if of.ending is None:
        return body
    ending = {"cause": of.ending.cause, "source": of.ending.source, "sip": of.ending.sip, "by": of.ending.by}
    return body | ending


def planned(delivery: Delivery) -> dict[str, Any]:
    return _about(delivery) | {"url": delivery.url, "due_ns": delivery.due_ns}


def attempted(attempt: Attempt, headers: dict[str, str], sent_ns: int, reply: WebhookReply) -> dict[str, Any]:
    return _about(attempt.delivery) | {
        "attempt": attempt.number,
        "url": attempt.url,
        "headers": headers,
        "bytes": attempt.body.decode(),
        "payload": attempt.delivery.data["payload"],
        "genuine": attempt.delivery.treatment.is_genuine,
        "sent_ns": sent_ns,
        "timeout_ns": attempt.timeout_ns,
        "status": reply.status,
        "failure": reply.failure,
        "acknowledged": is_acknowledged(reply.status),
    }


def _about(delivery: Delivery) -> dict[str, Any]:
    return {
        "event": delivery.event_type,
        "event_id": delivery.data["id"],
        "delivery_id": delivery.delivery_id,
        "extra": delivery.extra,
        "signature": delivery.treatment.signature,
        "timestamp_ns": delivery.treatment.timestamp_ns,
    }


def message(received: Inbound, size: int) -> dict[str, Any] | None:
    """A message of the application; None for media, which stands in a frame file."""
    match received:
        case Media():
            return None
        case Mark(name):
            return {"message": "mark", "name": name}
        case Clear():
            return {"message": "clear"}
        case Unknown(event):
            return {"message": "unknown", "event": event}
        case Malformed(code, problem):
            return {"message": "invalid", "code": code, "problem": problem, "size": size}


def heard(note: Note) -> dict[str, Any]:
    match note:
        case TalkspurtBegan(arrived_ns, starts_ns):
            return {"what": "talkspurt", "arrived_ns": arrived_ns, "starts_ns": starts_ns}
        case Underrun(dry_ns, resumed_ns):
            return {"what": "underrun", "dry_ns": dry_ns, "resumed_ns": resumed_ns}
        case MarkReached(name):
            return {"what": "mark", "name": name}
        case Cleared(dropped_ms):
            return {"what": "clear", "dropped_ms": dropped_ms}


def lateness(late_us: list[int]) -> dict[str, int]:
    """How late the frames of one stream left, in microseconds: ours, not the application's."""
    ordered = sorted(late_us)
    percentile = {n: ordered[min(len(ordered) - 1, len(ordered) * n // 100)] for n in (50, 99)}
    return {"frames": len(ordered), "p50_us": percentile[50], "p99_us": percentile[99], "max_us": ordered[-1]}
