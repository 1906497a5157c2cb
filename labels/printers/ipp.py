"""Office printers and CUPS queues over IPP, with the client library ``ippx``.

Loaded only where the configuration has such a printer: the library brings httpx.

What counts as proof: a printer that says it completed the job and counted a sheet. A CUPS queue that says "completed"
has only handed the bytes to its backend (hardware reference 4.1), so its labels are ``sent``. The job's name carries
our job id: when the answer to the bytes is lost, the printer's own list of jobs says whether it has them. A job that
was aborted or cancelled may have left a sheet behind, so it is ``unknown``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import httpx
import ippx

from labels.printers.ipp_client import BoundedClient
from labels.printers.job import Stock, bytes_for
from labels.status_ipp import IppState, ipp_state
from rma_station.domain.clean import clean
from rma_station.domain.effects import Printable, title_of
from rma_station.errors import Refused
from rma_station.ports import DeviceState, DeviceStatus, PrintReport, PrintResult

FORMATS = {
    "pdf": ("application/pdf",),
    # CUPS looks into ``octet-stream`` and prints ZPL as text; ``cups-raw`` it passes on.
    "zpl": ("application/vnd.zebra-zpl", "application/vnd.cups-raw", "application/octet-stream"),
    "tspl": ("application/vnd.cups-raw", "application/octet-stream"),
    "epl": ("application/vnd.cups-raw", "application/octet-stream"),
}
"""What the bytes of a printer language are called, the surest first."""
_ASKED = [
    "printer-state", "printer-state-reasons", "printer-state-message", "printer-is-accepting-jobs",
    "printer-make-and-model", "printer-name", "document-format-supported", "cups-version",
]  # fmt: skip
_WATCHED = ["job-id", "job-name", "job-state", "job-state-reasons", "job-impressions-completed",
            "job-media-sheets-completed"]  # fmt: skip
_NOT_TAKEN = range(0x0400, 0x0500)
"""Client errors: no job was made of the request (RFC 8011, 4.2.1)."""
_BUSY = frozenset({0x0501, 0x0502, 0x0503, 0x0506, 0x0507})
"""Server errors that say so too: not supported, unavailable, version, not accepting, busy."""
_NOT_SENT_AT_ALL = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_TROUBLE = (httpx.HTTPError, ippx.IppError, ValueError, TypeError, OSError, RuntimeError)
"""What the two libraries raise for a line that breaks, for an answer that cannot be read, and when the time is up."""


@dataclass(frozen=True)
class IppWaits:
    """Time-outs in seconds."""

    connect: float = 3.0
    answer: float = 10.0
    """For one answer; an office printer wakes up slowly."""
    confirm: float = 20.0
    """For a job to be completed before it is only ``sent``."""
    watch: float = 0.5
    """Between two looks while it is printed."""
    whole: float = 120.0
    """For a whole conversation, whatever trickles in."""


@dataclass(frozen=True)
class IppAddress:
    """Where a printer is, and how its certificate is known."""

    url: str
    fingerprint: str | None = None
    """SHA-256 of its certificate; without one an ``ipps`` certificate must be one this machine trusts."""


@dataclass(frozen=True)
class _Document:
    data: bytes
    form: str
    """MIME type of the bytes."""
    name: str
    """Of the job at the printer; carries our job id."""


def read_address(url: str) -> IppAddress | None:
    """Read ``ipp://HOST[:PORT]/PATH`` or ``ipps://...?fingerprint=sha256:...``; ``None`` when it cannot be used."""
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        fingerprint = options.pop("fingerprint", None)
        if fingerprint is not None:
            ippx.TlsConfig(fingerprint=fingerprint).httpx_verify()
        good = parts.scheme in ("ipp", "ipps") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    if not good or options or parts.username or (fingerprint and parts.scheme == "ipp"):
        return None
    return IppAddress(urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")), fingerprint)


class IppPrinter:
    """``ports.LabelPrinter`` over IPP.

    Args:
        name: name of its section in the configuration.
        language: what is sent: ``pdf``, or a label printer's language to a raw queue.
        address: where it is.
        stock: what is loaded.
        waits: time-outs.
    """

    def __init__(
        self, name: str, language: str, address: IppAddress, stock: Stock, waits: IppWaits | None = None
    ) -> None:
        self.name, self.language, self.dpi = name, language, stock.dpi
        self._address, self._stock = address, stock
        self._waits = waits or IppWaits()

    def print(self, job: Printable, language: str) -> PrintReport:
        """One job; ``UNKNOWN`` when it may have been taken and nobody can say, never sent again from here."""
        try:
            data = bytes_for(job, language, self.language, self._stock)
        except Refused as error:
            return PrintReport(PrintResult.NOT_SENT, ("refused",), str(error))
        with self._client() as client:
            try:
                printer = client.get_printer_attributes(_ASKED)
                found = _state(printer)
                if found.problems:
                    return PrintReport(PrintResult.NOT_SENT, found.problems)
                form = _format(self.language, printer.document_formats)
            except Refused as error:
                return PrintReport(PrintResult.NOT_SENT, ("refused",), str(error))
            except _TROUBLE as error:
                return PrintReport(PrintResult.NOT_SENT, (_problem(error),), _said(error))
            document = _Document(data, form, f"{clean(title_of(job), 60)} {job.job_id}")
            return self._hand_over(client, document, proves="cups-version" not in printer.attributes)

    def status(self) -> DeviceStatus:
        """Ask the printer or the queue."""
        try:
            with self._client() as client:
                printer = client.get_printer_attributes(_ASKED)
                found = _state(printer)
        except _TROUBLE as error:
            problem = _problem(error)
            state = DeviceState.OFFLINE if problem == "offline" else DeviceState.ERROR
            return DeviceStatus(self.name, "printer", state, _said(error), (problem,))
        state = DeviceState.ERROR if found.problems else DeviceState.READY
        model = clean(str(printer.make_and_model or printer.name or "IPP"), 60)
        return DeviceStatus(self.name, "printer", state, model, found.problems + found.warnings)

    def close(self) -> None:
        """Nothing is held between two calls."""

    def _client(self) -> ippx.IppClient:
        # A client for each job: a connection kept from the last one may be dead, and its error would be a doubt.
        return _client(self._address, self._waits)

    def _hand_over(self, client: ippx.IppClient, document: _Document, *, proves: bool) -> PrintReport:
        # A page that is scaled to fit has bars that are no whole dots any more.
        wishes = {"print-scaling": "none"} if self.language == "pdf" else {}
        try:
            taken = client.print_job(
                document.data, document_format=document.form, job_name=document.name, job_attributes=wishes
            )
        except _NOT_SENT_AT_ALL as error:
            return PrintReport(PrintResult.NOT_SENT, ("offline",), _said(error))
        except (ippx.IppResponseError, ippx.IppHttpError) as error:
            result, problem = _refusal(error)
            return PrintReport(result, (problem,), _said(error))
        except _TROUBLE as error:
            known = self._look_up(client, document.name)
            if known is None:
                return PrintReport(PrintResult.UNKNOWN, ("unknown",), _said(error))
            taken = known
        return self._watch(client, taken, proves=proves)

    def _look_up(self, client: ippx.IppClient, name: str) -> ippx.Job | None:
        """The job in the printer's own list, when the answer to it was lost."""
        for which in ("not-completed", "completed"):
            try:
                jobs = client.get_jobs(which_jobs=which, limit=50, requested_attributes=_WATCHED)
            except _TROUBLE:
                return None
            for job in jobs:
                if job.name == name and job.job_id > 0:
                    return job
        return None

    def _watch(self, client: ippx.IppClient, job: ippx.Job, *, proves: bool) -> PrintReport:
        """Follow a job the printer has until it is over."""
        deadline = time.monotonic() + self._waits.confirm
        while job.job_id > 0:
            try:
                job = client.get_job_attributes(job.job_id, _WATCHED)
                found = _state(client.get_printer_attributes(_ASKED))
            except _TROUBLE as error:
                return PrintReport(PrintResult.UNKNOWN, (_problem(error),), _said(error))
            if job.state is ippx.JobState.COMPLETED:
                counted = proves and _sheets(job) > 0
                return PrintReport(PrintResult.CONFIRMED if counted else PrintResult.SENT, found.warnings)
            if job.is_terminal or found.problems:
                detail = clean(" ".join(job.state_reasons))
                return PrintReport(PrintResult.UNKNOWN, found.problems or ("fault",), detail)
            if time.monotonic() >= deadline:
                break
            time.sleep(self._waits.watch)
        return PrintReport(PrintResult.SENT)


@dataclass(frozen=True)
class Silence:
    """Why a printer did not say what it is."""

    problem: str
    """Problem code."""
    detail: str


def describe(address: IppAddress, waits: IppWaits | None = None) -> ippx.Printer | Silence:
    """All a printer says of itself, for setting it up."""
    try:
        with _client(address, waits or IppWaits()) as client:
            return client.get_printer_attributes(["all", "media-default"])
    except _TROUBLE as error:
        return Silence(_problem(error), _said(error))


def _client(address: IppAddress, waits: IppWaits) -> ippx.IppClient:
    timeout = httpx.Timeout(waits.answer, connect=waits.connect)
    tls = ippx.TlsConfig(fingerprint=address.fingerprint)
    return BoundedClient(address.url, tls=tls, timeout=timeout, whole=waits.whole)


def _state(printer: ippx.Printer) -> IppState:
    state = int(printer.state) if isinstance(printer.state, int) else None
    return ipp_state(state, printer.state_reasons, accepting=printer.is_accepting_jobs is not False)


def _format(language: str, supported: Sequence[str]) -> str:
    """The name of our bytes that the printer knows.

    Raises:
        Refused: it knows none.
    """
    names = FORMATS[language]
    fitting = [name for name in names if name in supported] if supported else list(names)
    if not fitting:
        raise Refused(
            f"this printer does not take {language} ({' or '.join(names)}). "
            f"It takes {clean(', '.join(supported))}. Choose a printer that does."
        )
    return fitting[0]


def _refusal(error: ippx.IppResponseError | ippx.IppHttpError) -> tuple[PrintResult, str]:
    """Whether a clear no to a job can have left one behind, and its problem code."""
    code = error.status_code
    if isinstance(error, ippx.IppHttpError):
        if code in (401, 403, 407):
            return PrintResult.NOT_SENT, "no_access"
        return (PrintResult.NOT_SENT, "refused") if 400 <= code < 500 else (PrintResult.UNKNOWN, "unknown")
    if code in (0x0401, 0x0402, 0x0403):
        return PrintResult.NOT_SENT, "no_access"
    if code in _NOT_TAKEN:
        return PrintResult.NOT_SENT, "refused"
    return (PrintResult.NOT_SENT, "paused") if code in _BUSY else (PrintResult.UNKNOWN, "unknown")


def _sheets(job: ippx.Job) -> int:
    counts = (job.attributes.get(name) for name in ("job-impressions-completed", "job-media-sheets-completed"))
    return max((count for count in counts if isinstance(count, int)), default=0)


def _problem(error: Exception) -> str:
    return "offline" if isinstance(error, _NOT_SENT_AT_ALL) else "unknown"


def _said(error: Exception) -> str:
    return clean(str(error) or type(error).__name__)
