"""A trace as a text ladder of 100 columns: who said what to whom, when, and where the verdicts fall.

    time  far end                                  telnyx                               application
   0.000  |-- dial --------------------------------->|                                            |
   0.061  |                                          |-- call.initiated ------------------------->|
   0.070  |                                          |<-- 200, 9 ms ------------------------------|

`--` is an order or a message, `==` is sound or a stream. Media messages are left out: there are fifty a second.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.checks.record import Record
from telnyx_simulator.trace import Entry, Trace

WIDTH: Final = 100
# Columns of the three lifelines.
_FAR_END, _TELNYX, _APPLICATION = 10, 53, 98

_MARKS: Final = {
    Verdict.PASS: "ok",
    Verdict.FAIL: "FAIL",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.NOT_EXERCISED: "not exercised",
}


class _Way(Enum):
    """Between which lifelines, in which direction, with which stroke."""

    ACT = (_FAR_END, _TELNYX, True, "-")
    SOUND = (_FAR_END, _TELNYX, True, "=")
    HEARD = (_FAR_END, _TELNYX, False, "=")
    STATE = (_FAR_END, _TELNYX, False, "-")
    WEBHOOK = (_TELNYX, _APPLICATION, True, "-")
    COMMAND = (_TELNYX, _APPLICATION, False, "-")
    STREAM = (_TELNYX, _APPLICATION, True, "=")
    MESSAGE = (_TELNYX, _APPLICATION, False, "=")


@dataclass(frozen=True, slots=True)
class _Row:
    """`way` of None is a line of text beside the lifelines. Rows of one moment stand in the order of `seq`."""

    at_ns: int
    seq: int
    way: _Way | None
    text: str
    person: str = ""


def ladder(trace: Trace, findings: Sequence[Finding]) -> str:
    """The whole ladder, its header first."""
    people = _people(trace)
    several = len(set(people.values())) > 1
    rows = [row for entry in trace.entries for row in _rows(entry, people.get(entry.call or "", ""))]
    rows += _marks(trace, findings)
    rows.sort(key=lambda row: (row.at_ns, row.seq))
    scenario = trace.header.get("scenario") or {}
    head = [
        _cut(f"{scenario.get('run_id', trace.header.get('run', 'trace'))}   seed {trace.header.get('seed')}", WIDTH),
        _cut(f"people: {', '.join(_cast(trace, people))}" if people else "nobody was on the phone", WIDTH),
        "",
        _titles(),
    ]
    return "\n".join([*head, *_lines(rows, several=several)]) + "\n"


def _people(trace: Trace) -> dict[str, str]:
    """Leg -> the person's name."""
    return {call: name for name, legs in Record(trace).legs_of_people.items() for call in legs}


def _cast(trace: Trace, people: dict[str, str]) -> Iterator[str]:
    for call, name in people.items():
        move = next(trace.of("switch", "leg", call=call), None)
        about = f" ({move.body.get('direction')}, {move.body.get('leg_codec')})" if move else ""
        yield f"{name}{about}"


def _titles() -> str:
    line = f"{'time':>8}".ljust(_FAR_END) + "far end"
    line = line.ljust(_TELNYX - 2) + "telnyx"
    return line + "application".rjust(_APPLICATION + 1 - len(line))


def _lines(rows: Sequence[_Row], *, several: bool) -> Iterator[str]:
    """Rows as text; what is said many times over in a row is said once, with its number."""
    at = 0
    while at < len(rows):
        first = rows[at]
        same = at + 1
        while same < len(rows) and _same(first, rows[same]):
            same += 1
        text = f"{first.person}: {first.text}" if several and first.person and first.way else first.text
        tail = f" (x {same - at}, to {rows[same - 1].at_ns / 1e9:.1f})" if same - at > 2 else ""
        at = same if tail else at + 1
        yield _line(first, text, tail).rstrip()


def _same(row: _Row, other: _Row) -> bool:
    return (row.way, row.text, row.person) == (other.way, other.text, other.person) and row.way is not None


def _line(row: _Row, text: str, tail: str) -> str:
    stamp = f"{row.at_ns / 1e9:8.3f}".ljust(_FAR_END)
    if row.way is None:
        return stamp + _cut(text, WIDTH - _FAR_END)
    left, right, forward, stroke = row.way.value
    room = right - left - 1
    said = _cut(text, room - 8 - len(tail)) + tail
    arrow = f"{2 * stroke} {said} ".ljust(room - 1, stroke) + ">" if forward else ""
    arrow = arrow or f"<{2 * stroke} {said} ".ljust(room, stroke)
    columns = list(stamp.ljust(_APPLICATION + 1))
    for column in (_FAR_END, _TELNYX, _APPLICATION):
        columns[column] = "|"
    columns[left + 1 : right] = arrow
    return "".join(columns)


def _cut(text: str, room: int) -> str:
    flat = "".join(one if one.isprintable() else " " for one in text)
    return flat if len(flat) <= room else flat[: room - 3] + "..."


# What each kind of entry becomes. Kinds that are not here, such as media's bookkeeping, have no row.


def _rows(entry: Entry, person: str) -> Iterator[_Row]:
    if (entry.actor, entry.kind) == ("sender", "webhook.attempt"):
        yield from _attempt(entry, person)
        return
    make = _KINDS.get((entry.actor, entry.kind))
    found = make(entry.body) if make else None
    if found is not None:
        way, text = found
        yield _Row(entry.at_ns, entry.seq, way, text, person or str(entry.body.get("person", "")))


Said = tuple[_Way | None, str] | None


def _attempt(entry: Entry, person: str) -> Iterator[_Row]:
    """A webhook at the moment it left, and the reply at the moment it came."""
    body = entry.body
    notes = [str(body["signature"])] if body.get("signature") not in (None, "genuine") else []
    notes += [f"{body['timestamp_ns'] / 1e9:+g} s"] if body.get("timestamp_ns") else []
    notes += [f"attempt {body['attempt']}"] if body.get("attempt", 1) > 1 else []
    notes += ["again"] if body.get("copy") else []
    told = f"{body.get('told') or body.get('event')}" + (f" ({', '.join(notes)})" if notes else "")
    sent_ns = body.get("sent_ns", entry.at_ns)
    yield _Row(sent_ns, entry.seq, _Way.WEBHOOK, told, person)
    reply = body["status"] if body.get("status") is not None else body.get("failure")
    lost = ", lost" if body.get("ack_lost") else ""
    yield _Row(entry.at_ns, entry.seq, _Way.COMMAND, f"{reply}, {(entry.at_ns - sent_ns) / 1e6:.0f} ms{lost}", person)


def _act(body: dict[str, Any]) -> Said:
    about = [str(body[name]) for name in ("cause", "digits", "clip", "what") if body.get(name)]
    return _Way.ACT, " ".join([str(body.get("act")), *about])


def _sound(body: dict[str, Any]) -> Said:
    seconds = (body.get("ends_ns", 0) - body.get("begins_ns", 0)) / 1e9
    return _Way.SOUND, f"{body.get('clip')}, {seconds:.1f} s"


def _heard(body: dict[str, Any]) -> Said:
    match body.get("what"):
        case "talkspurt":
            return _Way.HEARD, "talkspurt"
        case "underrun":
            gap_ms = (body.get("resumed_ns", 0) - body.get("dry_ns", 0)) / 1e6
            return _Way.HEARD, f"underrun of {gap_ms:.0f} ms"
        case "mark":
            return _Way.HEARD, f"played up to mark {body.get('name')}"
        case "clear":
            return _Way.HEARD, f"cleared, {body.get('dropped_ms')} ms dropped"
    return None


def _leg(body: dict[str, Any]) -> Said:
    if body.get("state") == "hangup":
        return _Way.STATE, f"hangup: {body.get('cause')} by {body.get('source')}"
    return _Way.STATE, str(body.get("state"))


def _command(body: dict[str, Any]) -> Said:
    errors = (body.get("reply") or {}).get("errors") or [{}]
    code = f" {errors[0].get('code')}" if errors[0].get("code") else ""
    return _Way.COMMAND, f"{body.get('command') or body.get('path')} -> {body.get('status')}{code}"


def _opened(body: dict[str, Any]) -> Said:
    return _Way.STREAM, f"stream, {body.get('sent_codec')} out, {body.get('returned_codec')} back"


def _connected(body: dict[str, Any]) -> Said:
    others = body["hears"]
    return None, "hears nobody any more" if not others else f"hears {others} other{'' if others == 1 else 's'}"


def _message(body: dict[str, Any]) -> Said:
    detail = body.get("name") or body.get("problem") or body.get("event") or ""
    return _Way.MESSAGE, f"{body.get('message')} {detail}".rstrip()


def _text(way: _Way | None, told: str, *names: str) -> Callable[[dict[str, Any]], Said]:
    """`told`, and what the body has under these names."""

    def said(body: dict[str, Any]) -> Said:
        return way, " ".join([told, *(str(body[name]) for name in names if body.get(name) is not None)])

    return said


def _digit(body: dict[str, Any]) -> Said:
    """A key that the person pressed, or heard."""
    return _Way.HEARD if body.get("received") else _Way.ACT, f"key {body['digit']}"


_KINDS: Final[dict[tuple[str, str], Callable[[dict[str, Any]], Said]]] = {
    ("far_end", "act"): _act,
    ("far_end", "sound"): _sound,
    ("far_end", "digit"): _digit,
    ("far_end", "heard"): _heard,
    ("far_end", "mic"): _text(_Way.SOUND, "microphone:", "clip"),
    ("far_end", "hold"): _text(_Way.ACT, "held:", "held"),
    ("switch", "leg"): _leg,
    ("switch", "sound.started"): _text(None, "Telnyx plays", "clip"),
    ("switch", "sound.stopped"): _text(None, "Telnyx plays no longer"),
    ("switch", "sound.failed"): _text(None, "a sound cannot be had:", "status", "detail"),
    ("switch", "keys"): _text(None, "Telnyx sends keys", "digits"),
    ("switch", "connected"): _connected,
    ("switch", "recording.began"): _text(None, "a recording begins"),
    ("switch", "recording.saved"): _text(None, "a recording is saved as", "file"),
    ("switch", "recording.failed"): _text(None, "a recording fails:", "reason"),
    ("switch", "account"): _text(None, "the account changes:", "change"),
    ("rest", "command"): _command,
    ("rest", "stray_dial"): _text(_Way.COMMAND, "stray dial to", "to"),
    ("stream", "opened"): _opened,
    ("stream", "refused"): _text(_Way.STREAM, "stream refused", "failure"),
    ("stream", "failed"): _text(_Way.STREAM, "stream not opened:", "failure"),
    ("stream", "started"): _text(_Way.STREAM, "start"),
    ("stream", "sent"): _text(_Way.STREAM, "put in:", "message"),
    ("stream", "message"): _message,
    ("stream", "closed"): _text(_Way.STREAM, "stream closed by", "by", "code"),
    ("line", "cut"): _text(None, "the line is cut:", "plane", "toward"),
    ("line", "clean"): _text(None, "the line is clean again:", "plane"),
    ("line", "impaired"): _text(None, "the line is impaired:", "plane"),
    ("line", "half_open"): _text(None, "Telnyx is gone without a word:", "plane"),
    ("line", "stalled"): _text(None, "the line stalls:", "plane"),
    ("runner", "asked"): _text(_Way.WEBHOOK, "ask", "ask", "status"),
    ("runner", "settled"): _text(None, "settled"),
    ("sut", "status"): _text(None, "status of the application:", "word"),
    ("sut", "status_gone"): _text(None, "the application has no status any more"),
    ("sut", "tap_failed"): _text(None, "what it decoded cannot be looked at:", "problem"),
    ("sut", "refused"): _text(None, "the application was refused a connection to", "host"),
    ("sut", "ended"): _text(None, "the application ended, exit code", "code"),
}


# Verdicts


def _marks(trace: Trace, findings: Sequence[Finding]) -> Iterator[_Row]:
    """Each finding when it was met, or when its step was over; at the end what belongs to no moment."""
    ended = {f"script[{entry.body.get('step')}]": entry.at_ns for entry in trace.of("runner", "step.ended")}
    for n, finding in enumerate(findings):
        at_ns = ended.get(finding.id.split(".")[0], trace.end_ns)
        if finding.at_s is not None:
            at_ns = round(finding.at_s * 1e9)
        told = finding.expected if finding.verdict is Verdict.PASS else f"{finding.actual}; wanted {finding.expected}"
        yield _Row(at_ns, len(trace.entries) + n + 1, None, f"** {_MARKS[finding.verdict]} {finding.id}: {told}")
