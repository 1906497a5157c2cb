"""From the scanner's text to the customer's money: a real station's journal, a real hub's process, files and calls.

The shop's file is imported by the command, the station's own flow makes the journal, its lines go up over HTTP to the
hub's process; then the same data folder is opened with a clock of ours, so that the settle delay passes at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from hub import api, parts, people, server
from hub.command_line import ask
from hub.worker import run_once
from rma_station.domain import codec
from rma_station.domain.book import Person
from rma_station.domain.flows.inputs import Chosen, Pressed
from rma_station.domain.meaning import Command
from sync import review_wire, signing, wire
from tests.fakes import take_feed
from tests.hub.test_server import Process, command
from tests.services.bench import ServiceBench, answer

SHIRT = "5901234123457"
IBAN = "PL61109010140000071219812874"
BOSS, OTHER, GRADER = "000901", "000902", "000001"
PIN = "246810"
KINDS = ("withdrawal", "complaint", "withdrawal", "withdrawal", "withdrawal", "withdrawal")


def rma_id(number: int) -> str:
    """Numbers of our own, far from the sample shop's."""
    return f"RMA-2026-{900000 + number:06d}"


def shop_file() -> str:
    """Six returns of one shirt each; the second is a complaint."""
    product = {"sku": "E2E-SHIRT", "name": "Koszula", "gtins": [f"0{SHIRT}"], "category": "apparel"}
    orders, rmas = [], []
    for number, kind in enumerate(KINDS, 1):
        order_id = f"E2E-{number}"
        payment = {"payment_id": "P1", "means": "transfer", "amount_minor": 10000}
        orders.append({"order_id": order_id, "payments": [payment], "pieces": 1, "holder": "Zofia", "iban": IBAN})
        line = {"line_id": "L1", "sku": "E2E-SHIRT", "quantity": 1, "paid_minor": 10000}
        today = datetime.now(UTC).date().isoformat()
        rma = {"rma_id": rma_id(number), "kind": kind, "order_id": order_id, "received_on": today, "lines": [line]}
        rmas.append(rma)
    return json.dumps({"products": [product], "orders": orders, "rmas": rmas})


class Day:
    """A bench, and the hub it calls: its process first, then its folder under our clock."""

    def __init__(self, folder: Path) -> None:
        self.data, self.sent, self.calls = folder / "hub", 0, 0
        self.process = Process(self.data, mode="sample")
        self.client: httpx.Client = httpx.Client(base_url=self.process.ready["url"], timeout=20, trust_env=False)
        self.seed, self.now = bytes.fromhex((self.data / "device-key").read_text()), datetime.now(UTC)
        (folder / "shop.json").write_text(shop_file(), encoding="utf-8")
        self.imported = command(self.data, "import", str(folder / "shop.json")).stdout
        for worker_id, role in ((BOSS, "supervisor"), (OTHER, "supervisor"), (GRADER, "supervisor")):
            ask(self.data, "person-put", worker_id=worker_id, name="Ewa", role=role, pin=PIN)
        self.bench = ServiceBench(folder / "station")
        self.fetch_feed()
        self.bench.badge(GRADER)
        self.now = datetime.now(UTC)

    # --- the station -------------------------------------------------------------------------------------

    def press(self, *keys: Command | int) -> str:
        """Keys or numbers, one after the other; the last answer."""
        said = ""
        for key in keys:
            given = Pressed(key) if isinstance(key, Command) else Chosen(key)
            said = answer(self.bench.station.handle(given))
        return said

    def receive(self, code: str, answers: int = 1) -> str:
        """One parcel with one shirt: all questions get this answer, 1 is the best; the parcel is done."""
        self.bench.scan(code)
        if code.startswith("STRAY"):
            self.press(Command.YES)
        self.press(1)
        self.bench.scan(SHIRT)
        self.press(*[answers] * 4, Command.YES)
        self.press(Command.LABEL_OWED)
        return self.press(Command.PARCEL_DONE)

    def amend(self, number: int, answers: int) -> str:
        """The unit's label proves itself, opens its unit, and the questions are asked again."""
        (unit,) = self.bench.journal.projection.case(rma_id(number)).units.values()
        self.bench.scan(unit.lpn)
        self.bench.scan(unit.lpn)
        return self.press(1, *[answers] * 4, Command.YES)

    def upload(self) -> tuple[int, list[Any]]:
        """Hello, and what the hub says it lacks; how many it accepted and what became of the others."""
        journal = self.bench.journal
        log_id, last = journal.log_id, journal.last_seq
        hello = wire.Hello("sample", (wire.LogHead(log_id, last, ""),), heartbeat=wire.Heartbeat("0.1.0"))
        known = self.call("POST", wire.HELLO, wire.encode(hello))["logs"][0]
        previous, lines = self.bench.reader.lines_after(log_id, known["have_through"], 500, wire.BATCH_BYTES)
        header = wire.BatchHeader(known["have_through"] + 1, previous.hex(), len(lines))
        assert known["hash_at_have"] == previous.hex()
        reply = self.call("POST", wire.events_path(log_id), wire.encode_batch(header, lines))
        return reply["accepted"], reply.get("results", [])

    def fetch_feed(self) -> None:
        """All pages of the feed into the station's store."""
        cursor, more = "", True
        while more:
            page = codec.decode(wire.FeedReply, self.call("GET", wire.feed_path(cursor)))
            take_feed(self.bench.reader, page.entries, page.cursor)
            cursor, more = page.cursor, page.more

    # --- the hub -----------------------------------------------------------------------------------------

    def call(self, method: str, path: str, content: bytes = b"") -> Any:
        """A call of the station, signed by the hub's clock or the later one of this machine, when the hub began."""
        self.calls += 1
        unix = max(self.now, datetime.now(UTC)).timestamp()
        signed = signing.sign(self.seed, method, path, content, unix, self.calls.to_bytes(16, "big"))
        reply = self.client.request(method, path, content=content, headers=signed)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def take_over(self) -> None:
        """End the process and open its folder with our clock."""
        assert self.process.end() == 0
        self.client.close()
        self.hub = server.open_hub(self.data)
        self.hub.now = lambda: self.now
        self.client = TestClient(api.create_app(self.hub, parts.MOUNTS))

    def later(self, **of: float) -> None:
        """Time passes, and the hub does what it does by itself."""
        self.now += timedelta(**of)
        for task in parts.PERIODIC:
            assert run_once(self.hub, task), task.name

    def ask(self, operation: str, **arguments: Any) -> Any:
        """A ``hub`` command on the running hub."""
        token = (self.data / "admin-token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        return self.client.post(f"/v1/admin/{operation}", json=arguments, headers=headers).json()

    def case(self, case_id: str) -> review_wire.ReviewCase:
        """A case as a supervisor sees it."""
        return codec.decode(
            review_wire.ReviewCase, self.call("GET", review_wire.review_path(review_wire.REVIEW_CASE, case_id))
        )

    def held(self) -> dict[str, str]:
        """Case to reason, of our returns and strays in the supervisors' queue."""
        queue = codec.decode(review_wire.ReviewQueue, self.call("GET", review_wire.REVIEW_QUEUE))
        return {item.case_id: item.reason for item in queue.items}

    def decide(self, case_id: str, verdict: str, **more: Any) -> str:
        """A supervisor's decision; the code of the refusal, or ``-``."""
        seen = self.case(case_id)
        values = {"intent_key": seen.intents[0].intent_key if seen.intents else "", "worker_id": BOSS, "pin": PIN}
        decision = review_wire.Decision(**{**values, "verdict": verdict, "basis": seen.basis, **more})
        path = review_wire.review_path(review_wire.REVIEW_DECIDE, case_id)
        reply = codec.decode(review_wire.DecisionReply, self.call("POST", path, wire.encode(decision)))
        return "-" if reply.accepted else reply.code

    def states(self, number: int) -> list[tuple[str, str, int]]:
        """Purpose, state and amount of a return's refunds."""
        rows = self.ask("refunds", all=True)["all"]
        mine = [row for row in rows if row["case_id"] == rma_id(number)]
        return sorted((row["purpose"], row["state"], row["amount_minor"]) for row in mine)

    def pay(self) -> tuple[int, dict[str, str]]:
        """Make the bank file of what is queued and confirm it: how many succeeded, and the file's text."""
        made = self.ask("batch-make", currency="PLN", by="office")
        found = self.ask("batch-confirm", message_id=made["message_id"], reference="B-1", worker_id=BOSS, pin=PIN)
        return found["succeeded"], {"id": made["message_id"], **self.ask("batch-file", message_id=made["message_id"])}

    def close(self) -> None:
        """Whatever is open."""
        self.process.end()
        self.bench.journal.close()
        if hasattr(self, "hub"):
            self.hub.database.close()


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """A bench and a hub with the shop's file."""
    made = Day(tmp_path)
    yield made
    made.close()


def test_a_day_from_the_scanner_to_the_money(day: Day) -> None:
    """Clean, complaint, undone, diminished, stray: each goes its own way, and none is paid twice."""
    clean, complaint, undone, worn, regraded, stray = (rma_id(number) for number in range(1, 7))
    done = [day.receive(clean), day.receive(complaint), day.receive(undone)]
    first, _ = day.upload()
    undo = day.press(Command.UNDO)
    day.press(Command.SET_ASIDE)
    done += [day.receive(worn, 2), day.receive(regraded, 2), day.receive("STRAY0000012345")]
    rest, others = day.upload()
    day.fetch_feed()
    slots = [unit.slots for unit in day.bench.journal.projection.case(clean).units.values()]
    before = day.states(1)
    day.take_over()

    assert day.imported == "New or changed: 1 products, 6 orders, 6 rmas.\n"
    assert (done, undo) == (["ok:parcel_done"] * 6, "ok:undone")
    assert (first + rest, others, slots) == (day.bench.journal.last_seq, [], [(1,)])
    assert (before, day.states(3)) == ([("refund", "proposed", 10000)], [("refund", "cancelled", 10000)])
    held = day.held()
    (orphan,) = [case_id for case_id, reason in held.items() if reason == "orphan"]
    assert held == {complaint: "complaint", worn: "diminished_value", regraded: "diminished_value", orphan: "orphan"}

    day.later(minutes=5)
    early = day.states(1)
    day.later(minutes=6)
    queued = day.states(1)
    grader = day.ask("batch-make", currency="PLN", by="office")
    own = day.ask("batch-confirm", message_id=grader["message_id"], reference="B", worker_id=GRADER, pin=PIN)["code"]
    sure = day.ask("batch-confirm", message_id=grader["message_id"], reference="B-1", worker_id=BOSS, pin=PIN)
    file = day.ask("batch-file", message_id=grader["message_id"])["xml"]

    assert (early, queued) == ([("refund", "proposed", 10000)], [("refund", "queued", 10000)])
    assert (own, sure["succeeded"], day.states(1)) == ("own_grading", 1, [("refund", "succeeded", 10000)])
    assert (file.count("<CdtTrfTxInf>"), "100.00" in file, IBAN in file) == (1, True, True)
    assert (day.states(2), day.states(6)) == ([("refund", "held", 10000)], [])

    day.amend(1, 2)
    assert "unit.amended" in day.bench.types()
    day.upload()
    late = day.held().get(clean)
    assert (late, day.states(1)) == ("late_contradiction", [("refund", "succeeded", 10000)])
    verdicts = [
        day.decide(clean, "noted"),
        day.decide(complaint, "decline", reason="zużycie"),
        day.decide(worn, "adjust", deduction_minor=2500, reason="plama"),
        day.decide(regraded, "regrade", reason="zdjęcie nieostre"),
        day.decide(orphan, "match", rma_id=stray, intent_key=""),
    ]
    matched = day.states(6), day.held().get(stray)
    verdicts.append(day.decide(stray, "approve"))
    day.later(minutes=11)
    paid, _ = day.pay()

    assert verdicts == ["-"] * 6
    assert matched == ([("refund", "held", 10000)], "no_rule")
    assert paid == 2
    assert [day.states(number) for number in (2, 4, 5, 6)] == [
        [("refund", "declined", 10000)],
        [("refund", "succeeded", 7500)],
        [("refund", "held", 10000)],
        [("refund", "succeeded", 10000)],
    ]
    assert day.held() == {regraded: "regrade"}
    day.later(days=30)
    assert "message_id" not in {k for k, v in day.ask("batch-make", currency="PLN", by="office").items() if v}


def test_every_refusal_of_a_decision_is_said(day: Day) -> None:
    """Role, PIN, own grading, basis, reason, amount, state, and the lock-out at the end."""
    case = rma_id(1)
    day.receive(case, 2)
    day.upload()
    day.take_over()
    with day.hub.database.transaction() as connection:
        people.put_person(connection, Person("000903", "Jan", "worker"), "1111", day.now, day.hub.random)

    codes = {
        "role": day.decide(case, "approve", worker_id="000903", pin="1111"),
        "pin": day.decide(case, "approve", pin="000000"),
        "own_grading": day.decide(case, "approve", worker_id=GRADER),
        "basis_changed": day.decide(case, "approve", basis=("other",)),
        "reason_missing": day.decide(case, "decline"),
        "amount": day.decide(case, "adjust", deduction_minor=10000, reason="r"),
        "state": day.decide(case, "match", rma_id=rma_id(2)),
        "locked": [day.decide(case, "approve", worker_id=OTHER, pin="000000") for _ in range(5)][-1],
    }

    assert codes == {code: code for code in codes}
    assert set(codes) == {"basis_changed", "own_grading", "role", "pin", "locked", "state", "amount", "reason_missing"}
    assert day.states(1) == [("refund", "held", 10000)]
