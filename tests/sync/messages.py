"""One example of every message between station and hub, as the golden files hold it.

After a deliberate change of the protocol give it a new number, then write its folder with
``python -m tests.sync.messages`` and ``python -m tests.sync.traffic``. A folder that a release has carried never
changes.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rma_station.domain import codec
from rma_station.domain import envelope as en
from sync import blobs, receipt, review_wire, wire

GOLDEN = Path(__file__).parent / "golden" / f"v{wire.PROTOCOL}"

HUB = wire.HubHeader(
    hub_id="hub-7f3a",
    hub_epoch="1",
    server_time="2026-11-22T10:00:00.000000+00:00",
    mode="sample",
    protocol_max=wire.PROTOCOL,
)
LOG = "log-019a"
HUB_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
"""What the hub of the examples signs with."""


def lines_of(log_id: str, count: int, *, first: int = 1, previous: bytes = en.GENESIS) -> tuple[list[bytes], bytes]:
    """Journal lines of small events with the hash after the last."""
    lines = []
    for seq in range(first, first + count):
        envelope = en.Envelope(
            event_id=f"019a0000-0000-7000-8000-{seq:012d}",
            log_id=log_id,
            seq=seq,
            type="unit.placed",
            schema=1,
            occurred_at="2026-11-22T10:00:00.000Z",
            boot_id="boot-1",
            mono_ms=seq,
            clock_state="ok",
            app_version="0.1.0",
            payload_sha256="",
            worker_id="000001",
            subject={"case_ids": "RMA-2026-000001", "unit_id": "u-1"},
        )
        payload = {"unit_id": "u-1", "lpn": "L0001A", "destination": "Regał ŻÓŁTY"}
        entry = en.seal(envelope, payload, seq.to_bytes(16, "big"), previous)
        lines.append(entry.line)
        previous = entry.hash
    return lines, previous


ITEM = review_wire.ReviewItem(
    case_id="RMA-2026-000001",
    intent_key="5f0c",
    reason="late_contradiction",
    kind="withdrawal",
    title="RMA-2026-000001 T-shirt",
    amount_minor=12900,
    days_left=-2,
    held_at="2026-11-22T09:00:00Z",
    late_contradiction=True,
)

NEWER_HELLO = {
    "mode": "sample",
    "logs": [{"log_id": LOG, "last_seq": 2, "last_hash": "ab" * 32, "signed": "ed25519:00"}],
    "protocol": 99,
    "heartbeat": {"app_version": "9.0.0", "unsent": 2, "scan_p99_ms": 31, "restarts": {"today": 1}},
    "languages": ["pl", "en"],
}
"""A hello with fields no version has yet: hubs of today have to answer it (R8)."""

REQUESTS: dict[str, object] = {
    "hello": wire.Hello(
        mode="sample",
        logs=(wire.LogHead("log-0199", 7, "0c" * 32, closed=True), wire.LogHead(LOG, 2, "ab" * 32)),
        protocol=wire.PROTOCOL,
        heartbeat=wire.Heartbeat(
            app_version="0.1.0",
            unsent=2,
            oldest_unsent_seconds=61,
            disk_free_mb=2048,
            database_mb=12,
            clock_state="suspect",
            clock="2026-11-22T09:00:00.000Z",
            devices={"scanner": "ready", "labels": "error"},
        ),
        run_id="9f3c5a7e1b2d4068",
    ),
    "missing_question": wire.MissingQuestion(("019a0000-0000-7000-8000-000000000001",)),
    "decision": review_wire.Decision(
        intent_key="5f0c",
        verdict="adjust",
        worker_id="000002",
        pin="482913",
        basis=("019a0000-0000-7000-8000-000000000001",),
        reason="Zarysowania na obudowie",
        deduction_minor=500,
    ),
    "upload_asked": blobs.UploadAsked(
        parcel_id="p-1",
        case_ids=("RMA-2026-000001",),
        unit_id="u-1",
        role="damage",
        lpn="A7K3Q00012",
        name="Czajnik ŻÓŁW",
    ),
    "claim": wire.Claim(rma_id="RMA-2026-000001", line_id="L1", serial="SN-ŻÓŁW-1", lpn="A7K3Q00012"),
    "vouch": review_wire.Vouch(worker_id="000201", pin="201201"),
}

REPLIES: dict[str, object] = {
    "hello_reply": wire.HelloReply(
        HUB,
        (
            wire.LogKnown(LOG, 1, "cd" * 32, stable_through=1),
            wire.LogKnown("log-019b", 0, "00" * 32, refused="letters"),
        ),
        feed_head=7,
        advice="upgrade",
        hub_key=HUB_KEY.public_key().public_bytes_raw().hex(),
    ),
    "missing_reply": wire.MissingReply(HUB, ("019a0000-0000-7000-8000-000000000001",)),
    "events_reply": wire.EventsReply(
        HUB,
        accepted_through=2,
        accepted=1,
        results=(
            wire.EventResult(2, "019a0000-0000-7000-8000-000000000002", "dead_letter", "payload", "unit_id: missing"),
        ),
        receipt=receipt.sign(HUB_KEY, LOG, 2, "ab" * 32, "2026-11-22T10:00:00.000Z"),
    ),
    "feed_reply": wire.FeedReply(
        HUB,
        cursor="1.7.e7",
        entries=(
            wire.FeedEntry(6, "e6", "product", "TSHIRT-M", {"sku": "TSHIRT-M", "name": "Koszulka"}),
            wire.FeedEntry(7, "e7", "rma", "RMA-2026-000009"),
        ),
        more=True,
    ),
    "problem_gap": wire.Problem(HUB, "gap", "events 2 to 4 are missing", have_through=1),
    "problem_fork": wire.Problem(HUB, "fork", "entry 2 has another hash here", at_seq=2, hub_hash="ef" * 32),
    "problem_letters": wire.Problem(HUB, "letters", "labels of another log begin with 7K3Q too"),
    "problem_unauthorised": wire.Problem(HUB, "unauthorised", "no station has this token"),
    "problem_clock": wire.Problem(HUB, "clock", "signed -86400 s from the hub's time; sign it by the hub's clock"),
    "problem_revoked": wire.Problem(HUB, "revoked", "the key of station bench-1 was revoked"),
    "problem_mode": wire.Problem(HUB, "mode", "this hub is live, the station is sample"),
    "problem_protocol": wire.Problem(HUB, "protocol", "protocol 9 is newer than this hub"),
    "problem_too_large": wire.Problem(HUB, "too_large", "a batch has at most 500 events"),
    "problem_busy": wire.Problem(HUB, "busy", "try again"),
    "problem_malformed": wire.Problem(HUB, "malformed", "Hello.mode: missing"),
    "problem_snapshot": wire.Problem(HUB, "snapshot", "the cursor is not known"),
    "review_queue": review_wire.ReviewQueue(HUB, (ITEM,)),
    "review_case": review_wire.ReviewCase(
        HUB,
        case_id="RMA-2026-000001",
        kind="withdrawal",
        deadline_on="2026-11-20",
        intents=(ITEM,),
        evidence=(review_wire.EvidenceLine("2026-11-22T09:00:00Z", "000001", "event.unit.graded", {"grade": "C"}),),
        basis=("019a0000-0000-7000-8000-000000000001",),
        rule="hold above 100.00 PLN (policy 3)",
        graded_by=("000001",),
        gradings=(
            review_wire.GradingSeen(
                "u1",
                "R7K3Q000001",
                "counts",
                worker_id="000001",
                station="bench-1",
                received_at="2026-11-22T10:00:01+00:00",
                occurred_at="2026-11-22T09:00:00.000Z",
                corrected_at="2026-11-22T10:00:00.000Z",
                clock_state="suspect",
                grade="C",
                disposition="outlet",
                answers={"worn": "clear"},
                override_reason="smell",
                grams=250,
                photos=2,
            ),
        ),
        paid=(review_wire.Paid("0f0e0d0c-0000-5000-8000-000000000001", "succeeded", 12999, "PLN", "2026-11-22", 500),),
        photos=(review_wire.CasePhoto("5f" * 32, "image/jpeg", "damage", "phone", "", "A7K3Q00012", here=True),),
    ),
    "upload_page": blobs.UploadPage(HUB, "https://returns.example.com/u/0000", "2026-11-22T10:10:00.000Z"),
    "lines_reply": wire.LinesReply(
        HUB, (wire.LogLine(7, "ab" * 32, '{"v":1,"type":"unit.placed"}'), wire.LogLine(8, "cd" * 32)), more=True
    ),
    "claim_reply": wire.ClaimReply(HUB, ("bench-7",)),
    "decision_reply": review_wire.DecisionReply(
        HUB, accepted=False, code="own_grading", message="You graded this unit."
    ),
}


def golden_bytes() -> dict[str, bytes]:
    """File name to its bytes, for every message."""
    files = {f"{name}.json": wire.encode(message) + b"\n" for name, message in {**REQUESTS, **REPLIES}.items()}
    lines, _ = lines_of(LOG, 2)
    files["hello_of_a_newer_station.json"] = codec.to_bytes(NEWER_HELLO) + b"\n"
    files["batch.ndjson"] = wire.encode_batch(wire.BatchHeader(1, en.GENESIS.hex(), len(lines)), lines)
    return files


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, data in golden_bytes().items():
        (GOLDEN / name).write_bytes(data)
