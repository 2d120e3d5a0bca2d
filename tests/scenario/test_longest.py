"""How long a run can take at most: every step is bounded."""

from pathlib import Path

import pytest

from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.longest import ASK_NS, LISTENED_NS, SETTLE_NS, clips_of, longest_ns
from telnyx_simulator.scenario.script import Scenario
from telnyx_simulator.sut import application

ROOT = Path(__file__).parent.parent.parent
SECOND_NS = 1_000_000_000
LENGTHS_NS = {"speech/en-1": 3 * SECOND_NS, "app/greeting": 2 * SECOND_NS}


def scenario(folder: Path, script: str, top: str = "call: incoming") -> Scenario:
    path = folder / "some.telnyx.yaml"
    path.write_text(f"{top}\nscript: {script}\n")
    [found] = load([path], root=folder)
    return found


def seconds(folder: Path, script: str, top: str = "call: incoming") -> float:
    """Without the time that everything takes to settle."""
    return (longest_ns(scenario(folder, script, top), LENGTHS_NS.get) - SETTLE_NS) / SECOND_NS


DIAL = 5.0  # until the last call of the same person is over


@pytest.mark.parametrize(
    ("script", "lasts"),
    [
        ("[dial, hangup]", 0),
        ("[dial, wait: 2s]", 2),
        ("[dial, expect: answer]", 5),
        ("[dial, expect: {command: answer, within: 20s}]", 20),
        ("[dial, expect: [answer, {command: hangup, within: 7s}]]", 7),
        ("[dial, absent: {effect: any, for: 2s}]", 2),
        ("[dial, play: speech/en-1]", 10 + 3),
        ("[dial, play: {clip: speech/en-1, times: 3}]", 10 + 9),
        ("[dial, play: [speech/en-1, speech/en-1]]", 10 + 6),
        ("[dial, play: ./unknown.wav]", 10),
        ("[dial, stream: {close: 1000}]", 5),
        ("[dial, press: '12w']", 5 + 2 * 0.2 + 0.5),
        ("[dial, expect: {heard: app/greeting, within: 4s}]", 4 + 2 + LISTENED_NS / SECOND_NS),
        ("[dial, expect: {heard: talkspurt, for: 6s, within: 1s}]", 1 + 6 + LISTENED_NS / SECOND_NS),
        ("[dial, expect: {heard: {one_of: [speech/en-1, app/greeting]}}]", 5 + 3 + LISTENED_NS / SECOND_NS),
    ],
)
def test_each_step_lasts_so_long_at_most(script: str, lasts: float, tmp_path: Path) -> None:
    assert seconds(tmp_path, script) == pytest.approx(DIAL + lasts)


def test_deliveries_that_the_scenario_delays_are_waited_for(tmp_path: Path) -> None:
    top = "call: incoming\nwebhooks: {call.hangup: {delay: 30s, jitter: 2s}, call.answered: {duplicate: [1s, 10s]}}"
    assert seconds(tmp_path, "[dial, hangup]", top) == DIAL + 32


def test_an_ask_is_given_up_after_a_while(tmp_path: Path) -> None:
    assert seconds(tmp_path, "[ask: place_call, expect: dial, refuse: user_busy]", "call: outgoing") == (
        ASK_NS / SECOND_NS + 5 + 5
    )
    assert ASK_NS == application._REQUEST_NS


def test_the_patience_of_the_file_is_that_of_its_steps(tmp_path: Path) -> None:
    assert seconds(tmp_path, "[dial, expect: answer]", "call: incoming\nwithin: 60s") == 120


def test_the_clips_whose_lengths_count_are_known(tmp_path: Path) -> None:
    found = scenario(tmp_path, "[dial, play: speech/en-1, expect: {heard: app/greeting}, expect: {heard: silence}]")
    assert clips_of(found) == {"speech/en-1", "app/greeting"}


def test_every_scenario_of_the_library_has_an_end() -> None:
    for found in load([ROOT / "scenarios"], root=ROOT):
        assert SETTLE_NS <= longest_ns(found, lambda clip: 10 * SECOND_NS) < 600 * SECOND_NS
