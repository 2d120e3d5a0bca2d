"""The table requirement x mutant: how it is made, and one mutant played for real."""

import json
from pathlib import Path

import pytest
from cards import catalogue, proof, requirement

import conformance_table
from conformance_table import RIGHT, Deviation, deviations, keep, kept, mutants, page, played, verdicts_of
from telnyx_simulator.conformance.catalogue import load as load_catalogue

CATALOGUE = catalogue(
    requirement("life.answers", mutants=("mute", "deaf")),
    requirement("sign.forged", proof("security/forged", "absent[0]"), mutants=("trusting",)),
)
AS_IT_SHOULD_BE = {
    RIGHT: {"life.answers": "pass", "sign.forged": "pass"},
    "mute": {"life.answers": "fail", "sign.forged": "not_exercised"},
    "deaf": {"life.answers": "fail", "sign.forged": "pass"},
    "trusting": {"life.answers": "pass", "sign.forged": "fail"},
}


def test_a_mutant_that_fails_what_names_it_and_nothing_else_deviates_in_nothing() -> None:
    assert list(deviations(CATALOGUE, AS_IT_SHOULD_BE)) == []
    text = page(CATALOGUE, AS_IT_SHOULD_BE)
    assert "2 requirements, 3 mutants, 0 deviations." in text
    assert "| `life.answers` | MUST | `mute`, `deaf` |" in text
    assert "Deviations" not in text


def test_each_deviation_is_flagged() -> None:
    found = AS_IT_SHOULD_BE | {
        RIGHT: {"life.answers": "inconclusive", "sign.forged": "pass"},
        "mute": {"life.answers": "pass", "sign.forged": "fail"},
    }
    assert list(deviations(CATALOGUE, found)) == [
        Deviation("life.answers", RIGHT, "inconclusive", "pass"),
        Deviation("life.answers", "mute", "pass", "fail"),
        Deviation("sign.forged", "mute", "fail", "no failure"),
    ]
    text = page(CATALOGUE, found)
    assert "| `life.answers` | MUST | `deaf`, *not by `mute`* |" in text
    assert "| `sign.forged` | MUST | **`mute`**, `trusting` |" in text
    assert "| `sign.forged` | `mute` | fails | no failure |" in text


def test_what_was_played_is_kept_until_something_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = mutants()[0]
    card = {
        "grade": {"letter": "D"},
        "requirements": [{"id": "life.answers", "verdict": "fail", "told": "it was mute"}],
    }
    assert kept(name, tmp_path) is None
    assert keep(name, tmp_path, card) == {"life.answers": "fail"}
    assert kept(name, tmp_path) == {"life.answers": "fail"}
    monkeypatch.setattr(conformance_table, "state_of", lambda name: "another")
    assert kept(name, tmp_path) is None
    (tmp_path / f"{name}.json").write_text("{")
    assert kept(name, tmp_path) is None


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_mutant_fails_the_requirements_that_name_it_and_no_others() -> None:
    """One of them, by the whole suite; `make conformance-table` plays all."""
    found = load_catalogue()
    mutant = next(one.mutants[0] for one in found.requirements if one.control)
    verdicts = verdicts_of(played(mutant, side_by_side="auto"))
    assert [one for one in deviations(found, {mutant: verdicts}) if one.mutant == mutant] == []


def test_the_page_knows_every_requirement() -> None:
    assert json.dumps(page(load_catalogue(), {})).count("| `") >= len(load_catalogue().requirements)
