"""A supervisor looks at a case's photos in the terminal: rough, in colour, or in signs on a Linux console."""

from __future__ import annotations

import asyncio
import io
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rma_station.domain.review import CasePhoto
from rma_station.screens import pixels
from rma_station.screens.app import StationApp
from rma_station.screens.keys import Key
from rma_station.screens.photo import PhotoSheet
from rma_station.screens.review import ReviewSheet
from tests.screens.fakes import OK, QUESTION, FakeBench, FakeDesk, config
from tests.screens.goldens import settled, top


def half_and_half(size: tuple[int, int] = (400, 300)) -> bytes:
    """Black above, white below."""
    image = Image.new("RGB", size, "white")
    image.paste("black", (0, 0, size[0], size[1] // 2))
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def photo(sha256: str, *, here: bool = True, lpn: str = "RK3F20000017") -> CasePhoto:
    """A photo of a unit."""
    return CasePhoto(sha256, "image/jpeg", "damage", "camera", "000001", lpn, here)


def test_two_pixels_stand_in_a_character() -> None:
    """Each half has its colour; the sides keep their proportion."""
    drawn = pixels.lines(half_and_half(), 80, 20, shades=False)

    assert (len(drawn), len(drawn[0])) == (20, 53)
    assert drawn[0][0] == ("▀", "#000000#000000")
    assert drawn[-1][0] == ("▀", "#f8f8f8#f8f8f8")
    style = pixels.style("#000000#f8f8f8")
    assert (style.color and style.color.name, style.bgcolor and style.bgcolor.name) == ("#000000", "#f8f8f8")


def test_a_console_gets_shades_of_signs() -> None:
    """Light is a full sign."""
    drawn = pixels.lines(half_and_half(), 40, 10, shades=True)

    assert (drawn[0][0][0], drawn[-1][0][0]) == (" ", "@")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100), st.sampled_from([b"", half_and_half()[:70]]), st.integers(0, 90), st.integers(0, 30))
def test_bytes_that_are_no_picture_are_said_to_be_none(tail: bytes, head: bytes, width: int, height: int) -> None:
    """Nothing else is raised, whatever comes and however small the window is."""
    try:
        pixels.lines(head + tail, width, height, shades=False)
    except pixels.NoPixels:
        return
    raise AssertionError("that was a picture")


async def looked_at(desk: FakeDesk, *keys: str, size: tuple[int, int] = (80, 24), term: str = "xterm") -> str:
    """The screen after these keys in a case."""
    bench = FakeBench("en")
    app = StationApp(bench, config("en"), review=desk, environment={"TERM": term})
    async with app.run_test(size=size) as pilot:
        bench.show(QUESTION, OK)
        await pilot.pause()
        review = ReviewSheet(desk, ZoneInfo("Europe/Warsaw"))
        app.push_screen(review)
        for key in ("enter", *keys):
            await settled(pilot)
            screen = app.screen
            assert isinstance(screen, (ReviewSheet, PhotoSheet))
            screen.take(Key(key))
        await settled(pilot)
        return top(app)


def case_with(*photos: CasePhoto) -> FakeDesk:
    """A desk whose cases have these photos, those that are here with their pictures."""
    desk = FakeDesk()
    desk.photos = photos
    desk.pictures = {one.sha256: half_and_half() for one in photos if one.here}
    return desk


def test_p_shows_the_photos_of_a_case_and_esc_leads_back() -> None:
    """Only those whose bytes are at the hub; arrows go from one to the next."""
    desk = case_with(photo("a" * 64), photo("b" * 64, here=False), photo("c" * 64, lpn=""))

    first = asyncio.run(looked_at(desk, "p"))
    second = asyncio.run(looked_at(desk, "p", "right", "right"))

    assert "Photo 1 of 2" in first
    assert "RK3F20000017" in first
    assert "▀▀▀▀" in first
    assert "Photo 2 of 2" in second
    assert "P: look at the photos" in asyncio.run(looked_at(desk, "p", "escape"))


def test_without_a_photo_at_the_hub_nothing_opens() -> None:
    """Said in the last line."""
    shown = asyncio.run(looked_at(case_with(photo("a" * 64, here=False)), "p"))

    assert "No photo can be looked at yet" in shown


def test_a_linux_console_shows_signs_only() -> None:
    """Its font has no half blocks."""
    shown = asyncio.run(looked_at(case_with(photo("a" * 64)), "p", term="linux"))

    assert "@@@@" in shown
    assert "▀" not in shown


@pytest.mark.parametrize(
    ("data", "words"), [(None, "The hub does not have it"), (b"no picture", "no picture that can be shown")]
)
def test_what_cannot_be_shown_is_told(data: bytes | None, words: str) -> None:
    """In the sheet."""
    desk = case_with(photo("a" * 64))
    desk.pictures = {} if data is None else {"a" * 64: data}

    assert words in asyncio.run(looked_at(desk, "p"))
