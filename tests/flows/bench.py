"""A bench for flow tests: give it inputs, look at what it answered and what would be committed."""

from __future__ import annotations

from dataclasses import dataclass, field

from rma_station.derivation import verify_pin
from rma_station.domain.book import Person
from rma_station.domain.effects import CheckPin
from rma_station.domain.events import Event
from rma_station.domain.flows.inputs import (
    Chosen,
    Input,
    LabelSettled,
    PinChecked,
    Pressed,
    Scanned,
    StableWeight,
    Typed,
)
from rma_station.domain.flows.receive import step
from rma_station.domain.flows.stages import Grading, Stage
from rma_station.domain.flows.state import Bench, Context, Rules, Step
from rma_station.domain.flows.views import view
from rma_station.domain.meaning import (
    BadgeScan,
    Certainty,
    Command,
    LpnScan,
    Meaning,
    ProductScan,
    RmaScan,
    TextScan,
    TrackingScan,
)
from rma_station.domain.outcome import Localized, Message, View
from rma_station.domain.rma import AnnouncedParcel, Line, Part, Product, Rma, RmaKind
from rma_station.services.texts import LANGUAGES, catalogue, places
from tests.fakes import TODAY, CountingFresh, MemoryBook

SHIRT = Product("SHIRT", "Koszula", gtins=("05901234123457",), category="apparel", unit_grams=250)
PHONE = Product("PHONE", "Telefon", gtins=("05909876543213",), category="electronics", unit_grams=180, serialised=True)
CREAM = Product("CREAM", "Krem", gtins=("05901111111118",), category="cosmetics", unit_grams=90)
SOCKS = Product("SOCKS", "Skarpety", gtins=("05902222222226",), packs={"15902222222223": 3}, category="apparel")
CABLE = Product("CABLE", "Kabel", gtins=("05903333333334",), category="electronics")
PRODUCTS = (SHIRT, PHONE, CREAM, SOCKS, CABLE)


def line(line_id: str, product: Product, quantity: int = 1, **more: object) -> Line:
    """A plain line of one product."""
    return Line(line_id, product.sku, product.name, quantity, (Part(product),), **more)  # type: ignore[arg-type]


def rma(number: int, *lines: Line, kind: RmaKind = RmaKind.WITHDRAWAL, parcels: int = 1) -> Rma:
    """RMA-2026-00000n of order ZAM-100n, announced in so many parcels."""
    rma_id = f"RMA-2026-{number:06d}"
    announced = tuple(AnnouncedParcel(f"parcel-{number}-{n}", f"TRACK{number}{n}", "dpd") for n in range(parcels))
    return Rma(rma_id, kind, f"ZAM-{1000 + number}", lines, announced, "2026-11-20", "2026-12-04")


def tracking(number: str) -> TrackingScan:
    """A parcel label."""
    return TrackingScan(number, "dpd", Certainty.CHECKED)


@dataclass
class FlowBench:
    """The receive flow with a book in memory; every answer is kept."""

    book: MemoryBook = field(default_factory=MemoryBook)
    fresh: CountingFresh = field(default_factory=CountingFresh)
    rules: Rules = field(default_factory=Rules)
    state: Bench = field(default_factory=Bench)
    now: int = 0
    offline_days: int = 0
    last: Step | None = None

    @property
    def context(self) -> Context:
        """What a step may look at."""
        return Context(self.book, self.fresh, TODAY, self.rules, self.now, self.offline_days)

    def give(self, given: Input) -> str:
        """One input; returns ``kind:text key`` of the answer, or an empty text when there was none."""
        worker = self.state.worker_id
        self.last = step(self.state, given, self.context)
        self.state = self.last.bench
        self.book.apply(self.last.events, self.state.worker_id or worker)
        shown = self.view  # every state can be shown, and a question about a unit has answers
        assert shown.choices or not isinstance(self.state.stage, Grading)
        self._check_words()
        outcome = self.last.outcome
        if outcome is None:
            return ""
        key = "data" if isinstance(outcome.message, Localized) else outcome.message.key.removeprefix("flow.")
        return f"{outcome.kind.value}:{key}"

    def _check_words(self) -> None:
        """Everything the worker would see has its words, with all their values, in both languages."""
        shown = self.view
        said = self.last.outcome if self.last else None
        parts = [shown.title, shown.prompt, shown.accepts, shown.undo, *shown.facts]
        parts += [choice.text for choice in shown.choices]
        parts += [said.message, said.detail] if said else []
        for text in parts:
            if isinstance(text, Message):
                for language in LANGUAGES:
                    needed = {place.partition(":")[0] for place in places(catalogue(language)[text.key])}
                    assert needed <= set(text.values), (text, needed)

    def scan(self, meaning: Meaning, code: str = "code") -> str:
        """A scan whose meaning is known."""
        return self.give(Scanned(meaning, code))

    def badge(self, worker_id: str = "000001") -> str:
        """A genuine badge."""
        return self.scan(BadgeScan(worker_id))

    def product(self, product: Product, **more: str) -> str:
        """A product's own barcode."""
        return self.scan(ProductScan(product.gtins[0], **more))

    def lpn(self, lpn: str) -> str:
        """A unit's label."""
        return self.scan(LpnScan(lpn))

    def text(self, text: str) -> str:
        """Plain text."""
        return self.scan(TextScan(text), text)

    def rma(self, rma_id: str) -> str:
        """Our customer label."""
        return self.scan(RmaScan(rma_id), rma_id)

    def press(self, command: Command) -> str:
        """A command."""
        return self.give(Pressed(command))

    def choose(self, *numbers: int) -> str:
        """Numbered answers, one after the other; the last answer is returned."""
        said = ""
        for number in numbers:
            said = self.give(Chosen(number))
        return said

    def type(self, text: str) -> str:
        """A typed line; a PIN that is checked at the station is checked at once."""
        said = self.give(Typed(text))
        for check in self.last.effects if self.last else ():
            if isinstance(check, CheckPin) and check.verifier is not None:
                result = "ok" if verify_pin(check.pin, check.verifier) else "wrong"
                said = self.give(PinChecked(check.worker_id, result))
        return said

    def weigh(self, grams: int) -> str:
        """A captured weight."""
        return self.give(StableWeight(grams, b"S S", "scale"))

    def settle(self, result: str, problem: str = "") -> str:
        """The last label asked for came to this end."""
        unit_id, job_id, lpn = self.label
        return self.give(LabelSettled(job_id, unit_id, lpn, result, "labels", problem))

    @property
    def label(self) -> tuple[str, str, str]:
        """Unit, job and LPN of the last label asked for."""
        asked = [event for event in self.events() if event.TYPE == "label.asked"][-1]
        return asked.unit_id, asked.job_id, asked.lpn  # type: ignore[union-attr]

    @property
    def stage(self) -> type[Stage]:
        """The kind of question that stands."""
        return type(self.state.stage)

    @property
    def view(self) -> View:
        """What the screen would show."""
        return view(self.state, self.context)

    def events(self) -> list[Event]:
        """All that was committed."""
        return [fact.event for fact in self.book.events]

    def types(self) -> list[str]:
        """The types of all that was committed."""
        return [event.TYPE for event in self.events()]


def bench(*rmas: Rma, signed_in: bool = True, **rules: object) -> FlowBench:
    """A bench that knows these RMAs, two workers and all products."""
    book = MemoryBook(
        rmas={each.rma_id: each for each in rmas},
        products={product.sku: product for product in PRODUCTS},
        people={
            "000001": Person("000001", "Anna", "worker"),
            "000002": Person("000002", "Piotr", "worker", language="en"),
            "000009": Person("000009", "Ewa", "worker", active=False),
        },
    )
    result = FlowBench(book, rules=Rules(**rules))  # type: ignore[arg-type]
    if signed_in:
        result.badge()
    return result


def opened(*lines: Line, kind: RmaKind = RmaKind.WITHDRAWAL, **rules: object) -> FlowBench:
    """A bench with one open parcel whose packing was intact."""
    result = bench(rma(1, *(lines or (line("L1", SHIRT),)), kind=kind), **rules)
    result.scan(tracking("TRACK10"))
    result.choose(1)
    return result


def graded(result: FlowBench, product: Product = SHIRT, answers: tuple[int, ...] = (1, 1, 1, 1)) -> FlowBench:
    """The unit scanned, asked about and its proposed grade confirmed."""
    result.product(product)
    result.choose(*answers)
    result.press(Command.YES)
    return result
