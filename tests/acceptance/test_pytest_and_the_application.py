"""What pytest does with the application's process: started once, waited for once."""

import sys
from pathlib import Path

import pytest
from small_application import NotReady
from test_bad_input import A_LONG_CALL, Invocation, prepare, small, starting

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--telnyx-sim-artifacts", "artifacts"]
TWO_TESTS = """
def test_one(telnyx_sim):
    telnyx_sim.incoming_call().dial()


def test_two(telnyx_sim):
    telnyx_sim.incoming_call().dial()
"""


def under_pytest(folder: Path) -> Invocation:
    return Invocation(folder, ".", program=PYTEST)


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
