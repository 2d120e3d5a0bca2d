"""Who speaks in the bench: the voices that the diagnosis may be tuned with, and those it is tested with."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float64]
"""One channel; 1.0 is full scale."""

SPEECH = Path(__file__).parents[2] / "fixtures" / "audio" / "speech"
FULL_SCALE = 32768.0

# The table of README.md: no voice is on both sides.
TUNING = {"librivox": ("en-1", "en-2", "en-3", "en-4", "en-5"), "kal16": ("en-12",)}
TEST = {
    "goforward": ("en-6",),
    "cards": ("en-7",),
    "dhd": ("en-8",),
    "awb": ("en-9",),
    "rms": ("en-10",),
    "slt": ("en-11",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One speaker's utterances."""

    name: str
    utterances: tuple[Samples, ...]
    rate_hz: int


def committed(voices: dict[str, tuple[str, ...]]) -> tuple[Voice, ...]:
    """The voices of one side of the table, from the committed clips."""
    return tuple(_voice(name, [SPEECH / f"{clip}.wav" for clip in clips]) for name, clips in voices.items())


def in_folder(folder: Path) -> tuple[Voice, ...]:
    """One voice a subfolder, an utterance a WAV file of 2 s or more."""
    found = {path: sorted(path.glob("*.wav")) for path in sorted(folder.iterdir()) if path.is_dir()}
    return tuple(_voice(path.name, files) for path, files in found.items() if files)


def utterance(
    voices: tuple[Voice, ...], rng: np.random.Generator, rate_hz: int, *, but: str = ""
) -> tuple[str, Samples]:
    """Somebody's name and 2 to 8 s of them: one utterance, or two in a row with a pause. Never the voice `but`.

    Half of the speakers are made a little smaller or larger than they are, for there are few of them.
    """
    possible = [one for one in voices if one.name != but.split(" x ")[0]]
    voice = possible[int(rng.integers(len(possible)))]
    first = voice.utterances[int(rng.integers(len(voice.utterances)))]
    spoken = resampled(first, voice.rate_hz, rate_hz)
    if len(voice.utterances) > 1 and len(spoken) < 3.5 * rate_hz and rng.random() < 0.4:
        others = [one for one in voice.utterances if one is not first]
        second = resampled(others[int(rng.integers(len(others)))], voice.rate_hz, rate_hz)
        if len(spoken) + len(second) < 8 * rate_hz:
            spoken = np.concatenate([spoken, np.zeros(int(rng.uniform(0.1, 0.5) * rate_hz)), second])
    if rng.random() < 0.5:
        size = float(rng.choice((0.86, 0.92, 1.07, 1.13)))
        return f"{voice.name} x {size}", resampled(spoken, round(rate_hz * size), rate_hz)
    return voice.name, spoken


def resampled(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """At another rate, without delay."""
    return samples if from_hz == to_hz else np.asarray(soxr.resample(samples, from_hz, to_hz, quality="HQ"))


def read(path: Path) -> tuple[Samples, int]:
    """A mono 16-bit file."""
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2), path
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / FULL_SCALE, file.getframerate()


def write(path: Path, samples: Samples, rate_hz: int) -> None:
    """A mono 16-bit file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(to_pcm(samples).astype("<i2").tobytes())


def to_pcm(samples: Samples) -> NDArray[np.int16]:
    """16-bit samples, rounded and saturated."""
    return np.clip(np.rint(samples * FULL_SCALE), -32768, 32767).astype(np.int16)


def _voice(name: str, files: list[Path]) -> Voice:
    read_files = [read(file) for file in files]
    rates = {rate for _, rate in read_files}
    assert len(rates) == 1, f"{name} has files of several rates: {sorted(rates)}"
    return Voice(name=name, utterances=tuple(samples for samples, _ in read_files), rate_hz=rates.pop())
