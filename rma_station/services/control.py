"""The running station's Unix socket (0600): how ``export``, ``backup``, ``doctor`` and others ask it for something.

One line of JSON asks, ``{"command": ..., "request": {...}}``; lines of JSON answer: any number of ``progress`` and
``chunk``, then one ``result`` or ``error``. The work runs in the station thread, long work as slices between two
inputs; a thread for each caller only carries lines to and fro.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from pathlib import Path
from types import GeneratorType
from typing import Any, Protocol, TypeVar

from rma_station import errors
from rma_station.domain import codec
from rma_station.domain.clean import clean
from rma_station.domain.codec import JsonValue
from rma_station.errors import Malformed, NotRunning, Refused, StationError
from rma_station.ports import Chunk, Progress, Steps

FILE = "control.sock"
MOST_CALLERS = 8
MAX_REQUEST = 64 * 1024
"""Longest request line in bytes."""
_MAX_PATH = 107
"""Bytes of ``sun_path`` on Linux without its final zero (man 7 unix)."""

T = TypeVar("T")
Command = Callable[[Mapping[str, JsonValue]], JsonValue | Steps]
"""Gives its result at once, or a generator of slices whose return value is the result. Runs in the station thread."""


class Call(Protocol):
    """Runs a function in the station thread, between two inputs."""

    def __call__(self, function: Callable[[], T], /) -> Future[T]:
        """The future of its result."""


class ControlSocket:
    """The server's side.

    Args:
        folder: the data folder; whoever starts this holds its lock, so a socket found there is a dead one's.
        commands: what can be asked, by name.
        call: runs a function in the station thread.
    """

    def __init__(self, folder: Path, commands: Mapping[str, Command], call: Call) -> None:
        self._path = folder / FILE
        self._commands, self._call = commands, call
        self._socket: socket.socket | None = None
        self._places = threading.BoundedSemaphore(MOST_CALLERS)

    def start(self) -> None:
        """Listen; returns at once.

        Raises:
            StorageFailed: the socket cannot be made in the data folder.
        """
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._path.unlink(missing_ok=True)
            with _address(self._path) as address:
                # Bound under a mode nobody else can use: the folder is 0700 already, this is the second lock.
                listening.bind(address)
            self._path.chmod(0o600)
            listening.listen(MOST_CALLERS)
        except OSError as error:
            listening.close()
            raise errors.StorageFailed(f"{self._path}: no control socket can be made ({error.strerror}).") from error
        self._socket = listening
        threading.Thread(target=self._accept, args=(listening,), name="control", daemon=True).start()

    def stop(self) -> None:
        """Stop listening and remove the socket; callers being served are let finish by themselves."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None
            self._path.unlink(missing_ok=True)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                caller, _ = listening.accept()
            except OSError:
                return
            if self._places.acquire(blocking=False):
                threading.Thread(target=self._serve, args=(caller,), name="control caller", daemon=True).start()
            else:
                with caller, suppress(OSError):
                    caller.sendall(_line({"error": {"kind": "Refused", "message": "Too many callers: try again."}}))

    def _serve(self, caller: socket.socket) -> None:
        try:
            # The caller going away in the middle ends its work, nothing else.
            with caller, suppress(OSError):
                for reply in self._replies(caller):
                    caller.sendall(_line(reply))
        finally:
            self._places.release()

    def _replies(self, caller: socket.socket) -> Iterator[JsonValue]:
        try:
            name, request = _read_request(caller)
            command = self._commands.get(name)
            if command is None:
                raise Refused(f"this station has no command {clean(name)!r}: {', '.join(sorted(self._commands))}")
            found = self._call(lambda: command(request)).result()
            if isinstance(found, GeneratorType):
                yield from self._slices(found)
            else:
                yield {"result": found}
        except CancelledError:
            yield {"error": {"kind": "NotRunning", "message": "The station is stopping."}}
        except StationError as error:
            yield {"error": {"kind": type(error).__name__, "message": str(error)}}
        except OSError:
            raise
        except Exception as error:
            # A defect of a command must reach its caller and must not end the station.
            yield {"error": {"kind": "Defect", "message": clean(f"{type(error).__name__}: {error}")}}

    def _slices(self, steps: Steps) -> Iterator[JsonValue]:
        try:
            while True:
                step = self._call(lambda: _advance(steps)).result()
                if isinstance(step, _Finished):
                    yield {"result": step.value}
                    return
                yield {"chunk": step.text} if isinstance(step, Chunk) else {"progress": [step.done, step.total]}
        finally:
            # Whatever it holds belongs to the station thread; a stopping station no longer answers.
            with suppress(CancelledError, RuntimeError):
                self._call(steps.close).result()


class _Finished:
    def __init__(self, value: JsonValue) -> None:
        self.value = value


def _advance(steps: Steps) -> Progress | Chunk | _Finished:
    # StopIteration cannot travel through a Future.
    try:
        return next(steps)
    except StopIteration as stop:
        return _Finished(stop.value)


def ask(
    folder: Path,
    command: str,
    request: Mapping[str, JsonValue],
    on_step: Callable[[Progress | Chunk], None] = lambda _step: None,
    *,
    timeout: float = 60.0,
) -> JsonValue:
    """Ask the station that runs on a data folder, and wait for its result.

    Args:
        folder: the station's data folder.
        command: a name the station knows.
        request: its arguments.
        on_step: told of progress and pieces of text as they come.
        timeout: longest silence in seconds.

    Raises:
        NotRunning: no station listens there, or it ended before its answer.
        StationError: what the station answered; the same class as it was raised there.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(timeout)
        try:
            with _address(folder / FILE) as address:
                line.connect(address)
            line.sendall(_line({"command": command, "request": dict(request)}))
            with line.makefile("rb") as replies:
                for reply in replies:
                    found = codec.from_bytes(reply)
                    if "result" in found:
                        return found["result"]
                    on_step(_step(found))
        except TimeoutError:
            raise NotRunning(f"the station on {folder} has not answered for {timeout:.0f} s") from None
        except OSError as error:
            raise NotRunning(f"no station runs on {folder} ({error.strerror})") from None
    raise NotRunning(f"the station on {folder} ended before it answered")


def _step(reply: Any) -> Progress | Chunk:
    if "chunk" in reply:
        return Chunk(str(reply["chunk"]))
    if "progress" in reply:
        return Progress(*map(int, reply["progress"]))
    said = reply.get("error", {})
    kind = getattr(errors, str(said.get("kind")), None)
    if not (isinstance(kind, type) and issubclass(kind, StationError)) or kind is errors.ConfigError:
        kind = Refused
    raise kind(clean(str(said.get("message", "")), 1000))


def _read_request(caller: socket.socket) -> tuple[str, Mapping[str, JsonValue]]:
    with caller.makefile("rb") as lines:
        data = lines.readline(MAX_REQUEST)
    if not data.endswith(b"\n"):
        raise Malformed(f"a request is one line of at most {MAX_REQUEST} bytes")
    found = codec.from_bytes(data)
    name, request = (found.get("command"), found.get("request", {})) if isinstance(found, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(request, dict):
        raise Malformed('a request is {"command": "...", "request": {...}}')
    return name, request


def _line(value: JsonValue) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """The socket's address; a path that is too long for one is reached through its folder's descriptor."""
    if len(os.fsencode(path)) <= _MAX_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
