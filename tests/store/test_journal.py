"""The journal: what is committed is there, chained, projected, and in the order it was said."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.effects import PrintDocument, PrintLabel
from rma_station.domain.fold import Fact, fold
from rma_station.domain.print_jobs import Step
from rma_station.domain.rma import Case
from rma_station.errors import ModeMismatch, Refused, StationHeld
from rma_station.store.clock_state import FIRST_POSSIBLE
from rma_station.store.jobs import JobMark
from tests.fakes import NOON, StandingClock
from tests.store import given
from tests.store.given import RMA, SESSION, WORKER, open_journal


def lines(folder: Path) -> list[bytes]:
    """The journal's lines, after it was closed."""
    connection = sqlite3.connect(folder / "journal.sqlite")
    found = [row[0] for row in connection.execute("SELECT line FROM events ORDER BY place")]
    connection.close()
    return found


def test_a_log_begins_with_its_station_and_mode(tmp_path: Path) -> None:
    """``log.opened`` is event 1."""
    journal = open_journal(tmp_path)
    journal.close()

    first = en.open_line(lines(tmp_path)[0], en.GENESIS)

    assert (first.envelope.seq, first.envelope.type, first.payload) == (
        1,
        "log.opened",
        {"station": "bench-1", "mode": "sample"},
    )
    assert first.envelope.occurred_at == "2026-11-24T12:00:00.000Z"
    assert (journal.opening.created, journal.opening.unclean) == (True, False)


def test_the_stored_lines_are_the_chain_that_was_returned(tmp_path: Path) -> None:
    """Bytes, hashes and sequence go on over a restart; the boot id is new."""
    journal = open_journal(tmp_path)
    entries = journal.commit([given.opened(), given.identified()], worker_id=WORKER, session_id=SESSION)
    boot, log_id = journal.boot_id, journal.log_id
    journal.close()
    journal = open_journal(tmp_path, seed="second")
    entries += journal.commit([given.graded()], worker_id=WORKER)
    journal.close()

    previous, read = en.GENESIS, []
    for line in lines(tmp_path):
        read.append(en.open_line(line, previous))
        previous = read[-1].hash

    assert [(entry.envelope.seq, entry.envelope.event_id, entry.line, entry.hash) for entry in read[1:]] == [
        (entry.seq, entry.event_id, entry.line, entry.hash) for entry in entries
    ]
    assert [entry.envelope.seq for entry in read] == [1, 2, 3, 4]
    assert (journal.last_seq, journal.head_hash, journal.log_id) == (4, previous, log_id)
    assert read[1].envelope.boot_id == boot != read[3].envelope.boot_id
    assert (read[1].envelope.worker_id, read[1].envelope.session_id) == (WORKER, SESSION)


def test_an_event_keeps_the_id_its_flow_gave_it(tmp_path: Path) -> None:
    """So that an undo can name it."""
    journal = open_journal(tmp_path)
    event_id = journal.fresh().uuid()

    (entry,) = journal.commit([replace(given.opened(), event_id=event_id)])

    assert entry.event_id == event_id
    journal.close()


def test_the_case_is_the_fold_of_its_events_also_after_a_restart(tmp_path: Path) -> None:
    """In memory and loaded from its rows it is the same value."""
    journal = open_journal(tmp_path)
    stated = [given.opened(), given.identified(), given.graded(), given.identified("u-2", "U00002"), given.amended()]
    facts = []
    for item in stated:
        (entry,) = journal.commit([item], worker_id=WORKER)
        facts.append(Fact(entry.event_id, item.event, WORKER, "2026-11-24T12:00:00.000Z"))
    hot = journal.projection.case(RMA)
    journal.close()
    journal = open_journal(tmp_path)

    expected = Case(RMA)
    for fact in facts:
        expected = fold(expected, fact)

    assert hot == expected
    assert journal.projection.case(RMA) == expected
    assert [unit.unit_id for unit in journal.projection.case(RMA).units.values()] == ["u-1", "u-2"]
    journal.close()


def test_a_broken_guard_leaves_its_mark_in_the_case(tmp_path: Path) -> None:
    """The event is kept; the mark survives a restart."""
    journal = open_journal(tmp_path)
    journal.commit([given.opened(), given.identified(), given.identified()])
    journal.close()
    journal = open_journal(tmp_path)

    assert [mark.code for mark in journal.projection.case(RMA).marks] == ["unit_identified_twice"]
    assert journal.last_seq == 4
    journal.close()


def test_one_event_of_a_parcel_touches_all_its_cases(tmp_path: Path) -> None:
    """Two RMAs in one parcel both know it."""
    journal = open_journal(tmp_path)
    event = ev.ParcelOpened("p-1", "tracking", "1", (RMA, "RMA-2026-000002"))

    journal.commit([ev.Stated(event, given.about(RMA, "RMA-2026-000002"))])

    assert [list(journal.projection.case(case).parcels) for case in (RMA, "RMA-2026-000002")] == [["p-1"], ["p-1"]]
    journal.close()


def test_a_transaction_that_fails_leaves_no_trace(tmp_path: Path) -> None:
    """Neither on disk nor in memory; the next commit goes on from before."""
    journal = open_journal(tmp_path)
    journal.commit([given.opened()], resume=b"before", jobs=[given.label()])
    seq, head, case = journal.last_seq, journal.head_hash, journal.projection.case(RMA)

    with pytest.raises(sqlite3.IntegrityError):
        journal.commit([given.identified()], resume=b"after", jobs=[given.label(attempt=2)])

    assert (journal.last_seq, journal.head_hash, journal.resume_point) == (seq, head, b"before")
    assert journal.projection.case(RMA) is case
    assert journal.commit([given.identified()])[0].seq == seq + 1
    journal.close()


def test_the_resume_point_is_that_of_the_last_commit(tmp_path: Path) -> None:
    """``None`` keeps it, empty clears it, and it may be committed alone."""
    journal = open_journal(tmp_path)
    journal.commit([given.opened()], resume=b"flow 1")
    journal.commit([given.identified()])
    journal.close()
    journal = open_journal(tmp_path)
    kept = journal.resume_point
    journal.commit((), resume=b"flow 2")
    journal.close()
    journal = open_journal(tmp_path)

    assert (kept, journal.resume_point, journal.last_seq) == (b"flow 1", b"flow 2", 3)
    journal.commit((), resume=b"")
    journal.close()
    assert open_journal(tmp_path).resume_point == b""


def test_a_drawn_lpn_is_used_up_with_the_commit_that_uses_it(tmp_path: Path) -> None:
    """A number that was drawn and not committed may come again, a committed one never."""
    journal = open_journal(tmp_path)
    fresh = journal.fresh()
    first = fresh.lpn()
    journal.commit([given.opened(), given.identified(lpn=first)])
    lost = fresh.lpn()
    journal.close()
    journal = open_journal(tmp_path)

    assert (first[-5:], lost[-5:], journal.fresh().lpn()[-5:]) == ("00001", "00002", "00002")
    journal.close()


def test_a_print_job_is_there_with_its_events(tmp_path: Path) -> None:
    """And is settled with the events that say so."""
    journal = open_journal(tmp_path)
    journal.commit([given.opened(), given.identified()], jobs=[given.label("j-1"), given.label("j-2", attempt=2)])
    before = [(job.job_id, job.state, job.label) for job in journal.jobs_open()]
    journal.mark_job("j-1", Step.START, printer="labels")
    sent = ev.Stated(ev.LabelSent("j-1", "u-1", "labels"), given.about(unit="u-1"))
    journal.commit([sent], marks=[JobMark("j-1", Step.SENT)])

    assert before == [("j-1", "queued", given.label("j-1")), ("j-2", "queued", given.label("j-2", attempt=2))]
    assert [job.job_id for job in journal.jobs_open()] == ["j-2"]
    assert journal.projection.case(RMA).units["u-1"].label == "sent"
    journal.close()


def test_the_same_label_is_queued_once(tmp_path: Path) -> None:
    """By unit, number and attempt; a job without a row, or one that is over, can never start."""
    journal = open_journal(tmp_path)
    journal.commit((), jobs=[given.label("j-1"), given.label("j-2"), given.label("j-3", attempt=2)])

    assert [job.job_id for job in journal.jobs_open()] == ["j-1", "j-3"]
    journal.start_job("j-1")
    with pytest.raises(Refused, match="j-2 is not known and cannot be sent"):
        journal.start_job("j-2")
    journal.mark_job("j-1", Step.SENT)
    with pytest.raises(Refused, match="j-1 is sent and cannot be sent"):
        journal.start_job("j-1")
    journal.close()


def test_jobs_that_are_no_units_labels(tmp_path: Path) -> None:
    """Found again by what they are of."""
    pallet = PrintLabel("j-1", "pallet", {"sscc": "05901234123457", "destination": "A-1"}, "pallet 1")
    slip = PrintDocument("j-2", "return_slip", "pdf", b"%PDF-1", "slip")
    journal = open_journal(tmp_path)
    journal.commit((), jobs=[pallet, slip])

    assert [job.label for job in journal.jobs_open()] == [pallet, slip]
    again = [replace(slip, job_id="x", title="y"), replace(slip, attempt=2), replace(pallet, job_id="x")]
    assert [found and found.job_id for found in map(journal.job_of, again)] == ["j-2", None, None]
    journal.close()


def test_documents_and_other_labels_wait_in_their_jobs(tmp_path: Path) -> None:
    """Every byte value and every field, as handed in, over a restart."""
    document = PrintDocument("j-1", "carrier", "zpl", bytes(range(256)), "parcel 7")
    pallet = PrintLabel("j-3", "pallet", {"sscc": "590123412345678909", "contents": "a\nb"}, "pallet 5901")
    journal = open_journal(tmp_path)
    journal.commit((), jobs=[document, given.label("j-2"), pallet])
    journal.close()
    journal = open_journal(tmp_path)

    assert [job.label for job in journal.jobs_open()] == [document, given.label("j-2"), pallet]
    journal.close()


def test_a_job_that_was_being_sent_is_unknown_after_a_restart(tmp_path: Path) -> None:
    """Whether its label came out only a person can see; it is never sent again by itself."""
    journal = open_journal(tmp_path)
    journal.commit([given.opened(), given.identified()], jobs=[given.label()])
    journal.mark_job("j-1", Step.START, printer="labels")
    journal.database.close()
    journal = open_journal(tmp_path)

    (job,) = journal.jobs_open()

    assert (job.state, job.attempts, job.printer, job.detail) == ("unknown", 1, "labels", "interrupted")
    assert (journal.opening.unclean, journal.opening.checked) == (True, 3)
    journal.close()
    journal = open_journal(tmp_path)
    assert journal.opening.unclean is False
    journal.close()


def test_sample_and_live_never_mix(tmp_path: Path) -> None:
    """The mode is written for ever."""
    open_journal(tmp_path, mode="sample").close()

    with pytest.raises(ModeMismatch, match=r'Set station\.mode = "sample"'):
        open_journal(tmp_path, mode="live")

    open_journal(tmp_path, mode="sample").close()


def test_a_second_journal_on_the_folder_is_refused(tmp_path: Path) -> None:
    """With the first one's name."""
    journal = open_journal(tmp_path)

    with pytest.raises(StationHeld, match="station bench-1, started 2026-11-24T12:00"):
        open_journal(tmp_path)

    journal.close()


def test_the_wall_clock_is_believed_only_as_far_as_it_holds(tmp_path: Path) -> None:
    """Never set, jumping, behind its own journal, or far from the hub's."""
    clock = StandingClock(wall=86400.0)
    journal = open_journal(tmp_path, clock)
    words = [journal.clock_word()]
    clock.wall = NOON
    words.append(journal.clock_word())
    journal.heard_from_hub(1.0)
    words.append(journal.clock_word())
    journal.heard_from_hub(-400.0)
    words.append(journal.clock_word())
    journal.heard_from_hub(0.0)
    clock.forward(7 * 86400)
    words.append(journal.clock_word())
    journal.commit([given.opened()])
    journal.close()
    journal = open_journal(tmp_path, StandingClock())
    words.append(journal.clock_word())
    journal.close()

    assert words == ["unset", "suspect", "ok", "suspect", "ok", "suspect"]


@pytest.mark.parametrize("wall", [-1e12, 0.0, 1e18])
def test_no_clock_is_so_wrong_that_nothing_can_be_committed(tmp_path: Path, wall: float) -> None:
    """Device time is evidence only."""
    journal = open_journal(tmp_path, StandingClock(wall=wall))

    *of_the_clock, entry = journal.commit([given.opened()])

    assert (entry.seq, len(of_the_clock)) == (journal.last_seq, 1 if wall < FIRST_POSSIBLE else 0)
    journal.close()
