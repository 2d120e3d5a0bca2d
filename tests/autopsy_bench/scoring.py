"""What a diagnosis said of a set of cases, against the truth."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from .calls import Label

HEALTHY = "healthy"


@dataclass(slots=True)
class Score:
    """Of one set of cases."""

    cases: int = 0
    exact: int = 0
    """Each mistake is named, by its name or one that is as right, and nothing else is."""
    every_named: int = 0
    """Each mistake is named; something else may be."""
    one_named: int = 0
    called_healthy: int = 0
    confusion: dict[str, Counter[str]] = field(default_factory=dict)
    """Truth, then what was said instead: only what is not exact."""
    per_class: Counter[str] = field(default_factory=Counter)
    exact_per_class: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """Ids of what is not exact."""

    def add(self, case_id: str, labels: Iterable[Label], said: Iterable[str]) -> None:
        """One more case: no labels means healthy."""
        labels, said = tuple(labels), frozenset(said)
        named = [bool(said & {label.name, *label.same}) for label in labels]
        allowed = {name for label in labels for name in (label.name, *label.same, *label.beside)}
        exact = all(named) and said <= allowed
        truth = " + ".join(label.name for label in labels) or HEALTHY
        self.cases += 1
        self.exact += exact
        self.every_named += all(named)
        self.one_named += any(named) or not labels
        self.called_healthy += bool(labels) and not said
        self.per_class[truth] += 1
        self.exact_per_class[truth] += exact
        if not exact:
            self.confusion.setdefault(truth, Counter())[" + ".join(sorted(said)) or HEALTHY] += 1
            self.wrong.append(case_id)

    def table(self) -> list[str]:
        """Lines of Markdown: each class with its count, its share, and what was said instead."""
        lines = ["| truth | cases | exact | said instead |", "|---|---|---|---|"]
        for truth, cases in sorted(self.per_class.items()):
            instead = self.confusion.get(truth, Counter())
            told = ", ".join(f"{said} {times}" for said, times in instead.most_common())
            lines.append(f"| {truth} | {cases} | {self.exact_per_class[truth]} | {told} |")
        return lines


def share(part: int, whole: int) -> str:
    return f"{part} of {whole} = {100 * part / whole:.1f} %" if whole else "none"
