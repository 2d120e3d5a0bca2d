"""From the findings of runs to a verdict for each requirement.

The worst of what a requirement's proofs name decides. What an application cannot be judged by (its profile lacks an
ability) is left out as long as something else of the requirement was exercised; a step that was not reached is not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from telnyx_simulator.checks.claims import STANDING
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.conformance.catalogue import EVERY_RUN, Proof, Requirement
from telnyx_simulator.report.outcome import Outcome

# The first of these that there is decides.
_WORST_FIRST: Final = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_EXERCISED, Verdict.PASS)
_MISSED: Final = (Verdict.FAIL, Verdict.INCONCLUSIVE)
# Findings of a run as a whole: it could not be made, or did not come to its end.
_OF_THE_RUN: Final = ("requires", "run")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one finding says of a requirement. `lacking`: it could not be exercised, whatever the application did."""

    finding: Finding
    outcome: Outcome | None = None
    lacking: bool = False

    @property
    def verdict(self) -> Verdict:
        return self.finding.verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A requirement and what became of it. `evidence`: what its proofs name; `decisive`: the first of the worst."""

    requirement: Requirement
    evidence: tuple[Evidence, ...] = field(repr=False)

    @property
    def verdict(self) -> Verdict:
        return self.decisive.verdict

    @property
    def decisive(self) -> Evidence:
        counted = [one for one in self.evidence if not one.lacking] or list(self.evidence)
        return min(counted, key=lambda one: _WORST_FIRST.index(one.verdict))

    @property
    def told(self) -> str:
        """Of what did not pass: why, in one line; of what was not exercised, the line that would exercise it."""
        if self.verdict is Verdict.PASS:
            return ""
        if self.verdict is Verdict.NOT_EXERCISED:
            return self.decisive.finding.actual
        return f"expected {self.decisive.finding.expected}; {self.decisive.finding.actual}"


def folded(
    requirements: Sequence[Requirement],
    played: Mapping[str, Sequence[Outcome]],
    *,
    between: Sequence[Outcome] = (),
    left_out: Mapping[str, str] | None = None,
) -> tuple[Judged, ...]:
    """A verdict for each requirement, in their order.

    `played` has the outcomes of each scenario by its folder and name, `between` those that belong to no run. `left_out`
    says of scenarios that were not to be run why.
    """
    everything = [outcome for outcomes in played.values() for outcome in outcomes] + list(between)
    return tuple(
        Judged(requirement=one, evidence=tuple(_evidence(one, played, everything, left_out or {})))
        for one in requirements
    )


def _evidence(
    requirement: Requirement,
    played: Mapping[str, Sequence[Outcome]],
    everything: Sequence[Outcome],
    left_out: Mapping[str, str],
) -> Iterator[Evidence]:
    for proof in requirement.proof:
        if proof.scenario == EVERY_RUN:
            yield from _of_every_run(proof, everything)
        elif outcomes := played.get(proof.scenario):
            named = [one for one in requirement.proof if one.scenario == proof.scenario]
            for outcome in outcomes:
                yield from _of_run(proof, named, outcome)
        else:
            why = left_out.get(proof.scenario, f"{proof.scenario} was not run")
            yield Evidence(finding=_not_exercised("run", why), lacking=True)


def _of_every_run(proof: Proof, everything: Sequence[Outcome]) -> Iterator[Evidence]:
    """What was exercised anywhere; where nothing was, why not."""
    found = [(outcome, finding) for outcome in everything for finding in outcome.findings if proof.names(finding.id)]
    exercised = [one for one in found if one[1].verdict is not Verdict.NOT_EXERCISED]
    for outcome, finding in exercised:
        yield Evidence(finding=finding, outcome=outcome)
    if not exercised:
        finding = found[0][1] if found else _not_exercised(", ".join(proof.check), "nothing was run")
        yield Evidence(finding=finding, outcome=found[0][0] if found else None, lacking=True)


def _of_run(proof: Proof, named: Sequence[Proof], outcome: Outcome) -> Iterator[Evidence]:
    """What one run says. `named`: all proofs of the requirement by this scenario."""
    of_the_run = [finding for finding in outcome.findings if finding.id in _OF_THE_RUN]
    if any(finding.verdict is Verdict.NOT_EXERCISED for finding in of_the_run):
        for finding in of_the_run:
            yield Evidence(finding=finding, outcome=outcome, lacking=True)
        return
    for finding in of_the_run:  # what did not come to its end is no pass
        yield Evidence(finding=finding, outcome=outcome)
    stopped = _stopped(named, outcome)
    found = [finding for finding in outcome.findings if proof.names(finding.id) and finding not in of_the_run]
    for finding in found:
        yield Evidence(
            finding=_unless_stopped(finding, stopped),
            outcome=outcome,
            lacking=finding.id in STANDING and finding.verdict is Verdict.NOT_EXERCISED,
        )
    if not found:
        yield Evidence(finding=_not_exercised(", ".join(proof.check), "the run has no such finding"), outcome=outcome)


def _stopped(named: Sequence[Proof], outcome: Outcome) -> Finding | None:
    """The step at which the script ended, if it is none of the requirement's own."""
    missed = (one for one in outcome.findings if one.id.startswith("script[") and one.verdict in _MISSED)
    first = next(missed, None)
    return None if first is None or any(proof.names(first.id) for proof in named) else first


def _unless_stopped(finding: Finding, stopped: Finding | None) -> Finding:
    """A finding that says nothing, as the script did not come to its end; but what must not happen and did, did."""
    if stopped is None:
        return finding
    reached = finding.id in STANDING or (
        finding.id.startswith("script[") and finding.verdict is not Verdict.NOT_EXERCISED
    )
    if reached or (finding.id.startswith("absent[") and finding.verdict is Verdict.FAIL):
        return finding
    actual = f"{stopped.id} was missed before: expected {stopped.expected}; {stopped.actual}"
    return replace(finding, verdict=Verdict.NOT_EXERCISED, actual=actual, fault=None, evidence="")


def _not_exercised(finding_id: str, why: str) -> Finding:
    return Finding(id=finding_id, verdict=Verdict.NOT_EXERCISED, expected="it is exercised", actual=why)
