"""Facts of media streaming over WebSocket (docs: media streaming over WebSockets; spec: stream parameters)."""

from typing import Final

CODECS: Final = ("PCMU", "PCMA", "G722", "OPUS", "AMR-WB", "L16")
CODECS_BUILT: Final = ("PCMU", "PCMA", "L16")
TRACKS: Final = ("inbound_track", "outbound_track", "both_tracks")
SAMPLING_RATES_HZ: Final = (8000, 16000, 22050, 24000, 48000)

PTIME_MS: Final = 20
# The audio in one media message that an application sends (docs).
MESSAGE_MS_MIN: Final = 20
MESSAGE_MS_MAX: Final = 30_000

# Raw value, no Bearer (reported by at least six independent consumers; not named in docs).
AUTH_TOKEN_HEADER: Final = "x-telnyx-streaming-auth-token"  # noqa: S105 - a header's name
PROTOCOL_VERSION: Final = "1.0.0"

# Error messages on the stream: code -> title (docs). The texts of `detail` are nowhere published (assumed).
STREAM_ERRORS: Final[dict[int, tuple[str, str]]] = {
    100002: ("unknown_error", "Unknown error."),
    100003: ("malformed_frame", "The frame is not a well-formed message."),
    100004: ("invalid_media", "The payload is not base64 encoded audio."),
    100005: ("rate_limit_reached", "Too many requests."),
}

# What `streaming.failed` says; one reason is documented, the list is not (docs: callback call-streaming-failed).
CONNECTION_FAILED: Final = "connection_failed"

# A leg's jitter buffer and what counts as an underrun: assumed, ours (architecture, audio truth).
JITTER_BUFFER_MS: Final = 60
UNDERRUN_MS_MAX: Final = 200
