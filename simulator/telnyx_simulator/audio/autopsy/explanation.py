"""Which mistake of format or rate, if any, explains what was heard.

Each hypothesis makes a pair of signals that agree if it holds (see `hypotheses`). A quick score, the correlation of a
few short segments, sorts them; the best are followed by the frame path, and what the path explains decides. The search
ends as soon as one of the more likely hypotheses explains nearly everything.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from telnyx_simulator.audio.autopsy.along import along
from telnyx_simulator.audio.autopsy.framing import framings
from telnyx_simulator.audio.autopsy.hypotheses import (
    Hypothesis,
    Pcm,
    Setting,
    Sound,
    byte_orders,
    laws,
    misread,
    replies,
    speeds,
)
from telnyx_simulator.audio.autopsy.images import image_rate_hz
from telnyx_simulator.audio.autopsy.level import exact_snr_db
from telnyx_simulator.audio.autopsy.levelled import levelled, written_in_silence
from telnyx_simulator.audio.autopsy.path import Path, find_path
from telnyx_simulator.audio.autopsy.quarters import FINE
from telnyx_simulator.audio.autopsy.restoring import backwards, frames_are_longer, headers
from telnyx_simulator.audio.autopsy.search import Segments, loud_starts
from telnyx_simulator.audio.codecs import Codec
from telnyx_simulator.audio.faults import Fault
from telnyx_simulator.audio.g711 import Law
from telnyx_simulator.audio.telephone_band import RATE_HZ, Signal

SEGMENTS: Final = 16
SCORE_PERCENTILE: Final = 60
"""Over segments: up to four in ten may lie across a lost frame."""
HEALTHY_FIT_DB: Final = 9.0
"""As declared: two low-rate codecs in series reach 8.5 dB. So may a wrong law, which keeps the signs."""
SURELY_HEALTHY_FIT_DB: Final = 14.0
"""No wrong law reaches that."""
CERTAIN_FIT_DB: Final = 15.0
FOUND_FIT_DB: Final = 3.0
FOUND_SCORE: Final = 0.65
FAINT_FIT_DB: Final = 1.0
"""Noise-like sounds that a low-rate codec rebuilt explain less, and correlate for all that as no other speech does."""
FOUND_AGREEMENT: Final = 0.4
"""What is found at one delay again and again is it, however little of it is left; other speech has none."""
GAIN_DB: Final = 6.0
"""A wrong law is 12 dB louder, wrong bits 25. Of two that explain as much, the likelier needs no gain beside it."""
FOUND_TOGETHER: Final = 0.15
MORE_TOGETHER: Final = 4.0
BETTER_BY_DB: Final = 2.0
WORSE_BY_DB: Final = 4.0
"""Along the path as declared: twice what a path of its own adds to a mistake that nobody made."""
CLOSE_SCORE: Final = 0.2
KEPT_SIGNS_SCORE: Final = 0.5
"""What correlates less as declared has other signs; a mix-up of laws keeps them."""
FOLLOWED_MAX: Final = 6
TIE_DB: Final = 1.0
TIE_OFF_RATE_DB: Final = 2.5
"""Where the comparison is made at another rate than the mistake."""
COMPANDING: Final = frozenset(
    {
        Fault.PCMA_DECODED_AS_PCMU,
        Fault.PCMU_DECODED_AS_PCMA,
        Fault.PCMU_BITS_INVERTED,
        Fault.PCMA_BITS_NOT_TOGGLED,
    }
)
_WRITTEN: Final = {Fault.PCMA_DECODED_AS_PCMU: Law.ALAW, Fault.PCMU_DECODED_AS_PCMA: Law.ULAW}
TWINS: Final = frozenset({Fault.L16_BYTES_SWAPPED, Fault.L16_ODD_BYTE_OFFSET})
AGREEING: Final = 4
"""1 ms at 4000 Hz. By chance, a segment is found anywhere in seconds of reference."""
LENGTHS: Final = (0.6, 2.5)
"""How long what the reference became may be, compared with what was heard: some of it may be lost, less inserted."""
LOUD_DB: Final = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """One hypothesis and how well it explains what was heard."""

    hypothesis: Hypothesis
    score: float
    """Correlation of short segments, 0 to 1."""
    agreement: float
    """Share of the segments that were found at a delay at which others were found, 0 to 1."""
    reference: Signal
    heard: Signal
    path: Path | None = None
    """None: not followed, others explain more."""

    @property
    def is_agreed(self) -> bool:
        """Whether so many pieces agree, and so well, that it is no chance."""
        return self.agreement >= FOUND_AGREEMENT and self.together >= FOUND_TOGETHER

    @property
    def together(self) -> float:
        """How many of the pieces agree, and how well."""
        return self.agreement * self.score

    @property
    def fit_db(self) -> float:
        return self.path.fit_db if self.path else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Explanations:
    """All that was tried."""

    best: Explanation
    declared: Explanation
    tied: tuple[Explanation, ...]
    """Others that explain what was heard as well as the best, within 1 dB."""
    tried: tuple[Explanation, ...]
    """By score, the best first."""

    @property
    def found(self) -> bool:
        """Whether the reference was heard at all."""
        best = self.best
        faintly = best.score >= FOUND_SCORE and best.fit_db >= FAINT_FIT_DB
        return best.fit_db >= FOUND_FIT_DB or faintly or best.is_agreed


def explain(
    reference: Sound, heard: Sound, *, sent: Codec | None = None, returned: Codec | None = None
) -> Explanations:
    """The best explanation; that nothing is wrong with format and rate if that explains as much."""
    clip, ear = reference.signal(), heard.signal()
    sought = Segments(ear.half, loud_starts(ear.half, SEGMENTS))
    declared = _followed(_scored(Hypothesis(None), clip, ear, sought))
    tried = [declared]
    setting = Setting(reference, heard, sent, returned)
    if declared.fit_db < SURELY_HEALTHY_FIT_DB or frames_are_longer(setting):
        # By what of it sounds; or altogether, for wrong bytes make a sound of silence, too: with what lies around it or
        # without, for a second of latency is as long as many a sound.
        likely_s = (_span_s(ear) / _span_s(clip) * reference.duration_s, heard.duration_s, _span_s(ear))
        tiers = (laws, replies, byte_orders, speeds, misread, backwards, framings)
        for tier in tiers if declared.fit_db < HEALTHY_FIT_DB else (laws, headers):
            for one in tier(setting):
                scored = _tried(one, clip, ear, sought, likely_s)
                tried += [_unless_worse(scored, declared, _late(setting))] if scored else []
            tried = _followed_best(tried)
            if max(one.fit_db for one in tried) >= CERTAIN_FIT_DB:
                break
        if max(one.fit_db for one in tried) < CERTAIN_FIT_DB:
            tried += _levelled(setting, declared, sought)
    best = max(tried, key=lambda one: one.fit_db)
    if best.fit_db < declared.fit_db + BETTER_BY_DB:
        best = declared
        companded = [one for one in tried if one.hypothesis.fault in COMPANDING and one.path]
        alike = [one for one in companded if one.fit_db > declared.fit_db - TIE_DB and abs(_gain_db(one)) < GAIN_DB]
        if _gain_db(declared) > GAIN_DB and alike:
            best = max(alike, key=lambda one: one.fit_db)
        agreeing = max(tried, key=lambda one: one.together)
        # Segments that share a loud moment agree, wherever that is found: of such chance less comes together.
        if agreeing.is_agreed and (
            declared.agreement < FOUND_AGREEMENT / 2 or agreeing.together > MORE_TOGETHER * declared.together
        ):
            agreeing = agreeing if agreeing.path else _followed(agreeing)
            # Gaps part what was sent into pieces of many delays, and it is explained for all that.
            best = agreeing if agreeing.fit_db > declared.fit_db - BETTER_BY_DB else best
    best = _by_its_direction(best, tried, setting)
    best = _doubled_or_slow(best, setting)
    best, tied = _told_apart(best, tried, heard)
    return Explanations(best, declared, tied, tuple(sorted(tried, key=lambda one: -one.score)))


def _levelled(setting: Setting, declared: Explanation, sought: Segments) -> list[Explanation]:
    """Mix-ups of laws, after a change of level."""
    if declared.score < KEPT_SIGNS_SCORE:
        return []
    late = _late(setting)
    if late and declared.fit_db < HEALTHY_FIT_DB:
        declared, late = _followed(replace(declared, reference=setting.source.signal())), 0
    assert declared.path
    path = replace(declared.path, at=declared.path.at - late)
    found = []
    for one, moved in levelled(setting, path, declared.heard):
        assert one.forward
        scored = _scored(one, one.forward().signal(), declared.heard, sought)
        found.append(_unless_worse(scored, declared, late + moved))
    return [one if one.path else _followed(one) for one in found]


def _late(setting: Setting) -> int:
    """By how many quarters of a sample the source lags behind the reference: codecs delay."""
    if setting.sent is None or setting.source is setting.reference:
        return 0
    return round(FINE * setting.sent.delay_samples * RATE_HZ / setting.sent.sample_rate_hz)


def _unless_worse(scored: Explanation, declared: Explanation, late: int) -> Explanation:
    """A mix-up of companding, with the path as declared where that is right and the mix-up explains less along it.

    It lags by `late` quarters of a sample behind the reference as declared. Its own path would be no way out: where the
    other one is right, that adds 2 dB by chance.
    """
    if declared.fit_db < HEALTHY_FIT_DB or declared.path is None or scored.hypothesis.fault not in COMPANDING:
        return scored
    path = along(declared.path, scored.reference, scored.heard, late=late)
    return replace(scored, path=path) if path.fit_db < declared.fit_db - WORSE_BY_DB else scored


def _gain_db(one: Explanation) -> float:
    return 20 * float(np.log10(max(abs(one.path.gain), 1e-4))) if one.path else 0.0


def _by_its_direction(best: Explanation, tried: list[Explanation], setting: Setting) -> Explanation:
    """Of two mix-ups of laws that explain about as much, the one that silence or these codecs tell of.

    Either law is mostly told from the other by a few steps of each sample, which a low-rate codec takes away.
    """
    sent, returned = setting.sent, setting.returned
    law = _WRITTEN.get(best.hypothesis.fault) if best.hypothesis.fault else None
    if law is None:
        return best
    is_possible = sent is None or returned is None or sent.law is law or returned.law is law.other
    if is_possible and written_in_silence(best.heard) is not law.other:
        return best
    others = [one for one in tried if one.path and _WRITTEN.get(one.hypothesis.fault or Fault.CLIPPED) is law.other]
    other = max(others, key=lambda one: one.fit_db, default=best)
    return other if other.fit_db > best.fit_db - BETTER_BY_DB else best


def _doubled_or_slow(best: Explanation, setting: Setting) -> Explanation:
    """In the lower half of the band two channels as one and half the speed are the same."""
    if best.hypothesis.fault not in (Fault.STEREO_AS_MONO, Fault.SPEED_X0_5) or best.path is None:
        return best
    rate_hz = image_rate_hz(setting, best.path)
    if rate_hz is None:
        return replace(best, hypothesis=replace(best.hypothesis, fault=Fault.SPEED_X0_5, detail=""))
    told = replace(best.hypothesis, fault=Fault.STEREO_AS_MONO, detail=f"at {rate_hz} Hz")
    return replace(best, hypothesis=told)


def _told_apart(
    best: Explanation, tried: list[Explanation], heard: Sound
) -> tuple[Explanation, tuple[Explanation, ...]]:
    """Swapped bytes and an odd offset share the upper byte: only the exact SNR can tell them apart, if anything can."""
    if best.hypothesis.fault not in TWINS:
        return best, ()
    least_db = min(best.fit_db, CERTAIN_FIT_DB) / 2  # the path's delays are not exact enough to tell more
    near = [one for one in tried if one.hypothesis.fault in TWINS and one.path and one.fit_db >= least_db]
    native = [_native_snr_db(one, heard) for one in near]
    exact = None not in native
    rated = [(snr_db or 0.0) if exact else _snr_db(one) for snr_db, one in zip(native, near, strict=True)]
    first = near[int(np.argmax(rated))]
    least = max(rated) - (TIE_DB if exact else TIE_OFF_RATE_DB)
    tied = [one for one, snr_db in zip(near, rated, strict=True) if snr_db >= least]
    return first, tuple(one for one in tied if one.hypothesis.fault is not first.hypothesis.fault)[:1]


def _native_snr_db(one: Explanation, heard: Sound) -> float | None:
    """The SNR sample by sample; None where rates differ or the delay changes.

    One byte off, a sample takes the lower byte of a neighbor, which in speech is nearly its own: -80 dB. What is
    interpolated between samples is not as exact as that.
    """
    sound = one.hypothesis.forward() if one.hypothesis.forward else None
    if sound is None or one.path is None or sound.rate_hz != heard.rate_hz or np.ptp(one.path.at) > FINE:
        return None
    middle = round(float(np.median(one.path.at)) / FINE * heard.rate_hz / RATE_HZ)
    return max(_snr_at(sound.samples, heard.samples, lag) for lag in range(middle - 3, middle + 4))


def _snr_at(said: Pcm, heard: Pcm, lag: int) -> float:
    first, last = max(lag, 0), min(lag + len(said), len(heard))
    if last - first < len(said) // 2:
        return -99.0
    expected = said[first - lag : last - lag].astype(np.float64)
    came = heard[first:last].astype(np.float64)
    gain = float((expected * came).sum()) / max(float((expected**2).sum()), 1.0)
    noise = float(((came - gain * expected) ** 2).sum())
    return 10 * float(np.log10(max(float((came**2).sum()), 1.0) / max(noise, 1e-3)))


def _snr_db(one: Explanation) -> float:
    return exact_snr_db(one.reference, one.heard, one.path) if one.path else 0.0


def _span_s(signal: Signal) -> float:
    """From the first to the last loud sound."""
    power = (signal.band[: len(signal) // 80 * 80].reshape(-1, 80) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > np.percentile(power, 95) * 10 ** (-LOUD_DB / 10)) if len(power) else power
    return float(loud[-1] - loud[0] + 1) * 0.01 if len(loud) else 0.01


def _tried(
    hypothesis: Hypothesis, clip: Signal, ear: Signal, sought: Segments, likely_s: tuple[float, ...]
) -> Explanation | None:
    """None where the length speaks against it: what was heard suggests one of `likely_s`."""
    if hypothesis.forward:
        try:
            sound = hypothesis.forward()
        except (ValueError, RuntimeError):
            return None  # a decoder that refuses the bytes of another codec
        if not any(LENGTHS[0] < sound.duration_s / one < LENGTHS[1] for one in likely_s):
            return None
        return _scored(hypothesis, sound.signal(), ear, sought)
    assert hypothesis.backward
    restored = hypothesis.backward().signal()
    return _scored(hypothesis, clip, restored, Segments(restored.half, loud_starts(restored.half, SEGMENTS)))


def _scored(hypothesis: Hypothesis, clip: Signal, ear: Signal, sought: Segments) -> Explanation:
    ncc, place = sought.places(clip.half)
    strength = np.abs(ncc)
    rows = np.arange(len(strength))
    block = strength.argmax(axis=1)
    best = strength[rows, block]
    delays = sought.starts - place[rows, block]
    beside = (np.abs(np.subtract.outer(delays, delays)) <= AGREEING).sum(axis=1)
    agreement = float((beside >= max(3, len(delays) / 5)).mean())
    return Explanation(hypothesis, float(np.percentile(best, SCORE_PERCENTILE)), agreement, clip, ear)


def _followed(explanation: Explanation) -> Explanation:
    path = find_path(explanation.reference, explanation.heard, floor_rms=explanation.hypothesis.floor_rms)
    return replace(explanation, path=path)


def _followed_best(tried: list[Explanation]) -> list[Explanation]:
    """The best by score that are not followed yet, followed."""
    ranked = sorted(range(len(tried)), key=lambda at: -tried[at].score)
    top = tried[ranked[0]].score
    followed = list(tried)
    for at in ranked[:FOLLOWED_MAX]:
        if tried[at].score < top - CLOSE_SCORE:
            break
        followed[at] = followed[at] if followed[at].path else _followed(tried[at])
        if followed[at].fit_db >= CERTAIN_FIT_DB:
            break
    torn = {one.hypothesis.detail for one in followed if one.path and one.hypothesis.fault in TWINS}
    return [
        _followed(one) if not one.path and one.hypothesis.fault in TWINS and one.hypothesis.detail in torn else one
        for one in followed
    ]
