"""Every check both ways: it passes on the reference application and fails on a mutant of it, by real processes."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
REFERENCE = ROOT / "fixtures" / "reference_app"
STATIC = "scenarios/audio/a_uk_caller_hears_no_static.telnyx.yaml"
FORGED = "scenarios/security/a_forged_hangup_has_no_effect.telnyx.yaml"
STALE = "scenarios/security/a_stale_webhook_has_no_effect.telnyx.yaml"
ANSWERED = "scenarios/calls/an_incoming_call_is_answered.telnyx.yaml"
FRAMES = "scenarios/audio/frames_come_back_once_and_in_order.telnyx.yaml"
FAILED_CALL = "scenarios/calls/an_outgoing_call_that_fails_is_reported_as_it_failed.telnyx.yaml"

GAVE_UP = "scenarios/calls/a_caller_gives_up_before_the_answer.telnyx.yaml"
ODD_CAUSE = "scenarios/status/a_cause_that_nobody_knows_is_no_success.telnyx.yaml"

Failed = set[tuple[str, str | None]]

# Scenario, then what fails in which of its runs: finding's id and fault. Runs that are not named fail nowhere.
FAILURES: dict[str, dict[str, dict[str, Failed]]] = {
    "pcma-as-pcmu": {
        STATIC: {
            "a_uk_caller_hears_no_static[PCMA]": {
                ("script[3].expect", "pcma_decoded_as_pcmu"),
                ("sound_clean", "pcma_decoded_as_pcmu"),
            }
        }
    },
    "reply-in-leg-codec": {
        STATIC: {
            "a_uk_caller_hears_no_static[PCMA]": {
                ("script[3].expect", "replied_in_leg_codec"),
                ("sound_clean", "replied_in_leg_codec"),
            }
        }
    },
    "accepts-forged-webhooks": {
        FORGED: {
            f"a_forged_hangup_has_no_effect[{kind}]": {("script[4].absent", None)} for kind in ("none", "wrong_key")
        },
        STALE: {
            "a_stale_webhook_has_no_effect": {("script[2].absent", None)},
        },
    },
    "swaps-frames": {
        FRAMES: {"frames_come_back_once_and_in_order": {("expect[1]", None), ("sound_clean", None)}},
    },
    "rejects-genuine-webhooks": {
        ANSWERED: {
            "an_incoming_call_is_answered": {
                ("script[1].expect", None),
                ("webhooks_acknowledged", None),
                ("status_mapped", None),
            }
        }
    },
    "takes-missed-calls-for-failures": {
        GAVE_UP: {
            "a_caller_gives_up_before_the_answer": {("script[3].expect", None), ("status_mapped", None)},
        }
    },
    "spells-the-cause": {
        ODD_CAUSE: {
            f"a_cause_that_nobody_knows_is_no_success[{cause}]": {
                ("script[4].expect", None),
                ("webhooks_acknowledged", None),
            }
            for cause in ("null", "a_number", "missing")
        }
    },
    "busy-reported-completed": {
        FAILED_CALL: {
            "an_outgoing_call_that_fails_is_reported_as_it_failed[user_busy]": {
                ("script[4].expect", None),
                ("status_mapped", None),
            }
        }
    },
}

Verdicts = dict[tuple[str, str], tuple[str, str | None]]


def run(profile: Path, scenarios: list[str], artifacts: Path) -> tuple[int, dict[str, Verdicts]]:
    """Exit code, and for each run its findings: (id, leg) -> (verdict, fault)."""
    command = [sys.executable, "-m", "telnyx_simulator", "run", *scenarios, "--sut", str(profile), "--seed", "5"]
    done = subprocess.run(
        [*command, "-n", "8", "--artifacts-dir", str(artifacts)], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert "Traceback" not in done.stderr + done.stdout
    runs: dict[str, Verdicts] = {}
    for path in artifacts.glob("*/findings.json"):
        findings = json.loads(path.read_text())
        runs[path.parent.name] = {
            (finding["id"], finding["call"] or ""): (finding["verdict"], finding["fault"]) for finding in findings
        }
    return done.returncode, runs


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, dict[str, Verdicts]]]:
    """The reference application and every mutant, two at a time."""
    folder = tmp_path_factory.mktemp("runs")
    jobs = {name: (REFERENCE / "mutants" / name / "sut.yaml", list(FAILURES[name])) for name in FAILURES}
    jobs["reference"] = (REFERENCE / "sut.yaml", sorted({path for paths in FAILURES.values() for path in paths}))
    with ThreadPoolExecutor(2) as pool:
        results = {name: pool.submit(run, *job, folder / name) for name, job in jobs.items()}
        return {name: result.result() for name, result in results.items()}


@pytest.mark.long
@pytest.mark.parametrize("mutant", sorted(FAILURES))
def test_a_mutant_fails_in_just_these_findings(
    mutant: str, outcomes: dict[str, tuple[int, dict[str, Verdicts]]]
) -> None:
    code, runs = outcomes[mutant]
    expected = {name: failed for scenario in FAILURES[mutant].values() for name, failed in scenario.items()}
    found = {
        name: {(key[0], fault) for key, (verdict, fault) in findings.items() if verdict == "fail"}
        for name, findings in runs.items()
    }
    assert code == 1
    assert {name: failed for name, failed in found.items() if failed} == expected


@pytest.mark.long
@pytest.mark.parametrize("mutant", sorted(FAILURES))
def test_each_of_these_findings_passes_on_the_reference_application(
    mutant: str, outcomes: dict[str, tuple[int, dict[str, Verdicts]]]
) -> None:
    code, runs = outcomes["reference"]
    assert code == 0
    for scenario in FAILURES[mutant].values():
        for name, failed in scenario.items():
            verdicts = {key[0]: verdict for key, (verdict, _) in runs[name].items()}
            assert {verdicts[finding] for finding, _ in failed} == {"pass"}
