"""The README's first two commands, for an application that runs already and is known by its URL alone."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from telnyx_simulator.scenario.invocation import KNOWN_PORT

SMALL_APPLICATION = Path(__file__).parent.parent / "acceptance" / "small_application.py"


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


@pytest.fixture
def application(tmp_path: Path) -> Iterator[str]:
    """Its URL. It was told where the simulator will be, and nothing else."""
    if not is_free(KNOWN_PORT):
        pytest.skip(f"somebody listens on port {KNOWN_PORT}, where an application that runs already finds us")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [str(port), f"http://127.0.0.1:{KNOWN_PORT}/v2", "Application"]
    command = [sys.executable, "-u", "-S", str(SMALL_APPLICATION), *arguments]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"listening\n"
        yield f"http://127.0.0.1:{port}"
        os.killpg(process.pid, signal.SIGKILL)


def telnyx_sim(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "telnyx_simulator", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def test_two_commands_from_nothing_to_a_verdict(application: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    written = telnyx_sim(project, "init", "--url", application, "--webhook-path", "/webhook")
    assert written.returncode == 0, written.stderr
    done = telnyx_sim(project, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("1 run: 1 passed in ")
    assert "export TELNYX_BASE_URL=http://127.0.0.1:8642/v2" in done.stderr
