"""A device's section put into a configuration file: everything else stays as it was, comments and order included.

tomlkit keeps what a person wrote; it is loaded by the wizard alone (decision 0016).
"""

from __future__ import annotations

import difflib
import os
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

from rma_station.config import Config, from_data, shipped_file
from rma_station.config_file import text_of
from rma_station.errors import Refused, StorageFailed

Values = Mapping[str, str | int]
"""Keys of one section with their values; a value that is the default is left out by whoever makes it."""


def with_section(text: str, kind: str, values: Values, replaces: str | None = None) -> str:
    """The file's text with one more ``[[kind]]``, or with one of them changed.

    Args:
        text: a configuration that can be loaded.
        kind: ``scanner``, ``scale`` or ``printer``.
        values: the section's keys; ``name`` among them.
        replaces: name of the section to change; its comments stay, its other keys go.

    Raises:
        Refused: the devices are not written as ``[[kind]]`` tables, or there is none of this name.
    """
    document = tomlkit.parse(text)
    sections = document.get(kind)
    if sections is not None and not isinstance(sections, AoT):
        raise Refused(f"{kind} is not written as [[{kind}]] in the file; write it so, or add the device by hand.")
    if replaces is not None:
        table = next((each for each in sections or () if each.get("name") == replaces), None)
        if not isinstance(table, Table):
            raise Refused(f"there is no {kind} {replaces!r} in the file.")
        _change(table, values)
        return tomlkit.dumps(document)
    table = tomlkit.table()
    for key, value in values.items():
        table.add(key, value)
    if isinstance(sections, AoT):
        _apart(sections[-1] if len(sections) else None)
        sections.append(table)
    else:
        listed = tomlkit.aot()
        listed.append(table)
        if text and not text.endswith("\n\n"):
            document.add(tomlkit.nl())
        document.append(kind, listed)
    return tomlkit.dumps(document)


def _change(table: Any, values: Values) -> None:
    for key in [key for key in table if key not in values]:
        table.remove(key)
    for key, value in values.items():
        if table.get(key) != value:
            table[key] = value


def _apart(last: Any) -> None:
    """An empty line between the last section and the one to come."""
    if last is not None and not tomlkit.dumps(last).endswith("\n\n"):
        last.add(tomlkit.nl())


def difference(old: str, new: str, name: str) -> Iterator[str]:
    """What changes, as a unified diff without line ends."""
    before, after = old.splitlines(), new.splitlines()
    yield from difflib.unified_diff(before, after, name, name, "", "", n=2, lineterm="")


class ConfigFile:
    """A configuration file to be changed.

    Args:
        path: the file; one that does not exist yet begins as a copy of the shipped one.

    Raises:
        StorageFailed: it cannot be read.
        ConfigError: what stands in it cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.new = not self.path.exists()
        try:
            self.text = text_of(shipped_file() if self.new else self.path)
        except (OSError, UnicodeDecodeError) as error:
            raise StorageFailed(f"{path} cannot be read ({error}).") from error
        self.config = self.read(self.text)

    def read(self, text: str) -> Config:
        """What this text would configure.

        Raises:
            ConfigError: it cannot be used.
        """
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise Refused(f"{self.path} is not TOML: {error}") from None
        return from_data(data, str(self.path))

    def write(self, text: str) -> Path | None:
        """Put the text in the place of the old one, whole or not at all; rights and owner stay.

        Returns:
            Where the old text is kept, ``None`` for a new file.

        Raises:
            Refused: somebody else changed the file meanwhile.
            StorageFailed: it cannot be written; nothing is changed then.
        """
        part = self.path.with_name(f".{self.path.name}.part")
        backup: Path | None = None
        try:
            if not self.new:
                if text_of(self.path) != self.text:
                    raise Refused(f"{self.path} was changed by somebody else meanwhile; begin again.")
                backup = self._backup()
            handle = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                if not self.new:
                    _keep_rights(file.fileno(), self.path)
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            raise StorageFailed(f"{self.path} cannot be written ({error.strerror}); nothing was changed.") from error
        self.text, self.config, self.new = text, self.read(text), False
        return backup

    def _backup(self) -> Path:
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        for number in range(1000):
            backup = self.path.with_name(f"{self.path.name}.{stamp}{f'-{number}' if number else ''}.bak")
            with suppress(FileExistsError):
                handle = os.open(backup, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    _keep_rights(file.fileno(), self.path)
                    file.write(self.text)
                return backup
        raise StorageFailed(f"no name is free for a copy of {self.path}.")


def _keep_rights(handle: int, path: Path) -> None:
    there = path.stat()
    with suppress(PermissionError):  # another owner than the one who writes: only root may give files away
        os.fchown(handle, there.st_uid, there.st_gid)
    os.fchmod(handle, there.st_mode & 0o777)
