"""The standing check `messages_valid`: what the application sends on its streams has the form that Telnyx documents."""

from collections import Counter
from collections.abc import Iterator

from telnyx_simulator.audio.codecs import Codec, NotDecodable, parse_codec
from telnyx_simulator.checks.claims import STANDING
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.checks.formats import foreign_format
from telnyx_simulator.checks.record import Record
from telnyx_simulator.trace import Entry, Frame

# docs: a message holds 20 ms to 30 s of audio.
DURATION_S_MIN, DURATION_S_MAX = 0.020, 30.0

Problem = tuple[int, str | None, str]
"""When (ns), on which leg, and what is wrong."""


def messages_valid(record: Record) -> Iterator[Finding]:
    claim = STANDING["messages_valid"]
    problems: list[Problem] = []
    count = 0
    for stream in record.trace.of("stream", "opened"):
        frames = record.trace.frames(f"{stream.body['stream_id']}.from_app")
        count += len(frames)
        problems += _media(stream, frames)
    for entry in record.trace.of("stream", "message"):
        if entry.body["message"] == "media":
            continue  # stands in the frame file as well
        count += 1
        if entry.body["message"] in ("invalid", "unknown"):
            problems.append((entry.at_ns, entry.call, _complaint(entry)))
    if not count:
        actual = "the application sent nothing on a stream"
        yield Finding(id="messages_valid", verdict=Verdict.NOT_EXERCISED, expected=claim, actual=actual)
    elif not problems:
        actual = f"{count} message{'s' if count > 1 else ''}"
        yield Finding(id="messages_valid", verdict=Verdict.PASS, expected=claim, actual=actual)
    else:
        at_ns, call, first = min(problems)
        kinds = Counter(what.split(":")[0] for _, _, what in problems)
        others = f" ({', '.join(f'{what}: {n}' for what, n in kinds.items())})" if len(kinds) > 1 else ""
        yield Finding(
            id="messages_valid",
            verdict=Verdict.FAIL,
            expected=claim,
            actual=f"{len(problems)} of {count} are not{others}; the first: {first}",
            at_s=at_ns / 1e9,
            call=call,
        )


def _complaint(entry: Entry) -> str:
    if entry.body["message"] == "unknown":
        return f"unknown event: {entry.body['event']!r}; an application sends media, mark and clear"
    return f"malformed: {entry.body['problem']}"


def _media(stream: Entry, frames: list[Frame]) -> Iterator[Problem]:
    codec = parse_codec(stream.body.get("asked_codec", stream.body["returned_codec"]))
    for frame in frames:
        if problem := _wrong(frame.data, codec):
            yield frame.at_ns, stream.call, problem


def _wrong(payload: bytes, codec: Codec) -> str | None:
    if codec.name == "MP3":
        return _wrong_file(payload, codec)
    if name := foreign_format(payload):
        return f"another format: {name}, where {codec} was asked for"
    try:
        duration_s = duration_of(payload, codec)
    except NotDecodable as problem:
        return f"no {codec} payload: {problem}"
    if duration_s < DURATION_S_MIN:
        return f"too short: {duration_s * 1000:g} ms of audio; a message holds at least 20 ms"
    if duration_s > DURATION_S_MAX:
        return f"too long: {duration_s:.1f} s of audio; a message holds at most 30 s"
    if codec.name == "L16" and len(payload) % 2:
        return f"half a sample: {len(payload)} bytes are no whole number of {codec} samples"
    return None


def _wrong_file(payload: bytes, codec: Codec) -> str | None:
    """In mp3 mode a message is a file, of any length (the docs bound the messages of rtp mode)."""
    try:
        codec.samples_of(payload)
    except NotDecodable as problem:
        mode = "the stream is in mp3 mode, for no command asked for `stream_bidirectional_mode: rtp`"
        return f"no MP3 file: {mode} ({problem})"
    return None


def duration_of(payload: bytes, codec: Codec) -> float:
    """Seconds of audio in a payload. Raises `NotDecodable` for what is none in this codec."""
    return codec.samples_of(payload) / codec.sample_rate_hz
