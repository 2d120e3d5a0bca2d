"""The load: an own process with fifty connections, driven by `__main__` and telling its figures as one JSON object.

Open loop: request `n` is due at `n / rate`, whatever became of the one before it, and its latency counts from then
on. So a server that stalls is charged with everybody who would have waited. Request `n` belongs to connection `n % 50`,
and to the call that this connection is in. Closed loop: each connection asks again as soon as it has its answer.

The same process takes the webhooks: each is answered with 200 at once.
"""

import argparse
import asyncio
import gc
import json
import time
from collections import Counter, deque
from typing import Any

import uvloop

from .calls import MIDDLE, SCRIPT, Step, request

CONNECTIONS = 50
UNTIL_ANSWERED_S = 2


class Connection(asyncio.Protocol):
    """HTTP/1.1 with one request at a time; replies have a Content-Length, or no body."""

    def __init__(self) -> None:
        self.transport: Any = None
        self._buffer = b""
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def ask(self, octets: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        self._waiting = asyncio.get_running_loop().create_future()
        self.transport.write(octets)
        return self._waiting

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lines = head.lower().split(b"\r\n")
        size = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        if len(rest) >= size and self._waiting is not None:
            self._buffer = rest[size:]
            waiting, self._waiting = self._waiting, None
            waiting.set_result((int(head[9:12]), rest[:size]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionResetError("the server closed the connection"))


class Receiver(asyncio.Protocol):
    """The application's side of webhooks."""

    taken = 0

    def __init__(self) -> None:
        self._buffer = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            size = next(
                (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
            )
            if len(rest) < size:
                return
            self._buffer = rest[size:]
            Receiver.taken += 1
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


class Caller:
    """One connection, and the call that it is in."""

    def __init__(self, connection: Connection, known: dict[str, str], headers: str, script: tuple[Step, ...]) -> None:
        self._connection, self._known, self._headers = connection, known, headers
        self._script = script
        self.errors: Counter[str] = Counter()
        self.latencies_s: dict[str, list[float]] = {}
        self._slot = 0

    async def next(self, due_s: float) -> None:
        self._slot += 1
        await self.take(self._script[(self._slot - 1) % len(self._script)], due_s)

    async def take(self, step: Step, due_s: float) -> None:
        name = f"{step.method} {step.path.partition('?')[0]}"
        try:
            status, body = await self._connection.ask(request(step, self._known, self._headers))
        except (ConnectionError, RuntimeError, ValueError) as error:
            self.errors[f"{name}: {error!r}"] += 1
            return
        self.latencies_s.setdefault(name, []).append(time.perf_counter() - due_s)
        if status >= 300:
            self.errors[f"{name}: {status} {body[:200].decode(errors='replace')}"] += 1
        elif name == "POST /calls":
            data = json.loads(body)["data"]
            self._known |= {"leg": data["call_control_id"], "leg_id": data["call_leg_id"]}


async def open_loop(callers: list[Caller], *, rate: int, requests: int) -> dict[str, Any]:
    """Each caller works off its queue: what could not be sent in time waits, and the clock counts."""
    queues: list[deque[float]] = [deque() for _ in callers]
    arrived = [asyncio.Event() for _ in callers]

    async def work(n: int) -> None:
        for _ in range(requests // len(callers)):
            while not queues[n]:
                arrived[n].clear()
                await arrived[n].wait()
            await callers[n].next(queues[n].popleft())

    workers = [asyncio.create_task(work(n)) for n in range(len(callers))]
    begun, sent_late_s = time.perf_counter() + 0.1, 0.0
    for n in range(requests // len(callers) * len(callers)):
        due_s = begun + n / rate
        if (left_s := due_s - time.perf_counter()) > 0:
            await asyncio.sleep(left_s)
        sent_late_s = max(sent_late_s, time.perf_counter() - due_s)
        queues[n % len(callers)].append(due_s)
        arrived[n % len(callers)].set()
    await asyncio.gather(*workers)
    return {"seconds": time.perf_counter() - begun, "load_late_ms_max": sent_late_s * 1e3}


async def closed_loop(callers: list[Caller], *, seconds: float) -> dict[str, Any]:
    """Each in a call that is answered before the time counts."""
    await asyncio.gather(*(caller.take(SCRIPT[0], time.perf_counter()) for caller in callers))
    await asyncio.sleep(UNTIL_ANSWERED_S)
    for caller in callers:
        caller.latencies_s.clear()
    begun = time.perf_counter()

    async def work(caller: Caller) -> None:
        while (now := time.perf_counter()) < begun + seconds:
            await caller.next(now)

    await asyncio.gather(*map(work, callers))
    took_s = time.perf_counter() - begun
    # No call is left over, whose media would burden the next round.
    await asyncio.gather(*(caller.take(SCRIPT[-2], time.perf_counter()) for caller in callers))
    return {"seconds": took_s}


async def main(options: argparse.Namespace) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    receiver = await loop.create_server(Receiver, "127.0.0.1", options.webhooks) if options.webhooks else None
    headers = f"Host: 127.0.0.1:{options.port}\r\nAuthorization: Bearer {options.key}\r\nAccept: */*\r\n"
    script = SCRIPT if options.rate else tuple(MIDDLE[n] for n in options.steps)
    callers = []
    for _ in range(CONNECTIONS):
        _, connection = await loop.create_connection(Connection, "127.0.0.1", options.port)
        known = {
            "connection": options.connection,
            "number": options.number,
        }
        callers.append(Caller(connection, known, headers, script))
    gc.freeze()
    if options.rate:
        about = await open_loop(callers, rate=options.rate, requests=options.requests)
    else:
        about = await closed_loop(callers, seconds=options.seconds)
    if receiver is not None:
        await asyncio.sleep(options.drain)
        receiver.close()
    errors = Counter[str]()
    latencies_s: dict[str, list[float]] = {}
    for caller in callers:
        errors += caller.errors
        for name, values in caller.latencies_s.items():
            latencies_s.setdefault(name, []).extend(values)
    return about | {"errors": dict(errors), "latencies_s": latencies_s, "webhooks": Receiver.taken}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--connection", default="")
    parser.add_argument("--number", default="")
    parser.add_argument("--webhooks", type=int, default=0, help="the port on which they are taken")
    parser.add_argument("--rate", type=int, default=0, help="requests a second; 0: as many as are answered")
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--drain", type=float, default=0, help="seconds in which webhooks may still come")
    parser.add_argument(
        "--steps", type=int, nargs="*", default=range(len(MIDDLE)), help="of `MIDDLE`, in a closed loop"
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(main(parser.parse_args()))))
