"""Transcription, assistants, payment and what goes beside a call, on fake time."""

from typing import Any

import pytest
from world import S, World

from telnyx_simulator.facts import webhooks
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.leg import Counted, Leg
from wire import assert_fields


@pytest.fixture
def world() -> World:
    return World()


def say(world: World, leg: Leg, text: str | None) -> None:
    world.feed(inputs.SpeechEnded(leg.call_leg_id, text))


def press(world: World, leg: Leg, digits: str) -> None:
    world.feed(inputs.Press(call_leg_id=leg.call_leg_id, digits=digits, tone_ns=S // 10, gap_ns=S // 10))
    world.until(world.now + len(digits) * S // 5)


def told(world: World, event_type: str) -> list[dict[str, Any]]:
    """The payloads of an event, each as `facts` has it."""
    found = [payload for event, payload in world.payloads() if event == event_type]
    for payload in found:
        assert_fields(webhooks.FIELDS[event_type], payload)
    return found


def code(reply: Any) -> str:
    return str(reply.body["errors"][0]["code"])


# --- Transcription ----------------------------------------------------------------------------------------------------


def test_what_is_said_is_told_while_the_call_is_transcribed(world: World) -> None:
    leg = world.answered()
    say(world, leg, "too early")
    world.rest("transcription_start", leg, transcription_engine="B")
    say(world, leg, "hello")
    say(world, leg, None)
    world.rest("transcription_stop", leg)
    say(world, leg, "too late")
    (payload,) = told(world, "call.transcription")
    assert payload["transcription_data"] == {
        "confidence": 0.95,
        "is_final": True,
        "transcript": "hello",
        "transcription_track": "inbound",
    }


def test_other_engines_name_no_track_and_other_tracks_are_not_told(world: World) -> None:
    leg = world.answered(transcription=True, transcription_config={"transcription_tracks": "outbound"})
    say(world, leg, "hello")
    assert not told(world, "call.transcription")
    leg = world.answered(transcription=True)
    say(world, leg, "hello")
    (payload,) = told(world, "call.transcription")
    assert "transcription_track" not in payload["transcription_data"]


def test_what_telnyx_speaks_is_told_of_the_outbound_track_when_it_has_been_said(world: World) -> None:
    world.sounds_ns = None
    leg = world.answered()
    world.rest("transcription_start", leg, transcription_engine="B", transcription_tracks="both")
    other = world.answered(transcription=True)  # which tells of the inbound track alone
    for one in (leg, other, leg):
        world.rest("speak", one, payload="Hi.", voice="female")
        *_, wanted = [event for _, event in world.log if isinstance(event, events.SoundWanted)]
        world.feed(inputs.SoundReady(wanted.announcement.announcement_id, 2 * S, "Hi."))
    assert not told(world, "call.transcription")
    world.until(3 * S)  # the second one is being said
    world.rest("playback_stop", leg)
    world.until(9 * S)
    (payload,) = told(world, "call.transcription")
    assert payload["call_leg_id"] == leg.call_leg_id
    data = payload["transcription_data"]
    assert (data["transcript"], data["transcription_track"]) == ("Hi.", "outbound")


def test_a_second_transcription_is_refused(world: World) -> None:
    leg = world.answered()
    assert world.rest("transcription_start", leg).status == 200
    assert code(world.rest("transcription_start", leg)) == "90054"
    assert code(world.rest("transcription_start", world.incoming())) == "90034"


# --- Assistants -------------------------------------------------------------------------------------------------------


def test_a_conversation_ends_with_the_call_and_its_insights_follow(world: World) -> None:
    leg = world.answered()
    reply = world.rest("ai_assistant_start", leg, assistant={"id": "assistant-1"})
    say(world, leg, "I want to change my order")
    world.until(5 * S)
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))
    world.until(9 * S)
    (ended,) = told(world, "call.conversation.ended")
    assert ended["conversation_id"] == reply.body["data"]["conversation_id"]
    assert (ended["assistant_id"], ended["duration_sec"]) == ("assistant-1", 5)
    (insights,) = told(world, "call.conversation_insights.generated")
    assert [one["result"] for one in insights["results"]] == ["I want to change my order"]


def test_there_is_one_conversation_at_a_time(world: World) -> None:
    leg = world.answered()
    assert world.rest("ai_assistant_start", leg).status == 200
    assert code(world.rest("ai_assistant_start", leg)) == "90061"
    assert code(world.rest("conversation_relay_start", leg, url="ws://127.0.0.1:9/relay")) == "90061"
    world.rest("ai_assistant_stop", leg)
    assert world.rest("conversation_relay_start", leg, url="ws://127.0.0.1:9/relay").status == 200
    assert len(told(world, "call.conversation.ended")) == 1


def test_what_is_said_to_a_gathering_is_what_it_gathers(world: World) -> None:
    leg = world.answered()
    fields = {"type": "object", "properties": {"name": {"type": "string"}}}
    world.rest("gather_using_ai", leg, parameters=fields, send_partial_results=True, send_message_history_updates=True)
    say(world, leg, "Ada")
    (ended,) = told(world, "call.ai_gather.ended")
    assert (ended["result"], ended["status"]) == ({"name": "Ada"}, "valid")
    assert ended["message_history"] == [{"role": "user", "content": "Ada"}]
    assert told(world, "call.ai_gather.partial_results")
    assert told(world, "call.ai_gather.message_history_updated")


def test_a_gathering_to_which_nobody_speaks_ends_invalid(world: World) -> None:
    leg = world.answered()
    world.rest("gather_using_ai", leg, parameters={}, user_response_timeout_ms=3000)
    world.until(3 * S)
    (ended,) = told(world, "call.ai_gather.ended")
    assert (ended["result"], ended["status"]) == ({}, "invalid")


# --- Payment ----------------------------------------------------------------------------------------------------------


def test_a_card_is_pressed_step_by_step_and_charged(world: World) -> None:
    leg = world.answered()
    world.rest("pay", leg, amount=12.5, connector_name="shop", postal_code=False)
    press(world, leg, "4242424242424242#")
    press(world, leg, "1229")
    press(world, leg, "123#")
    steps = [(one["payment_step"], one["payment_status"]) for one in told(world, "call.payment.progress")]
    assert steps == [
        ("payment-card-number", "completed"),
        ("expiration-date", "completed"),
        ("security-code", "completed"),
        ("payment-processing", "processing"),
    ]
    (completed,) = told(world, "call.payment.completed")
    assert (completed["result"], completed["payment_card_number"]) == ("success", "************4242")
    assert "charge_id" in completed


def test_too_many_mistakes_fail_a_payment(world: World) -> None:
    leg = world.answered()
    world.rest("pay", leg, transaction_type="tokenize", max_attempts=2)
    press(world, leg, "42#")
    world.until(world.now + 6 * S)
    errors = [one.get("error_type") for one in told(world, "call.payment.progress")]
    assert errors == ["invalid-card-number", "timeout"]
    (completed,) = told(world, "call.payment.completed")
    assert completed["result"] == "too-many-failed-attempts"


def test_a_hangup_cancels_a_payment_before_it_is_told(world: World) -> None:
    leg = world.answered()
    world.rest("pay", leg, amount=1)
    world.rest("hangup", leg)
    assert [one["result"] for one in told(world, "call.payment.completed")] == ["cancelled"]
    assert world.webhooks()[-1] == "call.hangup"
    assert code(world.rest("pay", world.answered(), transaction_type="charge")) == "10004"


# --- Beside the call --------------------------------------------------------------------------------------------------


def test_a_second_payment_cancels_the_first(world: World) -> None:
    leg = world.answered()
    world.rest("pay", leg, amount=1)
    world.until(S)
    world.rest("pay", leg, amount=2)
    assert [one["result"] for one in told(world, "call.payment.completed")] == ["cancelled"]
    world.rest("hangup", leg)
    assert [one["result"] for one in told(world, "call.payment.completed")] == ["cancelled", "cancelled"]


def test_a_fork_is_told_of_and_ends_with_its_leg(world: World) -> None:
    leg = world.answered()
    assert code(world.rest("fork_stop", leg)) == "90031"
    assert code(world.rest("fork_start", leg, rx="udp:192.0.2.1:5000")) == "10004"
    world.rest("fork_start", leg, rx="udp:192.0.2.1:5000", tx="udp:192.0.2.1:5002")
    assert [one["stream_type"] for one in told(world, "call.fork.started")] == ["decrypted"]
    world.rest("hangup", leg)
    assert told(world, "call.fork.stopped")
    assert world.webhooks()[-2:] == ["call.fork.stopped", "call.hangup"]


def test_a_recorder_that_the_account_does_not_have_does_not_answer(world: World) -> None:
    leg = world.answered()
    world.rest("siprec_start", leg, connector_name="nobody")
    assert [one["failure_cause"] for one in told(world, "siprec.failed")] == ["no_answer"]
    world.account.siprec_connectors["recorder"] = {"name": "recorder"}
    world.rest("siprec_start", leg, connector_name="recorder")
    world.rest("siprec_stop", leg)
    assert told(world, "siprec.started")
    assert [one["hangup_cause"] for one in told(world, "siprec.stopped")] == ["normal_clearing"]


def test_sip_info_reaches_the_other_leg_of_the_session(world: World) -> None:
    leg = world.answered()
    other = world.dial(link_to=leg.call_control_id)
    world.feed(inputs.PickUp(other.call_leg_id))
    world.rest("send_sip_info", leg, body="hello", content_type="text/plain")
    (payload,) = told(world, "call.sip_info.received")
    assert (payload["call_leg_id"], payload["body"]) == (other.call_leg_id, "hello")


def test_a_person_who_speaks_is_no_deepfake_and_silence_is_not_judged(world: World) -> None:
    leg = world.answered(deepfake_detection={"enabled": True, "timeout": 5})
    leg.frames = Counted(frames_spoken=200)
    world.until(5 * S)
    assert [one["result"] for one in told(world, "call.deepfake_detection.result")] == ["real"]
    world.answered(deepfake_detection={"enabled": True, "timeout": 5})
    world.until(15 * S)
    assert [one["error_message"] for one in told(world, "call.deepfake_detection.error")] == ["rtp_timeout"]


def test_noise_suppression_is_taken_and_told_of_by_nothing(world: World) -> None:
    leg = world.answered()
    before = world.webhooks()
    assert world.rest("suppression_start", leg, direction="both").status == 200
    assert world.rest("suppression_stop", leg).status == 200
    assert world.webhooks() == before
