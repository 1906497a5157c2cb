"""Reading a bank's answers: ``pain.002`` (status report) and ``camt.054`` (debit and credit notification), any version.

Files come from outside: a document type declaration is refused, so that no entity can be declared or fetched, and
size is limited. Only what names one of our ids is of interest. Source: ISO 20022 message definitions.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from xml.parsers import expat

from rma_station.domain.clean import clean
from rma_station.errors import Malformed

SIZE_LIMIT = 8 * 1024 * 1024
_BOOKED = frozenset({"ACSC", "ACCC"})
"""Settlement completed; everything short of it (``ACCP ACSP ACTC PDNG RCVD``) is still under way."""

NOT_PROVIDED = "NOTPROVIDED"
"""What banks write for an ``EndToEndId`` that was not given."""


@dataclass(frozen=True)
class BankAnswer:
    """What the bank says of one transfer, or of a whole file when ``end_to_end_id`` is empty."""

    outcome: str
    """``booked``, ``rejected``, ``pending`` or ``returned`` (it came back)."""
    end_to_end_id: str = ""
    message_id: str = ""
    reference: str = ""
    reason: str = ""
    amount_minor: int | None = None
    currency: str = ""


def read_status(data: bytes) -> list[BankAnswer]:
    """All answers in a file.

    Raises:
        Malformed: not XML, with a document type, too large, or another kind of message.
    """
    root = parsed(data)
    if root.find(path_of("CstmrPmtStsRpt")) is not None:
        return list(_pain002(root))
    if root.find(path_of("BkToCstmrDbtCdtNtfctn")) is not None:
        return list(_camt054(root))
    raise Malformed("the file is neither pain.002 (payment status report) nor camt.054 (debit credit notification)")


def parsed(data: bytes) -> ET.Element:
    """The root of a file from a bank.

    Raises:
        Malformed: not XML, with a document type, or too large.
    """
    if len(data) > SIZE_LIMIT:
        raise Malformed(f"a status file of {len(data)} bytes is over the limit of {SIZE_LIMIT}")

    def refuse(*_: object) -> None:
        raise Malformed("a status file with a document type declaration is not read")

    guard = expat.ParserCreate()
    guard.StartDoctypeDeclHandler = refuse
    guard.EntityDeclHandler = refuse
    try:
        guard.Parse(data, True)
        return ET.fromstring(data)
    except (expat.ExpatError, ET.ParseError, ValueError, LookupError) as error:
        raise Malformed(f"the status file is not XML: {clean(str(error))}") from None


def path_of(*names: str) -> str:
    """A path of local names in whatever version's namespace."""
    return "/".join(f"{{*}}{name}" for name in names)


def text_of(element: ET.Element, *names: str) -> str:
    """The cleaned text under a path of local names; empty when it is not there."""
    found = element.find(path_of(*names))
    return clean((found.text or "").strip(), 200) if found is not None else ""


def _pain002(root: ET.Element) -> Iterator[BankAnswer]:
    for report in root.findall(path_of("CstmrPmtStsRpt")):
        message = text_of(report, "OrgnlGrpInfAndSts", "OrgnlMsgId")
        transactions = report.findall(".//" + path_of("TxInfAndSts"))
        for one in transactions:
            outcome, reason = _status(text_of(one, "TxSts")), _reason(one)
            reference = text_of(one, "AcctSvcrRef")
            # The schema lets a transaction go without: one that names none is nobody's, never the whole file's.
            number = text_of(one, "OrgnlEndToEndId") or NOT_PROVIDED
            yield BankAnswer(outcome, number, message, reference, reason)
        levels = [*report.findall(path_of("OrgnlPmtInfAndSts")), *report.findall(path_of("OrgnlGrpInfAndSts"))]
        stated = [level for level in levels if text_of(level, "PmtInfSts") or text_of(level, "GrpSts")]
        if not transactions and stated:
            level = stated[0]
            outcome = _status(text_of(level, "PmtInfSts") or text_of(level, "GrpSts"))
            yield BankAnswer(outcome, "", message, "", _reason(level))


def _status(code: str) -> str:
    return "booked" if code in _BOOKED else "rejected" if code == "RJCT" else "pending"


def _reason(element: ET.Element) -> str:
    found = element.find(path_of("StsRsnInf"))
    if found is None:
        return ""
    code = text_of(found, "Rsn", "Cd") or text_of(found, "Rsn", "Prtry")
    return " ".join(word for word in (code, text_of(found, "AddtlInf")) if word)


def _camt054(root: ET.Element) -> Iterator[BankAnswer]:
    for entry in root.findall(".//" + path_of("Ntry")):
        status = text_of(entry, "Sts", "Cd") or text_of(entry, "Sts")
        debit = text_of(entry, "CdtDbtInd") == "DBIT"
        reversed_ = text_of(entry, "RvslInd") in ("true", "1")
        outcome = "pending" if status != "BOOK" else "booked" if debit and not reversed_ else "returned"
        for one in entry.findall(path_of("NtryDtls", "TxDtls")):
            number = text_of(one, "Refs", "EndToEndId")
            if not number or number == NOT_PROVIDED:
                continue
            amount, currency = amount_of(one)
            if amount is None and len(entry.findall(path_of("NtryDtls", "TxDtls"))) == 1:
                amount, currency = amount_of(entry)
            reference = text_of(one, "Refs", "AcctSvcrRef") or text_of(entry, "AcctSvcrRef")
            reason = text_of(one, "RtrInf", "Rsn", "Cd")
            yield BankAnswer(outcome, number, text_of(one, "Refs", "MsgId"), reference, reason, amount, currency)


def amount_of(element: ET.Element) -> tuple[int | None, str]:
    """Minor units and currency of a transfer; ``None`` where the file does not say so."""
    found = element.find(path_of("Amt"))
    if found is None:
        found = element.find(path_of("AmtDtls", "TxAmt", "Amt"))
    instructed = found.find(path_of("InstdAmt")) if found is not None else None
    found = found if instructed is None else instructed
    text = (found.text or "").strip() if found is not None else ""
    if found is None or not re.fullmatch(r"[0-9]{1,13}(\.[0-9]{1,2})?", text):
        return None, ""
    whole, _, cents = text.partition(".")
    return int(whole) * 100 + int(cents.ljust(2, "0")), clean(found.get("Ccy", ""), 3)
