"""A pair of hands at the bench: scans, answers, weighs, sticks labels; knows only what a worker can see.

Every step says which answer it expects (``ok:unit_identified``); another one ends the demo. Hands are not faster than
the bench: the same code is not scanned twice with the same scanner within the time in which that counts as one scan.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from typing import Any

from rma_station.demo import paper
from rma_station.demo.answers import Answers, Line, until
from rma_station.demo.doubt import DoesNotAddUp, must_equal
from rma_station.demo.ledger import Ledger, ParcelDone, UnitDone
from rma_station.demo.sheet import sheet_codes
from rma_station.demo.shop import Shop
from rma_station.demo.stage import Stage
from rma_station.demo.transcript import Transcript
from rma_station.errors import Refused
from rma_station.services.texts import word

ANSWER = 20.0
"""Seconds the bench has for an answer, on a busy machine."""
PRINT = 30.0
APART = 0.45
"""Seconds until the same code from the same scanner is another scan (the bench's rule is 0.4)."""
BROKEN_OFF = 1.2
"""Seconds in which bytes are still taken for the rest of a scan that broke off."""
EMPTY = 2.0
"""Seconds in which the bench surely sees that the pan is empty again."""
SCANNERS = ("left", "right")
PLACES = {
    "restock": "R1", "outlet": "O1", "repair": "N1", "supplier": "S1", "recycle": "U1", "dispose": "X1",
    "quarantine": "Q1", "hold": "H1",
}  # fmt: skip
"""Where things go in this warehouse."""
USUAL = {"A": "restock", "B": "outlet", "C": "outlet", "D": "recycle", "E": "dispose"}
ON_PAPER = {
    "restock": ("NA PÓŁKĘ", "BACK TO STOCK"), "outlet": ("OUTLET", "OUTLET"), "repair": ("NAPRAWA", "REPAIR"),
    "supplier": ("DO DOSTAWCY", "TO THE SUPPLIER"), "recycle": ("RECYKLING", "RECYCLING"),
    "dispose": ("UTYLIZACJA", "DISPOSAL"), "quarantine": ("KWARANTANNA", "QUARANTINE"),
    "hold": ("PÓŁKA KIEROWNIKA", "SUPERVISOR'S SHELF"), "copy": ("KOPIA", "COPY"), "held": ("WSTRZYMANE", "HELD"),
    "danger": ("! NIEBEZPIECZNE !", "! DANGER !"), "sample": ("PRÓBA", "SAMPLE"),
}  # fmt: skip
"""What the labels must say."""
AS_NEW = {"apparel": (1, 2, 1, 1), "electronics": (1, 1), "cosmetics": (1, 1, 1, 1), "default": (1,)}
"""Answers that come to grade A, by category."""
_LPN = re.compile(r"\bR[0-9A-Z]{9,11}\b")
HELD_KINDS = ("complaint",)


class Worker:
    """The hands.

    Args:
        stage: the processes.
        shop: what was announced.
        transcript: where every step is written.
    """

    def __init__(self, stage: Stage, shop: Shop, transcript: Transcript) -> None:
        self.stage, self.shop, self.transcript = stage, shop, transcript
        self.ledger = Ledger()
        self.graders: dict[int, set[str]] = {}
        """Who graded in a return, by worker number, where a supervisor did."""
        self.parcel: ParcelDone | None = None
        self.answers: Answers
        self.codes: dict[str, dict[str, str]] = {}
        self.worked_seconds = 0.0
        """From the first badge to the sign-out."""
        self.patient = True
        """Waits for the bench to give up on a label itself, once; the short form does not."""
        self.papers = 0
        """Labels taken from the printer so far."""
        self._scanned_at: dict[tuple[str, str], float] = {}
        self._pan_empty_at = 0.0
        self._rests: dict[str, float] = {}

    # --- the station -------------------------------------------------------------------------------------

    def start_station(self) -> Line:
        """Start (again) and wait until everything a worker needs is there; the first view."""
        self.answers = self.stage.start_station()
        first = self.answers.after(0)[0]
        until("station: devices ready", self._devices_ready, ANSWER)
        return first

    def fetch_codes(self) -> None:
        """The command sheet and the badges, as ``rma-station labels sheets`` prints them."""
        until("station: badges from the hub", lambda: bool(self._badges()), ANSWER)
        self.codes = {**sheet_codes(self.stage.station_folder), "badges": self._badges()}

    def _badges(self) -> dict[str, str]:
        try:
            people = self.stage.ask_station("badges")["badges"]
        except Refused:  # the feed has not come yet
            return {}
        return {person["name"]: person["code"] for person in people}

    def _devices_ready(self) -> bool:
        try:
            devices = self.stage.ask_station("status")["devices"]
        except Exception:  # the socket is made last
            return False
        return {"left", "right", "scale", "labels"} <= {name for name, state in devices.items() if state == "ready"}

    def power_cut(self) -> None:
        """SIGKILL, and the station started again."""
        say = self.transcript.either
        self.stage.kill_station()
        self.transcript.step("fault", say("SIGKILL: proces stanowiska zabity", "SIGKILL: the station process is dead"))
        first = self.start_station()
        self.transcript.step("noticed", first["title"], first["kind"] or "ready", first["message"])

    def stands_where_it_was(self, before: Line) -> None:
        """The first view after a crash is the last one before it."""
        now = self.answers.after(0)[0]
        must_equal("after the crash: said", "attention:resumed_after_crash", f"{now['kind']}:{now['key']}")
        for part in ("title", "prompt", "asks", "choices", "worker"):
            must_equal(f"after the crash: {part}", before[part], now[part])

    def no_paper(self) -> None:
        """The printer runs out of paper."""
        self.stage.bench.printer_problems("media_out")
        self.transcript.step("fault", self.transcript.either("drukarka: brak papieru", "printer: out of paper"))

    def paper_again(self) -> None:
        """A new roll is put in."""
        self.stage.bench.printer_problems()
        self.transcript.step("repair", self.transcript.either("drukarka: nowa rolka", "printer: a new roll"))

    # --- hands -------------------------------------------------------------------------------------------

    def scan(self, code: str, expected: str, shown: str = "", how: str = "scan") -> Line:
        """Scan a barcode and look at the answer."""
        scanner = self._scanner_for(code)
        return self._scanned(code, scanner, expected, shown or code, how)

    def half_scan(self, data: bytes, expected: str, shown: str, scanner: str = "left") -> Line:
        """A scan whose end never comes; the scanner is not used again before the bench stops waiting for it."""
        since = self.answers.count
        self.stage.bench.scan(data, scanner, suffix=b"")
        line = self._answered(since, expected, shown, "scan", scanned=True)
        self._rests[scanner] = time.monotonic() + BROKEN_OFF
        return line

    def scan_twice(self, code: str, expected: str, shown: str) -> None:
        """Hold the trigger a moment too long: the same code twice from one scanner without a pause."""
        scanner = self._scanner_for(code)
        since = self.answers.count
        self.stage.bench.burst([code, code], scanner)
        self._scanned_at[scanner, code] = time.monotonic()
        self._answered(since, expected, f"{shown} (2x)", "scan", scanned=True)
        since = next(n for n, line in enumerate(self.answers.after(since), since) if line["scan_at"]) + 1
        self._answered(since, "attention:duplicate", shown, "scan", scanned=True)

    def badge(self, name: str, expected: str = "ok:signed_in") -> Line:
        """A worker's badge."""
        code = next(code for who, code in self.codes["badges"].items() if name in who)
        return self.scan(code, expected, name)

    def command(self, name: str, expected: str) -> Line:
        """A command of the printed sheet."""
        return self.scan(self.codes["commands"][name], expected, word(f"key.{name}", self.language), "command")

    def answer(self, number: int, expected: str) -> Line:
        """An answer by its number, from the printed sheet."""
        choices = dict(self.answers.latest().get("choices", ()))
        shown = f"{number} {choices.get(number, '')}".strip()
        return self.scan(self.codes["answers"][str(number)], expected, shown, "answer")

    def weigh(self, grams: int, expected: str) -> None:
        """Put the parcel on the scale, look, take it off."""
        self._wait(self._pan_empty_at)
        since = self.answers.count
        self.stage.bench.put(grams)
        self._answered(since, expected, f"{grams} g", "weigh", scanned=False)
        self.stage.bench.take_off()
        self._pan_empty_at = time.monotonic() + EMPTY
        if self.parcel is not None:
            self.parcel.weight = expected.partition("weight_")[2]

    @property
    def language(self) -> str:
        """Of the transcript."""
        return self.transcript.language

    @property
    def asks(self) -> str:
        """What the bench asks for now."""
        return str(self.answers.latest().get("asks", ""))

    def _scanner_for(self, code: str) -> str:
        ready = {name: self._ready_at(name, code) for name in SCANNERS}
        scanner = min(ready, key=lambda name: ready[name])
        self._wait(ready[scanner])
        return scanner

    def _wait(self, until_then: float) -> None:
        """Be no faster than hands are."""
        left = until_then - time.monotonic()
        if left > 0:
            threading.Event().wait(left)

    def _ready_at(self, scanner: str, code: str) -> float:
        again = self._scanned_at.get((scanner, code), 0.0) + APART
        return max(again, self._rests.get(scanner, 0.0))

    def _scanned(self, code: str, scanner: str, expected: str, shown: str, how: str) -> Line:
        since = self.answers.count
        self.stage.bench.scan(code, scanner)
        line = self._answered(since, expected, shown, how, scanned=True)
        self._scanned_at[scanner, code] = time.monotonic()
        return line

    def _answered(self, since: int, expected: str, shown: str, how: str, *, scanned: bool) -> Line:
        def fits(line: Line) -> bool:
            return line["kind"] is not None and (line["scan_at"] is not None) is scanned

        line = self.answers.wait(f"{how} {shown}", fits, ANSWER, since)
        self.ledger.scans += scanned
        self.transcript.step(how, shown, line["kind"], f"{line['message']}  {line['detail']}")
        must_equal(f"{how} {shown}: answer {line['message']!r}", expected, f"{line['kind']}:{line['key']}")
        return line

    # --- parcels -----------------------------------------------------------------------------------------

    def open_parcel(self, number: int, expected: str = "ok:parcel_opened", place: int = 0, code: str = "") -> None:
        """Scan a parcel's label."""
        held = tuple(n for n, rma in self.shop.returns.items() if self._shares_parcel(number, n, place))
        self.parcel = ParcelDone(held or (number,))
        self.ledger.parcels.append(self.parcel)
        self.scan(code or self.shop.tracking(number, place), expected)

    def _shares_parcel(self, number: int, other: int, place: int) -> bool:
        mine, theirs = self.shop.returns[number], self.shop.returns[other]
        if number == other or not mine.parcels:
            return number == other
        return mine.parcels[place].tracking in [parcel.tracking for parcel in theirs.parcels]

    def packing(self, number: int = 1) -> None:
        """Say how the box looks."""
        state = ("intact", "damaged", "opened")[number - 1]
        self.answer(number, "ok:packaging_saved" if number == 1 else f"attention:packaging_note_{state}")
        assert self.parcel is not None
        self.parcel.packaging = state

    def done(self, *, missing: bool = False) -> None:
        """Parcel done, with the question about what is not in it where there is one."""
        assert self.parcel is not None
        if missing:
            self.command("parcel_done", "attention:not_in_parcel")
            self.command("yes", "ok:parcel_done")
        else:
            self.command("parcel_done", "ok:parcel_done")
        self.parcel.done, self.parcel = True, None

    # --- units -------------------------------------------------------------------------------------------

    def identify(
        self, sku: str, number: int | None, *, expected: str = "ok:unit_identified", serial: str | None = None,
        issue: str = "", pieces: int = 1, code: str = "",
    ) -> UnitDone:  # fmt: skip
        """Scan a unit."""
        self.scan(code or self.shop.barcode(sku, serial), expected, f"{sku} {serial or ''}".strip())
        return self.noted(sku, number, serial=serial, issue=issue, pieces=pieces)

    def noted(
        self, sku: str, number: int | None, *, serial: str | None = None, issue: str = "", pieces: int = 1
    ) -> UnitDone:
        """Write a unit down that the bench has just taken."""
        assert self.parcel is not None
        unit = UnitDone(self.parcel, number, sku, pieces, serial, issue)
        self.ledger.units.append(unit)
        return unit

    def questions(self, answers: Sequence[int]) -> None:
        """Answer the grading questions; the last answer brings the proposal."""
        for place, number in enumerate(answers, 1):
            self.answer(number, "ready:grade_proposed" if place == len(answers) else "ready:data")

    def confirm(self, unit: UnitDone, grade: str, disposition: str = "") -> None:
        """Confirm the proposed grade."""
        must_equal(f"{unit.sku}: proposed grade", grade, self.answers.latest()["big"])
        self.command("yes", "ok:graded")
        self.graded(unit, grade, disposition)

    def graded(self, unit: UnitDone, grade: str, disposition: str = "") -> None:
        """Write down what the bench has saved."""
        kind = self.shop.returns[unit.number].kind if unit.number else ""
        held = bool(unit.issue) or kind in HELD_KINDS
        unit.grade = grade
        unit.disposition = "quarantine" if unit.dangerous else "hold" if held else disposition or USUAL[grade]
        unit.attempts += 1
        unit.placed = False

    def unit(
        self, sku: str, number: int | None, answers: Sequence[int] = (), grade: str = "A", **identified: Any
    ) -> UnitDone:
        """A unit from its scan to its place."""
        disposition = identified.pop("disposition", "")
        unit = self.identify(sku, number, **identified)
        self.questions(answers or AS_NEW[self.shop.products[sku].category])
        self.confirm(unit, grade, disposition)
        self.stick(unit)
        return unit

    def same_again(self, unit: UnitDone, grade: str) -> None:
        """The last grading once more."""
        self.command("same_again", "ok:graded")
        self.graded(unit, grade)
        self.stick(unit)

    # --- labels ------------------------------------------------------------------------------------------

    def owe(self, unit: UnitDone) -> None:
        """Go on without the label."""
        line = self.command("label_owed", "attention:label_owed")
        unit.lpn = _number_in(line["message"])

    def wait_until_owed(self, unit: UnitDone) -> None:
        """Wait for the label until the bench itself says that it is owed."""
        line = self._answered(self.answers.count, "attention:label_not_printed", "...", "noticed", scanned=False)
        unit.lpn = _number_in(line["message"])

    def comes_by_itself(self, unit: UnitDone) -> None:
        """A label that waited for paper comes out, and the printer's counter proves it: nothing to scan."""
        self.take_label(unit)
        unit.placed = True

    def owes(self, labels: int) -> None:
        """So many labels are on the list of those owed."""
        until(f"labels owed: {labels}", lambda: self.answers.latest()["owed"] == labels, PRINT)

    def stick(self, unit: UnitDone) -> None:
        """Take the label, read it, stick it on, scan it back."""
        self.take_label(unit)
        self.scan_back(unit)

    def scan_back(self, unit: UnitDone) -> None:
        """Scan the label that is on the unit now."""
        self.scan(unit.lpn, "ok:label_confirmed", unit.lpn)
        unit.placed = True

    def take_label(self, unit: UnitDone) -> None:
        """Wait for the next label to come out and compare every word of it with what it must say."""
        self.papers += 1
        wanted = self.papers
        until(f"label for {unit.sku}", lambda: self.stage.bench.printer_counters().odometer >= wanted, PRINT)
        data = self.stage.bench.printed()[wanted - 1].data
        self.ledger.labels += 1
        label = paper.read(data)
        if unit.lpn:
            must_equal(f"label for {unit.sku}: number", unit.lpn, label.barcode)
        unit.lpn = label.barcode
        self._compare(unit, label)
        drawn = paper.scanned(data)
        if drawn is not None:
            must_equal(f"label {unit.lpn}: as scanned from the picture", [("]C0", unit.lpn)], drawn)
            self.ledger.decoded += 1
        self.transcript.step("label", " | ".join(text for text in label.texts if len(text) < 24))

    def _compare(self, unit: UnitDone, label: paper.Paper) -> None:
        column = 0 if self.answers.latest()["language"] == "pl" else 1

        def said(key: str) -> str:
            return ON_PAPER[key][column]

        wanted = {unit.grade, said(unit.disposition), PLACES[unit.disposition], unit.lpn, said("sample")}
        if unit.number:
            wanted.add(self.shop.rma_id(unit.number))
        if unit.attempts > 1:
            wanted.add(f"{said('copy')} {unit.attempts}")
        if unit.disposition == "hold":
            wanted.add(said("held"))
        if unit.dangerous:
            wanted.add(said("danger"))
        missing = wanted - set(label.texts)
        # the product's own line may be shortened to fit, so its beginning is compared
        others = [text for text in label.texts if text not in wanted and not text.startswith(unit.sku)]
        if missing or others or label.framed is not unit.dangerous:
            where = f"label {unit.lpn}"
            raise DoesNotAddUp(where, sorted(wanted), [*label.texts, f"frame {label.framed}"])


def _number_in(message: str) -> str:
    """The LPN in a sentence of the bench."""
    found = _LPN.search(message)
    if found is None:
        raise DoesNotAddUp("label owed", "its number in the answer", message)
    return found[0]
