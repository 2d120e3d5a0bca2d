"""What a permissive server says of what nobody knows: made of the facts, and keeping to them."""

import pytest

from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.signaling import events, rest, synthetic
from telnyx_simulator.signaling.inputs import CommandTreatment, RestCommand
from wire import assert_fields


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_reply_out_of_nothing_keeps_to_the_facts(name):
    operation = OPERATIONS[name]
    reply = synthetic.replied(RestCommand(operation=name, path_id="id", body=None))
    assert (reply.status, reply.effect) == (operation.status, False)
    if operation.status == 204:
        assert (reply.body, reply.content) == ({}, None)
    elif operation.many:
        assert reply.body["data"] == []
        assert reply.body["meta"]["total_pages"] == 0, "a client that pages on comes to a stop"
    elif not operation.fields:
        assert reply.content is not None
    else:
        assert_fields(operation.fields, reply.body if operation.bare else reply.body["data"])


def test_what_was_given_is_said_again_where_it_fits():
    body = {"application_name": "mine", "webhook_event_url": 5, "active": False, "webhook_api_version": "3"}
    reply = synthetic.replied(RestCommand(operation="application.create", body=body))
    data = reply.body["data"]
    assert (data["application_name"], data["active"]) == ("mine", False)
    assert (data["webhook_event_url"], data["webhook_api_version"]) == ("", "1")


@pytest.mark.parametrize(
    ("fact", "permissible"),
    [
        ("invalid_call_control_id", True),
        ("not_found", True),
        ("no_resource", True),
        ("unknown_conference", True),
        ("invalid_connection", True),
        ("missing_parameter", True),
        ("not_in_enum", True),
        ("call_ended", False),
        ("call_not_answered", False),
        ("no_credentials", False),
        ("dial_rate", False),
        ("internal_error", False),
        ("not_built_yet", False),
    ],
)
def test_only_what_is_unknown_or_ill_formed_is_permissible(fact, permissible):
    words = {"name": "x", "allowed": "a", "detail": "d"}
    refusal = rest.refused(fact, **words)
    assert synthetic.is_permissible(events.Replied(refusal.status, refusal.body)) is permissible


def test_a_fault_that_a_scenario_wants_stays_one():
    status, body = rest.forced("90015", None)
    treatment = CommandTreatment(error_code="90015")
    assert not synthetic.is_permissible(events.Replied(status, body, treatment=treatment))
    assert not synthetic.is_permissible(events.Replied(200, {"data": {}}))
    assert not synthetic.is_permissible(events.Replied(404, {}))
