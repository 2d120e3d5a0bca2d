"""`run` from outside: equal seeds, equal plans; and runs side by side that do not touch each other."""

from pathlib import Path
from typing import Any

import pytest
from command_line import REFERENCE, telnyx_sim

from telnyx_simulator.trace import Trace

SUT = REFERENCE / "sut.yaml"

CALLS = {
    "first.telnyx.yaml": "script: [dial, expect: answer, expect: {stream: started}, wait: 300ms, hangup]",
    "second.telnyx.yaml": "script: [dial, expect: {stream: started}, press: '1', expect: {webhook: any}]",
}


@pytest.fixture(scope="module")
def two_calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenarios")
    for name, script in CALLS.items():
        (folder / name).write_text(f"call: incoming\n{script}\n")
    return folder


def without_times(value: Any) -> Any:
    """A plan with observed times left out: they are the machine's, not the seed's."""
    if isinstance(value, dict):
        return {key: without_times(item) for key, item in value.items() if not key.endswith(("_ns", "_frame"))}
    return value


@pytest.mark.long
def test_equal_seeds_give_equal_plans(two_calls: Path, tmp_path: Path) -> None:
    """Ids, numbers, names, webhooks and what is said: the same for one seed, and others for another."""

    def plans(seed: int, folder: Path) -> dict[str, Any]:
        done = telnyx_sim("run", two_calls, "--sut", SUT, "--seed", str(seed), "-n", "2", artifacts=folder)
        assert done.code == 0, done.stdout
        return {name: plan(Trace.read(folder / name / "trace")) for name in done.findings()}

    def plan(trace: Trace) -> list[Any]:
        planned = [*trace.of("switch", "webhook.planned"), *trace.of("far_end", "sound"), *trace.of("runner", "leg")]
        bodies = [without_times(entry.body) for entry in planned]
        for body in bodies:
            body.pop("url", None)
        return bodies

    assert plans(4, tmp_path / "a") == plans(4, tmp_path / "b") != plans(5, tmp_path / "c")


@pytest.mark.long
def test_side_by_side_the_verdicts_are_those_of_one_by_one(two_calls: Path, tmp_path: Path) -> None:
    def verdicts(at_one_time: str) -> dict[str, dict[str, str]]:
        artifacts = tmp_path / at_one_time
        done = telnyx_sim("run", two_calls, "--sut", SUT, "--seed", "9", "-n", at_one_time, artifacts=artifacts)
        return {
            run: {finding["id"]: finding["verdict"] for finding in findings}
            for run, findings in done.findings().items()
        }

    together = verdicts("2")
    assert set(together) == {"first", "second"}
    assert together == verdicts("1")
