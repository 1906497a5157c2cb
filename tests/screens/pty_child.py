"""The app in a real terminal, as a process of its own: ``python -m tests.screens.pty_child SCENARIO RESULT``.

What the bench was given is written to the file RESULT, one line each, as soon as it comes.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rma_station.domain.outcome import Choice, Kind, Localized, Outcome, View, say
from rma_station.ports import UplinkState, UplinkStatus
from rma_station.screens.app import StationApp, run
from rma_station.services.bench import ListRow, Scannable, ScreenInput
from tests.screens.fakes import IDLE, QUESTION, SCENES, FakeBench, FakeDesk, FakeDriver, config

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

    def submit(self, given: ScreenInput) -> None:
        """One line in the result."""
        super().submit(given)
        with self._result.open("a", encoding="utf-8") as file:
            file.write(f"{given!r}\n")
        if self._scenario == "crash":
            self.show(object())  # type: ignore[arg-type]
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


def main() -> int:
    """Run one scenario on this terminal."""
    scenario, result = sys.argv[1], Path(sys.argv[2])
    bench = PtyBench(scenario, result)
    bench.show(QUESTION if scenario != "typing" else IDLE)
    if scenario == "evil":
        bench.be_evil()
    app = StationApp(
        bench,
        config(theme="auto"),
        review=FakeDesk(),
        driver=FakeDriver(),
        environment=os.environ,
        painted=result.touch,
    )
    return run(app)


if __name__ == "__main__":
    sys.exit(main())
