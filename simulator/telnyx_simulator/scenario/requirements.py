"""What a script needs of the profile and of this machine, whether it says so or not.

What is missing makes a run "not exercised", no failure.
"""

from collections.abc import Iterator
from typing import Any

from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.checks.expectations import Expectation, Place, Subject, choices
from telnyx_simulator.checks.statuses import RESERVED
from telnyx_simulator.scenario.clip_words import HEARD
from telnyx_simulator.scenario.script import Person, Scenario, Step, Verb
from telnyx_simulator.sut.profile import Profile


def missing(scenario: Scenario, profile: Profile) -> list[str]:
    """The lines to add to the profile, each with its reason, and each once."""
    return list(dict.fromkeys(line for _, line in lacking(scenario, profile)))


def lacking(scenario: Scenario, profile: Profile) -> Iterator[tuple[Place, str]]:
    """The lines to add to the profile, each with its reason and with the place of the scenario that needs it."""
    for ability in scenario.requires:
        if ability not in profile.does:
            yield Place(scenario.file, 1, 1), f"the scenario requires {ability}; add it to `does:`"
    for person in scenario.people:
        yield from _of_person(person, profile)
    for step in scenario.script:
        yield from _of_step(step, profile)
        for expectation in step.expectations:
            sought = step.verb is Verb.EXPECT
            yield from _of_expectation(expectation, expectation.person or step.person, scenario, profile, sought=sought)
    for expectation in scenario.expect:
        yield from _of_expectation(expectation, expectation.person, scenario, profile, sought=True)
    for expectation in scenario.absent:
        yield from _of_expectation(expectation, expectation.person, scenario, profile, sought=False)


def _of_person(person: Person, profile: Profile) -> Iterator[tuple[Place, str]]:
    for what, codec in [("leg", person.leg_codec), *_of_stream(person)]:
        if codec.split("/")[0] not in profile.codecs:
            yield person.place, f"a {what} in {codec.split('/')[0]}; add it to `codecs:`"
    yield from _of_machine(person)
    yield from _of_clip(person.mic, person.place, profile, "is in a microphone")


def _of_machine(person: Person) -> Iterator[tuple[Place, str]]:
    """What we send is decoded as well: a stream may transcode it, and the checks look at it."""
    sent = {"leg": person.leg_codec, "stream": person.stream.get("stream_codec")}
    given = [(what, str(codec), True) for what, codec in sent.items() if codec]
    if returned := person.stream.get("return_codec"):
        given.append(("reply", str(returned), False))
    for what, codec, encode in given:
        if lacking := parse_codec(codec).missing_here(encode=encode, decode=True):
            yield person.place, f"a {what} in {codec.split('/')[0]}: {lacking.needs}; install it: {lacking.install}"


def _of_stream(person: Person) -> list[tuple[str, str]]:
    given = (person.stream.get(key) for key in ("stream_codec", "announces"))
    return [("stream", str(codec)) for codec in given if codec]


def _of_step(step: Step, profile: Profile) -> Iterator[tuple[Place, str]]:
    argument: Any = step.argument
    if step.verb is Verb.ASK and argument not in profile.ask:
        yield step.place, f"the script asks for {argument!r}; add it under `ask:`"
    if step.verb is Verb.BARGE_IN and "barge_in" not in profile.does:
        yield step.place, "somebody barges in; add barge_in to `does:`"
    for sound in step.sounds:
        yield from _of_clip(sound["clip"], step.place, profile, "is played")


def _of_clip(clip: str, place: Place, profile: Profile, why: str) -> Iterator[tuple[Place, str]]:
    name = clip.removeprefix("app/")
    if clip.startswith("app/") and name not in profile.audio.clips:
        yield place, f"{clip} {why}; add `audio: {{clips: {{{name}: FILE}}}}`"


def _of_expectation(
    expectation: Expectation, person: str | None, scenario: Scenario, profile: Profile, *, sought: bool
) -> Iterator[tuple[Place, str]]:
    place = expectation.place
    match expectation.subject:
        case Subject.STATUS if profile.status is None:
            yield place, "a status is expected; add `status: {poll: {url: ..., pointer: ...}}`"
        case Subject.STATUS if expectation.value in RESERVED and not profile.status_map:
            yield place, "a mapped status is expected; add `status_map:`"
        case Subject.RECEIVED if profile.audio.tap is None:
            yield place, "what the application decoded is expected; add `audio: {tap: {path: FILE}}`"
        case Subject.HEARD | Subject.RECEIVED:
            for clip in choices(expectation.value):
                yield from _of_clip(clip, place, profile, "is expected")
                echoed = expectation.subject is Subject.HEARD and is_own_sound(clip, person, scenario)
                if sought and echoed and profile.audio.observe != "loopback":
                    told = (
                        "one's own sound is expected back; add `audio: {observe: loopback}` if the application echoes"
                    )
                    yield place, told


def is_own_sound(clip: str, person: str | None, scenario: Scenario) -> bool:
    """Whether what a person is to hear can only be an echo of what they said, for nobody else says it."""
    if clip in HEARD or clip.startswith("app/"):
        return False
    names = [one.name for one in scenario.people]
    if clip in names and person is not None:
        return person == clip
    if person is None:
        return len(names) == 1  # among several, whoever hears it may hear it from another
    others = [name for name in names if name != person]
    said = {sound["clip"] for step in scenario.script if step.person in others for sound in step.sounds}
    return clip not in said | {one.mic for one in scenario.people if one.name in others}
