"""Verifiers of PINs: old and new ones side by side, and useless without the pepper of the station that keeps them."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.derivation import derive, make_verifier, verify_pin
from rma_station.domain import pins
from rma_station.domain.pins import Recipe

PEPPER, OTHER = b"p" * 32, b"q" * 32
CHEAP = "scrypt$2$8$1$0011$"


def cheap(pin: str) -> str:
    """A verifier of the older form that takes no time."""
    return CHEAP + hashlib.scrypt(pin.encode(), salt=b"\x00\x11", n=2, r=8, p=1).hex()


def test_argon2id_agrees_with_the_reference() -> None:
    """The digest the reference implementation gives (its test.c: t 2, 64 MiB, p 1, "password", "somesalt")."""
    recipe = Recipe("argon2id", (65536, 2, 1), b"somesalt")

    digest = derive("password", recipe)

    assert digest.hex() == "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"


def test_a_new_verifier_says_its_costs() -> None:
    """19 MiB, two passes, one lane; it fits its PIN and no other."""
    verifier = make_verifier("4711", bytes(16))

    assert verifier.startswith("argon2id$19456$2$1$" + "00" * 16 + "$")
    assert (verify_pin("4711", verifier), verify_pin("4712", verifier)) == (True, False)


def test_verifiers_of_older_versions_go_on_working() -> None:
    """Theirs is scrypt; it is peppered like any other."""
    kept = pins.peppered(cheap("4711"), PEPPER)

    assert verify_pin("4711", cheap("4711"))
    assert (verify_pin("4711", kept, PEPPER), verify_pin("4712", kept, PEPPER)) == (True, False)


def test_a_peppered_verifier_cannot_be_tried_without_the_pepper() -> None:
    """Neither the digest of the hub nor one made with another pepper is in it."""
    kept = pins.peppered(cheap("4711"), PEPPER)

    assert cheap("4711").rpartition("$")[2] not in kept
    assert not verify_pin("4711", kept)
    assert not verify_pin("4711", kept, OTHER)
    assert not verify_pin("4711", kept.replace("peppered$" + pins.pepper_id(PEPPER) + "$", ""))


def test_peppering_twice_is_peppering_once() -> None:
    """The same entry of the feed may come again, and the settling of an old database may be interrupted."""
    once = pins.peppered(cheap("4711"), PEPPER)

    assert pins.peppered(once, PEPPER) == once


@pytest.mark.parametrize(
    "text",
    [
        "argon2id$9999999$2$1$0011223344556677$00",
        "argon2id$19456$99$1$0011223344556677$00",
        "argon2id$19456$2$1$00$00",
        "scrypt$1073741824$8$1$00$00",
        "scrypt$3$8$1$00$00",
        "scrypt$2$8$1$00$",
        "bcrypt$2$8$1$00$00",
        "",
    ],
)
def test_a_verifier_that_cannot_be_used_fits_no_pin(text: str) -> None:
    """What asks for more memory or time than a station has is not derived at all."""
    assert (pins.read(text), pins.peppered(text, PEPPER)) == (None, pins.UNREADABLE)
    assert not verify_pin("4711", text)
    assert not verify_pin("4711", pins.UNREADABLE)


@given(st.text(max_size=80))
def test_no_text_is_an_accident(text: str) -> None:
    """Whatever the feed says: it is read or it is not."""
    found = pins.read(text)

    assert found is None or pins.read(found.text()) == found
