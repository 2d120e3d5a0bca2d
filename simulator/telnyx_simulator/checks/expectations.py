"""What a scenario can expect, as plain values: they stand in the head of the trace and need no other file."""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

JSON: TypeAlias = bool | int | float | str | list[Any] | dict[str, Any] | None


class Subject(StrEnum):
    """What an expectation speaks of (`docs/scenario-language.md` 3.4)."""

    COMMAND = "command"
    WEBHOOK = "webhook"
    STREAM = "stream"
    MESSAGE = "message"
    HEARD = "heard"
    RECEIVED = "received"
    DIGITS = "digits"
    STATUS = "status"
    HANGUP_CAUSE = "hangup_cause"
    EFFECT = "effect"
    MEASURE = "measure"
    ACCOUNT = "account"


def choices(value: JSON) -> list[str]:
    """The clips that an expectation about sound names: one, or each of `{one_of: [...]}`."""
    named = value.get("one_of", []) if isinstance(value, dict) else [value]
    return [name for name in named if isinstance(name, str)]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a scenario file; `line` and `column` count from one, `text` is the whole source line."""

    file: str
    line: int
    column: int
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One subject with its qualifiers.

    `value` and `with_` are matchers as written (`checks.matching`); `with_` of None matches anything. Durations are
    nanoseconds. `times` is a least and a greatest count (None: no upper bound). `person` of None means any leg.
    `least` and `most` bound a measure (`min`, `max`), in the measure's own unit: seconds, a ratio (3% is 0.03), dB, a
    count, a score; `percentile` is 0 to 100.
    """

    subject: Subject
    value: JSON
    place: Place
    person: str | None = None
    with_: JSON = None
    reply: str | None = None
    within_ns: int | None = None
    for_ns: int | None = None
    times: tuple[int, int | None] | None = None
    min_snr_db: float | None = None
    least: float | None = None
    most: float | None = None
    percentile: float | None = None
    why: str | None = None
    requirement: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @staticmethod
    def from_json(body: dict[str, Any]) -> "Expectation":
        fields = dict(body)
        fields["subject"] = Subject(fields["subject"])
        fields["place"] = Place(**fields["place"])
        fields["times"] = tuple(fields["times"]) if fields["times"] else None
        fields["requirement"] = tuple(fields["requirement"])
        return Expectation(**fields)
