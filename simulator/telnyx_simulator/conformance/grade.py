"""A letter for all verdicts together. What it means stands in `docs/conformance.md`, from the same table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.conformance.catalogue import Level
from telnyx_simulator.conformance.folding import Judged

NONE: Final = "-"

# Letter -> what it takes. Requirements that were not exercised neither raise nor lower it, MAY never does.
GRADES: Final[Mapping[str, str]] = {
    "A": "every MUST and every SHOULD that was exercised passes",
    "B": "every MUST passes, and at least three in four SHOULDs",
    "C": "every MUST passes",
    "D": "all but a few MUSTs pass: one in ten of those exercised does not, or a single one",
    "F": "more MUSTs do not pass, or a positive control fails",
    NONE: "no grade: a positive control was not exercised or is inconclusive, the run was ended early, "
    "or only a part of the catalogue was chosen",
}

_MOST: Final = 0.75
_FEW: Final = 0.1


@dataclass(frozen=True, slots=True)
class Grade:
    """`because` is a sentence of this run, in the words of the table."""

    letter: str
    because: str


def grade(judged: Sequence[Judged], *, no_grade: str = "") -> Grade:
    """The grade of a run. `no_grade` is a reason of the run's own for having none."""
    controls = [one for one in judged if one.requirement.control]
    for one in controls:
        if one.verdict is Verdict.FAIL:
            told = f"{one.requirement.id} fails, without which nothing else that passes means much"
            return Grade("F", told)
    if no_grade:
        return Grade(NONE, no_grade)
    for one in controls:
        if one.verdict is not Verdict.PASS:
            word = "inconclusive" if one.verdict is Verdict.INCONCLUSIVE else "not exercised"
            return Grade(NONE, f"{one.requirement.id} is {word}, without which nothing else that passes means much")
    if not controls:
        return Grade(NONE, "the catalogue has no positive control")
    return _letter(judged)


def _letter(judged: Sequence[Judged]) -> Grade:
    musts, shoulds = (_exercised(judged, level) for level in (Level.MUST, Level.SHOULD))
    bad, lesser = _not_passed(musts), _not_passed(shoulds)
    unsure = [one for one in (*bad, *lesser) if one.verdict is Verdict.INCONCLUSIVE]
    note = f"; {len(unsure)} of them inconclusive, which a second run may settle" if unsure else ""
    if bad:
        letter = "D" if len(bad) <= max(1, int(len(musts) * _FEW)) else "F"
        return Grade(letter, f"{len(bad)} of {len(musts)} MUST not passed{note}")
    if not lesser:
        told = f"{len(musts)} MUST and {len(shoulds)} SHOULD"
        return Grade("A", f"every requirement that was exercised passes: {told}")
    letter = "B" if len(shoulds) - len(lesser) >= _MOST * len(shoulds) else "C"
    return Grade(letter, f"every MUST passes; {len(lesser)} of {len(shoulds)} SHOULD not passed{note}")


def _exercised(judged: Sequence[Judged], level: Level) -> list[Judged]:
    return [one for one in judged if one.requirement.level is level and one.verdict is not Verdict.NOT_EXERCISED]


def _not_passed(exercised: Sequence[Judged]) -> list[Judged]:
    return [one for one in exercised if one.verdict is not Verdict.PASS]
