"""Ids of RFC 9562 from a time and random bytes."""

from __future__ import annotations

import uuid

from rma_station.domain.identifiers import uuid7


def test_the_example_of_the_standard() -> None:
    """RFC 9562, appendix A.6; version and variant take the place of six of the random bits."""
    drawn = bytes.fromhex("fcc3d8c4dc0c0c07398f")

    assert uuid7(0x017F22E279B0, drawn) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_a_clock_far_away_still_gives_an_id() -> None:
    """Before 1970, and beyond 48 bits of milliseconds."""
    ids = [uuid.UUID(uuid7(unix_ms, bytes(range(10)))) for unix_ms in (-1, 1 << 60)]

    assert [(one.version, one.variant) for one in ids] == [(7, uuid.RFC_4122)] * 2
