"""Which runs are wanted: `-k` as pytest has it, tags, what failed last, repetitions."""

import contextlib
import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_simulator.scenario.script import Scenario
from telnyx_simulator.scenario.selection import (
    ExpressionError,
    as_expression,
    compiled,
    key,
    label,
    repeated,
    selected,
)


def run(run_id: str, *, tags: tuple[str, ...] = (), **more: int) -> Scenario:
    file = f"{run_id.partition('[')[0]}.telnyx.yaml"
    return Scenario(file=file, run_id=run_id, name=run_id, people=(), script=(), tags=tags, **more)


RUNS = [run("busy[PCMU]", tags=("fast",)), run("busy[PCMA]"), run("answered", tags=("slow", "uk")), run("Late")]


def chosen(expression: str) -> list[str]:
    return [one.run_id for one in selected(RUNS, expression=expression)]


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("busy", ["busy[PCMU]", "busy[PCMA]"]),
        ("BUSY", ["busy[PCMU]", "busy[PCMA]"]),
        ("[PCMA]", ["busy[PCMA]"]),
        ("busy and PCMA", ["busy[PCMA]"]),
        ("PCMA or late", ["busy[PCMA]", "Late"]),
        ("not busy", ["answered", "Late"]),
        ("not busy and not late", ["answered"]),
        ("PCMU or answered and late", ["busy[PCMU]"]),
        ("(PCMU or answered) and not late", ["busy[PCMU]", "answered"]),
        ("not (busy or late)", ["answered"]),
        ("not not late", ["Late"]),
        ('"busy[PCMA]"', ["busy[PCMA]"]),
        ("'or'", []),
        ("", ["busy[PCMU]", "busy[PCMA]", "answered", "Late"]),
    ],
)
def test_an_expression_speaks_of_parts_of_the_label(expression: str, names: list[str]) -> None:
    assert chosen(expression) == names


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("busy and", "it ends where a name is expected"),
        ("and busy", "a name is expected where 'and' stands"),
        ("busy PCMA", "'PCMA' is not expected there"),
        ("(busy", "a parenthesis is not closed"),
        ("busy)", "')' is not expected there"),
        ("not", "it ends where a name is expected"),
        ('"busy', "a quotation mark without its other one"),
        ("(" * 5000, "are more than the 100 that it takes"),
    ],
)
def test_what_is_no_expression_is_said(expression: str, problem: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        compiled(expression)
    assert problem in str(raised.value)


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_a_mistake(expression: str) -> None:
    with contextlib.suppress(ExpressionError):
        compiled(expression)("busy[PCMU]")


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_the_expression_that_repeats_a_run_finds_it(text: str) -> None:
    found = as_expression(text)
    assert not text.strip().strip('"').strip() or compiled(found)(text)


def test_one_of_several_tags_is_enough() -> None:
    assert [one.run_id for one in selected(RUNS, tags=("fast", "uk"))] == ["busy[PCMU]", "answered"]
    assert selected(RUNS, tags=("unknown",)) == []


def test_all_that_is_given_must_hold() -> None:
    assert [one.run_id for one in selected(RUNS, expression="busy", tags=("fast",), among={key(RUNS[0])})] == [
        "busy[PCMU]"
    ]
    assert selected(RUNS, expression="busy", among={key(RUNS[2])}) == []


def test_a_run_is_repeated_with_its_copies_and_the_seeds_that_follow() -> None:
    once = run("a", at_once=2, repeat=2)
    again = repeated([*once.expanded(), run("b")], 2)
    labels = ["a#1@1", "a#1@2", "a#2@1", "a#2@2", "a#3@1", "a#3@2", "a#4@1", "a#4@2", "b#1", "b#2"]
    assert [one.label for one in again] == labels
    assert [one.repetition for one in again] == [0, 0, 1, 1, 2, 2, 3, 3, 0, 1]


def test_repeated_once_is_as_it_was() -> None:
    runs = dataclasses.replace(RUNS[0], repeat=3).expanded()
    assert repeated(runs, 1) == runs


def test_copies_are_chosen_together() -> None:
    copies = run("crowd", at_once=3).expanded()
    assert {label(one) for one in copies} == {"crowd"}
    assert len(selected(copies, expression="crowd")) == 3
