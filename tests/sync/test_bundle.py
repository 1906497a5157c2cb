"""A bundle: a station's events in one file, sealed to its hub."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain import envelope as en
from rma_station.errors import Malformed
from sync import bundle, bundle_photos, bundle_proof, signing, wire

HUB = hashlib.sha256(b"hub").digest()
SEED = hashlib.sha256(b"device key").digest()
OTHER = hashlib.sha256(b"other").digest()
CONTENTS = bundle.Contents(
    "bench-1", "live", "2026-11-30T08:00:00.000Z", (bundle.LogPart("log-a", 1, 2, "ab" * 32),), "hub-1", "0.1.0"
)
BATCHES = [
    bundle.Batch("log-a", wire.BatchHeader(1, en.GENESIS.hex(), 2), [b'{"a":1}', b"\xff\x00 no JSON"]),
    bundle.Batch("log-b", wire.BatchHeader(1, en.GENESIS.hex(), 1), [b""]),
]


def numbers(size: int) -> bytes:
    """The same bytes every time."""
    return hashlib.sha256(b"ephemeral").digest()[:size]


def made(*, sealed: bool = True, token: str = "token", device_key: bytes | None = None) -> bytes:
    """A bundle for ``HUB``."""
    key = bundle.public_key(HUB) if sealed else b""
    return bundle.write(CONTENTS, BATCHES, sealed_to=key, token=token, device_key=device_key, random=numbers)


def unpacked(data: bytes, private: bytes = HUB) -> tuple[bundle.Contents, list[bundle.Batch]]:
    """All of it, as the hub reads it."""
    cover, body = bundle.split(data)
    key = bundle.content_key(private, cover) if cover.sealed_to else b""
    contents, batches = bundle.read(bundle.opened(cover, body, key))
    return contents, list(batches)


@pytest.mark.failure(46)
@pytest.mark.parametrize("sealed", [True, False])
def test_the_lines_come_out_as_they_went_in(sealed: bool) -> None:
    """Poison among them too: what they mean is the hub's business."""
    assert unpacked(made(sealed=sealed)) == (CONTENTS, BATCHES)


def test_a_lost_stick_tells_nothing() -> None:
    """Neither station nor event; only that it is a bundle, and to whose key it is sealed."""
    cover, body = bundle.split(made())

    assert cover.sealed_to == bundle.public_key(HUB).hex()
    assert [word for word in (b"bench-1", b"log-a", b"no JSON", b"hub-1") if word in made()] == []
    with pytest.raises(OSError, match="gzip"):
        gzip.decompress(body)


def test_another_hub_cannot_open_it() -> None:
    """And says that it was not meant."""
    with pytest.raises(Malformed, match="another hub's key"):
        unpacked(made(), OTHER)


def test_whoever_has_the_token_is_proved() -> None:
    """The hub knows the token's hash only, and that is enough."""
    cover, body = bundle.split(made(token="secret"))
    digest = hashlib.sha256(body).digest()

    assert cover.proof == bundle_proof.hmac_of(bundle_proof.token_hash("secret"), digest)
    assert cover.proof != bundle_proof.hmac_of(bundle_proof.token_hash("guessed"), digest)
    assert bundle.split(made(token=""))[0].proof == ""


@pytest.mark.failure(46)
@pytest.mark.parametrize("sealed", [True, False])
def test_a_station_with_a_device_key_signs_its_bundle(sealed: bool) -> None:
    """With the key it signs its calls with; the signature is of this body and of no other."""
    cover, body = bundle.split(made(sealed=sealed, token="", device_key=SEED))
    signature, digest = bundle_proof.Signature(cover.key_id, cover.signature), hashlib.sha256(body).digest()

    assert (cover.v, cover.key_id, cover.proof) == (2, signing.public_key(SEED), "")
    assert bundle_proof.is_genuine(signature, digest)
    assert not bundle_proof.is_genuine(signature, hashlib.sha256(body + b"x").digest())
    assert unpacked(made(sealed=sealed, device_key=SEED)) == (CONTENTS, BATCHES)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_a_genuine_signature_or_none(key_id: str, signature: str) -> None:
    """Whatever a stick's cover says."""
    assert not bundle_proof.is_genuine(bundle_proof.Signature(key_id, signature), HUB)


@pytest.mark.failure(46)
def test_a_bundle_of_version_1_is_read() -> None:
    """As a station with a token writes it, then as now: without the fields that came later."""
    head, _, body = made().partition(b"\n")
    old = json.dumps({name: json.loads(head)[name] for name in ("v", "sealed_to", "ephemeral", "proof")}).encode()

    assert (json.loads(head)["v"], set(json.loads(head))) == (1, {"v", "sealed_to", "ephemeral", "proof"})
    assert unpacked(old + b"\n" + body) == (CONTENTS, BATCHES)


@given(st.data())
def test_a_changed_byte_or_a_cut_is_noticed(data: st.DataObject) -> None:
    """Sealed, nothing of a damaged file is believed."""
    whole = made()
    start = whole.index(b"\n") + 1
    at = data.draw(st.integers(start, len(whole) - 1))
    cut = data.draw(st.booleans())
    damaged = whole[:at] if cut else whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]

    with pytest.raises(Malformed):
        unpacked(damaged)


@given(st.integers(0, 400))
def test_an_open_bundle_that_was_cut_is_noticed(length: int) -> None:
    """Wherever it ends."""
    whole = made(sealed=False)

    with pytest.raises(Malformed):
        unpacked(whole[: min(length, len(whole) - 1)])


@given(st.binary(max_size=300))
def test_any_file_is_a_bundle_or_malformed(data: bytes) -> None:
    """Whatever is on the stick."""
    for given_bytes in (data, b'{"v":1}\n' + data, b'{"v":1}\n' + gzip.compress(data)):
        with pytest.raises(Malformed):
            unpacked(given_bytes)


def test_a_newer_version_is_refused_with_the_remedy() -> None:
    """Never read by guess."""
    with pytest.raises(Malformed, match="version 4; this program reads 3: upgrade it"):
        bundle.split(b'{"v":4,"more":true}\n')


def test_a_bundle_is_of_the_first_version_that_has_all_it_needs() -> None:
    """A hub that was not upgraded takes what it can."""
    one, two = "ab" * 32, "cd" * 32
    made_with = [
        (CONTENTS, None),
        (CONTENTS, SEED),
        (replace(CONTENTS, photos=(one,)), None),
        (replace(CONTENTS, photos=(one,), sealed_photos=(two,)), SEED),
    ]
    data = [bundle.write(contents, [], device_key=key, random=numbers) for contents, key in made_with]

    assert [bundle.split(file)[0].v for file in data] == [1, 2, 2, 3]
    assert [unpacked(file)[0] for file in data] == [contents for contents, _ in made_with]


@pytest.mark.parametrize("sealed", [("cd" * 32,), ("../../etc/passwd", "cd" * 32)])
def test_sealed_photos_are_named_one_by_one_and_by_hashes(sealed: tuple[str, ...]) -> None:
    """Or nothing of the bundle is believed."""
    contents = replace(CONTENTS, photos=("ab" * 32, "ac" * 32), sealed_photos=sealed)

    with pytest.raises(Malformed, match="photo"):
        unpacked(bundle.write(contents, [], random=numbers))


@given(st.binary(), st.binary(min_size=32, max_size=32))
def test_a_sealed_photo_opens_for_hub_and_sender_and_as_itself_only(photo: bytes, private: bytes) -> None:
    """Under a key of its own: neither the body's nor another photo's fits, and a bit that fell over is found."""
    sealed_to = bundle.public_key(HUB)
    cover = bundle.Cover(3, sealed_to.hex(), bundle.public_key(private).hex())
    key = bundle.sender_key(private, sealed_to, bundle_photos.LABEL)
    name, other = hashlib.sha256(photo).hexdigest(), hashlib.sha256(photo + b"?").hexdigest()
    data = bundle_photos.sealed(key, name, photo)
    wrong = [(bundle.content_key(HUB, cover), name, data), (key, other, data)]
    wrong += [(key, name, data[:-1] + bytes([data[-1] ^ 1])), (key, name, data[:-1]), (key, name, b"")]

    assert bundle_photos.opened(bundle.content_key(HUB, cover, bundle_photos.LABEL), name, data) == photo
    for given_key, given_name, lies in wrong:
        with pytest.raises(Malformed, match="cannot be opened"):
            bundle_photos.opened(given_key, given_name, lies)
