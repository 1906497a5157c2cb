"""``rma-station run``: the station on this terminal.

Order of the start: devices at once, so that a scan waits in the inbox however early it comes; first paint; scanners
that type, whose library is loaded only now; the journal and the flows on the station thread; then what is slow:
printers, uplink, the embedded hub and, in sample mode, the virtual bench.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rma_station.commands.late_parts import LateDesk, LateDriver
from rma_station.commands.station_log import log_to
from rma_station.config import Config, load
from rma_station.domain.record import dataclass, field
from rma_station.errors import ConfigError, ModeMismatch, NeedsPerson, StationError
from rma_station.services.room import Room
from rma_station.services.running import Late, RunningStation
from rma_station.system import SystemClock, give_memory_back
from rma_station.wiring import devices

if TYPE_CHECKING:  # every module that is loaded before the first paint delays it
    import argparse

    from drivers.recording import Recorder, Through
    from rma_station.ports import ReviewDesk, Scanner

_log = logging.getLogger(__name__)
OPEN_SECONDS = 600.0
"""A journal of years on a slow card, checked after a sudden stop, is open by then."""
HUB_FOLDER = "hub"
"""Where in the data folder the embedded hub keeps its own."""


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    import argparse

    made = argparse.ArgumentParser(
        prog="rma-station run",
        description="Start the station on this terminal. Without --config it runs in sample mode: fictitious "
        "returns, a hub of its own and a virtual bench, nothing to install.",
        epilog="Exit codes: 0 ended by a person, 2 wrong call or no terminal, 3 a person must act (disk, another "
        "process holds the station, damaged journal), 4 configuration, 70 a defect of this program.",
    )
    made.add_argument("--config", type=Path, metavar="FILE", help="your configuration (TOML); see config.toml")
    made.add_argument("--data", type=Path, metavar="DIR", help="another data folder than the configured one")
    made.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="write every byte of all devices to a new file, for support; scans and labels may contain customer data",
    )
    return made


def execute(arguments: list[str]) -> int:
    """Run until the worker's terminal ends or an administrator leaves."""
    gc.disable()  # it would take a twentieth of the start; ``_keep_what_was_made`` turns it on again
    config_file, data, record = _plain(arguments)
    config = load(config_file).with_data(data)
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        sys.stderr.write("rma-station run: this is no terminal. For an unattended run: rma-station demo\n")
        return 2
    try:
        return WholeStation(config, record=record).show()
    except StationError as error:
        error.language = config.station.language
        raise


def _plain(arguments: list[str]) -> tuple[Path | None, Path | None, Path | None]:
    """Configuration, data folder and recording; the usual calls are read without loading argparse."""
    if not arguments:
        return None, None, None
    if len(arguments) == 2 and arguments[0] == "--config" and not arguments[1].startswith("-"):
        return Path(arguments[1]), None, None
    given = parser().parse_args(arguments)
    return given.config, given.data, given.record


@dataclass
class WholeStation:
    """A station with everything around it, from start to stop.

    ``own_bench``: in sample mode start a virtual bench too; without it the configured devices are taken as they are.
    ``record``: a new file for every byte of scanners and scales. ``root``: folder that has ``sys`` and ``dev``.
    """

    config: Config
    own_bench: bool = True
    record: Path | None = None
    root: Path = Path("/")
    running: RunningStation = field(init=False)
    closers: list[Callable[[], None]] = field(default_factory=list)
    driver: LateDriver = field(init=False)

    def __post_init__(self) -> None:
        if self._brings_bench():
            self.config = self.config.with_drawn_camera()
        config = self.config
        config.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        log_to(config.data_folder / "station.log")
        self.running = RunningStation(lambda: _open_room(config))
        self.driver = LateDriver()
        self._late_scanners: list[Scanner] = []
        self._recorder: Recorder | None = None
        self._address: Callable[[], str] = lambda: config.hub.url
        self._end: Callable[[], object] = lambda: None
        self.failure: Exception | None = None

    def show(self) -> int:
        """Show the station; returns the exit code."""
        if not self._brings_bench():
            self._add_devices(self.config, late=False)
        from rma_station.screens import app as screens

        app = screens.StationApp(
            self.running,
            self.config,
            review=LateDesk(self._desk),
            driver=self.driver if self.config.station.mode == "sample" else None,
            painted=self._painted,
        )
        self._end = lambda: app.call_from_thread(app.exit)
        try:
            code = screens.run(app)
        finally:
            self.stop()
        if self.failure is None:
            return code
        if isinstance(self.failure, (StationError, OSError)):
            raise self.failure
        lines = screens.crash_lines(screens.crash_number(self.failure), self.config.station.language)
        sys.stderr.write("\n".join(lines) + "\n")
        return screens.EXIT_DEFECT

    def start(self) -> None:
        """Start everything without a screen; raises what keeps the station from running."""
        if not self._brings_bench():
            self._add_devices(self.config)
        self.running.start()
        self.start_rest()
        if self.failure is not None:
            raise self.failure

    def _brings_bench(self) -> bool:
        return self.own_bench and self.config.station.mode == "sample"

    def _desk(self) -> ReviewDesk:
        from rma_station.wiring.hub import review_desk

        return review_desk(self.config, self.running, self._hub_address)

    def _hub_address(self) -> str:
        return self._address()

    def _painted(self) -> None:
        import threading

        self.running.start()
        if self._late_scanners:
            self.running.add_devices(self._late_scanners, [])
        threading.Thread(target=self.start_rest, name="start", daemon=True).start()

    def start_rest(self) -> None:
        """Everything that may come after the first paint.

        A journal that cannot be opened, for whatever reason, or a configuration that cannot be meant, ends the program;
        any other part that does not start is told on the service screen and scanning goes on without it.
        """
        try:
            self.running.wait_open(OPEN_SECONDS)
        except Exception as error:
            self._cannot_run(error)
            return
        try:
            self.running.call(_nothing).result(30.0)  # calls come after inputs: scans that waited are answered first
            config = self._sample_bench() if self._brings_bench() else self.config
            if config.hub.embedded:
                self._embed_hub(config)
            self._start_late(config)
            self._watch_nodes(config)
            self.running.call(_keep_what_was_made)
        except (ConfigError, NeedsPerson, ModeMismatch) as error:
            self._cannot_run(error)
        except Exception as error:
            _log.exception("a part of the station could not be started")
            gc.enable()
            self.running.note_error(str(error))
            self.running.start_late(Late())
        else:
            self._listen_or_say(config)

    def _cannot_run(self, error: Exception) -> None:
        """Nobody would ever answer a scan: no worker is left in front of a station that "is starting"."""
        _log.error("the station cannot run: %s", error, exc_info=not isinstance(error, StationError))
        self.failure = error
        self._end()

    def _start_late(self, config: Config) -> None:
        from rma_station.wiring.late import open_late
        from rma_station.wiring.own_codes import news

        late = open_late(config, self.running, self._hub_address, self._recorder)
        self.running.room.reader.applied = news(config, self.running)
        self.running.start_late(late)
        self.running.add_cameras(devices.cameras(config, SystemClock(), self.running.keep_picture))

    def _listen_or_say(self, config: Config) -> None:
        """Work goes on without the control socket: its users say that no station answers."""
        try:
            self._listen(config)
        except Exception as error:
            _log.exception("the control socket could not be made")
            self.running.note_error(str(error))

    def _sample_bench(self) -> Config:
        from virtual_bench.client import VirtualBench

        bench = VirtualBench.start(self.config.data_folder / "bench")
        self.closers.append(bench.close)
        urls: dict[str, list[str]] = {}
        for device in bench.devices:
            urls.setdefault(device.kind, []).append(device.url)
        config = devices.sample_devices(self.config, urls)
        self._add_devices(config)
        self.driver.become(bench)
        return config

    def _add_devices(self, config: Config, *, late: bool | None = None) -> None:
        """Start devices; with ``late=False`` those that load a library are checked now and wait for the first paint."""
        time = SystemClock()
        through = self._through(config)
        scanners = devices.scanners(config, time, through, late=late)
        self.running.add_devices(scanners, devices.scales(config, time, through))
        if late is False:
            self._late_scanners = devices.scanners(config, time, through, late=True)

    def _through(self, config: Config) -> Through | None:
        if self.record is None:
            return None
        if self._recorder is None:
            self._recorder = devices.recorder(config, self.record, SystemClock())
            self.closers.append(self._recorder.close)
        return self._recorder.through

    def _watch_nodes(self, config: Config) -> None:
        """Devices come back at once when they are plugged in, and the service screen shows what is new."""
        watch = devices.node_watch(config, self.running, self.root)
        watch.start()
        self.closers.append(watch.stop)

    def _embed_hub(self, config: Config) -> None:
        from rma_station.embedded import EmbeddedHub
        from rma_station.wiring.enrolled import device_key_file

        folder = config.data_folder / HUB_FOLDER
        hub = EmbeddedHub(folder, config.station.mode, config.station.name, device_key_file(config))
        self._address = hub.address
        hub.start()
        self.closers.append(hub.stop)

    def _listen(self, config: Config) -> None:
        """Let other commands of this machine ask the running station."""
        from rma_station.services.control import ControlSocket
        from rma_station.services.requests import station_requests
        from rma_station.store.requests import store_requests
        from rma_station.wiring.own_codes import renew_keys

        requests = {
            **store_requests(self.running.room.journal.database),
            **station_requests(self.running, renew_keys(config, self.running)),
        }
        control = ControlSocket(config.data_folder, requests, self.running.call)
        control.start()
        self.closers.append(control.stop)

    def stop(self) -> None:
        """End the station first, then what it used."""
        self.running.stop()
        for close in reversed(self.closers):
            close()


def _open_room(config: Config) -> Room:
    from rma_station.wiring.room import open_room  # flows and store: loaded by the station thread

    return open_room(config)


def _nothing() -> None:
    """A call to wait for: when it was answered, so was everything before it."""


def _keep_what_was_made() -> None:
    """What was made while starting stays: the garbage collector never looks at it again."""
    gc.collect()
    gc.freeze()
    gc.enable()
    give_memory_back()
