"""What a check says: a verdict, with what was expected, what was found, and where."""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from telnyx_simulator.audio.faults import FAULT_TEXTS, Fault
from telnyx_simulator.checks.expectations import Place

__all__ = ["FAULT_TEXTS", "Fault", "Finding", "Verdict", "overall"]


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    NOT_EXERCISED = "not_exercised"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`id` is a standing check's, or `script[4].expect`, `expect[0]`, `absent[0]`; `at_s` is since the run began."""

    id: str
    verdict: Verdict
    expected: str
    actual: str = ""
    requirement: tuple[str, ...] = ()
    at_s: float | None = None
    place: Place | None = None
    fault: Fault | None = None
    evidence: str = ""
    why: str | None = None
    call: str | None = None

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def overall(findings: list[Finding]) -> Verdict:
    """The verdict of a run: the worst of its findings; nothing exercised is no pass."""
    verdicts = {finding.verdict for finding in findings}
    for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS):
        if verdict in verdicts:
            return verdict
    return Verdict.NOT_EXERCISED
