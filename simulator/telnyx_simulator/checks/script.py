"""The script of a run, judged step by step: the windows open as they did in the run, and each is asked about again.

A scenario file's script stands in the head of the trace. A run in Python has none; there each step says in its
`step.began` entry what it was (`definition`), and what holds of the whole run stands in `whole_run` entries.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from telnyx_simulator.checks.answers import ALWAYS, Answer, Cursor, Met, Missed, Unseen, Window
from telnyx_simulator.checks.expectations import Expectation, Place, Subject
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.checks.forged import after_forgery, effects_of, genuine_twins
from telnyx_simulator.checks.hearing import was_heard
from telnyx_simulator.checks.meets import matching_entries, meets, meets_all
from telnyx_simulator.checks.reasons import because
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import Ears
from telnyx_simulator.checks.subjects import told
from telnyx_simulator.checks.wording import describe
from telnyx_simulator.trace import Entry

# What a forged webhook may have as a consequence.
_EFFECTS: Final = (Subject.EFFECT, Subject.COMMAND)
INTERRUPTED = "the run was interrupted before"
# The command of the application that makes an action possible.
_WAITED_FOR: Final = {"answer": "dial", "refuse": "dial"} | dict.fromkeys(
    ("play", "barge_in", "press", "hold", "unhold", "stream"), "answer"
)


def script(record: Record, ears: Ears) -> Iterator[Finding]:
    """Each `expect` and `absent`, and each other step that could not be done."""
    began = {entry.body["step"]: entry for entry in record.trace.of("runner", "step.began")}
    ended = {entry.body["step"]: entry for entry in record.trace.of("runner", "step.ended")}
    cursor, stopped = Cursor(), False
    for step in record.steps():
        index, verb = step["index"], step["verb"]
        start, end = began.get(index), ended.get(index)
        if verb in ("expect", "absent"):
            expectations = [Expectation.from_json(body) for body in step["expectations"]]
            if stopped or start is None:
                yield _not_reached(step, expectations)
                continue
            if verb == "absent":
                name = f"script[{index}].absent"
                window = cursor.absence(expectations[0])
                finding = absent(name, expectations[0], window, record, ears, over=end is not None)
                cursor = cursor.passed(end.at_ns) if end else cursor
            else:
                finding, met = _expect(step, expectations, cursor, record, ears, interrupted=end is None)
                cursor = cursor.after(met) if met else cursor
            if end is not None and end.body.get("inconclusive"):
                finding = replace(finding, verdict=Verdict.INCONCLUSIVE, actual=end.body["failed"], fault=None)
            yield finding
            stopped = finding.verdict is not Verdict.PASS
        elif start is not None and not stopped:
            failure = end.body.get("failed") if end else None
            stopped = end is None or bool(failure)
            if end is not None and failure:
                yield _failed_action(step, end, failure, cursor, record)
            elif end is not None:
                cursor = cursor.passed(end.at_ns) if verb == "wait" else Cursor.acted(verb, start, end)


def whole_run(record: Record, ears: Ears) -> Iterator[Finding]:
    now_ns = record.trace.end_ns if record.interrupted else None
    for n, body in enumerate(record.of_whole_run("expect")):
        expectation = Expectation.from_json(body)
        answer = meets(expectation, ALWAYS, record, ears, now_ns=now_ns)
        yield _unless_blind(
            expectation, found(f"expect[{n}]", expectation, answer, ALWAYS, record), Verdict.FAIL, record
        )
    for n, body in enumerate(record.of_whole_run("absent")):
        expectation = Expectation.from_json(body)
        finding = absent(f"absent[{n}]", expectation, ALWAYS, record, ears, over=not record.interrupted)
        yield _unless_blind(expectation, finding, Verdict.PASS, record)


def _unless_blind(expectation: Expectation, finding: Finding, unseen: Verdict, record: Record) -> Finding:
    """Where the tap could not be looked at, that nothing was seen (which would be `unseen`) says nothing."""
    problem = record.tap_problem() if expectation.subject is Subject.RECEIVED and finding.verdict is unseen else None
    return replace(finding, verdict=Verdict.INCONCLUSIVE, actual=problem, fault=None) if problem else finding


def _failed_action(step: dict[str, Any], end: Entry, failure: str, cursor: Cursor, record: Record) -> Finding:
    missed = Missed(failure, late_by_ns=_action_missed_by_ns(step["verb"], end, record))
    verdict, actual = _blame(missed, cursor.moment_ns, end.at_ns, record)
    verdict = Verdict.INCONCLUSIVE if end.body.get("inconclusive") else verdict
    return Finding(
        id=f"script[{step['index']}].{step['verb']}",
        verdict=verdict,
        expected=f"{step['verb']} is possible",
        actual=actual,
        at_s=end.at_ns / 1e9,
        place=Place(**step["place"]),
        call=end.call,
    )


def _action_missed_by_ns(verb: str, end: Entry, record: Record) -> int | None:
    """By how much: since when the call had ended, or until what was waited for came all the same; None if never.

    Whoever hung up themselves cannot have been too late.
    """
    ended = record.move_to(end.call, "hangup") if end.call else None
    if ended is not None and ended.seq < end.seq:
        return end.at_ns - ended.at_ns if ended.body["by"] != "far_end" else None
    later = (entry for entry in record.trace.of("rest", "command") if entry.seq > end.seq)
    came = (
        entry for entry in later if entry.body["command"] == _WAITED_FOR.get(verb) and end.call in (None, entry.call)
    )
    first = next(came, None)
    return first.at_ns - end.at_ns if first else None


def _not_reached(step: dict[str, Any], expectations: list[Expectation]) -> Finding:
    return Finding(
        id=f"script[{step['index']}].{step['verb']}",
        verdict=Verdict.NOT_EXERCISED,
        expected="; ".join(describe(expectation) for expectation in expectations),
        actual="the script ended before",
        place=Place(**step["place"]),
    )


def _expect(
    step: dict[str, Any],
    expectations: list[Expectation],
    cursor: Cursor,
    record: Record,
    ears: Ears,
    *,
    interrupted: bool,
) -> tuple[Finding, list[Met]]:
    """All of a list under one `expect`; the first that is missed is the finding."""
    windows = [cursor.window(expectation, record.within_ns) for expectation in expectations]
    now_ns = record.trace.end_ns if interrupted else None
    answers = meets_all(expectations, windows, record, ears, now_ns=now_ns)
    met = [answer for answer in answers if isinstance(answer, Met)]
    n = next((n for n, answer in enumerate(answers) if not isinstance(answer, Met)), len(answers) - 1)
    finding = found(f"script[{step['index']}].expect", expectations[n], answers[n], windows[n], record)
    return finding, met if len(met) == len(answers) else []


def absent(name: str, expectation: Expectation, window: Window, record: Record, ears: Ears, *, over: bool) -> Finding:
    """`over`: the time in which it must not happen has gone by."""
    closes_ns = window.closes_ns if window.closes_ns is not None else record.trace.end_ns
    first = happened(expectation, window, record, ears)
    actual = first.actual if first else None
    verdict = Verdict.FAIL if actual else Verdict.PASS
    if not actual and not over:
        verdict, actual = Verdict.INCONCLUSIVE, INTERRUPTED
    elif not actual and expectation.subject in _EFFECTS:
        verdict, actual = _unseen(window, record)
    return Finding(
        id=name,
        verdict=verdict,
        expected=f"no {describe(expectation)}",
        actual=actual or "none",
        at_s=(first.opens_ns if first else closes_ns) / 1e9,
        place=expectation.place,
        requirement=expectation.requirement,
        why=expectation.why,
        call=first.call if first else None,
    )


def happened(expectation: Expectation, window: Window, record: Record, ears: Ears) -> Met | None:
    """The first time that what must be absent happened in the window, a sound in whatever state; None if never."""
    if expectation.subject in (Subject.HEARD, Subject.RECEIVED):
        at_ns = was_heard(expectation, window, record, ears)
        return None if at_ns is None else Met(0, at_ns, at_ns, f"{expectation.value} was {expectation.subject.value}")
    entry = next(iter(matching_entries(expectation, window, record)), None)
    if entry is None:
        return None
    because_of = after_forgery(entry, window, record) if expectation.subject in _EFFECTS else ""
    return Met(entry.seq, entry.at_ns, entry.at_ns, told(entry) + because_of, entry.call)


def _unseen(window: Window, record: Record) -> tuple[Verdict, str | None]:
    """Whether an effect could have shown: the probe must have arrived, and there must be something to look at.

    The genuine webhook that comes later is the control: where it has no effect either, none of a forgery says nothing.
    """
    probes = [entry for entry in record.trace.of("sender", "webhook.attempt") if entry.body["extra"]]
    probes = [entry for entry in probes if entry.seq > window.opens_seq]
    if any(entry.body["status"] is None for entry in probes):
        return Verdict.INCONCLUSIVE, "the webhook did not reach the application"
    forged = [entry for entry in probes if not entry.body["genuine"]]
    if not forged:
        return Verdict.PASS, None
    twins = [twin for twin in genuine_twins(forged[0], record) if twin.seq > forged[0].seq]
    had_effect = any(any(effects_of(twin, record)) for twin in twins)
    taken = [entry for entry in forged if entry.body["acknowledged"]]
    if taken and not record.header["profile"]["observes_status"] and not had_effect:
        status = taken[0].body["status"]
        told = f"the forgery was answered {status}, and nothing shows what came of it; add `status:` to the profile"
        return Verdict.NOT_EXERCISED, told
    told_apart = not taken and any(twin.body["acknowledged"] for twin in twins)
    if twins and not had_effect and not told_apart:
        return Verdict.NOT_EXERCISED, f"the genuine {forged[0].body['event']} that came later had no effect either"
    return Verdict.PASS, None


def found(name: str, expectation: Expectation, answer: Answer, window: Window, record: Record) -> Finding:
    """An answer as a finding."""
    closes_ns = window.closes_ns if window.closes_ns is not None else record.trace.end_ns
    common: dict[str, Any] = {
        "id": name,
        "expected": describe(expectation),
        "place": expectation.place,
        "requirement": expectation.requirement,
        "why": expectation.why,
    }
    match answer:
        case Met():
            at_s = answer.opens_ns / 1e9
            return Finding(verdict=Verdict.PASS, actual=answer.actual, at_s=at_s, call=answer.call, **common)
        case Unseen():
            return Finding(verdict=Verdict.NOT_EXERCISED, actual=answer.reason, at_s=closes_ns / 1e9, **common)
        case Missed():
            verdict, actual = _blame(answer, window.opens_ns, closes_ns, record)
            return Finding(
                verdict=verdict,
                actual=actual + because(expectation, window, record),
                fault=answer.fault,
                evidence=answer.evidence,
                at_s=(answer.at_ns if answer.at_ns is not None else closes_ns) / 1e9,
                call=answer.call,
                **common,
            )
    return Finding(verdict=Verdict.INCONCLUSIVE, actual=INTERRUPTED, at_s=record.trace.end_ns / 1e9, **common)


def _blame(answer: Missed, opens_ns: int, closes_ns: int, record: Record) -> tuple[Verdict, str]:
    """Our own lateness in that time excuses what was missed by less than it, and nothing else.

    By how much that was missed which never came, nobody knows: it is excused where we were away for a good part.
    """
    if answer.late_by_ns is None:
        if not answer.never_came or not record.was_away(opens_ns, closes_ns):
            return Verdict.FAIL, answer.actual
        away_ms = record.lateness_ns(opens_ns, closes_ns) / 1e6
        return Verdict.INCONCLUSIVE, f"{answer.actual}; the simulator itself stood still for {away_ms:.0f} ms then"
    if answer.since_ns is not None and answer.at_ns is not None:
        opens_ns, closes_ns = answer.since_ns, answer.at_ns
    ours_ns = record.lateness_ns(opens_ns, closes_ns)
    if ours_ns <= answer.late_by_ns:
        return Verdict.FAIL, answer.actual
    return Verdict.INCONCLUSIVE, f"{answer.actual}; the simulator itself was {ours_ns / 1e6:.0f} ms late then"
