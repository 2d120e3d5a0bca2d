"""What the application was asked for and did not do: no call failed, but what was to be seen was not brought about.

An application that passes on what Telnyx refused it (or that got no reply from Telnyx) is right to say so.
"""

from collections.abc import Iterator, Sequence

from telnyx_simulator.checks.expectations import Place
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.checks.record import Record
from telnyx_simulator.trace import Entry


def unwilling(record: Record, written: Sequence[Finding]) -> Iterator[Finding]:
    """Each ask whose answer is none to be glad of, unless one of the `written` findings failed and names it already."""
    began = {entry.body["step"]: entry for entry in record.trace.of("runner", "step.began")}
    ended = {entry.body["step"]: entry for entry in record.trace.of("runner", "step.ended")}
    places = {step["index"]: Place(**step["place"]) for step in record.steps()}
    failed = [finding.actual for finding in written if finding.verdict is Verdict.FAIL]
    for entry in record.trace.of("runner", "asked"):
        step, problem = entry.body.get("step"), entry.body.get("problem")
        if step not in began or problem is None or any(problem in actual for actual in failed):
            continue
        if step in ended and "failed" in ended[step].body:
            continue  # it could not be made, which is a finding of the script
        if _was_refused(record, began[step], entry):
            continue
        yield Finding(
            id=f"script[{step}].ask",
            verdict=Verdict.INCONCLUSIVE,
            expected="the application does what it is asked for",
            actual=problem,
            at_s=entry.at_ns / 1e9,
            place=places.get(step),
            call=entry.call,
        )


def _was_refused(record: Record, began: Entry, answered: Entry) -> bool:
    """Whether Telnyx refused the application something meanwhile, or did not reply."""
    commands = record.trace.of("rest", "command")
    meanwhile = [entry.body["status"] for entry in commands if began.seq < entry.seq < answered.seq]
    return any(status is None or status >= 400 for status in meanwhile)
