"""`conformance` and `doctor` from outside: as somebody meets them who has an application and nothing else."""

import json
import re
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from telnyx_simulator.cli import cli
from telnyx_simulator.conformance.catalogue import load
from telnyx_simulator.scenario.profiles import load_profile

HERE = Path(__file__).parent
CONTROL = "lifecycle.incoming-call-is-answered"
NO_CALL = "THE APPLICATION MADE NO REST CALL: is it redirected?"


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with nothing in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TELNYX_SIM_SUT", raising=False)
    return tmp_path


def profile(folder: Path, api: str = "{api_v2}", kind: str = "Application", more: str = "") -> Path:
    """The smallest application, started by a profile; it finds the simulator at `api`."""
    shutil.copy(HERE / "small_application.py", folder)
    command = f"{sys.executable} -u -S small_application.py {{port}} {api} {kind}"
    (folder / "sut.yaml").write_text(f"start: {{command: {json.dumps(command)}}}\nwebhook_url: /webhook\n{more}")
    return folder / "sut.yaml"


def told(*arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments])


def done(*arguments: str, timeout: float = 500) -> "subprocess.CompletedProcess[str]":
    """A process of its own; a traceback is never an answer."""
    command = [sys.executable, "-m", "telnyx_simulator", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    assert "Traceback" not in ended.stdout + ended.stderr, ended.stderr
    return ended


# --- with nothing but the URL of an application -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["conformance", "http://127.0.0.1:9000/"],
        ["conformance", "--sut", "http://127.0.0.1:9000"],
        ["doctor", "http://127.0.0.1:9000"],
        ["doctor", "--sut", "http://127.0.0.1:9000"],
    ],
)
def test_a_url_alone_is_answered_with_the_three_lines_to_write(arguments: list[str], empty: Path) -> None:
    result = told(*arguments)
    assert result.exit_code == 2
    lines = re.findall(r"^    (\S.*)$", result.stderr, re.MULTILINE)
    assert len(lines) == 3
    (empty / "sut.yaml").write_text("\n".join(lines) + "\n")
    assert load_profile(empty / "sut.yaml").url == "http://127.0.0.1:9000"
    assert "`telnyx-sim init --url http://127.0.0.1:9000`" in result.stderr
    assert "telnyx-sim conformance --sut sut.yaml" in result.stderr


@pytest.mark.parametrize("arguments", [["conformance"], ["conformance", CONTROL], ["doctor", "--sut", "sut.yaml"]])
def test_without_anything_it_says_what_a_profile_is(arguments: list[str], empty: Path) -> None:
    result = told(*arguments)
    assert result.exit_code == 2
    assert "there is no profile at sut.yaml: write one. These three lines in sut.yaml will do:" in result.stderr
    assert "    webhook_url: /telnyx/webhook  #" in result.stderr
    assert list(empty.iterdir()) == []


def test_nobody_at_that_url_is_said_with_what_to_do(empty: Path) -> None:
    (empty / "sut.yaml").write_text("url: http://127.0.0.1:9\nwebhook_url: /x\n")
    result = told("doctor", "--sut", "sut.yaml")
    assert result.exit_code == 1
    assert "nobody listens at http://127.0.0.1:9" in result.stdout
    assert "start it first, or let us do it" in result.stdout


# --- choosing ---------------------------------------------------------------------------------------------------------


def test_the_requirements_are_listed_without_an_application() -> None:
    everything = told("conformance", "--list")
    assert everything.exit_code == 0
    assert all(one.id in everything.stdout for one in load().requirements)
    family = told("conformance", "--list", "--family", "lifecycle", "--level", "MUST").stdout
    assert f"MUST    {CONTROL} " in family
    assert "(positive control)" in family
    assert "SHOULD" not in family


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["lifecycle.incomming-call"], 5, f"did you mean {CONTROL}"),
        (["--family", "life"], 5, "no family is called 'life'; there are"),
        (["--level", "MOST"], 2, "'MOST' is not one of"),
        (["--baseline", "b.json", CONTROL], 2, "b.json is not there; --baseline-update writes it"),
        (["--baseline-update", CONTROL], 2, "--baseline-update writes the file of --baseline, which is not given"),
        (["--junit", "sut.yaml/x.xml", CONTROL], 2, "sut.yaml is a file"),
    ],
)
def test_what_cannot_be_chosen_is_said_before_anything_starts(
    arguments: list[str], code: int, said: str, empty: Path
) -> None:
    profile(empty)
    result = told("conformance", *arguments)
    assert result.exit_code == code
    assert said in result.output


# --- a run ------------------------------------------------------------------------------------------------------------


def test_one_requirement_with_every_report(empty: Path) -> None:
    profile(empty)
    ended = done(
        "conformance",
        CONTROL,
        *("--seed", "3", "--json", "c.json", "--junit", "c.xml", "--html", "c.html", "--badge", "c.svg"),
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    total = len(load().requirements)
    assert f"Grade -: 1 of {total} requirements were chosen" in ended.stdout
    assert "![telnyx conformance: no grade](c.svg)" in ended.stdout
    assert NO_CALL not in ended.stderr
    card = json.loads((empty / "c.json").read_text())
    assert [(one["id"], one["verdict"]) for one in card["requirements"]] == [(CONTROL, "pass")]
    assert card["rest_calls"] >= 1
    assert card["seed"] == 3
    assert len(list(ET.parse(empty / "c.xml").iter("testcase"))) == 1
    assert (empty / "c.html").read_text().startswith("<!doctype html>")
    assert (empty / "c.svg").read_text().startswith("<svg")


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("command", ["run", "conformance", "doctor"])
def test_an_application_that_speaks_to_nobody_is_told_so_loudly(command: str, empty: Path) -> None:
    sut = str(profile(empty, api="http://127.0.0.1:9/v2"))
    if command == "run":
        (empty / "a_call.telnyx.yaml").write_text("call: incoming\nscript: [dial, expect: answer, hangup]\n")
        ended = done("run", "a_call.telnyx.yaml", "--sut", sut)
        assert NO_CALL in ended.stderr
    elif command == "conformance":
        ended = done("conformance", CONTROL, "--sut", sut)
        assert NO_CALL in ended.stderr
        assert f"First thing to fix: {CONTROL}" in ended.stdout
    else:
        ended = done("doctor", "--sut", sut)
        assert "it made no REST call: none came to the simulator" in ended.stdout
    assert ended.returncode == 1
    assert 'add TELNYX_BASE_URL: "{api_v2}"' in ended.stdout + ended.stderr


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_failure_is_explained_then_known_then_told_when_it_is_gone(empty: Path) -> None:
    profile(empty, api="http://127.0.0.1:9/v2")
    failed = done("conformance", CONTROL, "--baseline", "known.json", "--baseline-update", "--seed", "1")
    assert failed.returncode == 0, failed.stderr
    assert list(json.loads((empty / "known.json").read_text())["failing"]) == [CONTROL]
    assert "Grade F" in failed.stdout
    assert "  again    telnyx-sim run " in failed.stdout
    again = done("conformance", CONTROL, "--baseline", "known.json")
    assert again.returncode == 0
    assert "against the baseline: 0 regressions, 1 known failure" in again.stdout
    profile(empty)
    mended = done("conformance", CONTROL, "--baseline", "known.json")
    assert mended.returncode == 0
    assert f"passes now  {CONTROL}" in mended.stdout


@pytest.mark.long
@pytest.mark.timeout(600)
def test_when_the_time_is_up_what_has_run_is_reported(empty: Path) -> None:
    profile(empty)
    ended = done("conformance", "lifecycle", "--timeout", "8s", "-n", "1", "--json", "c.json")
    assert ended.returncode == 1
    assert "Grade -: the run was ended early: --timeout: 8 s were over before" in ended.stdout
    verdicts = {one["verdict"] for one in json.loads((empty / "c.json").read_text())["requirements"]}
    assert "not_exercised" in verdicts


@pytest.mark.long
@pytest.mark.timeout(600)
def test_interrupted_it_reports_what_has_run(empty: Path) -> None:
    profile(empty)
    command = [sys.executable, "-m", "telnyx_simulator", "conformance", "-n", "1", "--json", "c.json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    process.stderr.readline()  # the head: it has begun
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(6)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the run was ended early: interrupted before" in out
    assert (empty / "c.json").is_file()


def is_running(pid: int) -> bool:
    """Whether it is more than an entry that nobody has fetched yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_doctor_tries_an_application_and_leaves_nothing_running(empty: Path) -> None:
    ended = done("doctor", "--sut", str(profile(empty)))
    assert "ok    redirect     its REST calls come to the simulator: answer" in ended.stdout
    assert "ok    stream" in ended.stdout
    assert "a forged one was answered 200" in ended.stdout
    assert not [pid for pid in map(int, (empty / "pids").read_text().split()) if is_running(pid)]
