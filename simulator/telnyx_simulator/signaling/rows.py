"""Rows of a list, each made when it is looked at: of a long history one page is wanted."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, overload

Row = dict[str, Any]
T = TypeVar("T")


class Rows(Sequence[Row], Generic[T]):
    """`make(of[n])` is row `n`; a part of them is made as late."""

    def __init__(self, of: Sequence[T], make: Callable[[T], Row]) -> None:
        self._of = of
        self._make = make

    def __len__(self) -> int:
        return len(self._of)

    @overload
    def __getitem__(self, n: int) -> Row: ...

    @overload
    def __getitem__(self, n: slice) -> "Rows[T]": ...

    def __getitem__(self, n: int | slice) -> "Row | Rows[T]":
        return self._make(self._of[n]) if isinstance(n, int) else Rows(self._of[n], self._make)


def one_after_the_other(lists: Sequence[Sequence[Row]]) -> Sequence[Row]:
    """The rows of several lists; of a single one they are not even looked at."""
    filled = [rows for rows in lists if len(rows)]
    if len(filled) == 1:
        return filled[0]
    places = [(rows, n) for rows in filled for n in range(len(rows))]
    return Rows(places, lambda place: place[0][place[1]])
