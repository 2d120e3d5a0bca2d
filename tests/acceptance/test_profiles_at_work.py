"""Profiles at work, by real processes: public URLs, asks of each kind, a computed status, and what is said of failures.

The application is `public_application.py`. Two invocations run everything: one with a profile that is right, one with a
profile that lacks the lines for public URLs and computes wrong statuses.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
SIMULATOR = [str(Path(sys.executable).with_name("telnyx-sim"))]
PATIENCE_S = 90

SCENARIOS = {
    "called": "call: incoming\n"
    "script: [dial, expect: {stream: started}, expect: {webhook: call.answered}, expect: {status: up}, hangup]\n"
    "expect: [{status: mapped}]\n",
    "taken": "call: outgoing\nscript: [ask: place, ask: look]\n",
    "not_taken": "call: outgoing\nscript: [ask: look, wait: 100ms]\n",
    "answered_404": "call: outgoing\nscript: [ask: look_at_another, expect: {command: dial, within: 200ms}]\n",
    "only_answered_404": "call: outgoing\nscript: [ask: look_at_another, wait: 100ms]\n",
    "by_command": "call: outgoing\nscript: [ask: by_command]\n",
    "by_python": "call: outgoing\nscript: [ask: by_python]\n",
    "failing_command": "call: outgoing\nscript: [ask: failing_command, expect: dial]\n",
    "failing_python": "call: outgoing\nscript: [ask: failing_python, expect: dial]\n",
    "hard_coded": "call: outgoing\nscript: [ask: hard_coded]\n",
    "past_the_shim": "call: outgoing\nscript: [ask: past_the_shim]\n",
}

PROFILE = f"""
start: {{command: "{sys.executable} -u -S public_application.py {{port}} {{api_v2}}", ready: /health, stop: 1s}}
webhook_url: /webhook
ask:
  place: {{url: /calls, json: {{to: "{{to}}"}}, take: /data/id}}
  look: {{method: GET, url: "/calls/{{taken}}"}}
  look_at_another: {{method: GET, url: /calls/c-2}}
  by_command: {{command: "sh -c 'echo calling $1' sh {{to}}"}}
  by_python: {{python: "my_functions:place"}}
  failing_command: {{command: "sh -c 'echo no agent; exit 3'"}}
  failing_python: {{python: "my_functions:fail"}}
  hard_coded: {{command: "{sys.executable} hard_coded_python.py by_urllib"}}
  past_the_shim: {{command: "{sys.executable} hard_coded_python.py past_all_libraries"}}
redirect: python-shim
status: {{python: "my_functions:STATUS"}}
status_map: {{ringing: ringing, answered: up, normal_clearing: [done, over]}}
"""
REWRITE = """
rewrite: {"wss://agent.example.com": "ws://127.0.0.1:{port}", "https://agent.example.com": "http://127.0.0.1:{port}"}
"""
FUNCTIONS = """
def place(words):
    return "calling " + words["to"]

async def fail(words):
    raise RuntimeError("no agent")

def right(about):
    return {"normal_clearing": "over"}.get(about["hangup_cause"], "up")

def wrong(about):
    return "up"
"""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    folder: Path
    code: int
    stderr: str

    def finding(self, run: str, name: str) -> tuple[str, str]:
        """Verdict and what was found."""
        text = (self.folder / "artifacts" / run / "findings.json").read_text()
        (found,) = [finding for finding in json.loads(text) if finding["id"] == name]
        return found["verdict"], found["actual"]

    def bodies(self, run: str, actor: str, kind: str) -> list[dict[str, Any]]:
        lines = (self.folder / "artifacts" / run / "trace" / "trace.jsonl").read_text().splitlines()
        entries = [json.loads(line) for line in lines[1:]]
        return [entry["body"] for entry in entries if (entry["actor"], entry["kind"]) == (actor, kind)]


def outcome(folder: Path, profile: str, scenarios: list[str]) -> Outcome:
    for name in ("public_application.py", "small_application.py", "hard_coded_python.py"):
        shutil.copy(HERE / name, folder)
    (folder / "my_functions.py").write_text(FUNCTIONS)
    (folder / "sut.yaml").write_text(profile)
    for name in scenarios:
        (folder / f"{name}.telnyx.yaml").write_text(SCENARIOS[name])
    files = [f"{name}.telnyx.yaml" for name in scenarios]
    command = [*SIMULATOR, "run", *files, "--seed", "1", "-n", "4", "--artifacts-dir", "artifacts"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S)
    assert "Traceback" not in done.stdout + done.stderr
    return Outcome(folder=folder, code=done.returncode, stderr=done.stderr)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Outcome]]]:
    """Both invocations at one time."""
    right = PROFILE.replace("STATUS", "right") + REWRITE
    wrong = PROFILE.replace("STATUS", "wrong")
    with ThreadPoolExecutor() as pool:
        yield {
            "right": pool.submit(outcome, tmp_path_factory.mktemp("right"), right, list(SCENARIOS)),
            "wrong": pool.submit(outcome, tmp_path_factory.mktemp("wrong"), wrong, ["called"]),
        }


@pytest.fixture
def right(both: dict[str, Future[Outcome]]) -> Outcome:
    return both["right"].result()


@pytest.fixture
def wrong(both: dict[str, Future[Outcome]]) -> Outcome:
    return both["wrong"].result()


@pytest.mark.long
def test_public_urls_are_rewritten_for_streams_and_webhooks(right: Outcome) -> None:
    assert right.finding("called", "script[1].expect")[0] == "pass"
    assert right.finding("called", "webhooks_acknowledged")[0] == "pass"
    urls = {attempt["url"].partition("/webhook")[0] for attempt in right.bodies("called", "sender", "webhook.attempt")}
    assert "https://agent.example.com" in urls


@pytest.mark.long
def test_without_a_line_for_them_the_line_is_named_in_trace_and_finding(wrong: Outcome) -> None:
    line = 'rewrite: {{"{}://agent.example.com": "{}://127.0.0.1:{{port}}"}}'
    advice = "add a rewrite line to sut.yaml"
    stream = f"you returned wss://agent.example.com/media; {advice}: {line.format('wss', 'ws')}"
    webhook = f"you returned https://agent.example.com/webhook; {advice}: {line.format('https', 'http')}"
    assert [body["failure"] for body in wrong.bodies("called", "stream", "refused")] == [stream]
    assert wrong.finding("called", "script[1].expect") == (
        "fail",
        f"it did not happen; the stream was refused: {stream}",
    )
    failures = {body["failure"] for body in wrong.bodies("called", "sender", "webhook.attempt")}
    assert failures == {None, webhook}
    verdict, found = wrong.finding("called", "webhooks_acknowledged")
    assert verdict == "fail"
    assert webhook in found
    verdict, found = wrong.finding("called", "stays_local")
    assert verdict == "fail"
    assert found.startswith(
        "you returned https://agent.example.com/webhook, which is not on this machine; add a rewrite"
    )


@pytest.mark.long
def test_a_computed_status_is_held_against_the_map(right: Outcome, wrong: Outcome) -> None:
    """One of several words of the map will do; a status of yesterday will not."""
    assert [body["word"] for body in right.bodies("called", "sut", "status")] == ["up", "over"]
    assert right.finding("called", "status_mapped") == ("pass", "'over'")
    assert right.finding("called", "expect[0]")[0] == "pass"
    assert wrong.finding("called", "status_mapped") == ("fail", "'up'")


def test_what_is_taken_of_one_reply_is_in_the_next_request(right: Outcome) -> None:
    first, second = right.bodies("taken", "runner", "asked")
    assert first["taken"] == "c-1"
    assert (second["url"].partition("/calls")[2], second["status"]) == ("/c-1", 200)


def test_what_was_never_taken_is_inconclusive(right: Outcome) -> None:
    verdict, found = right.finding("not_taken", "script[0].ask")
    assert verdict == "inconclusive"
    assert found == "'{taken}' in '/calls/{taken}' has no value yet: no ask with `take:` was answered before"


def test_an_ask_that_is_not_taken_well_is_the_reason_of_what_did_not_follow(right: Outcome) -> None:
    verdict, found = right.finding("answered_404", "script[1].expect")
    assert verdict == "fail"
    assert found.startswith("it did not happen; GET http://127.0.0.1:")
    assert found.endswith("/calls/c-2 was answered 404")


def test_an_ask_that_is_not_taken_well_is_no_pass_where_nothing_else_is_asked(right: Outcome) -> None:
    verdict, found = right.finding("only_answered_404", "script[0].ask")
    assert verdict == "inconclusive"
    assert found.endswith("/calls/c-2 was answered 404")


def test_a_command_or_a_function_asks_as_well(right: Outcome) -> None:
    for run in ("by_command", "by_python"):
        (asked,) = right.bodies(run, "runner", "asked")
        assert asked["reply"].startswith("calling +44")


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ("failing_command", "`sh -c 'echo no agent; exit 3'` ended with exit code 3: no agent"),
        ("failing_python", "my_functions:fail raised RuntimeError: no agent (my_functions.py:6)"),
    ],
)
def test_an_ask_that_fails_is_inconclusive_and_said_as_it_came_out(run: str, told: str, right: Outcome) -> None:
    assert right.finding(run, "script[0].ask") == ("inconclusive", told)
    assert right.finding(run, "script[1].expect")[0] == "not_exercised"
    (asked,) = right.bodies(run, "runner", "asked")
    assert asked["problem"] == told


def test_a_host_in_the_code_is_the_simulator_in_a_run(right: Outcome) -> None:
    assert right.bodies("hard_coded", "runner", "asked")[0]["reply"] == '["by_urllib", 200]'
    assert "balance.retrieve" in [body["command"] for body in right.bodies("hard_coded", "rest", "command")]


def test_what_goes_past_the_shim_fails_the_run_with_the_line_of_the_application(right: Outcome) -> None:
    verdict, found = right.finding("past_the_shim", "stays_local")
    assert verdict == "fail"
    assert re.match(
        r"it wanted to connect to api\.telnyx\.com:443 \(.*hard_coded_python\.py:\d+\) by a way that the shim does not "
        r"redirect, and was refused",
        found,
    )
    assert [body["host"] for body in right.bodies("past_the_shim", "sut", "refused")] == ["api.telnyx.com"]


def test_exit_codes_are_those_of_the_verdicts(right: Outcome, wrong: Outcome) -> None:
    assert (right.code, wrong.code) == (1, 1)
