"""The station: what it answers is on the disk, and a restart finds the bench where it was."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from rma_station.domain import codec, codes
from rma_station.domain.flows.inputs import Chosen, LabelSettled, Pressed
from rma_station.domain.flows.stages import ConfirmGrade, Grading, ScanBack, Units
from rma_station.domain.flows.state import Bench, Rules
from rma_station.domain.meaning import Command, CommandScan
from rma_station.domain.outcome import Message
from rma_station.domain.print_jobs import Step
from rma_station.domain.weight import Reading
from rma_station.errors import StorageFailed, StorageFull
from rma_station.ports import DeviceState, DeviceStatus, RawScan, Weighing
from rma_station.services import station
from rma_station.services.scannables import scannables
from rma_station.services.texts import render
from tests.flows.bench import SHIRT, line, rma
from tests.services.bench import RULES, ServiceBench, answer


@pytest.fixture
def b(tmp_path: Path) -> ServiceBench:
    """A station that knows one RMA of two shirts."""
    result = ServiceBench(tmp_path / "data", (rma(1, line("L1", SHIRT, quantity=2)),))
    result.badge()
    return result


def graded(b: ServiceBench) -> None:
    """One shirt scanned and graded."""
    b.scan("RMA-2026-000001")
    b.station.handle(Chosen(1))
    b.scan("5901234123457")
    for _ in range(4):
        b.station.handle(Chosen(1))
    b.station.handle(Pressed(Command.YES))


def test_bytes_of_a_scan_become_events(b: ServiceBench) -> None:
    """From the scanner's bytes to the journal."""
    said = [b.scan("RMA-2026-000001"), b.scan("5901234123457")]

    assert said == ["ok:parcel_opened", "ok:unit_identified"]
    assert b.types() == [
        "log.opened",
        "worker.signed_in",
        "parcel.opened",
        "parcel.inspected",
        "unit.identified",
    ]


@pytest.mark.failure(2)
def test_a_restart_finds_the_question_where_it_was(b: ServiceBench) -> None:
    """Also one that had no event yet: two answers of a grading."""
    b.scan("RMA-2026-000001")
    b.station.handle(Chosen(1))
    b.scan("5901234123457")
    b.station.handle(Chosen(1))
    b.station.handle(Chosen(1))
    before = b.station.bench

    b.reopen()

    assert b.station.bench == before
    assert isinstance(b.station.bench.stage, Grading)
    assert b.station.opening().outcome.message.key == "flow.resumed_after_crash"  # type: ignore[union-attr]


def test_every_stage_survives_the_disk(b: ServiceBench) -> None:
    """The codec knows all of them."""
    graded(b)
    stage = b.station.bench.stage
    assert isinstance(stage, ScanBack)

    for each in (stage, Units(), ConfirmGrade(Grading("u", "apparel", {"tag": "on"}))):
        bench = replace(b.station.bench, stage=each)
        assert codec.decode(Bench, codec.from_bytes(codec.to_bytes(codec.encode(bench)))) == bench


def test_the_same_scan_within_400_ms_is_one(b: ServiceBench) -> None:
    """A trigger held too long."""
    b.scan("RMA-2026-000001")
    b.station.handle(Chosen(1))

    said = [b.scan("5901234123457"), b.scan_now("5901234123457")]

    assert said == ["ok:unit_identified", "attention:duplicate"]


def test_a_damaged_scan_changes_nothing(b: ServiceBench) -> None:
    """It is shown, not submitted."""
    before = b.types()

    said = answer(b.station.handle(RawScan("scanner", b"590123", 2000.0, damaged="incomplete")))

    assert (said, b.types()) == ("attention:scan_damaged", before)


def test_a_label_is_queued_with_its_event_and_handed_on_after_the_commit(b: ServiceBench) -> None:
    """The job row is in the event's transaction."""
    b.scan("RMA-2026-000001")
    b.station.handle(Chosen(1))
    b.scan("5901234123457")
    for _ in range(4):
        b.station.handle(Chosen(1))

    handled = b.station.handle(Pressed(Command.YES))

    assert [label.job_id for label in handled.labels] == [job.job_id for job in b.journal.jobs_open()]
    assert handled.committed


def test_a_settled_label_marks_its_job(b: ServiceBench) -> None:
    """Not sent: the job failed, the label is owed, and the status line counts it."""
    graded(b)
    job = b.journal.jobs_open()[0]

    handled = b.station.handle(
        LabelSettled(job.job_id, job.label.unit_id, job.label.lpn, "not_sent", "labels", "media_out")
    )

    assert answer(handled) == "attention:label_not_printed"
    assert (b.journal.jobs_open(), handled.update.status.owed) == ([], 1)  # type: ignore[union-attr]


def test_a_full_disk_is_a_clear_stop_and_nothing_changes(b: ServiceBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scan is not accepted; the worker reads what to do."""
    before = b.station.bench

    def full(*_: object, **__: object) -> None:
        raise StorageFull("no room")

    monkeypatch.setattr(b.journal, "commit", full)

    assert (b.scan("RMA-2026-000001"), b.station.bench) == ("stop:storage_full", before)


def test_a_disk_that_cannot_be_read_is_a_clear_stop(b: ServiceBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also looking something up can fail, not only saving it."""

    def broken(*_: object) -> None:
        raise StorageFailed("no disk")

    monkeypatch.setattr(b.book, "rma", broken)

    assert b.scan("RMA-2026-000001") == "stop:storage_failed"


def test_what_is_committed_is_printed_and_sent_even_when_it_cannot_be_shown(
    b: ServiceBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The view fails after the commit: STOP over the last view, and the label goes to the printer."""
    graded(b)
    monkeypatch.setattr(station, "view", lambda *_: 1 / 0)

    handled = b.station.handle(Pressed(Command.REPRINT))

    assert (answer(handled), handled.committed, len(handled.labels)) == ("stop:defect", True, 1)


def test_a_parcel_on_the_scale_is_weighed_once_its_label_is_scanned(b: ServiceBench) -> None:
    """A stable reading while nothing is open is not used up."""
    reading = Reading(Decimal("520"), "g", stable=True, raw=b"S S", at=b.clock.monotonic())
    b.station.handle(Weighing("scale", reading))
    b.scan("RMA-2026-000001")

    said = answer(b.station.handle(Weighing("scale", replace(reading, at=b.clock.monotonic()))))

    assert (said, b.types()[-1]) == ("ok:weight_match", "parcel.weighed")


def test_devices_that_are_not_ready_are_named(b: ServiceBench) -> None:
    """Quietly, on the status line; scanning goes on."""
    b.station.handle(DeviceStatus("scale", "scale", DeviceState.ERROR, "unplugged"))

    assert b.station.status().problems == ("scale",)
    assert b.scan("RMA-2026-000001") == "ok:parcel_opened"


def test_a_restart_keeps_the_workers_language(b: ServiceBench) -> None:
    """Whoever is still signed in goes on in the language of the badge, not in that of the configuration."""
    b.badge("000002")

    b.reopen()

    assert (b.station.language, b.station.opening().status.worker) == ("en", "Piotr")


def test_a_label_is_offered_once_it_was_asked_for(b: ServiceBench) -> None:
    """A unit that is not graded yet has a number, but no label that could be scanned."""
    b.scan("RMA-2026-000001")
    b.station.handle(Chosen(1))
    b.scan("5901234123457")
    shown = [scannables(b.station.bench, b.book, b.station.scan_rules, people=(), rmas=())]

    for _ in range(4):
        b.station.handle(Chosen(1))
    b.station.handle(Pressed(Command.YES))
    shown.append(scannables(b.station.bench, b.book, b.station.scan_rules, people=(), rmas=()))

    assert [[row.group for row in rows].count("label") for rows in shown] == [0, 1]


def test_a_label_owed_by_the_unit_in_hand_is_offered_once(b: ServiceBench) -> None:
    """The bench panel lists it behind what comes next at this parcel: an owed label is worked off later."""
    graded(b)
    b.station.handle(Pressed(Command.LABEL_OWED))
    owed = [unit.lpn for unit in b.book.units_owing_label()]

    listed = scannables(b.station.bench, b.book, b.station.scan_rules, people=(), rmas=())

    assert (len(owed), [each.code for each in listed if each.group == "label"]) == (1, owed)
    assert listed[0].group == "unit"


def test_a_repeated_scan_is_answered_and_does_nothing(b: ServiceBench) -> None:
    """Also when another code came in between: the worker sees that one of them counted."""
    b.scan("RMA-2026-000001")
    b.station.handle(Chosen(1))

    said = [b.scan_now("5901234123457"), b.scan_now("ZAM-1001"), b.scan_now("5901234123457")]

    assert said == ["ok:unit_identified", "attention:expected_answer", "attention:duplicate"]
    assert b.types().count("unit.identified") == 1


# --- print jobs ------------------------------------------------------------------------------------------


def printer(name: str, *problems: str) -> DeviceStatus:
    """What a printer says of itself."""
    return DeviceStatus(name, "printer", DeviceState.ERROR if problems else DeviceState.READY, problems=problems)


def test_while_a_label_is_awaited_the_remedy_is_shown(b: ServiceBench) -> None:
    """As long as no printer can print; not while another one can, and not when nobody waits for a label."""

    def remedies(*statuses: DeviceStatus) -> list[str]:
        for status in statuses:
            handled = b.station.handle(status)
        shown = handled.update.view.facts if handled.update else ()
        return [render(fact, "en") for fact in shown if isinstance(fact, Message) and fact.key == "flow.remedy"]

    idle = remedies(printer("labels", "media_out"))
    graded(b)
    out = remedies(printer("labels", "media_out"))
    stand_in = remedies(printer("office"))
    both = remedies(printer("labels", "head_open"), printer("office", "offline"))

    assert (idle, out, stand_in) == ([], ["Out of paper: put a new roll in"], [])
    assert both == ["Printer open: close it until it clicks"]
    assert remedies(printer("labels")) == []


def test_a_label_that_was_not_printed_says_what_to_do(b: ServiceBench) -> None:
    """In the worker's words; a problem without words of its own is shown as it is called."""
    graded(b)
    job = b.journal.jobs_open()[-1]
    handled = b.station.handle(
        LabelSettled(job.job_id, job.label.unit_id, job.label.lpn, "not_sent", "labels", "paused")  # type: ignore[union-attr]
    )

    assert handled.update is not None
    assert handled.update.outcome is not None
    assert handled.update.outcome.detail is not None
    assert render(handled.update.outcome.detail, "pl") == "Wstrzymana: naciśnij na niej PAUSE"


def settled(b: ServiceBench, result: str) -> LabelSettled:
    """The last label that was asked for came to this end."""
    job = b.journal.jobs_open()[-1]
    b.journal.mark_job(job.job_id, Step.START)
    given = LabelSettled(job.job_id, job.label.unit_id, job.label.lpn, result, "labels")  # type: ignore[union-attr]
    b.station.handle(given)
    return given


def job_states(b: ServiceBench) -> list[str]:
    """States of all print jobs, oldest first."""
    rows = b.journal.database.connection.execute("SELECT state FROM print_jobs ORDER BY number")
    return [row[0] for row in rows]


def test_a_label_nobody_could_know_about_is_settled_when_it_is_scanned_while_idle(b: ServiceBench) -> None:
    """Its job is closed, and a restart does not ask about it again."""
    graded(b)
    given = settled(b, "unknown")
    before = job_states(b)

    said = b.scan(given.lpn)
    b.reopen()

    assert (before, said, job_states(b), b.journal.jobs_open()) == (
        ["unknown"],
        "ok:label_confirmed",
        ["confirmed"],
        [],
    )


@pytest.mark.parametrize(
    ("command", "lpn_of", "states"),
    [
        (Command.REPRINT, "same", ["failed", "queued"]),
        (Command.RELABEL, "new", ["failed", "queued"]),
    ],
)
def test_asking_for_a_label_anew_says_that_none_came_out(
    b: ServiceBench, command: Command, lpn_of: str, states: list[str]
) -> None:
    """A person looked; the first job is over, the second one can be seen."""
    graded(b)
    first = settled(b, "unknown")

    b.station.handle(Pressed(command))
    after = job_states(b)
    second = settled(b, "sent")
    b.scan(second.lpn)

    assert (after, job_states(b), b.journal.jobs_open()) == (states, ["failed", "confirmed"], [])
    assert (first.lpn == second.lpn) == (lpn_of == "same")


def test_a_label_from_a_roll_closes_the_job_of_the_printed_one(tmp_path: Path) -> None:
    """It never came out; its number is void."""
    b = ServiceBench(tmp_path, (rma(1, line("L1", SHIRT)),), Rules(roll_prefixes=("RRZ01",)))
    b.badge()
    graded(b)
    job = b.journal.jobs_open()[-1]
    b.journal.mark_job(job.job_id, Step.START)
    b.journal.mark_job(job.job_id, Step.UNKNOWN)

    said = b.scan(codes.numbered("RRZ01", 7))

    assert (said, job_states(b)) == ("ok:label_preprinted", ["failed"])


def test_a_report_that_comes_after_the_reprint_leaves_nothing_open(b: ServiceBench) -> None:
    """The first job's trouble is heard late; the second label is seen: nobody has to look for the first."""
    graded(b)
    first = b.journal.jobs_open()[-1]
    b.journal.mark_job(first.job_id, Step.START)
    b.station.handle(Pressed(Command.REPRINT))
    lpn = first.label.lpn  # type: ignore[union-attr]
    b.station.handle(LabelSettled(first.job_id, first.label.unit_id, lpn, "unknown", "labels"))  # type: ignore[union-attr]

    b.scan(lpn)
    early = job_states(b)
    settled(b, "sent")

    assert (early, job_states(b), b.journal.jobs_open()) == (["failed", "queued"], ["failed", "sent"], [])


def test_back_scanned_over_a_list_leaves_the_list_and_nothing_at_the_bench(b: ServiceBench) -> None:
    """Also where it would take something back: the worker looked at a list, and wants to see the question again."""
    graded(b)
    b.station.handle(Pressed(Command.UNDO))
    for _ in range(4):
        b.station.handle(Chosen(1))
    before = b.station.bench
    back = codes.command(CommandScan(Command.CANCEL), RULES.station, RULES.generation, RULES.command_key)

    b.station.cover(True)
    said = b.scan(back)
    b.station.cover(False)

    assert isinstance(before.stage, ConfirmGrade)
    assert (said, b.station.bench) == ("ready:sheet_left", before)
    assert b.scan(back) == "ready:answer_taken_back"
