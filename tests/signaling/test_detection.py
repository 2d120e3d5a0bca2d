"""Answering machine detection: who is found when, how greetings end, and what a beep cuts."""

from typing import Any

import pytest
from world import S, World

from telnyx_simulator.facts import detection
from telnyx_simulator.signaling import inputs

MS = S // 1000
PLAIN = ("call.machine.detection.ended", "call.machine.greeting.ended")
PREMIUM = ("call.machine.premium.detection.ended", "call.machine.premium.greeting.ended")
SPOKEN = {"payload": "Please call back.", "voice": "female"}


@pytest.fixture
def world() -> World:
    return World()


def picked_up(world: World, mode: str, detected: str, **settings: Any) -> Any:
    """A leg that was answered now, by somebody or something that detection finds to be this."""
    more = {"answering_machine_detection_config": settings} if settings else {}
    leg = world.dial(answering_machine_detection=mode, **more)
    world.feed(inputs.PickUp(leg.call_leg_id, detected))
    return leg


def speech(world: World, leg: Any, *, from_ms: int, to_ms: int) -> None:
    world.until(from_ms * MS)
    world.feed(inputs.SpeechBegan(leg.call_leg_id))
    world.until(to_ms * MS)
    world.feed(inputs.SpeechEnded(leg.call_leg_id, None))


def beep(world: World, leg: Any, at_ms: int) -> None:
    world.until(at_ms * MS)
    world.feed(inputs.BeepSaid(leg.call_leg_id))


def found(world: World, leg: Any) -> list[tuple[int, str, str]]:
    """Milliseconds since the answer, whether it is about the detection or the greeting, and the result."""
    world.until(100 * S)
    return [(at // MS, event.split(".")[-2], result) for at, event, result in world.told(leg, "call.machine")]


@pytest.mark.parametrize(
    ("mode", "detected", "at_ms", "result"),
    [
        ("detect", "human", 3500, "human"),
        ("detect", "human_business", 3500, "human"),
        ("detect", "machine", 3500, "machine"),
        ("detect", "not_sure", 3500, "not_sure"),
        ("detect", "silence", 3500, "machine"),
        ("detect", "fax_detected", 3500, "machine"),
        ("premium", "human", 3500, "human_residence"),
        ("premium", "human_business", 3500, "human_business"),
        ("premium", "silence", 3500, "silence"),
        ("premium", "fax_detected", 3500, "fax_detected"),
        ("premium", "not_sure", 30_000, "not_sure"),
    ],
)
def test_each_finding_has_its_word_and_its_time(world, mode, detected, at_ms, result):
    leg = picked_up(world, mode, detected)
    assert found(world, leg) == [(at_ms, "detection", result)]
    assert {event for event, *_ in world.payloads(leg) if "machine" in event} <= {*PLAIN, *PREMIUM}


def test_results_are_those_of_the_sdk(world):
    assert set(detection.RESULTS) == {*detection.PLAIN, *detection.PREMIUM}


def test_a_human_is_known_when_they_have_said_hello(world):
    leg = picked_up(world, "detect", "human")
    speech(world, leg, from_ms=500, to_ms=1000)
    assert found(world, leg) == [(1800, "detection", "human")]


def test_whoever_goes_on_speaking_is_waited_for(world):
    leg = picked_up(world, "detect", "human")
    speech(world, leg, from_ms=500, to_ms=1000)
    speech(world, leg, from_ms=1500, to_ms=2000)
    assert found(world, leg) == [(2800, "detection", "human")]


@pytest.mark.parametrize(
    ("detected", "settings", "at_ms"),
    [
        ("machine", {"greeting_duration_millis": 1000}, 1000),
        ("machine", {"total_analysis_time_millis": 2000}, 2000),
        ("not_sure", {"total_analysis_time_millis": 9000}, 9000),
        ("silence", {"initial_silence_millis": 700}, 700),
        ("human", {"after_greeting_silence_millis": 100}, 600),
    ],
)
def test_settings_move_it(world, detected, settings, at_ms):
    leg = picked_up(world, "detect", detected, **settings)
    if detected == "human":
        speech(world, leg, from_ms=100, to_ms=500)
    assert [at for at, *_ in found(world, leg)] == [at_ms]


def test_premium_detection_takes_two_of_them(world):
    human = picked_up(world, "premium", "human", after_greeting_silence_millis=10)
    speech(world, human, from_ms=100, to_ms=500)
    world.until(90 * S)
    assert world.told(human, "call.machine") == [(1300 * MS, PREMIUM[0], "human_residence")]
    other = World()
    machine = picked_up(other, "premium", "not_sure", total_analysis_time_millis=5000)
    assert found(other, machine) == [(5000, "detection", "not_sure")]


# --- Greetings --------------------------------------------------------------------------------------------------------

MACHINE = (3500, "detection", "machine")


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        ("detect", [MACHINE]),
        ("detect_beep", [MACHINE, (6000, "greeting", "beep_detected")]),
        ("detect_words", [MACHINE, (6000, "greeting", "beep_detected")]),
        ("greeting_end", [MACHINE, (6000, "greeting", "beep_detected")]),
        ("premium", [MACHINE, (6000, "greeting", "beep_detected")]),
    ],
)
def test_a_beep_ends_a_greeting_where_one_is_listened_for(world, mode, told):
    leg = picked_up(world, mode, "machine")
    beep(world, leg, 6000)
    beep(world, leg, 7000)
    assert found(world, leg) == told


@pytest.mark.parametrize(
    ("mode", "assume", "told"),
    [
        ("detect_beep", {}, [MACHINE]),
        ("detect_beep", {"detect_beep_without_beep": "not_sure"}, [MACHINE, (33_500, "greeting", "not_sure")]),
        ("detect_words", {}, [MACHINE, (33_500, "greeting", "not_sure")]),
        ("greeting_end", {}, [MACHINE, (8500, "greeting", "not_sure")]),
        ("premium", {}, [MACHINE, (25_000, "greeting", "no_beep_detected")]),
        ("premium", {"premium_without_beep": "nothing"}, [MACHINE]),
    ],
)
def test_without_a_beep_time_runs_out_or_nothing_is_told(mode, assume, told):
    world = World(assume=assume)
    assert found(world, picked_up(world, mode, "machine")) == told


def test_silence_ends_a_greeting(world):
    leg = picked_up(world, "greeting_end", "machine")
    speech(world, leg, from_ms=500, to_ms=4000)
    speech(world, leg, from_ms=5000, to_ms=6000)
    assert found(world, leg) == [MACHINE, (7500, "greeting", "ended")]


def test_silence_that_began_before_the_machine_was_found_counts(world):
    leg = picked_up(world, "greeting_end", "machine", greeting_silence_duration_millis=1000)
    speech(world, leg, from_ms=500, to_ms=2000)
    assert found(world, leg) == [MACHINE, (3500, "greeting", "ended")]


def test_a_beep_before_premium_detection_is_all_that_is_told(world):
    leg = picked_up(world, "premium", "machine")
    beep(world, leg, 2000)
    assert found(world, leg) == [(2000, "greeting", "beep_detected")]


def test_a_beep_before_plain_detection_is_a_machine(world):
    leg = picked_up(world, "detect_beep", "machine")
    beep(world, leg, 2000)
    assert found(world, leg) == [(2000, "detection", "machine"), (2000, "greeting", "beep_detected")]


def test_a_call_screening_tells_when_its_prompt_is_over_and_still_hears_a_beep(world):
    leg = picked_up(world, "premium_ios_call_screening_detection", "machine")
    speech(world, leg, from_ms=500, to_ms=5000)
    speech(world, leg, from_ms=5500, to_ms=6000)
    beep(world, leg, 9000)
    assert found(world, leg) == [MACHINE, (5000, "greeting", "prompt_ended"), (9000, "greeting", "beep_detected")]


def test_a_human_has_no_greeting(world):
    leg = picked_up(world, "greeting_end", "human")
    speech(world, leg, from_ms=500, to_ms=4000)
    beep(world, leg, 5000)
    assert found(world, leg) == [(3500, "detection", "human")]


# --- Races ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at_ms", "told"), [(1000, []), (4000, [MACHINE]), (3500, [MACHINE])])
def test_the_end_of_the_call_ends_it_in_silence(world, at_ms, told):
    leg = picked_up(world, "greeting_end", "machine")
    world.until(at_ms * MS)
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))
    world.feed(inputs.BeepSaid(leg.call_leg_id))
    world.feed(inputs.SpeechEnded(leg.call_leg_id, None))
    assert found(world, leg) == told
    assert world.webhooks(leg)[-1] == "call.hangup"


def test_a_beep_cuts_what_is_played_and_gathered(world):
    leg = picked_up(world, "greeting_end", "machine")
    world.sounds_ns = 60 * S
    world.until(4 * S)
    world.rest("gather_using_audio", leg, audio_url="http://127.0.0.1:3/menu.mp3")
    world.rest("speak", leg, **SPOKEN)
    beep(world, leg, 6000)
    world.until(7 * S)
    assert world.told(leg, "call.speak", "call.playback", "call.gather", "call.machine.greeting") == [
        (4 * S, "call.playback.started", None),
        (6 * S, "call.playback.ended", "cancelled_amd"),
        (6 * S, "call.speak.started", None),
        (6 * S, "call.gather.ended", "cancelled_amd"),
        (6 * S, "call.machine.greeting.ended", "beep_detected"),
    ]


def test_a_speak_that_was_too_early_for_the_beep_is_cut(world):
    leg = picked_up(world, "premium", "machine")
    world.sounds_ns = 60 * S
    world.until(4 * S)
    world.rest("speak", leg, **SPOKEN)
    beep(world, leg, 6000)
    assert world.told(leg, "call.speak")[-1] == (6 * S, "call.speak.ended", "cancelled_amd")
    world.rest("speak", leg, **SPOKEN)
    beep(world, leg, 8000)
    assert world.told(leg, "call.speak")[-1][1] == "call.speak.started", "the second beep is nobody's concern"


@pytest.mark.parametrize("mode", ["disabled", None])
def test_nobody_listens_unasked(world, mode):
    leg = world.dial(**({"answering_machine_detection": mode} if mode else {}))
    world.feed(inputs.PickUp(leg.call_leg_id, "machine"))
    beep(world, leg, 1000)
    assert found(world, leg) == []


def test_settings_are_judged_by_their_types(world):
    ours = {"connection_id": world.connection, "from": "+12025550100", "to": "+442079460107"}
    fine = {"beep_spectral_confirmation": True, "beep_spectral_min_purity": 0.5, "beep_detection_profile": "both"}
    reply = world.rest("dial", None, **ours, answering_machine_detection_config=fine)
    assert reply.status == 200
    wrong = {"total_analysis_time_millis": "3500", "beep_spectral_confirmation": 1}
    reply = world.rest("dial", None, **ours, answering_machine_detection_config=wrong)
    at = "/answering_machine_detection_config/"
    assert [error["source"]["pointer"] for error in reply.body["errors"]] == [at + name for name in wrong]


def test_whom_a_transfer_reaches_is_found_out_on_the_new_leg(world):
    leg = world.answered()
    world.rest("transfer", leg, to="+12025550106", answering_machine_detection="detect")
    new_leg = list(world.switch.legs.values())[-1]
    world.until(1 * S)
    world.feed(inputs.PickUp(new_leg.call_leg_id, "machine"))
    world.until(9 * S)
    assert world.told(new_leg, "call.machine") == [(4500 * MS, PLAIN[0], "machine")]
    assert world.told(leg, "call.machine") == []
