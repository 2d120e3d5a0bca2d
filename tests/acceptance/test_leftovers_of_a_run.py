"""What an application leaves behind: calls end, and with them what belongs to them; a queue lasts."""

from pathlib import Path

import pytest

from commanded import Command, CommandedApplication
from in_memory import run_in_memory
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.trace import Trace

SCRIPT = """
call: incoming
script: [dial, expect: {webhook: call.answered}, ask: wait, expect: {webhook: call.enqueued}, wait: 1s, hangup]
expect: [{account: unchanged}]
"""
ENQUEUE: Command = ("enqueue", {"queue_name": "support"})
# Recorded and in a conference until the caller hangs up.
CONFER: list[Command] = [("conference.create", {"name": "room"}), ("conference.record_start", {"format": "wav"})]


def found(tmp_path: Path, script: str, **asks: list[Command]) -> tuple[dict[str, Finding], Trace]:
    file = tmp_path / "leftovers.telnyx.yaml"
    file.write_text(script)
    [result] = run_in_memory(CommandedApplication(asks, answer={}), file, tmp_path / "artifacts")
    return {one.id: one for one in result.findings}, Trace.read(result.directory / "trace")


@pytest.mark.parametrize(
    ("commands", "verdict", "actual"),
    [
        ([ENQUEUE], Verdict.FAIL, "queues.support is new"),
        (
            [ENQUEUE, ("leave_queue", {}), ("queue.delete", {"queue_name": "support"})],
            Verdict.PASS,
            "as at the start, after 1 change",
        ),
    ],
)
def test_a_queue_that_was_made_is_to_be_deleted(
    commands: list[Command], verdict: Verdict, actual: str, tmp_path: Path
) -> None:
    findings, _ = found(tmp_path, SCRIPT, wait=commands)
    assert (findings["expect[0]"].verdict, findings["expect[0]"].actual) == (verdict, actual)
    assert findings["legs_ended"].verdict is Verdict.PASS


def test_a_conference_and_its_recording_end_with_the_last_call(tmp_path: Path) -> None:
    script = SCRIPT.replace("ask: wait", "ask: confer").replace("call.enqueued", "conference.created")
    findings, trace = found(tmp_path, script, confer=CONFER)
    assert findings["legs_ended"].verdict is findings["expect[0]"].verdict is Verdict.PASS
    [settled] = trace.of("runner", "settled")
    assert settled.body == {"legs": 0, "streams": 0, "conferences": 0, "recordings": 0}
