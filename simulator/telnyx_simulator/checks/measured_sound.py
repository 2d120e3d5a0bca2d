"""Measures of sounds that are known: what a person said and heard again, and what the application is known to play."""

from collections.abc import Iterator

from telnyx_simulator.audio.fidelity import THRESHOLDS, Fidelity
from telnyx_simulator.audio.static import static
from telnyx_simulator.checks.calls_separate import leaks, why_not
from telnyx_simulator.checks.occurrences import Occurrence, lag_of, occurrences
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import Ears
from telnyx_simulator.checks.values import Known, NoValues, Value
from telnyx_simulator.checks.voices import Level, levels

SECOND_NS = 1_000_000_000
NOT_RECOGNIZABLE_DB = 0.0
# Less than this cannot tell what was lost.
OWED_NS_MIN = SECOND_NS // 2
# Of a sound in the middle of which the call ends the last frame of 10 ms may be there in part.
CUT_S = 0.01


def every_occurrence(record: Record, ears: Ears) -> list[Occurrence]:
    """Of every leg. Raises `NoValues` where there is none, with the reason."""
    found = [one for call in record.legs(None) for one in occurrences(call, record, ears)]
    if found:
        return found
    if record.header["profile"]["observe"] != "loopback" and not record.application_clips():
        raise NoValues(
            "the profile does not say how sound can be observed; add `audio: {observe: loopback}`, or `clips`"
        )
    raise NoValues("no sound that is known was heard")


def _each(record: Record, ears: Ears) -> Iterator[tuple[Occurrence, Fidelity]]:
    """What was heard, in whatever state."""
    for one in every_occurrence(record, ears):
        if one.judged.best is not None and one.judged.diagnosis.found:
            yield one, one.judged.best


def value_of(one: Occurrence, number: float) -> Value:
    at_ns = one.judged.ends_ns if one.judged.ends_ns is not None else (one.said_ns or 0) + one.length_ns
    begins_ns = one.judged.begins_ns if one.judged.begins_ns is not None else at_ns
    since_ns = one.said_ns if one.said_ns is not None else begins_ns
    return Value(number=number, at_ns=at_ns, since_ns=since_ns, call=one.call, what=one.name)


def _some(values: list[Value]) -> list[Value]:
    if not values:
        raise NoValues("no sound that is known was heard")
    return values


def latency(record: Record, ears: Ears) -> list[Value]:
    values = []
    for one, _ in _each(record, ears):
        if one.said_ns is not None and (lag_ns := lag_of(one.judged, one.said_ns)) is not None:
            values.append(value_of(one, lag_ns / SECOND_NS))
    return _some(values)


def gaps(record: Record, ears: Ears) -> list[Value]:
    longest = [
        (one, max((gap.duration_s for gap in fidelity.gaps), default=0.0)) for one, fidelity in _each(record, ears)
    ]
    return _some([value_of(one, seconds) for one, seconds in longest])


def loss(record: Record, ears: Ears) -> list[Value]:
    values = []
    for one in every_occurrence(record, ears):
        if one.said_ns is None or one.owed_ns < OWED_NS_MIN:
            continue
        heard_s = _heard_s(one)
        missing_s = max(0.0, one.owed_ns / SECOND_NS - heard_s)
        # Changes of lag below 5 ms are no events, and neither is what they take away.
        untold_s = THRESHOLDS["gap_s_min"] + (CUT_S if one.owed_ns < one.length_ns else 0.0)
        is_whole = missing_s < untold_s
        values.append(value_of(one, 0.0 if is_whole else missing_s * SECOND_NS / one.owed_ns))
    if not values:
        raise NoValues("nothing was said to an application that echoes while it had the time to say it back")
    return values


def _heard_s(one: Occurrence) -> float:
    """Seconds of what was owed that were heard, with the pause in which hearing ended."""
    judged, best = one.judged, one.judged.best
    if not judged.diagnosis.found or best is None:
        return 0.0
    if judged.own is not None:
        return judged.own.heard_ns / SECOND_NS
    inserted_s = sum(gap.duration_s for gap in best.gaps)
    pause_s = best.pause_within(one.owed_ns / SECOND_NS)
    return best.ended_s - best.began_s - inserted_s - best.muted_s + pause_s


def snr(record: Record, ears: Ears) -> list[Value]:
    values = []
    for one, _ in _each(record, ears):
        declared = one.judged.diagnosis.as_declared
        values.append(value_of(one, declared.snr_db if declared is not None else NOT_RECOGNIZABLE_DB))
    return _some(values)


def gain(record: Record, ears: Ears) -> list[Value]:
    declared = [(one, one.judged.diagnosis.as_declared) for one, _ in _each(record, ears)]
    return _some([value_of(one, fidelity.gain_db) for one, fidelity in declared if fidelity is not None])


# Static


def static_sound(record: Record, ears: Ears) -> list[Value]:
    """Seconds of each leg. A known sound that was heard as it was said is what it is, a noise too."""
    values = []
    for call in record.legs(None):
        ear = record.heard(call)
        if ear is None or not ear.pcm.any():
            continue
        found = [(ear.at_ns(one.start_s), ear.at_ns(one.end_s), one.sound_s) for one in static(ear.pcm)]
        healthy = _healthy(call, record, ears) if found else []
        left = [one for one in found if not any(_overlap(one[:2], known) for known in healthy)]
        at_ns, since_ns = (left[-1][1], left[0][0]) if left else (ear.end_ns, ear.began_ns)
        seconds = sum(one[2] for one in left)
        values.append(Value(number=seconds, at_ns=at_ns, since_ns=since_ns, call=call))
    if not values:
        raise NoValues("nothing was heard")
    return values


def _healthy(call: str, record: Record, ears: Ears) -> list[tuple[int, int]]:
    found = []
    for one in occurrences(call, record, ears):
        declared = one.judged.diagnosis.as_declared
        clean = declared is not None and declared.snr_db >= one.judged.diagnosis.snr_db_min
        if clean and one.judged.begins_ns is not None and one.judged.ends_ns is not None:
            found.append((one.judged.begins_ns, one.judged.ends_ns))
    return found


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """By more than half of the first."""
    common = min(one[1], other[1]) - max(one[0], other[0])
    return 2 * common > one[1] - one[0]


# Voices where they should not be


def own_voice(record: Record, ears: Ears) -> list[Value]:
    values = []
    for call in record.legs(None):
        voice, ear = record.said(call), record.heard(call)
        if voice is not None and ear is not None:
            found = levels(voice, ear, ear.began_ns, ear.end_ns)
            values += [_level(level, call, "own voice") for level in found]
    if not values:
        raise NoValues("nobody said anything for half a second while the application could hear it")
    return values


def leakage(record: Record, ears: Ears) -> list[Value]:
    values = [
        _level(leak.level, leak.listener, f"{record.person_of(leak.speaker) or 'another'}'s voice")
        for leak in leaks(record)
    ]
    if not values:
        raise NoValues(why_not(record))
    return values


def _level(level: Level, call: str, what: str) -> Value:
    number, known = (level.db, Known.EXACTLY) if level.is_heard else (level.floor_db, Known.AT_MOST)
    return Value(number=number, at_ns=level.heard_ns, since_ns=level.at_ns, call=call, what=what, known=known)
