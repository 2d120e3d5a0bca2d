"""A recording as it grows: 20 ms after 20 ms of what is said and heard on its legs, and the channels of its file."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.activity import TALK_LEAST_DBFS, talkspurts
from telnyx_simulator.audio.signals import FULL_SCALE, resample, to_int16
from telnyx_simulator.audio.telephone_band import RATE_HZ
from telnyx_simulator.media.mixing import FRAMES_A_SECOND, Converters, Pcm, summed
from telnyx_simulator.media.sources import PTIME_NS

_LOUD_RMS: Final = FULL_SCALE * 10 ** (TALK_LEAST_DBFS / 20)
# Each second of silence is told.
_TOLD_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class SilentFor:
    """Nobody has said anything on a recorded leg."""

    silent_ns: int


class Tape:
    """One recording. `rate_hz` is that of its file; `is_conference`: what is said on all its legs is one side of it.

    Of one leg the two sides are what the person says, and what they hear. Of a conference they are what the first of
    its legs says, and everything else that is to be heard there; what is played to several is in it once.
    """

    def __init__(
        self, rate_hz: int, began_ns: int, *, is_conference: bool, frames_max: int | None, listens: bool
    ) -> None:
        self.rate_hz = rate_hz
        self.transcripts: list[tuple[str, str]] = []
        # Whether only that of what is said counts which somebody else hears: who is muted is not recorded.
        self.only_heard = False
        self._began_ns = began_ns
        self._is_conference = is_conference
        self._frames_max = frames_max
        self._listens = listens
        self._sides: tuple[dict[int, list[Pcm]], dict[int, list[Pcm]]] = ({}, {})
        self._shared: set[tuple[int, str]] = set()
        self._first: str | None = None
        self._frames = 0
        # Each pause: from when until when, None as long as it lasts.
        self._pauses: list[tuple[int, int | None]] = []
        self._silent_ns = 0
        self._converters = Converters()

    def pause(self, at_ns: int) -> None:
        if not self._pauses or self._pauses[-1][1] is not None:
            self._pauses.append((at_ns, None))

    def resume(self, at_ns: int) -> None:
        if self._pauses and self._pauses[-1][1] is None:
            self._pauses[-1] = (self._pauses[-1][0], at_ns)

    def _frame_at(self, due_ns: int) -> int | None:
        """Where a tick belongs, by when it was due: ticks may come late. None where it is left out."""
        before = [pause for pause in self._pauses if pause[0] <= due_ns]
        if due_ns < self._began_ns or any(until_ns is None or due_ns < until_ns for _, until_ns in before):
            return None
        left_out_ns = sum(until_ns - from_ns for from_ns, until_ns in before if until_ns is not None)
        n = (due_ns - self._began_ns - left_out_ns) // PTIME_NS
        return n if self._frames_max is None or n < self._frames_max else None

    def take(
        self, leg: str, due_ns: int, said: Pcm | None, heard: Pcm | None, played: Iterable[tuple[str, Pcm]]
    ) -> SilentFor | None:
        """A tick of one leg: what was said there (at our rate), heard (at any), and played by Telnyx (at our rate)."""
        n = self._frame_at(due_ns)
        if n is None:
            return None
        self._frames = max(self._frames, n + 1)
        own, other = self._sides
        self._first = self._first or leg
        if said is not None:
            side = own if leg == self._first or not self._is_conference else other
            side.setdefault(n, []).append(said)
        if self._is_conference:
            for key, frame in played:
                if (n, key) not in self._shared:
                    self._shared.add((n, key))
                    other.setdefault(n, []).append(frame)
        elif heard is not None:
            other.setdefault(n, []).append(self._converters.convert(leg, heard, self.rate_hz, n))
        return self._silence(said, heard) if self._listens else None

    def _silence(self, *sides: Pcm | None) -> SilentFor | None:
        if any(side is not None and _rms(side) >= _LOUD_RMS for side in sides):
            self._silent_ns = 0
            return None
        self._silent_ns += PTIME_NS
        return SilentFor(self._silent_ns) if self._silent_ns % _TOLD_NS == 0 else None

    def channels(self, channels: str, track: str, *, trim: bool) -> NDArray[np.int16]:
        """The samples of its file, [samples, channels]. `track` is `inbound` (said), `outbound` (heard) or `both`."""
        said, heard = (self._whole(side) for side in self._sides)
        if track != "both":
            whole = (said if track == "inbound" else heard)[:, None]
        elif channels == "dual":
            whole = np.stack([said, heard], axis=1)
        else:
            whole = to_int16(said.astype(np.float64) + heard)[:, None]
        return self._trimmed(whole) if trim else whole

    def _whole(self, side: dict[int, list[Pcm]]) -> Pcm:
        size = self.rate_hz // FRAMES_A_SECOND
        whole = np.zeros((self._frames, size), np.int16)
        for n, frames in side.items():
            whole[n] = summed(frames)
        return whole.reshape(-1)

    def _trimmed(self, whole: NDArray[np.int16]) -> NDArray[np.int16]:
        """Without the silence at both ends."""
        one = to_int16(whole.astype(np.float64).sum(axis=1))
        spurts = talkspurts(resample(one, self.rate_hz, RATE_HZ))
        if not spurts:
            return whole[:0]
        return whole[round(spurts[0][0] * self.rate_hz) : round(spurts[-1][1] * self.rate_hz)]


def _rms(frame: Pcm) -> float:
    return float(np.sqrt((frame.astype(np.float64) ** 2).mean()))
