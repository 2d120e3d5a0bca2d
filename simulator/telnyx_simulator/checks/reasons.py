"""Why nothing came that was expected, as far as the trace tells: the rest of the sentence that says so."""

from collections.abc import Iterator
from typing import Final

from telnyx_simulator.checks.answers import Window
from telnyx_simulator.checks.expectations import Expectation, Subject
from telnyx_simulator.checks.record import Record
from telnyx_simulator.trace import Entry

_OVER_A_STREAM: Final = (Subject.STREAM, Subject.MESSAGE, Subject.HEARD, Subject.RECEIVED)


def because(expectation: Expectation, window: Window, record: Record) -> str:
    """`; the stream was refused: ...` or the like; empty where the trace knows of no reason."""
    reasons = [*_refused_streams(expectation, record), *_asks(window, record), *_ends(window, record)]
    return "".join(f"; {reason}" for reason in dict.fromkeys(reasons))


def is_of_the_end(entry: Entry, record: Record) -> bool:
    """Whether it came only because everybody hung up when the script was over: then it is not what came too late."""
    since = record.hung_up_seq
    if since is None or entry.seq <= since:
        return False
    match entry.actor, entry.kind:
        case ("switch", "leg") | ("stream", "closed") | ("sut", "status"):
            return True
        case "sender", "webhook.attempt":
            # One that tells of something before may be on its way still.
            planned = record.trace.of("switch", "webhook.planned")
            return any(one.seq > since and one.body["delivery_id"] == entry.body["delivery_id"] for one in planned)
        case "rest", "command":
            # An application that is told of an end may end other things; it begins nothing.
            return entry.body["command"] == "hangup" or str(entry.body["command"]).endswith("_stop")
    return False


def _refused_streams(expectation: Expectation, record: Record) -> Iterator[str]:
    """Legs whose stream was refused and never came."""
    if expectation.subject not in _OVER_A_STREAM or expectation.value == "refused":
        return
    for call in record.legs(expectation.person):
        refused = list(record.trace.of("stream", "refused", call=call))
        if refused and not any(record.trace.of("stream", "opened", call=call)):
            yield f"the stream was refused: {refused[-1].body['failure']}"


def _asks(window: Window, record: Record) -> Iterator[str]:
    """What the application was asked for in this window, and did not take well."""
    for entry in record.trace.of("runner", "asked"):
        if entry.seq > window.opens_seq and (problem := entry.body.get("problem")):
            yield str(problem)


def _ends(window: Window, record: Record) -> Iterator[str]:
    for entry in record.trace.of("sut", "ended"):
        if window.closes_ns is None or entry.at_ns <= window.closes_ns:
            yield f"the application itself had ended, with exit code {entry.body['code']}"
