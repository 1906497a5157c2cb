"""What monitoring reads from ``/metrics`` (names: sync reference 7). Counters live here, gauges are asked each time.

Other parts of the hub add figures by appending to ``sources``: a function that is given a connection and the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, func, select

from hub.tables import dead_letters, feed, logs, parked
from hub.tables import stations as station_table
from hub.trust import stations
from rma_station.domain.clean import clean
from sync import wire

DEVICES = 32
"""Most devices of one station that become series: what a station sends must not fill the monitoring."""
Source = Callable[[Connection, datetime], Iterable[Metric]]


class Metrics:
    """The figures of one hub, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = Counter("rma_events", "Events by what became of them.", ["result"], registry=self.registry)
        self.forks = Counter("rma_forks", "Batches that showed another history of a log.", registry=self.registry)
        self.seconds = Histogram(
            "rma_request_seconds",
            "Time to answer.",
            ["call"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=self.registry,
        )
        self.sources: list[Source] = [_letters, _feed_lag, _stations]

    def count(self, reply: wire.EventsReply | wire.Problem) -> None:
        """Count what became of a batch."""
        if isinstance(reply, wire.Problem):
            if reply.code == "fork":
                self.forks.inc()
            return
        self.events.labels("accepted").inc(reply.accepted)
        for result in reply.results:
            self.events.labels(result.result).inc()

    def render(self, connection: Connection, now: datetime) -> bytes:
        """The text Prometheus, Zabbix and Datadog read."""
        found = [metric for source in self.sources for metric in source(connection, now)]
        asked = CollectorRegistry()
        asked.register(_Fixed(found))
        return generate_latest(self.registry) + generate_latest(asked)


class _Fixed(Collector):
    """Metrics that were asked for already."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """For the Prometheus client: what was given, whenever it asks."""
        return self._metrics


def _letters(connection: Connection, now: datetime) -> Iterable[Metric]:
    dead = GaugeMetricFamily("rma_dead_letters", "Dead letters not driven again yet, by code.", labels=["code"])
    waiting = (dead_letters.c.redriven_result.is_(None)) | (dead_letters.c.redriven_result.like("dead_letter%"))
    for code, count in connection.execute(
        select(dead_letters.c.code, func.count()).where(waiting).group_by(dead_letters.c.code)
    ):
        dead.add_metric([code], count)
    count = connection.scalar(select(func.count()).select_from(parked).where(parked.c.replayed_at.is_(None))) or 0
    broken = connection.scalar(select(func.count()).select_from(logs).where(logs.c.flag != "")) or 0
    return [
        dead,
        GaugeMetricFamily("rma_parked", "Events a newer version has to read.", value=count),
        GaugeMetricFamily("rma_logs_broken", "Logs whose lines do not add up.", value=broken),
    ]


def _feed_lag(connection: Connection, now: datetime) -> Iterable[Metric]:
    slowest = connection.scalar(select(func.min(station_table.c.feed_seq)).where(station_table.c.revoked_at.is_(None)))
    oldest = None
    if slowest is not None:
        oldest = connection.scalar(
            select(feed.c.at).where(feed.c.seq > slowest, ~feed.c.superseded).order_by(feed.c.seq).limit(1)
        )
    lag = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    return [GaugeMetricFamily("rma_feed_lag_seconds", "Age of the oldest entry a station has not fetched.", value=lag)]


_HEARTBEAT = {
    "unsent": "Events not yet at the hub.",
    "oldest_unsent_seconds": "Age of the oldest of them.",
    "disk_free_mb": "Free disk, MiB.",
    "database_mb": "Size of the journal, MiB.",
}


def _stations(connection: Connection, now: datetime) -> Iterable[Metric]:
    silent = GaugeMetricFamily("rma_station_silent_seconds", "Since the last hello.", labels=["station"])
    gauges = {
        name: GaugeMetricFamily(f"rma_station_{name}", words, labels=["station"]) for name, words in _HEARTBEAT.items()
    }
    clock = GaugeMetricFamily("rma_station_clock_ok", "1 while its clock can be trusted.", labels=["station"])
    devices = GaugeMetricFamily("rma_station_device_ready", "1 while it works.", labels=["station", "device"])
    version = GaugeMetricFamily("rma_station_info", "Version of its program.", labels=["station", "version"])
    for row in connection.execute(select(station_table).where(station_table.c.revoked_at.is_(None))):
        if row.seen_at:
            silent.add_metric([row.name], (now - row.seen_at).total_seconds())
        heartbeat = stations.read_heartbeat(row.heartbeat)
        if heartbeat is None:
            continue
        for name, gauge in gauges.items():
            gauge.add_metric([row.name], getattr(heartbeat, name))
        clock.add_metric([row.name], float(heartbeat.clock_state == "ok"))
        version.add_metric([row.name, clean(heartbeat.app_version, 40)], 1)
        for device, state in list(heartbeat.devices.items())[:DEVICES]:
            devices.add_metric([row.name, clean(device, 40)], float(state == "ready"))
    return [silent, *gauges.values(), clock, devices, version]
