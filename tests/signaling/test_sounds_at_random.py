"""Speak, playback, gather, keys and detection in any order: what must hold whatever is asked for, and when."""

import re
from collections import Counter
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from telnyx import types
from world import S, World

from telnyx_simulator.facts import detection, webhooks
from telnyx_simulator.signaling import events, inputs
from wire import assert_fields

MS = S // 1000
FILE, LOST = "http://127.0.0.1:3/one.mp3", "http://127.0.0.1:3/lost.mp3"
SPOKEN = {"payload": "Hello.", "voice": "female"}
COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("speak", SPOKEN),
    ("speak", SPOKEN | {"loop": "infinity", "stop": "current"}),
    ("playback_start", {"audio_url": FILE}),
    ("playback_start", {"audio_url": FILE, "loop": "infinity", "stop": "all"}),
    ("playback_start", {"audio_url": FILE, "overlay": True}),
    ("playback_start", {"audio_url": LOST}),
    ("playback_stop", {}),
    ("playback_stop", {"stop": "current"}),
    ("playback_stop", {"overlay": True}),
    ("gather", {"maximum_digits": 3}),
    ("gather_using_audio", {"audio_url": FILE, "invalid_audio_url": LOST, "maximum_tries": 2, "valid_digits": "1"}),
    ("gather_using_speak", SPOKEN | {"timeout_millis": 500}),
    ("gather_stop", {}),
    ("send_dtmf", {"digits": "1"}),
    ("hangup", {}),
]
HEARD = ("beep", "began", "ended", "1", "2", "#", "wait", "hangs up")
steps = st.lists(st.sampled_from([*range(len(COMMANDS)), *HEARD]), max_size=25)


def act(world: World, leg: Any, heard: str) -> None:
    key = leg.call_leg_id
    match heard:
        case "beep":
            world.feed(inputs.BeepSaid(key))
        case "began":
            world.feed(inputs.SpeechBegan(key))
        case "ended":
            world.feed(inputs.SpeechEnded(key, None))
        case "wait":
            world.until(world.now + 1300 * MS)
        case "hangs up":
            world.feed(inputs.HangUp(call_leg_id=key))
        case digit:
            world.feed(inputs.Press(call_leg_id=key, digits=digit, tone_ns=0, gap_ns=0))


@cache
def sdk_type(event: str) -> TypeAdapter[Any]:
    """The official SDK's class for webhooks of this type."""
    name = "".join(word.capitalize() for word in re.split(r"[._]", event))
    return TypeAdapter(getattr(types, f"{name}WebhookEvent"))


def assert_fit(world: World) -> None:
    """Every webhook is as the facts and the SDK have it, results and statuses included."""
    for _, event in world.log:
        if isinstance(event, events.WebhookPlanned):
            delivery = event.delivery
            assert_fields(webhooks.FIELDS[delivery.event_type], delivery.data["payload"])
            sdk_type(delivery.event_type).validate_python({"data": dict(delivery.data)})


@given(mode=st.sampled_from([*detection.MODES, "disabled"]), found=st.sampled_from(detection.RESULTS), script=steps)
@settings(max_examples=150, deadline=None)
def test_whatever_starts_ends_once_and_nothing_follows_the_hangup(mode: str, found: str, script: list[Any]) -> None:
    world = World()
    world.lost_sounds = {LOST}
    leg = world.dial(answering_machine_detection=mode, media_name="hello")
    world.feed(inputs.PickUp(leg.call_leg_id, found))
    for step in script:
        if isinstance(step, str):
            act(world, leg, step)
        else:
            operation, body = COMMANDS[step]
            assert world.rest(operation, leg, **body).status in (200, 422)
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))
    world.until(world.now + 1000 * S)

    told = world.webhooks(leg)
    assert told[-1] == "call.hangup"
    counts = Counter(told)
    assert counts["call.speak.started"] == counts["call.speak.ended"]
    failed = [one for event, one in world.payloads(leg) if one.get("status") == "file_not_found"]
    assert counts["call.playback.started"] == counts["call.playback.ended"] - len(failed)
    gathers = [one for _, one in world.payloads(leg) if "gather_id" in one]
    assert len({one["gather_id"] for one in gathers}) == len(gathers)
    for kind in ("detection", "greeting"):
        most = 2 if mode.startswith("premium_ios") else 1
        assert sum(event.endswith(f"{kind}.ended") and "machine" in event for event in told) <= most
    assert_fit(world)
    wanted = [e.announcement.announcement_id for _, e in world.log if isinstance(e, events.SoundWanted)]
    assert len(set(wanted)) == len(wanted)


@given(script=steps)
@settings(max_examples=60, deadline=None)
def test_one_sound_of_a_queue_is_heard_at_a_time(script: list[Any]) -> None:
    world = World()
    leg = world.answered()
    for step in script:
        if isinstance(step, str):
            act(world, leg, step)
        else:
            operation, body = COMMANDS[step]
            world.rest(operation, leg, **body)
    world.until(world.now + 1000 * S)
    over: dict[str, int] = {}
    for at, event in world.log:
        if isinstance(event, events.SoundStops):
            over.pop(event.announcement.announcement_id, None)
        elif isinstance(event, events.SoundStarts) and not event.announcement.overlay:
            assert not [until for until in over.values() if until > at]
            times = event.announcement.times
            over[event.announcement.announcement_id] = at + (world.sounds_ns or 0) * times if times else 10**18


EVERY_ONE = {
    *(f"call.{kind}.{what}" for kind in ("speak", "playback") for what in ("started", "ended")),
    *("call.gather.ended", "call.dtmf.received"),
    *(f"call.machine.{kind}{what}.ended" for kind in ("", "premium.") for what in ("detection", "greeting")),
}


@pytest.mark.parametrize(("mode", "kind"), [("greeting_end", ""), ("premium", "premium.")])
def test_every_event_of_sounds_comes_about(mode: str, kind: str) -> None:
    world = World()
    leg = world.dial(answering_machine_detection=mode)
    world.feed(inputs.PickUp(leg.call_leg_id, "machine"))
    for operation, body in COMMANDS[:3]:
        world.rest(operation, leg, **body)
    world.rest("gather", leg)
    act(world, leg, "1")
    world.until(4 * S)
    world.rest("playback_stop", leg, stop="current")
    act(world, leg, "beep")
    world.rest("hangup", leg)
    others = {event for event in EVERY_ONE if event.startswith("call.machine") and ("premium" in event) != bool(kind)}
    assert EVERY_ONE - others <= set(world.webhooks(leg))
    assert_fit(world)
