"""What is drawn on a terminal while runs are under way, and that results stay apart from it."""

import contextlib
import os
import re
import subprocess
from pathlib import Path

import pytest
from test_run_options import COMMAND, prepare

from telnyx_simulator.commands.exits import EXIT_FAILED, EXIT_INCONCLUSIVE
from telnyx_simulator.commands.progress import Live, Plain, showing

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def on_a_terminal(folder: Path, *, stdout: int | None = None, term: str = "xterm", **env: str) -> tuple[str, str]:
    """What `run` writes to a terminal of 120 columns (stderr, and stdout unless it is a pipe), and to the pipe."""
    master, slave = os.openpty()
    given = {"TERM": term, "COLUMNS": "120", "PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    arguments = ["-k", "good or bad", "--seed", "5", "-n", "2"]
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, env=given | env, stdout=slave if stdout is None else stdout, stderr=slave
    ) as process:
        os.close(slave)
        drawn = b""
        with contextlib.suppress(OSError):  # EIO: nobody has the other end open any more
            while part := os.read(master, 65536):
                drawn += part
        os.close(master)
        piped = process.stdout.read().decode() if process.stdout else ""
        # What fails may be inconclusive on a machine that is busy: what is drawn is asked here.
        assert process.wait() in (EXIT_FAILED, EXIT_INCONCLUSIVE)
    return drawn.decode(), piped


def test_runs_under_way_are_drawn_with_their_steps_and_results_stay_on_stdout(tmp_path: Path) -> None:
    drawn, piped = on_a_terminal(prepare(tmp_path), stdout=subprocess.PIPE)
    plain = ESCAPES.sub("", drawn)
    assert re.search(r"of 2 runs\s+\d:\d\d:\d\d", plain)
    assert re.search(r"bad\s+\d:\d\d:\d\d\s+2/3 wait", plain)
    assert not ESCAPES.search(piped)
    assert [line.split()[:2] for line in piped.splitlines() if line.startswith(("good ", "bad "))] == [
        ["good", "ok"],
        ["bad", "FAIL"],
    ]
    assert "FAIL bad.telnyx.yaml" not in plain


def shown(drawn: str) -> list[str]:
    """What a person sees in the end: lines, with the cursor going up and wiping lines as it is told."""
    lines, row, column = [""], 0, 0
    for token in re.findall(r"\x1b\[[0-9;?]*[a-zA-Z]|\r|\n|[^\x1b\r\n]+", drawn):
        if token == "\r":
            column = 0
        elif token == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif token == "\x1b[1A":
            row -= 1
        elif token == "\x1b[2K":
            lines[row] = ""
        elif not token.startswith("\x1b"):
            lines[row] = lines[row][:column].ljust(column) + token + lines[row][column + len(token) :]
            column += len(token)
    return [line.rstrip() for line in lines]


@pytest.mark.long
def test_on_one_terminal_results_stand_above_what_is_drawn(tmp_path: Path) -> None:
    drawn, _ = on_a_terminal(prepare(tmp_path))
    assert re.search(r"good +\x1b\[32m", drawn)
    lines = shown(drawn)
    assert [" ".join(line.split()[:2]) for line in lines] == [
        "telnyx-sim run",
        "good ok",
        "bad FAIL",
        "bad.telnyx.yaml:2:34 expected",
        "2 |",
        "| ^",
        "FAIL bad",
        "hear it",
        "see it",
        "trace .telnyx-sim/bad/trace",
        "again telnyx-sim",
        "2 runs:",
        "",
    ]


@pytest.mark.parametrize(
    ("term", "env"), [pytest.param("dumb", {}, marks=pytest.mark.long), ("xterm", {"NO_COLOR": "1"})]
)
def test_a_terminal_that_cannot_or_must_not_be_colored_is_not(term: str, env: dict[str, str], tmp_path: Path) -> None:
    drawn, _ = on_a_terminal(prepare(tmp_path), term=term, **env)
    assert not re.search(r"\x1b\[\d*;?3\dm", drawn)
    if term == "dumb":
        assert "\x1b" not in drawn


def test_brackets_of_a_label_are_no_markup() -> None:
    live = Live(3, colors=True)
    live.step("a[bold]", "1/2 wait")
    live.step("a[bold]", "2/2 hangup")
    live.end("a[bold]")
    live.end("never begun")
    assert live._counted() == "2 of 3 runs"


def test_without_a_terminal_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    with showing(3) as drawn:
        assert isinstance(drawn, Plain)
