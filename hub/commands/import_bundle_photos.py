"""The part of ``rma-station hub import bundle`` that brings in the photos beside the file."""

from __future__ import annotations

import base64
import hashlib
import sys
from collections import Counter
from pathlib import Path

from hub.command_line import ask
from rma_station.domain.clean import clean
from rma_station.errors import Malformed
from sync import bundle, bundle_photos

PIECE = 1024 * 1024
"""Bytes of a photo that are sent to the hub at a time."""
_REFUSED = {
    "media_type": "it is no JPEG, PNG, WebP or PDF file",
    "too_large": "it is larger than this hub takes",
    "offset": "somebody else sends it too, import again later",
}


def take(data: Path, file: Path, contents: bundle.Contents, key: bytes) -> Counter[str]:
    """Send every photo a bundle names; those that cannot be sent are said on stderr, with what to do.

    Args:
        data: the hub's data folder.
        file: the bundle; its photos are beside it.
        contents: names them, and whose they are.
        key: the bundle's, for photos; looked at only where they are sealed.

    Returns:
        How many were ``new``, ``duplicate`` (here already), ``missing``, ``damaged`` or ``refused``.
    """
    counts: Counter[str] = Counter()
    for sha256, name in zip(contents.photos, contents.sealed_photos or contents.photos, strict=True):
        sealed_with = key if contents.sealed_photos else b""
        word, why = _one(data, contents.station, bundle.photo_path(file, name), sha256, sealed_with)
        counts[word] += 1
        if why:
            sys.stderr.write(clean(f"photo {sha256[:16]}: {why}", 300) + "\n")
    return counts


def _one(data: Path, station: str, path: Path, sha256: str, key: bytes) -> tuple[str, str]:
    """What became of a photo, and what a person has to know of it."""
    stands = ask(data, "bundle-photo", station=station, sha256=sha256, offset=0, length=0)
    if stands["whole"]:
        return "duplicate", ""
    try:
        whole = path.read_bytes()
        whole = bundle_photos.opened(key, sha256, whole) if key else whole
    except Malformed:
        whole = b""
    except OSError as error:
        return "missing", f"{path} cannot be read ({error.strerror}); put the folder beside the bundle and import again"
    if hashlib.sha256(whole).hexdigest() != sha256:
        return "damaged", f"{path} is not what the station wrote; copy it again from where it is"
    again = False
    while not stands["whole"]:
        at = stands["offset"]
        text = base64.b64encode(whole[at : at + PIECE]).decode()
        stands = ask(data, "bundle-photo", station=station, sha256=sha256, offset=at, length=len(whole), bytes=text)
        why = stands["refused"]
        if why == "hash" and not again:  # an upload that the station had begun was spoilt; it was thrown away
            again = True
        elif why:
            return "refused", f"{path} is not taken: {_REFUSED.get(why, why)}; keep the file"
    return "new", ""
