"""The headers of a webhook, in each of the styles of `facts.header_styles`."""

from collections.abc import Callable, Mapping
from typing import Final

from telnyx_simulator.facts.webhooks import CONTENT_TYPE, USER_AGENT

Headers = dict[str, str]

# Addresses for documentation: RFC 5737 and RFC 3849.
_FORWARDED: Final = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "agent.example.com",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9;proto=https;host=agent.example.com",
    "Via": "1.1 proxy.example.com",
}
_FORWARDED_IPV6: Final = {
    "X-Forwarded-For": "2001:db8::9, 2001:db8::7",
    "X-Forwarded-Proto": "https",
    "Forwarded": 'for="[2001:db8::9]:4711";proto=https, for="[2001:db8::7]"',
    "Via": "1.1 outer.example.com, 1.1 inner.example.com",
}
_TUNNELLED: Final = {
    "ngrok-skip-browser-warning": "true",
    "CF-Ray": "0000000000000000-FRA",
    "CF-Connecting-IP": "203.0.113.9",
    "CF-IPCountry": "US",
    "CF-Visitor": '{"scheme":"https"}',
    "CDN-Loop": "cloudflare",
    "X-Amzn-Trace-Id": "Root=1-00000000-000000000000000000000000",
    "X-Amz-Cf-Id": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
    "X-Cloud-Trace-Context": "00000000000000000000000000000000/0;o=1",
    "X-AppEngine-Country": "US",
    "X-Azure-Ref": "0000",
    "X-ARR-SSL": "2048|256",
    "X-Request-Id": "00000000-0000-4000-8000-000000000000",
    "X-Request-Start": "t=1753722025000",
    "X-Envoy-External-Address": "203.0.113.9",
    "X-Envoy-Expected-Rq-Timeout-Ms": "15000",
    "X-B3-Sampled": "0",
    "True-Client-IP": "203.0.113.9",
    "Fly-Client-IP": "203.0.113.9",
    "X-Vercel-Id": "fra1::00000",
}
_TRACED: Final = {
    "traceparent": "00-00000000000000000000000000000001-0000000000000001-00",
    "tracestate": "vendor=00",
    "baggage": "user=caller",
}


def _named(name: Callable[[str], str]) -> Callable[[Headers], Headers]:
    return lambda headers: {name(one): value for one, value in headers.items()}


def _added(more: Mapping[str, str]) -> Callable[[Headers], Headers]:
    return lambda headers: {**headers, **more}


def _replaced(name: str, value: str) -> Callable[[Headers], Headers]:
    """Where it is there: a request without a body has no type."""
    return lambda headers: {one: value if one == name else was for one, was in headers.items()}


def _mixed(name: str) -> str:
    """`tElNyX-TiMeStAmP`."""
    return "".join(letter.upper() if n % 2 else letter.lower() for n, letter in enumerate(name))


STYLES: Final[Mapping[str, Callable[[Headers], Headers]]] = {
    "lower": _named(str.lower),
    "upper": _named(str.upper),
    "mixed": _named(_mixed),
    "reversed": lambda headers: dict(reversed(headers.items())),
    "forwarded": _added(_FORWARDED),
    "forwarded_ipv6": _added(_FORWARDED_IPV6),
    "tunnelled": _added(_TUNNELLED),
    "traced": _added(_TRACED),
    "long": _added({"Cookie": "AWSALB=" + "A" * 3993}),
    "charset": _replaced("Content-Type", f"{CONTENT_TYPE}; charset=utf-8"),
    "cased_type": _replaced("Content-Type", "Application/JSON"),
    "other_agent": _replaced("User-Agent", "Telnyx/2.0"),
    "close": _added({"Connection": "close"}),
    "chunked": _added({"Transfer-Encoding": "chunked"}),
}


def arranged(content_type: str | None, signed: Mapping[str, str], wanted: str | Mapping[str, str] | None) -> Headers:
    """Headers as Telnyx writes them, in the order and case of the captures, then in a style, or with more of them."""
    headers = {"Content-Type": content_type} if content_type else {}
    headers |= {"User-Agent": USER_AGENT, **signed}
    if isinstance(wanted, str):
        return STYLES[wanted](headers)
    return {**headers, **(wanted or {})}
