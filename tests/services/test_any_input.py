"""Whatever comes in, in whatever order: it is answered, it can be resumed, and nothing is a defect."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rma_station.domain import codec, codes
from rma_station.domain.effects import TakePhoto
from rma_station.domain.flows.inputs import Chosen, LabelSettled, PhotosCame, Pressed, Typed
from rma_station.domain.flows.state import Bench, Rules
from rma_station.domain.meaning import Command
from rma_station.domain.weight import Reading
from rma_station.ports import NoPicture, Picture, RawScan, Weighing
from rma_station.services.handled import Handled, StationInput
from tests.flows.bench import CREAM, PHONE, SHIRT, line, rma
from tests.services.bench import RULES, ServiceBench

HOSTILE = [
    b"\x1b[2J\x1b[31m",
    b"^XA^FO10,10^FDx^FS^XZ~JA",
    b"[bold red]x[/] [@click=app.quit]x[/]",
    b"\x00\x00",
    b"x" * 1_000_000,
    "Zażółć gęślą jaźń".encode(),
    "Zażółć".encode("cp1250"),
    b"\xed\xa0\x80abc",
    b"\xff\xfe",
    b"';DROP TABLE units;--",
    b"]C1010590123412345721\x1d10",
    b"]d20105909876543213215N1\x1d10L",
    b"http://x/01/05901234123457?" + b"9" * 900,
    b"RMA-2026-000001 ",
    b"{0}{name}%s%n",
    "\u202eRMA\u2066".encode(),
    "١٢٣٤٥٦٧٨٩٠١٢٣".encode(),
    b"-1",
    b"C-01001000000000000",
]
KNOWN = [
    b"RMA-2026-000001",
    b"RMA-2026-000002",
    b"TRACK10",
    b"TRACK20",
    b"TRACK21",
    b"ZAM-1001",
    b"5901234123457",
    b"5901111111118",
    b"SHIRT",
    b"]d20105909876543213215N1",
    b"unknown thing",
]


def scans(code: bytes) -> RawScan:
    return RawScan("scanner", code, 0.0)


PICTURES: list[StationInput] = [
    *(Picture("camera", "", letter * 64, 900, "image/jpeg", "folder") for letter in "ab"),
    Picture("camera", "", "c" * 64, 900, "image/jpeg", "camera", TakePhoto("parcel-1-0", "no such unit", "grade")),
    Picture("camera", "", "d" * 64, 900, "image/jpeg", "camera", TakePhoto("no such parcel", None, "other")),
    NoPicture("camera", "no_camera"),
    PhotosCame(),
]
BADGES = [codes.badge(worker, RULES.badge_key).encode() for worker in ("000001", "000002", "123456")]
INPUTS: st.SearchStrategy[object] = st.one_of(
    st.sampled_from(KNOWN).map(scans),
    st.sampled_from(HOSTILE).map(scans),
    st.sampled_from(BADGES).map(scans),
    st.binary(max_size=40).map(scans),
    st.sampled_from(["own label", "void label", "settle"]),
    st.sampled_from(Command).map(Pressed),
    st.sampled_from(PICTURES),
    st.integers(1, 9).map(Chosen),
    st.integers(1, 2).map(Chosen),
    st.sampled_from(["0001", "\ud800abcd", "4711", "%_%%", "x" * 50, "\x00\x00\x00\x00\x00"]).map(Typed),
    st.integers(0, 3000).map(lambda g: Weighing("scale", Reading(Decimal(g), "g", stable=True, raw=b"S S", at=0.0))),
)


def concrete(b: ServiceBench, item: object, results: list[str]) -> StationInput | None:
    """Inputs that depend on what was printed so far."""
    if not isinstance(item, str):
        return item  # type: ignore[return-value]
    rows = b.journal.database.connection.execute(
        "SELECT lpn, unit_id, void FROM lpns WHERE void = ? ORDER BY lpn DESC LIMIT 1", (item == "void label",)
    ).fetchall()
    if not rows:
        return None
    lpn, unit_id, _ = rows[0]
    if item != "settle":
        return scans(lpn.encode())
    jobs = [job for job in b.journal.jobs_open() if job.label.unit_id == unit_id]
    job_id = jobs[0].job_id if jobs else "no such job"
    result = results[len(lpn) % len(results)]
    return LabelSettled(job_id, unit_id, lpn, result, "labels", "media_out")


@pytest.mark.failure(47)
@settings(max_examples=60, deadline=None)
@given(
    st.lists(INPUTS, min_size=5, max_size=60),
    st.permutations(["sent", "confirmed", "unknown", "not_sent"]),
    st.booleans(),
)
def test_every_input_is_answered_and_every_state_can_be_resumed(
    items: list[object], results: list[str], begun: bool
) -> None:
    """A walk of random inputs over a bench: no defect, no silence for what a worker did, a resume point that reads."""
    with tempfile.TemporaryDirectory() as folder:
        rmas = (
            rma(1, line("L1", SHIRT, quantity=2), line("L2", PHONE, serials=("5N1",))),
            rma(2, line("L1", CREAM), line("L2", SHIRT), parcels=2),
        )
        b = ServiceBench(Path(folder) / "data", rmas, Rules(cameras=("camera",)))
        if begun:
            b.badge()
            b.scan("RMA-2026-000001")
            b.station.handle(Chosen(1))
            b.scan("5901234123457")
        for item in items:
            made = concrete(b, item, results)
            if made is not None:
                _answered(b, made)
        b.reopen()
        b.station.opening()
        b.journal.close()


def _answered(b: ServiceBench, made: StationInput) -> None:
    b.clock.forward(1)
    if isinstance(made, RawScan):
        made = RawScan(made.device, made.data, b.clock.monotonic())
    handled: Handled = b.station.handle(made)
    assert handled.defect == ""
    if isinstance(made, RawScan | Pressed | Chosen | Typed):
        assert handled.update is not None, made
        assert handled.update.outcome is not None, made
    bench = b.station.bench
    assert codec.decode(Bench, codec.from_bytes(codec.to_bytes(codec.encode(bench)))) == bench
    if b.journal.resume_point:
        assert codec.decode(Bench, codec.from_bytes(b.journal.resume_point)) == bench
