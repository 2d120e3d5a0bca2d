"""Requirement by requirement, the mutants that fail it: the suite played for each mutant, and told in a page of docs.

`make conformance-table` runs it. A mutant's result is kept in a folder as soon as it is there, so that an interrupted
run goes on where it was; a result is made anew when the catalogue, a scenario or the mutant has changed since.

python tests/conformance_table.py [--folder FOLDER] [--side-by-side N] [MUTANT...]
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from telnyx_simulator.conformance.catalogue import Catalogue
from telnyx_simulator.conformance.catalogue import load as load_catalogue

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "fixtures" / "reference_app"
PAGE = ROOT / "docs" / "requirements-and-mutants.md"
RIGHT = "reference"
SEED = 5
MARKS = {"fail": "fails", "inconclusive": "inconclusive", "not_exercised": "not exercised", "pass": "passes"}

Verdicts = dict[str, str]  # requirement -> verdict


class Deviation(NamedTuple):
    """Where a mutant is not what the catalogue says of it."""

    requirement: str
    mutant: str
    found: str
    wanted: str


def mutants() -> list[str]:
    return sorted(path.parent.name for path in (REFERENCE / "mutants").glob("*/sut.yaml"))


def profile_of(name: str) -> Path:
    return (REFERENCE if name == RIGHT else REFERENCE / "mutants" / name) / "sut.yaml"


def state_of(name: str) -> str:
    """A hash of all that a mutant's result rests on but the package itself."""
    found = hashlib.blake2b(digest_size=16)
    for folder in (ROOT / "conformance" / "sut", ROOT / "scenarios", REFERENCE):
        for path in sorted(folder.rglob("*")):
            other = "mutants" in path.parts and name not in path.parts
            if path.suffix in (".yaml", ".py", ".wav") and not other:
                found.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def played(name: str, *, side_by_side: str, ids: tuple[str, ...] = ()) -> dict[str, Any]:
    """One application through the suite: the scorecard as `--json` has it."""
    with tempfile.TemporaryDirectory() as artifacts:
        command = [sys.executable, "-m", "telnyx_simulator", "conformance", *ids, "--sut", str(profile_of(name))]
        command += ["--seed", str(SEED), "-n", side_by_side, "--json", "-", "--artifacts-dir", artifacts]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    try:
        card: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        sys.exit(f"{name}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return card


def verdicts_of(card: dict[str, Any]) -> Verdicts:
    return {one["id"]: one["verdict"] for one in card["requirements"]}


def kept(name: str, folder: Path) -> Verdicts | None:
    """What was found before, if it still holds."""
    try:
        found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    except (OSError, ValueError):
        return None
    return found["verdicts"] if found["state"] == state_of(name) else None


def keep(name: str, folder: Path, card: dict[str, Any]) -> Verdicts:
    folder.mkdir(parents=True, exist_ok=True)
    told = {one["id"]: one["told"] for one in card["requirements"] if one["verdict"] != "pass"}
    found = {"state": state_of(name), "grade": card["grade"]["letter"], "verdicts": verdicts_of(card), "told": told}
    partial = folder / f"{name}.json.partial"
    partial.write_text(json.dumps(found, indent=1))
    partial.rename(folder / f"{name}.json")
    return verdicts_of(card)


def deviations(catalogue: Catalogue, found: dict[str, Verdicts]) -> Iterator[Deviation]:
    """A mutant fails the requirements that name it and no others; the right application passes all."""
    for requirement in catalogue.requirements:
        for name, verdicts in found.items():
            verdict = verdicts.get(requirement.id, "not_exercised")
            if name == RIGHT and verdict != "pass":
                yield Deviation(requirement.id, name, verdict, "pass")
            elif name in requirement.mutants and verdict != "fail":
                yield Deviation(requirement.id, name, verdict, "fail")
            elif name != RIGHT and name not in requirement.mutants and verdict in ("fail", "inconclusive"):
                yield Deviation(requirement.id, name, verdict, "no failure")


def page(catalogue: Catalogue, found: dict[str, Verdicts]) -> str:
    """The table as Markdown: a row for each requirement; then what deviates from the catalogue."""
    amiss = list(deviations(catalogue, found))
    rows = len(catalogue.requirements)
    lines = [
        "# Each requirement, and the mutants that fail it",
        "",
        "`make conformance-table` plays the whole suite for the reference application and for each mutant of it (its",
        "README explains them) and writes this page. A mutant is to fail the requirements that name it, and no others.",
        "",
        f"{rows} requirements, {len(found) - (RIGHT in found)} mutants, {len(amiss)} deviations.",
        "",
        "| requirement | level | failed by |",
        "|---|---|---|",
    ]
    for requirement in catalogue.requirements:
        failing = [name for name in found if found[name].get(requirement.id) == "fail"]
        cells = [f"`{name}`" if name in requirement.mutants else f"**`{name}`**" for name in failing]
        missed = [name for name in requirement.mutants if name in found and name not in failing]
        cells += [f"*not by `{name}`*" for name in missed]
        cells += [f"*(not played: `{name}`)*" for name in requirement.mutants if name not in found]
        lines.append(f"| `{requirement.id}` | {requirement.level.value} | {', '.join(cells) or '**none**'} |")
    if amiss:
        lines += ["", "## Deviations from the catalogue", "", "| requirement | application | found | wanted |"]
        lines += ["|---|---|---|---|"]
        lines += [f"| `{one.requirement}` | `{one.mutant}` | {MARKS[one.found]} | {one.wanted} |" for one in amiss]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("mutants", nargs="*", help="these alone; without any the page is written for all")
    parser.add_argument("--folder", type=Path, default=ROOT / ".telnyx-sim" / "conformance-table")
    parser.add_argument("--side-by-side", default="auto")
    given = parser.parse_args()
    catalogue, found = load_catalogue(), {}
    names = given.mutants or [RIGHT, *mutants()]
    for n, name in enumerate(names, 1):
        before = kept(name, given.folder)
        found[name] = before or keep(name, given.folder, played(name, side_by_side=given.side_by_side))
        failed = [key for key, verdict in found[name].items() if verdict == "fail"]
        word = "kept  " if before else "played"
        print(f"{n:3}/{len(names)}  {word}  {name}: fails {', '.join(failed) or 'nothing'}", flush=True)
    amiss = list(deviations(catalogue, found))
    for one in amiss:
        print(f"deviation: {one.requirement} on {one.mutant}: {MARKS[one.found]}, wanted: {one.wanted}")
    if not given.mutants:
        PAGE.write_text(page(catalogue, found))
        print(f"{PAGE.relative_to(ROOT)} written")
    return 1 if amiss else 0


if __name__ == "__main__":
    sys.exit(main())
