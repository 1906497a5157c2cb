"""PDF labels into a folder: for office printers that watch one, for an archive, and for a bench without a printer.

A file appears under its name only when it is whole and on the disk; a name that is taken is never written again.
"""

from __future__ import annotations

import errno
import os
import re
from itertools import count
from pathlib import Path

from labels.printers.job import Stock, bytes_for
from rma_station.domain.clean import clean
from rma_station.domain.effects import Printable, title_of
from rma_station.errors import Refused
from rma_station.ports import DeviceState, DeviceStatus, PrintReport, PrintResult

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9-]+")


class FolderPrinter:
    """``ports.LabelPrinter`` that writes one PDF a label.

    Args:
        name: name of its section in the configuration.
        folder: where the files go; made when it is missing.
        stock: resolution and size the labels are made for; sample mode marks every label and every file name.
    """

    language = "pdf"

    def __init__(self, name: str, folder: Path, stock: Stock) -> None:
        self.name, self.dpi = name, stock.dpi
        self._folder, self._stock = folder, stock

    def print(self, job: Printable, language: str) -> PrintReport:
        """Write the file; ``CONFIRMED`` once it is on the disk under its name."""
        try:
            data = bytes_for(job, language, self.language, self._stock)
        except Refused as error:
            return PrintReport(PrintResult.NOT_SENT, ("refused",), str(error))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            written = write_new(self._folder, file_name(job, self._stock.mode), data)
        except OSError as error:
            return PrintReport(PrintResult.NOT_SENT, (_problem(error),), clean(str(error)))
        return PrintReport(PrintResult.CONFIRMED, (), written.name)

    def status(self) -> DeviceStatus:
        """Whether the folder can be written to."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return self._error(_problem(error), str(error))
        if not os.access(self._folder, os.W_OK | os.X_OK):
            return self._error("folder", f"{self._folder} cannot be written to by this user")
        return DeviceStatus(self.name, "printer", DeviceState.READY, f"PDF in {self._folder}")

    def close(self) -> None:
        """Nothing is held between two calls."""

    def _error(self, problem: str, detail: str) -> DeviceStatus:
        return DeviceStatus(self.name, "printer", DeviceState.ERROR, clean(detail), (problem,))


def file_name(job: Printable, mode: str) -> str:
    """``RAB3C00012K7-1``: LPN or title, and attempt; ``SAMPLE-`` in front in sample mode; safe on every file system."""
    title = _NOT_IN_A_NAME.sub("_", title_of(job))[:40]
    return f"{'SAMPLE-' if mode == 'sample' else ''}{title}-{job.attempt}"


def write_new(folder: Path, name: str, data: bytes) -> Path:
    """Write ``name.pdf``, or ``name_2.pdf`` and so on when it exists; whole and durable, or not at all.

    Raises:
        OSError: the file could not be written; nothing is left behind.
    """
    temporary = folder / f".{name}.{os.getpid()}.part"
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        final = _claim(folder, name)
        os.replace(temporary, final)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(folder)
    return final


def _claim(folder: Path, name: str) -> Path:
    """Take a free name by making an empty file of it; works where hard links do not (FAT, network shares)."""
    for number in count(1):
        path = folder / (f"{name}.pdf" if number == 1 else f"{name}_{number}.pdf")
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        except FileExistsError:
            continue
        return path
    raise AssertionError("unreachable: counting never ends")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # network shares cannot sync a folder
            raise
    finally:
        os.close(handle)


def _problem(error: OSError) -> str:
    return "disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "folder"
