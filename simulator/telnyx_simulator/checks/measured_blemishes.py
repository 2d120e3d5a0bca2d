"""Measures of a known sound that is the right one: flat tops, a constant part, its band, and whether bytes are kept."""

from collections.abc import Callable

from telnyx_simulator.checks.blemishes import Figures, bytes_of, figures_of, upper_band
from telnyx_simulator.checks.measured_sound import every_occurrence, value_of
from telnyx_simulator.checks.occurrences import Occurrence
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import Ears
from telnyx_simulator.checks.values import NoValues, Value


def clipping(record: Record, ears: Ears) -> list[Value]:
    return _figure(record, ears, lambda figures: figures.clipping)


def dc(record: Record, ears: Ears) -> list[Value]:
    return _figure(record, ears, lambda figures: abs(figures.dc))


def correlation(record: Record, ears: Ears) -> list[Value]:
    return _figure(record, ears, lambda figures: figures.correlation)


def _figure(record: Record, ears: Ears, figure: Callable[[Figures], float]) -> list[Value]:
    values = []
    for one in every_occurrence(record, ears):
        figures = figures_of(one.call, one.pcm, one.judged, record)
        if figures is not None:
            values.append(value_of(one, figure(figures)))
    if not values:
        raise NoValues("no sound that is known was heard as it was said")
    return values


def bandwidth(record: Record, ears: Ears) -> list[Value]:
    values = []
    for one in _said(record, ears):
        best = one.judged.diagnosis.as_declared
        if one.said_ns is None or best is None:
            continue
        db = upper_band(one.call, one.said_ns, one.length_ns, best, one.judged, record)
        if db is not None:
            values.append(value_of(one, db))
    if not values:
        raise NoValues("no sound above 4 kHz was said and heard: that needs 16 kHz or more both ways, and on the leg")
    return values


def byte_exact(record: Record, ears: Ears) -> list[Value]:
    values = []
    for one in _said(record, ears):
        if one.said_ns is None:
            continue
        echo = bytes_of(one.call, one.said_ns, one.length_ns, record)
        if echo is not None:
            values.append(value_of(one, echo.share))
    if not values:
        raise NoValues(
            "no sound was said back in the codec in which it was said; PCMU, PCMA or L16, the same both ways"
        )
    return values


def _said(record: Record, ears: Ears) -> list[Occurrence]:
    """What was heard of what a person said."""
    return [
        one for one in every_occurrence(record, ears) if one.said_ns is not None and one.judged.begins_ns is not None
    ]
