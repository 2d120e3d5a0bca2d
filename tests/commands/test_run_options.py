"""`run` as a process: what it chooses, when it stops, what it leaves and what it says to whom."""

import json
import os
import resource
import shutil
import subprocess
import sys
import wave
import xml.etree.ElementTree as ET
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SMALL_APPLICATION = Path(__file__).parent.parent / "acceptance" / "small_application.py"
COMMAND = [sys.executable, "-m", "telnyx_simulator", "run"]

SCENARIOS = {
    "bad": "call: incoming\nscript: [dial, wait: 1s, expect: {command: reject, within: 100ms}]\n",
    "good": "tags: [fast]\ncall: incoming\nscript: [dial, expect: answer, hangup]\n",
    "idle": "call: outgoing\nscript: [ask: nothing]\n",
}
LONG = {"long": "call: incoming\nscript: [dial, expect: answer, wait: 60s]\n", "zlast": SCENARIOS["good"]}


@dataclass(frozen=True)
class Done:
    folder: Path
    code: int
    stdout: str
    stderr: str

    @property
    def artifacts(self) -> Path:
        return self.folder / ".telnyx-sim"

    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "out" / "result.json").read_text())
        return found

    def verdicts(self) -> dict[str, str]:
        return {run["scenario"]: run["verdict"] for run in self.json()["runs"]}

    def folders(self) -> set[str]:
        return {path.name for path in self.artifacts.iterdir()}


def prepare(folder: Path, scenarios: dict[str, str] = SCENARIOS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SMALL_APPLICATION, folder)
    command = f"{sys.executable} -u -S {SMALL_APPLICATION.name} {{port}} {{api_v2}} Application"
    start = f"start: {{command: {json.dumps(command)}, ready: /health, stop: 1s}}"
    (folder / "sut.yaml").write_text(f"{start}\nwebhook_url: /webhook\n")
    for name, text in scenarios.items():
        (folder / f"{name}.telnyx.yaml").write_text(text)
    return folder


def ran(folder: Path, *arguments: str, env: dict[str, str] | None = None, **more: Any) -> Done:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB", "TELNYX"))}
    done = subprocess.run(
        [*COMMAND, "--seed", "5", "--json", "out/result.json", *arguments],
        cwd=folder,
        env=clean | (env or {}),
        capture_output=True,
        text=True,
        timeout=100,
        **more,
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return Done(folder, done.returncode, done.stdout, done.stderr)


# The invocations, two at a time, each for one or more of the tests below.


def everything(folder: Path) -> Done:
    """All reports, in the colors of a terminal, as GitHub runs it."""
    github = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(folder.parent),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }
    return ran(prepare(folder), "--junit", "out/deep/junit.xml", "-n", "3", "--color", "always", env=github)


def chosen(folder: Path) -> Done:
    return ran(prepare(folder), "-k", "bad or good", "-t", "fast", "--repeat", "2")


def first_failure(folder: Path) -> Done:
    return ran(prepare(folder), "-x", "--artifacts", "on-failure")


def leaves_nothing(folder: Path) -> Done:
    return ran(prepare(folder), "--artifacts", "never", "-n", "3")


def too_slow(folder: Path) -> Done:
    return ran(prepare(folder, LONG), "--timeout", "8s", "--junit", "out/junit.xml")


def strict(folder: Path) -> Done:
    return ran(prepare(folder), "-k", "good or idle", "--strict", "--deny", "assumed", "--deny", "reported")


def never_ready(folder: Path) -> Done:
    prepare(folder)
    (folder / "sut.yaml").write_text('start: {command: "false", ready: /health}\nwebhook_url: /webhook\n')
    return ran(folder, "--junit", "out/junit.xml")


def json_to_stdout(folder: Path) -> Done:
    return ran(prepare(folder), "--json", "-", "-k", "good")


def no_room(folder: Path) -> Done:
    """Files may hold 8 kB and no more: the trace soon has no room."""

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000))

    return ran(prepare(folder), "-k", "bad", preexec_fn=small_files)


def full_device(folder: Path) -> Done:
    return ran(prepare(folder), "-k", "good", "--junit", "/dev/full")


CASES = (
    everything,
    chosen,
    first_failure,
    leaves_nothing,
    too_slow,
    strict,
    never_ready,
    json_to_stdout,
    no_room,
    full_device,
)
Cases = dict[Callable[[Path], Done], Future[Done]]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Cases:
    folder = tmp_path_factory.mktemp("runs")
    with ThreadPoolExecutor(2) as pool:
        return {case: pool.submit(case, folder / case.__name__) for case in CASES}


# Reports


def test_each_run_has_its_verdict_and_the_exit_code_is_the_worst(cases: Cases) -> None:
    done = cases[everything].result()
    assert done.code == 1
    assert done.verdicts() == {"bad": "fail", "good": "pass", "idle": "not_exercised"}
    assert done.json()["summary"] == {"pass": 1, "fail": 1, "not_exercised": 1, "inconclusive": 0}
    assert done.json()["seed"] == 5


def test_a_failure_names_what_to_hear_see_and_type(cases: Cases) -> None:
    done = cases[everything].result()
    lines = {line.split()[0] + line.split()[1]: line.split()[-1] for line in done.stdout.splitlines() if "it  " in line}
    with wave.open(str(done.folder / lines["hearit"])) as file:
        assert file.getnchannels() == 2
        assert file.getnframes() > file.getframerate() // 2
    assert lines["hearit"].endswith("call-Caller.left-to-application.right-heard.wav")
    ladder = (done.folder / lines["seeit"]).read_text()
    assert "|-- call.initiated ---" in ladder
    assert "** FAIL script[2].expect" in ladder
    assert "  again    telnyx-sim run bad.telnyx.yaml --sut sut.yaml --seed 5 -k bad" in done.stdout.splitlines()


def test_a_run_that_passes_has_neither(cases: Cases) -> None:
    assert {path.name for path in (cases[everything].result().artifacts / "good").iterdir()} == {
        "trace",
        "findings.json",
    }


def test_junit_makes_the_folder_that_it_is_to_be_in(cases: Cases) -> None:
    root = ET.parse(cases[everything].result().folder / "out/deep/junit.xml").getroot()
    assert {name: root.attrib[name] for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "3",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
    }


def test_github_gets_annotations_and_a_summary(cases: Cases) -> None:
    done = cases[everything].result()
    [line] = [line for line in done.stdout.splitlines() if line.startswith("::")]
    assert line.startswith("::error file=everything/bad.telnyx.yaml,line=2,col=34,title=bad%3A script[2].expect::")
    assert "| bad | **FAILED** |" in (done.folder / "summary.md").read_text()
    elsewhere = cases[chosen].result()
    assert "::error" not in elsewhere.stdout


def test_colors_are_there_when_asked_for_and_nowhere_else(cases: Cases) -> None:
    assert "\x1b[31m\x1b[1mFAIL" in cases[everything].result().stdout
    assert "\x1b" not in cases[first_failure].result().stdout + cases[first_failure].result().stderr


def test_results_go_to_stdout_and_the_rest_to_stderr(cases: Cases) -> None:
    done = cases[chosen].result()
    assert done.stderr.splitlines() == [f"telnyx-sim run  seed 5  {done.folder.name}  2 runs"]
    assert done.stdout.splitlines()[-1].startswith("2 runs: 2 passed in ")


def test_json_on_stdout_is_alone_there(cases: Cases) -> None:
    done = cases[json_to_stdout].result()
    assert [run["scenario"] for run in json.loads(done.stdout)["runs"]] == ["good"]
    assert "1 run: 1 passed" in done.stderr


# Selection


def test_only_what_fits_is_run_as_often_as_asked(cases: Cases) -> None:
    done = cases[chosen].result()
    assert done.code == 0
    assert done.verdicts() == {"good#1": "pass", "good#2": "pass"}
    traces = [done.folder / run["trace"] / "trace.jsonl" for run in done.json()["runs"]]
    seeds = [json.loads(trace.read_text().splitlines()[0])["seed"] for trace in traces]
    assert sorted(seeds) == [5, 6]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-k", "nothing"], "nothing matched -k 'nothing' among 3 runs; `telnyx-sim list` names them"),
        (["-t", "slow"], "nothing matched -t slow among 3 runs; tags here: fast"),
    ],
)
def test_a_selection_that_leaves_nothing_exits_5(arguments: list[str], told: str, tmp_path: Path) -> None:
    done = ran(prepare(tmp_path), *arguments)
    assert (done.code, done.stderr.strip()) == (5, told)
    assert not done.artifacts.exists()


def test_a_selection_that_cannot_be_read_exits_2(tmp_path: Path) -> None:
    done = ran(prepare(tmp_path), "-k", "good and")
    assert done.code == 2
    assert "it ends where a name is expected" in done.stderr


@pytest.mark.long
def test_what_failed_last_is_run_again_until_it_passes(cases: Cases, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    shutil.copytree(cases[everything].result().folder, folder)
    assert ran(folder, "--lf").verdicts() == {"bad": "fail"}
    (folder / "bad.telnyx.yaml").write_text(SCENARIOS["good"])
    assert ran(folder, "--lf").verdicts() == {"bad": "pass"}
    everything_again = ran(folder, "--lf", "-n", "3")
    assert "no failed run is known of here; running all" in everything_again.stderr
    assert set(everything_again.verdicts()) == {"bad", "good", "idle"}


# Stopping


def test_x_stops_at_the_first_failure_and_the_rest_is_not_exercised(cases: Cases) -> None:
    done = cases[first_failure].result()
    assert done.code == 1
    assert done.verdicts() == {"bad": "fail", "good": "not_exercised", "idle": "not_exercised"}
    assert "-x: another run failed before" in (done.folder / "out/result.json").read_text()
    assert "3 runs: 1 failed, 2 not exercised" in done.stdout


def test_when_the_time_is_up_what_has_run_is_reported(cases: Cases) -> None:
    done = cases[too_slow].result()
    assert done.code == 1
    assert done.verdicts() == {"long": "inconclusive", "zlast": "not_exercised"}
    root = ET.parse(done.folder / "out/junit.xml").getroot()
    [skipped] = root.iter("skipped")
    assert skipped.attrib["message"] == "--timeout: 8 s were over before"


def test_an_application_that_is_never_ready_leaves_reports_all_the_same(cases: Cases) -> None:
    done = cases[never_ready].result()
    assert done.code == 4
    assert set(done.verdicts().values()) == {"not_exercised"}
    assert "did not become ready" in (done.folder / "out/junit.xml").read_text()


def test_strict_lets_nothing_unexercised_pass(cases: Cases) -> None:
    done = cases[strict].result()
    assert done.verdicts() == {"good": "pass", "idle": "not_exercised"}
    assert done.code == 1


# Artifacts


def test_each_copy_counts_once(tmp_path: Path) -> None:
    copies = "call: incoming\nat_once: 2\nrepeat: 2\nscript: [dial, expect: answer, hangup]\n"
    done = ran(prepare(tmp_path, {"copies": copies}), "--strict")
    labels = [f"copies#{repetition}@{copy}" for repetition in (1, 2) for copy in (1, 2)]
    assert [(run["scenario"], run["verdict"]) for run in done.json()["runs"]] == [(label, "pass") for label in labels]
    assert done.code == 0


def test_artifacts_of_failures_alone(cases: Cases) -> None:
    done = cases[first_failure].result()
    assert done.folders() == {"bad", "last-failed.json"}
    traces = {run["scenario"]: run["trace"] for run in done.json()["runs"]}
    assert traces == {"bad": ".telnyx-sim/bad/trace", "good": None, "idle": None}


def test_artifacts_never(cases: Cases) -> None:
    done = cases[leaves_nothing].result()
    assert done.code == 1
    assert done.folders() == {"last-failed.json"}
    assert {run["trace"] for run in done.json()["runs"]} == {None}
    assert "trace    " not in done.stdout


# What goes wrong on this machine


@pytest.mark.parametrize("case", [no_room, full_device])
def test_a_full_disk_is_said_calmly(case: Callable[[Path], Done], cases: Cases) -> None:
    done = cases[case].result()
    assert done.code == 3
    assert "make room, or choose another folder with --artifacts-dir" in done.stderr


@pytest.mark.parametrize("option", ["--junit", "--json"])
def test_a_report_that_cannot_be_written_is_said_before_anything_runs(option: str, tmp_path: Path) -> None:
    done = ran(prepare(tmp_path), option, "sut.yaml/report")
    assert done.code == 2
    assert f"{option} sut.yaml/report: sut.yaml is a file" in done.stderr
    assert not (tmp_path / "pids").exists()


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    command = [*COMMAND, "-n", "3"]
    with subprocess.Popen(
        command, cwd=prepare(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        stderr = process.stderr.read()
        assert process.wait(60) == 1
    assert len(stderr.splitlines()) == 1, stderr
