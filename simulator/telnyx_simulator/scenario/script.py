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
    BARGE_IN = "barge_in"
    MIC = "mic"
    PRESS = "press"
    HOLD = "hold"
    UNHOLD = "unhold"
    WAIT = "wait"
    ASK = "ask"
    LINE = "line"
    STREAM = "stream"
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
    `mic` is a clip, `silence`, `comfort_noise` or `nothing`. `line` and `stream` are as the steps of these names have
    them (`Step`), `stream` with the keys `stream_codec`, `announces`, `return_codec` (codecs), `open_delay_ns`,
    `start_delay_ns`, `before_start` (list of messages), `skip` (list of kinds), `fail`, `token`: those that are given.
    """

    name: str
    direction: Direction
    place: Place
    from_: str | None = None
    to: str | None = None
    leg_codec: str = "PCMA"
    mic: str = "silence"
    line: dict[str, JSON] = field(default_factory=dict)
    stream: dict[str, JSON] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    with_: dict[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `argument` is normalised JSON, by verb:

    - dial, hold, unhold: None. answer: the AMD result (`human` by default). wait: nanoseconds. ask: a name.
    - refuse, hangup: `{"cause": str, "sip": str | None, "source": str | None}`; hangup's may be None, its cause too.
    - play: a list of `{"clip": str, "level_dbfs": float | None, "times": int}`. barge_in: one such mapping.
    - mic: a clip or a word. press: `{"digits": str, "tone_ns": int, "gap_ns": int}`.
    - line: plane -> list of `{"kind": str, "toward": str, ...parameters}`, `kind` being a preset or an impairment.
    - stream: one of `{"send": word or mapping}`, `{"error": int}`, `{"close": int}`, `{"open": "again", "token": str}`.
    - webhook: `{"event": str, "again": bool, "treatment": {...}}`, with given fields of `inputs.Treatment`, and
      `"to": "each"` where it goes to each URL.
    - expect, absent: None; their expectations stand in `expectations` (absent: exactly one).
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

    @property
    def sounds(self) -> list[dict[str, Any]]:
        """What the person says or their microphone carries from now on: a clip (or, for a microphone, a word) each."""
        argument: Any = self.argument
        match self.verb:
            case Verb.PLAY:
                return list(argument)
            case Verb.BARGE_IN:
                return [argument]
            case Verb.MIC:
                return [{"clip": argument}]
        return []

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One run's script. `run_id` names the matrix row (`a_uk_caller[PCMA]`); `matrix` holds its values.

    `webhooks` and `commands` are rules in the order in which they are tried, the first that fits holding:
    `{"event": str, "treatment": {...}}` with the fields of `signaling.inputs.Treatment` that are given, and
    `{"command": str, "treatment": {...}}` with those of `signaling.inputs.CommandTreatment`; `event` may be `all`,
    `command` may be `any`. `account` has the keys of the language's 3.1, with durations as `webhook_timeout_ns`,
    `webhook_retries_ns` and `first_command_timeout_ns`; `assume` is fact -> alternative. `repeat` and `at_once` say how
    often this is to be run; `repetition` and `copy` which of those it is, counted from 0 (`expanded` makes them).
    """

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
    skip: str | None = None
    requires: tuple[str, ...] = ()
    repeat: int = 1
    at_once: int = 1
    repetition: int = 0
    copy: int = 0
    webhooks: tuple[dict[str, JSON], ...] = ()
    commands: tuple[dict[str, JSON], ...] = ()
    account: dict[str, JSON] = field(default_factory=dict)
    assume: dict[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The run id, and which repetition and copy of it this is: `a_call[PCMA]#2`, `a_call@3`."""
        repetition = f"#{self.repetition + 1}" if self.repeat > 1 else ""
        return self.run_id + repetition + (f"@{self.copy + 1}" if self.at_once > 1 else "")

    def person(self, name: str) -> Person:
        return next(person for person in self.people if person.name == name)

    def expanded(self) -> "list[Scenario]":
        """Every repetition of it, and every copy that runs at the same time as its repetition."""
        return [
            dataclasses.replace(self, repetition=repetition, copy=copy)
            for repetition in range(self.repeat)
            for copy in range(self.at_once)
        ]

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)
