"""``rma-station hub import bundle FILE``: a station's events from a file, by the same way as from the network.

The photos that the file names, and that are beside it, follow its events.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from hub.command_line import ask, folder, parser
from hub.commands import import_bundle_photos
from hub.intake import bundles
from rma_station.domain import codec
from rma_station.domain.clean import clean
from rma_station.errors import Refused
from sync import bundle, wire

_OTHER_HISTORY = frozenset({"fork", "gap"})


def execute(arguments: Sequence[str]) -> int:
    """Take all of it; the same file again changes nothing. 3 when something in it waits for a person."""
    made = parser("import bundle")
    made.add_argument("file", type=Path, help="as rma-station wipe wrote it")
    made.add_argument("--unproved", action="store_true", help="no key in use proves whose it is; you vouch for it")
    given = made.parse_args(arguments)
    data = folder(given)
    try:
        cover, body = bundle.split(given.file.read_bytes())
    except OSError as error:
        raise Refused(f"{given.file}: cannot be read: {error}") from None
    key = photo_key = b""
    if cover.sealed_to:
        found = ask(data, "bundle-key", sealed_to=cover.sealed_to, ephemeral=cover.ephemeral)
        key, photo_key = (bytes.fromhex(found.get(name, "")) for name in ("key", "photos"))
    contents, batches = bundle.read(bundle.opened(cover, body, key))
    digest = hashlib.sha256(body).digest()
    asked = {"contents": codec.encode(contents), "cover": codec.encode(cover), "body_sha256": digest.hex()}
    ask(data, "bundle-begin", **asked, unproved=given.unproved, by=getpass.getuser())
    counts = _take(data, contents.station, batches, digest)
    sys.stdout.write(clean(f"{contents.station}: {_said(counts)}.", 200) + "\n")
    photos = import_bundle_photos.take(data, given.file, contents, photo_key)
    if contents.photos:
        sys.stdout.write(f"Photos: {_said(photos)}.\n")
    waiting = photos.total() - photos["new"] - photos["duplicate"]
    return 3 if counts["dead_letter"] or waiting else 0


def _said(counts: Counter[str]) -> str:
    words = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(counts.items()))
    return words or "nothing in it"


def _take(data: Path, station: str, batches: Iterator[bundle.Batch], digest: bytes) -> Counter[str]:
    """Every batch, one log after the other; a log with another history here goes on under one of the bundle's own."""
    counts: Counter[str] = Counter()
    waiting = next(batches, None)
    while waiting is not None:
        problem = _one(data, station, waiting, counts)
        if problem is None:
            waiting = next(batches, None)
        elif problem["code"] not in _OTHER_HISTORY:
            raise Refused(f"log {waiting.log_id}: {clean(str(problem['message']), 300)}")
        else:
            waiting = _apart(data, station, waiting, batches, digest, counts)
    return counts


def _apart(
    data: Path, station: str, first: bundle.Batch, batches: Iterator[bundle.Batch], digest: bytes, counts: Counter[str]
) -> bundle.Batch | None:
    """The rest of a log under a name of its own; the first batch of another log, if one follows."""
    behind: list[bundle.Batch] = []

    def of_this_log() -> Iterator[bundle.Batch]:
        for batch in chain([first], batches):
            if batch.log_id != first.log_id:
                behind.append(batch)
                return
            yield batch

    new_log = bundles.own_log(first, digest)
    at = first.header.first_seq - 1
    ask(data, "bundle-apart", station=station, log_id=first.log_id, new_log=new_log, at=at)
    for batch in bundles.apart(of_this_log(), digest):
        problem = _one(data, station, batch, counts)
        if problem is not None:
            raise Refused(f"log {new_log}: {clean(str(problem['message']), 300)}")
    words = f"{first.log_id} has another history here: its events are under {new_log}; returns both touched are held"
    sys.stderr.write(clean(words, 300) + "\n")
    return behind[0] if behind else None


def _one(data: Path, station: str, batch: bundle.Batch, counts: Counter[str]) -> dict[str, Any] | None:
    text = base64.b64encode(wire.encode_batch(batch.header, batch.lines)).decode()
    found = ask(data, "bundle-batch", station=station, log_id=batch.log_id, batch=text)
    if "problem" in found:
        return dict(found["problem"])
    reply = codec.decode(wire.EventsReply, found["reply"])
    counts["new"] += reply.accepted
    counts.update(result.result for result in reply.results)
    return None
