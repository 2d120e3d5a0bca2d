"""A scorecard for the summary of a job on GitHub: the grade, the families, what does not pass."""

from typing import Final

from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.conformance.page import WORDS
from telnyx_simulator.conformance.scorecard import VERDICTS, Scorecard, counted
from telnyx_simulator.report.github import cell

_ROWS_MAX: Final = 200
_FOUND_CHARACTERS_MAX: Final = 200


def card_markdown(card: Scorecard) -> str:
    """Whatever the application said is escaped."""
    lines = [
        f"### Telnyx conformance of {cell(card.application)}: {card.grade.letter}",
        "",
        f"{cell(card.grade.because)}; {len(card.outcomes)} runs in {card.seconds:.1f} s, seed {card.seed}",
        "",
        f"| family | {' | '.join(WORDS[verdict].lower() for verdict in VERDICTS)} |",
        f"|---|{'---:|' * len(VERDICTS)}",
    ]
    for family in card.shown:
        counts = counted(card.of_family(family))
        lines.append(f"| {cell(family.title)} | {' | '.join(str(counts[verdict]) for verdict in VERDICTS)} |")
    amiss = [one for one in card.ordered() if one.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)]
    if amiss:
        lines += ["", "| | level | requirement | found |", "|---|---|---|---|"]
    for one in amiss[:_ROWS_MAX]:
        word = "known" if card.is_known(one) else WORDS[one.verdict]
        sentence = f"`{one.requirement.id}` {cell(one.requirement.requirement)}"
        lines.append(
            f"| {word} | {one.requirement.level.value} | {sentence} | {cell(one.told[:_FOUND_CHARACTERS_MAX])} |"
        )
    if len(amiss) > _ROWS_MAX:
        lines.append(f"| and {len(amiss) - _ROWS_MAX} more | | | |")
    return "\n".join(lines) + "\n"
