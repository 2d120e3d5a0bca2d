"""Telephone numbers of far ends: drawn from the ranges set aside for fiction, and held by one run at a time.

So is the account, by a run that looks what the application does to it: for there is one, and a command about it names
nobody's call.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

from telnyx_simulator.checks.expectations import Expectation, Subject, choices
from telnyx_simulator.draws import Draws
from telnyx_simulator.scenario.script import Scenario
from telnyx_simulator.transports.exchange import OF_ACCOUNT

# Ofcom's and NANPA's numbers for drama. +1 202 555 0100..0106 have meanings of their own under `serve`.
_RANGES: Final = (("+4420794601", 2, 0), ("+447700900", 3, 0), ("+120255501", 2, 7))
_TRIES: Final = 1000
# No number at all: any number of people can have it at one time.
ANONYMOUS: Final = "anonymous"
# What is held in place of a number by whoever minds the account.
THE_ACCOUNT: Final = "the account"


def minds_account(scenario: Scenario) -> bool:
    """Whether a run brings resources into the account, expects something of it, or treats commands about it."""
    if any(key in scenario.account for key in ("applications", "numbers")):
        return True
    if any(_is_about_account(str(rule["command"])) for rule in scenario.commands):
        return True
    written = [*scenario.expect, *scenario.absent, *(one for step in scenario.script for one in step.expectations)]
    return _expects_of_account(written)


def _expects_of_account(expectations: Iterable[Expectation]) -> bool:
    return any(
        one.subject is Subject.ACCOUNT
        or (one.subject is Subject.COMMAND and any(map(_is_about_account, choices(one.value))))
        for one in expectations
    )


def _is_about_account(command: str) -> bool:
    return command.partition(".")[0] in OF_ACCOUNT


class Numbers:
    """Who holds which number. Runs are apart: a number that another run holds is waited for, or drawn anew."""

    def __init__(self) -> None:
        self._held: set[str] = set()
        self._freed = asyncio.Event()

    def draw(self, draws: Draws, purpose: str) -> str:
        """A free number: the same for the same draws, as long as nobody else holds it."""
        for n in range(_TRIES):
            prefix, digits, lowest = _RANGES[0] if n < 50 else _RANGES[1 + n % 2]
            number = f"{prefix}{draws.integer(lowest, 10**digits - 1, purpose, n):0{digits}}"
            if number not in self._held:
                self._held.add(number)
                return number
        raise RuntimeError("all fictional numbers are held by runs under way; start fewer at one time")

    async def hold(self, number: str) -> None:
        """Take a number that the scenario names, once no other run holds it."""
        while number in self._held:
            self._freed.clear()
            await self._freed.wait()
        self._held.add(number)

    def take(self, number: str) -> None:
        """Take a number at once, whoever holds it too."""
        self._held.add(number)

    def release(self, numbers: list[str]) -> None:
        self._held -= set(numbers)
        self._freed.set()
