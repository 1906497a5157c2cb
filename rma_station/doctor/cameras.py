"""How photos are taken here: is the folder there, the camera, its program; do they get to the hub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rma_station.config import CameraSection
from rma_station.doctor.finding import Finding, good, note, wrong
from rma_station.doctor.machine import Machine
from rma_station.domain.grading import Profile


def cameras(sections: Sequence[CameraSection], profiles: Sequence[Profile], machine: Machine) -> Iterator[Finding]:
    """Each configured way; and whether photos are asked for where none can be taken."""
    asking = sorted(profile.code for profile in profiles if _asks(profile))
    if asking and not sections:
        yield note("photos_no_camera", "photos_no_camera", profiles=" ".join(asking))
    for section in sections:
        scheme, _, rest = section.url.partition(":")
        path = rest.partition("?")[0]
        if scheme == "folder":
            yield _folder(section.name, str(Path(path).expanduser()), machine)
        elif scheme == "v4l2":
            yield _camera(section.name, path, machine)


def _asks(profile: Profile) -> bool:
    options = [option for question in profile.questions for option in question.options]
    return any(profile.photos.values()) or any(option.photos for option in options)


def _folder(name: str, path: str, machine: Machine) -> Finding:
    if not (machine.root / path.lstrip("/")).is_dir():
        return wrong("camera_folder_missing", "camera_folder_missing", device=name, folder=path)
    if not machine.usable(path):
        return wrong("camera_folder_closed", "camera_folder_closed", device=name, folder=path)
    return good("camera_folder", device=name, folder=path)


def _camera(name: str, path: str, machine: Machine) -> Finding:
    if machine.answer(("v4l2-ctl", "--version")) is None:
        return wrong("camera_program", "camera_program", device=name)
    if not (machine.root / path.lstrip("/")).exists():
        return wrong("camera_missing", "device", device=name, path=path)
    if not machine.usable(path):
        return wrong("camera_closed", "camera_closed", device=name, path=path, user=machine.user)
    return good("camera", device=name, path=path)


def photos(found: Mapping[str, Any]) -> Iterator[Finding]:
    """What the running station says of its photos.

    Args:
        found: ``photos`` of its status; empty from an older one.
    """
    if found.get("refused"):
        yield wrong("photos_refused", "photos_refused", count=found["refused"])
    if found.get("waiting"):
        yield note("photos_waiting", "", count=found["waiting"], megabytes=found["waiting_mb"])
    if found.get("phone") == "no_public_url":
        yield wrong("phone_no_url", "phone_no_url")
