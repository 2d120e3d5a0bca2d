"""Whose voice it is: anything that a person said, and where it is to be found in an ear.

What a person said is what the application was sent of it: plays and what the microphone carries between them, as the
line let it through; where no stream carried it, as when Telnyx connects two legs, it is what they said. Two people who
say the same are not told apart, so what both said is nobody's.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from telnyx_simulator.audio.codecs import Codec
from telnyx_simulator.audio.fidelity import snr_told
from telnyx_simulator.audio.projection import project
from telnyx_simulator.audio.recognition import recognize
from telnyx_simulator.checks.delivered import ways
from telnyx_simulator.checks.findings import Fault
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import How, Judged, compare_left
from telnyx_simulator.checks.tracks import FRAME_NS, NS_PER_SAMPLE, Track

SECOND_NS = 1_000_000_000
# How much later something may be heard and still count: an application may have queued seconds of its own before it.
LAG_NS_MAX = 5 * SECOND_NS
# A piece of a voice that is compared in one go.
PIECE_NS = 20 * SECOND_NS
PROJECTED_NS = 8 * SECOND_NS
LAST_PIECE_NS_MIN = 2 * SECOND_NS


def speakers_of(name: str, call: str, record: Record) -> list[str] | None:
    """The legs whose voice `name` means: a person's, or those whose microphone carries it; None for any other sound."""
    if name in record.legs_of_people:
        return record.legs_of_people[name]
    people = (record.header.get("scenario") or {}).get("people", [])
    carriers = {person["name"] for person in people if person.get("mic") == name}
    legs = [leg for leg in record.legs(None) if any(mic.clip == name for mic in record.mics(leg))]
    legs += [leg for person in carriers for leg in record.legs(person) if leg not in legs]
    if not legs and not carriers:
        return None
    return [call] if call in legs else legs


def voice_of(speaker: str, listener: str, record: Record) -> Track | None:
    """What was said on one leg and not on the other as well."""
    said = record.said(speaker) if speaker == listener else record.voice(speaker)
    if said is None or speaker == listener:
        return said
    theirs = {entry.body["digest"] for entry in record.sounds(listener)}
    names = {entry.body["clip"] for entry in record.sounds(listener)}
    shared = [
        (entry.body["begins_ns"], entry.body["ends_ns"])
        for entry in record.sounds(speaker)
        if entry.body["digest"] in theirs or entry.body["clip"] in names
    ]
    carried = {mic.digest for mic in record.mics(listener)}
    shared += [(mic.begins_ns, mic.ends_ns) for mic in record.mics(speaker) if mic.digest in carried - {None}]
    return said.without(shared)


def pieces(voice: Track, from_ns: int, until_ns: int, piece_ns: int, *, shared_ns: int = 0) -> Iterator[Track]:
    """The voice in pieces that overlap by `shared_ns`; a short rest belongs to the piece before it."""
    begins_ns, end_ns = max(from_ns, voice.began_ns), min(until_ns, voice.end_ns)
    while begins_ns < end_ns:
        ends_ns = begins_ns + piece_ns
        if ends_ns + LAST_PIECE_NS_MIN >= end_ns:
            ends_ns = end_ns
        yield voice.between(begins_ns, ends_ns)
        begins_ns = ends_ns if ends_ns == end_ns else ends_ns - shared_ns


def may_be_in(piece: Track, part: Track) -> bool:
    """Whether it is worth the while to look closely: a look at the level is quick, also in the wrong law."""
    pcm = np.pad(part.pcm, (max(0, (part.began_ns - piece.began_ns) // NS_PER_SAMPLE), 0))
    projection = project(piece.pcm, pcm, lag_s_max=LAG_NS_MAX / SECOND_NS)
    return projection is None or projection.is_heard


# Heard, as somebody expects it


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A voice in the ear of `call`, from `opens_ns` on, for at least `lasts_ns`."""

    call: str
    how: How
    opens_ns: int
    closes_ns: int | None
    lasts_ns: int
    snr_db_min: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    begins_ns: int
    lasted_ns: int
    is_enough: bool
    actual: str
    fault: Fault | None
    evidence: str


def first(wanted: Wanted, speakers: list[str], ear: Track, record: Record) -> Found | None:
    """The first time that one of the speakers is heard for long enough and in time, else the longest time."""
    found = [one for speaker in speakers for one in _each(wanted, speaker, ear, record)]
    for one in sorted(found, key=lambda one: one.begins_ns):
        if one.is_enough and (wanted.closes_ns is None or one.begins_ns <= wanted.closes_ns):
            return one
    return max(found, key=lambda one: (one.is_enough, one.lasted_ns), default=None)


def _each(wanted: Wanted, speaker: str, ear: Track, record: Record) -> Iterator[Found]:
    voice = voice_of(speaker, wanted.call, record)
    sent, returned = _said_in(speaker, wanted.opens_ns, record), _heard_in(wanted.call, wanted.opens_ns, record)
    if voice is None or sent is None or returned is None:
        return
    # Beyond the window as well: what began too late is to be told from what never came.
    until_ns = voice.end_ns if wanted.closes_ns is None else wanted.closes_ns + wanted.lasts_ns + LAG_NS_MAX
    piece_ns = max(PIECE_NS, wanted.lasts_ns + PIECE_NS // 2)
    for piece in pieces(
        voice, wanted.opens_ns - LAG_NS_MAX, until_ns, piece_ns, shared_ns=wanted.lasts_ns + LAST_PIECE_NS_MIN
    ):
        part = ear.between(max(wanted.opens_ns, piece.began_ns), min(piece.end_ns + LAG_NS_MAX, ear.end_ns))
        left = ways(record, speaker, piece.began_ns, piece.end_ns) if speaker == wanted.call else None
        if left == [] or not may_be_in(piece if left is None else Track(left[0].pcm, piece.began_ns), part):
            continue
        judged = compare_left(piece, left, part, (sent, returned), record, wanted.call, how=wanted.how)
        if judged.begins_ns is not None and judged.ends_ns is not None:
            yield _found(judged, wanted)


def _said_in(speaker: str, at_ns: int, record: Record) -> Codec | None:
    codecs = record.codecs(speaker, at_ns)
    return codecs[0] if codecs else record.leg_codec(speaker)


def _heard_in(listener: str, at_ns: int, record: Record) -> Codec | None:
    codecs = record.codecs(listener, at_ns)
    return codecs[1] if codecs else record.leg_codec(listener)


def _found(judged: Judged, wanted: Wanted) -> Found:
    best, declared = judged.best, judged.diagnosis.as_declared
    assert best is not None
    assert judged.begins_ns is not None
    assert judged.ends_ns is not None
    begins_ns = max(judged.begins_ns, wanted.opens_ns)
    holes_s = sum(gap.duration_s for gap in best.gaps) + best.muted_s
    lasted_ns = judged.ends_ns - begins_ns - round(holes_s * SECOND_NS)
    actual = f"for {lasted_ns / SECOND_NS:.1f} s"
    fault = judged.fault if judged.is_law_mixup else None
    clear = fault is None
    if fault is not None:
        actual = judged.actual
    elif wanted.snr_db_min is not None:
        clear = declared is not None and declared.snr_db >= wanted.snr_db_min
        actual += f", {snr_told(declared.snr_db)}" if declared else ""
    return Found(
        begins_ns=begins_ns,
        lasted_ns=lasted_ns,
        is_enough=clear and lasted_ns >= wanted.lasts_ns,
        actual=actual,
        fault=fault,
        evidence=judged.diagnosis.evidence,
    )


# Heard, where it must not be


@dataclass(frozen=True, slots=True)
class Level:
    """How loud a piece of a voice is in an ear. `at_ns` is when it was said, `heard_ns` when it was heard, if it was.

    `db` is at the lag at which there is most of it; where it was cut up on the way it is the share of what was heard.
    """

    at_ns: int
    heard_ns: int
    db: float
    floor_db: float
    is_heard: bool


def levels(voice: Track, ear: Track, from_ns: int, until_ns: int) -> Iterator[Level]:
    """Each piece of the voice that holds any sound, and how loud it is in the ear."""
    for piece in pieces(voice, from_ns, until_ns, PROJECTED_NS):
        # On the ear's own grid of ticks, so that its frames stay whole.
        aligned_ns = piece.began_ns - (piece.began_ns - ear.began_ns) % FRAME_NS
        part = ear.between(aligned_ns, min(piece.end_ns + LAG_NS_MAX, until_ns, ear.end_ns))
        projection = project(piece.pcm, part.pcm, lag_s_max=LAG_NS_MAX / SECOND_NS)
        if projection is None:
            continue
        db, heard_s, is_heard = projection.level_db, projection.lag_s, projection.is_heard
        if not is_heard and (frames := recognize(piece.pcm, part.pcm)).is_heard:
            db, heard_s, is_heard = 20 * math.log10(frames.share), frames.first_s, True
        heard_ns = part.began_ns + round(heard_s * SECOND_NS)
        yield Level(piece.began_ns, heard_ns, db, projection.floor_db, is_heard)


def trace_of(
    call: str, speakers: list[str], ear: Track, record: Record, *, opens_ns: int, closes_ns: int | None
) -> int | None:
    """When any of the voices is heard between these moments, however faintly; None if none is."""
    until_ns = ear.end_ns if closes_ns is None else min(closes_ns, ear.end_ns)
    ear = ear.without([(ear.began_ns, opens_ns)])
    for speaker in speakers:
        voice = voice_of(speaker, call, record)
        for level in levels(voice, ear, opens_ns - LAG_NS_MAX, until_ns) if voice else ():
            if level.is_heard:
                return max(level.heard_ns, opens_ns)
    return None
