"""The language in Python: the twins of the language's page do what their YAML does, entry for entry."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from in_memory import GREETING, NUMBER, PCMU, ROOT, ObservedApplication, in_memory_hall
from telnyx_simulator.api import Inconclusive, NotExercised, Simulated, TelnyxSimulator, Unmet, simulator
from telnyx_simulator.api.script import Script
from telnyx_simulator.api.simulator import Here
from telnyx_simulator.audio.signals import read_wav
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.scenario.complaints import ScenarioError
from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.script import Scenario
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.sut.application import Asked
from telnyx_simulator.sut.profile import Ask
from telnyx_simulator.trace import Entry, Trace
from telnyx_simulator.transports.clock import Clock, run_virtual
from telnyx_simulator.transports.ports import WebhookReply

PAGE = (Path(__file__).parents[2] / "docs/scenario-language.md").read_text()
Said = Callable[[Simulated[Awaitable[None]]], Awaitable[None]]


def python_of_the_page() -> dict[str, Said]:
    """The tests of section 8, by name."""
    [block] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    found: dict[str, Any] = {}
    exec(compile(block, "docs/scenario-language.md", "exec"), found)
    return {name: function for name, function in found.items() if name.startswith("test_")}


def yaml_of_the_page(name: str, folder: Path) -> Path:
    found = re.search(rf"^# scenarios/\S*/{name}\.telnyx\.yaml\n(.*?)(?=^# scenarios/|^```)", PAGE, re.DOTALL | re.M)
    assert found, name
    file = folder / f"{name}.telnyx.yaml"
    file.write_text(found[1])
    return file


def said_in_python(said: Said, like: Scenario, application: ObservedApplication, artifacts: Path) -> Path:
    """The trace of a script that Python says, under the names and so the draws of a scenario."""

    async def main(clock: Clock) -> Path:
        async with in_memory_hall(application, clock, artifacts) as hall:
            script = Script(hall, Scenario(file=like.file, run_id=like.run_id, name=like.name, people=(), script=()))
            await script.begin()
            try:
                await said(Simulated(script, Here()))
            finally:
                await script.end()
            script.demand()
            assert script.result is not None
            assert script.result.verdict is Verdict.PASS, script.result.findings
            return script.result.directory

    return run_virtual(main)


def run_from_yaml(scenario: Scenario, application: ObservedApplication, artifacts: Path) -> Path:
    async def main(clock: Clock) -> Path:
        async with in_memory_hall(application, clock, artifacts) as hall:
            result = await hall.run(scenario)
            assert result.verdict is Verdict.PASS, result.findings
            return result.directory

    return run_virtual(main)


def without_lines(directory: Path) -> list[tuple[Any, ...]]:
    """What happened: entries, but for their numbers and for what only a script from Python has to say of itself."""
    only_python = {"definition", "stimuli", "line"}

    def told(entry: Entry) -> tuple[Any, ...]:
        body = {key: value for key, value in entry.body.items() if key not in only_python}
        return entry.at_ns, entry.run, entry.call, entry.actor, entry.kind, body

    return [told(entry) for entry in Trace.read(directory / "trace").entries if entry.kind != "whole_run"]


def media(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (directory / "trace" / "media").iterdir()}


@pytest.mark.parametrize(
    ("test", "name", "row"),
    [
        ("test_a_uk_caller_hears_no_static", "a_uk_caller_hears_no_static", 1),
        ("test_hangup_overtakes_answered", "hangup_overtakes_answered", 0),
    ],
)
def test_a_twin_leaves_the_same_trace_as_its_yaml(test: str, name: str, row: int, tmp_path: Path) -> None:
    scenario = load([yaml_of_the_page(name, tmp_path)], root=tmp_path)[row]
    by_yaml = run_from_yaml(scenario, ObservedApplication(), tmp_path / "yaml")
    by_python = said_in_python(python_of_the_page()[test], scenario, ObservedApplication(), tmp_path / "python")
    assert without_lines(by_python) == without_lines(by_yaml)
    assert media(by_python) == media(by_yaml)


class TriesThreeTimes(ObservedApplication):
    """Asked to transfer, it calls an agent, again when the agent is busy, and after the third time says sorry."""

    def __init__(self) -> None:
        super().__init__()
        self.dials = 0
        self.callers: set[str] = set()
        ask = {"transfer": Ask(url="/transfer")}
        audio = self.profile.audio.model_copy(update={"clips": {"sorry": str(ROOT / GREETING)}})
        self.profile = self.profile.model_copy(update={"ask": ask, "audio": audio})

    async def ask(self, name: str, words: Mapping[str, str]) -> Asked:
        self.dial()
        return Asked(told={"ask": name, "status": 200})

    def dial(self) -> None:
        assert self.exchange is not None
        self.dials += 1
        [connection_id] = self.exchange.carrier.account.applications
        body = {"connection_id": connection_id, "to": "+442079460155", "from": NUMBER}
        self.exchange.take(RestCommand(operation="dial", body=body), method="POST", path="/v2/calls")

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *more: Any) -> WebhookReply:
        data = json.loads(body)["data"]
        if data["event_type"] == "call.initiated" and data["payload"]["direction"] == "incoming":
            self.callers.add(data["payload"]["call_control_id"])
        if data["payload"]["call_control_id"] in self.callers:
            return await super().post(url, body, headers, *more)
        if data["event_type"] != "call.hangup":
            return WebhookReply(200)
        self.statuses[data["payload"]["call_control_id"]] = "busy"
        if self.dials < 3:
            self.dial()
        else:
            pcm, _ = read_wav(ROOT / GREETING)
            asyncio.get_running_loop().call_later(1, lambda: self.streams[0].say(PCMU.encode(pcm)))
        return WebhookReply(200)


def test_a_loop_in_python_tries_three_times(tmp_path: Path) -> None:
    application = TriesThreeTimes()
    nobody = Scenario(file="tests/test_agents.py", run_id="busy", name="busy", people=(), script=())
    directory = said_in_python(
        python_of_the_page()["test_a_busy_agent_is_tried_three_times"], nobody, application, tmp_path / "python"
    )
    trace = Trace.read(directory / "trace")
    causes = [entry.body["cause"] for entry in trace.of("switch", "leg") if entry.body["state"] == "hangup"]
    assert causes == ["user_busy", "user_busy", "user_busy", "normal_clearing"]


def test_what_is_missed_is_an_assertion_at_the_line_that_says_it(tmp_path: Path) -> None:
    async def said(sim: Simulated[Awaitable[None]]) -> None:
        caller = sim.incoming_call()
        await caller.dial()
        await caller.expect("reject", within="200ms")

    nobody = Scenario(file="tests/test_calls.py", run_id="missed", name="missed", people=(), script=())
    with pytest.raises(Unmet, match=r"test_python_twins\.py:\d+:1: expect: it did not happen"):
        said_in_python(said, nobody, ObservedApplication(), tmp_path)


def test_people_have_each_a_name_of_their_own(tmp_path: Path) -> None:
    async def said(sim: Simulated[Awaitable[None]]) -> None:
        sim.incoming_call()
        sim.incoming_call()

    nobody = Scenario(file="tests/test_calls.py", run_id="twins", name="twins", people=(), script=())
    with pytest.raises(ScenarioError, match=r"test_python_twins\.py:\d+:1: there is a 'Caller' already"):
        said_in_python(said, nobody, ObservedApplication(), tmp_path)


def test_a_webhook_is_about_somebodys_call(tmp_path: Path) -> None:
    async def said(sim: Simulated[Awaitable[None]]) -> None:
        await sim.webhook("call.hangup")

    nobody = Scenario(file="tests/test_calls.py", run_id="nobody", name="nobody", people=(), script=())
    with pytest.raises(Inconclusive, match="webhook: there is nobody yet whose call it could be about"):
        said_in_python(said, nobody, ObservedApplication(), tmp_path)


def test_standing_checks_hold_for_a_script_in_python_too(tmp_path: Path) -> None:
    async def said(sim: Simulated[Awaitable[None]]) -> None:
        caller = sim.incoming_call(leg_codec="PCMA")
        await caller.dial()
        await caller.play("speech/en-1")
        await caller.wait("2s")

    nobody = Scenario(file="tests/test_calls.py", run_id="static", name="static", people=(), script=())
    static = ObservedApplication(lambda payload, heard: payload)
    with pytest.raises(Unmet, match="law_mixup_undetermined"):
        said_in_python(said, nobody, static, tmp_path)


def test_people_of_whom_nobody_calls_exercise_nothing(tmp_path: Path) -> None:
    async def said(sim: Simulated[Awaitable[None]]) -> None:
        sim.incoming_call()
        await sim.wait("1s")

    nobody = Scenario(file="tests/test_calls.py", run_id="idle", name="idle", people=(), script=())
    with pytest.raises(NotExercised, match=r"none was sent; none came; .*there was no call"):
        said_in_python(said, nobody, ObservedApplication(), tmp_path)


def test_who_makes_no_person_wants_nothing_exercised(tmp_path: Path) -> None:
    async def main(clock: Clock) -> None:
        async with in_memory_hall(ObservedApplication(), clock, tmp_path) as hall:
            script = Script(hall, Scenario(file="tests/test_calls.py", run_id="x", name="x", people=(), script=()))
            await script.begin()
            await Simulated(script, Here()).wait("1s")
            await script.end()
            assert script.result is not None
            assert script.result.verdict is Verdict.NOT_EXERCISED
            script.demand()

    run_virtual(main)


def test_a_mistake_in_a_text_is_said_at_the_line_of_python(tmp_path: Path) -> None:
    async def said(sim: Simulated[Awaitable[None]]) -> None:
        callee = sim.outgoing_call()
        await callee.refuse("busy")

    nobody = Scenario(file="tests/test_calls.py", run_id="mistaken", name="mistaken", people=(), script=())
    with pytest.raises(ScenarioError, match=r"test_python_twins\.py:\d+:1: unknown hangup cause 'busy'; did you mean"):
        said_in_python(said, nobody, ObservedApplication(), tmp_path)


async def test_a_run_that_cannot_begin_leaves_no_server_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    left = []

    @contextlib.asynccontextmanager
    async def hall(*about: object) -> AsyncIterator[None]:
        try:
            yield
        finally:
            left.append("hall")

    async def begin(script: Script) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(simulator, "wall_hall", hall)
    monkeypatch.setattr(Script, "begin", begin)
    with pytest.raises(OSError, match="no space left"):
        async with TelnyxSimulator():
            pass
    assert left == ["hall"]


def test_an_interrupted_script_is_judged_and_does_not_settle(tmp_path: Path) -> None:
    async def main(clock: Clock) -> None:
        application = ObservedApplication()
        async with in_memory_hall(application, clock, tmp_path) as hall:
            nobody = Scenario(file="tests/test_calls.py", run_id="late", name="late", people=(), script=())
            script = Script(hall, nobody)
            await script.begin()
            caller = Simulated(script, Here()).incoming_call()
            await caller.dial()
            interrupted_ns = clock.now_ns()
            await script.end(asyncio.CancelledError())
            assert clock.now_ns() == interrupted_ns
            assert script.result is not None
            assert script.result.interrupted

    run_virtual(main)
