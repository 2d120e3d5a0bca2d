"""Gathers: what ends them, how they judge, and what is played meanwhile."""

from typing import Any

import pytest
from test_switch import refused
from world import MS, S, World

from telnyx_simulator.signaling import events, inputs

FILE = "http://127.0.0.1:3/one.mp3"
WRONG = "http://127.0.0.1:3/wrong.mp3"
SPOKEN = {"payload": "Your number?", "voice": "female"}


@pytest.fixture
def world() -> World:
    return World()


def press(world: World, leg: Any, digits: str) -> None:
    """Each key at once, one after another at this moment."""
    for digit in digits:
        world.feed(inputs.Press(call_leg_id=leg.call_leg_id, digits=digit, tone_ns=0, gap_ns=0))


def ended(world: World, leg: Any) -> list[tuple[str, str]]:
    return [(one["status"], one["digits"]) for event, one in world.payloads(leg) if event == "call.gather.ended"]


@pytest.mark.parametrize(
    ("asked", "keys", "came"),
    [
        ({}, "12#", ("valid", "12")),
        ({"maximum_digits": 2}, "123", ("valid", "12")),
        ({"terminating_digit": "*"}, "1#2*", ("valid", "1#2")),
        ({"terminating_digit": "", "maximum_digits": 2}, "1#", ("valid", "1#")),
        ({"minimum_digits": 3}, "12#", ("invalid", "12")),
        ({"valid_digits": "12"}, "13#", ("invalid", "13")),
        ({}, "#", ("invalid", "")),
        ({"valid_digits": "0123456789#*"}, "1A#", ("invalid", "1A")),
    ],
)
def test_keys_are_taken_until_there_are_enough_or_the_last_one_and_are_judged_then(world, asked, keys, came):
    leg = world.answered()
    assert world.rest("gather", leg, **asked).body == {"data": {"result": "ok"}}
    press(world, leg, keys)
    assert ended(world, leg) == [came]
    world.until(100 * S)
    assert ended(world, leg) == [came]


@pytest.mark.parametrize(
    ("asked", "pressed_at_s", "over_s", "came"),
    [
        ({}, [], 5, ("timeout", "")),
        ({"initial_timeout_millis": 9000}, [], 9, ("timeout", "")),
        ({}, [4], 9, ("valid", "0")),
        ({"inter_digit_timeout_millis": 1000}, [4], 5, ("valid", "0")),
        ({"inter_digit_timeout_millis": 1000, "minimum_digits": 2}, [4], 5, ("invalid", "0")),
        ({"timeout_millis": 6000}, [2, 5], 6, ("timeout", "01")),
        ({"timeout_millis": 3000}, [], 3, ("timeout", "")),
    ],
)
def test_waits_end_it_for_the_first_key_for_the_next_and_for_all(world, asked, pressed_at_s, over_s, came):
    leg = world.answered()
    world.rest("gather", leg, **asked)
    for n, at_s in enumerate(pressed_at_s):
        world.until(at_s * S)
        press(world, leg, str(n))
    world.until(200 * S)
    assert ended(world, leg) == [came]
    assert [at for at, *_ in world.told(leg, "call.gather")] == [over_s * S]


def test_the_id_comes_back_and_is_drawn_where_none_is_given(world):
    leg = world.answered()
    world.rest("gather", leg, gather_id="mine")
    world.rest("gather", leg)
    press(world, leg, "1#")
    told = [one for event, one in world.payloads(leg) if event == "call.gather.ended"]
    assert [one["status"] for one in told] == ["cancelled", "valid"], "there is one gather at a time"
    assert told[0]["gather_id"] == "mine"
    assert len(told[1]["gather_id"]) == 36
    assert told[0] | {"gather_id": "", "status": "", "digits": ""} == {
        "call_control_id": leg.call_control_id,
        "call_leg_id": leg.call_leg_id,
        "call_session_id": leg.call_session_id,
        "calling_party_type": "pstn",
        "client_state": None,
        "connection_id": leg.connection_id,
        "digits": "",
        "from": leg.from_,
        "gather_id": "",
        "status": "",
        "to": leg.to,
    }


def test_a_stop_and_a_hangup_tell_what_there_is(world):
    leg = world.answered()
    world.rest("gather", leg)
    press(world, leg, "12")
    world.rest("gather_stop", leg)
    world.rest("gather_stop", leg)
    world.rest("gather_using_speak", leg, **SPOKEN)
    press(world, leg, "3")
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))
    world.until(200 * S)
    assert ended(world, leg) == [("cancelled", "12"), ("call_hangup", "3")]
    assert world.webhooks(leg)[-2:] == ["call.gather.ended", "call.hangup"]


# --- Prompts ----------------------------------------------------------------------------------------------------------


def test_the_first_key_cuts_the_prompt_off(world):
    leg = world.answered()
    world.rest("gather_using_audio", leg, audio_url=FILE)
    world.until(1 * S)
    press(world, leg, "1")
    world.until(2 * S)
    press(world, leg, "2#")
    assert world.sounds() == [(0, "starts", FILE), (1 * S, "stops", FILE)]
    assert world.told(leg, "call.playback", "call.gather") == [
        (0, "call.playback.started", None),
        (1 * S, "call.playback.ended", "cancelled"),
        (2 * S, "call.gather.ended", "valid"),
    ]


def test_the_prompt_is_played_again_when_nobody_presses_anything(world):
    leg = world.answered()
    world.rest("gather_using_audio", leg, audio_url=FILE, timeout_millis=3000, maximum_tries=2)
    world.until(100 * S)
    assert world.told(leg, "call.playback", "call.gather") == [
        (0, "call.playback.started", None),
        (2 * S, "call.playback.ended", "completed"),
        (5 * S, "call.playback.started", None),
        (7 * S, "call.playback.ended", "completed"),
        (10 * S, "call.gather.ended", "timeout"),
    ]


def test_wrong_keys_bring_the_invalid_prompt(world):
    leg = world.answered()
    world.rest("gather_using_audio", leg, audio_url=FILE, invalid_audio_url=WRONG, minimum_digits=2, maximum_tries=2)
    press(world, leg, "1#")
    assert world.sounds() == [(0, "starts", FILE), (0, "stops", FILE), (0, "starts", WRONG)]
    press(world, leg, "2#")
    assert ended(world, leg) == [("invalid", "2")]


def test_a_spoken_prompt_is_told_of_by_nothing_but_its_end(world):
    leg = world.answered()
    world.rest("gather_using_speak", leg, **SPOKEN, invalid_payload="Once more.", maximum_tries=2, minimum_digits=2)
    press(world, leg, "1#")
    world.until(3 * S)
    press(world, leg, "12#")
    world.until(100 * S)
    assert [what for _, did, what in world.sounds() if did == "starts"] == ["Your number?", "Once more."]
    told = [event for event in world.webhooks(leg) if event not in ("call.initiated", "call.answered")]
    assert told == ["call.dtmf.received"] * 5 + ["call.gather.ended"] or told.count("call.gather.ended") == 1
    assert not any(event.startswith(("call.speak", "call.playback")) for event in told)
    assert ended(world, leg) == [("valid", "12")]


def test_a_gather_that_is_stopped_is_silent(world):
    leg = world.answered()
    world.rest("gather_using_audio", leg, media_name="menu")
    world.rest("gather_stop", leg)
    world.until(100 * S)
    assert world.sounds() == [(0, "starts", "menu"), (0, "stops", "menu")]
    assert ended(world, leg) == [("cancelled", "")]


def test_a_prompt_that_is_not_there_is_as_good_as_over(world):
    leg = world.answered()
    world.lost_sounds = {FILE}
    world.rest("gather_using_audio", leg, audio_url=FILE, timeout_millis=1000, maximum_tries=1)
    world.until(9 * S)
    assert world.told(leg, "call.playback", "call.gather") == [
        (0, "call.playback.ended", "file_not_found"),
        (1 * S, "call.gather.ended", "timeout"),
    ]


def test_a_prompt_can_go_on_while_keys_are_pressed(world):
    """`stop_playback_on_dtmf` of the conference's gather."""
    leg = world.answered()
    given = {"stop_playback_on_dtmf": False, "initial_timeout_millis": 1000, "timeout_millis": 7000}
    wanted, *_ = world.switch.gathers.begin(leg, given, world.now, prompt={"audio_url": FILE})
    assert isinstance(wanted, events.SoundWanted)
    world.feed(inputs.SoundReady(wanted.announcement.announcement_id, 2 * S))
    world.until(100 * MS)
    press(world, leg, "1")
    world.until(9 * S)
    assert world.sounds() == [(0, "starts", FILE)]
    assert [at for at, *_ in world.told(leg, "call.gather")] == [5 * S + 100 * MS]


@pytest.mark.parametrize(
    ("operation", "body"),
    [("gather", {}), ("gather_using_audio", {"audio_url": FILE}), ("gather_using_speak", SPOKEN)],
)
def test_it_needs_an_answered_call(world, operation, body):
    leg = world.incoming()
    assert refused(world.rest(operation, leg, **body)) == "call_not_answered"
    world.rest("reject", leg, cause="USER_BUSY")
    assert refused(world.rest(operation, leg, **body)) == "call_ended"
    assert refused(world.rest("gather_stop", leg)) == "call_ended"


def test_prompts_are_named_in_one_way(world):
    leg = world.answered()
    both = {"invalid_audio_url": FILE, "invalid_media_name": "a"}
    assert refused(world.rest("gather_using_audio", leg, **both)) == "invalid_value"
