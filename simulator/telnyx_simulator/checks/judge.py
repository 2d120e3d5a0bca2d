"""From a trace to findings: the script's expectations in order, whole-run ones, then the standing checks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from telnyx_simulator.checks.answers import Met, Missed, Pending, Window
from telnyx_simulator.checks.expectations import Expectation, Place, Subject
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.checks.hearing import was_heard
from telnyx_simulator.checks.meets import matching_entries, meets
from telnyx_simulator.checks.reasons import because
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import Ears
from telnyx_simulator.checks.sound_clean import sound_clean
from telnyx_simulator.checks.standing import commands_accepted, legs_ended, status_mapped, webhooks_acknowledged
from telnyx_simulator.trace import Entry, Trace

STANDING: tuple[Callable[[Record], Iterator[Finding]], ...] = (
    webhooks_acknowledged,
    commands_accepted,
    status_mapped,
    legs_ended,
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the script stands: how the next window opens, and the moment from which `within` counts."""

    opens_seq: int = 0
    opens_ns: int = 0
    moment_ns: int = 0

    def window(self, expectation: Expectation, default_within_ns: int) -> Window:
        within = expectation.within_ns if expectation.within_ns is not None else default_within_ns
        return Window(self.opens_seq, self.opens_ns, self.moment_ns + within, self.moment_ns)

    def absence(self, expectation: Expectation) -> Window:
        return Window(self.opens_seq, self.opens_ns, self.moment_ns + (expectation.for_ns or 0), self.moment_ns)

    def after(self, answers: list[Met]) -> "Cursor":
        """Behind what met an `expect`; of several the last."""
        last = max(answers, key=lambda met: (met.opens_ns, met.seq))
        return Cursor(max(met.seq for met in answers), last.opens_ns, max(met.moment_ns for met in answers))


def judge(trace: Trace) -> list[Finding]:
    """All findings of one trace. Pure: nothing but the trace directory is read."""
    record = Record(trace)
    ears = Ears(record)
    findings = [*_script(record, ears), *_whole_run(record, ears)]
    for check in STANDING:
        findings += check(record)
    return [*findings, *sound_clean(record, ears)]


def _script(record: Record, ears: Ears) -> Iterator[Finding]:
    scenario = record.header["scenario"]
    began = {entry.body["step"]: entry for entry in record.trace.of("runner", "step.began")}
    ended = {entry.body["step"]: entry for entry in record.trace.of("runner", "step.ended")}
    cursor, stopped = Cursor(), False
    for step in scenario["script"]:
        index, verb = step["index"], step["verb"]
        start, end = began.get(index), ended.get(index)
        if verb in ("expect", "absent"):
            expectations = [Expectation.from_json(body) for body in step["expectations"]]
            if stopped or start is None:
                yield _not_reached(step, expectations)
            elif verb == "absent":
                absence = cursor.absence(expectations[0])
                name = f"script[{index}].absent"
                finding = _absent(name, expectations[0], absence, record, ears, over=end is not None)
                yield finding
                stopped = finding.verdict is not Verdict.PASS
                cursor = Cursor(cursor.opens_seq, cursor.opens_ns, end.at_ns if end else cursor.moment_ns)
            else:
                finding, met = _expect(step, expectations, cursor, record, ears, interrupted=end is None)
                yield finding
                stopped = finding.verdict is not Verdict.PASS
                cursor = cursor.after(met) if met else cursor
            continue
        if start is None or stopped:
            continue
        failure = end.body.get("failed") if end else None
        if failure or end is None:
            stopped = True
        if failure and end is not None:
            yield _failed_action(step, end, failure)
        elif end is not None and verb != "wait":
            cursor = Cursor(start.seq, start.at_ns, end.at_ns)
        elif end is not None:
            cursor = Cursor(cursor.opens_seq, cursor.opens_ns, end.at_ns)


def _failed_action(step: dict[str, Any], end: Entry, failure: str) -> Finding:
    verdict = Verdict.INCONCLUSIVE if end.body.get("inconclusive") else Verdict.FAIL
    return Finding(
        id=f"script[{step['index']}].{step['verb']}",
        verdict=verdict,
        expected=f"{step['verb']} is possible",
        actual=failure,
        at_s=end.at_ns / 1e9,
        place=Place(**step["place"]),
        call=end.call,
    )


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
    within = record.header["scenario"]["within_ns"]
    met: list[Met] = []
    now_ns = record.trace.end_ns if interrupted else None
    for expectation in expectations:
        window = cursor.window(expectation, within)
        answer = meets(expectation, window, record, ears, now_ns=now_ns)
        finding = _finding(f"script[{step['index']}].expect", expectation, answer, window, record)
        if not isinstance(answer, Met):
            return finding, []
        met.append(answer)
    return finding, met


def _whole_run(record: Record, ears: Ears) -> Iterator[Finding]:
    scenario = record.header["scenario"]
    always = Window(0, 0, None)
    now_ns = record.trace.end_ns if record.interrupted else None
    for n, body in enumerate(scenario["expect"]):
        expectation = Expectation.from_json(body)
        answer = meets(expectation, always, record, ears, now_ns=now_ns)
        yield _finding(f"expect[{n}]", expectation, answer, always, record)
    for n, body in enumerate(scenario["absent"]):
        yield _absent(f"absent[{n}]", Expectation.from_json(body), always, record, ears, over=not record.interrupted)


def _absent(name: str, expectation: Expectation, window: Window, record: Record, ears: Ears, *, over: bool) -> Finding:
    """`over`: the time in which it must not happen has gone by."""
    if expectation.subject is Subject.HEARD:
        at_ns = was_heard(expectation, window, record, ears)
        found = None if at_ns is None else f"{expectation.value} was heard"
    else:
        entries = matching_entries(expectation, window, record)
        at_ns = entries[0].at_ns if entries else None
        found = _named(entries[0]) if entries else None
    verdict = Verdict.FAIL if found else Verdict.PASS
    if not found and not over:
        verdict, found = Verdict.INCONCLUSIVE, "the run was interrupted before"
    elif not found and expectation.subject is Subject.EFFECT:
        verdict, found = _unseen(window, record)
    return Finding(
        id=name,
        verdict=verdict,
        expected=f"no {describe(expectation)}",
        actual=found or "none",
        at_s=None if at_ns is None else at_ns / 1e9,
        place=expectation.place,
        requirement=expectation.requirement,
        why=expectation.why,
    )


def _unseen(window: Window, record: Record) -> tuple[Verdict, str | None]:
    """Whether an effect could have shown: the probe must have arrived, and there must be something to look at."""
    probes = [entry for entry in record.trace.of("sender", "webhook.attempt") if entry.body["extra"]]
    probes = [entry for entry in probes if entry.seq > window.opens_seq]
    if any(entry.body["status"] is None for entry in probes):
        return Verdict.INCONCLUSIVE, "the webhook did not reach the application"
    taken = [entry for entry in probes if entry.body["acknowledged"] and not entry.body["genuine"]]
    if taken and not record.header["profile"]["observes_status"]:
        status = taken[0].body["status"]
        told = f"the forgery was answered {status}, and nothing shows what came of it; add `status:` to the profile"
        return Verdict.NOT_EXERCISED, told
    return Verdict.PASS, None


def _named(entry: Entry) -> str:
    body = entry.body
    detail = body.get("command") or body.get("event") or body.get("word") or body.get("message") or body.get("cause")
    return f"{entry.actor} {entry.kind}" + (f": {detail}" if detail else "")


def _finding(
    name: str, expectation: Expectation, answer: Met | Pending | Missed, window: Window, record: Record
) -> Finding:
    common: dict[str, Any] = {
        "id": name,
        "expected": describe(expectation),
        "place": expectation.place,
        "requirement": expectation.requirement,
        "why": expectation.why,
    }
    match answer:
        case Met():
            return Finding(verdict=Verdict.PASS, actual=answer.actual, at_s=answer.opens_ns / 1e9, **common)
        case Pending():
            return Finding(verdict=Verdict.INCONCLUSIVE, actual="the run was interrupted before", **common)
        case Missed():
            late_by = answer.late_by_ns
            # Our own lateness within the window excuses what was missed by less than it.
            closes_ns = window.closes_ns if window.closes_ns is not None else record.trace.end_ns
            ours = late_by is not None and record.lateness_ns(window.opens_ns, closes_ns) > late_by
            verdict = Verdict.INCONCLUSIVE if ours else Verdict.FAIL
            actual = answer.actual + because(expectation, window, record)
            return Finding(verdict=verdict, actual=actual, fault=answer.fault, evidence=answer.evidence, **common)


def describe(expectation: Expectation) -> str:
    """The expectation in words close to how it was written."""
    who = f"{expectation.person}: " if expectation.person else ""
    value = expectation.value if isinstance(expectation.value, str) else repr(expectation.value)
    words = [f"{who}{expectation.subject.value} {value}"]
    if expectation.with_ is not None:
        words.append(f"with {expectation.with_}")
    if expectation.reply is not None:
        words.append(f"reply {expectation.reply}")
    if expectation.times is not None:
        least, most = expectation.times
        words.append(f"times {least}{'' if least == most else f'..{most if most is not None else str()}'}")
    if expectation.min_snr_db is not None:
        words.append(f"at {expectation.min_snr_db:g} dB or better")
    if expectation.for_ns is not None:
        words.append(f"for {expectation.for_ns / 1e9:g} s")
    if expectation.within_ns is not None:
        words.append(f"within {expectation.within_ns / 1e9:g} s")
    return " ".join(words)
