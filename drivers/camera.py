"""A camera that takes a picture when it is told to: its thread grabs, writes the picture anew, keeps it, then says so.

What makes pictures is a ``Source``: a USB camera (``v4l2_camera.py``) or one that is drawn (``sim_camera.py``). A
picture is a durable file before the station hears of it (design rule 1); a camera that is not there answers at once
that there is no picture, so that nobody at the bench waits.
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from drivers import pictures
from drivers.thread import DeviceThread, Handle, Session, Threaded
from rma_station.errors import DeviceLost, Malformed, StationError, StorageFull
from rma_station.ports import Clock, DeviceState, KeepPicture, NoPicture, Picture

if TYPE_CHECKING:
    from rma_station.domain.effects import TakePhoto

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
"""How often an idle camera is asked whether it is still there."""


class Source(Handle, Protocol):
    """An open camera, of whatever kind: it gives a picture when it is asked."""

    def grab(self) -> bytes:
        """A picture as it is now, in one of ``pictures.FORMATS``; blocks for a second or two at most.

        Raises:
            DeviceLost: the camera is gone, or gives no picture.
        """

    def check(self) -> None:
        """Raises ``DeviceLost`` when the camera is gone."""


class PictureCamera(Threaded):
    """``ports.Camera`` over a ``Source``.

    Args:
        name: name in the configuration.
        connect: opens the camera; raises ``DeviceLost`` when it is not there.
        clock: time.
        keep: makes a picture durable.
    """

    def __init__(self, name: str, connect: Callable[[], Source], clock: Clock, keep: KeepPicture) -> None:
        self.name = name
        self._keep = keep
        self._wanted: queue.SimpleQueue[TakePhoto | None] = queue.SimpleQueue()
        self._thread: DeviceThread[Source] = DeviceThread(name, "camera", connect, self._serve, clock=clock)

    def take(self, of: TakePhoto) -> None:
        """Take a picture now; see ``ports.Camera``."""
        if self._thread.status.state is DeviceState.READY:
            self._wanted.put(of)
        else:
            self._thread.post(NoPicture(self.name, "no_camera"))

    def settled(self, name: str, *, taken: bool) -> None:
        """The file is kept either way; one that no event names is swept away."""

    def stop(self) -> None:
        """End the thread and let go of the camera."""
        self._wanted.put(None)
        super().stop()

    def _serve(self, source: Source, session: Session) -> None:
        session.ready()
        try:
            while not session.ended():
                try:
                    of = self._wanted.get(timeout=LOOK_SECONDS)
                except queue.Empty:
                    source.check()
                    continue
                if of is not None and not session.ended():
                    self._take(source, session, of)
        finally:
            self._answer_waiting(session)

    def _take(self, source: Source, session: Session, of: TakePhoto) -> None:
        try:
            grabbed = source.grab()
        except DeviceLost:
            session.post(NoPicture(self.name, "no_camera"))
            raise
        session.post(kept(self.name, "", "camera", grabbed, self._keep, of))

    def _answer_waiting(self, session: Session) -> None:
        while True:
            try:
                of = self._wanted.get(block=False)
            except queue.Empty:
                return
            if of is not None:
                session.post(NoPicture(self.name, "no_camera"))


def kept(
    device: str, name: str, source: str, data: bytes, keep: KeepPicture, of: TakePhoto | None
) -> Picture | NoPicture:
    """Write a picture anew and keep it; whatever goes wrong is an answer, too."""
    try:
        written = pictures.jpeg(data)
    except Malformed as error:
        log.warning("%s: %s", device, error)
        return NoPicture(device, "unreadable")
    try:
        sha256, size = keep(written)
    except StationError as error:
        log.warning("%s: %s", device, error)
        return NoPicture(device, "no_room" if isinstance(error, StorageFull) else "not_kept")
    return Picture(device, name, sha256, size, pictures.MIME, source, of)
