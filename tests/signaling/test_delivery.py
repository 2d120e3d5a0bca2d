"""Deliveries: which URL, which bytes, and what follows a failed attempt."""

import itertools
import json
import re

import pytest

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts import limits
from telnyx_simulator.facts.formats import PATTERNS, TIMESTAMP_US, UUID
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.signaling.agenda import Agenda
from telnyx_simulator.signaling.delivery import Attempt, Delivery, is_acknowledged, is_final, timeout_of, waits_of
from telnyx_simulator.signaling.events import AttemptDue, Event, WebhookPlanned
from telnyx_simulator.signaling.inputs import AttemptFinished, Treatment
from telnyx_simulator.signaling.leg import Leg, LegState
from telnyx_simulator.signaling.outbox import Outbox
from telnyx_simulator.signaling.rules import NO_RULES, Treatments

MS, S = 1_000_000, 1_000_000_000
PRIMARY, FAILOVER = "http://127.0.0.1:1/hook", "http://127.0.0.1:2/failover"
EPOCH_NS = 1_767_225_600 * S
EVENT = "call.initiated"


class Office:
    """An outbox, one application and a leg of it."""

    def __init__(self, *, seed: int = 1, failover: str = "", timeout_secs: int | None = None) -> None:
        account = Account(Draws(seed), base_url="http://127.0.0.1:3")
        connection = account.add_application(
            "app", PRIMARY, EPOCH_NS, webhook_event_failover_url=failover, webhook_timeout_secs=timeout_secs
        )
        self.agenda = Agenda()
        self.outbox = Outbox(
            account,
            Draws(seed),
            EPOCH_NS,
            agenda=self.agenda,
            treatments=Treatments(NO_RULES, Draws(seed)),
        )
        self.leg = Leg(
            call_control_id="v3:x",
            call_leg_id="leg",
            call_session_id="session",
            connection_id=connection,
            direction="incoming",
            from_="+12025550100",
            to="+12025550107",
            leg_codec="PCMA",
            began_ns=0,
            state=LegState.PARKED,
        )

    def plan(self, now: int = 0, event: str = EVENT, *, extra: bool = False) -> list[Delivery]:
        payload = {"b": 2, "a": None}
        if extra:
            return planned(self.outbox.tell_extra(self.leg, event, payload, now, Treatment()))
        return planned(self.outbox.tell(self.leg, event, payload, now))

    def repeat(self, now: int, event: str = EVENT) -> list[Delivery]:
        return planned(self.outbox.repeat(self.leg, event, now, Treatment()))

    def deliver(self, delivery: Delivery, *statuses: int | None) -> list[tuple[int, Attempt]]:
        """Every attempt and its moment, the application answering with `statuses`, the last one for ever."""
        attempts: list[tuple[int, Attempt]] = []
        while (due_ns := self.agenda.next_deadline()) is not None:
            for event in self.agenda.advance(due_ns):
                assert isinstance(event, AttemptDue)
                attempt = event.attempt
                status: int | None = 200
                if attempt.delivery is delivery:
                    attempts.append((due_ns, attempt))
                    status = statuses[min(len(attempts), len(statuses)) - 1]
                assert self.outbox.has_open
                key = attempt.delivery.delivery_id
                self.outbox.finished(AttemptFinished(delivery_id=key, attempt=attempt.number, status=status), due_ns)
        return attempts

    def story(self, delivery: Delivery, *statuses: int | None) -> list[tuple[int, str, int]]:
        """Moment after the first, URL and number of every attempt."""
        attempts = self.deliver(delivery, *statuses)
        return [(at - attempts[0][0], attempt.url, attempt.number) for at, attempt in attempts]


def planned(happened: list[Event]) -> list[Delivery]:
    return [event.delivery for event in happened if isinstance(event, WebhookPlanned)]


def test_two_attempts_go_to_the_primary_and_two_to_the_failover():
    office = Office(failover=FAILOVER)
    (delivery,) = office.plan()
    assert office.story(delivery, 500) == [
        (0, PRIMARY, 1),
        (1 * S, PRIMARY, 2),
        (3 * S, FAILOVER, 3),
        (7 * S, FAILOVER, 4),
    ]
    assert not office.outbox.has_open


def test_without_a_failover_the_primary_is_tried_to_the_end():
    office = Office()
    (delivery,) = office.plan()
    assert [url for _, url, _ in office.story(delivery, None)] == [PRIMARY] * 4


@pytest.mark.parametrize(
    ("policy", "moments"),
    [((), [0]), ((0,), [0, 0]), ((100, 250), [0, 100, 350]), ((1, 2, 3, 4, 5), [0, 1, 3, 6, 10, 15])],
)
def test_a_command_brings_its_own_waits(policy, moments):
    office = Office(failover=FAILOVER)
    office.leg.retry_policies[EVENT] = policy
    (delivery,) = office.plan()
    attempts = office.story(delivery, 503)
    assert [at for at, _, _ in attempts] == [ms * MS for ms in moments]
    assert [url for _, url, _ in attempts] == ([PRIMARY] * 2 + [FAILOVER] * 4)[: len(moments)]
    (other,) = office.plan(event="call.answered")
    assert len(office.deliver(other, 503)) == 4


@pytest.mark.parametrize("status", [None, 408, 429, 500, 502, 503, 504, 599])
def test_a_failure_that_may_pass_is_tried_again(status):
    office = Office()
    (delivery,) = office.plan()
    assert len(office.deliver(delivery, status, status, 200)) == 3


@pytest.mark.parametrize("status", [200, 201, 204, 299, 301, 302, 307, 400, 401, 403, 404, 410, 422, 499])
def test_a_reply_for_good_ends_the_delivery(status):
    office = Office()
    (delivery,) = office.plan()
    assert len(office.deliver(delivery, status)) == 1
    assert (is_final(status), is_acknowledged(status)) == (True, status < 300)


@pytest.mark.parametrize("status", [None, 100, 300, 404, 500])
def test_only_2xx_acknowledges(status):
    assert not is_acknowledged(status)


@pytest.mark.parametrize(("given", "timeout_ns"), [(None, 2 * S), (0, 2 * S), (1, 1 * S), (30, 30 * S)])
def test_the_application_says_how_long_a_reply_may_take(given, timeout_ns):
    office = Office(timeout_secs=given)
    (delivery,) = office.plan()
    ((_, attempt),) = office.deliver(delivery, 200)
    assert timeout_of(given) == timeout_ns == attempt.timeout_ns


def test_the_usual_waits_are_1_2_and_4_seconds():
    assert waits_of(None) == (1 * S, 2 * S, 4 * S)
    assert waits_of(()) == ()


def test_the_bytes_are_two_space_json_with_sorted_keys_and_tell_attempt_and_url():
    office = Office(failover=FAILOVER)
    (delivery,) = office.plan(now=123_456_789)
    first, *_, fourth = [attempt.body.decode() for _, attempt in office.deliver(delivery, 500)]
    assert re.fullmatch(PATTERNS[UUID], delivery.data["id"])
    assert re.fullmatch(PATTERNS[TIMESTAMP_US], delivery.data["occurred_at"])
    assert first == (
        '{\n  "data": {\n'
        '    "event_type": "call.initiated",\n'
        f'    "id": "{delivery.data["id"]}",\n'
        '    "occurred_at": "2026-01-01T00:00:00.123456Z",\n'
        '    "payload": {\n      "a": null,\n      "b": 2\n    },\n'
        '    "record_type": "event"\n  },\n'
        '  "meta": {\n    "attempt": 1,\n    "delivered_to": "http://127.0.0.1:1/hook"\n  }\n}'
    )
    assert json.loads(fourth)["data"] == json.loads(first)["data"]
    assert json.loads(fourth)["meta"] == {"attempt": 4, "delivered_to": FAILOVER}


def test_text_stays_readable_and_half_a_surrogate_pair_becomes_an_escape():
    """A client may send anything in `custom_headers`; it must not stop our deliveries."""
    (delivery,) = Office().plan()
    delivery.data["payload"] = {"caller_id_name": "Zoë", "odd": "\ud800"}
    body = delivery.request_of(1).body
    assert '"caller_id_name": "Zoë"' in body.decode()
    assert json.loads(body)["data"]["payload"] == delivery.data["payload"]


def test_each_attempt_is_signed_for_its_own_moment():
    office = Office()
    (delivery,) = office.plan()
    attempts = office.deliver(delivery, 500, 500, 200)
    assert [attempt.signed_at_ns for _, attempt in attempts] == [at for at, _ in attempts]
    assert len(attempts) == 3


def test_a_replay_repeats_url_bytes_and_moment():
    """Also those of an attempt that went to the failover."""
    office = Office(failover=FAILOVER)
    (delivery,) = office.plan()
    *_, (_, last) = office.deliver(delivery, 500, 500, 200)
    (replay,) = office.repeat(9 * S)
    ((at, again),) = office.deliver(replay, 200)
    assert (at, last.url) == (9 * S, FAILOVER)
    assert (again.url, again.body, again.signed_at_ns) == (last.url, last.body, last.signed_at_ns)
    assert replay.delivery_id != delivery.delivery_id
    assert replay.extra


def test_what_was_never_attempted_cannot_be_replayed():
    office = Office()
    office.plan()
    assert office.repeat(0) == []
    assert office.repeat(0, "call.hangup") == []


def test_a_replay_repeats_the_genuine_webhook_and_not_a_forgery_of_it():
    office = Office()
    (genuine,) = office.plan()
    ((_, original),) = office.deliver(genuine, 200)
    (forged,) = office.plan(extra=True)
    office.deliver(forged, 200)
    (replay,) = office.repeat(2 * S)
    ((_, again),) = office.deliver(replay, 200)
    assert again.body == original.body


def test_what_a_scenario_sends_on_its_own_is_sent_at_once_and_once():
    office = Office()
    (extra,) = office.plan(now=S, extra=True)
    assert extra.due_ns == S
    assert office.story(extra, 500) == [(0, PRIMARY, 1)]


def test_events_of_a_leg_keep_their_order_on_the_way():
    """Drawn latencies never let a webhook overtake the one before it, nor come closer than the spacing."""
    office = Office()
    due = [office.plan(now=n * MS, event=f"event.{n}")[0].due_ns for n in range(200)]
    assert min(after - before for before, after in itertools.pairwise(due)) >= limits.WEBHOOK_SPACING_MS * MS


def test_a_webhook_leaves_as_long_after_its_event_as_captures_say():
    latencies = {Office(seed=seed).plan(now=S)[0].due_ns - S for seed in range(300)}
    low, high = limits.WEBHOOK_LATENCY_MS
    assert min(latencies) >= low * MS
    assert max(latencies) <= high * MS
    assert len(latencies) > 50


def test_urls_go_from_the_event_over_the_leg_to_the_application():
    office = Office(failover=FAILOVER)
    leg = office.leg

    def urls(event: str) -> list[tuple[str, str | None]]:
        return [(delivery.url, delivery.failover_url) for delivery in office.plan(event=event)]

    assert urls(EVENT) == [(PRIMARY, FAILOVER)]
    leg.webhook_url = "http://127.0.0.1:3/leg"
    assert urls(EVENT) == [("http://127.0.0.1:3/leg", None)]
    leg.webhook_urls = {EVENT: ["http://127.0.0.1:4/a", "http://127.0.0.1:5/b"], "call.hangup": []}
    assert urls(EVENT) == [("http://127.0.0.1:4/a", None), ("http://127.0.0.1:5/b", None)]
    assert urls("call.hangup") == []
    assert urls("call.answered") == [("http://127.0.0.1:3/leg", None)]


def test_several_urls_hear_of_one_event():
    office = Office()
    office.leg.webhook_urls = {EVENT: ["http://127.0.0.1:4/a", "http://127.0.0.1:5/b"]}
    one, other = office.plan()
    assert one.data == other.data
    assert one.delivery_id != other.delivery_id


def test_an_application_without_a_url_hears_nothing():
    office = Office()
    office.outbox._account.applications[office.leg.connection_id]["webhook_event_url"] = ""
    assert office.plan() == []
    assert not office.outbox.has_open


def test_an_event_of_one_leg_shifts_no_draw_of_another():
    """Ids and latencies are counted for each leg and event."""
    alone, beside = Office(), Office()
    other = Office().leg
    other.call_leg_id = "another leg"
    beside.outbox.tell(other, EVENT, {}, 0)
    beside.plan(event="call.dtmf.received", now=0, extra=True)
    beside.leg.last_webhook_due_ns = -1
    mine, same = alone.plan()[0], beside.plan()[0]
    assert (mine.data["id"], mine.due_ns) == (same.data["id"], same.due_ns)
