"""The catalogue: requirements for an application, each a sentence with an id and with what decides it.

A file of `conformance/sut/` is a family. Its mistakes are said as those of scenarios are, all at once, each with file,
line and column. What the files say of scenarios and mutants is compared with these by tests, not here.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from telnyx_simulator import resources
from telnyx_simulator.checks.expectations import Place
from telnyx_simulator.scenario import types, yaml_text
from telnyx_simulator.scenario.complaints import Complaint, Mark, Page, ScenarioError, TooManyMistakesError, unknown
from telnyx_simulator.scenario.forms import Form
from telnyx_simulator.scenario.reading import elements, read
from telnyx_simulator.scenario.yaml_text import Mapping, Node

EVERY_RUN: Final = "*"
SUFFIX: Final = ".yaml"

_FAMILY: Final = re.compile(r"[a-z][a-z0-9-]*")
_ID: Final = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9]+(-[a-z0-9]+)*")
_SCENARIO: Final = re.compile(r"\*|[\w-]+(/[\w-]+)+", re.ASCII)
_TOP: Final = Mark(1, 1)


class Level(StrEnum):
    """How much a requirement weighs, as in RFC 2119; in that order."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What decides a requirement: findings of one scenario (`security/a_forged_hangup_has_no_effect`), or of every run
    (`*`). `check` are ids of findings; in them `*` stands for any characters and `?` for one.
    """

    scenario: str
    check: tuple[str, ...]

    def names(self, finding_id: str) -> bool:
        # Brackets stand for themselves: ids are full of them (`script[4].absent`).
        return any(fnmatchcase(finding_id, pattern.replace("[", "[[]")) for pattern in self.check)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One sentence about an application. `control`: where this does not hold, what holds beside it proves nothing."""

    id: str
    level: Level
    requirement: str
    why: str
    source: str
    proof: tuple[Proof, ...]
    mutants: tuple[str, ...]
    place: Place
    control: bool = False

    @property
    def family(self) -> str:
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    name: str
    title: str
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All families, by name; requirements in the order of their files."""

    families: tuple[Family, ...]

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        return tuple(one for family in self.families for one in family.requirements)


# How a file is written. What is `Any` here is read by hand, so that each mistake gets its own place.


def _fits(pattern: re.Pattern[str], what: str) -> BeforeValidator:
    def parse(value: object) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"{what} is expected here, found {types.shown(value)}")
        return str(value)

    return BeforeValidator(parse)


def _level(value: object) -> Level:
    if value not in list(Level):
        raise ValueError(unknown("level", str(value), list(Level)))
    return Level(str(value))


def _patterns(value: object) -> tuple[str, ...]:
    found = tuple(types.list_of(types.text, "ids of findings")(value))
    if not found:
        raise ValueError("the list of findings is empty: nothing would decide it")
    return found


def _mutants(value: object) -> tuple[str, ...]:
    return tuple(types.list_of(types.word, "mutants")(value))


class ProofForm(Form):
    """What decides a requirement."""

    knows = "a proof"
    scenario: Annotated[
        str, _fits(_SCENARIO, "a scenario by its folder and name (security/a_forged_hangup_has_no_effect), or '*',")
    ]
    check: Annotated[tuple[str, ...], BeforeValidator(_patterns)]


class RequirementForm(Form):
    """One requirement."""

    knows = "a requirement"
    id: Annotated[str, _fits(_ID, "an id such as signature.forged-has-no-effect")]
    level: Annotated[Level, BeforeValidator(_level)]
    requirement: types.Text
    why: types.Text
    source: types.Text
    proof: Any
    mutants: Annotated[tuple[str, ...], BeforeValidator(_mutants)] = ()
    control: Annotated[bool, BeforeValidator(types.boolean)] = Field(
        False, description="A positive control: where it does not hold, there is no grade."
    )


class FamilyForm(Form):
    """One file."""

    knows = "a family"
    family: Annotated[str, _fits(_FAMILY, "a name in small letters such as signature")]
    title: types.Text
    requirements: Any


def load(folder: Path | None = None) -> Catalogue:
    """The catalogue in a folder, ours unless given. Raises `ScenarioError` with every mistake of every file."""
    folder = resources.catalogue_folder() if folder is None else folder
    families: list[Family] = []
    complaints: list[Complaint] = []
    known: dict[str, Place] = {}
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        page = Page(_shortest(path))
        with suppress(TooManyMistakesError):
            families += _read_file(path, page, known)
        complaints += sorted(page.complaints, key=lambda one: (one.place.line, one.place.column))
    if not families and not complaints:
        place = Page(str(folder)).place(_TOP)
        complaints.append(Complaint(place, f"no catalogue in this folder: its files end in {SUFFIX}"))
    if complaints:
        raise ScenarioError(complaints)
    return Catalogue(families=tuple(families))


def _shortest(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _read_file(path: Path, page: Page, known: dict[str, Place]) -> Iterator[Family]:
    """The family of a file, if it is one."""
    try:
        text = yaml_text.decode(path.read_bytes(), page)
    except OSError as error:
        page.complain(_TOP, f"cannot be read: {error.strerror}")
        return
    document = yaml_text.read(text, page) if text is not None else None
    if not isinstance(document, Mapping):
        if document is not None:
            page.complain(document.mark, "a family is a mapping: family, title, requirements")
        return
    form = read(FamilyForm, document, page)
    if form is None:
        return
    if form.family != path.stem:
        page.complain(document.values["family"].mark, f"this file is called {path.stem}; so is its family")
    rows = elements(document.values["requirements"], page, "requirements")
    found = [one for row in rows if (one := _requirement(row, form.family, page, known)) is not None]
    yield Family(name=form.family, title=form.title, requirements=tuple(found))


def _requirement(node: Node, family: str, page: Page, known: dict[str, Place]) -> Requirement | None:
    if not isinstance(node, Mapping):
        page.complain(node.mark, "a requirement is a mapping: id, level, requirement, why, source, proof, mutants")
        return None
    form = read(RequirementForm, node, page)
    if form is None:
        return None
    mark = node.values["id"].mark
    if not form.id.startswith(f"{family}."):
        page.complain(mark, f"ids of this family begin with '{family}.'")
    if form.id in known:
        page.complain(mark, f"{form.id} is there already: {known[form.id]}")
    known[form.id] = page.place(mark)
    rows = elements(node.values["proof"], page, "proof")
    return Requirement(
        id=form.id,
        level=form.level,
        requirement=form.requirement,
        why=form.why,
        source=form.source,
        proof=tuple(_proofs(rows, page)),
        mutants=form.mutants,
        place=page.place(mark),
        control=form.control,
    )


def _proofs(rows: Iterable[Node], page: Page) -> Iterator[Proof]:
    for row in rows:
        if not isinstance(row, Mapping):
            page.complain(row.mark, "a proof is a mapping: {scenario: ..., check: [...]}")
        elif (form := read(ProofForm, row, page)) is not None:
            yield Proof(scenario=form.scenario, check=form.check)
