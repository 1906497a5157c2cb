"""Stations of other versions: what the hub does not know it passes over, so that nothing is refused for it."""

from __future__ import annotations

import pytest

from hub.intake.tolerant import read_batch_header, read_heartbeat, read_hello
from hub.trust import stations
from rma_station.errors import Malformed
from sync import wire
from tests.sync.messages import GOLDEN


def test_the_hello_of_a_newer_station_is_read_as_far_as_it_is_known() -> None:
    """The golden file has unknown fields at every level."""
    hello = read_hello((GOLDEN / "hello_of_a_newer_station.json").read_bytes())

    assert hello == wire.Hello(
        "sample",
        (wire.LogHead("log-019a", 2, "ab" * 32),),
        protocol=99,
        heartbeat=wire.Heartbeat("9.0.0", unsent=2),
    )


def test_the_station_itself_stays_strict() -> None:
    """The same bytes are refused by the wire's own reading."""
    with pytest.raises(Malformed, match="unknown field"):
        wire.decode(wire.Hello, (GOLDEN / "hello_of_a_newer_station.json").read_bytes())


@pytest.mark.parametrize("beat", ['{"app_version":7}', '"fine"', "[]", '{"unsent":1}'])
def test_a_heartbeat_that_cannot_be_read_refuses_nothing(beat: str) -> None:
    """It only feeds monitoring."""
    hello = read_hello(b'{"mode":"live","logs":[],"heartbeat":' + beat.encode() + b"}")

    assert hello == wire.Hello("live", ())


@pytest.mark.parametrize(
    "body", [b"[]", b'"x"', b"{}", b'{"mode":"live","logs":[{"log_id":1}]}', b'{"mode":1,"logs":[]}']
)
def test_what_the_hub_does_know_has_to_be_right(body: bytes) -> None:
    """A wrong log head would start the upload at the wrong place."""
    with pytest.raises(Malformed):
        read_hello(body)


def test_a_batch_header_with_more_fields_and_a_stored_heartbeat_of_a_newer_hub_are_read() -> None:
    """After the hub was put back to an older version."""
    header = read_batch_header(b'{"first_seq":3,"previous_hash":"00","count":1,"codec":"zstd"}')

    assert header == wire.BatchHeader(3, "00", 1)
    assert stations.read_heartbeat('{"app_version":"2","unknown":[]}') == wire.Heartbeat("2")
    assert read_heartbeat(None) is None
