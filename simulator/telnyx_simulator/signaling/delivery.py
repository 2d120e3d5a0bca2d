"""Webhook deliveries: which URL, which bytes, and what follows a failed attempt.

Theory of operation. A delivery is planned when its event happens and is tried at once; an attempt fails when no reply
comes within the timeout or its status is neither 2xx nor final. Attempts 1 and 2 go to the primary URL, later ones to
the failover URL if there is one (docs: failover after two consecutive failed attempts); the waits between them are
`facts.limits.WEBHOOK_RETRY_MS` unless the command brought its own policy. 2xx delivers; 3xx and 4xx other than 408 and
429 are final failures (docs contradict each other on 3xx: followed, or a failure; a failure here).
"""

import json
from dataclasses import dataclass, field
from typing import Any

from telnyx_simulator.facts import limits, webhooks
from telnyx_simulator.signaling.inputs import Treatment

MS_NS = 1_000_000


@dataclass(slots=True)
class Delivery:
    """One webhook on its way to one URL. Waits and timeout in nanoseconds."""

    delivery_id: str
    call_leg_id: str
    event_type: str
    data: dict[str, Any]
    url: str
    failover_url: str | None
    waits_ns: tuple[int, ...]
    timeout_ns: int
    due_ns: int
    extra: bool = False
    treatment: Treatment = field(default_factory=Treatment)
    attempts: int = 0
    # A replayed webhook repeats these bytes and this moment instead of making its own.
    replayed_body: bytes | None = None
    replayed_at_ns: int | None = None

    def url_of(self, attempt: int) -> str:
        if attempt > limits.ATTEMPTS_BEFORE_FAILOVER and self.failover_url:
            return self.failover_url
        return self.url

    def body_of(self, attempt: int) -> bytes:
        """The bytes on the wire: two-space JSON with sorted keys (observed)."""
        if self.replayed_body is not None:
            return self.replayed_body
        envelope = {"data": self.data, "meta": {"attempt": attempt, "delivered_to": self.url_of(attempt)}}
        return json.dumps(envelope, indent=2, sort_keys=True, ensure_ascii=False).encode(errors="backslashreplace")

    def wait_after(self, attempt: int, status: int | None) -> int | None:
        """Nanoseconds until the next attempt after this outcome, or None if there is none."""
        if status is not None and is_final(status):
            return None
        return self.waits_ns[attempt - 1] if attempt <= len(self.waits_ns) else None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP request to make now. `signed_at_ns` is what the timestamp header says, before any offset."""

    delivery: Delivery
    number: int
    url: str
    body: bytes
    timeout_ns: int
    signed_at_ns: int


def is_final(status: int) -> bool:
    """Whether a reply ends a delivery: acknowledged, or refused for good."""
    return status < 500 and status not in webhooks.RETRIED_STATUSES


def is_acknowledged(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def waits_of(policy: tuple[int, ...] | None) -> tuple[int, ...]:
    """Nanoseconds before attempts 2, 3 ...; `policy` is a command's own `retries_ms`."""
    return tuple(ms * MS_NS for ms in (limits.WEBHOOK_RETRY_MS if policy is None else policy))


def timeout_of(webhook_timeout_secs: int | None) -> int:
    """Nanoseconds to wait for a reply. 0 and null both mean Telnyx's default (0: assumed)."""
    return webhook_timeout_secs * 1000 * MS_NS if webhook_timeout_secs else limits.WEBHOOK_TIMEOUT_MS * MS_NS
