"""The webhooks of one switch: planned from events, tried, and tried again."""

from collections import Counter
from typing import Any

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts import limits
from telnyx_simulator.signaling import identifiers
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.signaling.delivery import MS_NS, Attempt, Delivery, timeout_of, waits_of
from telnyx_simulator.signaling.inputs import AttemptFinished, Treatment
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.payloads import iso_us


class Outbox:
    """Deliveries by id, and for each leg and event type the last one, which a replay repeats."""

    def __init__(self, account: Account, draws: Draws, epoch_ns: int) -> None:
        self._account = account
        self._draws = draws
        self._epoch_ns = epoch_ns
        # Draws are counted for each leg and event, so that no call shifts the draws of another.
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._deliveries: dict[str, Delivery] = {}
        self._open: set[str] = set()
        self._last: dict[tuple[str, str], Attempt] = {}

    def plan(
        self, leg: Leg, event_type: str, payload: dict[str, Any], now: int, *, treatment: Treatment, extra: bool = False
    ) -> list[Delivery]:
        """One delivery for each URL that is to hear of the event."""
        draws = self._draws.within(leg.call_leg_id, event_type, "extra" if extra else "own")
        n = self._count(draws.scope)
        data = {
            "event_type": event_type,
            "id": identifiers.random_uuid(draws, "event_id", n),
            "occurred_at": iso_us(self._epoch_ns + now),
            "payload": payload,
            "record_type": "event",
        }
        latency_ms = 0 if extra else draws.integer(*limits.WEBHOOK_LATENCY_MS, "webhook_latency", n)
        # Two webhooks of a leg planned for one instant would race each other through the network.
        due_ns = max(now + latency_ms * MS_NS, leg.last_webhook_due_ns + limits.WEBHOOK_SPACING_MS * MS_NS)
        leg.last_webhook_due_ns = due_ns
        urls = self._urls(leg, event_type)
        return [self._add(leg, event_type, data, url, due_ns, treatment, extra) for url in urls]

    def replay(self, leg: Leg, event_type: str, now: int, treatment: Treatment) -> list[Delivery]:
        """The last webhook of this type once more, byte for byte and with the same timestamp."""
        last = self._last.get((leg.call_leg_id, event_type))
        if last is None:
            return []
        copy = self._add(leg, event_type, last.delivery.data, (last.url, None), now, treatment, True)
        copy.replayed_body, copy.replayed_at_ns = last.body, last.signed_at_ns
        return [copy]

    def attempt(self, delivery: Delivery, now: int) -> Attempt:
        """The request to make now. Each attempt is signed afresh (unknown at Telnyx: assumed)."""
        delivery.attempts += 1
        body = delivery.body_of(delivery.attempts)
        signed_at_ns = now if delivery.replayed_at_ns is None else delivery.replayed_at_ns
        url = delivery.url_of(delivery.attempts)
        attempt = Attempt(delivery, delivery.attempts, url, body, delivery.timeout_ns, signed_at_ns)
        if not delivery.extra:
            self._last[delivery.call_leg_id, delivery.event_type] = attempt
        return attempt

    def finished(self, news: AttemptFinished) -> tuple[Delivery, int | None]:
        """The delivery, and the nanoseconds to wait before its next attempt (None: there is none)."""
        delivery = self._deliveries[news.delivery_id]
        self._open.discard(news.delivery_id)
        # What a scenario sends on its own is sent once: it is a probe, not a promise.
        wait_ns = None if delivery.extra else delivery.wait_after(news.attempt, news.status)
        if wait_ns is not None:
            self._open.add(news.delivery_id)
        return delivery, wait_ns

    @property
    def has_open(self) -> bool:
        """Whether an attempt is still to be made, or under way."""
        return bool(self._open)

    def _count(self, scope: tuple[str, ...]) -> int:
        self._counts[scope] += 1
        return self._counts[scope]

    def _urls(self, leg: Leg, event_type: str) -> list[tuple[str, str | None]]:
        """(primary, failover) pairs: a URL for this event, else the leg's own, else the application's."""
        if event_type in leg.webhook_urls:
            return [(url, None) for url in leg.webhook_urls[event_type]]
        if leg.webhook_url:
            return [(leg.webhook_url, None)]
        application = self._account.applications.get(leg.connection_id, {})
        url = application.get("webhook_event_url")
        return [(url, application.get("webhook_event_failover_url") or None)] if url else []

    def _add(
        self,
        leg: Leg,
        event_type: str,
        data: dict[str, Any],
        urls: tuple[str, str | None],
        due_ns: int,
        treatment: Treatment,
        extra: bool,
    ) -> Delivery:
        application = self._account.applications.get(leg.connection_id, {})
        draws = self._draws.within(leg.call_leg_id)
        key = identifiers.random_uuid(draws, "delivery_id", self._count(draws.scope))
        delivery = Delivery(
            delivery_id=key,
            call_leg_id=leg.call_leg_id,
            event_type=event_type,
            data=data,
            url=urls[0],
            failover_url=urls[1],
            waits_ns=waits_of(leg.retry_policies.get(event_type)),
            timeout_ns=timeout_of(application.get("webhook_timeout_secs")),
            due_ns=due_ns,
            extra=extra,
            treatment=treatment,
        )
        self._deliveries[key] = delivery
        self._open.add(key)
        return delivery
