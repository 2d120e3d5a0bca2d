"""A run that is said line by line: what the loader and the runner do for a file, for one line at a time."""

import contextlib
from dataclasses import replace
from typing import Any

from telnyx_simulator.checks.expectations import Place
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.report.beside import leave_files
from telnyx_simulator.report.text import failure_text
from telnyx_simulator.scenario import spoken
from telnyx_simulator.scenario.begun import Begun
from telnyx_simulator.scenario.cast import Cast
from telnyx_simulator.scenario.complaints import Complaint, ScenarioError
from telnyx_simulator.scenario.hall import Hall
from telnyx_simulator.scenario.requirements import missing
from telnyx_simulator.scenario.runner import RunResult, StepFailed
from telnyx_simulator.scenario.script import NOT_ACTIONS, Direction, Person, Scenario, Step, Verb


class Unmet(AssertionError):
    """An expectation that was missed, or a verb that its person could not do: the application's doing."""


class Inconclusive(Exception):
    """Something that says nothing of the application: it could not be reached, or we were late."""


class NotExercised(Exception):
    """The profile does not say what a step needs, and the text is the line to add; or people were there, and nothing
    happened that the application could be judged by.
    """


class Script:
    """Begun once, then steps, then ended once. All of it happens in the event loop of `hall`."""

    def __init__(self, hall: Hall, scenario: Scenario) -> None:
        self.hall = hall
        self.result: RunResult | None = None
        self._scenario = scenario
        self._stack = contextlib.AsyncExitStack()
        self._begun: Begun | None = None
        self._cast = Cast((), ())
        self._steps: list[Step] = []

    @property
    def begun(self) -> Begun:
        assert self._begun is not None, "the run has not begun"
        return self._begun

    async def begin(self) -> None:
        self._begun = await self._stack.enter_async_context(self.hall.begun(self._scenario))

    def join(self, name: str, direction: str, call: dict[str, Any], place: Place) -> str:
        """A person is there from now on; the answer is their number. Raises ScenarioError, NotExercised."""
        if name in self._cast.names:
            raise ScenarioError(
                [Complaint(place, f"there is a {name!r} already; give each person a name of their own")]
            )
        person = spoken.person_of(name, Direction(direction), call, place=place)
        self._demand(people=(person,))
        far_end = self.hall.join(self.begun, person)
        people = (*self._cast.people, person)
        self._cast = Cast(people, tuple(one.name for one in people), person if len(people) == 1 else None)
        return far_end.number

    def rule(self, key: Any, said: dict[str, Any], place: Place) -> None:
        """Something that Telnyx does on purpose from now on. Raises ScenarioError."""
        self.begun.say(**{key: spoken.rules_of(key, said, place=place)})

    async def take(self, verb: Verb, argument: Any, person: str | None, place: Place) -> None:
        """One step to its end. Raises ScenarioError, NotExercised, Unmet, Inconclusive."""
        if self._cast.alone is not None and verb in NOT_ACTIONS:
            person = None  # as in a file with one person, whose name nobody has to say
        index = len(self._steps)
        step = spoken.step_of(verb, argument, person=person, index=index, place=place, cast=self._cast)
        self._steps.append(step)
        self._demand(people=self._cast.people, script=tuple(self._steps))
        try:
            await self.begun.run.take(step)
        except StepFailed as failure:
            kind = Inconclusive if failure.inconclusive else Unmet
            raise kind(f"{place}: {step.verb}: {failure.reason}") from None

    async def whole_run(self, expect: list[Any], absent: list[Any], place: Place) -> None:
        run = self.begun.run
        run.expect_at_all = spoken.expectations_of("expect", expect, place=place, cast=self._cast) if expect else ()
        run.absent_at_all = spoken.expectations_of("absent", absent, place=place, cast=self._cast) if absent else ()
        bodies = {
            "expect": [one.to_json() for one in run.expect_at_all],
            "absent": [one.to_json() for one in run.absent_at_all],
        }
        run.session.note("runner", "whole_run", bodies)
        await self.end()
        self.demand()

    async def end(self, interruption: BaseException | None = None) -> None:
        """Settle and judge, if that has not been done; interrupted, judge what there is."""
        if self._begun is None or self.result is not None:
            return
        if interruption is None:
            await self._stack.aclose()
        else:
            with contextlib.suppress(type(interruption)):
                await self._stack.__aexit__(type(interruption), interruption, interruption.__traceback__)
        self.result = self._begun.result()

    def demand(self) -> None:
        """Raise what the verdict is, if it is no pass. Who makes no person wants nothing exercised."""
        result = self.result
        if result is None or result.verdict is Verdict.PASS:
            return
        if result.verdict is Verdict.NOT_EXERCISED:
            if self._cast.people:
                raise NotExercised(unexercised(result))
            return
        raise Unmet(told(result)) if result.verdict is Verdict.FAIL else Inconclusive(told(result))

    def _demand(self, *, people: tuple[Person, ...], script: tuple[Step, ...] = ()) -> None:
        """That the profile has what these need."""
        if lines := missing(replace(self._scenario, people=people, script=script), self.hall.profile):
            raise NotExercised("; ".join(lines))


def unexercised(result: RunResult) -> str:
    """Why a run is no pass in which nothing failed either."""
    return "; ".join(dict.fromkeys(finding.actual for finding in result.findings))


def told(result: RunResult) -> str:
    """What is amiss with a run, and where it can be heard, seen and judged again."""
    hear, see = leave_files(result.directory, result.findings)
    trace = result.directory / "trace"
    return failure_text(result.scenario.label, result.findings, trace=trace, repeat=None, hear=hear, see=see)
