"""The README, block by block, as a newcomer would type it: every block is run, or written to the file it names, or it
is output. `make demo` and what it prints are acceptance/test_demo_and_check.py's.

Ports are replaced by free ones where that is possible. An application that runs already finds the simulator on its
known port; no other test listens there.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from telnyx_simulator.audio.codecs import PCMA, PCMU
from telnyx_simulator.audio.signals import read_wav, resample, write_wav
from telnyx_simulator.transports.server import free_port

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w+)\n(.*?)^```", README, re.DOTALL | re.M)
COMMANDS = [text.strip() for kind, text in BLOCKS if kind == "sh"]
FILES = {text.split("\n")[0].removeprefix("# "): text for kind, text in BLOCKS if kind in ("yaml", "python")}

SMALL_APPLICATION = ROOT / "tests" / "acceptance" / "small_application.py"
BIN = Path(sys.executable).parent
PATIENCE_S = 60


def test_no_block_is_left_out() -> None:
    """Whoever adds a block adds it to a test of this file."""
    assert [kind for kind, _ in BLOCKS].count("text") == 1
    assert list(FILES) == ["sut.yaml", "scenarios/a_busy_callee_is_reported_as_busy.telnyx.yaml", "tests/test_calls.py"]
    assert [command.split()[:2] for command in COMMANDS] == [
        ["make", "demo"],
        ["make", "test"],
        ["telnyx-sim", "init"],  # and run
        ["telnyx-sim", "run"],
        ["pytest", "--asyncio-mode=auto"],
        ["telnyx-sim", "serve"],
        ["cd", "fixtures/reference_app"],
        ["telnyx-sim", "call"],
        ["telnyx-sim", "send"],
        ["telnyx-sim", "verify"],
    ]
    assert not re.search(r"^    (telnyx-sim|make|pytest|curl) ", README, re.M), "an indented block is run by nobody"


def typed(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What somebody types in a shell in which our programs are found."""
    shell = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **environment}
    return subprocess.run(
        ["sh", "-ec", command], cwd=folder, env=shell, capture_output=True, text=True, timeout=2 * PATIENCE_S
    )


@contextlib.contextmanager
def background(command: str, folder: Path, ready: str, **environment: str) -> Iterator[str]:
    """A command that goes on; what it printed up to a line that begins with `ready`."""
    shell = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONUNBUFFERED": "1", **environment}
    with subprocess.Popen(
        ["sh", "-ec", command],
        cwd=folder,
        env=shell,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            printed = ""
            assert process.stdout is not None
            for line in process.stdout:
                printed += line
                if ready in line:
                    break
            else:
                raise AssertionError(printed)
            yield printed
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def test_the_test_command_is_the_one_that_runs_us() -> None:
    """Continuous integration types it; here it only tells what it would do."""
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == COMMANDS[1]
    done = typed(f"{COMMANDS[1]} --dry-run", ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "python -m pytest" in done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A newcomer's project: the reference application is theirs."""
    for path in (ROOT / "fixtures" / "reference_app").iterdir():
        if path.suffix in (".py", ".wav"):
            shutil.copy(path, tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_two_commands_from_nothing_to_a_verdict(tmp_path: Path) -> None:
    """For an application that runs already and is known by its URL alone."""
    port = free_port()
    command = f"{sys.executable} -u -S {SMALL_APPLICATION} {port} http://127.0.0.1:8642/v2 Application"
    (tmp_path / "project").mkdir()
    with background(command, tmp_path, "listening"):
        both = COMMANDS[2].replace("8000", str(port)).replace("/telnyx/webhook", "/webhook")
        done = typed(both, tmp_path / "project")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 run: 1 passed in " in done.stdout
    assert "export TELNYX_BASE_URL=http://127.0.0.1:8642/v2" in done.stderr


def test_without_the_application_the_two_commands_say_so(tmp_path: Path) -> None:
    port = free_port()
    done = typed(COMMANDS[2].replace("8000", str(port)), tmp_path)
    assert done.returncode == 4, done.stdout + done.stderr
    assert f" is not there: nobody listens at http://127.0.0.1:{port}\n  start it before the run" in done.stderr
    assert "    export TELNYX_BASE_URL=http://127.0.0.1:8642/v2" in done.stderr, "with what it needs"
    assert "1 run: 1 not exercised" in done.stdout


def test_the_scenario(project: Path) -> None:
    done = typed(COMMANDS[3], project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 run: 1 passed in " in done.stdout


def test_the_python_tests(project: Path) -> None:
    done = typed(f"{COMMANDS[4]} -p no:cacheprovider", project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 3 passed" in done.stdout


def test_playing_by_hand(tmp_path: Path) -> None:
    port, ours = str(free_port()), str(free_port())
    serve = COMMANDS[5].replace("8000", port) + f" --port {ours} --artifacts-dir {tmp_path}"
    with background(serve, tmp_path, "Ready") as banner:
        exports = dict(re.findall(r"export (\w+)=(\S+)", banner))
        application = COMMANDS[6].replace("8000", port)
        with background(application, ROOT, "Uvicorn running", **exports):
            for line in COMMANDS[7].splitlines():
                done = typed(f"{line} --server http://127.0.0.1:{ours}", tmp_path)
                assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
                time.sleep(0.5)  # as fast as somebody types
            forged = typed(COMMANDS[8].replace("8000", port), tmp_path)
    assert (forged.returncode, forged.stdout.split()[0]) == (1, "403"), forged.stdout + forged.stderr


def test_two_recordings_are_compared(tmp_path: Path) -> None:
    pcm, rate_hz = read_wav(ROOT / "fixtures/audio/speech/en-1.wav")
    said = resample(pcm, rate_hz, 8000)
    write_wav(tmp_path / "said.wav", said, 8000)
    write_wav(tmp_path / "heard.wav", PCMU.decode(PCMA.encode(said)), 8000)
    done = typed(COMMANDS[9], tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "law_mixup_undetermined" in done.stdout
    assert (tmp_path / "heard.svg").read_text().startswith("<svg")
