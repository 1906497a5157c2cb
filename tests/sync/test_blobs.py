"""What both sides agree on about photos: names, headers, types."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync import blobs

HASH = "5f" * 32


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", None),
        (b"GIF89a", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        (b"<!DOCTYPE html>", None),
        (b"", None),
    ],
)
def test_the_first_bytes_say_what_a_file_is(head: bytes, media_type: str | None) -> None:
    """Not its name, and not what its sender says."""
    assert blobs.media_type(head) == media_type


@given(st.binary(max_size=32))
def test_any_first_bytes_are_read(head: bytes) -> None:
    """Nothing raises, and what is not one of the four is nothing."""
    assert blobs.media_type(head) in (None, *blobs.MEDIA_TYPES)


def test_the_place_of_a_blob_is_in_the_headers() -> None:
    """Without an offset nothing is known."""
    assert blobs.place_of({"Upload-Offset": "262144"}) == blobs.Place(262144)
    assert blobs.place_of({"Upload-Offset": "10", "Upload-Complete": "?1"}) == blobs.Place(10, complete=True)
    assert blobs.place_of({"Upload-Complete": "?1"}) is None


@given(st.text(max_size=20))
@example("²")
@example("-1")
@example("1e3")
@example("9" * 16)
def test_a_number_of_bytes_is_digits_and_nothing_else(text: str) -> None:
    """What a header says is outside text."""
    found = blobs.number(text)

    assert found is None or str(found) == text.strip().lstrip("0").rjust(1, "0")


def test_a_hash_is_64_small_hexadecimal_digits() -> None:
    """It becomes a file's name at both ends."""
    assert blobs.is_sha256(HASH)
    for text in (HASH[1:], HASH + "0", HASH.upper(), "../" + HASH[3:], HASH + "\n", ""):
        assert not blobs.is_sha256(text)
    assert blobs.blob_path(HASH) == f"/v1/blobs/{HASH}"
