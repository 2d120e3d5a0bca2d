"""The switch: legs, what is connected to them, and webhooks, moved by commands, acts and time.

Theory of operation. `handle` takes one input at a time and answers with what happened; what shall happen later stands
in a heap of deadlines that `advance` works off. Nothing here waits, sends or knows a clock: the transports call
`advance` when `next_deadline` has come. Events come in the order in which they are to be carried out.
"""

from collections.abc import Sequence
from typing import Any

from telnyx_simulator.draws import Draws
from telnyx_simulator.signaling import imagined, inputs, options, payloads
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.signaling.announcements import Announcements
from telnyx_simulator.signaling.assistants import Assistants
from telnyx_simulator.signaling.behaviors import Behaviors
from telnyx_simulator.signaling.board import Board
from telnyx_simulator.signaling.bridges import Bridges
from telnyx_simulator.signaling.calls import Calls
from telnyx_simulator.signaling.commands import Commands
from telnyx_simulator.signaling.conference_sounds import ConferenceSounds
from telnyx_simulator.signaling.conferences import Conferences
from telnyx_simulator.signaling.connections import Connections
from telnyx_simulator.signaling.delivery import Delivery
from telnyx_simulator.signaling.detection import Detection
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.gathers import Gathers
from telnyx_simulator.signaling.history import History
from telnyx_simulator.signaling.keys import Keys
from telnyx_simulator.signaling.leg import Leg, Trigger
from telnyx_simulator.signaling.part import Part
from telnyx_simulator.signaling.participants import Participants
from telnyx_simulator.signaling.payments import Payments
from telnyx_simulator.signaling.playback import Playback
from telnyx_simulator.signaling.queues import Queues
from telnyx_simulator.signaling.recordings import Recordings
from telnyx_simulator.signaling.rows import one_after_the_other
from telnyx_simulator.signaling.rules import NO_RULES, Rules
from telnyx_simulator.signaling.services import Services
from telnyx_simulator.signaling.stream import Stream
from telnyx_simulator.signaling.streams import Streams
from telnyx_simulator.signaling.supervision import Supervision
from telnyx_simulator.signaling.transcriptions import Transcriptions
from telnyx_simulator.signaling.transfers import Transfers


class Switch:
    """One run's legs. `epoch_ns` is the Unix time of the run's moment zero; `lacks` knows this machine's codecs."""

    def __init__(
        self,
        account: Account,
        draws: Draws,
        epoch_ns: int,
        *,
        rules: Rules = NO_RULES,
        lacks: options.Lacks = lambda codec, to_send: None,
    ) -> None:
        self._board = board = Board(account, draws, epoch_ns, rules=rules, lacks=lacks, on_silence=self._unanswered)
        self.account = account
        self.legs = board.legs
        self.treatments = board.treatments
        self.streams = Streams(board)
        self._behaviors = Behaviors(board.agenda, self.handle)
        self._calls = calls = Calls(board, self.streams, self._behaviors)
        self.transcriptions = Transcriptions(board)
        self.announcements = Announcements(board, on_said=self.transcriptions.announced)
        self.gathers = Gathers(board, self.announcements)
        self.detection = Detection(board, self.announcements, self.gathers)
        self.recordings = Recordings(board)
        keys = Keys(board)
        connected = self._connected(calls, keys)
        self.assistants = Assistants(board)
        history = History(board)
        # The order in which they hear that a leg is answered, ends and has ended.
        self._parts: tuple[Part, ...] = (
            history,
            self.streams,
            self.announcements,
            Playback(board, self.announcements),
            keys,
            self.gathers,
            self.detection,
            self.recordings,
            *connected,
            self.transcriptions,
            self.assistants,
            Payments(board),
            Services(board),
        )
        calls.parts = self._parts
        self._commands = Commands(
            board,
            dial=calls.dial,
            acts=calls.acts | {name: act for part in self._parts for name, act in part.acts.items()},
            orders={name: order for part in self._parts for name, order in part.orders.items()},
            demand_known=self.conferences.demand_known,
            on_reply=history.replied,
        )

    def _connected(self, calls: Calls, keys: Keys) -> tuple[Part, ...]:
        """The parts that connect legs with each other, in their order."""
        board, connections = self._board, Connections()
        self.queues = Queues(board, connections)
        self.bridges = Bridges(
            board, calls, connections, self.announcements, self.queues, recordings=self.recordings, keys=keys
        )
        self.conferences = Conferences(board, calls, connections, self.announcements, self.recordings)
        sounds = ConferenceSounds(
            board,
            self.conferences,
            announcements=self.announcements,
            gathers=self.gathers,
            keys=keys,
            recordings=self.recordings,
        )
        return (
            self.bridges,
            Transfers(board, calls, self.bridges),
            Supervision(board, calls, connections),
            self.conferences,
            Participants(board, self.conferences, self.announcements),
            sounds,
            self.queues,
        )

    def knows(self, command: inputs.RestCommand) -> bool:
        """Whether a command is about something of this run: a leg that it names, or what one of the parts keeps."""
        named = [command.path_id, *command.path_ids]
        if isinstance(command.body, dict):
            named.append(command.body.get("call_control_id"))
        is_of_leg = any(isinstance(name, str) and self.leg_of(name) is not None for name in named)
        return is_of_leg or any(part.knows(command) for part in self._parts)

    def standing(self) -> dict[str, dict[str, Any]]:
        """What commands made and nothing has ended yet, beside legs: kind -> each, as JSON."""
        return {
            "conferences": self.conferences.standing(),
            "queues": self.queues.standing(),
            "recordings": self.recordings.standing(),
        }

    def items(self, command: inputs.RestCommand, now: int) -> Sequence[dict[str, Any]]:
        """The rows that this run has to offer to a list."""
        lists = (part.items[command.operation] for part in self._parts if command.operation in part.items)
        return one_after_the_other([rows(command, now) for rows in lists])

    @property
    def rules(self) -> Rules:
        return self._board.rules

    def leg_of(self, call_control_id: str) -> Leg | None:
        return self.legs.controlled_by(call_control_id)

    def stream_of(self, leg: Leg) -> Stream | None:
        """The stream that the leg has now."""
        return self.streams.now_of(leg)

    @property
    def has_open_deliveries(self) -> bool:
        return self._board.outbox.has_open

    # Time

    def next_deadline(self) -> int | None:
        return self._board.agenda.next_deadline()

    def advance(self, now: int) -> list[Event]:
        return self._board.agenda.advance(now)

    # Inputs

    def handle(self, command: inputs.Input, now: int) -> list[Event]:
        match command:
            case inputs.RestCommand():
                return self._commands.handle(command, now)
            case inputs.PlaceCall():
                return self._calls.place(command, now)
            case inputs.PickUp(call_leg_id, detected):
                self.detection.picked_up(self.legs[call_leg_id], detected)
                return self._calls.answered(self.legs[call_leg_id], Trigger.FAR_END_ANSWERS, now)
            case inputs.Refuse():
                return self._far_end_ends(command, Trigger.FAR_END_REFUSES, now)
            case inputs.HangUp():
                return self._far_end_ends(command, Trigger.FAR_END_HANGS_UP, now)
            case inputs.Press():
                return self._calls.press(command, now)
            case inputs.Hold(call_leg_id):
                return self._calls.hold(self.legs[call_leg_id], True, now)
            case inputs.Unhold(call_leg_id):
                return self._calls.hold(self.legs[call_leg_id], False, now)
            case inputs.ExtraWebhook():
                return self._extra_webhook(command, now)
            case inputs.AttemptFinished():
                return self._board.outbox.finished(command, now)
            case inputs.StreamAccepted(stream_id):
                return self.streams.accepted(self.streams.by_id[stream_id], now)
            case inputs.StreamRefused(stream_id):
                return self.streams.refused(self.streams.by_id[stream_id], now)
            case inputs.StreamClosedByApplication(stream_id):
                return self.streams.end(self.streams.by_id[stream_id], now, by="application")
            case inputs.StreamClosed(stream_id, by):
                return self.streams.end(self.streams.by_id[stream_id], now, by=by)
            case _:
                return self._of_sound(command, now)

    def _of_sound(self, news: inputs.OfSound, now: int) -> list[Event]:
        """News of the media plane: of what is played, recorded and said."""
        match news:
            case inputs.SoundReady():
                return self.announcements.ready(news, now)
            case inputs.SoundFailed():
                return self.announcements.failed(news, now)
            case inputs.RecordingReady():
                return self.recordings.ready(news, now)
            case inputs.RecordingFailed():
                return self.recordings.failed(news, now)
            case inputs.Silent():
                return self.recordings.silent(news, now)
            case inputs.BeepSaid(call_leg_id):
                return self.detection.beeped(self.legs[call_leg_id], now)
            case inputs.SpeechBegan(call_leg_id):
                return self.detection.speaks(self.legs[call_leg_id], now)
            case inputs.SpeechEnded(call_leg_id, transcript):
                leg = self.legs[call_leg_id]
                return [
                    *self.detection.spoke(leg, now),
                    *self.conferences.spoke(leg, now),
                    *self.recordings.spoke(leg, transcript, now),
                    *self.transcriptions.spoke(leg, transcript, now),
                    *self.assistants.spoke(leg, transcript, now),
                ]

    def _far_end_ends(self, act: inputs.Refuse | inputs.HangUp, trigger: Trigger, now: int) -> list[Event]:
        leg = self.legs[act.call_leg_id]
        return self._calls.end(leg, trigger, now, cause=act.cause, sip=act.sip, source=act.source)

    def _unanswered(self, delivery: Delivery, now: int) -> list[Event]:
        return self._calls.unanswered(delivery, now)

    def _extra_webhook(self, command: inputs.ExtraWebhook, now: int) -> list[Event]:
        leg, event_type, treatment = self.legs[command.call_leg_id], command.event_type, command.treatment
        outbox = self._board.outbox
        ways = outbox.ways_of(self.legs.values(), leg) if command.to_each else None
        if command.again:
            return outbox.repeat(leg, event_type, now, treatment, ways)
        stream = next(reversed(self.streams.all_of(leg)), None)
        payload = payloads.of_event(leg, event_type, self._board.epoch_ns, now, stream=stream)
        payload = imagined.completed(leg, event_type, payload, self._board.epoch_ns + now)
        return self._board.told(leg, outbox.tell_extra(leg, event_type, payload, now, treatment, ways))
