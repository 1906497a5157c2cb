"""Does it add up? Every figure of the closing table is counted twice: by the product and by somebody else."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rma_station.demo import desk, expected
from rma_station.demo.answers import until
from rma_station.demo.desk import EWA, EWA_PIN, OLA, OLA_PIN
from rma_station.demo.doubt import DoesNotAddUp, must_equal
from rma_station.demo.expected import Money
from rma_station.demo.stage import STATION, Stage
from rma_station.demo.worker import PLACES, Worker

SENT = 120.0
"""Seconds for the uplink to find a mended network again: it waits the longer, the longer it was cut."""
MONEY = 60.0
_SALT = b',"salt":"'


@dataclass
class Found:
    """What was counted, for the table."""

    events: int = 0
    money: list[Money] = field(default_factory=list)
    paid: list[Money] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)


def everything(worker: Worker) -> Found:
    """All checks, in the order in which the day's work reaches the bank.

    Raises:
        DoesNotAddUp: something does not; says what and where.
    """
    say, stage = worker.transcript.either, worker.stage
    worker.transcript.heading(say("Rozliczenie", "The reckoning"))
    found = Found()
    _labels(worker)
    found.events = stage.ask_station("status")["events"]
    until("hub: all events of the station", lambda: _events_at_hub(stage) == found.events, SENT)
    worker.transcript.step("hub", say(f"ma wszystkie {found.events} zdarzeń", f"has all {found.events} events"))
    _movements(worker)
    found.money = expected.refunds(worker.shop, worker.ledger)
    _refunds(worker, found.money)
    found.money = desk.decide(worker, found.money)
    _refunds(worker, found.money)
    _bank(worker, found)
    stage.stop_station()
    stage.stop_hub()
    _chains(worker, found.events)
    return found


def _events_at_hub(stage: Stage) -> int:
    return sum(row["events"] for row in stage.ask_hub("status")["stations"] if row["name"] == STATION)


def _labels(worker: Worker) -> None:
    """As many labels came out as had to, and no number twice."""
    say, ledger, bench = worker.transcript.either, worker.ledger, worker.stage.bench
    counters = bench.printer_counters()
    must_equal("printer: labels that came out", ledger.labels, counters.odometer)
    must_equal("printer: labels waiting or begun", (0, False), (counters.waiting, counters.partial))
    numbers = Counter(unit.lpn for unit in ledger.units)
    must_equal("labels: a number on two units", [], [number for number, count in numbers.items() if count > 1])
    must_equal("labels: units without a place", [], [unit.lpn for unit in ledger.live if not unit.placed])
    drawn = say(f"{ledger.labels} wydrukowanych, wszystkie zgodne", f"{ledger.labels} printed, each as it must be")
    seen = say(f"; {ledger.decoded} odczytanych z obrazu", f"; {ledger.decoded} read from their picture")
    worker.transcript.step("label", drawn + (seen if ledger.decoded else ""))


def _movements(worker: Worker) -> None:
    """The hub's stock movements put every unit where the hands put it, and nothing else anywhere."""
    cursor, moves = "", list[dict[str, Any]]()
    while True:
        page = worker.stage.get_hub(f"/v1/movements?limit=50&cursor={cursor}")
        moves += page.get("movements", [])
        cursor = page["cursor"]
        if not page.get("more"):
            break
    reversed_ones = {move["reverses"] for move in moves if move.get("reverses")}
    stands = [move for move in moves if not move.get("reverses") and move["movement_id"] not in reversed_ones]
    found = sorted((move["lpn"], move["destination"], move.get("grade", ""), move["pieces"]) for move in stands)
    units = worker.ledger.live
    wanted = sorted((unit.lpn, PLACES[unit.disposition], unit.grade, unit.pieces) for unit in units)
    if found != wanted:
        raise DoesNotAddUp(
            "hub: stock movements", sorted(set(wanted) - set(found)), sorted(set(found) - set(wanted)) or found
        )
    say = worker.transcript.either
    text = say(f"{len(units)} sztuk na swoich miejscach", f"{len(units)} units in their places")
    worker.transcript.step("hub", say(f"{text}, {len(moves)} ruchów", f"{text}, {len(moves)} movements"))


def _refunds(worker: Worker, wanted: list[Money]) -> None:
    """The hub's refunds are those worked out from the notebook: each by itself, then the sums."""
    found: list[Money] = []

    def settled() -> bool:
        found[:] = _at_hub(worker.stage)
        return found == wanted

    try:
        until("hub: refunds", settled, MONEY)
    except DoesNotAddUp:
        left, right = set(wanted) - set(found), set(found) - set(wanted)
        raise DoesNotAddUp("hub: refunds", sorted(left), sorted(right)) from None
    must_equal("hub: sums", expected.sums(wanted), expected.sums(found))
    for (state, currency), (count, amount) in expected.sums(found).items():
        name = worker.transcript.state(state)
        worker.transcript.step("hub", f"{name:<26} {count:>4} {money_text(amount, currency):>16}")


def _at_hub(stage: Stage) -> list[Money]:
    rows = stage.ask_hub("refunds", all=True)["all"]
    return sorted(
        Money(
            row["case_id"], row["subject"], row["slot"], row["payment_id"], row["amount_minor"], row["currency"],
            row["state"], row["reason"] if row["state"] in ("held", "needs_human") else "",
        )
        for row in rows
        if row["state"] != "cancelled"
    )  # fmt: skip


def _bank(worker: Worker, found: Found) -> None:
    """A bank file for each currency; its sums; a worker may not confirm it, a supervisor may; then it is paid."""
    say, stage = worker.transcript.either, worker.stage
    folder = stage.folder / "bank"
    folder.mkdir()
    due = [money for money in found.money if money.state == "queued"]
    for currency in sorted({money.currency for money in due}):
        mine = [money for money in due if money.currency == currency]
        total = sum(money.amount_minor for money in mine)
        made = stage.ask_hub("batch-make", currency=currency, by=EWA)
        must_equal(
            f"bank file {currency}", ("", len(mine), total), (made["stopped"], made["count"], made["total_minor"])
        )
        message = made["message_id"]
        xml = stage.ask_hub("batch-file", message_id=message)["xml"]
        must_equal(f"bank file {currency}: written again", xml, stage.ask_hub("batch-file", message_id=message)["xml"])
        file = folder / f"{message}.xml"
        file.write_text(xml, encoding="utf-8")
        found.files.append(file)
        must_equal(f"{file.name}: amounts", sorted(money.amount_minor for money in mine), sorted(amounts_in(xml)))
        what = say(f"plik {currency}: {len(mine)} przelewów", f"{currency} file: {len(mine)} transfers")
        worker.transcript.step("hub", f"{what}, {money_text(total, currency)}")
        asked = {"message_id": message, "reference": f"WB/{currency}/1"}
        no = stage.ask_hub("batch-confirm", **asked, worker_id=OLA, pin=OLA_PIN)
        must_equal("bank file: confirmed by a worker", "role", no["code"])
        yes = stage.ask_hub("batch-confirm", **asked, worker_id=EWA, pin=EWA_PIN)
        must_equal("bank file: confirmed by a supervisor", ("", len(mine)), (yes["code"], yes.get("succeeded")))
        worker.transcript.step("desk", say(f"potwierdza WB/{currency}/1", f"confirms WB/{currency}/1"))
    found.paid = [money for money in _at_hub(stage) if money.state == "succeeded"]
    must_equal("paid back", expected.sums([_as(money, "succeeded") for money in due]), expected.sums(found.paid))


def _as(money: Money, state: str) -> Money:
    return Money(
        money.case_id, money.subject, money.slot, money.payment_id, money.amount_minor, money.currency, state, ""
    )


def amounts_in(xml: str) -> list[int]:
    """Every transfer's amount in a payment file, minor units."""
    root = ET.fromstring(xml)
    texts = [element.text or "" for element in root.iter() if element.tag.endswith("}InstdAmt")]
    return [int(text.replace(".", "")) for text in texts if re.fullmatch(r"\d+\.\d\d", text)]


def money_text(amount_minor: int, currency: str) -> str:
    """``1 234.50 PLN``."""
    whole = f"{amount_minor // 100:,}".replace(",", " ")
    return f"{whole}.{amount_minor % 100:02} {currency}"


def _chains(worker: Worker, events: int) -> None:
    """Both hash chains are computed anew from the bytes on the disks; both ends keep the same bytes."""
    stage = worker.stage
    station = _lines(stage.station_folder / "journal.sqlite", "SELECT line, hash FROM events ORDER BY place")
    query = "SELECT line, events.hash FROM events JOIN logs USING (log_id) WHERE station = 'demo-1' ORDER BY seq"
    hub = _lines(stage.hub_folder / "hub.sqlite3", query)
    must_equal("journal: events", events, len(station))
    must_equal("hub: events", events, len(hub))
    previous = bytes(32)
    for place, ((line, digest), (there, their_digest)) in enumerate(zip(station, hub, strict=True), 1):
        head, mark, _ = line.partition(_SALT)
        previous = hashlib.sha256(previous + (head + b"}" if mark else head)).digest()
        must_equal(f"event {place}: the same bytes at station and hub", line, there)
        must_equal(f"event {place}: chain", (previous, previous), (digest, their_digest))
    say = worker.transcript.either
    worker.transcript.step("hub", say(f"łańcuch {events} zdarzeń zgadza się", f"the chain of {events} events verifies"))


def _lines(file: Path, query: str) -> list[tuple[bytes, bytes]]:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return [(bytes(line), bytes(digest)) for line, digest in connection.execute(query)]
    finally:
        connection.close()
