"""Every call of a station with a device key is signed, of now, and here once; a revoked key ends.

Source: sync reference 6.2 (request auth), failure rows 7 and 8.
"""

from __future__ import annotations

import pytest

from hub import command_line
from hub.trust import device_keys, stations
from hub.trust.nonces import WINDOW_SECONDS
from rma_station.domain import envelope as en
from sync import review_wire, signing, wire
from tests.hub.build import Log
from tests.hub.signing_station import OTHER_SEED, SEED, SigningStation

HELLO = wire.encode(wire.Hello("sample", ()))
CALLS = [
    ("POST", wire.HELLO, HELLO),
    ("GET", wire.feed_path("", 2), b""),
    ("GET", wire.feed_path("", 2, snapshot=True), b""),
    ("POST", wire.MISSING, b'{"event_ids":[]}'),
    ("GET", wire.lines_path("log-1", 1), b""),
    ("GET", review_wire.REVIEW_QUEUE, b""),
    ("POST", wire.CLAIMS, wire.encode(wire.Claim(serial="SN-1"))),
    ("POST", review_wire.VOUCH, wire.encode(review_wire.Vouch("100001", "123456"))),
]


@pytest.fixture
def station() -> SigningStation:
    """Enrolled."""
    return SigningStation()


@pytest.mark.parametrize(("method", "target", "body"), CALLS, ids=lambda value: str(value)[:16])
def test_every_call_of_a_station_is_taken_when_it_signed_it(
    station: SigningStation, method: str, target: str, body: bytes
) -> None:
    """And only then: not with another key, not without a signature, not with another body."""
    right, _ = station.call(method, target, body)
    stranger, words = station.call(method, target, body, seed=OTHER_SEED)
    unsigned, _ = station.call(method, target, body, headers={})

    assert (right, stranger, unsigned) == (200, 401, 401)
    assert "enrol" in words["message"]


def test_a_body_that_was_not_signed_for_is_refused(station: SigningStation) -> None:
    """Its digest is covered, so nobody on the way can give a call another one."""
    headers = station.signed("POST", wire.HELLO, HELLO)
    status, reply = station.call("POST", wire.HELLO, HELLO.replace(b"sample", b"other!"), headers=headers)

    assert (status, reply["code"], "body" in reply["message"]) == (401, "unauthorised", True)


def test_a_copied_request_is_refused_once_it_was_here(station: SigningStation) -> None:
    """Also one that a newer copy of the hub's process has not seen: it is older than its memory."""
    headers = station.signed("POST", wire.HELLO, HELLO)
    first, _ = station.call("POST", wire.HELLO, HELLO, headers=headers)
    again, words = station.call("POST", wire.HELLO, HELLO, headers=headers)
    station.wait(60)
    station.hub.started = station.now
    restarted, reply = station.call("POST", wire.HELLO, HELLO, headers=headers)

    assert (first, again, restarted) == (200, 401, 401)
    assert ("here before" in words["message"], reply["code"]) == (True, "clock")


@pytest.mark.parametrize("seconds", [-WINDOW_SECONDS - 1, WINDOW_SECONDS + 1, -(10**9)])
def test_a_wrong_clock_is_told_the_right_time(station: SigningStation, seconds: int) -> None:
    """By which the call can be signed anew: never a lock-out."""
    station.clock = seconds
    status, reply = station.hello()

    assert (status, reply["code"], reply["hub"]["server_time"]) == (401, "clock", "2026-11-22T10:00:00.000Z")
    station.clock = 0
    assert station.hello()[0] == 200


@pytest.mark.failure(8)
def test_row_8_a_revoked_key_is_forbidden_and_nothing_of_it_is_taken(station: SigningStation) -> None:
    """The station is told so in every call."""
    assert station.administer("station-revoke", name="bench-1")[0] == 200

    answers = [station.call(method, target, body) for method, target, body in CALLS]
    assert {(status, reply["code"]) for status, reply in answers} == {(403, "revoked")}
    assert "revoked" in answers[0][1]["message"]


def test_a_token_ends_when_its_station_gets_a_key() -> None:
    """And no new one is given while the key is in use."""
    station = SigningStation(enrolled=False)
    _, given = station.administer("station-add", name="bench-1")
    bearer = {"Authorization": f"Bearer {given['token']}"}
    before = station.call("POST", wire.HELLO, HELLO, headers=bearer)[0]
    with station.hub.database.transaction() as connection:
        device_keys.register(connection, "bench-1", signing.public_key(SEED), station.hub.random, station.now)

    after = station.call("POST", wire.HELLO, HELLO, headers=bearer)[0]
    assert (before, after, station.hello()[0]) == (200, 401, 200)
    assert station.administer("station-add", name="bench-1")[0] == 422


def test_an_old_station_with_a_token_goes_on(station: SigningStation) -> None:
    """Stations are upgraded one by one."""
    with station.hub.database.transaction() as connection:
        token = stations.add(connection, "bench-2", station.hub.random, station.now)

    assert station.call("POST", wire.HELLO, HELLO, headers={"Authorization": f"Bearer {token}"})[0] == 200


@pytest.mark.failure(7)
def test_row_7_two_machines_with_one_key_are_flagged_and_both_served(station: SigningStation) -> None:
    """A copied disk brings its key along: its starts take turns. A restart is only ever a new start."""
    restarts = [station.hello(run_id=f"start-{number}")[0] for number in range(12)]
    quiet = station.administer("alerts")[1]["alerts"]
    turns = [station.hello(run_id=run_id)[0] for run_id in ("copy", "start-11", "copy")]
    alerts = station.administer("alerts")[1]["alerts"]

    assert ({*restarts, *turns}, quiet) == ({200}, [])
    assert [(one["key"], one["code"], one["station"]) for one in alerts] == [
        ("key_twice:bench-1", "key_twice", "bench-1")
    ]


@pytest.mark.failure(8)
def test_row_8_the_status_of_a_lost_station_says_what_was_not_here(station: SigningStation) -> None:
    """How far its log came, and how much it had unsent when it was heard from last."""
    log = Log("log-a")
    log.put(b"1")
    log.put(b"2")
    body = wire.encode_batch(wire.BatchHeader(1, en.GENESIS.hex(), 2), log.lines)
    station.call("POST", wire.events_path("log-a"), body)
    beat = wire.Heartbeat("0.1.0", unsent=3, oldest_unsent_seconds=61)
    station.call("POST", wire.HELLO, wire.encode(wire.Hello("sample", (), heartbeat=beat)))
    station.administer("station-revoke", name="bench-1")
    (row,) = station.administer("status")[1]["stations"]

    assert command_line.station_lines(row) == [
        "station bench-1          REVOKED 2026-11-22T10:00  seen 2026-11-22T10:00:00+00:00  -  events 2",
        "    here: log log-a up to 2",
        "    its last word, 2026-11-22T10:00: 3 events not here, the oldest 61 s old",
    ]
