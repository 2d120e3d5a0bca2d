"""One run as reports tell of it: what it was, what it came to, where its record is and how to repeat it."""

from dataclasses import dataclass
from pathlib import Path

from telnyx_simulator.checks.expectations import Place
from telnyx_simulator.checks.findings import Finding, Verdict, overall


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`file` is empty for what belongs to no scenario; `trace` and the files are None or empty where nothing is kept.

    `hear` are WAV files of the calls, `see` the text ladder; `again` is the command that repeats this run alone.
    """

    label: str
    file: str
    line: int
    seed: int
    seconds: float
    findings: tuple[Finding, ...]
    requirement: tuple[str, ...] = ()
    trace: Path | None = None
    hear: tuple[Path, ...] = ()
    see: Path | None = None
    again: str | None = None

    @property
    def verdict(self) -> Verdict:
        return overall(list(self.findings))

    @property
    def place(self) -> Place | None:
        """Where the first thing that did not pass is written; else where the script begins."""
        for finding in self.findings:
            if finding.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE) and finding.place and finding.place.file:
                return finding.place
        return Place(self.file, self.line, 1) if self.file else None

    @property
    def amiss(self) -> list[Finding]:
        """What failed or is inconclusive; of a run in which nothing was exercised, what was not."""
        found = [finding for finding in self.findings if finding.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)]
        return list(self.findings) if self.verdict is Verdict.NOT_EXERCISED else found


def not_run(reason: str) -> tuple[Finding, ...]:
    """The finding of a run that was not made."""
    return (Finding(id="run", verdict=Verdict.NOT_EXERCISED, expected="the run is made", actual=reason),)
