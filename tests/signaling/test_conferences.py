"""Conferences on fake time: who is in, who hears whom, what is told of it, and how they end."""

import pytest
from world import EPOCH_NS, OURS, THEIRS, S, World

from telnyx_simulator.facts import webhooks
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.leg import LegState
from telnyx_simulator.signaling.payloads import iso_ms
from wire import assert_fields

AUDIO, MUSIC = "http://127.0.0.1:3/hello.wav", "http://127.0.0.1:3/music.mp3"
STATE, OTHER = "c3RhdGU=", "b3RoZXI="
HOUR = 3600 * S


@pytest.fixture
def world() -> World:
    return World()


def code(reply: events.Replied) -> tuple[int | None, str, str | None]:
    """Status, code and pointer of a refusal."""
    (error,) = reply.body["errors"]
    assert not reply.effect
    return reply.status, error["code"], error.get("source", {}).get("pointer")


class Room:
    """A conference made of the first leg; what is asked of it."""

    def __init__(self, world, creator, **body):
        self.world = world
        given = {"name": "room", "call_control_id": creator.call_control_id} | body
        reply = world.rest("conference.create", **given)
        assert reply.status == 200, reply.body
        self.id = reply.body["data"]["id"]

    def do(self, verb, *legs, **body):
        if legs:
            body = {"call_control_ids": [leg.call_control_id for leg in legs]} | body
        reply = self.world.rest(f"conference.{verb}", None, self.id, **body)
        assert (reply.status, reply.body) == (200, {"data": {"result": "ok"}}), reply.body
        return reply

    def join(self, leg, **body):
        return self.do("join", call_control_id=leg.call_control_id, **body)

    def leave(self, leg, **body):
        return self.do("leave", call_control_id=leg.call_control_id, **body)

    def refuses(self, verb, **body):
        return code(self.world.rest(f"conference.{verb}", None, self.id, **body))

    @property
    def resource(self):
        return self.world.rest("conference.retrieve", None, self.id).body["data"]

    @property
    def participants(self):
        return self.world.rest("participant.list", None, self.id).body["data"]


def three(world, **body):
    """A conference of three, and its legs."""
    legs = [world.answered(), world.picked_up(), world.picked_up()]
    room = Room(world, legs[0], **body)
    for leg in legs[1:]:
        room.join(leg)
    return room, *legs


def hangs_up(world, leg):
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))


def sets(world, *legs):
    return [world.hears(leg) for leg in legs]


# --- Who is in --------------------------------------------------------------------------------------------------------


def test_a_conference_is_made_of_a_leg_and_told_of_in_the_order_of_the_capture(world):
    leg = world.answered()
    n = len(world.news())
    room = Room(world, leg, client_state=STATE)
    assert [event for event, _ in world.news()[n:]] == [
        "conference.floor.changed",
        "conference.created",
        "conference.participant.joined",
    ]
    for event, payload in world.payloads()[n:]:
        assert_fields(webhooks.FIELDS[event], payload)
        assert (payload["conference_id"], payload["call_control_id"]) == (room.id, leg.call_control_id)
        assert payload["client_state"] == STATE
    assert room.resource == {
        "record_type": "conference",
        "id": room.id,
        "name": "room",
        "created_at": iso_ms(EPOCH_NS),
        "expires_at": iso_ms(EPOCH_NS + 4 * HOUR),
        "updated_at": iso_ms(EPOCH_NS),
        "region": "sv1",
        "status": "in_progress",
        "end_reason": None,
        "ended_by": None,
        "connection_id": leg.connection_id,
    }


def test_everybody_in_a_conference_hears_everybody_else(world):
    _, one, two, three_ = three(world)
    assert sets(world, one, two, three_) == [[two, three_], [one, three_], [one, two]]
    assert world.peer(one) is None


def test_the_events_of_a_participant_carry_their_ids_and_the_creators_client_state(world):
    one, two = world.answered(), world.picked_up()
    room = Room(world, one, client_state=STATE)
    room.join(two, client_state=OTHER)
    event, payload = world.payloads(two)[-1]
    assert (event, payload["call_control_id"], payload["client_state"]) == (
        "conference.participant.joined",
        two.call_control_id,
        STATE,
    )
    assert two.client_state == OTHER


def test_who_hangs_up_has_left_after_the_hangup_and_the_last_one_ends_the_conference(world):
    one, two = world.answered(), world.picked_up()
    room = Room(world, one)
    room.join(two)
    n = len(world.news())
    hangs_up(world, one)
    assert world.news()[n:] == [("call.hangup", one), ("conference.participant.left", one)]
    assert (two.is_alive, world.hears(two)) == (True, [])
    hangs_up(world, two)
    assert [event for event, _ in world.news()[n + 2 :]] == [
        "call.hangup",
        "conference.participant.left",
        "conference.ended",
    ]
    assert world.payloads()[-1][1]["reason"] == "all_left"
    ended_by = {"call_control_id": two.call_control_id, "call_session_id": two.call_session_id}
    about = room.resource
    assert (about["status"], about["end_reason"], about["ended_by"]) == ("completed", "all_left", ended_by)


def test_who_leaves_is_parked_and_can_join_again(world):
    room, one, two, three_ = three(world)
    room.leave(two)
    assert (two.state, sets(world, one, two, three_)) == (LegState.ANSWERED, [[three_], [], [one]])
    assert [one["status"] for one in room.participants] == ["joined", "left", "joined"]
    room.join(two)
    assert world.hears(two) == [one, three_]


def test_a_leg_is_in_one_conference_or_bridge_at_a_time(world):
    room, one, two, three_ = three(world)
    other = Room(world, two, name="other")
    assert sets(world, one, two, three_) == [[three_], [], [one]]
    assert world.rest("bridge", three_, call_control_id=two.call_control_id).status == 200
    assert sets(world, one, two, three_) == [[], [three_], [two]]
    assert (room.resource["status"], other.resource["status"]) == ("in_progress", "completed")
    room.join(two)
    assert (three_.is_alive, sets(world, one, two)) == (False, [[two], [one]])


def test_what_cannot_join_is_refused(world):
    one, ringing, gone, parked = world.answered(), world.dial(), world.answered(), world.incoming()
    world.rest("hangup", gone)
    name, key = {"name": "room"}, "call_control_id"
    assert code(world.rest("conference.create", **name, call_control_id="v3:x")) == (422, "90015", "/call_control_id")
    assert code(world.rest("conference.create", **name, call_control_id=gone.call_control_id))[:2] == (422, "90018")
    assert code(world.rest("conference.create", **name, call_control_id=parked.call_control_id))[:2] == (422, "90034")
    assert code(world.rest("conference.create", call_control_id=one.call_control_id)) == (422, "10004", "/name")
    room = Room(world, one, max_participants=2)
    again = {"name": "room", key: world.answered().call_control_id}
    assert code(world.rest("conference.create", **again)) == (422, "90033", None)
    assert room.refuses("join", call_control_id=one.call_control_id) == (422, "90044", None)
    assert room.refuses("join", call_control_id=ringing.call_control_id) == (422, "90034", None)
    room.join(world.answered())
    assert room.refuses("join", call_control_id=world.answered().call_control_id) == (422, "90032", None)
    assert room.refuses("leave", call_control_id=ringing.call_control_id) == (422, "10015", "/call_control_id")
    assert code(world.rest("conference.join", None, "nobody", call_control_id="x")) == (404, "90058", None)
    assert code(world.rest("conference.retrieve", None, "nobody")) == (404, "90058", None)
    hangs_up(world, one)
    room.do("end")
    assert room.refuses("end") == (422, "90019", None)


# --- Who hears whom ---------------------------------------------------------------------------------------------------


def test_a_muted_participant_hears_and_is_not_heard(world):
    room, one, two, three_ = three(world)
    room.do("mute", two)
    assert sets(world, one, two, three_) == [[three_], [one, three_], [one]]
    assert [one["muted"] for one in room.participants] == [False, True, False]
    room.do("mute")
    assert sets(world, one, two, three_) == [[], [], []]
    room.do("unmute")
    assert sets(world, one, two, three_) == [[two, three_], [one, three_], [one, two]]


def test_on_hold_one_neither_hears_nor_is_heard_but_for_the_hold_audio(world):
    room, one, two, three_ = three(world)
    room.do("hold", two, audio_url=MUSIC)
    assert sets(world, one, two, three_) == [[three_], [], [one]]
    assert world.open_sounds() == [("url", MUSIC, [two])]
    assert [one["on_hold"] for one in room.participants] == [False, True, False]
    room.do("unhold", two)
    assert (world.open_sounds(), world.hears(two)) == ([], [one, three_])


def test_a_conference_that_is_not_started_holds_everybody_until_somebody_starts_it(world):
    one, two, host = world.answered(), world.picked_up(), world.picked_up()
    room = Room(world, one, start_conference_on_create=False, hold_audio_url=MUSIC)
    room.join(two)
    assert (room.resource["status"], sets(world, one, two)) == ("init", [[], []])
    assert world.open_sounds() == [("url", MUSIC, [one]), ("url", MUSIC, [two])]
    room.join(host, start_conference_on_enter=True)
    assert (room.resource["status"], world.hears(one), world.open_sounds()) == ("in_progress", [two, host], [])


@pytest.mark.parametrize(
    ("role", "heard_by"),
    [("none", "both"), ("barge", "both"), ("monitor", "nobody"), ("whisper", "agent")],
)
def test_a_supervisor_of_a_conference_is_heard_as_the_role_says(world, role, heard_by):
    caller, agent, boss = world.answered(), world.picked_up(), world.picked_up()
    room = Room(world, caller)
    room.join(agent)
    room.join(boss, supervisor_role=role, whisper_call_control_ids=[agent.call_control_id])
    assert world.hears(boss) == [caller, agent]
    assert (boss in world.hears(caller), boss in world.hears(agent)) == (
        heard_by == "both",
        heard_by in ("both", "agent"),
    )
    room.do("update", call_control_id=boss.call_control_id, supervisor_role="monitor")
    assert (world.hears(caller), world.hears(agent)) == ([agent], [caller])
    room.do("update", call_control_id=boss.call_control_id, supervisor_role="whisper")
    assert world.hears(agent) == [caller], "a whisper that is for nobody is heard by nobody"


@pytest.mark.parametrize(
    ("beep", "own", "beeps"),
    [
        ("never", None, 0),
        ("always", None, 2),
        ("on_enter", None, 1),
        ("on_exit", None, 1),
        ("never", "always", 2),
        ("always", "never", 0),
    ],
)
def test_a_beep_tells_of_those_who_come_and_go(world, beep, own, beeps):
    one, two = world.answered(), world.answered()
    room = Room(world, one, beep_enabled=beep)
    # The first one who is there is told of as well.
    n = len(world.sounds())
    room.join(two, **({"beep_enabled": own} if own else {}))
    room.leave(two)
    world.until(world.now + 5 * S)
    assert [what for _, _, what in world.sounds()[n:]] == ["beep"] * beeps


def test_the_floor_goes_to_whoever_speaks(world):
    room, one, two, _ = three(world)
    n = len(world.news())
    for leg in (one, two, two, one):
        world.feed(inputs.SpeechEnded(leg.call_leg_id, "hello"))
    assert world.news()[n:] == [("conference.floor.changed", two), ("conference.floor.changed", one)]
    room.do("mute", two)
    world.feed(inputs.SpeechEnded(two.call_leg_id, "hello?"))
    assert len(world.news()) == n + 2


# --- How it ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["hangup", "leave"])
def test_the_exit_of_a_host_hangs_everybody_up(world, how):
    one, host, three_ = world.answered(), world.picked_up(), world.picked_up()
    room = Room(world, one)
    room.join(host, end_conference_on_exit=True)
    room.join(three_)
    if how == "hangup":
        hangs_up(world, host)
    else:
        room.leave(host)
    assert [leg.is_alive for leg in (one, host, three_)] == [False, how == "leave", False]
    assert world.hangup(one) == ("time_limit", "unknown", "200")
    event, payload = world.payloads()[-1]
    assert (event, payload["reason"]) == ("conference.ended", "host_left")
    assert (room.resource["end_reason"], room.resource["ended_by"]["call_control_id"]) == (
        "host_left",
        host.call_control_id,
    )


def test_a_soft_end_leaves_the_others_parked(world):
    one, host, three_ = world.answered(), world.picked_up(), world.picked_up()
    room = Room(world, one)
    room.join(host, soft_end_conference_on_exit=True)
    room.join(three_)
    hangs_up(world, host)
    assert [leg.is_alive for leg in (one, host, three_)] == [True, False, True]
    assert (sets(world, one, three_), room.resource["status"]) == ([[], []], "completed")
    assert world.webhooks().count("conference.participant.left") == 3


def test_a_participant_can_be_made_host_later(world):
    room, one, two, _ = three(world)
    key = room.participants[1]["id"]
    reply = world.rest("participant.update", None, room.id, key, end_conference_on_exit=True)
    assert reply.body["data"]["end_conference_on_exit"] is True
    hangs_up(world, two)
    assert not one.is_alive


def test_an_end_by_command_hangs_everybody_up(world):
    room, one, two, three_ = three(world)
    n = len(world.news())
    room.do("end")
    assert world.news()[n:] == [
        *[(event, leg) for leg in (one, two, three_) for event in ("call.hangup", "conference.participant.left")],
        ("conference.ended", one),
    ]
    about = room.resource
    assert (about["end_reason"], about["ended_by"]) == (
        "ended_via_api",
        {"call_control_id": None, "call_session_id": None},
    )
    Room(world, world.answered())  # the name is free again


def test_the_creator_goes_with_the_conference_unless_they_left_it_by_command(world):
    one, two = world.answered(), world.picked_up()
    room = Room(world, one)
    room.join(two)
    Room(world, one, name="elsewhere")
    room.do("end")
    assert not one.is_alive
    one, two = world.answered(), world.picked_up()
    room = Room(world, one)
    room.join(two)
    room.leave(one)
    room.do("end")
    assert (one.is_alive, two.is_alive) == (True, False)


@pytest.mark.parametrize(("body", "lasts"), [({}, 4 * HOUR), ({"duration_minutes": 5}, 300 * S)])
def test_a_conference_ends_when_its_time_is_over(world, body, lasts):
    leg = world.picked_up(time_limit_secs=14400)
    world.until(1 * S)
    room = Room(world, world.answered(), **body)
    room.join(leg)
    world.until(lasts + 2 * S)
    assert not leg.is_alive
    if body:
        (ended,) = [payload for event, payload in world.payloads() if event == "conference.ended"]
        assert (ended["reason"], room.resource["end_reason"]) == ("time_exceeded", "time_exceeded")
        assert_fields(webhooks.FIELDS["conference.ended"], ended)


# --- What is heard ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "body", "what"),
    [
        ("play", {"audio_url": AUDIO}, "playback"),
        ("play", {"media_name": "hello"}, "playback"),
        ("speak", {"payload": "Hello.", "voice": "female"}, "speak"),
    ],
)
def test_a_sound_for_all_names_no_leg_and_one_for_some_names_each(world, verb, body, what):
    room, one, two, three_ = three(world)
    n = len(world.news())
    room.do(verb, **body)
    ((_, _, hears),) = world.open_sounds()
    assert hears == [one, two, three_]
    world.until(world.now + 5 * S)
    assert [event for event, _ in world.news()[n:]] == [f"conference.{what}.started", f"conference.{what}.ended"]
    for event, payload in world.payloads()[n:]:
        assert_fields(webhooks.FIELDS[event], payload)
        assert "call_control_id" not in payload
    n = len(world.news())
    room.do(verb, two, three_, **body)
    world.until(world.now + 5 * S)
    assert sorted(event for event, _ in world.news()[n:]) == sorted(
        f"conference.participant.{what}.{end}" for end in ("started", "ended") for _ in range(2)
    )
    for event, payload in world.payloads()[n:]:
        assert_fields(webhooks.FIELDS[event], payload)
        assert payload["creator_call_session_id"] == one.call_session_id


def test_what_plays_can_be_stopped_for_all_or_for_one(world):
    room, _, two, _ = three(world)
    room.do("play", audio_url=AUDIO, loop="infinity")
    room.do("play", two, audio_url=MUSIC, loop="infinity")
    room.do("stop", two)
    assert [what for _, what, _ in world.open_sounds()] == [AUDIO]
    room.do("stop")
    assert world.open_sounds() == []
    ended = [event for event in world.webhooks() if event.endswith("playback.ended")]
    assert ended == ["conference.participant.playback.ended", "conference.playback.ended"]


def test_what_everybody_hears_goes_on_when_one_leaves_who_hears_no_more_of_it(world):
    room, one, two, _ = three(world)
    room.do("play", audio_url=AUDIO, loop="infinity")
    room.leave(two)
    stops = [event.announcement.call_leg_ids for _, event in world.log if isinstance(event, events.SoundStops)]
    assert stops == [(two.call_leg_id,)]
    hangs_up(world, one)
    assert "conference.playback.ended" not in world.webhooks()


def heard_by(world, n, *kinds):
    """What happened to sounds since, and on which legs."""
    return [
        (type(event).__name__, [world.switch.legs[key] for key in event.announcement.call_leg_ids])
        for _, event in world.log[n:]
        if isinstance(event, kinds)
    ]


def test_who_comes_later_hears_what_everybody_hears_from_where_it_is(world):
    one, two = world.answered(), world.picked_up()
    room = Room(world, one)
    room.do("play", audio_url=AUDIO, loop="infinity")
    n, kinds = len(world.log), (events.SoundStarts, events.SoundGoesOn, events.SoundStops)
    room.join(two)
    assert heard_by(world, n, *kinds) == [("SoundGoesOn", [two])]
    n = len(world.log)
    room.do("hold", two)
    room.do("unhold", two)
    assert heard_by(world, n, *kinds) == [("SoundStops", [two]), ("SoundGoesOn", [two])]
    n = len(world.log)
    room.do("mute", two)  # which changes nothing for their ear
    room.do("stop")
    assert heard_by(world, n, *kinds) == [("SoundStops", [one, two])]


def test_who_comes_before_it_starts_hears_all_of_it(world):
    one, two = world.answered(), world.picked_up()
    world.sounds_ns = None
    room = Room(world, one)
    room.do("play", audio_url=AUDIO)
    *_, wanted = [event for _, event in world.log if isinstance(event, events.SoundWanted)]
    room.join(two)
    n = len(world.log)
    world.feed(inputs.SoundReady(wanted.announcement.announcement_id, 2 * S))
    world.until(world.now + 5 * S)
    assert heard_by(world, n, events.SoundStarts, events.SoundGoesOn) == [("SoundStarts", [one, two])]
    n = len(world.log)
    room.join(world.picked_up())  # it is over
    assert heard_by(world, n, events.SoundGoesOn) == []


def test_digits_are_sent_to_all_or_some(world):
    room, one, two, three_ = three(world)
    room.do("send_dtmf", digits="12", duration_millis=100)
    room.do("send_dtmf", two, digits="3")
    sent = [(event.call_leg_id, event.digits) for _, event in world.log if isinstance(event, events.KeysSent)]
    assert sent == [(leg.call_leg_id, "12") for leg in (one, two, three_)] + [(two.call_leg_id, "3")]


def test_digits_are_gathered_from_one(world):
    room, _, two, _ = three(world)
    room.do("gather_using_audio", call_control_id=two.call_control_id, audio_url=AUDIO, maximum_digits=1)
    world.until(world.now + 3 * S)
    world.feed(inputs.Press(call_leg_id=two.call_leg_id, digits="7", tone_ns=S, gap_ns=S))
    (ended,) = [payload for event, payload in world.payloads(two) if event == "call.gather.ended"]
    assert (ended["digits"], ended["status"]) == ("7", "valid")


def test_a_recording_is_of_those_who_are_there(world):
    room, one, two, three_ = three(world)
    room.do("record_start", format="wav")
    (began,) = [event.recording for _, event in world.log if isinstance(event, events.RecordingBegan)]
    assert (began.conference_id, began.channels, began.format) == (room.id, "single", "wav")
    assert began.call_leg_ids == [leg.call_leg_id for leg in (one, two, three_)]
    hangs_up(world, three_)
    assert began.call_leg_ids == [leg.call_leg_id for leg in (one, two)]
    room.do("record_pause", recording_id=began.recording_id)
    room.do("record_resume")
    room.do("record_stop")
    kinds = [type(event).__name__ for _, event in world.log if isinstance(event, events.OfSound)]
    assert [kind for kind in kinds if kind.startswith("Rec")] == [
        "RecordingBegan",
        "RecordingPaused",
        "RecordingPaused",
        "RecordingEnded",
    ]
    world.feed(inputs.RecordingReady(began.recording_id, S, "/recordings/one.wav"))
    (saved,) = [payload for event, payload in world.payloads() if event == "conference.recording.saved"]
    assert_fields(webhooks.FIELDS["conference.recording.saved"], saved)
    assert saved["conference_id"] == room.id


def test_a_recording_is_the_creators_also_when_they_have_gone(world):
    room, one, *_ = three(world, client_state="b25l")
    hangs_up(world, one)
    room.do("record_start", format="wav")
    room.do("record_stop")
    (began,) = [event.recording for _, event in world.log if isinstance(event, events.RecordingBegan)]
    world.feed(inputs.RecordingReady(began.recording_id, S, "/recordings/one.wav"))
    (saved,) = [payload for event, payload in world.payloads() if event == "conference.recording.saved"]
    assert (saved["client_state"], saved["call_session_id"]) == ("b25l", one.call_session_id)


def test_the_end_of_a_conference_ends_its_recording(world):
    room, *_ = three(world)
    room.do("record_start", format="mp3")
    room.do("end")
    assert any(isinstance(event, events.RecordingEnded) for _, event in world.log)


def test_who_is_not_in_a_conference_is_nobody_to_it(world):
    room, *_ = three(world)
    stranger = {"call_control_ids": [world.answered().call_control_id]}
    for verb, body in (
        ("mute", {}),
        ("hold", {}),
        ("unhold", {}),
        ("play", {"audio_url": AUDIO}),
        ("stop", {}),
        ("send_dtmf", {"digits": "1"}),
    ):
        assert room.refuses(verb, **stranger, **body) == (422, "10015", "/call_control_ids")
    assert room.refuses("play") == (422, "10004", "/audio_url")


# --- Dials into a conference ------------------------------------------------------------------------------------------


def test_a_dial_joins_as_it_rings_and_is_heard_once_it_is_answered(world):
    one = world.answered()
    room = Room(world, one)
    two = world.dial(conference_config={"id": room.id, "mute": False, "beep_enabled": "never"})
    world.until(world.now)
    assert [event for event, leg in world.news() if leg is two] == ["call.initiated", "conference.participant.joined"]
    assert world.hears(one) == []
    world.feed(inputs.PickUp(two.call_leg_id))
    assert sets(world, one, two) == [[two], [one]]


def test_without_early_media_it_joins_with_the_answer_and_makes_the_conference_if_need_be(world):
    config = {"conference_name": "hall", "early_media": False, "end_conference_on_exit": True}
    one = world.dial(conference_config=config)
    world.until(S)
    assert world.webhooks(one) == ["call.initiated"]
    world.feed(inputs.PickUp(one.call_leg_id))
    assert world.webhooks(one) == [
        "call.initiated",
        "call.answered",
        "conference.floor.changed",
        "conference.created",
        "conference.participant.joined",
    ]
    two = world.picked_up(conference_config=config)
    assert sets(world, one, two) == [[two], [one]]


def test_a_dial_that_fails_leaves_the_conference(world):
    one = world.answered()
    room = Room(world, one)
    two = world.dial(conference_config={"conference_name": "room"})
    world.until(40 * S)
    assert [event for event, leg in world.news() if leg is two] == [
        "call.initiated",
        "conference.participant.joined",
        "call.hangup",
        "conference.participant.left",
    ]
    assert room.resource["status"] == "in_progress"


def test_a_dial_into_no_conference_is_refused(world):
    body = {"connection_id": world.connection, "from": OURS, "to": THEIRS}
    assert code(world.rest("dial", **body, conference_config={"id": "nobody"})) == (404, "90058", None)
    assert code(world.rest("dial", **body, conference_config={})) == (
        422,
        "10004",
        "/conference_config/conference_name",
    )
    wrong = {"conference_name": "x", "mute": "yes"}
    assert code(world.rest("dial", **body, conference_config=wrong)) == (422, "10026", "/conference_config/mute")
    assert not world.switch.legs


# --- Resources --------------------------------------------------------------------------------------------------------


def test_participants_are_shown_in_two_forms(world):
    room, one, *_ = three(world)
    row = room.participants[0]
    single = world.rest("participant.retrieve", None, room.id, row["id"]).body["data"]
    standing = {name: value for name, value in row.items() if name not in ("record_type", "conference")}
    assert single == standing | {"conference_id": room.id, "label": None}
    assert (row["record_type"], row["conference"]) == ("participant", {"id": room.id, "name": "room"})
    assert (row["call_control_id"], row["status"]) == (one.call_control_id, "joined")
    assert code(world.rest("participant.retrieve", None, room.id, "nobody")) == (404, "10005", None)


def test_who_joins_a_large_conference_costs_no_more_than_a_word_for_each_who_is_there():
    world = World()
    legs = [world.answered() for _ in range(40)]
    room = Room(world, legs[0])
    for leg in legs[1:]:
        room.join(leg)
    told = [event for _, event in world.log if isinstance(event, events.Connected)]
    assert sum(len(one.added) for one in told) == 40 * 39
    assert not any(one.removed for one in told)
    since = len(world.log)
    room.do("mute", call_control_ids=[legs[7].call_control_id])
    muted = [event for _, event in world.log[since:] if isinstance(event, events.Connected)]
    assert [(one.added, one.removed) for one in muted] == [((), (legs[7].call_leg_id,))] * 39


def test_hold_audio_that_cannot_be_had_is_asked_for_once_each_time_one_is_held(world):
    room, one, two, three_ = three(world)
    world.lost_sounds.add(MUSIC)

    def wanted():
        return [event for _, event in world.log if isinstance(event, events.SoundWanted)]

    room.do("hold", two, audio_url=MUSIC)
    room.do("mute", one)
    room.leave(three_)
    assert len(wanted()) == 1
    room.do("unhold", two)
    room.do("hold", two)
    assert len(wanted()) == 2
    world.lost_sounds.clear()
    room.do("hold", two, audio_url=AUDIO)
    assert [one.announcement.what for one in wanted()] == [MUSIC, MUSIC, AUDIO]
    assert [(what, legs) for _, what, legs in world.open_sounds()][-1] == (AUDIO, [two])


def test_the_client_state_of_the_end_of_a_recording_is_in_its_webhook(world):
    room, one, *_ = three(world)
    room.do("record_start", format="wav")
    (recording_id,) = world.switch.recordings.by_id
    room.do("record_stop", client_state=OTHER)
    world.feed(inputs.RecordingReady(recording_id, S, "/x.wav"))
    (payload,) = [payload for event, payload in world.payloads(one) if event == "conference.recording.saved"]
    assert payload["client_state"] == OTHER
