"""What a person heard, compared with what was said: fidelity, and the mistake that explains a loss of it.

Directions. An echo alone cannot tell *heard wrongly* from *spoke wrongly*: on a PCMA leg with PCMU return both give the
same bytes but for one code. A clip that the application is known to play (its greeting) goes through its encoder alone
and settles the matter: is the greeting clean, the decoder is wrong; is it mixed up too, the encoder is.
"""

from dataclasses import dataclass

import numpy as np

from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.audio.diagnosis import Diagnosis, Mistake, diagnose_echo, diagnose_reply, is_silent
from telnyx_simulator.audio.fidelity import THRESHOLDS, Fidelity
from telnyx_simulator.checks.findings import FAULT_TEXTS, Fault
from telnyx_simulator.checks.record import Record

_LAW_MISTAKES = frozenset({Mistake.DECODED_AS_OTHER_LAW, Mistake.REPLIED_IN_SENT_CODEC, Mistake.ENCODED_IN_OTHER_LAW})
GAIN_DB_MAX = THRESHOLDS["gain_db_max"]
SNR_DB_MIN = THRESHOLDS["snr_db_min"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One clip in one ear. Moments are nanoseconds since the run began; `fault` is None for a healthy sound and for
    one that no known fault explains (`healthy` tells them apart)."""

    diagnosis: Diagnosis
    healthy: bool
    fault: Fault | None
    actual: str
    begins_ns: int | None = None
    ends_ns: int | None = None


class Ears:
    """Judges clips in ears of one record, each once: it costs a second of work."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._known: dict[tuple[str, str, bool, int], Judged | None] = {}

    def judge(self, call: str, digest: str, *, own_voice: bool, from_ns: int) -> Judged | None:
        """The first time that the clip is heard at or after `from_ns`; None if this ear has heard nothing at all.

        `own_voice`: the person said it and the application echoes it; else the application plays it.
        """
        key = (call, digest, own_voice, from_ns)
        if key not in self._known:
            self._known[key] = self._judged(call, digest, own_voice=own_voice, from_ns=from_ns)
        return self._known[key]

    def _judged(self, call: str, digest: str, *, own_voice: bool, from_ns: int) -> Judged | None:
        heard, codecs = self._record.heard(call), self._record.codecs(call, from_ns)
        if heard is None or codecs is None:
            return None
        sent, returned = codecs
        diagnose = diagnose_echo if own_voice else diagnose_reply
        from_s = max(0.0, heard.second_of(from_ns))
        diagnosis = diagnose(self._record.stimulus(digest), heard.pcm, sent=sent, returned=returned, from_s=from_s)
        if not diagnosis.found:
            rest = heard.pcm[round(from_s * 8000) :]
            if is_silent(rest):
                return Judged(diagnosis, False, Fault.SILENCE, self._silence(call))
            return Judged(diagnosis, False, None, "other sound, in which this clip is not to be found")
        best = diagnosis.repaired or diagnosis.as_declared
        assert best is not None
        begins_ns, ends_ns = heard.at_ns(best.began_s), heard.at_ns(best.ended_s)
        if _LAW_MISTAKES & set(diagnosis.mistakes):
            mixed_up = self._direction(call, diagnosis, own_voice, from_ns)
            return Judged(diagnosis, False, mixed_up, FAULT_TEXTS[mixed_up][0], begins_ns, ends_ns)
        healthy, fault = _plain_fault(best)
        return Judged(diagnosis, healthy and not diagnosis.mistakes, fault, figures(best), begins_ns, ends_ns)

    def _silence(self, call: str) -> str:
        closed = list(self._record.trace.of("stream", "closed", call=call))
        if any(entry.body["by"] == "application" for entry in closed):
            return "silence: the application had closed its stream"
        return "silence"

    def _direction(self, call: str, diagnosis: Diagnosis, own_voice: bool, from_ns: int) -> Fault:
        """Which of the two law mistakes it is, if anything settles that."""
        codecs = self._record.codecs(call, from_ns)
        assert codecs is not None
        sent, returned = codecs
        spoke_wrongly = self._spoke_wrongly(call) if own_voice else True
        if spoke_wrongly is None:
            candidates = set(diagnosis.mistakes)
            # With one codec both ways there is but one candidate: nobody replies in "the other" codec.
            spoke_wrongly = False if candidates == {Mistake.DECODED_AS_OTHER_LAW} and sent != returned else None
        if spoke_wrongly is None:
            return Fault.LAW_MIXUP_UNDETERMINED
        if spoke_wrongly:
            return Fault.REPLIED_IN_LEG_CODEC if sent != returned else Fault.LAW_MIXUP_UNDETERMINED
        return Fault.PCMA_DECODED_AS_PCMU if sent.name == "PCMA" else Fault.PCMU_DECODED_AS_PCMA

    def _spoke_wrongly(self, call: str) -> bool | None:
        """Whether a clip that the application plays by itself is mixed up; None if none was heard."""
        for digest in self._record.application_clips().values():
            judged = self.judge(call, digest, own_voice=False, from_ns=0)
            if judged is not None and judged.diagnosis.found:
                return bool(_LAW_MISTAKES & set(judged.diagnosis.mistakes))
        return None


def warm_up() -> None:
    """Load what judging needs, so that the first judgement of a run does not make the media late."""
    noise = (np.sin(np.arange(8000) ** 1.5) * 3000).astype(np.int16)
    diagnose_echo(noise, noise[::-1].copy(), sent=parse_codec("PCMA"), returned=parse_codec("PCMU"))


def _plain_fault(fidelity: Fidelity) -> tuple[bool, Fault | None]:
    """Whether a sound in the right law is healthy, and if not, what it suffers from most."""
    if fidelity.gaps:
        return False, Fault.GAPS_INSERTED
    if abs(fidelity.gain_db) > GAIN_DB_MAX:
        return False, Fault.GAIN_HIGH if fidelity.gain_db > 0 else Fault.GAIN_LOW
    whole = fidelity.dropped_s == 0 and fidelity.muted_s < THRESHOLDS["muted_s_max"]
    return fidelity.snr_db >= SNR_DB_MIN and whole, None


def figures(fidelity: Fidelity) -> str:
    """What was measured, in one line."""
    words = [f"SNR {fidelity.snr_db:.1f} dB", f"gain {fidelity.gain_db:+.1f} dB"]
    if fidelity.gaps:
        total_ms = sum(gap.duration_s for gap in fidelity.gaps) * 1000
        plural = "" if len(fidelity.gaps) == 1 else "s"
        words.append(f"{len(fidelity.gaps)} gap{plural} of {total_ms:.0f} ms in all")
    if fidelity.dropped_s:
        words.append(f"{fidelity.dropped_s * 1000:.0f} ms missing")
    if fidelity.muted_s:
        words.append(f"{fidelity.muted_s * 1000:.0f} ms muted")
    return ", ".join(words)
