"""The one module that may import drivers, labels and sync: it turns a configuration into a running station.

``open_room`` is what the station thread needs at once (standard library and our own code only); ``devices`` needs
pyserial; ``late`` (printers, uplink) is called after the first paint and imports what is heavy.
"""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rma_station.config import Config, PrinterSection, ScaleSection, ScannerSection
from rma_station.errors import ConfigError, Malformed, NewerJournal, Refused
from rma_station.ports import Camera, Clock, KeepPicture, Random, Scale, Scanner, Uplink
from rma_station.services.running import Late, Room, RunningStation
from rma_station.system import SystemClock, SystemRandom
from rma_station.version import VERSION

PROFILES = Path(__file__).with_name("data") / "profiles"
KEY_BYTES = 32
HUB_FOLDER = "hub"
AUTHORITY = "hub-ca.pem"
"""File in the data folder: the authority this station pinned for its hub when it was enrolled."""
SIMULATED = "sim:"
"""What the URL of a device begins with that is made up inside the program."""
T = TypeVar("T")

if TYPE_CHECKING:  # flows and store are loaded by ``open_room``: not before the first paint
    from drivers.hotplug import Hotplug
    from drivers.recording import Recorder, Through
    from rma_station.domain.codec import JsonValue
    from rma_station.domain.effects import Printable
    from rma_station.domain.grading import Profile
    from rma_station.domain.scan import ScanRules
    from rma_station.services.phones import AskPage
    from rma_station.store.book import StoredBook
    from rma_station.store.journal import Journal
    from sync.review import ReviewDesk as Desk
    from sync.transport import HubLine


def clock() -> Clock:
    """This machine's clock."""
    return SystemClock()


def randomness() -> Random:
    """This machine's randomness."""
    return SystemRandom()


# --- at once ---------------------------------------------------------------------------------------------


def profiles(folder: Path = PROFILES) -> dict[str, Profile]:
    """The grading profiles of a folder by their category.

    Raises:
        ConfigError: a file is not a profile.
    """
    from rma_station.domain.grading import read_profile

    found = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            profile = read_profile(tomllib.loads(file.read_text("utf-8")))
        except (Malformed, tomllib.TOMLDecodeError) as error:
            raise ConfigError(str(file), "profile", "", f"a grading profile ({error})") from None
        found[profile.code] = profile
    return found


def open_room(config: Config) -> Room:
    """Journal, book and station; on the thread that will use them.

    Raises:
        StationHeld: another process runs this station.
        ModeMismatch, JournalDamaged, StorageFull: as ``Journal.open``.
        ConfigError, Refused: the journal is fine, but the configuration or the station's key cannot be used with it.
    """
    from rma_station.store.journal import Journal

    station = config.station
    opened = functools.partial(
        Journal.open,
        config.data_folder,
        station=station.name,
        mode=station.mode,
        app_version=VERSION,
        clock=clock(),
        random=randomness(),
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
    from rma_station.domain.flows.state import Rules
    from rma_station.services.station import Identity, Station
    from rma_station.store import pins_at_rest
    from rma_station.store.book import StoredBook
    from rma_station.store.reader import StoredReader
    from rma_station.store.upload_only import UploadOnlyReader

    station, rules = config.station, config.rules
    pepper = pin_pepper(config)
    book = StoredBook(journal, profiles())
    reader = (UploadOnlyReader if journal.read_only else StoredReader)(journal, clock(), pepper=pepper)
    if not journal.read_only:
        pins_at_rest.settle(journal.database, pepper)
    if not reader.heard_at():
        reader.note_heard()  # the days are counted from the first start
    running = Station(
        Identity(station.name, station.mode, station.language),
        journal,
        book,
        clock(),
        scan_rules=scan_rules(config, book, journal),
        rules=Rules(
            rules.scan_back,
            rules.badge_pin,
            rules.weight_tolerance_grams,
            rules.packaging_grams,
            _roll_prefixes(config, journal.log_id),
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


def database_key(config: Config) -> bytes | None:
    """What this station's journal is encrypted with; ``None`` where it is not. A new journal gets a new key.

    Raises:
        Refused: the key is missing, or cannot be used.
    """
    from rma_station import device_secrets

    if config.station.encryption == "off":
        return None
    folder, name = config.data_folder, device_secrets.DATABASE_KEY
    key = device_secrets.find(folder, name)
    if key is None and (folder / "journal.sqlite").exists():
        raise Refused(
            f"the key of {folder / 'journal.sqlite'} is missing: put {folder / name} back, or give systemd the "
            f"credential {name}. Without it nobody can read this journal. If it was never encrypted, run "
            "rma-station encrypt ."
        )
    return key or device_secrets.make(folder, name, randomness())


def pin_pepper(config: Config) -> bytes:
    """What PINs kept at this station are peppered with: made of the device's secret, which is not in the database."""
    import hashlib
    import hmac

    from rma_station import device_secrets

    secret = device_secrets.find_or_make(config.data_folder, device_secrets.PEPPER, randomness())
    return hmac.digest(secret, b"PINs", hashlib.sha256)


def _roll_prefixes(config: Config, log_id: str) -> tuple[str, ...]:
    """The registered rolls; numbers this station prints itself must not look like one of them."""
    from rma_station.domain import codes

    own = codes.lpn(log_id, 0)[:5]
    if own in config.rules.roll_prefixes:
        raise ConfigError(config.file, "rules.roll_prefixes", own, f"anything but {own}: this station's own labels")
    return config.rules.roll_prefixes


def scan_rules(config: Config, book: StoredBook, journal: Journal) -> ScanRules:
    """This station's own codes: patterns from the configuration, the badge key from the hub, its own command key."""
    import re

    from rma_station.domain import codes
    from rma_station.domain.scan import ScanRules
    from rma_station.services import keys

    key = keys.load_or_make(config.data_folder, randomness())
    return ScanRules(
        rma_pattern=re.compile(config.rules.rma_pattern),
        order_pattern=re.compile(config.rules.order_pattern),
        station=config.station.name,
        badge_key=badge_key(book.setting("badge_key"), randomness()),
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


# --- devices ---------------------------------------------------------------------------------------------


def scanners(config: Config, time: Clock, through: Through | None = None, *, late: bool | None = None) -> list[Scanner]:
    """The configured scanners, not started.

    Args:
        config: as loaded.
        time: clock of the drivers.
        through: what stands between drivers and devices, such as ``recorder(...).through``.
        late: only those that load a library when they open (true), or only the others; ``None`` takes all.

    Raises:
        ConfigError: a URL cannot be used.
    """
    from drivers.catalogue import is_late, open_scanner, straight

    found = []
    for number, section in enumerate(config.scanner, 1):
        if late is not None and is_late(section.url) != late:
            continue
        with _naming(config, f"scanner[{number}].url", section.url):
            found.append(open_scanner(section.name, section.url, section.suffix, time, through=through or straight))
    return found


def scales(config: Config, time: Clock, through: Through | None = None) -> list[Scale]:
    """The configured scales, not started; arguments and errors as of ``scanners``."""
    from drivers.catalogue import open_scale, straight

    found = []
    for number, section in enumerate(config.scale, 1):
        with _naming(config, f"scale[{number}].url", section.url):
            way = through or straight
            found.append(open_scale(section.name, section.url, section.protocol, time, section.unit, through=way))
    return found


def cameras(config: Config, time: Clock, keep: KeepPicture) -> list[Camera]:
    """The configured cameras that are devices of this machine, not started.

    Raises:
        ConfigError: a URL cannot be used.
    """
    from drivers.catalogue import open_camera

    found = []
    for number, section in enumerate(config.camera, 1):
        with _naming(config, f"camera[{number}].url", section.url):
            camera = open_camera(section.name, section.url, time, keep)
        if camera is not None:
            found.append(camera)
    return found


def recorder(config: Config, file: Path, time: Clock) -> Recorder:
    """Writes every byte of all devices to a new file; raises as ``drivers.recording.Recorder``.

    A device that cannot be meant raises ``ConfigError`` before there is a file in the way of the next attempt.
    """
    from drivers.recording import Recorder

    scanners(config, time)
    scales(config, time)
    devices = [{"kind": "scanner", **dataclasses.asdict(section)} for section in config.scanner]
    devices += [{"kind": "scale", **dataclasses.asdict(section)} for section in config.scale]
    devices += [{"kind": "printer", **dataclasses.asdict(section)} for section in config.printer]
    return Recorder(file, devices, time)


def node_watch(config: Config, running: RunningStation, root: Path = Path("/")) -> Hotplug:
    """Tells a running station what is plugged in, now and whenever it changes; not started.

    Args:
        config: what is configured.
        running: the station.
        root: folder that has ``sys`` and ``dev``.
    """
    from drivers import discovery, names
    from drivers.hotplug import Hotplug
    from rma_station.services.bench import FoundDevice

    def changed() -> None:
        nodes = discovery.nodes(root)
        configured = names.configured(nodes, config.device_urls)
        free = [node for node in nodes if node.useful and node.path not in configured]
        running.nodes_changed(
            [
                FoundDevice(node.kind, node.title, node.path, node.usable, bool(names.lasting(node, nodes).twins))
                for node in free
            ]
        )

    return Hotplug(changed, root)


@contextmanager
def _naming(config: Config, key: str, url: str) -> Iterator[None]:
    if url.startswith(SIMULATED) and config.station.mode == "live":
        raise ConfigError(config.file, key, url, "a real device: what is made up is for sample mode")
    try:
        yield
    except Malformed as error:
        raise ConfigError(config.file, key, url, f"a device URL as in config.toml ({error})") from None


# --- after the first paint -------------------------------------------------------------------------------


def late(
    config: Config, running: RunningStation, hub_address: Callable[[], str], recorder: Recorder | None = None
) -> Late:
    """Printers and uplink of a running station; a ``recorder`` writes what goes to printers and comes back."""
    from functools import partial

    from labels.printers.opening import open_printer, straight
    from labels.template_folders import load
    from rma_station.services.printing import PrintQueue

    own = load(config.labels.folder)
    printers = []
    for section in config.printer:
        way = partial(recorder.way, section.name) if recorder is not None else straight
        printers.append(open_printer(section, config.station.mode, config.file, own, way))
    printing = PrintQueue(
        printers,
        route=route(config),
        mark_sending=running.mark_sending,
        settled=running.label_settled,
        statuses=running.device_says,
        clock=clock(),
    )
    desk = review_desk(config, running, hub_address)
    phone = next((section.name for section in config.camera if section.source == "phone"), None)
    return Late(
        printing=printing,
        uplink=_uplink(config, running, hub_address),
        vouch=desk.vouch,
        phone=None if phone is None else (phone, phone_pages(desk)),
    )


def phone_pages(desk: Desk) -> AskPage:
    """Asks the hub for a page on which a phone takes photos, and makes a code of its address."""
    from datetime import datetime
    from urllib.parse import urlsplit

    from labels.symbology import screen_qr
    from rma_station.domain.outcome import say
    from rma_station.domain.review import Offline, Refused
    from rma_station.services.bench import NoPhone, PhoneAsked, PhonePage
    from sync.blobs import UploadAsked

    def ask(asked: PhoneAsked) -> PhonePage | NoPhone:
        of = (asked.parcel_id, asked.case_ids, asked.unit_id, asked.role, asked.lpn, asked.name)
        answer = desk.phone_page(UploadAsked(*of))
        if isinstance(answer, Offline):
            return NoPhone("offline", say("phone.offline"))
        if isinstance(answer, Refused):
            known = answer.code if answer.code in ("no_public_url", "unit_not_here", "busy") else "refused"
            return NoPhone(answer.code, say(f"phone.{known}", reason=answer.message))
        page = answer.value
        try:
            left = datetime.fromisoformat(page.expires_at) - datetime.fromisoformat(page.hub.server_time)
            code, host = screen_qr(page.url), urlsplit(page.url).hostname or ""
        except (ValueError, TypeError):  # a hub that says nonsense
            return NoPhone("malformed", say("phone.refused", reason="malformed"))
        return PhonePage(code, host, max(0, int(left.total_seconds())), asked)

    return ask


def route(config: Config) -> Callable[[Printable], tuple[str, ...]]:
    """Which printers a job may go to, the best first, as the configuration says."""
    from labels import kinds
    from rma_station.domain.effects import PrintDocument, PrintLabel
    from rma_station.domain.routing import Route, candidates

    routes = [Route(one.name, one.language, one.kinds, one.fallback) for one in config.printer]

    def find(job: Printable) -> tuple[str, ...]:
        if isinstance(job, PrintDocument):
            return candidates(job.kind, job.format, routes)
        if isinstance(job, PrintLabel):
            return candidates(job.kind, None, routes)
        return candidates(kinds.of_job(job), None, routes)

    return find


def review_desk(config: Config, running: RunningStation, hub_address: Callable[[], str]) -> Desk:
    """The hub's queue for supervisors, over a line of its own."""
    from sync.review import ReviewDesk as Desk

    line = hub_line(config, hub_address)
    return Desk(line, config.station.mode, lambda: running.call(running.room.reader.hub_id).result(5.0))


def hub_line(config: Config, hub_address: Callable[[], str]) -> HubLine:
    """A line to the station's hub."""
    from functools import partial

    from rma_station import device_secrets
    from sync.transport import HubLine

    key = partial(device_secrets.find, config.data_folder, device_secrets.DEVICE_KEY)
    authority = partial(pinned_authority, config.data_folder)
    return HubLine(hub_address, token_file(config), VERSION, clock().unix, key=key, authority=authority)


def pinned_authority(folder: Path) -> str:
    """The authority (PEM) that the station trusts for its hub; empty for those everybody trusts."""
    file = folder / AUTHORITY
    return file.read_text("ascii", "replace") if file.exists() else ""


def device_key_file(config: Config) -> Path:
    """Where this station's device key is, unless systemd gives it."""
    from rma_station import device_secrets

    return config.data_folder / device_secrets.DEVICE_KEY


def token_file(config: Config) -> Path:
    """Where this station's token is."""
    return config.data_folder / config.hub.token_file


def _uplink(config: Config, running: RunningStation, hub_address: Callable[[], str]) -> Uplink:
    import shutil

    from sync import wire
    from sync.network import Metered
    from sync.state import Pace
    from sync.uplink import Uplink as HubUplink

    folder, costs = config.data_folder, config.photos.metered

    def heartbeat() -> wire.Heartbeat:
        room = running.room
        unsent = room.reader.unsent()
        return wire.Heartbeat(
            app_version=VERSION,
            unsent=unsent.events,
            oldest_unsent_seconds=unsent.oldest_seconds,
            disk_free_mb=shutil.disk_usage(folder).free // 1_000_000,
            database_mb=room.journal.database.path.stat().st_size // 1_000_000,
            clock_state=room.journal.clock_word(),
            clock=room.journal.wall_clock(),
            devices={status.name: status.state.value for status in running.device_statuses()}
            | ({"journal": "error"} if room.station.closed else {}),
        )

    return HubUplink(
        line=hub_line(config, hub_address),
        mode=config.station.mode,
        journal=running.room.reader,
        call=running.call,
        sink=running.uplink_says,
        heartbeat=heartbeat,
        clock=clock(),
        random=randomness(),
        photos=running.room.journal.photos.files,
        pace=Pace(config.photos.upload_kb * 1000),
        metered=Metered() if costs == "auto" else lambda: costs == "yes",
    )


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
        from rma_station.services import keys

        room = running.room
        generation = keys.renew(config.data_folder, randomness(), generations).generation
        room.station.switch_scan_rules(scan_rules(config, room.book, room.journal))
        return generation

    return renew


def sample_devices(config: Config, urls: Mapping[str, Sequence[str]]) -> Config:
    """The configuration with the virtual bench's devices in the place of the configured ones; made up ones stay.

    Args:
        config: of sample mode.
        urls: kind of device to the addresses of the virtual bench.
    """
    return dataclasses.replace(
        config,
        scanner=(
            *(ScannerSection(f"scanner{n or ''}", url) for n, url in enumerate(urls.get("scanner", ()))),
            *(section for section in config.scanner if section.url.startswith(SIMULATED)),
        ),
        scale=(
            *(ScaleSection(f"scale{n or ''}", url) for n, url in enumerate(urls.get("scale", ()))),
            *(section for section in config.scale if section.url.startswith(SIMULATED)),
        ),
        printer=tuple(PrinterSection(f"labels{n or ''}", url) for n, url in enumerate(urls.get("printer", ()))),
    )
