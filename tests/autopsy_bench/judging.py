"""Who is judged by the bench: `telnyx-sim verify audio`, or a function of the same meaning."""

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO

import numpy as np
from numpy.typing import NDArray

from .speech import FULL_SCALE, read

Pcm = NDArray[np.int16]
Diagnose = Callable[[Pcm, int, Pcm, int, str | None, str | None], Iterable[str]]
"""Reference and its rate, what was got and its rate, leg codec and return codec if they are known: names of faults."""

COMMAND = "telnyx-sim verify audio"
LIBRARY = "autopsy_bench.judging:by_library"
EVERY_S = 20.0
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def verdicts(folder: Path, judge: str, processes: int) -> dict[str, tuple[str, ...]]:
    """What the judge says of each pair of `PAIRS.jsonl`: the names of the faults, none if healthy.

    It is left in `said.jsonl`, line by line.
    """
    pairs = [json.loads(line) for line in (folder / "PAIRS.jsonl").read_text().splitlines()]
    said = _by_command(folder, pairs, processes) if judge == COMMAND else _by_function(folder, pairs, judge, processes)
    found: dict[str, tuple[str, ...]] = {}
    told_at = time.monotonic()
    with (folder / "said.jsonl").open("w") as lines:
        for case_id, faults in said:
            found[case_id] = faults
            lines.write(json.dumps({"id": case_id, "faults": faults}) + "\n")
            if time.monotonic() > told_at + EVERY_S:
                told_at = time.monotonic()
                lines.flush()
                print(f"  {folder.name}: {len(found)} of {len(pairs)}", file=sys.stderr, flush=True)
    missing = [pair["id"] for pair in pairs if pair["id"] not in found]
    if missing:
        sys.exit(f"no verdict on {len(missing)} pairs of {folder}, the first {missing[0]}")
    return found


def by_library(
    reference: Pcm, reference_hz: int, got: Pcm, got_hz: int, leg: str | None, back: str | None
) -> tuple[str, ...]:
    """What the command does for each pair, without the command: to be timed."""
    from telnyx_simulator.audio.autopsy import Sound, autopsy
    from telnyx_simulator.audio.codecs import parse_codec

    sent, returned = (parse_codec(name) if name else None for name in (leg, back))
    found = autopsy(Sound(reference, reference_hz), Sound(got, got_hz), sent=sent, returned=returned)
    return _said(found.verdict, [one.fault for one in found.faults])


def _said(verdict: str, faults: Iterable[str]) -> tuple[str, ...]:
    """The names; `inconclusive` is neither healthy nor a name."""
    return tuple(map(str, faults)) or (() if verdict == "healthy" else (str(verdict),))


def function(name: str) -> Diagnose:
    """`package.module:function`."""
    module, _, attribute = name.partition(":")
    found: Diagnose = getattr(importlib.import_module(module), attribute)
    return found


def pcm_of(path: Path) -> tuple[Pcm, int]:
    samples, rate_hz = read(path)
    return np.rint(samples * FULL_SCALE).astype(np.int16), rate_hz


def _by_function(
    folder: Path, pairs: list[dict[str, str]], name: str, processes: int
) -> Iterator[tuple[str, tuple[str, ...]]]:
    os.environ.update(ONE_THREAD)
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(_judged, [(folder, pair, name) for pair in pairs], chunksize=4)


def _judged(work: tuple[Path, dict[str, str], str]) -> tuple[str, tuple[str, ...]]:
    folder, pair, name = work
    reference, got = pcm_of(folder / pair["ref"]), pcm_of(folder / pair["got"])
    return pair["id"], tuple(function(name)(*reference, *got, pair.get("leg_codec"), pair.get("return_codec")))


def _by_command(folder: Path, pairs: list[dict[str, str]], processes: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each process gets its part of the list, and prints one object a line."""
    running = []
    for n in range(processes):
        part = folder / f"PAIRS.{n}.jsonl"
        part.write_text("".join(json.dumps(pair) + "\n" for pair in pairs[n::processes]))
        command = [sys.executable, "-m", "telnyx_simulator", "verify", "audio", "--pairs", str(part), "--json", "-"]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | ONE_THREAD))
    lines: Queue[str | None] = Queue()

    def listen(stdout: IO[str]) -> None:
        for line in stdout:
            lines.put(line)
        lines.put(None)

    for process in running:
        assert process.stdout
        Thread(target=listen, args=(process.stdout,), daemon=True).start()
    still_running = processes
    while still_running:
        line = lines.get()
        if line is None:
            still_running -= 1
            continue
        result = json.loads(line)
        yield result["id"], _said(result["verdict"], result["faults"])
    for process in running:
        process.wait()
