"""Recordings of legs and of conferences: from the command to the file, its webhook, its resource and its text.

Theory of operation. A recording runs from its start to a command, the end of its leg or conference, `max_length`, or
`timeout_secs` of silence. Nothing is told when it starts; when the file is there, `call.recording.saved` is, also after
`call.hangup` (docs). A second recording beside the first is taken (assumed: nobody says). Without a `recording_id`
commands are about all of the leg's (assumed).
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from telnyx_simulator.facts import limits
from telnyx_simulator.signaling import events, identifiers, inputs, options, rest
from telnyx_simulator.signaling.board import Board, Done
from telnyx_simulator.signaling.delivery import MS_NS
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.part import Part
from telnyx_simulator.signaling.recording import Recording, RecordingState, RecordingTranscription

_SECOND_NS: Final = 1_000_000_000
_OF_CALL, _OF_CONFERENCE = "call.recording.saved", "conference.recording.saved"
# spec: one of four reasons; the others are about storage of the customer's own.
_REASON: Final = "Internal server error"
# The parameters of a dial, an answer or a transfer, as record_start calls them.
_FROM_ANSWER: Final = {
    "record_channels": "channels",
    "record_custom_file_name": "custom_file_name",
    "record_format": "format",
    "record_max_length": "max_length",
    "record_timeout_secs": "timeout_secs",
    "record_track": "recording_track",
    "record_trim": "trim",
}


class Recordings(Part):
    """All of a run, by id; the leg of each is the one that hears of it."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self.by_id: dict[str, Recording] = {}
        # Those that run: by the leg that is recorded alone, or by the conference.
        self._running: dict[str, list[Recording]] = {}
        # The conferences among those keys; a dict is a set that keeps its order.
        self._conferences: dict[str, None] = {}
        self._legs: dict[str, Leg] = {}
        self._promises: dict[str, tuple[str, Mapping[str, Any]]] = {}
        self._transcriptions: dict[str, RecordingTranscription] = {}
        self._minted = 0
        self.acts = {
            "record_start": self._record_start,
            "record_stop": self._record_stop,
            "record_pause": partial(self._record_pause, paused=True),
            "record_resume": partial(self._record_pause, paused=False),
        }
        self.orders = {
            "recording.retrieve": self._retrieve,
            "recording.delete": self._delete,
            "recording.delete_many": self._delete_many,
            "recording_transcription.retrieve": self._retrieve_text,
            "recording_transcription.delete": self._delete_text,
        }
        self.items = {
            "recording.list": lambda command, now: [self._row(one) for one in self._saved()],
            "recording_transcription.list": lambda command, now: [
                self._text_row(one) for one in self._transcriptions.values()
            ],
        }

    def knows(self, command: inputs.RestCommand) -> bool:
        named: list[Any] = [command.path_id]
        if command.operation == "recording.delete_many" and isinstance(command.body, dict):
            ids = command.body.get("ids")
            named += ids if isinstance(ids, list) else []
        return any(isinstance(key, str) and (key in self.by_id or key in self._transcriptions) for key in named)

    # For the other parts

    def begin(
        self, leg: Leg, given: Mapping[str, Any], now: int, *, conference_id: str | None = None, recording_id: str = ""
    ) -> tuple[Recording, list[Event]]:
        """Record a leg, or the conference that it is in; `given` are the parameters of record_start."""
        recording = Recording(
            recording_id=recording_id or self._new_id(leg),
            call_leg_ids=[leg.call_leg_id],
            conference_id=conference_id,
            channels=given.get("channels", "single" if conference_id else "dual"),
            format=given.get("format", "mp3"),
            track=given.get("recording_track", "both"),
            trim=given.get("trim") == "trim-silence",
            play_beep=given.get("play_beep", False),
            max_length_s=given.get("max_length", 0),
            silence_s=given.get("timeout_secs", 0),
            custom_file_name=given.get("custom_file_name"),
            initiated_by="StartConferenceRecordingAPI" if conference_id else "StartCallRecordingAPI",
            transcribe=given.get("transcription", False),
            began_ns=now,
        )
        self.by_id[recording.recording_id] = recording
        if conference_id:
            self._conferences[conference_id] = None
        self._running.setdefault(conference_id or leg.call_leg_id, []).append(recording)
        self._legs[recording.recording_id] = leg
        if recording.max_length_s:
            due_ns = now + recording.max_length_s * _SECOND_NS
            self.board.agenda.at(due_ns, lambda at: self.end(recording, at))
        return recording, [events.RecordingBegan(recording)]

    def end(self, recording: Recording, now: int) -> list[Event]:
        """No more is recorded; the file is written, and then the application hears of it."""
        if not recording.is_running:
            return []
        recording.state, recording.ended_ns = RecordingState.ENDED, now
        of = recording.conference_id or self._legs[recording.recording_id].call_leg_id
        self._running[of].remove(recording)
        if not self._running[of]:
            del self._running[of]
            self._conferences.pop(of, None)
        return [events.RecordingEnded(recording)]

    def pause(self, recording: Recording, *, paused: bool) -> list[Event]:
        wanted = RecordingState.PAUSED if paused else RecordingState.RECORDING
        if not recording.is_running or recording.state is wanted:
            return []
        recording.state = wanted
        return [events.RecordingPaused(recording, paused)]

    def standing(self) -> dict[str, Any]:
        """The recordings that run on, by id."""
        return {one.recording_id: {"of": one.call_leg_ids[:]} for of in self._running.values() for one in of}

    def running(self, of: str) -> list[Recording]:
        """What is being recorded of a leg alone, or of a conference, by `call_leg_id` or `conference_id`."""
        return list(self._running.get(of, ()))

    def _hearing(self, call_leg_id: str) -> list[Recording]:
        """What runs and has this leg on it, alone or in a conference."""
        together = (one for key in self._conferences for one in self._running[key] if call_leg_id in one.call_leg_ids)
        return [*self._running.get(call_leg_id, ()), *together]

    def leg_of(self, recording_id: str) -> Leg | None:
        """The leg that heard of a recording, as long as that was not deleted."""
        return self._legs[recording_id] if recording_id in self.by_id else None

    # News

    def ready(self, news: inputs.RecordingReady, now: int) -> list[Event]:
        recording, leg = self.by_id[news.recording_id], self._legs[news.recording_id]
        recording.state = RecordingState.SAVED
        recording.duration_ns, recording.path = news.duration_ns, news.path
        happened = self.board.tell(
            leg, _OF_CONFERENCE if recording.conference_id else _OF_CALL, now, **self._told(recording)
        )
        if recording.transcribe:
            due_ns = now + limits.TRANSCRIPTION_DELAY_MS * MS_NS
            self.board.agenda.at(due_ns, lambda at: self._transcribed(recording, at))
        return happened

    def failed(self, news: inputs.RecordingFailed, now: int) -> list[Event]:
        self.by_id[news.recording_id].state = RecordingState.SAVED
        return self.board.tell(self._legs[news.recording_id], "call.recording.error", now, reason=_REASON)

    def silent(self, news: inputs.Silent, now: int) -> list[Event]:
        """`timeout_secs` of silence end a recording, counted from its start at the earliest."""
        happened: list[Event] = []
        for one in self._hearing(news.call_leg_id):
            if one.silence_s and min(news.silent_ns, now - one.began_ns) >= one.silence_s * _SECOND_NS:
                happened += self.end(one, now)
        return happened

    def spoke(self, leg: Leg, transcript: str | None, now: int) -> list[Event]:
        """Somebody said these words: they are in each recording that runs."""
        for one in self._hearing(leg.call_leg_id):
            if transcript and one.state is RecordingState.RECORDING:
                one.texts.append(transcript)
        return []

    # What happens with legs

    def asked(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        if given.get("record") == "record-from-answer":
            names = {ours: given[name] for name, ours in _FROM_ANSWER.items() if name in given}
            self._promises[leg.call_leg_id] = (self._new_id(leg), names)
        return []

    def promised(self, leg: Leg) -> dict[str, Any]:
        promise = self._promises.get(leg.call_leg_id)
        return {"recording_id": promise[0]} if promise else {}

    def leg_answered(self, leg: Leg, now: int) -> list[Event]:
        promise = self._promises.get(leg.call_leg_id)
        if promise is None:
            return []
        recording_id, given = promise
        return self.begin(leg, given, now, recording_id=recording_id)[1]

    def leg_ended(self, leg: Leg, now: int) -> list[Event]:
        return [event for one in self.running(leg.call_leg_id) for event in self.end(one, now)]

    # Commands

    def _record_start(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_answered(leg)
        options.apply(leg, given)
        return self.begin(leg, given, now)[1]

    def _record_stop(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        return [event for one in self._meant(leg, given) for event in self.end(one, now)]

    def _record_pause(self, leg: Leg, given: dict[str, Any], now: int, *, paused: bool) -> list[Event]:
        return [event for one in self._meant(leg, given) for event in self.pause(one, paused=paused)]

    def _meant(self, leg: Leg, given: dict[str, Any]) -> list[Recording]:
        """A stop of what does not run is taken, without effect (assumed)."""
        rest.demand_alive(leg)
        options.apply(leg, given)
        wanted = given.get("recording_id")
        return [one for one in self.running(leg.call_leg_id) if wanted in (None, one.recording_id)]

    # Resources

    def _saved(self) -> list[Recording]:
        return [one for one in self.by_id.values() if one.is_saved]

    def _at(self, command: inputs.RestCommand) -> Recording:
        found = self.by_id.get(command.path_id or "")
        if found is None or not found.is_saved:
            raise rest.refused("recording_not_found")
        return found

    def _retrieve(self, command: inputs.RestCommand, given: dict[str, Any], now: int) -> Done:
        return Done(data=self._row(self._at(command)))

    def _delete(self, command: inputs.RestCommand, given: dict[str, Any], now: int) -> Done:
        recording = self._at(command)
        row = self._row(recording)
        del self.by_id[recording.recording_id]
        return Done(data=row)

    def _delete_many(self, command: inputs.RestCommand, given: dict[str, Any], now: int) -> Done:
        """Ids that nobody knows, or whose file is not there yet, are passed over (assumed)."""
        for key in given["ids"]:
            if key in self.by_id and self.by_id[key].is_saved:
                del self.by_id[key]
        return Done(data={"status": "ok"})

    def _retrieve_text(self, command: inputs.RestCommand, given: dict[str, Any], now: int) -> Done:
        if command.path_id not in self._transcriptions:
            raise rest.refused("not_found")
        return Done(data=self._text_row(self._transcriptions[command.path_id]))

    def _delete_text(self, command: inputs.RestCommand, given: dict[str, Any], now: int) -> Done:
        done = self._retrieve_text(command, given, now)
        del self._transcriptions[command.path_id or ""]
        return done

    def _transcribed(self, recording: Recording, now: int) -> list[Event]:
        leg = self._legs[recording.recording_id]
        draws = self.board.draws.within(recording.recording_id)
        one = RecordingTranscription(
            transcription_id=identifiers.random_uuid(draws, "transcription_id", 0),
            recording=recording,
            text=" ".join(recording.texts),
            at_ns=now,
        )
        self._transcriptions[one.transcription_id] = one
        return self.board.tell(
            leg,
            "call.recording.transcription.saved",
            now,
            recording_id=recording.recording_id,
            recording_transcription_id=one.transcription_id,
            status="completed",
            transcription_text=one.text,
        )

    # Bodies

    def _new_id(self, leg: Leg) -> str:
        self._minted += 1
        return identifiers.random_uuid(self.board.draws.within(leg.call_leg_id), "recording_id", self._minted)

    def _urls(self, recording: Recording) -> dict[str, str]:
        """Only the format that was asked for is there (assumed)."""
        return {recording.format: f"{self.board.account.base_url}{recording.path}"}

    def _told(self, recording: Recording) -> dict[str, Any]:
        """The payload of the webhook beyond the leg's own."""
        ended_ns = recording.began_ns if recording.ended_ns is None else recording.ended_ns
        began, ended = self.board.iso_us(recording.began_ns), self.board.iso_us(ended_ns)
        fields: dict[str, Any] = {
            "channels": recording.channels,
            "format": recording.format,
            "public_recording_urls": {},  # observed; they are there for accounts that asked for them
            "recording_ended_at": ended,
            "recording_id": recording.recording_id,
            "recording_started_at": began,
            "recording_urls": self._urls(recording),
        }
        if recording.conference_id:
            return fields | {"conference_id": recording.conference_id}
        return fields | {"end_time": ended, "start_time": began}

    def _row(self, recording: Recording) -> dict[str, Any]:
        leg, of_leg = self._legs[recording.recording_id], recording.conference_id is None
        ended_ns = recording.began_ns if recording.ended_ns is None else recording.ended_ns
        return {
            "record_type": "recording",
            "id": recording.recording_id,
            "call_control_id": leg.call_control_id if of_leg else None,
            "call_leg_id": leg.call_leg_id if of_leg else None,
            "call_session_id": leg.call_session_id,
            "conference_id": recording.conference_id,
            "connection_id": leg.connection_id,
            "channels": recording.channels,
            "source": "call" if of_leg else "conference",
            "status": "completed",
            "initiated_by": recording.initiated_by,
            "from": leg.from_ if of_leg else None,
            "to": leg.to if of_leg else None,
            "duration_millis": (recording.duration_ns or 0) // MS_NS,
            "recording_started_at": self.board.iso_ms(recording.began_ns),
            "recording_ended_at": self.board.iso_ms(ended_ns),
            "created_at": self.board.iso_ms(ended_ns),
            "updated_at": self.board.iso_ms(ended_ns),
            "download_urls": self._urls(recording),
        }

    def _text_row(self, one: RecordingTranscription) -> dict[str, Any]:
        return {
            "record_type": "recording_transcription",
            "id": one.transcription_id,
            "recording_id": one.recording.recording_id,
            "status": "completed",
            "transcription_text": one.text,
            "duration_millis": (one.recording.duration_ns or 0) // MS_NS,
            "created_at": self.board.iso_ms(one.at_ns),
            "updated_at": self.board.iso_ms(one.at_ns),
        }
