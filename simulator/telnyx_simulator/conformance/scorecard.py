"""All that a run of the suite comes to, as every report tells of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.conformance.baseline import Compared, failing
from telnyx_simulator.conformance.catalogue import EVERY_RUN, Catalogue, Family, Level, Requirement
from telnyx_simulator.conformance.folding import Evidence, Judged
from telnyx_simulator.conformance.grade import Grade
from telnyx_simulator.report.outcome import Outcome

# In which order verdicts are counted and shown.
VERDICTS: Final = (Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_EXERCISED)
_ORDER: Final = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_EXERCISED, Verdict.PASS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """`outcomes` are all runs, `unnamed` what failed in them and no requirement names; `seconds` are those of the whole
    invocation. `again` is the command that repeats it, less the ids of requirements.
    """

    application: str
    seed: int
    seconds: float
    judged: tuple[Judged, ...]
    families: tuple[Family, ...]
    grade: Grade
    outcomes: tuple[Outcome, ...]
    unnamed: tuple[tuple[Outcome, Finding], ...]
    rest_calls: int
    again: str
    baseline: Compared | None = None

    def of_family(self, family: Family) -> list[Judged]:
        return [one for one in self.judged if one.requirement.family == family.name]

    @property
    def shown(self) -> list[Family]:
        """Families of which anything was chosen."""
        return [family for family in self.families if self.of_family(family)]

    def is_known(self, judged: Judged) -> bool:
        """Whether the baseline has this failure."""
        return self.baseline is not None and any(one is judged for one in self.baseline.known)

    def ordered(self) -> list[Judged]:
        """What is amiss first, the most binding first."""
        levels = list(Level)
        return sorted(self.judged, key=lambda one: (_ORDER.index(one.verdict), levels.index(one.requirement.level)))

    @property
    def first_to_fix(self) -> Judged | None:
        """The failure that matters most: a positive control, then a MUST, then what fails in most runs. No known one
        as long as there is a regression.
        """
        failed = (self.baseline.regressions or self.baseline.known) if self.baseline else failing(self.judged)
        levels = list(Level)
        order = {one.requirement.id: n for n, one in enumerate(self.judged)}

        def weight(one: Judged) -> tuple[bool, int, int, int]:
            runs = {evidence.outcome.label for evidence in failures(one) if evidence.outcome}
            level = levels.index(one.requirement.level)
            return (not one.requirement.control, level, -len(runs), order[one.requirement.id])

        return min(failed, key=weight, default=None)

    def again_for(self, requirement: Requirement) -> str:
        """The command that repeats what this requirement needs."""
        return f"{self.again} {requirement.id}"


def counted(judged: Sequence[Judged]) -> dict[Verdict, int]:
    found = Counter(one.verdict for one in judged)
    return {verdict: found[verdict] for verdict in VERDICTS}


def failures(judged: Judged) -> list[Evidence]:
    return [evidence for evidence in judged.evidence if evidence.verdict is Verdict.FAIL]


def reasons(judged: Sequence[Judged]) -> list[tuple[str, list[Judged]]]:
    """Why requirements were not exercised, each reason once, that of most requirements first."""
    found: dict[str, list[Judged]] = {}
    for one in judged:
        if one.verdict is Verdict.NOT_EXERCISED:
            found.setdefault(one.told, []).append(one)
    return sorted(found.items(), key=lambda item: -len(item[1]))


def unnamed(catalogue: Catalogue, played: dict[str, list[Outcome]]) -> Iterator[tuple[Outcome, Finding]]:
    """What failed or is inconclusive, and is named by no requirement."""
    of: dict[str, list[Requirement]] = {}
    for requirement in catalogue.requirements:
        for proof in requirement.proof:
            of.setdefault(proof.scenario, []).append(requirement)
    for scenario, outcomes in played.items():
        proofs = [
            proof
            for requirement in (*of.get(scenario, ()), *of.get(EVERY_RUN, ()))
            for proof in requirement.proof
            if proof.scenario in (scenario, EVERY_RUN)
        ]
        for outcome in outcomes:
            for finding in outcome.findings:
                amiss = finding.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)
                if amiss and not any(proof.names(finding.id) for proof in proofs):
                    yield outcome, finding
