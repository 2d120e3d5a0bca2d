"""The codec autopsy: what was sent, what was heard, and which faults lie between.

First the format and the rate: which mistake, if any, explains the sound (`explanation`). Then, under that explanation,
the time: what the frame path says of losses, repetitions and gaps (`events`). Then the level (`level`). So a law mix-up
does not hide a lost frame, nor a lost frame a gain.
"""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np

from telnyx_simulator.audio.autopsy.bandwidth import narrowed
from telnyx_simulator.audio.autopsy.events import Event, find_events, other_sound, settled
from telnyx_simulator.audio.autopsy.explanation import Explanation, Explanations, explain
from telnyx_simulator.audio.autopsy.hypotheses import Hypothesis, Sound
from telnyx_simulator.audio.autopsy.idle import Idle, zero_bytes
from telnyx_simulator.audio.autopsy.level import Level, measure, offset_where_loud
from telnyx_simulator.audio.autopsy.pacing import in_its_own_time
from telnyx_simulator.audio.autopsy.packed import packed_bits
from telnyx_simulator.audio.autopsy.path import FRAME, SILENT, Path
from telnyx_simulator.audio.autopsy.quarters import FINE
from telnyx_simulator.audio.autopsy.repetition import repeated
from telnyx_simulator.audio.autopsy.report import Autopsy, NamedFault, Scored, Stretch, Verdict
from telnyx_simulator.audio.autopsy.spoken import only_spoken
from telnyx_simulator.audio.autopsy.surroundings import without_surroundings
from telnyx_simulator.audio.codecs import Codec
from telnyx_simulator.audio.faults import SPEEDS, Fault
from telnyx_simulator.audio.fidelity import snr_told
from telnyx_simulator.audio.signals import FULL_SCALE
from telnyx_simulator.audio.telephone_band import RATE_HZ, Samples

LEAST_S: Final = 0.12
"""Shorter pieces of sound resemble anything (`search.SEGMENT`)."""
SILENT_RMS: Final = 12.0
"""Study 3.4: -69 dBFS."""
GAIN_DB_MAX: Final = 3.0
"""Study 3.4: 1-3 dB is worth a warning, more is a fault. Two low-rate codecs in series take up to 3."""
NOISE_LOSS_DB: Final = 1.5
LOSSY_SNR_DB: Final = 10.0
"""Wrong bytes sound like noise, of which low-rate codecs lose more than of speech."""
HALVED_DB: Final = 6.0
"""What a sound loses whose right channel is silent."""
TELLING_FIT_DB: Final = 3.0
"""Where wrong bytes went through a low-rate codec, less is explained, and nothing can be said of time and level."""
STEP_MIN: Final = 1500.0
"""A zero byte is -32124 in mu-law and -5504 in A-law; silence has no steps at all."""
STEP_S: Final = 0.1
"""What removes constants lets so much of a step through at most; any voice lasts longer."""
DC_MAX: Final = 0.01
DC_MAX_IF_CLIPPED: Final = 0.05
"""Voices are lopsided: cutting one side more than the other leaves a constant."""
DC_MAX_OF_LAWS: Final = 0.018
"""Silence in one law is a sample of 2.2 or 2.6 % in the other, up or down as the last bit of noise has it; and what was
in loud samples, a low-rate codec before may have moved by 1.4 %."""
OTHER_S: Final = 0.24
"""As long as what is muted must last to be more than lost frames."""
CLIPPED_MIN: Final = 0.006
CLIPPED_GAIN_DB: Final = 10.0
CLIPPED_PLAINLY: Final = 0.015
UNCLIPPED_BETTER_DB: Final = 0.4
UNCLIPPED_PLAINLY_DB: Final = 6.0
"""Three quarters of all that differs are cut peaks, however few."""


def autopsy(
    reference: Sound,
    heard: Sound,
    *,
    sent: Codec | None = None,
    returned: Codec | None = None,
    own: Sound | None = None,
    others: tuple[Sound, ...] = (),
) -> Autopsy:
    """Name the faults that lie between a reference and what was heard of it.

    `sent` and `returned` are the codecs that carried the sound to the application and back; None where unknown.
    `own` is what the application said itself, `others` what was sent on other calls: both are sought where the
    reference is not to be found.
    """
    if (found := _not_comparable(reference, heard)) is not None:
        return found
    idle = zero_bytes(heard)
    heard = idle.rest if idle else heard
    if idle and _is_silent(heard):
        return _faulty(_zero_bytes(idle))
    explanations = explain(reference, heard, sent=sent, returned=returned)
    if not explanations.found:
        if (bits := packed_bits(heard, sent, returned)) is not None:
            evidence = (
                f"{bits:.2f} bits of information in each byte, as compressed sound has; the leg's codec is {sent}"
            )
            return _faulty(NamedFault(fault=Fault.REPLIED_IN_LEG_CODEC, evidence=evidence), explanations)
        return _something_else(reference, heard, explanations, own, others)
    best = explanations.best
    assert best.path
    best = replace(best, path=without_surroundings(best.path, best.reference))
    assert best.path
    events = _events(best, reference)
    if idle and _is_plain(best.hypothesis.fault):  # wrong bytes turn any silence into them
        events = [one for one in events if not idle.covers(one.at_s - 0.02, one.at_s + one.duration_s + 0.02)]
    level = measure(best.reference, best.heard, best.path)
    if best.hypothesis.fault in LAWS:
        level = replace(level, dc=min(level.dc, offset_where_loud(best.reference, best.heard, best.path), key=abs))
    # Wrong bytes turn silence into zero bytes, too.
    faults = [_zero_bytes(idle)] if idle and _is_plain(best.hypothesis.fault) else []
    faults += _format_faults(explanations, sent, returned)
    if _is_plain(best.hypothesis.fault) or best.fit_db >= TELLING_FIT_DB:
        faults += [*_timing_faults(events), *_level_faults(level, best.hypothesis)]
    faults = faults or _something_between(best.path) or narrowed(reference, heard, best.path, sent, returned)
    gain_db = round(level.gain_db, 1) + 0.0  # no -0.0
    figures = f"{snr_told(level.snr_db)}, gain {gain_db:+.1f} dB, segment correlation {best.score:.2f}"
    return Autopsy(
        verdict=Verdict.FAULTY if faults else Verdict.HEALTHY,
        faults=tuple(faults),
        evidence="; ".join(one.evidence for one in faults) or figures,
        latency_s=_latency_s(best.path),
        gain_db=level.gain_db,
        snr_db=level.snr_db,
        correlation=best.score,
        timeline=tuple(events),
        path=_stretches(best.path),
        hypotheses=_table(explanations),
    )


def _not_comparable(reference: Sound, heard: Sound) -> Autopsy | None:
    """What can be said without a comparison, where there is nothing or too little to compare."""
    if _is_silent(reference):
        return Autopsy(
            verdict=Verdict.INCONCLUSIVE, evidence="the reference is silent: nothing can be compared with it"
        )
    if not heard.samples.any():
        return _nothing_heard(heard)
    if min(reference.duration_s, heard.duration_s) < LEAST_S:
        what, shorter = min(("the reference", reference), ("what was heard", heard), key=lambda one: one[1].duration_s)
        evidence = f"{what} lasts {1000 * shorter.duration_s:.0f} ms; what is shorter than 120 ms cannot be compared"
        return Autopsy(verdict=Verdict.INCONCLUSIVE, evidence=evidence)
    if _is_silent(heard):
        return _nothing_heard(heard)
    return None


def _events(best: Explanation, reference: Sound) -> list[Event]:
    """What happened to the frames, in the time of what was heard."""
    slow, factor = in_its_own_time(best, reference.duration_s)
    assert slow.path
    forwards = best.hypothesis.backward is None
    length = len(slow.reference) / (reference.duration_s * RATE_HZ) if forwards else 1.0
    path, became = slow.path, slow.reference
    if forwards and not _is_plain(best.hypothesis.fault):
        path, became = only_spoken(path, became, reference.signal())
    found = find_events(path, became, pace=max(length, factor))
    if _is_plain(best.hypothesis.fault):
        more = repeated(path, became, slow.heard, pace=max(length, factor))
        found = sorted([*found, *more], key=lambda event: event.at_s)
    return [replace(event, at_s=event.at_s / factor, duration_s=event.duration_s / factor) for event in found]


def _is_silent(sound: Sound) -> bool:
    power = _power(sound)
    return bool(np.percentile(power, 98) < SILENT_RMS**2) if len(power) else True


def _power(sound: Sound) -> Samples:
    """In 300-3400 Hz, of each 10 ms; of each sample where there is not so much."""
    band = sound.signal().band
    whole = len(band) // 80 * 80
    return (band[:whole].reshape(-1, 80) ** 2).mean(axis=1) if whole else band**2


def _nothing_heard(heard: Sound) -> Autopsy:
    """Silence, or a constant. A codec that removes constants lets the steps through at which it began and ended."""
    constant = float(np.median(heard.samples)) if len(heard.samples) else 0.0
    peak = float(np.abs(heard.samples.astype(np.float64)).max(initial=0.0))
    loud_s, longest_s = _loud_s(heard)
    if abs(constant) > STEP_MIN:
        what = f"a constant of {constant / FULL_SCALE:+.0%}"
    elif peak > STEP_MIN and longest_s <= STEP_S:
        what = f"a step of {peak / FULL_SCALE:.0%}"
    else:
        but = f"but for {1000 * loud_s:.0f} ms " if loud_s else ""
        return _faulty(NamedFault(fault=Fault.SILENCE, evidence=f"{but}nothing above -69 dBFS was heard"))
    return _faulty(NamedFault(fault=Fault.ZERO_BYTES_AS_PCMU, evidence=f"no sound, but {what} of full scale"))


def _loud_s(sound: Sound) -> tuple[float, float]:
    """How much of it is no silence: in all, and at one time."""
    loud = np.concatenate([[0], (_power(sound) >= SILENT_RMS**2).astype(np.int8), [0]])
    edges = np.flatnonzero(np.diff(loud))
    lengths = edges[1::2] - edges[::2]
    return 0.01 * float(lengths.sum()), 0.01 * float(lengths.max(initial=0))


def _zero_bytes(idle: Idle) -> NamedFault:
    evidence = f"{1000 * idle.duration_s:.0f} ms of a constant of {idle.level:+.0%} of full scale, which is a zero byte"
    return NamedFault(
        fault=Fault.ZERO_BYTES_AS_PCMU, evidence=evidence, at_s=float(np.argmax(idle.filled)) / idle.rest.rate_hz
    )


def _faulty(fault: NamedFault, explanations: Explanations | None = None) -> Autopsy:
    table = _table(explanations) if explanations else ()
    return Autopsy(verdict=Verdict.FAULTY, faults=(fault,), evidence=fault.evidence, hypotheses=table)


def _something_else(
    reference: Sound, heard: Sound, explanations: Explanations, own: Sound | None, others: tuple[Sound, ...]
) -> Autopsy:
    """The reference was not heard: what else was it?"""
    for fault, sounds in ((Fault.OWN_VOICE, (own,) if own else ()), (Fault.OTHER_CALLS_AUDIO, others)):
        for sound in sounds:
            if not _is_silent(sound):
                instead = explain(sound, heard)
                if instead.found:
                    evidence = (
                        f"the reference explains {explanations.best.fit_db:.1f} dB of what was heard, "
                        f"{fault.sentence} {instead.best.fit_db:.1f} dB"
                    )
                    return _faulty(NamedFault(fault=fault, evidence=evidence), explanations)
    said, came = _level_db(reference), _level_db(heard)
    if came < min(said - 25, -50):
        if np.abs(heard.samples.astype(np.float64)).max() > STEP_MIN:
            return _nothing_heard(heard)
        evidence = f"nothing but noise at {came:.0f} dBFS was heard of a reference at {said:.0f} dBFS"
        return _faulty(NamedFault(fault=Fault.SILENCE, evidence=evidence), explanations)
    best = max(explanations.tried, key=lambda one: one.score)
    evidence = f"segment correlation at most {best.score:.2f}, under any hypothesis"
    return _faulty(NamedFault(fault=Fault.UNRELATED_AUDIO, evidence=evidence), explanations)


def _something_between(path: Path) -> list[NamedFault]:
    """What is right where it is the reference, and for a while is something else."""
    seconds, first_s = other_sound(path)
    if seconds < OTHER_S:
        return []
    evidence = f"{1000 * seconds:.0f} ms of other sound in the place of the reference, first at {first_s:.2f} s"
    return [NamedFault(fault=Fault.UNRELATED_AUDIO, evidence=evidence, at_s=first_s)]


def _level_db(sound: Sound) -> float:
    """dBFS of the loud frames in 300-3400 Hz."""
    return 10 * float(np.log10(max(np.percentile(_power(sound), 90), 1e-3) / FULL_SCALE**2))


def _format_faults(explanations: Explanations, sent: Codec | None, returned: Codec | None) -> list[NamedFault]:
    """The mistake that explains what was heard; two, where nothing tells them apart."""
    best, declared = explanations.best, explanations.declared
    found: list[NamedFault] = []
    for one in (best, *explanations.tied):
        if one.hypothesis.fault is None or one.path is None:
            continue
        fault, candidates = _whose(one.hypothesis.fault, sent, returned)
        what = " ".join((one.hypothesis.fault.sentence, one.hypothesis.detail)).strip()
        evidence = (
            f"{declared.fit_db:.1f} dB of what was heard are explained as declared, {one.fit_db:.1f} dB by {what} "
            f"(segment correlation {declared.score:.2f} -> {one.score:.2f})"
        )
        if candidates:
            evidence += "; it may be " + " or ".join(candidates)
        found.append(
            NamedFault(
                fault=fault,
                evidence=evidence,
                before=declared.fit_db,
                after=one.fit_db,
                unit="dB",
                at_s=float(np.argmax(one.path.active)) * FRAME / RATE_HZ,
                candidates=candidates,
            )
        )
    return found


def _whose(fault: Fault, sent: Codec | None, returned: Codec | None) -> tuple[Fault, tuple[Fault, ...]]:
    """A law mix-up by its direction, if the codecs settle it.

    From PCMA to PCMU, an application that decodes the one as the other and one that replies in the other give the same
    samples. Where only one of the two can be, that is it.
    """
    laws = _LAWS_OF.get(fault)
    if laws is None or sent is None or returned is None:
        return fault, ()
    written, read = laws
    if sent.name == written and returned.name == read:
        return Fault.LAW_MIXUP_UNDETERMINED, (fault, Fault.REPLIED_IN_LEG_CODEC)
    return fault, ()


LAWS: Final = frozenset({Fault.PCMA_DECODED_AS_PCMU, Fault.PCMU_DECODED_AS_PCMA})
_LAWS_OF: Final = {Fault.PCMA_DECODED_AS_PCMU: ("PCMA", "PCMU"), Fault.PCMU_DECODED_AS_PCMA: ("PCMU", "PCMA")}


def _timing_faults(events: list[Event]) -> list[NamedFault]:
    """Of each kind that is more than a misreading of another."""
    named = settled(events)
    counts = Counter(event.fault for event in named)
    found = []
    for fault, count in counts.most_common():
        mine = [event for event in named if event.fault is fault]
        whole_ms = 1000 * sum(event.duration_s for event in mine)
        times = "once" if count == 1 else f"{count} times"
        evidence = f"{fault.sentence}: {times}, {whole_ms:.0f} ms in all, first at {mine[0].at_s:.2f} s"
        found.append(
            NamedFault(
                fault=fault,
                evidence=evidence,
                before=0.0,
                after=whole_ms,
                unit="ms",
                at_s=mine[0].at_s,
                count=count,
            )
        )
    return found


def _is_plain(format_fault: Fault | None) -> bool:
    """Whether the samples are the right ones, if not at the right time."""
    return format_fault is None or format_fault in SPEEDS or format_fault is Fault.STEREO_AS_MONO


def _level_faults(level: Level, hypothesis: Hypothesis) -> list[NamedFault]:
    """What is wrong with the level beyond what the mistake of format explains.

    Bytes taken for what they are not are at full scale already, and turn silence into anything: of such a sound one can
    say that it is too quiet, and no more.
    """
    found = []
    format_fault = hypothesis.fault
    is_plain = _is_plain(format_fault)
    better_db = level.unclipped_snr_db - level.snr_db
    plainly = level.clipped >= (CLIPPED_MIN if level.gain_db > CLIPPED_GAIN_DB else CLIPPED_PLAINLY)
    plainly |= better_db >= UNCLIPPED_PLAINLY_DB
    if is_plain and plainly and better_db >= UNCLIPPED_BETTER_DB:
        evidence = (
            f"{snr_told(level.snr_db)} as it is, {snr_told(level.unclipped_snr_db)} against the reference with "
            f"{level.clipped:.1%} of its samples cut; gain {level.gain_db:+.1f} dB"
        )
        found.append(
            NamedFault(
                fault=Fault.CLIPPED, evidence=evidence, before=level.snr_db, after=level.unclipped_snr_db, unit="dB"
            )
        )
    gain_db = max(level.gain_db, hypothesis.gain_db, key=abs)
    loud = gain_db > GAIN_DB_MAX and (is_plain or gain_db == hypothesis.gain_db)
    excused_db = HALVED_DB if format_fault is Fault.STEREO_AS_MONO else 0.0
    excused_db += NOISE_LOSS_DB if not is_plain and level.snr_db < LOSSY_SNR_DB else 0.0
    quiet = gain_db < -GAIN_DB_MAX - excused_db
    if (loud or quiet) and (not found or format_fault):  # clipping by itself tells of a gain
        fault = Fault.GAIN_HIGH if gain_db > 0 else Fault.GAIN_LOW
        evidence = f"gain {gain_db:+.1f} dB"
        found.append(NamedFault(fault=fault, evidence=evidence, before=0.0, after=gain_db, unit="dB"))
    clipped = any(one.fault is Fault.CLIPPED for one in found)
    most = DC_MAX_OF_LAWS if format_fault in LAWS else DC_MAX_IF_CLIPPED if clipped else DC_MAX
    constant = hypothesis.constant if abs(hypothesis.constant) > DC_MAX else level.dc if abs(level.dc) > most else 0.0
    if constant and (is_plain or format_fault in LAWS):
        evidence = f"a constant of {constant:+.1%} of full scale was added"
        found.append(NamedFault(fault=Fault.DC_OFFSET, evidence=evidence, before=0.0, after=100 * constant, unit="%"))
    return found


def _latency_s(path: Path) -> float:
    first = int(np.argmax(path.active & (path.states != SILENT)))
    return float(path.at[first]) / (FINE * RATE_HZ)


def _stretches(path: Path) -> tuple[Stretch, ...]:
    """The frame path as stretches of one delay, to the millisecond."""
    at_ms = np.where(path.states == SILENT, np.iinfo(np.int32).min, np.rint(path.at / (FINE * RATE_HZ / 1000)))
    edges = [0, *(np.flatnonzero(np.diff(at_ms)) + 1).tolist(), len(at_ms)]
    return tuple(
        Stretch(
            from_s=first * 0.005,
            to_s=last * 0.005,
            delay_s=None if path.states[first] == SILENT else float(at_ms[first]) / 1000,
        )
        for first, last in pairwise(edges)
    )


def _table(explanations: Explanations) -> tuple[Scored, ...]:
    return tuple(
        Scored(
            fault=one.hypothesis.fault,
            detail=one.hypothesis.detail,
            correlation=one.score,
            explained_db=one.fit_db if one.path else None,
        )
        for one in sorted(explanations.tried, key=_rank)
    )


def _rank(one: Explanation) -> tuple[float, float]:
    return (-one.fit_db if one.path else 1000.0, -one.score)
