"""What strangers, mistaken integrators and compromised stations try: none of it costs more than an answer."""

from __future__ import annotations

import gzip
import json
import logging
import os
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from sqlalchemy import text
from starlette.requests import Request
from starlette.testclient import TestClient

from hub import api, calls, hub_identity, parts, people, refunds, server
from hub.central import Hub
from hub.evidence import blob_files
from hub.money import batches
from hub.shop import files
from hub.trust import stations
from rma_station.domain.book import Person
from rma_station.errors import ConfigError, Malformed, StorageFull
from sync import enrolment, review_wire, signing, wire
from tests.hub.build import NOW, Numbers, new_hub
from tests.hub.money.test_bank_file import make, queued

ADMIN = {"Authorization": "Bearer admin-token-of-the-test"}


class Target:
    """A hub as it is served, with one station."""

    def __init__(self) -> None:
        database = new_hub()
        with database.transaction() as connection:
            identity = hub_identity.identity(connection)
            self.token = stations.add(connection, "bench-1", Numbers(), NOW)
        self.hub = Hub(
            database,
            identity,
            lambda: NOW,
            os.urandom,
            stations.digest("admin-token-of-the-test"),
            refunds.propose,
            operations=parts.OPERATIONS,
        )
        self.client = TestClient(api.create_app(self.hub, parts.MOUNTS))

    @property
    def station(self) -> dict[str, str]:
        """The station's header."""
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture
def target() -> Target:
    """A new one."""
    return Target()


def test_every_route_but_health_and_its_description_needs_a_token(target: Target) -> None:
    """A token in the address is none; neither is half of one."""
    paths = target.client.get("/openapi.json").json()["paths"]
    # The authority's certificate is public; whoever wants in compares it by words before it is believed.
    open_to_all = {"/healthz", "/readyz", enrolment.AUTHORITY}
    answers = {
        (method, path, query): target.client.request(method, path + query, headers=headers, content=b"{}").status_code
        for path, methods in paths.items()
        for method in methods
        if path not in open_to_all
        for query, headers in (
            ("", {}),
            (f"?token={target.token}&access_token=admin-token-of-the-test", {}),
            ("", {"Authorization": "Bearer admin-token-of-the-tes"}),
            ("", {"Authorization": "Basic admin-token-of-the-test"}),
        )
    }

    assert {name: status for name, status in answers.items() if status not in (400, 401)} == {}
    assert sum(status == 400 for status in answers.values()) <= 9  # a body that cannot be read comes before the token


def test_a_small_packed_body_does_not_become_a_large_one(target: Target) -> None:
    """A gzip bomb of a thousand to one."""
    bomb = gzip.compress(bytes(32 * 1024 * 1024))
    headers = {**target.station, "Content-Encoding": "gzip"}

    hello = target.client.post(wire.HELLO, content=bomb, headers=headers)
    batch = target.client.post(wire.events_path("log-a"), content=bomb, headers=headers)

    assert [(reply.status_code, reply.json()["code"]) for reply in (hello, batch)] == [(413, "too_large")] * 2


def test_a_strangers_batch_is_not_even_unpacked(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen kilobytes of it would make the hub work for half a second, in which it answers nobody."""
    unpacked: list[int] = []

    def unpack(data: bytes, limit: int) -> bytes:
        unpacked.append(len(data))
        return data

    monkeypatch.setattr(calls, "gunzip", unpack)
    path, body = wire.events_path("log-a"), gzip.compress(bytes(1000))
    signed = signing.sign(os.urandom(32), "POST", path, body, NOW.timestamp(), os.urandom(16))

    replies = [
        target.client.post(path, content=body, headers={**who, "Content-Encoding": "gzip"})
        for who in ({"Authorization": "Bearer x"}, signed)
    ]

    assert [reply.status_code for reply in replies] == [401, 401]
    assert unpacked == []


def test_a_hub_without_an_administrators_token_has_no_administrators(target: Target, tmp_path: Path) -> None:
    """A file that was emptied to end the old token: then a signed call, which has none, would be theirs."""
    target.hub.admin_sha256, target.hub.blobs = stations.digest(""), blob_files.Folder(tmp_path)
    replies = []
    for path in (review_wire.REVIEW_QUEUE, "/v1/blobs/" + "0" * 64):
        signed = signing.sign(os.urandom(32), "GET", path, b"", NOW.timestamp(), os.urandom(16))
        replies.append(target.client.get(path, headers=signed).status_code)
    replies.append(target.client.get("/v1/missing", headers={"Authorization": "Bearer "}).status_code)

    assert replies == [401, 401, 401]


def test_the_administrators_token_is_never_empty_nor_for_others_to_read(tmp_path: Path) -> None:
    """An emptied file gets a new one; one that others can read is refused with the remedy."""
    file = tmp_path / "admin-token"
    file.touch(mode=0o600)

    server.open_hub(tmp_path).database.close()
    made = file.read_text().strip()
    file.chmod(0o644)

    assert len(made) >= 40
    with pytest.raises(ConfigError, match="chmod 600"):
        server.open_hub(tmp_path)


def test_lines_are_counted_before_they_are_made() -> None:
    """A batch of nothing but line breaks would take eight times its size."""
    tracemalloc.start()
    try:
        with pytest.raises(calls.CallRefused, match="2000000 lines are over the limit"):
            api.split_batch(b"\n" * 2_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 1_000_000 + 2_000_000  # the body itself, and next to nothing


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"mode":' + b"9" * 100_000 + b"}",
        b'{"mode":"\\u0000","logs":[]}',
        b'{"mode":1e999}',
        b'{"mode":"sample","mode":"live","logs":[]}',
        b"\xff\xfe",
        b'"\\ud800"',
    ],
)
def test_json_that_hurts_is_malformed(target: Target, body: bytes) -> None:
    """Depth, digits, NUL, infinities, doubled keys, broken text."""
    for path, headers in ((wire.HELLO, target.station), ("/v1/import", ADMIN), ("/v1/admin/status", ADMIN)):
        reply = target.client.post(path, content=body, headers=headers)

        if not (path.endswith("status") and reply.status_code == 200):  # it takes no arguments and ignores them
            assert reply.json()["code"] in ("malformed", "mode"), (path, reply.text)


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("bundle-batch", {"station": "bench-1", "log_id": "log-a", "batch": "x"}),
        ("bundle-begin", {"contents": {"station": "bench-1", "mode": "sample"}, "body_sha256": "x", "by": "anna"}),
        ("batch-status", {"text": "<a>" * 1000, "by": "anna"}),
        ("person-put", {"worker_id": "1", "name": "\u0000", "role": "worker"}),
    ],
)
def test_an_operation_that_is_told_nonsense_says_so(target: Target, operation: str, given: dict[str, object]) -> None:
    """Every one was given every kind of value, 1,500 in all; these are those that are not like the others."""
    reply = target.client.post(f"/v1/admin/{operation}", json=given, headers=ADMIN)

    assert reply.json()["code"] in ("malformed", "refused"), reply.text


def test_a_body_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller is told, and nothing waits any longer."""
    monkeypatch.setattr(calls, "BODY_SECONDS", 0.05)

    async def receive() -> AsyncIterator[bytes]:
        yield b"{"
        await anyio.sleep_forever()

    class Dripping(Request):
        def stream(self) -> AsyncIterator[bytes]:  # type: ignore[override]
            return receive()

    async def read() -> None:
        await calls.body(Dripping({"type": "http", "headers": [], "method": "POST", "path": "/"}))

    with pytest.raises(calls.CallRefused) as caught:
        anyio.run(read)
    assert (caught.value.code, caught.value.status) == ("busy", 408)


def test_errors_tell_no_paths_statements_or_values(target: Target, caplog: pytest.LogCaptureFixture) -> None:
    """Neither do the logs tell tokens, PINs or account numbers."""
    iban = "PL61" + "109010140000071219812874"

    def full(hub: Hub, connection: object, given: object) -> None:
        raise StorageFull("the disk under /srv/secret/hub.sqlite3 is full")

    def broken(hub: Hub, connection: object, given: object) -> None:
        connection.execute(text("SELECT :iban FROM nowhere"), {"iban": iban})  # type: ignore[attr-defined]

    target.hub.operations = {**target.hub.operations, "full": full, "broken": broken}  # type: ignore[dict-item]
    with caplog.at_level(logging.DEBUG):
        replies = [target.client.post(f"/v1/admin/{name}", content=b"{}", headers=ADMIN) for name in ("full", "broken")]

    said = " ".join(reply.text for reply in replies)
    assert [reply.json()["code"] for reply in replies] == ["busy", "busy"]
    assert [reply.status_code for reply in replies] == [503, 500]
    assert [word for word in ("/srv", "SELECT", "nowhere", "PL61", "sqlite") if word in said] == []
    assert [word for word in ("PL6110", "admin-token-of-the-test", target.token) if word in caplog.text] == []


@pytest.mark.parametrize("path", ["/v1/review/%00", "/v1/cases/a%00", "/v1/orders/%00", "/v1/enrolments/%1b%5b2J"])
def test_an_address_with_a_control_character_is_malformed(target: Target, path: str) -> None:
    """PostgreSQL takes no NUL, whatever is looked for."""
    for headers in (ADMIN, target.station):
        assert target.client.get(path, headers=headers).json()["code"] in ("malformed", "unauthorised")
    assert target.client.get(path, headers=ADMIN).status_code == 400


@pytest.mark.parametrize("cursor", ["x", "LTEueA==", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5LngK", "MS4=", "%00", "9" * 5000])
def test_a_made_up_cursor_is_answered(target: Target, cursor: str) -> None:
    """Also numbers no database holds."""
    moved = target.client.get("/v1/movements", params={"cursor": cursor}, headers=ADMIN)
    fed = target.client.get(wire.FEED, params={"cursor": cursor, "limit": "9" * 5000}, headers=target.station)

    assert (moved.status_code, fed.status_code) == (410, 410)


def test_a_station_cannot_fill_the_monitoring_or_speak_in_its_format(target: Target) -> None:
    """Many devices, line breaks in names."""
    devices = {f"d{number}": "ready" for number in range(2000)}
    beat = {"app_version": 'x"\nrma_breaker_state 7\n' + "y" * 5000, "devices": devices}
    hello = {"mode": "sample", "logs": [], "heartbeat": beat}
    target.client.post(wire.HELLO, content=json.dumps(hello), headers=target.station).raise_for_status()

    lines = target.client.get("/metrics", headers=ADMIN).text.splitlines()

    assert sum(line.startswith("rma_station_device_ready{") for line in lines) == 32
    assert [line for line in lines if line.startswith("rma_breaker_state 7") or len(line) > 400] == []


class Guessing:
    """A supervisor's PIN, typed at stations and in commands."""

    def __init__(self, target: Target) -> None:
        self.client = target.client
        with target.hub.database.transaction() as connection:
            tokens = [stations.add(connection, f"bench-{number}", os.urandom, NOW) for number in range(2, 6)]
            people.put_person(connection, Person("000201", "Ewa", "supervisor"), "246810", NOW, os.urandom)
        spoken = {wire.PROTOCOL_HEADER: str(wire.PROTOCOL)}
        self.benches = [{"Authorization": f"Bearer {token}", **spoken} for token in tokens]

    def vouch(self, bench: dict[str, str], pin: str) -> tuple[str, int, bool]:
        """At a bench: code, minutes, and whether it is locked there only."""
        given = {"worker_id": "000201", "pin": pin}
        reply = self.client.post("/v1/vouch", json=given, headers=bench).json()
        return reply.get("code", ""), reply.get("minutes", 0), reply.get("here", False)

    def decide(self, bench: dict[str, str], pin: str) -> str:
        """In the review of a bench."""
        given = {"intent_key": "", "verdict": "noted", "worker_id": "000201", "pin": pin, "basis": []}
        return str(self.client.post("/v1/review/x/decisions", json=given, headers=bench).json().get("code", ""))

    def command(self, pin: str) -> tuple[str, str]:
        """``hub refunds freeze``: code and what is printed."""
        given = {"name": "frozen", "on": True, "reason": "r", "worker_id": "000201", "pin": pin}
        reply = self.client.post("/v1/admin/switch", json=given, headers=ADMIN).json()
        return reply["code"], reply.get("message", "")


def test_wrong_pins_at_one_station_lock_there_on_every_route_and_nowhere_else(target: Target) -> None:
    """The hub counts, not the station; a prankster at one bench keeps no supervisor from work at another."""
    guess = Guessing(target)
    first, second, *_ = guess.benches

    tries = [guess.decide(first, "000000"), *(guess.vouch(first, "000000")[0] for _ in range(4))]

    assert tries == ["pin", "pin", "pin", "pin", "locked"]
    assert (guess.vouch(first, "246810"), guess.decide(first, "246810")) == (("locked", 15, True), "locked")
    assert guess.vouch(second, "246810") == ("", 0, False)
    assert guess.command("246810") == ("", "")


def test_wrong_pins_at_many_stations_lock_everywhere(target: Target) -> None:
    """Twenty of them: then it is no prankster, and no command takes the PIN either."""
    guess = Guessing(target)

    said = [guess.vouch(bench, "000000") for bench in guess.benches for _ in range(5)]

    assert [code for code, _, _ in said].count("locked") == 4
    assert said[-1] == ("locked", 120, False)
    assert guess.vouch(target.station, "246810")[0] == "locked"
    assert guess.command("246810") == ("locked", "too many wrong PINs: locked everywhere; try again in 120 min")


@pytest.mark.parametrize("name", ["p.csv", "p.json", "../../etc/passwd.csv"])
def test_an_import_with_nul_is_refused_with_its_row(name: str) -> None:
    """No column of PostgreSQL takes it; the file's name is words, never a place."""
    with pytest.raises(Malformed, match="row 2 holds the character NUL"):
        files.read_file(name, "sku,name\nSHIRT,Ko\0szula\n")


def test_a_formula_in_an_import_stays_text() -> None:
    """Nothing here calculates; what the station exports gets its apostrophe there."""
    document, _ = files.read_file("p.csv", 'sku,name\nSHIRT,"=HYPERLINK(""http://x"";""y"")"\n')

    assert document.products[0].name == '=HYPERLINK("http://x";"y")'


def test_whoever_graded_does_not_confirm_the_batch() -> None:
    """Four eyes, also when the bank's word comes for a whole file."""
    shop = queued()
    message = make(shop).message_id

    with shop.database.transaction() as connection:
        graders = batches.graders_in(connection, message)
        none = batches.graders_in(connection, "other")
    assert (graders, none) == (frozenset({"000001"}), frozenset())
