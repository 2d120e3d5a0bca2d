"""Mistakes made with samples: frames lost and repeated, levels, clocks, silence.

A function of timing takes the samples, the frames that are spoken in, and a share; it returns what is left and how many
events there were. Samples that it returns as they were could not be spoiled with this draw. Frames are 20 ms.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from .speech import Samples, resampled

EVENTS_MIN = 2
ACTIVITY_MARGIN_DB = 15.9  # ITU-T P.56, method B


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """Where the 20 ms frames of a signal lie and which of them somebody speaks in."""

    samples: int
    """In one frame."""
    offset: int
    """Where the first begins."""
    spoken: NDArray[np.bool_]

    def bounds(self, n: int) -> tuple[int, int]:
        start = self.offset + n * self.samples
        return start, start + self.samples


def frames_of(clean: Samples, rate_hz: int, offset: int = 0) -> Frames:
    """The frames of an undamaged signal, from `offset` on."""
    samples = rate_hz // 50
    band = sosfiltfilt(butter(4, (300, min(3400, 0.45 * rate_hz)), "bandpass", fs=rate_hz, output="sos"), clean)
    whole = (len(clean) - offset) // samples
    power = (band[offset : offset + whole * samples].reshape(whole, samples) ** 2).mean(axis=1)
    spoken = power > 0
    for _ in range(20):
        spoken = power > power[spoken].mean() * 10 ** (-ACTIVITY_MARGIN_DB / 10)
    return Frames(samples=samples, offset=offset, spoken=spoken)


def _chosen(possible: NDArray[np.bool_], share: float, rng: np.random.Generator) -> list[int]:
    """Each with the probability `share`, and two at least."""
    places = np.flatnonzero(possible)
    assert len(places) >= EVENTS_MIN, "nobody speaks here"
    drawn = set(places[rng.random(len(places)) < share].tolist())
    while len(drawn) < EVENTS_MIN:
        drawn.add(int(rng.choice(places)))
    return sorted(drawn)


def _after_spoken(frames: Frames) -> NDArray[np.bool_]:
    """Spoken frames after a spoken frame."""
    return frames.spoken & np.concatenate([[False], frames.spoken[:-1]])


def frames_dropped(x: Samples, frames: Frames, share: float, rng: np.random.Generator) -> tuple[Samples, int]:
    lost = _chosen(frames.spoken, share, rng)
    keep = np.ones(len(x), bool)
    for n in lost:
        keep[slice(*frames.bounds(n))] = False
    return x[keep], len(lost)


def frames_duplicated(x: Samples, frames: Frames, share: float, rng: np.random.Generator) -> tuple[Samples, int]:
    twice = _chosen(frames.spoken, share, rng)
    ends = [frames.bounds(n)[1] for n in twice]
    pieces = np.split(x, ends)
    doubled = [np.concatenate([piece, x[slice(*frames.bounds(n))]]) for piece, n in zip(pieces, twice, strict=False)]
    return np.concatenate([*doubled, pieces[-1]]), len(twice)


def frames_reordered(x: Samples, frames: Frames, share: float, rng: np.random.Generator) -> tuple[Samples, int]:
    """Neighbors change places. No frame moves twice."""
    out, last, events = x.copy(), -2, 0
    for n in _chosen(_after_spoken(frames), share, rng):
        if n - 1 <= last:
            continue
        first, second = slice(*frames.bounds(n - 1)), slice(*frames.bounds(n))
        out[first], out[second] = x[second], x[first]
        last, events = n, events + 1
    return (out, events) if events >= EVENTS_MIN else (x, 0)


def frames_zeroed(x: Samples, frames: Frames, share: float, rng: np.random.Generator) -> tuple[Samples, int]:
    lost = _chosen(frames.spoken, share, rng)
    out = x.copy()
    for n in lost:
        out[slice(*frames.bounds(n))] = 0
    return out, len(lost)


def frames_repeated(x: Samples, frames: Frames, share: float, rng: np.random.Generator) -> tuple[Samples, int]:
    """A lost frame is concealed by the one before it; the length stays."""
    lost = _chosen(_after_spoken(frames), share, rng)
    out = x.copy()
    for n in lost:
        out[slice(*frames.bounds(n))] = out[slice(*frames.bounds(n - 1))]
    return out, len(lost)


def gaps_inserted(x: Samples, frames: Frames, share: float, rng: np.random.Generator) -> tuple[Samples, int]:
    """Two to four silences of 50, 100 or 200 ms between spoken frames."""
    del share
    possible = np.flatnonzero(_after_spoken(frames))
    places = sorted(rng.choice(possible, size=int(rng.integers(2, 5)), replace=False).tolist())
    pieces = np.split(x, [frames.bounds(n)[0] for n in places])
    silences = [np.zeros(int(rng.choice((50, 100, 200))) * frames.samples // 20) for _ in places]
    joined = [np.concatenate([piece, silence]) for piece, silence in zip(pieces, silences, strict=False)]
    return np.concatenate([*joined, pieces[-1]]), len(places)


def half_duplex(x: Samples, frames: Frames, share: float, rng: np.random.Generator) -> tuple[Samples, int]:
    """A third to two thirds of the speech is missing, in one piece or in pieces of 0.4 s and more; never the end."""
    del share
    spoken = np.flatnonzero(frames.spoken)[:-8]
    out = x.copy()
    pieces = int(rng.integers(1, 4))
    for part in np.array_split(spoken, pieces):
        length = int(len(part) * rng.uniform(0.35, 0.65))
        start = int(rng.integers(len(part) - length + 1))
        if part[start + length - 1] - part[start] < 20:
            continue
        out[frames.bounds(part[start])[0] : frames.bounds(part[start + length - 1])[1]] = 0
    return out, pieces


def cut_off(x: Samples, frames: Frames, share: float, rng: np.random.Generator) -> tuple[Samples, int]:
    """The last fifth to half of the speech is missing, and all that follows."""
    del share
    spoken = np.flatnonzero(frames.spoken)
    return x[: frames.bounds(spoken[int(len(spoken) * rng.uniform(0.5, 0.8))])[0]], 1


TIMING: dict[str, Callable[[Samples, Frames, float, np.random.Generator], tuple[Samples, int]]] = {
    "frames_dropped": frames_dropped,
    "frames_duplicated": frames_duplicated,
    "frames_reordered": frames_reordered,
    "frames_zeroed": frames_zeroed,
    "frames_repeated": frames_repeated,
    "gaps_inserted": gaps_inserted,
    "half_duplex": half_duplex,
    "cut_off": cut_off,
}


# Played at another rate than it has: has, is taken for. The factor is the second by the first.
CLOCKS: dict[str, tuple[tuple[int, int], ...]] = {
    "speed_x2": ((8000, 16000), (24000, 48000)),
    "speed_x0.5": ((16000, 8000), (48000, 24000)),
    "speed_x1.5": ((16000, 24000),),
    "speed_x0.67": ((24000, 16000),),
    "speed_x3": ((8000, 24000), (16000, 48000)),
    "speed_x0.33": ((24000, 8000), (48000, 16000)),
    "speed_x1.09": ((22050, 24000),),
    "speed_x0.92": ((24000, 22050),),
    "speed_x1.38": ((16000, 22050),),
    "speed_x0.73": ((22050, 16000),),
    "speed_x2.76": ((8000, 22050),),
    "speed_x0.36": ((22050, 8000),),
}


def at_wrong_clock(x: Samples, rate_hz: int, clock: tuple[int, int]) -> Samples:
    """The signal at one rate, taken for another, and back at `rate_hz`."""
    has, taken_for = clock
    return resampled(resampled(x, rate_hz, has), taken_for, rate_hz)


def stereo_as_mono(x: Samples, right: float) -> Samples:
    """Two channels sample by sample, the right one scaled, taken for one."""
    return np.stack([x, right * x], axis=1).reshape(-1)


def clipped(x: Samples, share: float, spoken: Samples) -> tuple[Samples, float]:
    """So loud that `share` of the loud samples are cut off at full scale; and the gain in dB.

    `share` counts among samples within 20 dB of the RMS of `spoken`, the parts in which somebody speaks.
    """
    loud = np.abs(spoken)[np.abs(spoken) > 0.1 * np.sqrt((spoken**2).mean())]
    gain = 1 / float(np.quantile(loud, 1 - share))
    return np.clip(x * gain, -1, 32767 / 32768), 20 * float(np.log10(gain))


def music(seconds: float, rate_hz: int, rng: np.random.Generator) -> Samples:
    """Chords of decaying tones at -23 dBFS: what a caller hears who was put on hold."""
    t = np.arange(int(0.4 * rate_hz)) / rate_hz
    bars = []
    for _ in range(int(np.ceil(seconds / 0.4))):
        roots = 220 * 2 ** (rng.choice((0, 2, 4, 5, 7, 9, 12), size=3, replace=False) / 12)
        bars.append(sum(np.sin(2 * np.pi * f * h * t) / h for f in roots for h in (1, 2, 3)) * np.exp(-3 * t))
    out = np.concatenate(bars)[: int(seconds * rate_hz)]
    return out * 10 ** (-23 / 20) / np.sqrt((out**2).mean())
