"""What trace entries say: bodies, written in one place so that checks know what to find."""

from collections import Counter
from typing import Any, Final

from telnyx_simulator.media.messages import Clear, Flaw, Inbound, Malformed, Mark, Media, Unknown
from telnyx_simulator.media.playout import Cleared, MarkReached, Note, Pace, TalkspurtBegan, Undecoded, Underrun
from telnyx_simulator.media.sources import Mic, Quiet
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.delivery import Attempt, Delivery, is_acknowledged
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.rules import given_of
from telnyx_simulator.transports.sender import Sent

# An application that sends too short chunks sends them fifty times a second and more.
FLAWED_MEDIA_MAX: Final = 10


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
        "treatment": given_of(reply.treatment) if reply.treatment else None,
    }


def account_change(given: inputs.RestCommand, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any] | None:
    """What a command did to the account: each changed resource as it was and as it is; None if nothing changed."""
    changed = {
        f"{family}/{key}": {"before": before[family].get(key), "after": after[family].get(key)}
        for family in after
        for key in before[family] | after[family]
        if before[family].get(key) != after[family].get(key)
    }
    return {"change": given.operation, "changed": changed} if changed else None


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
    if not of.let_in:
        body["let_in"] = False
    if of.ending is None:
        return body
    ending = {"cause": of.ending.cause, "source": of.ending.source, "sip": of.ending.sip, "by": of.ending.by}
    return body | ending


def planned(delivery: Delivery) -> dict[str, Any]:
    """`due_ns` is None for what is dropped, and for what is held until another event was delivered."""
    about = {"url": delivery.url, "due_ns": delivery.due_ns, "genuine": delivery.treatment.is_genuine}
    return _about(delivery) | about


def attempted(attempt: Attempt, sent: Sent) -> dict[str, Any]:
    """`genuine`: the application has to take it. `ack_lost`: its reply is real, and counts as lost for the retries."""
    reply = sent.reply
    return _about(attempt.delivery) | {
        "attempt": attempt.number,
        "method": attempt.method,
        "url": attempt.url,
        "redirected": list(sent.redirected),
        "headers": sent.headers,
        "bytes": sent.body.decode(errors="backslashreplace"),
        "payload": attempt.delivery.data["payload"],
        "genuine": attempt.is_genuine,
        "ack_lost": attempt.ack_lost,
        "due_ns": attempt.due_ns,
        "sent_ns": sent.sent_ns,
        "timeout_ns": attempt.timeout_ns,
        "status": reply.status,
        "failure": reply.failure,
        "acknowledged": is_acknowledged(reply.status),
    }


def _about(delivery: Delivery) -> dict[str, Any]:
    """`event` is what happened, `told` the type that the application is told; `copy` counts wanted duplicates."""
    return {
        "event": delivery.event_type,
        "told": delivery.data["event_type"],
        "event_id": delivery.data["id"],
        "delivery_id": delivery.delivery_id,
        "extra": delivery.extra,
        "copy": delivery.copy,
        "treatment": given_of(delivery.treatment),
        "signature": delivery.treatment.signature,
        "timestamp_ns": delivery.treatment.timestamp_ns,
    }


def message(received: Inbound, size: int | None) -> dict[str, Any] | None:
    """A message of the application; None for media without a flaw, which stand in a frame file alone.

    `size` is None where it is not known.
    """
    match received:
        case Media(_, None):
            return None
        case Media(payload, flaw):
            return {"message": "media", "flaw": flaw, "bytes": len(payload)}
        case Mark(name):
            return {"message": "mark", "name": name}
        case Clear():
            return {"message": "clear"}
        case Unknown(event):
            return {"message": "unknown", "event": event, "flaw": Flaw.UNKNOWN_EVENT}
        case Malformed(code, problem, flaw):
            body = {"message": "invalid", "code": code, "problem": problem, "flaw": flaw, "size": size}
            return body if received.octets is None else body | {"bytes": received.octets}


class Tally:
    """What came in on one WebSocket, counted; of media with a flaw only the first are worth an entry of their own."""

    def __init__(self) -> None:
        self._messages: Counter[str] = Counter()
        self._flaws: Counter[str] = Counter()

    def of(self, received: Inbound, size: int | None) -> dict[str, Any] | None:
        """Count a message; the entry that it gets, if it gets one."""
        body = message(received, size)
        self._messages[body["message"] if body else "media"] += 1
        flaw = body.get("flaw") if body else None
        if body is None or flaw is None:
            return body
        self._flaws[flaw] += 1
        return None if body["message"] == "media" and self._flaws[flaw] > FLAWED_MEDIA_MAX else body

    def body(self) -> dict[str, Any]:
        return {"counts": dict(self._messages), "flaws": dict(self._flaws)}


def mic(carried: Mic, from_frame: int, begins_ns: int) -> dict[str, Any]:
    """What a microphone carries between sounds from a frame on; a sound of `frames` frames over and over."""
    about: dict[str, Any]
    if isinstance(carried, Quiet):
        about = {"clip": carried.value, "digest": None, "frames": None}
    else:
        about = {"clip": carried.name, "digest": carried.digest, "frames": carried.frames}
    return about | {"from_frame": from_frame, "begins_ns": begins_ns}


def heard(note: Note) -> dict[str, Any]:
    match note:
        case TalkspurtBegan(arrived_ns, starts_ns):
            return {"what": "talkspurt", "arrived_ns": arrived_ns, "starts_ns": starts_ns}
        case Underrun(dry_ns, resumed_ns):
            return {"what": "underrun", "dry_ns": dry_ns, "resumed_ns": resumed_ns}
        case MarkReached(name):
            return {"what": "mark", "name": name}
        case Undecoded(problem):
            return {"what": "undecoded", "problem": problem}
        case Cleared(dropped_ms):
            return {"what": "clear", "dropped_ms": dropped_ms}


def playout(pace: Pace) -> dict[str, int]:
    """How an application sent, over a stream: in its own time, faster or slower."""
    return {
        "talkspurts": pace.talkspurts,
        "underruns": pace.underruns,
        "dry_ms": pace.dry_ns // 1_000_000,
        "received_ms": pace.ms(pace.taken_in),
        "played_ms": pace.ms(pace.played),
        "cleared_ms": pace.ms(pace.cleared),
        "queued_ms_max": pace.ms(pace.queued_most),
    }


def lateness(late_us: list[int]) -> dict[str, int]:
    """How late the frames of one stream left, in microseconds: ours, not the application's."""
    ordered = sorted(late_us)
    percentile = {n: ordered[min(len(ordered) - 1, len(ordered) * n // 100)] for n in (50, 99)}
    return {"frames": len(ordered), "p50_us": percentile[50], "p99_us": percentile[99], "max_us": ordered[-1]}
