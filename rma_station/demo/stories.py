"""What happens to each sample return: the everyday ones, and every exceptional case of the worker's way.

A story is a function that leads the worker's hands; its number is the sample return's. Order is the order of the day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rma_station.demo.ledger import ParcelDone
from rma_station.demo.worker import Worker
from rma_station.domain import codes

Told = Callable[[Worker], None]


@dataclass(frozen=True)
class Story:
    """One parcel (or several of one return) on the bench."""

    returns: tuple[int, ...]
    pl: str
    en: str
    tell: Told
    core: bool = False
    """Part of the short form too."""


STORIES: list[Story] = []


def story(*returns: int, pl: str, en: str, core: bool = False) -> Callable[[Told], Told]:
    """Add a story to the day."""

    def add(tell: Told) -> Told:
        STORIES.append(Story(returns, pl, en, tell, core))
        return tell

    return add


def plain(worker: Worker, number: int, *, expected: str = "ok:parcel_opened", packing: int = 1, code: str = "") -> None:
    """A return as announced, everything as new."""
    worker.open_parcel(number, expected, code=code)
    worker.packing(packing)
    for line in worker.shop.returns[number].lines:
        for piece in range(line.quantity):
            worker.unit(line.sku, number, serial=line.serials[piece] if line.serials else None)
    worker.done()


@story(1, pl="pierwszy zwrot dnia, krok po kroku", en="the first return of the day, step by step", core=True)
def _first(worker: Worker) -> None:
    worker.scan(worker.shop.barcode("KOSZULA-M"), "attention:parcel_first", "KOSZULA-M")
    worker.command("parcel_done", "attention:command_not_now")
    worker.open_parcel(1)
    worker.weigh(150 + 240 + 680, "ok:weight_match")
    worker.packing()
    worker.half_scan(b"590999", "attention:scan_damaged", "590999...")
    worker.scan("B-0001019999999999999", "stop:forged_badge", "B-000101...")
    worker.scan("C-000059999999999999", "stop:forged_command", "C-00005...")
    worker.scan_twice(worker.shop.barcode("KOSZULA-M"), "ok:unit_identified", "KOSZULA-M")
    shirt = worker.noted("KOSZULA-M", 1)
    worker.questions((1, 2, 1, 1))
    worker.confirm(shirt, "A")
    worker.take_label(shirt)
    worker.scan(worker.shop.barcode("JEANS-32"), "attention:expected_label", "JEANS-32")
    worker.scan_back(shirt)
    worker.unit("JEANS-32", 1)
    worker.done()


@story(
    2,
    pl="po numerze zamówienia, numer seryjny, drugi raz ta sama sztuka",
    en="found by its order, a serial number, the same piece scanned again",
)
def _serial(worker: Worker) -> None:
    worker.open_parcel(2, code=worker.shop.returns[2].order_id)
    worker.packing()
    (serial,) = worker.shop.returns[2].lines[0].serials
    worker.unit("SLUCHAWKI", 2, serial=serial)
    worker.scan(worker.shop.barcode("SLUCHAWKI", serial), "attention:serial_again", f"SLUCHAWKI {serial}")
    worker.answer(4, "ready:cancelled")
    worker.done()


@story(7, pl="wielopak i »tak samo«", en="a multi-pack and same again", core=True)
def _packs(worker: Worker) -> None:
    code, pieces = worker.shop.pack("SKARPETY")
    worker.open_parcel(7)
    worker.packing()
    worker.unit("SKARPETY", 7, code=code, pieces=pieces)
    second = worker.identify("SKARPETY", 7, code=code, pieces=pieces)
    worker.same_again(second, "A")
    worker.done()


@story(
    42, pl="prąd: proces zabity w połowie sztuki", en="power: the process is killed in the middle of a unit", core=True
)
def _killed(worker: Worker) -> None:
    worker.open_parcel(42)
    worker.packing()
    lines = {line.sku: line for line in worker.shop.returns[42].lines}
    unit = worker.identify("POWERBANK", 42, serial=lines["POWERBANK"].serials[0])
    worker.answer(1, "ready:data")
    worker.answer(2, "ready:data")
    before = worker.answers.latest()
    worker.power_cut()
    worker.stands_where_it_was(before)
    worker.questions((1, 1, 2, 1))
    worker.confirm(unit, "B")
    worker.stick(unit)
    worker.unit("GLOSNIK", 42, serial=lines["GLOSNIK"].serials[0])
    worker.done()


@story(11, pl="brak papieru: etykieta później", en="out of paper: the label is owed", core=True)
def _no_paper(worker: Worker) -> None:
    worker.open_parcel(11)
    worker.packing()
    worker.unit("RECZNIK", 11)
    worker.no_paper()
    given_up = worker.identify("RECZNIK", 11)
    worker.questions((1,))
    worker.confirm(given_up, "A")
    if worker.patient:
        worker.wait_until_owed(given_up)
    else:
        worker.owe(given_up)
    owed = worker.identify("RECZNIK", 11)
    worker.questions((1,))
    worker.confirm(owed, "A")
    worker.owe(owed)
    worker.done()
    worker.paper_again()
    if not worker.patient:
        worker.comes_by_itself(given_up)
    worker.comes_by_itself(owed)
    if worker.patient:
        worker.owes(1)
        worker.command("reprint", "ok:label_again")
        given_up.attempts += 1
        worker.stick(given_up)
    worker.owes(0)


@story(21, pl="spuchnięta bateria", en="a swollen battery", core=True)
def _danger(worker: Worker) -> None:
    worker.open_parcel(21)
    worker.packing()
    unit = worker.identify("GLOSNIK", 21, serial=worker.shop.returns[21].lines[0].serials[0])
    unit.dangerous = True
    worker.answer(3, "stop:data")
    worker.answer(1, "ok:graded")
    worker.graded(unit, "E")
    worker.stick(unit)
    worker.unit("BUTY-42", 21)
    worker.done()


@story(23, pl="w paczce co innego", en="wrong contents", core=True)
def _wrong_contents(worker: Worker) -> None:
    worker.open_parcel(23)
    worker.packing()
    worker.unit("KREM-50", None, expected="attention:issue_undeclared", issue="undeclared")
    worker.scan("???", "attention:unit_unknown")
    worker.command("no", "ready:cancelled")
    worker.done(missing=True)


@story(32, pl="cofanie krok po kroku", en="undo, step by step", core=True)
def _undo(worker: Worker) -> None:
    worker.open_parcel(32)
    worker.packing(2)
    worker.command("undo", "ok:undone")
    worker.packing(1)
    unit = worker.identify("KOSZULA-M", 32)
    worker.answer(1, "ready:data")
    worker.answer(3, "ready:data")
    worker.command("undo", "ready:answer_taken_back")
    worker.questions((2, 1, 1))
    worker.confirm(unit, "A")
    worker.take_label(unit)
    worker.command("undo", "ok:undone")
    worker.questions((1, 3, 1, 1))
    worker.confirm(unit, "C")
    worker.take_label(unit)
    worker.command("undo", "ok:undone")
    worker.command("undo", "ok:undone")
    unit.taken_back = True
    worker.unit("KOSZULA-M", 32)
    worker.command("parcel_done", "ok:parcel_done")
    worker.command("undo", "ok:undone")
    worker.done()


@story(19, 35, pl="dwa zwroty w jednej paczce: czyje to?", en="two returns in one parcel: whose is it?")
def _whose(worker: Worker) -> None:
    worker.open_parcel(19)
    worker.packing()
    worker.scan(worker.shop.rma_id(35), "ok:rma_added")
    assert worker.parcel is not None
    worker.parcel.returns = (19, 35)
    for choice, number in ((2, 35), (1, 19)):
        worker.scan(worker.shop.barcode("JEANS-32"), "attention:pick_customer", "JEANS-32")
        worker.answer(choice, "ok:unit_identified")
        unit = worker.noted("JEANS-32", number)
        worker.questions((1, 2, 1, 1))
        worker.confirm(unit, "A")
        worker.stick(unit)
    worker.unit("JEANS-32", 35)
    worker.done()


@story(4, 5, pl="dwa zwroty zapowiedziane w jednej paczce", en="two returns announced in one parcel")
def _together(worker: Worker) -> None:
    worker.open_parcel(4)
    worker.weigh(150 + 130 + 2 * 350, "ok:weight_match")
    worker.packing()
    worker.unit("KUBEK", 5)
    worker.unit("KREM-50", 4)
    worker.unit("KUBEK", 5)
    worker.done()


@story(3, pl="jeden zwrot w dwóch paczkach", en="one return in two parcels")
def _two_parcels(worker: Worker) -> None:
    worker.open_parcel(3)
    worker.packing()
    worker.unit("BUTY-42", 3)
    worker.unit("BLUZA-L", 3)
    worker.done(missing=True)
    worker.open_parcel(3, place=1)
    worker.packing()
    worker.unit("BLUZA-L", 3)
    worker.done()


@story(6, pl="zestaw z kilku części", en="a bundle of several parts")
def _bundle(worker: Worker) -> None:
    worker.open_parcel(6)
    worker.packing()
    for sku in ("KREM-50", "SERUM-30", "RECZNIK", "RECZNIK"):
        worker.unit(sku, 6)
    worker.done()


@story(8, pl="ponad tysiąc złotych, ocenia kierownik", en="over a thousand zloty, graded by a supervisor")
def _large(worker: Worker) -> None:
    worker.badge("Adam")
    worker.graders[8] = {"000202"}
    plain(worker, 8)
    worker.badge("Ola" if worker.language == "pl" else "Mary")


@story(9, pl="paczka uszkodzona, zapłacono też kartą podarunkową", en="damaged box, partly paid by gift card")
def _gift(worker: Worker) -> None:
    plain(worker, 9, packing=2)


@story(10, pl="brak numeru konta klienta", en="the customer's account is not known")
def _no_account(worker: Worker) -> None:
    plain(worker, 10, code=worker.shop.rma_id(10))


@story(12, pl="druga część tego samego zamówienia", en="another part of the same order")
def _same_order(worker: Worker) -> None:
    plain(worker, 12)


@story(13, pl="reklamacja", en="a complaint")
def _complaint(worker: Worker) -> None:
    plain(worker, 13, expected="attention:complaint_opened")


@story(14, pl="waga sztuk nieznana: bez porównania", en="unit weights unknown: not compared")
def _not_compared(worker: Worker) -> None:
    worker.open_parcel(14)
    worker.weigh(2900, "ok:weight_not_compared")
    worker.packing()
    worker.unit("LAMPKA", 14)
    worker.unit("LAMPKA", 14)
    worker.done()


@story(15, pl="niedoręczona, nieopłacona", en="undelivered, nothing was paid")
def _undelivered_unpaid(worker: Worker) -> None:
    plain(worker, 15)


@story(16, pl="wymiana", en="an exchange")
def _exchange(worker: Worker) -> None:
    plain(worker, 16)


@story(17, pl="inny numer seryjny", en="another serial number")
def _wrong_serial(worker: Worker) -> None:
    worker.open_parcel(17)
    worker.packing()
    worker.unit("SLUCHAWKI", 17, serial="OBCY001", expected="attention:issue_wrong_serial", issue="wrong_serial")
    worker.done()


@story(20, pl="klient firmowy", en="a business customer")
def _business(worker: Worker) -> None:
    plain(worker, 20)


@story(22, pl="niedoręczona, opłacona", en="undelivered and paid for")
def _undelivered(worker: Worker) -> None:
    plain(worker, 22)


@story(24, pl="paczka gotowa, czegoś nie ma", en="parcel done, something is not there")
def _missing(worker: Worker) -> None:
    worker.open_parcel(24)
    worker.packing()
    worker.unit("PLECAK", 24)
    worker.done(missing=True)


@story(25, pl="sztuka bez kodu kreskowego", en="a unit without a barcode")
def _no_barcode(worker: Worker) -> None:
    worker.open_parcel(25)
    worker.packing()
    worker.command("no_barcode", "ready:pick_line")
    worker.answer(1, "ok:unit_identified")
    unit = worker.noted("SUKIENKA-38", 25)
    worker.questions((1, 2, 1, 1))
    worker.confirm(unit, "A")
    worker.stick(unit)
    worker.done()


@story(26, pl="o jedną za dużo", en="one too many")
def _over_receipt(worker: Worker) -> None:
    worker.open_parcel(26)
    worker.packing()
    worker.unit("POWERBANK", 26, serial=worker.shop.returns[26].lines[0].serials[0])
    worker.unit("POWERBANK", 26, serial="OBCY002", expected="attention:issue_over_receipt", issue="over_receipt")
    worker.done()


@story(28, pl="dwie takie same: »tak samo«", en="two of a kind: same again")
def _same_again(worker: Worker) -> None:
    worker.open_parcel(28)
    worker.packing()
    worker.unit("BUTY-42", 28)
    second = worker.identify("BUTY-42", 28)
    worker.same_again(second, "A")
    worker.done()


@story(30, pl="odłożona i wznowiona", en="put aside and resumed")
def _aside(worker: Worker) -> None:
    worker.open_parcel(30)
    worker.packing()
    worker.unit("LAMPKA", 30)
    worker.command("set_aside", "ok:set_aside")
    worker.scan(worker.shop.tracking(30), "ok:parcel_resumed")
    worker.unit("SUKIENKA-38", 30)
    worker.done()
    worker.scan(worker.shop.tracking(30), "attention:parcel_is_done")
    worker.command("no", "ready:cancelled")


@story(31, pl="zerwana plomba higieniczna", en="a broken hygiene seal")
def _hygiene(worker: Worker) -> None:
    worker.open_parcel(31)
    worker.packing()
    worker.unit("PERFUMY-100", 31, answers=(1, 2), grade="E")
    worker.done()


@story(34, pl="inna ocena z powodem", en="another grade, with a reason")
def _override(worker: Worker) -> None:
    worker.open_parcel(34)
    worker.packing()
    unit = worker.identify("KREM-50", 34)
    worker.questions((1, 1, 1, 1))
    worker.scan(worker.codes["grades"]["C"], "ready:override_reason", "C", "answer")
    worker.answer(3, "ok:graded")
    unit.overridden = True
    worker.graded(unit, "C")
    worker.stick(unit)
    worker.done()


@story(36, pl="inny identyfikator przejmuje paczkę", en="another badge takes the parcel over")
def _takeover(worker: Worker) -> None:
    worker.open_parcel(36)
    worker.packing()
    unit = worker.identify("KUBEK", 36)
    worker.badge("Mary" if worker.language == "pl" else "Kuba", "ok:parcel_taken_over")
    worker.questions((1,))
    worker.confirm(unit, "A")
    worker.stick(unit)
    worker.unit("SERUM-30", 36)
    worker.done()
    worker.badge("Ola" if worker.language == "pl" else "Mary")


@story(37, pl="paczka za lekka", en="a parcel that is too light")
def _light(worker: Worker) -> None:
    worker.open_parcel(37)
    worker.weigh(120, "attention:weight_light")
    worker.packing()
    worker.unit("GLOSNIK", 37, serial=worker.shop.returns[37].lines[0].serials[0])
    worker.done()


@story(39, pl="paczka za ciężka", en="a parcel that is too heavy")
def _heavy(worker: Worker) -> None:
    worker.open_parcel(39)
    worker.weigh(1900, "ok:weight_heavy")
    worker.packing()
    worker.unit("SERUM-30", 39)
    worker.unit("BLUZA-L", 39)
    worker.done()


@story(40, pl="etykieta z rolki", en="a pre-printed label from a roll")
def _roll(worker: Worker) -> None:
    worker.open_parcel(40)
    worker.packing()
    unit = worker.identify("PLECAK", 40)
    worker.questions((1,))
    worker.confirm(unit, "A")
    worker.take_label(unit)
    rolled = codes.lpn("a roll printed long ago", 1234)
    worker.scan(rolled, "ok:label_preprinted")
    unit.void.append(unit.lpn)
    unit.lpn, unit.placed = rolled, True
    worker.done()


@story(43, pl="etykieta bez paczki: ocena jeszcze raz", en="a label while idle: graded again")
def _amend(worker: Worker) -> None:
    plain(worker, 43)
    unit = worker.ledger.units[-1]
    worker.scan(unit.lpn, "ready:unit_opened")
    worker.answer(1, "ready:amending")
    worker.questions((2, 3, 1))
    worker.confirm(unit, "C")
    worker.stick(unit)


@story(45, pl="nowa etykieta, stara nieważna", en="a new label, the old one void")
def _relabel(worker: Worker) -> None:
    plain(worker, 45)
    unit = worker.ledger.units[-1]
    worker.scan(unit.lpn, "ready:unit_opened")
    worker.answer(3, "ok:relabelled")
    unit.void.append(unit.lpn)
    unit.lpn, unit.attempts, unit.placed = "", 1, False
    worker.stick(unit)
    worker.scan(unit.void[0], "stop:lpn_void")


@story(46, pl="druk jeszcze raz i zła etykieta", en="printed again, and a wrong label")
def _reprint(worker: Worker) -> None:
    plain(worker, 46)
    unit = worker.ledger.units[-1]
    other = worker.ledger.units[0]
    worker.scan(unit.lpn, "ready:unit_opened")
    worker.answer(2, "ok:label_again")
    unit.attempts += 1
    worker.take_label(unit)
    worker.scan(other.lpn, "stop:label_wrong")
    worker.scan_back(unit)


@story(47, pl="paczka była otwarta", en="the parcel had been opened")
def _opened(worker: Worker) -> None:
    plain(worker, 47, packing=3)


@story(pl="paczka, której nikt nie zapowiedział", en="a parcel nobody announced", core=True)
def _orphan(worker: Worker) -> None:
    worker.parcel = ParcelDone(())
    worker.ledger.parcels.append(worker.parcel)
    worker.scan("1300099999999U", "attention:orphan_opened")
    worker.packing()
    worker.unit("KUBEK", None, expected="attention:issue_orphan", issue="orphan")
    worker.done()
