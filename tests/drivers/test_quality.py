"""What we say of each device family is what its tests prove; docs/devices.md says the same."""

from __future__ import annotations

import re
from typing import Any

import pytest

from drivers.catalogue import PROTOCOLS, SCANNER_SCHEMES
from labels.printers import opening
from tests.drivers import quality

FAMILIES: list[dict[str, Any]] = quality.quality()["family"]
PROOF: dict[str, dict[str, str]] = quality.quality()["proof"]
KEYS = {"name", "kind", "url_scheme", "entry", "note", *quality.CLAIMS}
NOT_DEVICES = {"loop", "sim", "socket", "folder", "tcp", "ipps"}
"""Schemes that are another way to a family, or no device."""
each = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family["entry"])


def proof(family: dict[str, Any], claim: str) -> str:
    """The file in which a claim is proved."""
    return PROOF.get(family["entry"], {}).get(claim) or PROOF[family["kind"]][claim]


def test_the_page_shows_the_table_of_today() -> None:
    """``python -m tests.drivers.quality`` writes it."""
    page = quality.PAGE.read_text("utf-8")

    assert page == quality.written(page)


@each
def test_a_row_says_everything_and_nothing_else(family: dict[str, Any]) -> None:
    """All keys, true or false."""
    assert set(family) == KEYS
    assert {type(family[claim]) for claim in quality.CLAIMS} == {bool}


def test_every_entry_of_the_catalogue_has_one_row() -> None:
    """Protocols of scales, schemes of scanners, languages and schemes of printers."""
    entries = [family["entry"] for family in FAMILIES]
    printers = {word for scheme, (_, languages, _) in opening._WAYS.items() for word in (scheme, *languages)}
    wanted = {*PROTOCOLS, "hid-scale", *SCANNER_SCHEMES, *printers} - NOT_DEVICES - {"pdf"}

    assert sorted(entries) == sorted(wanted)


@each
@pytest.mark.parametrize("claim", [claim for claim in quality.CLAIMS if claim != "real_hardware"])
def test_what_a_row_claims_is_proved_somewhere(family: dict[str, Any], claim: str) -> None:
    """The file is there, has tests, and they are about this family."""
    if not family[claim]:
        return
    file = quality.ROOT / proof(family, claim)
    text = file.read_text("utf-8")
    if claim == "docs":
        assert f"`{family['entry']}`" in text or f"{family['entry']}:" in text
        return
    assert re.search(r"^def test_", text, re.MULTILINE)
    assert claim != "fuzz" or "@given" in text
    if family["kind"] == "scale" and family["entry"] not in PROOF:
        assert "PROTOCOLS" in text or f'"{family["entry"]}"' in text


def test_no_real_device_is_claimed_without_saying_which() -> None:
    """Nobody has connected one; whoever does names it in the note."""
    claimed = [family for family in FAMILIES if family["real_hardware"]]

    assert [family["name"] for family in claimed if "seen" not in family["note"]] == []
