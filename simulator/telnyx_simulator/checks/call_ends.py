"""How the calls of a run ended, as far as anybody could tell, and what the application made of each end."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.standing import status_mapped
from telnyx_simulator.checks.statuses import UNSUCCESSFUL, Situation, judged_by, situation, unmapped
from telnyx_simulator.facts.call_endings import status_keys
from telnyx_simulator.trace import Trace

_DETECTED = ("call.machine.detection.ended", "call.machine.premium.detection.ended")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnd:
    """One leg that has ended. `cause` is what the application was told, as JSON where it is no text; `amd` what
    detection told it, if anything; `word` its last status. `reached` are the keys of the status map that spoke of the
    leg on its way, and `unmapped` is whether none speaks of its end.
    """

    run: str
    direction: str
    answered: bool
    cause: str
    is_known: bool
    source: str
    amd: str | None
    word: str | None
    verdict: Verdict
    reached: tuple[str, ...] = ()
    unmapped: bool = False


def call_ends(trace: Trace) -> Iterator[CallEnd]:
    """Every leg of a trace that has ended, and of whose end the application was told."""
    record = Record(trace)
    verdicts = {finding.call: finding.verdict for finding in status_mapped(record)}
    for call in record.legs(None):
        moves = record.moves(call)
        known = situation(record, call, moves)
        if known is None or not known.is_over or not moves[-1].body.get("let_in", True):
            continue
        words = [entry.body["word"] for entry in trace.of("sut", "status", call=call)]
        word = words[-1] if words else None
        verdict = verdicts.get(call, Verdict.NOT_EXERCISED)
        if not known.is_known and record.header["profile"]["observes_status"]:
            verdict = _of_the_unknown(record, call, word)
        yield CallEnd(
            run=str((trace.header.get("scenario") or {}).get("run_id", "")),
            direction=known.direction,
            answered=known.answered,
            cause=known.state if isinstance(known.state, str) else json.dumps(known.state),
            is_known=known.is_known,
            source=str(moves[-1].body.get("source", "")),
            amd=_detected(record, call),
            word=word,
            verdict=verdict,
            reached=tuple(_reached(record, call)),
            unmapped=known.is_known and _key(record, known) is None,
        )


def _of_the_unknown(record: Record, call: str, word: str | None) -> Verdict:
    """A cause that Telnyx has not: whatever the word, the call is over, and no success."""
    moves = record.moves(call)
    if unmapped(UNSUCCESSFUL, record, call, moves):
        return Verdict.NOT_EXERCISED
    is_right = judged_by(UNSUCCESSFUL, record, call, moves)
    return Verdict.PASS if callable(is_right) and word is not None and is_right(word) else Verdict.FAIL


def _reached(record: Record, call: str) -> Iterator[str]:
    moves = record.moves(call)
    for n in range(1, len(moves) + 1):
        known = situation(record, call, moves[:n])
        if known is not None and (key := _key(record, known)) is not None:
            yield key


def _key(record: Record, known: Situation) -> str | None:
    """The key of the status map that speaks of this situation."""
    if not known.is_known:
        return None
    keys = status_keys(known.state, known.direction, answered=known.answered)
    return next((key for key in keys if key in record.header["profile"]["status_map"]), None)


def _detected(record: Record, call: str) -> str | None:
    for attempt in record.trace.of("sender", "webhook.attempt", call=call):
        if attempt.body["event"] in _DETECTED:
            return str(attempt.body["payload"].get("result"))
    return None
