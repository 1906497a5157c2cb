"""What the station thread needs at once: journal, book and station. Loaded on that thread, after the first paint."""

from __future__ import annotations

import functools

from rma_station.config import Config
from rma_station.domain.flows.state import Rules
from rma_station.errors import NewerJournal
from rma_station.services.room import Room
from rma_station.services.station import Identity, Station
from rma_station.store import pins_at_rest
from rma_station.store.book import StoredBook
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from rma_station.store.upload_only import UploadOnlyReader
from rma_station.system import SystemClock, SystemRandom
from rma_station.version import VERSION
from rma_station.wiring.at_rest import database_key, pin_pepper
from rma_station.wiring.own_codes import roll_prefixes, scan_rules
from rma_station.wiring.profiles import profiles


def open_room(config: Config) -> Room:
    """Journal, book and station; on the thread that will use them.

    Raises:
        StationHeld: another process runs this station.
        ModeMismatch, JournalDamaged, StorageFull: as ``Journal.open``.
        ConfigError, Refused: the journal is fine, but the configuration or the station's key cannot be used with it.
    """
    station = config.station
    opened = functools.partial(
        Journal.open,
        config.data_folder,
        station=station.name,
        mode=station.mode,
        app_version=VERSION,
        clock=SystemClock(),
        random=SystemRandom(),
        tz=station.time_zone,
        key=database_key(config),
    )
    try:
        journal = opened()
    except NewerJournal:
        journal = opened(read_only=True)
    journal.photos.share = config.photos.disk_mb * 1_000_000
    try:
        return _room(config, journal)
    except BaseException:
        journal.close()
        raise


def _room(config: Config, journal: Journal) -> Room:
    station, rules = config.station, config.rules
    pepper = pin_pepper(config)
    book = StoredBook(journal, profiles())
    reader = (UploadOnlyReader if journal.read_only else StoredReader)(journal, SystemClock(), pepper=pepper)
    if not journal.read_only:
        pins_at_rest.settle(journal.database, pepper)
    if not reader.heard_at():
        reader.note_heard()  # the days are counted from the first start
    running = Station(
        Identity(station.name, station.mode, station.language),
        journal,
        book,
        SystemClock(),
        scan_rules=scan_rules(config, book, journal),
        rules=Rules(
            rules.scan_back,
            rules.badge_pin,
            rules.weight_tolerance_grams,
            rules.packaging_grams,
            roll_prefixes(config, journal.log_id),
            rules.offline_days,
            rules.offline_then == "supervisor",
            # A phone is offered once the hub has said that it can.
            cameras=tuple(dict.fromkeys(one.source for one in config.camera if one.source != "phone")),
        ),
        duplicate_seconds=rules.duplicate_ms / 1000,
        unclean=journal.opening.unclean,
        heard_at=reader.heard_at(),
    )
    if journal.read_only:
        running.close_bench("program_old")
    return Room(running, journal, book, reader, pepper)
