"""pytest plugin: runs `*.telnyx.yaml` beside Python tests, and gives Python tests a simulator.

This module is loaded in every pytest run of every project that has us installed, so it imports pytest and nothing
else; what is heavy is imported when a scenario is collected or a fixture is asked for.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from telnyx_simulator.api.lane import Lane
    from telnyx_simulator.api.script import Script
    from telnyx_simulator.api.simulator import Simulated
    from telnyx_simulator.api.webhooks import Webhooks
    from telnyx_simulator.scenario.script import Scenario

SUFFIX = ".telnyx.yaml"
PROFILE = "sut.yaml"
_LANES = pytest.StashKey["dict[Path | None, Lane]"]()
_NEVER_READY = pytest.StashKey["dict[Path | None, str]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("telnyx-sim", "telnyx-simulator (unofficial)")
    group.addoption("--telnyx-sim-sut", metavar="FILE", help="profile of the application under test")
    group.addoption("--telnyx-sim-seed", metavar="N", type=int, default=1, help="fixes every chance (default: 1)")
    group.addoption("--telnyx-sim-artifacts", metavar="DIR", default=".telnyx-sim", help="where traces and findings go")
    parser.addini("telnyx_sim_sut", f"profile of the application under test (default: the nearest {PROFILE})")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "telnyx_sim(sut=..., seed=...): another profile (None: no application) or seed for this test"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    if file_path.name.endswith(SUFFIX):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


def pytest_unconfigure(config: pytest.Config) -> None:
    with contextlib.ExitStack() as stack:  # all of them, though one may not close in good order
        for lane in config.stash.get(_LANES, {}).values():
            stack.callback(lane.close)


# Scenarios


class ScenarioFile(pytest.File):
    """One `*.telnyx.yaml`: an item for each of its runs."""

    def collect(self) -> Iterator[ScenarioItem]:
        from telnyx_simulator.scenario.complaints import ScenarioError
        from telnyx_simulator.scenario.loader import load

        try:
            scenarios = load([self.path], root=self.config.rootpath)
        except ScenarioError as error:
            raise self.CollectError(str(error)) from error
        for scenario in scenarios:
            for one in scenario.expanded():
                if one.copy == 0:
                    yield ScenarioItem.from_parent(self, name=_item_name(one), scenario=one)


def _item_name(scenario: Scenario) -> str:
    """`[PCMA]` of a matrix, `#2` of a repetition; the file's name is in the id already."""
    stem = scenario.file.rsplit("/", 1)[-1].removesuffix(SUFFIX)
    return scenario.label.removeprefix(stem).partition("@")[0] or "run"


class ScenarioItem(pytest.Item):
    """One run of a scenario, with all its copies that run at one time."""

    def __init__(self, *, scenario: Scenario, **about: Any) -> None:
        super().__init__(**about)
        self.scenario = scenario
        for tag in scenario.tags:
            self.config.addinivalue_line("markers", f"{tag}: tag of a scenario")
            self.add_marker(tag)

    def runtest(self) -> None:
        from telnyx_simulator.api.script import told, unexercised
        from telnyx_simulator.checks.findings import Verdict

        if self.scenario.skip:
            pytest.skip(self.scenario.skip)
        lane = _lane(self.config, _profile_of(self.config, self.path))
        copies = [one for one in self.scenario.expanded() if one.repetition == self.scenario.repetition]
        results = lane.wait_for(lane.hall.run_all(copies))
        self.user_properties.append(("telnyx_sim_seed", results[0].seed))
        for result in results:
            self.user_properties.append(("telnyx_sim_trace", str(result.directory / "trace")))
        amiss = [told(result) for result in results if result.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)]
        if amiss:
            raise ScenarioFailed("\n".join(amiss))
        if all(result.verdict is Verdict.NOT_EXERCISED for result in results):
            pytest.skip(unexercised(results[0]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str | Any:
        from telnyx_simulator.scenario.complaints import ScenarioError
        from telnyx_simulator.sut.application import NeverReady

        if isinstance(excinfo.value, ScenarioFailed | ScenarioError | NeverReady):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        places = [person.place.line for person in self.scenario.people]
        return self.path, min(places, default=1) - 1, f"{self.path.name}{self.name}"


class ScenarioFailed(Exception):
    """A run that did not pass; the text is what `telnyx-sim run` says."""


# Applications, each started once for all the tests that want it


def _profile_of(config: pytest.Config, path: Path) -> Path | None:
    """The profile that was named, or the nearest one from the test's folder up to the project's."""
    named = config.getoption("--telnyx-sim-sut") or config.getini("telnyx_sim_sut")
    if named:
        return config.rootpath / str(named)
    for folder in [path, *path.parents]:
        if (folder / PROFILE).is_file():
            return folder / PROFILE
        if folder == config.rootpath:
            break
    return None


def _lane(config: pytest.Config, profile: Path | None) -> Lane:
    """Server and application under this profile, running from now to the end of the session.

    One that was never ready is not started, and waited for, once more. Raises `ScenarioError`, `NeverReady`.
    """
    from telnyx_simulator.api.lane import Lane
    from telnyx_simulator.scenario.profiles import load_profile
    from telnyx_simulator.sut.application import NeverReady

    lanes, never_ready = config.stash.setdefault(_LANES, {}), config.stash.setdefault(_NEVER_READY, {})
    if profile in never_ready:
        raise NeverReady(never_ready[profile])
    if profile not in lanes:
        lane = Lane(
            None if profile is None else load_profile(profile),
            seed=config.getoption("--telnyx-sim-seed"),
            artifacts=config.rootpath / config.getoption("--telnyx-sim-artifacts"),
            root=config.rootpath,
        )
        try:
            lane.open()
        except NeverReady as error:
            never_ready[profile] = str(error)
            raise
        lanes[profile] = lane
    return lanes[profile]


# Fixtures


@pytest.fixture
def telnyx_sim_async(_telnyx_script: tuple[Lane, Script]) -> Simulated[Awaitable[None]]:
    """The simulator for `async def` tests, under whatever plugin runs them: verbs are awaited."""
    from telnyx_simulator.api.lane import Awaited
    from telnyx_simulator.api.simulator import Simulated

    lane, script = _telnyx_script
    return Simulated(script, Awaited(lane))


@pytest.fixture
def telnyx_sim(_telnyx_script: tuple[Lane, Script]) -> Simulated[None]:
    """The simulator for plain tests: each verb blocks until it is done."""
    from telnyx_simulator.api.lane import Blocking
    from telnyx_simulator.api.simulator import Simulated

    lane, script = _telnyx_script
    return Simulated(script, Blocking(lane))


@pytest.fixture
def telnyx_env(telnyx_sim: Simulated[None], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """TELNYX_BASE_URL, TELNYX_PUBLIC_KEY and the like in the environment of the test, pointing to the simulator."""
    for name, value in telnyx_sim.environment.items():
        monkeypatch.setenv(name, value)
    return telnyx_sim.environment


@pytest.fixture
def telnyx_webhooks(_telnyx_script: tuple[Lane, Script]) -> Webhooks:
    """The webhooks of this test's run, as they were delivered."""
    from telnyx_simulator.api.webhooks import Webhooks

    return Webhooks(*_telnyx_script)


@pytest.fixture
def _telnyx_script(request: pytest.FixtureRequest) -> Iterator[tuple[Lane, Script]]:
    from telnyx_simulator.api.script import Script
    from telnyx_simulator.scenario.complaints import ScenarioError
    from telnyx_simulator.scenario.script import Scenario
    from telnyx_simulator.sut.application import NeverReady

    marker = request.node.get_closest_marker("telnyx_sim")
    said = marker.kwargs if marker else {}
    if strange := sorted(said.keys() - {"sut", "seed"}):
        pytest.fail(f"the marker telnyx_sim knows no {', '.join(strange)}; it takes sut and seed", pytrace=False)
    profile = _profile_of(request.config, request.node.path)
    if "sut" in said:
        profile = None if said["sut"] is None else request.config.rootpath / str(said["sut"])
    try:
        lane = _lane(request.config, profile)
    except (ScenarioError, NeverReady) as error:
        problem = str(error)
    else:
        problem = ""
    if problem:  # outside of the block: its exception is not to be told beside this one
        pytest.fail(problem, pytrace=False)
    file = Path(os.path.relpath(request.node.path, request.config.rootpath)).as_posix()
    name = request.node.name
    scenario = Scenario(file=file, run_id=name, name=name, people=(), script=(), seed=said.get("seed"))
    script = Script(lane.hall, scenario)
    lane.wait_for(script.begin())
    request.node.stash[_SCRIPT] = (lane, script)
    yield lane, script
    lane.wait_for(script.end())


_SCRIPT = pytest.StashKey["tuple[Lane, Script]"]()
# By name, for its module is heavy; by its whole name, for this hook sees the tests of every project.
_NOT_EXERCISED = "telnyx_simulator.api.script.NotExercised"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """The end of a test is the end of its run: the verdict belongs to the test, not to its teardown."""
    try:
        outcome = yield
    except BaseException as problem:
        if _is_not_exercised(problem):
            pytest.skip(str(problem))
        if type(problem).__module__.startswith("telnyx_simulator."):
            problem.__traceback__ = _without_ours(problem.__traceback__)
            _tell_of_the_run(item)
        raise
    if script := _ended(item):
        try:
            script.demand()
        except Exception as problem:
            if _is_not_exercised(problem):
                pytest.skip(str(problem))
            raise
    return outcome


def _is_not_exercised(problem: BaseException) -> bool:
    return f"{type(problem).__module__}.{type(problem).__qualname__}" == _NOT_EXERCISED


def _ended(item: pytest.Item) -> Script | None:
    """The run of a test that has one, settled and judged."""
    if item.stash.get(_SCRIPT, None) is None:
        return None
    lane, script = item.stash[_SCRIPT]
    lane.wait_for(script.end())
    if script.result is not None:
        trace = str(script.result.directory / "trace")
        item.user_properties += [("telnyx_sim_seed", script.result.seed), ("telnyx_sim_trace", trace)]
    return script


def _tell_of_the_run(item: pytest.Item) -> None:
    """What else was found in the run of a test that failed, and where it can be heard and seen."""
    from telnyx_simulator.api.script import told

    script = _ended(item)
    if script is not None and script.result is not None:
        item.add_report_section("call", "telnyx-sim", told(script.result))


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    """A traceback that ends at the test's own line: how its words get to the simulator's thread is nobody's concern."""
    entries = []
    while trace is not None:
        entries.append(trace)
        trace = trace.tb_next
    ours = (str(Path(__file__).parent), str(Path(threading.__file__).parent))
    while len(entries) > 1 and entries[-1].tb_frame.f_code.co_filename.startswith(ours):
        entries.pop()
    kept = None
    for entry in reversed(entries):
        kept = TracebackType(kept, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return kept
