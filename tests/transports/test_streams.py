"""What a scenario has Telnyx, the line and the far end do to a stream: seen from the application, on virtual time."""

import base64

import numpy as np
import pytest
from virtual_line import MS, NUMBER, TOKEN, TOKEN_HEADER, URL, S, World, play

from telnyx_simulator.audio.codecs import PCMA, PCMU, parse_codec
from telnyx_simulator.audio.signals import resample, tone
from telnyx_simulator.media.sounds import load_clip, watermark
from telnyx_simulator.media.treatment import StreamTreatment
from telnyx_simulator.signaling import inputs
from telnyx_simulator.transports.entries import FLAWED_MEDIA_MAX
from telnyx_simulator.transports.stream_steps import NoStream

# --- Treatments -------------------------------------------------------------------------------------------------------


def test_without_a_treatment_the_truth_is_told(tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed(asks={"stream_codec": "L16", "stream_bidirectional_sampling_rate": 16000})
        assert theirs.events()[:3] == ["connected", "start", "media"]
        form = {"encoding": "L16", "sample_rate": 16000, "channels": 1}
        assert theirs.of("start")[0]["start"]["media_format"] == form
        assert {len(payload) for payload in theirs.payloads()} == {640}
        assert theirs.headers == {TOKEN_HEADER: TOKEN}
        [opened] = world.noted("stream", "opened")
        assert opened == {
            "stream_id": theirs.of("start")[0]["stream_id"],
            "url": URL,
            "token": "own",
            "has_token": True,
            "sent_codec": "L16/16000/le",
            "announced": "L16/16000/le",
            "returned_codec": "PCMU",
            "asked_codec": "PCMU",
            "mode": "rtp",
            "track": "inbound_track",
            "target_legs": None,
        }
        world.hang_up(leg)
        assert (theirs.events()[-1], theirs.ended) == ("stop", "closed without a code")

    play(script, tmp_path)


@pytest.mark.parametrize(
    ("treatment", "form", "sent", "announced"),
    [
        ({"announces": "PCMU"}, ("PCMU", 8000), "PCMA", "PCMU"),
        ({"announces": "G722/16000"}, ("G722", 16000), "PCMA", "G722/16000"),
        ({"stream_codec": "PCMU"}, ("PCMU", 8000), "PCMU", "PCMU"),
        ({"stream_codec": "L16/16000/be"}, ("L16", 16000), "L16/16000/be", "L16/16000/be"),
        ({"stream_codec": "L16/8000", "announces": "L16/16000"}, ("L16", 16000), "L16/8000", "L16/16000"),
    ],
)
def test_what_is_sent_and_what_is_announced_are_chosen_apart(treatment, form, sent, announced, tmp_path):
    clip = load_clip("speech/en-1")[0]

    async def script(world: World) -> None:
        leg = world.call(**treatment)
        await world.answered(leg)
        theirs = world.application.connections[0]
        encoding, rate = form
        told = theirs.of("start")[0]["start"]["media_format"]
        assert told == {"encoding": encoding, "sample_rate": rate, "channels": 1}
        first = len(theirs.payloads())
        world.session.play(leg.call_leg_id, clip)
        await world.wait(1)
        codec = parse_codec(sent)
        heard = codec.decode(b"".join(theirs.payloads()[first : first + 40]))
        on_the_leg = PCMA.decode(PCMA.encode(resample(clip.pcm, clip.sample_rate_hz, 8000)[: 40 * 160]))
        if codec.sample_rate_hz == 8000:
            assert np.abs(heard.astype(int) - on_the_leg).max() <= 1024
        assert np.corrcoef(heard[:: codec.sample_rate_hz // 8000], on_the_leg)[0, 1] > 0.99
        [opened] = world.noted("stream", "opened")
        assert (opened["sent_codec"], opened["announced"]) == (sent, announced)

    play(script, tmp_path)


def test_what_is_returned_is_read_in_the_codec_that_was_chosen(tmp_path):
    async def script(world: World) -> None:
        _, theirs = await world.streamed(return_codec="L16/8000/be")
        said = np.arange(1, 161, dtype=np.int16)
        theirs.say(said.astype(">i2").tobytes())
        await world.wait(0.2)
        [opened] = world.noted("stream", "opened")
        assert (opened["returned_codec"], opened["asked_codec"]) == ("L16/8000/be", "PCMU")

    trace = play(script, tmp_path)
    [leg] = {entry.call for entry in trace.of("stream", "opened")}
    heard = b"".join(frame.data for frame in trace.frames(f"{leg}.heard"))
    assert np.frombuffer(heard, "<i2").tolist() == list(range(1, 161))


def test_a_stream_may_open_late(tmp_path):
    async def script(world: World) -> None:
        leg = world.call(open_delay_ns=3 * S)
        await world.answered(leg)
        began_ns = world.session.clock.now_ns()
        assert world.application.connections == []
        await world.wait(3)
        [theirs] = world.application.connections
        assert theirs.opened_ns - began_ns == pytest.approx(2.75 * S, abs=100 * MS)
        assert theirs.events()[:3] == ["connected", "start", "media"]

    play(script, tmp_path)


def test_a_stream_that_would_open_after_the_end_is_never_dialed_and_keeps_nobody_waiting(tmp_path):
    async def script(world: World) -> None:
        leg = world.call(open_delay_ns=600 * S)
        await world.answered(leg)
        world.hang_up(leg)
        await world.wait(1)
        assert world.session.is_at_rest
        await world.wait(700)
        assert world.application.connections == []

    play(script, tmp_path)


def test_start_may_come_late_and_nothing_comes_before_it(tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed(start_delay_ns=2 * S)
        assert theirs.events() == ["connected"]
        assert "streaming.started" in world.application.events()
        assert not world.session.streams.has_begun(leg.call_leg_id)
        world.session.feed(inputs.Press(call_leg_id=leg.call_leg_id, digits="1", tone_ns=100 * MS, gap_ns=100 * MS))
        await world.wait(2)
        assert theirs.events()[:3] == ["connected", "start", "media"]
        assert theirs.of("media")[0]["media"]["timestamp"] == "0"
        assert theirs.at_ns("start") - theirs.opened_ns == 2 * S
        [started] = world.entries("stream", "started")
        assert started.at_ns - world.entries("stream", "opened")[0].at_ns == 2 * S
        assert world.session.streams.has_begun(leg.call_leg_id)

    play(script, tmp_path)


@pytest.mark.parametrize("who", ["caller", "application"])
def test_a_call_that_ends_before_a_late_start_has_neither_start_nor_stop(who, tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed(start_delay_ns=60 * S)
        if who == "caller":
            world.hang_up(leg)
        else:
            theirs.listener.on_closed(1000)
        await world.wait(100)
        assert theirs.events() == ["connected"]
        assert world.noted("stream", "started") == []
        assert world.session.streams.sockets == {}

    play(script, tmp_path)


def test_messages_may_be_put_in_before_start(tmp_path):
    """As they are, or by a word, well-formed and counted as any other."""
    before = [{"event": "hello", "n": 1}, "media", {"text": "no JSON"}, {"binary": "AP8="}, "dtmf"]

    async def script(world: World) -> None:
        _, theirs = await world.streamed(before_start=before)
        sent = [what for _, what in theirs.arrived]
        assert sent[1] == {"event": "hello", "n": 1}
        assert sent[3:5] == [b"no JSON", ("binary", b"\x00\xff")]
        assert [one["event"] for n, one in enumerate(sent[:7]) if n not in (3, 4)] == [
            "connected",
            "hello",
            "media",
            "dtmf",
            "start",
        ]
        silence = base64.b64encode(PCMA.silence_frame).decode()
        assert sent[2]["media"] == {"track": "inbound", "chunk": "1", "timestamp": "0", "payload": silence}
        assert [one["sequence_number"] for one in (sent[2], sent[5], sent[6], sent[7])] == ["1", "2", "3", "4"]
        assert sent[7]["media"]["chunk"] == "2"
        noted = world.noted("stream", "sent")
        assert [(one["why"], one["message"]) for one in noted] == [("before_start", message) for message in before]

    play(script, tmp_path)


@pytest.mark.parametrize("kind", ["connected", "start", "media", "stop"])
def test_a_kind_that_is_skipped_never_arrives(kind, tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed(skip=[kind])
        world.hang_up(leg)
        events = theirs.events()
        usual = ["connected", "start", *["media"] * events.count("media"), "stop"]
        assert events == [event for event in usual if event != kind]
        assert bool(events.count("media")) == (kind != "media")
        assert theirs.ended == "closed without a code"
        assert len(world.noted("stream", "started")) == (kind != "start")

    play(script, tmp_path)


def test_a_stream_that_cannot_be_opened_is_not_dialed_and_reported_as_failed(tmp_path):
    async def script(world: World) -> None:
        leg = world.call(fail="connection_failed")
        await world.answered(leg)
        await world.wait(1)
        assert world.application.upgrades == []
        [failed] = [one["payload"] for one in world.application.webhooks if one["event_type"] == "streaming.failed"]
        [noted] = world.noted("stream", "failed")
        assert failed["failure_reason"] == noted["failure"] == "connection_failed"
        assert failed["stream_id"] == noted["stream_id"]
        assert world.noted("stream", "refused") == [], "the application refused nothing"
        assert leg.is_alive

    play(script, tmp_path)


@pytest.mark.parametrize("asked", [TOKEN, None])
@pytest.mark.parametrize("token", ["own", "none", "wrong"])
def test_the_upgrade_has_the_token_that_was_chosen(token, asked, tmp_path):
    async def script(world: World) -> None:
        _, theirs = await world.streamed(token=token, asks={"stream_auth_token": asked})
        sent = theirs.headers.get(TOKEN_HEADER)
        if token == "wrong":
            assert sent
            assert sent != asked
        else:
            assert sent == (asked if token == "own" else None)
        [opened] = world.noted("stream", "opened")
        assert (opened["token"], opened["has_token"]) == (token, asked is not None)

    play(script, tmp_path)


def test_a_refused_upgrade_tells_which_token_it_had(tmp_path):
    async def script(world: World) -> None:
        world.application.accepts = lambda headers: headers.get(TOKEN_HEADER) == TOKEN
        leg = world.call(token="wrong")
        await world.answered(leg)
        [refused] = world.noted("stream", "refused")
        assert (refused["token"], refused["has_token"]) == ("wrong", True)
        assert "401" in refused["failure"]

    play(script, tmp_path)


def test_a_treatment_of_kinds_that_there_are_not_is_a_mistake():
    with pytest.raises(ValueError, match="unknown kinds of messages: hello"):
        StreamTreatment.from_json({"skip": ["hello", "media"]})


# --- Steps ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["media", "stop", "start", "dtmf"])
def test_a_message_is_sent_now_well_formed_and_changes_nothing_else(word, tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed()
        before = len(theirs.arrived)
        world.session.stream_step(leg.call_leg_id, {"send": word})
        message = theirs.arrived[before][1]
        last = theirs.arrived[before - 1][1]
        assert message["event"] == word
        assert int(message["sequence_number"]) == int(last["sequence_number"]) + 1
        assert message["stream_id"] == last["stream_id"]
        match word:
            case "media":
                assert int(message["media"]["chunk"]) == int(last["media"]["chunk"]) + 1
                assert int(message["media"]["timestamp"]) == int(last["media"]["timestamp"]) + 20
                assert base64.b64decode(message["media"]["payload"]) == PCMA.silence_frame
            case "start":
                assert message["start"] == theirs.of("start")[0]["start"]
            case "stop":
                assert message["stop"]["call_control_id"] == leg.call_control_id
            case "dtmf":
                assert message["dtmf"] == {"digit": "1"}
                assert message["occurred_at"].startswith("2026-01-01T00:00:0")
        await world.wait(0.1)
        assert theirs.events()[-1] == "media"
        assert (theirs.ended, leg.is_alive) == (None, True)
        [noted] = world.noted("stream", "sent")
        assert (noted["message"], noted["why"]) == (word, "step")

    play(script, tmp_path)


@pytest.mark.parametrize(
    ("message", "arrives"),
    [
        ({"event": "media"}, {"event": "media"}),
        ({"text": "hello", "event": "x"}, {"text": "hello", "event": "x"}),
        ({}, {}),
        ({"text": "grüße {"}, "grüße {".encode()),
        ({"binary": base64.b64encode(b"\x00" * 160).decode()}, ("binary", b"\x00" * 160)),
    ],
)
def test_a_mapping_is_sent_as_it_is(message, arrives, tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed()
        world.session.stream_step(leg.call_leg_id, {"send": message})
        assert theirs.arrived[-1][1] == arrives

    play(script, tmp_path)


def test_start_can_be_sent_before_the_answer(tmp_path):
    """A stream of a dialed leg is open while it rings."""

    async def script(world: World) -> None:
        account = world.session.switch.account
        [connection_id] = account.applications
        body = {"connection_id": connection_id, "to": "+442079460124", "from": NUMBER, "stream_url": URL}
        world.session.rest(inputs.RestCommand(operation="dial", body=body), method="POST", path="/v2/calls")
        await world.wait(0.5)
        [leg], [theirs] = world.session.switch.legs.values(), world.application.connections
        assert theirs.events() == ["connected"]
        world.session.stream_step(leg.call_leg_id, {"send": "start"})
        [start] = theirs.of("start")
        assert start["start"]["call_control_id"] == leg.call_control_id
        assert start["start"]["media_format"]["encoding"] == "PCMA"
        assert world.noted("stream", "started") == []

    play(script, tmp_path)


@pytest.mark.parametrize("code", [100002, 100003, 100004, 100005])
def test_an_error_message_arrives_and_the_stream_goes_on(code, tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed()
        world.session.stream_step(leg.call_leg_id, {"error": code})
        assert theirs.arrived[-1][1]["payload"]["code"] == code
        await world.wait(0.1)
        assert theirs.events()[-1] == "media"
        assert world.noted("stream", "sent")[0]["message"] == {"error": code}

    play(script, tmp_path)


@pytest.mark.parametrize(
    ("code", "how"), [(1000, "closed 1000"), (4000, "closed 4000"), (1005, "closed without a code"), (1006, "aborted")]
)
def test_telnyx_may_close_in_mid_call(code, how, tmp_path):
    """Without a `stop`; the leg stays, and another stream may be asked for."""

    async def script(world: World) -> None:
        leg, theirs = await world.streamed()
        world.session.stream_step(leg.call_leg_id, {"close": code})
        assert (theirs.ended, theirs.events()[-1], leg.is_alive) == (how, "media", True)
        await world.wait(0.5)
        assert world.application.events()[-1] == "streaming.stopped"
        [closed] = world.noted("stream", "closed")
        assert (closed["by"], closed["code"]) == ("telnyx", code)
        assert world.rest(leg, "streaming_start", stream_url=URL) == 200
        await world.wait(0.5)
        assert world.application.connections[-1].events()[:2] == ["connected", "start"]

    play(script, tmp_path)


@pytest.mark.parametrize("argument", [{"send": "media"}, {"error": 100005}, {"close": 1000}])
@pytest.mark.parametrize("when", ["before", "after"])
def test_where_there_is_no_stream_a_step_says_so(argument, when, tmp_path):
    async def script(world: World) -> None:
        leg = world.call()
        if when == "after":
            await world.answered(leg)
            world.hang_up(leg)
        with pytest.raises(NoStream, match="this call has no open stream"):
            world.session.stream_step(leg.call_leg_id, argument)

    play(script, tmp_path)


def test_an_unknown_error_and_an_unknown_step_are_mistakes(tmp_path):
    async def script(world: World) -> None:
        leg, _ = await world.streamed()
        with pytest.raises(ValueError, match="unknown stream error 7; known are 100002"):
            world.session.stream_step(leg.call_leg_id, {"error": 7})
        with pytest.raises(ValueError, match="one of send, error, close and open"):
            world.session.stream_step(leg.call_leg_id, {"shut": True})

    play(script, tmp_path)


# --- A second WebSocket -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("token", "sent"), [("own", TOKEN), ("none", None)])
def test_a_stream_is_opened_again_with_an_id_of_its_own(token, sent, tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed()
        world.session.stream_step(leg.call_leg_id, {"open": "again", "token": token})
        await world.wait(0.2)
        replay = world.application.connections[1]
        assert replay.headers.get(TOKEN_HEADER) == sent
        assert replay.events() == ["connected", "start"]
        [first], [again] = theirs.of("start"), replay.of("start")
        assert again["start"] == first["start"]
        assert again["stream_id"] != first["stream_id"]
        noted = world.noted("stream", "opened")
        assert [one.get("again") for one in noted] == [None, first["stream_id"]]
        assert noted[1]["stream_id"] == again["stream_id"]
        assert theirs.events()[-1] == "media", "the first one goes on"

    play(script, tmp_path)


def test_what_comes_on_a_replay_is_recorded_and_heard_by_nobody(tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed()
        world.session.stream_step(leg.call_leg_id, {"open": "again", "token": "own"})
        await world.wait(0.2)
        replay = world.application.connections[1]
        replay.say(b"\x80" * 800)
        replay.tell({"event": "clear"})
        replay.tell(b"noise")
        replay.listener.on_binary(7)
        await world.wait(0.5)
        again = replay.of("start")[0]["stream_id"]
        noted = [one for one in world.noted("stream", "message") if one["stream_id"] == again]
        assert [one["message"] for one in noted] == ["invalid", "clear", "invalid"]
        assert [one["payload"]["code"] for one in replay.of("error")] == [100003, 100003]
        assert theirs.of("error") == []
        world.hang_up(leg)
        assert (theirs.ended, replay.ended) == ("closed without a code", "closed without a code")
        assert world.session.streams.sockets == {}

    trace = play(script, tmp_path)
    [first, again] = [entry.body["stream_id"] for entry in trace.of("stream", "opened")]
    assert [len(trace.frames(f"{one}.from_app")) for one in (first, again)] == [0, 1]
    [leg] = {entry.call for entry in trace.of("stream", "opened")}
    assert not any(frame.data for frame in trace.frames(f"{leg}.heard"))


def test_a_replay_that_is_refused_is_no_failure_of_the_stream(tmp_path):
    async def script(world: World) -> None:
        leg, _ = await world.streamed()
        world.application.accepts = lambda headers: False
        world.session.stream_step(leg.call_leg_id, {"open": "again", "token": "own"})
        await world.wait(1)
        [refused] = world.noted("stream", "refused")
        assert refused["again"] == world.noted("stream", "opened")[0]["stream_id"]
        assert "streaming.failed" not in world.application.events()

    play(script, tmp_path)


def test_a_replay_that_the_application_closes_leaves_the_stream_alone(tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed()
        world.session.stream_step(leg.call_leg_id, {"open": "again", "token": "own"})
        await world.wait(0.2)
        world.application.connections[1].listener.on_closed(4401)
        await world.wait(0.5)
        [closed] = world.noted("stream", "closed")
        assert (closed["by"], closed["code"]) == ("application", 4401)
        assert (theirs.ended, theirs.events()[-1]) == (None, "media")
        assert "streaming.stopped" not in world.application.events()

    play(script, tmp_path)


def test_a_stream_is_opened_again_even_after_the_call(tmp_path):
    """A token that was good for one call must not be good for ever. Nothing of ours stays open."""

    async def script(world: World) -> None:
        leg, _ = await world.streamed()
        world.hang_up(leg)
        world.session.stream_step(leg.call_leg_id, {"open": "again", "token": "own"})
        await world.wait(0.5)
        replay = world.application.connections[1]
        assert (replay.events(), replay.ended) == (["connected", "start"], "closed without a code")
        assert world.session.is_at_rest

    play(script, tmp_path)


def test_a_call_without_any_stream_has_none_to_open_again(tmp_path):
    async def script(world: World) -> None:
        with pytest.raises(NoStream, match="never had a stream"):
            world.session.stream_step(world.call().call_leg_id, {"open": "again", "token": "own"})

    play(script, tmp_path)


# --- The line ---------------------------------------------------------------------------------------------------------

CUT = {"websocket": [{"kind": "cut", "toward": "both"}]}


def test_a_cut_websocket_ends_without_a_close_frame_and_the_call_goes_on(tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed()
        world.session.set_line(leg.call_leg_id, CUT)
        assert (theirs.ended, theirs.events()[-1], leg.is_alive) == ("aborted", "media", True)
        await world.wait(0.5)
        assert world.application.events()[-1] == "streaming.stopped"
        assert [one["by"] for one in world.noted("stream", "closed")] == ["network"]
        assert world.rest(leg, "streaming_start", stream_url=URL, stream_bidirectional_mode="rtp") == 200
        await world.wait(1)
        again = world.application.connections[1]
        assert (again.events()[:3], again.ended) == (["connected", "start", "media"], None)

    trace = play(script, tmp_path)
    order = [(entry.actor, entry.kind) for entry in trace.entries if entry.kind in ("cut", "closed")]
    assert order[:2] == [("line", "cut"), ("stream", "closed")]


def test_what_still_comes_of_a_closed_websocket_is_no_news(tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed()
        world.session.set_line(leg.call_leg_id, CUT)
        before = len(world.noted("stream", "message"))
        theirs.listener.on_text(b"no JSON")
        theirs.listener.on_binary(7)
        assert len(world.noted("stream", "message")) == before

    play(script, tmp_path)


def test_a_line_that_is_cut_before_there_is_a_stream_cuts_the_first_one(tmp_path):
    async def script(world: World) -> None:
        leg = world.call()
        world.session.set_line(leg.call_leg_id, CUT)
        assert world.noted("line", "cut") == []
        await world.answered(leg)
        assert [one.ended for one in world.application.connections] == ["aborted"]
        assert world.rest(leg, "streaming_start", stream_url=URL) == 200
        await world.wait(0.5)
        assert [one.ended for one in world.application.connections] == ["aborted", None]

    play(script, tmp_path)


def test_a_line_that_is_clean_again_cuts_nothing(tmp_path):
    async def script(world: World) -> None:
        leg = world.call()
        world.session.set_line(leg.call_leg_id, CUT)
        world.session.set_line(leg.call_leg_id, {"websocket": [{"kind": "clean", "toward": "both"}]})
        await world.answered(leg)
        assert [one.ended for one in world.application.connections] == [None]

    play(script, tmp_path)


@pytest.mark.parametrize(
    ("toward", "sends", "hears"), [("application", False, True), ("far_end", True, False), ("both", False, False)]
)
def test_a_cut_telephone_line_carries_no_frames_that_way_until_it_is_clean(toward, sends, hears, tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed()
        before = len(theirs.arrived)
        world.session.set_line(leg.call_leg_id, {"pstn": [{"kind": "cut", "toward": toward}]})
        theirs.say(b"\x80" * 800)
        await world.wait(0.5)
        assert (len(theirs.arrived) > before) == sends
        assert (leg.is_alive, theirs.ended) == (True, None)
        [cut] = world.entries("line", "cut")
        wanted = ["application", "far_end"] if toward == "both" else [toward]
        assert (cut.body["plane"], cut.body["toward"]) == ("pstn", wanted)
        assert 0 < cut.body["from_frame"] < 50
        world.session.set_line(leg.call_leg_id, {"pstn": [{"kind": "clean", "toward": "both"}]})
        await world.wait(0.1)
        assert len(theirs.arrived) > before
        assert len(world.noted("line", "clean")) == 1

    trace = play(script, tmp_path)
    [leg] = {entry.call for entry in trace.of("stream", "opened")}
    assert any(frame.data for frame in trace.frames(f"{leg}.heard")) == hears


@pytest.mark.parametrize("plane", ["pstn", "websocket"])
def test_an_impairment_that_a_plane_does_not_have_is_a_mistake_of_ours(plane, tmp_path):
    async def script(world: World) -> None:
        leg = world.call()
        with pytest.raises(ValueError, match="unknown impairment of a"):
            world.session.set_line(leg.call_leg_id, {plane: [{"kind": "rain"}]})

    play(script, tmp_path)


# --- The far end ------------------------------------------------------------------------------------------------------


def test_a_microphone_carries_its_sound_over_and_over_and_a_play_interrupts_it(tmp_path):
    loop, wav = watermark(b"Ann" * 10, 0.4)
    said = load_clip("tone/440Hz")[0]

    async def script(world: World) -> None:
        world.session.trace.stimulus(wav)
        leg = world.call()
        world.session.set_mic(leg.call_leg_id, loop)
        await world.answered(leg)
        theirs = world.application.connections[0]
        await world.wait(1)
        world.session.play(leg.call_leg_id, said)
        await world.wait(2)
        [mic], [sound] = world.noted("far_end", "mic"), world.noted("far_end", "sound")
        began_ns = mic.pop("begins_ns")
        assert began_ns == world.entries("far_end", "mic")[0].at_ns
        assert mic == {"clip": "watermark", "digest": loop.digest, "from_frame": 0, "frames": 20}
        started = next(
            k
            for k, frame in enumerate(world.session.trace.view().frames(f"{leg.call_leg_id}.heard"))
            if frame.due_ns >= world.entries("stream", "started")[0].at_ns
        )
        words = [PCMA.encode(loop.pcm)[at : at + 160] for at in range(0, 3200, 160)]
        tones = [PCMA.encode(said.pcm)[at : at + 160] for at in range(0, 8000, 160)]
        first, last = sound["first_frame"], sound["last_frame"]
        for n, payload in enumerate(theirs.payloads()):
            k = started + n
            assert payload == (tones[k - first] if first <= k <= last else words[k % 20]), k

    play(script, tmp_path)


def test_microphones_of_all_kinds(tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed()
        counts: dict[str, tuple[int, bool]] = {}
        for mic in ("nothing", "comfort_noise", "silence"):
            world.session.set_mic(leg.call_leg_id, mic)
            before = len(theirs.payloads())
            await world.wait(1)
            got = theirs.payloads()[before:]
            counts[mic] = (len(got), set(got) == {PCMA.silence_frame})
        assert counts == {"nothing": (0, False), "comfort_noise": (50, False), "silence": (50, True)}
        mics = world.noted("far_end", "mic")
        assert [one["clip"] for one in mics] == ["nothing", "comfort_noise", "silence"]
        assert world.session.trace.view().stimulus(mics[1]["digest"]).is_file()
        assert [one["digest"] for one in mics[::2]] == [None, None]
        assert mics[2]["from_frame"] - mics[1]["from_frame"] == 50
        assert mics[2]["begins_ns"] - mics[1]["begins_ns"] == S

    play(script, tmp_path)


def test_who_holds_the_call_is_not_heard_and_does_not_hear(tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed()
        world.session.play(leg.call_leg_id, load_clip("tone/440Hz")[0])
        theirs.say(PCMU.encode(tone(440, 2.0)))
        await world.wait(0.4)
        assert world.session.hears_talkspurt(leg.call_leg_id)
        world.session.hold(leg.call_leg_id, True)
        before = len(theirs.payloads())
        await world.wait(0.3)
        assert set(theirs.payloads()[before:]) == {PCMA.silence_frame}
        assert not world.session.hears_talkspurt(leg.call_leg_id)
        world.session.hold(leg.call_leg_id, False)
        before = len(theirs.payloads())
        await world.wait(0.2)
        assert PCMA.silence_frame not in theirs.payloads()[before:]
        assert world.session.hears_talkspurt(leg.call_leg_id)
        holds = world.noted("far_end", "hold")
        assert [one["held"] for one in holds] == [True, False]
        assert holds[1]["from_frame"] - holds[0]["from_frame"] == 15

    play(script, tmp_path)


def test_an_echo_of_silence_is_no_talkspurt_and_an_echo_of_speech_is(tmp_path):
    async def script(world: World) -> None:
        world.application.echoes = True
        leg, _ = await world.streamed()
        await world.wait(1)
        assert not world.session.hears_talkspurt(leg.call_leg_id)
        world.session.play(leg.call_leg_id, load_clip("speech/en-1")[0])
        await world.wait(1)
        assert world.session.hears_talkspurt(leg.call_leg_id)

    play(script, tmp_path)


# --- Assumptions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alternative", ["dropped", "closed"])
def test_audio_returned_without_rtp_is_dropped_or_ends_the_stream(alternative, tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed(asks={"stream_bidirectional_mode": None})
        for _ in range(10):
            assert theirs.ended is None or alternative == "closed"
            theirs.say(b"\x80" * 160)
        await world.wait(0.5)
        if alternative == "dropped":
            assert (theirs.ended, theirs.events()[-1]) == (None, "media")
        else:
            assert (theirs.ended, theirs.events()[-1]) == ("closed without a code", "stop")
            assert world.application.events()[-1] == "streaming.stopped"
            assert [one["by"] for one in world.noted("stream", "closed")] == ["telnyx"]
        assert leg.is_alive

    trace = play(script, tmp_path, assume={"return_without_rtp": alternative})
    [leg] = {entry.call for entry in trace.of("stream", "opened")}
    assert not any(frame.data for frame in trace.frames(f"{leg}.heard"))


def test_in_rtp_mode_nothing_is_closed_for_returning_audio(tmp_path):
    async def script(world: World) -> None:
        _, theirs = await world.streamed()
        theirs.say(b"\x80" * 160)
        await world.wait(0.5)
        assert theirs.ended is None

    play(script, tmp_path, assume={"return_without_rtp": "closed"})


@pytest.mark.parametrize(
    ("assume", "target", "hears"),
    [({}, None, True), ({"target_legs_default": "opposite"}, None, False)]
    + [({"target_legs_default": "opposite"}, target, True) for target in ("self", "both")],
)
def test_who_hears_what_is_returned_where_the_command_does_not_say(assume, target, hears, tmp_path):
    async def script(world: World) -> None:
        _, theirs = await world.streamed(asks={"stream_bidirectional_target_legs": target})
        theirs.say(b"\x80" * 160)
        await world.wait(0.5)

    trace = play(script, tmp_path, assume=assume)
    [leg] = {entry.call for entry in trace.of("stream", "opened")}
    assert any(frame.data for frame in trace.frames(f"{leg}.heard")) == hears


@pytest.mark.parametrize("alternative", ["played", "refused"])
def test_short_audio_is_played_or_refused(alternative, tmp_path):
    async def script(world: World) -> None:
        _, theirs = await world.streamed()
        theirs.say(b"\x80" * 80)
        await world.wait(0.5)
        assert [one["payload"]["code"] for one in theirs.of("error")] == ([100004] if alternative == "refused" else [])
        [noted] = world.noted("stream", "message")
        assert (noted["flaw"], noted["message"]) == ("short", "invalid" if alternative == "refused" else "media")

    trace = play(script, tmp_path, assume={"short_media": alternative})
    [leg] = {entry.call for entry in trace.of("stream", "opened")}
    assert any(frame.data for frame in trace.frames(f"{leg}.heard")) == (alternative == "played")


# --- The record of what the application sends -------------------------------------------------------------------------


def test_what_is_wrong_with_messages_stands_in_the_trace_and_good_media_only_in_its_frames(tmp_path):
    good = b"\x80" * 160

    async def script(world: World) -> None:
        leg, theirs = await world.streamed()
        theirs.say(good)
        theirs.say(b"\x80" * 159)
        theirs.say(b"\x80" * 240_001)
        theirs.tell({"event": "media", "media": {"payload": "!"}})
        theirs.tell({"event": "media", "media": {"payload": ""}})
        theirs.tell({"event": "media", "media": {"chunk": "AAAA"}})
        theirs.tell({"event": "playing"})
        theirs.tell({"event_type": "media"})
        theirs.tell(b"noise")
        theirs.tell({"event": "mark", "mark": {}})
        theirs.tell({"event": "mark", "mark": {"name": "x"}})
        theirs.tell({"event": "clear"})
        await world.wait(0.1)
        theirs.listener.on_binary(160)
        theirs.listener.on_malformed("no WebSocket frame")
        world.hang_up(leg)

    trace = play(script, tmp_path)
    noted = [entry.body for entry in trace.of("stream", "message")]
    assert [(one["message"], one.get("flaw")) for one in noted] == [
        ("media", "short"),
        ("media", "long"),
        ("invalid", "not_base64"),
        ("invalid", "empty"),
        ("invalid", "no_payload"),
        ("unknown", "unknown_event"),
        ("invalid", "no_event"),
        ("invalid", "not_json"),
        ("invalid", "no_name"),
        ("mark", None),
        ("clear", None),
        ("invalid", "binary"),
        ("invalid", "unreadable"),
    ]
    [tally] = [entry.body for entry in trace.of("stream", "tally")]
    assert tally["counts"] == {"media": 3, "invalid": 8, "unknown": 1, "mark": 1, "clear": 1}
    assert tally["flaws"] == {one["flaw"]: 1 for one in noted if "flaw" in one}
    frames = trace.frames(f"{tally['stream_id']}.from_app")
    assert [len(frame.data) for frame in frames] == [160, 159, 240_001]


def test_half_a_sample_is_a_flaw_of_l16(tmp_path):
    async def script(world: World) -> None:
        _, theirs = await world.streamed(asks={"stream_bidirectional_codec": "L16"})
        theirs.say(bytes(321))
        await world.wait(0.1)
        assert [one["flaw"] for one in world.noted("stream", "message")] == ["part_sample"]

    play(script, tmp_path)


def test_of_many_messages_with_one_flaw_the_first_stand_in_the_trace_and_all_are_counted(tmp_path):
    async def script(world: World) -> None:
        leg, theirs = await world.streamed()
        for _ in range(500):
            theirs.say(b"\x80" * 80)
        await world.wait(0.1)
        assert len(world.noted("stream", "message")) == FLAWED_MEDIA_MAX
        world.hang_up(leg)
        [tally] = world.noted("stream", "tally")
        assert (tally["counts"], tally["flaws"]) == ({"media": 500}, {"short": 500})

    play(script, tmp_path)
