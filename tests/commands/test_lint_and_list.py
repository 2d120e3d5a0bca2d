"""`lint` says all mistakes at once; `list` says what would run and how long at most. Neither needs an application."""

import json
import wave
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from telnyx_simulator.cli import cli

PROFILE = "url: http://127.0.0.1:9\nwebhook_url: /hook\n"
GOOD = "call: incoming\nscript: [dial, wait: 2s, hangup]\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def done(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_lint_says_every_mistake_of_every_file(project: Path) -> None:
    (project / "a.telnyx.yaml").write_text("call: incoming\nscript: [dial, hangpu]\n")
    (project / "b.telnyx.yaml").write_text("call: incoming\nscript: [dial, wait: 2]\n")
    result = done("lint")
    assert result.exit_code == 2
    assert "a.telnyx.yaml:2:16: unknown verb 'hangpu'; did you mean 'hangup'?" in result.stdout
    assert "b.telnyx.yaml:2:22: a duration needs its unit" in result.stdout
    assert result.stderr == "2 mistakes\n"


def test_lint_of_what_is_right_is_quiet_on_stdout(project: Path) -> None:
    (project / "a.telnyx.yaml").write_text(GOOD)
    result = done("lint")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "no mistake in 1 file (1 run)\n")


def test_lint_with_a_profile_says_what_it_leaves_unexercised_and_what_it_has_wrong(project: Path) -> None:
    (project / "sut.yaml").write_text(PROFILE)
    (project / "a.telnyx.yaml").write_text("call: outgoing\nscript: [ask: transfer, expect: dial]\n")
    result = done("lint", "--sut", "sut.yaml")
    assert result.exit_code == 0
    assert result.stdout.startswith("a.telnyx.yaml:2:10: the script asks for 'transfer'; add it under `ask:`")
    (project / "sut.yaml").write_text("url: http://127.0.0.1:9\n")
    assert done("lint", "--sut", "sut.yaml").exit_code == 2


@pytest.mark.parametrize("command", ["lint", "list"])
def test_where_there_is_nothing_the_exit_code_is_5(command: str) -> None:
    assert done(command).exit_code == 5
    assert done(command, "nowhere").exit_code == 2


def test_the_scenarios_folder_is_the_default_if_there_is_one(project: Path) -> None:
    (project / "elsewhere.telnyx.yaml").write_text(GOOD)
    assert "elsewhere" in done("list").stdout
    (project / "scenarios").mkdir()
    (project / "scenarios" / "here.telnyx.yaml").write_text(GOOD)
    listed = done("list").stdout
    assert "here" in listed
    assert "elsewhere" not in listed


def test_list_says_each_run_with_its_longest_duration_tags_and_requirements(project: Path) -> None:
    (project / "a.telnyx.yaml").write_text(
        "tags: [fast, uk]\nrequirement: audio.leg-codec\nmatrix: {leg_codec: [PCMU, PCMA]}\n"
        "call: {direction: incoming, leg_codec: $leg_codec}\nscript: [dial, wait: 2s]\n"
    )
    assert done("list").stdout.splitlines() == [
        "a[PCMU]    27.0 s   [fast, uk]  audio.leg-codec",
        "a[PCMA]    27.0 s   [fast, uk]  audio.leg-codec",
    ]
    assert done("list", "-k", "PCMA").stdout.splitlines() == ["a[PCMA]    27.0 s   [fast, uk]  audio.leg-codec"]
    assert done("list", "-t", "slow").exit_code == 5


def test_list_has_a_heading_for_each_folder_where_there_are_several(project: Path) -> None:
    for name in ("calls/a", "calls/b", "faults/longer"):
        path = project / f"scenarios/{name}.telnyx.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(GOOD)
    assert done("list").stdout.splitlines() == [
        "scenarios/calls: 2 scenarios",
        "  a         27.0 s",
        "  b         27.0 s",
        "scenarios/faults: 1 scenario",
        "  longer    27.0 s",
    ]
    assert done("list", "scenarios/faults").stdout.splitlines() == ["longer    27.0 s"]


def test_list_marks_a_duration_in_which_an_unknown_sound_counts(project: Path) -> None:
    script = "call: incoming\nscript: [dial, expect: {heard: app/greeting}]\n"
    (project / "a.telnyx.yaml").write_text(script)
    assert done("list").stdout.split() == ["a", "31.0", "s+"]
    clip = Path(__file__).parent.parent.parent / "fixtures/reference_app/greeting.wav"
    (project / "sut.yaml").write_text(f"{PROFILE}audio: {{clips: {{greeting: {json.dumps(str(clip))}}}}}\n")
    with wave.open(str(clip)) as file:
        seconds = 31 + file.getnframes() / file.getframerate()
    assert done("list").stdout.split() == ["a", f"{seconds:.1f}", "s"]


def test_list_knows_how_long_a_sound_is_that_is_made_for_a_run(project: Path) -> None:
    (project / "a.telnyx.yaml").write_text("call: incoming\nscript: [dial, play: watermark, play: tone/beep]\n")
    assert done("list").stdout.split()[2] == "s"


def test_list_as_json(project: Path) -> None:
    (project / "a.telnyx.yaml").write_text(GOOD)
    assert json.loads(done("list", "--json").stdout) == {
        "schema": 1,
        "runs": [
            {
                "scenario": "a",
                "file": "a.telnyx.yaml",
                "name": "A",
                "longest_s": 27.0,
                "unknown_clips": [],
                "tags": [],
                "requirement": [],
                "skip": None,
            }
        ],
    }
