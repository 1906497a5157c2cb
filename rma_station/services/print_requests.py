"""What ``rma-station printers`` asks the running station: its printers, a test label, a document, the end of a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from rma_station.domain.clean import clean
from rma_station.domain.codec import JsonValue
from rma_station.domain.effects import PrintDocument, PrintLabel, PrintUnitLabel, title_of
from rma_station.domain.print_jobs import JobState, Step
from rma_station.domain.record import replace
from rma_station.errors import Refused
from rma_station.services.running import RunningStation

LARGEST = 4_000_000
"""Bytes of a document; a carrier's label has some hundred thousand at most."""
TEST_CODE = "TEST-0001"
"""On a test label; no unit ever has it."""
FORMATS = ("zpl", "tspl", "epl", "pdf")

Request = Callable[[Mapping[str, JsonValue]], JsonValue]


def print_requests(running: RunningStation) -> dict[str, Request]:
    """Requests by name; each runs on the station thread."""

    def printers(_: Mapping[str, JsonValue]) -> JsonValue:
        return [
            {"name": one.name, "state": one.state.value, "detail": one.detail, "problems": list(one.problems)}
            for one in running.device_statuses()
            if one.kind == "printer"
        ]

    def test(request: Mapping[str, JsonValue]) -> JsonValue:
        name = _text(request, "printer")
        job = proof_label(running.room.journal.draw_uuid(), name)
        return {"job": running.print(job, only=(name,))}

    def document(request: Mapping[str, JsonValue]) -> JsonValue:
        job = read_document(Path(_text(request, "path")), _text(request, "kind"), _text(request, "format"))
        return {"job": running.print(_next_copy(running, job, again=bool(request.get("again"))))}

    def seen(request: Mapping[str, JsonValue]) -> JsonValue:
        journal = running.room.journal
        found = journal.job(_text(request, "job"))
        if found is None:
            raise Refused(f"there is no print job {clean(_text(request, 'job'), 40)!r}: see printers jobs.")
        if isinstance(found.label, PrintUnitLabel):
            raise Refused(
                f"{title_of(found.label)} is a unit's label: scan it at the station, or print it again there."
            )
        journal.mark_job(found.job_id, Step.SEEN if request.get("came_out") else Step.MISSED, detail="a person said so")
        after = journal.job(found.job_id)
        return {"state": after.state if after else "", "title": title_of(found.label)}

    return {"printers": printers, "print_test": test, "print_document": document, "print_seen": seen}


def proof_label(job_id: str, printer: str) -> PrintLabel:
    """A label that proves a printer: text with Polish letters and a barcode to scan."""
    content = {"lpn": TEST_CODE, "grade": "A", "name": "Zażółć gęślą jaźń", "destination": "TEST", "sku": printer}
    return PrintLabel(job_id, "unit", content, clean(f"test label {printer}", 60))


def read_document(path: Path, kind: str, spoken: str) -> PrintDocument:
    """A file to print as it is; its job has no id yet.

    Args:
        path: absolute.
        kind: what it is for.
        spoken: its printer language; empty: found out from its beginning.

    Raises:
        Refused: it cannot be read, is too large, or its language is not known.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise Refused(f"{path} cannot be read ({error.strerror}).") from None
    if not data or len(data) > LARGEST:
        raise Refused(f"{path} is {'too large' if data else 'empty'}: 1 to {LARGEST} bytes are printed.")
    language = spoken or format_of(data)
    if language not in FORMATS:
        raise Refused(f"{path}: what printer language is it? Give --format, one of {', '.join(FORMATS)}.")
    return PrintDocument("", kind, language, data, clean(path.name, 60))


def format_of(data: bytes) -> str:
    """The printer language of a document by its beginning; empty when it does not say."""
    head = data[:1024].lstrip()
    if head.startswith(b"%PDF-"):
        return "pdf"
    return "zpl" if b"^XA" in head.upper() else ""


def _next_copy(running: RunningStation, job: PrintDocument, *, again: bool) -> PrintDocument:
    """The job with an id: the first copy, one after copies that did not come out, or one more that was asked for."""
    journal = running.room.journal
    while (before := journal.job_of(job)) is not None:
        if before.state != JobState.FAILED.value and not again:
            by = f" by {before.printer}" if before.printer else ""
            raise Refused(
                f"{job.title} was handed in before: {before.state}{by}, {before.changed_at}. "
                "Give --again for one more; nothing on it will say that it is a copy."
            )
        job = replace(job, attempt=job.attempt + 1)
    return replace(job, job_id=journal.draw_uuid())


def _text(request: Mapping[str, JsonValue], key: str) -> str:
    value = request.get(key, "")
    if not isinstance(value, str):
        raise Refused(f"{key} = {clean(str(value), 40)!r} is not text")
    return value
