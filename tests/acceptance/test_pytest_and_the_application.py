"""What pytest does with the application's process: started once, waited for once, gone whatever ends the session."""

import signal
import sys
import time
from pathlib import Path

import pytest
from small_application import NotReady
from test_bad_input import A_LONG_CALL, Invocation, Outcome, prepare, small, starting

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--telnyx-sim-artifacts", "artifacts"]
TWO_TESTS = """
def test_one(telnyx_sim):
    telnyx_sim.incoming_call().dial()


def test_two(telnyx_sim):
    telnyx_sim.incoming_call().dial()
"""
BLOCKED_IN_A_VERB = """
def test_long(telnyx_sim):
    caller = telnyx_sim.incoming_call()
    caller.dial()
    caller.expect(stream="started")
    caller.wait("60s")
"""
BUSY_ITSELF = BLOCKED_IN_A_VERB.replace('caller.wait("60s")', "import time; time.sleep(60)")
IN_ITS_OWN_LOOP = """
import asyncio


def test_long(telnyx_sim_async):
    async def call():
        caller = telnyx_sim_async.incoming_call()
        await caller.dial()
        await caller.expect(stream="started")
        await caller.wait("60s")

    asyncio.run(call())
"""


def under_pytest(folder: Path) -> Invocation:
    return Invocation(folder, ".", program=PYTEST)


@pytest.mark.long
def test_an_application_that_is_never_ready_is_waited_for_once(tmp_path: Path) -> None:
    """The tests after it err at once, with the same sentence."""
    prepare(tmp_path, start=starting(small(NotReady.__name__), timeout="2s"), never=A_LONG_CALL)
    (tmp_path / "test_calls.py").write_text(TWO_TESTS)
    with under_pytest(tmp_path) as invocation:
        outcome = invocation.outcome()
    assert outcome.exit_code == 1
    assert outcome.stdout.splitlines()[-1].startswith("1 failed, 2 errors")
    told = [line for line in outcome.stdout.splitlines() if "did not become ready: " in line and "/health" in line]
    assert len(told) >= 3
    assert len({line.partition("did not")[2] for line in told if " - " not in line}) == 1, told
    assert len(list((tmp_path / "artifacts").glob("between_runs*"))) == 1, "started once"
    assert outcome.is_clean, (outcome.survivors, outcome.stdout)


def interrupted(folder: Path, *numbers: int, kind: str = "Application", run: str, python: str = "") -> Outcome:
    """In mid-call; a further signal follows while the application, asked to end, is waited for."""
    prepare(folder, kind, **({} if python else {run: A_LONG_CALL}))
    if python:
        (folder / "test_calls.py").write_text(python)
    with under_pytest(folder) as invocation:
        invocation.until_entry(run, "stream", "started")
        first, *others = numbers
        invocation.send(first)
        for number in others:
            invocation.until_entry("between_runs", "sut", "log", line="goodbye")
            invocation.send(number)
        return invocation.outcome()


YAML_AND_PYTHON = pytest.mark.parametrize(
    ("run", "python"),
    [
        pytest.param("long", "", id="yaml", marks=pytest.mark.long),
        pytest.param("test_long", BLOCKED_IN_A_VERB, id="python"),
    ],
)


@pytest.mark.parametrize(
    ("run", "python"),
    [
        pytest.param("long", "", id="a scenario"),
        pytest.param("test_long", BLOCKED_IN_A_VERB, id="blocked in a verb", marks=pytest.mark.long),
        pytest.param("test_long", BUSY_ITSELF, id="busy itself", marks=pytest.mark.long),
        pytest.param("test_long", IN_ITS_OWN_LOOP, id="in its own loop"),
    ],
)
def test_an_interruption_in_mid_call_leaves_no_application(run: str, python: str, tmp_path: Path) -> None:
    outcome = interrupted(tmp_path, signal.SIGINT, run=run, python=python)
    assert outcome.exit_code == pytest.ExitCode.INTERRUPTED
    assert "KeyboardInterrupt" in outcome.stdout
    assert outcome.survivors == [], outcome.stdout + outcome.stderr


@pytest.mark.long
@YAML_AND_PYTHON
def test_a_second_one_leaves_none_either(run: str, python: str, tmp_path: Path) -> None:
    outcome = interrupted(tmp_path, signal.SIGINT, signal.SIGINT, kind="IgnoresSigterm", run=run, python=python)
    assert outcome.survivors == [], outcome.stdout + outcome.stderr
    assert outcome.exit_code != 0


@pytest.mark.long
def test_an_interruption_before_the_application_is_ready_leaves_none(tmp_path: Path) -> None:
    prepare(tmp_path, start=starting(small(NotReady.__name__), timeout="60s"), long=A_LONG_CALL)
    with under_pytest(tmp_path) as invocation:
        invocation.until(invocation._pids)
        invocation.send(signal.SIGINT)
        outcome = invocation.outcome()
    assert outcome.survivors == [], outcome.stdout + outcome.stderr


@YAML_AND_PYTHON
def test_somebody_impatient_leaves_none_either(run: str, python: str, tmp_path: Path) -> None:
    """Fifty times a second until it is over."""
    prepare(tmp_path, "IgnoresSigterm", **({} if python else {run: A_LONG_CALL}))
    if python:
        (tmp_path / "test_calls.py").write_text(python)
    with under_pytest(tmp_path) as invocation:
        invocation.until_entry(run, "stream", "started")
        while invocation.process.poll() is None:
            invocation.send(signal.SIGINT)
            time.sleep(0.02)
        outcome = invocation.outcome()
    assert outcome.survivors == [], outcome.stdout + outcome.stderr
