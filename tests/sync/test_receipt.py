"""The hub signs for what it has, and a station that knows its key believes nobody else.

Source: sync reference 2.1, failure row 9.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from hub import hub_identity, ingest
from hub.intake import hello, receipts
from rma_station.domain import envelope as en
from rma_station.domain.outcome import say
from rma_station.ports import UplinkState
from sync import client, receipt, wire
from sync.turns import Event, Hash, Heads, Lines, PinHub, Pinned, ReadCursor, ReadLines, Replied
from tests.hub.build import NOW, Log, new_hub

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw().hex()
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
HUB = wire.HubHeader("hub-1", "epoch-1", "2026-11-22T10:00:00Z", "sample", 1, wire.PROTOCOL)
OLD_HUB = replace(HUB, protocol_max=2)
LINES = [b"1", b"2", b"3"]
END = en.hash_after(en.GENESIS, LINES)
HEADS = Heads((wire.LogHead("log", 3, END.hex()),))


def greeting(key: str = PUBLIC, hub: wire.HubHeader = HUB, have: int = 0) -> Replied:
    """A hello's answer."""
    return Replied(wire.HelloReply(hub, (wire.LogKnown("log", have, END.hex() if have else ""),), hub_key=key))


def signed(key: Ed25519PrivateKey = KEY, log_id: str = "log", seq: int = 3, log_hash: bytes = END) -> wire.Receipt:
    """A receipt."""
    return receipt.sign(key, log_id, seq, log_hash.hex(), "2026-11-22T10:00:00.000Z")


def ack(given: wire.Receipt | None, hub: wire.HubHeader = HUB) -> Replied:
    """The batch is said to be committed."""
    return Replied(wire.EventsReply(hub, 3, 3, receipt=given))


def run(*events: Event, hub_id: str = "hub-1", hub_key: str = PUBLIC) -> client.State:
    """The state after these events."""
    state = client.begin("sample", hub_id, hub_key)
    for event in events:
        state, _ = client.step(state, 1000.0, event, 0.5)
    return state


TO_ACK = (HEADS, greeting(), Lines(en.GENESIS, LINES))


def test_a_genuine_receipt_is_an_ack_and_is_kept() -> None:
    """It is evidence that this hub had the log so far at that time."""
    state = run(*TO_ACK, ack(signed()))

    assert (state.have, state.receipts, state.doing) == ({"log": 3}, {"log": signed()}, ReadCursor())


@pytest.mark.failure(9)
@pytest.mark.parametrize(
    "given",
    [
        None,
        signed(OTHER),
        signed(log_id="log-b"),
        signed(seq=2),
        signed(log_hash=bytes(32)),
        replace(signed(), hub_time="2026-11-23T10:00:00.000Z"),
        replace(signed(), signature=""),
        replace(signed(), signature="no hexadecimal"),
    ],
    ids=["none", "another key", "another log", "another place", "another history", "another time", "empty", "nonsense"],
)
def test_row_9_an_answer_the_hub_did_not_sign_is_offline_and_never_an_ack(given: wire.Receipt | None) -> None:
    """Whoever answers in the hub's name: nothing counts as sent, and the connection is over."""
    state = run(*TO_ACK, ack(given))

    assert (state.have, state.receipts) == ({"log": 0}, {})
    assert (state.uplink, state.why) == (UplinkState.OFFLINE, say("service.hub.receipt"))


@pytest.mark.failure(9)
@pytest.mark.parametrize("key", ["", OTHER.public_key().public_bytes_raw().hex()])
def test_row_9_a_hub_that_shows_another_key_gets_nothing(key: str) -> None:
    """Its id alone is no proof: it stands in every reply."""
    state = run(HEADS, greeting(key))

    assert (state.uplink, state.why) == (
        UplinkState.OFFLINE,
        say("service.hub.other_key", shown=key[:16], ours=PUBLIC[:16]),
    )


def test_id_and_key_are_pinned_together_before_anything_is_sent() -> None:
    """At first contact; a station that was upgraded pins the key at its next hello."""
    first = run(HEADS, greeting(), hub_id="", hub_key="")
    upgraded = run(HEADS, greeting(), hub_key="")
    after = run(HEADS, greeting(), Pinned(), hub_key="")

    assert first.doing == upgraded.doing == PinHub("hub-1", PUBLIC)
    assert (after.hub_key, after.doing) == (PUBLIC, ReadLines("log", 0, 500, 1024 * 1024))


def test_what_is_no_key_is_not_pinned() -> None:
    """It would shut the hub out for ever."""
    state = run(HEADS, greeting("AB" * 32), hub_key="")

    assert (state.uplink, state.hub_key) == (UplinkState.OFFLINE, "")


@pytest.mark.failure(19)
def test_row_19_a_hub_that_was_put_back_to_an_older_program_does_not_sign_and_is_sent_to() -> None:
    """Nothing is deleted on its word, and the next hello asks again what it has."""
    to = (HEADS, greeting("", OLD_HUB), Lines(en.GENESIS, LINES))

    assert run(*to, ack(None, OLD_HUB)).have == {"log": 3}
    assert run(HEADS, greeting("", OLD_HUB, have=3), Hash(END)).doing == ReadCursor()


def test_the_receipt_of_a_real_hub_is_checked_with_the_key_it_shows() -> None:
    """Also when everything was here before; an older station gets none."""
    log, database = Log("log-a"), new_hub()
    log.put(b"1")
    log.put(b"2")
    header = wire.BatchHeader(1, en.GENESIS.hex(), 2)
    with database.transaction() as connection:
        identity = hub_identity.identity(connection)
        reply = hello.greet(connection, identity, "bench-1", wire.Hello("sample", ()), NOW)
        acks = [
            ingest.ingest(
                connection, "bench-1", "log-a", header, log.lines, NOW, ingest.propose_nothing, protocol=protocol
            )
            for protocol in (wire.PROTOCOL, wire.PROTOCOL, 2)
        ]
    assert isinstance(reply, wire.HelloReply)
    given = [one.receipt for one in acks if isinstance(one, wire.EventsReply)]

    assert given == [given[0], given[0], None]
    assert given[0] is not None
    assert (given[0].seq, given[0].hash) == (2, log.hashes[2].hex())
    assert receipt.is_genuine(given[0], reply.hub_key)


def test_the_key_of_a_hub_follows_from_its_database() -> None:
    """A restored copy signs with the same key, another hub with another one."""
    with new_hub().transaction() as connection:
        identity = hub_identity.identity(connection)

    assert receipts.public_key(identity) == receipts.public_key(replace(identity))
    assert receipts.public_key(identity) != receipts.public_key(replace(identity, secret=bytes(32)))


def test_anybody_can_check_a_receipt_with_any_ed25519() -> None:
    """Five lines of text under an RFC 8032 signature: another library verifies them."""
    lines = f"rma-station receipt 1\nlog\n3\n{END.hex()}\n2026-11-22T10:00:00.000Z".encode()

    Ed25519PublicKey.from_public_bytes(bytes.fromhex(PUBLIC)).verify(bytes.fromhex(signed().signature), lines)


@given(st.text(), st.text())
def test_random_signatures_and_keys_are_not_genuine(signature: str, key: str) -> None:
    """Any text in their place is refused without an exception."""
    assert not receipt.is_genuine(replace(signed(), signature=signature), PUBLIC)
    assert not receipt.is_genuine(signed(), key)
