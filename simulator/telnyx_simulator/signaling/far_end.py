"""What the far end does by itself when no scenario tells it: behaviors, as acts planned from a moment on."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SECOND_NS: Final = 1_000_000_000


class Behavior(StrEnum):
    SPEAKS = "speaks"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    NOT_FOUND = "not_found"
    ANSWERS_AND_HANGS_UP = "answers_and_hangs_up"
    SILENT = "silent"


class Act(StrEnum):
    ANSWER = "answer"
    REFUSE = "refuse"
    SPEAK = "speak"
    HANG_UP = "hangup"


@dataclass(frozen=True, slots=True)
class PlannedAct:
    """An act `delay_ns` after its moment (the leg began to ring, or was answered); `cause` for a refusal."""

    act: Act
    delay_ns: int
    cause: str | None = None


_ANSWER = PlannedAct(Act.ANSWER, SECOND_NS)
_SPEAK = PlannedAct(Act.SPEAK, SECOND_NS // 2)
_HANG_UP = PlannedAct(Act.HANG_UP, SECOND_NS)

# What a person who is called does while it rings, and what either side's person does once the leg is answered.
WHILE_RINGING: Final[dict[Behavior, tuple[PlannedAct, ...]]] = {
    Behavior.SPEAKS: (_ANSWER,),
    Behavior.SILENT: (_ANSWER,),
    Behavior.ANSWERS_AND_HANGS_UP: (_ANSWER,),
    Behavior.BUSY: (PlannedAct(Act.REFUSE, SECOND_NS, "user_busy"),),
    Behavior.REJECTED: (PlannedAct(Act.REFUSE, SECOND_NS, "call_rejected"),),
    Behavior.NOT_FOUND: (PlannedAct(Act.REFUSE, SECOND_NS, "not_found"),),
    Behavior.NO_ANSWER: (),
}
ONCE_ANSWERED: Final[dict[Behavior, tuple[PlannedAct, ...]]] = {
    Behavior.SPEAKS: (_SPEAK,),
    Behavior.ANSWERS_AND_HANGS_UP: (_HANG_UP,),
}

# A person who calls and is not answered gives up; how long a carrier rings is not documented.
CALLER_PATIENCE_NS: Final = 60 * SECOND_NS

# Behaviors that make sense for somebody who calls: the others are ways of not picking up.
OF_CALLERS: Final = (Behavior.SPEAKS, Behavior.SILENT, Behavior.ANSWERS_AND_HANGS_UP)

# Test numbers with a fate of their own; any other dialed number speaks.
TEST_NUMBERS: Final[dict[str, Behavior]] = {
    "+12025550101": Behavior.BUSY,
    "+12025550102": Behavior.NO_ANSWER,
    "+12025550103": Behavior.REJECTED,
    "+12025550104": Behavior.NOT_FOUND,
    "+12025550105": Behavior.ANSWERS_AND_HANGS_UP,
    "+12025550106": Behavior.SILENT,
}


def behavior_of(number: str, chosen: dict[str, Behavior]) -> Behavior:
    return chosen.get(number) or TEST_NUMBERS.get(number, Behavior.SPEAKS)
