"""What Telnyx does wrong or late on purpose, as it arrives at the application: each treatment of `webhooks:`."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import EPOCH_NS, HOOK, MS, OURS, S, World

from telnyx_simulator.facts import limits
from telnyx_simulator.facts.shapes import SHAPES
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.delivery import Attempt
from telnyx_simulator.signaling.inputs import Treatment
from telnyx_simulator.signaling.rules import given_of, treatment_of

FAILOVER = "http://127.0.0.1:2/failover"


def rules(**treatments: dict[str, Any] | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`call_answered=...` for `call.answered`; a list is tried in its order."""
    found = []
    for name, listed in treatments.items():
        for one in listed if isinstance(listed, list) else [listed]:
            found.append({"event": name.replace("_", "."), "treatment": one})
    return found


def told(attempt: Attempt) -> dict[str, Any]:
    """What stands in the body under `data`."""
    data: dict[str, Any] = json.loads(attempt.body)["data"]
    return data


def call(world: World, *, seconds: int = 5) -> Any:
    """An incoming call, answered at once, up for some seconds, and everything delivered."""
    leg = world.incoming()
    world.rest("answer", leg)
    world.until(world.now + seconds * S)
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))
    world.until(world.now + 60 * S)
    return leg


def left_at(world: World, event_type: str) -> list[int]:
    return [at for at, _ in world.attempts(event_type)]


# --- Which of them ----------------------------------------------------------------------------------------------------


def test_without_rules_every_webhook_is_as_telnyx_sends_it():
    world = World()
    call(world)
    assert world.order() == ["call.initiated", "call.answered", "call.hangup"]
    assert all(attempt.is_genuine and attempt.method == "POST" for _, attempt in world.attempts())


def test_a_rule_is_for_its_event_and_all_is_for_every_event():
    for name, late in (("call_answered", ["call.answered"]), ("all", ["call.initiated", "call.answered"])):
        plain, world = World(), World(webhooks=rules(**{name: {"delay_ns": 20 * S}}))
        call(plain)
        call(world)
        moved = {
            event: left_at(world, event)[0] - left_at(plain, event)[0] for event in ("call.initiated", "call.answered")
        }
        assert moved == {event: 20 * S if event in late else 0 for event in moved}


def test_of_several_rules_the_first_that_fits_holds():
    world = World(webhooks=rules(call_answered=[{"nth": 2, "rename": "second"}, {"rename": "other"}]))
    for _ in range(3):
        call(world)
    assert [told(attempt)["event_type"] for _, attempt in world.attempts("call.answered")] == [
        "other",
        "second",
        "other",
    ]


def test_nth_counts_each_type_over_all_legs_of_the_run():
    world = World(webhooks=rules(all={"nth": 2, "rename": "call.mystery"}))
    first, second = world.answered(), world.answered()
    world.feed(inputs.Press(call_leg_id=first.call_leg_id, digits="123", tone_ns=MS, gap_ns=MS))
    world.until(5 * S)
    renamed = [attempt.delivery for _, attempt in world.attempts() if told(attempt)["event_type"] == "call.mystery"]
    assert {(one.event_type, one.call_leg_id) for one in renamed} == {
        ("call.initiated", second.call_leg_id),
        ("call.answered", second.call_leg_id),
        ("call.dtmf.received", first.call_leg_id),
    }
    (digit,) = [one.data["payload"]["digit"] for one in renamed if one.event_type == "call.dtmf.received"]
    assert digit == "2"


def test_what_the_webhook_step_sends_is_not_counted():
    world = World(webhooks=rules(call_hangup={"nth": 1, "drop": True}))
    leg = world.answered()
    world.feed(inputs.ExtraWebhook(call_leg_id=leg.call_leg_id, event_type="call.hangup"))
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))
    world.until(60 * S)
    assert [attempt.delivery.extra for _, attempt in world.attempts("call.hangup")] == [True]


def test_a_share_is_drawn_for_each_event_from_the_seed():
    def dropped(seed: int, neighbours: int = 0) -> list[bool]:
        world = World(seed, webhooks=rules(call_dtmf_received={"share": 0.5, "drop": True}))
        leg = world.answered()
        for _ in range(neighbours):
            other = world.answered()
            world.feed(inputs.Press(call_leg_id=other.call_leg_id, digits="1" * 50, tone_ns=MS, gap_ns=MS))
        world.feed(inputs.Press(call_leg_id=leg.call_leg_id, digits="1" * 200, tone_ns=MS, gap_ns=MS))
        world.until(60 * S)
        planned = [event.delivery for _, event in world.log if isinstance(event, events.WebhookPlanned)]
        mine = [one for one in planned if one.call_leg_id == leg.call_leg_id]
        return [one.due_ns is None for one in mine if one.event_type == "call.dtmf.received"]

    assert dropped(1) == dropped(1, neighbours=2) != dropped(2)
    assert 70 <= sum(dropped(1)) <= 130


# --- When -------------------------------------------------------------------------------------------------------------


def test_a_delayed_webhook_holds_up_no_other():
    world = World(webhooks=rules(call_initiated={"delay_ns": 3 * S}))
    call(world)
    assert world.order() == ["call.answered", "call.initiated", "call.hangup"]


def test_jitter_reorders_and_is_a_matter_of_the_seed():
    def order(seed: int) -> list[str]:
        world = World(seed, webhooks=rules(call_dtmf_received={"jitter_ns": S}))
        leg = world.answered()
        world.feed(inputs.Press(call_leg_id=leg.call_leg_id, digits="123456789", tone_ns=50 * MS, gap_ns=50 * MS))
        world.until(60 * S)
        return [told(attempt)["payload"]["digit"] for _, attempt in world.attempts("call.dtmf.received")]

    assert order(1) == order(1) != order(2)
    assert sorted(order(1)) == list("123456789") != order(1)


def test_jitter_is_uniform_and_never_early():
    world = World(webhooks=rules(call_dtmf_received={"jitter_ns": S}))
    leg = world.answered()
    world.feed(inputs.Press(call_leg_id=leg.call_leg_id, digits="1" * 500, tone_ns=MS, gap_ns=20 * MS))
    world.until(60 * S)
    late = [at - attempt.delivery.ready_ns for at, attempt in world.attempts("call.dtmf.received")]
    assert min(late) >= 0
    assert max(late) <= S
    assert [sum(n * S // 4 <= one < (n + 1) * S // 4 for one in late) > 90 for n in range(4)] == [True] * 4


def test_hangup_overtakes_what_is_held_until_it_was_delivered():
    world = World(webhooks=rules(call_answered={"after": "call.hangup"}))
    call(world)
    assert world.order() == ["call.initiated", "call.hangup", "call.answered"]
    (hung_up,), (answered,) = left_at(world, "call.hangup"), left_at(world, "call.answered")
    assert answered >= hung_up
    assert not world.switch.has_open_deliveries


def test_what_is_held_for_one_event_keeps_its_order():
    world = World(webhooks=rules(call_hangup={}, all={"after": "call.hangup"}))
    call(world)
    assert world.order() == ["call.hangup", "call.initiated", "call.answered"]
    first, second = left_at(world, "call.initiated"), left_at(world, "call.answered")
    assert second[0] - first[0] >= limits.WEBHOOK_SPACING_MS * MS


def test_what_is_held_for_an_event_that_never_comes_is_never_delivered_and_nobody_waits_for_it():
    world = World(webhooks=rules(call_answered={"after": "call.dtmf.received"}))
    call(world)
    assert world.order() == ["call.initiated", "call.hangup"]
    assert not world.switch.has_open_deliveries
    (held,) = [
        event.delivery
        for _, event in world.log
        if isinstance(event, events.WebhookPlanned) and event.delivery.event_type == "call.answered"
    ]
    assert held.due_ns is None


def test_an_event_that_was_delivered_already_holds_nothing_back():
    plain, world = World(), World(webhooks=rules(call_hangup={"after": "call.answered"}))
    call(plain)
    call(world)
    assert left_at(world, "call.hangup") == left_at(plain, "call.hangup")


@pytest.mark.parametrize(("status", "moment"), [(404, 0), (503, 0), (None, 7 * S)], ids=["refused", "failed", "silent"])
def test_what_was_answered_somehow_or_given_up_counts_as_delivered(status, moment):
    """An application that cannot take the one is still to get the other."""
    world = World(webhooks=rules(call_initiated={"after": "call.answered"}))
    world.status_of = {"call.answered": status}
    world.answered()
    world.until(60 * S)
    first = left_at(world, "call.answered")[0]
    assert left_at(world, "call.initiated") == [first + moment]


def test_another_legs_event_releases_nothing():
    world = World(webhooks=rules(call_answered={"after": "call.hangup"}))
    one, other = world.answered(), world.answered()
    world.until(S)
    world.feed(inputs.HangUp(call_leg_id=one.call_leg_id))
    world.until(60 * S)
    assert [attempt.delivery.call_leg_id for _, attempt in world.attempts("call.answered")] == [one.call_leg_id]
    assert other.is_alive


def test_a_duplicate_at_the_same_time_leaves_with_the_first():
    world = World(webhooks=rules(call_initiated={"duplicate_ns": [0]}))
    call(world)
    (first, original), (second, copy) = world.attempts("call.initiated")
    assert first == second
    assert told(copy) == told(original)
    # Both are one event: the same id, and the attempt that a retry would have.
    assert [json.loads(one.body)["meta"]["attempt"] for one in (original, copy)] == [1, 2]
    assert [one.delivery.copy for one in (original, copy)] == [0, 1]
    assert original.is_genuine
    assert copy.is_genuine


def test_several_duplicates_come_each_in_its_time():
    world = World(webhooks=rules(call_answered={"duplicate_ns": [0, 3 * S], "delay_ns": S}))
    call(world)
    moments = left_at(world, "call.answered")
    assert [at - moments[0] for at in moments] == [0, 0, 3 * S]


def test_a_duplicate_that_fails_is_not_tried_again():
    world = World(webhooks=rules(call_initiated={"duplicate_ns": [0]}))
    world.webhook_status = 500
    world.incoming()
    world.until(60 * S)
    assert [attempt.number for _, attempt in world.attempts() if attempt.delivery.copy] == [1]


def test_duplicates_of_what_is_held_come_after_its_release():
    world = World(webhooks=rules(call_answered={"after": "call.hangup", "duplicate_ns": [0, S]}))
    call(world)
    (hung_up,) = left_at(world, "call.hangup")
    assert left_at(world, "call.answered") == [hung_up, hung_up, hung_up + S]


def test_what_is_dropped_is_planned_and_never_sent():
    world = World(webhooks=rules(all={"drop": True}))
    call(world)
    assert world.webhooks() == ["call.initiated", "call.answered", "call.hangup"]
    assert world.order() == []
    assert not world.switch.has_open_deliveries


# --- Lost replies -----------------------------------------------------------------------------------------------------


def test_a_lost_reply_counts_as_none_and_the_webhook_comes_again():
    account = {"webhook_timeout_ns": 2 * S, "webhook_retries_ns": [S, S]}
    world = World(webhooks=rules(call_hangup={"lose_ack": 2}), account=account)
    call(world)
    attempts = world.attempts("call.hangup")
    # Each fails only when the timeout is over, and the wait counts from there.
    assert [at - attempts[0][0] for at, _ in attempts] == [0, 3 * S, 6 * S]
    assert [attempt.ack_lost for _, attempt in attempts] == [True, True, False]
    assert [told(attempt)["id"] for _, attempt in attempts] == [told(attempts[0][1])["id"]] * 3
    assert [json.loads(attempt.body)["meta"]["attempt"] for _, attempt in attempts] == [1, 2, 3]
    assert not world.switch.has_open_deliveries


def test_while_a_lost_reply_is_waited_for_the_delivery_is_open():
    world = World(webhooks=rules(call_initiated={"lose_ack": 1}))
    world.incoming()
    world.until(S)
    assert len(world.attempts()) == 1
    assert world.switch.has_open_deliveries


def test_after_two_lost_replies_the_failover_is_tried():
    world = World(application={"webhook_event_failover_url": FAILOVER}, webhooks=rules(call_initiated={"lose_ack": 99}))
    world.incoming()
    world.until(60 * S)
    assert [attempt.url for _, attempt in world.attempts()] == [HOOK, HOOK, FAILOVER, FAILOVER]


def test_only_the_first_is_lost_and_its_copies_are_not_told_of_it():
    world = World(webhooks=rules(call_initiated={"lose_ack": 1, "duplicate_ns": [10 * S]}))
    world.incoming()
    world.until(60 * S)
    moments = left_at(world, "call.initiated")
    assert [at - moments[0] for at in moments] == [0, 3 * S, 10 * S]


# --- What is told -----------------------------------------------------------------------------------------------------


def test_fields_are_replaced_and_removed():
    changed = {"with_": {"hangup_cause": "busy", "new": [1]}, "without": ["client_state", "tags"]}
    plain, world = World(), World(webhooks=rules(call_hangup=changed))
    call(plain)
    call(world)
    usual, payload = (told(one.attempts("call.hangup")[0][1])["payload"] for one in (plain, world))
    assert payload == {name: value for name, value in usual.items() if name not in ("client_state", "tags")} | {
        "hangup_cause": "busy",
        "new": [1],
    }


def test_an_id_given_by_a_webhook_is_another_name_of_the_leg():
    world = World(webhooks=rules(call_answered={"with_": {"call_control_id": "v3:other"}}))
    leg = world.answered()
    world.until(S)
    ((_, attempt),) = world.attempts("call.answered")
    assert told(attempt)["payload"]["call_control_id"] == "v3:other"
    reply, *_ = world.feed(inputs.RestCommand(operation="hangup", path_id="v3:other"))
    assert isinstance(reply, events.Replied)
    assert (reply.status, reply.call_leg_id, leg.is_alive) == (200, leg.call_leg_id, False)
    assert world.rest("hangup", leg).status == 422, "the leg keeps its own name as well"


def test_a_name_that_is_a_legs_own_is_given_to_no_other():
    world = World()
    first, second = world.answered(), world.answered()
    world.feed(
        inputs.ExtraWebhook(
            call_leg_id=first.call_leg_id,
            event_type="call.answered",
            treatment=Treatment(with_={"call_control_id": second.call_control_id}),
        )
    )
    assert world.switch.leg_of(second.call_control_id) is second


def test_an_event_may_have_another_name_and_stays_what_it_is():
    world = World(webhooks=rules(call_answered={"rename": "call.mystery"}))
    call(world)
    ((_, attempt),) = world.attempts("call.answered")
    assert told(attempt)["event_type"] == "call.mystery"
    assert attempt.delivery.event_type == "call.answered"
    assert attempt.is_genuine


# --- Shapes -----------------------------------------------------------------------------------------------------------


def shaped(shape: str) -> Attempt:
    world = World(webhooks=rules(call_initiated={"shape": shape}))
    world.incoming()
    world.until(S)
    ((_, attempt),) = world.attempts()
    return attempt


def keys_in_order(body: bytes) -> list[str]:
    return re.findall(r'"(\w+)":', body.decode())


def test_pretty_is_what_telnyx_sends():
    body = shaped("pretty").body
    assert body == json.dumps(json.loads(body), indent=2, sort_keys=True, ensure_ascii=False).encode()


def test_compact_is_the_same_without_white_space():
    body = shaped("compact").body
    assert body == json.dumps(json.loads(body), separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    assert json.loads(body) == json.loads(shaped("pretty").body)


def test_unsorted_says_the_same_in_the_order_of_the_documentation():
    body = shaped("unsorted").body
    assert keys_in_order(body)[:5] == ["data", "record_type", "event_type", "id", "occurred_at"]
    assert json.loads(body) == json.loads(shaped("pretty").body)
    assert b'\n  "data"' in body


def test_underscores_are_in_the_name_of_the_event_alone():
    pretty, underscores = (json.loads(shaped(shape).body) for shape in ("pretty", "underscores"))
    assert underscores["data"].pop("event_type") == "call_initiated"
    assert pretty["data"].pop("event_type") == "call.initiated"
    assert underscores == pretty


def test_v1_is_flat():
    envelope = json.loads(shaped("v1").body)
    data = json.loads(shaped("pretty").body)["data"]
    assert envelope.keys() == {"record_type", "id", "event_type", "created_at", "payload"}
    assert (envelope["event_type"], envelope["id"]) == ("call_initiated", data["id"])
    assert envelope["payload"] == data["payload"] | {"occurred_at": data["occurred_at"]}
    assert envelope["created_at"] > data["occurred_at"]


def test_form_and_query_carry_the_payload_flat():
    data = json.loads(shaped("pretty").body)["data"]
    form, query = shaped("form"), shaped("query")
    fields = parse_qs(form.body.decode(), keep_blank_values=True)
    assert (form.method, form.url, form.content_type) == ("POST", HOOK, "application/x-www-form-urlencoded")
    assert fields["call_control_id"] == [data["payload"]["call_control_id"]]
    assert fields["event_type"] == ["call.initiated"]
    assert (fields["client_state"], fields["tags"]) == ([""], ["[]"])
    assert fields["from"] == [data["payload"]["from"]], "a plus sign arrives as one"
    assert (query.method, query.body, query.content_type) == ("GET", b"", None)
    assert query.url.startswith(HOOK + "?")
    assert parse_qs(urlsplit(query.url).query, keep_blank_values=True) == fields


def test_a_url_keeps_its_own_query_before_the_payload():
    world = World(webhooks=rules(all={"shape": "query"}))
    world.incoming(webhook_url="http://127.0.0.1:3/leg?secret=a%2Fb")
    world.until(S)
    ((_, attempt),) = world.attempts()
    assert parse_qsl(urlsplit(attempt.url).query)[0] == ("secret", "a/b")


@pytest.mark.parametrize("shape", SHAPES)
def test_half_a_surrogate_pair_stops_no_shape(shape):
    world = World(webhooks=rules(all={"shape": shape}))
    world.incoming(caller_id_name="odd \ud800")
    world.until(S)
    assert len(world.attempts()) == 1


# --- Genuine or not ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "is_genuine"),
    [
        ({}, True),
        *(({"shape": shape}, shape not in ("v1", "form", "query")) for shape in SHAPES),
        ({"signature": "none"}, False),
        ({"signature": "rotated_key"}, False),
        ({"timestamp_ns": -299 * S}, True),
        ({"timestamp_ns": 299 * S}, True),
        # On the edge it depends on who counts how: nobody is blamed for either.
        ({"timestamp_ns": -300 * S}, False),
        ({"timestamp_ns": -301 * S}, False),
        ({"timestamp_ns": 301 * S}, False),
        ({"delay_ns": 400 * S}, True),
        ({"headers": "mixed"}, True),
        ({"without": ["client_state"]}, True),
        ({"rename": "call.mystery"}, True),
    ],
)
def test_genuine_is_what_the_application_has_to_take(given, is_genuine):
    world = World(webhooks=rules(call_initiated=given))
    world.incoming()
    world.until(1000 * S)
    ((at, attempt),) = world.attempts("call.initiated")
    assert attempt.is_genuine is is_genuine
    assert attempt.signed_at_ns == at + given.get("timestamp_ns", 0)


def test_a_replay_grows_old():
    world = World()
    leg = world.answered()
    for at_s, is_genuine in ((10, True), (400, False)):
        world.until(at_s * S)
        world.feed(inputs.ExtraWebhook(call_leg_id=leg.call_leg_id, event_type="call.answered", again=True))
        world.until(world.now + S)
        _, attempt = world.attempts("call.answered")[-1]
        assert (attempt.delivery.extra, attempt.is_genuine) == (True, is_genuine)


def test_a_replay_repeats_the_shape_the_signature_and_the_moment_of_the_last_one():
    was = {"shape": "compact", "signature": "wrong_key", "timestamp_ns": -5 * S, "headers": "lower"}
    world = World(webhooks=rules(call_answered=was))
    leg = world.answered()
    world.until(10 * S)
    world.feed(inputs.ExtraWebhook(call_leg_id=leg.call_leg_id, event_type="call.answered", again=True))
    world.until(20 * S)
    (_, last), (_, again) = world.attempts("call.answered")
    assert (again.body, again.signed_at_ns) == (last.body, last.signed_at_ns)
    assert (again.delivery.treatment.signature, again.delivery.treatment.headers) == ("wrong_key", "lower")


def test_the_webhook_step_has_the_same_treatments():
    given = {"delay_ns": S, "duplicate_ns": [0], "rename": "call.mystery", "with_": {"digit": "9"}, "shape": "compact"}
    world = World()
    leg = world.answered()
    world.until(S)
    world.feed(
        inputs.ExtraWebhook(call_leg_id=leg.call_leg_id, event_type="call.dtmf.received", treatment=treatment_of(given))
    )
    world.until(60 * S)
    (first, one), (second, other) = world.attempts("call.dtmf.received")
    assert first == second == 2 * S
    assert told(one) == told(other)
    assert (told(one)["event_type"], told(one)["payload"]["digit"]) == ("call.mystery", "9")
    assert b"\n" not in one.body


def test_an_extra_webhook_whose_reply_is_lost_comes_again():
    world = World()
    leg = world.answered()
    world.until(S)
    world.feed(
        inputs.ExtraWebhook(call_leg_id=leg.call_leg_id, event_type="call.hangup", treatment=Treatment(lose_ack=1))
    )
    world.until(60 * S)
    assert left_at(world, "call.hangup") == [S, 4 * S]


def test_an_extra_webhook_of_an_event_that_is_not_played_tells_whose_call_it_is():
    world = World()
    leg = world.answered()
    world.feed(inputs.ExtraWebhook(call_leg_id=leg.call_leg_id, event_type="call.bridged"))
    world.until(S)
    ((_, attempt),) = world.attempts("call.bridged")
    assert told(attempt)["payload"].items() >= {"call_control_id": leg.call_control_id, "to": OURS}.items()


OWN, ENDS = "http://127.0.0.1:1/own", "http://127.0.0.1:1/ends"


def test_a_webhook_can_go_to_each_url_that_the_application_gave():
    """For this call and for others of the run, the application's own, and the one for when that fails; each once."""
    world = World(application={"webhook_event_failover_url": FAILOVER})
    leg = world.answered(webhook_url=OWN, webhook_urls={"call.hangup": [ENDS]})
    world.dial(webhook_url="http://127.0.0.1:1/outgoing")
    world.until(S)
    forged = Treatment(signature="none")
    for again in (False, True):
        world.until(world.now + S)
        since = len(world.attempts())
        probe = inputs.ExtraWebhook(
            call_leg_id=leg.call_leg_id, event_type="call.answered", again=again, to_each=True, treatment=forged
        )
        world.feed(probe)
        world.until(world.now + S)
        sent = [attempt for _, attempt in world.attempts()[since:]]
        assert [one.url for one in sent] == [OWN, ENDS, HOOK, FAILOVER, "http://127.0.0.1:1/outgoing"]
        assert {one.delivery.treatment.signature for one in sent} == {"none"}
        assert len({told(one)["id"] for one in sent}) == 1


# --- What is assumed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("alternative", "fresh"), [("fresh", True), ("original", False)])
def test_a_retry_is_signed_anew_or_keeps_its_first_timestamp(alternative, fresh):
    world = World(assume={"retry_signature": alternative})
    world.webhook_status = 503
    world.incoming()
    world.until(60 * S)
    attempts = world.attempts()
    assert len(attempts) == 4
    first_ns = attempts[0][0]
    assert [attempt.signed_at_ns for _, attempt in attempts] == [at if fresh else first_ns for at, _ in attempts]


@pytest.mark.parametrize(("alternative", "most"), [("failure", 0), ("followed", limits.REDIRECTS_MAX)])
def test_redirects_are_failures_or_are_followed(alternative, most):
    world = World(assume={"redirects": alternative})
    world.incoming()
    world.until(S)
    assert [attempt.redirects for _, attempt in world.attempts()] == [most]


# --- Anything at all --------------------------------------------------------------------------------------------------


TREATMENTS = st.fixed_dictionaries(
    {},
    optional={
        "nth": st.integers(1, 3),
        "share": st.floats(0, 1),
        "delay_ns": st.integers(0, 20 * S),
        "jitter_ns": st.integers(0, 20 * S),
        "after": st.sampled_from(["call.initiated", "call.answered", "call.hangup", "call.cost"]),
        "duplicate_ns": st.lists(st.integers(0, 20 * S), max_size=3),
        "drop": st.booleans(),
        "lose_ack": st.integers(0, 6),
        "with_": st.dictionaries(st.text(), st.none() | st.text() | st.lists(st.integers())),
        "without": st.lists(st.sampled_from(["call_control_id", "client_state", "tags", "nothing"])),
        "rename": st.text(min_size=1),
        "shape": st.sampled_from(list(SHAPES)),
    },
)


@settings(max_examples=100, deadline=None)
@given(st.lists(TREATMENTS, max_size=3), st.sampled_from([200, 404, 500, None]))
def test_whatever_the_rules_each_delivery_is_sent_as_often_as_it_is_to_be_and_comes_to_an_end(treatments, status):
    world = World(webhooks=rules(all=treatments))
    world.webhook_status = status
    call(world)
    world.until(1000 * S)
    assert not world.switch.has_open_deliveries
    assert world.switch.next_deadline() is None or world.switch.next_deadline() > 1000 * S
    planned = [event.delivery for _, event in world.log if isinstance(event, events.WebhookPlanned)]
    assert [one.event_type for one in planned if one.copy == 0] == ["call.initiated", "call.answered", "call.hangup"]
    tried = [attempt.delivery.delivery_id for _, attempt in world.attempts()]
    for one in planned:
        due_ns, attempts = one.due_ns, tried.count(one.delivery_id)
        assert (due_ns is None) == (attempts == 0)
        if one.treatment.drop:
            assert attempts == 0
        if due_ns is not None:
            assert due_ns >= one.ready_ns
            lost = one.treatment.lose_ack if one.copy == 0 else 0
            most = 4 if one.copy == 0 else 1
            may_fail = most if status in (500, None) else min(lost + 1, 4)
            assert attempts == may_fail


# --- As JSON ----------------------------------------------------------------------------------------------------------


def test_what_a_trace_tells_of_a_treatment_is_what_was_given():
    given = {"nth": 2, "delay_ns": S, "duplicate_ns": [0, S], "without": ["tags"], "with_": {"a": [1]}, "shape": "v1"}
    assert given_of(treatment_of(given)) == given
    assert given_of(Treatment()) == {}
    assert json.loads(json.dumps(given_of(treatment_of(given)))) == given


def test_moments_of_the_world_are_those_of_the_epoch():
    world = World()
    world.until(S)
    world.incoming()
    world.until(2 * S)
    ((_, attempt),) = world.attempts()
    assert told(attempt)["occurred_at"] == "2026-01-01T00:00:01.000000Z"
    assert EPOCH_NS == 1_767_225_600 * S
