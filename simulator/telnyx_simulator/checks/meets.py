"""The one answer to "is this expectation met?": asked by the runner in order to go on, asked again by the verdict.

Theory of operation. A window opens at an entry of the trace (or at a moment, for what is heard) and closes `within`
after the moment of the step before. `meets` looks at nothing else and never guesses: as long as the trace has not got
to the end of the window, what has not happened is *pending*.

Nothing counts twice, within a list as little as from step to step. Entries are handed out in their order: each goes to
the first expectation that wants one, and one that was handed out may go over to another expectation that it fits as
well, if that makes room. So the answer hangs on the earliest entries that suffice, and later ones do not change it.
"""

import dataclasses
from collections.abc import Sequence

from telnyx_simulator.checks import account
from telnyx_simulator.checks.answers import ALWAYS, Answer, Met, Missed, Pending, Unseen, Window, counted, early, often
from telnyx_simulator.checks.expectations import Expectation, Subject
from telnyx_simulator.checks.hearing import sounded
from telnyx_simulator.checks.measures import measured
from telnyx_simulator.checks.reasons import is_of_the_end
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import Ears
from telnyx_simulator.checks.statuses import FORGOTTEN, RESERVED, unmapped
from telnyx_simulator.checks.subjects import candidates, told
from telnyx_simulator.trace import Entry

NONE_TO_LEAVE_OUT = "the application asked for no `stream_auth_token`, so there was none to leave out or to replace"

# Subjects that are judged for themselves: a sound or a state is no single entry that could be handed out.
_APART = frozenset({Subject.HEARD, Subject.RECEIVED, Subject.MEASURE, Subject.ACCOUNT})


def meets(expectation: Expectation, window: Window, record: Record, ears: Ears, *, now_ns: int | None) -> Answer:
    """Judge one expectation. `now_ns` is how far the trace has got; None when the run is over."""
    return meets_all([expectation], [window], record, ears, now_ns=now_ns)[0]


def meets_all(
    expectations: Sequence[Expectation], windows: Sequence[Window], record: Record, ears: Ears, *, now_ns: int | None
) -> list[Answer]:
    """Judge a list, in any order: all of it, and no entry for two of them."""
    found = [
        [] if one.subject in _APART else matching_entries(one, window, record)
        for one, window in zip(expectations, windows, strict=True)
    ]
    handed_out = _handed_out(expectations, found)
    return [
        _apart(one, window, record, ears, now_ns)
        if one.subject in _APART
        else _answer(one, window, record, found[n], handed_out[n], now_ns)
        for n, (one, window) in enumerate(zip(expectations, windows, strict=True))
    ]


def _apart(expectation: Expectation, window: Window, record: Record, ears: Ears, now_ns: int | None) -> Answer:
    if expectation.subject in (Subject.HEARD, Subject.RECEIVED):
        return sounded(expectation, window, record, ears, now_ns)
    if now_ns is not None:
        return Pending()  # of the whole run
    if expectation.subject is Subject.ACCOUNT:
        return account.unchanged(record)
    return measured(expectation, record, ears)


def _handed_out(expectations: Sequence[Expectation], found: list[list[Entry]]) -> list[list[Entry]]:
    """The entries that each expectation got. One with an upper count speaks of all there are, and takes none away."""
    wants = {n: _bounds(one)[0] for n, one in enumerate(expectations) if _takes(one)}
    entries = {_key(entry): entry for n in wants for entry in found[n]}
    fits: dict[_Key, tuple[int, ...]] = dict.fromkeys(entries, ())
    for n in wants:
        for key in map(_key, found[n]):
            fits[key] += (n,)
    holds: dict[int, list[_Key]] = {n: [] for n in wants}
    # What fits the same expectations as one for which there was no room finds none either.
    left_over: set[tuple[int, ...]] = set()

    def hand_out(key: _Key, full: set[int]) -> bool:
        for n in fits[key]:
            if n not in full and len(holds[n]) < wants[n]:
                holds[n].append(key)
                return True
        for n in fits[key]:
            if n in full:
                continue
            full.add(n)
            for held in holds[n]:
                if hand_out(held, full):
                    holds[n].remove(held)
                    holds[n].append(key)
                    return True
        return False

    def moment(key: _Key) -> tuple[int, int]:
        return entries[key].at_ns, entries[key].seq

    for key in sorted(entries, key=moment):
        if fits[key] not in left_over and not hand_out(key, set()):
            left_over.add(fits[key])
    return [[entries[key] for key in sorted(holds.get(n, ()), key=moment)] for n in range(len(expectations))]


_Key = tuple[str, int]


def _key(entry: Entry) -> _Key:
    """A media message has no entry of its own: it is told by its place in its file."""
    return (entry.body["stream_id"], entry.body["frame"]) if entry.kind == "media" else ("", entry.seq)


def _takes(expectation: Expectation) -> bool:
    """Whether it uses entries up. A status is a state, which may be asked about again."""
    return expectation.subject not in _APART | {Subject.STATUS} and _bounds(expectation)[1] is None


def _bounds(expectation: Expectation) -> tuple[int, int | None]:
    return expectation.times or (1, None)


def _answer(
    expectation: Expectation, window: Window, record: Record, found: list[Entry], got: list[Entry], now_ns: int | None
) -> Answer:
    over = window.is_over(now_ns)
    least, most = _bounds(expectation)
    got = got if _takes(expectation) else found
    if most is not None and len(found) > most:
        return Missed(f"{often(len(found))}, wanted {counted(least, most)}", at_ns=found[most].at_ns)
    if most is not None and over and len(found) >= least:
        return _met_by(found[-1] if found else None, window, record, bounded=True)
    if most is None and len(got) >= least:
        return _met_by(got[least - 1] if least else None, window, record, bounded=False)
    if not over:
        return Pending()
    if len(found) >= least:
        return Missed(f"{told(found[0])} came, and had met another expectation of the list")
    return _missed(expectation, window, record, len(found))


def _met_by(entry: Entry | None, window: Window, record: Record, *, bounded: bool) -> Met:
    """How often at most is known only when the window is over: that is the moment at which it is met."""
    at_ns = window.opens_ns if entry is None else max(entry.at_ns, window.opens_ns)
    moment_ns = max(at_ns, window.closes_ns) if bounded and window.closes_ns is not None else at_ns
    if entry is None:
        return Met(window.opens_seq, at_ns, moment_ns, "never, as wanted")
    if entry.kind == "webhook.attempt":
        sent_ns = entry.body["sent_ns"]
        before = max((other.seq for other in record.trace.entries if other.at_ns < sent_ns), default=0)
        opens = max(before, window.opens_seq), max(sent_ns, window.opens_ns)
        return Met(*opens, moment_ns, told(entry), entry.call, webhook_seq=entry.seq)
    # Media messages have no place among the entries; the next one is a later one.
    opens_ns = at_ns + 1 if entry.kind == "media" else at_ns
    return Met(max(entry.seq, window.opens_seq), opens_ns, moment_ns, told(entry), entry.call)


def _missed(expectation: Expectation, window: Window, record: Record, count: int) -> Missed | Unseen:
    """Why not, as near to a hit as there is: too few, too late, with other words, before the window, something else."""
    if count:
        return Missed(f"{often(count)}, wanted {counted(*_bounds(expectation))}", never_came=True)
    if expectation.subject is Subject.STATUS:
        return _other_status(expectation, window, record)
    if expectation.subject is Subject.STREAM and expectation.value == "refused" and _had_no_token(window, record):
        return Unseen(NONE_TO_LEAVE_OUT)
    after = (entry for entry in candidates(expectation, window, record) if not window.has(entry.at_ns))
    late = next((entry for entry in after if not is_of_the_end(entry, record)), None)
    if late is not None and window.closes_ns is not None:
        late_by_ns = late.at_ns - window.closes_ns
        return Missed(f"it came {late_by_ns / 1e6:.0f} ms too late", late_by_ns=late_by_ns, call=late.call)
    if other := _almost(expectation, window, record):
        return Missed(other, never_came=True)
    before = [entry for entry in candidates(expectation, ALWAYS, record) if entry.seq <= window.opens_seq]
    before = [entry for entry in before if entry.at_ns < window.opens_ns or entry.kind != "media"]
    if before:
        return Missed(early(window.opens_ns - before[-1].at_ns, window))
    return Missed("it did not happen" + _instead(expectation, window, record), never_came=True)


def _had_no_token(window: Window, record: Record) -> bool:
    """Whether a stream was to show another token than its own, and has none: what is secret may be its URL."""
    opened = [entry.body for entry in record.trace.of("stream", "opened") if window.has(entry.at_ns)]
    return any(body.get("token", "own") != "own" and not body["has_token"] for body in opened)


def _unjudged(expectation: Expectation, calls: list[str], seen: list[Entry], record: Record) -> Unseen | None:
    """Why no word could be as it should be: the map has none, or the application forgets a call when it ends."""
    if expectation.value not in RESERVED or not calls:
        return None
    moves = record.moves(calls[-1])
    if reason := unmapped(expectation.value, record, calls[-1], moves):
        return Unseen(reason)
    gone = list(record.trace.of("sut", "status_gone", call=calls[-1]))
    is_over = bool(moves) and moves[-1].body["state"] == "hangup"
    if is_over and gone and seen and seen[-1].seq < moves[-1].seq < gone[-1].seq:
        return Unseen(FORGOTTEN)
    return None


def _other_status(expectation: Expectation, window: Window, record: Record) -> Missed | Unseen:
    """The word that stood when the window closed, for a leg that the expectation is about."""
    calls = record.legs(expectation.person)
    seen = [entry for entry in record.trace.of("sut", "status") if entry.call in calls and window.has(entry.at_ns)]
    if unseen := _unjudged(expectation, calls, seen, record):
        return unseen
    return Missed(told(seen[-1]), call=seen[-1].call) if seen else Missed("no status was seen", never_came=True)


def _almost(expectation: Expectation, window: Window, record: Record) -> str | None:
    """What came in time but for `with` or `reply`, in words."""
    if expectation.with_ is None and expectation.reply is None:
        return None
    plain = dataclasses.replace(expectation, with_=None, reply=None)
    for reply in (None, "none", "3xx", "4xx", "5xx"):
        for entry in matching_entries(dataclasses.replace(plain, reply=reply), window, record):
            wanted = f"with {expectation.with_}" if expectation.with_ is not None else f"reply {expectation.reply}"
            return f"{told(entry)} came, but not {wanted}"
    return None


def _instead(expectation: Expectation, window: Window, record: Record) -> str:
    """What else of its kind came in the window, up to three."""
    if expectation.subject not in (Subject.COMMAND, Subject.WEBHOOK, Subject.HANGUP_CAUSE):
        return ""
    others: dict[str, None] = {}
    for reply in (None, "none", "3xx", "4xx", "5xx"):
        anything = dataclasses.replace(expectation, value="any", with_=None, reply=reply)
        came = matching_entries(anything, window, record)
        # That a stream was refused, and why, is a reason of its own (`reasons`).
        others |= dict.fromkeys(told(entry) for entry in came if entry.kind != "refused")
    return "; what came: " + ", ".join(list(others)[:3]) if others else ""


def matching_entries(expectation: Expectation, window: Window, record: Record) -> list[Entry]:
    """Entries within the window that match: what `absent` must not find."""
    return [entry for entry in candidates(expectation, window, record) if window.has(entry.at_ns)]
