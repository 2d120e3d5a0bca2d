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
    # Ours alone: an honest answer where Telnyx would act and the simulator cannot yet.
    "not_built_yet": ErrorFact(
        501, "501", "Not built yet", "The simulator does not play '{name}' yet.", Evidence.ASSUMED
    ),
}
