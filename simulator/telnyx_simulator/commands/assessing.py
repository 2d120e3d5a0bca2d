"""One invocation of `conformance`: requirements chosen, their scenarios played, a scorecard made and written."""

import os
import shlex
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from telnyx_simulator import resources
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.commands import reports
from telnyx_simulator.commands.call_statuses import statuses_json, statuses_of
from telnyx_simulator.commands.card_text import card_text
from telnyx_simulator.commands.exits import EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_NOTHING_MATCHED, EXIT_OK, EXIT_USAGE
from telnyx_simulator.commands.first_profile import url_in, what_to_write
from telnyx_simulator.commands.options import counted, folder
from telnyx_simulator.commands.playing import Played, Playing, play
from telnyx_simulator.conformance import baseline
from telnyx_simulator.conformance.badge import badge_markdown, badge_svg
from telnyx_simulator.conformance.card_json import card_json
from telnyx_simulator.conformance.card_junit import card_junit
from telnyx_simulator.conformance.card_markdown import card_markdown
from telnyx_simulator.conformance.catalogue import Catalogue, Level, Requirement
from telnyx_simulator.conformance.catalogue import load as load_catalogue
from telnyx_simulator.conformance.choice import THOROUGH, UnknownIdError, chosen, scenarios_of
from telnyx_simulator.conformance.folding import folded
from telnyx_simulator.conformance.grade import grade
from telnyx_simulator.conformance.page import card_page
from telnyx_simulator.conformance.scorecard import Scorecard, unnamed
from telnyx_simulator.report.outcome import Outcome
from telnyx_simulator.report.status_matrix import StatusMatrix, status_html, status_text
from telnyx_simulator.scenario.complaints import ScenarioError
from telnyx_simulator.scenario.invocation import read_all
from telnyx_simulator.scenario.loader import SUFFIX
from telnyx_simulator.scenario.longest import longest_ns
from telnyx_simulator.scenario.script import Scenario
from telnyx_simulator.sut.profile import Profile

_CLIP_NS = 3_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted(Playing):
    """What one invocation is asked for, beside how its runs are played."""

    ids: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    level: str | None = None
    thorough: bool = False
    only_list: bool = False
    baseline: Path | None = None
    update: bool = False
    junit: Path | None = None
    html: Path | None = None
    badge: Path | None = None
    status_coverage: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is to be judged, and by which runs. `names` has a scenario's folder and name by its file."""

    catalogue: Catalogue
    requirements: tuple[Requirement, ...]
    profile: Profile
    runs: list[Scenario]
    names: dict[str, str]
    left_out: dict[str, str]
    known: dict[str, str] | None


def assess(wanted: Wanted) -> int:
    """Everything that `conformance` does, from reading to the exit code."""
    try:
        catalogue = load_catalogue()
        level = Level(wanted.level) if wanted.level else None
        requirements = chosen(catalogue, ids=wanted.ids, families=wanted.families, level=level)
    except UnknownIdError as error:
        given = next((one for one in wanted.ids if url_in(one)), None)
        click.echo(what_to_write(given) if given else str(error), err=True)
        return EXIT_USAGE if given else EXIT_NOTHING_MATCHED
    if not requirements:
        click.echo("no requirement is of this family and level; --list without them names them all", err=True)
        return EXIT_NOTHING_MATCHED
    if wanted.only_list:
        click.echo(_listed(requirements))
        return EXIT_OK
    if url_in(wanted.sut) or not wanted.sut.exists():
        click.echo(what_to_write(wanted.sut), err=True)
        return EXIT_USAGE
    try:
        plan = _planned(wanted, catalogue, requirements)
    except (ScenarioError, baseline.BaselineError) as error:
        click.echo(str(error), err=True)
        return EXIT_USAGE
    folder(wanted.artifacts)
    reports.check_writable(wanted.junit, wanted.json, html=wanted.html, badge=wanted.badge)
    about = (
        f"{counted(len(requirements), 'requirement')}, {counted(len(plan.runs), 'run')}, {wanted.at_one_time} at a time"
    )
    click.echo(f"telnyx-sim conformance  seed {wanted.seed}  {plan.profile.title}  {about}", err=True)
    ended: list[int] = []
    played = play(wanted, plan.profile, plan.runs, lambda played: ended.append(_reported(wanted, plan, played)))
    return ended[-1] if played.code is None else played.code


def _listed(requirements: Sequence[Requirement]) -> str:
    """Each with its level and its sentence; positive controls are marked."""
    width = max(len(one.id) for one in requirements)
    lines = []
    for one in requirements:
        text = one.requirement + (" (positive control)" if one.control else "")
        head = f"{one.level.value:<6}  {one.id:<{width}}  "
        lines.append(textwrap.fill(text, 120, initial_indent=head, subsequent_indent=" " * len(head)))
    return "\n".join([*lines, counted(len(requirements), "requirement")])


def _planned(wanted: Wanted, catalogue: Catalogue, requirements: tuple[Requirement, ...]) -> _Plan:
    """Raises `ScenarioError` and `BaselineError`."""
    known = None
    if wanted.baseline is not None and (wanted.baseline.exists() or not wanted.update):
        known = baseline.load(wanted.baseline)
    elif wanted.update:
        if wanted.baseline is None:
            raise click.UsageError("--baseline-update writes the file of --baseline, which is not given")
        known = {}
    library = resources.scenario_folder()
    paths = {name: library / f"{name}{SUFFIX}" for name in scenarios_of(requirements, catalogue)}
    profile, scenarios = read_all(list(paths.values()), wanted.sut)
    of_path = {os.path.abspath(path): name for name, path in paths.items()}
    names = {run.file: of_path[os.path.abspath(run.file)] for run in scenarios}
    slow = {names[run.file] for run in scenarios if THOROUGH in run.tags and not wanted.thorough}
    runs = [run for run in scenarios if names[run.file] not in slow]
    # The longest first: whatever comes last is short.
    runs.sort(key=lambda run: -longest_ns(run, lambda clip: _CLIP_NS))
    return _Plan(
        catalogue=catalogue,
        requirements=requirements,
        profile=profile,
        runs=runs,
        names=names,
        left_out={name: f"{name} takes long; --thorough runs it" for name in slow},
        known=known,
    )


def _reported(wanted: Wanted, plan: _Plan, played: Played) -> int:
    """The scorecard, printed and written wherever it was asked for; the answer is the exit code of a whole run."""
    card = _card(wanted, plan, played)
    statuses = statuses_of(played.outcomes, plan.profile)
    click.echo(card_text(card), err=wanted.json == "-")
    if statuses is not None:
        click.echo(f"\n{status_text(statuses)}", err=wanted.json == "-")
    if wanted.junit is not None:
        wanted.junit.write_text(card_junit(card), encoding="utf-8")
    if wanted.html is not None:
        wanted.html.write_text(_page(card, statuses), encoding="utf-8", errors="backslashreplace")
    if wanted.badge is not None:
        wanted.badge.write_text(badge_svg(card.grade.letter), encoding="utf-8")
        click.echo(f"\n{badge_markdown(card.grade.letter, wanted.badge)}", err=wanted.json == "-")
    if wanted.json is not None:
        told = {"statuses": statuses_json(statuses)} if statuses is not None else {}
        reports.write_json(card_json(card) | told, wanted.json)
    reports.summarize(card_markdown(card))
    if wanted.update and wanted.baseline is not None:
        _update(wanted.baseline, plan, card, complete=played.code is None)
    return _exit_code(card, updated=wanted.update) or _too_little(wanted, statuses)


def _page(card: Scorecard, statuses: StatusMatrix | None) -> str:
    return card_page(card, statuses=status_html(statuses) if statuses is not None else "")


def _too_little(wanted: Wanted, statuses: StatusMatrix | None) -> int:
    """The exit code of `--status-coverage`."""
    least, seen = (wanted.status_coverage or 0) / 100, statuses.coverage if statuses is not None else 0.0
    if seen >= least:
        return EXIT_OK
    click.echo(f"--status-coverage {least:.0%}: {seen:.0%} of the endings that can be were seen", err=True)
    return EXIT_FAILED


def _card(wanted: Wanted, plan: _Plan, played: Played) -> Scorecard:
    of_scenario: dict[str, list[Outcome]] = {}
    for run, outcome in played.told:
        of_scenario.setdefault(plan.names[run.file], []).append(outcome)
    judged = folded(plan.requirements, of_scenario, between=played.nobodys, left_out=plan.left_out)
    again = ["telnyx-sim", "conformance", "--sut", str(wanted.sut), "--seed", str(wanted.seed)]
    again += ["--thorough"] if wanted.thorough else []
    ids = [one.id for one in plan.catalogue.requirements]
    return Scorecard(
        application=plan.profile.title,
        seed=wanted.seed,
        seconds=played.seconds,
        judged=judged,
        families=plan.catalogue.families,
        grade=grade(judged, no_grade=_no_grade(plan, played)),
        outcomes=tuple(played.outcomes),
        unnamed=tuple(unnamed(plan.catalogue, {**of_scenario, "": list(played.nobodys)})),
        rest_calls=played.rest_calls,
        again=shlex.join(again),
        baseline=None if plan.known is None else baseline.compared(judged, plan.known, ids),
    )


def _no_grade(plan: _Plan, played: Played) -> str:
    if played.code is not None:
        return f"the run was ended early: {played.reason}"
    total = len(plan.catalogue.requirements)
    return f"{len(plan.requirements)} of {total} requirements were chosen" if len(plan.requirements) < total else ""


def _update(path: Path, plan: _Plan, card: Scorecard, *, complete: bool) -> None:
    if not complete:
        click.echo(f"{path} stays as it is: the run was ended early", err=True)
        return
    ids = [one.id for one in plan.catalogue.requirements]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(baseline.updated(card.judged, plan.known or {}, ids), encoding="utf-8", errors="backslashreplace")
    click.echo(f"{path} written: {counted(len(baseline.failing(card.judged)), 'known failure')} of this run", err=True)


def _exit_code(card: Scorecard, *, updated: bool) -> int:
    """A failed MUST or SHOULD that is not known fails the command; a MAY never does."""
    if updated:
        return EXIT_OK
    if card.baseline.regressions if card.baseline else baseline.failing(card.judged):
        return EXIT_FAILED
    binding = {one.verdict for one in card.judged if one.requirement.level is not Level.MAY}
    if Verdict.INCONCLUSIVE in binding:
        return EXIT_INCONCLUSIVE
    return EXIT_OK if any(one.verdict is not Verdict.NOT_EXERCISED for one in card.judged) else EXIT_FAILED
