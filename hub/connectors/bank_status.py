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
    root = _parsed(data)
    if root.find(_path("CstmrPmtStsRpt")) is not None:
        return list(_pain002(root))
    if root.find(_path("BkToCstmrDbtCdtNtfctn")) is not None:
        return list(_camt054(root))
    raise Malformed("the file is neither pain.002 (payment status report) nor camt.054 (debit credit notification)")


def _parsed(data: bytes) -> ET.Element:
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


def _path(*names: str) -> str:
    """A path of local names in whatever version's namespace."""
    return "/".join(f"{{*}}{name}" for name in names)


def _text(element: ET.Element, *names: str) -> str:
    found = element.find(_path(*names))
    return clean((found.text or "").strip(), 200) if found is not None else ""


def _pain002(root: ET.Element) -> Iterator[BankAnswer]:
    for report in root.findall(_path("CstmrPmtStsRpt")):
        message = _text(report, "OrgnlGrpInfAndSts", "OrgnlMsgId")
        transactions = report.findall(".//" + _path("TxInfAndSts"))
        for one in transactions:
            outcome, reason = _status(_text(one, "TxSts")), _reason(one)
            reference = _text(one, "AcctSvcrRef")
            yield BankAnswer(outcome, _text(one, "OrgnlEndToEndId"), message, reference, reason)
        levels = [*report.findall(_path("OrgnlPmtInfAndSts")), *report.findall(_path("OrgnlGrpInfAndSts"))]
        stated = [level for level in levels if _text(level, "PmtInfSts") or _text(level, "GrpSts")]
        if not transactions and stated:
            level = stated[0]
            outcome = _status(_text(level, "PmtInfSts") or _text(level, "GrpSts"))
            yield BankAnswer(outcome, "", message, "", _reason(level))


def _status(code: str) -> str:
    return "booked" if code in _BOOKED else "rejected" if code == "RJCT" else "pending"


def _reason(element: ET.Element) -> str:
    found = element.find(_path("StsRsnInf"))
    if found is None:
        return ""
    code = _text(found, "Rsn", "Cd") or _text(found, "Rsn", "Prtry")
    return " ".join(word for word in (code, _text(found, "AddtlInf")) if word)


def _camt054(root: ET.Element) -> Iterator[BankAnswer]:
    for entry in root.findall(".//" + _path("Ntry")):
        status = _text(entry, "Sts", "Cd") or _text(entry, "Sts")
        debit = _text(entry, "CdtDbtInd") == "DBIT"
        reversed_ = _text(entry, "RvslInd") in ("true", "1")
        outcome = "pending" if status != "BOOK" else "booked" if debit and not reversed_ else "returned"
        for one in entry.findall(_path("NtryDtls", "TxDtls")):
            number = _text(one, "Refs", "EndToEndId")
            if not number or number == "NOTPROVIDED":
                continue
            amount, currency = _amount(one)
            if amount is None and len(entry.findall(_path("NtryDtls", "TxDtls"))) == 1:
                amount, currency = _amount(entry)
            reference = _text(one, "Refs", "AcctSvcrRef") or _text(entry, "AcctSvcrRef")
            reason = _text(one, "RtrInf", "Rsn", "Cd")
            yield BankAnswer(outcome, number, _text(one, "Refs", "MsgId"), reference, reason, amount, currency)


def _amount(element: ET.Element) -> tuple[int | None, str]:
    found = element.find(_path("Amt"))
    if found is None:
        found = element.find(_path("AmtDtls", "TxAmt", "Amt"))
    text = (found.text or "").strip() if found is not None else ""
    if found is None or not re.fullmatch(r"[0-9]{1,13}(\.[0-9]{1,2})?", text):
        return None, ""
    whole, _, cents = text.partition(".")
    return int(whole) * 100 + int(cents.ljust(2, "0")), clean(found.get("Ccy", ""), 3)
