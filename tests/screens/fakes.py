"""A bench that a test scripts: it records what it is given and shows the scenes it is told to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import TypeVar

from labels.symbology import screen_qr
from rma_station.config import Config, StationSection
from rma_station.domain.command import Command
from rma_station.domain.grading import Profile
from rma_station.domain.outcome import Choice, Kind, Localized, Message, Outcome, View, say
from rma_station.domain.review import (
    Answer,
    CaseFile,
    CasePhoto,
    Decision,
    EvidenceLine,
    GradingSeen,
    Offline,
    Ok,
    Paid,
    Refused,
    ReviewItem,
)
from rma_station.ports import DeviceState, DeviceStatus, UplinkState, UplinkStatus
from rma_station.services.bench import (
    FoundDevice,
    Listener,
    ListRow,
    NoPhone,
    PhoneAsked,
    PhonePage,
    Scannable,
    ScreenInput,
    ServiceReport,
    StatusLine,
    Update,
)
from rma_station.wiring.profiles import profiles as shipped_profiles

T = TypeVar("T")
L = Localized


def done(value: T) -> Future[T]:
    """A future that has its answer."""
    future: Future[T] = Future()
    future.set_result(value)
    return future


def config(language: str = "pl", theme: str = "dark", mode: str = "sample") -> Config:
    """A configuration for screens."""
    return Config(station=StationSection(language=language, theme=theme, mode=mode, sound=False))  # type: ignore[arg-type]


def status(language: str = "pl", **changes: object) -> StatusLine:
    """A station at work."""
    online = UplinkStatus(UplinkState.ONLINE, unsent=3)
    line = StatusLine("bench-1", "sample", language, "Anna Nowak", online, owed=2, set_aside=1)
    return replace(line, **changes)  # type: ignore[arg-type]


FACTS = (
    L("T-shirt Basic, biały, rozmiar M", "T-shirt Basic, white, size M"),
    L("SKU TS-001-M, sztuka 1 z 3", "SKU TS-001-M, unit 1 of 3"),
    L("Powód: za mały", "Reason: too small"),
)
UNDO = L("ocena B, RK3F20000017", "grade B, RK3F20000017")
TITLE = L("Paczka RMA-2026-000123", "Parcel RMA-2026-000123")

IDLE = View(
    L("Gotowe do pracy", "Ready to work"),
    L("Zeskanuj paczkę", "Scan the parcel"),
    L("Etykieta paczki, RMA albo zamówienie", "Parcel label, RMA or order number"),
    offers=(Command.FIND, Command.LISTS, Command.SIGN_OUT),
)
UNITS = View(
    TITLE,
    L("Zeskanuj produkt", "Scan a unit"),
    L("Kod produktu; koniec: paczka gotowa", "Product code; at the end: parcel done"),
    facts=(
        L("PO TERMINIE: 2 dni", "OVERDUE: 2 days"),
        L("0/1 Zestaw SPA: krem, serum, 2 ręczniki", "0/1 SPA set: cream, serum, 2 towels"),
        L("1/2 T-shirt Basic, biały, rozmiar M", "1/2 T-shirt Basic, white, size M"),
        L("3/3 Skarpety bawełniane", "3/3 Cotton socks"),
        L("Odstąpienie od umowy", "Withdrawal"),
        L("Karton uszkodzony", "Box damaged"),
        L("1300001152019Z", "1300001152019Z"),
    ),
    undo=UNDO,
    offers=(Command.PARCEL_DONE, Command.NO_BARCODE, Command.SET_ASIDE, Command.REPRINT),
)
QUESTION = View(
    TITLE,
    L("Czy są ślady używania?", "Are there signs of use?"),
    L("Cyfra albo kod z arkusza", "A digit, or a code of the sheet"),
    choices=(
        Choice(1, L("Nie, jak nowe", "No, as new"), proposed=True),
        Choice(2, L("Lekkie", "Light")),
        Choice(3, L("Wyraźne", "Clear")),
        Choice(4, L("Uszkodzone", "Damaged")),
    ),
    facts=FACTS,
    undo=UNDO,
    offers=(Command.SAME_AGAIN, Command.SET_ASIDE),
)
MANY = replace(
    QUESTION,
    prompt=L("Kod pasuje do pozycji kilku klientów. Która to?", "The code fits lines of several customers. Which one?"),
    choices=tuple(Choice(n, L(f"RMA-2026-00012{n}, czarny M", f"RMA-2026-00012{n}, black M")) for n in range(1, 10)),
)
GRADE = replace(
    QUESTION,
    prompt=L("Ocena B, outlet. Zgadza się?", "Grade B, outlet. Is that right?"),
    accepts=L("+ tak, F6 inna ocena", "+ yes, F6 another grade"),
    choices=(Choice(1, L("Tak", "Yes"), True), Choice(2, L("Inna ocena", "Another grade"))),
    big="B",
)
LABEL = replace(
    QUESTION,
    prompt=L("Naklej i zeskanuj etykietę", "Stick on the label and scan it"),
    accepts=L("Etykieta, F10 druk, F12 później", "The label, F10 print, F12 later"),
    choices=(),
    big="RK3F20000017",
    offers=(Command.LABEL_OWED, Command.REPRINT, Command.RELABEL),
)
PHOTO = replace(
    QUESTION,
    prompt=Message("flow.prompt_photo"),
    accepts=Message("flow.accepts_photo"),
    choices=(
        Choice(1, Message("flow.without_photo_camera_broken")),
        Choice(2, Message("flow.without_photo_not_visible")),
    ),
    big="1/2",
    undo=Message("flow.undo_photo"),
    offers=(Command.PHOTO,),
)
NO_CAMERA = replace(
    PHOTO,
    accepts=Message("flow.accepts_no_camera"),
    choices=(Choice(1, Message("flow.without_photo_no_camera")), Choice(2, Message("flow.without_photo_not_visible"))),
    big="0/1",
    offers=(),
)
PHOTO_SAVED = Outcome(Kind.OK, Message("flow.photo_saved_of", {"number": 1, "wanted": 2}))
WEIGHT = replace(LABEL, prompt=L("Zważ paczkę", "Weigh the parcel"), big="1,24 kg")
FIND = replace(
    IDLE, prompt=L("Podaj numer", "Type the number"), accepts=L("Enter: szukaj", "Enter: find"), expects_text=True
)
PIN = replace(FIND, prompt=L("PIN", "PIN"), secret=True)

OK = Outcome(
    Kind.OK, L("Zapisane: ocena B, outlet", "Saved: grade B, outlet"), L("Etykieta RK3F20000017", "Label RK3F20000017")
)
ATTENTION = Outcome(
    Kind.ATTENTION,
    L("Tej sztuki nie ma w zgłoszeniu", "This unit was not announced"),
    L("Zapisana i wstrzymana dla kierownika.", "Recorded, held for the supervisor."),
)
STOP = Outcome(
    Kind.STOP,
    L("Napuchnięta bateria: nie dotykaj!", "Swollen battery: do not touch!"),
    L("Włóż do skrzyni z piaskiem i wezwij kierownika.", "Put it into the sand box and call the supervisor."),
)
SCENES: dict[str, tuple[View, Outcome | None]] = {
    "idle": (IDLE, None),
    "units": (UNITS, ATTENTION),
    "question": (QUESTION, OK),
    "also at another bench": (
        replace(QUESTION, facts=(Message("flow.also_at", {"station": "bench-7"}), *FACTS)),
        OK,
    ),
    "many": (MANY, ATTENTION),
    "grade": (GRADE, OK),
    "label": (LABEL, OK),
    "photo": (PHOTO, PHOTO_SAVED),
    "photo, no camera": (NO_CAMERA, OK),
    "weight": (WEIGHT, None),
    "find": (FIND, None),
    "pin": (PIN, None),
    "stop": (replace(QUESTION, prompt=L("Etykieta kwarantanny: zeskanuj", "Scan the quarantine label")), STOP),
}


class FakeBench:
    """``services.bench.Bench``: answers at once, with what the test put there."""

    def __init__(self, language: str = "pl") -> None:
        self.language = language
        self.given: list[ScreenInput] = []
        self.listeners: list[Listener] = []
        self.scale = DeviceStatus("scale", "scale", DeviceState.OFFLINE)
        self.scale_told: list[tuple[str, str]] = []
        self.present = Update(IDLE, status(language))
        self.known: Sequence[Message] = ()
        self.over: list[bool] = []
        self.page: PhonePage | NoPhone = PhonePage(
            screen_qr("https://returns.example/u/" + "A" * 43),
            "returns.example",
            600,
            PhoneAsked("p", ("RMA-2026-000123",), "u", "damage", "RK3F20000017", "T-shirt Basic"),
        )
        self.owed: Sequence[ListRow] = (
            ListRow("RK3F20000017", Message("status.owed", {"count": 1})),
            ListRow("RK3F20000025", Message("status.owed", {"count": 1})),
        )
        self.aside: Sequence[ListRow] = (ListRow("RMA-2026-000124", Message("status.set_aside", {"count": 1})),)
        self.codes: Sequence[Scannable] = (
            Scannable("badge", "B-000001-AAAA", Message("bench.badge")),
            Scannable("parcel", "627777012345678901234567", Message("bench.parcel")),
            Scannable("parcel", "RMA-2026-000123", Message("bench.parcel")),
            Scannable("unit", "05901234123457", Message("bench.unit")),
            Scannable("command", "C-UNDO-AAAAAAAA", Message("key.undo")),
        )

    def submit(self, given: ScreenInput) -> None:
        """Record it."""
        self.given.append(given)

    def covered(self, by_sheet: bool) -> None:
        """Record it."""
        self.over.append(by_sheet)

    def phone_page(self) -> Future[PhonePage | NoPhone]:
        """A page, or what the test put there."""
        return done(self.page)

    def subscribe(self, listener: Listener) -> None:
        """Tell of the present view."""
        self.listeners.append(listener)
        listener(self.present)

    def show(self, view: View, outcome: Outcome | None = None, **changes: object) -> None:
        """Tell of a new view."""
        sheet, at, back = changes.pop("sheet", None), changes.pop("scan_at", None), bool(changes.pop("back", False))
        self.present = Update(view, status(self.language, **changes), outcome, at, sheet, back)  # type: ignore[arg-type]
        for listener in self.listeners:
            listener(self.present)

    def labels_owed(self) -> Future[Sequence[ListRow]]:
        """Two labels."""
        return done(self.owed)

    def set_aside(self) -> Future[Sequence[ListRow]]:
        """One parcel."""
        return done(self.aside)

    def shift(self) -> Future[Sequence[Message]]:
        """A shift."""
        return done((Message("status.owed", {"count": 2}), Message("status.set_aside", {"count": 1})))

    def service_report(self) -> Future[ServiceReport]:
        """A station in mixed health."""
        return done(
            ServiceReport(
                (
                    DeviceStatus("scanner", "scanner", DeviceState.READY, "Honeywell 1900"),
                    self.scale,
                    DeviceStatus("labels", "printer", DeviceState.READY, "ZD421", ("media_out",)),
                ),
                UplinkStatus(UplinkState.OFFLINE, (say("service.hub.silent", reason="ConnectError"),), 17, 1.6),
                (("log", "rk3f2"), ("seq", "1042"), ("sqlite", "3.40.1")),
                (("RK3F20000017", "sent"),),
                ("12:01 labels: no paper",),
                (
                    FoundDevice("tty", "FTDI FT232R USB UART", "/dev/ttyUSB1"),
                    FoundDevice("hidraw", "Honeywell 1950", "/dev/hidraw2", usable=False),
                    FoundDevice("event", "Honeywell 1900", "/dev/input/event7", twins=True),
                ),
                clock="suspect",
            )
        )

    def zero_scale(self, name: str) -> None:
        """Record it."""
        self.scale_told.append(("zero", name))

    def tare_scale(self, name: str) -> None:
        """Record it."""
        self.scale_told.append(("tare", name))

    def alerts(self) -> Future[Sequence[Message]]:
        """What the hub wants supervisors to know."""
        return done(self.known)

    def names(self) -> Future[Mapping[str, str]]:
        """One person is known here."""
        return done({"000001": "Zażółć Nowak"})

    def profiles(self) -> Future[Sequence[Profile]]:
        """Those that come with the program."""
        return done(tuple(shipped_profiles().values()))

    def scannables(self) -> Future[Sequence[Scannable]]:
        """What can be scanned."""
        return done(self.codes)


class FakeDriver:
    """``services.bench.BenchDriver``: records what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []

    def scan(self, code: str) -> None:
        """Record."""
        self.told.append(("scan", code))

    def put(self, grams: int) -> None:
        """Record."""
        self.told.append(("put", grams))

    def printer_problems(self, *problems: str) -> None:
        """Record."""
        self.told.append(("problems", problems))

    def printer_silent(self, silent: bool) -> None:
        """Record."""
        self.told.append(("silent", silent))

    def unplug(self, device: str) -> None:
        """Record."""
        self.told.append(("unplug", device))

    def plug(self, device: str) -> None:
        """Record."""
        self.told.append(("plug", device))


TRACKING = "627777012345678901234567"
HELD = (
    ReviewItem("RMA-2026-000123", "k1", "undeclared", "withdrawal", "T-shirt Basic", 12999, "PLN", 2),
    ReviewItem(
        "RMA-2026-000099", "k2", "low_grade", "withdrawal", "Słuchawki", 129905, "PLN", -1, late_contradiction=True
    ),
    ReviewItem("P-0190-aa", "", "orphan", "orphan", TRACKING),
)
CONFLICT = ReviewItem("RMA-2026-000200", "k3", "conflict", "withdrawal", "Koszula", 10000, "PLN", 9)
LATE = replace(CONFLICT, case_id="RMA-2026-000201", reason="late_contradiction", late_contradiction=True)
SURPLUS = ReviewItem("RMA-2026-000202", "", "surplus", "withdrawal", "RK3F20000031 SHIRT", days_left=9)
FIRST = GradingSeen(
    "u1",
    "RK3F20000017",
    "counts",
    worker_id="000001",
    station="bench-1",
    received_at="2026-11-22T10:01:31+00:00",
    occurred_at="2026-11-22T10:01:30.000Z",
    corrected_at="2026-11-22T10:01:30.000Z",
    clock_state="ok",
    grade="A",
    disposition="restock",
    answers={"tag": "on", "worn": "no", "dirt": "none", "damage": "none"},
    grams=250,
    photos=2,
)
SECOND = replace(
    FIRST,
    unit_id="u2",
    lpn="R9XYZ0000042",
    role="contradicts",
    of="u1",
    worker_id="000002",
    station="bench-7",
    received_at="2026-11-22T12:30:00+00:00",
    occurred_at="2027-12-27T10:14:00.000Z",
    corrected_at="2026-11-22T10:14:00.000Z",
    clock_state="suspect",
    grade="C",
    disposition="outlet",
    answers={"tag": "off", "worn": "worn", "dirt": "none", "damage": "none"},
    override_reason="worse_than_asked",
    grams=None,
    photos=0,
)
CONFIRMS = replace(
    SECOND, unit_id="u3", role="confirms", worker_id="000003", station="bench-3", grade="A", corrected_at=""
)
ALONE = replace(FIRST, unit_id="u4", lpn="RK3F20000031", role="alone")
COMPARED: dict[str, tuple[ReviewItem, tuple[GradingSeen, ...], tuple[Paid, ...]]] = {
    "conflict": (CONFLICT, (FIRST, SECOND, CONFIRMS), ()),
    "late": (LATE, (FIRST, SECOND), (Paid("k3", "succeeded", 10000, "PLN", "2026-11-22T11:12:00.000Z", 2500),)),
    "surplus": (SURPLUS, (FIRST, ALONE), ()),
}
"""Cases whose gradings a supervisor compares, by name."""


RULE = "Two benches graded the same piece differently (conflict, policy 3)"


class FakeDesk:
    """``ports.ReviewDesk``: a hub that can be cut off."""

    def __init__(self) -> None:
        self.online = True
        self.decisions: list[tuple[str, Decision]] = []
        self.reply: Answer[str] = Ok("")
        self.read_in = ""
        """Language a case was asked for in."""
        self.photos: tuple[CasePhoto, ...] = ()
        self.pictures: dict[str, bytes] = {}
        self.evidence: tuple[EvidenceLine, ...] = (
            EvidenceLine(
                "2026-11-22T10:00:00Z", "000001", "event.parcel.opened", {"tracking": "627777012345678901234567"}
            ),
            EvidenceLine(
                "2026-11-22T10:01:30Z", "000001", "event.unit.graded", {"grade": "B", "disposition": "outlet"}
            ),
        )

    def photo(self, sha256: str) -> Answer[bytes]:
        """What the test put there."""
        data = self.pictures.get(sha256)
        if not self.online:
            return Offline("no route")
        return Refused("not_here") if data is None else Ok(data)

    def queue(self) -> Answer[tuple[ReviewItem, ...]]:
        """Three held things."""
        return Ok(HELD) if self.online else Offline("no route")

    def case(self, case_id: str, language: str = "") -> Answer[CaseFile]:
        """One case."""
        self.read_in = language
        if not self.online:
            return Offline("no route")
        compared = next((found for found in COMPARED.values() if found[0].case_id == case_id), None)
        if compared is not None:
            item, gradings, paid = compared
            basis, graders = ("e1", "e2"), ("000001", "000002")
            file = CaseFile(case_id, item.kind, "2026-12-04", (item,), self.evidence, basis, RULE, graders)
            return Ok(replace(file, gradings=gradings, paid=paid))
        item = next((item for item in HELD if item.case_id == case_id), None)
        if item is None:
            return Refused("state")
        return Ok(
            CaseFile(
                case_id,
                item.kind,
                "2026-11-30",
                (item,),
                self.evidence,
                ("e1", "e2"),
                "grade-b v3",
                ("000001",),
                photos=self.photos,
            )
        )

    def decide(self, case_id: str, decision: Decision) -> Answer[str]:
        """Record it."""
        self.decisions.append((case_id, decision))
        return self.reply

    def vouch(self, worker_id: str, pin: str) -> Answer[str]:
        """The same answer as to a decision."""
        return self.reply
