"""The stream's messages: what Telnyx sends, to the byte, and what an application may send, whatever it is."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_simulator.facts.media import STREAM_ERRORS
from telnyx_simulator.media.messages import CONNECTED, Clear, Flaw, Malformed, Mark, Media, Outbound, Unknown, read

ID = "32DE0DEA-53CB-4B21-89A4-9E1819C043BC"


def test_connected_has_a_version_and_nothing_else():
    assert CONNECTED == b'{"event":"connected","version":"1.0.0"}'


def test_messages_are_written_as_the_documentation_shows_them():
    out = Outbound(ID)
    start = {"user_id": "3e6f", "media_format": {"encoding": "PCMU", "sample_rate": 8000, "channels": 1}}
    assert [
        out.start(start),
        out.media("inbound", 5, b"AAAA"),
        out.dtmf("1", "2025-06-05T08:54:19.698408Z"),
        out.mark("x"),
        out.stop({"user_id": "3e6f", "call_control_id": "v3:x"}),
        out.error(100004),
    ] == [
        b'{"event":"start","sequence_number":"1","start":{"user_id":"3e6f","media_format":'
        b'{"encoding":"PCMU","sample_rate":8000,"channels":1}},"stream_id":"%s"}' % ID.encode(),
        b'{"event":"media","sequence_number":"2","media":{"track":"inbound","chunk":"1","timestamp":"5",'
        b'"payload":"AAAA"},"stream_id":"%s"}' % ID.encode(),
        b'{"event":"dtmf","stream_id":"%s","occurred_at":"2025-06-05T08:54:19.698408Z",'
        b'"sequence_number":"3","dtmf":{"digit":"1"}}' % ID.encode(),
        b'{"event":"mark","stream_id":"%s","sequence_number":"4","mark":{"name":"x"}}' % ID.encode(),
        b'{"event":"stop","sequence_number":"5","stop":{"user_id":"3e6f","call_control_id":"v3:x"},'
        b'"stream_id":"%s"}' % ID.encode(),
        b'{"event":"error","payload":{"code":100004,"title":"invalid_media",'
        b'"detail":"The payload is not base64 encoded audio."},"stream_id":"%s"}' % ID.encode(),
    ]


def test_chunks_are_counted_for_each_track_and_sequence_numbers_over_all_messages():
    out = Outbound(ID)
    tracks = ["inbound", "inbound", "outbound", "inbound", "outbound"]
    sent = [json.loads(out.media(track, 0, b"")) for track in tracks]
    assert [(one["sequence_number"], one["media"]["chunk"]) for one in sent] == [
        ("1", "1"),
        ("2", "2"),
        ("3", "1"),
        ("4", "3"),
        ("5", "2"),
    ]


def test_an_error_takes_no_sequence_number():
    out = Outbound(ID)
    assert "sequence_number" not in json.loads(out.error(100003))
    assert json.loads(out.mark("x"))["sequence_number"] == "1"


@pytest.mark.parametrize("code", STREAM_ERRORS)
def test_an_error_says_code_as_a_number_and_title_as_documented(code):
    title, detail = STREAM_ERRORS[code]
    assert json.loads(Outbound(ID).error(code)) == {
        "event": "error",
        "payload": {"code": code, "title": title, "detail": detail},
        "stream_id": ID,
    }


@given(st.text())
def test_a_marks_name_comes_back_as_it_was(name):
    assert json.loads(Outbound(ID).mark(name))["mark"]["name"] == name


@given(st.binary(min_size=1), st.dictionaries(st.sampled_from(["stream_id", "track", "extra"]), st.text()))
def test_media_is_read_with_whatever_stands_beside_it(payload, extra):
    message = {"event": "media", "media": {"payload": base64.b64encode(payload).decode(), **extra}} | extra
    assert read(json.dumps(message).encode()) == Media(payload)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"event":"mark","mark":{"name":"x"}}', Mark("x")),
        ('{"event":"mark","mark":{"name":""}}', Mark("")),
        ('{"event":"clear"}', Clear()),
        ('{"event":"clear","stream_id":"x","media":null}', Clear()),
        (' {"event" : "clear"}\n', Clear()),
        ('{"event":"dtmf","dtmf":{"digit":"1"}}', Unknown("dtmf")),
        ('{"event":"start"}', Unknown("start")),
        ('{"event":"' + "x" * 200 + '"}', Unknown("x" * 100)),
    ],
)
def test_other_messages_are_read(text, message):
    assert read(text.encode()) == message


@pytest.mark.parametrize(
    ("text", "code", "problem", "flaw"),
    [
        (b"", 100003, "not a JSON object", Flaw.NOT_JSON),
        (b"hello", 100003, "not a JSON object", Flaw.NOT_JSON),
        (b"\xff\xfe", 100003, "not a JSON object", Flaw.NOT_JSON),
        (b"[]", 100003, "not a JSON object", Flaw.NOT_JSON),
        (b"null", 100003, "not a JSON object", Flaw.NOT_JSON),
        (b"[" * 100_000, 100003, "not a JSON object", Flaw.NOT_JSON),
        (b'{"event":"clear"', 100003, "not a JSON object", Flaw.NOT_JSON),
        (b'{"event":"clear"}{"event":"clear"}', 100003, "not a JSON object", Flaw.NOT_JSON),
        (b"{}", 100003, "`event`", Flaw.NO_EVENT),
        (b'{"event":5}', 100003, "$.event", Flaw.WRONG_TYPE),
        (b'{"event":null}', 100003, "$.event", Flaw.WRONG_TYPE),
        (
            b'{"event_type":"media"}',
            100003,
            "the key `event` is missing; `event_type` belongs to webhooks",
            Flaw.NO_EVENT,
        ),
        (b'{"event":"media"}', 100003, "without `media.payload`", Flaw.NO_PAYLOAD),
        (b'{"event":"media","media":{}}', 100003, "`payload`", Flaw.NO_PAYLOAD),
        (b'{"event":"media","media":{"chunk":"AAAA"}}', 100003, "`payload`", Flaw.NO_PAYLOAD),
        (b'{"event":"media","media":"AAAA"}', 100003, "$.media", Flaw.WRONG_TYPE),
        (b'{"event":"media","media":{"payload":5}}', 100003, "$.media.payload", Flaw.WRONG_TYPE),
        (b'{"event":"media","media":{"payload":""}}', 100004, "is empty", Flaw.EMPTY),
        (b'{"event":"media","media":{"payload":"AAA"}}', 100004, "is not base64", Flaw.NOT_BASE64),
        (b'{"event":"media","media":{"payload":"A A="}}', 100004, "is not base64", Flaw.NOT_BASE64),
        (b'{"event":"media","media":{"payload":"AAAA====AAAA"}}', 100004, "is not base64", Flaw.NOT_BASE64),
        (b'{"event":"media","media":{"payload":"____"}}', 100004, "is not base64", Flaw.NOT_BASE64),
        ('{"event":"media","media":{"payload":"größe"}}'.encode(), 100004, "is not base64", Flaw.NOT_BASE64),
        (b'{"event":"mark"}', 100003, "without `mark.name`", Flaw.NO_NAME),
        (b'{"event":"mark","mark":{}}', 100003, "`name`", Flaw.NO_NAME),
        (b'{"event":"mark","mark":{"name":null}}', 100003, "$.mark.name", Flaw.WRONG_TYPE),
    ],
)
def test_a_malformed_message_gets_its_documented_code_and_words_for_people(text, code, problem, flaw):
    message = read(text)
    assert isinstance(message, Malformed)
    assert (message.code, message.flaw) == (code, flaw)
    assert problem in message.problem


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["media", "mark", "clear"]),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["event", "media", "mark", "payload", "name"]), inner)
    ),
)


@given(st.binary() | st.text().map(str.encode) | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_at_all_is_read_and_nothing_raises(text):
    message = read(text)
    assert isinstance(message, Media | Mark | Clear | Unknown | Malformed)
    if isinstance(message, Malformed):
        assert message.code in STREAM_ERRORS
        assert message.problem
