"""Ways in which the headers of a genuine webhook can arrive: the words of the treatment `headers`.

Proxies, load balancers and libraries on the way rewrite headers and add their own; none of it is signed.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Style:
    """`says` tells what is on the wire; `source` what makes it so."""

    says: str
    source: str


HEADER_STYLES: Final[dict[str, Style]] = {
    "lower": Style("the names of headers in lower case", "HTTP/2 has no other; RFC 9113, 8.2"),
    "upper": Style("the names of headers in upper case", "names have no case; RFC 9110, 5.1"),
    "mixed": Style("the names of headers in mixed case, `tElNyX-TiMeStAmP`", "names have no case; RFC 9110, 5.1"),
    "reversed": Style(
        "the headers in the opposite order", "the order of different headers means nothing; RFC 9110, 5.3"
    ),
    "forwarded": Style("the headers of a proxy before the application, IPv4", "X-Forwarded-For and its like; RFC 7239"),
    "forwarded_ipv6": Style("the headers of two proxies, IPv6", "X-Forwarded-For and its like; RFC 7239"),
    "tunnelled": Style("what tunnels and clouds add, twenty headers of it", "ngrok, Cloudflare, AWS, Google, Envoy"),
    "traced": Style("headers of tracing: `traceparent`, `tracestate`, `baggage`", "W3C Trace Context"),
    "long": Style(
        "a header of 4000 bytes beside the usual ones", "cookies of load balancers; servers take 8 KB at least"
    ),
    "charset": Style("`Content-Type: application/json; charset=utf-8`", "many libraries write it so"),
    "cased_type": Style("`Content-Type: Application/JSON`", "media types have no case; RFC 9110, 8.3.1"),
    "other_agent": Style("another `User-Agent`", "nothing says that it stays"),
    "close": Style("`Connection: close`: a connection of its own, ended behind the reply", "RFC 9112, 9.6"),
    "chunked": Style(
        "the body in pieces, `Transfer-Encoding: chunked`, no length", "proxies that stream; RFC 9112, 7.1"
    ),
}
