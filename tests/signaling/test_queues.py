"""Queues on fake time: who waits where, what is told of it, and how a call gets out."""

import pytest
from world import EPOCH_NS, S, World

from telnyx_simulator.facts import webhooks
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.payloads import iso_ms
from wire import assert_fields


@pytest.fixture
def world() -> World:
    return World()


def code(reply: events.Replied) -> tuple[int | None, str, str | None]:
    """Status, code and pointer of a refusal."""
    (error,) = reply.body["errors"]
    assert not reply.effect
    return reply.status, error["code"], error.get("source", {}).get("pointer")


def enqueued(world, leg, name="support", **body):
    reply = world.rest("enqueue", leg, queue_name=name, **body)
    assert (reply.status, reply.body) == (200, {"data": {"result": "ok"}}), reply.body
    event, payload = world.payloads(leg)[-1]
    assert event == "call.enqueued"
    return payload


def left(world, leg):
    """The payload of the leg's one `call.dequeued`, beyond the leg's own."""
    (payload,) = [payload for event, payload in world.payloads(leg) if event == "call.dequeued"]
    assert_fields(webhooks.FIELDS["call.dequeued"], payload)
    return {name: payload[name] for name in ("queue", "queue_position", "wait_time_secs", "reason")}


def queue(world, name="support"):
    return world.rest("queue.retrieve", None, name).body["data"]


def calls(world, name="support"):
    return world.rest("queue_call.list", None, name).body["data"]


def hangs_up(world, leg):
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))


# --- In and out -------------------------------------------------------------------------------------------------------


def test_calls_stand_in_line_and_are_told_where(world):
    one, two = world.answered(), world.answered()
    first = enqueued(world, one)
    assert_fields(webhooks.FIELDS["call.enqueued"], first)
    assert (first["queue"], first["current_position"], first["queue_avg_wait_time_secs"]) == ("support", 1, 0)
    world.until(10 * S)
    second = enqueued(world, two)
    assert (second["current_position"], second["queue_avg_wait_time_secs"]) == (2, 5)
    assert [(row["call_leg_id"], row["queue_position"], row["wait_time_secs"]) for row in calls(world)] == [
        (one.call_leg_id, 1, 10),
        (two.call_leg_id, 2, 0),
    ]
    about = queue(world)
    assert about == {
        "record_type": "queue",
        "id": about["id"],
        "name": "support",
        "created_at": iso_ms(EPOCH_NS),
        "updated_at": iso_ms(EPOCH_NS),
        "current_size": 2,
        "max_size": 100,
        "average_wait_time_secs": 5,
    }


def test_a_call_leaves_by_command_and_the_next_one_moves_up(world):
    one, two = world.answered(), world.answered()
    enqueued(world, one)
    enqueued(world, two)
    world.until(7 * S)
    assert world.rest("leave_queue", one).status == 200
    assert left(world, one) == {"queue": "support", "queue_position": 1, "wait_time_secs": 7, "reason": "leave"}
    assert (one.is_alive, [row["queue_position"] for row in calls(world)]) == (True, [1])


def test_a_call_leaves_when_it_has_waited_too_long(world):
    one = world.answered()
    enqueued(world, one, max_wait_time_secs=20)
    world.until(60 * S)
    assert left(world, one) == {"queue": "support", "queue_position": 1, "wait_time_secs": 20, "reason": "timeout"}
    assert one.is_alive
    # Back in, the first patience is of no account.
    enqueued(world, one)
    world.until(100 * S)
    assert len(calls(world)) == 1


def test_who_hangs_up_has_left_before_the_hangup(world):
    one = world.answered()
    enqueued(world, one)
    hangs_up(world, one)
    assert world.webhooks(one)[-2:] == ["call.dequeued", "call.hangup"]
    assert left(world, one)["reason"] == "hangup"
    assert calls(world) == []


def test_who_is_kept_after_the_hangup_stays_as_an_entry(world):
    one, agent = world.answered(), world.picked_up()
    enqueued(world, one, keep_after_hangup=True)
    hangs_up(world, one)
    assert ("call.dequeued" not in world.webhooks(), [row["is_alive"] for row in calls(world)]) == (True, [False])
    assert code(world.rest("queue.delete", None, "support")) == (400, "90050", None)
    reply = world.rest("bridge", agent, queue="support")
    assert code(reply) == (422, "90018", None)
    assert one.call_control_id in reply.body["errors"][0]["detail"]
    assert calls(world) == [], "a bridge removes it, whether it comes about or not"


def test_an_entry_that_is_over_can_be_removed_and_one_that_waits_cannot(world):
    one = world.answered()
    enqueued(world, one)
    path = (None, "support", one.call_control_id)
    assert code(world.rest("queue_call.delete", *path)) == (422, "10015", None)
    assert world.rest("queue_call.update", *path, keep_after_hangup=True).status == 204
    hangs_up(world, one)
    assert world.rest("queue_call.retrieve", *path).body["data"]["is_alive"] is False
    assert world.rest("queue_call.delete", *path).status == 204
    assert code(world.rest("queue_call.retrieve", *path)) == (404, "10007", None)


def test_being_enqueued_ends_a_bridge(world):
    one, two = world.answered(), world.picked_up()
    world.rest("bridge", one, call_control_id=two.call_control_id)
    enqueued(world, one)
    assert (one.is_alive, two.is_alive, world.hears(one)) == (True, False, [])


def test_a_call_that_joins_a_conference_or_another_queue_leaves_the_one_it_was_in(world):
    one, two = world.answered(), world.answered()
    enqueued(world, one)
    enqueued(world, two)
    world.rest("conference.create", call_control_id=one.call_control_id, name="room")
    enqueued(world, two, "sales")
    assert (left(world, one)["reason"], left(world, two)["reason"], calls(world)) == ("leave", "leave", [])


# --- Bridges ----------------------------------------------------------------------------------------------------------


def test_a_bridge_with_a_queue_is_one_with_its_first_call(world):
    one, two, agent = world.answered(), world.answered(), world.picked_up()
    enqueued(world, one)
    enqueued(world, two)
    world.until(5 * S)
    n = len(world.news())
    assert world.rest("bridge", agent, queue="support").status == 200
    assert world.news()[n:] == [("call.dequeued", one), ("call.bridged", agent), ("call.bridged", one)]
    assert left(world, one) == {"queue": "support", "queue_position": 1, "wait_time_secs": 5, "reason": "bridged"}
    assert (world.hears(agent), [row["call_leg_id"] for row in calls(world)]) == ([one], [two.call_leg_id])


def test_who_waits_in_a_queue_is_bridged_with_the_next_one_in_it(world):
    one, two = world.answered(), world.answered()
    enqueued(world, one)
    enqueued(world, two)
    assert world.rest("bridge", one, queue="support").status == 200
    assert (world.hears(one), calls(world)) == ([two], [])


def test_a_bridge_that_waits_for_an_answer_is_in_process(world):
    one, agent = world.answered(), world.dial()
    enqueued(world, one)
    world.rest("bridge", agent, queue="support")
    assert left(world, one)["reason"] == "bridging-in-process"
    world.feed(inputs.PickUp(agent.call_leg_id))
    assert world.hears(agent) == [one]


def test_a_bridge_with_a_call_that_waits_takes_it_out_of_its_queue(world):
    one, agent = world.answered(), world.picked_up()
    enqueued(world, one)
    world.rest("bridge", agent, call_control_id=one.call_control_id)
    assert left(world, one)["reason"] == "bridged"


def test_a_bridge_with_an_empty_queue_or_none_is_refused(world):
    agent = world.picked_up()
    assert code(world.rest("bridge", agent, queue="support")) == (404, "10007", None)
    world.rest("queue.create", queue_name="support")
    assert code(world.rest("bridge", agent, queue="support")) == (422, "10015", "/queue")
    enqueued(world, agent)
    assert code(world.rest("bridge", agent, queue="support")) == (422, "10015", "/queue")


# --- What is refused --------------------------------------------------------------------------------------------------


def test_a_full_queue_takes_no_more_and_no_call_twice(world):
    one, two = world.answered(), world.answered()
    enqueued(world, one, max_size=1)
    assert code(world.rest("enqueue", one, queue_name="support")) == (422, "90038", None)
    reply = world.rest("enqueue", two, queue_name="support", max_size=5)
    assert code(reply) == (422, "90036", None)
    assert reply.body["errors"][0]["detail"] == "The 'support' queue is full and can't accept more calls."
    assert world.rest("queue.update", None, "support", max_size=2).body["data"]["max_size"] == 2
    assert enqueued(world, two)["current_position"] == 2


def test_only_an_answered_call_waits_and_only_one_that_waits_leaves(world):
    parked, answered, gone = world.incoming(), world.answered(), world.answered()
    world.rest("hangup", gone)
    assert code(world.rest("enqueue", parked, queue_name="support")) == (422, "90034", None)
    assert code(world.rest("enqueue", gone, queue_name="support")) == (422, "90018", None)
    assert code(world.rest("leave_queue", answered)) == (422, "10015", None)
    assert code(world.rest("enqueue", answered)) == (422, "10004", "/queue_name")
    assert code(world.rest("queue.retrieve", None, "support")) == (404, "10007", None)


def test_a_queue_is_made_by_command_and_deleted_when_it_is_empty(world):
    made = world.rest("queue.create", queue_name="support").body["data"]
    assert (made["max_size"], made["current_size"], made["average_wait_time_secs"]) == (300, 0, 0)
    assert code(world.rest("queue.create", queue_name="support")) == (422, "10012", "/queue_name")
    one = world.answered()
    enqueued(world, one, max_size=1)
    assert queue(world)["max_size"] == 300
    assert code(world.rest("queue.delete", None, "support")) == (400, "90050", None)
    world.rest("leave_queue", one)
    assert world.rest("queue.delete", None, "support").status == 204
    assert code(world.rest("queue.delete", None, "support")) == (404, "10007", None)
