"""The hub's process: opens the data folder, serves HTTP with uvicorn, ends with its parent's pipe.

In the data folder: ``hub.sqlite3``; ``admin-token`` (0600, made once) for administrators and integrators; ``hub.json``
(0600) with the address while it runs, which the ``hub`` commands read; perhaps ``policy.toml``, the house's own rules.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from hub import api, connections, hub_identity, parts, policy_file, store
from hub.central import Hub
from hub.evidence import blob_files
from hub.intake import feed_order, letters
from hub.money import refund_metrics
from hub.private_files import write_private
from hub.recovery import restores
from hub.recovery.backups import KEEP, Plan
from hub.trust import device_keys, names, reached, stations, tls
from hub.worker import Worker
from rma_station import device_secrets
from rma_station.domain.clean import clean
from rma_station.errors import ConfigError
from sync import signing

ADMIN_TOKEN = "admin-token"
ADDRESS = "hub.json"
POLICY = "policy.toml"
"""The house's own rules, if this file is in the data folder; else the shipped ones hold."""
_REACHED_AT = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104


@dataclass(frozen=True)
class Options:
    """How a hub is started."""

    data: Path
    """Folder of the database and its files."""
    mode: str = "sample"
    host: str = "127.0.0.1"
    port: int = 0
    """0 takes a free one."""
    certificate: Path | None = None
    """PEM with the chain, when the hub shall not make its own as soon as the host is not loopback."""
    key: Path | None = None
    names: tuple[str, ...] = ()
    """More names and addresses for its own certificate; with one it is made on loopback too."""
    parent_pipe: int | None = None
    """Descriptor of a pipe; the hub ends when its other end is closed."""
    public_url: str = ""
    """``https://...`` under which phones reach this hub with a certificate they trust; empty when there is none."""
    metrics_token: bool = False
    """``/metrics`` needs the administrators' token from this machine too (for a reverse proxy here)."""
    backups: Path | None = None
    """Folder for nightly backups."""
    keep_backups: int = KEEP
    backups_elsewhere: bool = False
    """That folder is taken off this machine, whatever disk it seems to be on."""
    enrol: str = ""
    """Name of a station that has to exist."""
    device_key: Path | None = None
    """The file of its device key; made (0600) when there is none."""


def open_hub(data: Path, mode: str | None = None) -> Hub:
    """Open the data folder's hub, its tables up to date.

    Args:
        data: the folder; made when missing.
        mode: ``None`` takes the one the database has, ``sample`` when it is new.

    Raises:
        StationHeld: another process runs on it.
        ModeMismatch: it belongs to the other mode.
        ConfigError: ``policy.toml`` is not a policy.
    """
    policy = policy_file.guarded(policy_file.load(data / POLICY)) if (data / POLICY).exists() else policy_file.shipped()
    database = store.open_folder(data)
    try:
        now = datetime.now(UTC)
        chosen = mode or hub_identity.mode_of(database) or "sample"
        identity = hub_identity.prepare(database, chosen, now, os.urandom)
        token = _admin_token(data)
        hub = Hub(
            database,
            identity,
            lambda: datetime.now(UTC),
            os.urandom,
            stations.digest(token),
            parts.PROPOSING(policy),
            policy=policy,
            operations=parts.OPERATIONS,
            data=data,
            blobs=blob_files.Folder(data / blob_files.FOLDER),
            started=now,
        )
        hub.metrics.sources.extend((*parts.METRICS, refund_metrics.policy_source(policy)))
        with database.transaction() as connection:
            if feed_order.from_another_server(connection):
                epoch = restores.restored(connection, now, os.urandom, how="dump", why="the database is made of a dump")
                hub.identity = replace(identity, epoch=epoch)
            letters.replay_parked(connection, now, hub.propose)
    except BaseException:
        database.close()
        raise
    return hub


def serve(options: Options, out: Callable[[str], object] = lambda line: print(line, flush=True)) -> int:
    """Run until a signal or the parent's end; prints one JSON line with its addresses when ready.

    A person who started it reads on standard error where stations find it.

    Raises:
        ConfigError: an address or a name cannot be used.
    """
    public_url = _public_url(options.public_url)
    hub = open_hub(options.data, options.mode)
    hub.public_url = public_url
    hub.metrics_token = options.metrics_token
    if options.backups:
        _writable(options.backups)
        hub.backup_plan = Plan(options.backups.absolute(), options.keep_backups, options.backups_elsewhere)
    try:
        with hub.database.transaction() as connection:
            for start in parts.START:
                start(hub, connection)
        if options.enrol and options.device_key:
            enrol(hub, options.enrol, options.device_key)
        with _listen(options.host, options.port) as listening:
            served = tls.chosen(hub, options.data, options.host, options.certificate, options.key, options.names)
            hub.authority = served.authority if served else ""
            return _run(hub, options, served, listening, out)
    finally:
        hub.database.close()


def enrol(hub: Hub, name: str, key_file: Path) -> None:
    """Let the station of one's own in, without a person: whoever starts this hub has the station's files as well.

    Raises:
        Refused: the file does not hold a key.
    """
    seed = device_secrets.find(key_file.parent, key_file.name)
    with hub.database.transaction() as connection:
        known = device_keys.find(connection, signing.public_key(seed)) if seed else None
        if seed is None or (known is not None and (known.ended_at is not None or known.station != name)):
            seed = hub.random(device_secrets.SIZE)
            write_private(key_file, seed.hex() + "\n")
        device_keys.register(connection, name, signing.public_key(seed), hub.random, hub.now())


def _run(
    hub: Hub, options: Options, served: tls.Tls | None, listening: socket.socket, out: Callable[[str], object]
) -> int:
    host, port = listening.getsockname()[:2]
    scheme = "https" if served else "http"
    shown = _REACHED_AT.get(host, f"[{host}]" if ":" in host else host)
    address = {"url": f"{scheme}://{shown}:{port}", "pid": os.getpid(), "mode": hub.identity.mode}
    if served:
        address["certificate"] = str(served.certificate.resolve())
    hub.reached_at = reached.addresses(host, port, served, options.names, names.of_this_machine())
    config = uvicorn.Config(
        api.create_app(hub, parts.MOUNTS),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        ssl_certfile=served.certificate if served else None,
        ssl_keyfile=served.key if served else None,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=75,
        http=connections.Connection,
        backlog=connections.BACKLOG,
    )
    connections.Connection.most = connections.room()
    server = uvicorn.Server(config)
    periodic = list(parts.PERIODIC)
    if served and served.authority:
        config.load()
        assert config.ssl is not None
        periodic.append(tls.renewal(hub, options.data, options.names, config.ssl))
    worker = Worker(hub, periodic)
    if options.parent_pipe is not None:
        _end_with(options.parent_pipe, server)

    async def run() -> None:
        async def tell() -> None:
            while not server.started and not server.should_exit:
                await asyncio.sleep(0.01)
            if server.started:
                write_private(options.data / ADDRESS, json.dumps(address))
                out(json.dumps({**address, "hub_id": hub.identity.hub_id, "stations": hub.reached_at}))
                if options.parent_pipe is None:
                    sys.stderr.write(reached.words(hub.reached_at, served))

        telling = asyncio.create_task(tell())
        await server.serve(sockets=[listening])
        await telling

    if threading.current_thread() is threading.main_thread():
        # uvicorn raises the signal again after it has stopped; the files still have to be closed then.
        signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    worker.start()
    # A batch makes tens of thousands of short-lived objects and no cycles; looking for some every 700 costs a tenth.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    try:
        with asyncio.Runner(loop_factory=connections.Loop) as runner:
            runner.run(run())
    finally:
        worker.stop()
        (options.data / ADDRESS).unlink(missing_ok=True)
    return 0


def _end_with(descriptor: int, server: uvicorn.Server) -> None:
    """Ask the server to end as soon as the other end of the pipe is closed, however the parent ended."""

    def watch() -> None:
        try:
            while os.read(descriptor, 4096):
                pass
        except OSError:
            pass
        server.should_exit = True

    threading.Thread(target=watch, name="hub-parent", daemon=True).start()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(connections.BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        raise ConfigError("hub run", "--host/--port", f"{host}:{port}", f"a free address here ({error})") from None
    return listening


def _writable(folder: Path) -> None:
    """Make a folder for backups; raises ``ConfigError`` where that cannot be: a night later nobody would look."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        usable, why = os.access(folder, os.W_OK | os.X_OK), "no right to write there"
    except OSError as error:
        usable, why = False, clean(error.strerror or str(error))
    if not usable:
        raise ConfigError("hub run", "--backups", str(folder), f"a folder this user can write to ({why})")


def _public_url(given: str) -> str:
    """The address without a slash at its end.

    Raises:
        ConfigError: no ``https`` address of a host.
    """
    try:
        address = urlsplit(given)
        plain = not (address.query or address.fragment or address.username or address.password)
        usable = address.scheme == "https" and bool(address.hostname) and plain
    except ValueError:
        usable = False
    if given and not usable:
        raise ConfigError("hub run", "--public-url", given, "https://NAME, under a certificate that phones trust")
    return given.rstrip("/")


def _admin_token(data: Path) -> str:
    file = data / ADMIN_TOKEN
    if file.exists() and file.stat().st_mode & 0o007:
        raise ConfigError(str(file), "mode", oct(file.stat().st_mode & 0o777), f"0o600; run: chmod 600 {file}")
    if not file.exists() or not file.read_text().strip():
        write_private(file, stations.new_token(os.urandom) + "\n")
    return file.read_text().strip()
