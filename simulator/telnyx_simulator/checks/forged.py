"""Forged webhooks in a trace: what the genuine one came to, and which forgery an effect came of."""

from collections.abc import Iterator

from telnyx_simulator.checks.answers import Window
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.subjects import is_effect
from telnyx_simulator.trace import Entry


def genuine_twins(forged: Entry, record: Record) -> Iterator[Entry]:
    """Attempts at genuine webhooks of the same event, about the same call."""
    for entry in record.trace.of("sender", "webhook.attempt", call=forged.call):
        if entry.body["genuine"] and entry.body["event"] == forged.body["event"]:
            yield entry


def effects_of(attempt: Entry, record: Record) -> Iterator[Entry]:
    """What the application did within the patience of a step after this webhook was sent.

    A command may be about another leg: who hears that a colleague answers connects the caller.
    """
    since_ns = attempt.body["sent_ns"]
    for entry in record.trace.entries:
        is_about_it = entry.call == attempt.call or entry.actor == "rest"
        if since_ns <= entry.at_ns < since_ns + record.within_ns and is_about_it and is_effect(entry):
            yield entry


def after_forgery(effect: Entry, window: Window, record: Record) -> str:
    """Which forgery of the window an effect came after, and how that was answered; empty where there was none.

    One that was acknowledged goes before one that was refused, the last of them before others.
    """
    sent = [
        entry
        for entry in record.trace.of("sender", "webhook.attempt")
        if entry.body["extra"] and not entry.body["genuine"] and entry.seq > window.opens_seq
    ]
    before = [entry for entry in sent if entry.body["sent_ns"] <= effect.at_ns]
    if not before:
        return ""
    last = max(before, key=lambda entry: (entry.body["acknowledged"], entry.body["sent_ns"]))
    body = last.body
    after_ms = (effect.at_ns - body["sent_ns"]) / 1e6
    reply = body["status"] if body["status"] is not None else "no reply"
    return f", {after_ms:.0f} ms after the forgery {_kind(last)!r} was sent to {body['url']} ({reply})"


def _kind(forged: Entry) -> str:
    """In the words of the treatment that made it one."""
    body = forged.body
    if body["signature"] != "genuine":
        return str(body["signature"])
    if body["timestamp_ns"]:
        return f"timestamp: {body['timestamp_ns'] / 1e9:+g}s"
    return str((body.get("treatment") or {}).get("shape"))
