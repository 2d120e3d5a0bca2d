"""`run --deny`: what rests on an assumption is refused and named before anything starts."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from telnyx_simulator.commands.run import run

# What never starts: whoever got so far as to play a scenario would say that the application was never ready.
PROFILE = 'start: {command: "false", ready: /health}\nwebhook_url: /webhook\n'
SCENARIOS = {
    "busy": "call: outgoing\nscript: [ask: place_call, refuse: no_answer]\n",
    "lost": "call: incoming\nwebhooks: {all: {lose_ack: 1}}\nscript: [dial]\nmatrix: {x: [a, b]}\n",
    "plain": "tags: [known]\ncall: incoming\nscript: [dial, expect: answer, hangup]\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sut.yaml").write_text(PROFILE)
    for name, text in SCENARIOS.items():
        (tmp_path / f"{name}.telnyx.yaml").write_text(text)
    return tmp_path


def asked(*arguments: str) -> Result:
    return CliRunner().invoke(run, [*arguments, "--seed", "1", "."])


def test_each_assumption_is_named_once_with_its_place_and_nothing_runs(folder: Path) -> None:
    refused = asked("--deny", "assumed")
    assert (refused.exit_code, refused.stdout) == (2, "")
    told = [line.partition(" (")[0] for line in refused.stderr.splitlines() if " rests on " in line]
    assert told == [
        "busy.telnyx.yaml:2:35: 'no_answer' rests on what is assumed: hangup causes, no_answer",
        "lost.telnyx.yaml:2:18: 'lose_ack' rests on what is assumed: timers and limits, WEBHOOK_RETRY_MS",
        "lost.telnyx.yaml:2:18: 'lose_ack' rests on what is assumed: assumptions, retry_signature",
    ]
    assert refused.stderr.endswith(
        "--deny assumed: 2 of 3 scenarios refused; nothing was run (-k and -t choose others)\n"
    )
    assert not (folder / ".telnyx-sim").exists()


def test_what_is_not_chosen_is_not_asked(folder: Path) -> None:
    """The rest is run, and here finds that the application never gets ready."""
    assert asked("--deny", "assumed", "-t", "known").exit_code == 4


def test_other_evidence_is_not_denied(folder: Path) -> None:
    assert asked("--deny", "reported", "-k", "busy").exit_code == 4


def test_only_what_can_be_unknown_is_denied(folder: Path) -> None:
    refused = asked("--deny", "spec")
    assert refused.exit_code == 2
    assert "'assumed', 'reported'" in refused.stderr
