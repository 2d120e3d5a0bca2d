"""Facts of media streaming over WebSocket (docs: media streaming over WebSockets; spec: stream parameters)."""

from typing import Final

CODECS: Final = ("PCMU", "PCMA", "G722", "OPUS", "AMR-WB", "L16")
TRACKS: Final = ("inbound_track", "outbound_track", "both_tracks")
SAMPLING_RATES_HZ: Final = (8000, 16000, 22050, 24000, 48000)
_RATE: Final = f"(?:{'|'.join(map(str, SAMPLING_RATES_HZ))})"
# How a codec is written, as a regular expression: its name, and what there is to choose. G722 is 16 kHz audio whose RTP
# clock is 8000 Hz (RFC 3551): either may be announced. The framings of AMR-WB are those of RFC 4867.
CODEC_WORD: Final = (
    r"PCM[UA](?:/8000)?|G722(?:/(?:8000|16000))?|OPUS(?:/(?:8000|16000|24000|48000))?"
    r"|AMR-WB(?:/(?:8000|16000))?(?:/(?:bandwidth-efficient|octet-aligned))?"
    rf"|L16(?:/{_RATE}(?:/(?:le|be))?)?"
)
# What `media_format` says of a codec that is written without a rate (docs; of OPUS and AMR-WB they name 8 and 16 kHz).
ANNOUNCED_HZ: Final = {"PCMU": 8000, "PCMA": 8000, "G722": 8000, "OPUS": 16000, "AMR-WB": 16000, "L16": 8000}
# Opus has no 22 050 Hz; what Telnyx makes of it is not said: the next rate above (assumed).
OPUS_RATE_HZ: Final = {8000: 8000, 16000: 16000, 22050: 24000, 24000: 24000, 48000: 48000}

PTIME_MS: Final = 20
# The audio in one media message that an application sends (docs).
MESSAGE_MS_MIN: Final = 20
MESSAGE_MS_MAX: Final = 30_000
# In mp3 mode: one message a second at most (docs).
MP3_INTERVAL_MS_MIN: Final = 1000
# Media messages after which a stream without rtp mode was seen to be closed ("about 9", reported: consumer code).
WITHOUT_RTP_MESSAGES: Final = 9

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
