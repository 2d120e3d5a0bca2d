"""What the profile says about scenarios before anything is run, and about itself: for `lint --sut`.

None of it is a mistake, for each file is right by itself. What a scenario needs and the profile lacks makes a run "not
exercised"; the rest would let a fault pass unseen, or keep the application from finding us.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from telnyx_simulator.checks.expectations import Place, Subject, choices
from telnyx_simulator.scenario.requirements import is_own_sound, lacking
from telnyx_simulator.scenario.script import Person, Scenario
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.sut.words import words_in

# The codec in which Telnyx takes what the application returns, unless told otherwise.
_USUAL_RETURN: Final = "PCMU"


def advice(scenarios: Iterable[Scenario], profile: Profile, sut: Path) -> list[tuple[Place, str]]:
    """Places and sentences, each once, files in the order given. `sut` is the profile's own file."""
    scenarios = list(scenarios)
    found = [*_of_profile(profile, Place(str(sut), 1, 1))]
    for scenario in scenarios:
        found += lacking(scenario, profile)
    found += _symmetric(scenarios, profile)
    files = list(dict.fromkeys([str(sut), *(scenario.file for scenario in scenarios)]))
    return sorted(dict.fromkeys(found), key=lambda one: (files.index(one[0].file), one[0].line, one[0].column))


def _of_profile(profile: Profile, place: Place) -> Iterator[tuple[Place, str]]:
    if profile.start is None:
        return
    told = {word for _, word in words_in([profile.start.command, *profile.env.values()])}
    if profile.redirect == "env" and "api_v2" not in told:
        told_how = 'put `TELNYX_BASE_URL: "{api_v2}"` under `env:`, or say `redirect: none`'
        yield place, f"nothing tells the application where we are, so it may call the real Telnyx; {told_how}"
    if profile.status is not None and profile.status.probe is not None and "probe" not in told:
        yield place, 'nothing tells the application where to post its status; put "{probe}" under `env:`'


def _symmetric(scenarios: list[Scenario], profile: Profile) -> Iterator[tuple[Place, str]]:
    """Legs in the codec that the application returns, judged by its echo alone, in every run of a file."""
    if profile.audio.observe != "loopback":
        return
    seen: dict[str, list[tuple[Person, bool]]] = {}
    for scenario in scenarios:
        for person in scenario.people:
            if _by_echo_alone(scenario, person):
                same = person.leg_codec.split("/")[0] == _return_codec(person, profile)
                seen.setdefault(scenario.file, []).append((person, same))
    for judged in seen.values():
        if all(same for _, same in judged):
            for person, _ in judged:
                codec = person.leg_codec.split("/")[0]
                yield (
                    person.place,
                    f"the leg is in {codec}, and so is what the application returns: a fault that is the same in both "
                    "directions would pass; take another leg_codec, or expect an app/ clip as well",
                )


def _by_echo_alone(scenario: Scenario, person: Person) -> bool:
    steps = [expectation for step in scenario.script for expectation in step.expectations]
    judged = [one for one in [*steps, *scenario.expect] if one.person in (None, person.name)]
    if any(one.subject is Subject.RECEIVED for one in judged):
        return False
    clips = [clip for one in judged if one.subject is Subject.HEARD for clip in choices(one.value)]
    known = any(clip.startswith("app/") for clip in clips)
    return not known and any(is_own_sound(clip, person.name, scenario) for clip in clips)


def _return_codec(person: Person, profile: Profile) -> str:
    """In what the application returns, as far as can be known before it says so."""
    given = person.stream.get("return_codec")
    only = profile.codecs[0] if len(profile.codecs) == 1 else _USUAL_RETURN
    return str(given or only).split("/")[0]
