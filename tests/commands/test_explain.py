"""`explain` knows every word that scenarios and reports have, and guesses the ones that are misspelled."""

import pytest
from click.testing import CliRunner, Result

from telnyx_simulator.checks.claims import MEASURES, MEASURES_NOT_BUILT, STANDING
from telnyx_simulator.checks.findings import Fault, Verdict
from telnyx_simulator.cli import cli
from telnyx_simulator.commands.exits import MEANINGS
from telnyx_simulator.commands.glossary import explanations
from telnyx_simulator.conformance.catalogue import load as load_catalogue
from telnyx_simulator.facts.assumptions import ASSUMPTIONS
from telnyx_simulator.facts.errors import ERRORS
from telnyx_simulator.facts.evidence import Evidence
from telnyx_simulator.facts.hangup_causes import CAUSES
from telnyx_simulator.facts.header_styles import HEADER_STYLES
from telnyx_simulator.facts.shapes import SHAPES
from telnyx_simulator.facts.signatures import SIGNATURES

KINDS = {
    "measure": {*MEASURES, *MEASURES_NOT_BUILT},
    "standing check": set(STANDING),
    "fault of a sound": {fault.value for fault in Fault},
    "hangup cause": set(CAUSES),
    "error code": {fact.code for fact in ERRORS.values()},
    "kind of signature": set(SIGNATURES),
    "style of headers": set(HEADER_STYLES),
    "shape of a webhook": set(SHAPES),
    "assumption": set(ASSUMPTIONS),
    "verdict": {verdict.value for verdict in Verdict},
    "evidence": {evidence.value for evidence in Evidence},
    "grade of a scorecard": {"grade"},
    "requirement": {requirement.id for requirement in load_catalogue().requirements},
    "exit code": {str(code) for code in MEANINGS},
}


def done(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["explain", *arguments])


def test_every_word_of_every_kind_is_explained_once() -> None:
    words = [(one.kind, one.word) for one in explanations()]
    assert sorted(words) == sorted((kind, word) for kind, known in KINDS.items() for word in known)


def test_every_explanation_is_whole_sentences() -> None:
    for one in explanations():
        assert one.lines
        for line in one.lines:
            assert line.strip().endswith("."), (one.word, line)


def test_an_error_code_is_explained_with_all_that_it_can_mean() -> None:
    lines = done("90018").stdout.splitlines()
    assert lines[:3] == [
        "90018  (error code)",
        "  HTTP 422: Call has already ended. This call is no longer active and can't receive commands.",
        "  Evidence: observed.",
    ]
    assert lines[-2:] == [
        "  To an application it means done: the call is over, and its webhook may still be on the way.",
        "  In a script: `commands: {hangup: {error: 90018}}`.",
    ]
    assert {fact.title for fact in ERRORS.values() if f"{fact.status}: {fact.title}." in done("10015").stdout} == {
        fact.title for fact in ERRORS.values() if fact.code == "10015"
    }


def test_a_measure_is_explained_with_a_line_to_copy() -> None:
    text = done("gaps").stdout
    assert "The silence inserted into a sound that is heard" in text
    assert "Computed: max over the sound of lag(after) - lag(before)" in text
    assert "`expect: [{measure: gaps, max: 400ms}]`." in text


def test_what_has_two_meanings_has_two_explanations() -> None:
    text = done("none").stdout + done("silence").stdout
    assert "none  (kind of signature)" in text
    assert "silence  (fault of a sound)" in text


@pytest.mark.parametrize(
    ("word", "guess"), [("gap", "gaps"), ("user_bussy", "user_busy"), ("sound_clear", "sound_clean")]
)
def test_a_misspelled_word_is_guessed(word: str, guess: str) -> None:
    result = done(word)
    assert result.exit_code == 2
    assert f"nothing is known of '{word}'; did you mean '{guess}'?" in result.output


def test_without_a_word_all_are_listed() -> None:
    text = " ".join(done().stdout.split())
    for known in KINDS.values():
        for word in known:
            assert word in text
    assert max(map(len, done().stdout.splitlines())) <= 100
