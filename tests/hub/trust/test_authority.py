"""The hub's own authority: certificates that verify, last, are made anew in time, and survive a restored backup."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from hub import hub_identity
from hub.central import Hub
from hub.trust import authority, names, tls
from rma_station.errors import ConfigError
from sync.words import authority_id
from tests.hub.build import NOW, Numbers, new_hub

NAMES = ("localhost", "hub.warehouse", "192.0.2.7", "::1")


@pytest.fixture
def identity() -> hub_identity.Identity:
    """Of a new hub."""
    with new_hub().transaction() as connection:
        return hub_identity.identity(connection)


def server(served: authority.Served) -> x509.Certificate:
    """The certificate that is served."""
    return x509.load_pem_x509_certificate(served.chain.read_bytes())


def test_what_is_served_is_signed_by_the_authority_for_all_names(
    tmp_path: Path, identity: hub_identity.Identity
) -> None:
    """Names and addresses as such; and the authority can sign nothing but servers."""
    served, new = authority.serve_from(tmp_path / "tls", identity, NAMES, NOW)
    own = x509.load_pem_x509_certificate(served.authority.read_bytes())
    named = server(served).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    constraints = own.extensions.get_extension_for_class(x509.BasicConstraints).value

    server(served).verify_directly_issued_by(own)
    assert new
    assert sorted(str(name.value) for name in named) == sorted(NAMES)
    assert (constraints.ca, constraints.path_length) == (True, 0)
    assert served.key.stat().st_mode & 0o777 == 0o600
    assert served.authority_pem == served.authority.read_text()


@pytest.mark.parametrize(
    ("what", "days", "more"),
    [("soon ends", authority.SERVER_DAYS - authority.RENEW_DAYS + 1, ()), ("another address", 0, ("192.0.2.8",))],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_certificate_is_made_anew_in_time_under_the_same_authority(
    tmp_path: Path, identity: hub_identity.Identity, what: str, days: int, more: tuple[str, ...]
) -> None:
    """Stations have pinned the authority and notice nothing."""
    first, _ = authority.serve_from(tmp_path, identity, NAMES, NOW)
    pinned, was = first.authority_pem, server(first).serial_number
    kept, unchanged = authority.serve_from(tmp_path, identity, NAMES, NOW + timedelta(days=1))
    later, new = authority.serve_from(tmp_path, identity, (*NAMES, *more), NOW + timedelta(days=days))

    assert (unchanged, new, kept.authority_pem, later.authority_pem) == (False, True, pinned, pinned)
    assert server(later).serial_number != was
    assert authority.ends_at(later.chain) > NOW + timedelta(days=days + authority.RENEW_DAYS)


def test_damaged_or_lost_files_are_made_anew(tmp_path: Path, identity: hub_identity.Identity) -> None:
    """A key that does not fit, half a file, none."""
    for file, content in (("server.key", "nonsense"), ("server.pem", ""), ("authority.pem", None)):
        served, _ = authority.serve_from(tmp_path, identity, NAMES, NOW)
        if content is None:
            served.authority.unlink()
        else:
            (tmp_path / file).write_text(content)
        assert authority.serve_from(tmp_path, identity, NAMES, NOW)[1]


def test_a_restored_hub_is_the_same_authority(tmp_path: Path, identity: hub_identity.Identity) -> None:
    """Its key follows from the database; another hub is another one."""
    ids = [
        authority_id(authority.serve_from(tmp_path / folder, who, NAMES, NOW)[0].authority_pem)
        for folder, who in (("a", identity), ("b", identity), ("c", replace(identity, secret=bytes(32))))
    ]

    assert ids[0] == ids[1] != ids[2]


def test_tls_is_on_as_soon_as_others_can_reach_the_hub(tmp_path: Path, identity: hub_identity.Identity) -> None:
    """Loopback alone needs none; a certificate that was given is taken as it is, where it is one."""
    hub = Hub(new_hub(), identity, lambda: NOW, Numbers())

    def chosen(host: str, *more: str, given: Path | None = None, key: Path | None = None) -> tls.Tls | None:
        return tls.chosen(hub, tmp_path, host, given, key, more)

    assert chosen("127.0.0.1") is chosen("localhost") is None
    assert [chosen("0.0.0.0"), chosen("127.0.0.1", "hub.warehouse")] != [None, None]
    own = chosen("0.0.0.0")
    assert own is not None
    assert chosen("0.0.0.0", given=own.certificate, key=own.key) == tls.Tls(own.certificate, own.key, "")
    with pytest.raises(ConfigError, match="--certificate/--key"):
        chosen("0.0.0.0", given=tmp_path / "chain.pem")
    with pytest.raises(ConfigError, match="--name"):
        chosen("0.0.0.0", "no name")


def test_the_running_hub_serves_a_renewed_certificate(tmp_path: Path, identity: hub_identity.Identity) -> None:
    """Without a restart: the next handshake has it."""
    moment = [NOW]
    hub = Hub(new_hub(), identity, lambda: moment[0], Numbers())
    served = tls.chosen(hub, tmp_path, "0.0.0.0", None, None, ())
    assert served is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(served.certificate, served.key)
    task = tls.renewal(hub, tmp_path, (), context)
    assert task.outside is not None
    before = served.certificate.read_text()
    task.outside(hub)
    same = served.certificate.read_text()
    moment[0] += timedelta(days=80)
    task.outside(hub)

    assert (same == before, served.certificate.read_text() == before) == (True, False)


@pytest.mark.parametrize(
    ("text", "good"),
    [("hub", True), ("hub.example.com", True), ("192.0.2.1", True), ("fd00::1", True), ("-hub", False), ("a b", False),
     ("", False), ("hub..com", False), ("hub_1", False), ("*", False)],
)  # fmt: skip
def test_what_a_certificate_can_be_made_for(text: str, good: bool) -> None:
    """Names and addresses."""
    assert names.is_name(text) is good
    assert {"localhost", "127.0.0.1"} <= names.of_this_machine()
