"""The fidelity ledger: every endpoint, parameter, field, event, error and timer, with what is known of it.

Rows are read off the tables of `facts`, so that nothing can be in a table and not in the ledger.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from telnyx_simulator.facts import detection, limits, webhooks
from telnyx_simulator.facts.assumptions import ASSUMPTIONS
from telnyx_simulator.facts.errors import ERRORS
from telnyx_simulator.facts.evidence import Evidence, Field
from telnyx_simulator.facts.hangup_causes import CAUSES
from telnyx_simulator.facts.lines import PRESETS
from telnyx_simulator.facts.operations import OPERATIONS, Operation
from telnyx_simulator.facts.shapes import SHAPES

SDK: Final = "telnyx-python 4.189"
# An event that the SDK has no type for.
_NOT_IN_SDK: Final = {"call.sip_info.received": "openapi/spec3.yml: what send_sip_info causes"}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that the simulator says or does. `name` is unique within its `group`."""

    group: str
    name: str
    evidence: Evidence
    source: str


@cache
def ledger() -> tuple[Row, ...]:
    """All rows, group by group."""
    return (
        *_operations(),
        *_parameters(),
        *_replies(),
        *_events(),
        *_payloads(),
        *_errors(),
        *(Row("hangup causes", name, cause.sip_evidence, _SIP[cause.sip_evidence]) for name, cause in CAUSES.items()),
        *(Row("timers and limits", name, known.evidence, known.source) for name, known in limits.KNOWN.items()),
        *(Row("machine detection", name, known.evidence, known.source) for name, known in detection.KNOWN.items()),
        *(Row("assumptions", name, one.evidence, one.source) for name, one in ASSUMPTIONS.items()),
        *(Row("webhook shapes", name, one.evidence, one.source) for name, one in SHAPES.items()),
        *(
            Row("line presets", f"{plane}: {name}", one.evidence, one.source)
            for plane, presets in PRESETS.items()
            for name, one in presets.items()
        ),
    )


_SIP: Final[Mapping[Evidence, str]] = {
    Evidence.OBSERVED: "captures of 2025 and 2026",
    Evidence.DOCS: "docs: callback call-hangup",
    Evidence.REPORTED: "tests of consumers",
    Evidence.ASSUMED: "FreeSWITCH's table of SIP and Q.850 causes",
}


def _operations() -> Iterator[Row]:
    for name, operation in OPERATIONS.items():
        yield Row("operations", name, Evidence.SPEC, f"{SDK}: client.{operation.sdk}")


def _parameters() -> Iterator[Row]:
    for name, operation in OPERATIONS.items():
        for param, row in operation.params.items():
            yield Row("parameters", f"{name}: {param}", row.evidence, f"{row.source}; {_types(operation)}")
        for param in operation.query:
            yield Row("parameters", f"{name}: {param}", Evidence.SPEC, _types(operation))


def _replies() -> Iterator[Row]:
    for name, operation in OPERATIONS.items():
        for field, row in operation.fields.items():
            yield Row("reply fields", f"{name}: {field}", row.evidence, f"{row.source}; {_types(operation)}")


def _types(operation: Operation) -> str:
    return f"{SDK}: types of client.{operation.sdk}"


def _events() -> Iterator[Row]:
    for name in webhooks.FIELDS:
        yield Row("events", name, Evidence.SPEC, _NOT_IN_SDK.get(name, f"{SDK}: types/*_webhook_event.py"))


def _payloads() -> Iterator[Row]:
    frame: dict[str, Mapping[str, Field]] = {"data": webhooks.ENVELOPE, "meta": webhooks.META}
    for name, fields in {**frame, **webhooks.FIELDS}.items():
        for field, row in fields.items():
            yield Row("webhook fields", f"{name}: {field}", row.evidence, row.source)


def _errors() -> Iterator[Row]:
    for name, error in ERRORS.items():
        yield Row("errors", name, error.evidence, error.source)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many rows of a group rest on each kind of evidence."""

    group: str
    rows: int
    by_evidence: Mapping[Evidence, int]

    @property
    def sourced(self) -> int:
        """Rows that rest on a specification, on documentation or on captures."""
        return sum(self.by_evidence[one] for one in (Evidence.SPEC, Evidence.DOCS, Evidence.OBSERVED))


def coverage() -> list[Coverage]:
    """Group by group, and `all` at the end."""
    groups = dict.fromkeys(row.group for row in ledger())
    return [_coverage(group, [row for row in ledger() if row.group == group]) for group in groups] + [
        _coverage("all", list(ledger()))
    ]


def _coverage(group: str, rows: list[Row]) -> Coverage:
    return Coverage(group, len(rows), {one: sum(row.evidence is one for row in rows) for one in Evidence})
