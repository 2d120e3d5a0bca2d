"""How long a run can take at most, known beforehand from the script: every step is bounded.

Counted is the scenario's own time: neither the judging afterwards, nor the wait for a number that another run holds.
"""

from collections.abc import Callable
from typing import Any, Final

from telnyx_simulator.checks.expectations import Expectation, Subject, choices
from telnyx_simulator.facts.limits import DTMF_PAUSES_MS
from telnyx_simulator.scenario.clip_words import HEARD
from telnyx_simulator.scenario.script import Scenario, Step, Verb

MS_NS: Final = 1_000_000
# An ask is given up after this time (`sut.application`); deliveries finish within this after the last step (`runner`).
ASK_NS: Final = 10_000 * MS_NS
SETTLE_NS: Final = 20_000 * MS_NS
# A sound is known to be there, or not, so long after it could have been over: a pause, and the next look at the trace.
LISTENED_NS: Final = 1_000 * MS_NS

# How often a step may have to be patient for `within`: for the state that it needs, for the stream or a talkspurt.
_PATIENCE: Final = {
    Verb.DIAL: 1,
    Verb.ANSWER: 1,
    Verb.REFUSE: 1,
    Verb.PLAY: 2,
    Verb.BARGE_IN: 2,
    Verb.PRESS: 1,
    Verb.HOLD: 1,
    Verb.UNHOLD: 1,
    Verb.STREAM: 1,
}

ClipLength = Callable[[str], int | None]


def longest_ns(scenario: Scenario, clip_ns: ClipLength) -> int:
    """The longest possible run in nanoseconds; `clip_ns` tells how long a clip is, one it does not know counts as 0."""
    if scenario.skip is not None:
        return 0
    return sum(_step_ns(step, scenario, clip_ns) for step in scenario.script) + SETTLE_NS + delay_ns(scenario)


def delay_ns(scenario: Scenario) -> int:
    """How much later than usual a delivery may be by the scenario's own wish."""
    treatments: list[Any] = [rule["treatment"] for rule in scenario.webhooks]
    return max(
        (
            one.get("delay_ns", 0) + one.get("jitter_ns", 0) + max(one.get("duplicate_ns", ()), default=0)
            for one in treatments
        ),
        default=0,
    )


def clips_of(scenario: Scenario) -> set[str]:
    """The clips whose lengths count."""
    clips: set[str] = set()

    def seen(clip: str) -> int:
        clips.add(clip)
        return 0

    longest_ns(scenario, seen)
    return clips


def _step_ns(step: Step, scenario: Scenario, clip_ns: ClipLength) -> int:
    argument: Any = step.argument
    lasts_ns = _PATIENCE.get(step.verb, 0) * scenario.within_ns
    match step.verb:
        case Verb.WAIT:
            lasts_ns += argument
        case Verb.ASK:
            lasts_ns += ASK_NS
        case Verb.PLAY:
            lasts_ns += sum((clip_ns(said["clip"]) or 0) * said["times"] for said in argument)
        case Verb.PRESS:
            lasts_ns += sum(_digit_ns(digit, argument) for digit in argument["digits"])
        case Verb.EXPECT:
            lasts_ns += max((_expected_ns(one, scenario, clip_ns) for one in step.expectations), default=0)
        case Verb.ABSENT:
            lasts_ns += step.expectations[0].for_ns or 0
    return lasts_ns


def _digit_ns(digit: str, press: dict[str, int]) -> int:
    return DTMF_PAUSES_MS[digit] * MS_NS if digit in DTMF_PAUSES_MS else press["tone_ns"] + press["gap_ns"]


def _expected_ns(expectation: Expectation, scenario: Scenario, clip_ns: ClipLength) -> int:
    within_ns = scenario.within_ns if expectation.within_ns is None else expectation.within_ns
    if expectation.subject not in (Subject.HEARD, Subject.RECEIVED):
        return within_ns
    people = {person.name for person in scenario.people}
    lengths_ns = [clip_ns(clip) or 0 for clip in choices(expectation.value) if clip not in {*HEARD, *people}]
    return within_ns + max([expectation.for_ns or 0, *lengths_ns]) + LISTENED_NS
