"""A hub process of its own for a measurement, with stations that may call it; it ends with its block."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from hub.shop.document import Document, LineGiven, RmaGiven
from rma_station.domain import codec
from rma_station.domain import rma as rm

LINE = "L1"
SKU = "SHIRT-M"


@dataclass(frozen=True)
class RunningHub:
    """Where it is, and who may call."""

    url: str
    pid: int
    tokens: tuple[str, ...]
    """One a station."""

    def processor_seconds(self) -> float:
        """User and system time of the process so far (proc(5), fields 14 and 15 of stat)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running_hub(
    data: Path, rma_ids: Sequence[str], pieces: int, stations: int, *, apart: bool = False
) -> Iterator[RunningHub]:
    """A live hub on a data folder that knows these RMAs, each of one line.

    Args:
        data: its folder; a ``database-url`` in it is used.
        rma_ids: to announce.
        pieces: of each line.
        stations: how many to add.
        apart: the hub has a processor for itself and we have the others, as if it were another machine. Else a scan
            of a measurement waits for the scheduler of this one, which no bench does.
    """
    ours = os.sched_getaffinity(0)
    theirs = {max(ours)} if apart and len(ours) > 1 else ours
    reader, writer = os.pipe()
    command = [sys.executable, "-m", "rma_station", "hub", "run", "--mode", "live", "--data", str(data)]
    process = subprocess.Popen([*command, "--parent-pipe", str(reader)], stdout=subprocess.PIPE, pass_fds=(reader,))
    os.close(reader)
    os.sched_setaffinity(process.pid, theirs)
    os.sched_setaffinity(0, ours - theirs or ours)
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        token = (data / "admin-token").read_text().strip()
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=120) as admin:
            for start in range(0, len(rma_ids), 5000):
                _announce(admin, rma_ids[start : start + 5000], pieces)
            tokens = [
                admin.post("/v1/admin/station-add", json={"name": f"bench-{number}"}).json()["token"]
                for number in range(stations)
            ]
        yield RunningHub(url, process.pid, tuple(tokens))
    finally:
        os.sched_setaffinity(0, ours)
        os.close(writer)
        process.wait(20)


def _announce(admin: httpx.Client, rma_ids: Sequence[str], pieces: int) -> None:
    product = rm.Product(SKU, "Koszula flanelowa", ("05901234123457",), category="apparel")
    returns = [
        RmaGiven(
            rma_id=rma_id,
            kind="withdrawal",
            order_id=f"ORD-{rma_id[4:]}",
            lines=(LineGiven(LINE, product.sku, pieces, paid_minor=19900),),
            deadline_on="2026-12-06",
        )
        for rma_id in rma_ids
    ]
    document = codec.encode(Document((product,), rmas=tuple(returns)))
    admin.post("/v1/import", content=codec.to_bytes(document), timeout=120).raise_for_status()
