"""The catalogue's files: what they come to, and what their author reads about a mistake."""

from pathlib import Path

import pytest

from telnyx_simulator.conformance.catalogue import Level, Proof, load
from telnyx_simulator.scenario.complaints import ScenarioError

FAMILY = """\
family: signature
title: Webhook signatures
requirements:
  - id: signature.forged-has-no-effect
    level: MUST
    requirement: A webhook that Telnyx did not sign has no effect.
    why: one of two routes of a real application verified nothing
    source: pipecat-ai/pipecat#2054
    proof:
      - {scenario: security/a_forged_hangup_has_no_effect, check: ["script[4].absent"]}
      - {scenario: "*", check: [webhooks_acknowledged]}
    mutants: [accepts-forged-webhooks]
"""


def messages(folder: Path, text: str, name: str = "signature") -> list[str]:
    """`line:column: message` of each complaint."""
    (folder / f"{name}.yaml").write_text(text)
    with pytest.raises(ScenarioError) as caught:
        load(folder)
    return [f"{one.place.line}:{one.place.column}: {one.message}" for one in caught.value.complaints]


def changed(line: str, other: str) -> str:
    assert f"{line}\n" in FAMILY
    return FAMILY.replace(f"{line}\n", f"{other}\n" if other else "")


def test_a_requirement_is_read_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "signature.yaml").write_text(FAMILY)
    (requirement,) = load(tmp_path).requirements
    assert (requirement.id, requirement.family, requirement.level) == (
        "signature.forged-has-no-effect",
        "signature",
        Level.MUST,
    )
    assert requirement.proof == (
        Proof(scenario="security/a_forged_hangup_has_no_effect", check=("script[4].absent",)),
        Proof(scenario="*", check=("webhooks_acknowledged",)),
    )
    assert requirement.mutants == ("accepts-forged-webhooks",)
    assert not requirement.control
    assert requirement.place.line == 4


def test_our_own_catalogue_can_be_read() -> None:
    assert load().requirements


@pytest.mark.parametrize(
    ("pattern", "named", "not_named"),
    [
        ("script[4].absent", "script[4].absent", "script4.absent"),
        ("script[1].*", "script[1].expect", "script[11].expect"),
        ("expect*", "expect[0]", "script[0].expect"),
        ("*", "status_mapped", None),
    ],
)
def test_brackets_of_a_check_stand_for_themselves(pattern: str, named: str, not_named: str | None) -> None:
    proof = Proof(scenario="*", check=(pattern,))
    assert proof.names(named)
    assert not_named is None or not proof.names(not_named)


MISTAKES = [
    ("    level: MUST", "    level: must", "5:12: unknown level 'must'; did you mean 'MUST'? (MUST, SHOULD, MAY)"),
    (
        "    level: MUST",
        "    levle: MUST",
        "5:5: a requirement knows no 'levle'; did you mean 'level'? "
        "(id, level, requirement, why, source, proof, mutants, control)",
    ),
    ("    level: MUST", "", "4:5: a requirement needs 'level'"),
    (
        "  - id: signature.forged-has-no-effect",
        "  - id: signature.Forged",
        "4:9: an id such as signature.forged-has-no-effect is expected here, found 'signature.Forged'",
    ),
    (
        "  - id: signature.forged-has-no-effect",
        "  - id: status.forged",
        "4:9: ids of this family begin with 'signature.'",
    ),
    ("family: signature", "family: status", "1:9: this file is called signature; so is its family"),
    (
        "    mutants: [accepts-forged-webhooks]",
        "    mutants: [accepts-forged-webhooks, 7]",
        "12:40: a word is expected here (letters, digits, '_', '-'), found 7",
    ),
    (
        '      - {scenario: "*", check: [webhooks_acknowledged]}',
        '      - {scenario: "*", check: []}',
        "11:32: the list of findings is empty: nothing would decide it",
    ),
    (
        '      - {scenario: "*", check: [webhooks_acknowledged]}',
        "      - {scenario: a_call.telnyx.yaml, check: [x]}",
        "11:20: a scenario by its folder and name (security/a_forged_hangup_has_no_effect), or '*', is expected here, "
        "found 'a_call.telnyx.yaml'",
    ),
    (
        '      - {scenario: "*", check: [webhooks_acknowledged]}',
        "      - webhooks_acknowledged",
        "11:9: a proof is a mapping: {scenario: ..., check: [...]}",
    ),
]


@pytest.mark.parametrize(
    ("line", "other", "said"), MISTAKES, ids=[other.strip() or line for line, other, _ in MISTAKES]
)
def test_a_mistake_is_told_with_its_place(line: str, other: str, said: str, tmp_path: Path) -> None:
    told = messages(tmp_path, changed(line, other))
    assert said in told
    assert len(told) == 1 or "ids of this family" in told[-1]


def test_an_id_is_given_once_in_all_files(tmp_path: Path) -> None:
    again = FAMILY.partition("requirements:\n")[2]
    assert messages(tmp_path, FAMILY + again) == [
        f"13:9: signature.forged-has-no-effect is there already: {tmp_path}/signature.yaml:4:9"
    ]


def test_a_requirement_that_nothing_decides_is_none(tmp_path: Path) -> None:
    text = FAMILY[: FAMILY.index("    proof:")] + "    proof: []\n    mutants: [x]\n"
    assert messages(tmp_path, text) == ["9:12: proof is empty"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a]", "1:1: a family is a mapping: family, title, requirements"),
        ("", "1:1: the file is empty"),
        ("family: signature\ntitle: x\nrequirements: x\n", "3:15: requirements must be a list"),
        (
            "family: signature\ntitle: x\nrequirements: [x]\n",
            "3:16: a requirement is a mapping: id, level, requirement, why, source, proof, mutants",
        ),
    ],
)
def test_a_file_that_is_no_family_is_refused(text: str, said: str, tmp_path: Path) -> None:
    assert messages(tmp_path, text) == [said]


def test_a_folder_without_a_catalogue_is_one_mistake(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no catalogue in this folder"):
        load(tmp_path)
