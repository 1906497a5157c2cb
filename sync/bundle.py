"""A station's events as one file, for the day they cannot travel by the network (sync reference row 46).

::

    {"v":2,"sealed_to":"...","ephemeral":"...","key_id":"...","signature":"..."}    Cover, in the clear, one line
    <body>                                                                          gzip, sealed where it says so

    the body unpacked, lines:
    {"station":"bench-1","mode":"live","created_at":"...","logs":[...]}    Contents
    {"log_id":"..."}                                                       Section, once before each batch
    {"first_seq":1,"previous_hash":"...","count":500}                      the batch as on the wire: wire.BatchHeader,
    {...}                                                                  then the journal's own lines

A body is sealed to the hub's X25519 key: an ephemeral key pair, HKDF-SHA256 over the shared secret and both public
keys, ChaCha20-Poly1305 with the cover's keys as associated data (RFC 7748, 5869, 8439). The nonce is zero: a content
key seals one body. A lost stick tells that it is a bundle, of which key, and how long it is. Who made it is proved by a
signature of the device key, or by an HMAC of the token where a station has none (``bundle_proof.py``). Version 1 is the
same without signature and photos, version 2 without sealed ones.

Photos that are not at the hub are files beside it, ``FILE.photos/ab/abcd...``; ``Contents.photos`` names them. Sealed
like the body (``bundle_photos.py``) each lies under the SHA-256 of its file (``Contents.sealed_photos``); beside a
bundle that is not sealed, and one of version 2, each as it is under its own.

Pure: bytes in, bytes out; randomness is an argument.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rma_station.domain import codec
from rma_station.domain.clean import clean
from rma_station.domain.record import dataclass
from rma_station.errors import Malformed
from sync import blobs, bundle_proof, wire

VERSION = 3
SIGNED = 2
READ = (1, 2, 3)
"""Versions this program reads. A bundle is written as the first that has all it needs: older hubs read that too."""
PHOTOS = ".photos"
"""What the name of the folder of photos has behind the file's."""
SETTING = "bundle_key"
"""Key of the feed's ``settings`` row with the hub's public key, hexadecimal text."""
LINE_LIMIT = 16 * wire.BATCH_BYTES
"""Bytes of one line; an event over the usual size still travels, and becomes a dead letter at the hub."""
BODY = b"rma-station bundle 1"
"""Label of a body's key."""
_NONCE = bytes(12)


@dataclass(frozen=True)
class Cover:
    """The first line of a bundle: whose it is, for whom it is sealed, and how it is proved."""

    v: int
    sealed_to: str = ""
    """The hub's public key, hexadecimal; empty when the body is not sealed."""
    ephemeral: str = ""
    """Our public key for this one file, hexadecimal."""
    proof: str = ""
    """HMAC over the body, hexadecimal; empty when the station had no token at hand."""
    key_id: str = ""
    """Public half of the device key that signed the body, hexadecimal; empty when the station has none."""
    signature: str = ""
    """Of that key, hexadecimal."""


@dataclass(frozen=True)
class LogPart:
    """What of a log is in the bundle."""

    log_id: str
    first_seq: int
    last_seq: int
    last_hash: str
    """Hexadecimal."""


@dataclass(frozen=True)
class Contents:
    """First line of the body: whose events these are."""

    station: str
    mode: str
    created_at: str
    """UTC, ISO 8601, by the station's clock."""
    logs: tuple[LogPart, ...]
    hub_id: str = ""
    """The hub the station belongs to; empty when it never met one."""
    app_version: str = ""
    photos: tuple[str, ...] = ()
    """SHA-256 of each photo that is beside the file."""
    sealed_photos: tuple[str, ...] = ()
    """SHA-256 of the sealed file of each, in the same order; empty where they are not sealed."""


@dataclass(frozen=True)
class Section:
    """Which log the next batch is of."""

    log_id: str


@dataclass(frozen=True)
class Batch:
    """One batch, ready for the hub's ingest."""

    log_id: str
    header: wire.BatchHeader
    lines: Sequence[bytes]


def public_key(private: bytes) -> bytes:
    """The X25519 public key of a private one; both 32 bytes."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def write(
    contents: Contents,
    batches: Iterable[Batch],
    *,
    sealed_to: bytes = b"",
    token: str = "",
    device_key: bytes | None = None,
    random: Callable[[int], bytes],
) -> bytes:
    """The file of a bundle.

    Args:
        contents: whose events these are.
        batches: in the order in which they shall be taken, every log's without gaps.
        sealed_to: the hub's public key, 32 bytes; empty writes a body that anybody can read.
        token: the station's token for its hub, if it has one.
        device_key: seed of the key it signs with, 32 bytes, if it has one.
        random: ``random(n)`` gives n unpredictable bytes.
    """
    lines = [wire.encode(contents) + b"\n"]
    for batch in batches:
        lines += (wire.encode(Section(batch.log_id)) + b"\n", wire.encode_batch(batch.header, batch.lines))
    body = gzip.compress(b"".join(lines), mtime=0)
    ephemeral = b""
    if sealed_to:
        private = random(32)
        ephemeral = public_key(private)
        key = _agreed(private, sealed_to, ephemeral, sealed_to)
        body = ChaCha20Poly1305(key).encrypt(_NONCE, body, ephemeral + sealed_to)
    version = VERSION if contents.sealed_photos else SIGNED if contents.photos or device_key is not None else 1
    cover = Cover(version, sealed_to.hex(), ephemeral.hex())
    if token:
        cover = replace(cover, proof=bundle_proof.hmac_of(bundle_proof.token_hash(token), sha256(body).digest()))
    if device_key is not None:
        made = bundle_proof.sign(device_key, body)
        cover = replace(cover, key_id=made.key_id, signature=made.signature)
    return wire.encode(cover) + b"\n" + body


def photo_path(file: Path, name: str) -> Path:
    """Where a photo is that was not at the hub when this bundle was written; ``name`` is the SHA-256 of its file."""
    return file.with_name(file.name + PHOTOS) / name[:2] / name


def split(data: bytes) -> tuple[Cover, bytes]:
    """Cover and body of a file.

    Raises:
        Malformed: it is no bundle, or one of a newer version.
    """
    head, newline, body = data.partition(b"\n")
    if not newline or not head.startswith(b"{") or len(head) > 1000:
        raise Malformed("the file is not a bundle of a station")
    given = codec.from_bytes(head)
    version = given.get("v") if isinstance(given, dict) else None
    if version not in READ:
        raise Malformed(f"the bundle has version {clean(str(version), 10)}; this program reads {VERSION}: upgrade it")
    return codec.decode(Cover, given), body


def content_key(private: bytes, cover: Cover, label: bytes = BODY) -> bytes:
    """The key of a sealed body, for the hub it was sealed to.

    Args:
        private: the hub's private key.
        cover: of the file.
        label: what the key is for.

    Raises:
        Malformed: it was sealed to another hub, or its keys cannot be used.
    """
    ours = public_key(private)
    if cover.sealed_to != ours.hex():
        raise Malformed(f"the bundle is sealed to another hub's key ({clean(cover.sealed_to[:16], 16)}...)")
    ephemeral = _bytes_of("ephemeral", cover.ephemeral)
    try:
        return _agreed(private, ephemeral, ephemeral, ours, label)
    except ValueError:
        raise Malformed("the bundle's key cannot be used; the file was made badly or damaged") from None


def sender_key(private: bytes, sealed_to: bytes, label: bytes = BODY) -> bytes:
    """The key of a sealed body, for who sealed it: to read it back before the events are let go.

    Args:
        private: the 32 bytes ``write`` was given for this file.
        sealed_to: the hub's public key.
        label: what the key is for.
    """
    return _agreed(private, sealed_to, public_key(private), sealed_to, label)


def opened(cover: Cover, body: bytes, key: bytes) -> bytes:
    """The packed lines of a body; ``key`` is looked at only when it is sealed.

    Raises:
        Malformed: another key, or the file was damaged or cut.
    """
    if not cover.sealed_to:
        return body
    keys = _bytes_of("ephemeral", cover.ephemeral) + _bytes_of("sealed_to", cover.sealed_to)
    try:
        return ChaCha20Poly1305(key).decrypt(_NONCE, body, keys)
    except InvalidTag:
        raise Malformed("the bundle cannot be opened: it was damaged or cut, copy it again from where it is") from None


def read(packed: bytes) -> tuple[Contents, Iterator[Batch]]:
    """What a body says of itself, and its batches one after the other; at most one of them is in memory.

    The iterator raises ``Malformed`` where the body is damaged, cut or not as agreed.
    """
    lines = _lines(packed)
    contents = wire.decode(Contents, next(lines, b""))
    if not all(blobs.is_sha256(photo) for photo in (*contents.photos, *contents.sealed_photos)):
        raise Malformed("a photo of the bundle is not named by a SHA-256")
    if contents.sealed_photos and len(contents.sealed_photos) != len(contents.photos):
        raise Malformed("the bundle does not say of each photo which file it is in")
    return contents, _batches(lines)


def _agreed(private: bytes, other: bytes, ephemeral: bytes, hub: bytes, label: bytes = BODY) -> bytes:
    shared = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(other))
    return HKDF(SHA256(), 32, salt=None, info=label + ephemeral + hub).derive(shared)


def _bytes_of(name: str, text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise Malformed(f"{name} of the bundle is not 64 hexadecimal digits")
    return found


def _lines(packed: bytes) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            while line := file.readline(LINE_LIMIT + 1):
                if not line.endswith(b"\n"):
                    raise Malformed("a line of the bundle has no end, or is longer than any event")
                yield line[:-1]
    except (OSError, EOFError, zlib.error) as error:
        raise Malformed(f"the bundle is damaged or was cut: {clean(str(error), 100)}") from None


def _batches(lines: Iterator[bytes]) -> Iterator[Batch]:
    for line in lines:
        section = wire.decode(Section, line)
        header = wire.decode(wire.BatchHeader, next(lines, b""))
        if not 0 < header.count <= wire.BATCH_EVENTS or header.first_seq < 1:
            raise Malformed(f"a batch of {header.count} lines from {header.first_seq} is not one a station makes")
        found = [event for _, event in zip(range(header.count), lines, strict=False)]
        if len(found) != header.count:
            raise Malformed(f"a batch says it has {header.count} lines and has {len(found)}: the bundle was cut")
        yield Batch(section.log_id, header, found)
