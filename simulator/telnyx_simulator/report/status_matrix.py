"""What the application says of calls that ended, by how they ended: a heat map, and what of it was never seen."""

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from telnyx_simulator.checks.call_ends import CallEnd
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.facts.call_endings import CALL_ENDINGS, INCOMING, OUTGOING
from telnyx_simulator.facts.hangup_causes import CAUSES

# The columns: direction, answered, and whether detection had something to say.
_COLUMNS: Final = (
    ("incoming, unanswered", INCOMING, False, False),
    ("incoming, answered", INCOMING, True, False),
    ("outgoing, unanswered", OUTGOING, False, False),
    ("outgoing, answered", OUTGOING, True, False),
    ("outgoing, detected", OUTGOING, True, True),
)
_WORST_FIRST: Final = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_EXERCISED, Verdict.PASS)
_JUDGED: Final = (Verdict.PASS, Verdict.FAIL)
_IMPOSSIBLE, _UNSEEN = ".", "-"
_COLORS: Final = {
    Verdict.PASS: "#cfe8cf",
    Verdict.FAIL: "#f4b6b0",
    Verdict.INCONCLUSIVE: "#f7e3b0",
    Verdict.NOT_EXERCISED: "#e4e4e4",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cause in one column: `words` as the application said them, those that were wrong first."""

    possible: bool
    verdict: Verdict | None = None
    words: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """`busy`, `completed!` where it is wrong, `-` what can be and was not seen, `.` what cannot be."""
        if self.verdict is None:
            return _UNSEEN if self.possible else _IMPOSSIBLE
        sign = {Verdict.FAIL: "!", Verdict.INCONCLUSIVE: "?", Verdict.NOT_EXERCISED: "~"}.get(self.verdict, "")
        return ", ".join(self.words) + sign


@dataclass(frozen=True, slots=True)
class StatusMatrix:
    """`ends` are all that were seen, in all runs; `status_map` is the profile's."""

    ends: tuple[CallEnd, ...]
    status_map: Mapping[str, Sequence[str]]

    @staticmethod
    def of(ends: Iterable[CallEnd], status_map: Mapping[str, Sequence[str]]) -> "StatusMatrix":
        return StatusMatrix(tuple(ends), dict(status_map))

    def cell(self, cause: str, column: int) -> Cell:
        _, direction, answered, detected = _COLUMNS[column]
        possible = any((one.direction, one.answered, one.cause) == (direction, answered, cause) for one in CALL_ENDINGS)
        here = [
            end
            for end in self.ends
            if (end.direction, end.answered, end.amd is not None) == (direction, answered, detected)
            and end.cause == cause
        ]
        if not here:
            return Cell(possible)
        here.sort(key=lambda end: _WORST_FIRST.index(end.verdict))
        words = dict.fromkeys(end.word or "no status" for end in here)
        return Cell(possible, here[0].verdict, tuple(words), tuple(end.run for end in here))

    @property
    def causes(self) -> list[str]:
        """Telnyx's, then those that it has not."""
        return [*CAUSES, *sorted({end.cause for end in self.ends if not end.is_known})]

    @property
    def coverage(self) -> float:
        """The share of the endings that can be (direction, answered, cause, source) which were seen and judged."""
        return 1 - len(self.unseen) / sum(len(one.sources) for one in CALL_ENDINGS)

    @property
    def unseen(self) -> list[str]:
        """Endings that can be and were not judged: `incoming, answered: unspecified (unknown)`."""
        seen = {(end.direction, end.answered, end.cause, end.source) for end in self.ends if end.verdict in _JUDGED}
        return [
            f"{one.direction}, {'answered' if one.answered else 'unanswered'}: {one.cause} ({source})"
            for one in CALL_ENDINGS
            for source in one.sources
            if (one.direction, one.answered, one.cause, source) not in seen
        ]

    @property
    def unmapped(self) -> list[str]:
        """Causes that came and that the status map has no word for."""
        return sorted({end.cause for end in self.ends if end.unmapped})

    @property
    def unreached(self) -> list[str]:
        """Keys of the status map that spoke of no call."""
        reached = {key for end in self.ends for key in end.reached}
        return [key for key in self.status_map if key not in reached]


def status_text(matrix: StatusMatrix) -> str:
    """The heat map and the lists, for a terminal."""
    if not matrix.ends:
        return "status of calls: no call has ended"
    rows = [["", *(name for name, *_ in _COLUMNS)]]
    rows += [[_titled(cause), *(matrix.cell(cause, n).text for n in range(len(_COLUMNS)))] for cause in matrix.causes]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.append("! wrong   ? cannot be told   ~ no word in status_map   - not seen   . cannot be")
    return "\n".join([*lines, *_lists(matrix)])


def status_html(matrix: StatusMatrix) -> str:
    """The same as a fragment of a page: a table, then the lists."""
    head = "".join(f"<th>{html.escape(name)}</th>" for name, *_ in _COLUMNS)
    body = "".join(
        f"<tr><th>{html.escape(_titled(cause))}</th>"
        + "".join(_html_cell(matrix.cell(cause, n)) for n in range(len(_COLUMNS)))
        + "</tr>"
        for cause in matrix.causes
    )
    lists = "".join(f"<p>{html.escape(line)}</p>" for line in _lists(matrix))
    return f'<table class="status-matrix"><tr><th></th>{head}</tr>{body}</table>{lists}'


def _titled(cause: str) -> str:
    return cause or "(empty)"


def _html_cell(cell: Cell) -> str:
    color = _COLORS[cell.verdict] if cell.verdict is not None else "#ffffff"
    title = html.escape("; ".join(cell.runs[:5]), quote=True)
    return f'<td style="background:{color}" title="{title}">{html.escape(cell.text)}</td>'


def _lists(matrix: StatusMatrix) -> list[str]:
    possible = sum(len(one.sources) for one in CALL_ENDINGS)
    lines = [f"endings seen: {possible - len(matrix.unseen)} of {possible} ({matrix.coverage:.0%})"]
    if matrix.unseen:
        lines.append("not seen: " + "; ".join(matrix.unseen))
    if matrix.unmapped:
        lines.append("no word in status_map: " + ", ".join(matrix.unmapped))
    if matrix.unreached:
        lines.append("in status_map, never reached: " + ", ".join(matrix.unreached))
    return lines
