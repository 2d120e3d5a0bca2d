"""Cases over real sockets: `telnyx-sim run` against `faulty_app`, and what the callers heard, from the traces.

A caller speaks, the application makes one mistake and answers, the far end plays it. The pair is what was said and what
the trace says was heard.
"""

import json
import os
import struct
import subprocess
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np

from .calls import Call
from .generator import CLASSES, ImpossibleError, Source, answered, planned, said
from .speech import FULL_SCALE, Samples, write
from .wires import wires

LEGS = ("PCMU", "PCMA", "L16/8000/le", "L16/16000/le")
BACKS = ("PCMU", "PCMA", "L16/8000/le", "L16/16000/le", "L16/24000/le")
SECONDS_MAX = 3.2
SIDE_BY_SIDE = 24
LONGEST_S = 40
"""A caller waits so long for the application to hang up."""
BEFORE = 8
"""Silent frames that a pair keeps before the sound."""

PROFILE = """\
name: faulty application
start:
  command: "{python} -m uvicorn autopsy_bench.faulty_app:app --port {{port}} --log-level warning"
  ready: /health
env:
  PORT: "{{port}}"
  CASES: "{folder}"
  PYTHONPATH: "{path}"
  TELNYX_API_KEY: "{{api_key}}"
  TELNYX_BASE_URL: "{{api_v2}}"
number: "+12025550100"
webhook_url: /telnyx/webhook
audio: {{observe: loopback}}
codecs: [PCMU, PCMA, L16]
"""

SCENARIO = """\
call: {{direction: incoming, leg_codec: {leg}, mic: nothing, headers: {{X-Case: {case}}}{stream}}}
script:
  - dial
  - expect: {{stream: started}}
  - play: ./{case}.wav
  - expect: {{hangup_cause: any, within: {within}s}}
"""


def _run(source: Source, folder: Path) -> subprocess.CompletedProcess[str]:
    """All scenarios of a folder against the application."""
    (folder / "sut.yaml").write_text(
        PROFILE.format(python=sys.executable, folder=folder.resolve(), path=os.pathsep.join(filter(None, sys.path)))
    )
    command = [sys.executable, "-m", "telnyx_simulator", "run", str(folder), "--sut", str(folder / "sut.yaml")]
    command += ["-n", str(SIDE_BY_SIDE), "--seed", str(source.seed), "--artifacts-dir", str(folder / "runs")]
    return subprocess.run([*command, "--json", "-"], capture_output=True, text=True)


def write_cases(source: Source, cases_wanted: int, folder: Path) -> int:
    """Pairs and their truth in `folder`, as the generator writes them. Returns how many calls came to their end."""
    for voice in source.voices:
        (folder / "voices" / voice.name).mkdir(parents=True, exist_ok=True)
        for n, spoken in enumerate(voice.utterances):
            write(folder / "voices" / voice.name / f"{n:03}.wav", spoken, voice.rate_hz)
    cases = [_plan(source, n, folder) for n in range(cases_wanted)]
    done = _run(source, folder)
    heard = {path.name.split(".")[0]: path for path in (folder / "runs").rglob("*.heard.frames")}
    pairs, truths = [], []
    for case, spec in cases:
        truth, leg = folder / f"{case}.truth.json", folder / f"{case}.leg"
        if not truth.exists() or leg.read_text() not in heard:
            continue
        got, rate_hz = _heard(heard[leg.read_text()])
        write(folder / f"{case}.got.wav", got, rate_hz)
        pair = {"id": case, "ref": f"{case}.wav", "got": f"{case}.got.wav"}
        pairs.append(pair | ({"leg_codec": spec["leg"], "return_codec": spec["back"]} if spec["told"] else {}))
        facts = {name: spec[name] for name in ("voice", "leg", "back")}
        truths.append({"id": case} | json.loads(truth.read_text()) | facts)
    for name, rows in (("PAIRS.jsonl", pairs), ("truth.jsonl", truths)):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    if not pairs:
        sys.exit(f"no call came to its end: {done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return len(pairs)


def _plan(source: Source, number: int, folder: Path) -> tuple[str, dict[str, object]]:
    """A case that these codecs allow, with its scenario and what the application must know of it."""
    rng = np.random.default_rng([source.seed, number])
    order = np.random.default_rng(source.seed).permutation(len(CLASSES))
    for further in count():
        name = CLASSES[int(order[(number + further) % len(CLASSES)])]
        plan = planned(rng, (name,))
        legs, backs = (
            [one for one in some if one in plan_s] for some, plan_s in ((LEGS, plan.legs), (BACKS, plan.backs))
        )
        try:
            if not legs or not backs:
                raise ImpossibleError
            leg, back = (wires()[str(rng.choice(some))] for some in (legs, backs))
            call = Call(rng=rng, voices=source.voices, leg=leg, back=back)
            said(call, plan, SECONDS_MAX)
            seed = int(rng.integers(2**31))
            # The application cannot draw again, so what it will do is tried here.
            answered(replace(call, rng=np.random.default_rng(seed)), plan, call.sent())
            break
        except ImpossibleError:
            continue
    case = f"socket-{number:04}-{name.replace('_', '-').replace('.', '-')}"
    write(folder / f"{case}.wav", call.reference, call.reference_hz)
    spec = {"mistakes": [name], "hears": plan.hears, "speaks": plan.speaks, "seed": seed}
    spec |= {"leg": leg.name, "back": back.name, "told": call.told, "voice": call.voice}
    (folder / f"{case}.json").write_text(json.dumps(spec))
    line = leg.name if leg.name in ("PCMU", "PCMA") else "PCMA"
    stream = "" if line == leg.name else f", stream: {{stream_codec: {leg.name}}}"
    text = SCENARIO.format(case=case, leg=line, stream=stream, within=LONGEST_S)
    (folder / f"{case}.telnyx.yaml").write_text(text)
    return case, spec


def _heard(path: Path) -> tuple[Samples, int]:
    """What the person heard: records of arrival, due time and length before each frame of s16le; 20 ms each."""
    data, at, frames = path.read_bytes(), 0, []
    while at + 20 <= len(data):
        length = struct.unpack_from("<qqI", data, at)[2]
        frames.append(np.frombuffer(data, "<i2", count=length // 2, offset=at + 20))
        at += 20 + length
    sounding = [n for n, frame in enumerate(frames) if len(frame)]
    if not sounding:
        return np.zeros(8000), 8000
    size = max(len(frame) for frame in frames)
    kept = frames[max(0, sounding[0] - BEFORE) : sounding[-1] + 1]
    filled = [np.pad(frame, (0, size - len(frame))) for frame in kept]
    return np.concatenate(filled) / FULL_SCALE, size * 50
