"""One WebSocket under an impaired line: when messages get through, both ways, on virtual time."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from telnyx_simulator.media.impairments.pipe import Pipe, Stall
from telnyx_simulator.transports.clock import Clock, run_virtual
from telnyx_simulator.transports.sockets import Line, Socket

MS = 1_000_000


class Connection:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.told: list[tuple[int, Any]] = []

    def _tell(self, what: Any) -> None:
        self.told.append((self.clock.now_ns() // MS, what))

    def send(self, text: bytes) -> None:
        self._tell(text.decode())

    def pause_reading(self) -> None:
        self._tell("paused")

    def resume_reading(self) -> None:
        self._tell("resumed")

    def fall_silent(self) -> None:
        self._tell("silent")


class Streams:
    """What a socket tells."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.taken: list[tuple[int, str, int | None]] = []
        self.left: list[tuple[int, int, int]] = []
        self.stalls: list[tuple[int, int]] = []
        self.closed: list[int | None] = []

    def failed(self, error: Exception) -> None:
        raise error

    def sent(self, socket: Socket, payload: bytes, due_ns: int, leaves_ns: int) -> None:
        self.left.append((self.clock.now_ns() // MS, due_ns // MS, leaves_ns // MS))

    def take_text(self, socket: Socket, text: bytes, came_ns: int | None) -> None:
        self.taken.append((self.clock.now_ns() // MS, text.decode(), None if came_ns is None else came_ns // MS))

    def take_close(self, socket: Socket, code: int | None) -> None:
        self.closed.append(code)

    def note_stall(self, socket: Socket, begins_ns: int, ends_ns: int) -> None:
        self.stalls.append((begins_ns // MS, ends_ns // MS))


Script = Callable[[Socket, Clock], Coroutine[Any, Any, None]]


def play(script: Script) -> tuple[Connection, Streams]:
    async def main(clock: Clock) -> tuple[Connection, Streams]:
        streams, connection = Streams(clock), Connection(clock)
        socket = Socket(streams, None, stream_id="id")  # type: ignore[arg-type] # all that is asked of it
        socket.connection = connection  # type: ignore[assignment] # stands for picows
        socket.begin()
        await script(socket, clock)
        await clock.sleep(2000 * MS)
        return connection, streams

    return run_virtual(main)


def stalled(begins_ms: int, stall_ms: int) -> Line:
    stalls = (Stall(begins_ns=begins_ms * MS, stall_ns=stall_ms * MS),)
    return Line(Pipe(stalls=stalls), Pipe(stalls=stalls))


async def five_each_way(socket: Socket, clock: Clock) -> None:
    """One message each 100 ms from 0 on, both ways."""
    for n in range(5):
        socket.send_media(f"m{n}".encode(), b"x", due_ns=clock.now_ns())
        socket.on_text(f"t{n}".encode())
        await clock.sleep(100 * MS)


def test_a_clean_line_keeps_nothing_back():
    connection, streams = play(five_each_way)
    assert connection.told == [(0, "m0"), (100, "m1"), (200, "m2"), (300, "m3"), (400, "m4")]
    assert streams.taken == [(n * 100, f"t{n}", None) for n in range(5)]
    assert streams.left == [(n * 100, n * 100, n * 100) for n in range(5)]


def test_a_stall_keeps_both_directions_back_and_tells_of_itself_once():
    async def script(socket: Socket, clock: Clock) -> None:
        socket.set_line(stalled(50, 300))
        await five_each_way(socket, clock)

    connection, streams = play(script)
    assert connection.told == [(0, "m0"), (350, "m1"), (350, "m2"), (350, "m3"), (400, "m4")]
    assert streams.taken == [(0, "t0", None), (350, "t1", 100), (350, "t2", 200), (350, "t3", 300), (400, "t4", None)]
    assert streams.left[1] == (350, 100, 350), "planned for then, so that it is not late"
    assert streams.stalls == [(50, 350)]


def test_what_the_telephone_made_late_overtakes_nothing_that_it_should_not():
    async def script(socket: Socket, clock: Clock) -> None:
        socket.send_media(b"late", b"x", due_ns=0, late_us=30_000)
        await clock.sleep(20 * MS)
        socket.send_media(b"next", b"x", due_ns=20 * MS)
        await clock.sleep(20 * MS)
        socket.send(b"third")

    connection, streams = play(script)
    assert connection.told == [(20, "next"), (30, "late"), (40, "third")]
    assert streams.left == [(20, 20, 20), (30, 0, 30)]


def test_a_line_that_is_clean_again_lets_go_of_what_it_held():
    async def script(socket: Socket, clock: Clock) -> None:
        socket.set_line(stalled(0, 1000))
        socket.send(b"a")
        await clock.sleep(100 * MS)
        socket.set_line(None)
        socket.send(b"b")

    connection, _ = play(script)
    assert connection.told == [(100, "a"), (100, "b")]


def test_a_slow_reader_stops_reading_until_it_has_read_what_it_has():
    async def script(socket: Socket, clock: Clock) -> None:
        socket.set_line(Line(Pipe(), Pipe(kbit_per_s=8.0), is_slow=True))
        for _ in range(3):
            socket.on_text(b"x" * 100)

    connection, streams = play(script)
    assert [moment for moment, *_ in streams.taken] == [100, 200, 300]
    assert connection.told == [(0, "paused"), (300, "resumed")]


def test_half_open_nothing_is_said_or_heard_but_the_end_is_known():
    async def script(socket: Socket, clock: Clock) -> None:
        socket.set_line(stalled(0, 500))
        socket.send(b"held")
        socket.fall_silent()
        await clock.sleep(1000 * MS)
        socket.send(b"more")
        socket.on_text(b"are you there?")
        socket.on_closed(1011)

    connection, streams = play(script)
    assert connection.told == [(0, "silent")]
    assert (streams.taken, streams.closed) == ([], [1011])


def test_what_comes_before_the_stream_takes_it_is_not_lost():
    async def script(socket: Socket, clock: Clock) -> None:
        early = Socket(socket._streams, None, stream_id="other")  # type: ignore[arg-type] # as above
        early.on_text(b"early")
        await clock.sleep(50 * MS)
        early.begin()

    _, streams = play(script)
    assert streams.taken == [(50, "early", None)]


def test_what_waits_goes_with_the_connection():
    async def script(socket: Socket, clock: Clock) -> None:
        socket.set_line(stalled(0, 500))
        socket.send(b"held")
        socket.end()

    connection, _ = play(script)
    assert connection.told == []


@pytest.mark.parametrize("flushed", [True, False])
def test_the_end_of_a_stream_waits_for_nothing(flushed):
    async def script(socket: Socket, clock: Clock) -> None:
        socket.set_line(stalled(0, 500))
        socket.send(b"stop")
        if flushed:
            socket.flush()

    connection, _ = play(script)
    assert connection.told == [(0 if flushed else 500, "stop")]
