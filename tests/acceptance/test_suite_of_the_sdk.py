"""The official SDK's own test-suite against `serve --permissive`.

The suite comes with the source distribution and nowhere else, so it is taken from where pip takes packages; there is a
server for it, and the mark is dropped by which its network tests are skipped. `{}` passes most of it: necessary, and
far from sufficient.
"""

import os
import re
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.needs_tools

SUITES = (
    "test_calls.py",
    "calls/test_actions.py",
    "test_conferences.py",
    "conferences/test_actions.py",
    "test_queues.py",
    "queues/test_calls.py",
    "test_recordings.py",
    "recordings/test_actions.py",
    "test_recording_transcriptions.py",
    "test_call_control_applications.py",
    "test_phone_numbers.py",
    "phone_numbers/test_voice.py",
    "test_connections.py",
    "test_call_events.py",
    "test_outbound_voice_profiles.py",
    "test_number_lookup.py",
    "test_media.py",
    "test_webhook_deliveries.py",
    "test_verified_numbers.py",
    "verified_numbers/test_actions.py",
    "test_balance.py",
    "test_siprec_connectors.py",
)
# Loaded beside the suite's own conftest: what is skipped for want of a mock server has one here.
UNSKIP = """
def pytest_collection_modifyitems(items):
    for item in items:
        item.own_markers[:] = [
            mark for mark in item.own_markers
            if not (mark.name == "skip" and mark.kwargs.get("reason") == "Mock server tests are disabled")
        ]
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the SDK's source distribution, of the version that is installed here."""
    folder = tmp_path_factory.mktemp("sdk")
    wanted = f"telnyx=={version('telnyx')}"
    fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "telnyx", "-d", folder]
    fetched = subprocess.run([*fetch, wanted], capture_output=True, text=True, timeout=300, check=False)
    found = list(folder.glob("*.tar.gz"))
    if not found:
        reason = (fetched.stderr.strip().splitlines() or ["pip found nothing"])[-1]
        pytest.skip(f"needs the source distribution of {wanted} from a package index: {reason}")
    with tarfile.open(found[0]) as archive:
        archive.extractall(folder, filter="data")
    (folder / "unskip.py").write_text(UNSKIP)
    return next(path for path in folder.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a permissive server, without `/v2`."""
    folder = tmp_path_factory.mktemp("server")
    command = [sys.executable, "-u", "-m", "telnyx_simulator", "serve", "--permissive", "--port", "0", "--seed", "1"]
    # Into a file: nobody reads the log while the suites run, and a pipe would be full soon.
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen([*command, "--artifacts-dir", str(folder)], stdout=log, stderr=subprocess.STDOUT) as server,
    ):
        try:
            yield url_in(folder / "log", server)
        finally:
            server.terminate()


def url_in(log: Path, server: "subprocess.Popen[bytes]") -> str:
    for _ in range(600):
        found = re.search(r"TELNYX_BASE_URL=(\S+)/v2[\s\S]*Ready", log.read_text())
        if found:
            return found[1]
        assert server.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.mark.parametrize("name", SUITES)
def test_the_suite_of_the_sdk_passes(name: str, suite: Path, base_url: str) -> None:
    without = [] if find_spec("httpx_aiohttp") else ["-k", "not aiohttp"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "unskip", "-p", "no:cacheprovider", "-o", "addopts="]
    environment = os.environ | {
        "TEST_API_BASE_URL": base_url,
        "PYTHONPATH": os.pathsep.join([str(suite.parent), os.environ.get("PYTHONPATH", "")]),
    }
    ran = subprocess.run(
        [*command, *without, f"tests/api_resources/{name}"],
        cwd=suite,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    summary = ran.stdout.strip().splitlines()[-1]
    assert ran.returncode == 0, "\n".join(ran.stdout.splitlines()[-60:]) + ran.stderr[-2000:]
    assert re.search(r"[1-9][0-9]* passed", summary), summary
    assert "skipped" not in summary, summary
