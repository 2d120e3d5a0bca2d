"""The page and the profile agree: all that docs/scenario-language.md shows parses, or is said not to be built yet."""

import re
import wave
from pathlib import Path

import pytest

from telnyx_simulator.scenario.complaints import ScenarioError
from telnyx_simulator.scenario.profiles import load_profile
from telnyx_simulator.sut import words
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.sut.values import ABILITIES

SECTION = (Path(__file__).parents[2] / "docs/scenario-language.md").read_text().split("\n## 6.")[1].split("\n## 7.")[0]
BLOCK = SECTION.split("```yaml\n")[1].split("```")[0]
PROFILES = {
    name: text
    for name, _, text in (part.partition("\n") for part in re.split(r"^# (?=profiles/)", BLOCK, flags=re.M)[1:])
}

NOT_BUILT = {
    "profiles/official_sdk/sut.yaml": [],
    "profiles/hard_coded_host/sut.yaml": [],
    "profiles/asgi/sut.yaml": ["1:1: not built yet: 'asgi' (key of a profile)"],
    "profiles/provider_class/sut.yaml": [],
}


def test_the_page_has_these_profiles() -> None:
    assert list(PROFILES) == list(NOT_BUILT)


@pytest.mark.parametrize("name", NOT_BUILT)
def test_a_profile_of_the_page_parses_or_is_not_built_yet(name: str, tmp_path: Path) -> None:
    """Whatever it names is there."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/telnyx_adapter.py").touch()
    (tmp_path / "assets").mkdir()
    for clip in ("hello", "message"):
        with wave.open(str(tmp_path / f"assets/{clip}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
    (tmp_path / "sut.yaml").write_text(PROFILES[name])
    found = []
    try:
        load_profile(tmp_path / "sut.yaml")
    except ScenarioError as error:
        found = error.complaints
    assert [f"{one.place.line}:{one.place.column}: {one.message}" for one in found] == NOT_BUILT[name]


def test_the_keys_of_the_page_are_the_keys_of_a_profile() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", SECTION, flags=re.M)
    keys = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    assert keys == {*Profile.known(), *Profile.unbuilt}


def test_the_abilities_of_the_page_are_those_of_a_profile() -> None:
    listed = SECTION.split("Abilities: ")[1].split(";")[0]
    assert re.findall(r"`(\w+)`", listed) == list(ABILITIES)


def test_the_words_of_the_page_are_those_that_text_may_hold() -> None:
    listed = SECTION.split("Text may hold ")[1].split(" and nothing else")[0]
    assert set(re.findall(r"`\{(\w+)\}`", listed)) == set(words.CALL)
