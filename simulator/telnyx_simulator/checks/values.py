"""Values of measures: one number for each time that it happened, and how much is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Known(Enum):
    """Whether a number is the value itself, or a bound of it."""

    EXACTLY = ""
    AT_LEAST = "at least "
    AT_MOST = "at most "


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """`number` is in the measure's unit. It happened from `since_ns` to `at_ns` (equal where it took no time).

    `what` names the sound or event. `ours_ns` is how late we would have to be for it to be our doing; None: as late as
    the bound was missed by.
    """

    number: float
    at_ns: int
    since_ns: int
    call: str | None = None
    what: str = ""
    known: Known = Known.EXACTLY
    ours_ns: int | None = None


class NoValues(Exception):
    """It never happened; the text says why, for people."""


def written(value: Value, unit: str) -> str:
    return value.known.value + in_unit(value.number, unit)


def in_unit(number: float, unit: str) -> str:
    """A number as a scenario writes it: `1.25s`, `40ms`, `3%`, `-40 dB`."""
    match unit:
        case "s":
            return f"{number:.2f}s" if abs(number) >= 1 else f"{number * 1000:.0f}ms"
        case "ratio":
            return f"{number * 100:.3g}%"
        case "dB":
            return f"{number:.1f} dB"
    return f"{number:g}"


def spread(values: Sequence[Value], unit: str) -> str:
    """One value, or the least and the greatest of several."""
    ordered = sorted(values, key=lambda value: value.number)
    if len(ordered) == 1:
        return written(ordered[0], unit)
    return f"{written(ordered[0], unit)} to {written(ordered[-1], unit)} ({len(ordered)} values)"
