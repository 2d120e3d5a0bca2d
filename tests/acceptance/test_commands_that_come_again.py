"""A command without a reply comes again: the run in which the first one came is there for the second."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from in_memory import NUMBER, ObservedApplication, in_memory_hall
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.scenario.loader import load
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.sut.application import Asked
from telnyx_simulator.sut.profile import Ask
from telnyx_simulator.trace import Trace
from telnyx_simulator.transports.clock import Clock, run_virtual
from telnyx_simulator.transports.ports import WebhookReply

RETRY_S = 1.5


class DialsAgain(ObservedApplication):
    """Asked to place a call it dials; where there is no good reply, again after a while, as Telnyx's SDK does."""

    def __init__(self) -> None:
        super().__init__()
        self.dials = 0
        self.profile = self.profile.model_copy(update={"ask": {"place_call": Ask(url="/calls")}})

    async def ask(self, name: str, words: Mapping[str, str]) -> Asked:
        self.dial(words["to"])
        return Asked(told={"ask": name, "status": 202})

    def dial(self, to: str) -> None:
        assert self.exchange is not None
        self.dials += 1
        [connection_id] = self.exchange.carrier.account.applications
        body = {"connection_id": connection_id, "to": to, "from": NUMBER, "command_id": "the-first"}
        reply = self.exchange.take(RestCommand(operation="dial", body=body), method="POST", path="/v2/calls")
        if reply.status is None or reply.status >= 500:
            asyncio.get_running_loop().call_later(RETRY_S, self.dial, to)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *more: Any) -> WebhookReply:
        if json.loads(body)["data"]["event_type"] == "call.initiated":
            return WebhookReply(200)
        return await super().post(url, body, headers, *more)


@pytest.mark.parametrize(
    ("rule", "script"),
    [("lose_reply: true", "ask: place_call, expect: dial, refuse: user_busy"), ("reset: true", "ask: place_call")],
    ids=["lose_reply", "reset"],
)
def test_a_dial_comes_again_in_its_own_run_and_not_after_it(rule: str, script: str, tmp_path: Path) -> None:
    file = tmp_path / "short.telnyx.yaml"
    file.write_text(f"call: outgoing\ncommands: {{dial: {{nth: 1, {rule}}}}}\nscript: [{script}]\n")
    application = DialsAgain()

    async def main(clock: Clock) -> tuple[list[Finding], list[int | None], list[str]]:
        async with in_memory_hall(application, clock, tmp_path / "artifacts") as hall:
            [result] = await hall.run_all(load([file]))
            await clock.sleep(10_000_000_000)
            commands = Trace.read(result.directory / "trace").of("rest", "command")
            return result.findings, [entry.body["status"] for entry in commands], hall.exchange.nobodys

    findings, statuses, nobodys = run_virtual(main)
    assert nobodys == []
    assert application.dials == 2
    assert statuses == [None, 200]
    verdicts = {finding.id: finding.verdict for finding in findings}
    assert verdicts["commands_accepted"] is verdicts["legs_ended"] is Verdict.PASS
