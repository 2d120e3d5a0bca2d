"""Webhook deliveries: which URL, which bytes, and what follows a failed attempt.

Theory of operation. A delivery is planned when its event happens and is tried at once; an attempt fails when no reply
comes within the timeout or its status is neither 2xx nor final. Attempts 1 and 2 go to the primary URL, later ones to
the failover URL if there is one (docs: failover after two consecutive failed attempts); the waits between them are
`facts.limits.WEBHOOK_RETRY_MS` unless the command, or the run's rules, brought others. 2xx delivers; 3xx and 4xx other
than 408 and 429 are final failures (docs contradict each other on 3xx: followed, or a failure; `facts.assumptions`).
"""

from dataclasses import dataclass, field
from typing import Any

from telnyx_simulator.facts import limits, webhooks
from telnyx_simulator.signaling import bodies
from telnyx_simulator.signaling.inputs import AttemptFinished, Treatment

MS_NS = 1_000_000


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One webhook on its way to one URL. Waits and timeout in nanoseconds.

    `event_type` is what happened; `data` is what the application is told, which a treatment may have changed. `copy`
    counts the repetitions that a treatment asks for, from 1; 0 is the webhook itself. It leaves at `due_ns`: from
    `ready_ns` on, `later_ns` after that or after what it is held for. None: held, or never.
    """

    delivery_id: str
    call_leg_id: str
    event_type: str
    data: dict[str, Any]
    url: str
    failover_url: str | None
    # How it goes out unless its treatment says otherwise: a word of `facts.shapes`.
    shape: str = "pretty"
    waits_ns: tuple[int, ...]
    timeout_ns: int
    created_at: str
    ready_ns: int
    later_ns: int = 0
    due_ns: int | None = None
    extra: bool = False
    copy: int = 0
    treatment: Treatment = field(default_factory=Treatment)
    attempts: int = 0
    first_tried_ns: int = 0
    tried_ns: int = 0
    # A webhook that is sent again byte for byte repeats this attempt instead of making its own.
    repeats: "Attempt | None" = None
    # What became of its attempts, the first one first.
    history: list["Tried"] = field(default_factory=list)

    def url_of(self, attempt: int) -> str:
        if attempt > limits.ATTEMPTS_BEFORE_FAILOVER and self.failover_url:
            return self.failover_url
        return self.url

    def request_of(self, attempt: int) -> bodies.Request:
        """A copy counts as the next attempt: as the application cannot tell it from a retry."""
        return bodies.request(
            self.treatment.shape or self.shape,
            self.url_of(attempt),
            self.data,
            attempt=attempt + self.copy,
            created_at=self.created_at,
        )

    def loses_ack(self, attempt: int) -> bool:
        """Whether the reply to this attempt never reaches Telnyx."""
        return self.copy == 0 and attempt <= self.treatment.lose_ack

    def wait_after(self, attempt: int, status: int | None) -> int | None:
        """Nanoseconds until the next attempt after this outcome, or None if there is none.

        What a scenario sends on its own is a probe, and a copy a repetition: neither is tried again for its own sake.
        """
        if status is not None and is_final(status):
            return None
        if (self.extra or self.copy) and not self.loses_ack(attempt):
            return None
        return self.waits_ns[attempt - 1] if attempt <= len(self.waits_ns) else None


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt that is over, as Telnyx knows it: a `status` of None is no reply in time."""

    url: str
    began_ns: int
    ended_ns: int
    status: int | None
    news: AttemptFinished


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One HTTP request to make now. `signed_at_ns` is what the timestamp header says.

    `is_genuine`: the application has to take it. `ack_lost`: its reply will count as lost. `redirects` is how many of
    them are followed.
    """

    delivery: Delivery
    number: int
    method: str
    url: str
    body: bytes
    content_type: str | None
    timeout_ns: int
    due_ns: int
    signed_at_ns: int
    is_genuine: bool
    ack_lost: bool = False
    redirects: int = 0


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
