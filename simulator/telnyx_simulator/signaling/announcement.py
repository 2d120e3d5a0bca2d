"""One sound that Telnyx plays: spoken, fetched, uploaded, sent with the command, or a tone of its own."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    SPEECH = "speech"
    URL = "url"
    MEDIA = "media"
    CONTENT = "content"
    TONE = "tone"
    HOLD_MUSIC = "hold_music"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """`what` is the text, the URL, the name of an upload, the base64 of a file, or a tone (`beep`, `ringback`).

    `call_leg_ids` are those that hear it. `times` is how often, None without end. An `overlay` is heard together with
    what else is played; everything else waits for what came before it (`signaling` sees to that). One that `is_shared`
    is for all of a conference: others may come to hear it while it plays.
    """

    announcement_id: str
    call_leg_ids: tuple[str, ...]
    kind: Kind
    what: str
    audio_type: str = "mp3"
    voice: str | None = None
    language: str | None = None
    is_ssml: bool = False
    times: int | None = 1
    overlay: bool = False
    is_shared: bool = False
