"""Exports: whole, marked, safe to open in a spreadsheet, in slices."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rma_station.errors import Refused
from rma_station.ports import Chunk, Progress, Steps
from rma_station.store.export import export, marked_name
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from tests.fakes import StandingClock
from tests.store import given
from tests.store.given import RMA, SESSION, WORKER, open_journal


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def journal(tmp_path: Path, clock: StandingClock) -> Iterator[Journal]:
    opened = open_journal(tmp_path, clock)
    for item in (given.opened(), given.identified(), given.graded(), given.placed()):
        opened.commit([item], worker_id=WORKER, session_id=SESSION)
    yield opened
    opened.close()


def through(steps: Steps) -> tuple[str, list[Progress], object]:
    """The text, the progress and the result of an export."""
    text, progress = "", []
    while True:
        try:
            step = next(steps)
        except StopIteration as stop:
            return text, progress, stop.value
        if isinstance(step, Chunk):
            text += step.text
        else:
            progress.append(step)


def table(text: str) -> list[dict[str, str]]:
    """CSV as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_movements_are_what_the_warehouse_system_needs(journal: Journal) -> None:
    """Unit, LPN, SKU, grade, destination, time; and the reversal."""
    journal.commit([given.amended()], worker_id=WORKER)

    text, progress, result = through(export(journal.database, "movements", "csv"))

    rows = table(text)
    assert [(row["lpn"], row["sku"], row["grade"], row["destination"], row["pieces"]) for row in rows] == [
        ("U00001", "SHIRT", "B", "OUT-1", "1"),
        ("U00001", "SHIRT", "B", "OUT-1", "-1"),
    ]
    assert [(row["mode"], row["at"], row["unit_id"], row["rma_id"]) for row in rows[:1]] == [
        ("sample", "2026-11-24T12:00:00.000Z", "u-1", RMA)
    ]
    assert (progress, result) == ([Progress(2, 2)], {"rows": 2, "mode": "sample"})


def test_events_as_ndjson_are_the_journal_s_own_bytes(journal: Journal) -> None:
    """Each with its mode, log and hash around it."""
    text, _, _ = through(export(journal.database, "events", "ndjson"))

    lines = [row[0] for row in journal.database.connection.execute("SELECT line FROM events ORDER BY place")]
    assert [line.partition(',"event":')[2].encode() for line in text.splitlines()] == [line + b"}" for line in lines]
    assert [json.loads(line)["mode"] for line in text.splitlines()] == ["sample"] * 5
    assert json.loads(text.splitlines()[-1])["hash"] == journal.head_hash.hex()


def test_events_as_csv_have_their_envelope_in_columns(journal: Journal) -> None:
    """And the payload as JSON."""
    rows = table(through(export(journal.database, "events", "csv"))[0])

    assert [row["type"] for row in rows] == [
        "log.opened",
        "parcel.opened",
        "unit.identified",
        "unit.graded",
        "unit.placed",
    ]
    assert (rows[2]["seq"], rows[2]["worker_id"], rows[2]["case_ids"], rows[2]["unit_id"]) == ("3", WORKER, RMA, "u-1")
    assert json.loads(rows[4]["payload"]) == {"unit_id": "u-1", "lpn": "U00001", "destination": "OUT-1"}


def test_shift_sheets_have_their_counts(journal: Journal) -> None:
    """One row a shift."""
    text, _, _ = through(export(journal.database, "shifts", "ndjson"))

    assert json.loads(text) == {
        "mode": "sample",
        "worker_id": WORKER,
        "session_id": SESSION,
        "started_at": "2026-11-24T12:00:00.000Z",
        "ended_at": None,
        "parcels": 0,
        "units": 1,
        "held": 0,
        "set_aside": 0,
    }


@pytest.mark.parametrize(("what", "rows"), [("events", 2), ("movements", 1), ("shifts", 0)])
def test_what_is_older_can_be_left_out(journal: Journal, clock: StandingClock, what: str, rows: int) -> None:
    """``since`` leaves out events that are older by the device's time."""
    clock.forward(86400)
    journal.commit([given.amended(), given.set_aside()], worker_id=WORKER, session_id=SESSION)

    assert through(export(journal.database, what, "csv", "2026-11-25"))[2] == {"rows": rows, "mode": "sample"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_never_becomes_a_formula(tmp_path: Path, start: str) -> None:
    """Outside text gets an apostrophe in front; control characters become signs; our own numbers stay numbers."""
    journal = open_journal(tmp_path)
    lpn = start + "HYPERLINK(1)\x1b[2J"
    journal.commit([given.opened(), given.identified(lpn=lpn), given.graded(), given.placed()])
    journal.commit([given.amended()])

    rows = table(through(export(journal.database, "movements", "csv"))[0])

    assert [row["lpn"][0] for row in rows] == ["'" if start in "=+-@" else rows[0]["lpn"][0]] * 2
    assert not rows[0]["lpn"].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert "\x1b" not in rows[0]["lpn"]
    assert rows[1]["pieces"] == "-1"
    journal.close()


def test_a_large_export_comes_in_slices_with_what_is_committed_meanwhile(tmp_path: Path) -> None:
    """A few hundred rows a slice."""
    journal = open_journal(tmp_path)
    journal.commit([given.opened(), *(given.identified(f"u-{n}", f"L{n}") for n in range(448))])
    steps = export(journal.database, "events", "ndjson")
    first = [next(steps), next(steps)]
    journal.commit([given.set_aside()])
    text, progress, result = through(steps)

    assert isinstance(first[0], Chunk)
    assert first[0].text.count("\n") == 200
    assert first[1] == Progress(200, 450)
    assert (text.count("\n"), progress, result) == (
        251,
        [Progress(400, 450), Progress(451, 451)],
        {"rows": 451, "mode": "sample"},
    )
    journal.close()


def test_what_cannot_be_exported_is_refused_with_what_can(journal: Journal) -> None:
    """Name and format."""
    for what, form in (("people", "csv"), ("events", "xml")):
        with pytest.raises(Refused, match="events, movements, shifts, receipts as csv or ndjson"):
            next(export(journal.database, what, form))


def test_the_file_s_name_says_when_it_is_fictitious() -> None:
    """SAMPLE is put into the name once, also when it is there already."""
    names = [marked_name(Path(name), mode).name for name in ("a.csv", "a-Sample.csv") for mode in ("sample", "live")]

    assert names == ["a-SAMPLE.csv", "a.csv", "a-Sample.csv", "a-Sample.csv"]


def test_an_event_of_two_logs_is_exported_once(journal: Journal, clock: StandingClock) -> None:
    """Under the log it is sent with now."""
    old = journal.log_id
    for _ in journal.begin_log(old, 2, "other"):
        continue
    text, _, result = through(export(journal.database, "events", "csv"))
    rows = table(text)

    assert [(row["log_id"] == old, row["seq"]) for row in rows] == [
        (True, "1"), (True, "2"), (False, "1"), (False, "2"), (False, "3"), (False, "4"),
    ]  # fmt: skip
    assert len({row["event_id"] for row in rows}) == 6
    assert result == {"rows": 6, "mode": "sample"}


def test_receipts_are_what_the_hub_signed_with_its_key(journal: Journal, clock: StandingClock) -> None:
    """Enough to prove it to somebody who has neither station nor hub."""
    reader = StoredReader(journal, clock)
    reader.pin_hub("hub-1", "aa" * 32)
    none = through(export(journal.database, "receipts", "csv"))[2]
    signed = {"log_id": journal.log_id, "seq": 4, "hash": "0c", "hub_time": "2026-11-22T10:00:00.000Z"}
    reader.note_at_hub(journal.log_id, 4, json.dumps({**signed, "signature": "5e"}))

    text, _, result = through(export(journal.database, "receipts", "csv"))

    assert (none, result) == ({"rows": 0, "mode": "sample"}, {"rows": 1, "mode": "sample"})
    more = {"mode": "sample", "signature": "5e", "hub_id": "hub-1", "hub_key": "aa" * 32}
    assert table(text) == [{**signed, "seq": "4", **more}]
