"""Bank files: our own ids, the same bytes every time, a refund in one file for ever, the bank's answer last."""

from __future__ import annotations

import os
import threading
import xml.etree.ElementTree as ET
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub import admin, hub_identity, ledger
from hub.central import Hub
from hub.commands.batch import status_text
from hub.connectors import bank_file
from hub.connectors.bank_file import BankFile
from hub.connectors.bank_status import BankAnswer, read_status
from hub.money import batches, operations
from hub.money.batches import Answered
from hub.money.moves import move
from hub.money.sending import tick
from hub.policy import Breaker
from hub.policy_file import shipped
from rma_station.errors import Malformed, Refused, StorageFull
from tests.hub.money_world import World, line, rma, world

OWN = "PL61109010140000071219812874"
NAMES = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"}


def queued(quantity: int = 2) -> World:
    """Refunds that wait for a file, and the shop's own account."""
    paid = 1000 * quantity
    shop = world(rma(line(quantity=quantity, paid=paid)), payments=(("P1", "transfer", paid),))
    with shop.database.transaction() as connection:
        connection.execute(insert(ledger.bank_accounts).values(currency="PLN", name="Sklep Żółw", iban=OWN))
    shop.receive("u1", list(range(1, quantity + 1)), pieces=quantity)
    shop.done()
    shop.pass_time(minutes=10)
    shop.queue()
    return shop


def make(shop: World) -> batches.Made:
    """A batch of all that waits."""
    with shop.database.transaction() as connection:
        return batches.make(connection, "PLN", shop.now, "000201")


def written(shop: World, message: str) -> bytes:
    """The batch's file."""
    with shop.database.transaction() as connection:
        return batches.file_bytes(connection, message)


def answer(shop: World, *answers: BankAnswer) -> Answered:
    """What the bank says."""
    with shop.database.transaction() as connection:
        return batches.take_answers(connection, answers, shop.now, "000201")


def imported(shop: World, text: str) -> dict[str, int]:
    """What an administrator brings of the bank."""
    identity = hub_identity.Identity("hub-1", "epoch", "sample", "log-hub", bytes(32))
    hub = Hub(shop.database, identity, lambda: shop.now, os.urandom, operations=operations.OPERATIONS)
    found = admin.perform(hub, "batch-status", {"text": text, "by": "office"})
    assert isinstance(found, dict)
    return found


def test_a_file_carries_our_ids_and_validates() -> None:
    """MsgId from the keys, EndToEndId from the key; ``render`` validated it against the schema."""
    shop = queued()

    made = make(shop)

    root = ET.fromstring(written(shop, made.message_id))
    keys = sorted(row["refund_key"] for row in shop.intents())
    assert root.findtext(".//p:MsgId", namespaces=NAMES) == bank_file.message_id(keys) == made.message_id
    assert [e.text for e in root.findall(".//p:EndToEndId", NAMES)] == [key.replace("-", "") for key in keys]
    assert root.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=NAMES) == "20.00"
    assert root.findtext(".//p:CdtTrfTxInf/p:Cdtr/p:Nm", namespaces=NAMES) == "Zofia Żółć"
    assert root.findtext(".//p:CreDtTm", namespaces=NAMES) == "2026-11-22T12:10:00"
    assert shop.states() == [("in_flight", ""), ("in_flight", "")]


def test_writing_it_again_gives_the_same_bytes() -> None:
    """A day later, and after the shop has changed its account."""
    shop = queued()
    made = make(shop)
    first = written(shop, made.message_id)
    shop.pass_time(days=1)
    with shop.database.transaction() as connection:
        connection.execute(update(ledger.bank_accounts).values(name="Another", iban="DE89370400440532013000"))

    assert written(shop, made.message_id) == first


def test_a_refund_is_in_one_batch_for_ever() -> None:
    """Nothing is left for a second one; queued again by mistake it goes to a person; the table refuses it too."""
    shop = queued(1)
    made = make(shop)
    assert make(shop).message_id == ""
    with shop.database.transaction() as connection:
        connection.execute(update(ledger.refund_intents).values(state="queued"))

    assert make(shop).message_id == ""
    assert shop.states() == [("needs_human", "in_a_file")]
    with shop.database.transaction() as connection:
        row = dict(connection.execute(select(ledger.bank_entries)).mappings().one())
    with pytest.raises(IntegrityError), shop.database.transaction() as connection:
        connection.execute(insert(ledger.bank_entries).values({**row, "end_to_end_id": "x"}))
    assert made.count == 1


def test_a_confirmed_batch_has_succeeded() -> None:
    """With the bank's reference; confirming needs one."""
    shop = queued()
    made = make(shop)
    with pytest.raises(Refused, match="reference"), shop.database.transaction() as connection:
        batches.confirm(connection, made.message_id, " ", shop.now, "000201")

    with shop.database.transaction() as connection:
        found = batches.confirm(connection, made.message_id, "BANK-77", shop.now, "000201")

    assert (found, shop.states()) == (Answered(succeeded=2), [("succeeded", "")] * 2)
    assert {row["provider_ref"] for row in shop.intents()} == {"BANK-77"}


def test_without_an_answer_it_is_unknown_after_three_days() -> None:
    """And a late answer still settles it."""
    shop = queued(1)
    made = make(shop)
    shop.pass_time(days=2, hours=23)
    tick(shop.database, shop.now, BankFile())
    assert shop.states() == [("in_flight", "")]

    shop.pass_time(hours=1)
    tick(shop.database, shop.now, BankFile())
    assert shop.states() == [("unknown", "no_answer")]

    assert answer(shop, BankAnswer("booked", "", made.message_id, "R")) == Answered(succeeded=1)
    assert shop.states() == [("succeeded", "")]


def test_each_transfer_has_its_own_answer() -> None:
    """One booked, one rejected; the same file again changes nothing; one that came back goes to a person."""
    shop = queued()
    make(shop)
    first, second = (row["refund_key"].replace("-", "") for row in shop.intents())
    said = (BankAnswer("booked", first, reference="A1"), BankAnswer("rejected", second, reason="AC04 closed account"))

    assert answer(shop, *said) == Answered(succeeded=1, rejected=1)
    assert answer(shop, *said) == Answered()
    assert [row["state"] for row in shop.intents()] == ["succeeded", "needs_human"]
    assert answer(shop, BankAnswer("returned", first, reason="AC04")) == Answered(returned=1)
    assert [row["state"] for row in shop.intents()] == ["needs_human", "needs_human"]
    assert answer(shop, BankAnswer("booked", "somebody-elses")) == Answered(not_ours=1)


def test_a_missing_account_number_is_asked_for() -> None:
    """And goes on by itself when the shop has entered it."""
    shop = queued(1)
    with shop.database.transaction() as connection:
        connection.execute(update(ledger.order_money).values(iban=None))

    tick(shop.database, shop.now, BankFile())
    (row,) = shop.intents()
    assert (row["state"], row["reason"]) == ("needs_human", "objection")
    assert "ask the customer for the IBAN" in row["note"]

    with shop.database.transaction() as connection:
        connection.execute(update(ledger.order_money).values(iban=OWN))
    tick(shop.database, shop.now, BankFile())
    assert make(shop).count == 1


@pytest.mark.failure(38)
def test_the_breaker_holds_a_whole_batch() -> None:
    """Nothing goes into a file while a switch is on."""
    shop = queued(3)
    strict = shipped().__class__(1, shipped().rules, Breaker(2, {"PLN": 10**6}))

    with shop.database.transaction() as connection:
        made = batches.make(connection, "PLN", shop.now, "000201", policy=strict)

    assert (made.count, made.stopped.startswith("breaker: would be sent within an hour: 3 refunds")) == (0, True)
    assert shop.states() == [("queued", "")] * 3


def test_without_an_own_account_no_file_is_made() -> None:
    """The message says how to set it; a currency in which nothing waits needs none."""
    shop = queued(1)
    with shop.database.transaction() as connection:
        connection.execute(delete(ledger.bank_accounts))
        nothing = batches.make(connection, "EUR", shop.now, "000201")
    with pytest.raises(Refused, match="hub account PLN"), shop.database.transaction() as connection:
        batches.make(connection, "PLN", shop.now, "000201")

    assert nothing == batches.Made(currency="EUR")


@pytest.mark.parametrize(
    ("currency", "expected"), [("PLN", "Zażółć gęsią jaźń (Strasse)"), ("EUR", "Zazolc gesia jazn (Strasse)")]
)
def test_letters_are_those_the_bank_takes(currency: str, expected: str) -> None:
    """Polish ones stay at home, SEPA gets its own alphabet; control characters and markup never pass."""
    assert bank_file.text_for(currency, "Zażółć gęsią\x1b jaźń <(Straße)>", 70) == expected


@settings(max_examples=12, deadline=None)
@given(st.text(max_size=100), st.sampled_from(["PLN", "EUR"]), st.integers(1, 10**11))
def test_any_name_gives_a_valid_file(name: str, currency: str, amount: int) -> None:
    """``render`` raises when the schema does not hold."""
    holder = bank_file.text_for(currency, name, 70) or "x"
    transfer = bank_file.Transfer("a" * 32, amount, holder, OWN, "Zwrot")
    debtor = {"name": "Sklep", "iban": OWN, "bic": None}
    when = world().now
    args = ("RMA" + "0" * 32, currency, debtor, when.date(), when + timedelta(0), [transfer])

    assert bank_file.render(*args) == bank_file.render(*args)


PAIN_002 = """<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt>
<GrpHdr><MsgId>X</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>M1</OrgnlMsgId>{group}</OrgnlGrpInfAndSts>{rows}
</CstmrPmtStsRpt></Document>"""
TRANSACTION = """<OrgnlPmtInfAndSts><OrgnlPmtInfId>P</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>E1</OrgnlEndToEndId>
<TxSts>{status}</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf></StsRsnInf></TxInfAndSts>
</OrgnlPmtInfAndSts>"""
CAMT_054 = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn><Ntfctn><Ntry>
<Amt Ccy="PLN">10.50</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><AcctSvcrRef>B9</AcctSvcrRef><NtryDtls>
<TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs></TxDtls></NtryDtls></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PAIN_002.format(group="", rows=TRANSACTION.format(status="RJCT")), ("rejected", "E1", "AC04 closed")),
        (PAIN_002.format(group="", rows=TRANSACTION.format(status="ACSC")), ("booked", "E1", "AC04 closed")),
        (PAIN_002.format(group="", rows=TRANSACTION.format(status="ACSP")), ("pending", "E1", "AC04 closed")),
        (PAIN_002.format(group="<GrpSts>RJCT</GrpSts>", rows=""), ("rejected", "", "")),
        (PAIN_002.format(group="<GrpSts>ACCP</GrpSts>", rows=""), ("pending", "", "")),
        (CAMT_054.format(way="DBIT"), ("booked", "E1", "")),
        (CAMT_054.format(way="CRDT"), ("returned", "E1", "")),
    ],
)
def test_the_banks_answers_are_read(text: str, expected: tuple[str, str, str]) -> None:
    """Accepted is not booked: only settlement is."""
    (found,) = read_status(text.encode())

    assert (found.outcome, found.end_to_end_id, found.reason) == expected
    if found.outcome in ("booked", "returned") and "camt" in text:
        assert (found.amount_minor, found.currency, found.reference) == (1050, "PLN", "B9")


def test_a_document_type_is_refused() -> None:
    """No entity is ever declared or fetched."""
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'

    with pytest.raises(Malformed, match="document type"):
        read_status(bomb)


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_in_words(data: bytes) -> None:
    """Nothing but ``Malformed``."""
    with pytest.raises(Malformed):
        read_status(data)


@pytest.mark.parametrize("status", ["RJCT", "ACSC"])
def test_a_transaction_without_our_id_says_nothing_of_the_whole_file(status: str) -> None:
    """``OrgnlEndToEndId`` may be missing; one refusal must not make all the others be paid again."""
    shop = queued()
    made = make(shop)
    row = f"<TxInfAndSts><OrgnlInstrId>I1</OrgnlInstrId><TxSts>{status}</TxSts></TxInfAndSts>"
    text = PAIN_002.format(group="", rows=row).replace("M1", made.message_id)

    assert answer(shop, *read_status(text.encode())) == Answered(not_ours=1)
    assert shop.states() == [("in_flight", "")] * 2


def test_a_refusal_after_a_confirmed_batch_goes_to_a_person() -> None:
    """The customer of the one that was refused has no money, whatever a supervisor confirmed for the whole file."""
    shop = queued()
    made = make(shop)
    with shop.database.transaction() as connection:
        batches.confirm(connection, made.message_id, "BANK-77", shop.now, "000201")
    first, _ = (row["refund_key"].replace("-", "") for row in shop.intents())

    assert answer(shop, BankAnswer("rejected", first, reason="AC04")) == Answered(rejected=1)
    assert shop.states() == [("needs_human", "rejected"), ("succeeded", "")]
    assert "booked before" in shop.intents()[0]["note"]


def test_a_batch_is_confirmed_once() -> None:
    """Who confirmed it, and with what reference, stays on record; another reference is refused in words."""
    shop = queued()
    made = make(shop)
    with shop.database.transaction() as connection:
        batches.confirm(connection, made.message_id, "BANK-77", shop.now, "000201")
        again = batches.confirm(connection, made.message_id, "BANK-77", shop.now, "000202")
    with pytest.raises(Refused, match="BANK-77"), shop.database.transaction() as connection:
        batches.confirm(connection, made.message_id, "BANK-78", shop.now, "000202")

    with shop.database.transaction() as connection:
        (batch,) = batches.listed(connection)
    assert (again.succeeded, batch["bank_reference"], batch["answered_by"]) == (0, "BANK-77", "000201")


def test_what_the_bank_books_after_it_was_given_up_is_a_loss() -> None:
    """Refused, declined by a person, and then booked all the same: too much is recorded, never passed over."""
    shop = queued(1)
    make(shop)
    (row,) = shop.intents()
    number = row["refund_key"].replace("-", "")
    answer(shop, BankAnswer("rejected", number, reason="AC04"))
    with shop.database.transaction() as connection:
        move(connection, row["refund_key"], "cancelled", shop.now, leaves=("needs_human",), reason="replaced")

    said = BankAnswer("booked", number, reference="B9", amount_minor=1000, currency="PLN")

    assert (answer(shop, said), answer(shop, said)) == (Answered(succeeded=1), Answered())
    with shop.database.transaction() as connection:
        lost = connection.execute(select(ledger.refund_losses)).mappings().all()
    assert [(one["amount_minor"], one["refund_key"]) for one in lost] == [(1000, row["refund_key"])]


def test_a_large_answer_of_the_bank_is_read_while_the_database_is_everybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds for a whole day of a bank's customers; stations and supervisors wait for none of them."""
    shop, served = queued(), []
    make(shop)

    def slowly(data: bytes) -> list[BankAnswer]:
        station = threading.Thread(target=shop.intents, daemon=True)
        station.start()
        station.join(10)
        served.append(not station.is_alive())
        return read_status(data)

    monkeypatch.setattr(operations, "read_status", slowly)
    first, _ = (row["refund_key"].replace("-", "") for row in shop.intents())
    rows = TRANSACTION.format(status="ACSC").replace("E1", first)

    said = imported(shop, PAIN_002.format(group="", rows=rows))

    assert (said, served) == ({"succeeded": 1, "rejected": 0, "returned": 0, "pending": 0, "not_ours": 0}, [True])


def test_what_a_bank_says_of_others_costs_the_database_nothing() -> None:
    """However many there are: no question is asked about an id no hub makes."""
    shop, asked = queued(), []
    made = make(shop)
    first, second = (row["refund_key"].replace("-", "") for row in shop.intents())
    ours = "".join(TRANSACTION.format(status="ACSC").replace("E1", one) for one in (first, second))

    def count(rows: str) -> int:
        asked.clear()
        imported(shop, PAIN_002.format(group="", rows=rows))
        return len(asked)

    event.listen(shop.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    alone = count("".join(TRANSACTION.format(status="ACSC").replace("E1", f"E{one}") for one in range(3)))
    crowd = count("".join(TRANSACTION.format(status="ACSC").replace("E1", f"E{one}") for one in range(3000)))
    imported(shop, PAIN_002.format(group="", rows=ours))

    assert alone == crowd
    assert shop.states() == [("succeeded", "")] * 2
    with shop.database.transaction() as connection:
        (batch,) = batches.listed(connection)
    assert (batch["message_id"], batch["state"]) == (made.message_id, "answered")


def test_an_answer_that_cannot_be_taken_whole_is_not_taken_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fills up at the second refund: the first is not booked either, and the same file does it later."""
    shop, real = queued(), batches.booked
    make(shop)
    rows = "".join(
        TRANSACTION.format(status="ACSC").replace("E1", row["refund_key"].replace("-", "")) for row in shop.intents()
    )
    left = iter([real])

    def booked(*given: object) -> None:
        next(left, full)(*given)  # type: ignore[arg-type, operator]

    def full(*given: object) -> None:
        raise StorageFull("the disk is full")

    monkeypatch.setattr(batches, "booked", booked)
    with pytest.raises(StorageFull):
        imported(shop, PAIN_002.format(group="", rows=rows))
    before = shop.states()
    monkeypatch.setattr(batches, "booked", real)

    assert imported(shop, PAIN_002.format(group="", rows=rows))["succeeded"] == 2
    assert before == [("in_flight", "")] * 2


def test_an_answer_for_a_whole_file_and_one_for_a_refund_of_it_are_taken_in_their_order() -> None:
    """Refused as a whole behind one that was booked: the booked one stays."""
    shop = queued()
    made = make(shop)
    first, _ = (row["refund_key"].replace("-", "") for row in shop.intents())
    one, whole = BankAnswer("booked", first, reference="B9"), BankAnswer("rejected", "", made.message_id)

    assert answer(shop, one, whole, one) == Answered(succeeded=1, rejected=1)
    assert shop.states() == [("succeeded", ""), ("needs_human", "rejected")]


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-2", "windows-1250", "utf-16"])
def test_a_banks_file_is_read_in_the_encoding_it_names(tmp_path: Path, encoding: str) -> None:
    """And handed on without that name: what goes over the wire is UTF-8."""
    text = PAIN_002.format(group="", rows=TRANSACTION.format(status="RJCT")).replace("closed", "zamknięte")
    file = tmp_path / "status.xml"
    file.write_bytes(text.replace('version="1.0"', f'version="1.0" encoding="{encoding}"').encode(encoding))

    (found,) = read_status(status_text(file).encode())

    assert (found.end_to_end_id, found.reason) == ("E1", "AC04 zamknięte")
