"""Real calls on virtual time over impaired lines: who does nothing wrong passes, who loses something himself fails."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest

from in_memory import PCMU, InMemoryApplication, InMemoryStream, in_memory_hall
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.scenario.hall import Options
from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.recordings import EXPORTED, recorded
from telnyx_simulator.scenario.runner import RunResult
from telnyx_simulator.trace import Trace
from telnyx_simulator.transports.clock import Clock, run_virtual

PATIENT = """
call: {{direction: incoming, leg_codec: PCMA, line: {line}}}
script:
  [dial, expect: {{stream: started}}, play: speech/en-2, expect: {{heard: speech/en-2, within: 8s}}, wait: 3s, hangup]
expect: [{{measure: loss, max: 0%}}]
"""
CALL = """
call: {{direction: incoming, leg_codec: PCMA, mic: watermark, line: {line}}}
script: [dial, expect: {{heard: watermark, for: 5s}}, hangup]
expect: [{{measure: loss, max: 0%}}, {{measure: gaps, max: 0ms}}, {{measure: latency, max: 150ms}}]
"""
SPEECH = """
call: {{direction: incoming, leg_codec: PCMA, line: {line}}}
script: [dial, play: speech/en-1, expect: {{heard: speech/en-1}}, hangup]
expect: [{{measure: loss, max: 0%}}]
"""


class LosesFrames(InMemoryStream):
    frames = 0

    def send(self, text: bytes) -> None:
        if json.loads(text)["event"] == "media":
            self.frames += 1
            if self.frames % 40 == 0:
                return
        super().send(text)


class Gathers(InMemoryStream):
    """Says nothing before it has 200 ms."""

    gathered = b""

    def _reply(self, payload: bytes) -> None:
        self.gathered += payload
        if len(self.gathered) >= 1600:
            payload, self.gathered = self.gathered, b""
            super()._reply(payload)


class Gatherer(InMemoryApplication):
    async def open(self, url: str, headers: Any, listener: Any, timeout_ns: int) -> InMemoryStream:
        self.streams.append(Gathers(self, listener))
        return self.streams[-1]


class PlaysOut(InMemoryStream):
    """Says a frame each 20 ms; in place of one that is not there in time, silence."""

    def __init__(self, application: "Patient", listener: Any) -> None:
        super().__init__(application, listener)
        self.wait_ms, self.swallows = application.wait_ms, application.swallows
        self.waiting: dict[int, bytes] = {}
        self.next: int | None = None
        self.came = self.idle = 0

    def send(self, text: bytes) -> None:
        message = json.loads(text)
        if message["event"] != "media":
            return super().send(text)
        self.came += 1
        if self.swallows and self.came % 40 == 0:
            return None
        number = int(message["media"]["chunk"])
        if self.next is None:
            self.next = number
            asyncio.get_running_loop().call_later(self.wait_ms / 1000, self._tick)
        self.waiting[number] = PCMU.encode(self._heard.decode(base64.b64decode(message["media"]["payload"])))
        return None

    def _tick(self) -> None:
        assert self.next is not None
        self.idle = 0 if self.waiting else self.idle + 1
        if self.idle < 50:
            asyncio.get_running_loop().call_later(0.02, self._tick)
        self._reply(self.waiting.pop(self.next, b"\xff" * 160))
        self.next += 1
        self.waiting = {number: payload for number, payload in self.waiting.items() if number >= self.next}


class Patient(InMemoryApplication):
    """Has a jitter buffer of its own; may lose one message of 40 all the same."""

    def __init__(self, wait_ms: int, *, swallows: bool = False) -> None:
        super().__init__()
        self.wait_ms, self.swallows = wait_ms, swallows

    async def open(self, url: str, headers: Any, listener: Any, timeout_ns: int) -> InMemoryStream:
        self.streams.append(PlaysOut(self, listener))
        return self.streams[-1]


class Loser(InMemoryApplication):
    async def open(self, url: str, headers: Any, listener: Any, timeout_ns: int) -> InMemoryStream:
        self.streams.append(LosesFrames(self, listener))
        return self.streams[-1]


def called(
    line: str, folder: Path, application: InMemoryApplication | None = None, *, text: str = CALL, **more: Any
) -> RunResult:
    """`replayed`: the lines of another run; `seed`."""
    path = folder / "some.telnyx.yaml"
    path.write_text(text.format(line=line))

    async def main(clock: Clock) -> RunResult:
        async with in_memory_hall(application or InMemoryApplication(), clock, folder / "artifacts") as hall:
            hall.options = Options(
                seed=more.get("seed", 1),
                artifacts=folder / "artifacts",
                root=folder,
                impairments=tuple(more.get("replayed", ())),
            )
            [result] = await hall.run_all(load([path], root=folder))
            return result

    return run_virtual(main)


def only(result: RunResult, name: str) -> Finding:
    return next(finding for finding in result.findings if finding.id == name)


@pytest.mark.parametrize(
    "line",
    [
        "mobile",
        pytest.param("{pstn: [{reorder: 2%}, {duplicate: 1%}, {loss: 5%}]}", marks=pytest.mark.long),
        pytest.param("{websocket: {stall: 300ms, every: 2s}}", marks=pytest.mark.long),
        pytest.param("{pstn: {noise: tone/1004Hz, snr: 10 dB}}", marks=pytest.mark.long),
    ],
)
def test_a_healthy_application_is_never_blamed_for_the_line(line: str, tmp_path: Path) -> None:
    result = called(line, tmp_path)
    failed = [f"{one.id}: {one.actual}" for one in result.findings if one.verdict is Verdict.FAIL]
    assert failed == []
    assert only(result, "sound_clean").verdict is Verdict.PASS
    assert only(result, "expect[0]").verdict is Verdict.PASS


@pytest.mark.long
def test_who_loses_frames_of_his_own_fails_on_a_mobile_as_well(tmp_path: Path) -> None:
    result = called("mobile", tmp_path, Loser())
    assert only(result, "expect[0]").verdict is Verdict.FAIL
    lost = float(only(result, "expect[0]").actual.split("%")[0])
    assert 0.5 < lost <= 2.6, "one in forty, but for those that were late enough to be given up"


@pytest.mark.long
def test_speech_over_a_bad_line_is_judged_by_what_is_left_of_it(tmp_path: Path) -> None:
    result = called("bad", tmp_path, text=SPEECH)
    assert [one.actual for one in result.findings if one.verdict is Verdict.FAIL] == []
    assert only(result, "script[2].expect").verdict is Verdict.PASS


@pytest.mark.long
@pytest.mark.parametrize(("application", "seed"), [(InMemoryApplication, 18), (Gatherer, 12), (Gatherer, 26)])
def test_a_long_hole_of_the_line_is_no_gap_of_the_application(
    application: type[InMemoryApplication], seed: int, tmp_path: Path
) -> None:
    """After it the ear fills its buffer anew; whoever gathers waits for what comes behind the end of the sound."""
    result = called("bad", tmp_path, application(), text=PATIENT, seed=seed)
    assert [f"{one.id}: {one.actual}" for one in result.findings if one.verdict is Verdict.FAIL] == []


@pytest.mark.long
@pytest.mark.parametrize("wait_ms", [60, 100])
@pytest.mark.parametrize("line", ["bad", "{pstn: {jitter: 30ms}}", "{pstn: {jitter: 40ms}}"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_a_jitter_buffer_gives_up_is_excused_and_what_is_swallowed_is_not(
    wait_ms: int, line: str, seed: int, tmp_path: Path
) -> None:
    for swallows in (False, True):
        folder = tmp_path / str(swallows)
        folder.mkdir()
        result = called(line, folder, Patient(wait_ms, swallows=swallows), text=PATIENT, seed=seed)
        failed = [f"{one.id}: {one.actual}" for one in result.findings if one.verdict is Verdict.FAIL]
        assert bool(failed) is swallows, failed


def planned(result: RunResult) -> list[dict[str, Any]]:
    return [entry.body for entry in Trace.read(result.directory / "trace").of("line", "planned")]


def test_the_schedule_stands_in_the_trace_and_is_repeated_exactly(tmp_path: Path) -> None:
    """From the trace, from what was exported of it; onto another seed, and whatever the scenario says of the line."""
    folders = [tmp_path / name for name in ("first", "again", "exported")]
    for folder in folders:
        folder.mkdir()
    script = "call: {{direction: incoming, line: {line}}}\nscript: [dial, wait: 2s, hangup]\n"
    first = called("bad", folders[0], text=script, seed=1)
    assert {one["toward"] for one in planned(first)} == {"application", "far_end"}
    again = called("clean", folders[1], text=script, seed=2, replayed=recorded(first.directory))
    exported = called("clean", folders[2], text=script, seed=3, replayed=recorded(first.directory / EXPORTED))
    assert json.dumps(planned(again)) == json.dumps(planned(first)) == json.dumps(planned(exported))
    other = called("bad", folders[1], text=script, seed=2)
    assert planned(other) != planned(first)


@pytest.mark.parametrize("line", ["comfort_noise: -40 dBFS", "dtx: true, fill: -40 dBFS", "noise: noise, snr: 20 dB"])
def test_noise_is_repeated_sample_by_sample(line: str, tmp_path: Path) -> None:
    """Onto another seed, of which it would be another."""
    script = "call: {{direction: incoming, line: {line}}}\nscript: [dial, wait: 1s, hangup]\n"
    line = f"{{pstn: {{{line}}}}}"
    found = []
    folders = [tmp_path / name for name in ("first", "again", "exported", "other")]
    for folder in folders:
        folder.mkdir()
    first = called(line, folders[0], text=script, seed=1)
    found.append(noise_sent(first))
    for folder, path in ((folders[1], first.directory), (folders[2], first.directory / EXPORTED)):
        found.append(noise_sent(called("clean", folder, text=script, seed=2, replayed=recorded(path))))
    other = noise_sent(called(line, folders[3], text=script, seed=2))
    first_noise, again, exported = found
    ticks = sorted(first_noise.keys() & again.keys() & exported.keys() & other.keys())
    assert len(ticks) > 20
    assert [first_noise[n] for n in ticks] == [again[n] for n in ticks] == [exported[n] for n in ticks]
    assert [first_noise[n] for n in ticks] != [other[n] for n in ticks]


def noise_sent(result: RunResult) -> dict[int, bytes]:
    """By the leg's ticks: when a call is answered depends on the seed as well."""
    trace = Trace.read(result.directory / "trace")
    [opened] = trace.of("stream", "opened")
    origin_ns = trace.frames(f"{opened.call}.heard")[0].due_ns
    frames = trace.frames(f"{opened.body['stream_id']}.to_app")
    return {(frame.due_ns - origin_ns) // 20_000_000: frame.data for frame in frames}


def sent(result: RunResult) -> list[tuple[int, int]]:
    trace = Trace.read(result.directory / "trace")
    [opened] = trace.of("stream", "opened")
    frames = trace.frames(f"{opened.body['stream_id']}.to_app")
    return [(frame.due_ns - frames[0].due_ns, frame.at_ns - frame.due_ns) for frame in frames]


def test_frames_leave_as_they_were_planned(tmp_path: Path) -> None:
    script = "call: {{direction: incoming, line: {line}}}\nscript: [dial, wait: 3s, hangup]\n"
    line = "{pstn: [{loss: 10%, toward: application}, {jitter: 10ms, toward: application}]}"
    result = called(line, tmp_path, text=script)
    trace = Trace.read(result.directory / "trace")
    [leg] = {entry.call for entry in trace.of("stream", "opened")}
    origin_ns = trace.frames(f"{leg}.heard")[0].due_ns
    [opened] = trace.of("stream", "opened")
    lost, delays = set[int](), dict[int, int]()
    for plan in planned(result):
        lost |= set(plan["lost"])
        delays |= {plan["from_frame"] + n: delay for n, delay in enumerate(plan["delay_us"])}
    frames = trace.frames(f"{opened.body['stream_id']}.to_app")
    ticks = [(frame.due_ns - origin_ns) // 20_000_000 for frame in frames]
    assert not lost & set(ticks)
    assert lost >= set(range(min(ticks), max(ticks))) - set(ticks)
    assert [(frame.at_ns - frame.due_ns) // 1000 for frame in frames] == [delays[tick] for tick in ticks]


def test_a_step_changes_the_planes_that_it_names_from_then_on(tmp_path: Path) -> None:
    script = (
        "call: {{direction: incoming, line: {line}}}\n"
        "script: [dial, wait: 1s, line: {{pstn: {{delay: 100ms}}}}, wait: 1s, line: clean, wait: 1s, hangup]\n"
    )
    delays = [late // 1_000_000 for _, late in sent(called("clean", tmp_path, text=script))]
    assert sorted(set(delays)) == [0, 100]
    assert 40 <= delays.count(100) <= 60
