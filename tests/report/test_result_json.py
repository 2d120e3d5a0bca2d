"""`--json`: the keys that machines rely on, and no others before them."""

import json

from recorded import FILE, FINE, IDLE, STATIC, outcome

from telnyx_simulator.report.outcome import not_run
from telnyx_simulator.report.result_json import result_json


def test_one_object_about_the_whole_invocation() -> None:
    outcomes = [outcome(FINE, STATIC), outcome(*not_run("interrupted before"), label="never", trace=None)]
    written = json.loads(json.dumps(result_json(outcomes, seed=7)))
    assert written == {
        "schema": 1,
        "seed": 7,
        "summary": {"pass": 0, "fail": 1, "not_exercised": 1, "inconclusive": 0},
        "runs": [
            {
                "scenario": "static[PCMA]",
                "file": FILE,
                "verdict": "fail",
                "findings": [
                    {
                        "id": "legs_ended",
                        "verdict": "pass",
                        "requirement": [],
                        "expected": "no leg is left",
                        "actual": "none",
                        "at_s": None,
                    },
                    {
                        "id": "script[3].expect",
                        "verdict": "fail",
                        "requirement": ["audio.leg-codec"],
                        "expected": "heard speech/en-1 within 2 s",
                        "actual": "A-law decoded as mu-law",
                        "at_s": 3.3,
                    },
                ],
                "trace": "out/static/trace",
                "seconds": 2.5,
            },
            {
                "scenario": "never",
                "file": FILE,
                "verdict": "not_exercised",
                "findings": [
                    {
                        "id": "run",
                        "verdict": "not_exercised",
                        "requirement": [],
                        "expected": "the run is made",
                        "actual": "interrupted before",
                        "at_s": None,
                    }
                ],
                "trace": None,
                "seconds": 2.5,
            },
        ],
    }


def test_the_keys_stand_in_this_order() -> None:
    written = result_json([outcome(FINE)], seed=1)
    assert list(written) == ["schema", "seed", "summary", "runs"]
    assert list(written["summary"]) == ["pass", "fail", "not_exercised", "inconclusive"]
    assert list(written["runs"][0]) == ["scenario", "file", "verdict", "findings", "trace", "seconds"]


def test_a_run_of_which_a_part_was_exercised_passes() -> None:
    assert result_json([outcome(FINE, IDLE)], seed=1)["summary"]["pass"] == 1
