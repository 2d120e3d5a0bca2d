"""Signs webhook deliveries with Ed25519, genuinely or in one of the wrong ways of `facts.signatures`."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from telnyx_simulator.transports.forgeries import FORGERIES, Genuine, Signed


class Signer:
    """Holds the account's key; `public_key` is what the portal would show: base64 of the raw 32 bytes."""

    def __init__(self, private_key_pem: bytes) -> None:
        key = load_pem_private_key(private_key_pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("the webhook key must be an Ed25519 private key in PEM")
        self._key = key
        self.public_key = base64.b64encode(key.public_key().public_bytes_raw()).decode()

    def sign(self, body: bytes, unix_s: int, signature: str = "genuine") -> Signed:
        """Signature and timestamp headers over `timestamp|body`, and the body; a forgery may send another one."""
        if signature not in FORGERIES:
            raise ValueError(f"unknown kind of signature {signature!r}")
        return FORGERIES[signature](Genuine(self._key, unix_s, body))
