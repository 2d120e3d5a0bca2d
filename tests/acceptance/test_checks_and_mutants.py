"""Check by check, a mutant on which it fails, by real processes; the reference application passes all of them.

docs/checks-and-mutants.md is this table. To write it anew: `python tests/acceptance/test_checks_and_mutants.py`.
"""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from test_thirty_scenarios import REFERENCE, ROOT, Findings, Outcomes, path_of, run

from telnyx_simulator.checks.claims import MEASURES, STANDING

PAGE = ROOT / "docs" / "checks-and-mutants.md"


class Proof(NamedTuple):
    """The scenario whose finding of this check passes on the reference application and fails on the mutant."""

    mutant: str
    scenario: str


FIGURES = "audio/what_is_said_back_is_as_it_was_said"
BARGE_IN = "audio/barge_in_stops_what_is_queued"
FRAMES = "audio/frames_come_back_once_and_in_order"
PACE = "audio/the_application_keeps_up_with_real_time"

# A standing check by its id, a measure by its name.
PROOFS: dict[str, Proof] = {
    "webhooks_acknowledged": Proof("rejects-genuine-webhooks", "calls/an_incoming_call_is_answered"),
    "status_mapped": Proof("busy-reported-completed", "calls/an_outgoing_call_that_fails_is_reported_as_it_failed"),
    "sound_clean": Proof("pcma-as-pcmu", "audio/a_uk_caller_hears_no_static"),
    "messages_valid": Proof("sends-crumbs", "audio/no_message_is_shorter_than_a_frame"),
    "calls_separate": Proof("crosses-lines", "calls/two_callers_do_not_hear_each_other"),
    "first_audio": Proof("greets-late", "audio/the_caller_is_greeted_without_delay"),
    "latency": Proof("echoes-late", FIGURES),
    "barge_in": Proof("talks-over-the-caller", BARGE_IN),
    "acknowledgement": Proof("acknowledges-late", "faults/webhooks_do_not_wait_for_commands"),
    "answer_time": Proof("answers-late", FIGURES),
    "answered": Proof("rejects-genuine-webhooks", FIGURES),
    "gaps": Proof("sends-too-slowly", FIGURES),
    "static": Proof("pcma-as-pcmu", FIGURES),
    "message_duration": Proof("sends-crumbs", "audio/no_message_is_shorter_than_a_frame"),
    "loss": Proof("loses-frames", "audio/what_the_caller_says_comes_back_complete"),
    "duplicates": Proof("doubles-frames", FRAMES),
    "reorder": Proof("swaps-frames", FRAMES),
    "snr": Proof("pcma-as-pcmu", FIGURES),
    "gain": Proof("echoes-too-loud", FIGURES),
    "correlation": Proof("pcma-as-pcmu", FIGURES),
    "clipping": Proof("echoes-too-loud", FIGURES),
    "dc": Proof("adds-a-constant", FIGURES),
    "byte_exact": Proof("attenuates-a-little", "audio/an_echo_in_one_codec_is_the_same_bytes"),
    "own_voice": Proof("echoes-what-interrupts-it", BARGE_IN),
    "leakage": Proof("crosses-lines", "calls/two_callers_do_not_hear_each_other"),
    "underruns": Proof("sends-too-slowly", PACE),
    "pace": Proof("sends-too-slowly", PACE),
    "queued": Proof("echoes-late", PACE),
    "mos": Proof("echoes-late", FIGURES),
}

# Proven both ways as well, on traces that are written by hand.
ON_PAPER: dict[str, str] = {
    "commands_accepted": "tests/checks/test_standing.py",
    "legs_ended": "tests/checks/test_standing.py",
    "stays_local": "tests/checks/test_standing_media.py",
}

# By real calls on virtual time: the reference application, which echoes at 8 kHz, has no place for them.
IN_MEMORY: dict[str, str] = {
    "response": "tests/acceptance/test_measures_in_memory.py",
    "bandwidth": "tests/acceptance/test_measures_in_memory.py",
}


def page() -> str:
    lines = [
        "# Each check, and a mutant on which it fails",
        "",
        "Every check passes on the reference application (`fixtures/reference_app`) and fails on a mutant of it,",
        "a small application that is broken in one way; its README explains each. This table is written, and",
        "every row of it is run, by `tests/acceptance/test_checks_and_mutants.py`. What is written by hand is a",
        "trace in a test; an application in memory is called on virtual time.",
        "",
        "| check | fails on the mutant | in the scenario |",
        "|---|---|---|",
    ]
    for check in (*STANDING, *MEASURES):
        if check in PROOFS:
            lines.append(f"| `{check}` | `{PROOFS[check].mutant}` | `scenarios/{PROOFS[check].scenario}.telnyx.yaml` |")
        elif check in IN_MEMORY:
            lines.append(f"| `{check}` | an application in memory | `{IN_MEMORY[check]}` |")
        else:
            lines.append(f"| `{check}` | written by hand | `{ON_PAPER[check]}` |")
    return "\n".join(lines) + "\n"


def test_every_check_is_proven_and_the_page_says_how() -> None:
    assert sorted([*PROOFS, *IN_MEMORY, *ON_PAPER]) == sorted([*STANDING, *MEASURES])
    assert PAGE.read_text() == page()
    for mutant, scenario in PROOFS.values():
        assert (REFERENCE / "mutants" / mutant / "sut.yaml").is_file()
        assert path_of(scenario).is_file()
    assert all((ROOT / path).is_file() for path in {*IN_MEMORY.values(), *ON_PAPER.values()})


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Each application plays the scenarios that its rows name, one application at a time: some rows measure time."""
    folder = tmp_path_factory.mktemp("checks")
    jobs: dict[str, set[str]] = defaultdict(set)
    for mutant, scenario in PROOFS.values():
        jobs[mutant].add(scenario)
        jobs["reference"].add(scenario)
    with ThreadPoolExecutor(1) as pool:
        return {
            name: pool.submit(run, profile_of(name), sorted(scenarios), folder / name)
            for name, scenarios in jobs.items()
        }


def profile_of(name: str) -> Path:
    return (REFERENCE if name == "reference" else REFERENCE / "mutants" / name) / "sut.yaml"


def verdicts(check: str, findings: Findings) -> set[Any]:
    return {one["verdict"] for one in findings if one["id"] == check or is_measured(check, one)}


def is_measured(check: str, finding: dict[str, Any]) -> bool:
    return str(finding["expected"]).startswith(f"measure {check} ")


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("check", PROOFS)
def test_a_check_passes_on_the_reference_application_and_fails_on_a_mutant(check: str, outcomes: Outcomes) -> None:
    mutant, scenario = PROOFS[check]
    right = verdicts(check, outcomes["reference"].result()[scenario])
    assert "pass" in right
    assert right <= {"pass", "not_exercised"}
    assert "fail" in verdicts(check, outcomes[mutant].result()[scenario])


if __name__ == "__main__":
    PAGE.write_text(page())
