"""What a person says, for whom it concerns beside the application: people on other legs, and recordings.

Made for legs that are connected or recorded, and for no other. It is what comes out of the telephone leg: in the leg's
codec, and as its line leaves it (`pstn` impairments toward the application, behind a buffer like that of a phone).
"""

from dataclasses import dataclass

import numpy as np

from telnyx_simulator.audio.codecs import Codec
from telnyx_simulator.audio.signals import to_int16
from telnyx_simulator.media.ear import Ear
from telnyx_simulator.media.impairments.line import Way
from telnyx_simulator.media.impairments.sound import Moment, Samples
from telnyx_simulator.media.mixing import FRAMES_A_SECOND, Converters, Pcm, bytes_of, pcm_of, rows
from telnyx_simulator.media.phone import Phone
from telnyx_simulator.media.sources import Mouth, Quiet, Sound
from telnyx_simulator.media.tape import Tape


@dataclass(slots=True)
class Taped:
    """A tape, and the name that this leg has there. What is due at `until_ns` or later is not on it any more.

    `is_heard`: whether somebody else heard the leg when it was to be recorded no longer.
    """

    name: str
    tape: Tape
    until_ns: int | None = None
    is_heard: bool = False


class Voice:
    """`listeners` are the ears of others, `tapes` what records it."""

    def __init__(self, mouth: Mouth) -> None:
        self.listeners: list[Ear] = []
        self.tapes: list[Taped] = []
        self._mouth = mouth
        self._phone: Phone | None = None
        self._converters = Converters()

    @property
    def _codec(self) -> Codec:
        return self._mouth.leg_codec

    @property
    def is_idle(self) -> bool:
        """Whether what is said concerns nobody but the application."""
        return not self.listeners and not self.tapes

    def prepare(self, sound: Sound) -> None:
        """Do now what would make the sound's first frame late."""
        for rate_hz in {ear.rate_hz for ear in self.listeners} | {one.tape.rate_hz for one in self.tapes}:
            rows(sound, rate_hz, self._codec)

    def tape(self, name: str, tape: Tape) -> None:
        self.tapes.append(Taped(name, tape))

    def untape(self, tape: Tape, until_ns: int) -> None:
        """What was said before this moment is still taped, even if its ticks are yet to come."""
        for one in self.tapes:
            if one.tape is tape and one.until_ns is None:
                one.until_ns, one.is_heard = until_ns, bool(self.listeners)

    def on_tape(self, due_ns: int) -> list[tuple[Taped, bool]]:
        """What records the tick that is due at this moment, and whether what is said counts there."""
        self.tapes = [one for one in self.tapes if one.until_ns is None or due_ns < one.until_ns]
        return [
            (one, not one.tape.only_heard or (bool(self.listeners) if one.until_ns is None else one.is_heard))
            for one in self.tapes
        ]

    def speak(self, k: int, way: Way | None, back: Samples, altered: tuple[Samples | None, int] | None) -> "Spoken":
        """What is said at tick `k`, to whoever listens. `way` is the line, `back` what went the other way.

        `altered`: the line's work on this frame and its rate, where it has been done for the stream.
        """
        spoken = Spoken(self._mouth, k)
        if way is not None:
            spoken = self._behind_a_line(spoken, way, back, altered)
        else:
            self._phone = None
        for ear in self.listeners:
            frame = spoken.at(ear.rate_hz, self._converters)
            if frame is not None:
                ear.overhear(self, frame)
        return spoken

    def said(self, spoken: "Spoken", rate_hz: int) -> Pcm | None:
        return spoken.at(rate_hz, self._converters)

    def _behind_a_line(
        self, spoken: "Spoken", way: Way, back: Samples, altered: tuple[Samples | None, int] | None
    ) -> "Spoken":
        if self._phone is None or self._phone.way is not way:
            self._phone = Phone(way)
        rate_hz = self._codec.sample_rate_hz
        frame = spoken.at(rate_hz, self._converters)
        if altered is not None:
            samples, rate_hz = altered
            frame = None if samples is None else to_int16(samples)
        elif way.changes_sound:
            silence = np.zeros(rate_hz // FRAMES_A_SECOND)
            samples = silence if frame is None else frame.astype(np.float64)
            samples = way.altered(samples, Moment(tick=spoken.tick, rate_hz=rate_hz, back=back))
            frame = None if samples is None else to_int16(samples)
        came = self._phone.delivered(spoken.tick, bytes_of(frame))
        spoken.alter(pcm_of(came) if came else None)
        return spoken


class Spoken:
    """One tick's frame at any rate; None where nothing is said."""

    __slots__ = ("_known", "_mouth", "_now", "altered", "is_altered", "tick")

    def __init__(self, mouth: Mouth, tick: int) -> None:
        self.tick = tick
        self.is_altered = False
        self.altered: Pcm | None = None
        self._mouth = mouth
        self._now = mouth.at(tick)
        self._known: dict[int, Pcm | None] = {}

    def at(self, rate_hz: int, converters: Converters) -> Pcm | None:
        if rate_hz not in self._known:
            self._known[rate_hz] = self._made(rate_hz, converters)
        return self._known[rate_hz]

    def _made(self, rate_hz: int, converters: Converters) -> Pcm | None:
        if self.is_altered:
            return None if self.altered is None else converters.convert(None, self.altered, rate_hz, self.tick)
        if isinstance(self._now, Quiet):
            return None
        sound, index = self._now
        frame: Pcm = rows(sound, rate_hz, self._mouth.leg_codec)[index]
        return frame

    def alter(self, frame: Pcm | None) -> None:
        """The line has made this of it."""
        self.altered, self.is_altered = frame, True
        self._known.clear()
