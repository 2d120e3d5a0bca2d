"""Scenario files to scenarios: every mistake of every file at once, or one `Scenario` for each run.

A file is read in five stages, each in its module: text to marked nodes (`yaml_text`), the matrix put in (`references`),
the people (`cast`), the script (`steps`, `arguments`), the expectations (`expecting`). What Telnyx and the network do
has modules of its own (`treatments`, `streams`, `lines`, `accounts`). Mappings are checked by their models (`model`, by
way of `reading`). A mistake never ends a stage: it is noted on the `Page` and reading goes on.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as Table
from pathlib import Path
from typing import Any, Final

from telnyx_simulator.scenario import accounts, expecting, references, steps, treatments, yaml_text
from telnyx_simulator.scenario.cast import Cast, read_cast
from telnyx_simulator.scenario.complaints import Complaint, Mark, Page, ScenarioError, TooManyMistakesError, spoken
from telnyx_simulator.scenario.model import ScenarioForm
from telnyx_simulator.scenario.numbers import ANONYMOUS
from telnyx_simulator.scenario.reading import read
from telnyx_simulator.scenario.script import Direction, Person, Scenario
from telnyx_simulator.scenario.yaml_text import Mapping, Node, is_nothing

__all__ = ["Complaint", "ScenarioError", "load"]

SUFFIX: Final = ".telnyx.yaml"
NOTHING_HERE: Final = "no scenario in this folder"
# What Telnyx does in a run, and what is assumed of it: each key with its reader.
RULES: Final[Table[str, Callable[[Node, Page], Any]]] = {
    "webhooks": treatments.read_webhooks,
    "commands": treatments.read_commands,
    "account": accounts.read_account,
    "assume": accounts.read_assume,
}
_TOP: Final = Mark(1, 1)


def load(paths: Iterable[Path], *, root: Path | None = None) -> list[Scenario]:
    """The runs of these files and folders, in order; a folder gives its `*.telnyx.yaml`, sorted, at any depth.

    `root` is the project (the current folder unless given): places are relative to it and clips stay within it. Raises
    `ScenarioError` with all mistakes of all files; a path without any scenario is a mistake too.
    """
    project = (root or Path.cwd()).absolute()
    found: list[Scenario] = []
    complaints: list[Complaint] = []
    for file in _files(paths, project, complaints):
        page = Page(_shortest(file, project), folders=_folders(file, project))
        found += _read_file(file, page)
        complaints += sorted(page.complaints, key=lambda complaint: (complaint.place.line, complaint.place.column))
    if complaints:
        raise ScenarioError(complaints)
    return found


def _files(paths: Iterable[Path], project: Path, complaints: list[Complaint]) -> Iterator[Path]:
    """Each file once, though it be named twice."""
    seen: set[Path] = set()
    for path in map(Path, paths):
        problem = None
        files = [path]
        if os.path.isdir(path):  # unlike Path's own, these never raise
            files = sorted(_in_folder(path))
            problem = None if files else f"{NOTHING_HERE}: their names end in {SUFFIX}"
        elif not os.path.isfile(path):
            problem = "not a file" if os.path.exists(path) else "no such file or folder"
        elif not path.name.endswith(SUFFIX):
            problem = f"the name of a scenario ends in {SUFFIX}"
        if problem:
            complaints.append(Complaint(Page(_shortest(path, project)).place(_TOP), problem))
            continue
        for file in files:
            real = Path(os.path.abspath(file))
            if real not in seen:
                seen.add(real)
                yield file


def _in_folder(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(parent, name) for name in names if name.endswith(SUFFIX))


def _shortest(path: Path, project: Path) -> str:
    """As its user would name it: relative to the project unless that is longer than what was given."""
    return min(os.path.relpath(path, project), os.path.normpath(path), key=len)


def _folders(file: Path, project: Path) -> int:
    """How many folders lie between project and file; none where the file is somewhere else."""
    parts = Path(os.path.relpath(file.parent, project)).parts
    return 0 if ".." in parts else len(parts)


def _read_file(file: Path, page: Page) -> list[Scenario]:
    try:
        with file.open("rb") as stream:
            data = stream.read(yaml_text.BYTES_MAX + 1)
    except OSError as error:
        page.complain(_TOP, f"cannot be read: {error.strerror}")
        return []
    try:
        return _read_scenarios(data, file.name.removesuffix(SUFFIX), page)
    except TooManyMistakesError:
        shown = len(page.complaints)
        page.complaints[Complaint(page.place(_TOP), f"there are more than these {shown} mistakes")] = None
        return []


def _read_scenarios(data: bytes, stem: str, page: Page) -> list[Scenario]:
    text = yaml_text.decode(data, page)
    document = yaml_text.read(text, page) if text is not None else None
    if document is None:
        return []
    if not isinstance(document, Mapping):
        page.complain(document.mark, "a scenario is a mapping: it begins with keys such as `call:` and `script:`")
        return []
    rows = references.rows(document, page)
    values = sum(references.size(node) for key, node in document.values.items() if key != "matrix")
    if len(rows) * values > references.VALUES_MAX:
        page.complain(document.keys["matrix"], f"too much for one file: {len(rows)} runs of so many values")
        rows = []
    if not rows:
        _read_scenario(references.fill(document, None, page), stem, references.Row("", {}), page)
        return []
    read_all = [_read_scenario(references.fill(document, row, page), stem, row, page) for row in rows]
    return [scenario for scenario in read_all if scenario]


def _read_top(document: Mapping, page: Page) -> tuple[ScenarioForm | None, Mapping]:
    """Top-level keys with plain values, and the document without keys that have none and `x-...`."""
    keys = {key: mark for key, mark in document.keys.items() if not key.startswith("x-")}
    known = Mapping(keys, {key: document.values[key] for key in keys}, document.mark)
    form = read(ScenarioForm, known, page)
    given = {key: value for key, value in known.values.items() if not is_nothing(value)}
    return form, Mapping(keys, given, document.mark)


def _read_scenario(document: Mapping, stem: str, row: references.Row, page: Page) -> Scenario | None:
    form, document = _read_top(document, page)
    rules = {key: read_it(document.values[key], page) for key, read_it in RULES.items() if key in document.values}
    cast = read_cast(document, page)
    script = steps.read_script(document.values.get("script"), cast, page)
    expect = expecting.read_whole_run(document, "expect", cast, page)
    absent = expecting.read_whole_run(document, "absent", cast, page)
    if form is not None:
        _check_top(form, document, cast, page)
    if form is None or page.complaints:
        return None
    sentence = stem.replace("_", " ")
    return Scenario(
        file=page.file,
        run_id=f"{stem}[{row.name}]" if row.values else stem,
        name=form.name or sentence[:1].upper() + sentence[1:],
        people=cast.people,
        script=script,
        why=form.why,
        requirement=form.requirement,
        tags=form.tags,
        matrix=row.to_json(),
        seed=form.seed,
        within_ns=form.within_ns,
        expect=expect,
        absent=absent,
        skip=form.skip,
        requires=tuple(form.requires),
        repeat=form.repeat,
        at_once=form.at_once,
        ignore=tuple(form.ignore),
        **rules,
    )


def _check_top(form: ScenarioForm, document: Mapping, cast: Cast, page: Page) -> None:
    if form.ignore and form.why is None:
        page.complain(
            document.keys["ignore"], "'ignore' needs a 'why': the reason for which a standing check is left out"
        )
    numbered = [person.name for person in cast.people if _has_own_number(person)]
    if form.at_once > 1 and numbered:
        message = f"copies at one time have each their own numbers; leave out that of {spoken(numbered)}"
        page.complain(document.keys["at_once"], message)
    seen: set[str] = set()
    for person in cast.people:
        number = _number(person)
        if number in seen:
            page.complaints[Complaint(person.place, f"two people cannot both have the number {number}")] = None
        if number is not None and number != ANONYMOUS:
            seen.add(number)


def _number(person: Person) -> str | None:
    return person.from_ if person.direction is Direction.INCOMING else person.to


def _has_own_number(person: Person) -> bool:
    return _number(person) not in (None, "any", ANONYMOUS)
