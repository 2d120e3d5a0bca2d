"""A certificate authority of this machine's own, for applications that cannot be given a shim: compiled languages.

Whoever trusts it trusts it for Telnyx's names and this machine's alone: that is written into it, so that a forgotten
one opens no other door.
"""

import datetime
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

API_HOST: Final = "api.telnyx.com"
NAMES: Final = (API_HOST, "*.telnyx.com", "localhost")
DAYS: Final = 365
_LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Authority:
    """A folder with an authority's certificate, which applications are to trust, and the server's own with its key."""

    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def server_certificate(self) -> Path:
        return self.folder / "api.telnyx.com.pem"

    @property
    def server_key(self) -> Path:
        return self.folder / "api.telnyx.com-key.pem"

    def files(self) -> tuple[Path, ...]:
        return self.certificate, self.server_certificate, self.server_key


def make(folder: Path, unix_ns: int) -> Authority:
    """An authority and a certificate of it in `folder`, good for `DAYS` from `unix_ns`. OSError where none can be.

    The authority's own key is kept nowhere: it signs this one certificate.
    """
    made = Authority(folder)
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.fromtimestamp(unix_ns / 1e9, datetime.UTC)
    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _authority(authority_key, now)
    server = _server(server_key, authority, authority_key, now)
    _write(made.certificate, _pem(authority), 0o644)
    _write(made.server_certificate, _pem(server), 0o644)
    key = server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(made.server_key, key, 0o600)
    return made


def _authority(key: ec.EllipticCurvePrivateKey, now: datetime.datetime) -> x509.Certificate:
    name = _name("telnyx-simulator: local, for tests only")
    permitted: list[x509.GeneralName] = [x509.DNSName("telnyx.com"), x509.DNSName("localhost")]
    permitted.append(x509.IPAddress(ipaddress.ip_network("127.0.0.0/8")))
    usage = _usage(signs_certificates=True)
    return (
        _certificate(name, name, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _server(
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    now: datetime.datetime,
) -> x509.Certificate:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in NAMES]
    names.append(x509.IPAddress(ipaddress.ip_address(_LOOPBACK)))
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _certificate(_name(API_HOST), authority.subject, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(issuer_key, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # An hour for clocks of containers and machines that are not ours.
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, data: bytes, mode: int) -> None:
    """Never for a moment with more rights than `mode`."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
