"""Signatures, against cryptography's own verification."""

import base64
import hmac
import json
import re
from collections.abc import Mapping

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from telnyx_simulator import resources
from telnyx_simulator.facts.header_styles import HEADER_STYLES
from telnyx_simulator.facts.signatures import SIGNATURES
from telnyx_simulator.facts.webhooks import SHAPES_OF_V2
from telnyx_simulator.signaling import bodies
from telnyx_simulator.transports.forgeries import FORGERIES
from telnyx_simulator.transports.headers import arranged
from telnyx_simulator.transports.signer import Signer

BODY = '{\n  "data": "größe"\n}'.encode()
NOW_S = 1_767_225_600
SIGNATURE, TIMESTAMP = "Telnyx-Signature-Ed25519", "Telnyx-Timestamp"


def body_of(shape: str) -> bytes:
    data = {
        "event_type": "call.hangup",
        "id": "00000000-0000-4000-8000-000000000000",
        "occurred_at": "2026-01-01T00:00:00.000000Z",
        "payload": {"client_state": None, "from": "+442079460123"},
        "record_type": "event",
    }
    return bodies.request(shape, "http://127.0.0.1:1/", data, attempt=1, created_at="2026-01-01T00:00:00.000000Z").body


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


def takes(public_key: str, headers: Mapping[str, str], body: bytes, now_s: int = NOW_S) -> bool:
    """A verifier of its own, as strict as Telnyx's: one value of each header, five minutes, these bytes."""
    signatures, timestamps = (
        [value for name, value in headers.items() if name.lower() == one.lower()] for one in (SIGNATURE, TIMESTAMP)
    )
    if len(signatures) != 1 or len(timestamps) != 1 or not re.fullmatch("[0-9]{1,12}", timestamps[0]):
        return False
    if abs(now_s - int(timestamps[0])) > 300:
        return False
    return verifies(public_key, signatures[0], timestamps[0].encode() + b"|" + body)


def test_the_public_key_is_what_the_portal_shows(signer):
    assert len(signer.public_key) == 44
    assert len(base64.b64decode(signer.public_key, validate=True)) == 32


def test_the_genuine_signature_covers_timestamp_bar_and_body(signer):
    signed = signer.sign(BODY, NOW_S)
    headers = signed.headers
    assert list(headers) == [SIGNATURE, TIMESTAMP]
    assert headers[TIMESTAMP] == "1767225600"
    assert len(headers[SIGNATURE]) == 88
    assert signed.body == BODY
    assert verifies(signer.public_key, headers[SIGNATURE], b"1767225600|" + BODY)
    assert not verifies(signer.public_key, headers[SIGNATURE], b"1767225601|" + BODY)
    assert not verifies(signer.public_key, headers[SIGNATURE], b"1767225600|" + BODY + b"\n")


FORGED = [kind for kind in SIGNATURES if kind != "genuine"]


def test_each_kind_that_has_a_name_can_be_made():
    assert list(FORGERIES) == list(SIGNATURES)
    assert len(FORGED) >= 25
    assert all(one.says for one in SIGNATURES.values())


@pytest.mark.parametrize("shape", SHAPES_OF_V2)
def test_a_strict_verifier_takes_the_genuine_one_in_each_layout(signer, shape):
    signed = signer.sign(body_of(shape), NOW_S)
    assert takes(signer.public_key, signed.headers, signed.body)
    assert json.loads(signed.body)["data"]["event_type"].replace("_", ".") == "call.hangup"


@pytest.mark.parametrize("style", HEADER_STYLES)
def test_a_strict_verifier_takes_the_genuine_one_in_each_style_of_headers(signer, style):
    signed = signer.sign(BODY, NOW_S)
    assert takes(signer.public_key, arranged("application/json", signed.headers, style), signed.body)


@pytest.mark.parametrize(("offset_s", "taken"), [(-301, False), (-300, True), (-60, True), (300, True), (301, False)])
def test_five_minutes_are_allowed_and_not_a_second_more(signer, offset_s, taken):
    signed = signer.sign(BODY, NOW_S + offset_s)
    assert takes(signer.public_key, signed.headers, signed.body) is taken


@pytest.mark.parametrize("kind", FORGED)
def test_a_strict_verifier_refuses_each_forgery(signer, kind):
    for body in (BODY, body_of("pretty"), body_of("unsorted"), b"", b"no JSON"):
        signed = signer.sign(body, NOW_S, kind)
        assert not takes(signer.public_key, signed.headers, signed.body)


def test_each_forgery_is_wrong_in_its_own_way(signer):
    body = body_of("pretty")
    made = [signer.sign(body, NOW_S, kind) for kind in SIGNATURES]
    assert len({(*one.headers.items(), one.body) for one in made}) == len(SIGNATURES)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("dot_separator", b"1767225600." + BODY),
        ("no_separator", b"1767225600" + BODY),
        ("swapped", BODY + b"|1767225600"),
        ("body_alone", BODY),
        ("refreshed", b"1767222000|" + BODY),
        ("other_body", b"1767225600|" + BODY + b" "),
        ("reserialised", '1767225600|{"data":"größe"}'.encode()),
    ],
)
def test_a_forgery_that_signs_another_message_signs_that(signer, kind, message):
    signed = signer.sign(BODY, NOW_S, kind)
    assert signed.body == BODY
    assert signed.headers[TIMESTAMP] == "1767225600"
    assert verifies(signer.public_key, signed.headers[SIGNATURE], message)


@pytest.mark.parametrize(
    ("kind", "sent"),
    [("newline_added", BODY + b"\n"), ("bom", b"\xef\xbb\xbf" + BODY), ("cut_off", BODY[:11]), ("no_body", b"")],
)
def test_a_forgery_that_sends_another_body_has_the_signature_of_the_first(signer, kind, sent):
    signed = signer.sign(BODY, NOW_S, kind)
    assert signed.body == sent
    assert verifies(signer.public_key, signed.headers[SIGNATURE], b"1767225600|" + BODY)


def test_a_byte_that_is_no_utf8_is_signed_as_decoding_would_have_it(signer):
    signed = signer.sign(body_of("pretty"), NOW_S, "not_utf8")
    with pytest.raises(UnicodeDecodeError):
        signed.body.decode()
    lenient = signed.body.decode(errors="replace").encode()
    assert takes(signer.public_key, signed.headers, lenient)
    assert json.loads(lenient)["data"]["event_type"] == "call.hangup"


def test_honest_signatures_over_odd_timestamps_are_honest(signer):
    for kind in (kind for kind in SIGNATURES if kind.endswith("_timestamp")):
        headers = signer.sign(BODY, NOW_S, kind).headers
        timestamp = headers.get(TIMESTAMP, "")
        assert not re.fullmatch("[0-9]{10}", timestamp)
        assert verifies(signer.public_key, headers[SIGNATURE], timestamp.encode() + b"|" + BODY)


def test_forged_keys_are_keys_that_a_careless_verifier_takes(signer):
    """OpenSSL, like many, takes points of small order; and forgeries under them need nobody's secret."""
    for kind, key in (("zero_key", bytes(32)), ("small_order_key", bytes([1, *bytes(31)]))):
        for n in range(8):
            headers = signer.sign(BODY, NOW_S + n, kind).headers
            assert takes(base64.b64encode(key).decode(), headers, BODY)


def test_what_is_malleable_is_the_same_point_and_number(signer):
    order = 2**252 + 27742317777372353535851937790883648493
    genuine, other = (
        base64.b64decode(signer.sign(BODY, NOW_S, kind).headers[SIGNATURE]) for kind in ("genuine", "malleable")
    )
    assert other[:32] == genuine[:32]
    assert int.from_bytes(other[32:], "little") - int.from_bytes(genuine[32:], "little") == order


def test_the_other_schemes_are_keyed_with_what_everybody_knows(signer):
    public = signer.public_key
    code = signer.sign(BODY, NOW_S, "hmac_public_key").headers[SIGNATURE]
    assert base64.b64decode(code) == hmac.digest(public.encode(), b"1767225600|" + BODY, "sha256")
    headers = signer.sign(BODY, NOW_S, "standard_webhooks").headers
    message = f"{headers['webhook-id']}.1767225600.".encode() + BODY
    wanted = hmac.digest(base64.b64decode(public), message, "sha256")
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(wanted).decode()}"
    assert list(signer.sign(BODY, NOW_S, "v1_header").headers) == ["X-Telnyx-Signature"]


def test_two_headers_for_one_are_the_genuine_one_and_the_other(signer):
    genuine = signer.sign(BODY, NOW_S).headers
    first, second = (signer.sign(BODY, NOW_S, f"signature_twice{way}").headers for way in ("", "_reversed"))
    assert first[SIGNATURE] == second[SIGNATURE.lower()] == genuine[SIGNATURE]
    assert first[SIGNATURE.lower()] == second[SIGNATURE] != genuine[SIGNATURE]
    old = signer.sign(BODY, NOW_S, "timestamp_twice").headers
    assert (old[TIMESTAMP], old[TIMESTAMP.lower()]) == ("1767222000", "1767225600")
    assert verifies(signer.public_key, old[SIGNATURE], b"1767222000|" + BODY)


def test_signatures_are_the_same_each_time(signer):
    """Ed25519 draws nothing: equal seeds give equal webhooks."""
    again = Signer(resources.test_private_key())
    for kind in SIGNATURES:
        assert signer.sign(BODY, NOW_S, kind) == again.sign(BODY, NOW_S, kind)


def test_an_unknown_kind_is_our_own_mistake(signer):
    with pytest.raises(ValueError, match="unknown kind of signature 'genuin'"):
        signer.sign(BODY, NOW_S, "genuin")


def test_only_an_ed25519_key_signs():
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="must be an Ed25519 private key in PEM"):
        Signer(other)
