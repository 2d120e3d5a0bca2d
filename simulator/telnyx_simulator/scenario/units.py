"""Quantities with their units: text as it is written, to the plain number that a run uses.

Each function takes what YAML gave and returns the number, or raises `ValueError` with a sentence for the author. A bare
number is always refused: its unit would be a guess.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

from telnyx_simulator.facts import durations
from telnyx_simulator.facts.durations import NUMBER
from telnyx_simulator.scenario.types import integer, schema, shown

_DURATION: Final = re.compile(durations.PATTERN, re.ASCII)
_OFFSET: Final = re.compile(rf"([+-])({NUMBER}(?:ms|s|m))", re.ASCII)
_RATIO: Final = re.compile(rf"({NUMBER}) ?%", re.ASCII)
_BARE_NUMBER: Final = re.compile(rf"[+-]?{NUMBER}", re.ASCII)


def duration_ns(value: object) -> int:
    """`250ms`, `1.5s`, `10m`."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{shown(value)} is no duration; write 250ms, 1.5s or 10m")
    return durations.duration_ns(value)


def positive_duration_ns(value: object) -> int:
    duration_ns(value)
    return durations.positive_duration_ns(value)


def offset_ns(value: object) -> int:
    """`-301s`, `+5s`: an offset has its sign."""
    _needs_unit(value, "an offset needs its unit: {0}s or {0}ms?")
    found = _OFFSET.fullmatch(value) if isinstance(value, str) else None
    if found:
        return duration_ns(found[2]) * (-1 if found[1] == "-" else 1)
    if isinstance(value, str) and _DURATION.fullmatch(value):
        raise ValueError(f"an offset needs its sign: +{value} or -{value}?")
    raise ValueError(f"{shown(value)} is no offset; write -301s or +5s")


def ratio(value: object) -> float:
    """`3%` is 0.03; nothing is more than 100%."""
    if isinstance(value, float) and 0 < value < 1:
        raise ValueError(f"a ratio is a percentage: {(100 * Decimal(str(value))).normalize():f}% or {value}%?")
    _needs_unit(value, "a ratio is a percentage: {0}%")
    found = _RATIO.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"{shown(value)} is no percentage; write 3% or 0.5%")
    percent = Decimal(found[1])
    if percent > 100:
        raise ValueError(f"{shown(value)} is more than all of them: at most 100%")
    return float(percent / 100)


def positive_ratio(value: object) -> float:
    found = ratio(value)
    if not found:
        raise ValueError("0% is none of them; leave it out")
    return found


def quantity(unit: str, what: str, example: str) -> Callable[[object], float]:
    """Numbers with this unit behind a blank: `25 dB`, `64 kbit/s`."""
    pattern = re.compile(rf"(-?{NUMBER}) {re.escape(unit)}", re.ASCII)

    def read(value: object) -> float:
        _needs_unit(value, f"{what} needs its unit: {{0}} {unit}")
        found = pattern.fullmatch(value) if isinstance(value, str) else None
        if not found:
            raise ValueError(f"{shown(value)} is not {what}; write it as in '{example}'")
        return float(found[1])

    return read


def per_second(value: object) -> float:
    """`5/s`."""
    _needs_unit(value, "a rate needs its unit: {0}/s")
    found = re.fullmatch(rf"({NUMBER})/s", value, re.ASCII) if isinstance(value, str) else None
    if not found or not float(found[1]):
        raise ValueError(f"{shown(value)} is no rate; write 5/s")
    return float(found[1])


def number(least: float, most: float) -> Callable[[object], float]:
    """A plain number: a score, a percentile, a length in frames."""

    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise ValueError(f"a number from {least:g} to {most:g} is expected here, found {shown(value)}")
        return float(value)

    return read


def _needs_unit(value: object, message: str) -> None:
    bare = isinstance(value, int | float) and not isinstance(value, bool)
    if bare or (isinstance(value, str) and _BARE_NUMBER.fullmatch(value)):
        raise ValueError(message.format(value))


def bandwidth(value: object) -> float:
    """`64 kbit/s`."""
    found = _bandwidth(value)
    if found <= 0:
        raise ValueError("through 0 kbit/s nothing gets; that is `cut`")
    return found


def _seconds(value: object) -> float:
    return duration_ns(value) / 1e9


level = quantity("dBFS", "a level", "-23 dBFS")
difference = quantity("dB", "a level difference", "25 dB")
_bandwidth = quantity("kbit/s", "a bandwidth", "64 kbit/s")
skew = quantity("ppm", "a skew", "50 ppm")
percentile = number(0, 100)

# How `min` and `max` of a measure are written, by its unit (`checks.claims`), and what they are then.
BOUNDS: Final[Mapping[str, Callable[[object], float]]] = {
    "s": _seconds,
    "ratio": ratio,
    "dB": difference,
    "count": integer(0, 1_000_000),
    "score": number(0, 5),
}

_durations: Final = schema(durations.PATTERN, "250ms", "1.5s", "10m")
_differences: Final = rf"-?{NUMBER} dB"

Duration = Annotated[int, BeforeValidator(duration_ns), _durations]
PositiveDuration = Annotated[int, BeforeValidator(positive_duration_ns), _durations]
Offset = Annotated[int, BeforeValidator(offset_ns), schema(_OFFSET.pattern, "-301s", "+5s")]
Share = Annotated[float, BeforeValidator(positive_ratio), schema(_RATIO.pattern, "50%")]
Difference = Annotated[float, BeforeValidator(difference), schema(_differences, "25 dB")]
Level = Annotated[float, BeforeValidator(level), schema(rf"-?{NUMBER} dBFS", "-23 dBFS")]
Bandwidth = Annotated[float, BeforeValidator(bandwidth), schema(rf"{NUMBER} kbit/s", "64 kbit/s")]
Skew = Annotated[float, BeforeValidator(skew), schema(rf"-?{NUMBER} ppm", "50 ppm")]
PerSecond = Annotated[float, BeforeValidator(per_second), schema(rf"{NUMBER}/s", "5/s")]
Percentile = Annotated[
    float, BeforeValidator(percentile), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100})
]
PERCENTAGE: Final = _RATIO.pattern
Frames = Annotated[float, BeforeValidator(number(1, 1000)), WithJsonSchema({"type": "number", "minimum": 1})]
