"""The measure `mos`: what people would make of the connection, by the E-model, from what was observed on it."""

from dataclasses import dataclass
from statistics import median

from telnyx_simulator.audio import emodel
from telnyx_simulator.checks.occurrences import Occurrence, lag_of, occurrences
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sending import own_underruns
from telnyx_simulator.checks.sound import Ears
from telnyx_simulator.checks.tracks import FRAME_NS
from telnyx_simulator.checks.values import NoValues, Value

SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holes:
    """What is missing from so much sound, in how many places; `late_ns` of it our own lateness can have made."""

    sound_ns: int
    missing_ns: int
    count: int
    late_ns: int


def mos(record: Record, ears: Ears) -> list[Value]:
    values = []
    for call in record.legs(None):
        known = [one for one in occurrences(call, record, ears) if one.owed_ns or one.judged.best is not None]
        holes = _of_sounds(known) if known else _of_playout(call, record)
        delay_ns = _delay_ns(call, known, record)
        if holes is None or not holes.sound_ns:
            continue
        loss = min(1.0, holes.missing_ns / holes.sound_ns)
        mean_frames = max(1.0, holes.missing_ns / FRAME_NS / holes.count) if holes.count else 1.0
        bursts = emodel.burst_ratio(loss, mean_frames)
        impaired = emodel.Impaired(loss_ratio=loss, burst_ratio=bursts, delay_s=delay_ns / SECOND_NS)
        rating = emodel.rating(impaired)
        what = f"rating {rating:.0f}: loss {loss:.2%} in bursts of {bursts:.1f}, delay {delay_ns / 1e6:.0f} ms one way"
        # Late frames of ours make holes as long as they are late; and delay, of which what is beyond 100 ms counts.
        too_late_ns = round(2 * max(0.0, delay_ns - emodel.DELAY_FREE_S * SECOND_NS))
        values.append(
            Value(
                number=round(emodel.score(rating), 2),
                at_ns=record.ended_ns(call),
                since_ns=min((one.said_ns for one in known if one.said_ns is not None), default=0),
                call=call,
                what=what,
                ours_ns=holes.late_ns or too_late_ns,
            )
        )
    if not values:
        raise NoValues("nothing was heard of the application")
    return values


def _of_sounds(known: list[Occurrence]) -> _Holes:
    """Of sounds that are known. The line's own share is off: what the application was sent is what counts."""
    parts = [_of_sound(one) for one in known]
    return _Holes(
        sound_ns=sum(part.sound_ns for part in parts),
        missing_ns=sum(part.missing_ns for part in parts),
        count=sum(part.count for part in parts),
        late_ns=sum(part.late_ns for part in parts),
    )


def _of_sound(one: Occurrence) -> _Holes:
    """One that is not there, or that only a mistake of codecs makes recognizable, is missing from end to end."""
    best = one.judged.diagnosis.as_declared
    if best is None or one.judged.is_law_mixup or not one.judged.diagnosis.found:
        return _Holes(sound_ns=one.owed_ns, missing_ns=one.owed_ns, count=1, late_ns=0)
    inserted_s = sum(gap.duration_s for gap in best.gaps)
    heard_s = best.ended_s - best.began_s - inserted_s
    owed_s = max(one.owed_ns / SECOND_NS, heard_s + best.dropped_s)
    cut_s = max(0.0, owed_s - heard_s - best.dropped_s - best.pause_within(owed_s))
    return _Holes(
        sound_ns=round((owed_s + inserted_s) * SECOND_NS),
        missing_ns=round((inserted_s + best.dropped_s + best.muted_s + cut_s) * SECOND_NS),
        count=best.holes + (cut_s * SECOND_NS > FRAME_NS),
        late_ns=round(inserted_s * SECOND_NS),
    )


def _of_playout(call: str, record: Record) -> _Holes | None:
    """Of sound that is unknown: what was played, and where it ran dry in the middle."""
    played_ns = sum(FRAME_NS for frame in record.trace.frames(f"{call}.heard") if frame.data)
    dry_ns = [resumed_ns - dry_ns for dry_ns, resumed_ns in own_underruns(record, call)]
    if not played_ns:
        return None
    missing_ns = sum(dry_ns)
    return _Holes(sound_ns=played_ns + missing_ns, missing_ns=missing_ns, count=len(dry_ns), late_ns=missing_ns)


def _delay_ns(call: str, known: list[Occurrence], record: Record) -> int:
    """One way: half of the time in which a sound comes back, else from the arrival of a talkspurt to its playing."""
    lags = [lag for one in known if one.said_ns is not None and (lag := lag_of(one.judged, one.said_ns)) is not None]
    if lags:
        return round(median(lags) / 2)
    notes = [note.body for note in record.trace.of("far_end", "heard", call=call) if note.body["what"] == "talkspurt"]
    return round(median(note["starts_ns"] - note["arrived_ns"] for note in notes)) if notes else 0
