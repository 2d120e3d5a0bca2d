"""Shapes in which a webhook can arrive: the words of the treatment `shape`, each with what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from telnyx_simulator.facts.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Shape:
    """`says` tells what is on the wire."""

    says: str
    evidence: Evidence
    source: str


_LAYOUT: Final = "the same JSON, and the bytes are signed as they are: a proxy or a new version may lay them out so"

# The first is what Telnyx sends, and the default.
SHAPES: Final[Mapping[str, Shape]] = {
    "pretty": Shape(
        "JSON indented by two spaces, keys sorted at every level",
        Evidence.OBSERVED,
        "captures of 2025 and 2026: sorted keys in the bodies, the indentation from the counted bytes",
    ),
    "compact": Shape(
        "JSON without any white space, keys sorted at every level",
        Evidence.ASSUMED,
        "nobody saw it; an application that re-serialises what it parsed often makes this of it",
    ),
    "unsorted": Shape(
        "JSON indented by two spaces, keys in the order of the documentation: `record_type` before `event_type`",
        Evidence.DOCS,
        "docs: the examples of webhook fundamentals",
    ),
    "wide": Shape("JSON indented by four spaces, keys sorted", Evidence.ASSUMED, _LAYOUT),
    "tabs": Shape("JSON indented by tabs, keys sorted", Evidence.ASSUMED, _LAYOUT),
    "crlf": Shape("as `pretty`, lines end with CR and LF", Evidence.ASSUMED, _LAYOUT),
    "ending": Shape("as `pretty`, a line feed behind the last brace, which is signed", Evidence.ASSUMED, _LAYOUT),
    "escaped": Shape(
        "as `unicode`, every character beyond ASCII escaped: `\\u00eb`",
        Evidence.ASSUMED,
        "RFC 8259, 7: the same text; JSON libraries differ in it",
    ),
    "slashes": Shape("as `pretty`, slashes escaped: `https:\\/\\/`", Evidence.ASSUMED, "PHP writes JSON so"),
    "unicode": Shape(
        "as `pretty`, the caller's name and a tag in scripts beyond ASCII, as UTF-8",
        Evidence.ASSUMED,
        "spec: `caller_id_name` and `tags` are text of any kind",
    ),
    "extended": Shape(
        "as `pretty`, fields that nobody knows yet beside the envelope, in `data`, `meta` and the payload",
        Evidence.DOCS,
        "docs: new fields may come at any time; `calling_party_type` and `telnyx_error` came so",
    ),
    "deep": Shape(
        "as `pretty`, the payload with a field of nested lists and objects, numbers beyond 64 bits and null",
        Evidence.ASSUMED,
        "RFC 8259 has no limit of either",
    ),
    "big": Shape(
        "as `pretty`, 60 KB of it: two hundred custom headers and tags",
        Evidence.ASSUMED,
        "spec: `custom_headers` and `tags` are lists without a limit",
    ),
    "underscores": Shape(
        "as `pretty`, the event's name with underscores for dots: `call_initiated`, `streaming_started`",
        Evidence.REPORTED,
        "dograh-hq/dograh normalises such names",
    ),
    "v1": Shape(
        "the flat envelope of API v1: `record_type`, `id`, `event_type` with underscores, `created_at`, and `payload`, "
        "which holds `occurred_at`",
        Evidence.DOCS,
        "docs: migration to the Voice API; the signature stays that of v2, for the rest of v1 is not played",
    ),
    "form": Shape(
        "the payload as `application/x-www-form-urlencoded`, signed like any other body",
        Evidence.REPORTED,
        "team-telnyx/telnyx-php#96, of TeXML callbacks",
    ),
    "query": Shape(
        "a GET request whose query holds the payload, no body",
        Evidence.ASSUMED,
        "docs name `webhook_url_method: GET`; how a payload becomes a query is not said",
    ),
}
