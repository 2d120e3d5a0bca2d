"""One run under way in a hall: who joined it, what Telnyx does on purpose in it, how the account is set for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from telnyx_simulator.checks.findings import Finding
from telnyx_simulator.draws import Draws
from telnyx_simulator.media.impairments.recorded import RecordedLeg
from telnyx_simulator.scenario.people import FarEnd, caller_id_name, is_incoming
from telnyx_simulator.scenario.runner import Run, RunResult
from telnyx_simulator.scenario.script import Person, Scenario
from telnyx_simulator.signaling.account import SetUp
from telnyx_simulator.signaling.inputs import Called
from telnyx_simulator.signaling.rules import EVERY_COMMAND, EVERY_EVENT, Rules
from telnyx_simulator.transports.exchange import Exchange

EVERY = (EVERY_EVENT, EVERY_COMMAND)


class Begun:
    """A run under way in a hall, people joining it. `findings` are there when its block has ended."""

    def __init__(self, exchange: Exchange, run: Run, *, seed: int, draws: Draws, directory: Path) -> None:
        self.run = run
        self.seed = seed
        self.draws = draws
        self.directory = directory
        self.findings: list[Finding] = []
        self.held: list[str] = []
        self.settled = False
        # Lines of another run, which are repeated in this one.
        self.recorded: Sequence[RecordedLeg] = ()
        self._exchange = exchange
        self._account: SetUp | None = None

    def join(self, person: Person, number: str) -> FarEnd:
        """A person with their own number (which they hold already) is there from now on."""
        far_end = FarEnd(
            person,
            self.run.session,
            number=number,
            application_number=person.to or "",
            within_ns=self.run.scenario.within_ns,
            caller_id_name=lambda: caller_id_name(self.draws.within(person.name), number),
            clips=self.run.clips,
            on_leg=self.run.watch.begin,
            recorded=self.recorded,
        )
        if not is_incoming(person):
            called = Called(leg_codec=person.leg_codec, custom_headers=person.headers, extra_fields=person.with_)
            self._exchange.claim(person.to or number, self.run.session, called, far_end.take_leg)
        self.run.people[person.name] = far_end
        return far_end

    def set_up_account(self, given: Mapping[str, Any]) -> None:
        """The account as the scenario has it at the start. LookupError: a number leads to no application."""
        carrier = self._exchange.carrier
        self._account = carrier.account.set_up(given, carrier.clock.unix_ns())
        self.note_account()

    def say(self, **said: Any) -> None:
        """Something that Telnyx does on purpose from now on: fields of the scenario, beside those said before.

        A rule goes before those said before it that are as wide; a named event goes before `all`.
        """
        before = self.run.scenario
        for key in ("webhooks", "commands"):
            if key in said:
                rules = [*said[key], *getattr(before, key)]
                said[key] = tuple(sorted(rules, key=lambda rule: rule.get("event", rule.get("command")) in EVERY))
        for key in ("account", "assume"):
            if key in said:
                said[key] = getattr(before, key) | said[key]
        self.run.scenario = replace(before, **said)
        self.run.session.set_rules(rules_of(self.run.scenario))
        if "account" in said:
            self.take_down_account()
            self.set_up_account(said["account"])

    def note_account(self) -> None:
        state = self._exchange.carrier.account.snapshot(self._account) | self.run.session.switch.standing()
        self.run.session.note("switch", "account", {"state": state})

    def take_down_account(self) -> None:
        if self._account is not None:
            self._exchange.carrier.account.take_down(self._account)
            self._account = None

    def result(self) -> RunResult:
        return RunResult(
            scenario=self.run.scenario,
            seed=self.seed,
            directory=self.directory,
            findings=self.findings,
            seconds=self.run.session.clock.now_ns() / 1e9,
            interrupted=not self.settled,
        )


def rules_of(scenario: Scenario) -> Rules:
    """What the scenario says of Telnyx."""
    return Rules.of(
        webhooks=scenario.webhooks, commands=scenario.commands, account=scenario.account, assume=scenario.assume
    )
