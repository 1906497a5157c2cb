"""The photos beside a bundle: into the hub's folder as if their station had sent them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from hub import admin
from hub.central import Hub, Outside
from hub.evidence.blobs import Kept
from hub.trust import stations
from rma_station.domain.clean import clean
from rma_station.domain.codec import JsonValue
from rma_station.errors import Malformed, Refused
from sync import blobs


def bundle_photo(hub: Hub, given: Mapping[str, JsonValue]) -> JsonValue:
    """``station sha256 offset length bytes`` (base64) -> ``offset whole refused``: the next bytes of a photo.

    Without bytes it says where the photo stands.

    Raises:
        Malformed: a value is missing or of the wrong kind.
        Refused: this hub keeps no photos.
        StorageFull, StorageFailed: the disk; what was here before still is.
    """
    station, sha256 = admin.text(given, "station"), admin.text(given, "sha256")
    stations.check_name(station)
    offset, length = given.get("offset"), given.get("length")
    if not blobs.is_sha256(sha256) or not isinstance(offset, int) or not isinstance(length, int) or offset < 0:
        raise Malformed(f"photo {clean(sha256, 64)!r}: a photo is named by its SHA-256 and sent by offset and length")
    if hub.blobs is None:
        raise Refused("this hub has no folder for photos: start it with a data folder")
    kept = Kept(hub.database, hub.blobs, hub.propose)
    if "bytes" in given:
        step = kept.append(station, sha256, offset, length, _bytes(given), hub.now())
    else:
        step = kept.look(station, sha256, hub.now())
    return {"offset": step.offset, "whole": step.whole, "refused": step.refused}


def _bytes(given: Mapping[str, JsonValue]) -> bytes:
    try:
        return base64.b64decode(str(given.get("bytes", "")), validate=True)
    except binascii.Error:
        raise Malformed("the argument bytes is not base64") from None


OPERATIONS: Mapping[str, Outside] = {"bundle-photo": Outside(bundle_photo)}
