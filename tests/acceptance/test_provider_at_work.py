"""A code base's provider class, called: the same scenarios as of any application, in our process."""

import shutil
from pathlib import Path

import pytest
from command_line import ROOT, telnyx_sim

PROVIDER = ROOT / "tests" / "providers"
# A call that comes, one that it places, and webhooks that it must not take.
SCENARIOS = [
    "scenarios/status/an_incoming_call_ends_well_whoever_hangs_up.telnyx.yaml",
    "scenarios/status/a_busy_line_is_told_from_a_success.telnyx.yaml",
    "scenarios/security/a_forged_hangup_has_no_effect.telnyx.yaml",
]
BROKEN = """
def verify(self, body, headers):
    return True


Adapter.verify = verify
"""


def failed(sut: Path, tmp_path: Path) -> set[str]:
    """Scenarios in which anything failed. On a busy machine something may be inconclusive, which is no failure."""
    done = telnyx_sim("run", *SCENARIOS, "--sut", sut, "--seed", "5", "-n", "10", artifacts=tmp_path / "artifacts")
    assert len(done.findings()) == 6, done.stdout + done.stderr
    verdicts = {
        (name.partition("[")[0], one["verdict"]) for name, findings in done.findings().items() for one in findings
    }
    assert {name for name, verdict in verdicts if verdict == "pass"} == {name for name, _ in verdicts}
    return {name for name, verdict in verdicts if verdict == "fail"}


@pytest.mark.long
def test_a_provider_takes_whole_calls(tmp_path: Path) -> None:
    assert failed(PROVIDER / "sut.yaml", tmp_path) == set()


@pytest.mark.long
def test_a_provider_that_verifies_nothing_is_caught_by_what_a_forgery_does(tmp_path: Path) -> None:
    folder = shutil.copytree(PROVIDER, tmp_path / "providers")
    with (folder / "telnyx_adapter.py").open("a") as adapter:
        adapter.write(BROKEN)
    assert failed(folder / "sut.yaml", tmp_path) == {"a_forged_hangup_has_no_effect"}


def test_a_class_that_is_not_there_is_said_before_any_call(tmp_path: Path) -> None:
    (tmp_path / "ours.py").write_text("class Adaptor: ...\n")
    (tmp_path / "sut.yaml").write_text("provider: ours:Adapter\n")
    done = telnyx_sim("run", SCENARIOS[0], "--sut", tmp_path / "sut.yaml", artifacts=tmp_path / "artifacts")
    assert done.code == 4
    assert "ours has no function 'Adapter'" in done.stderr
