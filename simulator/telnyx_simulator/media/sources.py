"""Where a leg's next frame comes from.

A *planned* source knows all its frames beforehand: each sound is encoded once, when it is first needed, and its frames
are handed out from memory. That needs a codec whose frames may follow frames that another coder made (`Codec.splices`);
in G722 each frame is encoded when it is due, from samples in memory. A *live* source (bridged legs, conferences)
computes a frame from ears at the tick; it plugs in here by the same method.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import Codec
from telnyx_simulator.audio.signals import resample
from telnyx_simulator.facts.media import PTIME_MS

PTIME_NS = PTIME_MS * 1_000_000


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms on the wire: the payload, and the same in base64."""

    payload: bytes
    text: bytes


class Source(Protocol):
    """Gives the frame for tick `k` of its leg, None where none is sent; ticks come in order, each once."""

    def take(self, k: int) -> Frame | None: ...


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Sound:
    """A clip to be spoken: 16-bit mono samples. `name` is what people call it, `digest` what the trace does.

    `transcript` are the words in it, if they are known.
    """

    name: str
    digest: str
    pcm: NDArray[np.int16]
    sample_rate_hz: int
    transcript: str | None = None

    @property
    def frames(self) -> int:
        """Frames of 20 ms, the last one filled up with silence."""
        return -(-len(self.pcm) * 1000 // (self.sample_rate_hz * PTIME_MS))


@dataclass(frozen=True, slots=True)
class Sounding:
    """When a sound is said: first tick, and the tick after its last."""

    sound: Sound
    first: int
    end: int


class Quiet(StrEnum):
    """What a microphone without a sound carries: frames of silence, or no frames at all."""

    SILENCE = "silence"
    NOTHING = "nothing"


Mic = Sound | Quiet


class Mouth:
    """What one leg says: sounds one after another on the leg's grid of ticks, and what the microphone carries between.

    A sound of the microphone is repeated and runs on beneath what is said: tick `k` has its frame
    `(k - from_tick) % frames`.
    """

    def __init__(self, leg_codec: Codec) -> None:
        self.leg_codec = leg_codec
        self.is_held = False
        self._said: list[Sounding] = []
        self._mic: Mic = Quiet.SILENCE
        self._mic_from = 0

    def set_mic(self, mic: Mic, tick: int) -> None:
        """What is carried between sounds, from `tick` on."""
        self._mic, self._mic_from = mic, tick

    def say(self, sound: Sound, tick: int) -> Sounding:
        """Say `sound` from `tick` on, or as soon as the sound before it is over."""
        first = max(tick, self._said[-1].end) if self._said else tick
        sounding = Sounding(sound, first, first + sound.frames)
        self._said.append(sounding)
        return sounding

    def at(self, k: int) -> tuple[Sound, int] | Quiet:
        """The sound of tick `k` and the number of its frame, or what there is instead."""
        if self.is_held:
            return Quiet.SILENCE
        for sounding in reversed(self._said):
            if sounding.first <= k < sounding.end:
                return sounding.sound, k - sounding.first
            if sounding.end <= k:
                break
        if isinstance(self._mic, Quiet):
            return self._mic
        return (self._mic, (k - self._mic_from) % self._mic.frames) if self._mic.frames else Quiet.SILENCE

    def sounds_from(self, k: int) -> Iterator[Sound]:
        """Every sound that is wanted at or after tick `k`, as far as is known."""
        yield from (sounding.sound for sounding in list(self._said) if sounding.end > k)
        if not isinstance(self._mic, Quiet):
            yield self._mic


class Planned:
    """What a mouth says, in the codec that the application is sent."""

    def __init__(self, mouth: Mouth, sent_codec: Codec) -> None:
        self._mouth = mouth
        self._codec = sent_codec
        self._silence = _frame(sent_codec.silence_frame)
        self._coder = None if sent_codec.splices else sent_codec.encoder()
        self._now: Sound | None = None
        self._frames: Sequence[Frame] = ()

    def take(self, k: int) -> Frame | None:
        now = self._mouth.at(k)
        if now is Quiet.NOTHING:
            return None
        if now is Quiet.SILENCE:
            return self._silence if self._coder is None else _frame(self._coder.encode(_NO_SAMPLES))
        sound, index = now
        if self._coder is None:
            if sound is not self._now:  # fifty times a second, on each leg: not even a look into a table
                self._now, self._frames = sound, encoded(sound, self._mouth.leg_codec, self._codec)
            return self._frames[index]
        return _frame(self._coder.encode(samples(sound, self._mouth.leg_codec, self._codec)[index]))


_NO_SAMPLES: Final = np.zeros(0, dtype=np.int16)
# Silence that a coder hears before a sound, as it does on the line: half a second, after which it has come to rest.
_LEAD_FRAMES: Final = 25

# Kept as long as the sound itself: a run's sounds go when the run does.
_encoded: Final[WeakKeyDictionary[Sound, dict[tuple[Codec, Codec], Sequence[Frame]]]] = WeakKeyDictionary()
_samples: Final[WeakKeyDictionary[Sound, dict[tuple[Codec, Codec], NDArray[np.int16]]]] = WeakKeyDictionary()


def prepare(sound: Sound, leg_codec: Codec, sent_codec: Codec) -> None:
    """Do now what would make the sound's first frame late."""
    if sent_codec.splices:
        encoded(sound, leg_codec, sent_codec)
    else:
        samples(sound, leg_codec, sent_codec)


def encoded(sound: Sound, leg_codec: Codec, sent_codec: Codec) -> Sequence[Frame]:
    """All frames of a sound as the application gets them: through the telephone leg's codec, then the stream's."""
    known = _encoded.setdefault(sound, {})
    if (leg_codec, sent_codec) not in known:
        pcm = samples(sound, leg_codec, sent_codec).reshape(-1)
        lead = np.zeros(_LEAD_FRAMES * sent_codec.frame_samples, dtype=np.int16)
        payloads = sent_codec.encode_frames(np.concatenate([lead, pcm]))
        known[leg_codec, sent_codec] = [_frame(payload) for payload in payloads[_LEAD_FRAMES:]]
    return known[leg_codec, sent_codec]


def samples(sound: Sound, leg_codec: Codec, sent_codec: Codec) -> NDArray[np.int16]:
    """What is to be encoded in `sent_codec`, at its rate: one row a frame.

    A stream in the leg's own codec is not transcoded: it is encoded from what was said.
    """
    known = _samples.setdefault(sound, {})
    if (leg_codec, sent_codec) not in known:
        pcm, rate_hz = sound.pcm, sound.sample_rate_hz
        if sent_codec != leg_codec:
            pcm, rate_hz = leg_codec.through(resample(pcm, rate_hz, leg_codec.sample_rate_hz)), leg_codec.sample_rate_hz
        pcm = resample(pcm, rate_hz, sent_codec.sample_rate_hz)
        rows = np.zeros((sound.frames, sent_codec.frame_samples), dtype=np.int16)
        rows.reshape(-1)[: len(pcm)] = pcm[: rows.size]
        known[leg_codec, sent_codec] = rows
    return known[leg_codec, sent_codec]


def _frame(payload: bytes) -> Frame:
    return Frame(payload, base64.b64encode(payload))
