"""Photos of strangers: what comes out is a picture and nothing else, whatever went in."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from hub.web import pictures, reencode
from hub.web.pictures import NotAPicture, reencoded

GPS, MAKER, ORIENTATION = 0x8825, 0x010F, 0x0112


def photo(size: tuple[int, int] = (64, 48), mode: str = "RGB", kind: str = "JPEG", **more: object) -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(out, kind, **more)
    return out.getvalue()


def png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG that says it is so large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def read(data: bytes) -> Image.Image:
    """The picture that came out."""
    image = Image.open(io.BytesIO(data), formats=["JPEG"])
    image.load()
    return image


def refused(data: bytes) -> str:
    """Why it was not taken."""
    with pytest.raises(NotAPicture) as error:
        reencoded(data)
    return error.value.code


def test_where_and_with_what_a_photo_was_taken_is_really_gone() -> None:
    """EXIF with its place, XMP, the comment, the colour profile: none of it is in the bytes that are kept."""
    exif = Image.Exif()
    exif[MAKER] = "SecretPhone 15"
    exif.get_ifd(GPS).update({1: "N", 2: (52.0, 13.0, 47.9), 3: "E", 4: (21.0, 0.0, 41.2)})
    before = photo(exif=exif, comment=b"secret comment", icc_profile=b"secret profile" * 9, xmp=b"<x>secret</x>")
    assert dict(Image.open(io.BytesIO(before)).getexif().get_ifd(GPS))
    assert before.lower().count(b"secret") >= 4

    after = reencoded(before)

    assert (dict(read(after).getexif()), b"secret" in after.lower()) == ({}, False)
    assert b"Exif" not in after
    assert set(read(after).info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright_before_its_orientation_is_lost(orientation: int) -> None:
    """The corner that was red stays where a viewer showed it."""
    seen = Image.new("RGB", (64, 48), "blue")
    seen.paste("red", (0, 0, 32, 24))
    stored = seen
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # what undoes each orientation, as Image.Transpose
    if orientation > 1:
        stored = seen.transpose(Image.Transpose(turns[orientation]))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    out = io.BytesIO()
    stored.save(out, "JPEG", exif=exif, quality=95)

    image = read(reencoded(out.getvalue()))

    assert image.size == (64, 48)
    assert image.getpixel((8, 8))[0] > 200  # type: ignore[index]
    assert image.getpixel((56, 40))[2] > 200  # type: ignore[index]


def test_what_is_transparent_becomes_white() -> None:
    """Not black: a screenshot of a label stays readable."""
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")

    assert min(read(reencoded(out.getvalue())).getpixel((10, 10))) > 250  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("mode", "kind"), [("L", "JPEG"), ("CMYK", "JPEG"), ("P", "PNG"), ("1", "PNG"), ("RGB", "WEBP")]
)
def test_every_usual_kind_of_picture_is_read(mode: str, kind: str) -> None:
    """What comes out is a JPEG in colour."""
    image = read(reencoded(photo(mode=mode, kind=kind)))

    assert (image.mode, image.size) == ("RGB", (64, 48))


def test_a_large_photo_becomes_small_enough_to_keep() -> None:
    """In its own proportions."""
    assert read(reencoded(photo((6000, 4000)))).size == (2560, 1707)


def test_a_second_file_behind_the_picture_is_gone() -> None:
    """A polyglot: a picture for one program, a page or an archive for another."""
    after = reencoded(photo() + b"<script>alert(1)</script>PK\x03\x04 evil.exe")

    assert (b"script" in after, b"PK\x03\x04" in after, after[-2:]) == (False, False, b"\xff\xd9")


HOSTILE = {
    "no bytes": (b"", "media_type"),
    "a drawing with a script": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "media_type"),
    "a page": (b"<!DOCTYPE html><script>alert(1)</script>", "media_type"),
    "a document": (b"%PDF-1.7\n" + bytes(500), "media_type"),
    "a moving picture": (photo(kind="GIF"), "media_type"),
    "the beginning of a JPEG and nothing": (b"\xff\xd8\xff\xe0" + bytes(40), "media_type"),
    "a JPEG cut in the middle": (photo((640, 480))[:1500], "broken"),
    "a PNG without its pixels": (png(500, 500, b""), "broken"),
    "a billion pixels in a kilobyte": (png(32000, 32000, bytes(1000)), "too_large"),
    "more than fits into a number": (png(2**31 - 1, 2**31 - 1, b""), "too_large"),
    "a bomb: ten thousand times its size": (png(7999, 8000, bytes(40_000_000)), "broken"),
    "a script that calls itself WebP": (b"RIFF\x20\x00\x00\x00WEBP<script>alert(1)</script>", "media_type"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_honest_photo_is_refused(name: str) -> None:
    """With a reason, in the time of a photo, and only the process of its own notices."""
    data, code = HOSTILE[name]

    assert refused(data) == code


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_photo_becomes_a_picture_or_a_reason(data: st.DataObject) -> None:
    """Bytes changed anywhere: never anything else comes out."""
    before = bytearray(photo(kind=data.draw(st.sampled_from(["JPEG", "PNG", "WEBP"]))))
    for _ in range(data.draw(st.integers(1, 6))):
        before[data.draw(st.integers(4, len(before) - 1))] = data.draw(st.integers(0, 255))
    try:
        side = max(read(reencoded(bytes(before))).size)
    except NotAPicture:
        side = 0

    assert side <= reencode.LONGEST_SIDE


def test_a_decoder_that_hangs_or_dies_is_a_damaged_photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is ended, the hub goes on."""
    for number, script in enumerate(("while True: pass", "import os; os.abort()", "print('no picture')")):
        path = tmp_path / f"{number}.py"
        path.write_text(script)
        monkeypatch.setattr(pictures, "_SCRIPT", path)
        monkeypatch.setattr(pictures, "SECONDS", 0.5)

        assert refused(photo()) == "broken"


GREEDY = """
import os, runpy, signal, sys
limits = runpy.run_path(MODULE)
limits["limit"]()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    bytearray(limits["MEMORY_BYTES"])
    sys.exit(0)
except MemoryError:
    pass
try:
    os.write(os.open(FILE, os.O_CREAT | os.O_WRONLY), b"something")
    sys.exit(0)
except OSError:
    sys.exit(limits["LARGE"])
"""


def test_the_process_has_no_memory_time_or_files_to_spare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel holds it: it can neither write a file nor take the machine's memory."""
    path = tmp_path / "greedy.py"
    path.write_text(f"MODULE = {reencode.__file__!r}\nFILE = {str(tmp_path / 'written')!r}\n{GREEDY}")
    monkeypatch.setattr(pictures, "_SCRIPT", path)

    assert refused(photo()) == "too_large"
    assert (tmp_path / "written").read_bytes() == b""
