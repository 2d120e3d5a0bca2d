"""Ways to sign a webhook delivery, the genuine one and its forgeries; the words of the treatment `signature`.

Genuine: Ed25519 over `timestamp|raw body`, standard base64 (docs: webhook fundamentals; spec: telnyx-python
`lib/webhook_verification.py`).
"""

from typing import Final

# spec: telnyx-python refuses more than this either way; exactly this passes. Other consumers have the same.
TOLERANCE_S: Final = 300

SIGNATURES: Final[dict[str, str]] = {
    "genuine": "signed as Telnyx signs",
    "none": "both signature headers left out",
    "empty": "signature header present and empty",
    "garbage": "64 bytes that sign nothing",
    "truncated": "the genuine signature, cut to 32 bytes",
    "hex": "the genuine signature in hexadecimal",
    "wrong_key": "signed with a key that is not Telnyx's",
    "rotated_key": "signed with the account's next key, not yet known to the application",
    "other_body": "the genuine signature of another body",
    "dot_separator": "signed over `timestamp.body` in place of `timestamp|body`",
}
