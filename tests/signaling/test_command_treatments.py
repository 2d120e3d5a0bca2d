"""How REST commands are answered wrongly or late on purpose: what the switch does, and what it does not."""

import re
from typing import Any

import pytest
from world import S, World

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts.errors import ERRORS, documented
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.inputs import CommandTreatment
from telnyx_simulator.signaling.rules import Rules, Treatments, given_of


def rules(**treatments: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"command": name, "treatment": given} for name, given in treatments.items()]


def test_without_rules_a_reply_is_not_treated():
    world = World()
    assert world.rest("answer", world.incoming()).treatment is None


def test_a_late_reply_is_one_whose_effect_and_webhooks_are_not():
    world = World(commands=rules(answer={"delay_ns": 2 * S}))
    leg = world.incoming()
    reply = world.rest("answer", leg)
    assert (reply.status, reply.effect, reply.treatment) == (200, True, CommandTreatment(delay_ns=2 * S))
    assert leg.answered_ns == world.now
    assert "call.answered" in world.webhooks()


@pytest.mark.parametrize(
    ("given", "status", "code", "title"),
    [
        ({"error_code": "90018"}, 422, "90018", "Call has already ended"),
        ({"error_code": "90018", "error_status": 422}, 422, "90018", "Call has already ended"),
        ({"error_code": "10007", "error_status": 503}, 503, "10007", "Service unavailable"),
        ({"error_code": "10007", "error_status": 500}, 500, "10007", "Internal server error"),
        ({"error_code": "10011", "error_status": 429}, 429, "10011", "Too many requests"),
        ({"error_code": "90034", "error_status": 409}, 409, "90034", "Call not answered yet"),
    ],
)
def test_an_error_is_the_documented_one_and_has_no_effect(given, status, code, title):
    world = World(commands=rules(hangup=given))
    leg = world.answered()
    reply = world.rest("hangup", leg)
    (error,) = reply.body["errors"]
    assert (reply.status, error["code"], error["title"]) == (status, code, title)
    assert (reply.effect, reply.call_leg_id) == (False, leg.call_leg_id)
    assert leg.is_alive
    assert "call.hangup" not in world.webhooks()


def test_plain_http_has_no_envelope():
    world = World(commands=rules(hangup={"error_status": 503}))
    leg = world.answered()
    reply = world.rest("hangup", leg)
    assert (reply.status, reply.body, reply.effect, leg.is_alive) == (503, {}, False, True)


def test_every_documented_error_can_be_asked_for_and_leaves_no_placeholder():
    for fact in ERRORS.values():
        world = World(commands=rules(answer={"error_code": fact.code, "error_status": fact.status}))
        reply = world.rest("answer", world.incoming())
        (error,) = reply.body["errors"]
        assert (reply.status, error["code"]) == (fact.status, fact.code)
        assert not re.search(r"[{}]", error["detail"])
    with pytest.raises(LookupError, match="99999"):
        documented("99999")


def test_a_lost_reply_has_had_its_effect():
    world = World(commands=rules(hangup={"lose_reply": True}))
    leg = world.answered()
    reply = world.rest("hangup", leg)
    assert (reply.status, reply.effect, leg.is_alive) == (None, True, False)
    assert reply.body == {"data": {"result": "ok"}}, "what was lost is known all the same"


def test_a_dial_whose_reply_is_lost_rings_all_the_same():
    world = World(commands=rules(dial={"lose_reply": True}))
    body = {"connection_id": world.connection, "from": "+12025550100", "to": "+442079460107"}
    reply, *_ = world.feed(inputs.RestCommand(operation="dial", body=body))
    assert isinstance(reply, events.Replied)
    assert (reply.status, reply.effect) == (None, True)
    assert reply.call_leg_id in world.switch.legs


def test_a_reset_comes_before_any_effect():
    world = World(commands=rules(answer={"reset": True}))
    leg = world.incoming()
    reply = world.rest("answer", leg)
    assert (reply.status, reply.body, reply.effect, reply.call_leg_id) == (None, {}, False, leg.call_leg_id)
    assert leg.answered_ns is None


def test_a_refusal_of_its_own_stays_a_refusal_under_a_treatment():
    world = World(commands=rules(answer={"delay_ns": S}))
    leg = world.answered()
    assert world.rest("answer", leg).status == 422


def test_only_the_nth_of_a_command_is_treated():
    world = World(commands=rules(hangup={"nth": 2, "error_code": "90018"}))
    leg, other = world.answered(), world.answered()
    assert world.rest("hangup", leg).status == 200
    assert world.rest("hangup", other).status == 422
    assert world.rest("hangup", other).status == 200


def test_a_named_command_goes_before_any():
    world = World(commands=rules(hangup={"error_status": 502}, any={"error_status": 503}))
    leg = world.incoming()
    assert [world.rest(name, leg).status for name in ("hangup", "answer", "retrieve")] == [502, 503, 503]


def test_a_share_of_commands_is_drawn():
    treatments = Treatments(Rules.of(commands=rules(answer={"share": 0.25, "reset": True})), Draws(1))
    treated = [treatments.of_command(f"leg {n}", "answer") is not None for n in range(400)]
    assert 70 <= sum(treated) <= 130


def test_what_a_trace_tells_of_it():
    assert given_of(CommandTreatment(nth=1, error_code="90018", error_status=422)) == {
        "nth": 1,
        "error_code": "90018",
        "error_status": 422,
    }
