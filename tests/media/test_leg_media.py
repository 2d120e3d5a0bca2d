"""One leg's media, from the first message of its stream to the last."""

import base64
import json
from typing import Any

import numpy as np
import pytest

from telnyx_simulator.audio.codecs import PCMA, PCMU, parse_codec
from telnyx_simulator.audio.signals import resample, tone
from telnyx_simulator.draws import Draws
from telnyx_simulator.media.impairments.line import APPLICATION, FAR_END, Way
from telnyx_simulator.media.leg_media import LegMedia
from telnyx_simulator.media.messages import Clear, Flaw, Malformed, Mark, Media, Unknown
from telnyx_simulator.media.playout import Cleared, MarkReached
from telnyx_simulator.media.sounds import comfort_noise, load_clip
from telnyx_simulator.media.sources import Quiet, Sound

ID = "32de0dea-53cb-4b21-89a4-9e1819c043bc"
MS = 1_000_000
START = {"call_control_id": "v3:x"}
CUT = Way([{"kind": "cut"}], FAR_END, from_tick=0, draws=Draws(1), sounds={})
SOUND = Sound("tone", "digest", tone(440, 0.06), 8000)


def opened(
    track: str = "inbound_track",
    sent: str = "PCMA",
    returned: str = "PCMU",
    is_heard: bool = True,
    start: bool = True,
    **more: Any,
) -> LegMedia:
    leg = LegMedia("PCMA", 0)
    leg.open_stream(ID, sent_codec=sent, returned_codec=returned, track=track, is_heard=is_heard, **more)
    if start:
        leg.start_stream(START)
    return leg


def media(payload: bytes) -> bytes:
    return json.dumps({"event": "media", "media": {"payload": base64.b64encode(payload).decode()}}).encode()


def mp3_file(seconds: float) -> bytes:
    codec = parse_codec("MP3")
    if missing := codec.missing_here(encode=True, decode=True):
        pytest.skip(str(missing))
    (file,) = codec.encode_frames(resample(tone(600, seconds), 8000, codec.sample_rate_hz))
    return file


def told(messages: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(message) for message in messages]


@pytest.mark.parametrize(("at_ms", "first"), [(0, 3), (40, 3), (60, 3), (60.001, 4), (400, 20)])
def test_what_is_said_now_is_not_said_in_the_past_where_ticks_are_late(at_ms, first):
    """Three ticks are over: one is due at 60 ms."""
    leg = LegMedia("PCMA", 0)
    for _ in range(3):
        leg.tick()
    assert leg.say(SOUND, round(at_ms * MS)).first == first


def test_the_whole_life_of_a_stream():
    """connected, start, media every 20 ms, dtmf, a mark that comes back, stop; one numbering over all."""
    leg = LegMedia("PCMA", 0)
    sent = leg.open_stream(ID, sent_codec="PCMA", returned_codec="PCMU", track="inbound_track", is_heard=True)
    sent += leg.start_stream(START)
    leg.say(SOUND)
    sent += leg.tick().messages
    message, replies = leg.receive(b'{"event":"mark","mark":{"name":"x"}}', 5 * MS)
    sent += replies
    sent += leg.press("5", "2026-01-01T00:00:00.010000Z")
    for _ in range(4):
        sent += leg.tick().messages
    sent += leg.end_stream({"call_control_id": "v3:x"})
    speech = [PCMA.encode(SOUND.pcm)[at : at + 160] for at in range(0, 480, 160)]
    assert message == Mark("x")
    assert [(one["event"], one.get("sequence_number")) for one in told(sent)] == [
        ("connected", None),
        ("start", "1"),
        ("media", "2"),
        ("mark", "3"),
        ("dtmf", "4"),
        ("media", "5"),
        ("media", "6"),
        ("media", "7"),
        ("media", "8"),
        ("stop", "9"),
    ]
    frames = [one["media"] for one in told(sent) if one["event"] == "media"]
    assert [base64.b64decode(frame.pop("payload")) for frame in frames] == [*speech, *[PCMA.silence_frame] * 2]
    assert frames == [{"track": "inbound", "chunk": str(n + 1), "timestamp": str(20 * n)} for n in range(5)]
    assert {one["stream_id"] for one in told(sent[1:])} == {ID}
    assert (leg.frames_spoken, leg.frames_heard) == (5, 0)


def test_no_media_flows_before_start_nor_after_the_end():
    leg = opened(start=False)
    assert [leg.tick().messages for _ in range(3)] == [[], [], []]
    leg.start_stream(START)
    (first,) = told(leg.tick().messages)
    assert (first["media"]["timestamp"], first["media"]["chunk"]) == ("0", "1")
    leg.end_stream(None)
    after = leg.tick()
    assert (after.messages, after.sent, after.heard) == ([], None, b"")


def test_a_stream_that_never_started_ends_without_a_stop():
    assert opened(start=False).end_stream(None) == []


def test_digits_are_told_on_a_started_stream_only():
    assert opened(start=False).press("1", "now") == []
    assert LegMedia("PCMA", 0).press("1", "now") == []
    assert len(opened().press("1", "now")) == 1


def test_what_the_application_says_is_heard():
    leg = opened()
    message, replies = leg.receive(media(b"\x80" * 320), 10 * MS)
    ticks = [leg.tick() for _ in range(8)]
    assert (message, replies) == (Media(b"\x80" * 320), [])
    assert [len(tick.heard) for tick in ticks] == [0, 0, 0, 0, 320, 320, 0, 0]
    assert np.frombuffer(ticks[4].heard, "<i2").tolist() == PCMU.decode(b"\x80" * 160).tolist()
    assert leg.frames_heard == 2


def test_a_mark_returns_at_once_when_idle_and_else_when_it_is_reached():
    leg = opened()
    _, at_once = leg.receive(b'{"event":"mark","mark":{"name":"idle"}}', 0)
    leg.receive(media(b"\x80" * 160), 0)
    _, later = leg.receive(b'{"event":"mark","mark":{"name":"end"}}', 0)
    ticks = [[one["mark"]["name"] for one in told(leg.tick().messages) if one["event"] == "mark"] for _ in range(6)]
    assert ([one["mark"]["name"] for one in told(at_once)], later) == (["idle"], [])
    assert ticks == [[], [], [], [], ["end"], []]


def test_clear_returns_pending_marks_and_silences_the_ear():
    leg = opened()
    leg.receive(media(b"\x80" * 16_000), 0)
    leg.receive(b'{"event":"mark","mark":{"name":"a"}}', 0)
    leg.receive(b'{"event":"mark","mark":{"name":"b"}}', 0)
    message, _ = leg.receive(b'{"event":"clear"}', 70 * MS)
    ticks = [leg.tick() for _ in range(7)]
    assert message == Clear()
    assert [bool(tick.heard) for tick in ticks] == [False, False, False, True, False, False, False]
    assert [one["mark"]["name"] for one in told(ticks[4].messages) if one["event"] == "mark"] == ["a", "b"]


def test_both_tracks_bring_the_applications_own_voice_back_as_outbound():
    leg = opened("both_tracks", sent="PCMA")
    payload = bytes(range(160))
    leg.receive(media(payload), 0)
    sent = [one for _ in range(5) for one in told(leg.tick().messages)]
    assert [(one["media"]["track"], one["media"]["chunk"], one["media"]["timestamp"]) for one in sent] == [
        ("inbound", "1", "0"),
        ("inbound", "2", "20"),
        ("inbound", "3", "40"),
        ("inbound", "4", "60"),
        ("outbound", "1", "60"),
        ("inbound", "5", "80"),
    ]
    assert [one["sequence_number"] for one in sent] == [str(n) for n in range(2, 8)]
    (outbound,) = [one["media"]["payload"] for one in sent if one["media"]["track"] == "outbound"]
    assert base64.b64decode(outbound) == PCMA.encode(PCMU.decode(payload))


def test_the_outbound_track_alone_carries_nothing_of_the_caller():
    leg = opened("outbound_track", sent="L16/16000/le", returned="L16/8000/le")
    leg.say(SOUND)
    leg.receive(media(bytes(320)), 0)
    ticks = [leg.tick() for _ in range(5)]
    sent = [one for tick in ticks for one in told(tick.messages)]
    assert [(one["media"]["track"], len(base64.b64decode(one["media"]["payload"]))) for one in sent] == [
        ("outbound", 640)
    ]
    assert [tick.sent for tick in ticks] == [None] * 5


@pytest.mark.parametrize("is_heard", [True, False])
def test_audio_that_is_for_no_leg_of_ours_is_dropped_in_silence(is_heard):
    """Not in rtp mode, or for the opposite leg where there is none: marks come back at once, for nothing is played."""
    leg = opened(is_heard=is_heard)
    message, replies = leg.receive(media(b"\x80" * 160), 0)
    _, marks = leg.receive(b'{"event":"mark","mark":{"name":"x"}}', 0)
    heard = b"".join(leg.tick().heard for _ in range(10))
    assert (message, replies) == (Media(b"\x80" * 160), [])
    assert (bool(heard), len(marks)) == ((True, 0) if is_heard else (False, 1))


@pytest.mark.parametrize(
    ("text", "code"),
    [(b"noise", 100003), (b'{"event":"media","media":{"payload":"!"}}', 100004), (b"\xff" * 9, 100003)],
)
def test_a_malformed_message_is_answered_with_its_error_and_the_stream_goes_on(text, code):
    leg = opened()
    message, replies = leg.receive(text, 0)
    assert isinstance(message, Malformed)
    assert [(one["event"], one["payload"]["code"]) for one in told(replies)] == [("error", code)]
    assert len(leg.tick().messages) == 1


def test_an_unknown_message_is_ignored():
    assert opened().receive(b'{"event":"dtmf"}', 0) == (Unknown("dtmf"), [])


def test_without_a_stream_the_ticks_go_on_and_a_late_stream_joins_the_grid():
    """What was said before is over; the sound under way is heard from its middle."""
    leg = LegMedia("PCMA", 1000)
    leg.say(SOUND)
    leg.tick()
    leg.open_stream(ID, sent_codec="PCMA", returned_codec="PCMU", track="inbound_track", is_heard=True)
    leg.start_stream(START)
    (message,) = told(leg.tick().messages)
    assert base64.b64decode(message["media"]["payload"]) == PCMA.encode(SOUND.pcm)[160:320]
    assert message["media"]["timestamp"] == "0"
    assert leg.due_ns(2) == 1000 + 40 * MS


def test_what_comes_after_the_end_of_the_stream_is_read_and_not_heard():
    leg = opened()
    leg.end_stream(None)
    assert leg.receive(media(b"\x80"), 0) == (Media(b"\x80"), [])
    assert leg.stream_id is None


# --- What a scenario has them do otherwise ----------------------------------------------------------------------------


def events(leg: LegMedia, ticks: int) -> list[str]:
    return [one["event"] for _ in range(ticks) for one in told(leg.tick().messages)]


def test_without_frames_from_the_microphone_there_is_no_media_and_time_goes_on():
    leg = opened()
    leg.set_mic(Quiet.NOTHING)
    silent = [leg.tick() for _ in range(3)]
    leg.say(SOUND)
    (message,) = told(leg.tick().messages)
    assert [(tick.messages, tick.sent) for tick in silent] == [([], None)] * 3
    assert (message["media"]["chunk"], message["media"]["timestamp"], message["sequence_number"]) == ("1", "60", "2")
    assert leg.frames_spoken == 1


def test_who_holds_the_call_hears_nothing_and_the_application_hears_silence():
    leg = opened()
    leg.say(SOUND)
    leg.receive(media(b"\x80" * 1600), 0)
    leg.receive(b'{"event":"mark","mark":{"name":"end"}}', 0)
    leg.hold(True)
    ticks = [leg.tick() for _ in range(14)]
    assert {tick.sent for tick in ticks} == {PCMA.silence_frame}
    assert {tick.heard for tick in ticks} == {b""}
    assert [note for tick in ticks for note in tick.notes] == [MarkReached("end")]
    leg.hold(False)
    leg.say(SOUND)
    leg.receive(media(b"\x80" * 1600), 14 * 20 * MS)
    back = [leg.tick() for _ in range(5)]
    assert back[0].sent == PCMA.encode(SOUND.pcm)[:160]
    assert back[4].heard


@pytest.mark.parametrize(
    ("cut", "sends", "hears"),
    [
        (set(), True, True),
        ({APPLICATION}, False, True),
        ({FAR_END}, True, False),
        ({APPLICATION, FAR_END}, False, False),
    ],
)
def test_a_line_that_is_cut_carries_no_frames_that_way(cut, sends, hears):
    leg = opened()
    leg.receive(media(b"\x80" * 1600), 0)
    for end in cut:
        leg.set_line(end, CUT)
    ticks = [leg.tick() for _ in range(5)]
    assert [bool(tick.messages) for tick in ticks] == [sends] * 5
    assert [tick.sent is not None for tick in ticks] == [sends] * 5
    assert bool(ticks[4].heard) == hears
    assert bool(ticks[0].notes) == hears


def test_behind_a_line_that_is_cut_the_queue_is_played_and_cleared_as_ever():
    """Telnyx does not know that nobody hears it."""
    leg = opened("both_tracks")
    leg.set_line(FAR_END, CUT)
    leg.receive(media(b"\x80" * 1600), 0)
    outbound = [one for _ in range(6) for one in told(leg.tick().messages) if one["media"]["track"] == "outbound"]
    leg.receive(b'{"event":"clear"}', 6 * 20 * MS)
    assert len(outbound) == 3
    assert leg.tick().notes == [Cleared(140)]
    assert leg.frames_heard == 3


@pytest.mark.parametrize("kind", ["connected", "start", "media", "dtmf", "mark", "stop"])
def test_messages_of_a_kind_that_is_skipped_are_never_made(kind):
    leg = LegMedia("PCMA", 0)
    about: dict[str, Any] = {"sent_codec": "PCMA", "returned_codec": "PCMU", "track": "both_tracks", "is_heard": True}
    sent = leg.open_stream(ID, **about, skip=[kind]) + leg.start_stream(START)
    sent += leg.receive(b'{"event":"mark","mark":{"name":"idle"}}', 0)[1]
    leg.receive(media(b"\x80" * 160), 0)
    leg.receive(b'{"event":"mark","mark":{"name":"later"}}', 0)
    for _ in range(6):
        sent += leg.tick().messages
    sent += leg.press("5", "now") + leg.end_stream({})
    usual = ["connected", "start", "mark", *["media"] * 5, "mark", *["media"] * 2, "dtmf", "stop"]
    assert [one["event"] for one in told(sent)] == [event for event in usual if event != kind]
    numbers = [one["sequence_number"] for one in told(sent) if one["event"] != "connected"]
    assert numbers == [str(n + 1) for n in range(len(numbers))], "nothing is missing in the count"


def test_a_stream_that_never_said_start_says_no_stop():
    assert opened(start=False).end_stream({"call_control_id": "v3:x"}) == []


def test_an_extra_frame_is_silence_that_counts_as_any_other():
    leg = opened(sent="L16/16000/be")
    leg.tick()
    assert json.loads(leg.extra_frame())["media"] == {
        "track": "inbound",
        "chunk": "2",
        "timestamp": "20",
        "payload": base64.b64encode(bytes(640)).decode(),
    }
    assert json.loads(opened(start=False).extra_frame())["media"]["timestamp"] == "0"


# --- Two legs of a bridge ---------------------------------------------------------------------------------------------


def bridged(*, is_heard: bool, reaches_peer: bool, returned: str = "PCMU") -> tuple[LegMedia, LegMedia]:
    leg, peer = opened(is_heard=is_heard, reaches_peer=reaches_peer, returned=returned), LegMedia("PCMU", 0)
    leg.bridge(peer)
    return leg, peer


def heard_by(leg: LegMedia, peer: LegMedia, ticks: int = 8) -> tuple[list[int], list[int]]:
    """The ticks at which each of the two hears something."""
    heard = [(leg.tick().heard, peer.tick().heard) for _ in range(ticks)]
    return [k for k, (mine, _) in enumerate(heard) if mine], [k for k, (_, theirs) in enumerate(heard) if theirs]


@pytest.mark.parametrize(
    ("is_heard", "reaches_peer", "mine", "theirs"),
    [(True, False, [3, 4], []), (False, True, [], [3, 4]), (True, True, [3, 4], [3, 4])],
    ids=["self", "opposite", "both"],
)
def test_what_is_returned_is_heard_by_the_legs_that_it_is_for(is_heard, reaches_peer, mine, theirs):
    leg, peer = bridged(is_heard=is_heard, reaches_peer=reaches_peer)
    leg.receive(media(b"\x80" * 320), 0)
    assert heard_by(leg, peer) == (mine, theirs)
    assert (leg.frames_heard, peer.frames_heard) == (len(mine), len(theirs))


def test_nobody_hears_what_is_for_an_opposite_leg_that_is_not_there():
    leg = opened(is_heard=False, reaches_peer=True)
    leg.receive(media(b"\x80" * 320), 0)
    assert not any(leg.tick().heard for _ in range(8))
    assert leg.receive(b'{"event":"mark","mark":{"name":"x"}}', 0)[1], "nothing is played, so a mark is back at once"


def test_a_mark_returns_when_the_peer_has_heard_what_was_before_it():
    leg, peer = bridged(is_heard=False, reaches_peer=True)
    leg.receive(media(b"\x80" * 320), 0)
    leg.receive(b'{"event":"mark","mark":{"name":"x"}}', 0)
    marks = []
    for k in range(8):
        ticked = leg.tick()
        marks += [k for one in told(ticked.messages) if one["event"] == "mark"]
        assert not [note for note in ticked.notes if not isinstance(note, MarkReached)], "no talkspurt is heard here"
        peer.tick()
    assert marks == [5]


def test_a_clear_silences_the_peer_too():
    leg, peer = bridged(is_heard=True, reaches_peer=True)
    leg.receive(media(b"\x80" * 8000), 0)
    leg.receive(b'{"event":"clear"}', 95 * MS)
    assert heard_by(leg, peer) == ([3, 4], [3, 4])


def test_who_holds_the_call_hears_nothing_of_the_peer_s_stream_either():
    leg, peer = bridged(is_heard=False, reaches_peer=True)
    peer.hold(True)
    leg.receive(media(b"\x80" * 320), 0)
    assert heard_by(leg, peer) == ([], [])


def test_after_the_bridge_is_gone_the_peer_hears_nothing():
    leg, peer = bridged(is_heard=True, reaches_peer=True)
    leg.receive(media(b"\x80" * 800), 0)
    assert heard_by(leg, peer, 5) == ([3, 4], [3, 4])
    leg.bridge(None)
    assert heard_by(leg, peer, 8) == ([0, 1, 2], [])


@pytest.mark.parametrize("returned", ["PCMU", "L16/16000/le"])
def test_a_leg_with_a_stream_of_its_own_hears_both_at_one_time(returned):
    leg, peer = bridged(is_heard=False, reaches_peer=True, returned=returned)
    peer.open_stream(ID, sent_codec="PCMA", returned_codec="L16/8000/le", track="inbound_track", is_heard=True)
    codec = parse_codec(returned)
    loud = np.full(codec.frame_samples, 8000, np.int16)
    leg.receive(media(codec.encode(loud)), 0)
    peer.receive(media(np.full(160, 4000, "<i2").tobytes()), 0)
    frames = [(leg.tick(), peer.tick())[1].heard for _ in range(6)]
    [heard] = [np.frombuffer(frame, "<i2") for frame in frames if frame]
    assert len(heard) == 160, "a leg has one rate: of its codec, or of its own stream's return codec"
    assert np.median(heard) == pytest.approx(12_000, abs=300)
    leg.receive(media(codec.encode(np.full(codec.frame_samples, 32_000, np.int16))), 120 * MS)
    peer.receive(media(np.full(160, 32_000, "<i2").tobytes()), 120 * MS)
    frames = [(leg.tick(), peer.tick())[1].heard for _ in range(6)]
    assert max(np.frombuffer(b"".join(frames), "<i2")) == 32_767, "clipped, not wrapped"


# --- What is wrong with audio -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("returned", "size", "flaw"),
    [
        ("PCMU", 160, None),
        ("PCMU", 159, Flaw.SHORT),
        ("PCMU", 1, Flaw.SHORT),
        ("PCMU", 240_000, None),
        ("PCMU", 240_001, Flaw.LONG),
        ("L16/16000/le", 640, None),
        ("L16/16000/le", 639, Flaw.SHORT),
        ("L16/16000/le", 641, Flaw.PART_SAMPLE),
        ("L16/22050/le", 882, None),
        ("L16/48000/be", 2_880_002, Flaw.LONG),
    ],
)
def test_audio_of_an_odd_size_is_played_and_its_flaw_is_named(returned, size, flaw):
    leg = opened(returned=returned)
    payload = b"\x10" * size
    assert leg.receive(media(payload), 0) == (Media(payload, flaw), [])
    assert any(leg.tick().heard for _ in range(5))


def test_short_audio_may_be_refused():
    leg = opened(refuses_short=True)
    message, replies = leg.receive(media(b"\x80" * 159), 0)
    assert message == Malformed(100004, "less than 20 ms of audio", Flaw.SHORT)
    assert [one["payload"]["code"] for one in told(replies)] == [100004]
    assert not any(leg.tick().heard for _ in range(6))
    assert leg.receive(media(b"\x80" * 160), 0)[1] == []


def test_in_mp3_mode_raw_audio_is_not_heard_and_nothing_says_so():
    leg = opened(returned="MP3")
    raw = b"\x80" * 160
    assert leg.receive(media(raw), 0) == (Media(raw, Flaw.NOT_DECODABLE), [])
    assert not any(leg.tick().heard for _ in range(10))


@pytest.mark.parametrize("code", [100002, 100004])
def test_in_mp3_mode_raw_audio_may_be_an_error(code):
    message, replies = opened(returned="MP3", not_mp3=code).receive(media(b"\x80" * 160), 0)
    assert (message.code, message.flaw) == (code, Flaw.NOT_DECODABLE)
    assert [one["payload"]["code"] for one in told(replies)] == [code]


def test_in_mp3_mode_files_are_heard_one_after_another_and_one_a_second_at_most():
    leg, file = opened(returned="MP3"), mp3_file(seconds=0.5)
    second = 1_000_000_000
    assert leg.receive(media(file), 0) == (Media(file), [])
    message, replies = leg.receive(media(file), second - 1)
    assert (message.code, message.flaw) == (100005, Flaw.TOO_OFTEN)
    assert [one["payload"]["code"] for one in told(replies)] == [100005]
    assert leg.receive(media(file), second) == (Media(file), [])
    frames = [leg.tick().heard for _ in range(100)]
    loud = [n for n, frame in enumerate(frames) if frame and np.abs(np.frombuffer(frame, "<i2")).max() > 1000]
    assert {len(frame) for frame in frames} == {0, 640}
    assert 2 * 25 <= len(loud) <= 2 * 30


@pytest.mark.parametrize(
    ("codec", "payload"),
    [("OPUS/16000", b"\x03"), ("AMR-WB", b"\xf0\x14" + bytes(32)), ("AMR-WB/octet-aligned", b"\x80" * 160)],
)
def test_what_is_no_packet_of_the_codec_is_not_heard(codec, payload):
    leg = opened(returned=codec)
    assert leg.receive(media(payload), 0) == (Media(payload, Flaw.NOT_DECODABLE), [])
    assert not any(leg.tick().heard for _ in range(10))


@pytest.mark.parametrize("codec", ["G722", "OPUS/8000", "OPUS/48000", "AMR-WB/octet-aligned", "L16/22050/be"])
def test_what_is_returned_is_decoded_by_one_decoder_message_by_message(codec):
    coder = parse_codec(codec)
    if missing := coder.missing_here(encode=True, decode=True):
        pytest.skip(str(missing))
    said = resample(tone(600, 0.5), 8000, coder.sample_rate_hz)
    payloads = coder.encode_frames(said)
    leg = opened(returned=codec)
    for payload in payloads:
        assert leg.receive(media(payload), 0) == (Media(payload), [])
    heard = b"".join(leg.tick().heard for _ in range(40))
    assert heard == coder.decode_frames(payloads).astype("<i2").tobytes()


# --- Is anybody speaking? ---------------------------------------------------------------------------------------------


class Listening:
    """A leg whose application sends so much of `pcm` at each tick as a tick has."""

    def __init__(self, returned: str = "PCMU", **more: Any) -> None:
        self.leg = opened(returned=returned, **more)
        self.codec = parse_codec(returned)

    def hear(self, pcm: np.ndarray) -> list[bool]:
        """What the person would say at each tick."""
        size, answers = self.codec.frame_samples, []
        for at in range(0, len(pcm), size):
            self.leg.receive(media(self.codec.encode(pcm[at : at + size])), self.leg.due_ns(self.leg.next_tick))
            self.leg.tick()
            answers.append(self.leg.hears_talkspurt())
        return answers

    def wait(self, ticks: int) -> list[bool]:
        answers = []
        for _ in range(ticks):
            self.leg.tick()
            answers.append(self.leg.hears_talkspurt())
        return answers


@pytest.mark.parametrize("returned", ["PCMU", "PCMA", "L16/16000/le", "L16/22050/le", "L16/48000/be"])
def test_a_talkspurt_is_heard_from_about_100_ms_of_it_on(returned):
    ear = Listening(returned)
    rate = ear.codec.sample_rate_hz
    answers = ear.hear(tone(440, 1.0, -23, rate))
    # 60 ms pass before the first of it is heard at all.
    assert answers.index(True) * 20 == pytest.approx(60 + 80, abs=20)
    assert all(answers[answers.index(True) :])


def test_real_speech_is_a_talkspurt_also_when_it_is_quiet():
    for level_dbfs in (-20, -40):
        clip = load_clip("speech/en-1", level_dbfs=level_dbfs)[0]
        assert any(Listening().hear(resample(clip.pcm, clip.sample_rate_hz, 8000)))


def test_a_talkspurt_is_over_soon_after_its_last_sound():
    ear = Listening()
    ear.hear(tone(440, 1.0, -23))
    after = ear.wait(20)
    assert after[0]
    assert after.index(False) <= 12


@pytest.mark.parametrize(
    "pcm",
    [
        np.zeros(16_000, np.int16),
        np.full(16_000, 716, np.int16),
        comfort_noise(b"k", 2.0)[0].pcm,
        np.where(np.arange(16_000) % 4000 < 160, 20_000, 0).astype(np.int16),
        np.zeros(0, np.int16),
    ],
    ids=["silence", "an idle line in the wrong law", "comfort noise", "clicks", "nothing"],
)
def test_what_is_sent_all_the_time_is_no_talkspurt(pcm):
    """Applications that echo send media without a pause."""
    assert not any(Listening().hear(pcm))


def test_who_holds_the_call_or_has_a_cut_line_hears_no_talkspurt():
    for deafen in ("hold", "cut"):
        ear = Listening()
        if deafen == "hold":
            ear.leg.hold(True)
        else:
            ear.leg.set_line(FAR_END, CUT)
        assert not any(ear.hear(tone(440, 1.0, -23)))


def test_before_any_stream_nothing_is_heard():
    assert not LegMedia("PCMA", 0).hears_talkspurt()
