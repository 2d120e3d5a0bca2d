"""A scenario, read and resolved: what the runner runs and the head of the trace keeps.

`scenario.loader` makes these values from a file (matrix values put in, defaults filled in but for the numbers that a
run draws for itself); nothing here refers back to YAML but `Place`.
"""

import dataclasses
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from telnyx_simulator.checks.expectations import JSON, Expectation, Place


class Verb(StrEnum):
    DIAL = "dial"
    ANSWER = "answer"
    REFUSE = "refuse"
    HANGUP = "hangup"
    PLAY = "play"
    PRESS = "press"
    WAIT = "wait"
    ASK = "ask"
    WEBHOOK = "webhook"
    EXPECT = "expect"
    ABSENT = "absent"


# Every verb but these three is an action: it opens a new window for the expectations that follow.
NOT_ACTIONS = frozenset({Verb.WAIT, Verb.EXPECT, Verb.ABSENT})


class Direction(StrEnum):
    INCOMING = "incoming"
    OUTGOING = "outgoing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person at a far end. A number of None is drawn by the run; `to="any"` takes a dial that nobody else does.

    `name` is as written under `calls:`, or `Caller` (incoming) / `Callee` (outgoing) for the one person of `call:`.
    """

    name: str
    direction: Direction
    place: Place
    from_: str | None = None
    to: str | None = None
    leg_codec: str = "PCMA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `argument` is normalised JSON, by verb:

    dial, hangup without argument: None. answer: the AMD result (`human` by default). refuse, hangup:
    `{"cause": str, "sip": str | None, "source": str | None}` (hangup's cause may be None). play: a list of
    `{"clip": str, "level_dbfs": float | None, "times": int}`. press: `{"digits": str, "tone_ns": int, "gap_ns": int}`.
    wait: nanoseconds. ask: a name. webhook: `{"event": str, "again": bool, "signature": str, "timestamp_ns": int}`.
    expect, absent: None; their expectations stand in `expectations` (absent: exactly one).
    """

    index: int
    verb: Verb
    place: Place
    person: str | None = None
    argument: JSON = None
    expectations: tuple[Expectation, ...] = ()

    @property
    def is_action(self) -> bool:
        return self.verb not in NOT_ACTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One run's script. `run_id` names the matrix row (`a_uk_caller[PCMA]`); `matrix` holds its values."""

    file: str
    run_id: str
    name: str
    people: tuple[Person, ...]
    script: tuple[Step, ...]
    why: str | None = None
    requirement: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    matrix: dict[str, JSON] = field(default_factory=dict)
    seed: int | None = None
    within_ns: int = 5_000_000_000
    expect: tuple[Expectation, ...] = ()
    absent: tuple[Expectation, ...] = ()

    def person(self, name: str) -> Person:
        return next(person for person in self.people if person.name == name)

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)
