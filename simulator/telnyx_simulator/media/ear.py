"""What a person hears beside the stream of their leg: what Telnyx plays to them, and what others say.

Theory of operation. What is played is planned: its frames are those of a sound, from a tick on, as often as it is to be
repeated. What others say is handed over by their own mouths at their ticks (`media.voice`), which are as long as ours
and somewhere between two of ours, so that a frame waits at most one tick.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from telnyx_simulator.media.mixing import Converters, Pcm, rows
from telnyx_simulator.media.sources import Sound


@dataclass(frozen=True, slots=True)
class DigitHeard:
    """A telephone key begins to be heard."""

    digit: str


@dataclass(slots=True, eq=False)
class Played:
    """A sound from tick `first` on, `times` times (None: without end), without its first `skipped` frames.

    `digits` are keys in it, by frame.
    """

    key: str
    sound: Sound
    first: int
    times: int | None = 1
    digits: dict[int, str] = field(default_factory=dict)
    skipped: int = 0

    @property
    def end(self) -> int | None:
        """The tick after the last."""
        return None if self.times is None else self.first + self.times * self.sound.frames - self.skipped


class Ear:
    """`take` is asked once a tick; `rate_hz` is the rate at which it was asked last."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._played: list[Played] = []
        self._voices: dict[object, Pcm] = {}
        self._converters = Converters()

    @property
    def is_idle(self) -> bool:
        return not self._played and not self._voices

    def play(self, played: Played) -> None:
        self._played.append(played)

    def stop(self, key: str, tick: int) -> int | None:
        """Hear no more of it; how many frames of it were heard, None if it is not being played."""
        found = next((one for one in self._played if one.key == key), None)
        if found is None:
            return None
        self._played.remove(found)
        return max(0, tick - found.first)

    def overhear(self, source: object, frame: Pcm) -> None:
        """20 ms of somebody, heard at the next tick; of two of the same source the later."""
        self._voices[source] = frame

    def played_at(self, k: int, rate_hz: int) -> Iterator[tuple[str, Pcm]]:
        """What is played at a tick: whose key, and its frame."""
        for one in self._played:
            if one.first <= k and one.sound.frames:
                yield one.key, rows(one.sound, rate_hz)[(k - one.first + one.skipped) % one.sound.frames]

    def take(self, k: int, rate_hz: int) -> tuple[list[Pcm], list[DigitHeard]]:
        """The frames that are heard at one time at tick `k`, at this rate, and the keys that begin in them."""
        self.rate_hz = rate_hz
        if self._played:
            self._played = [one for one in self._played if one.end is None or k < one.end]
        frames = [frame for _, frame in self.played_at(k, rate_hz)]
        digits = [DigitHeard(one.digits[k - one.first]) for one in self._played if k - one.first in one.digits]
        for source, frame in self._voices.items():
            frames.append(self._converters.convert(source, frame, rate_hz, k))
        self._voices.clear()
        return frames, digits
