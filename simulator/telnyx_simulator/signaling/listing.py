"""Lists of REST resources: filtered, sorted and cut into pages as the query asks."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from telnyx_simulator.facts.operations import Operation
from telnyx_simulator.signaling import rest

Row = dict[str, Any]

# Filters whose name is not the field's.
_FIELD_OF: Final = {
    "application_session_id": "call_session_id",
    "end_time": "recording_ended_at",
    "leg_id": "call_leg_id",
    "occurred_at": "event_timestamp",
    "start_time": "recording_started_at",
}
_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "eq": lambda value, wanted: value == wanted,
    "contains": lambda value, wanted: wanted.lower() in value.lower(),
    "starts_with": lambda value, wanted: value.lower().startswith(wanted.lower()),
    "ends_with": lambda value, wanted: value.lower().endswith(wanted.lower()),
    "gt": lambda value, wanted: value > wanted,
    "gte": lambda value, wanted: value >= wanted,
    "lt": lambda value, wanted: value < wanted,
    "lte": lambda value, wanted: value <= wanted,
}
_FILTER = re.compile(r"filter\[(?P<field>[\w.]+)\](?:\[(?P<test>\w*)\])?")


def listed(operation: Operation, rows: Sequence[Row], query: dict[str, str]) -> dict[str, Any]:
    """One page of `rows`, which stand in the order in which they came to be."""
    return paged(ordered(operation, filtered(rows, query), query.get("sort")), query, operation.page_size)


def filtered(rows: Sequence[Row], query: dict[str, str]) -> list[Row]:
    """The rows that pass every filter; a field that rows do not have lets nothing pass."""
    kept = list(rows)
    for name, wanted in query.items():
        if match := _FILTER.fullmatch(name):
            field, test = match["field"], match["test"] or "eq"
            kept = [row for row in kept if _passes(row, field, test, wanted)]
    return kept


def _passes(row: Row, field: str, test: str, wanted: str) -> bool:
    if field == "phone_number":
        # Partial numbers match; a plus that was not encoded arrives as a blank.
        digits = re.sub(r"[^0-9]", "", wanted)
        return bool(digits) and digits in str(row.get(field, ""))
    value: Any = row
    for step in _FIELD_OF.get(field, field).split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, bool):
        value = "true" if value else "false"
    return value is not None and test in _TESTS and _TESTS[test](str(value), wanted)


def ordered(operation: Operation, rows: list[Row], asked: str | None) -> list[Row]:
    """By one field, downwards with a minus before it; unasked in the operation's own order."""
    if not operation.sorts:
        return rows
    order = asked or operation.sorts[0]
    name = order.removeprefix("-")
    if name not in {one.removeprefix("-") for one in operation.sorts}:
        raise rest.refused("invalid_value", parameter="sort", detail=f"Items cannot be sorted by '{name}'.")
    if name not in ("created_at", "purchased_at"):
        rows = sorted(rows, key=lambda row: str(row.get(name, row.get("application_name", ""))))
    return rows[::-1] if order.startswith("-") else rows


def paged(rows: list[Row], query: dict[str, str], size: int) -> dict[str, Any]:
    """The page-number family: past the end `data` is empty, so that a client which pages on comes to a stop."""
    number, size = _bounded(query, "page[number]", 1, 10**9), _bounded(query, "page[size]", size, 250)
    return {
        "data": rows[(number - 1) * size : number * size],
        "meta": {
            "page_number": number,
            "page_size": size,
            "total_pages": -(-len(rows) // size),
            "total_results": len(rows),
        },
    }


def _bounded(query: dict[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise rest.refused("invalid_pagination", parameter=name, detail=f"{name} must be from 1 to {most}.")
    return int(text)
