"""Paying back by bank transfer: ISO 20022 ``pain.001.001.03`` files, PLN domestic and EUR SEPA, without any network.

sepaxml builds the document; its random ids and its clock are replaced by ours, and the result is validated against
the schema it ships. ``MsgId`` follows from the refund keys in the file, ``EndToEndId`` from the key; both, with the
creation time and everything else in the file, are committed before the first byte is written. So writing a file again
gives the same bytes, and a bank that gets it twice sees the same ``MsgId``.

Letters: SEPA allows ``A-Z a-z 0-9 / - ? : ( ) . , ' +`` and space (EPC217-08); names and titles of EUR files are
transliterated to that. Polish banks take Polish letters in domestic files, so PLN files keep those and lose others.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sepaxml import SepaTransfer
from sepaxml.validation import try_valid_xml
from text_unidecode import unidecode

from hub.connectors import iban as accounts
from hub.connectors.provider import Accepted, Booked, CannotTell, Capabilities, Refund, Rejected, Unknown
from rma_station.domain.identifiers import derived_uuid

SCHEMA = "pain.001.001.03"
CURRENCIES = ("PLN", "EUR")
_NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"
_NAMES = {"p": _NAMESPACE}
_POLISH = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"
_OUTSIDE = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")


@dataclass(frozen=True)
class Transfer:
    """One line of a payment file."""

    end_to_end_id: str
    amount_minor: int
    holder: str
    iban: str
    description: str


class BankFile:
    """The provider behind the files: it sends nothing itself; a person makes a batch and takes it to the bank."""

    name = "bank_file"
    means = frozenset({"transfer"})
    capabilities = Capabilities(
        idempotency="none", lookup="none", lookup_lag=timedelta(days=1), asynchronous=True, batched=True
    )

    def objection(self, refund: Refund) -> str:
        """A missing or wrong account number, or a currency no file is made for."""
        if refund.currency not in CURRENCIES:
            return f"no bank file is made in {refund.currency}; transfer it by hand, then mark it paid"
        if not refund.iban:
            return (
                f"no account number for order {refund.order_id}: ask the customer for the IBAN the refund goes to "
                "and whose account it is, and enter both in the shop's order"
            )
        if not accounts.valid(accounts.normalised(refund.iban)):
            return (
                f"the account number of order {refund.order_id} is not a valid IBAN: ask the customer for the right one"
            )
        if not refund.holder.strip():
            return f"order {refund.order_id} has no name of the account's holder: ask the customer"
        return ""

    def refund(self, refund: Refund) -> Booked | Accepted | Rejected | Unknown:
        """Never called: refunds leave in batches (``hub/money/batches.py``)."""
        return Unknown("bank transfers leave in batches only")

    def lookup(self, refund: Refund) -> CannotTell:
        """Nobody can be asked; the bank's answer comes as a file or from a supervisor."""
        return CannotTell("the bank's answer has not been entered")


def message_id(keys: Sequence[str]) -> str:
    """``MsgId`` of the file with these refunds: the same for the same keys, 35 characters."""
    return "RMA" + derived_uuid("bank-batch", *sorted(keys)).replace("-", "")


def end_to_end_id(key: str) -> str:
    """``EndToEndId`` of a refund, 32 characters; the bank's answers name it."""
    return key.replace("-", "")


def text_for(currency: str, text: str, limit: int) -> str:
    """A text in the letters this file may have, at most ``limit`` long."""
    if currency == "PLN":
        plain = "".join(letter if letter in _POLISH else unidecode(letter) for letter in text)
        kept = "".join(letter if letter in _POLISH else _OUTSIDE.sub(" ", letter) for letter in plain)
    else:
        kept = _OUTSIDE.sub(" ", unidecode(text))
    return re.sub(r" +", " ", kept).strip()[:limit].strip()


def render(
    message: str,
    currency: str,
    debtor: Mapping[str, Any],
    execute_on: date,
    made_at: datetime,
    transfers: Sequence[Transfer],
) -> bytes:
    """The file's bytes: a function of its arguments alone.

    Args:
        message: ``MsgId``.
        currency: ``PLN`` (domestic) or ``EUR`` (service level SEPA).
        debtor: ``name``, ``iban`` and perhaps ``bic`` of the account the money goes from.
        execute_on: requested execution date.
        made_at: creation time, as stored with the batch.
        transfers: in the order of the file.
    """
    root = _made_by_sepaxml(currency, debtor, execute_on, transfers)
    _stamp(root, message, made_at)
    if not debtor.get("bic"):
        _without_bic(root)
    ET.register_namespace("", _NAMESPACE)
    data: bytes = (
        b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(ET.tostring(root, "utf-8", xml_declaration=False)) + b"\n"
    )
    try_valid_xml(data, SCHEMA)
    return data


def _made_by_sepaxml(
    currency: str, debtor: Mapping[str, Any], execute_on: date, transfers: Sequence[Transfer]
) -> ET.Element:
    """The document of the library, still with its own random ids and its own clock."""
    config = {
        "name": text_for(currency, str(debtor["name"]), 70),
        "IBAN": debtor["iban"],
        "batch": True,
        "currency": currency,
        "domestic": currency == "PLN",
    }
    if debtor.get("bic"):
        config["BIC"] = debtor["bic"]
    document = SepaTransfer(config, schema=SCHEMA, clean=False)
    for transfer in transfers:
        document.add_payment(
            {
                "name": text_for(currency, transfer.holder, 70),
                "IBAN": transfer.iban,
                "amount": transfer.amount_minor,
                "execution_date": execute_on,
                "description": text_for(currency, transfer.description, 140),
                "endtoend_id": transfer.end_to_end_id,
            }
        )
    return ET.fromstring(document.export(validate=False))


def _stamp(root: ET.Element, message: str, made_at: datetime) -> None:
    """Put our ids and time in the place of the library's, so that the same batch is the same bytes."""
    for path, value in (
        ("p:CstmrCdtTrfInitn/p:GrpHdr/p:MsgId", message),
        ("p:CstmrCdtTrfInitn/p:GrpHdr/p:CreDtTm", made_at.strftime("%Y-%m-%dT%H:%M:%S")),
        ("p:CstmrCdtTrfInitn/p:PmtInf/p:PmtInfId", "PMT" + message[3:]),
    ):
        element = root.find(path, _NAMES)
        if element is None:
            raise ValueError(f"the payment file has no {path}")
        element.text = value


def _without_bic(root: ET.Element) -> None:
    """Banks want the agent named even where the IBAN says it: ``NOTPROVIDED``, as the SEPA rulebook has it."""
    bank = root.find("p:CstmrCdtTrfInitn/p:PmtInf/p:DbtrAgt/p:FinInstnId", _NAMES)
    if bank is not None and len(bank) == 0:
        other = ET.SubElement(bank, f"{{{_NAMESPACE}}}Othr")
        ET.SubElement(other, f"{{{_NAMESPACE}}}Id").text = "NOTPROVIDED"
