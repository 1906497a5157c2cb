"""The code for a phone can be read off the screen, and says when it does not fit."""

from __future__ import annotations

import asyncio

import pytest
import zxingcpp
from PIL import Image

from rma_station.domain.outcome import say
from rma_station.screens.app import StationApp
from rma_station.screens.phone import PhoneSheet, halves
from rma_station.services.bench import NoPhone
from tests.screens.fakes import OK, QUESTION, FakeBench, config
from tests.screens.goldens import settled, top

URL = "https://returns.example/u/" + "A" * 43


def photographed(lines: list[str]) -> Image.Image:
    """What a camera sees of lines of half blocks: black letters on white, twice as tall as wide."""
    image = Image.new("L", (len(lines[0]), 2 * len(lines)), 255)
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            if letter in "▀█":
                image.putpixel((column, 2 * row), 0)
            if letter in "▄█":
                image.putpixel((column, 2 * row + 1), 0)
    return image.resize((image.width * 6, image.height * 6))


async def shown(
    size: tuple[int, int], bench: FakeBench | None = None, answer: bool = False, term: str = "xterm"
) -> tuple[str, bool]:
    """The sheet as text, and whether it is still on top."""
    bench = bench or FakeBench("en")
    app = StationApp(bench, config("en"), environment={"TERM": term})
    async with app.run_test(size=size) as pilot:
        bench.show(QUESTION, OK)
        await pilot.pause()
        app.open_sheet("phone")
        await settled(pilot)
        if answer:
            bench.show(QUESTION, OK)
            await settled(pilot)
        return top(app), isinstance(app.screen, PhoneSheet)


@pytest.mark.parametrize("size", [(80, 24), (120, 30), (60, 40)])
def test_a_camera_reads_the_address_off_the_screen(size: tuple[int, int]) -> None:
    """At the sizes that have room, with the border a reader needs."""
    text, _ = asyncio.run(shown(size))
    lines = text.splitlines()[2:-1]
    wide = len(halves(FakeBench().page.code)[0])  # type: ignore[union-attr]

    (read,) = zxingcpp.read_barcodes(photographed([line.ljust(wide)[:wide] for line in lines]))

    assert read.text == URL
    assert ("returns.example" in text) == (size[0] >= 80)


def test_where_it_does_not_fit_the_sheet_says_how_much_it_needs() -> None:
    """Nothing is drawn that could not be read."""
    text, _ = asyncio.run(shown((40, 15)))

    assert "Too small: 37x22 needed" in text
    assert "█" not in text


def test_a_linux_console_gets_whole_blocks() -> None:
    """Its font has no halves; a large one has the room, a small one is told."""
    text, _ = asyncio.run(shown((160, 50), term="linux"))
    lines = text.splitlines()[2:-1]
    small, _ = asyncio.run(shown((80, 25), term="linux"))

    assert not {"▀", "▄"} & set(text)
    (read,) = zxingcpp.read_barcodes(photographed([line[:74].ljust(74) for line in lines[:37]]))
    assert read.text == URL
    assert "Too small: 74x40 needed" in small


def test_why_there_is_no_page_is_told() -> None:
    """In the worker's words."""
    bench = FakeBench("en")
    bench.page = NoPhone("offline", say("phone.offline"))

    assert "No hub: no photo by phone now" in asyncio.run(shown((80, 24), bench))[0]


def test_the_stations_answer_closes_it() -> None:
    """When the phone's photos have come the worker sees the next question."""
    assert asyncio.run(shown((80, 24), answer=True))[1] is False


def test_the_secret_is_nowhere_in_words() -> None:
    """Only the code has it: nobody reads it off the screen, and no log has it."""
    text, _ = asyncio.run(shown((120, 30)))

    assert "AAAA" not in text
