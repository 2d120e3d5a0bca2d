"""Requirements by id, prefix, family and level; and the scenarios that they need."""

import pytest
from cards import catalogue, proof, requirement

from telnyx_simulator.conformance.catalogue import Level
from telnyx_simulator.conformance.choice import UnknownIdError, chosen, scenarios_of

CATALOGUE = catalogue(
    requirement("life.answers", proof("calls/answered", "expect[0]"), control=True),
    requirement("life.hangs-up", proof("calls/hung_up", "expect[0]"), level=Level.SHOULD),
    requirement("signature.forged", proof("security/forged", "absent[0]"), proof("calls/answered", "expect[0]")),
    requirement("signature.every", proof("*", "status_mapped"), level=Level.MAY),
)


def names(*ids: str, families: tuple[str, ...] = (), level: Level | None = None) -> list[str]:
    return [one.id for one in chosen(CATALOGUE, ids=ids, families=families, level=level)]


def test_without_a_choice_all_are_wanted() -> None:
    assert len(names()) == 4


def test_an_id_a_beginning_a_family_a_level() -> None:
    assert names("life.answers") == ["life.answers"]
    assert names("signature.") == ["signature.forged", "signature.every"]
    assert names("life", "signature.f") == ["life.answers", "life.hangs-up", "signature.forged"]
    assert names(families=("life",)) == ["life.answers", "life.hangs-up"]
    assert names(level=Level.MUST) == ["life.answers", "signature.forged"]
    assert names(level=Level.SHOULD) == ["life.answers", "life.hangs-up", "signature.forged"]
    assert names("life", level=Level.MUST) == ["life.answers"]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("signature.forgd", "did you mean signature.forged or signature.every?"),
        ("answers", "did you mean life.answers?"),
        ("forged", "did you mean signature.forged?"),
        ("zzz", "--list names them all"),
    ],
)
def test_an_unknown_id_is_told_with_those_that_are_near(wanted: str, said: str) -> None:
    with pytest.raises(UnknownIdError) as caught:
        names(wanted)
    assert str(caught.value).startswith(f"no requirement is called {wanted!r}")
    assert str(caught.value).endswith(said)


def test_an_unknown_family_is_told_with_all_there_are() -> None:
    with pytest.raises(UnknownIdError, match="no family is called 'sound'; there are life, signature"):
        names(families=("sound",))


def test_each_scenario_is_wanted_once_and_those_of_the_controls_always() -> None:
    assert scenarios_of(CATALOGUE.requirements, CATALOGUE) == ("calls/answered", "calls/hung_up", "security/forged")
    assert scenarios_of(chosen(CATALOGUE, ids=["signature.every"]), CATALOGUE) == ("calls/answered",)
