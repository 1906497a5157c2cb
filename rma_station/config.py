"""The station's configuration: dataclasses whose field docstrings are the documentation.

``config.toml`` beside ``main.py`` names every key with a comment; a test keeps the two in step. Errors name the
file, the key, the value and what is allowed.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any, Literal, TypeAlias

from rma_station import config_values
from rma_station.config_file import text_of
from rma_station.domain.record import dataclass, field
from rma_station.errors import ConfigError


@dataclass(frozen=True)
class StationSection:
    """``[station]``."""

    name: str = "bench-1"
    """Name of this station, printed on sheets and shown to the hub. Letters, digits and dashes."""
    mode: Literal["sample", "live"] = "sample"
    """``sample`` runs on fictitious returns and marks everything it makes; ``live`` is for real ones. A database
    belongs to one of them for ever."""
    language: Literal["pl", "en"] = "pl"
    """Language before anybody has signed in; a badge brings its worker's own."""
    time_zone: str = "Europe/Warsaw"
    """Zone in which this station shows days and times, a name of the IANA list. What is stored is always UTC."""
    data: Path = Path("~/.local/share/rma-station")
    """Folder of the journal, keys, labels and exports. Created with access for this user only."""
    theme: Literal["auto", "dark", "light", "console", "contrast"] = "auto"
    """Colours. ``auto`` takes ``console`` on a bare Linux console (16 colours) and ``dark`` elsewhere."""
    sound: bool = True
    """Make outcomes heard: the scanner's own beeper where it has one, the terminal bell otherwise."""
    encryption: Literal["off", "on"] = "off"
    """``on`` keeps the journal encrypted under ``database-key`` (a credential of systemd, or a file in the data
    folder); needs the extra ``encryption``. ``rma-station encrypt`` turns a journal that is there already."""


@dataclass(frozen=True)
class HubSection:
    """``[hub]``."""

    embedded: bool = True
    """Start a hub of its own on a free port of 127.0.0.1, for trying out and for a single station."""
    url: str = ""
    """Address of the hub when it is not embedded, such as ``https://hub.example.com``; then ``rma-station enrol``."""
    token_file: Path = Path("hub-token")
    """File with a token of ``hub station add``, for a station that is not enrolled yet; relative to the data folder,
    mode 0600."""


@dataclass(frozen=True)
class ScannerSection:
    """``[[scanner]]``, once for each scanner."""

    name: str
    """Name shown on the service screen."""
    url: str
    """``serial:/dev/serial/by-id/...?baud=9600``, ``socket:HOST:PORT``, ``hidraw:VID:PID`` for HID POS mode, or
    ``evdev:/dev/input/by-id/...?layout=pl`` for a scanner that types like a keyboard."""
    suffix: Literal["auto", "cr", "lf", "tab", "etx"] = "auto"
    """What ends a scan; ``auto`` takes CR, LF, CR LF, EOT and STX...ETX, of a scanner that types also Tab."""


@dataclass(frozen=True)
class ScaleSection:
    """``[[scale]]``."""

    name: str
    """Name shown on the service screen."""
    url: str
    """``serial:/dev/serial/by-id/...?baud=9600``, ``socket:HOST:PORT``, or ``hid-scale:VID:PID`` for a USB scale."""
    protocol: Literal[
        "mt-sics",
        "radwag",
        "toledo-8217",
        "toledo-continuous",
        "a-and-d",
        "t-scale",
        "cas-22",
        "cas-ap",
        "nci",
        "ohaus",
        "sartorius",
        "kern",
        "adam",
        "dibal",
        "dialog06",
    ] = "mt-sics"
    """What the scale speaks on its line; nothing to say for ``hid-scale:``."""
    unit: Literal["", "g", "kg", "lb", "oz"] = ""
    """The unit its weights were proved in. Needed where the protocol does not say it (toledo-8217); elsewhere a scale
    that answers in another unit is shown as a problem. Empty: the first unit it says."""


LabelKind: TypeAlias = Literal[
    "unit", "quarantine", "hygiene", "pallet", "return_slip", "customer_return", "carrier",
    "commands", "grades", "badges", "device_test",
]  # fmt: skip
"""The names of ``labels/kinds.py``; a test keeps the two in step."""


@dataclass(frozen=True)
class PrinterSection:
    """``[[printer]]``."""

    name: str
    """Name shown on the service screen."""
    url: str
    """``tcp:HOST:9100`` in the network, ``lp:serial=NUMBER`` or ``lp:/dev/usb/lp0`` on a USB cable,
    ``ipp://HOST:631/...`` for an office printer or a CUPS queue, ``folder:PATH`` for PDF files."""
    language: Literal["zpl", "tspl", "epl", "pdf"] = "zpl"
    """What the printer understands."""
    dpi: Literal[203, 300] = 203
    """Dots per inch of its head."""
    media: Literal["100x150", "102x152", "57x32", "50x25"] = "57x32"
    """Label size in millimetres."""
    kinds: tuple[LabelKind, ...] = ()
    """Kinds of label it is there for; empty: all that no other printer is there for."""
    fallback: str = ""
    """Name of the printer that stands in while this one cannot print; empty: none."""


@dataclass(frozen=True)
class LabelsSection:
    """``[labels]``."""

    templates: str = ""
    """Folder with label templates of your own, used before the shipped ones (docs/labels.md); empty: none."""

    @property
    def folder(self) -> Path | None:
        """The folder with ``~`` resolved."""
        return Path(self.templates).expanduser() if self.templates else None


@dataclass(frozen=True)
class RulesSection:
    """``[rules]``: how the bench behaves."""

    duplicate_ms: int = 400
    """The same code from the same scanner within this many milliseconds is one scan."""
    scan_back: bool = True
    """Ask for the printed label to be scanned back; without it a sent label counts as there."""
    badge_pin: bool = False
    """Ask for a PIN after the badge; five wrong ones lock the badge here for a while. A supervisor's PIN needs the
    hub."""
    offline_days: int = 30
    """Days without the hub after which the list of people and PINs kept here is too old; workers are told a week
    before. 0: never. Work does not stop for it."""
    offline_then: Literal["record", "supervisor"] = "record"
    """What then: ``record`` lets people sign in as before, tells them, and puts each sign-in on record;
    ``supervisor`` also asks for a supervisor's badge."""
    weight_tolerance_grams: int = 30
    """How far a parcel's weight may be from the sum of its units and packaging before it is looked at."""
    packaging_grams: int = 0
    """Usual weight of a shipping box, subtracted before comparing; 0 means unknown: packaging is then not judged
    heavy."""
    rma_pattern: str = r"RMA-\d{4}-\d{6}"
    """Regular expression of your RMA numbers, as they stand on the customer's label."""
    order_pattern: str = r"[A-Z]{1,4}-?\d{4,10}"
    """Regular expression of your order numbers."""
    roll_prefixes: tuple[str, ...] = ()
    """What the numbers of your pre-printed label rolls begin with, such as ``RRZ01``: R and four of the characters
    0-9 A-Z without I, L, O and U. A number of none of them, and of no unit here, is refused when a label is scanned
    back. The same list on all stations that share rolls."""


@dataclass(frozen=True)
class CameraSection:
    """``[[camera]]``: how photos are taken."""

    name: str
    """Name shown on the service screen."""
    url: str
    """``v4l2:/dev/v4l/by-id/...`` for a USB camera (needs ``v4l-utils``), ``folder:/srv/photos`` for pictures that
    appear in a folder, ``phone:`` for the worker's telephone through the hub's page, ``sim:camera`` for drawn ones
    (sample mode)."""

    @property
    def source(self) -> str:
        """``camera``, ``folder`` or ``phone``."""
        scheme = self.url.partition(":")[0]
        return scheme if scheme in ("folder", "phone") else "camera"


@dataclass(frozen=True)
class PhotosSection:
    """``[photos]``: where pictures are kept and how they go to the hub."""

    disk_mb: int = 2000
    """Megabytes they may take on this disk before the oldest that the hub has are removed; what it lacks stays."""
    upload_kb: int = 256
    """Kilobytes a second they take of the line at most, after everything else; 0: no limit."""
    metered: Literal["auto", "yes", "no"] = "auto"
    """Whether each byte costs here: then photos wait. ``auto`` asks NetworkManager, where there is one."""


@dataclass(frozen=True)
class Config:
    """The whole file."""

    station: StationSection = field(default_factory=StationSection)
    hub: HubSection = field(default_factory=HubSection)
    rules: RulesSection = field(default_factory=RulesSection)
    labels: LabelsSection = field(default_factory=LabelsSection)
    photos: PhotosSection = field(default_factory=PhotosSection)
    scanner: tuple[ScannerSection, ...] = ()
    scale: tuple[ScaleSection, ...] = ()
    printer: tuple[PrinterSection, ...] = ()
    camera: tuple[CameraSection, ...] = ()
    file: str = "config.toml"

    def with_drawn_camera(self) -> Config:
        """The same with a drawn camera where none is configured, for trying out."""
        return self if self.camera else dataclasses.replace(self, camera=(CameraSection("camera", "sim:camera"),))

    def with_data(self, folder: Path | None) -> Config:
        """The same with another data folder; ``None`` leaves it."""
        if folder is None:
            return self
        return dataclasses.replace(self, station=dataclasses.replace(self.station, data=folder))

    @property
    def data_folder(self) -> Path:
        """The data folder with ``~`` resolved; sample mode keeps its own beside it."""
        folder = self.station.data.expanduser()
        return folder / "sample" if self.station.mode == "sample" else folder / "live"

    @property
    def device_urls(self) -> tuple[tuple[str, str], ...]:
        """Name and URL of every configured device."""
        sections: tuple[ScannerSection | ScaleSection | PrinterSection | CameraSection, ...]
        sections = (*self.scanner, *self.scale, *self.printer, *self.camera)
        return tuple((section.name, section.url) for section in sections)


MOST = 1_000_000
"""Largest number of the file: milliseconds, days, grams, megabytes."""
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}")
"""Of a station, as the hub takes it."""


def shipped_file() -> Path:
    """The configuration that came with the program: beside ``main.py``, or inside the wheel."""
    here = Path(__file__).resolve().parent
    beside = here.parent / "config.toml"
    return beside if beside.exists() else here / "config.toml"


def load(path: Path | None = None) -> Config:
    """Read a configuration.

    Args:
        path: the file; ``None`` takes the shipped one.

    Raises:
        ConfigError: the file is missing, not TOML, or a key or value cannot be used.
    """
    file = path or shipped_file()
    try:
        data = tomllib.loads(text_of(file))
    except FileNotFoundError:
        raise ConfigError(str(file), "file", "missing", "the path of an existing TOML file") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(str(file), "file", str(error), "a readable TOML file in UTF-8") from None
    return from_data(data, str(file))


def from_data(data: dict[str, Any], file: str) -> Config:
    """A configuration from what a TOML file says.

    Args:
        data: its tables.
        file: its name, for errors.

    Raises:
        ConfigError: a key or value cannot be used.
    """
    config: Config = config_values.section(Config, data, file)
    if not _NAME.fullmatch(config.station.name):
        raise ConfigError(file, "station.name", config.station.name, "1 to 64 letters, digits and dashes")
    _check_names(config, file)
    _check_zone(config.station.time_zone, file)
    _check_rules(config.rules, file)
    for key in ("disk_mb", "upload_kb"):
        if not 0 <= getattr(config.photos, key) <= MOST:
            raise ConfigError(file, f"photos.{key}", getattr(config.photos, key), f"0 to {MOST}")
    return dataclasses.replace(config, file=file)


def _check_names(config: Config, file: str) -> None:
    seen: set[str] = set()
    kinds = (
        ("scanner", config.scanner),
        ("scale", config.scale),
        ("printer", config.printer),
        ("camera", config.camera),
    )
    for kind, devices in kinds:
        for device in devices:
            if device.name in seen:
                raise ConfigError(file, f"{kind}.name", device.name, "a name no other device has")
            if config.station.mode == "live" and device.url.startswith("sim:"):
                raise ConfigError(file, f"{kind}.url", device.url, "a real device; sim: is for sample mode")
            seen.add(device.name)
    printers = [printer.name for printer in config.printer]
    for number, printer in enumerate(config.printer, 1):
        others = [name for name in printers if name != printer.name]
        if printer.fallback and printer.fallback not in others:
            allowed = f"the name of another printer: {', '.join(others)}" if others else "nothing: there is no other"
            raise ConfigError(file, f"printer[{number}].fallback", printer.fallback, allowed)
    if not config.hub.embedded and not config.hub.url:
        raise ConfigError(file, "hub.url", "", "the hub's address, or hub.embedded = true")


def _check_zone(name: str, file: str) -> None:
    if name == StationSection.time_zone:
        return  # the library that knows zones is not loaded before the first paint without need
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415

    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ConfigError(file, "station.time_zone", name, "a name of the IANA list, such as 'Europe/Warsaw'") from None


_ROLL_PREFIX = "R and four of the characters 0-9 A-Z without I, L, O and U, such as 'RRZ01'"


def _check_rules(rules: RulesSection, file: str) -> None:
    for key in ("duplicate_ms", "offline_days", "weight_tolerance_grams", "packaging_grams"):
        if not 0 <= getattr(rules, key) <= MOST:
            raise ConfigError(file, f"rules.{key}", getattr(rules, key), f"0 to {MOST}")
    if rules.roll_prefixes:
        from rma_station.domain.codes import ROLL_PREFIX  # noqa: PLC0415  not before the first paint without need

        for number, prefix in enumerate(rules.roll_prefixes, 1):
            if not ROLL_PREFIX.fullmatch(prefix):
                raise ConfigError(file, f"rules.roll_prefixes[{number}]", prefix, _ROLL_PREFIX)
    for key in ("rma_pattern", "order_pattern"):
        pattern = getattr(rules, key)
        try:
            empty = re.compile(pattern).fullmatch("") is not None
        except re.error as error:
            raise ConfigError(file, f"rules.{key}", pattern, f"a regular expression of Python ({error})") from None
        if empty:
            raise ConfigError(file, f"rules.{key}", pattern, "an expression that does not fit an empty text")
