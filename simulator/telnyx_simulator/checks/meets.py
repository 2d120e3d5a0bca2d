"""The one answer to "is this expectation met?": asked by the runner in order to go on, asked again by the verdict.

Theory of operation. A window opens at an entry of the trace (or at a moment, for what is heard) and closes `within`
after the moment of the step before. `meets` looks at nothing else and never guesses: as long as the trace has not got
to the end of the window, what has not happened is *pending*.
"""

import dataclasses
from collections.abc import Callable, Iterator

from telnyx_simulator.checks.answers import Answer, Met, Missed, Pending, Window, counted, early
from telnyx_simulator.checks.expectations import JSON, Expectation, Subject
from telnyx_simulator.checks.hearing import heard
from telnyx_simulator.checks.matching import matches
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import Ears
from telnyx_simulator.trace import Entry

SECOND_NS = 1_000_000_000
# Without a mark for so long, a call has come to rest.
REST_NS = 2 * SECOND_NS
STREAM_STATES = frozenset({"opened", "started", "refused", "closed"})


def meets(expectation: Expectation, window: Window, record: Record, ears: Ears, *, now_ns: int | None) -> Answer:
    """Judge one expectation. `now_ns` is how far the trace has got; None when the run is over."""
    if expectation.subject is Subject.HEARD:
        return heard(expectation, window, record, ears, now_ns)
    found = [entry for entry in _candidates(expectation, window, record) if _in_time(entry, window)]
    over = window.is_over(now_ns)
    least, most = expectation.times or (1, None)
    if most is not None and len(found) > most:
        return Missed(f"{len(found)} times, wanted {counted(least, most)}")
    if len(found) >= least and (most is None or over):
        last = found[least - 1] if found and least else None
        if last is None:
            moment = window.closes_ns if window.closes_ns is not None else window.opens_ns
            return Met(window.opens_seq, window.opens_ns, moment, "never, as wanted")
        return Met(last.seq, last.at_ns, max(last.at_ns, window.opens_ns), _told(expectation, last))
    if not over:
        return Pending()
    return _missed(expectation, window, record, len(found))


def _missed(expectation: Expectation, window: Window, record: Record, count: int) -> Missed:
    if count:
        least, most = expectation.times or (1, None)
        return Missed(f"{count} times, wanted {counted(least, most)}")
    if expectation.subject is Subject.STATUS:
        words = [str(entry.body["word"]) for entry in record.trace.of("sut", "status")]
        return Missed(f"status {words[-1]!r}" if words else "no status was seen")
    late = [entry for entry in _candidates(expectation, window, record) if not _in_time(entry, window)]
    if late and window.closes_ns is not None:
        late_by_ns = late[0].at_ns - window.closes_ns
        return Missed(f"it came {late_by_ns / 1e6:.0f} ms too late", late_by_ns=late_by_ns)
    other = _almost(expectation, window, record)
    if other:
        return Missed(other)
    before = [entry for entry in _candidates(expectation, Window(0, 0, None), record) if entry.seq <= window.opens_seq]
    if before:
        return Missed(early(window.opens_ns - before[-1].at_ns))
    return Missed("it did not happen")


def _almost(expectation: Expectation, window: Window, record: Record) -> str | None:
    """What came in time but for `with` or `reply`, in words."""
    if expectation.with_ is None and expectation.reply is None:
        return None
    plain = dataclasses.replace(expectation, with_=None, reply=None)
    any_reply = [dataclasses.replace(plain, reply=reply) for reply in (None, "none", "3xx", "4xx", "5xx")]
    for candidate in any_reply:
        for entry in _candidates(candidate, window, record):
            if _in_time(entry, window):
                wanted = f"with {expectation.with_}" if expectation.with_ is not None else f"reply {expectation.reply}"
                return f"{_told(expectation, entry)} came, but not {wanted}"
    return None


def matching_entries(expectation: Expectation, window: Window, record: Record) -> list[Entry]:
    """Entries within the window that match: what `absent` must not find."""
    return [entry for entry in _candidates(expectation, window, record) if _in_time(entry, window)]


def _candidates(expectation: Expectation, window: Window, record: Record) -> Iterator[Entry]:
    """Matching entries from the opening on, in order, whenever they came."""
    is_match = _MATCHERS[expectation.subject]
    legs = record.legs(expectation.person) if expectation.person is not None else None
    for entry in record.trace.entries:
        if entry.seq <= window.opens_seq and expectation.subject is not Subject.STATUS:
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


def _in_time(entry: Entry, window: Window) -> bool:
    return window.closes_ns is None or entry.at_ns <= window.closes_ns


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


def _status(expectation: Expectation, entry: Entry, window: Window, record: Record) -> bool:
    if (entry.actor, entry.kind) != ("sut", "status") or entry.call is None:
        return False
    if expectation.value == "mapped":
        # For the state that the leg was in then; a status from before the window is held against what the script did.
        moves = [
            move
            for move in record.moves(entry.call)
            if move.seq <= entry.seq or (entry.seq <= window.opens_seq and move.at_ns <= window.moment_ns)
        ]
        return entry.body["word"] in (record.expected_words(entry.call, moves) or [])
    return matches(expectation.value, entry.body["word"])


def _effect(expectation: Expectation, entry: Entry, window: Window, record: Record) -> bool:
    match entry.actor, entry.kind:
        case "rest", "command":
            # Looking is no effect.
            return bool(entry.body["method"] != "GET")
        case "stream", "message":
            if entry.body["message"] == "mark":
                return _is_at_rest(entry, window, record)
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


_MATCHERS: dict[Subject, Callable[[Expectation, Entry, Window, Record], bool]] = {
    Subject.COMMAND: _command,
    Subject.WEBHOOK: _webhook,
    Subject.STREAM: _stream,
    Subject.HANGUP_CAUSE: _hangup_cause,
    Subject.STATUS: _status,
    Subject.EFFECT: _effect,
}


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


def _told(expectation: Expectation, entry: Entry) -> str:
    match expectation.subject:
        case Subject.COMMAND:
            return f"{entry.body['command']} -> {entry.body['status']}"
        case Subject.WEBHOOK:
            return f"{entry.body['event']} -> {entry.body['status']}"
        case Subject.STATUS:
            return f"status {entry.body['word']!r}"
        case Subject.HANGUP_CAUSE:
            return str(entry.body["cause"])
    return entry.kind
