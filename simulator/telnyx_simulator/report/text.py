"""Runs and findings as lines for people."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from telnyx_simulator.audio.fidelity import THRESHOLDS
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
    """A finding that is no pass: a sentence with its place, then what was measured, the probable cause, what to do."""
    lines = [sentence(finding)]
    if finding.place and finding.place.text:
        lines += [f"{finding.place.line:5} | {finding.place.text}", f"      | {' ' * (finding.place.column - 1)}^"]
    when = f"  at {finding.at_s:.2f} s" if finding.at_s is not None else ""
    lines.append(f"  {_WORDS[finding.verdict]:<8} {name}  {finding.id}{when}")
    if finding.evidence:
        lines += [f"  measured {finding.evidence}", f"  wanted   {_CLEAN}"]
    if finding.fault is not None:
        cause, advice = FAULT_TEXTS[finding.fault]
        lines += [f"  cause    {finding.fault.value}: {cause}", f"  advice   {advice}"]
    if _is_of_sound(finding) and finding.at_s is not None:
        lines.append(f"  listen   {_channel(finding)}, from {finding.at_s:.1f} s of the run on")
    if finding.why:
        lines.append(f"  why      {finding.why}")
    return "\n".join(lines)


def sentence(finding: Finding) -> str:
    """`menu.telnyx.yaml:8:5 expected record_start; it did not happen`, `menu.telnyx.yaml:9:5 play: the call had ended`.

    A standing check has no place in a file: `legs_ended: no leg is left; left: 1 legs`.
    """
    if finding.place is None:
        return f"{finding.id}: {finding.expected}; {finding.actual}"
    verb = finding.id.rpartition(".")[2] if finding.id.startswith("script[") else "expect"
    if verb not in ("expect", "absent"):
        return f"{finding.place} {verb}: {finding.actual}"
    return f"{finding.place} expected {finding.expected}; {finding.actual}"


def _is_of_sound(finding: Finding) -> bool:
    return finding.fault is not None or bool(finding.evidence) or finding.id in ("sound_clean", "calls_separate")


def _channel(finding: Finding) -> str:
    decoded = " received " in f" {finding.expected} "
    return "what went to the application" if decoded else "what was heard"


# What the figures of a sound are held against.
_CLEAN: Final = (
    f"SNR of {THRESHOLDS['snr_db_min']:g} dB or better, gain within {THRESHOLDS['gain_db_max']:g} dB, "
    f"no gap of {THRESHOLDS['gap_s_min'] * 1000:g} ms or more"
)


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
