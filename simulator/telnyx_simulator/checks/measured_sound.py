"""Measures of sounds that are known: what a person said and heard again, and what the application is known to play."""

from collections.abc import Iterator
from dataclasses import dataclass

from telnyx_simulator.audio.fidelity import THRESHOLDS, Fidelity
from telnyx_simulator.audio.static import static
from telnyx_simulator.checks.calls_separate import leaks, why_not
from telnyx_simulator.checks.findings import Fault
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import SNR_DB_MIN, Ears, How, Judged, compare
from telnyx_simulator.checks.tracks import RATE_HZ, Track
from telnyx_simulator.checks.values import Known, NoValues, Value
from telnyx_simulator.checks.voices import LAG_NS_MAX, PROJECTED_NS, Level, levels, pieces

SECOND_NS = 1_000_000_000
# What was said this close to the end of the call may not have had the time to come back.
PATIENCE_NS = 2 * SECOND_NS
NOT_RECOGNIZABLE_DB = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One sound that may have been heard. `said_ns` is None for what the application plays of itself.

    `is_owed`: it was said to an application that echoes, which had the time for all of it and took nothing back.
    """

    call: str
    name: str
    said_ns: int | None
    length_ns: int
    judged: Judged
    is_owed: bool


def occurrences(record: Record, ears: Ears) -> list[Occurrence]:
    found = [one for call in record.legs(None) for one in _of_leg(call, record, ears)]
    if not found:
        raise NoValues(_why_none(record))
    return found


def _of_leg(call: str, record: Record, ears: Ears, *, patience_ns: int = PATIENCE_NS) -> Iterator[Occurrence]:
    ear = record.heard(call)
    if ear is None:
        return
    if record.header["profile"]["observe"] == "loopback":
        yield from _plays(call, ear, record, ears)
        yield from _carried(call, ear, record, ear.end_ns - patience_ns)
    for name, digest in record.application_clips().items():
        judged = ears.judge(call, digest, how=How.REPLY, from_ns=0)
        if judged is not None and judged.diagnosis.found:
            length_ns = _length_ns(digest, record)
            yield Occurrence(call=call, name=name, said_ns=None, length_ns=length_ns, judged=judged, is_owed=False)


def _plays(call: str, ear: Track, record: Record, ears: Ears) -> Iterator[Occurrence]:
    streamed_ns = record.streamed_from(call)
    for sound in record.sounds(call):
        begins_ns, digest = sound.body["begins_ns"], sound.body["digest"]
        if streamed_ns is None or begins_ns < streamed_ns:
            continue  # said before anybody could hear it
        judged = ears.judge(call, digest, how=How.ECHO, from_ns=begins_ns)
        is_owed = ear.end_ns - sound.body["ends_ns"] >= PATIENCE_NS and not _is_cleared(call, begins_ns, record)
        if judged is not None:
            yield Occurrence(
                call=call,
                name=sound.body["clip"],
                said_ns=begins_ns,
                length_ns=_length_ns(digest, record),
                judged=judged,
                is_owed=is_owed,
            )


def _carried(call: str, ear: Track, record: Record, until_ns: int) -> Iterator[Occurrence]:
    """What the microphone carried between plays, in pieces."""
    said, codecs = record.said(call), record.codecs(call, 0)
    if said is None or codecs is None:
        return
    voice = said.without([(sound.body["begins_ns"], sound.body["ends_ns"]) for sound in record.sounds(call)])
    for mic in record.mics(call):
        if mic.digest is None or mic.clip == "comfort_noise":
            continue
        for piece in pieces(voice, mic.begins_ns, min(mic.ends_ns, until_ns), PROJECTED_NS):
            if not piece.pcm.any():
                continue
            part = ear.between(piece.began_ns, piece.end_ns + LAG_NS_MAX)
            judged = compare(piece.pcm, part, codecs, how=How.ECHO, from_ns=part.began_ns)
            yield Occurrence(
                call=call,
                name=mic.clip,
                said_ns=piece.began_ns,
                length_ns=piece.end_ns - piece.began_ns,
                judged=judged,
                is_owed=not _is_cleared(call, piece.began_ns, record),
            )


def _is_cleared(call: str, from_ns: int, record: Record) -> bool:
    """Whether the application took back what it had queued: what was lost by that was not lost on the way."""
    notes = record.trace.of("far_end", "heard", call=call)
    return any(note.body["what"] == "clear" and note.body["dropped_ms"] and note.at_ns >= from_ns for note in notes)


def _length_ns(digest: str, record: Record) -> int:
    return len(record.stimulus(digest)) * SECOND_NS // RATE_HZ


def _why_none(record: Record) -> str:
    if record.header["profile"]["observe"] != "loopback" and not record.application_clips():
        return "the profile does not say how sound can be observed; add `audio: {observe: loopback}`, or `clips`"
    return "no sound that is known was heard"


# Figures


def _each(record: Record, ears: Ears) -> Iterator[tuple[Occurrence, Fidelity]]:
    """What was heard, in whatever state."""
    for one in occurrences(record, ears):
        if one.judged.best is not None and one.judged.diagnosis.found:
            yield one, one.judged.best


def _value(one: Occurrence, number: float, *, ours_ns: int | None = None) -> Value:
    at_ns = one.judged.ends_ns if one.judged.ends_ns is not None else (one.said_ns or 0) + one.length_ns
    begins_ns = one.judged.begins_ns if one.judged.begins_ns is not None else at_ns
    since_ns = one.said_ns if one.said_ns is not None else begins_ns
    return Value(number=number, at_ns=at_ns, since_ns=since_ns, call=one.call, what=one.name, ours_ns=ours_ns)


def _some(values: list[Value]) -> list[Value]:
    if not values:
        raise NoValues("no sound that is known was heard")
    return values


def latency(record: Record, ears: Ears) -> list[Value]:
    values = []
    for one, fidelity in _each(record, ears):
        if one.said_ns is not None and one.judged.begins_ns is not None:
            lag_ns = one.judged.begins_ns - one.said_ns - round(fidelity.skipped_s * SECOND_NS)
            values.append(_value(one, max(0, lag_ns) / SECOND_NS))
    return _some(values)


def gaps(record: Record, ears: Ears) -> list[Value]:
    longest = [
        (one, max((gap.duration_s for gap in fidelity.gaps), default=0.0)) for one, fidelity in _each(record, ears)
    ]
    return _some([_value(one, seconds, ours_ns=round(seconds * SECOND_NS)) for one, seconds in longest])


def loss(record: Record, ears: Ears) -> list[Value]:
    values = []
    for one in occurrences(record, ears):
        if one.said_ns is None or not one.is_owed:
            continue
        heard_s = _matched_s(one.judged.best) if one.judged.diagnosis.found else 0.0
        missing_s = max(0.0, one.length_ns / SECOND_NS - heard_s)
        # Changes of lag below 5 ms are no events, and neither is what they take away.
        is_whole = missing_s < THRESHOLDS["gap_s_min"]
        values.append(_value(one, 0.0 if is_whole else missing_s * SECOND_NS / one.length_ns))
    if not values:
        raise NoValues("nothing was said to an application that echoes while it had 2 s to say all of it back")
    return values


def _matched_s(fidelity: Fidelity | None) -> float:
    """Seconds of the clip that were heard."""
    if fidelity is None:
        return 0.0
    inserted_s = sum(gap.duration_s for gap in fidelity.gaps)
    return fidelity.ended_s - fidelity.began_s - inserted_s - fidelity.muted_s


def snr(record: Record, ears: Ears) -> list[Value]:
    values = []
    for one, _ in _each(record, ears):
        declared = one.judged.diagnosis.as_declared
        values.append(_value(one, declared.snr_db if declared is not None else NOT_RECOGNIZABLE_DB))
    return _some(values)


def gain(record: Record, ears: Ears) -> list[Value]:
    declared = [(one, one.judged.diagnosis.as_declared) for one, _ in _each(record, ears)]
    return _some([_value(one, fidelity.gain_db) for one, fidelity in declared if fidelity is not None])


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
    for one in _of_leg(call, record, ears, patience_ns=0):
        declared = one.judged.diagnosis.as_declared
        clean = declared is not None and declared.snr_db >= SNR_DB_MIN and one.judged.fault is not Fault.SILENCE
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
    projection = level.projection
    number, known = (
        (projection.level_db, Known.EXACTLY) if projection.is_heard else (projection.floor_db, Known.AT_MOST)
    )
    return Value(number=number, at_ns=level.heard_ns, since_ns=level.at_ns, call=call, what=what, known=known)
