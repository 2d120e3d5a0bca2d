"""Whatever is connected with whatever: what holds of all legs at every moment."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from world import S, World

from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.leg import Leg, LegState

LEGS = 5
VERBS = (
    "bridge",
    "bridge_parked",
    "bridge_held",
    "bridge_queue",
    "transfer",
    "refer",
    "create",
    "join",
    "join_host",
    "join_soft",
    "join_whisper",
    "leave",
    "hold",
    "unhold",
    "mute",
    "end",
    "enqueue",
    "enqueue_kept",
    "leave_queue",
    "supervise",
    "switch",
    "pick_up",
    "hang_up",
    "dial",
    "dial_in",
    "incoming",
    "wait",
)
STEPS = st.lists(
    st.tuples(st.sampled_from(VERBS), st.integers(0, LEGS - 1), st.integers(0, LEGS - 1)), min_size=5, max_size=40
)


def act(world: World, rooms: list[str], verb: str, one: Leg, two: Leg) -> None:
    """One command or act; many are refused."""
    key: dict[str, Any] = {"call_control_id": two.call_control_id}
    room = rooms[-1] if rooms else "none"
    me: dict[str, Any] = {"call_control_id": one.call_control_id}
    match verb:
        case "bridge":
            world.rest("bridge", one, **key)
        case "bridge_parked":
            world.rest("bridge", one, park_after_unbridge="self", **key)
        case "bridge_held":
            world.rest("bridge", one, hold_after_unbridge=True, prevent_double_bridge=True, **key)
        case "bridge_queue":
            world.rest("bridge", one, queue="support", play_ringtone=True)
        case "transfer":
            world.rest("transfer", one, to="+12025550111", audio_url="http://127.0.0.1:3/a.wav")
        case "refer":
            world.rest("refer", one, sip_address="sip:a@b.example.com")
        case "create":
            reply = world.rest("conference.create", name=f"room {len(rooms)}", **me)
            rooms += [reply.body["data"]["id"]] if reply.status == 200 else []
        case "join" | "leave":
            world.rest(f"conference.{verb}", None, room, **me)
        case "join_host":
            world.rest("conference.join", None, room, end_conference_on_exit=True, **me)
        case "join_soft":
            world.rest("conference.join", None, room, soft_end_conference_on_exit=True, beep_enabled="always", **me)
        case "join_whisper":
            whispers = {"supervisor_role": "whisper", "whisper_call_control_ids": [two.call_control_id]}
            world.rest("conference.join", None, rooms[0] if rooms else room, **whispers, **me)
        case "hold" | "unhold" | "mute":
            world.rest(f"conference.{verb}", None, room, call_control_ids=[one.call_control_id])
        case "end":
            world.rest("conference.end", None, room)
        case "enqueue":
            world.rest("enqueue", one, queue_name="support", max_wait_time_secs=7)
        case "enqueue_kept":
            world.rest("enqueue", one, queue_name="support", keep_after_hangup=True)
        case "leave_queue":
            world.rest("leave_queue", one)
        case "switch":
            world.rest("switch_supervisor_role", one, role="whisper")
        case "pick_up":
            world.feed(inputs.PickUp(one.call_leg_id))
        case "hang_up":
            if one.state is not LegState.RINGING:
                world.feed(inputs.HangUp(call_leg_id=one.call_leg_id))
        case "dial" if two.is_alive:
            world.dial(link_to=two.call_control_id, bridge_on_answer=True, prevent_double_bridge=True)
        case "supervise" if two.is_alive:
            leg = world.dial(supervise_call_control_id=two.call_control_id)
            world.feed(inputs.PickUp(leg.call_leg_id))
        case "dial_in":
            world.dial(conference_config={"conference_name": "dialed", "end_conference_on_exit": True})
        case "incoming":
            world.incoming()
        case "wait":
            world.until(world.now + 5 * S)


def holds(world: World, rooms: list[str]) -> None:
    told: dict[str, events.Connected] = {}
    hears: dict[str, set[str]] = {}
    for _, event in world.log:
        if isinstance(event, events.Connected):
            key, heard = event.call_leg_id, hears.setdefault(event.call_leg_id, set())
            peer = told[key].peer if key in told else None
            assert event.added or event.removed or event.peer != peer, "told of no change"
            assert not heard & set(event.added), "told again of who is heard"
            assert set(event.removed) <= heard, "told of who was not heard"
            hears[key] = heard - set(event.removed) | set(event.added)
            assert event.hears == len(hears[key])
            told[key] = event
    legs = world.switch.legs
    for key, connected in told.items():
        answered = [legs[one].state is LegState.ANSWERED for one in hears[key]]
        assert all(answered), "only those who have answered and are there are heard"
        assert not connected.hears or legs[key].is_alive
        assert key not in hears[key]
        if connected.peer:
            assert told[connected.peer].peer == key
    for leg in legs.values():
        assert leg.bridged_to == (told[leg.call_leg_id].peer if leg.call_leg_id in told else None)
    present = [
        row["call_leg_id"]
        for room in rooms
        for row in world.rest("participant.list", None, room).body["data"]
        if row["status"] == "joined"
    ]
    waiting = world.rest("queue_call.list", None, "support").body.get("data", [])
    bridged = [leg.call_leg_id for leg in legs.values() if leg.bridged_to]
    everywhere = [*present, *bridged, *(row["call_leg_id"] for row in waiting if row["is_alive"])]
    assert len(set(everywhere)) == len(everywhere), "a leg is in one place"
    assert all(legs[one].is_alive for one in everywhere)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_a_leg_is_in_one_place_and_hears_only_those_who_are_there(steps: list[tuple[str, int, int]]) -> None:
    world, rooms = World(), list[str]()
    for _ in range(3):
        world.answered()
    world.incoming()
    world.dial()
    for verb, one, two in steps:
        alive = [leg for leg in world.switch.legs.values() if leg.is_alive][-LEGS:] or [world.incoming()]
        act(world, rooms, verb, alive[one % len(alive)], alive[two % len(alive)])
        holds(world, rooms)
    for leg in list(world.switch.legs.values()):
        world.rest("hangup", leg)
        holds(world, rooms)
    world.until(world.now + 20 * S)
    assert not [leg for leg in world.switch.legs.values() if leg.is_alive]
    hangups = world.webhooks().count("call.hangup")
    assert hangups == len(world.switch.legs)
    ended = world.webhooks().count("conference.ended")
    assert ended == world.webhooks().count("conference.created")
