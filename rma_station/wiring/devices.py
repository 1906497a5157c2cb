"""The configured devices, opened by their drivers, which are loaded when they are asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rma_station.config import Config, PrinterSection, ScaleSection, ScannerSection
from rma_station.errors import ConfigError, Malformed
from rma_station.ports import Camera, Clock, KeepPicture, Scale, Scanner
from rma_station.services.running import RunningStation

if TYPE_CHECKING:
    from drivers.hotplug import Hotplug
    from drivers.recording import Recorder, Through

SIMULATED = "sim:"
"""What the URL of a device begins with that is made up inside the program."""


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


@contextmanager
def _naming(config: Config, key: str, url: str) -> Iterator[None]:
    if url.startswith(SIMULATED) and config.station.mode == "live":
        raise ConfigError(config.file, key, url, "a real device: what is made up is for sample mode")
    try:
        yield
    except Malformed as error:
        raise ConfigError(config.file, key, url, f"a device URL as in config.toml ({error})") from None
