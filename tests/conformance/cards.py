"""Requirements, runs and verdicts for tests, made of a few words."""

from pathlib import Path

from telnyx_simulator.checks.expectations import Place
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.conformance.catalogue import Catalogue, Family, Level, Proof, Requirement
from telnyx_simulator.conformance.folding import Judged, folded
from telnyx_simulator.report.outcome import Outcome

HERE = Place("conformance/sut/x.yaml", 4, 9)
VERDICTS = {"ok": Verdict.PASS, "fail": Verdict.FAIL, "unsure": Verdict.INCONCLUSIVE, "idle": Verdict.NOT_EXERCISED}


def proof(scenario: str, *check: str) -> Proof:
    return Proof(scenario=scenario, check=check)


def requirement(
    name: str, *proofs: Proof, level: Level = Level.MUST, control: bool = False, mutants: tuple[str, ...] = ("broken",)
) -> Requirement:
    return Requirement(
        id=name,
        level=level,
        requirement=f"It does {name}.",
        why="somebody did not",
        source="an issue",
        proof=proofs or (proof("calls/a_call", "expect[0]"),),
        mutants=mutants,
        place=HERE,
        control=control,
    )


def catalogue(*requirements: Requirement) -> Catalogue:
    names = dict.fromkeys(one.family for one in requirements)
    return Catalogue(
        families=tuple(
            Family(name=name, title=name.title(), requirements=tuple(one for one in requirements if one.family == name))
            for name in names
        )
    )


def run(findings: str, label: str = "a_call", trace: Path | None = None) -> Outcome:
    """`script[1].expect ok, expect[0] fail`: a run with these findings."""
    found = [part.rsplit(" ", 1) for part in findings.split(", ") if part]
    return Outcome(
        label=label,
        file=f"scenarios/calls/{label}.telnyx.yaml",
        line=3,
        seed=7,
        seconds=1.5,
        findings=tuple(
            Finding(id=name, verdict=VERDICTS[word], expected=f"{name} holds", actual=f"{name} was {word}")
            for name, word in found
        ),
        trace=trace,
        again=f"telnyx-sim run scenarios/calls/{label}.telnyx.yaml --seed 7",
    )


def judged(name: str, word: str, *, level: Level = Level.MUST, control: bool = False) -> Judged:
    """A requirement that came to `ok`, `fail`, `unsure` or `idle`."""
    one = requirement(name, level=level, control=control)
    (found,) = folded([one], {"calls/a_call": [run(f"expect[0] {word}")]})
    return found
