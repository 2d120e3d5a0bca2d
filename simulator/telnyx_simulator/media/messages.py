"""The stream's messages: JSON objects as text, byte for byte what Telnyx sends, and what an application may send.

Field types are exact: `sequence_number`, `chunk` and `timestamp` are decimal text, `sample_rate` and `channels` numbers
(docs). `timestamp` is milliseconds since `start` (its unit is nowhere stated: assumed).
"""

import binascii
import json
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from telnyx_simulator.facts.media import PROTOCOL_VERSION, STREAM_ERRORS

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

    def media(self, track: str, timestamp_ms: int, payload: bytes) -> bytes:
        """`payload` is base64 already."""
        self._chunks[track] += 1
        head = '{"event":"media","sequence_number":"%s","media":{"track":"%s","chunk":"%d","timestamp":"%d","payload":"'
        return (head % (self._next(), track, self._chunks[track], timestamp_ms)).encode() + payload + self._tail

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


@dataclass(frozen=True, slots=True)
class Media:
    payload: bytes


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
    """A message that gets an error: the code, and what is wrong in words for people."""

    code: int
    problem: str


Inbound = Media | Mark | Clear | Unknown | Malformed


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


def read(text: bytes) -> Inbound:
    """What the application said. Anything at all may come in; nothing makes this raise."""
    try:
        message = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Malformed(100003, _complaint(text, error))
    match message.event:
        case "media":
            return _media(message.media)
        case "mark":
            return Mark(message.mark.name) if message.mark else Malformed(100003, "a mark without `mark.name`")
        case "clear":
            return Clear()
        case event:
            return Unknown(event[:100])


def _media(body: _MediaBody | None) -> Inbound:
    if body is None:
        return Malformed(100003, "a media message without `media.payload`")
    try:
        payload = binascii.a2b_base64(body.payload, strict_mode=True)
    except ValueError as error:
        return Malformed(100004, f"`media.payload` is not base64: {error}")
    return Media(payload) if payload else Malformed(100004, "`media.payload` is empty")


def _complaint(text: bytes, error: Exception) -> str:
    try:
        keys = _any_decoder.decode(text).keys()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return f"not a JSON object: {error}"
    if "event" not in keys and "event_type" in keys:
        return "the key `event` is missing; `event_type` belongs to webhooks"
    return str(error)
