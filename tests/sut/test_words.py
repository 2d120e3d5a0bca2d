"""The text of a profile: words filled in, and nothing else."""

import pytest

from telnyx_simulator.sut.words import UnknownWord, filled, filled_json, with_examples, words_in

WORDS = {"port": "8000", "to": "+442079460123"}


def test_words_are_filled_in_and_doubled_braces_are_braces() -> None:
    assert filled("--port {port} {{port}}", WORDS) == "--port 8000 {port}"


def test_what_a_word_holds_is_not_filled_in_again() -> None:
    assert filled("{to}", {"to": "{port}", "port": "8000"}) == "{port}"


def test_an_unknown_word_is_refused_with_what_there_is() -> None:
    with pytest.raises(UnknownWord, match=r"unknown '\{prot\}' in '\{prot\}'; there are \{port\}, \{to\}"):
        filled("{prot}", WORDS)


@pytest.mark.parametrize(
    ("word", "reason"),
    [("taken", "no ask with `take:` was answered before"), ("call_control_id", "there is no call yet")],
)
def test_a_word_without_a_value_yet_is_refused_with_the_reason(word: str, reason: str) -> None:
    with pytest.raises(UnknownWord, match=f"has no value yet: {reason}"):
        filled(f"/calls/{{{word}}}", WORDS)


def test_words_are_filled_in_anywhere_in_json() -> None:
    assert filled_json({"a": ["{to}", 1, None], "b": {"c": "{port}"}}, WORDS) == {
        "a": ["+442079460123", 1, None],
        "b": {"c": "8000"},
    }


def test_words_are_found_with_the_path_to_their_text() -> None:
    assert list(words_in({"a": ["{to}", "x{port}{to}"], "{no}": 1, "b": "{{to}}"})) == [
        (("a", 0), "to"),
        (("a", 1), "port"),
        (("a", 1), "to"),
    ]


def test_an_example_shows_the_form_of_the_whole() -> None:
    assert with_examples("http://127.0.0.1:{port}/{{x") == "http://127.0.0.1:1/1x"
