"""Ways to sign a webhook delivery, the genuine one and its forgeries; the words of the treatment `signature`.

Genuine: Ed25519 over `timestamp|raw body`, standard base64 (docs: webhook fundamentals; spec: telnyx-python
`lib/webhook_verification.py`). None of the others is what Telnyx sends. Most can be made without Telnyx's key, so that
an application that takes one takes everybody's; what is said to be *honestly signed* cannot, and shows that a rule of
Telnyx's own verifier is not kept.
"""

from dataclasses import dataclass
from typing import Final

# spec: telnyx-python refuses more than this either way; exactly this passes. Other consumers have the same.
TOLERANCE_S: Final = 300

_SDK: Final = "telnyx-python `lib/webhook_verification.py` refuses it"
_FUNDAMENTALS: Final = "docs: webhook fundamentals, what is signed"
_POINTS: Final = "Chalkias and others, Taming the many EdDSAs (2020), on points of small order"


@dataclass(frozen=True, slots=True)
class Signing:
    """`says` tells what is on the wire; `source` why it is tried, empty where no other than that it can be."""

    says: str
    source: str = ""


SIGNATURES: Final[dict[str, Signing]] = {
    "genuine": Signing("signed as Telnyx signs", _FUNDAMENTALS),
    # Nothing is signed.
    "none": Signing("both signature headers left out", _SDK),
    "no_signature": Signing("the timestamp alone, no signature header", _SDK),
    "empty": Signing("signature header present and empty", _SDK),
    "v1_header": Signing(
        "the header of API v1, `X-Telnyx-Signature`, in place of those of v2", "docs: migration to the Voice API"
    ),
    # What stands in the header is no signature.
    "garbage": Signing("64 bytes that sign nothing", _SDK),
    "zero_signature": Signing("64 bytes of zero, as of a buffer that nobody filled"),
    "truncated": Signing("the genuine signature, cut to 32 bytes", _SDK),
    "not_base64": Signing("88 characters of which none is of base64", _SDK),
    # Somebody else signed.
    "wrong_key": Signing("signed with a key that is not Telnyx's", _SDK),
    "rotated_key": Signing("signed with the account's next key, not yet known to the application"),
    "other_account": Signing("signed by Telnyx for another account, whose key is another", "team-telnyx/telnyx-node#1"),
    "zero_key": Signing("verifies under a public key of 32 zero bytes, which an unset key becomes", _POINTS),
    "small_order_key": Signing("verifies whatever the body, under the neutral point as public key", _POINTS),
    # Another scheme, whose secret is the public key: known to everybody, or soon.
    "hmac_public_key": Signing("HMAC-SHA256 with the public key as secret, in the header of the signature"),
    "standard_webhooks": Signing(
        "the headers of Standard Webhooks, an HMAC with the public key as secret",
        "telnyx-python 4.88 to 4.177: `webhooks.unwrap` verifies these unless `telnyx.lib` was imported",
    ),
    # A genuine signature, of another message.
    "other_body": Signing("the genuine signature of another body", _SDK),
    "other_event": Signing("the genuine signature of another event of this call", _SDK),
    "refreshed": Signing("the genuine signature of an hour ago, with the time of now beside it", _SDK),
    "body_alone": Signing("signed over the body alone, without the timestamp", _FUNDAMENTALS),
    "dot_separator": Signing(
        "signed over `timestamp.body` in place of `timestamp|body`", "Stripe and Standard Webhooks sign so"
    ),
    "no_separator": Signing("signed over timestamp and body with nothing between them", _FUNDAMENTALS),
    "swapped": Signing("signed over `body|timestamp`", _FUNDAMENTALS),
    # A genuine signature, of other bytes that mean the same, or nearly.
    "reserialised": Signing("signed over the body as compact JSON, sent as it is", "team-telnyx/telnyx-node#81"),
    "reordered": Signing("signed over the body with its keys in the opposite order", "team-telnyx/telnyx-node#81"),
    "newline_added": Signing("the genuine signature; a line feed comes behind the body"),
    "bom": Signing("the genuine signature; a byte order mark comes before the body"),
    "not_utf8": Signing("a byte that is no UTF-8 in the body, and the signature of what decoding with `replace` makes"),
    "cut_off": Signing("the genuine signature; of the body comes the first half"),
    "no_body": Signing("the genuine signature, and no body"),
    # Two headers for one.
    "timestamp_twice": Signing("a genuine webhook of an hour ago, and the time of now in a second timestamp header"),
    "timestamp_twice_reversed": Signing("the same, the time of now in the first one"),
    "signature_twice": Signing("a genuine signature, and 64 bytes that sign nothing in a second signature header"),
    "signature_twice_reversed": Signing("the same, the genuine one second"),
    # The genuine signature, written or made otherwise: no danger as such.
    "hex": Signing("the genuine signature in hexadecimal", _SDK),
    "url_safe": Signing("the genuine signature in base64 for URLs, without padding", _SDK),
    "malleable": Signing(
        "the genuine signature with the group's order added to its number, which RFC 8032 forbids", "RFC 8032, 5.1.7"
    ),
    # Honestly signed, and the time is none.
    "no_timestamp": Signing("honestly signed, over a timestamp of no characters; its header left out", _SDK),
    "empty_timestamp": Signing("honestly signed, the timestamp empty", _SDK),
    "text_timestamp": Signing("honestly signed, the timestamp `now`", _SDK),
    "iso_timestamp": Signing("honestly signed, the timestamp in ISO 8601", _SDK),
    "float_timestamp": Signing("honestly signed, the timestamp with half a second", _SDK),
    "nan_timestamp": Signing("honestly signed, the timestamp `nan`, from which no difference is too great", _SDK),
    "negative_timestamp": Signing("honestly signed, the timestamp below zero", _SDK),
    "huge_timestamp": Signing("honestly signed, a timestamp of 31 digits", _SDK),
    "ms_timestamp": Signing("honestly signed, the timestamp in milliseconds", _SDK),
}
