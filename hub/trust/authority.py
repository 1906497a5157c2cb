"""A private certificate authority, so that a hub speaks TLS from its first minute; stations pin it at enrolment.

The authority's key is derived from the ``secret`` in the hub's database, as the key of its receipts: it is in every
backup, and a hub that was restored is the same to its stations. In the data folder ``tls/`` has what is served:
``authority.pem`` (for everybody to see), ``server.pem`` (certificate and authority) and ``server.key`` (0600). The
server's certificate lasts 90 days and is made anew before it ends, or when the machine's names or addresses change;
stations trust the authority, so they notice nothing. Formats: X.509 (RFC 5280), names as RFC 6125 has them.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.hub_identity import Identity
from hub.private_files import write_private

FOLDER = "tls"
AUTHORITY_DAYS = 20 * 365
SERVER_DAYS = 90
RENEW_DAYS = 30
"""The server's certificate is made anew so long before its end."""
EARLIER = timedelta(days=2)
"""Certificates are valid from so long ago: a station's clock may be somewhat behind."""
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256 (NIST SP 800-186): private keys are from 1 to one less."""


@dataclass(frozen=True)
class Served:
    """The files a hub serves TLS with."""

    authority: Path
    chain: Path
    key: Path

    @property
    def authority_pem(self) -> str:
        """What a station pins."""
        return self.authority.read_text("ascii")


def serve_from(folder: Path, identity: Identity, names: Iterable[str], now: datetime) -> tuple[Served, bool]:
    """See to it that the folder holds a certificate for these names that lasts.

    Args:
        folder: ``tls`` of the data folder; made when missing.
        identity: whose authority it is.
        names: of this machine, and its addresses as text.
        now: wall time.

    Returns:
        The files, and whether they were made anew.
    """
    served = Served(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    wanted = sorted(set(names))
    if _is_good(served, identity, wanted, now):
        return served, False
    authority_key = _authority_key(identity)
    authority = _kept(served.authority, authority_key) or make_authority(authority_key, identity.hub_id, now)
    key = ec.generate_private_key(ec.SECP256R1())
    server = make_server(authority, authority_key, key.public_key(), wanted, now)
    write_private(served.authority, _pem(authority))
    write_private(served.key, _key_pem(key))
    write_private(served.chain, _pem(server) + _pem(authority))
    return served, True


def make_authority(key: ec.EllipticCurvePrivateKey, hub_id: str, now: datetime) -> x509.Certificate:
    """The authority's own certificate: it may sign servers' certificates and nothing else."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"RMA Station hub {hub_id[:36]}")])
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    return (
        _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def make_server(
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePublicKey,
    names: Iterable[str],
    now: datetime,
) -> x509.Certificate:
    """A server's certificate for names and addresses."""
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "RMA Station hub")])
    return (
        _builder(subject, authority.subject, key, now, SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(issuer, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def ends_at(chain: Path) -> datetime:
    """When the first certificate of a file ends."""
    return x509.load_pem_x509_certificate(chain.read_bytes()).not_valid_after_utc


def _is_good(served: Served, identity: Identity, names: list[str], now: datetime) -> bool:
    try:
        server, authority = x509.load_pem_x509_certificates(served.chain.read_bytes())
        key = serialization.load_pem_private_key(served.key.read_bytes(), None)
        server.verify_directly_issued_by(authority)
        named = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    except Exception:  # a signature that does not verify
        return False
    return (
        authority.public_key() == _authority_key(identity).public_key()
        and server.public_key() == key.public_key()
        and served.authority.exists()
        and sorted(str(name.value) for name in named) == names
        and server.not_valid_before_utc <= now <= server.not_valid_after_utc - timedelta(days=RENEW_DAYS)
        and now <= authority.not_valid_after_utc - timedelta(days=SERVER_DAYS)
    )


def _kept(file: Path, key: ec.EllipticCurvePrivateKey) -> x509.Certificate | None:
    """The authority's certificate as stations have pinned it, if it is this key's."""
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError):
        return None
    return found if found.public_key() == key.public_key() else None


def _authority_key(identity: Identity) -> ec.EllipticCurvePrivateKey:
    seed = identity.mixed("authority", 1) + identity.mixed("authority", 2)
    return ec.derive_private_key(int.from_bytes(seed, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(int.from_bytes(hashlib.sha256(os.urandom(32)).digest()[:19], "big") | 1)
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + timedelta(days=days))
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()
