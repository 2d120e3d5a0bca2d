"""A media stream of a leg, as signaling knows it: where it goes, in which codecs, and how far it got."""

from dataclasses import dataclass
from enum import StrEnum


class StreamState(StrEnum):
    OPENING = "opening"
    OPEN = "open"
    STARTED = "started"
    ENDED = "ended"


@dataclass(slots=True)
class Stream:
    """`sent_codec` is what the application hears, `returned_codec` what it is to send; both as `L16/16000/le` texts.

    `mode` is `rtp` or `mp3`: in mp3 mode, which holds unless a command says otherwise, `returned_codec` is `MP3`, and
    raw audio from the application is not played. `target_legs` is None when the command did not say.
    """

    stream_id: str
    call_leg_id: str
    url: str
    track: str
    sent_codec: str
    returned_codec: str
    mode: str
    target_legs: str | None
    auth_token: str | None
    state: StreamState = StreamState.OPENING

    def is_heard(self, target_legs_default: str) -> bool:
        """Whether what the application sends is played to the leg that carries the stream.

        `opposite` on a leg without a peer is silence (reported); what holds where the command does not say is an
        assumption (`facts.assumptions`: `target_legs_default`).
        """
        return (self.target_legs or target_legs_default) in ("self", "both")

    def reaches_peer(self, target_legs_default: str) -> bool:
        """Whether it is played to the leg that this one is bridged with."""
        return (self.target_legs or target_legs_default) in ("opposite", "both")
