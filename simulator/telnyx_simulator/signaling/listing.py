"""Lists of REST resources: filtered, sorted and cut into pages as the query asks.

Theory of operation. There are two families of pages. By number: `page[number]` and `page[size]`. By cursor:
`page[limit]` and a place, `page[after]` or `page[before]`, which names the resource that stands there, so that what
comes and goes meanwhile is neither skipped nor told twice. Every list takes both (spec); some say where their cursors
are, and say the numbers all the same, because the official SDK pages through those by number too.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from telnyx_simulator.facts.operations import Operation
from telnyx_simulator.signaling import rest

Row = dict[str, Any]
# What a row can be searched for and sorted by, and does not say.
Beside = Callable[[Row], Row]

# Filters whose name is not the field's.
_FIELD_OF: Final = {
    "application_session_id": "call_session_id",
    "end_time": "recording_ended_at",
    "event_type": "webhook.event_type",
    "leg_id": "call_leg_id",
    "occurred_at": "event_timestamp",
    "start_time": "recording_started_at",
}
_TESTS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "contains": lambda value, wanted: wanted.lower() in value.lower(),
    "starts_with": lambda value, wanted: value.lower().startswith(wanted.lower()),
    "ends_with": lambda value, wanted: value.lower().endswith(wanted.lower()),
    "gt": lambda value, wanted: value > wanted,
    "gte": lambda value, wanted: value >= wanted,
    "lt": lambda value, wanted: value < wanted,
    "lte": lambda value, wanted: value <= wanted,
}
_FILTER = re.compile(r"filter\[(?P<field>[\w.]+)\](?:\[(?P<test>\w*)\])?")
# Filters that take several values, with commas between (spec).
_SEVERAL: Final = frozenset({"content_type", "country_iso_alpha2"})
_MOST: Final = 250


def listed(
    operation: Operation,
    rows: Sequence[Row],
    query: dict[str, str],
    *,
    beside: Beside = lambda row: {},
    path: str = "",
) -> dict[str, Any]:
    """One page of `rows`, which stand in the order in which they came to be; `path` is where there are more."""
    found = ordered(operation, filtered(operation, rows, query, beside), query.get("sort"), beside)
    return paged(operation, found, query, path)


def filtered(operation: Operation, rows: Sequence[Row], query: dict[str, str], beside: Beside) -> Sequence[Row]:
    """The rows that pass every filter; a field that rows do not have lets nothing pass."""
    kept = rows
    for name, wanted in query.items():
        if match := _FILTER.fullmatch(name):
            field = match["field"]
            # A field of the rows goes before another one that the filter means elsewhere.
            if field not in operation.fields:
                field = _FIELD_OF.get(field, field)
            kept = [row for row in kept if _passes(row, beside(row), field, match["test"] or "eq", wanted)]
    return kept


def _passes(row: Row, beside: Row, field: str, test: str, wanted: str) -> bool:
    if field == "phone_number":
        # Partial numbers match; a plus that was not encoded arrives as a blank.
        digits = re.sub(r"[^0-9]", "", wanted)
        return digits in str(row.get(field, "")) if digits or not wanted else False
    value = _value(row, field)
    if field == "whispering":
        value = bool(row.get("whisper_call_control_ids"))
    if value is None:
        value = _value(beside, field)
    if value is None and isinstance(row.get("metadata"), dict):
        value = _value(row["metadata"], field)
    if value is None:
        return False
    if test == "eq":
        if isinstance(value, list):
            return wanted in value
        return _text(value) in (wanted.split(",") if field in _SEVERAL else (wanted,))
    if test not in _TESTS:
        return False
    found = _text(value)
    moments = _moment(found), _moment(wanted)
    return _TESTS[test](*moments) if None not in moments and test[0] in "gl" else _TESTS[test](found, wanted)


def _value(row: Row, field: str) -> Any:
    value: Any = row
    for step in field.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment.tzinfo else datetime.fromisoformat(moment.isoformat() + "+00:00")


def ordered(operation: Operation, rows: Sequence[Row], asked: str | None, beside: Beside) -> Sequence[Row]:
    """By one field, downwards with a minus before it; unasked in the operation's own order."""
    if not operation.sorts:
        return rows
    order = asked or operation.sorts[0]
    name = order.removeprefix("-")
    if name not in {one.removeprefix("-") for one in operation.sorts}:
        raise rest.refused("invalid_value", parameter="sort", detail=f"Items cannot be sorted by '{name}'.")
    if name not in ("created_at", "purchased_at"):
        rows = sorted(rows, key=lambda row: _text((beside(row) | row).get(name, row.get("application_name", ""))))
    return rows[::-1] if order.startswith("-") else rows


def paged(operation: Operation, rows: Sequence[Row], query: dict[str, str], path: str) -> dict[str, Any]:
    """Past the end `data` is empty, so that a client which pages on comes to a stop."""
    number, size = _bounded(query, "page[number]", 1, 10**9), _bounded(query, "page[size]", operation.page_size, _MOST)
    limit = _bounded(query, "page[limit]", size, _MOST)
    cursors = operation.cursors or query.get("page[after]") or query.get("page[before]")
    keys = [_key(row, n) for n, row in enumerate(rows)] if cursors else []
    first = (number - 1) * size
    if after := query.get("page[after]"):
        first, size = _place(keys, after, "page[after]") + 1, limit
    elif before := query.get("page[before]"):
        end = _place(keys, before, "page[before]")
        first, size = max(0, end - limit), min(limit, end)
    elif "page[limit]" in query:
        size = limit
    data = list(rows[first : first + size])
    meta = {
        "page_number": number,
        "page_size": size,
        "total_pages": -(-len(rows) // size) if size else 0,
        "total_results": len(rows),
    }
    if operation.cursors:
        meta |= _cursors(path, keys, first, first + len(data), limit if "page[limit]" in query else size)
    return {"data": data, "meta": meta}


def _cursors(path: str, keys: list[str], first: int, end: int, limit: int) -> dict[str, Any]:
    """Where a page begins and ends, and the ways on and back; null where there is nothing more."""
    at_first = _token(keys[first]) if first < end else None
    at_last = _token(keys[end - 1]) if first < end else None
    on = f"{path}?{urlencode({'page[limit]': limit, 'page[after]': at_last})}" if at_last and end < len(keys) else None
    back = f"{path}?{urlencode({'page[limit]': limit, 'page[before]': at_first})}" if at_first and first else None
    return {
        "cursors": {"after": at_last, "before": at_first},
        "next": on,
        "previous": back,
        "total_items": len(keys),
    }


def _key(row: Row, n: int) -> str:
    return str(row.get("id") or row.get("call_control_id") or n)


def _token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _place(keys: list[str], token: str, name: str) -> int:
    try:
        return keys.index(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode())
    except (binascii.Error, ValueError) as error:
        raise rest.refused("invalid_pagination", parameter=name, detail=f"{name} is no cursor of this list.") from error


def _bounded(query: dict[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise rest.refused("invalid_pagination", parameter=name, detail=f"{name} must be from 1 to {most}.")
    return int(text)
