"""A healthy application is never failed because we were late: the simulator's process is stopped again and again.

A stopped process is one that gets no CPU: its clock runs on, and what comes in waits. The application goes on all the
while, so that whatever it seems to have missed is our doing.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SCENARIOS = (
    "audio/a_uk_caller_hears_no_static",
    "audio/barge_in_stops_what_is_queued",
    "audio/frames_come_back_once_and_in_order",
    "audio/the_caller_is_greeted_without_delay",
    "audio/what_the_caller_says_comes_back_complete",
    "calls/keys_are_received",
    "faults/an_error_message_in_mid_call_ends_nothing",
    "faults/webhooks_do_not_wait_for_commands",
)


def run_starved(artifacts: Path, *, seed: int, shortest_s: float, longest_s: float) -> Counter[tuple[str, str]]:
    """(verdict, finding) of all runs. The process is away from `shortest_s` to `longest_s`, a second after another."""
    draws = random.Random(seed)
    files = [f"scenarios/{name}.telnyx.yaml" for name in SCENARIOS]
    command = [sys.executable, "-m", "telnyx_simulator", "run", *files, "--sut", "fixtures/reference_app/sut.yaml"]
    simulator = subprocess.Popen(
        [*command, "--seed", str(seed), "-n", "4", "--artifacts-dir", str(artifacts)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(3)  # until it is there, and the application
    while simulator.poll() is None:
        os.kill(simulator.pid, signal.SIGSTOP)
        time.sleep(draws.uniform(shortest_s, longest_s))
        os.kill(simulator.pid, signal.SIGCONT)
        time.sleep(draws.uniform(0.5, 1.5))
    found: Counter[tuple[str, str]] = Counter()
    for path in artifacts.glob("*/findings.json"):
        found.update((one["verdict"], one["id"]) for one in json.loads(path.read_text()))
    return found


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("shortest_s", "longest_s"), [(0.1, 0.6), (0.8, 2.5)], ids=["hiccups", "long"])
def test_a_healthy_application_is_not_failed_however_late_we_are(
    shortest_s: float, longest_s: float, tmp_path: Path
) -> None:
    found = run_starved(tmp_path, seed=7, shortest_s=shortest_s, longest_s=longest_s)
    verdicts = Counter(verdict for verdict, _ in found.elements())
    assert [finding for verdict, finding in found if verdict == "fail"] == []
    assert verdicts["pass"] > len(SCENARIOS), "what could be judged was"
    if shortest_s > 0.5:
        assert verdicts["inconclusive"] > 0, "what could not be was said so"
