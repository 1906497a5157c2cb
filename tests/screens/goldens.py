"""The golden pictures: every screen and main state, in both languages, at three sizes, as text.

``python -m tests.screens.goldens`` writes them anew after a change that was meant; read the difference before it is
committed. Each file of ``data/`` holds one language and size.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from textual.pilot import Pilot

from rma_station.screens import picture
from rma_station.screens.app import StationApp
from rma_station.screens.base import PictureScreen
from rma_station.screens.draw_station import Scene, draw
from rma_station.screens.keys import Key
from rma_station.screens.review import ReviewSheet
from tests.screens.fakes import (
    ATTENTION,
    COMPARED,
    IDLE,
    OK,
    QUESTION,
    SCENES,
    FakeBench,
    FakeDesk,
    FakeDriver,
    config,
    status,
)

SIZES = ((40, 15), (80, 24), (120, 30))
LANGUAGES = ("pl", "en")
WARSAW = ZoneInfo("Europe/Warsaw")
FOLDER = Path(__file__).with_name("data")


def file(language: str, size: tuple[int, int]) -> Path:
    """Where the pictures of a language and size are."""
    return FOLDER / f"golden-{language}-{size[0]}x{size[1]}.txt"


def pictures(language: str, size: tuple[int, int]) -> dict[str, str]:
    """All pictures of a language and size by name."""
    found = {f"station: {name}": _station(name, language, size) for name in SCENES}
    found["station: nobody, hub off, printer missing"] = picture.plain(
        draw(Scene(IDLE, status(language, worker="", uplink=None, problems=("labels",), owed=0)), *size)
    )
    found["station: a key that does nothing"] = picture.plain(
        draw(Scene(QUESTION, status(language), OK, notice="F1"), *size)
    )
    found["station: live mode"] = picture.plain(draw(Scene(QUESTION, status(language, mode="live"), OK), *size))
    return found | asyncio.run(_sheets(language, size))


def _station(name: str, language: str, size: tuple[int, int]) -> str:
    view, outcome = SCENES[name]
    past = ((ATTENTION.kind, "627777012345678901234567"), (OK.kind, "RK3F20000009"))
    typed = "1234" if view.expects_text else ""
    return picture.plain(draw(Scene(view, status(language), outcome, typed=typed, past=past), *size))


async def _sheets(language: str, size: tuple[int, int]) -> dict[str, str]:
    bench, desk = FakeBench(language), FakeDesk()
    app = StationApp(bench, config(language), review=desk, driver=FakeDriver(), environment={"TERM": "xterm"})
    found: dict[str, str] = {}
    async with app.run_test(size=size) as pilot:
        bench.show(QUESTION, OK)
        await pilot.pause()
        for name in ("help", "lists", "sign_out", "service", "bench", "phone"):
            app.open_sheet(name)
            await settled(pilot)
            found[name] = top(app)
        app.pop_screen()
        now = [1000.0]
        review = ReviewSheet(desk, WARSAW, lambda: now[0])
        app.push_screen(review)
        for name, act in _review_steps(review, desk, now):
            act()
            await settled(pilot)
            found[f"review: {name}"] = top(app)
        for name, (item, _, _) in COMPARED.items():
            desk.online = True
            review = ReviewSheet(desk, WARSAW, lambda: now[0])
            app.push_screen(review)
            await settled(pilot)
            review.chosen(item)
            await settled(pilot)
            found[f"review: {name}"] = top(app)
            for _ in range(60 if size[1] < 30 else 0):
                review.take(Key("pagedown"))
            found[f"review: {name}, further down"] = top(app)
            if name == "conflict":
                for step, keys in (("which unit", "7"), ("which grade", "1"), ("where to", "2")):
                    review.take(Key(keys, keys))
                    found[f"review: another grade, {step}"] = top(app)
            app.pop_screen()
    return found


def _review_steps(review: ReviewSheet, desk: FakeDesk, now: list[float]) -> list[tuple[str, Callable[[], object]]]:
    def offline() -> None:
        desk.online = False
        now[0] += 22 * 60
        review.take(Key("r", "r"))

    def type_in(*keys: str) -> Callable[[], None]:
        return lambda: [review.take(Key(key, key if len(key) == 1 else None)) for key in keys] and None

    return [
        ("queue", lambda: None),
        ("queue, looked for", type_in("f", *"RMA")),
        ("case", type_in("escape", "enter")),
        ("amount to deduct", type_in("3", "2", "5", ",", "5", "0")),
        ("reason", type_in("enter", "r", "y", "s", "a")),
        ("worker", type_in("enter", "0", "0", "0", "0", "0", "9")),
        ("PIN", type_in("enter", "1", "2", "3", "4")),
        ("decided", type_in("enter")),
        ("without the hub", offline),
    ]


async def settled(pilot: Pilot[None]) -> None:
    """Everything that was asked has been answered and shown."""
    for _ in range(3):
        await pilot.pause(0.02)


def top(app: StationApp) -> str:
    """The screen on top, as text."""
    screen = app.screen
    assert isinstance(screen, PictureScreen)
    return picture.plain(screen.draw(*app.size))


def text(found: dict[str, str]) -> str:
    """The pictures as a file has them."""
    return "\n".join(f"=== {name} ===\n{shown}" for name, shown in found.items())


def main() -> None:
    """Write all files."""
    for language in LANGUAGES:
        for size in SIZES:
            file(language, size).write_text(text(pictures(language, size)), encoding="utf-8")


if __name__ == "__main__":
    main()
