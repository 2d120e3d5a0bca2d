"""The front door: help, suggestions, versions, completion."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from telnyx_simulator.cli import COMMANDS, cli
from telnyx_simulator.commands.exits import MEANINGS
from telnyx_simulator.commands.run import run

ROOT = Path(__file__).parent.parent.parent


def test_help_lists_every_command_in_a_whole_sentence() -> None:
    result = CliRunner().invoke(cli, ["--help"], terminal_width=80)
    assert result.exit_code == 0
    lines = result.output.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in lines] == list(COMMANDS)
    assert all(line.endswith(".") and not line.endswith("...") for line in lines), lines


def test_help_lists_every_exit_code() -> None:
    output = CliRunner().invoke(cli, ["run", "--help"]).output
    for code, meaning in MEANINGS.items():
        assert f"  {code:<4} {meaning}" in output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_help_and_no_default_that_surprises(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0, result.output
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["rum"], "Did you mean"),
        (["run", "--artifact", "never"], "--artifacts"),
        (["run", "--sed", "1"], "--seed"),
        (["run", "--artifacts", "./out"], "a folder is given by --artifacts-dir"),
        (["run", "-n", "0"], "a number from 1 to 64 is expected, or auto"),
        (["run", "--timeout", "5"], "a duration needs its unit: 500ms, 90s, 10m"),
        (["run", "--color", "blue"], "'auto', 'always', 'never'"),
        (["serve", "--host", "0.0.0.0"], "loopback only"),
    ],
)
def test_a_slip_is_a_usage_error_with_a_way_out(given: list[str], told: str) -> None:
    result = CliRunner().invoke(cli, given)
    assert result.exit_code == 2
    assert told in result.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_each_shell(shell: str) -> None:
    result = CliRunner().invoke(cli, ["completion", shell])
    assert result.exit_code == 0
    assert "_TELNYX_SIM_COMPLETE" in result.output


def test_completion_knows_commands_and_options() -> None:
    words = {"COMP_WORDS": "telnyx-sim run --art", "COMP_CWORD": "2", "_TELNYX_SIM_COMPLETE": "bash_complete"}
    done = subprocess.run(
        [sys.executable, "-c", "from telnyx_simulator.cli import main; main()"],
        env={"PYTHONPATH": str(ROOT / "simulator"), **words},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["plain,--artifacts", "plain,--artifacts-dir"]


def test_an_option_can_be_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TELNYX_SIM_LIST_TAGS", "nothing")
    (tmp_path / "a.telnyx.yaml").write_text("call: incoming\nscript: [dial, hangup]\n")
    assert CliRunner().invoke(cli, ["list"]).exit_code == 5
    monkeypatch.delenv("TELNYX_SIM_LIST_TAGS")
    assert CliRunner().invoke(cli, ["list"]).exit_code == 0


def test_auto_is_twice_the_processors_and_eight_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    [option] = [one for one in run.params if one.name == "at_one_time"]
    for processors, runs in ((1, 2), (3, 6), (64, 8), (None, 2)):
        monkeypatch.setattr("os.cpu_count", lambda processors=processors: processors)
        assert option.type.convert("auto", None, None) == runs
