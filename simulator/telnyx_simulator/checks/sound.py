"""What a person heard, compared with what was said: fidelity, and the mistake that explains a loss of it.

Directions. An echo alone cannot tell *heard wrongly* from *spoke wrongly*: on a PCMA leg with PCMU return both give the
same bytes but for one code. A clip that the application is known to play (its greeting) goes through its encoder alone
and settles the matter: is the greeting clean, the decoder is wrong; is it mixed up too, the encoder is. What the
application decoded (a tap) settles it as well.

Names. While a call goes on its sounds are judged again and again, by the mistakes of codecs that are quickly tried
(`audio.diagnosis`). Once it is over, what is neither right nor explained by that gets the name that the codec autopsy
finds. No verdict hangs on that, but that no lateness of ours excuses a mistake of format or rate.
"""

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from telnyx_simulator.audio.autopsy import autopsy
from telnyx_simulator.audio.codecs import Codec, parse_codec
from telnyx_simulator.audio.diagnosis import (
    Diagnosis,
    Mistake,
    diagnose_echo,
    diagnose_reply,
    diagnose_tap,
    is_silent,
)
from telnyx_simulator.audio.faults import Kind
from telnyx_simulator.audio.fidelity import THRESHOLDS, Fidelity, snr_told
from telnyx_simulator.checks import stretches
from telnyx_simulator.checks.decoders import decoders
from telnyx_simulator.checks.delivered import Delivered, Own, Solid, holes_of, own_gaps, own_part, ways
from telnyx_simulator.checks.findings import FAULT_TEXTS, Fault
from telnyx_simulator.checks.given_up import without_given_up
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.stretches import Pair
from telnyx_simulator.checks.tracks import RATE_HZ, Pcm, Track

_LAW_MISTAKES = frozenset({Mistake.DECODED_AS_OTHER_LAW, Mistake.REPLIED_IN_SENT_CODEC, Mistake.ENCODED_IN_OTHER_LAW})
# The same between G.711 codecs, as an autopsy names it, which does not know who did what.
_LAW_FAULTS = frozenset({Fault.PCMA_DECODED_AS_PCMU, Fault.PCMU_DECODED_AS_PCMA, Fault.LAW_MIXUP_UNDETERMINED})
GAIN_DB_MAX = THRESHOLDS["gain_db_max"]
# By so much a tap may seem to be ahead of what was said.
TAP_AHEAD_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Judged:
    """One clip in one ear. Moments are nanoseconds since the run began; `fault` is None for a healthy sound and for
    one that no known fault explains (`healthy` tells them apart).

    Where a line was impaired the clip is what was left of it, `delivered`, and `own` is the application's own part.
    """

    diagnosis: Diagnosis
    healthy: bool
    fault: Fault | None
    actual: str
    begins_ns: int | None = None
    ends_ns: int | None = None
    delivered: Delivered | None = None
    own: Own | None = None

    @property
    def is_law_mixup(self) -> bool:
        return bool(_LAW_MISTAKES & set(self.diagnosis.mistakes))

    @property
    def best(self) -> Fidelity | None:
        """As declared, or under the mistake that explains it."""
        return self.diagnosis.repaired or self.diagnosis.as_declared

    @property
    def moments(self) -> tuple[int, int] | None:
        """From when until when it was heard."""
        return None if self.begins_ns is None or self.ends_ns is None else (self.begins_ns, self.ends_ns)

    @property
    def is_misread(self) -> bool:
        """Bytes were taken for what they are not, or clocked out at another rate: that is nobody's lateness."""
        return self.fault is not None and self.fault.kind in (Kind.FORMAT, Kind.RATE)

    def called(self, fault: Fault, evidence: str) -> "Judged":
        """The same under a name. Of what was found the figures stay; of what was not, the name says more."""
        diagnosis = replace(self.diagnosis, evidence=evidence)
        actual = f"{self.actual}; {fault.sentence}" if diagnosis.found else fault.sentence
        return replace(self, diagnosis=diagnosis, fault=fault, actual=actual)


NOT_FOUND = Judged(Diagnosis(False, False, None, (), None, "not heard"), False, None, "not heard")


class How(Enum):
    """By which way a clip came: echoed, played by the application of itself, or decoded by it and no more."""

    ECHO = "echo"
    REPLY = "reply"
    TAP = "tap"


_Key = tuple[str, str, How, int, int | None]


class Ears:
    """Judges clips in ears of one record, each once: it costs a second of work."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._known: dict[_Key, Judged | None] = {}
        self._names: dict[_Key, tuple[Fault, str] | None] = {}

    def judge(self, call: str, digest: str, *, how: How, from_ns: int, until_ns: int | None = None) -> Judged | None:
        """The first time that the clip is heard at or after `from_ns`; None if this ear has heard nothing at all.

        For a tap, `until_ns` is the moment at which it is looked at.
        """
        key = (call, digest, how, from_ns, until_ns)
        if key not in self._known:
            self._known[key] = self._judged(*key)
        return self._known[key]

    def named(
        self, judged: Judged, call: str, digest: str, *, how: How, from_ns: int, until_ns: int | None = None
    ) -> Judged:
        """What was judged amiss, with the name of it if there is one. For when the run is over: it takes a second."""
        if judged.fault not in (None, Fault.GAPS_INSERTED):
            return judged
        key = (call, digest, how, from_ns, until_ns)
        if key not in self._names:
            self._names[key] = self._name(*key, judged)
        name = self._names[key]
        # What was heard twice takes as much time as silence, and the quick measure does not tell them apart.
        if name is None or (judged.fault is not None and name[0] is not Fault.FRAMES_DUPLICATED):
            return judged
        return judged.called(*name)

    def _name(
        self, call: str, digest: str, how: How, from_ns: int, until_ns: int | None, judged: Judged
    ) -> tuple[Fault, str] | None:
        """The fault and the evidence for it. Where a line took pieces away, none is called after that."""
        pair = self._pair(call, digest, how, from_ns, until_ns, judged)
        if pair is None:
            return None
        if pair.files:
            return Fault.FILE_AS_SAMPLES, pair.files
        found = autopsy(pair.said, pair.heard, sent=pair.sent, returned=pair.returned)
        faults = [fault for fault in found.names if judged.delivered is None or fault.kind is not Kind.TIMING]
        if not faults:
            return None
        if faults[0] in _LAW_FAULTS:
            return self._direction(call, judged.diagnosis, how, from_ns, digest), found.evidence
        return faults[0], found.evidence

    def _pair(
        self, call: str, digest: str, how: How, from_ns: int, until_ns: int | None, judged: Judged
    ) -> Pair | None:
        found = judged.moments if judged.diagnosis.found else None
        match how:
            case How.TAP:
                return stretches.decoded(self._record, call, digest, from_ns, until_ns, found=found)
            case How.REPLY:
                return stretches.replied(self._record, call, digest, from_ns, found=found)
        played = [
            self.judge(call, clip, how=How.REPLY, from_ns=0) for clip in self._record.application_clips().values()
        ]
        own = [one.moments for one in played if one is not None and one.moments is not None]
        return stretches.echoed(self._record, call, digest, from_ns, found=found, own=own)

    def _judged(self, call: str, digest: str, how: How, from_ns: int, until_ns: int | None) -> Judged | None:
        track = self._record.tapped(call, until_ns) if how is How.TAP else self._record.heard(call)
        codecs = self._record.codecs(call, from_ns)
        if track is None or codecs is None:
            return None
        said_ns = self._first_said_ns(digest) if how is How.TAP else None
        ahead_ns = TAP_AHEAD_NS if said_ns is not None and said_ns >= from_ns else 0
        looked_ns = max(0, from_ns - ahead_ns)
        left = self._left_of(call, digest, how, from_ns)
        if left is not None and not any(one.pcm.any() for one in left):
            return None  # nothing of it came to the application
        if left is None:
            judged = compare(self._record.stimulus(digest), track, codecs, how=how, from_ns=looked_ns)
            if how is How.REPLY and judged.diagnosis.found and (best := judged.best) is not None and best.gaps:
                judged = _without_line(judged, own_gaps(best, track, self._record, call), track)
        else:
            judged = compare_delivered(left, track, codecs, self._record, call, how=how, from_ns=looked_ns)
        judged = _not_before(said_ns, judged) if ahead_ns else judged
        if judged.fault is Fault.SILENCE:
            return replace(judged, actual=self._silence(call))
        if judged.is_law_mixup:
            mixed_up = self._direction(call, judged.diagnosis, how, from_ns, digest)
            return replace(judged, fault=mixed_up, actual=FAULT_TEXTS[mixed_up][0])
        return judged

    def _left_of(self, call: str, digest: str, how: How, from_ns: int) -> list[Delivered] | None:
        """What the line left of a clip that the person said; None where it did nothing."""
        said = None if how is How.REPLY else stretches.said_as(self._record, digest, call, from_ns)
        return None if said is None else ways(self._record, call, said["begins_ns"], said["ends_ns"])

    def _first_said_ns(self, digest: str) -> int | None:
        """When anybody said it for the first time, before which nobody can have decoded it.

        That a tap ends at the moment of looking is no more than a guess: where frames were late, and the application
        filled the time with silence, there is more in it than there was time.
        """
        sounds = [entry.body for entry in self._record.trace.of("far_end", "sound")]
        return min((sound["begins_ns"] for sound in sounds if sound["digest"] == digest), default=None)

    def _silence(self, call: str) -> str:
        closed = list(self._record.trace.of("stream", "closed", call=call))
        if any(entry.body["by"] == "application" for entry in closed):
            return "silence: the application had closed its stream"
        return "silence"

    def _direction(self, call: str, diagnosis: Diagnosis, how: How, from_ns: int, digest: str) -> Fault:
        """Which of the two law mistakes it is, if anything settles that."""
        codecs = self._record.codecs(call, from_ns)
        assert codecs is not None
        sent, returned = codecs
        spoke_wrongly = how is How.REPLY
        if how is How.ECHO:
            settled = self._spoke_wrongly(call, digest)
            if settled is None and set(diagnosis.mistakes) == {Mistake.DECODED_AS_OTHER_LAW} and sent != returned:
                settled = False  # nobody replies in "the other" codec where there is but one
            if settled is None:
                return Fault.LAW_MIXUP_UNDETERMINED
            spoke_wrongly = settled
        if spoke_wrongly:
            return Fault.REPLIED_IN_LEG_CODEC if sent != returned else Fault.LAW_MIXUP_UNDETERMINED
        return Fault.PCMA_DECODED_AS_PCMU if sent.name == "PCMA" else Fault.PCMU_DECODED_AS_PCMA

    def _spoke_wrongly(self, call: str, digest: str) -> bool | None:
        """Whether the encoder is wrong: as a clip tells that the application plays, or what it decoded; else None."""
        for clip in self._record.application_clips().values():
            judged = self.judge(call, clip, how=How.REPLY, from_ns=0)
            if judged is not None and judged.diagnosis.found:
                return judged.is_law_mixup
        for tried in decoders(self._record, call):
            if tried.decoding is not None and tried.decoding.is_right is not None:
                return tried.decoding.is_right
        decoded = self.judge(call, digest, how=How.TAP, from_ns=0)
        if decoded is not None and decoded.diagnosis.found:
            return not decoded.is_law_mixup
        return None


def compare(said: Pcm, track: Track, codecs: tuple[Codec, Codec], *, how: How, from_ns: int) -> Judged:
    """The first time that `said` is in the track at or after `from_ns`. `codecs`: as sent, and as returned.

    A law mix-up is given without its direction.
    """
    sent, returned = codecs
    from_s = max(0.0, track.second_of(from_ns))
    if how is How.TAP:
        diagnosis = diagnose_tap(said, track.pcm, sent=sent, from_s=from_s)
    else:
        diagnose = diagnose_echo if how is How.ECHO else diagnose_reply
        diagnosis = diagnose(said, track.pcm, sent=sent, returned=returned, from_s=from_s)
    if not diagnosis.found:
        # A tap has the moments of what it holds only where its clock is right: that is what is in question.
        if is_silent(track.pcm if how is How.TAP else track.pcm[round(from_s * RATE_HZ) :]):
            return Judged(diagnosis, False, Fault.SILENCE, "silence")
        return Judged(diagnosis, False, None, "other sound, in which this clip is not to be found")
    best = diagnosis.repaired or diagnosis.as_declared
    assert best is not None, "what was found was measured"
    begins_ns, ends_ns = track.at_ns(best.began_s), track.at_ns(best.ended_s)
    if _LAW_MISTAKES & set(diagnosis.mistakes):
        mixed_up = Fault.LAW_MIXUP_UNDETERMINED
        return Judged(diagnosis, False, mixed_up, FAULT_TEXTS[mixed_up][0], begins_ns, ends_ns)
    healthy, fault = _plain_fault(best, diagnosis.snr_db_min)
    return Judged(diagnosis, healthy and not diagnosis.mistakes, fault, figures(best), begins_ns, ends_ns)


def compare_left(
    piece: Track,
    left: list[Delivered] | None,
    track: Track,
    codecs: tuple[Codec, Codec],
    record: Record,
    call: str,
    *,
    how: How,
) -> Judged:
    """A piece of a voice, as said or as the line left it (`delivered.ways`)."""
    if left is None:
        return compare(piece.pcm, track, codecs, how=how, from_ns=track.began_ns)
    return compare_delivered(left, track, codecs, record, call, how=how, from_ns=track.began_ns)


def compare_delivered(
    left: list[Delivered],
    track: Track,
    codecs: tuple[Codec, Codec],
    record: Record,
    call: str,
    *,
    how: How,
    from_ns: int,
) -> Judged:
    """The same for what a line left of a sound: the way of saying it back that explains best what was heard."""
    solid = Solid.of(track, holes_of(record, call) if how is not How.TAP else ())
    from_solid_ns = solid.track.at_ns(max(0.0, solid.second_of(from_ns)))

    def judged_as(one: Delivered) -> tuple[Judged, Fidelity | None]:
        """And what was heard with the line's part in it."""
        judged = compare(one.pcm, solid.track, codecs, how=how, from_ns=from_solid_ns)
        judged, heard = replace(judged, delivered=one), judged.best
        if heard is None or not judged.diagnosis.found:
            return judged, None
        own = own_part(heard, one, solid, track, record, call)
        return replace(_without_line(judged, own.heard, track), own=own), heard

    found: list[Judged] = []
    for one in left:
        judged, heard = judged_as(one)
        if _is_whole(judged) and heard and not (heard.gaps or heard.dropped_s or heard.muted_s):
            return judged
        found.append(judged)
    best = max(found, key=_likelihood)
    if best.is_law_mixup or best.best is None or best.delivered is None or _is_whole(best):
        return best
    rest = without_given_up(best.delivered, best.best)
    return best if rest is None else max(best, judged_as(rest)[0], key=_likelihood)


def _is_whole(judged: Judged) -> bool:
    """Whether there is nothing that a jitter buffer could have to do with."""
    least_ns = THRESHOLDS["gap_s_min"] * 1e9
    return judged.healthy and judged.own is not None and judged.own.missing_ns < least_ns


def _likelihood(judged: Judged) -> tuple[bool, bool, int, float]:
    """Of several references the one that was meant leaves nothing to be explained."""
    best, own = judged.best, judged.own
    if best is None or own is None:
        return judged.diagnosis.found, False, 0, 0.0
    unexplained_ns = own.missing_ns + round(1e9 * sum(gap.duration_s for gap in best.gaps))
    return judged.diagnosis.found, judged.healthy, -unexplained_ns, best.snr_db


def _without_line(judged: Judged, own: Fidelity, track: Track) -> Judged:
    """The same with figures that are the application's own."""
    diagnosis = judged.diagnosis
    if diagnosis.repaired is not None:
        diagnosis = replace(diagnosis, repaired=own)
    else:
        diagnosis = replace(diagnosis, as_declared=own)
    begins_ns, ends_ns = track.at_ns(own.began_s), track.at_ns(own.ended_s)
    judged = replace(judged, diagnosis=diagnosis, begins_ns=begins_ns, ends_ns=ends_ns)
    if judged.is_law_mixup:
        return judged
    healthy, fault = _plain_fault(own, diagnosis.snr_db_min)
    return replace(judged, healthy=healthy and not diagnosis.mistakes, fault=fault, actual=figures(own))


def _not_before(said_ns: int | None, judged: Judged) -> Judged:
    """The same, moved to where it was said if it seems to come from before."""
    if said_ns is None or judged.begins_ns is None or judged.ends_ns is None:
        return judged
    by_ns = max(0, said_ns - judged.begins_ns)
    return replace(judged, begins_ns=judged.begins_ns + by_ns, ends_ns=judged.ends_ns + by_ns)


def warm_up() -> None:
    """Load what judging needs, so that the first judgement of a run does not make the media late."""
    noise = (np.sin(np.arange(8000) ** 1.5) * 3000).astype(np.int16)
    diagnose_echo(noise, noise[::-1].copy(), sent=parse_codec("PCMA"), returned=parse_codec("PCMU"))


def _plain_fault(fidelity: Fidelity, least_db: float) -> tuple[bool, Fault | None]:
    """Whether a sound in the right law is healthy, and if not, what it suffers from most."""
    if fidelity.gaps:
        return False, Fault.GAPS_INSERTED
    if abs(fidelity.gain_db) > GAIN_DB_MAX:
        return False, Fault.GAIN_HIGH if fidelity.gain_db > 0 else Fault.GAIN_LOW
    whole = fidelity.dropped_s == 0 and fidelity.muted_s < THRESHOLDS["muted_s_max"]
    return fidelity.snr_db >= least_db and whole, None


def figures(fidelity: Fidelity) -> str:
    """What was measured, in one line."""
    words = [snr_told(fidelity.snr_db), f"gain {fidelity.gain_db:+.1f} dB"]
    if fidelity.gaps:
        total_ms = sum(gap.duration_s for gap in fidelity.gaps) * 1000
        plural = "" if len(fidelity.gaps) == 1 else "s"
        words.append(f"{len(fidelity.gaps)} gap{plural} of {total_ms:.0f} ms in all")
    if fidelity.dropped_s:
        words.append(f"{fidelity.dropped_s * 1000:.0f} ms missing")
    if fidelity.muted_s:
        words.append(f"{fidelity.muted_s * 1000:.0f} ms muted")
    return ", ".join(words)
