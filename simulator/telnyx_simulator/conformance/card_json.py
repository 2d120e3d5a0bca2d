"""A scorecard for machines: `conformance --json`. Schema 1; keys are only ever added at the end."""

from collections.abc import Sequence
from typing import Any, Final

from telnyx_simulator.conformance.catalogue import Level
from telnyx_simulator.conformance.folding import Evidence, Judged
from telnyx_simulator.conformance.scorecard import Scorecard, counted
from telnyx_simulator.report.result_json import finding_json, result_json

SCHEMA: Final = 1


def card_json(card: Scorecard) -> dict[str, Any]:
    runs = result_json(card.outcomes, seed=card.seed)
    return {
        "schema": SCHEMA,
        "application": card.application,
        "seed": card.seed,
        "seconds": round(card.seconds, 3),
        "grade": {"letter": card.grade.letter, "because": card.grade.because},
        "summary": {
            level.value: _counts([one for one in card.judged if one.requirement.level is level]) for level in Level
        },
        "families": [
            {"family": family.name, "title": family.title, **_counts(card.of_family(family))} for family in card.shown
        ],
        "requirements": [_requirement(one, card) for one in card.judged],
        "rest_calls": card.rest_calls,
        "unnamed": [{"scenario": outcome.label, **finding_json(finding)} for outcome, finding in card.unnamed],
        "runs": runs["runs"],
    }


def _counts(judged: Sequence[Judged]) -> dict[str, int]:
    return {verdict.value: count for verdict, count in counted(judged).items()}


def _requirement(judged: Judged, card: Scorecard) -> dict[str, Any]:
    requirement = judged.requirement
    return {
        "id": requirement.id,
        "family": requirement.family,
        "level": requirement.level.value,
        "verdict": judged.verdict.value,
        "requirement": requirement.requirement,
        "why": requirement.why,
        "source": requirement.source,
        "control": requirement.control,
        "told": judged.told,
        "known": card.is_known(judged),
        "again": card.again_for(requirement),
        "findings": [_evidence(one) for one in judged.evidence],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    outcome = evidence.outcome
    return {
        "scenario": outcome.label if outcome else None,
        **finding_json(evidence.finding),
        "trace": str(outcome.trace) if outcome and outcome.trace else None,
        "again": outcome.again if outcome else None,
    }
