"""One run's glue: it carries events between signaling, media, the application and the trace. It decides nothing."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from telnyx_simulator.draws import Draws
from telnyx_simulator.media.codecs_here import lacks
from telnyx_simulator.media.impairments.recorded import RecordedLeg
from telnyx_simulator.media.sources import Sound
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.signaling.delivery import Attempt
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.rules import NO_RULES, Rules
from telnyx_simulator.signaling.stream import Stream
from telnyx_simulator.signaling.switch import Switch
from telnyx_simulator.trace import Entry, TraceWriter
from telnyx_simulator.transports import entries
from telnyx_simulator.transports.clock import Clock
from telnyx_simulator.transports.far_ends import FarEnds
from telnyx_simulator.transports.metronome import Metronome
from telnyx_simulator.transports.ports import StreamPort, WebhookPort
from telnyx_simulator.transports.sender import send
from telnyx_simulator.transports.signer import Signer
from telnyx_simulator.transports.sounds import Sounds
from telnyx_simulator.transports.stream_steps import StreamSteps
from telnyx_simulator.transports.streams import Streams

# How often we look whether we are there in time, and from when on it is worth an entry that we were not.
BEAT_NS: Final = 50_000_000
STALL_NS: Final = 50_000_000
NO_SOUNDS: Final[Mapping[str, Sound]] = MappingProxyType({})


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
    """A switch, its legs' media, and the record of both. `clock` is the run's own: its zero is the run's beginning.

    `rules` are what the run's scenario says of Telnyx; `remembers` as in `trace.TraceWriter`.
    """

    def __init__(
        self,
        carrier: Carrier,
        *,
        run: str,
        draws: Draws,
        directory: Path,
        header: dict[str, Any],
        rules: Rules = NO_RULES,
        log: Callable[[Entry], None] = lambda entry: None,
        remembers: bool = True,
    ) -> None:
        self.clock = carrier.clock.from_now()
        self.carrier = carrier
        self.switch = Switch(carrier.account, draws, self.clock.epoch_ns, rules=rules, lacks=lacks)
        about = header | {"epoch_ns": self.clock.epoch_ns}
        self.trace = TraceWriter(directory, about, run=run, remembers=remembers)
        self.far_ends = FarEnds(self, draws)
        self.streams = Streams(self, draws)
        self.sounds = Sounds(self)
        self.news = asyncio.Event()
        # The sound of a far end that speaks by its own behavior (`serve` sets it).
        self.small_talk: Sound | None = None
        # The first mistake of ours in work that nobody waits for.
        self.failure: BaseException | None = None
        self._log = log
        self.steps = StreamSteps(self, draws)
        self._tasks: set[asyncio.Task[None]] = set()
        self._replanned = asyncio.Event()
        self._pump = asyncio.create_task(self._run_pump())
        self._pump.add_done_callback(self.finished)
        self._watch = asyncio.create_task(self._run_watch())

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
        self._replanned.set()
        return self.switch.handle(command, self.clock.now_ns())

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

    # What a scenario tells the far end, the line and Telnyx to do

    def play(self, call_leg_id: str, sound: Sound, **about: Any) -> int:
        """The far end says `sound` from the next tick on; the answer is the moment at which it is over."""
        return self.far_ends.play(call_leg_id, sound, about)

    async def prepare(self, call_leg_id: str, sound: Sound) -> None:
        """Do beforehand, and off the media path, what would make the first frame of `sound` late."""
        await self.clock.in_thread(self.far_ends.of(call_leg_id).prepare_to_say, sound)

    def set_mic(self, call_leg_id: str, mic: Sound | str) -> None:
        """What the microphone carries between sounds: a sound over and over, `silence`, `comfort_noise`, `nothing`."""
        self.far_ends.set_mic(call_leg_id, mic)

    def hold(self, call_leg_id: str, held: bool) -> None:
        """The far end holds the call, and is neither heard nor hears; or comes back."""
        self.feed(inputs.Hold(call_leg_id) if held else inputs.Unhold(call_leg_id))

    def hears_talkspurt(self, call_leg_id: str) -> bool:
        """Whether the far end hears sound at this moment."""
        return self.far_ends.of(call_leg_id).hears_talkspurt()

    def heard_until_ns(self, call_leg_id: str) -> int:
        """Up to when the far end has heard; before now, where we are late."""
        leg_media = self.far_ends.of(call_leg_id)
        return leg_media.due_ns(leg_media.next_tick)

    def set_line(
        self,
        call_leg_id: str,
        planes: Mapping[str, Sequence[Mapping[str, Any]]],
        sounds: Mapping[str, Sound] = NO_SOUNDS,
    ) -> None:
        """The planes that are named have these impairments from now on (`scenario.script.Step`).

        `sounds` are the clips that they name. A leg whose line is a replay takes no notice.
        """
        for plane, impairments in planes.items() if not self.far_ends.is_replayed(call_leg_id) else ():
            if plane == "pstn":
                self.far_ends.set_line(call_leg_id, impairments, sounds)
            else:
                self.steps.set_line(call_leg_id, impairments)

    def replay_line(self, call_leg_id: str, recorded: RecordedLeg, sounds: Mapping[str, Sound] = NO_SOUNDS) -> None:
        """The leg has the line that a leg of another run had."""
        self.far_ends.replay(call_leg_id, recorded, sounds)

    def set_rules(self, rules: Rules) -> None:
        """What Telnyx does on purpose from now on."""
        self.switch.treatments.rules = rules

    def treat_stream(self, call_leg_id: str, treatment: Mapping[str, Any]) -> None:
        """How streams of the leg depart from the truth as they open and start (`scenario.script.Person.stream`)."""
        self.streams.treat(call_leg_id, treatment)

    def stream_step(self, call_leg_id: str, argument: Mapping[str, Any]) -> None:
        """Something on the leg's WebSocket, now (`scenario.script.Step`). Raises `stream_steps.NoStream`."""
        self.steps.step(call_leg_id, argument)

    # Life

    @property
    def is_at_rest(self) -> bool:
        """No leg lives, no delivery is due or under way, no stream is open."""
        alive = any(leg.is_alive for leg in self.switch.legs.values())
        busy = self._tasks or self.streams.sockets or self.switch.has_open_deliveries
        return not alive and not busy

    @property
    def open_streams(self) -> int:
        return len(self.streams.sockets)

    async def wait_for_news(self, until_ns: int | None) -> bool:
        """Wait for the next trace entry, at most until a moment of this run; whether there was one."""
        came = await self.clock.wait_for(self.news, until_ns)
        self.news.clear()
        return came

    async def close(self) -> None:
        """Stop everything and finish the trace. What is still open is cut."""
        self._pump.cancel()
        self._watch.cancel()
        self.far_ends.close()
        self.streams.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(self._pump, self._watch, *self._tasks, return_exceptions=True)
        self.trace.close()

    async def _run_pump(self) -> None:
        while True:
            self._replanned.clear()
            deadline = self.switch.next_deadline()
            if deadline is None or self.clock.now_ns() < deadline:
                await self.clock.wait_for(self._replanned, deadline)
                continue
            self.catch_up()

    def catch_up(self) -> None:
        """Carry out all that is due by now. After a stall whoever waited for its end may wake before the pump does."""
        self._carry(self.switch.advance(self.clock.now_ns()))

    async def _run_watch(self) -> None:
        """Note each time in which we did nothing, though the machine's clock went on: it is nobody else's doing."""
        while not self.clock.is_virtual:
            due_ns = self.clock.now_ns() + BEAT_NS
            await self.clock.sleep_until(due_ns)
            if self.clock.now_ns() - due_ns >= STALL_NS:
                self.note("runner", "stalled", {"due_ns": due_ns})

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let it run beside; the run is not at rest before it is done."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(self.finished)

    def finished(self, task: asyncio.Task[None]) -> None:
        """For work on this run that nobody waits for: a mistake of ours in it must not pass unseen."""
        # Each one's is asked for, or asyncio complains of it at the end with a traceback.
        problem = None if task.cancelled() else task.exception()
        self.fail(problem)

    def fail(self, problem: BaseException | None) -> None:
        """The first mistake of ours counts: the run says that it was our fault."""
        self.failure = self.failure or problem
        self.news.set()

    # Events

    def _carry(self, happened: list[events.Event]) -> None:
        for event in happened:
            match event:
                case events.LegBegan(leg):
                    self._note_leg(leg)
                case events.LegAnswered(leg):
                    self._note_leg(leg)
                    self.far_ends.begin(leg)
                case events.LegEnded(leg):
                    self.far_ends.end(leg.call_leg_id)
                    self.streams.end_leg(leg.call_leg_id)
                    self._note_leg(leg)
                case events.WebhookPlanned(delivery):
                    self.note("switch", "webhook.planned", entries.planned(delivery), call=delivery.call_leg_id)
                case events.AttemptDue(attempt):
                    self.spawn(self._deliver(attempt))
                case events.StreamRequested(stream):
                    self.spawn(self._open_stream(stream))
                case events.StreamStarted(stream, body):
                    self.streams.start(stream, body)
                case events.StreamEnded(stream, stop, by):
                    self.streams.end(stream, stop, by)
                case events.DigitPressed(call_leg_id, digit, occurred_at):
                    self.note("far_end", "digit", {"digit": digit}, call=call_leg_id)
                    leg_media = self.far_ends.of(call_leg_id)
                    self.streams.send(leg_media.stream_id, leg_media.press(digit, occurred_at))
                case events.FarEndHeld(call_leg_id, held):
                    self.far_ends.hold(call_leg_id, held)
                case events.FarEndSpeaks(call_leg_id):
                    if self.small_talk is not None:
                        self.play(call_leg_id, self.small_talk)
                case events.Replied():
                    pass  # `rest` has answered already
                case _:
                    self.sounds.carry(event)

    def _note_leg(self, leg: Leg) -> None:
        self.note("switch", "leg", entries.leg(leg), call=leg.call_leg_id)

    # Webhooks

    async def _deliver(self, attempt: Attempt) -> None:
        key, carrier = attempt.delivery.delivery_id, self.carrier
        sent = await send(attempt, signer=carrier.signer, port=carrier.webhooks, clock=self.clock)
        self.note("sender", "webhook.attempt", entries.attempted(attempt, sent), call=attempt.delivery.call_leg_id)
        reply, asked = sent.reply, tuple(sent.headers.items())
        self.feed(
            inputs.AttemptFinished(
                delivery_id=key,
                attempt=attempt.number,
                status=reply.status,
                asked=asked,
                headers=reply.headers,
                body=reply.body,
            )
        )

    async def _open_stream(self, stream: Stream) -> None:
        await self.streams.open(stream)
        self.steps.end_if_due(stream.call_leg_id)
