"""Which known mistake an application made with a codec, when what came back is not what went out.

Theory of operation. A mistake is a function of bytes, so it can be repeated. *Forwards*: the reference is sent through
the mistake and compared with what was heard. That is exact while the application touches nothing else. *Backwards*:
what was heard is taken apart the other way and compared with the reference. That is needed where the samples that the
application had are not known to the bit (it resampled, or changed the level, before it made the mistake). Each mistake
scores the better of the two.

A law mix-up keeps every sign and so still correlates at 0.7 to 0.95 with the clip; SNR in dB tells it apart: below 4 dB
as declared, above 20 dB under the right hypothesis.

An echo cannot always tell *heard wrongly* from *spoke wrongly*. From PCMA to PCMU the two mistakes give the same bytes
but for one code. So all mistakes that explain what was heard about equally well are reported.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from . import g711
from .activity import is_silent, talkspurts
from .codecs import Codec, carried
from .fidelity import THRESHOLDS, Fidelity, better_of, by_sounds, by_words, snr_db_min
from .signals import resample
from .telephone_band import RATE_HZ, Signal, prepare

__all__ = ["Diagnosis", "Mistake", "diagnose_echo", "diagnose_reply", "diagnose_tap", "is_silent", "talkspurts"]

Pcm = NDArray[np.int16]

MIXUP_SNR_DB_MAX: Final = 10.0
"""A clip in the wrong law scores below 4 dB (study 3.2); what scores more than this was decoded rightly."""
REPAIR_SNR_DB_MIN: Final = 12.0
"""What a hypothesis must reach. Right ones reach 20 to 60 dB; 15 dB when the application resampled in between."""
REPAIR_GAIN_DB_MIN: Final = 6.0
"""And by how much it must beat the clip as declared."""
EQUAL_WITHIN_DB: Final = 6.0
"""Hypotheses this close explain what was heard about equally well."""
CERTAIN_SNR_DB: Final = 40.0
"""Differences above this are rounding and prove nothing."""
CLIPPING_GAIN_DB: Final = 1.0
CLIPPED_FRAMES_MIN: Final = 0.005
"""Louder than it was and at full scale in some frames: then it is the level that cost the SNR."""
STILL_RUN: Final = 16
"""2 ms of zeros in a row are silence of the playout; a single zero is a codeword."""


class Mistake(StrEnum):
    """What an application may have done with a codec."""

    NONE = "none"
    DECODED_AS_OTHER_LAW = "decoded_as_other_law"
    REPLIED_IN_SENT_CODEC = "replied_in_sent_codec"
    ENCODED_IN_OTHER_LAW = "encoded_in_other_law"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What became of one clip."""

    found: bool
    """The clip was heard, as declared or under a mistake that explains it."""
    complete: bool
    """It was heard from its first sound to its last."""
    as_declared: Fidelity | None
    """With the returned codec decoded as agreed."""
    mistakes: tuple[Mistake, ...]
    """Empty: healthy, too loud, or not found. Several: they explain it about equally well, the best first. UNKNOWN: it
    is damaged, and no codec mistake explains how."""
    repaired: Fidelity | None
    """Under the first of the mistakes."""
    evidence: str
    snr_db_min: float = THRESHOLDS["snr_db_min"]
    """What a healthy clip reaches through the codecs that this one went through."""


@dataclass(frozen=True, slots=True)
class _Hypothesis:
    mistake: Mistake
    forward: Callable[[Pcm], Pcm]
    """The clip as it would sound after the mistake, at 8000 Hz."""
    backward: Callable[[Pcm], Pcm] | None
    """What was heard with the mistake taken back, at 8000 Hz; None where bytes cannot be taken back."""


def diagnose_echo(reference: Pcm, heard: Pcm, *, sent: Codec, returned: Codec, from_s: float = 0.0) -> Diagnosis:
    """What became of a clip that the application was sent in `sent` and gave back in `returned`.

    Both signals are at 8000 Hz; `heard` is what reached the person's ear, decoded by `returned`. The first occurrence
    that begins at or after `from_s` counts.
    """
    hypotheses = [*_misread(sent, returned), *_misspoken(sent, returned)]
    least_db = snr_db_min(sent.name, returned.name)
    return _diagnose(_as_sent(reference, sent), reference, heard, hypotheses, from_s, least_db)


def diagnose_reply(reference: Pcm, heard: Pcm, *, sent: Codec, returned: Codec, from_s: float = 0.0) -> Diagnosis:
    """What became of a clip that the application plays of itself. Only mistakes of its encoder are possible.

    `reference` is the file it plays, at 8000 Hz; its own resampling may have made it slightly different.
    """
    hypotheses = list(_misspoken(sent, returned))
    return _diagnose(reference, reference, heard, hypotheses, from_s, snr_db_min(returned.name))


def diagnose_tap(reference: Pcm, decoded: Pcm, *, sent: Codec, from_s: float = 0.0) -> Diagnosis:
    """What became of a clip that the application was sent in `sent` and decoded. Only its decoder can be mistaken."""
    hypotheses = list(_misread(sent, Codec("L16", RATE_HZ, "little")))
    return _diagnose(_as_sent(reference, sent), reference, decoded, hypotheses, from_s, snr_db_min(sent.name))


def _diagnose(
    source: Pcm, reference: Pcm, heard: Pcm, hypotheses: list[_Hypothesis], from_s: float, least_db: float
) -> Diagnosis:
    """`source` is what the application had to work on, `reference` what was said; `least_db` is healthy."""
    ear, clip = prepare(heard), prepare(reference)
    declared = by_words(clip, ear, from_s)
    if _is_healthy(declared, least_db) and _is_complete(declared):
        return _recognized(declared, least_db)
    if _is_decoded(declared):
        return _recognized(better_of(declared, by_sounds(clip, ear, from_s)), least_db)
    comparisons = [_comparison(hypothesis, source, clip, ear) for hypothesis in hypotheses]
    explained = _explained(declared, comparisons, by_words, from_s)
    if explained:
        return explained
    # Choppy audio takes the longer search, as declared and under each hypothesis.
    declared = better_of(declared, by_sounds(clip, ear, from_s))
    if _is_decoded(declared):
        return _recognized(declared, least_db)
    return _explained(declared, comparisons, by_sounds, from_s) or _recognized(declared, least_db)


_Comparison = tuple[Mistake, list[tuple[Signal, Signal]]]
_Look = Callable[[Signal, Signal, float], Fidelity | None]


def _comparison(hypothesis: _Hypothesis, source: Pcm, clip: Signal, ear: Signal) -> _Comparison:
    """The pairs of signals that agree if the hypothesis holds: forwards, then backwards."""
    pairs = [(prepare(hypothesis.forward(source)), ear)]
    if hypothesis.backward:
        pairs.append((clip, prepare(hypothesis.backward(ear.pcm))))
    return hypothesis.mistake, pairs


def _under(pairs: list[tuple[Signal, Signal]], look: _Look, from_s: float) -> Fidelity | None:
    """The better of both ways; the second is spared when the first already explains everything."""
    best: Fidelity | None = None
    for clip, ear in pairs:
        found = look(clip, ear, from_s)
        if best is None or (found and found.snr_db > best.snr_db):
            best = found
        if _is_healthy(best):
            break
    return best


def _explained(
    declared: Fidelity | None, comparisons: list[_Comparison], look: _Look, from_s: float
) -> Diagnosis | None:
    """The mistakes that restore the clip; None when none does."""
    needed = REPAIR_SNR_DB_MIN if declared is None else max(REPAIR_SNR_DB_MIN, declared.snr_db + REPAIR_GAIN_DB_MIN)
    looked = [(mistake, _under(pairs, look, from_s)) for mistake, pairs in comparisons]
    tried = [(mistake, fidelity) for mistake, fidelity in looked if fidelity and fidelity.snr_db >= needed]
    tried.sort(key=lambda one: -one[1].snr_db)
    if not tried:
        return None
    repaired = tried[0][1]
    best_db = min(repaired.snr_db, CERTAIN_SNR_DB)
    mistakes = tuple(mistake for mistake, fidelity in tried if fidelity.snr_db >= best_db - EQUAL_WITHIN_DB)
    return Diagnosis(
        found=True,
        complete=_is_complete(repaired),
        as_declared=declared,
        mistakes=mistakes,
        repaired=repaired,
        evidence=f"{_score(declared)} as declared -> {_score(repaired)} if the application "
        + " or ".join(_SENTENCES[mistake] for mistake in mistakes),
    )


_SENTENCES: Final = {
    Mistake.DECODED_AS_OTHER_LAW: "decoded what it heard by the other law",
    Mistake.REPLIED_IN_SENT_CODEC: "replied in the codec it was sent instead of the one it announced",
    Mistake.ENCODED_IN_OTHER_LAW: "encoded its reply by the other law",
}


def _score(fidelity: Fidelity | None) -> str:
    if fidelity is None:
        return "not recognizable"
    exact = fidelity.snr_db >= CERTAIN_SNR_DB
    return f"SNR over {CERTAIN_SNR_DB:g} dB" if exact else f"SNR {fidelity.snr_db:.1f} dB"


def _is_complete(fidelity: Fidelity | None) -> bool:
    return fidelity is not None and fidelity.coverage >= THRESHOLDS["coverage_min"]


def _is_healthy(fidelity: Fidelity | None, least_db: float = THRESHOLDS["snr_db_min"]) -> bool:
    return fidelity is not None and fidelity.snr_db >= least_db


def _is_decoded(fidelity: Fidelity | None) -> bool:
    """Too good for a clip in the wrong law."""
    return fidelity is not None and fidelity.snr_db >= MIXUP_SNR_DB_MAX


def _recognized(declared: Fidelity | None, least_db: float) -> Diagnosis:
    """The clip as declared: healthy, too loud, damaged in a way that is no mistake of codecs, or absent."""
    if declared is None:
        return Diagnosis(False, False, None, (), None, "the clip was not heard, as declared or under any known mistake")
    evidence = f"{_score(declared)}, gain {declared.gain_db:+.1f} dB as declared"
    mistakes: tuple[Mistake, ...] = ()
    if not _is_healthy(declared, least_db):
        if declared.gain_db > CLIPPING_GAIN_DB and declared.clipped > CLIPPED_FRAMES_MIN:
            evidence += f"; {declared.clipped:.0%} of its frames are clipped, which is no mistake of codecs"
        else:
            evidence += "; no known codec mistake explains it"
            mistakes = (Mistake.UNKNOWN,)
    return Diagnosis(True, _is_complete(declared), declared, mistakes, None, evidence, least_db)


def _as_sent(reference: Pcm, sent: Codec) -> Pcm:
    """What a correct decoder in the application gets, at 8000 Hz."""
    late = sent.delay_samples
    at_rate = np.pad(resample(reference, RATE_HZ, sent.sample_rate_hz), (0, late))
    return resample(sent.through(at_rate)[late:], sent.sample_rate_hz, RATE_HZ)


def _misread(sent: Codec, returned: Codec) -> Iterator[_Hypothesis]:
    """Mistakes of the application's decoder."""
    law = sent.law
    if law is None:
        return

    def forward(source: Pcm) -> Pcm:
        wrong = g711.decode(law.other, g711.encode(law, source))
        return _as_sent(wrong, returned)

    def backward(heard: Pcm) -> Pcm:
        return _reread(heard, law.other, law)

    yield _Hypothesis(Mistake.DECODED_AS_OTHER_LAW, forward, backward)


def _misspoken(sent: Codec, returned: Codec) -> Iterator[_Hypothesis]:
    """Mistakes of the application's encoder."""
    if sent != returned:
        yield _spoken_in(sent, returned, Mistake.REPLIED_IN_SENT_CODEC)
    if returned.law and sent.law is not returned.law.other:  # else it is the mistake above
        yield _spoken_in(Codec(returned.law.other, RATE_HZ), returned, Mistake.ENCODED_IN_OTHER_LAW)


def _spoken_in(spoken: Codec, returned: Codec, mistake: Mistake) -> _Hypothesis:
    """The application encodes in one codec, the far end decodes by another: lengths may change, bytes do not."""

    def forward(source: Pcm) -> Pcm:
        heard = carried(resample(source, RATE_HZ, spoken.sample_rate_hz), written=spoken, read=returned)
        return resample(heard, returned.sample_rate_hz, RATE_HZ) if len(heard) else np.zeros(RATE_HZ, np.int16)

    if spoken.law is None or returned.law is None:
        return _Hypothesis(mistake, forward, None)
    was, should_be = returned.law, spoken.law
    return _Hypothesis(mistake, forward, lambda heard: _reread(heard, was, should_be))


def _reread(heard: Pcm, was: g711.Law, should_be: g711.Law) -> Pcm:
    """Samples decoded by one law, decoded by the other.

    Zeros need care. A run of them is the playout's own silence. A single one may be either of mu-law's two zeros, which
    A-law reads as +848 or -848: the neighbors decide.
    """
    reread = g711.decode(should_be, g711.encode(was, heard)).copy()
    zero = heard == 0
    reread[zero & _in_long_runs(zero)] = 0
    if was is g711.Law.ULAW:
        single = np.flatnonzero(zero & ~_in_long_runs(zero))
        known = np.where(zero, 0, reread).astype(np.int32)
        around = np.pad(known, 1)
        sign = np.where(around[single] + around[single + 2] < 0, -1, 1)
        reread[single] = np.abs(reread[single]) * sign
    return reread


def _in_long_runs(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True where a run of at least 16 true values lies."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    long = np.zeros(len(flags), bool)
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if last - first >= STILL_RUN:
            long[first:last] = True
    return long
