"""An office printer on a loopback port: ``ippserver`` from PyPI, with states, faults and a list of jobs."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from ippserver.behaviour import StatelessPrinter
from ippserver.constants import SectionEnum, TagEnum
from ippserver.parsers import Boolean, Enum, Integer
from ippserver.request import IppRequest
from ippserver.server import IPPRequestHandler, IPPServer

COMPLETED, ABORTED, STOPPED = 9, 8, 5


@dataclass
class Office:
    """How it behaves; may be changed while it runs."""

    state: int = 3
    reasons: tuple[str, ...] = ("none",)
    accepting: bool = True
    formats: tuple[str, ...] = ("application/pdf",)
    cups: bool = False
    """Says that it is a CUPS queue."""
    job_state: int = COMPLETED
    sheets: int = 1
    refuse: int = 0
    """IPP status of every job; 0 takes them."""
    answers_jobs: bool = True
    """Breaks the connection instead of answering to a job it has taken."""
    takes_jobs: bool = True
    """Has the job when it breaks the connection."""
    names_jobs: bool = True
    """Gives job ids where they belong."""
    documents: list[bytes] = field(default_factory=list)
    names: list[bytes] = field(default_factory=list)
    asked: list[dict[Any, Any]] = field(default_factory=list)


class _Behaviour(StatelessPrinter):
    def __init__(self, office: Office) -> None:
        super().__init__()
        self.office = office

    def printer_list_attributes(self) -> dict[Any, Any]:
        found = super().printer_list_attributes()
        office = self.office
        printer = SectionEnum.printer
        found[printer, b"printer-state", TagEnum.enum] = [Enum(office.state).bytes()]
        found[printer, b"printer-state-reasons", TagEnum.keyword] = [text.encode() for text in office.reasons]
        found[printer, b"printer-is-accepting-jobs", TagEnum.boolean] = [Boolean(office.accepting).bytes()]
        found[printer, b"document-format-supported", TagEnum.mime_media_type] = [f.encode() for f in office.formats]
        if office.cups:
            found[printer, b"cups-version", TagEnum.text_without_language] = [b"2.4.2"]
        return found

    def operation_print_job_response(self, req: IppRequest, psfile: Any) -> IppRequest:
        office = self.office
        if office.refuse:
            return IppRequest(self.version, office.refuse, req.request_id, self.minimal_attributes())
        if office.takes_jobs:
            office.documents.append(psfile.read())
            office.names.append(req.only(SectionEnum.operation, b"job-name", TagEnum.name_without_language))
            office.asked.append(dict(req._attributes))
        if not office.answers_jobs:
            raise BreakError
        return IppRequest(self.version, 0, req.request_id, self._job(len(office.documents)))

    def operation_get_job_attributes_response(self, req: IppRequest, _psfile: Any) -> IppRequest:
        number = Integer.from_bytes(req.only(SectionEnum.operation, b"job-id", TagEnum.integer)).integer
        return IppRequest(self.version, 0, req.request_id, self._job(number))

    def operation_get_jobs_response(self, req: IppRequest, _psfile: Any) -> IppRequest:
        which = req.only(SectionEnum.operation, b"which-jobs", TagEnum.keyword)
        listed = self._job(len(self.office.names)) if self.office.names and which == b"completed" else {}
        return IppRequest(self.version, 0, req.request_id, self.minimal_attributes() | listed)

    def _job(self, number: int) -> dict[Any, Any]:
        job = SectionEnum.job if self.office.names_jobs else SectionEnum.operation
        return self.minimal_attributes() | {
            (job, b"job-id", TagEnum.integer): [Integer(number).bytes()],
            (job, b"job-state", TagEnum.enum): [Enum(self.office.job_state).bytes()],
            (job, b"job-state-reasons", TagEnum.keyword): [b"aborted-by-system"],
            (job, b"job-name", TagEnum.name_without_language): [self.office.names[number - 1]],
            (job, b"job-impressions-completed", TagEnum.integer): [Integer(self.office.sheets).bytes()],
        }


class BreakError(Exception):
    """The line breaks here."""


class _Handler(IPPRequestHandler):
    def parse_request(self) -> bool:
        good = super().parse_request()
        length = self.headers.get("content-length") if good else None
        if length:  # ippserver knows only chunked bodies; a printer reads as many bytes as are announced
            self.rfile = BytesIO(self.rfile.read(int(length)))
        return good

    def handle_ipp(self) -> None:
        try:
            super().handle_ipp()
        except BreakError:
            self.connection.shutdown(socket.SHUT_RDWR)


class OfficePrinter:
    """Listens until ``close``."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._server = IPPServer(("127.0.0.1", 0), _Handler, _Behaviour(office))
        self._server.daemon_threads = True
        self.url = f"ipp://127.0.0.1:{self._server.server_address[1]}/ipp/print"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
