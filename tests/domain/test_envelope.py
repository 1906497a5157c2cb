"""An event is encoded once; its bytes, its hash and its payload's seal hold for ever."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.errors import Malformed


def sealed(payload: object = None, *, previous: bytes = en.GENESIS, salt: bytes = bytes(16)) -> en.Entry:
    """A graded unit as entry 1 of a log."""
    envelope = en.Envelope(
        event_id="019a0000-0000-7000-8000-000000000001",
        log_id="log-1",
        seq=1,
        type="unit.graded",
        schema=1,
        occurred_at="2026-11-22T10:00:00.000Z",
        boot_id="boot-1",
        mono_ms=0,
        clock_state="ok",
        app_version="0.1.0",
        payload_sha256="",
        worker_id="000001",
        subject=ev.Subject(("RMA-2026-000001",), unit_id="u-1").as_mapping(),
    )
    return en.seal(envelope, {"unit_id": "u-1"} if payload is None else payload, salt, previous)


def test_a_line_reads_back_as_the_entry_that_was_sealed() -> None:
    """Nobody re-serialises: reading the stored bytes gives the same envelope, payload and hash."""
    entry = sealed()

    assert en.open_line(entry.line, en.GENESIS) == entry


def test_an_erased_payload_leaves_the_hash_of_the_chain_as_it_was() -> None:
    """Payload and salt can be erased; the chain still verifies."""
    entry = sealed()

    erased = en.open_line(en.erase(entry.line), en.GENESIS)

    assert (erased.hash, erased.payload) == (entry.hash, None)


def test_a_changed_payload_is_found() -> None:
    """One changed byte of the payload no longer matches ``payload_sha256``."""
    line = sealed().line.replace(b'"unit_id":"u-1"}}', b'"unit_id":"u-2"}}')

    with pytest.raises(Malformed, match="payload_sha256"):
        en.open_line(line, en.GENESIS)


def test_the_hash_depends_on_the_entry_before() -> None:
    """The same event after another history has another hash."""
    assert sealed().hash != sealed(previous=bytes(31) + b"\x01").hash


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_payload_survives(payload: object) -> None:
    """Also one that contains the marks by which a line is cut."""
    entry = sealed({"x": payload, "salt": '","payload":'})

    assert en.open_line(entry.line, en.GENESIS).payload == entry.payload


@given(st.binary())
def test_random_bytes_are_refused_in_words(data: bytes) -> None:
    """Bytes from outside never raise anything but ``Malformed``."""
    with pytest.raises(Malformed):
        en.open_line(data, en.GENESIS)


def test_every_event_type_has_a_name_of_its_own() -> None:
    """The registry holds all types."""
    assert len(ev.BY_TYPE) == len(ev.Event.__args__)  # type: ignore[attr-defined]


@given(
    st.builds(
        en.Envelope,
        **dict.fromkeys(
            ("event_id", "log_id", "type", "occurred_at", "boot_id", "clock_state", "app_version"), st.text()
        ),
        payload_sha256=st.just(""),
        tz=st.sampled_from(["UTC", "Europe/Warsaw"]),
        worker_id=st.none() | st.text(),
        session_id=st.none() | st.text(),
        subject=st.dictionaries(st.text(), st.text()),
        v=st.just(1),
    )
)
def test_the_head_of_a_line_is_what_the_codec_says(envelope: en.Envelope) -> None:
    """Version first, digest last, defaults left out; the bytes are those of ``json``."""
    head, _, _ = en.split(en.seal(envelope, {}, bytes(16), en.GENESIS).line)

    digest = hashlib.sha256(bytes(16) + b"{}").hexdigest()
    fields = {key: value for key, value in codec.encode(envelope).items() if key != "payload_sha256"}
    expected = {"v": 1, **fields, "payload_sha256": digest}
    assert head == json.dumps(expected, ensure_ascii=False, separators=(",", ":")).encode()
