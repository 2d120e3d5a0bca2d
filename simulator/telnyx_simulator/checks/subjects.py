"""Which entries of a trace meet which subject: one small function each, and what people read of an entry."""

import bisect
import itertools
from collections.abc import Callable, Iterator
from typing import Any, Final

from telnyx_simulator.checks.answers import Window
from telnyx_simulator.checks.expectations import JSON, Expectation, Subject
from telnyx_simulator.checks.matching import matches
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.statuses import RESERVED, judged_by
from telnyx_simulator.trace import Entry

SECOND_NS = 1_000_000_000
# Without a mark for so long, a call has come to rest.
REST_NS = 2 * SECOND_NS
# In a scenario digits may hold pauses, which nobody hears as a key.
_NO_PAUSES: Final = str.maketrans("", "", "wW")
STREAM_STATES = frozenset({"opened", "started", "refused", "closed"})


def candidates(expectation: Expectation, window: Window, record: Record) -> Iterator[Entry]:
    """Matching entries from the opening on, in order, whenever they came."""
    if expectation.subject is Subject.MESSAGE:
        yield from _messages(expectation, window, record)
        return
    is_match = _MATCHERS[expectation.subject]
    legs = record.legs(expectation.person) if expectation.person is not None else None
    counted_seq = window.webhook_seq if expectation.subject is Subject.WEBHOOK else 0
    for entry in record.trace.entries:
        if entry.seq <= max(window.opens_seq, counted_seq) and expectation.subject is not Subject.STATUS:
            continue
        if legs is not None and entry.call is not None and entry.call not in legs:
            continue
        if entry.seq <= window.opens_seq and not _holds_on(entry, window, record):
            continue
        if is_match(expectation, entry, window, record):
            yield entry


def _holds_on(entry: Entry, window: Window, record: Record) -> bool:
    """A status is a state: one that came before the window and still holds at its opening counts."""
    later = [other for other in record.trace.of("sut", "status", call=entry.call) if other.seq > entry.seq]
    return not later or later[0].seq > window.opens_seq


def _command(expectation: Expectation, entry: Entry, window: Window, record: Record) -> bool:
    if (entry.actor, entry.kind) != ("rest", "command"):
        return False
    return (
        _is(expectation.value, entry.body["command"])
        and _with(expectation, entry.body["body"])
        and _reply(expectation.reply, entry.body["status"], default=True)
    )


def _webhook(expectation: Expectation, entry: Entry, window: Window, record: Record) -> bool:
    if (entry.actor, entry.kind) != ("sender", "webhook.attempt"):
        return False
    return (
        _is(expectation.value, entry.body["event"])
        and _with(expectation, entry.body["payload"])
        and _reply(expectation.reply, entry.body["status"], default=entry.body["acknowledged"])
    )


def _stream(expectation: Expectation, entry: Entry, window: Window, record: Record) -> bool:
    if entry.actor != "stream" or not _is(expectation.value, entry.kind) or entry.kind not in STREAM_STATES:
        return False
    if not _with(expectation, entry.body):
        return False
    # `closed` speaks of the application: that Telnyx closes at the end of a call is no news.
    return entry.kind != "closed" or entry.body["by"] == "application"


def _hangup_cause(expectation: Expectation, entry: Entry, window: Window, record: Record) -> bool:
    if (entry.actor, entry.kind) != ("switch", "leg") or entry.body["state"] != "hangup":
        return False
    return _is(expectation.value, entry.body["cause"])


def _digits(expectation: Expectation, entry: Entry, window: Window, record: Record) -> bool:
    """The last of the keys that the person heard: since the first one, or since one that a later command sent."""
    if (entry.actor, entry.kind) != ("far_end", "digit") or not entry.body.get("received"):
        return False
    value = expectation.value.translate(_NO_PAUSES) if isinstance(expectation.value, str) else expectation.value
    sent = [one.seq for one in record.trace.of("switch", "keys", call=entry.call)]
    heard = [
        one
        for one in record.trace.of("far_end", "digit", call=entry.call)
        if one.body.get("received") and one.seq <= entry.seq
    ]
    keys = "".join(one.body["digit"] for one in heard)
    begins = [0] + [
        n
        for n, (before, after) in enumerate(itertools.pairwise(heard), start=1)
        if any(before.seq < seq < after.seq for seq in sent)
    ]
    return any(matches(value, keys[begin:]) for begin in begins)


def _status(expectation: Expectation, entry: Entry, window: Window, record: Record) -> bool:
    if (entry.actor, entry.kind) != ("sut", "status") or entry.call is None:
        return False
    if expectation.value in RESERVED:
        # For the state that the leg was in then; a status from before the window is held against what the script did.
        moves = [
            move
            for move in record.moves(entry.call)
            if move.seq <= entry.seq or (entry.seq <= window.opens_seq and move.at_ns <= window.moment_ns)
        ]
        judge = judged_by(expectation.value, record, entry.call, moves)
        word = entry.body["word"]
        return judge(word) if callable(judge) else word in judge
    return matches(expectation.value, entry.body["word"])


def _effect(expectation: Expectation, entry: Entry, window: Window, record: Record) -> bool:
    if (entry.actor, entry.kind) == ("stream", "message") and entry.body["message"] == "mark":
        return _is_at_rest(entry, window, record)
    return is_effect(entry)


def is_effect(entry: Entry) -> bool:
    """Whether the application did something that a webhook may have caused; marks hang on when they came."""
    match entry.actor, entry.kind:
        case "rest", "command":
            # Looking is no effect.
            return bool(entry.body["method"] != "GET")
        case "stream", "message":
            return bool(entry.body["message"] == "clear")
        case "stream", "closed":
            return bool(entry.body["by"] == "application")
        case "sut", "status":
            return True
    return False


def _is_at_rest(mark: Entry, window: Window, record: Record) -> bool:
    """Whether the call had come to rest before the window: an application that marks all the time proves nothing."""
    before = [
        entry
        for entry in record.trace.of("stream", "message", call=mark.call)
        if entry.body["message"] == "mark" and entry.seq <= window.opens_seq
    ]
    return not before or window.opens_ns - before[-1].at_ns > REST_NS


_MATCHERS: Final[dict[Subject, Callable[[Expectation, Entry, Window, Record], bool]]] = {
    Subject.COMMAND: _command,
    Subject.WEBHOOK: _webhook,
    Subject.STREAM: _stream,
    Subject.HANGUP_CAUSE: _hangup_cause,
    Subject.DIGITS: _digits,
    Subject.STATUS: _status,
    Subject.EFFECT: _effect,
}


# Messages: media stand in frame files, all else in entries


def _messages(expectation: Expectation, window: Window, record: Record) -> Iterator[Entry]:
    calls = record.legs(expectation.person)
    found = [
        entry
        for entry in record.trace.of("stream", "message")
        if entry.seq > window.opens_seq and entry.call in calls and entry.body["message"] not in ("media", "odd")
    ]
    if _is(expectation.value, "media"):
        found += [entry for call in calls for entry in _media(call, window, record)]
    for entry in sorted(found, key=lambda entry: (entry.at_ns, entry.seq)):
        if _is(expectation.value, entry.body["message"]) and _with(expectation, as_sent(entry.body)):
            yield entry


def _media(call: str, window: Window, record: Record) -> Iterator[Entry]:
    """Media messages as if they were entries; `seq` is that of the last entry that is surely older.

    The files tell moments, not an order among entries: what came at the instant of the opening counts.
    """
    at_ns = [entry.at_ns for entry in record.trace.entries]
    for stream in record.streams(call):
        stream_id = stream.body["stream_id"]
        for n, frame in enumerate(record.trace.frames(f"{stream_id}.from_app")):
            if frame.at_ns >= window.opens_ns:
                seq = max(window.opens_seq, bisect.bisect_left(at_ns, frame.at_ns))
                body = {"message": "media", "stream_id": stream_id, "frame": n, "bytes": len(frame.data)}
                yield Entry(seq, frame.at_ns, stream.run, call, "stream", "media", body)


def as_sent(body: dict[str, Any]) -> JSON:
    """A message in the form that the application sent it in, with what we know of it beside."""
    event = body.get("event", body["message"])
    return body | {"event": event, event: {key: body[key] for key in ("name",) if key in body}}


# In words


def told(entry: Entry) -> str:
    """What an entry says, in a few words."""
    body = entry.body
    match entry.actor, entry.kind:
        case "rest", "command":
            return f"{body['command']} -> {_status_word(body['status'])}"
        case "sender", "webhook.attempt":
            return f"{body['event']} -> {_status_word(body['status'])}"
        case "sut", "status":
            return f"status {body['word']!r}"
        case "switch", "leg":
            return str(body.get("cause") or body["state"])
        case "stream", "message" | "media":
            detail = body.get("name") or body.get("problem") or (f"{body['bytes']} bytes" if "bytes" in body else "")
            return f"{body['message']}" + (f" ({detail})" if detail else "")
        case "stream", "refused":
            return f"refused: {body.get('failure', '')}"
        case "stream", "closed":
            return f"closed by {body['by']}" + (f" ({body['code']})" if body.get("code") else "")
    return entry.kind


def _status_word(status: int | None) -> str:
    return "no reply" if status is None else str(status)


def _is(value: JSON, actual: str) -> bool:
    return value == "any" or matches(value, actual)


def _with(expectation: Expectation, actual: JSON) -> bool:
    return expectation.with_ is None or matches(expectation.with_, actual)


def _reply(wanted: str | None, status: int | None, *, default: bool) -> bool:
    match wanted:
        case None:
            return default
        case "none":
            return status is None
        case "2xx" | "3xx" | "4xx" | "5xx":
            return status is not None and status // 100 == int(wanted[0])
    return status is not None and str(status) == wanted
