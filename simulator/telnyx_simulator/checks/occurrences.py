"""Sounds that are known, each time that they may have been heard: what a person said, what the application plays."""

from collections.abc import Iterator
from dataclasses import dataclass

from telnyx_simulator.audio.diagnosis import is_silent
from telnyx_simulator.checks.delivered import ways
from telnyx_simulator.checks.findings import Fault
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sending import remaining_ns
from telnyx_simulator.checks.sound import NOT_FOUND, Ears, How, Judged, compare_left
from telnyx_simulator.checks.tracks import RATE_HZ, Pcm, Track
from telnyx_simulator.checks.voices import LAG_NS_MAX, PROJECTED_NS, may_be_in, pieces

SECOND_NS = 1_000_000_000
# What was said this close to the end of the call may not have had the time to come back.
PATIENCE_NS = 2 * SECOND_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One sound that may have been heard. `said_ns` is None for what the application plays of itself; `pcm` is 8 kHz.

    `owed_ns` is how much of it an application that echoes had the time to say back, at the lag at which it did, or with
    2 s to spare if it did not at all; nothing where it took back what it had queued.
    """

    call: str
    name: str
    pcm: Pcm
    said_ns: int | None
    length_ns: int
    judged: Judged
    owed_ns: int


def occurrences(call: str, record: Record, ears: Ears) -> Iterator[Occurrence]:
    """Those of one leg."""
    ear = record.heard(call)
    if ear is None:
        return
    if record.header["profile"]["observe"] == "loopback":
        yield from _plays(call, ear, record, ears)
        yield from carried(call, ear, record)
    for name, digest in record.application_clips().items():
        judged = ears.judge(call, digest, how=How.REPLY, from_ns=0)
        if judged is not None and judged.diagnosis.found:
            pcm = record.stimulus(digest)
            length_ns = _length_ns(pcm)
            yield Occurrence(call=call, name=name, pcm=pcm, said_ns=None, length_ns=length_ns, judged=judged, owed_ns=0)


def _plays(call: str, ear: Track, record: Record, ears: Ears) -> Iterator[Occurrence]:
    for sound in record.said_to_application(call):
        begins_ns, digest = sound.body["begins_ns"], sound.body["digest"]
        judged = ears.judge(call, digest, how=How.ECHO, from_ns=begins_ns)
        if judged is not None:
            said = judged.delivered.pcm if judged.delivered else record.stimulus(digest)
            yield _said(call, sound.body["clip"], begins_ns, said, judged, ear, record)


def carried(call: str, ear: Track, record: Record) -> Iterator[Occurrence]:
    """What the microphone carried between plays, in pieces."""
    said, codecs = record.said(call), record.codecs(call, 0)
    if said is None or codecs is None:
        return
    plays = [(sound.body["begins_ns"], sound.body["ends_ns"]) for sound in record.sounds(call)]
    voice = said.without(plays)
    for mic in record.mics(call):
        if mic.digest is None or mic.clip == "comfort_noise":
            continue
        for piece in pieces(voice, mic.begins_ns, min(mic.ends_ns, ear.end_ns), PROJECTED_NS):
            if not piece.pcm.any():
                continue
            part = ear.between(piece.began_ns, min(piece.end_ns + LAG_NS_MAX, ear.end_ns))
            left = ways(record, call, piece.began_ns, piece.end_ns, silent=plays)
            if left == []:
                continue
            judged = NOT_FOUND
            if may_be_in(piece if left is None else Track(left[0].pcm, piece.began_ns), part):
                judged = compare_left(piece, left, part, codecs, record, call, how=How.ECHO)
            pcm = judged.delivered.pcm if judged.delivered else piece.pcm
            yield _said(call, mic.clip, piece.began_ns, pcm, judged, ear, record)


def _said(call: str, name: str, said_ns: int, pcm: Pcm, judged: Judged, ear: Track, record: Record) -> Occurrence:
    length_ns = _length_ns(pcm)
    lag_ns = lag_of(judged, said_ns)
    owed_ns = length_ns
    if judged.own is not None:
        owed_ns = judged.own.owed_ns
    elif lag_ns is not None:
        owed_ns = min(length_ns, ear.end_ns - said_ns - lag_ns)
    elif remaining_ns(record, call, said_ns + length_ns, judged.delivered) < PATIENCE_NS or not _is_silence(
        judged, ear
    ):
        owed_ns = 0
    if _is_cleared(call, said_ns, record):
        owed_ns = 0
    return Occurrence(
        call=call, name=name, pcm=pcm, said_ns=said_ns, length_ns=length_ns, judged=judged, owed_ns=max(0, owed_ns)
    )


def lag_of(judged: Judged, said_ns: int) -> int | None:
    """How much later it was heard than said; None if it was not."""
    if judged.best is None or judged.begins_ns is None or not judged.diagnosis.found:
        return None
    if judged.own is not None:
        return judged.own.lag_ns
    return max(0, judged.begins_ns - said_ns - round(judged.best.skipped_s * SECOND_NS))


def _is_silence(judged: Judged, ear: Track) -> bool:
    """Whether all that the application had queued was heard, so that nothing more could come."""
    return judged.fault is Fault.SILENCE or is_silent(ear.pcm[-RATE_HZ:])


def _is_cleared(call: str, from_ns: int, record: Record) -> bool:
    """Whether the application took back what it had queued: what was lost by that was not lost on the way."""
    notes = record.trace.of("far_end", "heard", call=call)
    return any(note.body["what"] == "clear" and note.body["dropped_ms"] and note.at_ns >= from_ns for note in notes)


def _length_ns(pcm: Pcm) -> int:
    return len(pcm) * SECOND_NS // RATE_HZ
