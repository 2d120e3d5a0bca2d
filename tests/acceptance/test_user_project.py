"""A project of a user's: the wheel installed, a profile, a scenario and a Python test, under each way to run pytest."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SUT = f"""
start: {{command: "uvicorn app:app --port {{port}}", folder: {ROOT}/fixtures/reference_app, ready: /health}}
env:
  PORT: "{{port}}"
  TELNYX_API_KEY: "{{api_key}}"
  TELNYX_BASE_URL: "{{api_v2}}"
  TELNYX_PUBLIC_KEY: "{{public_key}}"
  TELNYX_CONNECTION_ID: "{{connection_id}}"
  TELNYX_NUMBER: "+12025550100"
webhook_url: /telnyx/webhook
ask: {{place_call: {{method: POST, url: /calls, json: {{to: "{{to}}"}}}}}}
status: {{poll: {{url: "/calls/{{call_control_id}}", pointer: /status}}}}
status_map: {{normal_clearing: completed, user_busy: busy}}
"""

SCENARIO = """
tags: [smoke]
matrix: {leg_codec: [PCMU, PCMA]}
call: {direction: incoming, leg_codec: $leg_codec}
script:
  - dial
  - expect: answer
  - hangup
"""

# pytest-asyncio warns of a setting of its own that is unset; every other warning is ours.
STRICTLY = ["-o", "asyncio_default_fixture_loop_scope=function", "-W", "error"]

TEST = """
import asyncio
import json
import os
import urllib.request

import pytest


async def dialed_and_answered(sim):
    callee = sim.outgoing_call()
    await callee.ask("place_call")
    await callee.expect("dial", with_={"to": {"present": True}})
    await callee.refuse("user_busy")
    await callee.expect(status="mapped")


@pytest.mark.asyncio
async def test_a_busy_callee_is_reported_as_busy(telnyx_sim_async):
    await dialed_and_answered(telnyx_sim_async)


def test_a_call_is_answered(telnyx_sim, telnyx_webhooks):
    caller = telnyx_sim.incoming_call(leg_codec="PCMU")
    caller.dial()
    caller.expect("answer", within="2s")
    caller.hangup()
    assert telnyx_webhooks.wait_for("call.hangup", timeout=2)["payload"]["hangup_cause"] == "normal_clearing"


@pytest.mark.xfail(raises=AssertionError, strict=True, reason="nobody speaks")
def test_what_is_missed_fails_the_test(telnyx_sim):
    caller = telnyx_sim.incoming_call()
    caller.dial()
    caller.expect(message="clear", within="200ms")


def test_somebody_is_there_and_does_not_call(telnyx_sim):
    telnyx_sim.incoming_call()


def test_nobody_is_there(telnyx_sim):
    assert telnyx_sim.environment


@pytest.mark.telnyx_sim(sut=None)
def test_code_in_this_process_finds_the_simulator(telnyx_sim, telnyx_env, telnyx_webhooks):
    callee = telnyx_sim.outgoing_call()
    body = {"connection_id": os.environ["TELNYX_CONNECTION_ID"], "from": os.environ["TELNYX_NUMBER"],
            "to": callee.number}
    request = urllib.request.Request(
        os.environ["TELNYX_BASE_URL"] + "/calls", json.dumps(body).encode(),
        {"Authorization": "Bearer " + os.environ["TELNYX_API_KEY"], "Content-Type": "application/json"})
    urllib.request.urlopen(request).read()
    callee.expect("dial")
    callee.answer()
    telnyx_webhooks.wait_for("call.answered")
    callee.hangup()
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `pip install WHEEL` puts into site-packages."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), "."], cwd=ROOT, check=True)
    [wheel] = folder.glob("*.whl")
    subprocess.run(
        [*pip, "install", "--no-deps", "--no-index", "--target", str(folder / "site"), str(wheel)], check=True
    )
    return folder / "site"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "sut.yaml").write_text(SUT)
    (tmp_path / "a_call_is_answered.telnyx.yaml").write_text(SCENARIO)
    (tmp_path / "test_calls.py").write_text(TEST)
    # A folder of their own with the name of our source root must not get in the way.
    (tmp_path / "simulator").mkdir()
    (tmp_path / "simulator" / "__init__.py").write_text("")
    return tmp_path


@pytest.mark.long
@pytest.mark.parametrize(
    ("command", "mode"),
    [
        pytest.param(["pytest"], "strict", id="pytest"),
        pytest.param([sys.executable, "-m", "pytest"], "auto", id="python-m-pytest"),
        pytest.param(["pytest", "-n", "2"], "auto", id="n2"),
    ],
)
def test_yaml_and_python_tests_run(command: list[str], mode: str, project: Path, site: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(site), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    options = ["-q", "-rA", "-o", f"asyncio_mode={mode}", *STRICTLY, "--junit-xml", "junit.xml"]
    done = subprocess.run(
        [*command, *options], cwd=project, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"6 passed, 1 skipped, 1 xfailed", done.stdout), done.stdout
    assert re.search(r"SKIPPED .*: none was sent; none came; .*there was no call", done.stdout), "nothing was exercised"
    assert "a_call_is_answered.telnyx.yaml::[PCMA]" in done.stdout
    assert "telnyx_sim_trace" in (project / "junit.xml").read_text()


@pytest.mark.long
def test_a_scenario_can_be_chosen_by_its_tag_and_fails_at_its_line(project: Path, site: Path) -> None:
    file = project / "a_call_is_answered.telnyx.yaml"
    file.write_text(SCENARIO.replace("expect: answer", "expect: {command: reject, within: 300ms}"))
    environment = {**os.environ, "PYTHONPATH": str(site), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["pytest", "-q", "-m", "smoke", "-k", "PCMU", *STRICTLY],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed" in done.stdout
    assert "a_call_is_answered.telnyx.yaml:7:" in done.stdout
    assert "Traceback" not in done.stdout


MISTAKEN = """
import pytest


def test_a_text_with_a_mistake(telnyx_sim):
    telnyx_sim.outgoing_call().refuse("busy")


@pytest.mark.telnyx_sim(sutt=None)
def test_a_marker_with_a_mistake(telnyx_sim):
    pass


def test_what_is_missed(telnyx_sim):
    caller = telnyx_sim.incoming_call()
    caller.dial()
    caller.expect("reject", within="200ms")
"""


@pytest.mark.long
def test_a_failure_is_told_at_the_test_s_own_line(project: Path, site: Path) -> None:
    (project / "test_calls.py").write_text(MISTAKEN)
    environment = {**os.environ, "PYTHONPATH": str(site), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["pytest", "-q", "test_calls.py", *STRICTLY],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "test_calls.py:6:1: unknown hangup cause 'busy'; did you mean 'user_busy'?" in done.stdout
    assert "the marker telnyx_sim knows no sutt; it takes sut and seed" in done.stdout
    assert "test_calls.py:17:1: expect: it did not happen; what came: answer -> 200" in done.stdout
    assert "see it" in done.stdout, "the run is told of as well"
    assert "telnyx_simulator/" not in done.stdout, "none of our own lines"
    assert done.stdout.splitlines()[-1].startswith("2 failed, 1 error")


def test_the_plugin_imports_pytest_alone() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import telnyx_simulator.pytest_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["telnyx_simulator", "telnyx_simulator.pytest_plugin"]
