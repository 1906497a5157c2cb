"""A claim is an early warning: who else has this piece in hand, by the hub's clock; never a lock, never required."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from starlette.testclient import TestClient

from hub import api, claims, hub_identity, ingest
from hub.central import Hub
from hub.trust import stations
from sync import wire
from tests.hub import databases
from tests.hub.build import NOW, Numbers, new_hub

SERIAL = wire.Claim(serial="SN-1")
LINE = wire.Claim("RMA-2026-000001", "L1")


class Benches:
    """A hub whose clock stands, and what stations say to it."""

    def __init__(self) -> None:
        self.database, self.now = new_hub(), NOW

    def claim(self, station: str, claim: wire.Claim) -> tuple[str, ...]:
        """Who else has it."""
        with self.database.transaction() as connection:
            return claims.claimed(connection, station, claim, self.now)

    def rows(self) -> int:
        """Claims the hub remembers."""
        with self.database.transaction() as connection:
            return connection.scalar(select(func.count()).select_from(claims.claims)) or 0


@pytest.mark.parametrize("claim", [SERIAL, LINE, wire.Claim(lpn="A7K3Q00012")])
def test_the_second_station_hears_of_the_first_and_the_first_of_the_second(claim: wire.Claim) -> None:
    """Of others only, in alphabetical order; nothing need be known of the piece."""
    at = Benches()

    told = [at.claim(station, claim) for station in ("bench-7", "bench-2", "bench-7", "bench-1")]

    assert told == [(), ("bench-7",), ("bench-2",), ("bench-2", "bench-7")]


def test_one_name_in_common_is_enough() -> None:
    """One bench read the serial number, the other did not and knows the line."""
    at = Benches()
    at.claim("bench-7", wire.Claim("RMA-2026-000001", "L1", "SN-1", "A7K3Q00012"))

    assert at.claim("bench-2", LINE) == ("bench-7",)
    assert at.claim("bench-3", SERIAL) == ("bench-7",)


def test_other_pieces_are_other_pieces() -> None:
    """A serial number is no LPN; a line counts with its RMA only; letters are not folded."""
    at = Benches()
    at.claim("bench-7", wire.Claim("RMA-2026-000001", "L1", "SN-1", "A7K3Q00012"))
    others = (
        wire.Claim(lpn="SN-1"),
        wire.Claim(serial="sn-1"),
        wire.Claim("RMA-2026-000001", "L2"),
        wire.Claim("RMA-2026-000001L", "1"),
        wire.Claim(line_id="L1"),
        wire.Claim(rma_id="RMA-2026-000001"),
    )

    assert [at.claim("bench-2", claim) for claim in others] == [()] * len(others)


def test_a_claim_ends_with_its_lease_and_is_removed() -> None:
    """By the hub's clock, to the second."""
    at = Benches()
    at.claim("bench-7", SERIAL)
    at.now += claims.LEASE - timedelta(seconds=1)
    before = at.claim("bench-2", SERIAL)
    at.now += timedelta(seconds=1)
    after = at.claim("bench-3", SERIAL)

    assert (before, after, at.rows()) == (("bench-7",), ("bench-2",), 2)


def test_the_same_claim_again_renews_it() -> None:
    """And is one row."""
    at = Benches()
    at.claim("bench-7", SERIAL)
    at.now += timedelta(minutes=10)
    assert (at.claim("bench-7", SERIAL), at.rows()) == ((), 1)
    at.now += timedelta(minutes=10)

    assert at.claim("bench-2", SERIAL) == ("bench-7",)


def test_a_claim_ends_with_the_stations_next_one() -> None:
    """A bench has one piece in hand: the first is put away. What both claims name stays, and other stations' claims."""
    at = Benches()
    at.claim("bench-7", wire.Claim("RMA-2026-000001", "L1", "SN-1"))
    at.claim("bench-7", wire.Claim("RMA-2026-000001", "L1", "SN-2"))

    assert at.claim("bench-2", SERIAL) == ()
    assert at.claim("bench-3", wire.Claim(serial="SN-2")) == ("bench-7",)
    assert at.claim("bench-4", LINE) == ("bench-7",)
    assert at.claim("bench-5", SERIAL) == ("bench-2",)


def test_a_claim_without_a_name_ends_the_stations_own() -> None:
    """Nothing is in hand there any more: the early warning goes long before the lease."""
    at = Benches()
    for bench in ("bench-7", "bench-2"):
        at.claim(bench, SERIAL)
    told = at.claim("bench-7", wire.Claim())

    assert (told, at.claim("bench-3", SERIAL), at.rows()) == ((), ("bench-2",), 2)


def test_a_claim_without_a_name_claims_nothing() -> None:
    """Two of them do not meet."""
    at = Benches()

    assert [at.claim("bench-7", wire.Claim()), at.claim("bench-2", wire.Claim()), at.rows()] == [(), (), 0]


@given(name=st.text())
def test_any_text_is_a_name(name: str) -> None:
    """Also with a NUL, which PostgreSQL cannot store, and of any length."""
    claim = wire.Claim(serial=name.encode("utf-8", "replace").decode())
    first, second = (claims._names(claim) for _ in range(2))

    assert first == second
    assert [len(one) for one in first] == [64] * bool(name)


def client() -> tuple[TestClient, dict[str, dict[str, str]]]:
    """A hub over HTTP, and the headers of two stations."""
    database = databases.fresh()
    identity = hub_identity.prepare(database, "sample", NOW, Numbers())

    def now() -> datetime:
        return NOW

    hub = Hub(database, identity, now, Numbers(), "", ingest.propose_nothing)
    with database.transaction() as connection:
        tokens = {name: stations.add(connection, name, hub.random, NOW) for name in ("bench-2", "bench-7")}
    headers = {name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()}
    return TestClient(api.create_app(hub, (claims.mount,))), headers


def test_stations_ask_over_http_and_nobody_else() -> None:
    """With the authentication of every station's call; a body that is no claim is refused by its field."""
    calls, at = client()

    def claim(headers: dict[str, str], body: bytes = wire.encode(SERIAL)) -> tuple[int, object]:
        reply = calls.post(wire.CLAIMS, content=body, headers=headers)
        if reply.status_code == 200:
            return 200, wire.decode(wire.ClaimReply, reply.content).stations
        return reply.status_code, reply.json()["code"]

    assert claim({}) == (401, "unauthorised")
    assert claim({"Authorization": "Bearer no"}) == (401, "unauthorised")
    assert [claim(at["bench-7"]), claim(at["bench-2"])] == [(200, ()), (200, ("bench-7",))]
    assert claim(at["bench-2"], b'{"serial":1}') == (400, "malformed")
    assert claim(at["bench-2"], b"") == (400, "malformed")


def test_the_call_is_described() -> None:
    """Under a name that never changes, for stations."""
    calls, _ = client()
    operation = calls.get("/openapi.json").json()["paths"][wire.CLAIMS]["post"]

    assert (operation["operationId"], operation["security"]) == ("claimPiece", [{"stationToken": []}])
