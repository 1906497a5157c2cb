"""A supervisor looks at a case's photos in the terminal: rough, in colour, or in signs on a Linux console."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import threading
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rma_station.domain.review import Answer, CasePhoto, Ok
from rma_station.screens import pixels
from rma_station.screens.app import StationApp
from rma_station.screens.keys import Key
from rma_station.screens.photo import PhotoSheet
from rma_station.screens.review import ReviewSheet
from tests.screens.fakes import OK, QUESTION, FakeBench, FakeDesk, config
from tests.screens.goldens import settled, top
from tests.screens.test_app import until


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


MEASURED = """
import io, re, sys
from PIL import Image
from rma_station.screens import pixels
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
Image.preinit()
small = io.BytesIO()
Image.new("RGB", (64, 64)).save(small, "PNG")
pixels.lines(small.getvalue(), 80, 20, shades=False)
data = sys.stdin.buffer.read()
before = peak()
try:
    drawn = len(pixels.lines(data, 120, 26, shades=False))
except pixels.NoPixels as error:
    drawn = type(error).__name__
print(drawn, peak() - before)
"""


def written(size: tuple[int, int], kind: str, mode: str = "RGB", **how: object) -> bytes:
    """A picture of one colour."""
    data = io.BytesIO()
    Image.new(mode, size, "white").save(data, kind, **how)
    return data.getvalue()


def colour_by_colour(size: tuple[int, int]) -> bytes:
    """A JPEG that is not progressive, and has a scan for each of its three components."""
    grey, at, head = written(size, "JPEG", "L"), 2, b"\xff\xd8"
    while grey[at + 1] != 0xDA:
        segment = grey[at : at + 2 + int.from_bytes(grey[at + 2 : at + 4], "big")]
        at += len(segment)
        if segment[1] == 0xC0:
            segment = b"\xff\xc0\x00\x11" + segment[4:9] + b"\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00"
        head += segment
    scan = grey[at + 10 : -2]
    return head + b"".join(b"\xff\xda\x00\x08\x01%c\x00\x00\x3f\x00" % one + scan for one in (1, 2, 3)) + b"\xff\xd9"


@pytest.mark.parametrize(
    ("data", "drawn"),
    [
        (lambda: written((8000, 7900), "JPEG"), "26"),
        (lambda: colour_by_colour((8000, 7900)), "TooLarge"),
        (lambda: colour_by_colour((2000, 1500)), "26"),
        (lambda: written((1000, 750), "JPEG", "CMYK", progressive=True), "26"),
        (lambda: written((2560, 1920), "JPEG"), "26"),
        (lambda: written((8000, 7900), "JPEG", progressive=True), "TooLarge"),
        (lambda: written((8000, 7900), "PNG"), "TooLarge"),
        (lambda: written((9000, 7200), "PNG", "L"), "TooLarge"),
        (lambda: written((2500, 2000), "PNG", "RGBA"), "26"),
        (lambda: written((2000, 1200), "WEBP"), "TooLarge"),
        (lambda: written((1600, 1000), "WEBP"), "26"),
        (lambda: written((2000, 1500), "JPEG", progressive=True), "26"),
    ],
    ids=[
        *("jpeg 63M", "by colour 63M", "by colour 3M", "cmyk", "as kept", "progressive 63M"),
        *("png 63M", "png 65M", "png 5M", "webp 2.4M", "webp 1.6M", "prog 3M"),
    ],
)
def test_a_photo_of_another_bench_does_not_take_this_ones_memory(data: Callable[[], bytes], drawn: str) -> None:
    """Some hundred megabytes once; now it is decoded small, or not at all."""
    done = subprocess.run([sys.executable, "-c", MEASURED], input=data(), capture_output=True, check=True)
    said, kilobytes = done.stdout.decode().split()

    assert said == drawn
    assert int(kilobytes) < 60_000


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


def test_a_photo_that_is_too_large_says_where_it_can_be_looked_at() -> None:
    """Not that it is none."""
    desk = case_with(photo("a" * 64))
    desk.pictures = {"a" * 64: written((3000, 2000), "PNG")}

    assert "Too large to be shown here: hub photos CASE --save" in asyncio.run(looked_at(desk, "p"))


def test_a_photo_that_does_not_come_is_not_loading_for_ever() -> None:
    """A hub that says nothing: the last line says so, and the photo is shown when it comes."""
    silent = threading.Event()
    seen: list[str] = []

    class SilentDesk(FakeDesk):
        def photo(self, sha256: str) -> Answer[bytes]:
            silent.wait(10)
            return Ok(half_and_half())

    async def run() -> None:
        app = StationApp(FakeBench("en"), config("en"), environment={"TERM": "xterm"})
        async with app.run_test(size=(80, 24)) as pilot:
            sheet = PhotoSheet([photo("a" * 64)], SilentDesk())
            sheet.patience = 0.05
            app.push_screen(sheet)
            await until(pilot, lambda: "The hub does not answer yet. Esc: back" in top(app))
            silent.set()
            await until(pilot, lambda: "▀▀▀▀" in top(app))
            seen.append(top(app))

    asyncio.run(run())

    assert "does not answer" not in seen[0]


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
