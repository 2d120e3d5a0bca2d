"""What a script needs of the profile without saying so: what is missing makes a run "not exercised", no failure."""

from telnyx_simulator.checks.expectations import Expectation, Subject, choices
from telnyx_simulator.scenario.script import Scenario, Verb
from telnyx_simulator.sut.profile import Profile

_NO_CLIPS = ("talkspurt", "silence")


def missing(scenario: Scenario, profile: Profile) -> list[str]:
    """The lines to add to the profile, each with its reason."""
    lines: dict[str, None] = {}
    for step in scenario.script:
        if step.verb is Verb.ASK and step.argument not in profile.ask:
            lines[f"the script asks for {step.argument!r}; add it under `ask:`"] = None
    for person in scenario.people:
        codec = person.leg_codec.split("/")[0]
        if codec not in profile.codecs:
            lines[f"a leg in {codec}; add it to `codecs:`"] = None
    steps = [expectation for step in scenario.script for expectation in step.expectations]
    for expectation in [*steps, *scenario.expect, *scenario.absent]:
        if line := _missing_for(expectation, profile):
            lines[line] = None
    return list(lines)


def _missing_for(expectation: Expectation, profile: Profile) -> str | None:
    value = expectation.value
    if expectation.subject is Subject.STATUS:
        if profile.status is None:
            return "a status is expected; add `status: {poll: {url: ..., pointer: ...}}`"
        if value == "mapped" and not profile.status_map:
            return "a mapped status is expected; add `status_map:`"
    if expectation.subject is not Subject.HEARD:
        return None
    for clip in choices(value):
        name = clip.removeprefix("app/")
        if clip.startswith("app/") and name not in profile.audio.clips:
            return f"{clip} is expected; add `audio: {{clips: {{{name}: FILE}}}}`"
        if not clip.startswith("app/") and clip not in _NO_CLIPS and profile.audio.observe != "loopback":
            return "one's own sound is expected back; add `audio: {observe: loopback}` if the application echoes"
    return None
