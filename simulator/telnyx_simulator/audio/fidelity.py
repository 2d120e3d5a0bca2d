"""How well a clip was heard: SNR, gain, gaps, dropped and muted audio, on frames matched by a path.

One alignment of a whole call would be useless: a single gap of 1 ms takes a perfect call from 37 dB to -4 dB. So every
figure here is taken over frames that `alignment` has matched one by one. A gap costs one entry in `gaps`, not the SNR.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .alignment import FRAME, Aligner, Alignment
from .occurrences import BY_SOUNDS, BY_WORDS, Chain, Search, find_chains
from .telephone_band import RATE_HZ, Samples, Signal, prepare

# Beyond, it is rounding.
SNR_DB_TOLD_MAX: Final = 60.0

THRESHOLDS: Final[dict[str, float]] = {
    # Study 3.4: SI-SDR on path-aligned frames; G.711, G.722 and L16 stay above, law mix-ups score below 4 dB.
    "snr_db_min": 25.0,
    # Study 3.4: 1-3 dB is worth a warning, more is a fault. MP3 by LAME is 0.5 dB down and healthy.
    "gain_db_max": 3.0,
    # Study 3.4: rms below 12 is silence.
    "silence_dbfs": -69.0,
    # Study 3.4: segment NCC of a healthy path; G.711, G.722 and L16 reach .99.
    "ncc_min": 0.93,
    # Study 3.4: with all hypotheses below .55, what was heard is something else.
    "ncc_found_min": 0.55,
    # Study 3.6: changes of lag below 5 ms are followed but are no events (jitter buffers and resamplers make them).
    "gap_s_min": 0.005,
    # Below half a second one cannot tell a clip from a similar syllable (3.2, "other speech" reaches .31 in long runs).
    "heard_s_min": 0.4,
    # A clip is complete when all but its faintest edges were heard.
    "coverage_min": 0.97,
    # Study 3.4: silence where the reference talks, before it is a warning.
    "muted_s_max": 0.06,
}

SNR_DB_MIN_OF: Final = {"OPUS": 8.0, "AMR-WB": 8.0, "MP3": 20.0}
"""Study 3.4: these codecs do not keep the waveform as the others do, and are healthy all the same."""

ACTIVE_MARGIN_DB: Final = 25.0
"""Frames this far below the loud ones (95th percentile) are pauses; they hold no speech to measure."""
GUARD: Final = 80
"""10 ms to either side of a seam, in which the band filter still rings."""
MUTED_PEAK: Final = 24
"""Samples within this are silence: mu-law's zero, A-law's +-8, and one step of noise on either."""
MUTED_RUN: Final = 40
"""5 ms of it in a row are no zero crossing."""
CLIPPED: Final = 31_000
"""Near the largest values of either law (32 124, 32 256) a sample says nothing about gain."""
CHOPPED_SNR_DB_MIN: Final = 15.0
"""What a search by short pieces must reach; unrelated speech, cut up as freely, stays far below."""
INTACT_FRAMES: Final = 10
INTACT_NCC_MIN: Final = 0.95
INTACT_SHARE_MIN: Final = 0.4
"""A clip is recognized by this share of it, whatever became of the rest; other speech never agrees so well."""
HEARD_NCC_MIN: Final = 0.9
"""What 10 ms of a clip that were heard reach; a vowel that is repeated in place of the next may come near it."""
UNTOLD, HEARD, UNLIKE, DROPPED = "-", "h", "u", "d"
EARLY_S: Final = 0.1
"""How much before `from_s` an occurrence may begin, for the sake of rounding and of clips with a quiet lead."""


def snr_told(snr_db: float) -> str:
    """In words."""
    return f"SNR {snr_db:.1f} dB" if snr_db < SNR_DB_TOLD_MAX else f"SNR over {SNR_DB_TOLD_MAX:g} dB"


def snr_db_min(*codecs: str) -> float:
    """The SNR of a healthy clip that went through these codecs, by their names."""
    return min([THRESHOLDS["snr_db_min"], *(SNR_DB_MIN_OF[codec] for codec in codecs if codec in SNR_DB_MIN_OF)])


@dataclass(frozen=True, slots=True)
class Gap:
    """Time that was inserted into the clip."""

    at_s: float
    """Seconds from the start of the heard signal."""
    duration_s: float


@dataclass(frozen=True, slots=True)
class Fidelity:
    """One occurrence of a clip in a heard signal. Seconds count from the start of the heard signal."""

    began_s: float
    ended_s: float
    """Where the part of the clip that was heard begins and ends."""
    skipped_s: float
    """How much of the clip comes before that part."""
    snr_db: float
    """Over matched active frames, in 300-3400 Hz, with the gain taken off."""
    gain_db: float
    ncc: float
    """Normalized correlation over the same frames."""
    gaps: tuple[Gap, ...]
    dropped_s: float
    """Audio missing inside the clip, around which it closed up."""
    muted_s: float
    """Active audio inside the clip in whose place there was silence, without a shift."""
    clipped: float
    """Share of the matched active frames that hold samples at full scale."""
    coverage: float
    """Share of the clip's active frames between the first and the last that were heard."""
    matched_s: float
    """Active audio on which the figures rest."""
    holes: int = 0
    """In how many places something was inserted, dropped or muted."""
    pause_s: float = 0.0
    """How much of the clip lies between that part and its next active frame: whether a pause was heard is not told."""
    fates: str = ""
    """What became of each 10 ms of the clip, a letter each: `HEARD`, `UNLIKE`, `DROPPED`, or `UNTOLD` in a pause."""

    def pause_within(self, owed_s: float) -> float:
        """The part of that pause which is among the first `owed_s` of the clip."""
        inserted_s = sum(gap.duration_s for gap in self.gaps)
        reached_s = self.skipped_s + self.ended_s - self.began_s - inserted_s + self.dropped_s
        return min(self.pause_s, max(0.0, owed_s - reached_s))


def judge(reference: NDArray[np.int16], heard: NDArray[np.int16], *, from_s: float = 0.0) -> Fidelity | None:
    """The first occurrence of the clip that begins at or after `from_s`; None where there is none.

    Both are int16 at 8000 Hz.
    """
    clip, ear = prepare(reference), prepare(heard)
    found = by_words(clip, ear, from_s)
    if found and found.snr_db >= THRESHOLDS["snr_db_min"] and found.coverage >= THRESHOLDS["coverage_min"]:
        return found
    return better_of(found, by_sounds(clip, ear, from_s))


def by_words(reference: Signal, heard: Signal, from_s: float) -> Fidelity | None:
    """The first occurrence, unless it is choppy."""
    return _first(reference, heard, BY_WORDS, from_s)


def by_sounds(reference: Signal, heard: Signal, from_s: float) -> Fidelity | None:
    """The first occurrence, choppy or not, in a longer search that must prove itself by its SNR."""
    found = _first(reference, heard, BY_SOUNDS, from_s)
    return found if found and found.snr_db >= CHOPPED_SNR_DB_MIN else None


def better_of(words: Fidelity | None, sounds: Fidelity | None) -> Fidelity | None:
    """The longer search counts where it explains clearly more of what was heard."""
    if words is None or sounds is None:
        return words or sounds
    return sounds if _explained(sounds) > 1.1 * _explained(words) else words


def _explained(found: Fidelity) -> float:
    """In dB s. Beyond healthy there is nothing to explain: or else a perfect part outdoes the whole."""
    return min(found.snr_db, THRESHOLDS["snr_db_min"]) * found.matched_s


def _first(reference: Signal, heard: Signal, search: Search, from_s: float) -> Fidelity | None:
    earliest = (from_s - EARLY_S) * RATE_HZ
    chains = [chain for chain in find_chains(reference, heard, search) if max(chain.begins, 0.0) >= earliest]
    if not chains:
        return None
    enough = min(0.4 * max(chain.value for chain in chains), 2.0)
    chains = sorted((chain for chain in chains if chain.value >= enough), key=lambda chain: chain.begins)
    aligner = Aligner(reference, heard)
    found = [measured for chain in chains if (measured := _measured(reference, heard, aligner, chain))]
    # A similar syllable may come before the clip itself; it never comes close to it in quality.
    best = max((one.ncc for one in found), default=0.0)
    return next((one for one in found if one.ncc >= best - 0.2), None)


def _measured(reference: Signal, heard: Signal, aligner: Aligner, chain: Chain) -> Fidelity | None:
    alignment = aligner.align(chain)
    active = _active_frames(reference.band)
    total = int(active.sum())
    extent = _extent(alignment, active)
    if total == 0 or extent is None:
        return None
    inside, sound = _within(extent, active)
    covered = int(inside.sum())
    if not sound.any() or covered * 0.01 < min(THRESHOLDS["heard_s_min"], 0.006 * total):
        return None
    muted = _muted_samples(reference, alignment, heard, _quality(alignment, heard, sound)[0])
    unknown = _near(_still(reference.pcm), GUARD)
    usable = sound & _whole_frames((alignment.position >= 0) & ~_near(muted, 64) & ~_seams(alignment) & ~unknown)
    if not usable.any():
        usable = sound
    gain, snr_db, ncc, clipped = _quality(alignment, heard, usable)
    # Loud rubbish over a part of the clip spoils the correlation of the whole, not of the rest.
    if ncc < THRESHOLDS["ncc_found_min"] and _intact_share(alignment, sound) < INTACT_SHARE_MIN:
        return None
    began_s, ended_s, skipped_s = _borders(alignment, active, extent, len(heard))
    gaps, drops = _events(alignment, extent[0] * FRAME, extent[1] * FRAME)
    silenced = inside & (_per_frame(muted).mean(axis=1) >= 0.5)
    return Fidelity(
        began_s=began_s,
        ended_s=ended_s,
        skipped_s=skipped_s,
        snr_db=snr_db,
        gain_db=float(20 * np.log10(gain)),
        ncc=ncc,
        gaps=gaps,
        dropped_s=sum(drops),
        muted_s=float(silenced.sum() * 0.01),
        clipped=clipped,
        coverage=covered / total,
        matched_s=float(usable.sum() * 0.01),
        holes=len(gaps) + len(drops) + int((np.diff(silenced.astype(np.int8), prepend=0) == 1).sum()),
        pause_s=_pause_s(active[extent[1] :]),
        fates=_fates(alignment, active, extent),
    )


def _fates(alignment: Alignment, active: NDArray[np.bool_], extent: tuple[int, int]) -> str:
    expected, observed = _per_frame(alignment.expected), _per_frame(alignment.observed)
    norm = np.sqrt((expected**2).sum(axis=1) * (observed**2).sum(axis=1))
    agrees = (expected * observed).sum(axis=1) >= HEARD_NCC_MIN * np.maximum(norm, 1e-9)
    inside = np.zeros(len(active), np.bool_)
    inside[extent[0] : extent[1]] = True
    fates = np.where(active, np.where(agrees & inside, HEARD, UNLIKE), UNTOLD)
    fates[inside & (_per_frame(alignment.position < 0).mean(axis=1) >= 0.5)] = DROPPED
    return "".join(fates.tolist())


def _within(extent: tuple[int, int], active: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The active frames of the extent; and those of them that hold nothing but the clip.

    Where the clip was cut inside, the frame at the cut holds but a part of it and the next ones the filter's ringing.
    """
    first, last = extent
    inside = np.zeros(len(active), bool)
    inside[first:last] = active[first:last]
    sound = inside.copy()
    if active[:first].any():
        sound[first : first + 2] = False
    if active[last:].any():
        sound[max(last - 2, 0) : last] = False
    return inside, sound


def _per_frame(samples: NDArray[np.generic]) -> Samples:
    """[frames, 80], the last one filled up with zeros."""
    frames = -(-len(samples) // FRAME)
    padded = np.zeros(frames * FRAME)
    padded[: len(samples)] = samples
    return padded.reshape(-1, FRAME)


def _whole_frames(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(_per_frame(flags).all(axis=1), bool)


def _active_frames(band: Samples) -> NDArray[np.bool_]:
    power = (_per_frame(band) ** 2).mean(axis=1)
    loud = float(np.percentile(power, 95)) if len(power) else 0.0
    return np.asarray(power > max(loud * 10 ** (-ACTIVE_MARGIN_DB / 10), 4.0), bool)


def _extent(alignment: Alignment, active: NDArray[np.bool_]) -> tuple[int, int] | None:
    """First and past-the-last frame that were heard: the stretch whose frames, on balance, agree with the clip.

    A frame that agrees scores up to +0.65, silence or other audio -0.35, so faults inside do not cut the clip short.
    """
    expected, observed = _per_frame(alignment.expected), _per_frame(alignment.observed)
    common, energy = (expected * observed).sum(axis=1), (expected**2).sum(axis=1)
    if not active.any() or (common[active].sum()) <= 0:
        return None
    agreement = common / np.sqrt(energy * (observed**2).sum(axis=1) + FRAME * FRAME * 16.0)
    inside = _per_frame(alignment.position >= 0).mean(axis=1) > 0.5
    score = np.where(active, np.where(inside, agreement, 0.0) - 0.35, 0.0)
    total = np.concatenate(([0.0], np.cumsum(score)))
    lowest = np.minimum.accumulate(total)
    last = int((total - lowest).argmax())
    if last == 0:
        return None
    first = int(np.flatnonzero(total[:last] == lowest[last])[-1])
    return first, last


def _muted_samples(reference: Signal, alignment: Alignment, heard: Signal, gain: float) -> NDArray[np.bool_]:
    """Samples that lie in at least 5 ms of silence where the clip is not silent.

    Behind a seam of the clip itself, as where a line lost a frame of it, its filtered sound rings into its silence.
    """
    inside = alignment.position >= 0
    raw = np.where(inside, heard.pcm[np.where(inside, alignment.position, 0)].astype(np.int32), MUTED_PEAK + 1)
    still = (np.abs(raw) <= MUTED_PEAK).astype(np.int8)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], still, [0]))))
    muted = np.zeros(len(still), bool)
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if last - first >= MUTED_RUN:
            expected = gain * min(_rms(alignment.expected[first:last]), _rms(reference.pcm[first:last]))
            muted[first:last] = expected > max(4 * _rms(raw[first:last]), float(MUTED_PEAK))
    return muted


def _rms(samples: NDArray[np.generic]) -> float:
    return float(np.sqrt((samples.astype(np.float64) ** 2).mean()))


def _still(pcm: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Samples in at least 10 ms of nothing at all: there the clip itself is missing, and anything may be heard."""
    nothing = (pcm == 0).astype(np.int8)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], nothing, [0]))))
    still = np.zeros(len(pcm), bool)
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        still[first:last] = last - first >= GUARD
    return still


def _near(flags: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """True within `reach` samples of a true one."""
    count = np.concatenate((np.zeros(reach + 1), np.cumsum(flags), np.full(reach, flags.sum())))
    return np.asarray(count[2 * reach + 1 :] - count[: -(2 * reach + 1)] > 0, bool)


def _seams(alignment: Alignment) -> NDArray[np.bool_]:
    """True within 10 ms of where a run ends or begins."""
    seam = np.zeros(len(alignment.expected), bool)
    for run in alignment.runs:
        for place in (run.start, run.stop):
            if 0 < place < len(seam):
                seam[max(place - GUARD, 0) : place + GUARD] = True
    return seam


def _quality(alignment: Alignment, heard: Signal, usable: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Gain (a factor), SNR in dB, correlation, and the share of clipped frames among the usable ones."""
    expected, observed = _per_frame(alignment.expected)[usable], _per_frame(alignment.observed)[usable]
    raw = heard.pcm[np.clip(alignment.position, 0, len(heard) - 1)].astype(np.int32)
    clear = (np.abs(_per_frame(raw)[usable]) < CLIPPED).all(axis=1)
    fit = clear if clear.sum() >= 5 else np.ones(len(expected), bool)
    gain = (expected[fit] * observed[fit]).sum() / max((expected[fit] ** 2).sum(), 1e-9)
    gain = float(max(gain, 1e-3))
    signal = gain**2 * (expected**2).sum()
    noise = ((observed - gain * expected) ** 2).sum()
    snr_db = float(10 * np.log10(max(signal, 1e-9) / max(noise, signal * 1e-10, 1e-9)))
    norm = np.sqrt((expected**2).sum() * (observed**2).sum())
    return gain, snr_db, float((expected * observed).sum() / max(norm, 1e-9)), float(1 - clear.mean())


def _intact_share(alignment: Alignment, sound: NDArray[np.bool_]) -> float:
    """The share of active frames that lie in stretches of 100 ms which agree with the clip almost perfectly."""
    expected, observed = _per_frame(alignment.expected)[sound], _per_frame(alignment.observed)[sound]
    whole = len(expected) // INTACT_FRAMES * INTACT_FRAMES
    if whole == 0:
        return 0.0
    expected = expected[:whole].reshape(-1, INTACT_FRAMES * FRAME)
    observed = observed[:whole].reshape(-1, INTACT_FRAMES * FRAME)
    norm = np.sqrt((expected**2).sum(axis=1) * (observed**2).sum(axis=1))
    ncc = (expected * observed).sum(axis=1) / np.maximum(norm, 1e-9)
    return float((ncc >= INTACT_NCC_MIN).mean())


def _borders(
    alignment: Alignment, active: NDArray[np.bool_], extent: tuple[int, int], heard_length: int
) -> tuple[float, float, float]:
    """Where the heard part begins and ends, and what of the clip comes before it.

    Quiet edges count as heard when the first and last sound were.
    """
    first, last = extent
    start = 0 if not active[:first].any() else first * FRAME
    stop = len(alignment.expected) if not active[last:].any() else last * FRAME
    begin = next((run for run in alignment.runs if run.stop > start), alignment.runs[-1])
    end = next((run for run in reversed(alignment.runs) if run.start < stop), alignment.runs[0])
    skipped = max(start, begin.start if start else 0)
    began = skipped + begin.lag_at(start)
    ended = stop + end.lag_at(stop)
    return float(max(began, 0.0)) / RATE_HZ, float(min(ended, heard_length)) / RATE_HZ, skipped / RATE_HZ


def _pause_s(active: NDArray[np.bool_]) -> float:
    """How long these frames are still, before the first that is not; 0 where none follows."""
    return int(active.argmax()) * FRAME / RATE_HZ if active.any() else 0.0


def _events(alignment: Alignment, start: int, stop: int) -> tuple[tuple[Gap, ...], list[float]]:
    """Rises of the lag by 5 ms or more are gaps; by each of its falls so many seconds were dropped."""
    least = THRESHOLDS["gap_s_min"]
    gaps: list[Gap] = []
    drops: list[float] = []
    for before, after in pairwise(alignment.runs):
        if not start <= after.start <= stop:
            continue
        rise_s = (after.lag_at(after.start) - before.lag_at(before.stop)) / RATE_HZ
        if rise_s >= least:
            gaps.append(Gap((before.stop + before.lag_at(before.stop)) / RATE_HZ, rise_s))
        elif rise_s <= -least:
            drops.append(-rise_s)
    return tuple(gaps), drops
