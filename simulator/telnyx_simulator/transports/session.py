"""One run's glue: it carries events between signaling, media, the application and the trace. It decides nothing."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts import media as media_facts
from telnyx_simulator.facts import webhooks as webhook_facts
from telnyx_simulator.facts.limits import STREAM_HANDSHAKE_MS
from telnyx_simulator.media.leg_media import LegMedia
from telnyx_simulator.media.messages import Malformed, Media
from telnyx_simulator.media.sources import Sound
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.signaling.delivery import Attempt
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.stream import Stream, StreamState
from telnyx_simulator.signaling.switch import Switch
from telnyx_simulator.trace import Entry, TraceWriter
from telnyx_simulator.transports import entries
from telnyx_simulator.transports.clock import SECOND_NS, Clock
from telnyx_simulator.transports.metronome import Metronome
from telnyx_simulator.transports.ports import StreamConnection, StreamNotOpened, StreamPort, WebhookPort
from telnyx_simulator.transports.signer import Signer


@dataclass(frozen=True, slots=True)
class Carrier:
    """What all runs of an invocation share: the account, its key, the metronome, and the ways to the application."""

    clock: Clock
    account: Account
    signer: Signer
    metronome: Metronome
    webhooks: WebhookPort
    streams: StreamPort


class SimulatorError(Exception):
    """A mistake of ours, not of the application or of a scenario."""


class Session:
    """A switch, its legs' media, and the record of both. `clock` is the run's own: its zero is the run's beginning."""

    def __init__(
        self,
        carrier: Carrier,
        *,
        run: str,
        draws: Draws,
        directory: Path,
        header: dict[str, Any],
        log: Callable[[Entry], None] = lambda entry: None,
    ) -> None:
        self.clock = carrier.clock.from_now()
        self.carrier = carrier
        self.switch = Switch(carrier.account, draws, self.clock.epoch_ns)
        self.trace = TraceWriter(directory, header | {"epoch_ns": self.clock.epoch_ns}, run=run)
        self.media: dict[str, LegMedia] = {}
        self.news = asyncio.Event()
        # The sound of a far end that speaks by its own behavior (`serve` sets it).
        self.small_talk: Sound | None = None
        # The first mistake of ours in work that nobody waits for.
        self.failure: BaseException | None = None
        self._offset_ns = carrier.clock.ahead_of(self.clock)
        self._log = log
        self._connections: dict[str, StreamConnection] = {}
        self._late_us: dict[str, list[int]] = {}
        self._ticks: dict[str, Callable[[int], None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._replanned = asyncio.Event()
        self._pump = asyncio.create_task(self._run_pump())
        self._pump.add_done_callback(self._finished)

    # Inputs

    def feed(self, command: inputs.Input) -> list[events.Event]:
        """Hand one input to the switch now, and carry out what follows from it."""
        happened = self._handled(command)
        self._carry(happened)
        return happened

    def rest(self, command: inputs.RestCommand, *, method: str, path: str) -> events.Replied:
        """A REST command of the application about one of this run's legs."""
        first, *others = self._handled(command)
        assert isinstance(first, events.Replied)
        self.note_command(command, first, method=method, path=path)
        self._carry(others)
        return first

    def _handled(self, command: inputs.Input) -> list[events.Event]:
        self._count_frames()
        self._replanned.set()
        return self.switch.handle(command, self.clock.now_ns())

    def _count_frames(self) -> None:
        """Whatever ends a leg next, its `call_quality_stats` are right."""
        for key, of_leg in self.media.items():
            counted = inputs.FramesCounted(call_leg_id=key, spoken=of_leg.frames_spoken, heard=of_leg.frames_heard)
            self.switch.handle(counted, self.clock.now_ns())

    def note_command(self, command: inputs.RestCommand, reply: events.Replied, *, method: str, path: str) -> None:
        """Record a REST exchange, also one about the account, which concerns every run."""
        body = entries.command(command, reply, method=method, path=path)
        self.note("rest", "command", body, call=reply.call_leg_id)

    def note(self, actor: str, kind: str, body: dict[str, Any], *, call: str | None = None) -> Entry:
        """Write one trace entry, at this moment."""
        entry = self.trace.write(self.clock.now_ns(), actor, kind, body, call=call)
        self.news.set()
        self._log(entry)
        return entry

    def play(self, call_leg_id: str, sound: Sound, **about: Any) -> int:
        """The far end says `sound` from the next tick on; the answer is the moment at which it is over."""
        leg_media = self.media[call_leg_id]
        said = leg_media.say(sound)
        begins_ns, ends_ns = leg_media.due_ns(said.first), leg_media.due_ns(said.end)
        body = {
            "clip": sound.name,
            "digest": sound.digest,
            "first_frame": said.first,
            "last_frame": said.end - 1,
            "begins_ns": begins_ns,
            "ends_ns": ends_ns,
        }
        self.note("far_end", "sound", body | about, call=call_leg_id)
        return ends_ns

    # Life

    @property
    def is_at_rest(self) -> bool:
        """No leg lives, no delivery is due or under way, no stream is open."""
        alive = any(leg.is_alive for leg in self.switch.legs.values())
        busy = self._tasks or self._connections or self.switch.has_open_deliveries
        return not alive and not busy

    @property
    def open_streams(self) -> int:
        return len(self._connections)

    async def wait_for_news(self, until_ns: int | None) -> bool:
        """Wait for the next trace entry, at most until a moment of this run; whether there was one."""
        came = await self.clock.wait_for(self.news, until_ns)
        self.news.clear()
        return came

    async def close(self) -> None:
        """Stop everything and finish the trace. What is still open is cut."""
        self._pump.cancel()
        for tick in self._ticks.values():
            self.carrier.metronome.remove(tick)
        for connection in list(self._connections.values()):
            connection.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(self._pump, *self._tasks, return_exceptions=True)
        self.trace.close()

    async def _run_pump(self) -> None:
        while True:
            self._replanned.clear()
            deadline = self.switch.next_deadline()
            if deadline is None or self.clock.now_ns() < deadline:
                await self.clock.wait_for(self._replanned, deadline)
                continue
            self._count_frames()
            self._carry(self.switch.advance(self.clock.now_ns()))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and self.failure is None:
            self.failure = task.exception()
        self.news.set()

    # Events

    def _carry(self, happened: list[events.Event]) -> None:
        for event in happened:
            match event:
                case events.LegBegan(leg):
                    self._note_leg(leg)
                case events.LegAnswered(leg):
                    self._note_leg(leg)
                    self._begin_media(leg)
                case events.LegEnded(leg):
                    self._end_media(leg)
                    self._note_leg(leg)
                case events.WebhookPlanned(delivery):
                    self.note("switch", "webhook.planned", entries.planned(delivery), call=delivery.call_leg_id)
                case events.AttemptDue(attempt):
                    self._spawn(self._deliver(attempt))
                case events.StreamRequested(stream):
                    self._spawn(self._open_stream(stream))
                case events.StreamStarted(stream, body):
                    self._start_stream(stream, body)
                case events.StreamEnded(stream, stop, by):
                    self._end_stream(stream, stop, by)
                case events.DigitPressed(call_leg_id, digit, occurred_at):
                    self.note("far_end", "digit", {"digit": digit}, call=call_leg_id)
                    self._send(call_leg_id, self._media_of(call_leg_id).press(digit, occurred_at))
                case events.FarEndSpeaks(call_leg_id):
                    if self.small_talk is not None:
                        self.play(call_leg_id, self.small_talk)
                case events.Replied():
                    pass  # `rest` has answered already

    def _note_leg(self, leg: Leg) -> None:
        self.note("switch", "leg", entries.leg(leg), call=leg.call_leg_id)

    # Webhooks

    async def _deliver(self, attempt: Attempt) -> None:
        delivery, treatment = attempt.delivery, attempt.delivery.treatment
        unix_ns = self.clock.epoch_ns + attempt.signed_at_ns + treatment.timestamp_ns
        headers = {"Content-Type": webhook_facts.CONTENT_TYPE, "User-Agent": webhook_facts.USER_AGENT}
        headers |= self.carrier.signer.headers(attempt.body, unix_ns // SECOND_NS, treatment.signature)
        sent_ns = self.clock.now_ns()
        reply = await self.carrier.webhooks.post(attempt.url, attempt.body, headers, attempt.timeout_ns)
        body = entries.attempted(attempt, headers, sent_ns, reply)
        self.note("sender", "webhook.attempt", body, call=delivery.call_leg_id)
        self.feed(inputs.AttemptFinished(delivery_id=delivery.delivery_id, attempt=attempt.number, status=reply.status))

    # Streams

    def _media_of(self, call_leg_id: str) -> LegMedia:
        """The leg's media; before the answer it is made on demand, for a stream that opens early."""
        if call_leg_id not in self.media:
            self.media[call_leg_id] = LegMedia(self.switch.legs[call_leg_id].leg_codec, self.clock.now_ns())
        return self.media[call_leg_id]

    def _begin_media(self, leg: Leg) -> None:
        leg_media = self._media_of(leg.call_leg_id)
        key = leg.call_leg_id

        def tick(due_ns: int) -> None:
            try:
                self._tick(key, leg_media, due_ns - self._offset_ns)
            except Exception as error:
                # One leg's trouble must not stop the metronome of all.
                self.failure = self.failure or error
                self.carrier.metronome.remove(tick)

        self._ticks[key] = tick
        leg_media.origin_ns = self.carrier.metronome.add(tick) - self._offset_ns

    def _end_media(self, leg: Leg) -> None:
        if tick := self._ticks.pop(leg.call_leg_id, None):
            self.carrier.metronome.remove(tick)

    def _tick(self, call_leg_id: str, leg_media: LegMedia, due_ns: int) -> None:
        stream_id = leg_media.stream_id
        result = leg_media.tick()
        self._send(call_leg_id, result.messages)
        now = self.clock.now_ns()
        if result.sent is not None:
            self.trace.frame(f"{stream_id}.to_app", now, due_ns, result.sent)
            self._late_us.setdefault(str(stream_id), []).append((now - due_ns) // 1000)
        self.trace.frame(f"{call_leg_id}.heard", now, due_ns, result.heard)
        for note in result.notes:
            self.note("far_end", "heard", entries.heard(note), call=call_leg_id)

    def _send(self, call_leg_id: str, messages: list[bytes]) -> None:
        connection = self._connections.get(self._media_of(call_leg_id).stream_id or "")
        if connection is not None:
            for message in messages:
                connection.send(message)

    async def _open_stream(self, stream: Stream) -> None:
        headers = {media_facts.AUTH_TOKEN_HEADER: stream.auth_token} if stream.auth_token else {}
        listener = _Listener(self, stream)
        about = {"stream_id": stream.stream_id, "url": stream.url}
        try:
            connection = await self.carrier.streams.open(stream.url, headers, listener, STREAM_HANDSHAKE_MS * 1_000_000)
        except StreamNotOpened as error:
            self.note("stream", "refused", about | {"failure": str(error)}, call=stream.call_leg_id)
            self.feed(inputs.StreamRefused(stream.stream_id))
            return
        if stream.state is not StreamState.OPENING:
            connection.close()  # the call, or the stream, ended while we dialed
            return
        self._connections[stream.stream_id] = connection
        leg_media = self._media_of(stream.call_leg_id)
        first = leg_media.open_stream(
            stream.stream_id,
            sent_codec=stream.sent_codec,
            returned_codec=stream.returned_codec,
            track=stream.track,
            is_heard=stream.is_heard,
        )
        codecs = {"sent_codec": stream.sent_codec, "returned_codec": stream.returned_codec, "mode": stream.mode}
        self.note("stream", "opened", about | codecs | {"track": stream.track}, call=stream.call_leg_id)
        self._send(stream.call_leg_id, first)
        self.feed(inputs.StreamAccepted(stream.stream_id))

    def _start_stream(self, stream: Stream, body: dict[str, Any]) -> None:
        self._send(stream.call_leg_id, self._media_of(stream.call_leg_id).start_stream(body))
        self.note("stream", "started", {"stream_id": stream.stream_id, "start": body}, call=stream.call_leg_id)

    def _end_stream(self, stream: Stream, stop: dict[str, Any] | None, by: str, code: int | None = None) -> None:
        last = self._media_of(stream.call_leg_id).end_stream(stop)
        if late_us := self._late_us.pop(stream.stream_id, None):
            body = {"stream_id": stream.stream_id} | entries.lateness(late_us)
            self.note("stream", "lateness", body, call=stream.call_leg_id)
        connection = self._connections.pop(stream.stream_id, None)
        if connection is None:
            return
        if by == "telnyx":
            for message in last:
                connection.send(message)
            connection.close()
            self.note(
                "stream", "closed", {"stream_id": stream.stream_id, "by": by, "code": None}, call=stream.call_leg_id
            )

    def stream_closed(self, stream: Stream, code: int | None) -> None:
        """The application closed the WebSocket, or is gone."""
        if self._connections.get(stream.stream_id) is None:
            return
        body = {"stream_id": stream.stream_id, "by": "application", "code": code}
        self.note("stream", "closed", body, call=stream.call_leg_id)
        self.feed(inputs.StreamClosedByApplication(stream.stream_id))

    def stream_text(self, stream: Stream, text: bytes) -> None:
        now = self.clock.now_ns()
        message, replies = self._media_of(stream.call_leg_id).receive(text, now)
        self._send(stream.call_leg_id, replies)
        if isinstance(message, Media):
            self.trace.frame(f"{stream.stream_id}.from_app", now, -1, message.payload)
        elif body := entries.message(message, len(text)):
            self.note("stream", "message", body | {"stream_id": stream.stream_id}, call=stream.call_leg_id)

    def stream_binary(self, stream: Stream, size: int) -> None:
        self._send(stream.call_leg_id, self._media_of(stream.call_leg_id).refuse_binary())
        body = entries.message(Malformed(100003, "a binary message"), size) or {}
        self.note("stream", "message", body | {"stream_id": stream.stream_id}, call=stream.call_leg_id)


class _Listener:
    """What comes in on one stream's connection."""

    def __init__(self, session: Session, stream: Stream) -> None:
        self._session = session
        self._stream = stream

    def on_text(self, text: bytes) -> None:
        self._session.stream_text(self._stream, text)

    def on_binary(self, size: int) -> None:
        self._session.stream_binary(self._stream, size)

    def on_closed(self, code: int | None) -> None:
        self._session.stream_closed(self._stream, code)
