"""A page whose certificate phones would not trust is not offered."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.web import phone_trust
from sync import wire
from tests.hub.web.test_phone import House as PhoneHouse
from tests.sync.test_pinning import House as Authority
from tests.sync.tiny_hub import TinyHub


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """A hub's own authority: no phone knows it."""
    return Authority(tmp_path / "authority")


@pytest.fixture
def url(authority: Authority) -> Iterator[str]:
    """Somebody answers there under its certificate."""
    with TinyHub().serving(authority.context) as hub:
        yield hub.url


def test_a_certificate_of_the_hubs_own_authority_is_not_trusted_by_phones(url: str, authority: Authority) -> None:
    """Nor one for another name; where the authority is known, all is well."""
    known = ssl.create_default_context(cadata=authority.pem)

    assert "self-signed" in phone_trust.distrusted(url).replace("self signed", "self-signed")
    assert phone_trust.distrusted(url, known) == ""
    assert "match" in phone_trust.distrusted(url.replace("127.0.0.1", "localhost"), known)


def test_who_is_not_reached_from_here_is_not_judged() -> None:
    """Many routers do not lead a hub to its own public name."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert phone_trust.distrusted(f"https://127.0.0.1:{port}") == ""


def test_its_page_is_not_offered_and_the_reason_said(url: str, tmp_path: Path) -> None:
    """As without any address: the station shows no code, and ``doctor`` says so; until another look finds it well."""
    house = PhoneHouse(tmp_path / "house")
    house.hub.public_url = url
    phone_trust.look(house.hub)
    reply = house.ask()
    house.hub.public_url = ""
    phone_trust.look(house.hub)

    assert isinstance(reply, wire.Problem)
    assert (reply.code, url in reply.message, house.hub.page_distrusted) == ("no_public_url", True, "")
