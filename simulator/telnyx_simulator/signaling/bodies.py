"""One webhook as an HTTP request, in each of the shapes of `facts.shapes`."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from telnyx_simulator.facts.webhooks import CONTENT_TYPE

FORM_CONTENT_TYPE = "application/x-www-form-urlencoded"

# What some shapes put beside, or in place of, what the payload has.
_NEWS: Final[dict[str, Any]] = {"telnyx_news": {"since": "2027", "items": [1, None]}}
_TEXTS: Final[Mapping[str, Any]] = {
    "caller_id_name": "Zo\u00eb \u00c5str\u00f6m \u65e5\u672c\u8a9e \u0645\u0631\u062d\u0628\u0627 \U0001f4de",
    "tags": ["\u4f60\u597d \u2028 e\u0301"],
}
_MORE: Final[Mapping[str, Mapping[str, Any]]] = {
    "unicode": _TEXTS,
    "escaped": _TEXTS,
    "deep": {"telnyx_news": {"nested": [[[[[{"a": {"b": {"c": [None, 10**30, -1.5e300, "", {}]}}}]]]]]}},
    "big": {
        "custom_headers": [{"name": f"X-Header-{n}", "value": "v" * 200} for n in range(200)],
        "tags": [f"tag {n}" for n in range(200)],
    },
}


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
        case "extended":
            envelope = _v2(data | _NEWS | {"payload": data["payload"] | _NEWS}, attempt, url)
            envelope = envelope | _NEWS | {"meta": envelope["meta"] | _NEWS}
        case _:
            more = _MORE.get(shape, {})
            envelope = _v2(data | {"payload": data["payload"] | more} if more else data, attempt, url)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """How JSON is written: as the captures have it, unless said otherwise."""

    indent: int | str | None = 2
    is_sorted: bool = True
    is_ascii: bool = False
    change: Callable[[str], str] = lambda text: text


_LAYOUTS: Final[Mapping[str, _Layout]] = {
    "compact": _Layout(indent=None),
    "unsorted": _Layout(is_sorted=False),
    "wide": _Layout(indent=4),
    "tabs": _Layout(indent="\t"),
    "crlf": _Layout(change=lambda text: text.replace("\n", "\r\n")),
    "ending": _Layout(change=lambda text: text + "\n"),
    "escaped": _Layout(is_ascii=True),
    "slashes": _Layout(change=lambda text: text.replace("/", "\\/")),
}
_AS_CAPTURED: Final = _Layout()


def _json(envelope: dict[str, Any], shape: str) -> bytes:
    """Two-space JSON with sorted keys (observed), unless the shape says otherwise."""
    layout = _LAYOUTS.get(shape, _AS_CAPTURED)
    text = json.dumps(
        envelope,
        indent=layout.indent,
        separators=(",", ":") if layout.indent is None else None,
        sort_keys=layout.is_sorted,
        ensure_ascii=layout.is_ascii,
    )
    # Half a surrogate pair, which UTF-8 does not have, becomes JSON's own escape: a client may send anything.
    return layout.change(text).encode(errors="backslashreplace")


def _encoded(data: dict[str, Any]) -> str:
    """Event, id and moment beside the payload's fields (assumed); what is nested is JSON, null is empty."""
    fields = {name: data[name] for name in ("event_type", "id", "occurred_at")} | data["payload"]
    return urlencode({name: _text(value) for name, value in fields.items()}, errors="backslashreplace")


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
