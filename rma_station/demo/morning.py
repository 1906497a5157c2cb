"""The first half of the day: the usual way, faults of machines, several returns and parcels at once."""

from __future__ import annotations

from rma_station.demo.stories import Story, plain, telling
from rma_station.demo.worker import Worker

STORIES: list[Story] = []
story = telling(STORIES)


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
