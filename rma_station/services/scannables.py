"""What the bench panel can scan in sample mode: real codes with real keys, so that they go the real way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rma_station.domain import codes
from rma_station.domain.book import Book, Person
from rma_station.domain.flows.state import Bench
from rma_station.domain.meaning import ChoiceScan, Command, CommandScan, GradeScan
from rma_station.domain.outcome import say
from rma_station.domain.rma import Line, Rma
from rma_station.domain.scan import ScanRules
from rma_station.services.bench import Scannable

SHEET_CHOICES = 9
GRADES = "ABCDE"
AWAITED = ("asked", "sent")
"""Labels that are to be scanned next; an owed one is worked off later."""


def command_codes(rules: ScanRules) -> Iterator[tuple[Command, str]]:
    """Every command with its code of this station's present generation."""
    for command in Command:
        yield command, codes.command(CommandScan(command), rules.station, rules.generation, rules.command_key)


def answer_codes(rules: ScanRules) -> Iterator[tuple[str, str]]:
    """Answers 1 to 9 and grades A to E with their codes."""
    for number in range(1, SHEET_CHOICES + 1):
        yield str(number), codes.command(ChoiceScan(number), rules.station, rules.generation, rules.command_key)
    for grade in GRADES:
        yield grade, codes.command(GradeScan(grade), rules.station, rules.generation, rules.command_key)


def badge_codes(people: Sequence[Person], rules: ScanRules) -> Iterator[tuple[Person, str]]:
    """Every active worker with the code of the badge."""
    for person in people:
        if person.active:
            yield person, codes.badge(person.worker_id, rules.badge_key)


def scannables(
    bench: Bench, book: Book, rules: ScanRules, *, people: Sequence[Person], rmas: Sequence[Rma]
) -> list[Scannable]:
    """All that can be scanned now, most useful first."""
    found = [*_label_in_hand(bench, book), *_units(bench, book)]
    found += [
        Scannable("badge", code, say("scannable.badge", name=person.name, role=person.role))
        for person, code in badge_codes(people, rules)
    ]
    found += _labels_owed(bench, book)
    found += _parcels(rmas, book)
    found += [Scannable("answer", code, say("scannable.answer", answer=answer)) for answer, code in answer_codes(rules)]
    found += [
        Scannable("command", code, say("scannable.command", command=command.value))
        for command, code in command_codes(rules)
    ]
    return found


def _parcels(rmas: Sequence[Rma], book: Book) -> Iterator[Scannable]:
    for rma in rmas:
        state = "new"
        for parcel in rma.parcels:
            seen = book.parcel(parcel.parcel_id)
            state = seen.state.value if seen else "new"
            text = say("scannable.parcel", carrier=parcel.carrier, kind=rma.kind.value, state=state)
            yield Scannable("parcel", parcel.tracking, text)
        yield Scannable("parcel", rma.rma_id, say("scannable.rma", rma=rma.rma_id, kind=rma.kind.value))
        if rma.outbound_tracking:
            yield Scannable("parcel", rma.outbound_tracking, say("scannable.outbound", number=rma.outbound_tracking))


def _units(bench: Bench, book: Book) -> Iterator[Scannable]:
    parcel = book.parcel(bench.parcel_id) if bench.parcel_id else None
    for rma_id in parcel.rma_ids if parcel else ():
        rma = book.rma(rma_id)
        for line in rma.lines if rma else ():
            yield from _line(line)


def _line(line: Line) -> Iterator[Scannable]:
    for part in line.parts:
        product = part.product
        for gtin in product.gtins[:1]:
            if line.serials:
                for serial in line.serials:
                    text = say("scannable.serial", name=product.name, serial=serial)
                    yield Scannable("unit", f"]C101{gtin}21{serial}", text)
            else:
                yield Scannable("unit", gtin.removeprefix("0"), say("scannable.unit", name=product.name))
        for gtin, pieces in product.packs.items():
            yield Scannable("unit", gtin, say("scannable.pack", name=product.name, pieces=pieces))


def _label_in_hand(bench: Bench, book: Book) -> Iterator[Scannable]:
    if bench.last_unit_id and (hit := book.unit(bench.last_unit_id)) and hit.unit.label in AWAITED:
        yield Scannable("label", hit.unit.lpn, say("scannable.label", lpn=hit.unit.lpn))


def _labels_owed(bench: Bench, book: Book) -> Iterator[Scannable]:
    for unit in book.units_owing_label():
        if unit.unit_id != bench.last_unit_id or unit.label not in AWAITED:
            yield Scannable("label", unit.lpn, say("scannable.label", lpn=unit.lpn))
