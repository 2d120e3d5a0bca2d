"""Scenarios that expect a recording to be fetched: from the file to the verdict."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from in_memory import ObservedApplication, run_in_memory
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.transports.ports import WebhookReply

SCRIPT = """requires: [recording]
call: incoming
script:
  - dial
  - expect: {command: record_start, within: 3s}
  - wait: 1s
  - hangup
  - expect: {webhook: call.recording.saved}
  - expect: EXPECTED
"""


class Fetches(ObservedApplication):
    """Records what it answers, and fetches the file whose URL it is told, `after_saving` or never."""

    def __init__(self, name: str | None) -> None:
        super().__init__()
        self.name = name
        self.profile = self.profile.model_copy(update={"does": ["recording"]})

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *more: Any) -> WebhookReply:
        await super().post(url, body, headers, *more)
        assert self.exchange is not None
        data = json.loads(body)["data"]
        payload = data["payload"]
        if data["event_type"] == "call.answered":
            start = {"channels": "dual", "format": "wav"}
            command = RestCommand(operation="record_start", path_id=payload["call_control_id"], body=start)
            assert self.exchange.take(command, method="POST", path="/v2/calls/x/actions/record_start").status == 200
        if data["event_type"] == "call.recording.saved" and self.name is not None:
            name = self.name.format(payload["recording_id"])
            self.exchange.download(name, method="GET", path=f"/_sim/recordings/{name}")
        return WebhookReply(200)


@pytest.mark.parametrize(
    ("name", "expected", "verdict"),
    [
        ("{}.wav", "recording.download", Verdict.PASS),
        ("{}.wav", "{command: recording.download, with: {format: wav}, reply: 200}", Verdict.PASS),
        ("{}.wav", "{command: recording.download, with: {format: mp3}}", Verdict.FAIL),
        ("{}.mp3", "{command: recording.download, reply: 200}", Verdict.FAIL),
        (None, "recording.download", Verdict.FAIL),
    ],
)
def test_a_recording_is_expected_to_be_fetched(
    name: str | None, expected: str, verdict: Verdict, tmp_path: Path
) -> None:
    file = tmp_path / "kept.telnyx.yaml"
    file.write_text(SCRIPT.replace("EXPECTED", expected))
    [result] = run_in_memory(Fetches(name), file, tmp_path / "artifacts")
    found = {one.id: one.verdict for one in result.findings}
    assert found["script[5].expect"] == verdict
    # Whoever fetches what is not there has got the URL wrong.
    assert found["commands_accepted"] == (Verdict.FAIL if name == "{}.mp3" else Verdict.PASS)
