"""The forgeries of `facts.signatures`: what of a webhook's headers and body is on the wire.

Theory of operation. A forgery is a function of the key, the time and the genuine body. Most sign what they should not,
or have somebody else sign; some send other bytes than were signed; a few are no signature at all.
"""

import base64
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b, sha512
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from telnyx_simulator.facts.webhooks import SIGNATURE_HEADER, TIMESTAMP_HEADER

_HOUR_S: Final = 3600
_BEFORE_ID: Final = re.compile(rb'"id":\s*"')
# Ed25519 (RFC 8032, 5.1): the order of the base point, and encodings of points: the neutral one, and the multiples of
# the one that 32 zero bytes stand for, which is of order 4.
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_NEUTRAL: Final = bytes([1, *bytes(31)])
_ZERO: Final = bytes(32)
# -k*A by k modulo 4; 0 would be the neutral point, which is a forgery of its own.
_MINUS_MULTIPLES_OF_ZERO: Final = {1: bytes(31) + b"\x80", 2: bytes.fromhex("ec" + "ff" * 30 + "7f"), 3: _ZERO}


@dataclass(frozen=True, slots=True)
class Signed:
    """What goes out: the headers that sign, and the body."""

    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Genuine:
    """What is forged: a body, the account's key, and the time in seconds since 1970."""

    key: Ed25519PrivateKey
    unix_s: int
    body: bytes

    @property
    def signature(self) -> bytes:
        return self.at(str(self.unix_s))

    @property
    def public_key(self) -> str:
        return base64.b64encode(self.key.public_key().public_bytes_raw()).decode()

    def at(self, timestamp: str, body: bytes | None = None) -> bytes:
        """The signature of this (or another) body at another time."""
        return self.key.sign(timestamp.encode() + b"|" + (self.body if body is None else body))

    def sent(self, signature: bytes | str, *, timestamp: str | None = None, body: bytes | None = None) -> Signed:
        """With this signature, as it is where it is text."""
        text = signature if isinstance(signature, str) else base64.b64encode(signature).decode()
        headers = {SIGNATURE_HEADER: text, TIMESTAMP_HEADER: str(self.unix_s) if timestamp is None else timestamp}
        return Signed(headers, self.body if body is None else body)


Forgery = Callable[[Genuine], Signed]


def _header(made: Callable[[Genuine], bytes | str]) -> Forgery:
    """Another signature than the genuine one."""
    return lambda genuine: genuine.sent(made(genuine))


def _signing(message: Callable[[bytes, bytes], bytes]) -> Forgery:
    """The key signs another message, made of timestamp and body."""
    return lambda one: one.sent(one.key.sign(message(str(one.unix_s).encode(), one.body)))


def _sending(body: Callable[[bytes], bytes]) -> Forgery:
    """The signature is of the body; another one is sent. Of a request without a body the signature alone is wrong."""

    def forged(genuine: Genuine) -> Signed:
        if not genuine.body:
            return genuine.sent(_garbage(genuine))
        return genuine.sent(genuine.signature, body=body(genuine.body))

    return forged


def _timed(written: Callable[[int], str]) -> Forgery:
    """Honestly signed, with a timestamp that is written so."""
    return lambda one: one.sent(one.at(written(one.unix_s)), timestamp=written(one.unix_s))


def _by(whom: str) -> Forgery:
    """Somebody else's key signs what Telnyx would."""

    def forged(genuine: Genuine) -> Signed:
        seed = blake2b(genuine.key.private_bytes_raw() + whom.encode(), digest_size=32).digest()
        other = Genuine(Ed25519PrivateKey.from_private_bytes(seed), genuine.unix_s, genuine.body)
        return other.sent(other.signature)

    return forged


def _garbage(genuine: Genuine) -> bytes:
    return blake2b(genuine.signature, digest_size=64).digest()


def _without(header: str, forgery: Forgery) -> Forgery:
    def forged(genuine: Genuine) -> Signed:
        made = forgery(genuine)
        return Signed({name: value for name, value in made.headers.items() if name != header}, made.body)

    return forged


def _twice(header: str, forgery: Forgery, second: Callable[[Genuine], str], *, reversed_: bool) -> Forgery:
    """The header comes twice: in a mapping of headers the second one differs in case, as it may on the wire."""

    def forged(genuine: Genuine) -> Signed:
        made = forgery(genuine)
        values = [made.headers[header], second(genuine)]
        both = zip((header, header.lower()), reversed(values) if reversed_ else values, strict=True)
        return Signed(made.headers | dict(both), made.body)

    return forged


def _of_an_hour_ago(genuine: Genuine) -> Signed:
    then = str(genuine.unix_s - _HOUR_S)
    return genuine.sent(genuine.at(then), timestamp=then)


def _refreshed(genuine: Genuine) -> bytes:
    return genuine.at(str(genuine.unix_s - _HOUR_S))


def _not_utf8(genuine: Genuine) -> Signed:
    """The byte stands in the event's id, where it hurts nobody who reads it with `replace`."""
    body = _BEFORE_ID.sub(lambda found: found[0] + b"\xff", genuine.body, count=1)
    body = body if body != genuine.body else body + b"\xff"
    return genuine.sent(genuine.at(str(genuine.unix_s), body.decode(errors="replace").encode()), body=body)


def _other_event(timestamp: bytes, body: bytes) -> bytes:
    event = {"data": {"event_type": "call.speak.ended", "payload": {}, "record_type": "event"}}
    return timestamp + b"|" + json.dumps(event, indent=2).encode()


def _json(body: bytes, written: Callable[[Any], str]) -> bytes:
    """The body written otherwise; one that is no JSON gets a line feed."""
    try:
        return written(json.loads(body)).encode()
    except ValueError:
        return body + b"\n"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _reordered(value: Any) -> str:
    return json.dumps(dict(reversed(value.items())) if isinstance(value, dict) else value, indent=2)


def _malleable(genuine: Genuine) -> bytes:
    point, number = genuine.signature[:32], int.from_bytes(genuine.signature[32:], "little")
    return point + (number + _ORDER).to_bytes(32, "little")


def _under_zero_key(genuine: Genuine) -> Signed:
    """R = -k*A and S = 0. A is of order 4, and k depends on R: so it succeeds at every second time or so."""
    for earlier_s in range(200):
        timestamp = str(genuine.unix_s - earlier_s)
        message = timestamp.encode() + b"|" + genuine.body
        for residue, point in _MINUS_MULTIPLES_OF_ZERO.items():
            k = int.from_bytes(sha512(point + _ZERO + message).digest(), "little") % _ORDER
            if k % 4 == residue:
                return genuine.sent(point + bytes(32), timestamp=timestamp)
    raise AssertionError("with probability 1e-100")


def _hmac(genuine: Genuine) -> bytes:
    return hmac.digest(genuine.public_key.encode(), str(genuine.unix_s).encode() + b"|" + genuine.body, "sha256")


def _v1_header(genuine: Genuine) -> Signed:
    written = f"t={genuine.unix_s},h={base64.b64encode(_hmac(genuine)).decode()}"
    return Signed({"X-Telnyx-Signature": written}, genuine.body)


def _standard_webhooks(genuine: Genuine) -> Signed:
    name = f"msg_{blake2b(genuine.body, digest_size=12).hexdigest()}"
    message = f"{name}.{genuine.unix_s}.".encode() + genuine.body
    code = hmac.digest(base64.b64decode(genuine.public_key), message, "sha256")
    signature = f"v1,{base64.b64encode(code).decode()}"
    headers = {"webhook-id": name, "webhook-timestamp": str(genuine.unix_s), "webhook-signature": signature}
    return Signed(headers, genuine.body)


def _in_base64(made: Callable[[Genuine], bytes]) -> Callable[[Genuine], str]:
    return lambda genuine: base64.b64encode(made(genuine)).decode()


_AS_IT_IS: Final = _header(lambda genuine: genuine.signature)
_NOW: Final = lambda genuine: str(genuine.unix_s)  # noqa: E731 - one of a table's values

FORGERIES: Final[Mapping[str, Forgery]] = {
    "genuine": _AS_IT_IS,
    "none": lambda genuine: Signed({}, genuine.body),
    "no_signature": _without(SIGNATURE_HEADER, _AS_IT_IS),
    "empty": _header(lambda genuine: ""),
    "v1_header": _v1_header,
    "garbage": _header(_garbage),
    "zero_signature": _header(lambda genuine: bytes(64)),
    "truncated": _header(lambda genuine: genuine.signature[:32]),
    "not_base64": _header(lambda genuine: "*" * 88),
    "wrong_key": _by("wrong_key"),
    "rotated_key": _by("rotated_key"),
    "other_account": _by("other_account"),
    "zero_key": _under_zero_key,
    "small_order_key": _header(lambda genuine: _NEUTRAL + bytes(32)),
    "hmac_public_key": _header(_hmac),
    "standard_webhooks": _standard_webhooks,
    "other_body": _signing(lambda timestamp, body: timestamp + b"|" + body + b" "),
    "other_event": _signing(_other_event),
    "refreshed": _header(_refreshed),
    "body_alone": _signing(lambda timestamp, body: body),
    "dot_separator": _signing(lambda timestamp, body: timestamp + b"." + body),
    "no_separator": _signing(lambda timestamp, body: timestamp + body),
    "swapped": _signing(lambda timestamp, body: body + b"|" + timestamp),
    "reserialised": _signing(lambda timestamp, body: timestamp + b"|" + _json(body, _compact)),
    "reordered": _signing(lambda timestamp, body: timestamp + b"|" + _json(body, _reordered)),
    "newline_added": _sending(lambda body: body + b"\n"),
    "bom": _sending(lambda body: b"\xef\xbb\xbf" + body),
    "not_utf8": _not_utf8,
    "cut_off": _sending(lambda body: body[: len(body) // 2]),
    "no_body": _sending(lambda body: b""),
    "timestamp_twice": _twice(TIMESTAMP_HEADER, _of_an_hour_ago, _NOW, reversed_=False),
    "timestamp_twice_reversed": _twice(TIMESTAMP_HEADER, _of_an_hour_ago, _NOW, reversed_=True),
    "signature_twice": _twice(SIGNATURE_HEADER, _AS_IT_IS, _in_base64(_garbage), reversed_=False),
    "signature_twice_reversed": _twice(SIGNATURE_HEADER, _AS_IT_IS, _in_base64(_garbage), reversed_=True),
    "hex": _header(lambda genuine: genuine.signature.hex()),
    "url_safe": _header(lambda genuine: base64.urlsafe_b64encode(genuine.signature).decode().rstrip("=")),
    "malleable": _header(_malleable),
    "no_timestamp": _without(TIMESTAMP_HEADER, _timed(lambda unix_s: "")),
    "empty_timestamp": _timed(lambda unix_s: ""),
    "text_timestamp": _timed(lambda unix_s: "now"),
    "iso_timestamp": _timed(lambda unix_s: datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
    "float_timestamp": _timed(lambda unix_s: f"{unix_s}.5"),
    "nan_timestamp": _timed(lambda unix_s: "nan"),
    "negative_timestamp": _timed(lambda unix_s: f"-{unix_s}"),
    "huge_timestamp": _timed(lambda unix_s: "9" * 31),
    "ms_timestamp": _timed(lambda unix_s: f"{unix_s}000"),
}
