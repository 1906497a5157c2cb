"""Labels into a folder: whole, durable, never over another one."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from labels.printers.folder import FolderPrinter, file_name
from labels.printers.job import Stock
from rma_station.ports import DeviceState, LabelPrinter, PrintReport, PrintResult
from tests.labels.reading import pdf_images, pdf_texts, symbols
from tests.labels.samples import LPN, unit


def printer(folder: Path, mode: str = "live") -> FolderPrinter:
    """A folder printer for 57x32 labels."""
    return FolderPrinter("archive", folder, Stock("57x32", 203, mode))


def names(folder: Path) -> list[str]:
    """All files, hidden ones too."""
    return sorted(os.listdir(folder))


def test_a_label_is_a_file_named_after_lpn_and_attempt(tmp_path: Path) -> None:
    """Confirmed, in a folder that is made for it, with nothing left beside it."""
    folder = tmp_path / "labels" / "today"
    port: LabelPrinter = printer(folder)

    report = port.print(unit(attempt=2), "pl")

    assert report == PrintReport(PrintResult.CONFIRMED, (), f"{LPN}-2.pdf")
    assert names(folder) == [f"{LPN}-2.pdf"]
    (image,) = pdf_images((folder / f"{LPN}-2.pdf").read_bytes(), 203)
    assert symbols(image) == [("]C0", LPN)]


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    """The same label again gets another name."""
    archive = printer(tmp_path)
    archive.print(unit(), "pl")
    first = (tmp_path / f"{LPN}-1.pdf").read_bytes()

    archive.print(unit(grade="C"), "pl")

    assert names(tmp_path) == [f"{LPN}-1.pdf", f"{LPN}-1_2.pdf"]
    assert (tmp_path / f"{LPN}-1.pdf").read_bytes() == first


def test_sample_mode_marks_name_and_label(tmp_path: Path) -> None:
    """Sample and live never mix."""
    report = printer(tmp_path, "sample").print(unit(), "pl")

    assert report.detail == f"SAMPLE-{LPN}-1.pdf"
    assert "PRÓBA" in pdf_texts((tmp_path / report.detail).read_bytes())[0]


@pytest.mark.parametrize(
    ("lpn", "name"), [("../../etc/x", "_etc_x-1"), ("A B\x00", "A_B_-1"), (".hidden", "_hidden-1"), ("Ł" * 99, "_-1")]
)
def test_a_name_never_leaves_its_folder(lpn: str, name: str) -> None:
    """Whatever the LPN holds."""
    assert file_name(unit(lpn=lpn), "live") == name


@pytest.mark.parametrize(("code", "problem"), [(errno.ENOSPC, "disk_full"), (errno.EIO, "folder")])
def test_a_disk_that_fails_leaves_nothing_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, problem: str
) -> None:
    """Not sent; it may be tried again."""

    def fail(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("labels.printers.folder.os.fsync", fail)

    report = printer(tmp_path).print(unit(), "pl")

    assert (report.result, report.problems) == (PrintResult.NOT_SENT, (problem,))
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    """A file stands in its place."""
    (tmp_path / "labels").write_text("")
    archive = printer(tmp_path / "labels")

    status, report = archive.status(), archive.print(unit(), "pl")

    assert (status.state, status.problems) == (DeviceState.ERROR, ("folder",))
    assert (report.result, report.problems) == (PrintResult.NOT_SENT, ("folder",))


def test_a_folder_that_can_be_written_to_is_ready(tmp_path: Path) -> None:
    """With its path for the service screen."""
    status = printer(tmp_path).status()

    assert (status.state, status.detail) == (DeviceState.READY, f"PDF in {tmp_path}")


def test_a_refused_label_writes_nothing(tmp_path: Path) -> None:
    """The reason is in the report."""
    report = printer(tmp_path).print(unit(lpn=""), "pl")

    assert (report.result, report.problems, names(tmp_path)) == (PrintResult.NOT_SENT, ("refused",), [])
