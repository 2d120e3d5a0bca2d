"""`--json`: one object about a whole invocation, for machines. Schema 1; keys are only ever added at the end."""

from collections.abc import Sequence
from typing import Any, Final

from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.report.outcome import Outcome

SCHEMA: Final = 1


def result_json(outcomes: Sequence[Outcome], *, seed: int) -> dict[str, Any]:
    verdicts = [outcome.verdict for outcome in outcomes]
    return {
        "schema": SCHEMA,
        "seed": seed,
        "summary": {verdict.value: verdicts.count(verdict) for verdict in Verdict},
        "runs": [
            {
                "scenario": outcome.label,
                "file": outcome.file,
                "verdict": outcome.verdict.value,
                "findings": [finding_json(finding) for finding in outcome.findings],
                "trace": str(outcome.trace) if outcome.trace else None,
                "seconds": round(outcome.seconds, 3),
            }
            for outcome in outcomes
        ],
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """What machines are told of one finding."""
    return {
        "id": finding.id,
        "verdict": finding.verdict.value,
        "requirement": list(finding.requirement),
        "expected": finding.expected,
        "actual": finding.actual,
        "at_s": finding.at_s,
    }
