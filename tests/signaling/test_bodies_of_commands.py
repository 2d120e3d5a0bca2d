"""What stands in a body where something else belongs is refused with its place, before anything has happened."""

from typing import Any

import pytest
from world import OURS, THEIRS, World

from telnyx_simulator.signaling import events, inputs

DEEPFAKE = "deepfake_detection"


def pointers(reply: events.Replied) -> list[str]:
    assert reply.status == 422, reply.body
    return [one["source"]["pointer"] for one in reply.body["errors"]]


@pytest.fixture
def world() -> World:
    return World()


# A member of an object that a dial and an answer take, and where it is wrong.
MEMBERS: list[tuple[dict[str, Any], str]] = [
    ({DEEPFAKE: {}}, f"{DEEPFAKE}/enabled"),
    ({DEEPFAKE: {"enabled": "yes"}}, f"{DEEPFAKE}/enabled"),
    ({DEEPFAKE: {"enabled": True, "timeout": "5"}}, f"{DEEPFAKE}/timeout"),
    ({DEEPFAKE: {"enabled": True, "timeout": 4}}, f"{DEEPFAKE}/timeout"),
    ({DEEPFAKE: {"enabled": True, "rtp_timeout": 121}}, f"{DEEPFAKE}/rtp_timeout"),
    ({"assistant": {"name": "nobody"}}, "assistant/id"),
    ({"conversation_relay_config": {}}, "conversation_relay_config/url"),
    ({"conversation_relay_config": {"url": "http://127.0.0.1:3/"}}, "conversation_relay_config/url"),
    ({"transcription_config": {"transcription_engine": ["A"]}}, "transcription_config/transcription_engine"),
    ({"transcription_config": {"transcription_tracks": "all"}}, "transcription_config/transcription_tracks"),
]


@pytest.mark.parametrize(("body", "place"), MEMBERS, ids=[f"{place} {n}" for n, (_, place) in enumerate(MEMBERS)])
def test_members_of_an_object_are_judged_by_a_dial_and_by_an_answer(world: World, body: Any, place: str) -> None:
    dial = {"connection_id": world.connection, "from": OURS, "to": THEIRS, **body}
    assert pointers(world.rest("dial", **dial)) == [f"/{place}"]
    assert pointers(world.rest("answer", world.incoming(), **body)) == [f"/{place}"]
    assert world.webhooks() == ["call.initiated"]


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"early_media": "no"}, "/conference_config/early_media"),
        ({"start_conference_on_create": 1}, "/conference_config/start_conference_on_create"),
        ({"conference_name": ["room"]}, "/conference_config/conference_name"),
        ({"mute": "no"}, "/conference_config/mute"),
        ({"hold_audio_url": "nowhere"}, "/conference_config/hold_audio_url"),
        ({"hold_audio_url": "http://a.example/", "hold_media_name": "b"}, "/conference_config/hold_media_name"),
    ],
)
def test_a_dial_into_a_conference_judges_how(world: World, config: dict[str, Any], place: str) -> None:
    config = {"conference_name": "room"} | config
    dial = {"connection_id": world.connection, "from": OURS, "to": THEIRS, "conference_config": config}
    assert pointers(world.rest("dial", **dial)) == [place]


def test_what_a_dial_into_a_conference_does_not_take_has_no_effect(world: World) -> None:
    config = {"conference_name": "room", "early_media": False, "duration_minutes": "5", "max_participants": "1"}
    world.picked_up(conference_config=config)
    (room,) = world.switch.conferences.by_id.values()
    assert (room.expires_ns - room.began_ns, room.most) == (4 * 3600 * 10**9, 250)


@pytest.mark.parametrize(
    ("hook", "place"),
    [
        ({"webhook_url": 5}, "/webhook_url"),
        ({"webhook_url": "ftp://127.0.0.1/"}, "/webhook_url"),
        ({"webhook_urls": "call.hangup"}, "/webhook_urls"),
        ({"webhook_retries_policies": {"call.hangup": 1}}, "/webhook_retries_policies/call.hangup"),
    ],
)
@pytest.mark.parametrize(("command", "body"), [("hangup", {}), ("client_state_update", {"client_state": "YQ=="})])
def test_where_webhooks_go_is_judged_in_every_command(
    world: World, command: str, body: dict[str, Any], hook: dict[str, Any], place: str
) -> None:
    leg = world.answered()
    assert pointers(world.rest(command, leg, **body, **hook)) == [place]
    assert leg.is_alive


def test_what_belongs_to_another_command_is_ignored(world: World) -> None:
    leg = world.incoming()
    assert world.rest("answer", leg, supervise_call_control_id=[], link_to={}, audio_url=5).status == 200
    assert world.webhooks() == ["call.initiated", "call.answered"]


@pytest.mark.parametrize("properties", [5, [{}], "name"])
def test_ai_gathers_fields_that_have_names(world: World, properties: Any) -> None:
    leg = world.answered()
    reply = world.rest("gather_using_ai", leg, parameters={"properties": properties})
    assert pointers(reply) == ["/parameters/properties"]


def test_messages_to_an_assistant_are_objects_whatever_they_say(world: World) -> None:
    leg = world.answered()
    world.rest("ai_assistant_start", leg, assistant={"id": "one"})
    assert pointers(world.rest("ai_assistant_add_messages", leg, messages=[{}, "hello"])) == ["/messages/1"]
    assert world.rest("ai_assistant_add_messages", leg, messages=[{"role": "user"}]).status == 200
    world.feed(inputs.SpeechEnded(leg.call_leg_id, "yes"))
    world.rest("hangup", leg)
    world.until(world.now + 60 * 10**9)
    (told,) = [payload for event, payload in world.payloads() if event == "call.conversation_insights.generated"]
    assert told["results"][0]["result"].strip() == "yes"


@pytest.mark.parametrize("to", [THEIRS, f"{THEIRS},12"])
def test_a_telephone_line_knows_no_srtp(world: World, to: str) -> None:
    dial = {"connection_id": world.connection, "from": OURS, "to": to, "media_encryption": "SRTP"}
    for reply in (world.rest("dial", **dial), world.rest("transfer", world.answered(), to=to, media_encryption="SRTP")):
        assert pointers(reply) == ["/media_encryption"]
        assert reply.body["errors"][0]["code"] == "10011"
    for fine in ({"to": "sip:a@b.example.com"}, {"media_encryption": "disabled"}):
        assert world.rest("dial", **dial | fine).status == 200


def test_the_one_sip_header_that_may_be_set_is_user_to_user(world: World) -> None:
    one, other = ({"name": name, "value": "x"} for name in ("User-to-User", "X-Other"))
    assert pointers(world.rest("answer", world.incoming(), sip_headers=[one, other])) == ["/sip_headers/1/name"]
    assert pointers(world.rest("answer", world.incoming(), sip_headers=["x"])) == ["/sip_headers/0"]
    assert world.rest("answer", world.incoming(), sip_headers=[one], custom_headers=[other]).status == 200


def test_times_of_detection_are_not_below_zero(world: World) -> None:
    dial = {"connection_id": world.connection, "from": OURS, "to": THEIRS, "answering_machine_detection": "detect"}
    place = "answering_machine_detection_config"
    wrong = {"initial_silence_millis": -1, "beep_spectral_min_purity": -0.5, "maximum_number_of_words": 0}
    found = pointers(world.rest("dial", **dial, answering_machine_detection_config=wrong))
    assert found == [f"/{place}/initial_silence_millis", f"/{place}/beep_spectral_min_purity"]


def test_a_conference_that_nobody_knows_is_refused_for_that_whatever_else_is_wrong(world: World) -> None:
    for operation in ("join", "play", "update", "record_start", "unhold"):
        reply = world.rest(f"conference.{operation}", None, "nobody", call_control_id=["x"])
        assert (reply.status, reply.body["errors"][0]["code"]) == (404, "90058"), operation
