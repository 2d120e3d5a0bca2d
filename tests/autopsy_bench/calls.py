"""One call in the bench: somebody is heard over the leg codec, an application works, the return codec is heard.

What an application is mistaken about happens where it does in life: when it decodes, when it works on samples, when it
encodes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .frames_wrong import Frames, frames_of
from .speech import FULL_SCALE, Samples, Voice, resampled, to_pcm, utterance
from .wires import Pcm, Wire

LEVEL_DBFS = (-27.0, -20.0)
LATENCY_S = (0.0, 0.6)
NOISE_SHARE = 0.3
NOISE_BELOW_SPEECH_DB = (28.0, 45.0)
FILE_RATES_HZ = (8000, 16000, 22050, 24000, 48000)
FILE_RATE_SHARES = (0.4, 0.3, 0.1, 0.1, 0.1)
CODECS_TOLD_SHARE = 0.7
OFF_GRID_SHARE = 0.25

Hear = Callable[[list[bytes]], tuple[Pcm, int]]
"""The leg's packets as the application gets them: samples, and the rate it believes they have."""
Speak = Callable[[Samples, int], Pcm]
"""The application's samples and their rate as the far end gets them, at the return codec's rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What is wrong, and what else may be said of it."""

    name: str
    same: tuple[str, ...] = ()
    """Other names that are as right: the sound is the same."""
    beside: tuple[str, ...] = ()
    """Names that may stand beside it, and do not suffice alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A pair of files and the truth about it."""

    id: str
    labels: tuple[Label, ...]
    """Empty: healthy."""
    voice: str
    leg: str
    back: str
    told: bool
    """Whoever judges the pair is told the codecs."""
    what: str
    """What was done, for people."""
    reference: Samples
    reference_hz: int
    got: Samples
    got_hz: int


@dataclass(slots=True, kw_only=True)
class Call:
    """A call while it is made. Steps change it in the order of life: heard, worked on, `finish`ed."""

    rng: np.random.Generator
    voices: tuple[Voice, ...]
    leg: Wire
    back: Wire
    voice: str = ""
    reference: Samples = field(default_factory=lambda: np.zeros(0))
    reference_hz: int = 8000
    x: Samples = field(default_factory=lambda: np.zeros(0))
    """What the application has."""
    clean: Samples = field(default_factory=lambda: np.zeros(0))
    """What it would have without a mistake, in its mistaken time: tells who speaks when."""
    rate_hz: int = 8000
    told: bool = True
    labels: list[Label] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def said(self, *, level_dbfs: float | None = None, seconds_max: float = 9.0) -> None:
        """Somebody speaks; the reference is what is put on record, at a rate of its own."""
        self.told = bool(self.rng.random() < CODECS_TOLD_SHARE)
        self.voice, spoken = utterance(self.voices, self.rng, 16000)
        spoken = spoken[: int(seconds_max * 16000)]
        level = self.rng.uniform(*LEVEL_DBFS) if level_dbfs is None else level_dbfs
        loud = _active(spoken, 16000)
        spoken = spoken * 10 ** (level / 20) / np.sqrt((loud**2).mean())
        self.reference_hz = int(self.rng.choice(FILE_RATES_HZ, p=FILE_RATE_SHARES))
        self.reference = to_pcm(resampled(spoken, 16000, self.reference_hz)) / FULL_SCALE

    def sent(self) -> list[bytes]:
        """The leg's packets."""
        return self.leg.encode(to_pcm(resampled(self.reference, self.reference_hz, self.leg.rate_hz)))

    def heard(self, packets: list[bytes], hear: Hear | None = None) -> None:
        """The application decodes, rightly unless told how."""
        pcm, self.rate_hz = hear(packets) if hear else (self.leg.decode(packets), self.leg.rate_hz)
        self.x = pcm / FULL_SCALE
        self.clean = resampled(self.reference, self.reference_hz, self.rate_hz)
        self.clean = np.concatenate([self.clean, np.zeros(max(0, len(self.x) - len(self.clean)))])[: len(self.x)]

    def works_at(self, rate_hz: int) -> None:
        """The application resamples."""
        self.x, self.clean = (resampled(one, self.rate_hz, rate_hz) for one in (self.x, self.clean))
        self.rate_hz = rate_hz

    def frames(self) -> Frames:
        """Its 20 ms frames; a part of applications begin theirs elsewhere than the caller's."""
        off_grid = self.rng.random() < OFF_GRID_SHARE
        return frames_of(self.clean, self.rate_hz, int(self.rng.integers(self.rate_hz // 50)) if off_grid else 0)

    def waits(self) -> None:
        """Silence before and after, and sometimes a little noise."""
        before, after = self.rng.uniform(*LATENCY_S), self.rng.uniform(0, 0.5)
        silences = [np.zeros(int(seconds * self.rate_hz)) for seconds in (before, after)]
        self.x, self.clean = (np.concatenate([silences[0], one, silences[1]]) for one in (self.x, self.clean))
        self.notes.append(f"{1000 * before:.0f} ms late")
        if self.rng.random() < NOISE_SHARE:
            below_db = self.rng.uniform(*NOISE_BELOW_SPEECH_DB)
            loud = np.abs(self.x)[np.abs(self.x) > 0.1 * np.abs(self.x).max()]
            self.x = self.x + np.sqrt((loud**2).mean()) * 10 ** (-below_db / 20) * self.rng.standard_normal(len(self.x))
            self.notes.append(f"noise {below_db:.0f} dB below")

    def finish(self, name: str, speak: Speak | None = None, *, is_native: bool = False) -> Case:
        """The application encodes, rightly unless told how, and the far end hears it.

        The file has a rate of its own, unless it is to hold the very samples of the return codec.
        """
        if speak:
            pcm = speak(self.x, self.rate_hz)
        else:
            pcm = self.back.through(to_pcm(resampled(self.x, self.rate_hz, self.back.rate_hz)))
        drawn_hz = int(self.rng.choice(FILE_RATES_HZ, p=FILE_RATE_SHARES))
        got_hz = self.back.rate_hz if is_native else drawn_hz
        return Case(
            id=name,
            labels=tuple(self.labels),
            voice=self.voice,
            leg=self.leg.told,
            back=self.back.told,
            told=self.told,
            what=", ".join(self.notes),
            reference=self.reference,
            reference_hz=self.reference_hz,
            got=resampled(pcm / FULL_SCALE, self.back.rate_hz, got_hz),
            got_hz=got_hz,
        )


def _active(x: Samples, rate_hz: int) -> Samples:
    frames = frames_of(x, rate_hz)
    whole = len(x) // frames.samples * frames.samples
    return x[:whole].reshape(-1, frames.samples)[frames.spoken].reshape(-1)
