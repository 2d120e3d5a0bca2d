"""What the network finds in what a person says: where they begin and have finished, and where a beep ends."""

from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from telnyx_simulator.audio.activity import talkspurts
from telnyx_simulator.audio.beeps import beeps
from telnyx_simulator.audio.signals import resample
from telnyx_simulator.audio.telephone_band import RATE_HZ
from telnyx_simulator.media.mixing import FRAMES_A_SECOND
from telnyx_simulator.media.sources import Sound


@dataclass(frozen=True, slots=True)
class SpeechBegins:
    """They begin to say something."""


@dataclass(frozen=True, slots=True)
class SpeechOver:
    """What was to be said has been said; `transcript` is its text, where one stands beside the clip."""

    transcript: str | None


@dataclass(frozen=True, slots=True)
class BeepOver:
    """A steady tone of 0.2 s or more has ended."""


Found = SpeechBegins | SpeechOver | BeepOver

# Kept as long as the sound itself.
_known: Final[WeakKeyDictionary[Sound, tuple[tuple[int, Found], ...]]] = WeakKeyDictionary()


def found_in(sound: Sound) -> tuple[tuple[int, Found], ...]:
    """What a sound has in it, and after how many of its frames each is found, in order. Tones alone are no speech."""
    if sound not in _known:
        whole = beeps(sound.pcm, sound.sample_rate_hz)
        spurts = talkspurts(resample(sound.pcm, sound.sample_rate_hz, RATE_HZ))
        said = _without(spurts, whole)
        ends: list[tuple[int, Found]] = [(_frame(end), BeepOver()) for _, end in whole]
        if said:
            ends += [
                (int(said[0][0] * FRAMES_A_SECOND), SpeechBegins()),
                (_frame(said[-1][1]), SpeechOver(sound.transcript)),
            ]
        _known[sound] = tuple(sorted(ends, key=lambda one: one[0]))
    return _known[sound]


def _without(spurts: list[tuple[float, float]], tones: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Stretches of sound less the tones in them."""
    left = spurts
    for first, last in tones:
        parts = [part for begin, end in left for part in ((begin, min(end, first)), (max(begin, last), end))]
        # What is left at the edge of a tone is the tone's own beginning or end.
        left = [(begin, end) for begin, end in parts if end - begin > 0.05]
    return left


def _frame(second: float) -> int:
    return -(-round(second * 1000) * FRAMES_A_SECOND // 1000)
