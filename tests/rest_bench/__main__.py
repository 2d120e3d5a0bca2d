"""The figures of the REST surface. `make bench-rest` runs it.

PYTHONPATH=tests python -m rest_bench [--share PART] [--write]

Server and load are processes of their own; so is the bare FastAPI application that the capacity is compared with.
"""

import argparse
import contextlib
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from telnyx_simulator.transports.server import free_port

from .calls import CALLEE
from .load import CONNECTIONS

PAGE = Path(__file__).parents[2] / "docs" / "rest-bench.md"
RATE, REQUESTS, LEGS = 200, 20_000, 10_000
MEDIAN_MS, P99_MS, OF_BARE, LEGS_MB = 5, 25, 0.5, 1_000
ROUNDS, ROUND_S = 3, 5.0
# As many legs at a time, while they are dialed.
DIALED_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Server:
    process: "subprocess.Popen[bytes]"
    port: int
    key: str = "KEY0"
    connection: str = "1"
    number: str = "+12025550100"

    def resident_mb(self) -> float:
        return self._status("VmRSS")

    def most_resident_mb(self) -> float:
        return self._status("VmHWM")

    def cpu_s(self) -> float:
        """User and system time so far: what a busy machine does not change much. 0 where Linux is not there to tell."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _status(self, name: str) -> float:
        """Linux tells it; 0 elsewhere."""
        try:
            text = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return 0.0
        return int(re.findall(rf"{name}:\s+(\d+) kB", text)[0]) / 1e3


@contextlib.contextmanager
def serving(webhooks: int) -> Iterator[Server]:
    """`telnyx-sim serve`, its log going nowhere."""
    with tempfile.TemporaryDirectory(prefix="rest-bench-") as folder:
        command = [sys.executable, "-u", "-m", "telnyx_simulator", "serve", "--port", "0", "--seed", "1"]
        command += ["--webhook-url", f"http://127.0.0.1:{webhooks}/webhooks", "--artifacts-dir", folder]
        log = Path(folder) / "log"
        with log.open("wb") as out, running(command, out) as process:
            banner = within(60, lambda: text if "Ready" in (text := log.read_text()) else None, process)
            said = dict(re.findall(r"export (\w+)=(\S+)", banner))
            port = int(re.findall(r":(\d+)/v2", said["TELNYX_BASE_URL"])[0])
            connection, number = said["TELNYX_CONNECTION_ID"], said["TELNYX_NUMBER"]
            yield Server(process, port, said["TELNYX_API_KEY"], connection, number)


@contextlib.contextmanager
def bare() -> Iterator[Server]:
    port = free_port()
    with running([sys.executable, "-m", "rest_bench.bare", str(port)]) as process:
        within(60, lambda: answers(port), process)
        yield Server(process, port)


@contextlib.contextmanager
def running(command: list[str], out: Any = None) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT if out else None) as process:
        try:
            yield process
        finally:
            process.terminate()


def within(seconds: float, found: Any, process: "subprocess.Popen[bytes]") -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        if answer := found():
            return answer
        time.sleep(0.05)
    raise SystemExit("a server did not come up")


def answers(port: int) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/v2/x", timeout=1).status_code > 0
    return False


def load(server: Server, *arguments: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "rest_bench.load", "--port", str(server.port), "--key", server.key]
    command += ["--connection", server.connection, "--number", server.number, *map(str, arguments)]
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def spread_load(share: float) -> list[str]:
    """200 requests a second, at the times at which they are due."""
    webhooks, requests = free_port(), max(CONNECTIONS * 20, round(REQUESTS * share))
    with serving(webhooks) as server:
        before, cpu_s = server.resident_mb(), server.cpu_s()
        told = load(server, "--rate", RATE, "--requests", requests, "--webhooks", webhooks, "--drain", 2)
        at_end, cpu_s = server.resident_mb(), server.cpu_s() - cpu_s
    every = sorted(one * 1e3 for of_step in told["latencies_s"].values() for one in of_step)
    errors = sum(told["errors"].values())
    lines = [
        f"| {RATE} requests/s over {CONNECTIONS} connections: median | < {MEDIAN_MS} ms | {at(every, 0.5):.1f} ms |",
        f"| the same: 99th percentile | < {P99_MS} ms | {at(every, 0.99):.1f} ms |",
        f"| the same: longest | | {every[-1]:.1f} ms |",
        f"| the same: errors | 0 | {errors} of {len(every)} in {told['seconds']:.0f} s |",
        f"| the same: webhooks that arrived meanwhile | | {told['webhooks']} |",
        f"| the same: the load itself came late, at most | | {told['load_late_ms_max']:.1f} ms |",
        f"| the same: CPU of the server, media and all | | {cpu_s / len(every) * 1e3:.1f} ms a request |",
        f"| the same: memory before and after | | {before:.0f} MB, {at_end:.0f} MB |",
        "",
        "| request | times | median | p99 |",
        "|---|---|---|---|",
    ]
    for name, of_step in sorted(told["latencies_s"].items()):
        ms = sorted(one * 1e3 for one in of_step)
        lines.append(f"| `{name}` | {len(ms)} | {at(ms, 0.5):.1f} ms | {at(ms, 0.99):.1f} ms |")
    return [*lines, *(f"\nError, {times} times: `{error}`" for error, times in told["errors"].items())]


def capacity(share: float) -> list[str]:
    """As many requests as are answered, by the simulator and by the bare application, in turn."""
    webhooks, seconds = free_port(), max(1.0, ROUND_S * share)
    found: dict[str, list[float]] = {"bare": [], "every": [], "retrieve": []}
    cpu_us: dict[str, list[float]] = {"bare": [], "every": [], "retrieve": []}
    with serving(webhooks) as server, bare() as plain:
        for _ in range(ROUNDS):
            for name, of, more in (
                ("bare", plain, ()),
                ("every", server, ("--webhooks", webhooks)),
                ("retrieve", server, ("--webhooks", webhooks, "--steps", 0)),
            ):
                cpu_s = of.cpu_s()
                told = load(of, "--seconds", seconds, *more)
                if told["errors"]:
                    raise SystemExit(f"{name}: {told['errors']}")
                answered = sum(map(len, told["latencies_s"].values()))
                found[name].append(answered / told["seconds"])
                cpu_us[name].append((of.cpu_s() - cpu_s) / answered * 1e6)
    median = {name: statistics.median(rounds) for name, rounds in found.items()}
    cost_us = {name: statistics.median(rounds) for name, rounds in cpu_us.items()}
    return [
        f"| closed loop, a bare FastAPI route | | {median['bare']:.0f} requests/s; "
        f"{cost_us['bare']:.0f} us of CPU each |",
        *(
            f"| closed loop, {what} | >= {OF_BARE} of it | {median[name]:.0f} requests/s "
            f"= {median[name] / median['bare']:.2f}; {cost_us[name]:.0f} us of CPU each |"
            for name, what in (
                ("retrieve", "a call retrieved"),
                ("every", "the commands of a call, with their webhooks and sounds"),
            )
        ),
    ]


def many_legs(share: float) -> list[str]:
    """Legs that were dialed and answered, and are all there at the end."""
    webhooks, wanted = free_port(), max(100, round(LEGS * share))
    with serving(webhooks) as server:
        about = {"base_url": f"http://127.0.0.1:{server.port}", "headers": {"Authorization": f"Bearer {server.key}"}}
        body = {"connection_id": server.connection, "from": server.number, "to": CALLEE}
        begun, before = time.monotonic(), server.resident_mb()
        with httpx.Client(**about, timeout=600) as client:
            for _ in range(wanted):
                client.post("/v2/calls", json=body).raise_for_status()
            took = time.monotonic() - begun
            time.sleep(3)
            live = client.get("/_sim/health").json()["data"]["calls"]
            began = time.monotonic()
            client.get("/_sim/health").raise_for_status()
            answered_ms = (time.monotonic() - began) * 1e3
        most = server.most_resident_mb()
    return [
        f"| {wanted} live legs: resident | < {LEGS_MB} MB | {most:.0f} MB (before: {before:.0f} MB) |",
        f"| the same: alive at the end | {wanted} | {live}, dialed one by one in {took:.0f} s |",
        f"| the same: one request meanwhile | | {answered_ms:.0f} ms |",
    ]


def at(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


FIGURES = {"load": spread_load, "capacity": capacity, "legs": many_legs}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m rest_bench")
    parser.add_argument("--share", type=float, default=1.0, help="such a part of the requests, seconds and legs")
    parser.add_argument("--only", type=lambda text: text.split(","), default=[*FIGURES], help=", ".join(FIGURES))
    parser.add_argument("--write", action="store_true", help=f"the page {PAGE.name}")
    options = parser.parse_args()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    lines = [
        "# How fast the REST surface is",
        "",
        "Made by `make bench-rest`. What is asked stands in `tests/rest_bench/calls.py`. Requests are due at fixed",
        "times, and each latency counts from then on; load and server are processes of their own.",
        "",
        f"{cores} cores, {platform.machine()}, {platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()}.",
    ]
    for name in options.only:
        lines += ["", "| figure | wanted | found |", "|---|---|---|", *FIGURES[name](options.share)]
        print("\n".join(lines[-40:]), flush=True)
    if options.write:
        PAGE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
