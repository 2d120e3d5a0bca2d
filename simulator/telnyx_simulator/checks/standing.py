"""Standing checks about signaling: what holds in every run without being written."""

from collections.abc import Iterator

from telnyx_simulator.checks.claims import STANDING
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.statuses import FORGOTTEN, MAPPED, situation, unmapped, words_for
from telnyx_simulator.trace import Entry

# A command that was on its way when `call.hangup` was acknowledged arrives within this time.
RACE_NS = 1_000_000_000
# What the application has to come to rest when everybody has hung up.
SETTLING_NS = 2_000_000_000


def webhooks_acknowledged(record: Record) -> Iterator[Finding]:
    """Every genuine delivery got a 2xx in time."""
    attempts = [entry for entry in record.trace.of("sender", "webhook.attempt") if entry.body["genuine"]]
    claim = STANDING["webhooks_acknowledged"]
    missed = [entry for entry in attempts if not entry.body["acknowledged"]]
    if not attempts:
        yield Finding(id="webhooks_acknowledged", verdict=Verdict.NOT_EXERCISED, expected=claim, actual="none was sent")
    elif missed:
        blamed = [entry for entry in missed if not _is_our_timeout(entry, record)]
        verdict = Verdict.FAIL if blamed else Verdict.INCONCLUSIVE
        first = (blamed or missed)[0]
        reply = first.body["status"] or first.body["failure"]
        actual = f"{len(missed)} of {len(attempts)} were not; the first: {first.body['event']} -> {reply}"
        for end in record.trace.of("sut", "ended"):
            actual += f"; the application itself had ended, with exit code {end.body['code']}"
        yield Finding(
            id="webhooks_acknowledged",
            verdict=verdict,
            expected=claim,
            actual=actual,
            at_s=first.at_ns / 1e9,
            call=first.call,
        )
    else:
        actual = f"{len(attempts)} deliveries"
        yield Finding(id="webhooks_acknowledged", verdict=Verdict.PASS, expected=claim, actual=actual)


def _is_our_timeout(attempt: Entry, record: Record) -> bool:
    """Whether no reply came in time, for a good part of which we were not there to take it."""
    timeout_ns, sent_ns = attempt.body.get("timeout_ns"), attempt.body["sent_ns"]
    waited = timeout_ns is not None and attempt.at_ns - sent_ns >= timeout_ns
    return attempt.body["status"] is None and waited and record.was_away(sent_ns, attempt.at_ns)


def commands_accepted(record: Record) -> Iterator[Finding]:
    """No command was refused, but by a treatment or with 90018 in a race; no dial went to a number that nobody has."""
    claim = STANDING["commands_accepted"]
    commands = list(record.trace.of("rest", "command"))
    refused = [entry for entry in commands if _is_refused(entry) and not _is_race(record, entry)]
    # A path without a route may be one that Telnyx has and we do not play.
    unbuilt = [entry for entry in commands if entry.body["status"] == 501 or entry.body["command"] == "unknown"]
    refused = [entry for entry in refused if entry not in unbuilt]
    stray = list(record.trace.of("rest", "stray_dial"))
    if refused:
        body = refused[0].body
        error = body["reply"]["errors"][0]
        actual = f"{body['method']} {body['path']} -> {body['status']} {error['code']} {error['title']}"
        where = error.get("source", {}).get("pointer")
        actual += f" at {where}: {error.get('detail', '')}" if where else f": {error.get('detail', '')}"
        at = refused[0]
        verdict = Verdict.FAIL
    elif stray:
        at, verdict = stray[0], Verdict.FAIL
        actual = f"a dial to {at.body['to']}, where nobody of this scenario is"
    elif unbuilt:
        at, verdict = unbuilt[0], Verdict.INCONCLUSIVE
        actual = f"{at.body['method']} {at.body['path']} is not built yet in the simulator"
    elif commands:
        text = f"{len(commands)} command{'s' if len(commands) > 1 else ''}"
        yield Finding(id="commands_accepted", verdict=Verdict.PASS, expected=claim, actual=text)
        return
    else:
        yield Finding(id="commands_accepted", verdict=Verdict.NOT_EXERCISED, expected=claim, actual="none came")
        return
    yield Finding(
        id="commands_accepted",
        verdict=verdict,
        expected=claim,
        actual=actual,
        at_s=at.at_ns / 1e9,
        call=at.call,
    )


def _is_refused(entry: Entry) -> bool:
    """Whether Telnyx would have refused it: an error that a treatment put in its place says nothing of the command."""
    treatment = entry.body.get("treatment") or {}
    status = entry.body["status"]
    made_by_us = any(treatment.get(key) is not None for key in ("error_code", "error_status"))
    return status is not None and 400 <= status < 500 and not made_by_us


def _is_race(record: Record, entry: Entry) -> bool:
    """90018 on a leg whose end the application could not know yet, or had only just been told of."""
    if not any(error.get("code") == "90018" for error in entry.body["reply"].get("errors", [])):
        return False
    told = [
        attempt.at_ns
        for attempt in record.trace.of("sender", "webhook.attempt", call=entry.call)
        if attempt.body["event"] == "call.hangup" and attempt.body["acknowledged"] and attempt.body["genuine"]
    ]
    return not told or entry.at_ns - told[0] < RACE_NS


def status_mapped(record: Record) -> Iterator[Finding]:
    """The last status of each leg is the one that the profile's map gives for its end."""
    claim = STANDING["status_mapped"]
    exercised = False
    for call in record.legs(None):
        moves = record.moves(call)
        if moves[-1].body["state"] != "hangup" or not record.header["profile"]["observes_status"]:
            continue
        if not moves[-1].body.get("let_in", True):
            continue  # the caller heard busy at once, and the application nothing
        words = words_for(record, call, moves)
        if words is None:
            yield Finding(
                id="status_mapped",
                verdict=Verdict.NOT_EXERCISED,
                expected=claim,
                actual=unmapped(MAPPED, record, call, moves) or "",
                call=call,
            )
            exercised = True
            continue
        exercised = True
        seen = list(record.trace.of("sut", "status", call=call))
        gone = [entry for entry in record.trace.of("sut", "status_gone", call=call) if entry.seq > moves[-1].seq]
        if gone and seen and seen[-1].seq < moves[-1].seq:
            yield Finding(
                id="status_mapped",
                verdict=Verdict.NOT_EXERCISED,
                expected=claim,
                actual=FORGOTTEN,
                call=call,
            )
            continue
        last = seen[-1].body["word"] if seen else None
        unsure = record.interrupted or record.was_away(moves[-1].at_ns, record.trace.end_ns)
        yield Finding(
            id="status_mapped",
            verdict=Verdict.PASS if last in words else Verdict.INCONCLUSIVE if unsure else Verdict.FAIL,
            expected=f"{' or '.join(map(repr, words))} for {_told(record, call)}",
            actual=(f"{last!r}" if seen else "no status") + _why_none_since(record, call, seen[-1].seq if seen else 0),
            at_s=seen[-1].at_ns / 1e9 if seen else None,
            call=call,
        )
    if not exercised:
        why = "no call ended" if record.header["profile"]["observes_status"] else "the profile has no `status`"
        yield Finding(id="status_mapped", verdict=Verdict.NOT_EXERCISED, expected=claim, actual=why)


def _told(record: Record, call: str) -> str:
    """The cause that the application was told of."""
    known = situation(record, call, record.moves(call))
    return str(known.state) if known is not None else ""


def _why_none_since(record: Record, call: str, seq: int) -> str:
    """Why the application's word could not be had since it was last seen, if that is so."""
    unknown = [entry for entry in record.trace.of("sut", "status_unknown", call=call) if entry.seq > seq]
    return f"; {unknown[-1].body['problem']}" if unknown else ""


def legs_ended(record: Record) -> Iterator[Finding]:
    """After settling no leg, WebSocket or conference is left, and no recording runs on."""
    claim = STANDING["legs_ended"]
    rested = list(record.trace.of("runner", "settled"))
    if not record.legs(None):
        yield Finding(id="legs_ended", verdict=Verdict.NOT_EXERCISED, expected=claim, actual="there was no call")
    elif not rested:
        yield Finding(
            id="legs_ended", verdict=Verdict.INCONCLUSIVE, expected=claim, actual="the run was interrupted before"
        )
    else:
        left = rested[-1].body
        parts = [f"{n} {what}" for what, n in left.items() if n]
        unsure = record.was_away(rested[-1].at_ns - SETTLING_NS, rested[-1].at_ns)
        yield Finding(
            id="legs_ended",
            verdict=(Verdict.INCONCLUSIVE if unsure else Verdict.FAIL) if parts else Verdict.PASS,
            expected=claim,
            actual="left: " + ", ".join(parts) if parts else "none",
            at_s=rested[-1].at_ns / 1e9,
        )
