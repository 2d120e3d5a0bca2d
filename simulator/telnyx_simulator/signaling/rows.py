"""Rows of a list, each made when it is looked at: of a long history one page is wanted."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar, overload

Row = dict[str, Any]
T = TypeVar("T")


class Rows(Sequence[Row]):
    """`make[n]()` is row `n`."""

    def __init__(self, make: Sequence[Callable[[], Row]]) -> None:
        self._make = make

    @staticmethod
    def of(*lists: Sequence[Row]) -> Sequence[Row]:
        """One after the other."""
        if len(lists) == 1:
            return lists[0]
        return Rows([make for rows in lists for make in makers(rows)])

    def __len__(self) -> int:
        return len(self._make)

    @overload
    def __getitem__(self, n: int) -> Row: ...

    @overload
    def __getitem__(self, n: slice) -> list[Row]: ...

    def __getitem__(self, n: int | slice) -> Row | list[Row]:
        return self._make[n]() if isinstance(n, int) else [make() for make in self._make[n]]

    @property
    def makers(self) -> Sequence[Callable[[], Row]]:
        return self._make


def makers(rows: Sequence[Row]) -> Sequence[Callable[[], Row]]:
    """Of rows that are there, and of rows that are still to be made."""
    return rows.makers if isinstance(rows, Rows) else [partial(_itself, row) for row in rows]


def _itself(row: Row) -> Row:
    return row
