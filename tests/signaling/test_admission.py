"""Which calls the account lets be: channels of profiles and connections, trial accounts."""

from typing import Any

import pytest
from world import EPOCH_NS, OURS, THEIRS, S, World

from telnyx_simulator.signaling import events, inputs
from wire import assert_refused

VERIFIED = "+442079460123"
TRIAL: dict[str, Any] = {"verified_numbers": [VERIFIED]}


def dialed(world: World, **body: Any) -> events.Replied:
    body = {"connection_id": world.connection, "from": OURS, "to": THEIRS} | body
    reply, *_ = world.feed(inputs.RestCommand(operation="dial", body=body))
    assert isinstance(reply, events.Replied)
    return reply


def with_profile(world: World, **fields: Any) -> str:
    """The world's application dials through a profile of its own."""
    row = world.account.profiles.add({"name": "limited", **fields}, EPOCH_NS)
    outbound = world.account.applications[world.connection]["outbound"]
    world.account.applications[world.connection]["outbound"] = outbound | {"outbound_voice_profile_id": row["id"]}
    return str(row["id"])


def test_a_dial_over_the_channels_of_the_profile_is_refused():
    world = World()
    with_profile(world, concurrent_call_limit=1)
    leg = world.dial()
    refused = dialed(world)
    assert_refused(refused.status or 0, refused.body, "profile_channels")
    assert len(world.switch.legs) == 1
    world.rest("hangup", leg)
    assert dialed(world).status == 200


def test_applications_share_the_channels_of_their_profile():
    world = World()
    profile_id = with_profile(world, concurrent_call_limit=2)
    outbound = {"channel_limit": None, "outbound_voice_profile_id": profile_id}
    other = world.account.add_application("other", "http://127.0.0.1:1/other", EPOCH_NS, outbound=outbound)
    free = world.account.add_application("free", "http://127.0.0.1:1/free", EPOCH_NS)
    world.dial()
    world.dial(connection_id=other)
    assert [dialed(world, connection_id=key).status for key in (world.connection, other, free)] == [403, 403, 200]


def test_a_dial_over_the_channels_of_the_connection_is_refused_and_calls_in_do_not_count():
    world = World(application={"outbound": {"channel_limit": 1}})
    world.incoming()
    world.dial()
    refused = dialed(world)
    assert_refused(refused.status or 0, refused.body, "connection_channels")


def test_a_refused_dial_is_none_of_the_dials_of_a_second():
    world = World(application={"outbound": {"channel_limit": 1}}, account={"limits": {"dials": 0.4}})
    leg = world.dial()
    assert [dialed(world).status for _ in range(5)] == [403] * 5
    world.rest("hangup", leg)
    assert [dialed(world).status for _ in range(2)] == [200, 403]


def test_a_caller_over_the_channels_of_the_connection_hears_busy_and_nobody_is_told():
    world = World(application={"inbound": {"channel_limit": 1}})
    first, second = world.incoming(), world.incoming()
    assert (first.is_alive, second.is_alive) == (True, False)
    assert second.ending is not None
    assert (second.ending.cause, second.ending.sip) == ("user_busy", "486")
    world.until(S)
    assert world.webhooks(second) == []
    world.rest("hangup", first)
    assert world.incoming().is_alive


@pytest.mark.parametrize(
    ("from_", "to", "carried"),
    [(OURS, VERIFIED, True), (VERIFIED, VERIFIED, True), (OURS, THEIRS, False), (THEIRS, VERIFIED, False)],
)
def test_a_trial_account_calls_verified_numbers_from_numbers_of_its_own(from_, to, carried):
    world = World(account=TRIAL)
    world.account.set_up(TRIAL, EPOCH_NS)
    leg = world.dial(**{"from": from_, "to": to})
    assert leg.is_alive is carried
    if not carried:
        assert world.hangup(leg) == ("call_rejected", "unknown", "403")
        assert world.webhooks(leg) == ["call.initiated", "call.hangup"]


def test_a_number_that_is_verified_meanwhile_can_be_called():
    world = World(account=TRIAL)
    body = {"phone_number": THEIRS, "verification_method": "sms"}
    world.account.handle(inputs.RestCommand(operation="verified_number.create", body=body), EPOCH_NS)
    assert not world.dial().is_alive
    code = {"verification_code": THEIRS[-6:]}
    verify = inputs.RestCommand(operation="verified_number.verify", path_id=THEIRS, body=code)
    world.account.handle(verify, EPOCH_NS)
    assert world.dial().is_alive


@pytest.mark.parametrize(("from_", "let_in"), [(VERIFIED, True), (THEIRS, False)])
def test_a_trial_account_is_called_by_verified_numbers_and_busy_to_all_others(from_, let_in):
    """reported: an unverified caller gets busy, and there is no webhook at all."""
    world = World(account=TRIAL)
    world.account.set_up(TRIAL, EPOCH_NS)
    leg = world.incoming(from_=from_)
    world.until(S)
    assert leg.is_alive is let_in
    assert world.webhooks(leg) == (["call.initiated"] if let_in else [])


def test_any_other_account_has_calls_with_everybody():
    world = World()
    assert world.dial().is_alive
    assert world.incoming().is_alive


def test_an_account_without_any_verified_number_may_be_a_trial_as_well():
    world = World(account={"verified_numbers": []})
    assert not world.dial().is_alive


def test_verified_numbers_of_a_run_are_gone_with_it():
    world = World()
    before = world.account.snapshot()
    token = world.account.set_up(TRIAL, EPOCH_NS)
    assert world.account.is_ours(VERIFIED)
    world.account.take_down(token)
    assert world.account.snapshot() == before
    assert not world.account.is_ours(VERIFIED)
