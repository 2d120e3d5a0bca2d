"""The sounds of one run: found by the name that a scenario gives them, and kept in its trace."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from telnyx_simulator.checks.expectations import Expectation, Place, Subject, choices
from telnyx_simulator.draws import Draws
from telnyx_simulator.media.sounds import SEEDED_S, SoundError, load_clip, load_file
from telnyx_simulator.media.sources import Sound
from telnyx_simulator.scenario.clip_words import HEARD, MICS
from telnyx_simulator.scenario.complaints import Complaint, ScenarioError
from telnyx_simulator.scenario.script import Scenario, Step, Verb
from telnyx_simulator.sut.profile import Profile

# Made anew for each person of a run; as long as this where somebody says one.
SEEDED = ("watermark", "noise")
SAID_S = 5.0


class Clips:
    """Finds sounds for one scenario file under one profile, each loaded once. `folder` is that of `./` clips.

    Clips that are made from a seed are another sound for each person; they come from `draws`.
    """

    def __init__(self, profile: Profile, folder: Path, draws: Draws) -> None:
        self._files = profile.clip_files()
        self._folder = folder
        self._draws = draws
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
        return [self.sound(person=step.person, **clip) for clip in step.sounds]

    def carried(self, mic: str, person: str) -> Sound | str:
        """What a microphone carries: a word stays a word. Raises SoundError."""
        return mic if mic in MICS else self.sound(clip=mic, person=person, seconds=SEEDED_S)

    def mixed_in(self, planes: dict[str, Any], person: str) -> dict[str, Sound]:
        """The clips that a line mixes in, by name. Raises SoundError."""
        named = [one for impairments in planes.values() for one in impairments if "clip" in one]
        return {one["clip"]: self.sound(clip=one["clip"], person=person, seed=one.get("key")) for one in named}

    def keyed(self, planes: dict[str, Any], person: str) -> dict[str, list[dict[str, Any]]]:
        """With the `key` of each clip that is made from a seed, so that whoever repeats the line can make the same."""
        return {
            plane: [
                one | {"key": self._key(one["clip"], person).hex()} if one.get("clip") in SEEDED else dict(one)
                for one in impairments
            ]
            for plane, impairments in planes.items()
        }

    def expected(self, step: Step) -> dict[str, Sound]:
        """What a step expects to be heard, by name. Raises SoundError."""
        return {name: self.sound(clip=name) for one in step.expectations for name in expected_in(one)}

    def known(self, clip: str) -> Sound | None:
        """A sound that was loaded before, as its file has it."""
        return self._known.get((clip, None, 1, None))

    def sound(
        self,
        *,
        clip: str,
        level_dbfs: float | None = None,
        times: int = 1,
        person: str | None = None,
        seconds: float = SAID_S,
        seed: str | None = None,
    ) -> Sound:
        """`seed`: the key, in hexadecimal, of a clip that is made from one; None: the person's own."""
        made = (seed or self._key(clip, person or "").hex(), seconds) if clip in SEEDED else None
        key = (clip, level_dbfs, times, made)
        if key not in self._known:
            found, wav = self._load(clip, made, level_dbfs=level_dbfs, times=times)
            if self._keep is not None:
                self._keep(wav)
            else:
                self._wavs.append(wav)
            self._known[key] = found
        return self._known[key]

    def _load(
        self, clip: str, made: tuple[str, float] | None, *, level_dbfs: float | None, times: int
    ) -> tuple[Sound, bytes]:
        if clip in self._files:
            return load_file(clip, self._files[clip], level_dbfs=level_dbfs, times=times)
        if clip.startswith("."):
            return load_file(clip, self._folder / clip, level_dbfs=level_dbfs, times=times)
        if made is None:
            return load_clip(clip, level_dbfs=level_dbfs, times=times)
        key, seconds = made
        return load_clip(clip, level_dbfs=level_dbfs, times=times, key=bytes.fromhex(key), seconds=seconds)

    def _key(self, clip: str, person: str) -> bytes:
        return self._draws.within(person).octets(clip)


def expected_in(expectation: Expectation) -> list[str]:
    """The clips that an expectation names, those excepted that are each person's own."""
    if expectation.subject not in (Subject.HEARD, Subject.RECEIVED):
        return []
    return [name for name in choices(expectation.value) if is_clip(name) and name not in SEEDED]


def noises_in(planes: dict[str, Any]) -> list[str]:
    """The clips that a line mixes in."""
    return [one["clip"] for impairments in planes.values() for one in impairments if "clip" in one]


def is_clip(name: str) -> bool:
    """A clip, and not a person or what an ear gets beside clips."""
    return name not in HEARD and not name[:1].isupper()


def missing_clips(scenario: Scenario, profile: Profile, root: Path) -> list[Complaint]:
    """A complaint for each sound of the scenario that cannot be had.

    A clip of the application that its profile does not name is none: that is a requirement (`requirements`).
    """
    clips = Clips(profile, root / Path(scenario.file).parent, Draws(0))
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
    mics = [(person.place, person.mic, person.name) for person in scenario.people]
    yield from _mixed_in(scenario)
    for step in scenario.script:
        for clip in step.sounds:
            if step.verb is Verb.MIC:
                mics.append((step.place, clip["clip"], step.person or ""))
            else:
                yield step.place, clip | {"person": step.person}
    for place, mic, person in mics:
        if mic not in MICS:
            yield place, {"clip": mic, "person": person, "seconds": SEEDED_S}
    expected = [expectation for step in scenario.script for expectation in step.expectations]
    for expectation in [*expected, *scenario.expect, *scenario.absent]:
        for name in expected_in(expectation):
            yield expectation.place, {"clip": name}
    for name in profile.clip_files():
        yield Place("sut.yaml", 1, 1), {"clip": name}


def _mixed_in(scenario: Scenario) -> Iterator[tuple[Place, dict[str, Any]]]:
    lines: list[tuple[Place, Any, str | None]] = [(one.place, one.line, one.name) for one in scenario.people]
    lines += [(step.place, step.argument, step.person) for step in scenario.script if step.verb is Verb.LINE]
    for place, planes, person in lines:
        for clip in noises_in(planes):
            yield place, {"clip": clip, "person": person}
