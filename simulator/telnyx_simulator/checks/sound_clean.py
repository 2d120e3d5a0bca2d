"""The standing check `sound_clean`: each sound that can be observed is what was said."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from telnyx_simulator.audio.decoding import Decoding
from telnyx_simulator.audio.diagnosis import Diagnosis, is_silent
from telnyx_simulator.checks.blemishes import closely, figures_of, unblemished
from telnyx_simulator.checks.claims import STANDING
from telnyx_simulator.checks.decoders import decoders
from telnyx_simulator.checks.findings import Fault, Finding, Verdict
from telnyx_simulator.checks.occurrences import PATIENCE_NS, carried
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sending import remaining_ns
from telnyx_simulator.checks.sound import Ears, How, Judged
from telnyx_simulator.checks.tracks import FRAME_NS
from telnyx_simulator.trace import Entry

CLAIM = STANDING["sound_clean"]
MEASURED_S_MIN = 0.5
# What goes on until so shortly before the end of the call is cut off by it.
UNDER_WAY_NS = 500_000_000


def sound_clean(record: Record, ears: Ears, mixed: Ears | None = None) -> Iterator[Finding]:
    """One finding a leg: the first fault there is, else a pass of what was heard.

    `mixed` are the ears with all that was in them, where `record` is of the application's own sound alone.
    """
    exercised = False
    for call in record.legs(None):
        judged = list(_judged(record, ears, call, mixed))
        faulty = [one for one in judged if not one.judged.healthy]
        unasked = list(_unasked(record, call))
        exercised = exercised or bool(unasked)
        yield from unasked
        if not judged:
            continue
        exercised = True
        yield _finding(record, call, faulty[0].named(ears, call) if faulty else judged[0])
    if not exercised:
        yield Finding(id="sound_clean", verdict=Verdict.NOT_EXERCISED, expected=CLAIM, actual=_why_not(record))


class _One(NamedTuple):
    """One sound; `said_ns` is None for what the application plays of itself, `digest` for a piece of a microphone's."""

    name: str
    judged: Judged
    said_ns: int | None
    how: How = How.ECHO
    digest: str | None = None

    def named(self, ears: Ears, call: str) -> "_One":
        if self.digest is None:
            return self
        judged = ears.named(self.judged, call, self.digest, how=self.how, from_ns=self.said_ns or 0)
        return self._replace(judged=judged)


def _judged(record: Record, ears: Ears, call: str, mixed: Ears | None) -> Iterator[_One]:
    """Each sound of the leg that can be judged: echoes first, then what it decoded, then what it plays."""
    said = record.said_to_application(call)
    if record.header["profile"]["observe"] == "loopback":
        for sound in said:
            judged = ears.judge(call, sound.body["digest"], how=How.ECHO, from_ns=sound.body["begins_ns"])
            if judged is not None and _can_be_told(record, call, judged) and _counts(record, call, judged, sound.body):
                whole = _whole(record, call, judged, sound.body)
                begins_ns, ends_ns = sound.body["begins_ns"], sound.body["ends_ns"]
                pcm = record.stimulus(sound.body["digest"])
                looked_at = closely(call, pcm, whole, begins_ns, ends_ns - begins_ns, record)
                yield _One(sound.body["clip"], looked_at, begins_ns, How.ECHO, sound.body["digest"])
        ear = record.heard(call)
        for one in carried(call, ear, record) if ear is not None else ():
            if one.judged.diagnosis.found and one.said_ns is not None and _can_be_told(record, call, one.judged):
                looked_at = closely(call, one.pcm, one.judged, one.said_ns, one.length_ns, record)
                yield _One(one.name, looked_at, one.said_ns)
    for sound in said:
        judged = ears.judge(call, sound.body["digest"], how=How.TAP, from_ns=sound.body["begins_ns"])
        if judged is not None and (judged.diagnosis.found or _was_written_down(record, call, sound.body)):
            name, begins_ns = f"{sound.body['clip']} as decoded", sound.body["begins_ns"]
            yield _One(name, judged, begins_ns, How.TAP, sound.body["digest"])
    for name, digest in record.application_clips().items():
        judged = ears.judge(call, digest, how=How.REPLY, from_ns=0)
        if judged is not None and judged.diagnosis.found and _is_enough(judged):
            judged = unblemished(judged, figures_of(call, record.stimulus(digest), judged, record))
            yield _One(name, judged, None, How.REPLY, digest)
        elif mixed is not None:
            # Telnyx may have played it: what else was heard meanwhile is no fault of the clip.
            judged = mixed.judge(call, digest, how=How.REPLY, from_ns=0)
            if judged is not None and judged.diagnosis.found and judged.healthy:
                yield _One(name, judged, None)
    for tried in decoders(record, call):
        if tried.decoding is not None and tried.decoding.is_right is not None:
            yield _One("its decoder", _as_judged(tried.decoding), tried.at_ns)


def _is_enough(judged: Judged) -> bool:
    """Of a clip that is cut off at its beginning, as by a caller who hangs up, there may be too little to measure."""
    best = judged.best
    return judged.healthy or judged.is_law_mixup or best is None or best.matched_s >= MEASURED_S_MIN


def _can_be_told(record: Record, call: str, judged: Judged) -> bool:
    """An echo that is under way when the call ends is cut off as well, and all the sooner the slower the line is."""
    heard = record.heard(call)
    if judged.diagnosis.complete or judged.ends_ns is None or heard is None or _is_enough(judged):
        return True
    return heard.end_ns - judged.ends_ns > UNDER_WAY_NS


def _as_judged(decoding: Decoding) -> Judged:
    """What a decoder does alone, as a sound would be judged."""
    is_right = bool(decoding.is_right)
    diagnosis = Diagnosis(True, True, None, (), None, decoding.evidence)
    return Judged(diagnosis, is_right, decoding.fault, decoding.actual)


def _unasked(record: Record, call: str) -> Iterator[Finding]:
    """A decoder that the profile names, and that could not be tried."""
    for tried in decoders(record, call):
        if tried.problem:
            actual = f"its decoder, on {tried.codec}: {tried.problem}"
            yield Finding(id="sound_clean", verdict=Verdict.INCONCLUSIVE, expected=CLAIM, actual=actual, call=call)


def _counts(record: Record, call: str, judged: Judged, said: dict[str, Any]) -> bool:
    """Whether a missing echo is the application's fault: it had the time, and all that it sent was heard.

    Who is interrupted, and clears what it said, listens: of what interrupted it, it need not say anything back.
    """
    if judged.diagnosis.found:
        return True
    if any(said["begins_ns"] <= entry.at_ns <= said["ends_ns"] for entry in _clears(record, call)):
        return False
    return _had_time(record, call, judged, said) and (judged.fault is Fault.SILENCE or _ended_in_silence(record, call))


def _whole(record: Record, call: str, judged: Judged, said: dict[str, Any]) -> Judged:
    """An echo that stops in the middle, though there was time for the rest of it, is no clean one."""
    if not judged.healthy or judged.diagnosis.complete or _clears(record, call):
        return judged
    if judged.begins_ns is None or judged.ends_ns is None or not _had_time(record, call, judged, said):
        return judged
    if not _ended_in_silence(record, call):
        return judged
    heard_s, said_s = (judged.ends_ns - judged.begins_ns) / 1e9, (said["ends_ns"] - said["begins_ns"]) / 1e9
    told = f"cut off after {heard_s:.1f} s of {said_s:.1f} s"
    return replace(judged, healthy=False, fault=Fault.CUT_OFF, actual=told)


def _clears(record: Record, call: str) -> list[Entry]:
    return [entry for entry in record.trace.of("stream", "message", call=call) if entry.body["message"] == "clear"]


def _had_time(record: Record, call: str, judged: Judged, said: dict[str, Any]) -> bool:
    return remaining_ns(record, call, said["ends_ns"], judged.delivered) >= PATIENCE_NS


def _was_written_down(record: Record, call: str, said: dict[str, Any]) -> bool:
    """Whether the tap goes on for long enough after a sound that it should be in it."""
    tap = record.tapped(call, None)
    return tap is not None and tap.end_ns - said["ends_ns"] >= PATIENCE_NS


def _ended_in_silence(record: Record, call: str) -> bool:
    heard = record.heard(call)
    return heard is not None and is_silent(heard.pcm[-8000:])


def _finding(record: Record, call: str, one: _One) -> Finding:
    judged = one.judged
    at_ns = judged.begins_ns if judged.begins_ns is not None else one.said_ns
    verdict = Verdict.PASS if judged.healthy else Verdict.FAIL
    if judged.fault is Fault.GAPS_INSERTED and _is_our_lateness(record, judged):
        verdict = Verdict.INCONCLUSIVE
    return Finding(
        id="sound_clean",
        verdict=verdict,
        expected=CLAIM,
        actual=f"{one.name}: {judged.actual}",
        fault=judged.fault,
        evidence=judged.diagnosis.evidence,
        at_s=None if at_ns is None else at_ns / 1e9,
        call=call,
    )


def _is_our_lateness(record: Record, judged: Judged) -> bool:
    """Whether all the gaps could come from our own frames being late: by at least as much as they are long together."""
    best = judged.diagnosis.as_declared
    if best is None or judged.begins_ns is None or judged.ends_ns is None:
        return False
    gaps_ns = sum(round(gap.duration_s * 1e9) for gap in best.gaps)
    return record.lateness_ns(judged.begins_ns - 50 * FRAME_NS, judged.ends_ns) >= gaps_ns > 0


def _why_not(record: Record) -> str:
    inexact = next((entry for entry in record.trace.of("sut", "decoded") if "inexact" in entry.body), None)
    if inexact is not None:
        return str(inexact.body["inexact"])
    if record.header["profile"]["observe"] != "loopback" and not record.application_clips():
        return "the profile does not say how sound can be observed; add `audio: {observe: loopback}`, or `clips`"
    return "no sound that is known was heard"
