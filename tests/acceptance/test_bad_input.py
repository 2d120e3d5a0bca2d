"""Each line of "Bad input" by real processes, `telnyx-sim run` against an application that misbehaves.

A case drives one invocation and says what became of it; tests read that. The cases of all selected tests run side by
side, for they mostly wait. Applications and what is wrong with them: `small_application.py`.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from small_application import (
    CALLERS,
    Answers500,
    BreaksTheProtocol,
    Call,
    ClosesTheStream,
    CutsTheStream,
    HangsOnWebhooks,
    SendsAMegabyteOfMedia,
    SendsBinary,
    SendsGarbageText,
    SendsHostileCommands,
    SendsHostileJson,
    SendsNoBase64,
    SendsTenMegabytes,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

SIMULATOR = [str(Path(sys.executable).with_name("telnyx-sim"))]
SMALL_APPLICATION = Path(__file__).with_name("small_application.py")
PATIENCE_S = 90
AT_ONE_TIME = 8

A_GOOD_CALL = """
call: incoming
script:
  - dial
  - expect: {stream: started}
  - expect: {heard: talkspurt, for: 300ms}
  - expect: {heard: silence, for: 300ms}
  - hangup
"""
A_CALL_WITH_A_TONE = """
call: incoming
script:
  - dial
  - expect: {stream: started}
  - expect: {heard: talkspurt, for: 300ms, within: 1s}
  - expect: {heard: silence, for: 300ms, within: 1s}
  - hangup
"""
A_CALL_THAT_IS_ANSWERED_AT_ONCE = """
call: incoming
script: [dial, expect: {command: answer, within: 500ms}, hangup]
"""
A_CALL_OF_A_SECOND = """
call: incoming
script: [dial, expect: {stream: started}, wait: 1s, hangup]
"""
A_LONG_CALL = """
call: incoming
script: [dial, expect: {stream: started}, wait: 60s, hangup, expect: {webhook: call.hangup}]
expect: [{webhook: call.hangup, why: it has not come yet}]
absent: [{command: hangup}]
"""


# What a case makes use of


@dataclass(kw_only=True)
class Outcome:
    """What became of one invocation. `survivors` are processes of the application that are left."""

    folder: Path
    exit_code: int
    stdout: str
    stderr: str
    survivors: list[str]
    notes: dict[str, Any] = field(default_factory=dict)

    def entries(self, run: str, actor: str, kind: str) -> list[dict[str, Any]]:
        """Bodies of the run's trace entries of this kind."""
        return [entry["body"] for entry in trace(self.folder, run) if (entry["actor"], entry["kind"]) == (actor, kind)]

    def findings(self, run: str) -> dict[str, str]:
        """Verdicts by the finding's id."""
        text = (self.folder / "artifacts" / run / "findings.json").read_text()
        return {finding["id"]: finding["verdict"] for finding in json.loads(text)}

    def failed(self, run: str) -> set[str]:
        """Also what never came, and might have but for a busy machine: then it is inconclusive."""
        return {
            name
            for name, verdict in self.findings(run).items()
            if verdict == "fail" or (verdict == "inconclusive" and name.endswith(".expect"))
        }

    @property
    def is_clean(self) -> bool:
        """No traceback, and nothing left behind."""
        return "Traceback" not in self.stdout + self.stderr and not self.survivors


Case = Callable[[Path], Outcome]


class Invocation:
    """`telnyx-sim ...` under way in a folder; at the end of the block nothing of it is left."""

    def __init__(self, folder: Path, *arguments: str, program: list[str] = SIMULATOR) -> None:
        self.folder = folder
        with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
            self.process = subprocess.Popen(
                [*program, *arguments], cwd=folder, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait()
        for group in self._pids()[:1]:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def send_to_application(self, number: int) -> None:
        os.kill(self._pids()[0], number)

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until it holds; the process is not to end before."""
        end_s = time.monotonic() + PATIENCE_S
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end_s:
                raise AssertionError(f"it did not come to that: {(self.folder / 'stderr').read_text()}")
            time.sleep(0.01)

    def until_entry(self, run: str, actor: str, kind: str, **body: object) -> None:
        """Wait until the run's trace has an entry of this kind with these things in its body."""

        def is_there() -> bool:
            return any(
                (entry["actor"], entry["kind"]) == (actor, kind) and body.items() <= entry["body"].items()
                for entry in trace(self.folder, run)
            )

        self.until(is_there)

    def until_told(self, text: str) -> None:
        self.until(lambda: text in (self.folder / "stdout").read_text())

    def outcome(self, **notes: Any) -> Outcome:
        """Wait for its end."""
        exit_code = self.process.wait(PATIENCE_S)
        return Outcome(
            folder=self.folder,
            exit_code=exit_code,
            stdout=(self.folder / "stdout").read_text(),
            stderr=(self.folder / "stderr").read_text(),
            survivors=self._survivors(),
            notes=notes,
        )

    def _pids(self) -> list[int]:
        """Of the application and of its child."""
        file = self.folder / "pids"
        return [int(pid) for pid in file.read_text().split()] if file.exists() else []

    def _survivors(self) -> list[str]:
        """What is left of the application and its process group; what was killed gets a moment to be gone."""
        end_s = time.monotonic() + 1
        while (left := _running(self._pids())) and time.monotonic() < end_s:
            time.sleep(0.01)
        return left


def _running(pids: list[int]) -> list[str]:
    """Those of the processes, and of the first one's group, that run: a zombie waits only for init."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, rest = path.read_text().rpartition(")")
            state, _, group = rest.split()[:3]
            if state != "Z" and (int(path.parent.name) in pids or int(group) in pids[:1]):
                found.append(name)
    return found


def trace(folder: Path, run: str) -> list[dict[str, Any]]:
    """Entries so far; none before there is a trace."""
    path = folder / "artifacts" / run / "trace" / "trace.jsonl"
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines[1:] if line.endswith(b"\n")]


def small(kind: str) -> str:
    """The command that starts the small application."""
    return f"{sys.executable} -u -S {SMALL_APPLICATION.name} {{port}} {{api_v2}} {kind}"


def starting(command: str, *, timeout: str = "2s", stop: str = "300ms") -> str:
    return f"start: {{command: {json.dumps(command)}, ready: /health, timeout: {timeout}, stop: {stop}}}"


def prepare(folder: Path, kind: str = "Application", *, profile: str = "", start: str = "", **scenarios: str) -> None:
    """The small application of this kind, its profile, and scenario files by their names."""
    shutil.copy(SMALL_APPLICATION, folder)
    started = start or starting(small(kind), timeout="20s", stop="1s")
    (folder / "sut.yaml").write_text(f"{started}\nwebhook_url: /webhook\n{profile}")
    for name, text in scenarios.items():
        (folder / f"{name}.telnyx.yaml").write_text(text)


def caller(treated: type[Call]) -> str:
    """A call by the person whom the application treats like that."""
    number = next(number for number, kind in CALLERS.items() if kind is treated)
    return f'{{direction: incoming, from: "{number}"}}'


def running(folder: Path, *runs: str, more: tuple[str, ...] = ()) -> Invocation:
    files = [f"{run}.telnyx.yaml" for run in runs]
    return Invocation(folder, "run", *files, "--seed", "1", "--artifacts-dir", "artifacts", *more)


def ran(folder: Path, *runs: str) -> Outcome:
    with running(folder, *runs) as invocation:
        return invocation.outcome()


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Case, Future]]:
    """The outcome of each case that a selected test asks for, once it is there."""
    own = [item for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]
    cases = dict.fromkeys(item.callspec.params["outcome"] for item in own if "outcome" in item.callspec.params)
    with ThreadPoolExecutor(AT_ONE_TIME) as pool:
        yield {case: pool.submit(case, tmp_path_factory.mktemp("case")) for case in cases}


@pytest.fixture
def outcome(request: pytest.FixtureRequest, outcomes: dict[Case, Future]) -> Outcome:
    return outcomes[request.param].result()


def of(*cases: Case) -> pytest.MarkDecorator:
    """The test is about the outcome of each of these cases."""
    return pytest.mark.parametrize("outcome", cases, indirect=True, ids=lambda case: case.__name__)


def named(name: str, case: Case) -> Case:
    case.__name__ = name
    return case


# It is killed, it is stopped: the slowest go first


def killed_in_mid_call(folder: Path) -> Outcome:
    prepare(folder, bad=A_CALL_OF_A_SECOND, following=A_CALL_THAT_IS_ANSWERED_AT_ONCE)
    with running(folder, "bad", "following") as invocation:
        invocation.until_entry("bad", "stream", "started")
        invocation.send_to_application(signal.SIGKILL)
        return invocation.outcome()


def stopped_in_mid_call(folder: Path) -> Outcome:
    """By SIGSTOP, until the first webhook went unanswered."""
    prepare(folder, bad=A_CALL_OF_A_SECOND, following=A_GOOD_CALL)
    with running(folder, "bad", "following") as invocation:
        invocation.until_entry("bad", "stream", "started")
        invocation.send_to_application(signal.SIGSTOP)
        invocation.until_entry("bad", "sender", "webhook.attempt", event="call.hangup", acknowledged=False)
        invocation.send_to_application(signal.SIGCONT)
        return invocation.outcome()


@pytest.mark.long
@of(killed_in_mid_call)
def test_an_application_that_is_killed_in_mid_call_fails_that_call_and_the_next(outcome: Outcome) -> None:
    """Its stream is gone, its webhooks are tried four times, its child goes with it."""
    (closed,) = outcome.entries("bad", "stream", "closed")
    assert (closed["by"], closed["code"]) == ("application", None)
    attempts = outcome.entries("bad", "sender", "webhook.attempt")
    of_hangup = [(one["attempt"], one["status"]) for one in attempts if one["event"] == "call.hangup"]
    assert of_hangup == [(1, None), (2, None), (3, None), (4, None)]
    assert outcome.failed("bad") == {"webhooks_acknowledged"}
    assert outcome.failed("following") == {"script[1].expect", "webhooks_acknowledged"}
    assert outcome.exit_code == 1
    assert outcome.is_clean, (outcome.survivors, outcome.stderr)


@of(stopped_in_mid_call)
def test_an_application_that_is_stopped_in_mid_call_fails_it_and_may_go_on(outcome: Outcome) -> None:
    attempts = outcome.entries("bad", "sender", "webhook.attempt")
    of_hangup = [(one["status"], one["failure"]) for one in attempts if one["event"] == "call.hangup"]
    assert of_hangup == [(None, "no reply within 2 s"), (200, None)]
    assert outcome.failed("bad") == {"webhooks_acknowledged"}
    assert outcome.failed("following") == set()
    assert outcome.exit_code == 1
    assert outcome.is_clean, (outcome.survivors, outcome.stderr)


# It answers 500, hangs, closes the socket, sends noise


BAD_CALLS = {
    "answers_500": A_CALL_THAT_IS_ANSWERED_AT_ONCE.replace("incoming", caller(Answers500)),
    "hangs_on_webhooks": A_CALL_THAT_IS_ANSWERED_AT_ONCE.replace("incoming", caller(HangsOnWebhooks)),
    "closes_the_stream": A_CALL_WITH_A_TONE.replace("incoming", caller(ClosesTheStream)),
    "cuts_the_stream": A_CALL_WITH_A_TONE.replace("incoming", caller(CutsTheStream)),
    "breaks_the_protocol": A_CALL_WITH_A_TONE.replace("incoming", caller(BreaksTheProtocol)),
    "sends_ten_megabytes": A_CALL_WITH_A_TONE.replace("incoming", caller(SendsTenMegabytes)),
    "sends_binary": A_CALL_WITH_A_TONE.replace("incoming", caller(SendsBinary)),
    "sends_garbage_text": A_CALL_WITH_A_TONE.replace("incoming", caller(SendsGarbageText)),
    "sends_no_base64": A_CALL_WITH_A_TONE.replace("incoming", caller(SendsNoBase64)),
    "sends_media": A_CALL_WITH_A_TONE.replace("incoming", caller(SendsAMegabyteOfMedia)),
    "sends_hostile_json": A_CALL_WITH_A_TONE.replace("incoming", caller(SendsHostileJson)),
}
NO_TONE = {"script[2].expect"}


def misbehaves(folder: Path) -> Outcome:
    """One bad call after another, four at a time, and a good one at the end."""
    prepare(folder, **BAD_CALLS, following=A_GOOD_CALL)
    with running(folder, *BAD_CALLS, "following", more=("-n", "4")) as invocation:
        return invocation.outcome()


def sends_hostile_commands(folder: Path) -> Outcome:
    """By itself: whose commands they are cannot always be told."""
    prepare(folder, bad=A_CALL_WITH_A_TONE.replace("incoming", caller(SendsHostileCommands)), following=A_GOOD_CALL)
    return ran(folder, "bad", "following")


@of(misbehaves)
def test_bad_calls_are_judged_and_the_invocation_goes_on(outcome: Outcome) -> None:
    for run in BAD_CALLS:
        assert outcome.failed(run), run
        assert outcome.findings(run)["legs_ended"] == "pass", run
    assert outcome.failed("following") == set()
    assert outcome.findings("following")["script[2].expect"] == "pass"
    assert outcome.exit_code == 1
    assert f"{len(BAD_CALLS) + 1} runs: 1 passed, {len(BAD_CALLS)} failed" in outcome.stdout
    assert outcome.is_clean, (outcome.survivors, outcome.stderr)


@of(misbehaves)
def test_a_webhook_answered_with_500_is_tried_four_times(outcome: Outcome) -> None:
    attempts = outcome.entries("answers_500", "sender", "webhook.attempt")
    for event in ("call.initiated", "call.hangup"):
        tried = [(one["attempt"], one["status"]) for one in attempts if one["event"] == event]
        assert tried == [(1, 500), (2, 500), (3, 500), (4, 500)]
    assert outcome.failed("answers_500") == {"script[1].expect", "webhooks_acknowledged"}


@of(misbehaves)
def test_a_webhook_without_a_reply_is_tried_again_after_two_seconds(outcome: Outcome) -> None:
    attempts = outcome.entries("hangs_on_webhooks", "sender", "webhook.attempt")
    for event in ("call.initiated", "call.hangup"):
        tried = [(one["attempt"], one["failure"]) for one in attempts if one["event"] == event]
        assert tried == [(1, "no reply within 2 s"), (2, None)]
    assert outcome.failed("hangs_on_webhooks") >= {"script[1].expect", "webhooks_acknowledged"}


@of(misbehaves)
def test_a_stream_that_the_application_closes_is_recorded_with_its_code(outcome: Outcome) -> None:
    (closed,) = outcome.entries("closes_the_stream", "stream", "closed")
    assert (closed["by"], closed["code"]) == ("application", 1011)
    assert outcome.failed("closes_the_stream") == NO_TONE


@of(misbehaves)
def test_a_stream_that_is_cut_is_recorded_without_a_code(outcome: Outcome) -> None:
    (closed,) = outcome.entries("cuts_the_stream", "stream", "closed")
    assert (closed["by"], closed["code"]) == ("application", None)
    assert outcome.failed("cuts_the_stream") == NO_TONE


@of(misbehaves)
@pytest.mark.parametrize(
    ("run", "problem"),
    [
        ("breaks_the_protocol", "what is no WebSocket frame, at which the WebSocket was closed (RFC 6455): "),
        ("sends_ten_megabytes", "a message of more than 8 MB, at which the WebSocket was closed; a message holds at "),
    ],
)
def test_what_no_websocket_goes_on_after_is_recorded_as_100003(outcome: Outcome, run: str, problem: str) -> None:
    """It ends the stream, and the finding says why."""
    (closed,) = outcome.entries(run, "stream", "closed")
    assert (closed["by"], closed["code"]) == ("application", None)
    (message,) = outcome.entries(run, "stream", "message")
    assert (message["message"], message["code"], message["flaw"]) == ("invalid", 100003, "unreadable")
    assert message["problem"].startswith(problem)
    assert outcome.failed(run) == NO_TONE | {"messages_valid"}
    assert f"1 of 1 are not; the first: malformed: {problem}" in " ".join(outcome.stdout.split())


@of(misbehaves)
@pytest.mark.parametrize("run", ["sends_binary", "sends_garbage_text"])
def test_a_megabyte_that_is_no_message_is_recorded_as_100003(outcome: Outcome, run: str) -> None:
    (message,) = outcome.entries(run, "stream", "message")
    assert (message["message"], message["code"], message["size"]) == ("invalid", 100003, 1_000_000)
    assert outcome.failed(run) == NO_TONE | {"messages_valid"}


@of(misbehaves)
def test_a_megabyte_that_is_not_base64_is_recorded_as_100004(outcome: Outcome) -> None:
    (message,) = outcome.entries("sends_no_base64", "stream", "message")
    assert (message["message"], message["code"]) == ("invalid", 100004)
    assert message["size"] > 1_000_000
    assert outcome.failed("sends_no_base64") == NO_TONE | {"messages_valid"}


@of(misbehaves)
def test_a_megabyte_of_media_is_kept_and_heard(outcome: Outcome) -> None:
    """Two minutes of static: it is there at once, and the person hears nothing else."""
    (stream,) = outcome.entries("sends_media", "stream", "started")
    kept = outcome.folder / "artifacts/sends_media/trace/media" / f"{stream['stream_id']}.from_app.frames"
    assert kept.stat().st_size == 1_000_000 + 8 + 8 + 4
    assert outcome.failed("sends_media") == {"script[3].expect", "messages_valid"}


@of(misbehaves)
def test_json_that_is_meant_to_break_a_reader_is_recorded(outcome: Outcome) -> None:
    messages = outcome.entries("sends_hostile_json", "stream", "message")
    told = [message.get("code", message["message"]) for message in messages]
    assert told == [100003, 100003, 100003, "mark", 100003, 100004, "unknown", 100003, 100003]
    assert outcome.failed("sends_hostile_json") == NO_TONE | {"messages_valid"}


@of(sends_hostile_commands)
def test_commands_that_are_meant_to_break_a_reader_are_refused(outcome: Outcome) -> None:
    commands = outcome.entries("bad", "rest", "command")
    assert [command["status"] for command in commands if command["status"] >= 500] == []
    assert outcome.failed("bad") == NO_TONE | {"commands_accepted"}
    assert outcome.failed("following") == set()
    assert outcome.is_clean, (outcome.survivors, outcome.stderr)


# It never becomes ready


def never_ready(name: str, start: str) -> Case:
    def case(folder: Path) -> Outcome:
        prepare(folder, start=start, never=A_GOOD_CALL)
        return ran(folder, "never")

    return named(name, case)


exits_at_once = never_ready("exits_at_once", starting("sh -c 'echo no licence was found; exit 3'"))
answers_503 = never_ready("answers_503", starting(small("NotReady")))
never_replies = never_ready("never_replies", starting(small("NeverReplies")))
never_listens = never_ready(
    "never_listens", starting("sh -c 'echo waiting for the database; echo $$ > pids; sleep 600'")
)
is_not_there = never_ready("is_not_there", starting("no-such-program --port {port}"))

WHY_NOT_READY = {
    exits_at_once: ("it ended with exit code 3", "    no licence was found"),
    answers_503: ("/health answered 503, 2 s after the start", "    the cache is cold"),
    never_replies: ("/health did not reply, 2 s after the start", "    listening"),
    never_listens: ("2 s after the start", "    waiting for the database"),
    is_not_there: ("cannot start 'no-such-program'", ""),
}


@of(*WHY_NOT_READY)
def test_an_application_that_never_becomes_ready_is_exit_4_with_the_end_of_its_log(
    outcome: Outcome, request: pytest.FixtureRequest
) -> None:
    problem, log = WHY_NOT_READY[request.node.callspec.params["outcome"]]
    assert outcome.exit_code == 4
    assert problem in outcome.stderr
    assert log in outcome.stderr
    assert not (outcome.folder / "artifacts" / "never").exists()
    assert outcome.is_clean, (outcome.survivors, outcome.stderr)


# ^C, SIGTERM, and worse


def interrupted_by(*signals: int, kind: str = "Application", name: str) -> Case:
    """In mid-call; a further signal follows while the application, asked to end, is waited for."""

    def case(folder: Path) -> Outcome:
        prepare(folder, kind, long=A_LONG_CALL, following=A_GOOD_CALL)
        with running(folder, "long", "following") as invocation:
            invocation.until_entry("long", "stream", "started")
            first, *others = signals
            invocation.send(first)
            for number in others:
                invocation.until_entry("between_runs", "sut", "log", line="goodbye")
                invocation.send(number)
            return invocation.outcome()

    return named(name, case)


def interrupted_and_checked(name: str, number: int) -> Case:
    interrupted = interrupted_by(number, name=name)

    def case(folder: Path) -> Outcome:
        outcome = interrupted(folder)
        arguments = ["check", "artifacts/long/trace", "--json"]
        check = subprocess.run([*SIMULATOR, *arguments], cwd=folder, capture_output=True, check=False)
        outcome.notes["check"] = check
        return outcome

    return named(name, case)


def sigint_again_and_again(folder: Path) -> Outcome:
    """Somebody is impatient: fifty times a second until it is over."""
    prepare(folder, "IgnoresSigterm", long=A_LONG_CALL)
    with running(folder, "long") as invocation:
        invocation.until_entry("long", "stream", "started")
        while invocation.process.poll() is None:
            invocation.send(signal.SIGINT)
            time.sleep(0.02)
        return invocation.outcome()


sigint = interrupted_and_checked("sigint", signal.SIGINT)
sigterm = interrupted_by(signal.SIGTERM, name="sigterm")
sigint_twice = interrupted_by(signal.SIGINT, signal.SIGINT, kind="IgnoresSigterm", name="sigint_twice")
sigint_and_sigterm = interrupted_by(signal.SIGINT, signal.SIGTERM, kind="IgnoresSigterm", name="sigint_and_sigterm")
sighup = interrupted_by(signal.SIGHUP, name="sighup")


def sigint_while_stopped(folder: Path) -> Outcome:
    prepare(folder, long=A_LONG_CALL)
    with running(folder, "long") as invocation:
        invocation.until_entry("long", "stream", "started")
        invocation.send_to_application(signal.SIGSTOP)
        invocation.send(signal.SIGINT)
        return invocation.outcome()


def sigint_before_it_is_ready(folder: Path) -> Outcome:
    prepare(folder, start=starting(small("NotReady"), timeout="60s"), long=A_LONG_CALL)
    with running(folder, "long") as invocation:
        invocation.until(lambda: invocation._pids())
        invocation.send(signal.SIGINT)
        return invocation.outcome()


@of(
    sigint,
    sigterm,
    sighup,
    sigint_twice,
    sigint_and_sigterm,
    sigint_again_and_again,
)
def test_an_interrupted_run_stops_all_that_it_started_and_keeps_what_it_recorded(outcome: Outcome) -> None:
    """The application's child too; and nobody fails for what could not happen any more."""
    assert outcome.survivors == []
    assert outcome.exit_code == 130
    assert "Traceback" not in outcome.stderr
    findings = outcome.findings("long")
    assert findings["script[1].expect"] == "pass"
    assert findings["script[4].expect"] == "not_exercised"
    assert findings["legs_ended"] == "inconclusive"
    assert not (outcome.folder / "artifacts" / "following").exists()


@of(sigint, sigterm)
def test_nobody_fails_for_what_could_not_happen_any_more(outcome: Outcome) -> None:
    assert outcome.failed("long") == set()
    assert outcome.findings("long")["expect[0]"] == "inconclusive"


@of(sigint)
def test_the_trace_of_an_interrupted_run_is_judged_again_alike(outcome: Outcome) -> None:
    check = outcome.notes["check"]
    findings = json.loads((outcome.folder / "artifacts/long/findings.json").read_text())
    assert json.loads(check.stdout) == findings
    assert check.stderr == b""


@of(sigint_while_stopped, sigint_before_it_is_ready)
def test_an_interruption_also_ends_an_application_that_is_stopped_or_not_ready(outcome: Outcome) -> None:
    assert outcome.exit_code == 130
    assert outcome.is_clean, (outcome.survivors, outcome.stderr)


def sigint_in_the_demo(folder: Path) -> Outcome:
    prepare(folder, long=A_LONG_CALL)
    (folder / "demo.yaml").write_text("{scenario: long.telnyx.yaml, broken: sut.yaml, right: sut.yaml, fault: silence}")
    with Invocation(folder, "demo", "--profiles", "demo.yaml", "--artifacts-dir", "artifacts") as invocation:
        invocation.until_entry("long", "stream", "started")
        invocation.send(signal.SIGINT)
        return invocation.outcome()


@of(sigint_in_the_demo)
def test_an_interrupted_demo_does_not_begin_its_second_half(outcome: Outcome) -> None:
    assert outcome.stdout.count("$ telnyx-sim run") == 1
    assert outcome.exit_code == 130
    assert outcome.is_clean, (outcome.survivors, outcome.stderr)


def sigint_to_serve(folder: Path) -> Outcome:
    with Invocation(folder, "serve", "--port", "0", "--artifacts-dir", "artifacts") as invocation:
        invocation.until_told("Ready (^C to quit)")
        invocation.send(signal.SIGINT)
        return invocation.outcome()


@of(sigint_to_serve)
def test_serve_ends_with_an_interruption(outcome: Outcome) -> None:
    assert outcome.exit_code == 130
    assert outcome.is_clean
    assert len(list((outcome.folder / "artifacts").glob("serve-*/trace/trace.jsonl"))) == 1


def the_simulator_is_killed(folder: Path) -> Outcome:
    prepare(folder, long=A_LONG_CALL)
    with running(folder, "long") as invocation:
        invocation.until_entry("long", "stream", "started")
        invocation.send(signal.SIGKILL)
        invocation.process.wait()
    with Invocation(folder, "check", "artifacts/long/trace") as invocation:
        return invocation.outcome()


@of(the_simulator_is_killed)
def test_the_trace_of_a_simulator_that_was_killed_can_be_judged(outcome: Outcome) -> None:
    """What could not be seen any more is inconclusive: exit 6."""
    assert not (outcome.folder / "artifacts/long/findings.json").exists()
    assert "inconclusive" in outcome.stdout
    assert "the run was interrupted before" in outcome.stdout
    assert outcome.exit_code == 6
    assert outcome.is_clean, (outcome.survivors, outcome.stderr)


# Exit codes


def nothing_is_wrong(folder: Path) -> Outcome:
    prepare(folder, good=A_GOOD_CALL)
    return ran(folder, "good")


def nothing_is_exercised(folder: Path) -> Outcome:
    prepare(folder, idle="call: outgoing\nscript: [wait: 100ms]\n")
    return ran(folder, "idle")


def an_ask_cannot_be_asked(folder: Path) -> Outcome:
    """Nobody listens on port 9 of loopback."""
    profile = 'ask: {place_call: {url: "http://127.0.0.1:9/calls", json: {to: "{to}"}}}\n'
    prepare(folder, profile=profile, asking="call: outgoing\nscript: [ask: place_call, expect: dial]\n")
    return ran(folder, "asking")


def with_a_fault(folder: Path, fault: str) -> Outcome:
    """A fault of our own, planted before a good call is run."""
    prepare(folder, good=A_GOOD_CALL)
    planted = f"import sys; from telnyx_simulator import cli\n{fault}\nsys.argv[0] = 'telnyx-sim'; cli.main()"
    arguments = ("run", "good.telnyx.yaml", "--artifacts-dir", "artifacts")
    with Invocation(folder, *arguments, program=[sys.executable, "-c", planted]) as invocation:
        return invocation.outcome()


def we_fail(folder: Path) -> Outcome:
    """Judging raises."""
    fault = "from telnyx_simulator.scenario import hall; hall.judged = lambda directory: 1 / 0"
    return with_a_fault(folder, fault)


def we_fail_at_a_message(folder: Path) -> Outcome:
    """Taking what comes in on a stream raises, which is nobody's to wait for."""
    fault = "from telnyx_simulator.transports.streams import Streams; Streams.take_text = lambda *what: 1 / 0"
    return with_a_fault(folder, fault)


@of(nothing_is_wrong)
def test_exit_0_when_something_was_exercised_and_nothing_failed(outcome: Outcome) -> None:
    assert outcome.exit_code == 0
    assert outcome.failed("good") == set()
    assert outcome.is_clean, (outcome.survivors, outcome.stderr)


@of(nothing_is_exercised)
def test_exit_1_when_nothing_was_exercised(outcome: Outcome) -> None:
    assert outcome.exit_code == 1
    assert set(outcome.findings("idle").values()) == {"not_exercised"}
    assert "not exercised" in outcome.stdout
    assert outcome.is_clean, (outcome.survivors, outcome.stderr)


@of(we_fail, we_fail_at_a_message)
def test_exit_3_when_it_is_our_own_fault(outcome: Outcome) -> None:
    assert outcome.exit_code == 3
    assert outcome.survivors == []


@of(an_ask_cannot_be_asked)
def test_exit_6_when_the_application_could_not_be_asked(outcome: Outcome) -> None:
    """That is no fault of what is tested: inconclusive, and what came after was not exercised."""
    findings = outcome.findings("asking")
    assert findings["script[0].ask"] == "inconclusive"
    assert findings["script[1].expect"] == "not_exercised"
    assert outcome.exit_code == 6
    assert "POST http://127.0.0.1:9/calls" in outcome.stdout
    assert outcome.is_clean, (outcome.survivors, outcome.stderr)


# Mistakes of the author: exit 2, the place named, and no process started


def mistaken(name: str, *, expected: list[str], runs: tuple[str, ...] = ("good",), **parts: str) -> Case:
    def case(folder: Path) -> Outcome:
        prepare(folder, **{"good": A_GOOD_CALL} | parts)
        outcome = ran(folder, *runs)
        outcome.notes["expected"] = expected
        return outcome

    return named(name, case)


def no_profile(folder: Path) -> Outcome:
    (folder / "good.telnyx.yaml").write_text(A_GOOD_CALL)
    outcome = ran(folder, "good")
    outcome.notes["expected"] = ["sut.yaml:1:1: the profile cannot be read"]
    return outcome


def a_folder_without_scenarios(folder: Path) -> Outcome:
    """Nothing matched."""
    prepare(folder)
    with Invocation(folder, "run", ".", "--artifacts-dir", "artifacts") as invocation:
        outcome = invocation.outcome()
    outcome.notes["expected"] = ["no scenario in this folder"]
    return outcome


def artifacts_in_a_file(folder: Path) -> Outcome:
    prepare(folder, good=A_GOOD_CALL)
    arguments = ("run", "good.telnyx.yaml", "--artifacts-dir", "sut.yaml/artifacts")
    with Invocation(folder, *arguments) as invocation:
        outcome = invocation.outcome()
    outcome.notes["expected"] = ["sut.yaml/artifacts"]
    return outcome


scenario_mistakes = mistaken(
    "scenario_mistakes",
    runs=("good", "first", "second"),
    first="call: incoming\nscript: [dial, hangpu]\n",
    second="call: incoming\nscript: [dial, wait: 2]\n",
    expected=["first.telnyx.yaml:2:16: unknown verb 'hangpu'", "second.telnyx.yaml:2:22: a duration needs its unit"],
)
profile_mistakes = mistaken(
    "profile_mistakes",
    start='start: {command: "python \'app.py", ready: health}',
    profile="strat: 1\nstatus_map: {bussy: busy}\nenv: {A: '{prot}'}\naudio: {clips: {a: none.wav}}\n",
    expected=[
        "sut.yaml:1:18: not a command line: no closing quotation",
        "sut.yaml:1:43: a URL is expected here",
        "sut.yaml:3:1: a profile knows no 'strat'; did you mean 'start'?",
        "sut.yaml:4:14: unknown state or hangup cause 'bussy'",
        "sut.yaml:5:10: unknown word '{prot}'; did you mean '{port}'?",
        "sut.yaml:6:20: no such file",
    ],
)
clip_mistake = mistaken(
    "clip_mistake",
    good="call: incoming\nscript: [dial, play: ./none.wav, play: app/none]\n",
    expected=["none.wav"],
)


@of(
    no_profile,
    scenario_mistakes,
    profile_mistakes,
    clip_mistake,
    artifacts_in_a_file,
)
def test_exit_2_for_a_mistake_of_the_author_before_any_process_is_started(outcome: Outcome) -> None:
    assert outcome.exit_code == 2
    for text in outcome.notes["expected"]:
        assert text in outcome.stderr
    assert not (outcome.folder / "pids").exists()
    assert outcome.is_clean, outcome.stderr


@of(a_folder_without_scenarios)
def test_exit_5_where_there_is_nothing_to_run(outcome: Outcome) -> None:
    assert outcome.exit_code == 5
    assert outcome.notes["expected"][0] in outcome.stderr
    assert outcome.is_clean, outcome.stderr
