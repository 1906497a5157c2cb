"""Only the pinned authority is trusted, an intercepted line is told as one, and a wrong clock as a wrong clock.

Source: sync reference 6.2 (TLS), failure rows 9 and 22.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.trust.authority import make_authority, make_server
from rma_station.errors import HubUnreachable, Malformed, Refused
from sync import enrolling, enrolment, pinning, signing, wire, words
from sync.no_answer import NoAnswer
from sync.transport import Answered, HubLine
from tests.sync.tiny_hub import TinyHub

NOW = datetime.now(UTC)
SEED = bytes(range(32))
HUB = wire.HubHeader("hub-7f3a", "e1", "2026-11-30T10:00:00Z", "live", 1, 3)
HELLO = wire.encode(wire.Hello("sample", ()))


class House:
    """An authority and a server's certificate of it, valid from a moment on."""

    def __init__(self, folder: Path, *names: str, now: datetime = NOW) -> None:
        folder.mkdir()
        key, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        authority = make_authority(key, "hub-7f3a", now)
        server = make_server(authority, key, own.public_key(), names or ("127.0.0.1",), now)
        self.pem = authority.public_bytes(serialization.Encoding.PEM).decode()
        plain = serialization.NoEncryption()
        (folder / "key").write_bytes(
            own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        )
        (folder / "chain").write_bytes(server.public_bytes(serialization.Encoding.PEM) + self.pem.encode())
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "chain", folder / "key")


def line(url: str, pinned: str, unix: Callable[[], float] = time.time) -> HubLine:
    """A station's line that pinned an authority."""
    return HubLine(lambda: url, Path("none"), "0.1.0", unix, key=lambda: SEED, authority=lambda: pinned)


def said_by(url: str, pinned: str, unix: Callable[[], float] = time.time) -> NoAnswer:
    """Why there is no answer."""
    with pytest.raises(NoAnswer) as caught:
        line(url, pinned, unix).call(wire.HelloReply, "POST", wire.HELLO, b"{}")
    return caught.value


def test_a_hub_under_the_pinned_authority_is_called(tmp_path: Path) -> None:
    """And every call is signed."""
    house, hub = House(tmp_path / "own"), TinyHub()
    with hub.serving(house.context):
        line(hub.url, house.pem).call(wire.HelloReply, "POST", wire.HELLO, HELLO)

    ((path, headers),) = hub.calls
    signed = signing.read("POST", path, {name.lower(): value for name, value in headers.items()})
    assert (signed.public_key, signing.is_digest_of(signed, HELLO)) == (signing.public_key(SEED), True)
    assert "Authorization" not in headers


@pytest.mark.failure(9)
def test_row_9_an_intercepted_line_is_refused_in_clear_words_and_nothing_is_sent(tmp_path: Path) -> None:
    """Another authority, though it calls itself the same: the handshake ends before any request."""
    own, other, hub = House(tmp_path / "own"), House(tmp_path / "other"), TinyHub()
    with hub.serving(other.context):
        error = said_by(hub.url, own.pem)

    assert (error.said.key, hub.calls) == ("service.hub.intercepted", [])
    assert "somebody is in between" in str(error)


@pytest.mark.parametrize("pinned", [True, False])
def test_a_certificate_for_another_name_or_of_nobody_known_is_not_accepted(tmp_path: Path, pinned: bool) -> None:
    """There is no switch for it."""
    house, hub = House(tmp_path / "own", "hub.warehouse"), TinyHub()
    with hub.serving(house.context):
        error = said_by(hub.url, house.pem if pinned else "")

    assert (error.said.key, hub.calls) == ("service.hub.certificate", [])


@pytest.mark.failure(22)
@pytest.mark.parametrize("days", [400, -400], ids=["not valid yet", "has expired"])
def test_row_22_our_wrong_clock_is_told_as_that_with_the_hubs_time(tmp_path: Path, days: int) -> None:
    """It is asked with chain and name verified as ever; nothing else is sent, and the offset is known."""
    house, hub = House(tmp_path / "own", now=NOW + timedelta(days=days)), TinyHub()
    with hub.serving(house.context):
        error = said_by(hub.url, house.pem, lambda: 0.0)

    assert (error.said.key, error.said.values["now"]) == ("service.hub.clock_wrong", "1970-01-01 00:00 UTC")
    assert error.clock_offset == pytest.approx(time.time(), abs=60)
    assert [path for path, _ in hub.calls] == ["/healthz"]


@pytest.mark.failure(22)
def test_row_22_a_certificate_that_really_ended_is_not_blamed_on_the_clock(tmp_path: Path) -> None:
    """The hub's clock and ours agree."""
    house, hub = House(tmp_path / "own", now=NOW - timedelta(days=400)), TinyHub()
    with hub.serving(house.context):
        assert said_by(hub.url, house.pem).said.key == "service.hub.certificate_old"


@pytest.mark.failure(22)
def test_row_22_the_time_of_a_stranger_is_not_asked(tmp_path: Path) -> None:
    """Whoever is not under the pinned authority cannot tell us that our clock is wrong."""
    own, other, hub = House(tmp_path / "own"), House(tmp_path / "other", now=NOW + timedelta(days=400)), TinyHub()
    with hub.serving(other.context):
        assert pinning.hub_time(hub.url, own.pem) is None
    assert hub.calls == []


def test_a_pinned_file_that_is_no_certificate_is_refused() -> None:
    """Never a reason to trust everybody."""
    with pytest.raises(Malformed, match="not one certificate"):
        pinning.trusting("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")


@pytest.mark.failure(9)
def test_one_authority_is_compared_and_one_is_trusted(tmp_path: Path) -> None:
    """Somebody in between who adds an authority of their own to the hub's changes no word: none of it is taken."""
    own, other = House(tmp_path / "own"), House(tmp_path / "other")
    both = own.pem + other.pem
    for reads in (pinning.trusting, words.authority_id, pinning.the_one):
        with pytest.raises(Malformed, match="one"):
            reads(both)

    assert pinning.the_one("said aloud\n" + own.pem) == own.pem


@pytest.mark.parametrize(
    "code", ["CRRD-2NJY\u2009", "CRRD-2NJY ", "crrd-2njy", "CRRD2NJY", "CRRD-2NJYA", "IIII-0000", ""]
)
def test_a_code_with_anything_in_it_that_nobody_sees_is_refused(code: str) -> None:
    """It could be chosen until the words on both screens are the same."""
    asked = enrolling.enrolment_of("bench-1", "live", "0", SEED, "http://127.0.0.1:9", "", "", time.time)
    reply = enrolment.EnrolmentReply(HUB, "bench-1", code, enrolment.WAITING, 900)

    class Line:
        """Answers what it is told to."""

        def call(self, *_: object) -> Answered[enrolment.EnrolmentReply]:
            return Answered(reply, None, None)

    with pytest.raises(Refused, match="eight letters and digits"):
        replace(asked, line=cast(HubLine, Line())).begin()


def test_a_word_costs_a_search_something() -> None:
    """Four words are 32 bits: what is tried for them is memory-hard, and the same on both sides."""
    assert words.fingerprint("a" * 64, "b" * 64, "CRRD-2NJY") == words.fingerprint("a" * 64, "b" * 64, "CRRD-2NJY")
    assert words.fingerprint("a" * 64, "b" * 64, "CRRD-2NJY") != words.fingerprint("a" * 64, "", "CRRD-2NJY")
    assert len(words.fingerprint("a" * 64, "", "CRRD-2NJY").split()) == 4


def test_without_an_authority_of_its_own_nothing_can_be_pinned(tmp_path: Path) -> None:
    """A self-made certificate of somebody who is no hub of ours."""
    house, hub = House(tmp_path / "own"), TinyHub()
    with hub.serving(house.context), pytest.raises(HubUnreachable, match="update-ca-certificates"):
        enrolling.authority_to_pin(hub.url)


@pytest.mark.parametrize("code", ["SECRET", "SECRET.", ".none", "SECRET." + "0" * enrolment.INVITED_AUTHORITY])
def test_an_invitation_names_the_authority(code: str) -> None:
    """On this machine there is none to pin; a code that names one was made by another hub."""
    assert enrolling.authority_to_pin("http://127.0.0.1:1", "SECRET.none") == ""
    with pytest.raises(Refused):
        enrolling.authority_to_pin("http://127.0.0.1:1", code)
