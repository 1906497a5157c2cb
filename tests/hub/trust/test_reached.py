"""A hub says at which addresses stations reach it, and none at which they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.trust import reached
from hub.trust.tls import Tls

OWN = frozenset({"localhost", "127.0.0.1", "::1", "warehouse", "192.168.7.5", "10.0.0.2", "fd00::5", "fe80::1"})
ITS_OWN = Tls(Path("chain.pem"), Path("key.pem"), "the authority")


@pytest.mark.parametrize(
    ("host", "names", "expected"),
    [
        ("127.0.0.1", (), ()),
        ("localhost", ("hub.example.com",), ()),
        ("0.0.0.0", (), ("https://10.0.0.2:8844", "https://192.168.7.5:8844")),
        ("::", (), ("https://10.0.0.2:8844", "https://192.168.7.5:8844", "https://[fd00::5]:8844")),
        ("192.168.7.5", (), ("https://192.168.7.5:8844",)),
        ("fd00::5", (), ("https://[fd00::5]:8844",)),
        ("10.0.0.2", ("hub.example.com", "10.0.0.2"), ("https://hub.example.com:8844", "https://10.0.0.2:8844")),
    ],
)
def test_addresses_are_those_other_machines_can_use(host: str, names: tuple[str, ...], expected: tuple[str]) -> None:
    """Not loopback, not one cable's own; names first, which somebody gave because stations call the hub so."""
    assert reached.addresses(host, 8844, ITS_OWN, names, OWN) == expected


def test_a_given_certificate_says_the_names(tmp_path: Path) -> None:
    """Under another one no station would trust it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([])
    named = x509.SubjectAlternativeName([x509.DNSName("hub.example.com"), x509.DNSName("*.example.com")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(named, critical=False)
        .sign(key, hashes.SHA256())
    )
    chain = tmp_path / "chain.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    found = reached.addresses("0.0.0.0", 443, Tls(chain, None), (), OWN)

    assert found == ("https://hub.example.com:443",)


def test_whoever_starts_a_hub_is_told_what_to_do_next() -> None:
    """Enrol, and compare the words; or let other machines in first."""
    here = reached.words((), None)
    there = reached.words(("https://10.0.0.2:8844",), ITS_OWN)

    assert "--host 0.0.0.0" in here
    assert there.splitlines()[0] == "Stations reach this hub at https://10.0.0.2:8844"
    assert "rma-station hub enrolments approve CODE" in there
