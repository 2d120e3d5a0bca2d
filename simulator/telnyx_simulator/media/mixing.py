"""Frames of several sources brought to one rate and added up."""

from collections.abc import Iterable, Sequence
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import Codec
from telnyx_simulator.audio.signals import resample
from telnyx_simulator.facts.media import PTIME_MS
from telnyx_simulator.media.sources import Sound

Pcm = NDArray[np.int16]
FRAMES_A_SECOND: Final = 1000 // PTIME_MS
# How much a frame that comes from another rate lags behind: what a filter needs to see of the next one.
_LAG_MS: Final = 2

# From so many frames on it is faster to add them at one time (measured).
_MANY: Final = 8

# Kept as long as the sound itself.
_rows: Final[WeakKeyDictionary[Sound, dict[tuple[Codec | None, int], Pcm]]] = WeakKeyDictionary()


def rows(sound: Sound, rate_hz: int, through: Codec | None = None) -> Pcm:
    """A sound at a rate, one row a frame; `through` is the telephone leg's codec in which it was said.

    Made once, of the whole sound: so no frame has an edge that was not in the sound.
    """
    known = _rows.setdefault(sound, {})
    if (through, rate_hz) not in known:
        pcm, from_hz = sound.pcm, sound.sample_rate_hz
        if through is not None:
            pcm, from_hz = _coded(resample(pcm, from_hz, through.sample_rate_hz), through), through.sample_rate_hz
        pcm = resample(pcm, from_hz, rate_hz)
        whole = np.zeros((sound.frames, rate_hz // FRAMES_A_SECOND), np.int16)
        whole.reshape(-1)[: len(pcm)] = pcm[: whole.size]
        known[through, rate_hz] = whole
    return known[through, rate_hz]


def _coded(pcm: Pcm, codec: Codec) -> Pcm:
    """There and back; in one go where the codec's payloads may have any length.

    Without the library of the codec the sound is as it was said: a call does not fail for want of its blemishes.
    """
    if codec.missing_here(encode=True, decode=True) is not None:
        return pcm
    if codec.name in ("PCMU", "PCMA", "L16"):
        return codec.decode(codec.encode(pcm))
    return codec.through(pcm)


class Converter:
    """One source's frames of 20 ms at another rate, without an edge between those of ticks that follow one another.

    What comes out is 2 ms late.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._from_hz, self._to_hz = from_hz, to_hz
        self._silence = np.zeros(from_hz // FRAMES_A_SECOND, np.int16)
        self._before, self._tick = self._silence, -1

    def convert(self, frame: Pcm, tick: int) -> Pcm:
        before = self._before if self._tick == tick - 1 else self._silence
        both = resample(np.concatenate([before, frame]), self._from_hz, self._to_hz)
        size = self._to_hz // FRAMES_A_SECOND
        start = size - self._to_hz * _LAG_MS // 1000
        self._before, self._tick = frame, tick
        return both[start : start + size]


class Converters:
    """Those of several sources, made when there is something to convert."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, int, int], Converter] = {}

    def convert(self, source: object, frame: Pcm, to_hz: int, tick: int) -> Pcm:
        """`frame` is 20 ms of this source, whatever its rate; each is converted once a tick."""
        from_hz = len(frame) * FRAMES_A_SECOND
        if from_hz == to_hz:
            return frame
        key = (source, from_hz, to_hz)
        if key not in self._known:
            self._known[key] = Converter(from_hz, to_hz)
        return self._known[key].convert(frame, tick)


def mixed(frames: Iterable[Pcm]) -> Pcm | None:
    """Frames of one rate at one time, clipped at full scale; None where there are none."""
    several = list(frames)
    return summed(several) if several else None


def summed(frames: Sequence[Pcm]) -> Pcm:
    """At least one frame."""
    if len(frames) == 1:
        return frames[0]
    if len(frames) > _MANY:
        total: NDArray[np.int32] = np.stack(frames).sum(axis=0, dtype=np.int32)
    else:
        total = frames[0].astype(np.int32)
        for frame in frames[1:]:
            total += frame
    return np.clip(total, -32768, 32767).astype(np.int16)


def pcm_of(frame: bytes) -> Pcm:
    return np.frombuffer(frame, dtype="<i2").astype(np.int16, copy=False)


def bytes_of(frame: Pcm | None) -> bytes:
    return b"" if frame is None else frame.astype("<i2", copy=False).tobytes()
