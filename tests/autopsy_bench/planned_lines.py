"""Runs on lines whose losses and jitter are planned, judged by their own checks, which know the plan from the trace.

On virtual time, with an application in memory: no lateness of the machine plays a part, and each run has a verdict. The
same lines are used twice: a healthy application must pass, one that swallows a message now and then must fail.
"""

import json
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from in_memory import InMemoryApplication, InMemoryStream, in_memory_hall
from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.scenario.hall import Options
from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.runner import RunResult
from telnyx_simulator.transports.clock import Clock, run_virtual

from .calls import Call
from .generator import Source
from .speech import write
from .wires import wires

SECONDS_MAX = 3.2
CODECS = ("PCMU", "PCMA", "L16/8000/le")
SWALLOWED = 40
"""One message of so many."""

SCENARIO = """\
call:
  direction: incoming
  leg_codec: {line}
  stream: {{stream_codec: {leg}}}
  line: {{pstn: [{{loss: {loss}%, burst: {burst}}}, {{jitter: {jitter}ms}}]}}
script:
  - dial
  - expect: {{stream: started}}
  - play: ./{case}.wav
  - expect: {{heard: ./{case}.wav, within: 3s}}
  - hangup
expect:
  - {{measure: loss, max: 0%}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Of the runs of both applications: how many had a verdict, and what failed in how many."""

    healthy: int = 0
    alarms: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    caught: int = 0


class Swallowing(InMemoryStream):
    taken = 0

    def send(self, text: bytes) -> None:
        if json.loads(text)["event"] == "media":
            self.taken += 1
            if self.taken % SWALLOWED == 0:
                return
        super().send(text)


class Swallower(InMemoryApplication):
    async def open(self, url: str, headers: Any, listener: Any, timeout_ns: int) -> InMemoryStream:
        self.streams.append(Swallowing(self, listener))
        return self.streams[-1]


def runs_on_planned_lines(source: Source, runs: int, folder: Path, processes: int) -> Outcome:
    """Both applications on so many lines that lose up to 5 % and jitter."""
    with ProcessPoolExecutor(processes) as pool:
        pairs = list(pool.map(partial(_both, source, folder), range(runs)))
    healthy, broken = ([pair[n] for pair in pairs if pair[n] is not None] for n in (0, 1))
    return Outcome(
        healthy=len(healthy),
        alarms=Counter(ids for ids in healthy if ids),
        broken=len(broken),
        caught=sum(bool(ids) for ids in broken),
    )


def _both(source: Source, folder: Path, number: int) -> tuple[str | None, str | None]:
    """What failed on one line, for the healthy application and the broken one; None where a run has no verdict."""
    rng = np.random.default_rng([source.seed, number])
    leg, back = (wires()[str(rng.choice(CODECS))] for _ in range(2))
    call = Call(rng=rng, voices=source.voices, leg=leg, back=back)
    call.said(seconds_max=SECONDS_MAX)
    case = f"planned-{number:04}"
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / f"{case}.wav", call.reference, call.reference_hz)
    text = SCENARIO.format(
        case=case,
        leg=leg.name,
        line=leg.name if leg.name in ("PCMU", "PCMA") else "PCMA",
        loss=rng.choice((0.5, 1, 2, 3, 5)),
        burst=rng.choice((1, 2, 4)),
        jitter=rng.choice((5, 10, 20, 40)),
    )
    path = folder / f"{case}.telnyx.yaml"
    path.write_text(text)
    hears, says = parse_codec(leg.name), parse_codec(back.name)
    codec, *details = back.name.split("/")
    asks_for = {"stream_bidirectional_codec": codec, "stream_track": "inbound_track"}
    asks_for |= {"stream_bidirectional_sampling_rate": int(details[0])} if details else {}
    found = []
    for kind in (InMemoryApplication, Swallower):
        application = kind(lambda data, _: says.encode(hears.decode(data)))
        application.asks_for = asks_for
        found.append(_failed(_run(application, path, folder / "runs" / kind.__name__ / case, source.seed + number)))
    return found[0], found[1]


def _run(application: InMemoryApplication, path: Path, artifacts: Path, seed: int) -> RunResult:
    async def main(clock: Clock) -> RunResult:
        async with in_memory_hall(application, clock, artifacts, seed=seed) as hall:
            hall.options = Options(seed=seed, artifacts=artifacts, root=path.parent)
            [result] = await hall.run_all(load([path], root=path.parent))
            return result

    return run_virtual(main)


def _failed(result: RunResult) -> str | None:
    if result.verdict not in (Verdict.PASS, Verdict.FAIL):
        return None
    return " + ".join(sorted({one.id for one in result.findings if one.verdict is Verdict.FAIL}))
