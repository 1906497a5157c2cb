"""Signed requests: what is covered, what is not genuine, and that nobody can change a word of it.

Source: RFC 9421, RFC 9530, sync reference 6.2 (request auth).
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.errors import Malformed
from sync import signing

SEED = bytes(range(32))
TARGET = "/v1/feed?cursor=a%2Fb&limit=100"
NONCE = bytes(16)


def headers(**changes: str) -> dict[str, str]:
    """A signed request's headers as a server sees them, some of them changed."""
    made = signing.sign(SEED, "POST", TARGET, b"body", 1000.9, NONCE)
    return {**{name.lower(): value for name, value in made.items()}, **changes}


def test_a_signature_says_who_when_and_over_which_bytes() -> None:
    """By the hub's clock, in whole seconds."""
    found = signing.read("POST", TARGET, headers())

    assert found == signing.Signed(signing.public_key(SEED), 1000, "A" * 22, signing.content_digest(b"body"))
    assert (signing.is_digest_of(found, b"body"), signing.is_digest_of(found, b"bodies")) == (True, False)


def test_the_form_on_the_wire() -> None:
    """For ever: hubs of several versions read it."""
    made = headers()

    assert made["content-digest"] == "sha-256=:Iw2DWNyOiJC0xY3utikS7i8gNXrpKlzIYbmOaP4xrLU=:"
    assert made["signature-input"] == (
        'station=("@method" "@path" "@query" "content-digest");created=1000;'
        'keyid="03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";alg="ed25519";'
        'nonce="AAAAAAAAAAAAAAAAAAAAAA";tag="rma-station"'
    )
    assert made["signature"] == (
        "station=:5DtCzEBPJbDMoIqGYZXdTCljpM7sYBarGr2ee55PNh+D8+xgJmrWfJz09CvZo8hkLN0MCYSLDMH5hT8thK/4Cw==:"
    )


@pytest.mark.parametrize(
    ("method", "target", "changes"),
    [
        ("GET", TARGET, {}),
        ("POST", "/v1/feed", {}),
        ("POST", "/v1/snapshot?cursor=a%2Fb&limit=100", {}),
        ("POST", "/v1/feed?cursor=a%2Fc&limit=100", {}),
        ("POST", TARGET + "&more=1", {}),
        ("POST", TARGET, {"content-digest": signing.content_digest(b"other")}),
        ("POST", TARGET, {"signature": "station=:AAAA:"}),
        ("POST", TARGET, {"signature": "\x00"}),
        ("POST", TARGET, {"signature-input": headers()["signature-input"].replace("1000", "1001")}),
        ("POST", TARGET, {"signature-input": headers()["signature-input"].replace("AAAA", "BBBB", 1)}),
        ("POST", TARGET, {"signature-input": headers()["signature-input"].replace(' "content-digest"', "")}),
        ("POST", TARGET, {"signature-input": headers()["signature-input"].replace('"rma-station"', '"other"')}),
        ("POST", TARGET, {"signature-input": headers()["signature-input"].replace(signing.public_key(SEED), "me")}),
        ("POST", TARGET, {"signature-input": ""}),
    ],
)
def test_whatever_was_changed_is_not_genuine(method: str, target: str, changes: dict[str, str]) -> None:
    """Method, path, query, body, time, nonce, key."""
    with pytest.raises(Malformed, match="signature"):
        signing.read(method, target, headers(**changes))


@pytest.mark.parametrize("name", ["signature", "signature-input", "content-digest"])
def test_a_missing_part_is_not_genuine(name: str) -> None:
    """Each of the three headers is needed."""
    given_headers = headers()
    del given_headers[name]
    with pytest.raises(Malformed, match="signature"):
        signing.read("POST", TARGET, given_headers)


@given(st.text(), st.text(), st.text())
def test_random_headers_never_pass_and_raise_nothing_else(signature: str, signed: str, digest: str) -> None:
    """What comes from outside is only ever malformed."""
    with pytest.raises(Malformed):
        signing.read("POST", TARGET, {"signature": signature, "signature-input": signed, "content-digest": digest})


@given(st.binary(max_size=200), st.floats(0, 4e9), st.binary(min_size=16, max_size=16))
def test_whatever_is_signed_reads_back(body: bytes, unix: float, nonce: bytes) -> None:
    """A signature over any body and time is found genuine, with its key."""
    made = signing.sign(SEED, "GET", "/v1/review", body, unix, nonce)
    found = signing.read("GET", "/v1/review", {name.lower(): value for name, value in made.items()})

    assert (found.created, signing.is_digest_of(found, body)) == (int(unix), True)
