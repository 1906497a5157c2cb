"""Bytes from elsewhere: printed exactly as they are, or not at all."""

from __future__ import annotations

from pathlib import Path

from labels import kinds
from labels.printers.folder import FolderPrinter
from labels.printers.stream import Waits
from rma_station.config import Config, LabelKind, PrinterSection
from rma_station.domain.effects import PrintDocument, PrintLabel
from rma_station.ports import PrintResult
from rma_station.wiring.routing import route
from tests.labels.reading import pdf_images, symbols
from tests.labels.samples import KINDS, unit
from tests.labels.tcp import SMALL, tcp_printer
from tests.labels.virtual_zebra import VirtualZebra

PATIENT = Waits(connect=2.0, reply=5.0, send=1.0, confirm=5.0, watch=0.01)
CARRIER = PrintDocument("job-1", "carrier", "zpl", b"^XA\n^CFA,30^FO50,50^FDInPost \xc5\x82^FS\r\n^XZ", "parcel 7")
PALLET = PrintLabel("job-3", "pallet", {"sscc": "59012341234567890"}, "pallet 5901")
PDF = PrintDocument("job-2", "carrier", "pdf", b"%PDF-1.7 from the carrier", "parcel ../8")


def test_a_carriers_label_passes_through_unchanged() -> None:
    """Not one byte more or less; counted by the printer as any label."""
    zebra = VirtualZebra()
    try:
        report = tcp_printer(zebra.port, PATIENT, mode="sample").print(CARRIER, "pl")
    finally:
        zebra.close()

    assert (report.result, zebra.labels) == (PrintResult.CONFIRMED, [CARRIER.data])


def test_a_folder_takes_a_carriers_pdf_unchanged(tmp_path: Path) -> None:
    """Under a name that cannot leave the folder."""
    report = FolderPrinter("archive", tmp_path, SMALL).print(PDF, "pl")

    assert (report.result, report.detail) == (PrintResult.CONFIRMED, "parcel_8-1.pdf")
    assert (tmp_path / "parcel_8-1.pdf").read_bytes() == PDF.data


def test_bytes_of_another_language_are_refused(tmp_path: Path) -> None:
    """ZPL on an office printer would be pages of source text."""
    report = FolderPrinter("archive", tmp_path, SMALL).print(CARRIER, "pl")

    assert (report.result, report.problems) == (PrintResult.NOT_SENT, ("refused",))
    assert report.detail == "parcel 7 is zpl; this printer understands pdf."
    assert list(tmp_path.iterdir()) == []


def test_a_label_that_is_no_units_is_laid_out_for_the_printer_that_takes_it(tmp_path: Path) -> None:
    """For its stock and resolution, in its language."""
    report = FolderPrinter("archive", tmp_path, SMALL).print(PALLET, "en")

    assert (report.result, report.detail) == (PrintResult.CONFIRMED, "pallet_5901-1.pdf")
    (image,) = pdf_images((tmp_path / "pallet_5901-1.pdf").read_bytes(), SMALL.dpi)
    sscc = "00590123412345678909"
    assert symbols(image, plain=True) == [("]C1", sscc), ("]d2", sscc)]


def test_the_configuration_routes_by_kind_and_language() -> None:
    """A dangerous unit's label is a kind of its own."""
    printers = (
        PrinterSection("small", "tcp:h:9100", kinds=("unit",), fallback="large"),
        PrinterSection("large", "tcp:g:9100", kinds=("quarantine", "carrier")),
        PrinterSection("office", "folder:/x", "pdf"),
    )
    find = route(Config(printer=printers))

    assert find(unit()) == ("small", "large")
    assert find(KINDS["dangerous"]) == ("large",)
    assert find(CARRIER) == ("large",)
    assert find(PDF) == ("office",)
    assert find(PALLET) == ("office",)


def test_the_configuration_knows_every_kind() -> None:
    """``LabelKind`` in the configuration has exactly the names of ``kinds.py``."""
    assert LabelKind.__args__ == kinds.KINDS  # type: ignore[attr-defined]
