"""The catalogue, the scenarios that it names and the mutants that violate it say the same. No call is made here."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from telnyx_simulator import resources
from telnyx_simulator.checks.claims import STANDING
from telnyx_simulator.conformance.catalogue import EVERY_RUN, Catalogue, Proof, Requirement
from telnyx_simulator.conformance.catalogue import load as load_catalogue
from telnyx_simulator.scenario.loader import SUFFIX
from telnyx_simulator.scenario.loader import load as load_scenarios
from telnyx_simulator.scenario.script import Scenario

LIBRARY = resources.scenario_folder()
MUTANTS = {path.parent.name for path in (resources.data_folder() / "fixtures/reference_app/mutants").glob("*/app.py")}


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


@cache
def library() -> dict[str, list[Scenario]]:
    """A scenario by its folder and name -> its runs."""
    found: dict[str, list[Scenario]] = {}
    for path in sorted(LIBRARY.rglob(f"*{SUFFIX}")):
        found[path.relative_to(LIBRARY).as_posix().removesuffix(SUFFIX)] = load_scenarios([path])
    return found


def judged(run: Scenario) -> set[str]:
    """Ids of the findings that every run of it has, whatever the application does."""
    steps = (step for step in run.script if step.verb in ("expect", "absent"))
    return {
        *(f"script[{step.index}].{step.verb.value}" for step in steps),
        *(f"expect[{n}]" for n in range(len(run.expect))),
        *(f"absent[{n}]" for n in range(len(run.absent))),
        *STANDING,
    }


def possible(run: Scenario) -> set[str]:
    """Those that there may be as well: steps that could not be done."""
    return judged(run) | {f"script[{step.index}].{step.verb.value}" for step in run.script}


def matched(pattern: str, ids: set[str]) -> bool:
    return any(Proof(scenario=EVERY_RUN, check=(pattern,)).names(one) for one in ids)


def mistakes(requirement: Requirement) -> Iterator[str]:
    """What its proofs say of scenarios that is not so."""
    for proof in requirement.proof:
        where = f"{requirement.place}: {requirement.id}: {proof.scenario}"
        if proof.scenario == EVERY_RUN:
            yield from (f"{where}: no standing check is {one}" for one in proof.check if not matched(one, {*STANDING}))
            continue
        runs = library().get(proof.scenario)
        if runs is None:
            yield f"{where}: no such scenario"
            continue
        for run in runs:
            yield from (f"{where}: no finding is {one}" for one in proof.check if not matched(one, possible(run)))
            if not any(proof.names(one) for one in judged(run)):
                yield f"{where}: steps alone decide nothing, they are found only where they fail"
        if not all(requirement.id in named(run) for run in runs):
            yield f"{where}: `requirement:` of the scenario does not name it"


def named(run: Scenario) -> set[str]:
    """Requirements that a scenario says it exercises, itself or in one of its expectations."""
    written = [*run.expect, *run.absent, *(one for step in run.script for one in step.expectations)]
    return {*run.requirement, *(one for expectation in written for one in expectation.requirement)}


@pytest.mark.parametrize("requirement", catalogue().requirements, ids=lambda one: one.id)
def test_what_decides_a_requirement_is_there(requirement: Requirement) -> None:
    assert list(mistakes(requirement)) == []


@pytest.mark.parametrize("requirement", catalogue().requirements, ids=lambda one: one.id)
def test_a_requirement_is_a_sentence_with_its_reason(requirement: Requirement) -> None:
    assert requirement.requirement[0].isupper()
    assert requirement.requirement.endswith(".")
    assert not requirement.why.endswith(".")


@pytest.mark.parametrize("requirement", catalogue().requirements, ids=lambda one: one.id)
def test_the_mutants_of_a_requirement_are_there(requirement: Requirement) -> None:
    assert requirement.mutants
    assert set(requirement.mutants) <= MUTANTS


def test_a_positive_control_is_something_that_an_application_must_do() -> None:
    controls = [requirement for requirement in catalogue().requirements if requirement.control]
    assert controls
    assert {control.level for control in controls} == {"MUST"}


def test_it_is_told_what_is_wrong_with_a_proof() -> None:
    first = catalogue().requirements[0]
    wrong = [
        Proof(scenario="calls/nowhere", check=("expect[0]",)),
        Proof(scenario="calls/an_incoming_call_is_answered", check=("script[1].absent",)),
        Proof(scenario="calls/an_incoming_call_is_answered", check=("script[0].dial",)),
        Proof(scenario="*", check=("script[1].expect",)),
    ]
    requirement = Requirement(
        id="lifecycle.nobody-names-it",
        level=first.level,
        requirement="It is.",
        why="so",
        source="here",
        proof=tuple(wrong),
        mutants=(),
        place=first.place,
    )
    told = [one.removeprefix(f"{first.place}: lifecycle.nobody-names-it: ") for one in mistakes(requirement)]
    unnamed = "calls/an_incoming_call_is_answered: `requirement:` of the scenario does not name it"
    nothing = "steps alone decide nothing, they are found only where they fail"
    assert told == [
        "calls/nowhere: no such scenario",
        "calls/an_incoming_call_is_answered: no finding is script[1].absent",
        f"calls/an_incoming_call_is_answered: {nothing}",
        unnamed,
        f"calls/an_incoming_call_is_answered: {nothing}",
        unnamed,
        "*: no standing check is script[1].expect",
    ]


def test_what_scenarios_name_is_in_the_catalogue() -> None:
    proofs = {
        (proof.scenario, requirement.id) for requirement in catalogue().requirements for proof in requirement.proof
    }
    says = {(name, one) for name, runs in library().items() for run in runs for one in named(run)}
    assert sorted(says - proofs) == []


def test_every_mutant_violates_something() -> None:
    violating = {mutant for requirement in catalogue().requirements for mutant in requirement.mutants}
    assert sorted(MUTANTS - violating) == []


def test_the_catalogue_is_where_the_package_looks_for_it() -> None:
    assert list(resources.catalogue_folder().glob("*.yaml"))
    assert Path(catalogue().requirements[0].place.file).name.removesuffix(".yaml") in {
        family.name for family in catalogue().families
    }
