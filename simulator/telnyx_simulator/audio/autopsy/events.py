"""What happened to the frames on the way: losses, repetitions, swaps, silences, read off the frame path.

Theory of operation. A change of delay that comes back to where it was kept the length of the sound: something was
replaced. Silence in its place makes it *zeroed*; what had been heard already, *repeated*; what belongs there, but
elsewhere, *reordered*. A change that stays moved everything after it: the delay falls where audio was *dropped*, rises
where it was *duplicated*, or where silence was *inserted*.
"""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.autopsy.path import FRAME, SILENT, Path
from telnyx_simulator.audio.autopsy.quarters import FINE
from telnyx_simulator.audio.autopsy.surroundings import without_surroundings
from telnyx_simulator.audio.faults import Fault
from telnyx_simulator.audio.telephone_band import RATE_HZ, Samples, Signal

SAME_MS: Final = 2.5
"""Delays this near are one: clocks drift, and jitter buffers adapt."""
EXCURSION_MS: Final = 170.0
"""What comes back within this time was replaced in place; what comes back later was dropped once and doubled once."""
STRAY_MS: Final = 60.0
ASTRAY_MS: Final = 500.0
"""Gaps are shorter; what is found by chance may be found anywhere."""
FRAME_MS: Final = 5.0
LONG_MUTED_MS: Final = 240.0
"""Twelve lost frames in a row: a switch, no loss."""
PLAIN_SHARE: Final = 0.3
RARE_SHARE: Final = 0.3
RARE_SHARE_OF_FEW: Final = 0.45
FEW: Final = 6
HUSHED: Final = 0.2
HUSHED_IF_POOR: Final = 0.05
POOR_FIT_DB: Final = 7.0
"""Of the energy that should be there: what is louder is no silence, but poorly explained."""
LEAST_MUTED_MS: Final = 15.0
LOUDER_THAN_SILENCE: Final = 10.0
CUT_OFF_MS: Final = 120.0
"""Of active sound that never came before the first that did, or after the last."""
MUTED_PLAINLY_MS: Final = 40.0
EXPLAINED_DB: Final = 15.0
"""Of a loud frame, through any codec but the low-rate ones."""
DOUBTED_FIT_DB: Final = 10.0
"""Two low-rate codecs, or a wrong format and one."""
WIRE_FRAME_MS: Final = 20.0
EARLY_MS: Final = 5.0
"""What is less ahead of its time was moved by a codec: the shortest frames of telephony are 10 ms."""
SLIPPED_MS: Final = 10.0
SLIPPING_MS: Final = 45.0
"""Two frames: what is off by less than half a frame for longer than that is a clock or a codec, not frames."""
LESS_THAN_A_FRAME_MS: Final = 18.0
BLURRED_FIT_DB: Final = 12.0
"""What two low-rate codecs in series leave at most."""
LEAST_MS: Final = 10.0
"""What is shorter is left to the figures of fidelity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to the sound."""

    fault: Fault
    at_s: float
    """From the start of what was heard."""
    reference_s: float
    """From the start of the reference."""
    duration_s: float
    """Of the audio that is missing, doubled, replaced or inserted."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Frames under one delay; None where they are silence. Times are in ms of what was heard."""

    first: float
    last: float
    delay: float | None
    evidence: float
    """Active frames in it, ms."""

    def __len__(self) -> int:
        return round(self.last - self.first)


def find_events(path: Path, reference: Signal, *, pace: float = 1.0) -> list[Event]:
    """All events in active sound, in order of time. The reference is that of the path.

    `pace` is how long the reference became under the path's hypothesis, per second that it was: frames of a sound that
    is played too fast are short.
    """
    path = without_surroundings(path, reference)
    runs = _runs(path)
    events = [event for event in _events_within(path, runs, pace) if _is_credible(event, path, pace)]
    began, cut = _begun_late(path, reference, runs), _cut_off(path, reference)
    within = [event for event in events if not cut or event.at_s < cut.at_s]
    return [*([began] if began else []), *within, *([cut] if cut else [])]


def _is_credible(event: Event, path: Path, pace: float) -> bool:
    """Whether what was lost or doubled are whole frames, where a delay is known no better than that by the sound."""
    if path.fit_db > DOUBTED_FIT_DB or event.fault not in (Fault.FRAMES_DROPPED, Fault.FRAMES_DUPLICATED):
        return True
    counts = [1000 * event.duration_s / frame_ms for frame_ms in (WIRE_FRAME_MS, WIRE_FRAME_MS * pace)]
    return any(round(count) and abs(count - round(count)) <= SAME_MS / WIRE_FRAME_MS for count in counts)


def _events_within(path: Path, runs: list[_Run], pace: float) -> list[Event]:
    least_ms, long_ms = LEAST_MUTED_MS * min(pace, 1.0), LONG_MUTED_MS * max(pace, 1.0)
    if not any(run.delay is not None for run in runs):
        return []
    events: list[Event] = []
    number = next(at for at, run in enumerate(runs) if run.delay is not None)
    if number:
        events += _muted(path, runs[0].first, runs[number].first, runs[number], least_ms, long_ms)
    while number < len(runs) - 1:
        here = runs[number]
        back = _return(runs, number, EXCURSION_MS * max(pace, 1.0))
        if back is not None:
            events += _in_place(path, here, runs[number + 1 : back], least_ms, long_ms)
            number = back
            continue
        following = next((at for at in range(number + 1, len(runs)) if runs[at].delay is not None), None)
        if following is None:
            events += _muted(path, here.last, runs[-1].last, here, least_ms, long_ms)
            break
        events += _shift(path, here, runs[number + 1 : following], runs[following])
        number = following
    return events


def settled(events: list[Event]) -> list[Event]:
    """The events without those that are misreadings of others.

    A quiet frame that was repeated looks zeroed, and half of a swap like a repetition; one doubled looks like a gap.
    The plainer kind stands for both where it makes up a third of them. What is left of rare kinds is dropped.
    """
    kinds = [event.fault for event in events]
    count = Counter(kinds)
    moved = count[Fault.FRAMES_REORDERED] + count[Fault.FRAMES_REPEATED]
    swaps = count[Fault.FRAMES_REORDERED] >= PLAIN_SHARE * moved
    replaced = Fault.FRAMES_REORDERED if swaps else Fault.FRAMES_REPEATED
    if moved < PLAIN_SHARE * (moved + count[Fault.FRAMES_ZEROED]):
        replaced = Fault.FRAMES_ZEROED
    inserted = count[Fault.FRAMES_DUPLICATED] + count[Fault.GAPS_INSERTED]
    twice = count[Fault.FRAMES_DUPLICATED] >= PLAIN_SHARE * inserted
    one_of = {
        **dict.fromkeys((Fault.FRAMES_REORDERED, Fault.FRAMES_REPEATED, Fault.FRAMES_ZEROED), replaced),
        **dict.fromkeys(
            (Fault.FRAMES_DUPLICATED, Fault.GAPS_INSERTED),
            Fault.FRAMES_DUPLICATED if twice else Fault.GAPS_INSERTED,
        ),
    }
    if count[Fault.HALF_DUPLEX]:
        one_of[Fault.FRAMES_ZEROED] = Fault.HALF_DUPLEX
    kinds = [one_of.get(kind, kind) for kind in kinds]
    rated = len(kinds) - count[Fault.CUT_OFF]
    least = (RARE_SHARE if rated > FEW else RARE_SHARE_OF_FEW) * rated
    return [
        replace(event, fault=kind)
        for event, kind in zip(events, kinds, strict=True)
        if kinds.count(kind) >= least or kind in (Fault.HALF_DUPLEX, Fault.CUT_OFF)
    ]


def _runs(path: Path) -> list[_Run]:
    """Stretches of equal delay, drift allowed, those left out that hold nothing active."""
    # What is all but silent says nothing of where it comes from, however loud that is.
    active = path.active & ((path.states == SILENT) | (path.heard > 4 * path.quiet))
    labels = np.where(path.states == SILENT, np.nan, path.at / (FINE * RATE_HZ / 1000))
    runs: list[_Run] = []
    for at, (delay, sounds) in enumerate(zip(labels.tolist(), active.tolist(), strict=True)):
        if not sounds:
            continue
        silent = delay != delay
        start, end = at * FRAME_MS, (at + 1) * FRAME_MS
        if runs:
            last = runs[-1]
            same = silent if last.delay is None else not silent and abs(last.delay - delay) <= SAME_MS
            if same:
                kept = None if silent else delay
                runs[-1] = _Run(last.first, end, kept, last.evidence + FRAME_MS)
                continue
        runs.append(_Run(start, end, None if silent else delay, FRAME_MS))
    return _without_strays(_without_strays(runs)[::-1])[::-1]


def _without_strays(runs: list[_Run]) -> list[_Run]:
    """Without a first run that is short, and far from where all that follows comes from: there it was but alike."""
    sounding = [at for at, run in enumerate(runs) if run.delay is not None]
    if len(sounding) < 2:
        return runs
    first, second = runs[sounding[0]], runs[sounding[1]]
    assert first.delay is not None
    assert second.delay is not None
    if first.evidence >= STRAY_MS or abs(first.delay - second.delay) <= ASTRAY_MS:
        return runs
    return runs[sounding[0] + 1 :]


def _return(runs: list[_Run], number: int, within_ms: float) -> int | None:
    """The run in which the delay is back to where it was, if it comes back soon."""
    here = runs[number]
    assert here.delay is not None
    silent_so_far = True
    for at in range(number + 1, len(runs)):
        run = runs[at]
        if run.delay is not None and abs(run.delay - here.delay) <= SAME_MS:
            if at == number + 1:
                return None
            # Half of a frame in the midst of a swap may be alike by chance.
            if run.evidence >= LEAST_MS or not _is_away(runs, at + 1, here.delay):
                return at
        silent_so_far &= run.delay is None
        if not silent_so_far and run.last - here.last > within_ms:
            return None
    return None


def _is_away(runs: list[_Run], number: int, delay: float) -> bool:
    """Whether a run is elsewhere, and the one after it back at a delay."""
    if number + 1 >= len(runs):
        return False
    at, after = runs[number].delay, runs[number + 1].delay
    return at is not None and abs(at - delay) > SAME_MS and after is not None and abs(after - delay) <= SAME_MS


def _in_place(path: Path, before: _Run, inside: list[_Run], least_ms: float, long_ms: float) -> list[Event]:
    """What was replaced between two runs of one delay."""
    assert before.delay is not None
    begins, ends = inside[0].first, inside[-1].last
    if all(run.delay is None for run in inside):
        return _muted(path, begins, ends, before, least_ms, long_ms)
    moved = [run for run in inside if run.delay is not None]
    if sum(run.evidence for run in moved) < LEAST_MS:
        return []
    shifts = [run.delay - before.delay for run in moved if run.delay is not None]
    if ends - begins > SLIPPING_MS and _has_slipped(path, shifts):
        return []
    # What is heard too early was not heard before: two pieces changed places, each by the other's length. What is older
    # may be a repetition, or, of two that changed places in a steady vowel, the only one that differs.
    early = [run for run, shift in zip(moved, shifts, strict=True) if shift < -EARLY_MS]
    if len(moved) == 1:
        early = [run for run in early if abs(len(run) + shifts[0]) <= FRAME_MS]
    fault = Fault.FRAMES_REORDERED if early or _is_late_half(path, before.delay, inside) else Fault.FRAMES_REPEATED
    return [_event(fault, begins, begins - before.delay, ends - begins)]


def _is_late_half(path: Path, delay: float, inside: list[_Run]) -> bool:
    """Whether the latter of two pieces that changed places is all that a codec left to be known of them.

    What is heard again comes at once: it has no unknown sound as long as itself before it.
    """
    if [run.delay is None for run in inside] != [True, False]:
        return False
    unknown, late = inside
    assert late.delay is not None
    sound = path.heard[round(unknown.first / FRAME_MS) : round(unknown.last / FRAME_MS)]
    lengths = len(unknown), len(late), late.delay - delay
    return max(lengths) - min(lengths) <= FRAME_MS and bool(np.median(sound) > LOUDER_THAN_SILENCE * path.quiet)


def _has_slipped(path: Path, shifts: list[float]) -> bool:
    """Whether it is the codec that moved: by less than a frame for longer than one, which no mistake with frames does.

    Two low-rate codecs one after the other move a steady vowel by a whole period of its pitch.
    """
    least, most = min(map(abs, shifts)), max(map(abs, shifts))
    if path.fit_db > BLURRED_FIT_DB:
        return most < SLIPPED_MS
    return most < LESS_THAN_A_FRAME_MS or least < SLIPPED_MS


def _muted(path: Path, begins: float, ends: float, around: _Run, least_ms: float, long_ms: float) -> list[Event]:
    """Stretches of silence where the reference talks; pauses of the reference part them."""
    assert around.delay is not None
    first, last = round(begins / FRAME_MS), round(ends / FRAME_MS)
    muted = (path.expected[first:last] > 4 * path.quiet) & (path.states[first:last] == SILENT)
    if muted.sum() * FRAME_MS < least_ms:
        return []
    hushed = HUSHED if path.fit_db > POOR_FIT_DB else HUSHED_IF_POOR
    if path.heard[first:last][muted].sum() > hushed * path.expected[first:last][muted].sum():
        return []
    if muted.sum() * FRAME_MS >= MUTED_PLAINLY_MS:  # by then every codec has fallen silent
        lowest = float(np.percentile(path.heard[first:last][muted], 30))
        if lowest > max(LOUDER_THAN_SILENCE * path.quiet, hushed**2 * float(path.expected[first:last][muted].mean())):
            return []
    long = muted.sum() * FRAME_MS >= long_ms
    fault = Fault.HALF_DUPLEX if long else Fault.FRAMES_ZEROED
    at = begins + FRAME_MS * int(np.argmax(muted))
    return [_event(fault, at, at - around.delay, float(muted.sum()) * FRAME_MS)]


def other_sound(path: Path) -> tuple[float, float]:
    """(seconds, first second) of sound in the place of the reference that is none of it.

    Low-rate codecs leave frames unexplained, so nothing is said of what came through them.
    """
    loud = path.heard > LOUDER_THAN_SILENCE * path.quiet
    known = loud & (path.states != SILENT)
    explained = path.heard[known] / np.maximum(path.residual[known], 1e-9)
    if not known.any() or np.median(explained) < 10 ** (EXPLAINED_DB / 10):
        return 0.0, 0.0
    other = loud & (path.states == SILENT) & (path.expected > LOUDER_THAN_SILENCE * path.quiet)
    return float(other.sum()) * FRAME_MS / 1000, float(np.argmax(other)) * FRAME_MS / 1000


def _begun_late(path: Path, reference: Signal, runs: list[_Run]) -> Event | None:
    """The beginning of the reference, where what was heard begins in the middle of it."""
    delays = [run.delay for run in runs if run.delay is not None and run.evidence >= STRAY_MS]
    ahead_ms = -max(delays, default=0.0)
    if ahead_ms <= 0:
        return None
    missing = _active(reference.band[: round(ahead_ms * RATE_HZ / 1000)], path)
    if missing.sum() * FRAME_MS < CUT_OFF_MS:
        return None
    first = int(np.argmax(missing))
    return _event(Fault.CUT_OFF, 0.0, first * FRAME_MS, (len(missing) - first) * FRAME_MS)


def _active(band: Samples, path: Path) -> NDArray[np.bool_]:
    """[frames] of a part of the reference: whether there was anything to be heard."""
    return np.asarray(_energy(band, path) > 4 * path.quiet)


def _energy(band: Samples, path: Path) -> Samples:
    """[frames] of a part of the reference, at the heard level."""
    return np.asarray((band[: len(band) // FRAME * FRAME].reshape(-1, FRAME) ** 2).sum(axis=1) * path.gain**2)


def _cut_off(path: Path, reference: Signal) -> Event | None:
    """The end of the reference, where nothing of it was heard."""
    came = path.heard > 4 * path.quiet
    sounding = np.flatnonzero((path.states != SILENT) & came)
    if len(sounding) == 0:
        return None
    last = int(sounding[-1]) + 1
    delay = float(path.at[last - 1]) / FINE
    position = max(round(last * FRAME - delay), 0)
    rest = reference.band[position:]
    energy, missing = _energy(rest, path), _active(rest, path)
    if missing.sum() * FRAME_MS < CUT_OFF_MS:
        return None
    after = path.heard[last:][: len(missing)]
    if after[missing[: len(after)]].sum() > HUSHED * energy[missing][: len(after)].sum():
        return None
    length = int(np.flatnonzero(missing)[-1]) + 1
    return _event(Fault.CUT_OFF, last * FRAME_MS, position * 1000 / RATE_HZ, length * FRAME_MS)


def _shift(path: Path, before: _Run, inside: list[_Run], after: _Run) -> list[Event]:
    """What moved everything after it."""
    assert before.delay is not None
    assert after.delay is not None
    change = after.delay - before.delay
    if abs(change) < 2 * SAME_MS:
        return []
    if change < 0:
        return [_event(Fault.FRAMES_DROPPED, after.first, before.last - before.delay, -change)]
    still = _still_ms(path, before.last, after.first, change)
    fault = Fault.GAPS_INSERTED if still >= 0.6 * change else Fault.FRAMES_DUPLICATED
    return [_event(fault, before.last, before.last - before.delay, change)]


def _still_ms(path: Path, last: float, first: float, change: float) -> float:
    """The longest silence around a rise of the delay, up to its length to either side."""
    low = max(0, round((last - change) / FRAME_MS))
    high = min(len(path.heard), round((first + change) / FRAME_MS))
    still: NDArray[np.bool_] = (path.heard[low:high] <= 4 * path.noise) | (path.states[low:high] == SILENT)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], still.astype(np.int8), [0]))))
    return float((edges[1::2] - edges[::2]).max(initial=0)) * FRAME_MS


def _event(fault: Fault, at_ms: float, reference_ms: float, duration_ms: float) -> Event:
    return Event(
        fault=fault, at_s=at_ms / 1000, reference_s=max(reference_ms, 0.0) / 1000, duration_s=duration_ms / 1000
    )


assert FRAME_MS == FRAME * 1000 / RATE_HZ
