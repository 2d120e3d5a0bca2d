"""Scenarios in which an application brings two people together: by a transfer, by a bridge, by a conference."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from in_memory import NUMBER, ObservedApplication, run_in_memory
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.sut.application import Asked
from telnyx_simulator.sut.profile import Ask
from telnyx_simulator.transports.ports import WebhookReply

AGENT = "+12025550177"

PLAY = """
requires: [conference]
calls:
  Caller: {direction: incoming, mic: watermark}
  Agent: {direction: outgoing, to: "%s", leg_codec: PCMU, mic: watermark}
script:
  - Caller: dial
  - Caller: {expect: answer}
  - Caller: {ask: transfer}
  - Agent: answer
%s
  - expect: [Caller: {heard: Agent, for: 1s}, Agent: {heard: Caller, for: 1s}]
  - Caller: hangup
  - Agent: {expect: {hangup_cause: %s, within: 2s}}
"""


class Connects(ObservedApplication):
    """It answers whoever calls; asked to, it brings them together with the agent in one of three ways."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way = way
        self.caller = ""
        self.profile = self.profile.model_copy(
            update={"ask": {"transfer": Ask(url="/transfer")}, "does": ["conference"]}
        )

    async def ask(self, name: str, words: Mapping[str, str]) -> Asked:
        assert self.exchange is not None
        [connection_id] = self.exchange.carrier.account.applications
        dialed = {"connection_id": connection_id, "to": AGENT, "from": NUMBER}
        match self.way:
            case "transfer":
                self.take("transfer", self.caller, {"to": AGENT})
            case "bridge":
                self.take("dial", None, dialed | {"link_to": self.caller, "bridge_on_answer": True})
            case "conference":
                self.take("dial", None, dialed)
        return Asked(told={"ask": name, "status": 202})

    def take(self, operation: str, path_id: str | None, body: dict[str, Any]) -> dict[str, Any]:
        assert self.exchange is not None
        command = RestCommand(operation=operation, path_id=path_id, path_ids=(path_id,) if path_id else (), body=body)
        reply = self.exchange.take(command, method="POST", path=f"/v2/{operation}")
        assert reply.status == 200, reply.body
        data: dict[str, Any] = reply.body["data"]
        return data

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *more: Any) -> WebhookReply:
        data = json.loads(body)["data"]
        leg, event = data["payload"]["call_control_id"], data["event_type"]
        if event == "call.initiated" and data["payload"]["direction"] == "incoming":
            self.caller = leg
            self.take("answer", leg, {})
        if event == "call.answered" and leg != self.caller and self.way == "conference":
            room = self.take("conference.create", None, {"call_control_id": leg, "name": "room"})["id"]
            joins = {"call_control_id": self.caller, "end_conference_on_exit": True}
            self.take("conference.join", room, joins)
        return WebhookReply(200)


@pytest.mark.parametrize(
    ("way", "meet", "cause"),
    [
        ("transfer", "  - Agent: {expect: {webhook: call.bridged, within: 2s}}", "normal_clearing"),
        ("bridge", "  - Agent: {expect: {webhook: call.bridged, within: 2s}}", "normal_clearing"),
        ("conference", "  - Agent: {expect: conference.create}", "time_limit"),
    ],
)
def test_two_people_are_brought_together_and_hear_each_other(way: str, meet: str, cause: str, tmp_path: Path) -> None:
    file = tmp_path / "short.telnyx.yaml"
    file.write_text(PLAY % (AGENT, meet, cause))
    [result] = run_in_memory(Connects(way), file, tmp_path / "artifacts")
    found = {one.id: one.verdict for one in result.findings if one.id.startswith("script")}
    told = [f"{one.id} {one.verdict}: {one.actual} (wanted {one.expected})" for one in result.findings]
    assert set(found.values()) == {Verdict.PASS}, "\n".join(told)
