"""A wiped station's bundle comes in as if the station had sent it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from hub import command_line, server
from hub.intake import bundles
from hub.tables import acts, events, forks
from hub.trust import device_keys, stations
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.errors import Malformed, Refused
from sync import bundle, signing, wire
from tests.hub.build import NOW, RMA, Log, Numbers, an_rma, announce, plain_line, send

pytestmark = pytest.mark.failure(46)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A hub that has half of a station's log."""
    hub = server.open_hub(tmp_path / "hub", "sample")
    announce(hub.database, an_rma(plain_line(quantity=9)))
    hub.database.close()
    return tmp_path / "hub"


@pytest.fixture
def log() -> Log:
    """A parcel with three units, and a line that is nonsense."""
    made = Log()
    made.parcel("p-1", RMA)
    for number in range(3):
        made.unit(f"u{number}", "p-1")
    made.put(b"\xff")
    return made


def written(
    data: Path,
    *logs: Log,
    first: int = 1,
    token: str = "",
    station: str = "bench-1",
    device_key: bytes | None = None,
) -> Path:
    """The bundle on a stick, sealed to this hub."""
    hub = server.open_hub(data)
    if token:
        with hub.database.transaction() as connection:
            stations.add(connection, station, lambda size: b"t" * size, NOW)
    parts = tuple(bundle.LogPart(log.log_id, first, len(log.lines), log.hashes[-1].hex()) for log in logs)
    contents = bundle.Contents(station, "sample", "2026-11-22T10:00:00Z", parts, hub.identity.hub_id)
    batches = [
        bundle.Batch(log.log_id, log.header(at, min(at + 1, len(log.lines))), log.lines[at - 1 : at + 1])
        for log in logs
        for at in range(first, len(log.lines) + 1, 2)
    ]
    key = bundle.public_key(bundles.private_key(hub.identity))
    hub.database.close()
    file = data.parent / "stick.rma-bundle"
    file.write_bytes(
        bundle.write(contents, batches, sealed_to=key, token=token, device_key=device_key, random=Numbers())
    )
    return file


def enrolled(data: Path, station: str = "bench-1", seed: bytes = b"k" * 32) -> bytes:
    """The seed of a device key the station is let in by."""
    hub = server.open_hub(data)
    with hub.database.transaction() as connection:
        device_keys.register(connection, station, signing.public_key(seed), lambda size: seed[:size], NOW)
    hub.database.close()
    return seed


def last_act(data: Path) -> tuple[str, str]:
    """What is on record of the last thing somebody did to the hub."""
    hub = server.open_hub(data)
    with hub.database.transaction() as connection:
        row = connection.execute(select(acts.c.what, acts.c.result).order_by(acts.c.act_id.desc())).first()
    hub.database.close()
    assert row is not None
    return row.what, row.result


TOKEN = stations.new_token(lambda size: b"t" * size)


def imported(data: Path, file: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    """What the command says."""
    capsys.readouterr()
    code = command_line.execute(["import", "bundle", str(file), "--data", str(data), *more])
    return code, capsys.readouterr().out.strip()


def here(data: Path) -> list[bytes]:
    """The lines the hub has, in the order of receipt."""
    hub = server.open_hub(data)
    with hub.database.transaction() as connection:
        found = [bytes(line) for line in connection.scalars(select(events.c.line).order_by(events.c.number))]
    hub.database.close()
    return [line for line in found if b'"log_id":"log-' in line]


def test_what_the_hub_lacked_is_there_afterwards(data: Path, log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """And the same file again changes nothing; what is nonsense is a dead letter, as ever."""
    hub = server.open_hub(data)
    with hub.database.transaction() as connection:
        stations.add(connection, "bench-1", lambda size: b"t" * size, NOW)
    send(hub.database, log, 1, 2)
    hub.database.close()
    file = written(data, log, token=TOKEN)

    first, again = imported(data, file, capsys), imported(data, file, capsys)

    assert first == (3, "bench-1: 1 dead letter, 2 duplicate, 2 new.")
    assert again == (0, "bench-1: 5 duplicate, 0 new.")
    assert here(data) == log.lines[:4]


def test_a_log_with_another_history_is_taken_under_a_log_of_its_own(
    data: Path, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    """The card was copied: what both sides did is here, each event once, and the parting is on record."""
    copied = Log(lines=log.lines[:2], hashes=log.hashes[:3])
    copied.say(ev.ParcelOpened("p-9", "tracking", "p-9", (RMA,)), RMA, event_id="of-the-copy", parcel_id="p-9")
    hub = server.open_hub(data)
    with hub.database.transaction() as connection:
        stations.add(connection, "bench-1", lambda size: b"t" * size, NOW)
    send(hub.database, copied)
    hub.database.close()
    other = Log("log-b")
    other.parcel("p-2", RMA)
    file = written(data, log, other, token=TOKEN)

    first, again = imported(data, file, capsys), imported(data, file, capsys)

    assert (first[1], again[1]) == ("bench-1: 1 dead letter, 2 duplicate, 3 new.", "bench-1: 6 duplicate, 0 new.")
    assert sorted(here(data)) == sorted([*copied.lines, *log.lines[2:4], *other.lines])
    hub = server.open_hub(data)
    with hub.database.transaction() as connection:
        (fork,) = connection.execute(select(forks.c.log_id, forks.c.at_seq, forks.c.reason)).all()
    hub.database.close()
    assert tuple(fork) == ("log-a", 2, "bundle")


def test_a_bundle_whose_beginning_is_missing_here_loses_nothing(
    data: Path, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    """The hub was put back since: what the file has is taken."""
    code, said = imported(data, written(data, log, first=3, token=TOKEN), capsys)

    assert (code, said) == (3, "bench-1: 1 dead letter, 2 new.")
    assert here(data) == log.lines[2:4]


def test_nobody_else_can_bring_events_in_a_station_s_name(
    data: Path, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the station's token somebody has to vouch for it, and that is kept."""
    file = written(data, log, token="a guessed token")

    with pytest.raises(Refused, match="nothing proves that the bundle is bench-1's own"):
        imported(data, file, capsys)
    code, said = imported(data, file, capsys, "--unproved")

    assert (code, said) == (3, "bench-1: 1 dead letter, 4 new.")
    assert last_act(data) == ("bundle", "1 logs, made 2026-11-22T10:00:00Z, vouched for: no proof")


def test_a_station_s_signature_proves_its_bundle(data: Path, log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """It has no token any more, and nobody has to vouch for it."""
    code, said = imported(data, written(data, log, device_key=enrolled(data)), capsys)

    assert (code, said) == (3, "bench-1: 1 dead letter, 4 new.")
    assert last_act(data) == ("bundle", "1 logs, made 2026-11-22T10:00:00Z, proved")


@pytest.mark.parametrize(
    ("ended", "refusal", "kept"),
    [
        ("revoked", r"device key [0-9a-f]{16} of bench-1, which was revoked on 2026-11-22 10:00 UTC", "key revoked"),
        ("replaced", r"device key [0-9a-f]{16} of bench-1, which was replaced on 2026-11-22 10:00 UTC", "key replaced"),
        ("elsewhere", r"device key [0-9a-f]{16}, which this hub does not know; bench-1 was", "key not known"),
        (
            "another",
            r"says it is bench-1's and is signed with device key [0-9a-f]{16} of station bench-2",
            "key of bench-2",
        ),
    ],
)
def test_a_key_that_is_not_the_station_s_now_needs_somebody_s_word(
    data: Path, log: Log, capsys: pytest.CaptureFixture[str], ended: str, refusal: str, kept: str
) -> None:
    """A lost station was found again: what it had is not lost, and who vouched for what is on record."""
    seed = enrolled(data)
    if ended == "revoked":
        hub = server.open_hub(data)
        with hub.database.transaction() as connection:
            device_keys.revoke(connection, "bench-1", NOW)
        hub.database.close()
    elif ended == "replaced":
        enrolled(data, seed=b"n" * 32)
    else:
        seed = b"o" * 32 if ended == "elsewhere" else enrolled(data, "bench-2", b"2" * 32)
    file = written(data, log, device_key=seed)

    with pytest.raises(Refused, match=refusal) as refused:
        imported(data, file, capsys)
    code, said = imported(data, file, capsys, "--unproved")

    assert "may say --unproved" in str(refused.value)
    assert (code, said) == (3, "bench-1: 1 dead letter, 4 new.")
    assert last_act(data)[1].endswith(f"vouched for: {kept}")


def test_a_token_that_was_revoked_needs_somebody_s_word(
    data: Path, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a device key: whoever has the station can have made the file."""
    file = written(data, log, token=TOKEN)
    command_line.execute(["station", "revoke", "bench-1", "--data", str(data)])

    with pytest.raises(Refused, match="proved by a token of bench-1 that was revoked on"):
        imported(data, file, capsys)

    assert imported(data, file, capsys, "--unproved")[1] == "bench-1: 1 dead letter, 4 new."
    assert last_act(data)[1].endswith("vouched for: token revoked")


def test_what_was_signed_cannot_be_changed(data: Path, log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """Anybody can seal to the hub's key, so the signature is what counts; no word brings it in."""
    seed = enrolled(data)
    cover, _ = bundle.split(written(data, log, device_key=seed).read_bytes())
    file = written(data, Log(lines=log.lines[:3], hashes=log.hashes[:4]))
    changed, body = bundle.split(file.read_bytes())
    forged = replace(changed, v=2, key_id=cover.key_id, signature=cover.signature)
    file.write_bytes(wire.encode(forged) + b"\n" + body)

    for more in ((), ("--unproved",)):
        with pytest.raises(Refused, match=r"not what bench-1 signed with device key [0-9a-f]{16}: it was altered"):
            imported(data, file, capsys, *more)

    assert here(data) == []


def test_a_bundle_of_somewhere_else_is_refused(data: Path, log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """Another hub's, an unknown station's, a damaged one: nothing of it is taken."""
    whole = written(data, log, token=TOKEN)
    damaged = data.parent / "damaged"
    damaged.write_bytes(whole.read_bytes()[:-1])
    with pytest.raises(Malformed, match="damaged or cut"):
        imported(data, damaged, capsys)
    with pytest.raises(Refused, match="no station 'bench-9'"):
        imported(data, written(data, log, station="bench-9"), capsys)
    server.open_hub(data.parent / "other", "sample").database.close()
    with pytest.raises(Malformed, match="another hub's key"):
        imported(data.parent / "other", whole, capsys)

    assert here(data) == []


def test_the_chain_of_a_log_of_its_own_adds_up(log: Log) -> None:
    """Numbered from 1, each batch beginning where the one before ended."""
    whole = bundle.Batch("log-a", log.header(), log.lines)
    cut = [
        replace(whole, header=log.header(3, 4), lines=log.lines[2:4]),
        replace(whole, header=log.header(5), lines=log.lines[4:]),
    ]

    made = list(bundles.apart(cut, b"\0" * 32))

    assert [batch.header.first_seq for batch in made] == [1, 3]
    assert made[0].header.previous_hash == en.GENESIS.hex()
    assert made[1].header == wire.BatchHeader(3, en.hash_after(en.GENESIS, log.lines[2:4]).hex(), 1)
