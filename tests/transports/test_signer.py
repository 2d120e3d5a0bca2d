"""Signatures, against cryptography's own verification."""

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from telnyx_simulator import resources
from telnyx_simulator.facts.signatures import SIGNATURES
from telnyx_simulator.transports.signer import Signer

BODY = '{\n  "data": "größe"\n}'.encode()
NOW_S = 1_767_225_600
SIGNATURE, TIMESTAMP = "Telnyx-Signature-Ed25519", "Telnyx-Timestamp"


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer(resources.test_private_key())


def verifies(public_key: str, signature: str, message: bytes) -> bool:
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
    try:
        key.verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def test_the_public_key_is_what_the_portal_shows(signer):
    assert len(signer.public_key) == 44
    assert len(base64.b64decode(signer.public_key, validate=True)) == 32


def test_the_genuine_signature_covers_timestamp_bar_and_body(signer):
    headers = signer.headers(BODY, NOW_S)
    assert list(headers) == [SIGNATURE, TIMESTAMP]
    assert headers[TIMESTAMP] == "1767225600"
    assert len(headers[SIGNATURE]) == 88
    assert verifies(signer.public_key, headers[SIGNATURE], b"1767225600|" + BODY)
    assert not verifies(signer.public_key, headers[SIGNATURE], b"1767225601|" + BODY)
    assert not verifies(signer.public_key, headers[SIGNATURE], b"1767225600|" + BODY + b"\n")


@pytest.mark.parametrize("kind", [kind for kind in SIGNATURES if kind != "genuine"])
def test_no_other_kind_of_signature_verifies(signer, kind):
    headers = signer.headers(BODY, NOW_S, kind)
    assert not verifies(signer.public_key, headers.get(SIGNATURE, ""), b"1767225600|" + BODY)


def test_each_forgery_is_wrong_in_its_own_way(signer):
    genuine = signer.headers(BODY, NOW_S)[SIGNATURE]
    forged = {kind: signer.headers(BODY, NOW_S, kind) for kind in SIGNATURES if kind != "genuine"}
    signatures = {kind: headers[SIGNATURE] for kind, headers in forged.items() if headers}
    assert forged["none"] == {}
    assert {headers[TIMESTAMP] for kind, headers in forged.items() if kind != "none"} == {str(NOW_S)}
    assert signatures["empty"] == ""
    assert bytes.fromhex(signatures["hex"]) == base64.b64decode(genuine)
    assert base64.b64decode(signatures["truncated"]) == base64.b64decode(genuine)[:32]
    assert len(base64.b64decode(signatures["garbage"])) == 64
    assert verifies(signer.public_key, signatures["dot_separator"], b"1767225600." + BODY)
    assert verifies(signer.public_key, signatures["other_body"], b"1767225600|" + BODY + b" ")
    assert len({*signatures.values(), genuine}) == len(SIGNATURES) - 1


def test_signatures_are_the_same_each_time(signer):
    """Ed25519 draws nothing: equal seeds give equal webhooks."""
    again = Signer(resources.test_private_key())
    for kind in SIGNATURES:
        assert signer.headers(BODY, NOW_S, kind) == again.headers(BODY, NOW_S, kind)


def test_an_unknown_kind_is_our_own_mistake(signer):
    with pytest.raises(ValueError, match="unknown kind of signature 'genuin'"):
        signer.headers(BODY, NOW_S, "genuin")


def test_only_an_ed25519_key_signs():
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="must be an Ed25519 private key in PEM"):
        Signer(other)
