"""The official SDK's own test-suite against `serve --permissive`.

The suite comes with the source distribution and nowhere else, so it is taken from where pip takes packages; there is a
server for it, and the mark is dropped by which its network tests are skipped. `{}` passes most of it: necessary, and
far from sufficient.
"""

import ast
import os
import re
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from xml.etree import ElementTree

import pytest

# To fetch a package and what it is built with takes minutes on a slow line; so do two thousand tests beside others.
FETCH_AND_RUN_S = 900
pytestmark = [pytest.mark.needs_tools, pytest.mark.timeout(FETCH_AND_RUN_S)]

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
# The smallest suite has so many tests, and all of them together at least so many (2,248 in 4.189.0, without aiohttp).
FEWEST, COUNTED = 12, 2_000
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
    fetched = subprocess.run([*fetch, wanted], capture_output=True, text=True, timeout=600, check=False)
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


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a run of suites: `class::test[client]` of each file, by how it ended."""

    outcomes: dict[str, dict[str, str]]
    output: str


def run(suites: tuple[str, ...], folder: Path, base_url: str, told: Path) -> Ran:
    """The SDK's tests of these files, in one process; raises if pytest came to no result."""
    without = [] if find_spec("httpx_aiohttp") else ["-k", "not aiohttp"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "unskip", "-p", "no:cacheprovider", "-o", "addopts="]
    environment = os.environ | {
        "TEST_API_BASE_URL": base_url,
        "PYTHONPATH": os.pathsep.join([str(folder.parent), os.environ.get("PYTHONPATH", "")]),
    }
    ran = subprocess.run(
        [*command, *without, "--tb=short", f"--junitxml={told}", *(f"tests/api_resources/{name}" for name in suites)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=FETCH_AND_RUN_S,
        check=False,
    )
    output = "\n".join(ran.stdout.splitlines()[-100:]) + ran.stderr[-2000:]
    assert told.is_file(), output
    outcomes: dict[str, dict[str, str]] = {}
    for case in ElementTree.parse(told).iter("testcase"):
        module, _, group = case.attrib["classname"].rpartition(".")
        ended = next((one.tag for one in case if one.tag in ("failure", "error", "skipped")), "passed")
        outcomes.setdefault(module, {})[f"{group}::{case.attrib['name']}"] = ended
    return Ran(outcomes, output)


@pytest.fixture(scope="module")
def ran(suite: Path, base_url: str, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run(SUITES, suite, base_url, tmp_path_factory.mktemp("told") / "junit.xml")


def written_in(path: Path) -> set[str]:
    """Every test that stands in a file, for both of the SDK's clients: taken at its word, and strictly."""
    tree = ast.parse(path.read_text())
    return {
        f"{group.name}::{test.name}[{client}]"
        for group in tree.body
        if isinstance(group, ast.ClassDef)
        for test in group.body
        if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef) and test.name.startswith("test_")
        for client in ("loose", "strict")
    }


@pytest.mark.parametrize("name", SUITES)
def test_each_test_that_is_written_in_a_suite_passes(name: str, suite: Path, ran: Ran) -> None:
    written = written_in(suite / "tests" / "api_resources" / name)
    outcomes = ran.outcomes["tests.api_resources." + name.removesuffix(".py").replace("/", ".")]
    assert len(written) >= FEWEST
    assert {test: ended for test, ended in outcomes.items() if ended != "passed"} == {}, ran.output
    assert written <= set(outcomes)


def test_all_suites_together_are_as_many_tests_as_were_counted(ran: Ran) -> None:
    assert sorted(ran.outcomes) == sorted(
        "tests.api_resources." + name.removesuffix(".py").replace("/", ".") for name in SUITES
    )
    assert sum(map(len, ran.outcomes.values())) >= COUNTED


@pytest.mark.parametrize("rubbish", [b'"rubbish"', b"[[]]", b'{"data": 17, "meta": "x"}'])
def test_the_suite_fails_where_a_server_answers_rubbish(rubbish: bytes, suite: Path, tmp_path: Path) -> None:
    with answering(rubbish) as base_url:
        outcomes = run(("test_queues.py", "test_balance.py"), suite, base_url, tmp_path / "junit.xml").outcomes
    ended = Counter(one for of_file in outcomes.values() for one in of_file.values())
    assert ended["failure"] > ended["passed"], ended


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """A server that says this to everything, as JSON."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
