"""The stream's messages: JSON objects as text, byte for byte what Telnyx sends, and what an application may send.

Field types are exact: `sequence_number`, `chunk` and `timestamp` are decimal text, `sample_rate` and `channels` numbers
(docs). `timestamp` is milliseconds since `start` (its unit is nowhere stated: assumed).
"""

import binascii
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import msgspec

from telnyx_simulator.audio.codecs import Codec, NotDecodable
from telnyx_simulator.facts.media import MESSAGE_MS_MAX, MESSAGE_MS_MIN, PROTOCOL_VERSION, STREAM_ERRORS

CONNECTED: Final = json.dumps({"event": "connected", "version": PROTOCOL_VERSION}, separators=(",", ":")).encode()


class Outbound:
    """Writes one stream's messages; it counts sequence numbers over all of them and chunks for each track."""

    def __init__(self, stream_id: str) -> None:
        self._stream_id = stream_id
        self._sequence = 0
        self._chunks = {"inbound": 0, "outbound": 0}
        # Assembled from bytes: the one message that is sent fifty times a second.
        self._tail = b'"},"stream_id":' + json.dumps(stream_id).encode() + b"}"

    def start(self, body: dict[str, Any]) -> bytes:
        return self._message({"event": "start", "sequence_number": self._next(), "start": body})

    def media(self, track: str, timestamp_ms: int, payload: bytes, *, again: bool = False) -> bytes:
        """`payload` is base64 already. `again`: a copy of the chunk before."""
        self._chunks[track] += not again
        head = '{"event":"media","sequence_number":"%s","media":{"track":"%s","chunk":"%d","timestamp":"%d","payload":"'
        return (head % (self._next(), track, self._chunks[track], timestamp_ms)).encode() + payload + self._tail

    def pass_over(self, track: str) -> None:
        """A chunk that never came to Telnyx leaves a gap in their numbers (assumed)."""
        self._chunks[track] += 1

    def mark(self, name: str) -> bytes:
        body = {"event": "mark", "stream_id": self._stream_id, "sequence_number": self._next(), "mark": {"name": name}}
        return self._message(body)

    def dtmf(self, digit: str, occurred_at: str) -> bytes:
        return self._message(
            {
                "event": "dtmf",
                "stream_id": self._stream_id,
                "occurred_at": occurred_at,
                "sequence_number": self._next(),
                "dtmf": {"digit": digit},
            }
        )

    def stop(self, body: dict[str, Any]) -> bytes:
        return self._message({"event": "stop", "sequence_number": self._next(), "stop": body})

    def error(self, code: int) -> bytes:
        """An error message; it carries no sequence number (docs)."""
        title, detail = STREAM_ERRORS[code]
        return self._message({"event": "error", "payload": {"code": code, "title": title, "detail": detail}})

    def _next(self) -> str:
        self._sequence += 1
        return str(self._sequence)

    def _message(self, body: dict[str, Any]) -> bytes:
        return json.dumps(body | {"stream_id": self._stream_id}, separators=(",", ":")).encode()


class Flaw(StrEnum):
    """What can be wrong with a message of the application: the words that the trace has for it."""

    NOT_JSON = "not_json"  # not a JSON object
    NO_EVENT = "no_event"
    UNKNOWN_EVENT = "unknown_event"
    NO_NAME = "no_name"  # a mark without `mark.name`
    NO_PAYLOAD = "no_payload"  # a media message without `media.payload`
    WRONG_TYPE = "wrong_type"
    BINARY = "binary"
    UNREADABLE = "unreadable"  # no WebSocket frame, or beyond any size: the WebSocket is closed
    NOT_BASE64 = "not_base64"
    EMPTY = "empty"
    SHORT = "short"  # less than 20 ms
    LONG = "long"  # more than 30 s
    PART_SAMPLE = "part_sample"  # not a whole number of samples
    NOT_DECODABLE = "not_decodable"  # nothing in the codec asked for: a packet or a file of another form
    TOO_OFTEN = "too_often"  # MP3 files faster than one a second


@dataclass(frozen=True, slots=True)
class Media:
    """`flaw` tells of audio that is not what the documentation asks for; it is played all the same where it can be."""

    payload: bytes
    flaw: Flaw | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    pass


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message of an event that Telnyx does not know: recorded and ignored."""

    event: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A message that gets an error: the code, and what is wrong in words for people.

    `octets` is the size of audio that is refused for its size alone.
    """

    code: int
    problem: str
    flaw: Flaw
    octets: int | None = field(default=None, compare=False)


Inbound = Media | Mark | Clear | Unknown | Malformed

BINARY: Final = Malformed(100003, "a binary message", Flaw.BINARY)
_NO_NAME: Final = Malformed(100003, "a mark without `mark.name`", Flaw.NO_NAME)
_NO_PAYLOAD: Final = Malformed(100003, "a media message without `media.payload`", Flaw.NO_PAYLOAD)


class _MediaBody(msgspec.Struct):
    payload: str


class _MarkBody(msgspec.Struct):
    name: str


class _Message(msgspec.Struct):
    event: str
    media: _MediaBody | None = None
    mark: _MarkBody | None = None


_decoder: Final = msgspec.json.Decoder(_Message)
_any_decoder: Final = msgspec.json.Decoder(dict[str, Any])


def unreadable(problem: str) -> Malformed:
    """What the WebSocket itself broke at, before there was a message."""
    return Malformed(100003, problem, Flaw.UNREADABLE)


def read(text: bytes) -> Inbound:
    """What the application said. Anything at all may come in; nothing makes this raise."""
    try:
        message = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _malformed(text, error)
    match message.event:
        case "media":
            return _media(message.media)
        case "mark":
            return Mark(message.mark.name) if message.mark else _NO_NAME
        case "clear":
            return Clear()
        case event:
            return Unknown(event[:100])


def _media(body: _MediaBody | None) -> Inbound:
    if body is None:
        return _NO_PAYLOAD
    try:
        payload = binascii.a2b_base64(body.payload, strict_mode=True)
    except ValueError as error:
        return Malformed(100004, f"`media.payload` is not base64: {error}", Flaw.NOT_BASE64)
    return Media(payload) if payload else Malformed(100004, "`media.payload` is empty", Flaw.EMPTY)


def flaw_of(payload: bytes, codec: Codec) -> Flaw | None:
    """What is wrong with the form or the size of audio in this codec."""
    try:
        samples = codec.samples_of(payload)
    except NotDecodable:
        return Flaw.NOT_DECODABLE
    if codec.name == "MP3":
        return None  # a file may be of any length (the docs bound the messages of rtp mode)
    if samples * 1000 < MESSAGE_MS_MIN * codec.sample_rate_hz:
        return Flaw.SHORT
    if samples * 1000 > MESSAGE_MS_MAX * codec.sample_rate_hz:
        return Flaw.LONG
    return Flaw.PART_SAMPLE if codec.name == "L16" and len(payload) % 2 else None


def _malformed(text: bytes, error: Exception) -> Malformed:
    """A message that does not have the form of one: what is wrong with it, as exactly as can be said."""
    try:
        message = _any_decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Malformed(100003, f"not a JSON object: {error}", Flaw.NOT_JSON)
    if "event" not in message:
        webhook = "event_type" in message
        problem = "the key `event` is missing; `event_type` belongs to webhooks" if webhook else str(error)
        return Malformed(100003, problem, Flaw.NO_EVENT)
    match message["event"], message.get("media"), message.get("mark"):
        case "media", {**media}, _ if "payload" not in media:
            return Malformed(100003, str(error), Flaw.NO_PAYLOAD)
        case "mark", _, {**mark} if "name" not in mark:
            return Malformed(100003, str(error), Flaw.NO_NAME)
    return Malformed(100003, str(error), Flaw.WRONG_TYPE)
