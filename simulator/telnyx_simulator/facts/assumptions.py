"""Where evidence about Telnyx disagrees or is missing: what is selectable by `assume:`, and which alternative holds.

The first alternative is the default, the best evidenced one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from telnyx_simulator.facts.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Assumption:
    """`alternatives` maps each to what it means, the default first; `evidence` and `source` are the default's."""

    alternatives: Mapping[str, str]
    evidence: Evidence
    source: str

    @property
    def default(self) -> str:
        return next(iter(self.alternatives))


ASSUMPTIONS: Final[Mapping[str, Assumption]] = {
    "redirects": Assumption(
        {
            "failure": "a webhook answered with 3xx has failed for good",
            "followed": "a webhook answered with 3xx is sent to the new address, up to three times",
        },
        Evidence.DOCS,
        "docs: webhook fundamentals; the receiving guide says the opposite",
    ),
    "retry_signature": Assumption(
        {
            "fresh": "each attempt is signed anew, with the time of the attempt",
            "original": "a retry keeps the timestamp of the first attempt, and is signed with it",
        },
        Evidence.ASSUMED,
        "docs disagree on what the timestamp means",
    ),
    "return_without_rtp": Assumption(
        {
            "dropped": "what is no MP3 is not heard without `stream_bidirectional_mode: rtp`, and nothing says so",
            "closed": "the stream is closed after nine such messages",
            "invalid_media": "each such message is answered with the error 100004",
            "unknown_error": "each such message is answered with the error 100002",
        },
        Evidence.REPORTED,
        "consumer code; see media messages in the fact sheet of streams",
    ),
    "target_legs_default": Assumption(
        {
            "self": "without `stream_bidirectional_target_legs` the leg of the stream hears what is returned",
            "opposite": "without it the bridged peer hears it, and nobody where there is no peer",
        },
        Evidence.REPORTED,
        "Dograh and pipecat run without it and are heard; OpenAPI prints `opposite`",
    ),
    "short_media": Assumption(
        {
            "played": "media shorter than 20 ms is played all the same",
            "refused": "media shorter than 20 ms is answered with an error and not played",
        },
        Evidence.ASSUMED,
        "docs: 20 ms to 30 s a message; what becomes of less is not said",
    ),
    "stopped_speak": Assumption(
        {
            "completed": "a speak that a command stops has ended as `completed`",
            "cancelled": "it has ended as `cancelled`, as a playback does",
        },
        Evidence.ASSUMED,
        "the SDK knows completed, call_hangup and cancelled_amd of a speak; docs say that a stop ends it, not how",
    ),
    "detect_beep_without_beep": Assumption(
        {
            "nothing": "`detect_beep` tells of the end of a greeting only if there is a beep",
            "not_sure": "without a beep it tells of the end as `not_sure`, 30 s after the machine was found",
        },
        Evidence.DOCS,
        "docs: the table of modes on the page about detection; further down the page says the opposite",
    ),
    "premium_without_beep": Assumption(
        {
            "no_beep_detected": "`premium` tells of the end of a greeting as `no_beep_detected`, 25 s after the answer",
            "nothing": "it tells of the end of a greeting only if there is a beep",
        },
        Evidence.DOCS,
        "docs: the page about detection, 2026; its table, and telnyx-python `call_dial_params.py`, say the opposite",
    ),
    "reason_of_ended_conference": Assumption(
        {
            "all_left": "`conference.ended` tells of a conference that a command ended that all have left it",
            "host_left": "it tells that the host has left",
            "time_exceeded": "it tells that its time was over",
        },
        Evidence.ASSUMED,
        "the resource has `ended_via_api`, and the webhook no word for it",
    ),
}
