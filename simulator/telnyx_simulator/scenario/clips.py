"""The sounds of one run: found by the name that a scenario gives them, and kept in its trace."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from telnyx_simulator.checks.expectations import Expectation, Place, Subject, choices
from telnyx_simulator.media.sounds import SoundError, load_clip, load_file
from telnyx_simulator.media.sources import Sound
from telnyx_simulator.scenario.complaints import Complaint, ScenarioError
from telnyx_simulator.scenario.script import Scenario, Step, Verb
from telnyx_simulator.sut.profile import Profile

Found = tuple[Sound, bytes]

# What an ear can get that is no clip.
_NO_CLIPS = ("talkspurt", "silence")


class Clips:
    """Finds sounds for one scenario file under one profile, each loaded once. `folder` is that of `./` clips."""

    def __init__(self, profile: Profile, folder: Path) -> None:
        self._files = profile.clip_files()
        self._folder = folder
        self._keep: Callable[[bytes], object] | None = None
        self._wavs: list[bytes] = []
        self._known: dict[tuple[Any, ...], Sound] = {}

    def keep_in(self, keep: Callable[[bytes], object]) -> None:
        """Every sound, those loaded already too, goes to `keep` as the bytes of its WAV file."""
        self._keep = keep
        for wav in self._wavs:
            keep(wav)
        self._wavs.clear()

    def said(self, step: Step) -> list[Sound]:
        """What a step says: the clips of `play`, one after another, or that of `barge_in`. Raises SoundError."""
        return [self.sound(**clip) for clip in said_in(step)]

    def expected(self, step: Step) -> dict[str, Sound]:
        """What a step expects to be heard, by name. Raises SoundError."""
        return {name: self.sound(clip=name) for one in step.expectations for name in expected_in(one)}

    def sound(self, *, clip: str, level_dbfs: float | None = None, times: int = 1) -> Sound:
        key = (clip, level_dbfs, times)
        if key not in self._known:
            found, wav = self._load(clip, level_dbfs=level_dbfs, times=times)
            if self._keep is not None:
                self._keep(wav)
            else:
                self._wavs.append(wav)
            self._known[key] = found
        return self._known[key]

    def known(self, clip: str) -> Sound | None:
        """A sound that was loaded before, as its file has it."""
        return self._known.get((clip, None, 1))

    def _load(self, clip: str, *, level_dbfs: float | None, times: int) -> Found:
        if clip in self._files:
            return load_file(clip, self._files[clip], level_dbfs=level_dbfs, times=times)
        if clip.startswith("."):
            return load_file(clip, self._folder / clip, level_dbfs=level_dbfs, times=times)
        return load_clip(clip, level_dbfs=level_dbfs, times=times)


def said_in(step: Step) -> list[dict[str, Any]]:
    argument: Any = step.argument
    return list(argument) if step.verb is Verb.PLAY else []


def expected_in(expectation: Expectation) -> list[str]:
    """The clips that an expectation names."""
    if expectation.subject is not Subject.HEARD:
        return []
    return [name for name in choices(expectation.value) if name not in _NO_CLIPS]


def missing_clips(scenario: Scenario, profile: Profile, root: Path) -> list[Complaint]:
    """A complaint for each sound of the scenario that cannot be had.

    A clip of the application that its profile does not name is none: that is a requirement (`requirements`).
    """
    clips = Clips(profile, root / Path(scenario.file).parent)
    complaints: dict[Complaint, None] = {}
    for place, clip in _wanted(scenario, profile):
        if clip["clip"].startswith("app/") and clip["clip"] not in profile.clip_files():
            continue
        try:
            clips.sound(**clip)
        except SoundError as error:
            complaints[Complaint(place, str(error))] = None
    return list(complaints)


def load_all(scenario: Scenario, clips: Clips, profile: Profile) -> dict[str, str]:
    """Load every sound before the call begins, for loading takes time; the answer is name -> digest."""
    digests = {}
    for place, clip in _wanted(scenario, profile):
        try:
            sound = clips.sound(**clip)
        except SoundError as error:
            raise ScenarioError([Complaint(place, str(error))]) from error
        if set(clip) == {"clip"}:
            digests[sound.name] = sound.digest
    return digests


def _wanted(scenario: Scenario, profile: Profile) -> Iterator[tuple[Place, dict[str, Any]]]:
    for step in scenario.script:
        for clip in said_in(step):
            yield step.place, clip
    expected = [expectation for step in scenario.script for expectation in step.expectations]
    for expectation in [*expected, *scenario.expect, *scenario.absent]:
        for name in expected_in(expectation):
            yield expectation.place, {"clip": name}
    for name in profile.clip_files():
        yield Place("sut.yaml", 1, 1), {"clip": name}
