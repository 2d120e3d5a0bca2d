"""The ear: what the far end hears of what the application sends, and when.

Theory of operation. Messages wait in an inbox with the moment of their arrival; at each 20 ms tick those that had come
by then are taken in order and one frame is played. A talkspurt starts 60 ms after its first message came (the jitter
buffer). When the queue runs dry and media resumes within 200 ms, that was an underrun: playing goes on at once, and the
hole was heard. After a longer pause a new talkspurt begins. `clear` empties the queue and returns every pending mark;
a mark returns at the tick by which the audio before it has been played, at once if there is none. All of this depends
on arrival and tick times alone, so `heard` can be recomputed from the recorded frames.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import Codec, Decoder, MissingLibrary, NotDecodable
from telnyx_simulator.facts.media import JITTER_BUFFER_MS, UNDERRUN_MS_MAX
from telnyx_simulator.media.messages import Clear, Mark, Media

JITTER_BUFFER_NS = JITTER_BUFFER_MS * 1_000_000
UNDERRUN_NS_MAX = UNDERRUN_MS_MAX * 1_000_000
SECOND_NS = 1_000_000_000

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class TalkspurtBegan:
    """The first message of a talkspurt came at `arrived_ns`; it starts to be heard at `starts_ns`."""

    arrived_ns: int
    starts_ns: int


@dataclass(frozen=True, slots=True)
class Underrun:
    """The queue was dry from `dry_ns` on; the next media came at `resumed_ns`."""

    dry_ns: int
    resumed_ns: int


@dataclass(frozen=True, slots=True)
class MarkReached:
    name: str


@dataclass(frozen=True, slots=True)
class Cleared:
    """A `clear` took effect; `dropped_ms` of audio were never heard."""

    dropped_ms: int


@dataclass(frozen=True, slots=True)
class Undecoded:
    """A message that has the form of audio, and yet cannot be decoded: it was not heard."""

    problem: str


@dataclass(slots=True)
class Pace:
    """How an application sent, over the whole of a stream: too slowly where it ran dry, ahead of time where it queued.

    Of samples: what came, what was played, and what a `clear` took back; `queued_most` waited at one time. `dry_ns` is
    the silence that was heard for want of sound in the middle of a talkspurt.
    """

    sample_rate_hz: int
    talkspurts: int = 0
    underruns: int = 0
    dry_ns: int = 0
    taken_in: int = 0
    played: int = 0
    cleared: int = 0
    queued_most: int = 0

    def ms(self, samples: int) -> int:
        return samples * 1000 // self.sample_rate_hz


Note = TalkspurtBegan | Underrun | MarkReached | Cleared | Undecoded


class Playout:
    """One ear. `codec` is the return codec; frames heard are at its sample rate."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self.pace = Pace(codec.sample_rate_hz)
        self._decoder: Decoder | None = None  # made when there is something to decode
        self._inbox: deque[tuple[int, Media | Mark | Clear]] = deque()
        self._queue: deque[Samples | str] = deque()
        self._samples = 0  # queued and not yet played
        self._passed: list[str] = []  # marks behind audio of the frame that is being played
        self._is_playing = False
        self._starts_ns: int | None = None
        self._dry_ns: int | None = None

    @property
    def is_idle(self) -> bool:
        """Nothing is heard or waits to be heard, so a mark has nothing to wait for either."""
        return not self._inbox and not self._queue and not self._is_playing

    def receive(self, message: Media | Mark | Clear, at_ns: int) -> None:
        self._inbox.append((at_ns, message))

    def tick(self, due_ns: int) -> tuple[bytes, list[Note]]:
        """One 20 ms frame (s16le; empty when nothing is played), and what happened on the way."""
        # The frame before has been played by now.
        notes: list[Note] = [MarkReached(name) for name in self._passed]
        self._passed, self._is_playing = [], False
        while self._inbox and self._inbox[0][0] <= due_ns:
            at_ns, message = self._inbox.popleft()
            notes += self._take_in(message, at_ns, due_ns)
        if not self._samples or (self._starts_ns is not None and due_ns < self._starts_ns):
            return b"", notes
        self._starts_ns, self._is_playing = None, True
        frame, filled = self._play()
        self.pace.played += filled
        self._dry_ns = None if self._samples else due_ns + filled * SECOND_NS // self.codec.sample_rate_hz
        return frame.astype("<i2").tobytes(), notes

    def _take_in(self, message: Media | Mark | Clear, at_ns: int, due_ns: int) -> list[Note]:
        match message:
            case Media(payload):
                try:
                    self._decoder = self._decoder or self.codec.decoder()
                    samples = self._decoder.decode(payload)
                except (NotDecodable, MissingLibrary) as problem:
                    return [Undecoded(str(problem))]
                if not len(samples):
                    return []
                notes = self._before_media(at_ns, due_ns) if not self._samples else []
                self._samples += len(samples)
                self._queue.append(samples)
                self.pace.taken_in += len(samples)
                self.pace.queued_most = max(self.pace.queued_most, self._samples)
                return notes
            case Mark(name):
                if not self._samples:
                    return [MarkReached(name)]
                self._queue.append(name)
                return []
            case Clear():
                dropped_ms = self._samples * 1000 // self.codec.sample_rate_hz
                marks: list[Note] = [MarkReached(item) for item in self._queue if isinstance(item, str)]
                self._queue.clear()
                self.pace.cleared += self._samples
                self._samples, self._starts_ns, self._dry_ns = 0, None, None
                return [Cleared(dropped_ms), *marks]

    def _before_media(self, at_ns: int, due_ns: int) -> list[Note]:
        """Media reaches an empty queue: it goes on without a hole, after an underrun, or as a new talkspurt."""
        dry_ns = self._dry_ns
        if dry_ns is not None and at_ns - dry_ns <= UNDERRUN_NS_MAX:
            if due_ns <= dry_ns:
                return []
            self.pace.underruns += 1
            self.pace.dry_ns += due_ns - dry_ns
            return [Underrun(dry_ns, at_ns)]
        self.pace.talkspurts += 1
        self._starts_ns = at_ns + JITTER_BUFFER_NS
        return [TalkspurtBegan(at_ns, self._starts_ns)]

    def _play(self) -> tuple[Samples, int]:
        """The next frame, filled up with silence where the queue ends, and its samples before that silence."""
        frame = np.zeros(self.codec.frame_samples, dtype=np.int16)
        filled = 0
        while self._queue and (filled < len(frame) or isinstance(self._queue[0], str)):
            item = self._queue.popleft()
            if isinstance(item, str):
                self._passed.append(item)
                continue
            part = item[: len(frame) - filled]
            frame[filled : filled + len(part)] = part
            filled += len(part)
            if len(part) < len(item):
                self._queue.appendleft(item[len(part) :])
        self._samples -= filled
        return frame, filled
