"""The second half of the day: kinds of returns, wrong goods, weights, labels, and a parcel nobody announced."""

from __future__ import annotations

from rma_station.demo.ledger import ParcelDone
from rma_station.demo.stage import ROLL
from rma_station.demo.stories import Story, plain, telling
from rma_station.demo.worker import Worker
from rma_station.domain import codes

STORIES: list[Story] = []
story = telling(STORIES)


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


@story(26, pl="znaleziona po sztuce; o jedną za dużo", en="found by a unit in it; one too many")
def _over_receipt(worker: Worker) -> None:
    (serial,) = worker.shop.returns[26].lines[0].serials
    worker.command("find", "ready:find_question")
    worker.open_parcel(26, code=worker.shop.barcode("POWERBANK", serial))
    worker.packing()
    worker.unit("POWERBANK", 26, serial=serial)
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
    worker.answer(2, "ok:graded")
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
    worker.scan(codes.lpn("the log of another bench", 7), "stop:label_foreign")
    rolled = codes.numbered(ROLL, 1234)
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
