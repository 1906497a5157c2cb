"""Reading our own payment files again: after a restore they are what is left of the batches the hub has forgotten."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from hub.connectors.bank_status import amount_of, parsed, path_of, text_of
from rma_station.errors import Malformed


@dataclass(frozen=True)
class Left:
    """One transfer of a payment file."""

    end_to_end_id: str
    message_id: str
    """``MsgId`` of its file."""
    amount_minor: int | None
    currency: str


def read_sent(data: bytes) -> list[Left]:
    """All transfers of a ``pain.001`` file, any version.

    Raises:
        Malformed: not XML, with a document type, too large, or another kind of message.
    """
    root = parsed(data)
    if root.find(path_of("CstmrCdtTrfInitn")) is None:
        raise Malformed("the file is not pain.001 (a payment file as the hub writes them)")
    return list(_transfers(root))


def _transfers(root: ET.Element) -> Iterator[Left]:
    message = text_of(root, "CstmrCdtTrfInitn", "GrpHdr", "MsgId")
    for one in root.findall(".//" + path_of("CdtTrfTxInf")):
        amount, currency = amount_of(one)
        yield Left(text_of(one, "PmtId", "EndToEndId"), message, amount, currency)
