"""The one answer to "is this expectation met?": asked by the runner in order to go on, asked again by the verdict.

Theory of operation. A window opens at an entry of the trace (or at a moment, for what is heard) and closes `within`
after the moment of the step before. `meets` looks at nothing else and never guesses: as long as the trace has not got
to the end of the window, what has not happened is *pending*.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from telnyx_simulator.audio.diagnosis import talkspurts
from telnyx_simulator.checks.expectations import Expectation, Subject
from telnyx_simulator.checks.findings import FAULT_TEXTS, Fault
from telnyx_simulator.checks.matching import matches
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import SNR_DB_MIN, Ears, Judged
from telnyx_simulator.trace import Entry

SECOND_NS = 1_000_000_000
# A talkspurt or silence that is shorter interrupts nothing.
PAUSE_NS = 200_000_000


@dataclass(frozen=True, slots=True)
class Window:
    """Opens after entry `opens_seq`, at `opens_ns`; what is expected must come by `closes_ns` (None: no bound)."""

    opens_seq: int
    opens_ns: int
    closes_ns: int | None


@dataclass(frozen=True, slots=True)
class Met:
    """By what: the next window opens after entry `seq` and `opens_ns`; the step's own moment is `moment_ns`."""

    seq: int
    opens_ns: int
    moment_ns: int
    actual: str


@dataclass(frozen=True, slots=True)
class Pending:
    pass


@dataclass(frozen=True, slots=True)
class Missed:
    """Not met and never will be. `time_sensitive` by how many ns it was missed, None if time is not the reason."""

    actual: str
    fault: Fault | None = None
    evidence: str = ""
    late_by_ns: int | None = None


Answer = Met | Pending | Missed


def meets(expectation: Expectation, window: Window, record: Record, ears: Ears, *, now_ns: int | None) -> Answer:
    """Judge one expectation. `now_ns` is how far the trace has got; None when the run is over."""
    if expectation.subject is Subject.HEARD:
        return _heard(expectation, window, record, ears, now_ns)
    found = [entry for entry in _candidates(expectation, window, record) if _in_time(entry, window)]
    over = now_ns is None or (window.closes_ns is not None and now_ns > window.closes_ns)
    least, most = expectation.times or (1, None)
    if most is not None and len(found) > most:
        return Missed(f"{len(found)} times, wanted {_count(least, most)}")
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
        return Missed(f"{count} times, wanted {_count(least, most)}")
    if expectation.subject is Subject.STATUS:
        words = [str(entry.body["word"]) for entry in record.trace.of("sut", "status")]
        return Missed(f"status {words[-1]!r}" if words else "no status was seen")
    late = [entry for entry in _candidates(expectation, window, record) if not _in_time(entry, window)]
    if late and window.closes_ns is not None:
        late_by_ns = late[0].at_ns - window.closes_ns
        return Missed(f"it came {late_by_ns / 1e6:.0f} ms too late", late_by_ns=late_by_ns)
    before = [entry for entry in _candidates(expectation, Window(0, 0, None), record) if entry.seq <= window.opens_seq]
    if before:
        return Missed(_early(window.opens_ns - before[-1].at_ns))
    return Missed("it did not happen")


def _early(by_ns: int) -> str:
    return f"it came {by_ns / 1e6:.0f} ms before the step before began: put the expectation first"


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
        if is_match(expectation, entry, record) and (entry.seq > window.opens_seq or _holds_on(entry, window, record)):
            yield entry


def _holds_on(entry: Entry, window: Window, record: Record) -> bool:
    """A status is a state: one that came before the window and still holds at its opening counts."""
    later = [other for other in record.trace.of("sut", "status", call=entry.call) if other.seq > entry.seq]
    return not later or later[0].seq > window.opens_seq


def _in_time(entry: Entry, window: Window) -> bool:
    return window.closes_ns is None or entry.at_ns <= window.closes_ns


def _command(expectation: Expectation, entry: Entry, record: Record) -> bool:
    if (entry.actor, entry.kind) != ("rest", "command"):
        return False
    return (
        _is(expectation.value, entry.body["command"])
        and _with(expectation, entry.body["body"])
        and _reply(expectation.reply, entry.body["status"], default=True)
    )


def _webhook(expectation: Expectation, entry: Entry, record: Record) -> bool:
    if (entry.actor, entry.kind) != ("sender", "webhook.attempt"):
        return False
    return (
        _is(expectation.value, entry.body["event"])
        and _with(expectation, entry.body["payload"])
        and _reply(expectation.reply, entry.body["status"], default=entry.body["acknowledged"])
    )


def _stream(expectation: Expectation, entry: Entry, record: Record) -> bool:
    if entry.actor != "stream" or not _is(expectation.value, entry.kind) or entry.kind == "message":
        return False
    # `closed` speaks of the application: that Telnyx closes at the end of a call is no news.
    return entry.kind != "closed" or entry.body["by"] == "application"


def _hangup_cause(expectation: Expectation, entry: Entry, record: Record) -> bool:
    if (entry.actor, entry.kind) != ("switch", "leg") or entry.body["state"] != "hangup":
        return False
    return _is(expectation.value, entry.body["cause"])


def _status(expectation: Expectation, entry: Entry, record: Record) -> bool:
    if (entry.actor, entry.kind) != ("sut", "status") or entry.call is None:
        return False
    if expectation.value == "mapped":
        return entry.body["word"] in (record.expected_words(entry.call) or [])
    return matches(expectation.value, entry.body["word"])


def _effect(expectation: Expectation, entry: Entry, record: Record) -> bool:
    match entry.actor, entry.kind:
        case "rest", "command":
            return True
        case "stream", "message":
            return entry.body["message"] in ("mark", "clear")
        case "stream", "closed":
            return bool(entry.body["by"] == "application")
        case "sut", "status":
            return True
    return False


_MATCHERS: dict[Subject, Callable[[Expectation, Entry, Record], bool]] = {
    Subject.COMMAND: _command,
    Subject.WEBHOOK: _webhook,
    Subject.STREAM: _stream,
    Subject.HANGUP_CAUSE: _hangup_cause,
    Subject.STATUS: _status,
    Subject.EFFECT: _effect,
}


def _is(value: object, actual: str) -> bool:
    return value == "any" or matches(value, actual)  # type: ignore[arg-type]


def _with(expectation: Expectation, actual: object) -> bool:
    return expectation.with_ is None or matches(expectation.with_, actual)  # type: ignore[arg-type]


def _reply(wanted: str | None, status: int | None, *, default: bool) -> bool:
    match wanted:
        case None:
            return default
        case "none":
            return status is None
        case "2xx" | "3xx" | "4xx" | "5xx":
            return status is not None and status // 100 == int(wanted[0])
    return status is not None and str(status) == wanted


def _count(least: int, most: int | None) -> str:
    if most is None:
        return f"at least {least}"
    return str(least) if least == most else f"{least} to {most}"


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


# What is heard


def _heard(expectation: Expectation, window: Window, record: Record, ears: Ears, now_ns: int | None) -> Answer:
    answers = [_heard_by(call, expectation, window, record, ears, now_ns) for call in record.legs(expectation.person)]
    for wanted in (Met, Pending):
        for answer in answers:
            if isinstance(answer, wanted):
                return answer
    if answers:
        return answers[-1]
    over = now_ns is None or (window.closes_ns is not None and now_ns > window.closes_ns)
    return Missed("there was no call") if over else Pending()


def _heard_by(
    call: str, expectation: Expectation, window: Window, record: Record, ears: Ears, now_ns: int | None
) -> Answer:
    heard = record.heard(call)
    if heard is None:
        over = now_ns is None or (window.closes_ns is not None and now_ns > window.closes_ns)
        return Missed("silence: nobody answered", Fault.SILENCE) if over else Pending()
    if expectation.value in ("talkspurt", "silence"):
        return _activity(call, expectation, window, record, now_ns)
    return _clip(call, expectation, window, record, ears, now_ns)


def _clip(
    call: str, expectation: Expectation, window: Window, record: Record, ears: Ears, now_ns: int | None
) -> Answer:
    name = str(expectation.value)
    digest = record.digest_of(name)
    if digest is None:
        return Missed(f"{name} was not played by anybody")
    length_ns = len(record.stimulus(digest)) * SECOND_NS // 8000
    # Whether a clip begins in time is known only once it could have been heard to its end.
    known_ns = None if window.closes_ns is None else window.closes_ns + length_ns + SECOND_NS // 2
    over = now_ns is None or (known_ns is not None and now_ns > known_ns) or not record.is_alive(call)
    judged = ears.judge(call, digest, own_voice=not name.startswith("app/"), from_ns=window.opens_ns)
    if judged is None or not judged.diagnosis.found or judged.begins_ns is None or judged.ends_ns is None:
        if not over:
            return Pending()
        if judged is None:
            return Missed("silence", Fault.SILENCE)
        before = ears.judge(call, digest, own_voice=not name.startswith("app/"), from_ns=0)
        if before and before.begins_ns is not None and before.begins_ns < window.opens_ns:
            return Missed(_early(window.opens_ns - before.begins_ns))
        return Missed(judged.actual, judged.fault)
    if window.closes_ns is not None and judged.begins_ns > window.closes_ns:
        late_by_ns = judged.begins_ns - window.closes_ns
        return Missed(f"it began {late_by_ns / 1e6:.0f} ms too late", late_by_ns=late_by_ns)
    if not judged.diagnosis.complete and not over:
        return Pending()
    return _healthy(expectation, window, judged, record)


def _healthy(expectation: Expectation, window: Window, judged: Judged, record: Record) -> Answer:
    """A clip that was found in time: is it what was said?"""
    declared = judged.diagnosis.as_declared
    wanted_db = expectation.min_snr_db if expectation.min_snr_db is not None else SNR_DB_MIN
    evidence = judged.diagnosis.evidence
    assert judged.begins_ns is not None
    assert judged.ends_ns is not None
    if judged.diagnosis.mistakes or declared is None:
        actual = FAULT_TEXTS[judged.fault][0] if judged.fault else judged.actual
        return Missed(actual, judged.fault, evidence)
    if declared.snr_db < wanted_db:
        return Missed(f"SNR {declared.snr_db:.1f} dB", judged.fault, evidence)
    if not judged.diagnosis.complete:
        heard_s = (judged.ends_ns - judged.begins_ns) / SECOND_NS
        return Missed(f"cut off after {heard_s:.1f} s", None, evidence)
    seq = max((entry.seq for entry in record.trace.entries if entry.at_ns <= judged.begins_ns), default=0)
    # The next clip must begin after this one began; what the application does while it is heard is not missed.
    return Met(max(seq, window.opens_seq), judged.begins_ns + PAUSE_NS, judged.ends_ns, judged.actual)


def _activity(call: str, expectation: Expectation, window: Window, record: Record, now_ns: int | None) -> Answer:
    """A talkspurt, or a silence, that lasts `for`; one under way counts from the opening of the window."""
    heard = record.heard(call)
    assert heard is not None
    spoken = [(heard.at_ns(start), heard.at_ns(end)) for start, end in talkspurts(heard.pcm)]
    stretches = spoken if expectation.value == "talkspurt" else _between(spoken, heard.began_ns, heard.end_ns)
    wanted_ns = expectation.for_ns or 0
    for start, end in stretches:
        begins = max(start, window.opens_ns)
        if window.closes_ns is not None and begins > window.closes_ns:
            break
        if end - begins >= wanted_ns and end > begins:
            moment = begins + wanted_ns
            seq = max((entry.seq for entry in record.trace.entries if entry.at_ns <= moment), default=0)
            return Met(max(seq, window.opens_seq), moment, moment, f"{expectation.value} of {wanted_ns / 1e9:g} s")
    known_ns = None if window.closes_ns is None else window.closes_ns + wanted_ns + PAUSE_NS
    over = now_ns is None or (known_ns is not None and now_ns > known_ns) or not record.is_alive(call)
    if not over:
        return Pending()
    longest = max((end - max(start, window.opens_ns) for start, end in stretches), default=0)
    fault = Fault.SILENCE if expectation.value == "talkspurt" and not spoken else None
    return Missed(f"{expectation.value} of {max(0, longest) / 1e9:.1f} s at most", fault)


def _between(spoken: list[tuple[int, int]], began_ns: int, end_ns: int) -> list[tuple[int, int]]:
    edges = [began_ns, *(moment for stretch in spoken for moment in stretch), end_ns]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end > start]
