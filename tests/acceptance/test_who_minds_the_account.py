"""There is one account, and a command about it names nobody's call: who looks at it has it alone for so long."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest

from in_memory import ObservedApplication, in_memory_hall
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.numbers import minds_account
from telnyx_simulator.scenario.runner import RunResult
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.sut.application import Asked
from telnyx_simulator.sut.profile import Ask
from telnyx_simulator.transports.clock import Clock, run_virtual

# Each run's own first update of a number fails, whatever others do at the same time.
SETS_UP = """
account: {{applications: {{Old: {{webhook_event_url: "https://old.example.com"}}}}, numbers: {{"{number}": Old}}}}
call: {{direction: incoming, to: "{number}"}}
commands: {{number.update: {{nth: 1, error: {{code: 10015, status: 422}}}}}}
script:
  - ask: setup
  - expect: {{command: number.update, reply: 422}}
  - wait: 1s
  - ask: setup
  - expect: {{command: number.update, reply: 200}}
expect: [{{command: number.update, times: 2}}]
"""
STANDS_BY = "call: incoming\nscript: [dial, expect: answer, absent: {command: any, for: 5s}, hangup]\n"


class SetsUp(ObservedApplication):
    """Asked to, it writes its name on the number that was called."""

    def __init__(self) -> None:
        super().__init__()
        self.profile = self.profile.model_copy(update={"ask": {"setup": Ask(url="/setup")}})

    async def ask(self, name: str, words: Mapping[str, str]) -> Asked:
        assert self.exchange is not None
        numbers = self.exchange.carrier.account.numbers
        [key] = [key for key, one in numbers.items() if one["phone_number"] == words["to"]]
        command = RestCommand(operation="number.update", path_id=key, body={"customer_reference": "mine"})
        reply = self.exchange.take(command, method="PATCH", path=f"/v2/phone_numbers/{key}")
        return Asked(told={"ask": name, "status": reply.status})


def test_each_has_the_account_alone_and_others_see_nothing_of_it(tmp_path: Path) -> None:
    texts = [SETS_UP.format(number=f"+44207946099{n}") for n in range(2)]
    files = [tmp_path / f"{n}.telnyx.yaml" for n in range(3)]
    for file, text in zip(files, [*texts, STANDS_BY], strict=True):
        file.write_text(text)

    async def main(clock: Clock) -> list[RunResult]:
        async with in_memory_hall(SetsUp(), clock, tmp_path / "artifacts") as hall:
            hall.options = dataclasses.replace(hall.options, at_one_time=3)
            return await hall.run_all(load(files))

    results = run_virtual(main)
    failed = [
        (one.scenario.run_id, finding) for one in results for finding in one.findings if is_amiss(finding.verdict)
    ]
    assert failed == []
    assert len(results) == 3


def is_amiss(verdict: Verdict) -> bool:
    return verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)


@pytest.mark.parametrize(
    ("text", "minds"),
    [
        ("script: [dial]", False),
        ("account: {call_cost: true}\nscript: [dial]", False),
        ('account: {applications: {A: {webhook_event_url: "https://a.example.com"}}}\nscript: [dial]', True),
        ("commands: {number.update: {error: 503}}\nscript: [dial]", True),
        ("commands: {answer: {error: 503}}\nscript: [dial]", False),
        ("script: [dial]\nexpect: [{account: unchanged}]", True),
        ("script: [dial, expect: {command: {one_of: [answer, application.create]}}]", True),
        ("script: [dial, expect: answer]\nabsent: [{command: any}]", False),
    ],
)
def test_who_minds_the_account(text: str, minds: bool, tmp_path: Path) -> None:
    file = tmp_path / "a.telnyx.yaml"
    file.write_text(f"call: incoming\n{text}\n")
    [run] = load([file])
    assert minds_account(run) is minds
