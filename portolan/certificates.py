"""A certificate for a broker and the authority that signed it, made by the stack for itself."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID = timedelta(days=397)
RENEWED_BEFORE = timedelta(days=30)
EARLIER = timedelta(hours=1)
"""Clocks of containers and of this machine may differ."""


def ensure_certificate(
    authority: Path, server: Path, hosts: Sequence[str], *, mode: int = 0o600, now: datetime | None = None
) -> bool:
    """Make both files where they are missing, for other hosts, or end within 30 days; return whether they were made.

    ``authority`` is for every client to read; ``server`` holds the broker's key and certificate, read as ``mode`` says.
    The authority's own key is kept nowhere: it signs this one certificate.
    """
    now = now or datetime.now(UTC)
    if holds(authority, server, hosts, now):
        return False
    signer, issued = new_authority(now)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = signed(key, signer, issued, hosts, now)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write(server, secret + pem(certificate) + pem(issued), mode)
    write(authority, pem(issued), 0o644)
    return True


def holds(authority: Path, server: Path, hosts: Sequence[str], now: datetime) -> bool:
    """Return whether the two files belong together, for these hosts, and for some time."""
    if not (authority.exists() and server.exists()):
        return False
    try:
        issued = x509.load_pem_x509_certificate(authority.read_bytes())
        certificate, *_ = x509.load_pem_x509_certificates(server.read_bytes())
        certificate.verify_directly_issued_by(issued)
    except (ValueError, TypeError, InvalidSignature):  # cut short by a crash, or of two different makings
        return False
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return list(names) == alternatives(hosts) and certificate.not_valid_after_utc - RENEWED_BEFORE > now


def new_authority(now: datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """An authority of a name of its own: no client takes one for another."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = named(f"Portolan Kafka authority {x509.random_serial_number():x}"[:64])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    certificate = (
        between(x509.CertificateBuilder(), now)
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def signed(
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    hosts: Sequence[str],
    now: datetime,
) -> x509.Certificate:
    """The broker's certificate; as a client too, for it speaks to itself."""
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return (
        between(x509.CertificateBuilder(), now)
        .subject_name(named("Portolan Kafka broker"))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives(hosts)), critical=False)
        .add_extension(identifier, critical=False)
        .sign(signer, hashes.SHA256())
    )


def between(builder: x509.CertificateBuilder, now: datetime) -> x509.CertificateBuilder:
    serial = x509.random_serial_number()
    return builder.serial_number(serial).not_valid_before(now - EARLIER).not_valid_after(now + VALID)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def alternatives(hosts: Sequence[str]) -> list[x509.GeneralName]:
    """The hosts as a certificate names them: addresses as such, everything else as a name."""
    return [
        x509.IPAddress(ip_address(host)) if host.replace(".", "").isdigit() else x509.DNSName(host) for host in hosts
    ]


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def write(file: Path, content: bytes, mode: int) -> None:
    """Write a file in one step, with its mode from the beginning."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
        output.write(content)
    new.chmod(mode)
    new.replace(file)
