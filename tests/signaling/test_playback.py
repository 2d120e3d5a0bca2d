"""Speak and playback: queues, overlays, loops, stops, and how each ends."""

import re
from typing import Any

import pytest
from test_switch import refused
from world import S, World

from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.announcement import Kind

SPOKEN = {"payload": "Hello.", "voice": "female"}
FILE = "http://127.0.0.1:3/one.mp3"
OTHER = "http://127.0.0.1:3/two.mp3"
TOLD = ("call.speak", "call.playback")


@pytest.fixture
def world() -> World:
    return World()


def play(world: World, leg: Any, url: str = FILE, **more: Any) -> events.Replied:
    return world.rest("playback_start", leg, audio_url=url, **more)


def test_a_speak_starts_when_its_sound_is_there_and_ends_when_it_was_heard(world):
    leg = world.answered()
    world.sounds_ns = None
    assert world.rest("speak", leg, **SPOKEN, language="en-US").body == {"data": {"result": "ok"}}
    wanted = world.log[-1][1].announcement
    assert (wanted.kind, wanted.what, wanted.voice, wanted.language) == (Kind.SPEECH, "Hello.", "female", "en-US")
    assert wanted.call_leg_ids == (leg.call_leg_id,)
    world.until(1 * S)
    assert world.told(leg, *TOLD) == []
    world.feed(inputs.SoundReady(wanted.announcement_id, 3 * S))
    world.until(9 * S)
    assert world.told(leg, *TOLD) == [
        (1 * S, "call.speak.started", None),
        (4 * S, "call.speak.ended", "completed"),
    ]
    assert world.sounds() == [(1 * S, "starts", "Hello.")]
    ids = [payload["speak_id"] for event, payload in world.payloads(leg) if "speak" in event]
    assert len(set(ids)) == 1
    assert re.fullmatch("[0-9a-f]{10}", ids[0])


def test_what_is_played_and_spoken_queues_up(world):
    leg = world.answered()
    play(world, leg, client_state="MQ==")
    world.rest("speak", leg, **SPOKEN)
    play(world, leg, OTHER, loop=2, client_state="Mg==")
    world.until(20 * S)
    assert world.told(leg, *TOLD) == [
        (0, "call.playback.started", None),
        (2 * S, "call.playback.ended", "completed"),
        (2 * S, "call.speak.started", None),
        (4 * S, "call.speak.ended", "completed"),
        (4 * S, "call.playback.started", None),
        (8 * S, "call.playback.ended", "completed"),
    ]
    assert world.sounds() == [(0, "starts", FILE), (2 * S, "starts", "Hello."), (4 * S, "starts", OTHER)]


def test_a_playback_says_what_was_played(world):
    leg = world.answered()
    play(world, leg, loop="infinity")
    world.rest("playback_start", leg, media_name="greeting", stop="all")
    world.rest("playback_start", leg, playback_content="AAAA", stop="all")
    told = [payload for event, payload in world.payloads(leg) if event == "call.playback.started"]
    assert [(one["media_url"], one["media_name"], one["overlay"]) for one in told] == [
        (FILE, "", False),
        ("", "greeting", False),
        ("", "", False),
    ]


def test_endless_playback_ends_with_a_stop_and_what_waited_behind_it_comes_next(world):
    leg = world.answered()
    play(world, leg, loop="infinity")
    play(world, leg, OTHER)
    world.until(100 * S)
    assert world.told(leg, *TOLD) == [(0, "call.playback.started", None)]
    assert world.rest("playback_stop", leg, stop="current").status == 200
    world.until(110 * S)
    assert world.told(leg, *TOLD)[1:] == [
        (100 * S, "call.playback.ended", "cancelled"),
        (100 * S, "call.playback.started", None),
        (102 * S, "call.playback.ended", "completed"),
    ]
    assert world.sounds() == [(0, "starts", FILE), (100 * S, "stops", FILE), (100 * S, "starts", OTHER)]


def test_a_stop_of_all_clears_the_queue_and_only_what_was_heard_is_told_of(world):
    leg = world.answered()
    play(world, leg)
    play(world, leg, OTHER)
    world.rest("speak", leg, **SPOKEN)
    world.until(1 * S)
    world.rest("playback_stop", leg)
    world.until(9 * S)
    assert world.told(leg, *TOLD) == [
        (0, "call.playback.started", None),
        (1 * S, "call.playback.ended", "cancelled"),
    ]
    assert sorted(world.sounds()) == [
        (0, "starts", FILE),
        *[(1 * S, "stops", what) for what in ("Hello.", FILE, OTHER)],
    ]
    assert world.rest("playback_stop", leg).status == 200, "a stop with nothing to stop is no mistake"


@pytest.mark.parametrize(("assume", "status"), [({}, "completed"), ({"stopped_speak": "cancelled"}, "cancelled")])
def test_a_speak_that_is_stopped_has_a_status_that_can_be_chosen(assume, status):
    world = World(assume=assume)
    leg = world.answered()
    world.rest("speak", leg, **SPOKEN)
    world.rest("playback_stop", leg)
    assert world.told(leg, "call.speak.ended") == [(0, "call.speak.ended", status)]


def test_a_new_playback_can_stop_what_is_heard_or_all(world):
    leg = world.answered()
    for url in (FILE, OTHER):
        play(world, leg, url, loop="infinity")
    play(world, leg, "http://127.0.0.1:3/three.mp3", stop="current")
    assert world.sounds()[-1][1:] == ("starts", OTHER)
    world.rest("speak", leg, **SPOKEN, stop="all")
    assert world.sounds()[-1][1:] == ("starts", "Hello.")


def test_an_overlay_is_heard_with_what_plays_and_has_a_queue_of_its_own(world):
    leg = world.answered()
    play(world, leg, loop="infinity")
    play(world, leg, OTHER, overlay=True)
    world.rest("speak", leg, **SPOKEN)
    world.until(1 * S)
    world.rest("playback_stop", leg, overlay=True)
    told = [(event, payload["overlay"]) for event, payload in world.payloads(leg) if event in TOLD[1] + ".ended"]
    assert told == [("call.playback.ended", True)]
    assert world.sounds() == [(0, "starts", FILE), (0, "starts", OTHER), (1 * S, "stops", OTHER)]


def test_an_overlay_needs_something_below_it_and_its_own_leg(world):
    leg = world.answered()
    assert refused(play(world, leg, overlay=True)) == "invalid_value"
    play(world, leg, loop="infinity")
    assert refused(play(world, leg, overlay=True, target_legs="both")) == "invalid_value"


def test_a_file_that_is_not_there_ends_in_its_turn_without_having_started(world):
    leg = world.answered()
    world.lost_sounds = {OTHER}
    play(world, leg)
    play(world, leg, OTHER)
    world.rest("speak", leg, **SPOKEN)
    world.until(9 * S)
    assert world.told(leg, *TOLD)[1:4] == [
        (2 * S, "call.playback.ended", "completed"),
        (2 * S, "call.playback.ended", "file_not_found"),
        (2 * S, "call.speak.started", None),
    ]
    (lost,) = [one for _, one in world.payloads(leg) if one.get("status") == "file_not_found"]
    assert (lost["media_url"], lost["status_detail"]) == (OTHER, "nothing is there")


def test_what_is_heard_ends_with_the_call_and_before_call_hangup(world):
    leg = world.answered()
    world.rest("speak", leg, **SPOKEN)
    play(world, leg)
    world.until(1 * S)
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))
    world.until(9 * S)
    assert world.told(leg, *TOLD, "call.hangup") == [
        (0, "call.speak.started", None),
        (1 * S, "call.speak.ended", "call_hangup"),
        (1 * S, "call.hangup", None),
    ]
    assert {what for _, did, what in world.sounds() if did == "stops"} == {FILE, "Hello."}


@pytest.mark.parametrize(("target", "ears"), [("self", "a"), ("opposite", "b"), ("both", "ab")])
def test_on_a_bridged_leg_either_side_can_be_meant(world, target, ears):
    legs = {"a": world.answered(), "b": world.answered()}
    legs["a"].bridged_to, legs["b"].bridged_to = legs["b"].call_leg_id, legs["a"].call_leg_id
    play(world, legs["a"], target_legs=target)
    (starts,) = [event for _, event in world.log if isinstance(event, events.SoundStarts)]
    assert starts.announcement.call_leg_ids == tuple(legs[one].call_leg_id for one in ears)
    assert world.told(legs["a"], *TOLD)
    assert not world.told(legs["b"], *TOLD), "the leg that was commanded tells of it"


def test_of_a_real_bridge_both_are_reached(world):
    a, b = world.answered(), world.answered()
    assert world.rest("bridge", a, call_control_id=b.call_control_id).status == 200
    play(world, a, target_legs="both")
    (starts,) = [event for _, event in world.log if isinstance(event, events.SoundStarts)]
    assert starts.announcement.call_leg_ids == (a.call_leg_id, b.call_leg_id)
    world.rest("send_dtmf", b, digits="5")
    assert keys(world) == [(b.call_leg_id, "5", 250), (a.call_leg_id, "5", 250)]


def test_without_an_opposite_leg_nobody_hears_it(world):
    leg = world.answered()
    play(world, leg, target_legs="opposite")
    world.until(9 * S)
    (starts,) = [event for _, event in world.log if isinstance(event, events.SoundStarts)]
    assert starts.announcement.call_leg_ids == ()
    assert world.told(leg, "call.playback.ended") == [(2 * S, "call.playback.ended", "completed")]


def test_a_dial_can_have_a_sound_played_upon_the_answer(world):
    leg = world.dial(audio_url=FILE)
    world.until(5 * S)
    assert world.told(leg, *TOLD) == []
    world.feed(inputs.PickUp(leg.call_leg_id))
    world.until(9 * S)
    assert world.told(leg, "call.answered", *TOLD) == [
        (5 * S, "call.answered", None),
        (5 * S, "call.playback.started", None),
        (7 * S, "call.playback.ended", "completed"),
    ]


@pytest.mark.parametrize(
    ("operation", "body", "error"),
    [
        ("speak", SPOKEN, "call_not_answered"),
        ("playback_start", {"audio_url": FILE}, "call_not_answered"),
        ("speak", {"voice": "female"}, "missing_parameter"),
        ("speak", SPOKEN | {"payload": "x" * 3001}, "out_of_range"),
        ("speak", SPOKEN | {"service_level": "basic", "language": "de-DE"}, "call_not_answered"),
        ("playback_start", {}, "call_not_answered"),
        ("playback_start", {"audio_url": FILE, "media_name": "a"}, "invalid_value"),
        ("playback_start", {"audio_url": FILE, "loop": 101}, "invalid_value"),
    ],
)
def test_what_a_parked_call_or_a_bad_body_is_refused(world, operation, body, error):
    assert refused(world.rest(operation, world.incoming(), **body)) == error


def test_basic_speech_is_american_and_plain(world):
    leg = world.answered()
    assert refused(world.rest("speak", leg, **SPOKEN, service_level="basic", language="de-DE")) == "not_in_enum"
    assert refused(world.rest("speak", leg, **SPOKEN, service_level="basic", payload_type="ssml")) == "not_in_enum"
    assert world.rest("speak", leg, **SPOKEN, service_level="basic").status == 200
    assert refused(world.rest("playback_start", leg)) == "missing_parameter"


# --- Keys -------------------------------------------------------------------------------------------------------------


def keys(world: World) -> list[tuple[str, str, int]]:
    sent = [event for _, event in world.log if isinstance(event, events.KeysSent)]
    return [(one.call_leg_id, one.digits, one.tone_ns // 1_000_000) for one in sent]


def test_keys_that_are_sent_are_heard_at_both_ends_of_a_bridge(world):
    a, b = world.answered(), world.answered()
    world.rest("send_dtmf", a, digits="1w2#")
    assert keys(world) == [(a.call_leg_id, "1w2#", 250)]
    a.bridged_to = b.call_leg_id
    world.rest("send_dtmf", a, digits="3", duration_millis=500)
    assert keys(world)[1:] == [(a.call_leg_id, "3", 500), (b.call_leg_id, "3", 500)]
    assert refused(world.rest("send_dtmf", a, digits="x")) == "wrong_digits"
    assert refused(world.rest("send_dtmf", world.incoming(), digits="1")) == "call_not_answered"


@pytest.mark.parametrize(
    ("body", "digits"),
    [
        ({"send_digits_on_answer": "1w2"}, "1w2"),
        ({"to": "+442079460107,34"}, "34"),
        ({"to": "+442079460107,34", "send_digits_on_answer": "1"}, "1"),
    ],
)
def test_keys_are_sent_upon_the_answer(world, body, digits):
    leg = world.dial(**body)
    assert keys(world) == []
    world.feed(inputs.PickUp(leg.call_leg_id))
    assert keys(world) == [(leg.call_leg_id, digits, 250)]
