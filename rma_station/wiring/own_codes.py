"""Which codes this station takes for its own (badges, command sheets, rolls), and what to do when they change."""

from __future__ import annotations

import re
from collections.abc import Callable

from rma_station.config import Config
from rma_station.domain import codes
from rma_station.domain.codec import JsonValue
from rma_station.domain.scan import ScanRules
from rma_station.errors import ConfigError
from rma_station.ports import Random
from rma_station.services import keys
from rma_station.services.running import RunningStation
from rma_station.store.book import StoredBook
from rma_station.store.journal import Journal
from rma_station.system import SystemRandom

KEY_BYTES = 32


def scan_rules(config: Config, book: StoredBook, journal: Journal) -> ScanRules:
    """This station's own codes: patterns from the configuration, the badge key from the hub, its own command key."""
    key = keys.load_or_make(config.data_folder, SystemRandom())
    return ScanRules(
        rma_pattern=re.compile(config.rules.rma_pattern),
        order_pattern=re.compile(config.rules.order_pattern),
        station=config.station.name,
        badge_key=badge_key(book.setting("badge_key"), SystemRandom()),
        command_key=codes.command_key(key.master, config.station.name),
        generation=key.generation,
        own_logs=frozenset(
            (*map(codes.log_letters, journal.log_ids()), *(prefix[1:] for prefix in config.rules.roll_prefixes))
        ),
    )


def badge_key(from_hub: JsonValue, random: Random) -> bytes:
    """The hub's key for badges; one that nobody knows, so that no badge is genuine, until the hub has sent a whole one.

    Args:
        from_hub: the feed's setting, whatever it is.
        random: makes the key nobody knows.
    """
    try:
        key = bytes.fromhex(from_hub)
    except (TypeError, ValueError):
        key = b""
    return key if len(key) == KEY_BYTES else random.bytes(KEY_BYTES)


def roll_prefixes(config: Config, log_id: str) -> tuple[str, ...]:
    """The registered rolls; numbers this station prints itself must not look like one of them."""
    own = codes.lpn(log_id, 0)[:5]
    if own in config.rules.roll_prefixes:
        raise ConfigError(config.file, "rules.roll_prefixes", own, f"anything but {own}: this station's own labels")
    return config.rules.roll_prefixes


def news(config: Config, running: RunningStation) -> Callable[[], None]:
    """What to do after the feed was applied: take a new badge key, show new data. On the station thread."""

    def apply() -> None:
        room = running.room
        room.station.switch_scan_rules(scan_rules(config, room.book, room.journal))
        running.feed_applied()

    return apply


def renew_keys(config: Config, running: RunningStation) -> Callable[[int], int]:
    """Begins new generations of command sheets; the running station takes them from then on. On the station thread."""

    def renew(generations: int) -> int:
        room = running.room
        generation = keys.renew(config.data_folder, SystemRandom(), generations).generation
        room.station.switch_scan_rules(scan_rules(config, room.book, room.journal))
        return generation

    return renew
