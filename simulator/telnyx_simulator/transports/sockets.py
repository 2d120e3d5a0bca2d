"""One WebSocket of the run, and the line that it runs over.

Theory of operation. A message for the application passes two gates. The first keeps what the telephone's side has made
late, each message for as long as its own plan says; the second is the WebSocket's plane, where nothing overtakes
anything. What comes in passes one of that kind. Where the line does nothing, nothing waits, and nothing is made for it.
"""

import heapq
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from telnyx_simulator.media.impairments.pipe import Pipe
from telnyx_simulator.media.messages import Outbound
from telnyx_simulator.signaling.stream import Stream
from telnyx_simulator.transports.clock import Clock
from telnyx_simulator.transports.entries import Tally
from telnyx_simulator.transports.ports import StreamConnection

if TYPE_CHECKING:
    from telnyx_simulator.transports.streams import Streams

# A slow reader stops reading when it is this far behind.
_BEHIND_NS_MAX: Final = 100_000_000


class Gate:
    """Lets acts through in the order of their moments, and of their coming where moments are equal."""

    def __init__(self, clock: Clock, failed: Callable[[Exception], None]) -> None:
        self._clock = clock
        self._failed = failed
        self._waiting: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        self._armed_ns: int | None = None

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._waiting)

    def at(self, at_ns: int, act: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._waiting, (at_ns, self._count, act))
        self._arm()

    def open(self) -> None:
        """Everything that waits, at once."""
        while self._waiting:
            heapq.heappop(self._waiting)[2]()

    def forget(self) -> None:
        self._waiting.clear()

    def let_due(self) -> None:
        """What is due by now, be its timer late."""
        now_ns = self._clock.now_ns()
        while self._waiting and self._waiting[0][0] <= now_ns:
            heapq.heappop(self._waiting)[2]()

    def _arm(self) -> None:
        if self._waiting and (self._armed_ns is None or self._waiting[0][0] < self._armed_ns):
            self._armed_ns = self._waiting[0][0]
            self._clock.call_at(self._armed_ns, self._ring)

    def _ring(self) -> None:
        self._armed_ns = None
        try:
            self.let_due()
        except Exception as error:
            self._failed(error)
        self._arm()


class Line:
    """What the WebSocket's plane does to one connection. `is_slow`: we stop reading where we cannot follow."""

    def __init__(self, to_application: Pipe, from_application: Pipe, *, is_slow: bool = False) -> None:
        self.to_application = to_application
        self.from_application = from_application
        self.is_slow = is_slow
        # The last stall that something waited for.
        self.stalled: tuple[int, int] | None = None


class Socket:
    """One WebSocket, and what comes in on it. `replay` writes the messages of a replay; else the leg's media do."""

    connection: StreamConnection  # once it is open

    def __init__(self, streams: "Streams", stream: Stream, *, stream_id: str, replay: Outbound | None = None) -> None:
        self.stream = stream
        self.stream_id = stream_id
        self.replay = replay
        self.tally = Tally()
        self.not_mp3 = 0
        self._streams = streams
        self._clock = streams.clock
        self._line: Line | None = None
        self.is_gone = False
        self._is_half_open = False
        # What came in before the stream took it.
        self._early: list[Callable[[], None]] | None = []
        self._is_paused = False
        self._late, self._out, self._in = (Gate(self._clock, streams.failed) for _ in range(3))

    @property
    def again(self) -> dict[str, str]:
        """What tells the trace of which stream this is the replay."""
        return {"again": self.stream.stream_id} if self.replay else {}

    def begin(self) -> None:
        """The stream takes what comes in."""
        early, self._early = self._early or [], None
        for act in early:
            act()

    # The line

    def set_line(self, line: Line | None) -> None:
        """From now on; what was held back so far gets through."""
        self._line = line
        self._out.open()
        self._in.open()

    def fall_silent(self) -> None:
        """Half-open: nothing is sent any more, not even what WebSockets answer by themselves; nothing is heard."""
        self._is_half_open = True
        self.end()
        self.connection.fall_silent()

    def end(self) -> None:
        """What waits is lost."""
        for gate in (self._late, self._out, self._in):
            gate.forget()

    def flush(self) -> None:
        """What waits in the WebSocket gets through before its end."""
        self._out.open()

    # What goes out

    def send(self, text: bytes) -> None:
        if self._late:
            self._late.let_due()
        self._send(text, None, 0, 0)

    def send_media(self, text: bytes, payload: bytes, *, due_ns: int, late_us: int = 0) -> None:
        """A frame that was said at `due_ns`, and comes so much later; the trace keeps its payload."""
        if self._late:
            self._late.let_due()
        if not late_us:
            self._send(text, payload, due_ns, due_ns)
            return
        leaves_ns = due_ns + late_us * 1000
        self._late.at(leaves_ns, lambda: self._send(text, payload, due_ns, leaves_ns))

    def _send(self, text: bytes, payload: bytes | None, due_ns: int, leaves_ns: int) -> None:
        if self._is_half_open:
            return
        if self._line is not None:
            now_ns = self._clock.now_ns()
            through_ns = self._line.to_application.through_ns(now_ns, len(text))
            self._note_stall(self._line, now_ns)
            if through_ns > now_ns:
                self._out.at(through_ns, lambda: self._pass(text, payload, due_ns, through_ns))
                return
        self._pass(text, payload, due_ns, leaves_ns)

    def _pass(self, text: bytes, payload: bytes | None, due_ns: int, leaves_ns: int) -> None:
        self.connection.send(text)
        if payload is not None:
            self._streams.sent(self, payload, due_ns, leaves_ns)

    def send_binary(self, data: bytes) -> None:
        if not self._is_half_open:
            self.connection.send_binary(data)

    # What comes in

    def on_text(self, text: bytes) -> None:
        self._take(len(text), lambda came_ns: self._streams.take_text(self, text, came_ns))

    def on_binary(self, size: int) -> None:
        self._take(size, lambda came_ns: self._streams.take_binary(self, size))

    def on_malformed(self, problem: str) -> None:
        self._take(0, lambda came_ns: self._streams.take_malformed(self, problem))

    def on_closed(self, code: int | None) -> None:
        """Nobody tells us of it while we are gone; the trace is told all the same."""
        self.is_gone = True
        self._in.open()
        self._streams.take_close(self, code)

    def on_failure(self, error: Exception) -> None:
        self._streams.fail(error)

    def _take(self, size: int, taken: Callable[[int | None], None]) -> None:
        """`taken` is told when it came, if that was before now."""
        if self._is_half_open:
            return
        if self._early is not None:
            self._early.append(lambda: taken(None))
            return
        if self._line is None:
            taken(None)
            return
        now_ns = self._clock.now_ns()
        through_ns = self._line.from_application.through_ns(now_ns, size)
        self._note_stall(self._line, now_ns)
        if through_ns <= now_ns:
            taken(None)
            return
        self._in.at(through_ns, lambda: self._resume(taken, now_ns))
        if self._line.is_slow and not self._is_paused and through_ns - now_ns > _BEHIND_NS_MAX:
            self._is_paused = True
            self.connection.pause_reading()

    def _resume(self, taken: Callable[[int | None], None], came_ns: int) -> None:
        taken(came_ns)
        if self._is_paused and not self._in:
            self._is_paused = False
            self.connection.resume_reading()

    def _note_stall(self, line: Line, now_ns: int) -> None:
        stall = line.to_application.stalled(now_ns)
        if stall is not None and stall != line.stalled:
            line.stalled = stall
            self._streams.note_stall(self, *stall)
