"""Timers and limits of Telnyx that are not a parameter's bound, with what is known of each."""

from typing import Final

from telnyx_simulator.facts.evidence import Evidence, Known

RING_TIMEOUT_S: Final = 30  # spec: Dial `timeout_secs`
TIME_LIMIT_S: Final = 14_400  # spec: Dial `time_limit_secs`

# docs (webhook fundamentals): no response in 2000 ms is a failed attempt.
WEBHOOK_TIMEOUT_MS: Final = 2_000
# assumed: the schedule is not published. Waits before attempts 2, 3 and 4, each counted from the failure before it.
WEBHOOK_RETRY_MS: Final = (1_000, 2_000, 4_000)
# docs (voice API fundamentals): the failover URL is used after two consecutive failed attempts.
ATTEMPTS_BEFORE_FAILOVER: Final = 2
# docs (voice API webhooks); webhook fundamentals count a redirect as a failure instead (`facts.assumptions`).
REDIRECTS_MAX: Final = 3
# spec: `webhook_retries_policies`.
RETRIES_MAX: Final = 5
RETRIES_SUM_MS_MAX: Final = 60_000

# docs (sending commands): a command with the `command_id` of an earlier one is ignored for so long; spec: of the same
# call, or another dial.
COMMAND_ID_KEPT_S: Final = 60

# spec: a call can be retrieved for 10 minutes after its end (the wording is ambiguous).
RETRIEVABLE_S: Final = 600

# assumed, ours: two webhooks of one leg never start closer than this, so that an undisturbed run keeps their order.
WEBHOOK_SPACING_MS: Final = 5
# spec: send_dtmf; `w` and `W` among digits are pauses.
DTMF_PAUSES_MS: Final = {"w": 500, "W": 1_000}

# observed: a webhook is created this long after what it tells of (33 to 244 ms in captures; 35 to 115 ms is usual).
WEBHOOK_LATENCY_MS: Final = (35, 115)
# docs: dials a second are evaluated over this time.
DIALS_WINDOW_S: Final = 5

# reported: seconds billed after the answer come in steps of 6, at least 60. What a minute costs is assumed: US dollars,
# by part of the call.
BILLED_STEP_S: Final = 6
BILLED_LEAST_S: Final = 60
COSTS_A_MINUTE: Final = {"call-control": "0.0020", "sip-trunking": "0.0050"}

# assumed: how long after the command Telnyx dials the stream's URL. Observed: first audio about 1 s after the answer,
# `streaming.started` after `call.answered`.
STREAM_OPEN_DELAY_MS: Final = 250
# assumed: how long the WebSocket handshake may take.
STREAM_HANDSHAKE_MS: Final = 5_000

# spec: playback_start and speak, `loop`.
LOOPS_MAX: Final = 100

# spec: how long a conference may last, and how many participants it takes unasked.
CONFERENCE_MINUTES: Final = 240
PARTICIPANTS_MAX: Final = 250

# assumed: how long after the recording its text comes.
TRANSCRIPTION_DELAY_MS: Final = 500

# spec: `deepfake_detection`, `timeout`; gather_using_ai, `user_response_timeout_ms`.
DEEPFAKE_TIMEOUT_S: Final = 15
AI_PATIENCE_MS: Final = 10_000
# assumed: how long after a conversation its insights come, how long the caller may take with a card, and how often.
INSIGHTS_DELAY_MS: Final = 1_000
PAY_PATIENCE_MS: Final = 5_000
PAY_ATTEMPTS: Final = 3
# assumed: what a sound may take to be fetched, and how large its file may be.
SOUND_FETCH_MS: Final = 10_000
SOUND_BYTES_MAX: Final = 20_000_000
# docs (recording): the URLs in `call.recording.saved` are good for ten minutes.
RECORDING_URL_S: Final = 600

# reported: what the header `x-ratelimit-limit` says.
REQUESTS_A_SECOND: Final = 2_000

# spec: media uploads, `ttl_secs`, and the size of a file.
MEDIA_TTL_S: Final = 172_800
MEDIA_TTL_S_MAX: Final = 630_720_000
MEDIA_BYTES_MAX: Final = 20_000_000

# observed: ten characters; which ones is not told.
SPEAK_ID_SIZE: Final = 10
# spec: send_dtmf, `duration_millis`. The pause between digits is assumed.
DTMF_TONE_MS: Final = 250
DTMF_GAP_MS: Final = 100

# spec (telnyx-python 4.189): settings of answering machine detection that are no whole number.
DETECTION_TYPES: Final = {
    "beep_detection_profile": "string",
    "beep_spectral_confirmation": "boolean",
    "beep_spectral_min_purity": "number",
    "beep_spectral_reject_fax_cng": "boolean",
}

# Of each name above.
KNOWN: Final[dict[str, Known]] = {
    "RING_TIMEOUT_S": Known(Evidence.SPEC, "openapi/spec3.yml: Dial, timeout_secs"),
    "TIME_LIMIT_S": Known(Evidence.SPEC, "openapi/spec3.yml: Dial, time_limit_secs"),
    "WEBHOOK_TIMEOUT_MS": Known(Evidence.DOCS, "docs: webhook fundamentals"),
    "WEBHOOK_RETRY_MS": Known(Evidence.ASSUMED, "docs speak of exponential backoff, without figures"),
    "ATTEMPTS_BEFORE_FAILOVER": Known(Evidence.DOCS, "docs: voice API fundamentals"),
    "REDIRECTS_MAX": Known(Evidence.DOCS, "docs: voice API webhooks"),
    "RETRIES_MAX": Known(Evidence.SPEC, "openapi/spec3.yml: webhook_retries_policies"),
    "RETRIES_SUM_MS_MAX": Known(Evidence.SPEC, "openapi/spec3.yml: webhook_retries_policies"),
    "COMMAND_ID_KEPT_S": Known(Evidence.DOCS, "docs: receiving webhooks"),
    "RETRIEVABLE_S": Known(Evidence.SPEC, "openapi/spec3.yml: retrieve a call status; the wording is ambiguous"),
    "WEBHOOK_SPACING_MS": Known(Evidence.ASSUMED, "ours, so that an undisturbed run keeps its order"),
    "DTMF_PAUSES_MS": Known(Evidence.SPEC, "openapi/spec3.yml: send_dtmf"),
    "WEBHOOK_LATENCY_MS": Known(Evidence.OBSERVED, "captures: creation of the webhook after its event"),
    "DIALS_WINDOW_S": Known(Evidence.DOCS, "docs: dials per second limit"),
    "BILLED_STEP_S": Known(Evidence.REPORTED, "consumer code"),
    "BILLED_LEAST_S": Known(Evidence.REPORTED, "consumer code"),
    "COSTS_A_MINUTE": Known(Evidence.ASSUMED, "prices differ by account"),
    "STREAM_OPEN_DELAY_MS": Known(Evidence.ASSUMED, "between the command and the first audio, about 1 s in captures"),
    "STREAM_HANDSHAKE_MS": Known(Evidence.ASSUMED, "ours"),
    "TRANSCRIPTION_DELAY_MS": Known(Evidence.ASSUMED, "ours"),
    "DEEPFAKE_TIMEOUT_S": Known(Evidence.SPEC, "openapi/spec3.yml: Dial, deepfake_detection"),
    "AI_PATIENCE_MS": Known(Evidence.SPEC, "openapi/spec3.yml: gather_using_ai, user_response_timeout_ms"),
    "INSIGHTS_DELAY_MS": Known(Evidence.ASSUMED, "ours"),
    "PAY_PATIENCE_MS": Known(Evidence.ASSUMED, "ours"),
    "PAY_ATTEMPTS": Known(Evidence.ASSUMED, "ours"),
    "LOOPS_MAX": Known(Evidence.SPEC, "openapi/spec3.yml: playback_start, loop"),
    "SOUND_FETCH_MS": Known(Evidence.ASSUMED, "ours"),
    "SOUND_BYTES_MAX": Known(Evidence.ASSUMED, "ours"),
    "RECORDING_URL_S": Known(Evidence.DOCS, "docs: call recording, recording_urls expire after ten minutes"),
    "REQUESTS_A_SECOND": Known(Evidence.REPORTED, "headers that consumers saw"),
    "MEDIA_TTL_S": Known(Evidence.SPEC, "telnyx-python 4.189: media_upload_params"),
    "MEDIA_TTL_S_MAX": Known(Evidence.SPEC, "telnyx-python 4.189: media_upload_params"),
    "MEDIA_BYTES_MAX": Known(Evidence.SPEC, "telnyx-python 4.189: media_upload_params"),
    "SPEAK_ID_SIZE": Known(Evidence.OBSERVED, "capture of speak.started, Nov 2025"),
    "DTMF_TONE_MS": Known(Evidence.SPEC, "openapi/spec3.yml: send_dtmf, duration_millis"),
    "DTMF_GAP_MS": Known(Evidence.ASSUMED, "ours"),
    "DETECTION_TYPES": Known(Evidence.SPEC, "telnyx-python 4.189: call_dial_params"),
    "CONFERENCE_MINUTES": Known(Evidence.SPEC, "openapi/spec3.yml: create conference"),
    "PARTICIPANTS_MAX": Known(Evidence.SPEC, "openapi/spec3.yml: create conference, max_participants"),
}
