"""The webhooks of one switch: planned from events, treated as the rules want, tried, and tried again.

Theory of operation. Each event becomes a delivery for each URL that is to hear of it, and for each copy that its
treatment asks for. A delivery is *open* from its planning until it is acknowledged or given up; one that is held for
another event (`after`) is open from its release on, which comes when a delivery of that event was answered or given up.
So an event that never comes leaves what is held for it undelivered, and the run need not wait for it. A reply that is
lost counts as none: its attempt fails when the timeout is over, whatever the application answered and when.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts import limits
from telnyx_simulator.facts.signatures import TOLERANCE_S
from telnyx_simulator.signaling import identifiers
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.signaling.agenda import Agenda
from telnyx_simulator.signaling.delivery import MS_NS, Attempt, Delivery, Tried, timeout_of, waits_of
from telnyx_simulator.signaling.events import AttemptDue, Event, WebhookPlanned
from telnyx_simulator.signaling.inputs import AttemptFinished, Treatment
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.payloads import iso_us
from telnyx_simulator.signaling.rules import Treatments


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """Where a webhook is to go, and how."""

    url: str
    failover_url: str | None = None
    method: str = "POST"


class Outbox:
    """Plans attempts into `agenda`. `on_silence(delivery, now)` is called when a webhook was given up without reply."""

    def __init__(
        self,
        account: Account,
        draws: Draws,
        epoch_ns: int,
        *,
        agenda: Agenda,
        treatments: Treatments,
        on_silence: Callable[[Delivery, int], list[Event]] = lambda delivery, now: [],
    ) -> None:
        self._account = account
        self._draws = draws
        self._epoch_ns = epoch_ns
        self._agenda = agenda
        self._treatments = treatments
        self._on_silence = on_silence
        # Draws are counted for each leg and event, so that no call shifts the draws of another.
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._deliveries: dict[str, Delivery] = {}
        self._of_leg: dict[str, list[Delivery]] = {}
        self._open: set[str] = set()
        # Leg and event type: its last attempt, whether it was delivered, and what waits for that.
        self._last: dict[tuple[str, str], Attempt] = {}
        self._delivered: set[tuple[str, str]] = set()
        self._held: dict[tuple[str, str], list[Delivery]] = {}

    def tell(self, leg: Leg, event_type: str, payload: dict[str, Any], now: int) -> list[Event]:
        """An event of the leg happened: everybody hears of it who is to."""
        treatment = self._treatments.of_event(leg.call_leg_id, event_type)
        return self._plan(leg, event_type, payload, now, treatment, extra=False)

    def tell_extra(
        self,
        leg: Leg,
        event_type: str,
        payload: dict[str, Any],
        now: int,
        treatment: Treatment,
        ways: list[Way] | None = None,
    ) -> list[Event]:
        """Tell of an event as if it had happened, once: where it would go, or these `ways`."""
        return self._plan(leg, event_type, payload, now, treatment, extra=True, ways=ways)

    def repeat(
        self, leg: Leg, event_type: str, now: int, treatment: Treatment, ways: list[Way] | None = None
    ) -> list[Event]:
        """The last webhook of this type once more, byte for byte and with the same timestamp; none if there is none.

        It goes where it went, or these `ways`. A signature or headers that `treatment` names stand in for those of the
        original.
        """
        last = self._last.get((leg.call_leg_id, event_type))
        if last is None:
            return []
        was = last.delivery.treatment
        treatment = dataclasses.replace(
            treatment,
            signature=was.signature if treatment.signature == "genuine" else treatment.signature,
            headers=was.headers if treatment.headers is None else treatment.headers,
            shape=was.shape,
        )
        ways = ways or [Way(last.delivery.url_of(last.number))]
        draws = self._draws.within(leg.call_leg_id, event_type, "again")
        return self._put_down(leg, event_type, last.delivery.data, ways, now, treatment, draws, repeats=last)

    def finished(self, news: AttemptFinished, now: int) -> list[Event]:
        """The application answered an attempt, or did not."""
        delivery = self._deliveries[news.delivery_id]
        if news.status is not None:
            self._release(delivery, now)
        if delivery.loses_ack(news.attempt):
            told_ns = max(now, delivery.tried_ns + delivery.timeout_ns)
            lost = dataclasses.replace(news, status=None, headers=(), body="")
            self._agenda.at(told_ns, partial(self._go_on, delivery, lost))
            return []
        return self._go_on(delivery, news, now)

    def deliveries(self, call_leg_id: str | None = None) -> Iterable[Delivery]:
        """All of them, or those of one leg, in the order of their planning."""
        return self._deliveries.values() if call_leg_id is None else self._of_leg.get(call_leg_id, ())

    def delivery(self, delivery_id: str) -> Delivery | None:
        return self._deliveries.get(delivery_id)

    @property
    def has_open(self) -> bool:
        """Whether an attempt is still to be made, or under way."""
        return bool(self._open)

    # Planning

    def _plan(
        self,
        leg: Leg,
        event_type: str,
        payload: dict[str, Any],
        now: int,
        treatment: Treatment,
        *,
        extra: bool,
        ways: list[Way] | None = None,
    ) -> list[Event]:
        draws = self._draws.within(leg.call_leg_id, event_type, "extra" if extra else "own")
        n = self._count(draws.scope)
        told = {**payload, **treatment.with_}
        data = {
            "event_type": treatment.rename or event_type,
            "id": identifiers.random_uuid(draws, "event_id", n),
            "occurred_at": iso_us(self._epoch_ns + now),
            "payload": {name: value for name, value in told.items() if name not in treatment.without},
            "record_type": "event",
        }
        latency_ms = 0 if extra else draws.integer(*limits.WEBHOOK_LATENCY_MS, "webhook_latency", n)
        # Two webhooks of a leg planned for one instant would race each other through the network.
        ready_ns = max(now + latency_ms * MS_NS, leg.last_webhook_due_ns + limits.WEBHOOK_SPACING_MS * MS_NS)
        leg.last_webhook_due_ns = ready_ns
        ways = self._ways(leg, event_type) if ways is None else ways
        return self._put_down(leg, event_type, data, ways, ready_ns, treatment, draws, extra=extra)

    def _put_down(
        self,
        leg: Leg,
        event_type: str,
        data: dict[str, Any],
        ways: list[Way],
        ready_ns: int,
        treatment: Treatment,
        draws: Draws,
        *,
        extra: bool = True,
        repeats: Attempt | None = None,
    ) -> list[Event]:
        """A delivery for each URL and each copy."""
        jitter_ns = draws.integer(0, treatment.jitter_ns, "jitter", self._count((*draws.scope, "jitter")))
        copies_ns = (0, *(() if treatment.drop else treatment.duplicate_ns))
        application = self._account.applications.get(leg.connection_id, {})
        of_leg = self._draws.within(leg.call_leg_id)
        planned: list[Event] = []
        for way in ways:
            for copy, copy_ns in enumerate(copies_ns):
                delivery = Delivery(
                    delivery_id=identifiers.random_uuid(of_leg, "delivery_id", self._count(of_leg.scope)),
                    call_leg_id=leg.call_leg_id,
                    event_type=event_type,
                    data=data,
                    url=way.url,
                    failover_url=way.failover_url,
                    shape=self._shape(way, application),
                    waits_ns=self._waits(leg, event_type),
                    timeout_ns=self._treatments.rules.webhook_timeout_ns
                    or timeout_of(application.get("webhook_timeout_secs")),
                    created_at=iso_us(self._epoch_ns + ready_ns),
                    ready_ns=ready_ns,
                    later_ns=treatment.delay_ns + jitter_ns + copy_ns,
                    extra=extra,
                    copy=copy,
                    treatment=treatment,
                    repeats=repeats,
                )
                self._deliveries[delivery.delivery_id] = delivery
                self._of_leg.setdefault(leg.call_leg_id, []).append(delivery)
                self._plan_first(delivery)
                planned.append(WebhookPlanned(delivery))
        return planned

    def _plan_first(self, delivery: Delivery) -> None:
        """Never, when what it is held for was delivered, or from `ready_ns` on."""
        awaited = delivery.treatment.after
        if delivery.treatment.drop:
            return
        if awaited is not None and (delivery.call_leg_id, awaited) not in self._delivered:
            self._held.setdefault((delivery.call_leg_id, awaited), []).append(delivery)
            return
        self._plan_attempt(delivery, delivery.ready_ns + delivery.later_ns)

    def _plan_attempt(self, delivery: Delivery, due_ns: int) -> None:
        if delivery.due_ns is None:
            delivery.due_ns = due_ns
        self._open.add(delivery.delivery_id)
        self._agenda.at(due_ns, partial(self._attempt, delivery, due_ns))

    def _release(self, delivered: Delivery, now: int) -> None:
        """Plan what was held for this event, in its order."""
        key = (delivered.call_leg_id, delivered.event_type)
        if delivered.extra or key in self._delivered:
            return
        self._delivered.add(key)
        free_ns = now
        for held in self._held.pop(key, []):
            self._plan_attempt(held, free_ns + held.later_ns)
            # Copies leave together; what was planned apart stays apart.
            free_ns += limits.WEBHOOK_SPACING_MS * MS_NS if held.copy == len(held.treatment.duplicate_ns) else 0

    # Attempts

    def _attempt(self, delivery: Delivery, due_ns: int, now: int) -> list[Event]:
        """The request to make now. Each attempt is signed afresh, unless the run assumes otherwise."""
        delivery.attempts += 1
        delivery.tried_ns = now
        if delivery.attempts == 1:
            delivery.first_tried_ns = now
        request = delivery.repeats or delivery.request_of(delivery.attempts)
        signed_at_ns = self._signed_at(delivery, now)
        age_ns = abs(now - signed_at_ns)
        attempt = Attempt(
            delivery=delivery,
            number=delivery.attempts,
            method=request.method,
            # The same bytes may go to another URL, unless they are in it.
            url=delivery.url if delivery.repeats and request.method == "POST" else request.url,
            body=request.body,
            content_type=request.content_type,
            timeout_ns=delivery.timeout_ns,
            due_ns=due_ns,
            signed_at_ns=signed_at_ns,
            is_genuine=delivery.treatment.is_genuine and age_ns <= (TOLERANCE_S - 1) * 1000 * MS_NS,
            ack_lost=delivery.loses_ack(delivery.attempts),
            redirects=limits.REDIRECTS_MAX if self._treatments.rules.assumed("redirects") == "followed" else 0,
        )
        if not delivery.extra:
            self._last[delivery.call_leg_id, delivery.event_type] = attempt
        return [AttemptDue(attempt)]

    def _signed_at(self, delivery: Delivery, now: int) -> int:
        if delivery.repeats is not None:
            return delivery.repeats.signed_at_ns + delivery.treatment.timestamp_ns
        stale = self._treatments.rules.assumed("retry_signature") == "original"
        return (delivery.first_tried_ns if stale else now) + delivery.treatment.timestamp_ns

    def _go_on(self, delivery: Delivery, news: AttemptFinished, now: int) -> list[Event]:
        """What follows an attempt that ended so, as far as Telnyx knows."""
        attempt, status = news.attempt, news.status
        delivery.history.append(Tried(delivery.url_of(attempt), delivery.tried_ns, now, status, news))
        wait_ns = delivery.wait_after(attempt, status)
        if wait_ns is not None:
            self._plan_attempt(delivery, now + wait_ns)
            return []
        self._open.discard(delivery.delivery_id)
        self._release(delivery, now)
        unanswered = status is None and not delivery.extra and delivery.copy == 0
        return self._on_silence(delivery, now) if unanswered else []

    # What a leg and the account say

    def _ways(self, leg: Leg, event_type: str) -> list[Way]:
        """Where it is to go: to URLs for this event, else to the leg's own, else to the application's."""
        if event_type in leg.webhook_urls:
            return [Way(url, method=leg.webhook_urls_method) for url in leg.webhook_urls[event_type]]
        if leg.webhook_url:
            return [Way(leg.webhook_url, method=leg.webhook_url_method)]
        application = self._account.applications.get(leg.connection_id, {})
        url = application.get("webhook_event_url")
        return [Way(url, self._failover(application))] if url else []

    def ways_of(self, legs: Iterable[Leg], first: Leg) -> list[Way]:
        """Each URL that the application gave for webhooks of these legs, once: those of `first` before the others."""
        urls: dict[str, Way] = {}
        for leg in (first, *legs):
            events = {*leg.webhook_urls, ""}
            ways = [way for event_type in sorted(events) for way in self._ways(leg, event_type)]
            application = self._account.applications.get(leg.connection_id, {})
            others = (application.get("webhook_event_url"), self._failover(application))
            urls |= {way.url: way for way in [*ways, *(Way(url) for url in others if url)] if way.url not in urls}
        return list(urls.values())

    def _shape(self, way: Way, application: dict[str, Any]) -> str:
        if way.method == "GET":
            return "query"
        return "v1" if application.get("webhook_api_version") == "1" else "pretty"

    def _failover(self, application: dict[str, Any]) -> str | None:
        chosen = self._treatments.rules.failover
        own: str | None = application.get("webhook_event_failover_url") or None
        return chosen if isinstance(chosen, str) else None if chosen is False else own

    def _waits(self, leg: Leg, event_type: str) -> tuple[int, ...]:
        """A command's own policy goes before the run's."""
        own = leg.retry_policies.get(event_type)
        retries_ns = self._treatments.rules.webhook_retries_ns
        return retries_ns if own is None and retries_ns is not None else waits_of(own)

    def _count(self, scope: tuple[str, ...]) -> int:
        self._counts[scope] += 1
        return self._counts[scope]
