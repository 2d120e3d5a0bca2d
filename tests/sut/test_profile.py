"""The text of a profile: words filled in, and nothing else."""

import pytest

from telnyx_simulator.sut.profile import Profile, UnknownWord, filled, filled_json

WORDS = {"port": "8000", "to": "+442079460123"}


def test_words_are_filled_in_and_doubled_braces_are_braces() -> None:
    assert filled("--port {port} {{port}}", WORDS) == "--port 8000 {port}"


def test_an_unknown_word_is_refused_with_what_there_is() -> None:
    with pytest.raises(UnknownWord, match=r"unknown '\{prot\}' in '\{prot\}'; there are \{port\}, \{to\}"):
        filled("{prot}", WORDS)


def test_words_are_filled_in_anywhere_in_json() -> None:
    assert filled_json({"a": ["{to}", 1, None], "b": {"c": "{port}"}}, WORDS) == {
        "a": ["+442079460123", 1, None],
        "b": {"c": "8000"},
    }


def test_a_profile_starts_an_application_or_finds_one_running() -> None:
    with pytest.raises(ValueError, match="exactly one of 'start' and 'url'"):
        Profile.model_validate({"webhook_url": "/hook"})
    with pytest.raises(ValueError, match="exactly one of 'start' and 'url'"):
        Profile.model_validate(
            {"webhook_url": "/hook", "url": "http://127.0.0.1:1", "start": {"command": "python app.py"}}
        )
    assert Profile.model_validate({"webhook_url": "/hook", "url": "http://127.0.0.1:1"}).number == "+12025550100"
