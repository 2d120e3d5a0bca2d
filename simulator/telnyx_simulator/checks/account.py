"""The account at the end, held against the account at the start; what the run made beside it counts as well: queues,
conferences that are not over, recordings that run on.
"""

from typing import Any, Final

from telnyx_simulator.checks.answers import Answer, Met, Missed, Unseen
from telnyx_simulator.checks.expectations import JSON
from telnyx_simulator.checks.record import Record

# When a resource was last written is no part of what it is.
_NOT_COMPARED: Final = frozenset({"updated_at"})
_TOLD_MAX: Final = 5


def unchanged(record: Record) -> Answer:
    """The first and the last state that the run recorded are equal, or the differences between them."""
    states = [entry for entry in record.trace.of("switch", "account") if "state" in entry.body]
    if len(states) < 2:
        return Unseen("the account was not recorded at the beginning and the end")
    found = differences(states[0].body["state"], states[-1].body["state"])
    if found:
        more = f", and {len(found) - _TOLD_MAX} more" if len(found) > _TOLD_MAX else ""
        return Missed("; ".join(found[:_TOLD_MAX]) + more, at_ns=states[-1].at_ns)
    changes = [entry for entry in record.trace.of("rest", "command") if _changes_account(entry.body)]
    told = (
        f"as at the start, after {len(changes)} change{'s' if len(changes) > 1 else ''}" if changes else "not touched"
    )
    return Met(states[-1].seq, states[-1].at_ns, states[-1].at_ns, told)


def _changes_account(body: dict[str, Any]) -> bool:
    return "." in body["command"] and body["method"] != "GET" and bool(body.get("effect", True))


def differences(before: JSON, after: JSON, at: str = "") -> list[str]:
    """What differs, each with its place: `applications.123.webhook_event_url: 'a', was 'b'`."""
    if isinstance(before, dict) and isinstance(after, dict):
        found = []
        for key in sorted({*before, *after} - _NOT_COMPARED):
            place = f"{at}.{key}" if at else key
            if key not in after:
                found.append(f"{place} is gone")
            elif key not in before:
                found.append(f"{place} is new")
            else:
                found += differences(before[key], after[key], place)
        return found
    return [] if before == after else [f"{at}: {after!r}, was {before!r}"]
