"""The app in a real terminal, as a process of its own: ``python -m tests.screens.pty_child SCENARIO RESULT``.

What the bench was given is written to the file RESULT, one line each, as soon as it comes.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from rma_station.domain.grading import Profile
from rma_station.domain.outcome import Choice, Kind, Localized, Outcome, View, say
from rma_station.domain.review import Answer, CaseFile, Ok, ReviewItem
from rma_station.ports import UplinkState, UplinkStatus
from rma_station.screens.app import StationApp, run
from rma_station.services.bench import ListRow, Scannable, ScreenInput, ServiceReport
from tests.screens.fakes import (
    CONFLICT,
    HELD,
    IDLE,
    LATE,
    QUESTION,
    SCENES,
    FakeBench,
    FakeDesk,
    FakeDriver,
    config,
    done,
    status,
)  # fmt: skip
from tests.screens.noise import noise, noisy

EVIL = (
    "\x1b]52;c;cHduZWQ=\x07",
    "\x1b[2J\x1bc",
    "\x9b2J\x90q\x9c",
    "[@click=app.exit]x[/]",
    "[red]x[/wrong] {0} %s",
    "\u202eabc\u200b\x00\x08",
)


class PtyBench(FakeBench):
    """Writes down what it is given and shows the next scene."""

    def __init__(self, scenario: str, result: Path) -> None:
        super().__init__()
        self._result = result
        self._scenario = scenario
        self._scenes = iter([*SCENES.values()] * 2)
        self._dice = random.Random(scenario)

    def submit(self, given: ScreenInput) -> None:
        """One line in the result."""
        super().submit(given)
        with self._result.open("a", encoding="utf-8") as file:
            file.write(f"{given!r}\n")
        if self._scenario == "crash":
            self.show(object())  # type: ignore[arg-type]
        elif self._scenario.startswith("noise"):
            self.be_noisy()
        elif self._scenario == "scenes":
            self.show(*next(self._scenes))

    def be_evil(self) -> None:
        """Outside text with commands in every place where outside text is shown."""
        text = Localized("".join(EVIL), "".join(EVIL))
        choices = tuple(Choice(number, Localized(evil, evil)) for number, evil in enumerate(EVIL, 1))
        view = View(text, text, text, choices, EVIL[0], (text, text), text)
        uplink = UplinkStatus(UplinkState.ONLINE, (say("service.hub.silent", reason=EVIL[1]),))
        self.show(
            view, Outcome(Kind.OK, text, text), worker=EVIL[0], station=EVIL[1], problems=(EVIL[2],), uplink=uplink
        )
        self.owed = tuple(ListRow(evil, self.owed[0].text) for evil in EVIL)
        self.codes = tuple(Scannable("unit", evil, self.owed[0].text) for evil in EVIL)

    def be_noisy(self) -> None:
        """A scene with noise in every text, also in what sheets will ask for."""
        view, outcome = noisy(next(self._scenes, (QUESTION, None)), self._dice)
        text = Localized(noise(self._dice), noise(self._dice))
        line = noisy(status(), self._dice)
        changes = {"worker": line.worker, "station": line.station, "problems": (noise(self._dice),)}
        offline = UplinkStatus(UplinkState.ONLINE, (say("service.hub.silent", reason=noise(self._dice)),))
        self.owed = tuple(ListRow(noise(self._dice), row.text) for row in self.owed)
        self.aside = tuple(ListRow(noise(self._dice), row.text) for row in self.aside)
        self.codes = tuple(replace(code, code=noise(self._dice)) for code in self.codes)
        self.known = (say("service.hub.silent", reason=noise(self._dice)),)
        said = outcome or Outcome(Kind.ATTENTION, text, text)
        self.show(view, said, role="supervisor", uplink=offline, **changes)

    def service_report(self) -> Future[ServiceReport]:
        """As it is, or full of noise."""
        report = super().service_report().result()
        return done(noisy(report, self._dice) if self._scenario.startswith("noise") else report)

    def profiles(self) -> Future[Sequence[Profile]]:
        """None: codes are shown."""
        return done(())

    def names(self) -> Future[Mapping[str, str]]:
        """As they are, or full of noise."""
        names = super().names().result()
        return done(noisy(names, self._dice) if self._scenario.startswith("noise") else names)


class NoisyDesk(FakeDesk):
    """A hub whose shop has noise for customers, products and reasons."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self._dice = dice
        self._items = noisy((*HELD, CONFLICT, LATE), dice)

    def queue(self) -> Answer[tuple[ReviewItem, ...]]:
        """What is held."""
        return Ok(self._items)

    def case(self, case_id: str, language: str = "") -> Answer[CaseFile]:
        """Any case."""
        found = super().case(CONFLICT.case_id)
        assert isinstance(found, Ok)
        return Ok(replace(noisy(found.value, self._dice), deadline_on="2026-12-04", intents=self._items[:1]))


def main() -> int:
    """Run one scenario on this terminal."""
    scenario, result = sys.argv[1], Path(sys.argv[2])
    bench = PtyBench(scenario, result)
    bench.show(QUESTION if scenario != "typing" else IDLE)
    if scenario == "evil":
        bench.be_evil()
    if scenario.startswith("noise"):
        bench.be_noisy()
    app = StationApp(
        bench,
        config(theme="auto"),
        review=NoisyDesk(random.Random(scenario)) if scenario.startswith("noise") else FakeDesk(),
        driver=FakeDriver(),
        environment=os.environ,
        painted=result.touch,
    )
    return run(app)


if __name__ == "__main__":
    sys.exit(main())
