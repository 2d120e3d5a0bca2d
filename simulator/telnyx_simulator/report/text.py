"""Runs and findings as lines for people."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from telnyx_simulator.checks.findings import FAULT_TEXTS, Finding, Verdict, overall
from telnyx_simulator.report.outcome import Outcome

_WORDS = {
    Verdict.PASS: "ok",
    Verdict.FAIL: "FAIL",
    Verdict.NOT_EXERCISED: "not exercised",
    Verdict.INCONCLUSIVE: "inconclusive",
}


def run_line(
    name: str,
    findings: Sequence[Finding],
    seconds: float,
    *,
    paint: Callable[[Verdict, str], str] = lambda verdict, text: text,
) -> str:
    """`a_uk_caller_hears_no_static[PCMA]   FAIL   8.1 s`; `paint` colors the verdict's word."""
    verdict = overall(list(findings))
    return f"{name:<60} {paint(verdict, f'{_WORDS[verdict]:<14}')} {seconds:5.1f} s"


def finding_block(finding: Finding, *, name: str) -> str:
    """A finding that is no pass: where, measured against wanted, probable cause, what to do."""
    place = f"{finding.place}  " if finding.place else ""
    lines = [f"{_WORDS[finding.verdict]} {place}{name}  {finding.id}"]
    if finding.place and finding.place.text:
        lines += [f"{finding.place.line:5} | {finding.place.text}", f"      | {' ' * (finding.place.column - 1)}^"]
    lines.append(f"  wanted   {finding.expected}")
    when = f"  (at {finding.at_s:.2f} s)" if finding.at_s is not None else ""
    lines.append(f"  found    {finding.actual}{when}")
    if finding.fault is not None:
        sentence, advice = FAULT_TEXTS[finding.fault]
        lines += [f"  fault    {finding.fault.value}: {sentence}", f"  advice   {advice}"]
    if finding.evidence:
        lines.append(f"  evidence {finding.evidence}")
    if finding.why:
        lines.append(f"  why      {finding.why}")
    return "\n".join(lines)


def failure_text(
    name: str,
    findings: Iterable[Finding],
    *,
    trace: Path | None,
    repeat: str | None,
    hear: Sequence[Path] = (),
    see: Path | None = None,
) -> str:
    """Everything about one run that did not pass: its findings, where to hear, see and judge it, how to repeat it."""
    findings = list(findings)
    told = [finding_block(finding, name=name) for finding in findings if finding.verdict in _TOLD]
    if not told:
        return _printable("\n".join(f"  {finding.id}: {finding.actual}" for finding in findings))
    told += [f"  hear it  {path}" for path in hear]
    told += [f"  see it   {see}"] if see else []
    told += [f"  trace    {trace}"] if trace else []
    told += [f"  again    {repeat}"] if repeat else []
    return _printable("\n".join(told))


def _printable(text: str) -> str:
    """What an application said can stand in it, and is not to move anybody's cursor."""
    return "".join(one if one.isprintable() or one == "\n" else repr(one)[1:-1] for one in text)


def outcome_text(outcome: Outcome) -> str:
    """`failure_text` of an outcome."""
    return failure_text(
        outcome.label,
        outcome.findings,
        trace=outcome.trace,
        repeat=outcome.again,
        hear=outcome.hear,
        see=outcome.see,
    )


def summary(verdicts: Sequence[Verdict], seconds: float) -> str:
    """The last line: how many runs came to what."""
    parts = [f"{verdicts.count(verdict)} {word}" for verdict, word in _COUNTED.items() if verdict in verdicts]
    plural = "" if len(verdicts) == 1 else "s"
    return f"{len(verdicts)} run{plural}: {', '.join(parts)} in {seconds:.1f} s"


_TOLD = (Verdict.FAIL, Verdict.INCONCLUSIVE)
_COUNTED = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.NOT_EXERCISED: "not exercised",
}
