"""The account of a run: what a scenario brings into it, what it allows, and what a call is told of it."""

import json
from typing import Any

import pytest
from world import EPOCH_NS, HOOK, MS, OURS, STREAM, THEIRS, S, World

from telnyx_simulator.facts import limits, webhooks
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.inputs import Called
from wire import assert_fields

OLD = "https://old.example.com/telnyx"
NUMBER = "+442079460999"
GIVEN = {"applications": {"Old": {"webhook_event_url": OLD}}, "numbers": {NUMBER: "Old"}}


@pytest.fixture
def world() -> World:
    return World()


# --- Applications and numbers -----------------------------------------------------------------------------------------


def test_a_run_brings_applications_and_numbers_and_takes_them_out_again(world):
    before = world.account.snapshot()
    token = world.account.set_up(GIVEN, EPOCH_NS)
    leg = world.incoming(to=NUMBER)
    world.until(S)
    assert [attempt.url for _, attempt in world.attempts()] == [OLD]
    assert world.account.applications[leg.connection_id]["application_name"] == "Old"
    world.account.take_down(token)
    assert world.account.snapshot() == before


def test_a_known_number_leads_elsewhere_for_the_time_of_the_run(world):
    token = world.account.set_up({**GIVEN, "numbers": {OURS: "Old"}}, EPOCH_NS)
    assert world.account.connection_of(OURS) in token.applications
    world.account.take_down(token)
    assert world.account.connection_of(OURS) == world.connection


def test_a_number_may_lead_to_an_application_that_is_there_already(world):
    world.account.set_up({"numbers": {NUMBER: "app"}}, EPOCH_NS)
    assert world.account.connection_of(NUMBER) == world.connection


def test_a_number_that_leads_nowhere_is_refused_and_nothing_is_left(world):
    before = world.account.snapshot()
    with pytest.raises(LookupError, match="'Nobody'"):
        world.account.set_up({**GIVEN, "numbers": {NUMBER: "Nobody"}}, EPOCH_NS)
    assert world.account.snapshot() == before


def test_what_the_application_deleted_meanwhile_is_no_trouble(world):
    token = world.account.set_up(GIVEN, EPOCH_NS)
    (key,) = token.applications
    world.account.handle(inputs.RestCommand(operation="application.delete", path_id=key), EPOCH_NS)
    world.account.take_down(token)
    assert NUMBER not in world.account.snapshot()["numbers"]


def test_a_number_whose_application_is_deleted_leads_nowhere(world):
    world.account.handle(inputs.RestCommand(operation="application.delete", path_id=world.connection), EPOCH_NS)
    (number,) = world.account.numbers.values()
    assert (number["connection_id"], number["connection_name"]) == ("", "")


def test_a_snapshot_tells_how_the_account_is_set_and_not_when(world):
    before = world.account.snapshot()
    (key,) = world.account.numbers
    for connection in ("", world.connection):
        command = inputs.RestCommand(operation="number.update", path_id=key, body={"connection_id": connection})
        world.account.handle(command, EPOCH_NS + 5 * S)
        assert (world.account.snapshot() == before) is (connection != "")
    assert json.loads(json.dumps(before)) == before
    assert before["applications"][world.connection]["webhook_event_url"] == HOOK
    assert before["numbers"][OURS]["connection_id"] == world.connection


def test_a_run_sees_nothing_of_what_another_brought(world):
    mine = world.account.set_up(GIVEN, EPOCH_NS)
    before = world.account.snapshot(mine)
    theirs = world.account.set_up({"applications": {"Theirs": {}}, "numbers": {"+442079460998": "Theirs"}}, EPOCH_NS)
    assert world.account.snapshot(mine) == before != world.account.snapshot()
    world.account.take_down(theirs)
    assert world.account.snapshot(mine) == before


# --- Deliveries -------------------------------------------------------------------------------------------------------


def moments(world: World) -> list[int]:
    return [at - world.attempts()[0][0] for at, _ in world.attempts()]


def test_a_run_has_its_own_timeout_and_retries():
    world = World(account={"webhook_timeout_ns": 5 * S, "webhook_retries_ns": [100 * MS]})
    world.webhook_status = 500
    world.incoming()
    world.until(60 * S)
    assert moments(world) == [0, 100 * MS]
    assert {attempt.timeout_ns for _, attempt in world.attempts()} == {5 * S}


def test_no_retries_are_none():
    world = World(account={"webhook_retries_ns": []})
    world.webhook_status = 500
    world.incoming()
    world.until(60 * S)
    assert moments(world) == [0]


def test_a_commands_own_policy_goes_before_that_of_the_run():
    world = World(account={"webhook_retries_ns": []})
    world.webhook_status = 500
    leg = world.incoming()
    world.rest("answer", leg, webhook_retries_policies={"call.answered": {"retries_ms": [7]}})
    world.until(60 * S)
    assert len(world.attempts("call.answered")) == 2
    assert len(world.attempts("call.initiated")) == 1


@pytest.mark.parametrize(
    ("failover", "last"),
    [(None, "http://127.0.0.1:2/own"), (True, "http://127.0.0.1:2/own"), (False, HOOK), (OLD, OLD)],
)
def test_a_failover_is_the_applications_another_or_none(failover, last):
    account = {} if failover is None else {"failover": failover}
    world = World(application={"webhook_event_failover_url": "http://127.0.0.1:2/own"}, account=account)
    world.webhook_status = 500
    world.incoming()
    world.until(60 * S)
    assert [attempt.url for _, attempt in world.attempts()] == [HOOK, HOOK, last, last]


@pytest.mark.parametrize(("status", "hangs_up"), [(None, True), (500, False), (200, False)])
def test_telnyx_may_hang_up_when_the_call_is_met_with_silence(status, hangs_up):
    world = World(account={"hang_up_on_timeout": True, "webhook_retries_ns": [S]})
    world.status_of = {"call.initiated": status}
    leg = world.incoming()
    world.until(30 * S)
    assert leg.is_alive is not hangs_up
    if hangs_up:
        assert leg.ended_ns == world.attempts("call.initiated")[-1][0]
        assert (leg.ending.cause, leg.ending.by) == ("unspecified", "nobody")


def test_telnyx_does_not_hang_up_on_what_was_answered_already_nor_for_another_event():
    world = World(account={"hang_up_on_timeout": True})
    world.webhook_status = None
    leg = world.answered()
    world.until(60 * S)
    assert leg.is_alive


# --- Calls ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "about",
    [
        {"account": {"first_command_timeout_ns": 10 * S}},
        {"application": {"first_command_timeout": True, "first_command_timeout_secs": 10}},
        {
            "account": {"first_command_timeout_ns": 10 * S},
            "application": {"first_command_timeout": True, "first_command_timeout_secs": 3},
        },
    ],
    ids=["run", "application", "both"],
)
def test_an_incoming_call_without_a_command_ends(about):
    world = World(**about)
    leg = world.incoming()
    world.until(10 * S - 1)
    assert leg.is_alive
    world.until(11 * S)
    assert (leg.ended_ns, world.hangup(leg)) == (10 * S, ("timeout", "unknown", "487"))


def test_any_command_that_is_taken_keeps_the_call():
    world = World(account={"first_command_timeout_ns": 10 * S})
    kept, refused = world.incoming(), world.incoming()
    world.rest("client_state_update", kept, client_state="c3RhdGU=")
    world.rest("reject", refused, cause="NOBODY_KNOWS")
    world.rest("retrieve", refused)
    world.until(20 * S)
    assert (kept.is_alive, refused.is_alive) == (True, False)


@pytest.mark.parametrize(
    "about",
    [{"account": {"call_cost": True}}, {"application": {"call_cost_in_webhooks": True}}],
    ids=["run", "application"],
)
@pytest.mark.parametrize(
    ("talked_s", "billed_s", "total"), [(None, 0, "0.0000"), (5, 60, "0.0070"), (61, 66, "0.0077")]
)
def test_what_a_call_cost_is_told_after_its_end(about, talked_s, billed_s, total):
    world = World(**about)
    leg = world.incoming() if talked_s is None else world.answered()
    world.until((talked_s or 1) * S)
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))
    world.until(90 * S)
    assert world.order()[-2:] == ["call.hangup", "call.cost"]
    event, payload = world.payloads()[-1]
    assert_fields(webhooks.FIELDS[event], payload)
    assert (payload["billed_duration_secs"], payload["total_cost"], payload["status"]) == (billed_s, total, "success")
    assert {part["call_part"] for part in payload["cost_parts"]} == limits.COSTS_A_MINUTE.keys()


def test_nobody_is_told_what_a_call_cost_unasked(world):
    leg = world.answered()
    world.rest("hangup", leg)
    assert "call.cost" not in world.webhooks()
    silent = World(application={"call_cost_in_webhooks": True}, account={"call_cost": False})
    silent.rest("hangup", silent.answered())
    assert "call.cost" not in silent.webhooks()


def test_dials_over_the_limit_of_a_second_are_refused():
    """docs: evaluated over five seconds."""
    world = World(account={"limits": {"dials": 2.0}})
    body = {"connection_id": world.connection, "from": OURS, "to": THEIRS}

    def dial() -> Any:
        return world.feed(inputs.RestCommand(operation="dial", body=body))[0]

    replies = [dial() for _ in range(11)]
    assert [reply.status for reply in replies] == [200] * 10 + [429]
    assert replies[-1].body["errors"][0]["code"] == "90103"
    world.until(5 * S)
    assert dial().status == 200


def test_calls_over_the_channels_fail_as_legs():
    """docs: a SIP 403, not an error of the command."""
    world = World(account={"limits": {"channels": 1}})
    first, second = world.dial(), world.dial()
    assert (first.is_alive, second.is_alive) == (True, False)
    assert world.hangup(second) == ("call_rejected", "unknown", "403")
    world.rest("hangup", first)
    assert world.dial().is_alive


# --- Hold -------------------------------------------------------------------------------------------------------------


def test_a_call_is_held_and_taken_up_again(world):
    leg = world.answered()
    for _ in range(2):
        for act in (inputs.Hold(leg.call_leg_id), inputs.Unhold(leg.call_leg_id)):
            world.feed(act)
            world.feed(act)
            assert leg.state.value == "answered"
    held = [event.held for _, event in world.log if isinstance(event, events.FarEndHeld)]
    assert held == [True, False, True, False], "twice the same is once"
    assert [name for name in world.webhooks() if "hold" in name] == ["call.hold", "call.unhold"] * 2


def test_only_a_call_that_is_up_can_be_held(world):
    leg = world.incoming()
    world.feed(inputs.Hold(leg.call_leg_id))
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))
    world.feed(inputs.Unhold(leg.call_leg_id))
    assert not [name for name in world.webhooks() if "hold" in name]


# --- Headers and further fields ---------------------------------------------------------------------------------------


def test_a_caller_brings_headers_and_fields():
    world = World()
    leg = world.incoming(custom_headers={"X-Tenant": "7"}, extra_fields={"tags": ["vip"], "shoe_size": 46})
    world.rest("answer", leg, stream_url=STREAM)
    world.until(S)
    world.feed(inputs.StreamAccepted(world.switch.stream_of(leg).stream_id))
    world.rest("hangup", leg)
    world.until(2 * S)
    for event, payload in world.payloads():
        assert payload["shoe_size"] == 46, "what Telnyx has nowhere stands everywhere"
        assert ("tags" in payload) is (event in ("call.initiated", "call.answered", "call.hangup"))
        assert payload.get("tags", ["vip"]) == ["vip"]
        assert payload.get("custom_headers", [{"name": "X-Tenant", "value": "7"}]) == [
            {"name": "X-Tenant", "value": "7"}
        ]
    (start,) = [event.body for _, event in world.log if isinstance(event, events.StreamStarted)]
    assert (start["tags"], start["shoe_size"]) == (["vip"], 46)
    assert "custom_headers" not in start


def test_a_callee_brings_headers_and_fields_beside_those_of_the_dial():
    world = World()
    headers = [{"name": "X-Ours", "value": "1"}]
    body = {"connection_id": world.connection, "from": OURS, "to": THEIRS, "custom_headers": headers}
    called = Called(leg_codec="PCMU", custom_headers={"X-Theirs": "2"}, extra_fields={"tags": ["vip"]})
    reply, *_ = world.feed(inputs.RestCommand(operation="dial", body=body, called=called))
    assert isinstance(reply, events.Replied)
    leg = world.switch.legs[reply.call_leg_id or ""]
    world.feed(inputs.PickUp(leg.call_leg_id))
    answered = dict(world.payloads())["call.answered"]
    assert leg.leg_codec == answered["codec"] == "PCMU"
    assert answered["custom_headers"] == [*headers, {"name": "X-Theirs", "value": "2"}]
    assert answered["tags"] == ["vip"]
