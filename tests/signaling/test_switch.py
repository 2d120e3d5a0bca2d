"""The switch on fake time: whole calls, and what commands do and do not do to them."""

import copy
import itertools
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import EPOCH_NS, HOOK, MS, OURS, STREAM, THEIRS, S, World

from telnyx_simulator.facts import errors, webhooks
from telnyx_simulator.facts.hangup_causes import CAUSES, SOURCES
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.far_end import CALLER_PATIENCE_NS, TEST_NUMBERS, Behavior
from telnyx_simulator.signaling.leg import Leg, LegState
from telnyx_simulator.signaling.stream import StreamState
from wire import assert_fields

CALL_STATE = {"call.answered", "call.hangup", "call.hold", "call.initiated", "call.unhold"}


@pytest.fixture
def world() -> World:
    return World()


def refused(reply: events.Replied) -> str:
    """The name of the one error of a reply."""
    (error,) = reply.body["errors"]
    known = [
        (len(fact.detail), name)
        for name, fact in errors.ERRORS.items()
        if (fact.status, fact.code, fact.title) == (reply.status, error["code"], error["title"])
        and re.fullmatch(re.sub(r"\\{\w+\\}", ".*", re.escape(fact.detail)), error["detail"])
    ]
    _, name = max(known)  # some details are all placeholder: the closest is meant
    assert not reply.effect
    return name


# --- Whole calls ------------------------------------------------------------------------------------------------------


def test_an_incoming_call_with_a_stream_from_ring_to_hangup(world):
    leg = world.incoming()
    world.until(1 * S)
    world.rest("answer", leg, stream_url=STREAM, stream_bidirectional_mode="rtp")
    world.until(1 * S + 250 * MS)
    world.feed(inputs.StreamAccepted(world.switch.stream_of(leg).stream_id))
    world.until(5 * S)
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))
    world.until(9 * S)
    assert list(world.story()) == [
        "LegBegan",
        "plan call.initiated",
        "attempt call.initiated",
        "reply 200",
        "LegAnswered",
        "plan call.answered",
        "attempt call.answered",
        "StreamRequested",
        "plan streaming.started",
        "StreamStarted",
        "attempt streaming.started",
        "LegEnded",
        "stream ends by telnyx, stop",
        "plan streaming.stopped",
        "plan call.hangup",
        "attempt streaming.stopped",
        "attempt call.hangup",
    ]
    assert world.hangup(leg) == ("normal_clearing", "caller", "200")
    assert (leg.began_ns, leg.answered_ns, leg.ended_ns) == (0, 1 * S, 5 * S)
    assert not world.switch.has_open_deliveries


def test_every_payload_of_a_call_has_the_fields_that_facts_list():
    world = World(application={"call_cost_in_webhooks": True})
    leg = world.streamed()
    world.feed(inputs.Press(call_leg_id=leg.call_leg_id, digits="5", tone_ns=MS, gap_ns=MS))
    world.feed(inputs.Hold(leg.call_leg_id))
    world.feed(inputs.Unhold(leg.call_leg_id))
    world.rest("hangup", leg)
    failing = world.answered(stream_url=STREAM)
    world.until(world.now + 250 * MS)
    world.feed(inputs.StreamRefused(world.switch.stream_of(failing).stream_id))
    world.dial()
    seen = set()
    for event, payload in world.payloads():
        assert_fields(webhooks.FIELDS[event], payload)
        seen.add(event)
    assert seen == {
        *CALL_STATE,
        "call.cost",
        "call.dtmf.received",
        "streaming.failed",
        "streaming.started",
        "streaming.stopped",
    }


def test_an_extra_webhook_of_any_event_has_the_fields_of_that_event(world):
    """Also one of an event that never happened, on a leg that never had a stream."""
    for leg in (world.incoming(), world.streamed()):
        for event in webhooks.EMITTED:
            happened = world.feed(inputs.ExtraWebhook(call_leg_id=leg.call_leg_id, event_type=event))
            (planned,) = [one.delivery for one in happened if isinstance(one, events.WebhookPlanned)]
            assert_fields(webhooks.FIELDS[event], planned.data["payload"])


def test_a_hangup_told_once_more_tells_of_the_same_end(world):
    leg = world.answered()
    world.until(3 * S)
    world.rest("hangup", leg)
    world.until(60 * S)
    world.feed(inputs.ExtraWebhook(call_leg_id=leg.call_leg_id, event_type="call.hangup"))
    (_, genuine), (_, extra) = [pair for pair in world.payloads() if pair[0] == "call.hangup"]
    assert extra == genuine
    assert genuine["end_time"] == "2026-01-01T00:00:03.000000Z"
    assert genuine["call_quality_stats"]["inbound"]["packet_count"] == "150"


@pytest.mark.parametrize(
    ("behavior", "webhooks_", "ending", "rings_s"),
    [
        (Behavior.BUSY, ["call.initiated", "call.hangup"], ("user_busy", "callee", "486"), 1),
        (Behavior.REJECTED, ["call.initiated", "call.hangup"], ("call_rejected", "callee", "603"), 1),
        (Behavior.NOT_FOUND, ["call.initiated", "call.hangup"], ("not_found", "callee", "404"), 1),
        (Behavior.NO_ANSWER, ["call.initiated", "call.hangup"], ("timeout", "unknown", "487"), 30),
        (
            Behavior.ANSWERS_AND_HANGS_UP,
            ["call.initiated", "call.answered", "call.hangup"],
            ("normal_clearing", "callee", "200"),
            2,
        ),
    ],
)
def test_a_dialed_number_meets_its_fate(world, behavior, webhooks_, ending, rings_s):
    leg = world.dial(behavior)
    world.until(100 * S)
    assert world.webhooks() == webhooks_
    assert (world.hangup(leg), leg.ended_ns) == (ending, rings_s * S)


@pytest.mark.parametrize("behavior", [Behavior.SPEAKS, Behavior.SILENT])
def test_a_dialed_person_who_answers_stays(world, behavior):
    leg = world.dial(behavior)
    world.until(100 * S)
    speaks = [at for at, event in world.log if isinstance(event, events.FarEndSpeaks)]
    assert (leg.state, leg.answered_ns) == (LegState.ANSWERED, 1 * S)
    assert speaks == ([1_500 * MS] if behavior is Behavior.SPEAKS else [])


def test_every_behavior_has_a_test_number_but_the_usual_one():
    assert set(TEST_NUMBERS.values()) == set(Behavior) - {Behavior.SPEAKS}


@pytest.mark.parametrize(
    ("given", "ending", "at_s"),
    [
        ({}, ("timeout", "unknown", "487"), 30),
        ({"timeout_secs": 5}, ("timeout", "unknown", "487"), 5),
        ({"timeout_secs": 7, "retry_on_timeout": False}, ("no_answer", "unknown", "480"), 7),
        ({"timeout_secs": 7, "retry_on_timeout": True}, ("timeout", "unknown", "487"), 7),
    ],
)
def test_a_dial_that_nobody_answers_ends_by_itself(world, given, ending, at_s):
    leg = world.dial(**given)
    world.until(at_s * S - 1)
    assert leg.state is LegState.RINGING
    world.until(at_s * S)
    assert (world.hangup(leg), leg.ended_ns) == (ending, at_s * S)


@pytest.mark.parametrize(("given", "limit_s"), [({"time_limit_secs": 30}, 30), ({}, 14_400)])
def test_a_dialed_call_ends_at_its_time_limit_counted_from_the_answer(world, given, limit_s):
    leg = world.dial(**given)
    world.until(10 * S)
    world.feed(inputs.PickUp(leg.call_leg_id))
    world.until((10 + limit_s) * S - 1)
    assert leg.state is LegState.ANSWERED
    world.until((10 + limit_s) * S)
    assert world.hangup(leg) == ("time_limit", "unknown", "200")


def test_timers_of_a_call_that_is_over_do_nothing(world):
    leg = world.dial(Behavior.SPEAKS, timeout_secs=5, time_limit_secs=30)
    world.until(2 * S)
    world.rest("hangup", leg)
    before = len(world.webhooks())
    world.until(100 * S)
    assert (len(world.webhooks()), leg.ended_ns) == (before, 2 * S)


def test_a_caller_with_a_mind_of_his_own_gives_up_after_a_minute(world):
    leg, other = world.incoming(behavior=Behavior.SPEAKS), world.incoming()
    world.until(CALLER_PATIENCE_NS)
    assert world.hangup(leg) == ("originator_cancel", "caller", "487")
    assert other.state is LegState.PARKED


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("source", [None, *SOURCES])
@pytest.mark.parametrize("sip", [None, "503", "unspecified"])
def test_the_far_end_can_end_a_call_with_any_cause_source_and_sip_response(world, cause, source, sip):
    parked, answered, ringing = world.incoming(), world.answered(), world.dial()
    words = {"cause": cause, "source": source, "sip": sip}
    world.feed(inputs.HangUp(call_leg_id=parked.call_leg_id, **words))
    world.feed(inputs.HangUp(call_leg_id=answered.call_leg_id, **words))
    world.feed(inputs.Refuse(call_leg_id=ringing.call_leg_id, **words))
    said = sip or CAUSES[cause].sip
    assert world.hangup(parked) == world.hangup(answered) == (cause, source or "caller", said)
    assert world.hangup(ringing) == (cause, source or "callee", said)


@pytest.mark.parametrize(
    ("cause", "ending"),
    [("CALL_REJECTED", ("call_rejected", "callee", "603")), ("USER_BUSY", ("user_busy", "callee", "486"))],
)
def test_a_rejected_caller_hears_why(world, cause, ending):
    leg = world.incoming()
    assert world.rest("reject", leg, cause=cause).body == {"data": {"result": "ok"}}
    assert world.hangup(leg) == ending


# --- Commands that come at the wrong time -----------------------------------------------------------------------------


ALL_COMMANDS = {
    "answer": {},
    "reject": {"cause": "USER_BUSY"},
    "hangup": {},
    "streaming_start": {"stream_url": STREAM},
    "streaming_stop": {},
    "client_state_update": {"client_state": "bmV3"},
}


@pytest.mark.parametrize(
    ("state", "errors_"),
    [
        ("parked", {"streaming_start": "call_not_answered"}),
        ("ringing", {"answer": "not_parked", "reject": "not_parked", "streaming_start": "call_not_answered"}),
        ("answered", {"answer": "not_parked", "reject": "not_parked"}),
        ("streamed", {"answer": "not_parked", "reject": "not_parked", "streaming_start": "media_streaming_used"}),
        ("ended", dict.fromkeys(ALL_COMMANDS, "call_ended")),
    ],
)
def test_a_command_that_the_state_does_not_allow_is_refused_and_changes_nothing(state, errors_):
    found = {}
    for operation, body in ALL_COMMANDS.items():
        world = World()
        match state:
            case "parked":
                leg = world.incoming()
            case "ringing":
                leg = world.dial()
            case "answered":
                leg = world.answered()
            case "streamed":
                leg = world.streamed()
            case "ended":
                leg = world.streamed()
                world.rest("hangup", leg)
        before = copy.deepcopy((world.switch.legs, world.switch.streams.by_id, world.switch.next_deadline()))
        extras = {"client_state": "c3RyYXk=", "webhook_url": "http://127.0.0.1:9/"}
        happened = world.feed(inputs.RestCommand(operation=operation, path_id=leg.call_control_id, body=body | extras))
        if happened[0].status != 200:
            found[operation] = refused(happened[0])
            assert (world.switch.legs, world.switch.streams.by_id, world.switch.next_deadline()) == before
            assert len(happened) == 1
    assert found == errors_


def test_the_codes_that_consumers_know_by_heart(world):
    leg = world.incoming()
    not_yet = world.rest("streaming_start", leg, stream_url=STREAM)
    world.rest("hangup", leg)
    over = world.rest("hangup", leg)
    assert (not_yet.status, not_yet.body["errors"][0]["code"]) == (422, "90034")
    assert (over.status, over.body["errors"][0]["code"]) == (422, "90018")


def test_an_unknown_call_control_id_is_refused_whatever_the_command(world):
    for operation in [*ALL_COMMANDS, "retrieve"]:
        command = inputs.RestCommand(operation=operation, path_id="v3:unknown", body={})
        (reply,) = world.feed(command)
        assert refused(reply) == "invalid_call_control_id"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"connection_id": "1234567890123456789"}, "invalid_connection"),
        ({"webhook_retries_policies": {"call.hangup": {"retries_ms": [60_001]}}}, "invalid_value"),
        ({"timeout_secs": 4}, "out_of_range"),
        ({"to": "07700900123"}, "not_e164"),
    ],
)
def test_a_refused_dial_leaves_no_leg_behind(world, given, error):
    body = {"connection_id": world.connection, "from": OURS, "to": THEIRS} | given
    (reply,) = world.feed(inputs.RestCommand(operation="dial", body=body))
    assert refused(reply) == error
    assert (world.switch.legs, world.switch.next_deadline()) == ({}, None)


@pytest.mark.parametrize("change", [{"active": False}, {"webhook_event_url": ""}])
def test_a_dial_needs_an_active_application_with_a_webhook_url(world, change):
    world.switch.account.applications[world.connection] |= change
    body = {"connection_id": world.connection, "from": OURS, "to": THEIRS}
    (reply,) = world.feed(inputs.RestCommand(operation="dial", body=body))
    assert refused(reply) == "invalid_connection"


def test_a_call_to_a_number_without_an_application_is_our_own_mistake(world):
    with pytest.raises(LookupError, match=r"no active application is behind \+12025550199"):
        world.incoming(to="+12025550199")


def test_a_call_can_be_retrieved_until_ten_minutes_after_its_end(world):
    leg = world.answered()
    world.until(90 * S)
    assert world.rest("retrieve", leg).body["data"]["is_alive"] is True
    world.rest("hangup", leg)
    world.until(690 * S)
    data = world.rest("retrieve", leg).body["data"]
    assert (data["is_alive"], data["call_duration"], data["end_time"]) == (False, 90, "2026-01-01T00:01:30.000Z")
    world.until(690 * S + 1)
    assert refused(world.rest("retrieve", leg)) == "not_found"


# --- Streams ----------------------------------------------------------------------------------------------------------


def test_a_stream_that_opens_before_the_answer_starts_after_it(world):
    leg = world.dial(stream_url=STREAM)
    stream = world.switch.stream_of(leg)
    world.until(250 * MS)
    world.feed(inputs.StreamAccepted(stream.stream_id))
    assert (stream.state, world.webhooks()) == (StreamState.OPEN, ["call.initiated"])
    world.until(4 * S)
    happened = world.feed(inputs.PickUp(leg.call_leg_id))
    assert [type(event).__name__ for event in happened] == [
        "LegAnswered",
        "WebhookPlanned",
        "WebhookPlanned",
        "StreamStarted",
    ]
    assert world.webhooks()[1:] == ["call.answered", "streaming.started"]


def test_a_call_that_ends_unanswered_closes_its_open_stream_without_a_stop(world):
    leg = world.dial(stream_url=STREAM)
    world.until(250 * MS)
    world.feed(inputs.StreamAccepted(world.switch.stream_of(leg).stream_id))
    happened = world.feed(inputs.Refuse(call_leg_id=leg.call_leg_id, cause="user_busy"))
    assert [(event.stop, event.by) for event in happened if isinstance(event, events.StreamEnded)] == [(None, "telnyx")]
    assert world.webhooks() == ["call.initiated", "call.hangup"]


def test_start_tells_the_call_and_the_codec_that_the_application_hears(world):
    leg = world.streamed()
    (body,) = [event.body for _, event in world.log if isinstance(event, events.StreamStarted)]
    assert body == {
        "user_id": world.switch.account.user_id,
        "call_control_id": leg.call_control_id,
        "call_session_id": leg.call_session_id,
        "from": THEIRS,
        "to": OURS,
        "tags": [],
        "client_state": None,
        "media_format": {"encoding": "PCMA", "sample_rate": 8000, "channels": 1},
    }


@pytest.mark.parametrize(
    ("given", "announced", "returned"),
    [
        ({}, ("PCMA", 8000), "PCMU"),
        ({"stream_bidirectional_mode": "mp3", "stream_bidirectional_codec": "PCMA"}, ("PCMA", 8000), "MP3"),
        ({"stream_codec": "default"}, ("PCMA", 8000), "PCMU"),
        ({"stream_codec": "G722", "stream_bidirectional_codec": "G722"}, ("G722", 8000), "G722"),
        ({"stream_codec": "OPUS", "stream_bidirectional_codec": "OPUS"}, ("OPUS", 8000), "OPUS/8000"),
        (
            {"stream_bidirectional_codec": "OPUS", "stream_bidirectional_sampling_rate": 22050},
            ("PCMA", 8000),
            "OPUS/24000",
        ),
        ({"stream_codec": "AMR-WB", "stream_bidirectional_codec": "AMR-WB"}, ("AMR-WB", 16000), "AMR-WB"),
        ({"stream_codec": "PCMU", "stream_bidirectional_codec": "PCMA"}, ("PCMU", 8000), "PCMA"),
        ({"stream_codec": "L16"}, ("L16", 8000), "PCMU"),
        (
            {"stream_codec": "L16", "stream_bidirectional_codec": "L16", "stream_bidirectional_sampling_rate": 24000},
            ("L16", 24000),
            "L16/24000/le",
        ),
    ],
)
def test_each_direction_has_a_codec_of_its_own(world, given, announced, returned):
    leg = world.answered(stream_url=STREAM, **({"stream_bidirectional_mode": "rtp"} | given))
    world.until(250 * MS)
    world.feed(inputs.StreamAccepted(world.switch.stream_of(leg).stream_id))
    (body,) = [event.body for _, event in world.log if isinstance(event, events.StreamStarted)]
    stream = world.switch.stream_of(leg)
    assert (body["media_format"]["encoding"], body["media_format"]["sample_rate"]) == announced
    assert stream.returned_codec == returned


@pytest.mark.parametrize(
    ("given", "lacking", "pointer"),
    [
        ({"stream_codec": "AMR-WB"}, ("AMR-WB", True), "/stream_codec"),
        ({"stream_bidirectional_codec": "OPUS"}, ("OPUS", False), "/stream_bidirectional_codec"),
        ({"stream_bidirectional_mode": "mp3"}, ("MP3", False), "/stream_bidirectional_mode"),
    ],
)
def test_what_this_machine_lacks_for_a_codec_is_said_with_the_line_that_installs_it(given, lacking, pointer):
    world = World(lacks=lambda *asked: ("it needs a library", "pip install it") if asked == lacking else None)
    leg = world.incoming()
    reply = world.rest("answer", leg, stream_url=STREAM, **given)
    (error,) = reply.body["errors"]
    assert (reply.status, error["detail"], error["source"]) == (
        501,
        "it needs a library: pip install it",
        {"pointer": pointer},
    )
    assert world.rest("answer", leg, stream_url=STREAM).effect


def test_a_stream_that_cannot_be_opened_fails_and_the_call_goes_on(world):
    leg = world.answered(stream_url=STREAM)
    stream = world.switch.stream_of(leg)
    world.until(250 * MS)
    world.feed(inputs.StreamRefused(stream.stream_id))
    event, payload = world.payloads()[-1]
    assert event == "streaming.failed"
    assert (payload["failure_reason"], payload["stream_id"], payload["stream_params"], payload["stream_type"]) == (
        "connection_failed",
        stream.stream_id,
        {"stream_url": STREAM, "track": "inbound_track"},
        "websocket",
    )
    assert leg.state is LegState.ANSWERED
    assert world.rest("streaming_start", leg, stream_url=STREAM).status == 200


def test_a_stream_that_the_application_closes_is_stopped_and_the_call_goes_on(world):
    leg = world.streamed()
    stream = world.switch.stream_of(leg)
    happened = world.feed(inputs.StreamClosedByApplication(stream.stream_id))
    assert isinstance(happened[0], events.StreamEnded)
    assert (happened[0].stop, happened[0].by) == (None, "application")
    assert (world.webhooks()[-1], leg.state) == ("streaming.stopped", LegState.ANSWERED)
    assert world.feed(inputs.StreamClosedByApplication(stream.stream_id)) == []


@pytest.mark.parametrize("by", ["network", "telnyx"])
def test_a_stream_that_is_lost_in_mid_call_is_stopped_and_the_call_goes_on(world, by):
    leg = world.streamed()
    stream = world.switch.stream_of(leg)
    happened = world.feed(inputs.StreamClosed(stream.stream_id, by))
    assert isinstance(happened[0], events.StreamEnded)
    assert (happened[0].stop is None, happened[0].by) == (by == "network", by)
    assert (world.webhooks()[-1], leg.state) == ("streaming.stopped", LegState.ANSWERED)
    assert world.feed(inputs.StreamClosed(stream.stream_id, by)) == []
    assert world.rest("streaming_start", leg, stream_url=STREAM).status == 200


def test_streaming_stop_ends_the_stream_and_not_the_call(world):
    leg = world.streamed()
    stream = world.switch.stream_of(leg)
    assert world.rest("streaming_stop", leg, stream_id="00000000-0000-4000-8000-000000000000").status == 200
    assert stream.state is StreamState.STARTED
    world.rest("streaming_stop", leg)
    ended = [event for _, event in world.log if isinstance(event, events.StreamEnded)]
    assert [(event.stop, event.by) for event in ended] == [
        ({"user_id": world.switch.account.user_id, "call_control_id": leg.call_control_id}, "telnyx")
    ]
    assert (world.webhooks()[-1], leg.state) == ("streaming.stopped", LegState.ANSWERED)


def test_news_of_a_stream_that_is_over_is_no_news(world):
    leg = world.answered(stream_url=STREAM)
    stream = world.switch.stream_of(leg)
    world.rest("streaming_stop", leg)
    world.until(S)
    for news in (inputs.StreamAccepted, inputs.StreamRefused, inputs.StreamClosedByApplication):
        assert world.feed(news(stream.stream_id)) == []
    assert not [event for _, event in world.log if isinstance(event, events.StreamRequested)]


def test_a_leg_may_have_one_stream_after_another(world):
    leg = world.streamed()
    first = world.switch.stream_of(leg)
    world.rest("streaming_stop", leg)
    world.rest("streaming_start", leg, stream_url=STREAM)
    second = world.switch.stream_of(leg)
    assert second.stream_id != first.stream_id
    assert (first.state, second.state) == (StreamState.ENDED, StreamState.OPENING)


@pytest.mark.parametrize("target", [None, "self", "both", "opposite"])
@pytest.mark.parametrize("mode", [None, "rtp", "mp3"])
def test_what_the_application_says_is_heard_on_the_legs_own_side(world, mode, target):
    named = {"stream_bidirectional_mode": mode, "stream_bidirectional_target_legs": target}
    leg = world.answered(stream_url=STREAM, **{name: value for name, value in named.items() if value})
    stream = world.switch.stream_of(leg)
    assert stream.is_heard("self") == (target != "opposite")
    assert stream.is_heard("opposite") == (target in ("self", "both"))


# --- What commands bring beside their purpose -------------------------------------------------------------------------


def test_a_command_that_is_repeated_under_its_command_id_is_one_command(world):
    leg = world.incoming()
    first = world.rest("answer", leg, command_id="one")
    assert (first.status, first.effect) == (200, True)
    again = world.rest("answer", leg, command_id="one")
    assert (again.status, again.body, again.effect) == (200, first.body, False)
    assert [kind for kind in world.story() if kind == "LegAnswered"] == ["LegAnswered"]
    assert refused(world.rest("answer", leg, command_id="two")) == "not_parked"
    assert refused(world.rest("answer", leg)) == "not_parked"
    world.until(61 * S)
    assert refused(world.rest("answer", leg, command_id="one")) == "not_parked"


def test_a_command_id_counts_for_one_call_and_not_when_it_was_refused(world):
    first, second = world.incoming(), world.incoming()
    for leg in (first, second):
        assert refused(world.rest("streaming_start", leg, command_id="one", stream_url=STREAM)) == "call_not_answered"
        assert world.rest("answer", leg, command_id="one").effect


def test_replies_are_kept_as_long_as_they_can_be_asked_for_and_only_where_they_can(world):
    legs = [world.answered() for _ in range(3)]
    kept = world.switch._commands._replies
    assert not kept
    for n, leg in enumerate(legs):
        world.until(40 * n * S)
        world.rest("send_dtmf", leg, digits="1", command_id=f"{n}")
        world.rest("send_dtmf", leg, digits="1")
    assert [command_id for _, command_id in kept] == ["1", "2"]


def test_a_dial_that_is_repeated_under_its_command_id_is_one_call(world):
    leg = world.dial(command_id="one")
    assert world.dial(command_id="one") is leg
    assert world.dial(command_id="two") is not leg


def test_client_state_is_null_until_a_command_brings_one_and_then_the_last_one(world):
    leg = world.incoming()
    world.rest("answer", leg, client_state="b25l")
    world.rest("client_state_update", leg, client_state="dHdv")
    world.feed(inputs.Press(call_leg_id=leg.call_leg_id, digits="1", tone_ns=MS, gap_ns=MS))
    world.rest("hangup", leg, client_state="dGhyZWU=")
    assert [(event, payload["client_state"]) for event, payload in world.payloads()] == [
        ("call.initiated", None),
        ("call.answered", "b25l"),
        ("call.dtmf.received", "dHdv"),
        ("call.hangup", "dGhyZWU="),
    ]


def test_a_commands_webhook_url_holds_for_the_rest_of_its_leg_and_for_no_other(world):
    leg, other = world.incoming(), world.incoming()
    world.rest("answer", leg, webhook_url="http://127.0.0.1:3/leg")
    world.rest("hangup", leg)
    world.rest("hangup", other)
    planned = [event.delivery for _, event in world.log if isinstance(event, events.WebhookPlanned)]
    assert [(one.event_type, one.url) for one in planned if world.leg_of(one) is leg] == [
        ("call.initiated", HOOK),
        ("call.answered", "http://127.0.0.1:3/leg"),
        ("call.hangup", "http://127.0.0.1:3/leg"),
    ]
    assert {one.url for one in planned if world.leg_of(one) is other} == {HOOK}


def test_webhook_urls_and_retry_policies_are_of_one_event(world):
    leg = world.dial(
        webhook_url="http://127.0.0.1:3/leg",
        webhook_urls={"call.hangup": ["http://127.0.0.1:4/a", "http://127.0.0.1:5/b"]},
        webhook_retries_policies={"call.hangup": {"retries_ms": [10]}},
    )
    world.rest("hangup", leg)
    planned = [event.delivery for _, event in world.log if isinstance(event, events.WebhookPlanned)]
    assert [(one.event_type, one.url, len(one.waits_ns)) for one in planned] == [
        ("call.initiated", "http://127.0.0.1:3/leg", 3),
        ("call.hangup", "http://127.0.0.1:4/a", 1),
        ("call.hangup", "http://127.0.0.1:5/b", 1),
    ]


def test_failed_deliveries_are_tried_again_on_schedule(world):
    world.webhook_status = None
    world.incoming()
    world.until(60 * S)
    moments = [at for at, event in world.log if isinstance(event, events.AttemptDue)]
    assert [at - moments[0] for at in moments] == [0, 1 * S, 3 * S, 7 * S]
    assert not world.switch.has_open_deliveries


def test_a_dial_linked_to_a_leg_shares_its_session(world):
    leg = world.incoming()
    linked, stranger = world.dial(link_to=leg.call_control_id), world.dial()
    assert linked.call_session_id == leg.call_session_id != stranger.call_session_id
    assert len({leg.call_leg_id, linked.call_leg_id, stranger.call_leg_id}) == 3


def test_custom_headers_come_back_in_every_event(world):
    headers = [{"name": "X-Order", "value": "7"}]
    leg = world.dial(custom_headers=headers)
    world.feed(inputs.PickUp(leg.call_leg_id))
    world.rest("hangup", leg)
    assert [payload["custom_headers"] for _, payload in world.payloads()] == [headers] * 3


def test_digits_come_one_by_one_with_pauses_between(world):
    leg = world.answered()
    world.feed(inputs.Press(call_leg_id=leg.call_leg_id, digits="1w2W#", tone_ns=100 * MS, gap_ns=50 * MS))
    world.until(10 * S)
    pressed = [(at // MS, event.digit) for at, event in world.log if isinstance(event, events.DigitPressed)]
    assert pressed == [(0, "1"), (650, "2"), (1800, "#")]
    assert [payload["digit"] for event, payload in world.payloads() if event == "call.dtmf.received"] == ["1", "2", "#"]


def test_digits_are_not_heard_before_the_answer_nor_after_the_end(world):
    leg = world.incoming()
    world.feed(inputs.Press(call_leg_id=leg.call_leg_id, digits="12", tone_ns=S, gap_ns=S))
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))
    world.until(10 * S)
    assert "call.dtmf.received" not in world.webhooks()


# --- Plans ------------------------------------------------------------------------------------------------------------


def plan_of(seed: int, *, neighbours: int = 0, epoch_ns: int = EPOCH_NS) -> list[Any]:
    """Everything that one call plans: ids, bodies, moments."""
    world = World(seed)
    world.switch._board.epoch_ns = world.switch._board.outbox._epoch_ns = epoch_ns
    first = world.streamed()
    for _ in range(neighbours):
        world.feed(inputs.HangUp(call_leg_id=world.answered(stream_url=STREAM).call_leg_id))
    world.until(5 * S)
    world.rest("hangup", first)
    world.until(9 * S)
    planned = [event.delivery for _, event in world.log if isinstance(event, events.WebhookPlanned)]
    mine = [one for one in planned if one.call_leg_id == first.call_leg_id]
    return [next(iter(world.switch.streams.by_id)), *((one.delivery_id, one.due_ns, one.data) for one in mine)]


def ids_of(plan: list[Any]) -> list[Any]:
    return [plan[0], *((key, due, data["id"], data["payload"]["call_leg_id"]) for key, due, data in plan[1:])]


def test_equal_seeds_give_equal_plans_with_all_ids():
    assert plan_of(3) == plan_of(3)


def test_different_seeds_give_different_plans():
    ids = [str(part) for seed in range(5) for part in plan_of(seed)]
    assert len(set(ids)) == len(ids)


def test_a_plan_does_not_hang_on_the_day_of_the_run():
    assert ids_of(plan_of(3)) == ids_of(plan_of(3, epoch_ns=EPOCH_NS + 86_400 * S))


def test_a_call_beside_it_does_not_shift_a_calls_plan():
    assert plan_of(3) == plan_of(3, neighbours=4)


# --- Anything at all --------------------------------------------------------------------------------------------------


ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("incoming", "dial", *ALL_COMMANDS, "pick_up", "refuse", "hang_up"),
                *("accept", "decline", "close", "press", "hold", "unhold"),
            ]
        ),
        st.integers(0, 3),
        st.integers(0, 3 * S),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(ACTS, st.sampled_from([200, 404, 500, None]))
def test_whatever_happens_each_leg_is_announced_first_and_ends_at_most_once(acts, status):
    world = World()
    world.webhook_status = status
    for act, which, pause_ns in acts:
        legs = list(world.switch.legs.values())
        perform(world, act, legs[which % len(legs)] if legs else None)
        world.until(world.now + pause_ns)
    for leg in world.switch.legs.values():
        told = world.webhooks(leg)
        assert told[0] == "call.initiated"
        assert told.count("call.hangup") == (0 if leg.is_alive else 1)
        assert told.count("call.answered") == (leg.answered_ns is not None)
        assert leg.is_alive or told[-1] == "call.hangup"
        assert told.count("streaming.started") >= told.count("streaming.stopped")
        assert leg.is_alive or told.count("streaming.started") == told.count("streaming.stopped")
    for before, after in itertools.pairwise(at for at, _ in world.log):
        assert before <= after


def perform(world: World, act: str, leg: Leg | None) -> None:
    if act == "incoming":
        world.incoming()
    elif act == "dial":
        world.dial(stream_url=STREAM)
    elif leg is None:
        return
    elif act in ALL_COMMANDS:
        world.rest(act, leg, **ALL_COMMANDS[act])
    elif act == "press":
        world.feed(inputs.Press(call_leg_id=leg.call_leg_id, digits="1w2", tone_ns=MS, gap_ns=MS))
    elif act == "pick_up":
        world.feed(inputs.PickUp(leg.call_leg_id))
    elif act == "refuse":
        world.feed(inputs.Refuse(call_leg_id=leg.call_leg_id, cause="user_busy"))
    elif act in ("hold", "unhold"):
        world.feed(inputs.Hold(leg.call_leg_id) if act == "hold" else inputs.Unhold(leg.call_leg_id))
    elif act == "hang_up":
        world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))
    elif stream := world.switch.stream_of(leg):
        news = {
            "accept": inputs.StreamAccepted,
            "decline": inputs.StreamRefused,
            "close": inputs.StreamClosedByApplication,
        }
        world.feed(news[act](stream.stream_id))


def test_what_commands_made_stands_until_something_ends_it() -> None:
    world = World()
    one, two = world.answered(), world.answered()
    nothing: dict[str, Any] = {"conferences": {}, "queues": {}, "recordings": {}}
    assert world.switch.standing() == nothing
    room = world.rest("conference.create", call_control_id=one.call_control_id, name="room").body["data"]["id"]
    world.rest("record_start", two, format="wav", channels="single")
    world.rest("enqueue", two, queue_name="support")
    standing = world.switch.standing()
    assert standing["conferences"] == {room: {"name": "room", "participants": [one.call_control_id]}}
    assert standing["queues"] == {"support": {"max_size": 100, "kept": [two.call_control_id]}}
    assert [one["of"] for one in standing["recordings"].values()] == [[two.call_leg_id]]
    world.rest("hangup", one)
    world.rest("hangup", two)
    assert world.switch.standing() == nothing | {"queues": {"support": {"max_size": 100, "kept": []}}}
