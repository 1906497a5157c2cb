"""Secrets of this device, 32 bytes each: a credential of systemd, or a file of mode 0600 in the data folder.

With ``LoadCredentialEncrypted=NAME`` in the unit, systemd decrypts the credential with the TPM or the machine's own key
into ``$CREDENTIALS_DIRECTORY/NAME`` (systemd.exec(5), CREDENTIALS): then nothing on the disk can be copied. A file
protects as far as it is not copied together with the database.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from rma_station.domain.outcome import say
from rma_station.errors import Refused, StorageFailed
from rma_station.ports import Random

SIZE = 32
PEPPER = "device-secret"
"""Name of the secret that PINs kept here are peppered with."""
DEVICE_KEY = "device-key"
"""Name of the secret that every call to the hub is signed with (the seed of an Ed25519 key)."""
DATABASE_KEY = "database-key"
"""Name of the secret an encrypted journal is opened with."""


def find(folder: Path, name: str, environment: Mapping[str, str] = os.environ) -> bytes | None:
    """The secret of this name: the credential before the file; ``None`` when there is neither.

    Raises:
        Refused: others can read the file, or it does not hold a secret.
    """
    given = environment.get("CREDENTIALS_DIRECTORY")
    if given and (credential := Path(given) / name).exists():
        return _read(credential)
    file = folder / name
    if not file.exists():
        return None
    if file.stat().st_mode & 0o077:
        raise Refused(f"others can read {file}. Run: chmod 600 {file}", say("stopped.secret_open", file=str(file)))
    return _read(file)


def find_or_make(folder: Path, name: str, random: Random, environment: Mapping[str, str] = os.environ) -> bytes:
    """The secret of this name; made as a file when there is none.

    Raises:
        Refused: as ``find``.
        StorageFailed: the file cannot be written.
    """
    return find(folder, name, environment) or make(folder, name, random)


def make(folder: Path, name: str, random: Random) -> bytes:
    """A new secret in a file: whole or not at all, never over another one.

    Raises:
        Refused: there is a file of this name.
        StorageFailed: it cannot be written.
    """
    secret = random.bytes(SIZE)
    part = folder / f".{name}.part"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(secret.hex() + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.link(part, folder / name)
        _sync(folder)
    except FileExistsError:
        said = say("stopped.secret_exists", file=str(folder / name))
        raise Refused(f"{folder / name} exists already and is kept.", said) from None
    except OSError as error:
        said = say("stopped.unwritten", path=str(folder / name), reason=str(error.strerror))
        raise StorageFailed(f"{folder / name} cannot be written ({error.strerror}).", said) from error
    finally:
        part.unlink(missing_ok=True)
    return secret


def _read(file: Path) -> bytes:
    try:
        secret = bytes.fromhex(file.read_text("ascii").strip())
    except OSError as error:
        said = say("stopped.unread", path=str(file), reason=str(error.strerror))
        raise Refused(f"{file} cannot be read ({error.strerror}).", said) from error
    except ValueError:
        secret = b""
    if len(secret) != SIZE:
        raise Refused(
            f"{file} does not hold a secret: 64 hexadecimal digits. Put the right file back.",
            say("stopped.secret_bad", file=str(file)),
        )
    return secret


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
