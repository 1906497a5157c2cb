"""The drivers by what a configuration says: the only page of ``drivers`` that wiring needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from drivers.address import STREAMS, Address, parse_url
from drivers.framing import SUFFIXES
from drivers.serial_scanner import ANSWERS, BEEPS, SerialScanner
from drivers.transport import open_address
from rma_station.errors import Malformed
from rma_station.ports import Camera, Clock, KeepPicture, Scale, Scanner

if TYPE_CHECKING:
    from drivers.recording import H, Through
    from drivers.scales.protocol import ScaleProtocol

SCANNER_SCHEMES = (*STREAMS, "hidraw", "evdev", "sim")
"""What a scanner's URL may begin with."""
OPTIONS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(STREAMS, ("suffix", "beep", "answer")),
    "hidraw": ("suffix", "beep"),
    "evdev": ("suffix", "layout", "dead", "gs", "pace"),
    "sim": ("suffix", "layout", "codes", "every", "fault"),
}
"""Options of scanners besides those of the scheme itself: see ``serial_scanner``, ``hid_scanner``,
``evdev_scanner.wedge_settings``, ``simulated``."""
PROTOCOLS = (
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
)
"""What a scale may speak on a line; each has a module in ``drivers.scales``."""


UNITS = ("g", "kg", "lb", "oz")
"""Units a scale of a bench may be configured with."""


def straight(name: str, connect: Callable[[], H], /) -> Callable[[], H]:
    """Nothing between driver and device: the usual ``Through``."""
    return connect


def open_scanner(name: str, url: str, suffix: str, clock: Clock, *, through: Through = straight) -> Scanner:
    """A scanner, not started yet; it need not be plugged in.

    Args:
        name: name in the configuration.
        url: ``serial:/dev/...?baud=9600``, ``socket:HOST:PORT``, ``hidraw:VID:PID`` or
            ``evdev:/dev/input/by-id/...?layout=pl``, with the ``OPTIONS`` of its scheme.
        suffix: what ends a scan, one of ``framing.SUFFIXES``; ``suffix`` in the URL goes before it.
        clock: time.
        through: what stands between driver and device, such as a recorder.

    Raises:
        Malformed: the URL or the suffix cannot be used.
    """
    address = parse_url(url, OPTIONS.get(url.partition(":")[0], ("suffix",)), SCANNER_SCHEMES)
    suffix = address.options.get("suffix", suffix)
    if suffix not in SUFFIXES:
        raise Malformed(f"scanner {name}: suffix {suffix!r}; allowed: {' '.join(SUFFIXES)}")
    if address.scheme == "sim":
        return _simulated_scanner(name, address, clock, suffix, through)
    if address.scheme == "evdev":
        from drivers import evdev_scanner as keys  # noqa: PLC0415  a bench without such a scanner does not load it

        return keys.EvdevScanner(name, through(name, keys.opener(address)), clock, keys.wedge_settings(address, suffix))
    if address.scheme == "hidraw":
        from drivers import hid_scanner as hid  # noqa: PLC0415  as above

        beep = _chosen(address, "beep", hid.BEEPS)
        way = partial(through, name)
        return hid.hid_scanner(name, hid.connector(address, way=way), clock, suffix, beep)
    beep, answer = _chosen(address, "beep", BEEPS), _chosen(address, "answer", ANSWERS)
    return SerialScanner(name, through(name, lambda: open_address(address)), clock, suffix, beep, answer)


def _simulated_scanner(name: str, address: Address, clock: Clock, suffix: str, through: Through) -> Scanner:
    from drivers import simulated  # noqa: PLC0415  only where there is one

    if address.target == "scanner":
        return SerialScanner(name, through(name, simulated.scanner_connector(address, clock)), clock, suffix)
    if address.target == "wedge":
        from drivers import evdev_scanner as keys  # noqa: PLC0415  as above

        settings = keys.wedge_settings(address, suffix)
        return keys.EvdevScanner(name, through(name, simulated.wedge_connector(address, clock)), clock, settings)
    raise Malformed(f"sim:{address.target}: a simulated scanner is sim:scanner or sim:wedge")


def _chosen(address: Address, option: str, allowed: Mapping[str, object]) -> str:
    value = address.options.get(option, "none")
    if value not in allowed:
        raise Malformed(f"{address.scheme}:{address.target}: {option}={value}; allowed: {' '.join(allowed)}")
    return value


def is_late(url: str) -> bool:
    """Whether opening it loads a library, so that it has to wait until the first screen stands."""
    return url.startswith("evdev:")


def open_scale(
    name: str, url: str, protocol: str, clock: Clock, unit: str = "", *, through: Through = straight
) -> Scale:
    """A scale, not started yet; it need not be plugged in.

    Args:
        name: name in the configuration.
        url: ``serial:/dev/...?baud=9600``, ``socket:HOST:PORT``, ``hid-scale:VID:PID`` for a USB scale, or
            ``sim:scale?grams=1250`` for one that is made up (``sim_scale.py``).
        protocol: what the scale speaks on its line, one of ``PROTOCOLS``; USB scales have one of their own.
        clock: time.
        unit: what its weights were proved in: one of ``UNITS``, or empty. A protocol without a unit needs it.
        through: what stands between driver and device, such as a recorder.

    Raises:
        Malformed: the URL, the protocol or the unit cannot be used.
    """
    simulated = url.startswith("sim:")
    if simulated:
        from drivers import sim_scale  # noqa: PLC0415  only where there is one
    address = parse_url(url, sim_scale.OPTIONS if simulated else (), (*STREAMS, "hid-scale", "sim"))
    if protocol not in PROTOCOLS:
        raise Malformed(f"scale {name}: protocol {protocol!r}; allowed: {' '.join(PROTOCOLS)}")
    if unit not in ("", *UNITS):
        raise Malformed(f"scale {name}: unit {unit!r}; allowed: {' '.join(UNITS)}, or none")
    if address.scheme == "hid-scale":
        from drivers.hid_scale import hid_scale  # noqa: PLC0415  only where there is one

        return hid_scale(name, address, clock, unit, way=lambda connect: through(name, connect))
    from drivers.serial_scale import SerialScale  # noqa: PLC0415  a bench without a scale does not load it

    if simulated:
        spoken = sim_scale.spoken(address, protocol)
        return SerialScale(
            name, through(name, sim_scale.connector(address, spoken, clock)), clock, scale_protocol(spoken), unit=unit
        )
    connect = through(name, lambda: open_address(address))
    return SerialScale(name, connect, clock, scale_protocol(protocol), unit=unit)


CAMERAS = ("v4l2", "folder", "phone", "sim")
"""What a camera's URL may begin with."""
CAMERA_OPTIONS: Mapping[str, tuple[str, ...]] = {"v4l2": ("size",), "folder": ("taken",), "sim": ("fault",)}


def open_camera(name: str, url: str, clock: Clock, keep: KeepPicture) -> Camera | None:
    """A camera, not started yet; it need not be plugged in. ``None`` for a phone, which is no device of this machine.

    Args:
        name: name in the configuration.
        url: ``v4l2:/dev/v4l/by-id/...``, ``folder:/srv/photos``, ``phone:`` or ``sim:camera``.
        clock: time.
        keep: makes a picture durable.

    Raises:
        Malformed: the URL cannot be used.
    """
    address = parse_url(url, CAMERA_OPTIONS.get(url.partition(":")[0], ()), CAMERAS)
    if address.scheme == "phone":
        return None
    if address.scheme == "folder":
        from drivers.folder_camera import folder_camera  # noqa: PLC0415  only where there is one

        return folder_camera(name, address, clock, keep)
    from drivers import sim_camera, v4l2_camera  # noqa: PLC0415  as above
    from drivers.camera import PictureCamera  # noqa: PLC0415  as above

    if address.scheme == "v4l2":
        return PictureCamera(name, v4l2_camera.connector(address), clock, keep)

    source = sim_camera.connector(address, clock)
    return PictureCamera(name, lambda: source, clock, keep)


def scale_protocol(name: str) -> ScaleProtocol:
    """A protocol by its name, one of ``PROTOCOLS``; its module is loaded now."""
    found: ScaleProtocol = import_module(f"drivers.scales.{name.replace('-', '_')}").PROTOCOL
    return found
