"""Frames of a trace as one stretch of sound on the clock of the run."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import Codec
from telnyx_simulator.audio.signals import resample
from telnyx_simulator.audio.telephone_band import excerpt
from telnyx_simulator.trace import Frame

RATE_HZ = 8000
WIDE_HZ = 16_000
NS_PER_SAMPLE = 1_000_000_000 // RATE_HZ
FRAME_NS = 20_000_000
FRAME_SAMPLES = RATE_HZ // 50

Pcm = NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """s16 samples at 8 kHz; sample 0 was due at `began_ns`. Where there was nothing there is silence."""

    pcm: Pcm
    began_ns: int

    def at_ns(self, second: float) -> int:
        return self.began_ns + round(second * 1_000_000_000)

    def second_of(self, at_ns: int) -> float:
        return (at_ns - self.began_ns) / 1_000_000_000

    @property
    def end_ns(self) -> int:
        return self.began_ns + len(self.pcm) * NS_PER_SAMPLE

    def between(self, from_ns: int, until_ns: int) -> "Track":
        """This part of it; silence where it reaches beyond its ends."""
        first = (from_ns - self.began_ns) // NS_PER_SAMPLE
        length = max(0, (until_ns - from_ns) // NS_PER_SAMPLE)
        return Track(excerpt(self.pcm, first, length).astype(np.int16), self.began_ns + first * NS_PER_SAMPLE)

    def over(self, pcm: Pcm, from_ns: int) -> "Track":
        """The same with these samples in the place of its own; what reaches beyond its ends is cut off."""
        whole = self.pcm.copy()
        first = (from_ns - self.began_ns) // NS_PER_SAMPLE
        pcm = pcm[max(0, -first) :]
        first = max(0, first)
        pcm = pcm[: max(0, len(whole) - first)]
        whole[first : first + len(pcm)] = pcm
        return Track(whole, self.began_ns)

    def without(self, stretches: list[tuple[int, int]]) -> "Track":
        """The same with silence in these stretches (from, until)."""
        pcm = self.pcm.copy()
        for from_ns, until_ns in stretches:
            first, last = ((at_ns - self.began_ns) // NS_PER_SAMPLE for at_ns in (from_ns, until_ns))
            pcm[max(0, first) : max(0, last)] = 0
        return Track(pcm, self.began_ns)


def samples_between(from_ns: int, until_ns: int) -> int:
    return max(0, (until_ns - from_ns) // NS_PER_SAMPLE)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Every frame that an application was sent, in the order of sending; no two of one `kind` differ in a byte.

    `pcm` is [frames, 160] at 8 kHz; `at_ns` is when each was sent, `due_ns` when it was said.
    """

    pcm: Pcm
    at_ns: NDArray[np.int64]
    due_ns: NDArray[np.int64]
    kinds: NDArray[np.intp]


def words_of(streams: list[tuple[Codec, list[Frame]]]) -> Words | None:
    """The frames of each stream, decoded by its codec; None if there are none."""
    streams = [(codec, frames) for codec, frames in streams if frames]
    if not streams:
        return None
    frames = [frame for _, some in streams for frame in some]
    known: dict[tuple[str, bytes], int] = {}
    kinds = [known.setdefault((str(codec), frame.data), len(known)) for codec, some in streams for frame in some]
    return Words(
        np.concatenate([_framewise(codec, some) for codec, some in streams]),
        np.array([frame.at_ns for frame in frames], np.int64),
        np.array([frame.due_ns for frame in frames], np.int64),
        np.array(kinds, np.intp),
    )


def _framewise(codec: Codec, frames: list[Frame]) -> Pcm:
    """[frames, 160] at 8 kHz."""
    size, decoder = codec.frame_samples, codec.decoder()
    pcm = np.zeros((len(frames), size), dtype=np.int16)
    for row, frame in zip(pcm, frames, strict=True):
        part = decoder.decode(frame.data)[:size]
        row[: len(part)] = part
    whole = resample(pcm.reshape(-1), codec.sample_rate_hz, RATE_HZ)
    return np.pad(whole, (0, max(0, len(frames) * FRAME_SAMPLES - len(whole))))[: len(frames) * FRAME_SAMPLES].reshape(
        -1, FRAME_SAMPLES
    )


def heard_track(frames: list[Frame]) -> Track:
    """What an ear got: s16le, one frame a tick; a tick at which nothing was played is 20 ms of silence.

    A frame's length tells its rate. Streams of different return codecs on one leg are brought to 8 kHz stretch by
    stretch.
    """
    lengths = np.array([len(frame.data) // 2 for frame in frames])
    spoken = np.flatnonzero(lengths)
    changes = spoken[1:][np.diff(lengths[spoken]) != 0]
    edges = [0, *changes.tolist(), len(frames)]
    parts = [_stretch(frames[start:end]) for start, end in itertools.pairwise(edges)]
    return Track(np.concatenate(parts), frames[0].due_ns)


def _stretch(frames: list[Frame]) -> Pcm:
    samples = max(len(frame.data) // 2 for frame in frames) or FRAME_SAMPLES
    pcm = np.zeros(len(frames) * samples, dtype=np.int16)
    for n, frame in enumerate(frames):
        part = np.frombuffer(frame.data[: len(frame.data) // 2 * 2], dtype="<i2")
        pcm[n * samples : n * samples + len(part)] = part
    return resample(pcm, samples * 50, RATE_HZ)


@dataclass(frozen=True, slots=True, eq=False)
class Wide:
    """s16 samples at 16 kHz; sample 0 was due at `began_ns`."""

    pcm: Pcm
    began_ns: int

    def between(self, from_ns: int, until_ns: int) -> Pcm:
        """This part of it; silence where it reaches beyond its ends."""
        first = (from_ns - self.began_ns) * WIDE_HZ // 1_000_000_000
        length = max(0, (until_ns - from_ns) * WIDE_HZ // 1_000_000_000)
        return excerpt(self.pcm, first, length).astype(np.int16)


def wide_heard(frames: list[Frame]) -> Wide | None:
    """None where anything was heard at less than 16 kHz."""
    sizes = {len(frame.data) // 2 for frame in frames if frame.data}
    if len(sizes) != 1 or (size := sizes.pop()) * 50 < WIDE_HZ:
        return None
    pcm = b"".join(frame.data.ljust(2 * size, b"\0") for frame in frames)
    return Wide(resample(np.frombuffer(pcm, "<i2").astype(np.int16), size * 50, WIDE_HZ), frames[0].due_ns)


def wide_said(streams: list[tuple[Codec, list[Frame]]]) -> Wide | None:
    """Of the only stream, if its codec has 16 kHz."""
    filled = [(codec, frames) for codec, frames in streams if frames]
    if len(filled) != 1 or filled[0][0].sample_rate_hz < WIDE_HZ:
        return None
    codec, frames = filled[0]
    return Wide(resample(_on_grid(codec, frames), codec.sample_rate_hz, WIDE_HZ), _began_ns(frames))


def said_track(streams: list[tuple[Codec, list[Frame]]]) -> Track | None:
    """What the application was sent, decoded by the codec of each stream, each frame at the moment it was due."""
    placed = [(_began_ns(frames), _decoded(codec, frames)) for codec, frames in streams if frames]
    if not placed:
        return None
    began_ns = min(at_ns for at_ns, _ in placed)
    end_ns = max(at_ns + len(pcm) * NS_PER_SAMPLE for at_ns, pcm in placed)
    whole = np.zeros((end_ns - began_ns) // NS_PER_SAMPLE, dtype=np.int16)
    for at_ns, pcm in placed:
        first = (at_ns - began_ns) // NS_PER_SAMPLE
        whole[first : first + len(pcm)] = pcm[: len(whole) - first]
    return Track(whole, began_ns)


def _decoded(codec: Codec, frames: list[Frame]) -> Pcm:
    return resample(_on_grid(codec, frames), codec.sample_rate_hz, RATE_HZ)


def _on_grid(codec: Codec, frames: list[Frame]) -> Pcm:
    """One stream's frames on its grid of 20 ms, in whatever order they were sent; a tick without one is silence."""
    began_ns = _began_ns(frames)
    ticks = [round((frame.due_ns - began_ns) / FRAME_NS) for frame in frames]
    size, decoder = codec.frame_samples, codec.decoder()
    pcm = np.zeros((max(ticks) + 1) * size, dtype=np.int16)
    for tick, frame in zip(ticks, frames, strict=True):
        part = decoder.decode(frame.data)[:size]
        pcm[tick * size : tick * size + len(part)] = part
    return pcm


def _began_ns(frames: list[Frame]) -> int:
    """When the earliest was said: a line may put another before it."""
    return min(frame.due_ns for frame in frames)
