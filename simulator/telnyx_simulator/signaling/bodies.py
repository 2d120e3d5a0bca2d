"""One webhook as an HTTP request, in each of the shapes of `facts.shapes`."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from telnyx_simulator.facts.webhooks import CONTENT_TYPE

FORM_CONTENT_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What goes on the wire but for the headers that sign it; without a body there is no content type."""

    method: str
    url: str
    body: bytes
    content_type: str | None


def request(shape: str, url: str, data: dict[str, Any], *, attempt: int, created_at: str) -> Request:
    """The event `data`, on its way to `url` for the `attempt`th time. `created_at` is when the webhook was made."""
    match shape:
        case "form":
            return Request(method="POST", url=url, body=_encoded(data).encode(), content_type=FORM_CONTENT_TYPE)
        case "query":
            parts = urlsplit(url)
            query = "&".join(part for part in (parts.query, _encoded(data)) if part)
            return Request(method="GET", url=urlunsplit(parts._replace(query=query)), body=b"", content_type=None)
        case "v1":
            envelope = _v1(data, created_at)
        case "underscores":
            envelope = _v2(data | {"event_type": data["event_type"].replace(".", "_")}, attempt, url)
        case "unsorted":
            # The order of the documentation: `record_type` and `event_type` first.
            first = {name: data[name] for name in ("record_type", "event_type", "id", "occurred_at")}
            envelope = _v2(first | data, attempt, url)
        case _:
            envelope = _v2(data, attempt, url)
    return Request(method="POST", url=url, body=_json(envelope, shape), content_type=CONTENT_TYPE)


def _v2(data: dict[str, Any], attempt: int, url: str) -> dict[str, Any]:
    return {"data": data, "meta": {"attempt": attempt, "delivered_to": url}}


def _v1(data: dict[str, Any], created_at: str) -> dict[str, Any]:
    return {
        "record_type": data["record_type"],
        "id": data["id"],
        "event_type": data["event_type"].replace(".", "_"),
        "created_at": created_at,
        "payload": data["payload"] | {"occurred_at": data["occurred_at"]},
    }


def _json(envelope: dict[str, Any], shape: str) -> bytes:
    """Two-space JSON with sorted keys (observed), unless the shape says otherwise."""
    is_compact = shape == "compact"
    text = json.dumps(
        envelope,
        indent=None if is_compact else 2,
        separators=(",", ":") if is_compact else None,
        sort_keys=shape != "unsorted",
        ensure_ascii=False,
    )
    # Half a surrogate pair, which UTF-8 does not have, becomes JSON's own escape: a client may send anything.
    return text.encode(errors="backslashreplace")


def _encoded(data: dict[str, Any]) -> str:
    """Event, id and moment beside the payload's fields (assumed); what is nested is JSON, null is empty."""
    fields = {name: data[name] for name in ("event_type", "id", "occurred_at")} | data["payload"]
    return urlencode({name: _text(value) for name, value in fields.items()}, errors="backslashreplace")


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
