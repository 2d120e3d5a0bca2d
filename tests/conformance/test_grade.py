"""The letter: what it takes for each, and when there is none."""

from pathlib import Path

import pytest
from cards import judged

from telnyx_simulator.conformance.catalogue import Level
from telnyx_simulator.conformance.folding import Judged
from telnyx_simulator.conformance.grade import GRADES, grade

PAGE = (Path(__file__).parents[2] / "docs" / "conformance.md").read_text()
CONTROL = judged("life.answers", "ok", control=True)


def some(word: str, count: int, level: Level = Level.MUST) -> list[Judged]:
    return [judged(f"x.{level.value.lower()}-{word}-{n}", word, level=level) for n in range(count)]


def letter(*judged_: list[Judged]) -> str:
    return grade([CONTROL, *(one for few in judged_ for one in few)]).letter


def test_what_passes_altogether_is_an_a_whatever_was_not_exercised_or_only_may_be() -> None:
    assert letter(some("ok", 20), some("ok", 4, Level.SHOULD)) == "A"
    assert letter(some("ok", 20), some("idle", 9), some("idle", 9, Level.SHOULD)) == "A"
    assert letter(some("ok", 20), some("fail", 9, Level.MAY), some("unsure", 9, Level.MAY)) == "A"


@pytest.mark.parametrize("word", ["fail", "unsure"])
@pytest.mark.parametrize(("passed", "not_passed", "wanted"), [(3, 1, "B"), (2, 1, "C"), (0, 5, "C"), (30, 10, "B")])
def test_shoulds_make_the_difference_between_a_b_and_c(word: str, passed: int, not_passed: int, wanted: str) -> None:
    assert letter(some("ok", 9), some("ok", passed, Level.SHOULD), some(word, not_passed, Level.SHOULD)) == wanted


@pytest.mark.parametrize("word", ["fail", "unsure"])
@pytest.mark.parametrize(
    ("passed", "not_passed", "wanted"), [(9, 1, "D"), (2, 1, "D"), (9, 2, "F"), (18, 2, "D"), (17, 3, "F"), (0, 9, "F")]
)
def test_few_musts_that_do_not_pass_are_a_d_and_many_an_f(word: str, passed: int, not_passed: int, wanted: str) -> None:
    assert letter(some("ok", passed), some(word, not_passed)) == wanted


def test_an_application_that_does_nothing_has_no_good_grade() -> None:
    idle = grade([judged("life.answers", "fail", control=True), *some("ok", 50)])
    assert idle.letter == "F"
    assert "life.answers fails" in idle.because


@pytest.mark.parametrize(("word", "said"), [("idle", "not exercised"), ("unsure", "inconclusive")])
def test_without_a_positive_control_there_is_no_grade(word: str, said: str) -> None:
    found = grade([judged("life.answers", word, control=True), *some("ok", 50)])
    assert found.letter == "-"
    assert f"life.answers is {said}" in found.because
    assert grade(some("ok", 50)).letter == "-"


def test_a_part_of_the_catalogue_has_no_grade_and_says_so() -> None:
    found = grade([CONTROL], no_grade="1 of 70 requirements was chosen")
    assert (found.letter, found.because) == ("-", "1 of 70 requirements was chosen")


def test_it_is_told_how_many_are_inconclusive() -> None:
    assert "1 of them inconclusive" in grade([CONTROL, *some("unsure", 1)]).because


def test_every_letter_is_explained_on_the_page_as_in_the_table() -> None:
    assert list(GRADES) == ["A", "B", "C", "D", "F", "-"]
    for letter_, says in GRADES.items():
        assert f"\n| {letter_} | {says} |\n" in PAGE
