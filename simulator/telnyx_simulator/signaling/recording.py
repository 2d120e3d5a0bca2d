"""One recording of a leg or of a conference, from its start to the file that can be fetched; and its transcription."""

from dataclasses import dataclass, field
from enum import StrEnum


class RecordingState(StrEnum):
    RECORDING = "recording"
    PAUSED = "paused"
    ENDED = "ended"
    SAVED = "saved"


@dataclass(slots=True, kw_only=True)
class Recording:
    """`call_leg_ids` is one leg, or those that are in a conference (it changes with them). Times in nanoseconds.

    `channels` is `single` or `dual`: what the person says is the left channel, what they hear the right one.
    `track` is `both`, `inbound` (what the person says) or `outbound` (what they hear); one track is one channel.
    `trim` takes the silence off both ends. `max_length_s` and `silence_s` end it by themselves; 0: they do not.
    """

    recording_id: str
    call_leg_ids: list[str]
    conference_id: str | None = None
    channels: str = "dual"
    format: str = "mp3"
    track: str = "both"
    trim: bool = False
    play_beep: bool = False
    max_length_s: int = 0
    silence_s: int = 0
    custom_file_name: str | None = None
    initiated_by: str = "StartCallRecordingAPI"
    transcribe: bool = False
    began_ns: int = 0
    ended_ns: int | None = None
    state: RecordingState = RecordingState.RECORDING
    # Once it is saved: how long it is, and where the file is below the server's address.
    duration_ns: int | None = None
    path: str | None = None
    # What was said meanwhile, as far as anybody knows the words.
    texts: list[str] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        return self.state in (RecordingState.RECORDING, RecordingState.PAUSED)

    @property
    def is_saved(self) -> bool:
        """Whether there is a file of it."""
        return self.state is RecordingState.SAVED and self.path is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingTranscription:
    """The text of a recording, made after the call."""

    transcription_id: str
    recording: Recording
    text: str
    at_ns: int
