"""Entries of the feed as tests of the store need them, and a snapshot of them."""

from __future__ import annotations

from dataclasses import replace

from rma_station.domain import codec
from rma_station.domain.book import Person
from rma_station.domain.rma import Line
from rma_station.store.reader import StoredReader
from sync.wire import FeedEntry
from tests.flows.bench import SHIRT, rma
from tests.store.given import RMA


def person(number: int, name: str = "Ola Nowak") -> FeedEntry:
    """A worker on the feed."""
    worker = Person(f"{number:06}", name, "worker")
    return FeedEntry(number, f"e-{number}", "person", worker.worker_id, codec.encode(worker))


def fact(event_id: str, kind: str, payload: object, case: str = RMA, schema: int | str = 1) -> FeedEntry:
    """What the hub said about a case."""
    body = {"event_id": event_id, "type": kind, "schema": schema, "case_ids": [case], "payload": payload}
    return FeedEntry(1, f"f-{event_id}", "fact", case, body)


def advised(*lines: Line, **more: str) -> FeedEntry:
    """An RMA on the feed."""
    return FeedEntry(1, "x", "rma", RMA, codec.encode(replace(rma(1, *lines), **more)))  # type: ignore[arg-type]


def catalogued(**more: object) -> FeedEntry:
    """A product on the feed."""
    return FeedEntry(1, "x", "product", "S", codec.encode(replace(SHIRT, **more)))  # type: ignore[arg-type]


SLOT = {"unit_id": "u-1", "rma_id": RMA, "line_id": "l-1", "slots": [1]}


def pages(reader: StoredReader, *given: tuple[list[FeedEntry], str], first: bool = True, last: bool = True) -> None:
    """Pages of a snapshot, from its first to its last."""
    for number, (entries, cursor) in enumerate(given):
        begins, ends = first and number == 0, last and number == len(given) - 1
        for _ in reader.snapshot_slices(entries, cursor, first=begins, last=ends):
            continue


def matched(event_id: str, parcel_id: str) -> list[FeedEntry]:
    """A supervisor found out where an orphan belongs."""
    parcel = {"parcel_id": parcel_id, "rma_id": RMA}
    unit = {"unit_id": f"u-{parcel_id}", "rma_id": RMA, "line_id": "l-1"}
    said = (event_id, "parcel.matched", parcel), (f"{event_id}u", "unit.matched", unit)
    return [replace(one, body={**one.body, "case_ids": [parcel_id, RMA]}) for one in (fact(*each) for each in said)]
