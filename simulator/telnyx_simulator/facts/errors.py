"""Errors of the REST API: HTTP status, code, title and detail, by a name of our own.

Envelope (spec, and a live sample in pipecat-ai/pipecat#2054): `{"errors": [{"code", "title", "detail", "source"?,
"meta"?}]}`; `code` is always text. `meta.url` is absent from live 90xxx errors and present on account errors and 401.
"""

from dataclasses import dataclass
from typing import Final

from telnyx_simulator.facts.evidence import Evidence

DOCUMENTATION_URL: Final = "https://developers.telnyx.com/docs/overview/errors/"


@dataclass(frozen=True, slots=True)
class ErrorFact:
    status: int
    code: str
    title: str
    detail: str
    evidence: Evidence
    pointer: str | None = None
    documented_url: bool = False

    @property
    def source(self) -> str:
        """Where errors of this evidence are found."""
        return _SOURCES[self.evidence]


_SOURCES: Final = {
    Evidence.SPEC: "openapi/spec3.yml: examples of errors",
    Evidence.DOCS: "docs: API errors, rate limiting, dials per second limit",
    Evidence.OBSERVED: "replies shown in pipecat-ai/pipecat#2054 and team-telnyx/telnyx-node#208",
    Evidence.REPORTED: "replies that consumers report, code and threads",
    Evidence.ASSUMED: "not stated anywhere; a comment beside the row says why this",
}

ERRORS: Final[dict[str, ErrorFact]] = {
    "no_credentials": ErrorFact(
        401,
        "10009",
        "Authentication failed",
        "Could not find any usable credentials in the request.",
        Evidence.REPORTED,
        documented_url=True,
    ),
    "unknown_key": ErrorFact(
        401,
        "10009",
        "Authentication failed",
        "No key found matching the ID '{key}' with the provided secret.",
        Evidence.REPORTED,
        documented_url=True,
    ),
    "not_found": ErrorFact(
        404,
        "10005",
        "Resource not found",
        "The requested resource or URL could not be found.",
        Evidence.SPEC,
        documented_url=True,
    ),
    "invalid_pagination": ErrorFact(422, "10015", "Invalid pagination", "{detail}", Evidence.SPEC, documented_url=True),
    "malformed_json": ErrorFact(400, "10015", "Bad Request", "{detail}", Evidence.SPEC),
    "missing_parameter": ErrorFact(
        422,
        "10004",
        "Missing required parameter",
        "The '{name}' parameter is required and cannot be blank.",
        Evidence.SPEC,
    ),
    "not_e164": ErrorFact(
        422,
        "10016",
        "Phone number must be in +E164 format",
        "The '{name}' parameter must be in E164 format.",
        Evidence.SPEC,
    ),
    "wrong_type": ErrorFact(
        422, "10026", "Invalid parameter type", "The '{name}' parameter must be of type '{expected}'", Evidence.SPEC
    ),
    "not_in_enum": ErrorFact(
        422, "10032", "Invalid enumerated value", "The value must be one of: {allowed}.", Evidence.SPEC
    ),
    "out_of_range": ErrorFact(
        422, "10033", "Value outside of range", "The value is outside of allowed range {low} to {high}", Evidence.SPEC
    ),
    "invalid_value": ErrorFact(422, "10015", "Bad Request", "{detail}", Evidence.ASSUMED),
    "invalid_connection": ErrorFact(
        422,
        "10015",
        "Invalid value for connection_id (Call Control App ID)",
        "The requested connection_id (Call Control App ID) is either invalid or does not exist. "
        "Only Call Control Apps with valid webhook URL are accepted.",
        Evidence.SPEC,
        pointer="/connection_id",
    ),
    "invalid_call_control_id": ErrorFact(
        422,
        "90015",
        "Invalid Call Control ID",
        "The call_control_id provided was not valid.",
        Evidence.OBSERVED,
        pointer="/call_control_id",
    ),
    "call_ended": ErrorFact(
        422,
        "90018",
        "Call has already ended",
        "This call is no longer active and can't receive commands.",
        Evidence.OBSERVED,
    ),
    "call_not_answered": ErrorFact(
        422,
        "90034",
        "Call not answered yet",
        "This call can't receive this command because it has not been answered yet.",
        Evidence.SPEC,
    ),
    # The code is in the OpenAPI document; that a second stream on a leg gets it is assumed.
    "media_streaming_used": ErrorFact(
        422,
        "90045",
        "Media Streaming is used",
        "This command can't be issued when media streaming is used.",
        Evidence.ASSUMED,
    ),
    # Nobody documents what a second answer, or an answer to one's own dial, gets.
    "not_parked": ErrorFact(
        422,
        "10015",
        "Bad Request",
        "This command needs an incoming call that has not been answered yet.",
        Evidence.ASSUMED,
        pointer="/call_control_id",
    ),
    "internal_error": ErrorFact(500, "10007", "Internal server error", "Internal server error", Evidence.SPEC),
    # Nobody documents what the following get (assumed); `bridge` on an empty queue is said to be refused (spec).
    "already_bridged": ErrorFact(
        422,
        "10015",
        "Bad Request",
        "The call to bridge with is already bridged.",
        Evidence.ASSUMED,
        pointer="/call_control_id",
    ),
    "queue_empty": ErrorFact(
        422, "10015", "Bad Request", "The '{name}' queue has no calls.", Evidence.ASSUMED, pointer="/queue"
    ),
    "queued_call_ended": ErrorFact(
        422,
        "90018",
        "Call has already ended",
        "The first call of the queue, from {from_} to {to} with the id {call_control_id}, has hung up.",
        Evidence.ASSUMED,
    ),
    "not_queued": ErrorFact(422, "10015", "Bad Request", "The call is in no queue.", Evidence.ASSUMED),
    "still_queued": ErrorFact(
        422, "10015", "Bad Request", "Only a call that has hung up can be removed from a queue.", Evidence.ASSUMED
    ),
    "queue_exists": ErrorFact(
        422,
        "10012",
        "Duplicate resource",
        "A queue with this name already exists.",
        Evidence.ASSUMED,
        pointer="/queue_name",
    ),
    "not_supervising": ErrorFact(422, "10015", "Bad Request", "The call supervises no other.", Evidence.ASSUMED),
    "not_participating": ErrorFact(
        422,
        "10015",
        "Bad Request",
        "The call is no participant of the conference.",
        Evidence.ASSUMED,
        pointer="/call_control_id",
    ),
    # From here on: what Telnyx documents and nothing here refuses by itself; a treatment can.
    "service_unavailable": ErrorFact(503, "10007", "Service unavailable", "Service unavailable", Evidence.SPEC),
    "recording_not_found": ErrorFact(
        404,
        "10005",
        "Recording not found",
        "The requested recording could not be found.",
        Evidence.SPEC,
        pointer="/recording_id",
    ),
    "no_resource": ErrorFact(404, "10007", "Resource not found", "Resource not found", Evidence.SPEC),
    "not_authorized": ErrorFact(
        403,
        "10010",
        "Authorization failed",
        "You do not have permission to perform this action.",
        Evidence.SPEC,
        documented_url=True,
    ),
    "too_many_requests": ErrorFact(
        429,
        "10011",
        "Too many requests",
        "You have exceeded the maximum number of allowed requests.",
        Evidence.DOCS,
    ),
    "media_encryption": ErrorFact(
        422,
        "10011",
        "Media encryption not supported for PSTN calls",
        "Media encryption is not supported for PSTN calls.",
        Evidence.SPEC,
        pointer="/media_encryption",
    ),
    "not_decodable": ErrorFact(
        400,
        "10028",
        "Character encoding error",
        "Error decoding request body at position 0",
        Evidence.SPEC,
        documented_url=True,
    ),
    # Title and detail of the next one are nowhere to be read (assumed); status and code are docs.
    "dial_rate": ErrorFact(
        429,
        "90103",
        "Dials per second limit exceeded",
        "You have exceeded the maximum number of dials per second.",
        Evidence.DOCS,
    ),
    # Reported without a status: 403, as what is not allowed has (assumed).
    "account_inactive": ErrorFact(403, "20012", "Account inactive", "The account is inactive.", Evidence.REPORTED),
    "no_funds": ErrorFact(403, "20100", "Insufficient funds", "The account has insufficient funds.", Evidence.REPORTED),
    "profile_channels": ErrorFact(
        403,
        "90042",
        "Outbound voice profile channel limit exceeded",
        "The channel limit of the outbound voice profile is exceeded.",
        Evidence.REPORTED,
    ),
    "connection_channels": ErrorFact(
        403,
        "90043",
        "Connection outbound channel limit exceeded",
        "The outbound channel limit of the connection is exceeded.",
        Evidence.REPORTED,
    ),
    "wrong_digits": ErrorFact(
        422, "90014", "Invalid value for digits", "The digits hold characters that are not allowed.", Evidence.SPEC
    ),
    "conference_ended": ErrorFact(
        422,
        "90019",
        "Conference has already ended",
        "This conference is no longer active and can't receive commands.",
        Evidence.SPEC,
    ),
    "no_audio_yet": ErrorFact(
        422,
        "90020",
        "Call recording triggered before audio started",
        "Call recording can't be triggered before audio started.",
        Evidence.SPEC,
    ),
    "not_forked": ErrorFact(
        422, "90031", "Call is not currently forked", "This call is not currently forked.", Evidence.SPEC
    ),
    "conference_full": ErrorFact(
        422,
        "90032",
        "Maximum number of participants reached",
        "The maximum allowed value of `max_participants` has been reached at {most}.",
        Evidence.SPEC,
    ),
    "conference_exists": ErrorFact(
        422,
        "90033",
        "Unable to execute command",
        "Conference with given name already exists and it's active.",
        Evidence.SPEC,
    ),
    "queue_full": ErrorFact(
        422, "90036", "Queue full", "The '{name}' queue is full and can't accept more calls.", Evidence.SPEC
    ),
    "already_queued": ErrorFact(
        422, "90038", "Call already in queue", "Call can't be added to a queue it's already in.", Evidence.SPEC
    ),
    "audio_not_downloaded": ErrorFact(
        400,
        "90040",
        "Downloading audio file failed",
        "Provided audio file couldn't be downloaded.",
        Evidence.SPEC,
    ),
    "joined_twice": ErrorFact(
        422,
        "90044",
        "Participant must not join the same conference twice.",
        "Participant must not join the same conference twice.",
        Evidence.REPORTED,
    ),
    "participant_on_hold": ErrorFact(400, "90047", "Participant on hold", "The participant is on hold.", Evidence.SPEC),
    "queue_in_use": ErrorFact(
        400, "90050", "Unable to delete queue", "Only empty queues can be deleted.", Evidence.SPEC
    ),
    "transcribed_already": ErrorFact(
        422,
        "90054",
        "Call transcription is already in progress",
        "Call transcription is already in progress.",
        Evidence.SPEC,
    ),
    "unknown_conference": ErrorFact(
        404, "90058", "Invalid conference_id", "The conference does not exist.", Evidence.SPEC
    ),
    "assisted_already": ErrorFact(
        422,
        "90061",
        "AI Assistant is already in progress",
        "An AI Assistant is already in progress on this call.",
        Evidence.SPEC,
    ),
    # Ours alone: an honest answer where Telnyx would act and the simulator cannot yet.
    "not_built_yet": ErrorFact(
        501, "501", "Not built yet", "The simulator does not play '{name}' yet.", Evidence.ASSUMED
    ),
    # Ours alone too: Telnyx has every codec, this machine may not.
    "missing_library": ErrorFact(501, "501", "Missing library", "{needs}: {install}", Evidence.ASSUMED),
}


def documented(code: str, status: int | None = None) -> ErrorFact:
    """The error of this code, and of this status where a code has several; without a status the first of its rows.

    With a status that no row of the code has, its first row. LookupError if nothing is known of the code.
    """
    rows = [fact for fact in ERRORS.values() if fact.code == code]
    if not rows:
        raise LookupError(f"no error of Telnyx with the code {code!r} is known")
    return next((fact for fact in rows if fact.status == status), rows[0])
