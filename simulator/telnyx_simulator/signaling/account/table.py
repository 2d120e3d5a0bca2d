"""The resources of one kind, by id, and what a request about one of them does."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.signaling.payloads import iso_ms

Row = dict[str, Any]
Mint = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request about the account: what it gives keeps every rule of its operation. `unix_ns` is wall time."""

    command: RestCommand
    given: Row
    unix_ns: int

    @property
    def key(self) -> str:
        return self.command.path_id or ""


# What an operation does; it returns `data` of the reply, or the rows of a list.
Answer = Callable[[Asked], Any]


class Table:
    """Rows are REST resources, ready to be sent; `usual` are the fields of one of which nothing is said.

    Objects within a resource are merged with what a request gives, field by field (assumed).
    """

    def __init__(self, family: str, usual: Row) -> None:
        self.rows: dict[str, Row] = {}
        self._usual = usual
        self.answers: dict[str, Answer] = {
            f"{family}.list": lambda asked: list(self.rows.values()),
            f"{family}.retrieve": lambda asked: self.at(asked.key),
            f"{family}.delete": lambda asked: self.remove(asked.key),
        }

    def at(self, key: str) -> Row:
        if key not in self.rows:
            raise rest.refused("not_found")
        return self.rows[key]

    def put(self, key: str, given: Mapping[str, Any], unix_ns: int) -> Row:
        """A new resource; it replaces one of this id."""
        stamp = iso_ms(unix_ns)
        row = merged(deepcopy(self._usual) | {"created_at": stamp, "updated_at": stamp}, given)
        self.rows[key] = row
        return row

    def change(self, key: str, given: Mapping[str, Any], unix_ns: int) -> Row:
        self.rows[key] = merged(self.at(key), given) | {"updated_at": iso_ms(unix_ns)}
        return self.rows[key]

    def remove(self, key: str) -> Row:
        row = self.at(key)
        del self.rows[key]
        return row


def merged(row: Row, given: Mapping[str, Any]) -> Row:
    return row | {
        name: {**row[name], **value} if isinstance(value, dict) and isinstance(row.get(name), dict) else value
        for name, value in given.items()
    }
