"""A trace as checks look at it: who had which leg, what state it was in, what was said and heard."""

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import Codec, parse_codec
from telnyx_simulator.audio.signals import read_wav, resample
from telnyx_simulator.trace import Entry, Frame, Trace

RATE_HZ = 8000
NS_PER_SAMPLE = 1_000_000_000 // RATE_HZ
FRAME_NS = 20_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What an ear got: s16 samples at 8 kHz; sample 0 was due at `began_ns`. Nothing played counts as silence."""

    pcm: NDArray[np.int16]
    began_ns: int

    def at_ns(self, second: float) -> int:
        return self.began_ns + round(second * 1_000_000_000)

    def second_of(self, at_ns: int) -> float:
        return (at_ns - self.began_ns) / 1_000_000_000

    @property
    def end_ns(self) -> int:
        return self.began_ns + len(self.pcm) * NS_PER_SAMPLE


class Record:
    """Answers questions about one trace. Not kept beyond the moment: a live trace grows under it."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.header = trace.header
        self._heard: dict[str, Heard | None] = {}

    @cached_property
    def legs_of_people(self) -> dict[str, list[str]]:
        """Person -> their legs' ids, oldest first."""
        legs: dict[str, list[str]] = {}
        for entry in self.trace.of("runner", "leg"):
            legs.setdefault(entry.body["person"], []).append(entry.call or "")
        return legs

    def legs(self, person: str | None) -> list[str]:
        if person is not None:
            return self.legs_of_people.get(person, [])
        return list(dict.fromkeys(entry.call for entry in self.trace.of("switch", "leg") if entry.call))

    def moves(self, call: str) -> list[Entry]:
        """The leg's states, in order."""
        return list(self.trace.of("switch", "leg", call=call))

    def expected_words(self, call: str, moves: list[Entry]) -> list[str] | None:
        """What `status_map` gives for the state or cause that `moves` led to; None if the map does not say."""
        status_map: dict[str, Any] = self.header["profile"]["status_map"]
        if not moves:
            return None
        now = moves[-1].body
        state = {"parked": "ringing", "hangup": now.get("cause")}.get(now["state"], now["state"])
        words = status_map.get(f"{state}/{now['direction']}", status_map.get(str(state)))
        return [words] if isinstance(words, str) else words

    def codecs(self, call: str, at_ns: int) -> tuple[Codec, Codec] | None:
        """What the application was sent and what it was to return, on the stream of that moment or the first after."""
        opened = list(self.trace.of("stream", "opened", call=call))
        if not opened:
            return None
        stream = next((entry for entry in reversed(opened) if entry.at_ns <= at_ns), opened[0])
        return parse_codec(stream.body["sent_codec"]), parse_codec(stream.body["returned_codec"])

    def streamed_from(self, call: str) -> int | None:
        """When the leg's first stream started: what was said before it went to nobody."""
        started = next(self.trace.of("stream", "started", call=call), None)
        return started.at_ns if started else None

    def sounds(self, call: str) -> list[Entry]:
        """What the person said."""
        return list(self.trace.of("far_end", "sound", call=call))

    def stimulus(self, digest: str) -> NDArray[np.int16]:
        """A sound that stands in the trace, at 8 kHz."""
        pcm, rate = read_wav(self.trace.stimulus(digest))
        return resample(pcm, rate, RATE_HZ)

    def digest_of(self, clip: str, call: str, until_ns: int | None) -> str | None:
        """The sound that a scenario calls by this name: as it was last said by then, or as its file has it.

        What the leg's own person said goes before what others said.
        """
        said = [
            entry
            for entry in self.trace.of("far_end", "sound")
            if entry.body["clip"] == clip and (until_ns is None or entry.at_ns <= until_ns)
        ]
        own = [entry for entry in said if entry.call == call]
        known: str | None = self.header["stimuli"].get(clip) or self.application_clips().get(clip)
        return (own or said)[-1].body["digest"] if said else known

    @property
    def interrupted(self) -> bool:
        """The run did not get to its end: what has not happened might have."""
        return not any(self.trace.of("runner", "settled"))

    def is_alive(self, call: str) -> bool:
        moves = self.moves(call)
        return bool(moves) and moves[-1].body["state"] != "hangup"

    def heard(self, call: str) -> Heard | None:
        if call not in self._heard:
            frames = self.trace.frames(f"{call}.heard")
            self._heard[call] = Heard(_joined(frames), frames[0].due_ns) if frames else None
        return self._heard[call]

    def application_clips(self) -> dict[str, str]:
        """Clips that the application is known to play: name (`app/greeting`) -> digest."""
        return dict(self.header["profile"]["clips"])

    def lateness_ns(self, from_ns: int, to_ns: int) -> int:
        """How late we were at worst, with a frame or a webhook that was due within this time."""
        late = [(frame.due_ns, frame.at_ns) for call in self.legs(None) for frame in self.trace.frames(f"{call}.heard")]
        due = {entry.body["delivery_id"]: entry.body["due_ns"] for entry in self.trace.of("switch", "webhook.planned")}
        for entry in self.trace.of("sender", "webhook.attempt"):
            if entry.body["attempt"] == 1:
                late.append((due[entry.body["delivery_id"]], entry.body["sent_ns"]))
        return max((at_ns - due_ns for due_ns, at_ns in late if from_ns <= due_ns <= to_ns), default=0)


def _joined(frames: list[Frame]) -> NDArray[np.int16]:
    """Frames one after another at 8 kHz; a tick at which nothing was played is 20 ms of silence.

    A frame's length tells its rate. Streams of different return codecs on one leg are brought to 8 kHz stretch by
    stretch.
    """
    lengths = np.array([len(frame.data) // 2 for frame in frames])
    spoken = np.flatnonzero(lengths)
    changes = spoken[1:][np.diff(lengths[spoken]) != 0]
    edges = [0, *changes.tolist(), len(frames)]
    parts = [_stretch(frames[start:end]) for start, end in itertools.pairwise(edges)]
    return np.concatenate(parts)


def _stretch(frames: list[Frame]) -> NDArray[np.int16]:
    samples = max(len(frame.data) // 2 for frame in frames) or RATE_HZ // 50
    pcm = np.zeros(len(frames) * samples, dtype=np.int16)
    for n, frame in enumerate(frames):
        part = np.frombuffer(frame.data[: len(frame.data) // 2 * 2], dtype="<i2")
        pcm[n * samples : n * samples + len(part)] = part
    return resample(pcm, samples * 50, RATE_HZ)
