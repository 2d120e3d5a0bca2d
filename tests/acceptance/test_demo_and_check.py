"""`demo` and `check` from outside: what they promise about verdicts and traces."""

import json
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from command_line import REFERENCE, ROOT, Done, telnyx_sim

from telnyx_simulator.trace import Trace

STATIC = "scenarios/audio/a_uk_caller_hears_no_static.telnyx.yaml"
PCMA_RUN = "a_uk_caller_hears_no_static[PCMA]"
SUT = REFERENCE / "sut.yaml"


@pytest.fixture(scope="module")
def demo() -> Done:
    """As a newcomer types it; what it leaves is in the folder that it names."""
    done = subprocess.run(["make", "demo"], cwd=ROOT, capture_output=True, text=True, timeout=100)
    return Done(done.returncode, done.stdout, done.stderr, ROOT / ".telnyx-sim")


def folders_of(demo: Done) -> list[Path]:
    """What each run left, in the order in which they were run: the broken application's, the right one's."""
    lines = [line for line in demo.stdout.splitlines() if line.startswith(("  fail    ", "  pass    "))]
    return [ROOT / line.split()[-1] for line in lines]


def trace_of(demo: Done, *, right: bool) -> Path:
    """The run of the demo in which the leg is PCMA."""
    return [folder for folder in folders_of(demo) if PCMA_RUN in folder.name][right]


@pytest.mark.long
def test_the_demo_names_the_fault_and_passes_the_right_application(demo: Done) -> None:
    assert demo.code == 0, demo.stdout
    assert "pcma_decoded_as_pcmu: A-law decoded as mu-law" in demo.stdout
    assert "The right application passes." in demo.stdout
    assert len(folders_of(demo)) == 4
    assert all((folder / "trace" / "trace.jsonl").is_file() for folder in folders_of(demo))


@pytest.mark.long
def test_the_readme_shows_what_the_demo_prints(demo: Done) -> None:
    [shown] = re.findall(r"^```text\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.M)
    timeless = re.compile(r"\d+\.\d+ s\b|\.\.\.")
    printed = [timeless.sub("", line).rstrip() for line in demo.stdout.splitlines()]
    for line in shown.splitlines():
        told = timeless.sub("", line).rstrip()
        assert any(one.startswith(told) for one in printed), f"not printed by the demo: {line}"


@pytest.mark.long
def test_the_demo_with_its_two_profiles_swapped_exits_1(tmp_path: Path) -> None:
    parts = yaml.safe_load((REFERENCE / "demo.yaml").read_text())
    swapped = {
        "scenario": str((REFERENCE / parts["scenario"]).resolve()),
        "broken": str((REFERENCE / parts["right"]).resolve()),
        "right": str((REFERENCE / parts["broken"]).resolve()),
        "fault": parts["fault"],
    }
    (tmp_path / "demo.yaml").write_text(yaml.safe_dump(swapped))
    done = telnyx_sim("demo", "--profiles", tmp_path / "demo.yaml", artifacts=tmp_path / "artifacts")
    assert done.code == 1
    assert "was not caught" in done.stdout


@pytest.mark.long
@pytest.mark.parametrize("right", [False, True])
def test_check_on_a_copy_without_findings_gives_the_same_ones(demo: Done, right: bool, tmp_path: Path) -> None:
    recorded = trace_of(demo, right=right)
    shutil.copytree(recorded / "trace", tmp_path / "copy")
    done = telnyx_sim("check", tmp_path / "copy", "--json", artifacts=tmp_path)
    assert json.loads(done.stdout) == json.loads((recorded / "findings.json").read_text())
    assert done.code == (0 if right else 1)


@pytest.mark.long
def test_one_second_of_other_payload_in_the_heard_file_changes_the_verdict(demo: Done, tmp_path: Path) -> None:
    shutil.copytree(trace_of(demo, right=True) / "trace", tmp_path / "copy")
    [heard] = (tmp_path / "copy" / "media").glob("*.heard.frames")
    echo_began_s = next(
        finding["at_s"]
        for finding in json.loads((trace_of(demo, right=True) / "findings.json").read_text())
        if finding["id"] == "sound_clean"
    )
    heard.write_bytes(with_other_payload(heard.read_bytes(), from_ns=int((echo_began_s + 1) * 1e9), seconds=1))
    done = telnyx_sim("check", tmp_path / "copy", "--json", artifacts=tmp_path)
    verdicts = {finding["id"]: finding["verdict"] for finding in json.loads(done.stdout)}
    assert done.code == 1
    assert verdicts["sound_clean"] == "fail"


def with_other_payload(data: bytes, *, from_ns: int, seconds: int) -> bytes:
    """Frames that were due in that time get their samples' bytes turned round."""
    record, out, at = struct.Struct("<qqI"), bytearray(), 0
    while at < len(data):
        at_ns, due_ns, length = record.unpack_from(data, at)
        payload = data[at + record.size : at + record.size + length]
        if from_ns <= due_ns < from_ns + seconds * 1_000_000_000:
            payload = payload[::-1]
        out += record.pack(at_ns, due_ns, length) + payload
        at += record.size + length
    return bytes(out)


@pytest.mark.long
def test_frames_leave_in_time_and_the_trace_tells_how_late_they_were(demo: Done) -> None:
    """The figure (p99 under 5 ms on a quiet machine) is a benchmark's; that it can be read is this test's."""
    trace = Trace.read(trace_of(demo, right=True) / "trace")
    [lateness] = trace.of("stream", "lateness")
    assert set(lateness.body) == {"stream_id", "frames", "p50_us", "p99_us", "max_us"}
    frames = trace.frames(f"{lateness.body['stream_id']}.to_app")
    late_us = sorted((frame.at_ns - frame.due_ns) // 1000 for frame in frames)
    assert lateness.body["frames"] == len(frames)
    assert lateness.body["max_us"] == late_us[-1]


def test_what_is_not_built_yet_is_refused_before_any_call(tmp_path: Path) -> None:
    path = tmp_path / "later.telnyx.yaml"
    path.write_text("call: incoming\nscript:\n  - dial\nload: {any: thing}\n")
    done = telnyx_sim("run", path, "--sut", SUT, artifacts=tmp_path / "artifacts")
    assert done.code == 2
    assert "not built yet" in done.stderr
    assert not (tmp_path / "artifacts").exists()


def test_help_imports_nothing_heavy() -> None:
    heavy = ("fastapi", "numpy", "scipy", "httpx", "uvicorn", "picows")
    code = (
        "import sys; sys.argv = ['telnyx-sim', '--help']\n"
        "from telnyx_simulator.cli import cli\n"
        "cli.main(standalone_mode=False)\n"
        f"sys.exit(str([name for name in {heavy!r} if name in sys.modules] or 0))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr.strip()) in ((0, ""), (1, "0")), done.stderr
