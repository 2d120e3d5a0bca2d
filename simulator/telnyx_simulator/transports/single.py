"""One webhook by itself, about a call that never was: what `send` sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telnyx_simulator.draws import Draws
from telnyx_simulator.signaling import bodies, identifiers, imagined, payloads
from telnyx_simulator.signaling.leg import Leg, LegState
from telnyx_simulator.transports.clock import SECOND_NS
from telnyx_simulator.transports.headers import arranged
from telnyx_simulator.transports.ports import WebhookPort, WebhookReply
from telnyx_simulator.transports.signer import Signer

# Numbers of the imagined call, from the ranges for fiction.
_PERSON, _APPLICATION = "+442079460123", "+12025550100"
_ANSWERED_NS, _NOW_NS = 1 * SECOND_NS, 4 * SECOND_NS


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request that is ready to go, with all its headers and the body that goes out."""

    request: bodies.Request
    headers: dict[str, str]
    body: bytes


def webhook(
    event_type: str,
    url: str,
    signer: Signer,
    draws: Draws,
    unix_ns: int,
    *,
    direction: str = "incoming",
    with_: Mapping[str, Any] | None = None,
    without: Sequence[str] = (),
    shape: str = "pretty",
    signature: str = "genuine",
    headers: str | None = None,
    timestamp_ns: int = 0,
) -> Webhook:
    """An event of `facts.webhooks.EMITTED` as it would come at `unix_ns`, 3 s into a call.

    `with_` and `without` replace and remove fields of its payload; `timestamp_ns` moves the signed timestamp.
    """
    epoch_ns = unix_ns - _NOW_NS
    leg = _leg(draws, direction)
    payload = payloads.of_event(leg, event_type, epoch_ns, _NOW_NS)
    payload = imagined.completed(leg, event_type, payload, unix_ns) | dict(with_ or {})
    data = {
        "event_type": event_type,
        "id": identifiers.random_uuid(draws, "event_id", 0),
        "occurred_at": payloads.iso_us(unix_ns),
        "payload": {name: value for name, value in payload.items() if name not in without},
        "record_type": "event",
    }
    request = bodies.request(shape, url, data, attempt=1, created_at=payloads.iso_us(unix_ns))
    signed = signer.sign(request.body, (unix_ns + timestamp_ns) // SECOND_NS, signature)
    return Webhook(request, arranged(request.content_type, signed.headers, headers), signed.body)


async def post(made: Webhook, port: WebhookPort, timeout_ns: int) -> WebhookReply:
    if made.request.method == "GET":
        return await port.get(made.request.url, made.headers, timeout_ns)
    return await port.post(made.request.url, made.body, made.headers, timeout_ns)


def _leg(draws: Draws, direction: str) -> Leg:
    from_, to = (_PERSON, _APPLICATION) if direction == "incoming" else (_APPLICATION, _PERSON)
    return Leg(
        call_control_id=identifiers.call_control_id(draws, 0),
        call_leg_id=identifiers.time_uuid(draws, "call_leg_id", 0),
        call_session_id=identifiers.time_uuid(draws, "call_session_id", 0),
        connection_id=identifiers.decimal_id(draws, "connection_id", 0),
        direction=direction,
        from_=from_,
        to=to,
        leg_codec="PCMA",
        began_ns=0,
        state=LegState.ANSWERED,
        answered_ns=_ANSWERED_NS,
    )
