"""Look at the screens without a station: ``python -m tests.screens.gallery [--language en] [--theme light]``.

Every key or scan that would go to the station shows the next scene instead; sheets open with their keys (F1 help, F2
virtual bench, ``s`` service, ``v`` review). Leave it with ``s`` and twice ``q``.
"""

from __future__ import annotations

import argparse
import itertools
import sys

from rma_station.domain.flows.inputs import Pressed
from rma_station.domain.meaning import Command
from rma_station.domain.outcome import View
from rma_station.screens.app import StationApp, run
from rma_station.services.bench import ScreenInput
from tests.screens.fakes import SCENES, FakeBench, FakeDesk, FakeDriver, config


class GalleryBench(FakeBench):
    """Shows one scene after the other."""

    def __init__(self, language: str) -> None:
        super().__init__(language)
        self._scenes = itertools.cycle(SCENES.values())

    def submit(self, given: ScreenInput) -> None:
        """The next scene, or the sheet that was asked for."""
        if given == Pressed(Command.LISTS) or given == Pressed(Command.SIGN_OUT):
            self.show(self.present.view, sheet="lists" if given == Pressed(Command.LISTS) else "sign_out")
            return
        scene: tuple[View, object] = next(self._scenes)
        self.show(*scene)  # type: ignore[arg-type]


def main() -> int:
    """Show the gallery on this terminal."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--language", choices=("pl", "en"), default="pl")
    options.add_argument("--theme", choices=("auto", "dark", "light", "console", "contrast"), default="auto")
    given = options.parse_args()
    bench = GalleryBench(given.language)
    return run(StationApp(bench, config(given.language, given.theme), review=FakeDesk(), driver=FakeDriver()))


if __name__ == "__main__":
    sys.exit(main())
