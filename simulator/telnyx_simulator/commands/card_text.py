"""A scorecard on a terminal, or in a log: what does not pass, a table of families, the grade, what to fix first."""

import textwrap
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Final

import click

from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.commands.options import counted
from telnyx_simulator.commands.paint import paint, painted
from telnyx_simulator.conformance.catalogue import Family
from telnyx_simulator.conformance.folding import Judged
from telnyx_simulator.conformance.grade import NONE
from telnyx_simulator.conformance.page import WORDS
from telnyx_simulator.conformance.scorecard import VERDICTS, Scorecard, failures, reasons
from telnyx_simulator.conformance.scorecard import counted as counted_verdicts
from telnyx_simulator.report.text import failure_text

_WIDTH: Final = 100
_INDENT: Final = " " * 15
_TOLD_MAX: Final = 300
_COLORS: Final = {"A": "green", "B": "green", "C": "yellow", "D": "yellow", "F": "red", NONE: "cyan"}


def card_text(card: Scorecard) -> str:
    """All of it, with colors; whoever prints it leaves these out where there are none."""
    parts = [*_not_passed(card), *_idle(card), *_baseline(card), _table(card), _grade(card), *_first(card)]
    return "\n".join(parts)


def _not_passed(card: Scorecard) -> Iterator[str]:
    for one in card.ordered():
        if one.verdict not in (Verdict.FAIL, Verdict.INCONCLUSIVE):
            continue
        word = "known" if card.is_known(one) else WORDS[one.verdict]
        head = f"{paint(one.verdict, f'{word:<14}')} {one.requirement.level.value:<7} {one.requirement.id}"
        runs = dict.fromkeys(evidence.outcome.label for evidence in failures(one) if evidence.outcome)
        where = f"  ({counted(len(runs), 'run')}, the first {next(iter(runs))})" if runs else ""
        yield f"{head}\n{_wrapped(one.requirement.requirement)}\n{_wrapped(_short(one.told) + where)}"


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False)


def _short(text: str) -> str:
    printable = "".join(one if one.isprintable() else " " for one in text)
    return printable if len(printable) <= _TOLD_MAX else printable[: _TOLD_MAX - 3] + "..."


def _idle(card: Scorecard) -> Iterator[str]:
    """What was not exercised, and what would exercise it."""
    found = reasons(card.judged)
    if not found:
        return
    count = counted(sum(len(judged) for _, judged in found), "requirement")
    yield "\n" + click.style(f"not exercised: {count}; what would exercise them", fg="cyan")
    for reason, judged in found:
        ids = ", ".join(one.requirement.id for one in judged)
        yield textwrap.fill(
            f"{len(judged):4}  {_short(reason)}  [{ids}]", _WIDTH, subsequent_indent=" " * 6, break_on_hyphens=False
        )


def _baseline(card: Scorecard) -> Iterator[str]:
    compared = card.baseline
    if compared is None:
        return
    told = [counted(len(compared.regressions), "regression"), counted(len(compared.known), "known failure")]
    yield f"\nagainst the baseline: {', '.join(told)}"
    for one in compared.passing:
        yield f"  {click.style('passes now', fg='green')}  {one}; --baseline-update takes it out"
    for one in compared.gone:
        yield f"  gone        {one} is in no catalogue any more; --baseline-update takes it out"


def _table(card: Scorecard) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_footer=True)
    total = counted_verdicts(card.judged)
    table.add_column("family", footer="all", no_wrap=True)
    for verdict in VERDICTS:
        table.add_column(WORDS[verdict].lower(), footer=str(total[verdict]), justify="right")
    for family in card.shown:
        table.add_row(family.title, *_cells(family, card))
    out = StringIO()
    # Without colors of its own: the words are painted as everywhere else.
    Console(file=out, width=_WIDTH, no_color=True, highlight=False, markup=False, emoji=False).print(table)
    return "\n" + "\n".join(line.rstrip() for line in out.getvalue().splitlines() if line.strip())


def _cells(family: Family, card: Scorecard) -> list[str]:
    counts = counted_verdicts(card.of_family(family))
    return [str(counts[verdict] or ".") for verdict in VERDICTS]


def _grade(card: Scorecard) -> str:
    letter = click.style(f"Grade {card.grade.letter}", fg=_COLORS[card.grade.letter], bold=True)
    runs = f"{counted(len(card.outcomes), 'run')} in {card.seconds:.1f} s, seed {card.seed}"
    return f"\n{letter}: {card.grade.because}\n{counted(len(card.judged), 'requirement')}, {runs}"


def _first(card: Scorecard) -> Iterator[str]:
    first = card.first_to_fix
    if first is not None:
        yield _to_fix(first, card)
    if card.unnamed:
        few = ", ".join(f"{outcome.label} {finding.id}" for outcome, finding in card.unnamed[:3])
        more = " ..." if len(card.unnamed) > 3 else ""
        yield f"\n{counted(len(card.unnamed), 'finding')} beside that did not pass and decided nothing: {few}{more}"


def _to_fix(judged: Judged, card: Scorecard) -> str:
    requirement = judged.requirement
    lines: Sequence[str] = [
        "",
        click.style(f"First thing to fix: {requirement.id}", bold=True),
        *textwrap.wrap(f"{requirement.requirement} ({requirement.level.value})", _WIDTH),
        *textwrap.wrap(f"why     {requirement.why}", _WIDTH, subsequent_indent=" " * 8),
        *textwrap.wrap(f"source  {requirement.source}", _WIDTH, subsequent_indent=" " * 8),
        f"all of it again: {card.again_for(requirement)}",
    ]
    outcome = judged.decisive.outcome
    if outcome is None:
        return "\n".join(lines)
    text = failure_text(
        outcome.label,
        [judged.decisive.finding],
        trace=outcome.trace,
        repeat=outcome.again,
        hear=outcome.hear,
        see=outcome.see,
    )
    return "\n".join([*lines, painted(text)])
