"""Stand-ins for parts that are made after the first paint, so that the screens can be given them before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from rma_station.errors import DeviceLost

if TYPE_CHECKING:  # every module that is loaded before the first paint delays it
    from rma_station.domain.review import Answer, CaseFile, Decision, ReviewItem
    from rma_station.ports import ReviewDesk
    from rma_station.services.bench import BenchDriver


class LateDriver:
    """The bench panel's driver: says so while the virtual bench is still starting."""

    def __init__(self) -> None:
        self._real: BenchDriver | None = None

    def become(self, driver: BenchDriver) -> None:
        """The virtual bench is there."""
        self._real = driver

    @property
    def _bench(self) -> BenchDriver:
        if self._real is None:
            raise DeviceLost("the virtual bench is still starting")
        return self._real

    def scan(self, code: str) -> None:
        """Let the virtual scanner read this barcode."""
        self._bench.scan(code)

    def put(self, grams: int) -> None:
        """Put so much on the virtual scale."""
        self._bench.put(grams)

    def printer_problems(self, *problems: Literal["media_out", "ribbon_out", "head_open", "paused"]) -> None:
        """Give the virtual printer exactly these problems."""
        self._bench.printer_problems(*problems)

    def printer_silent(self, silent: bool) -> None:
        """Let the virtual printer answer nothing."""
        self._bench.printer_silent(silent)

    def unplug(self, device: str) -> None:
        """Pull the cable of a device."""
        self._bench.unplug(device)

    def plug(self, device: str) -> None:
        """Put the cable of a device back."""
        self._bench.plug(device)


class LateDesk:
    """The supervisor's desk, made when it is first asked for: httpx is not loaded before the first paint."""

    def __init__(self, make: Callable[[], ReviewDesk]) -> None:
        self._make = make
        self._made: ReviewDesk | None = None

    def _desk(self) -> ReviewDesk:
        self._made = self._made or self._make()
        return self._made

    def queue(self) -> Answer[tuple[ReviewItem, ...]]:
        """What is held, most urgent first."""
        return self._desk().queue()

    def case(self, case_id: str, language: str) -> Answer[CaseFile]:
        """One case with its evidence, its rule in the reader's language."""
        return self._desk().case(case_id, language)

    def decide(self, case_id: str, decision: Decision) -> Answer[str]:
        """Hand in a decision."""
        return self._desk().decide(case_id, decision)

    def photo(self, sha256: str) -> Answer[bytes]:
        """The bytes of a photo."""
        return self._desk().photo(sha256)

    def vouch(self, worker_id: str, pin: str) -> Answer[str]:
        """Ask whether a supervisor's PIN is theirs."""
        return self._desk().vouch(worker_id, pin)
