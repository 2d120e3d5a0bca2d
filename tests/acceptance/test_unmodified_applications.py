"""Applications that have https://api.telnyx.com in their code speak to the simulator, and by no way to Telnyx.

Who is refused gets the simulator's own error: on a machine without a network it would be another.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from telnyx_simulator.trace import Trace

HERE = Path(__file__).parent
PYTHON = HERE / "hard_coded_python.py"
NODE = HERE / "hard_coded_node.mjs"
PATIENCE_S = 100
REFUSED = "telnyx-sim refused a connection to {}: the simulator lets nothing through to the real Telnyx"

BROUGHT_HERE = [
    "by_urllib",
    "by_urllib_and_a_proxy",
    "by_http_client",
    "by_httpx",
    "by_httpx_with_a_transport_of_its_own",
    "by_async_httpx",
    "by_the_sdk",
    "by_the_sdk_and_oauth",
    "by_a_child",
    "by_a_spawned_process",
]
# Libraries that nothing of ours needs, and the ways through them.
FETCHED = ["aiohttp", "requests"]
BROUGHT_HERE_TOO = ["by_aiohttp", "by_aiohttp_elsewhere", "by_requests", "by_urllib3"]
REFUSED_WAYS = {
    "past_all_libraries": "gaierror: [Errno -2] " + REFUSED.format("api.telnyx.com:443"),
    "by_a_socket_alone": "gaierror: [Errno -2] " + REFUSED.format("api.telnyx.com:443"),
    "by_websockets": "gaierror: [Errno -2] " + REFUSED.format("rtc.telnyx.com:443"),
    "through_a_tunnel": "ConnectionRefusedError: [Errno 111] " + REFUSED.format("api.telnyx.com"),
    "by_asyncio": "gaierror: [Errno -2] " + REFUSED.format("api.telnyx.com:443"),
    "by_uvloop": "gaierror: [Errno -2] " + REFUSED.format("api.telnyx.com:443"),
}


@dataclass(frozen=True, slots=True)
class Executed:
    """One `telnyx-sim exec` that is over."""

    code: int
    stdout: str
    stderr: str
    artifacts: Path

    def outcomes(self) -> dict[str, Any]:
        """Way -> what came of it."""
        return dict(json.loads(line) for line in self.stdout.splitlines())

    def trace(self) -> Trace:
        (directory,) = self.artifacts.glob("exec-*/trace")
        return Trace.read(directory)


def execution(folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "telnyx_simulator", "exec", "--artifacts-dir", str(folder / "artifacts"), *options]


def executed(folder: Path, *options: str, env: dict[str, str] | None = None) -> Executed:
    done = subprocess.run(
        execution(folder, *options),
        cwd=folder,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    return Executed(done.returncode, done.stdout, done.stderr, folder / "artifacts")


@pytest.fixture(scope="module")
def by_all_ways(tmp_path_factory: pytest.TempPathFactory) -> Executed:
    """All ways in one process. A proxy of the environment that nobody answers at, and a key that nobody may see."""
    env = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "TELNYX_API_KEY": "KEY-of-mine"}
    ways = [*BROUGHT_HERE, *REFUSED_WAYS]
    folder = tmp_path_factory.mktemp("all")
    done = executed(folder, "--", sys.executable, str(PYTHON), *ways, env=env)
    assert done.code == 0, done.stderr
    return done


@pytest.mark.parametrize("way", BROUGHT_HERE)
def test_a_hard_coded_host_is_the_simulator(way: str, by_all_ways: Executed) -> None:
    assert by_all_ways.outcomes()[way] == 200


@pytest.mark.parametrize("way", REFUSED_WAYS)
def test_what_no_shim_brings_here_is_refused_with_an_error_of_ours(way: str, by_all_ways: Executed) -> None:
    assert by_all_ways.outcomes()[way] == REFUSED_WAYS[way]


def test_the_end_says_what_came_here_and_what_was_refused(by_all_ways: Executed) -> None:
    calls = len(list(by_all_ways.trace().of("rest", "command")))
    assert calls == len(BROUGHT_HERE) + 2  # two ways ask twice
    said = by_all_ways.stderr[by_all_ways.stderr.index("telnyx-sim exec   exit code 0") :]
    assert f"  {calls} REST calls came here\n" in said
    assert f"  REFUSED: {len(REFUSED_WAYS)} connections to the real host, which no shim brings here\n" in said
    assert re.search(r"^    api\.telnyx\.com:443 \(.*hard_coded_python\.py:\d+\)$", said, flags=re.M)
    assert "    rtc.telnyx.com:443 (" in said


def test_the_trace_has_each_refusal_and_no_key_of_the_real_account(by_all_ways: Executed) -> None:
    trace = by_all_ways.trace()
    hosts = [entry.body["host"] for entry in trace.of("sut", "refused")]
    assert sorted(hosts) == ["api.telnyx.com"] * (len(REFUSED_WAYS) - 1) + ["rtc.telnyx.com"]
    assert "KEY-of-" not in (trace.directory / "trace.jsonl").read_text()


@pytest.mark.needs_tools
@pytest.mark.timeout(300)
def test_libraries_that_others_use_are_brought_here_as_well(tmp_path: Path) -> None:
    libraries = tmp_path / "libraries"
    fetch = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(libraries), *FETCHED]
    fetched = subprocess.run(fetch, capture_output=True, text=True, timeout=200, check=False)
    if fetched.returncode:
        pytest.skip(f"needs {' and '.join(FETCHED)} from a package registry: {fetched.stderr.splitlines()[-1]}")
    path = os.pathsep.join([str(libraries), os.environ.get("PYTHONPATH", "")])
    done = executed(tmp_path, "--", sys.executable, str(PYTHON), *BROUGHT_HERE_TOO, env={"PYTHONPATH": path})
    assert done.outcomes() == dict.fromkeys(BROUGHT_HERE_TOO, 200)
    assert "REFUSED" not in done.stderr


def test_a_sitecustomize_that_is_there_is_run_as_well(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "sitecustomize.py").write_text("import os\nos.environ['THEIRS'] = 'was run'\nhere = 'theirs'\n")
    script = "import os, sitecustomize; print(os.environ['THEIRS'], sitecustomize.here)"
    path = os.pathsep.join([str(theirs), os.environ.get("PYTHONPATH", "")])
    done = executed(tmp_path, "--", sys.executable, "-c", script, env={"PYTHONPATH": path})
    assert (done.code, done.stdout) == (0, "was run theirs\n")


def test_without_exec_nothing_of_the_shim_is_there() -> None:
    script = "import sys; print([name for name in sys.modules if 'telnyx' in name])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_command_that_asks_for_nothing_is_told_of_loudly_and_keeps_its_exit_code(tmp_path: Path) -> None:
    done = executed(tmp_path, "--", "sh", "-c", "echo $TELNYX_BASE_URL; exit 7")
    assert done.code == 7
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v2\n", done.stdout)
    assert "NO REST CALL WAS SEEN" in done.stderr


def test_a_command_that_is_not_there_is_127_as_in_a_shell(tmp_path: Path) -> None:
    done = executed(tmp_path, "--", "no-such-command-of-anybody")
    assert done.code == 127
    assert "no-such-command-of-anybody: no such command" in done.stderr


def test_no_command_and_no_profile_is_a_mistake(tmp_path: Path) -> None:
    done = executed(tmp_path)
    assert done.code == 2
    assert "which command? telnyx-sim exec -- python server.py" in done.stderr


# Node

NODE_BROUGHT_HERE = ["fetch", "https.request", "https.get", "http.get", "a proxy", "a child", "a worker"]
NODE_FETCHED = ["axios@1", "undici@7"]
NODE_BROUGHT_HERE_TOO = ["axios", "undici agents", "the global dispatcher"]
NODE_REFUSED = {
    "net.connect": REFUSED.format("api.telnyx.com:443"),
    "tls.connect": REFUSED.format("api.telnyx.com:443"),
    "tls in a tunnel": REFUSED.format("api.telnyx.com"),
    "tls to an address": REFUSED.format("api.telnyx.com:443"),
    "dns.lookup": REFUSED.format("api.telnyx.com"),
    "dns.resolve4": REFUSED.format("rtc.telnyx.com"),
}


@pytest.mark.needs_tools
def test_node_is_brought_here_by_what_it_has_of_its_own_and_refused_below_that(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    # What stands in NODE_OPTIONS stays there.
    env = {"NODE_OPTIONS": "--throw-deprecation"}
    done = executed(tmp_path, "--", node, str(NODE), *NODE_BROUGHT_HERE, *NODE_REFUSED, env=env)
    assert done.outcomes() == dict.fromkeys(NODE_BROUGHT_HERE, 200) | NODE_REFUSED
    assert f"{len(NODE_BROUGHT_HERE) + 2} REST calls came here" in done.stderr  # two ways ask twice
    assert [entry.body["host"] for entry in done.trace().of("sut", "refused")] == [
        *["api.telnyx.com"] * (len(NODE_REFUSED) - 1),
        "rtc.telnyx.com",
    ]
    assert re.search(r"^    api\.telnyx\.com:443 \(.*hard_coded_node\.mjs:\d+\)$", done.stderr, flags=re.M)


@pytest.mark.needs_tools
@pytest.mark.timeout(300)
def test_axios_and_each_dispatcher_of_undici_are_brought_here(tmp_path: Path) -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("needs node and npm")
    (tmp_path / "package.json").write_text('{"private": true}')
    fetch = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", *NODE_FETCHED]
    fetched = subprocess.run(fetch, cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False)
    if fetched.returncode:
        pytest.skip(f"needs {' and '.join(NODE_FETCHED)} from a package registry")
    shutil.copy(NODE, tmp_path)
    done = executed(tmp_path, "--", node, NODE.name, *NODE_BROUGHT_HERE_TOO)
    assert done.outcomes() == dict.fromkeys(NODE_BROUGHT_HERE_TOO, 200)
    assert "REFUSED" not in done.stderr


# What no shim reaches

# A network of its own with nothing but loopback, and a hosts file of its own, as two containers share them.
AS_IN_A_CONTAINER = """
ip link set lo up
printf '127.0.0.1 localhost api.telnyx.com\\n' > hosts
mount --bind hosts /etc/hosts
python -m telnyx_simulator ca ca
python -m telnyx_simulator serve --tls ca > log 2>&1 & serve=$!
until grep -q Ready log; do kill -0 $serve; done
curl -s -H 'Authorization: Bearer k' --cacert ca/ca.pem -w '\\n%{http_code}\\n' https://api.telnyx.com/v2/balance
kill $serve
"""


@pytest.mark.needs_tools
def test_a_compiled_program_is_brought_here_by_a_hosts_entry_and_a_local_ca(tmp_path: Path) -> None:
    if missing := [tool for tool in ("unshare", "ip", "mount", "curl") if shutil.which(tool) is None]:
        pytest.skip(f"needs {', '.join(missing)}")
    apart = ["unshare", "--map-root-user", "--net", "--mount"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to make a network of its own")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    script = ["sh", "-ec", AS_IN_A_CONTAINER]
    done = subprocess.run(
        [*apart, *script], cwd=tmp_path, env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    _, body, status = done.stdout.rsplit("\n", 3)[:3]
    assert (status, json.loads(body)["data"]["record_type"]) == ("200", "balance")


# The command


STUBBORN = """
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: (print("one more thing", flush=True), os._exit(5)))
print("ready", flush=True)
while True:
    signal.pause()
"""


@pytest.mark.parametrize(("script", "number", "code"), [(STUBBORN, signal.SIGTERM, 5), ("", signal.SIGINT, 130)])
def test_signals_are_the_commands_and_it_ends_as_the_command_does(
    script: str, number: signal.Signals, code: int, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", script] if script else ["sh", "-c", "echo ready; exec sleep 60"]
    # A session of its own has no terminal whose ^C would reach both.
    with subprocess.Popen(
        execution(tmp_path, "--", *command), stdout=-1, stderr=-1, text=True, cwd=tmp_path, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == code
    assert stdout == ("one more thing\n" if script else "")
    assert f"exit code {code}" in stderr
    assert "Traceback" not in stderr


def test_a_public_url_is_refused_with_the_line_that_makes_it_local(tmp_path: Path) -> None:
    done = executed(tmp_path, "--", sys.executable, str(PYTHON), "dials_with_a_public_url")
    assert done.outcomes() == {"dials_with_a_public_url": 200}
    line = 'rewrite: {"https://agent.example.com": "http://127.0.0.1:{port}"}'
    assert f"  you returned https://agent.example.com/hook; add a rewrite line to sut.yaml: {line}\n" in done.stderr
    assert "telnyx-sim exec --sut sut.yaml" in done.stderr


PROFILE = """
start: {{command: "{python} {script} by_urllib"}}
env: {{TOLD: "{{api_v2}} {{connection_id}}", TELNYX_NUMBER: "+12025550111"}}
redirect: python-shim
rewrite: {{"https://agent.example.com": "http://127.0.0.1:{{port}}"}}
webhook_url: https://agent.example.com/hook
"""


def test_a_profile_gives_the_command_and_its_environment(tmp_path: Path) -> None:
    (tmp_path / "sut.yaml").write_text(PROFILE.format(python=sys.executable, script=PYTHON))
    done = executed(tmp_path, "--sut", "sut.yaml")
    assert (done.code, done.outcomes()) == (0, {"by_urllib": 200})
    told = executed(tmp_path, "--sut", "sut.yaml", "--", "sh", "-c", "echo $TOLD $TELNYX_NUMBER")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v2 \d+ \+12025550111\n", told.stdout)
