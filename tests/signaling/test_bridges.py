"""Bridge, transfer, refer and supervisors on fake time: who hears whom, and what becomes of those who are left."""

import pytest
from world import OURS, THEIRS, S, World

from telnyx_simulator.facts import webhooks
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.far_end import Behavior
from telnyx_simulator.signaling.leg import LegState
from wire import assert_fields

AUDIO = "http://127.0.0.1:3/hello.wav"
STATE, OTHER = "c3RhdGU=", "b3RoZXI="


@pytest.fixture
def world() -> World:
    return World()


def code(reply: events.Replied) -> tuple[int | None, str, str | None]:
    """Status, code and pointer of a refusal."""
    (error,) = reply.body["errors"]
    assert not reply.effect
    return reply.status, error["code"], error.get("source", {}).get("pointer")


def bridged(world, leg, other, **body):
    reply = world.rest("bridge", leg, call_control_id=other.call_control_id, **body)
    assert (reply.status, reply.body) == (200, {"data": {"result": "ok"}})


def transferred(world, leg, **body):
    """The new leg of a transfer."""
    reply = world.rest("transfer", leg, **{"to": "+12025550111"} | body)
    assert (reply.status, reply.body) == (200, {"data": {"result": "ok"}})
    return reply.new_leg


def hangs_up(world, leg):
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))


# --- Bridge -----------------------------------------------------------------------------------------------------------


def test_bridged_legs_hear_each_other_and_both_are_told_the_commanded_one_first(world):
    one, two = world.answered(), world.picked_up()
    n = len(world.news())
    bridged(world, one, two, client_state=STATE)
    assert world.news()[n:] == [("call.bridged", one), ("call.bridged", two)]
    assert (world.hears(one), world.peer(one), world.hears(two), world.peer(two)) == ([two], two, [one], one)
    for event, payload in world.payloads()[n:]:
        assert_fields(webhooks.FIELDS[event], payload)
    assert (one.client_state, two.client_state) == (STATE, None)
    assert (one.bridged_to, two.bridged_to) == (two.call_leg_id, one.call_leg_id)
    # Two calls stay two sessions.
    assert one.call_session_id != two.call_session_id


def test_when_one_hangs_up_the_other_is_hung_up_after_it(world):
    one, two = world.answered(), world.picked_up()
    bridged(world, one, two)
    n = len(world.news())
    hangs_up(world, two)
    assert world.news()[n:] == [("call.hangup", two), ("call.hangup", one)]
    assert world.hangup(two) == ("normal_clearing", "callee", "200")
    assert world.hangup(one) == ("normal_clearing", "callee", "200")
    assert (world.hears(one), world.hears(two)) == ([], [])
    assert (one.bridged_to, two.bridged_to) == (None, None)


@pytest.mark.parametrize("ends", ["commanded", "target"])
def test_park_after_unbridge_keeps_the_commanded_leg_and_only_that(world, ends):
    one, two = world.answered(), world.picked_up()
    bridged(world, one, two, park_after_unbridge="self")
    hangs_up(world, one if ends == "commanded" else two)
    assert [leg.is_alive for leg in (one, two)] == [ends == "target", False]
    assert world.hears(one) == []


def test_hold_after_unbridge_lets_the_commanded_leg_hear_music_until_it_is_bridged_again(world):
    one, two, three = world.answered(), world.picked_up(), world.picked_up()
    bridged(world, one, two, hold_after_unbridge=True)
    hangs_up(world, two)
    assert one.is_alive
    assert world.open_sounds() == [("hold_music", "", [one])]
    bridged(world, one, three)
    assert world.open_sounds() == []
    assert world.hears(one) == [three]


def test_a_bridge_with_a_third_leg_hangs_up_the_second(world):
    one, two, three = world.answered(), world.picked_up(), world.picked_up()
    bridged(world, one, two)
    bridged(world, one, three)
    assert (two.is_alive, world.hears(one), world.hears(three)) == (False, [three], [one])


def test_prevent_double_bridge_refuses_a_target_that_is_bridged(world):
    one, two, three = world.answered(), world.picked_up(), world.picked_up()
    bridged(world, one, two)
    body = {"call_control_id": two.call_control_id, "prevent_double_bridge": True}
    assert code(world.rest("bridge", three, **body)) == (422, "10015", "/call_control_id")
    assert world.hears(one) == [two]


def test_a_bridge_to_a_leg_that_rings_comes_with_its_answer_and_may_sound_like_it_before(world):
    one, two = world.answered(), world.dial()
    bridged(world, one, two, play_ringtone=True)
    assert world.open_sounds() == [("tone", "ringback", [one])]
    assert "call.bridged" not in world.webhooks()
    n = len(world.news())
    world.feed(inputs.PickUp(two.call_leg_id))
    assert world.news()[n:] == [("call.answered", two), ("call.bridged", one), ("call.bridged", two)]
    assert (world.open_sounds(), world.hears(one)) == ([], [two])


def test_a_target_that_never_answers_leaves_the_leg_as_it_was(world):
    one, two = world.answered(), world.dial()
    bridged(world, one, two, play_ringtone=True)
    world.until(40 * S)
    assert (one.is_alive, two.is_alive, world.open_sounds(), world.hears(one)) == (True, False, [], [])


def test_a_parked_leg_is_answered_by_being_bridged(world):
    one, two = world.incoming(), world.picked_up()
    n = len(world.news())
    bridged(world, two, one)
    assert world.news()[n:] == [("call.answered", one), ("call.bridged", two), ("call.bridged", one)]
    assert one.state is LegState.ANSWERED


@pytest.mark.parametrize(
    ("mute_dtmf", "one_hears", "two_hears"),
    [("none", ["2"], ["1"]), ("self", [], ["1"]), ("opposite", ["2"], []), ("both", [], [])],
)
def test_digits_reach_the_other_leg_unless_it_is_deaf_to_them(world, mute_dtmf, one_hears, two_hears):
    one, two = world.answered(), world.picked_up()
    bridged(world, one, two, mute_dtmf=mute_dtmf)
    for leg, digits in ((one, "1"), (two, "2")):
        world.feed(inputs.Press(call_leg_id=leg.call_leg_id, digits=digits, tone_ns=S, gap_ns=S))
    heard = [(event.call_leg_id, event.digits) for _, event in world.log if isinstance(event, events.KeysSent)]
    assert [digits for key, digits in heard if key == one.call_leg_id] == one_hears
    assert [digits for key, digits in heard if key == two.call_leg_id] == two_hears
    assert world.webhooks().count("call.dtmf.received") == 2


def test_what_cannot_be_bridged_is_refused(world):
    one, gone, parked = world.answered(), world.answered(), world.incoming()
    world.rest("hangup", gone)
    both = {"call_control_id": parked.call_control_id, "queue": "support"}
    assert code(world.rest("bridge", one)) == (422, "10004", "/call_control_id")
    assert code(world.rest("bridge", one, call_control_id="v3:x")) == (422, "90015", "/call_control_id")
    assert code(world.rest("bridge", one, call_control_id=one.call_control_id)) == (422, "10015", "/call_control_id")
    assert code(world.rest("bridge", one, call_control_id=gone.call_control_id)) == (422, "90018", None)
    assert code(world.rest("bridge", gone, call_control_id=one.call_control_id)) == (422, "90018", None)
    assert code(world.rest("bridge", one, **both)) == (422, "10015", "/queue")
    assert code(world.rest("bridge", one, video_room_id="x")) == (501, "501", "/video_room_id")
    assert parked.state is LegState.PARKED


def test_a_bridge_of_those_who_are_bridged_changes_nothing(world):
    one, two = world.answered(), world.picked_up()
    bridged(world, one, two)
    n = len(world.news())
    bridged(world, two, one)
    assert (world.news()[n:], one.is_alive, two.is_alive) == ([], True, True)


# --- A dial that is linked to a call ----------------------------------------------------------------------------------


def test_bridge_on_answer_bridges_a_dialed_leg_within_the_session(world):
    one = world.answered()
    two = world.dial(link_to=one.call_control_id, bridge_intent=True, bridge_on_answer=True)
    assert (two.call_session_id, two.from_) == (one.call_session_id, one.from_)
    n = len(world.news())
    world.feed(inputs.PickUp(two.call_leg_id))
    assert world.news()[n:] == [("call.answered", two), ("call.bridged", one), ("call.bridged", two)]
    hangs_up(world, one)
    assert not two.is_alive


def test_a_dialed_leg_can_be_parked_when_its_bridge_ends(world):
    one = world.answered()
    two = world.picked_up(link_to=one.call_control_id, bridge_on_answer=True, park_after_unbridge="self")
    hangs_up(world, one)
    assert two.is_alive


def test_a_dialed_leg_is_hung_up_rather_than_bridged_twice(world):
    one, two = world.answered(), world.picked_up()
    bridged(world, one, two)
    late = world.picked_up(link_to=one.call_control_id, bridge_on_answer=True, prevent_double_bridge=True)
    assert (late.is_alive, world.hears(one)) == (False, [two])


def test_a_dialed_leg_stays_when_the_call_that_it_is_linked_to_is_gone(world):
    one = world.answered()
    two = world.dial(link_to=one.call_control_id, bridge_on_answer=True)
    hangs_up(world, one)
    world.feed(inputs.PickUp(two.call_leg_id))
    assert (two.is_alive, world.hears(two)) == (True, [])


@pytest.mark.parametrize("name", ["bridge_intent", "bridge_on_answer", "park_after_unbridge"])
def test_what_needs_a_link_says_so(world, name):
    value = "self" if name == "park_after_unbridge" else True
    body = {"connection_id": world.connection, "from": OURS, "to": THEIRS, name: value}
    assert code(world.rest("dial", **body)) == (422, "10004", "/link_to")
    assert not world.switch.legs


# --- Transfer ---------------------------------------------------------------------------------------------------------


def test_a_transfer_dials_in_the_same_session_and_bridges_on_the_answer(world):
    one = world.answered()
    n = len(world.news())
    two = transferred(world, one, client_state=STATE, target_leg_client_state=OTHER, webhook_url="http://127.0.0.1:9/b")
    assert (two.call_session_id, two.connection_id, two.direction) == (
        one.call_session_id,
        one.connection_id,
        "outgoing",
    )
    assert (two.from_, two.to) == (one.to, "+12025550111")
    assert (one.client_state, two.client_state) == (STATE, OTHER)
    assert world.open_sounds() == [("tone", "ringback", [one])]
    world.feed(inputs.PickUp(two.call_leg_id))
    assert world.news()[n:] == [
        ("call.initiated", two),
        ("call.answered", two),
        ("call.bridged", one),
        ("call.bridged", two),
    ]
    assert (world.hears(one), world.hears(two), world.open_sounds()) == ([two], [one], [])
    world.until(world.now + S)
    urls = {attempt.url for _, attempt in world.attempts() if attempt.delivery.call_leg_id == two.call_leg_id}
    assert urls == {"http://127.0.0.1:9/b"}


@pytest.mark.parametrize(
    ("behavior", "cause"),
    [(Behavior.BUSY, "user_busy"), (Behavior.NO_ANSWER, "timeout"), (Behavior.NOT_FOUND, "not_found")],
)
def test_a_transfer_that_fails_leaves_the_leg_to_be_transferred_again(world, behavior, cause):
    one = world.answered()
    two = transferred(world, one, behavior=behavior, timeout_secs=20)
    world.until(30 * S)
    assert world.hangup(two)[0] == cause
    assert (one.is_alive, world.open_sounds()) == (True, [])
    three = transferred(world, one)
    world.feed(inputs.PickUp(three.call_leg_id))
    assert world.hears(one) == [three]


def test_early_media_can_be_kept_from_the_leg_that_is_transferred(world):
    transferred(world, world.answered(), early_media=False)
    assert world.open_sounds() == []


def test_a_parked_call_is_transferred_and_answered_when_the_new_leg_is(world):
    one = world.incoming()
    two = transferred(world, one)
    assert (one.state, world.open_sounds()) == (LegState.PARKED, [])
    n = len(world.news())
    world.feed(inputs.PickUp(two.call_leg_id))
    assert world.news()[n:] == [
        ("call.answered", two),
        ("call.answered", one),
        ("call.bridged", one),
        ("call.bridged", two),
    ]


def test_who_hangs_up_before_the_transfer_is_through_takes_the_new_leg_along(world):
    one = world.answered()
    two = transferred(world, one)
    hangs_up(world, one)
    assert world.hangup(two) == ("originator_cancel", "caller", "487")


def test_a_bridged_call_stays_bridged_until_the_new_leg_answers(world):
    one, two = world.answered(), world.picked_up()
    bridged(world, one, two)
    three = transferred(world, one)
    assert (world.hears(one), world.open_sounds()) == ([two], [])
    world.feed(inputs.PickUp(three.call_leg_id))
    assert (two.is_alive, world.hears(one)) == (False, [three])


def test_of_two_transfers_the_first_that_is_answered_wins(world):
    one = world.answered()
    two, three = transferred(world, one), transferred(world, one, to="+12025550112")
    world.feed(inputs.PickUp(three.call_leg_id))
    assert (two.is_alive, world.hears(one), world.open_sounds()) == (False, [three], [])


def test_the_new_leg_may_hear_something_before_it_is_bridged(world):
    one = world.answered()
    two = transferred(world, one, audio_url=AUDIO)
    world.feed(inputs.PickUp(two.call_leg_id))
    ((kind, what, hears),) = world.open_sounds()
    assert (kind, what, hears) == ("url", AUDIO, [two])
    assert "call.bridged" not in world.webhooks()
    world.until(world.now + 3 * S)
    assert world.webhooks()[-4:] == ["call.playback.started", "call.playback.ended", "call.bridged", "call.bridged"]


def test_who_hangs_up_during_that_takes_the_new_leg_along_as_well(world):
    one = world.answered()
    two = transferred(world, one, audio_url=AUDIO)
    world.feed(inputs.PickUp(two.call_leg_id))
    hangs_up(world, one)
    assert world.hangup(two) == ("normal_clearing", "caller", "200")
    assert "call.bridged" not in world.webhooks()


def test_the_time_limit_of_a_transfer_is_the_new_legs(world):
    one = world.answered()
    two = transferred(world, one, time_limit_secs=60)
    world.feed(inputs.PickUp(two.call_leg_id))
    world.until(100 * S)
    assert (world.hangup(two)[0], world.hangup(one)[0]) == ("time_limit", "normal_clearing")
    assert two.ended_ns == 60 * S


def test_the_leg_that_is_transferred_can_be_parked_afterwards(world):
    one = world.answered()
    two = transferred(world, one, park_after_unbridge="self")
    world.feed(inputs.PickUp(two.call_leg_id))
    hangs_up(world, two)
    assert one.is_alive


def test_what_cannot_be_transferred_is_refused(world):
    gone = world.answered()
    world.rest("hangup", gone)
    assert code(world.rest("transfer", gone, to="+12025550111")) == (422, "90018", None)
    leg = world.answered()
    n = len(world.switch.legs)
    assert code(world.rest("transfer", leg)) == (422, "10004", "/to")
    assert code(world.rest("transfer", leg, to="x")) == (422, "10016", "/to")
    body = {"to": "+12025550111", "audio_url": AUDIO, "media_name": "x"}
    assert code(world.rest("transfer", leg, **body)) == (422, "10015", "/media_name")
    assert len(world.switch.legs) == n


# --- Refer ------------------------------------------------------------------------------------------------------------


def test_a_refer_that_succeeds_ends_with_the_phone_hanging_up(world):
    leg = world.answered()
    n = len(world.news())
    assert world.rest("refer", leg, sip_address="sip:desk@pbx.example.com").status == 200
    world.until(5 * S)
    assert world.news()[n:] == [
        ("call.refer.started", leg),
        ("call.refer.completed", leg),
        ("call.hangup", leg),
    ]
    responses = [payload["sip_notify_response"] for event, payload in world.payloads() if "refer" in event]
    assert responses == [100, 200]
    assert world.hangup(leg) == ("normal_clearing", "caller", "200")


@pytest.mark.parametrize(("user", "status"), [("+12025550101", 486), ("+12025550103", 603), ("+12025550102", 408)])
def test_a_refer_that_fails_leaves_the_call_up(world, user, status):
    leg = world.answered()
    world.rest("refer", leg, sip_address=f"sip:{user}@pbx.example.com")
    world.until(40 * S)
    (failed,) = [payload for event, payload in world.payloads() if event == "call.refer.failed"]
    assert (failed["sip_notify_response"], leg.is_alive) == (status, True)
    assert_fields(webhooks.FIELDS["call.refer.failed"], failed)


def test_nothing_is_told_of_a_refer_after_the_end_of_the_call(world):
    leg = world.answered()
    world.rest("refer", leg, sip_address="sip:desk@pbx.example.com")
    hangs_up(world, leg)
    world.until(5 * S)
    assert world.webhooks()[-1] == "call.hangup"


# --- Supervisors ------------------------------------------------------------------------------------------------------


def supervised_call(world, role=None):
    caller, agent = world.answered(), world.picked_up()
    bridged(world, caller, agent)
    about = {"supervise_call_control_id": agent.call_control_id} | ({"supervisor_role": role} if role else {})
    return caller, agent, world.picked_up(**about)


@pytest.mark.parametrize(
    ("role", "caller_hears", "agent_hears"),
    [(None, True, True), ("barge", True, True), ("whisper", False, True), ("monitor", False, False)],
)
def test_a_supervisor_hears_both_and_is_heard_as_the_role_says(world, role, caller_hears, agent_hears):
    caller, agent, boss = supervised_call(world, role)
    assert world.hears(boss) == [agent, caller]
    assert world.hears(caller) == [agent, boss] if caller_hears else [agent]
    assert world.hears(agent) == [caller, boss] if agent_hears else [caller]


def test_a_supervisor_can_switch_roles(world):
    caller, agent, boss = supervised_call(world, "monitor")
    assert world.rest("switch_supervisor_role", boss, role="barge").status == 200
    assert (world.hears(caller), world.hears(agent)) == ([agent, boss], [caller, boss])
    world.rest("switch_supervisor_role", boss, role="whisper")
    assert (world.hears(caller), world.hears(agent)) == ([agent], [caller, boss])
    assert code(world.rest("switch_supervisor_role", agent, role="barge")) == (422, "10015", None)


def test_a_supervisor_goes_with_the_call_and_the_call_does_not_go_with_the_supervisor(world):
    caller, agent, boss = supervised_call(world)
    hangs_up(world, boss)
    assert (caller.is_alive, agent.is_alive) == (True, True)
    assert (world.hears(caller), world.hears(agent), world.hears(boss)) == ([agent], [caller], [])
    caller, agent, boss = supervised_call(world)
    hangs_up(world, caller)
    assert [leg.is_alive for leg in (caller, agent, boss)] == [False, False, False]


def test_a_call_to_be_supervised_has_to_be_there(world):
    body = {"connection_id": world.connection, "from": OURS, "to": THEIRS, "supervise_call_control_id": "v3:x"}
    assert code(world.rest("dial", **body)) == (422, "90015", "/supervise_call_control_id")
    assert not world.switch.legs


# --- Whatever happens -------------------------------------------------------------------------------------------------


def test_no_leg_is_left_and_nobody_hears_anybody_when_all_have_gone(world):
    legs = [*supervised_call(world)]
    legs.append(transferred(world, legs[0]))
    for leg in legs:
        world.rest("hangup", leg)
    world.until(700 * S)
    assert not [leg for leg in legs if leg.is_alive]
    assert [world.hears(leg) for leg in legs] == [[]] * 4
    assert world.webhooks().count("call.hangup") == 4
