"""From a trace to findings: the script's expectations in order, whole-run ones, asks, then the standing checks."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from telnyx_simulator.checks.answers import Cursor
from telnyx_simulator.checks.asks import unwilling
from telnyx_simulator.checks.calls_separate import calls_separate
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.checks.messages_valid import messages_valid
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.script import script, whole_run
from telnyx_simulator.checks.sound import Ears
from telnyx_simulator.checks.sound_clean import sound_clean
from telnyx_simulator.checks.standing import commands_accepted, legs_ended, status_mapped, webhooks_acknowledged
from telnyx_simulator.checks.stays_local import stays_local
from telnyx_simulator.trace import Trace

__all__ = ["STANDING", "Cursor", "judge"]

# Each is named as `claims.STANDING` names it.
STANDING: Final[tuple[Callable[[Record], Iterator[Finding]], ...]] = (
    webhooks_acknowledged,
    commands_accepted,
    status_mapped,
    legs_ended,
    messages_valid,
    calls_separate,
    stays_local,
)


def judge(trace: Trace) -> list[Finding]:
    """All findings of one trace. Pure: nothing but the trace directory is read."""
    record = Record(trace)
    ears = Ears(record)
    standing = [finding for check in STANDING for finding in check(record)]
    # An application is not to blame for the sound of what it has Telnyx play on top of its own.
    alone = Record(trace, alone=True)
    standing += sound_clean(alone, Ears(alone), ears) if _is_mixed(alone) else sound_clean(record, ears)
    written = [*script(record, ears), *whole_run(record, ears)]
    written += unwilling(record, written)
    found = [*written, *(_unless_ignored(finding, record) for finding in standing)]
    lacking = _missing_library(record)
    return found if lacking is None else [_unless_unable(finding, lacking) for finding in found]


def _is_mixed(record: Record) -> bool:
    """Whether anybody heard something else on top of a stream."""
    return any(record.trace.frames(f"{call}.returned") for call in record.legs(None))


def _missing_library(record: Record) -> str | None:
    """The line that installs what a command of the application needed, and this machine lacked."""
    for entry in record.trace.of("rest", "command"):
        for error in (entry.body.get("reply") or {}).get("errors", []):
            if entry.body["status"] == 501 and error.get("title") == "Missing library":
                return str(error["detail"])
    return None


def _unless_unable(finding: Finding, lacking: str) -> Finding:
    """The application was right to ask, and we could not: nothing that failed then is its fault."""
    if finding.verdict not in (Verdict.FAIL, Verdict.INCONCLUSIVE):
        return finding
    return replace(finding, verdict=Verdict.NOT_EXERCISED, actual=lacking, fault=None, evidence="")


def _unless_ignored(finding: Finding, record: Record) -> Finding:
    """A standing check that the scenario does not want: it never fails, and is seen all the same."""
    scenario = record.header.get("scenario") or {}
    if finding.id not in scenario.get("ignore", ()):
        return finding
    why = scenario.get("why") or "the scenario says so"
    actual = f"ignored: {why} (it would be {finding.verdict.value}: {finding.actual})"
    return replace(finding, verdict=Verdict.NOT_EXERCISED, actual=actual, fault=None, evidence="")
