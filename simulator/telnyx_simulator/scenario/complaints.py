"""What the author of a scenario got wrong: the place, a sentence that says what to write, and a caret under it."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from telnyx_simulator.checks.expectations import Place

COMPLAINTS_PER_FILE_MAX: Final = 50  # a file with more is not a scenario with slips

_NOT_BUILT_YET: Final = "not built yet: "
_LISTED_MAX: Final = 9  # a closed list up to this long is shown whole
_WORD_CHARACTERS_MAX: Final = 60
_LINE_CHARACTERS_MAX: Final = 160


@dataclass(frozen=True, slots=True)
class Mark:
    """Where something stands in a file: line and column count from one, `width` is what the caret underlines."""

    line: int
    column: int
    width: int = 1


@dataclass(frozen=True, slots=True)
class Complaint:
    """One mistake of one file. What the language has and this version has not is `not_built_yet`."""

    place: Place
    message: str
    width: int = 1

    @property
    def not_built_yet(self) -> bool:
        return self.message.startswith(_NOT_BUILT_YET)

    def render(self) -> str:
        """`file:line:col: message`, then the source line with a caret under the mistake (if there is a line)."""
        headline = f"{self.place}: {self.message}"
        if not self.place.text.strip():
            return headline
        start = self.place.column - 1
        cut = max(0, start - _LINE_CHARACTERS_MAX // 2) if len(self.place.text) > _LINE_CHARACTERS_MAX else 0
        shown = self.place.text[cut : cut + _LINE_CHARACTERS_MAX]
        indent = "".join("\t" if character == "\t" else " " for character in shown[: start - cut])
        carets = "^" * max(1, min(self.width, len(shown) - (start - cut)))
        return f"{headline}\n{self.place.line:5} | {shown}\n      | {indent}{carets}"


class ScenarioError(Exception):
    """The author's mistakes, all of them at once: nothing was run."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        self.complaints = list(complaints)
        super().__init__("\n".join(complaint.render() for complaint in complaints))


class TooManyMistakesError(Exception):
    """Raised by a page that has collected its fill: reading on would only bury the first mistakes."""


@dataclass(slots=True)
class Page:
    """One file being read: it turns marks into places and collects the complaints.

    `folders` is how many folders lie between the project and the file: a clip may climb so many and no more. `people`
    are those that are known by name. With `only_place` everything stands there: a value of Python has no text of its
    own.
    """

    file: str
    lines: Sequence[str] = ()
    folders: int = 0
    people: tuple[str, ...] = ()
    only_place: Place | None = None
    complaints: dict[Complaint, None] = field(default_factory=dict)  # ordered, and each but once: rows repeat them
    settled: set[Mark] = field(default_factory=set)  # places whose complaint makes every other about them moot

    def place(self, mark: Mark) -> Place:
        if self.only_place is not None:
            return self.only_place
        text = self.lines[mark.line - 1] if mark.line <= len(self.lines) else ""
        return Place(self.file, mark.line, mark.column, text)

    def complain(self, mark: Mark, message: str, *, settle: bool = False) -> None:
        if mark in self.settled:
            return
        if settle:
            self.settled.add(mark)
        self.complaints[Complaint(self.place(mark), message, mark.width)] = None
        if len(self.complaints) >= COMPLAINTS_PER_FILE_MAX:
            raise TooManyMistakesError


def quoted(word: str) -> str:
    """A word of the author's within a sentence of ours: short, and without anything that a terminal would obey."""
    short = word if len(word) <= _WORD_CHARACTERS_MAX else word[: _WORD_CHARACTERS_MAX - 3] + "..."
    return f"'{short}'" if short.isprintable() else repr(short)


def not_built_yet(word: str, what: str) -> str:
    """`what` is the kind of word, as in "not built yet: 'barge_in' (verb)"."""
    return f"{_NOT_BUILT_YET}{quoted(word)} ({what})"


def closest(word: str, options: Sequence[str]) -> str | None:
    """The option that was probably meant, if any is near enough."""
    return _closest(word, tuple(options))


@lru_cache(maxsize=1024)  # the rows of a matrix make the same mistake over and over
def _closest(word: str, options: tuple[str, ...]) -> str | None:
    if len(word) > _WORD_CHARACTERS_MAX:
        return None
    folded = {option.casefold(): option for option in options}
    near = difflib.get_close_matches(word.casefold(), folded, n=1)
    if near:
        return folded[near[0]]
    if len(word) < 3:
        return None
    return next((option for fold, option in folded.items() if word.casefold() in fold), None)


def hint(word: str, options: Sequence[str], also: Sequence[str] = ()) -> str:
    """The rest of "unknown hangup cause 'busy'": what was probably meant, and what is allowed where that is short.

    `also` may have been meant and is not allowed here.
    """
    meant = closest(word, (*options, *also))
    guess = f"; did you mean '{meant}'?" if meant else ""
    allowed = f" ({', '.join(options)})" if len(options) <= _LISTED_MAX else ""
    return guess + allowed


def unknown(kind: str, word: str, options: Sequence[str], also: Sequence[str] = ()) -> str:
    return f"unknown {kind} {quoted(word)}{hint(word, options, also)}"


def spoken(words: Sequence[str]) -> str:
    """`'a', 'b' and 'c'`."""
    *first, last = map(quoted, words)
    return f"{', '.join(first)} and {last}" if first else last
