"""One leg's media, from the first message of its stream to the last."""

import base64
import json
from typing import Any

import numpy as np
import pytest

from telnyx_simulator.audio.codecs import PCMA, PCMU
from telnyx_simulator.audio.signals import tone
from telnyx_simulator.media.leg_media import LegMedia
from telnyx_simulator.media.messages import Clear, Malformed, Mark, Media, Unknown
from telnyx_simulator.media.sources import Sound

ID = "32de0dea-53cb-4b21-89a4-9e1819c043bc"
MS = 1_000_000
START = {"call_control_id": "v3:x"}
SOUND = Sound("tone", "digest", tone(440, 0.06), 8000)


def opened(
    track: str = "inbound_track", sent: str = "PCMA", returned: str = "PCMU", is_heard: bool = True, start: bool = True
) -> LegMedia:
    leg = LegMedia("PCMA", 0)
    leg.open_stream(ID, sent_codec=sent, returned_codec=returned, track=track, is_heard=is_heard)
    if start:
        leg.start_stream(START)
    return leg


def media(payload: bytes) -> bytes:
    return json.dumps({"event": "media", "media": {"payload": base64.b64encode(payload).decode()}}).encode()


def told(messages: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(message) for message in messages]


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


def test_a_binary_message_is_a_malformed_frame():
    assert told(opened().refuse_binary())[0]["payload"]["code"] == 100003
    assert LegMedia("PCMA", 0).refuse_binary() == []


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
