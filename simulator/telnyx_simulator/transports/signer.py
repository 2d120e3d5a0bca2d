"""Signs webhook deliveries with Ed25519, genuinely or in one of the wrong ways of `facts.signatures`."""

import base64
from hashlib import blake2b

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from telnyx_simulator.facts.signatures import SIGNATURES
from telnyx_simulator.facts.webhooks import SIGNATURE_HEADER, TIMESTAMP_HEADER


class Signer:
    """Holds the account's key; `public_key` is what the portal would show: base64 of the raw 32 bytes."""

    def __init__(self, private_key_pem: bytes) -> None:
        key = load_pem_private_key(private_key_pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("the webhook key must be an Ed25519 private key in PEM")
        self._key = key
        self.public_key = base64.b64encode(key.public_key().public_bytes_raw()).decode()

    def headers(self, body: bytes, unix_s: int, signature: str = "genuine") -> dict[str, str]:
        """Signature and timestamp headers over `timestamp|body`."""
        if signature not in SIGNATURES:
            raise ValueError(f"unknown kind of signature {signature!r}")
        timestamp = str(unix_s)
        if signature == "none":
            return {}
        return {SIGNATURE_HEADER: self._signature(signature, timestamp.encode(), body), TIMESTAMP_HEADER: timestamp}

    def _signature(self, kind: str, timestamp: bytes, body: bytes) -> str:
        genuine = self._key.sign(timestamp + b"|" + body)
        match kind:
            case "empty":
                return ""
            case "hex":
                return genuine.hex()
            case "truncated":
                return base64.b64encode(genuine[:32]).decode()
            case "garbage":
                wrong = blake2b(genuine, digest_size=64).digest()
            case "wrong_key" | "rotated_key":
                wrong = self._other_key(kind).sign(timestamp + b"|" + body)
            case "other_body":
                wrong = self._key.sign(timestamp + b"|" + body + b" ")
            case "dot_separator":
                wrong = self._key.sign(timestamp + b"." + body)
            case _:
                wrong = genuine
        return base64.b64encode(wrong).decode()

    def _other_key(self, purpose: str) -> Ed25519PrivateKey:
        seed = blake2b(self._key.private_bytes_raw() + purpose.encode(), digest_size=32).digest()
        return Ed25519PrivateKey.from_private_bytes(seed)
