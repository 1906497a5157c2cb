"""``rma-station wipe``: a station is taken out of use, and nothing that is nowhere else goes with it."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rma_station import config, device_secrets
from rma_station.commands import asking, bundling, hub_says
from rma_station.config import Config
from rma_station.domain.clean import clean
from rma_station.errors import HubUnreachable, NotRunning, Refused, StationHeld, StorageFailed
from rma_station.services import control, keys
from rma_station.store import swap
from rma_station.store.ballast import BALLAST
from rma_station.store.book import StoredBook
from rma_station.store.journal import Journal
from rma_station.store.photo_files import FOLDER as PHOTOS
from rma_station.store.photo_files import PhotoFiles
from rma_station.store.photos import HERE
from rma_station.store.upload_only import UploadOnlyReader
from rma_station.system import SystemClock, SystemRandom
from rma_station.version import VERSION
from rma_station.wiring.at_rest import database_key
from rma_station.wiring.enrolled import AUTHORITY, token_file
from sync import bundle
from sync.comparing import Lacking

_ABOUT = """\
Take this station out of use: remove its journal, photos, keys and logs from
the data folder. Stop the station first.

The hub is asked what it has: refused while it lacks anything, and when it
does not answer. With --bundle every event is first written to a new file,
signed with the device key, sealed to the hub's key, read back from the disk
and compared; photos that the hub does not say it has are copied into
FILE.photos (not sealed). At the hub, with both on one stick:
rma-station hub import bundle FILE.

You are asked to type the station's name. There is no way back.
"""
_EXAMPLES = """\
exit codes
  0 wiped, 2 wrong call, 4 configuration
  3 a person must act: events or photos are not at the hub, it does not answer,
    the station runs, the bundle cannot be written, the name is another one
"""
_OURS = (
    "journal.sqlite*", f"{swap.NEW}*", swap.MARK, "journal-schema-*.sqlite*", "journal.trial", "salvage.work",
    "before-encryption-*", "before-decryption-*", "damaged-*", BALLAST, "probe", PHOTOS, keys.FILE, "station.log*",
    control.FILE, "bench", f"{device_secrets.DEVICE_KEY}.before-*", f"{AUTHORITY}*",
)  # fmt: skip
"""What a station makes in its data folder besides its secrets; an embedded hub's folder is none of it."""

_NO_PROOF = "NOT SIGNED, there is no device key here: somebody has to vouch for the file at the hub (--unproved)"


def execute(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code. Raises ``StationError`` for what a person must act on."""
    parser = argparse.ArgumentParser(
        "rma-station wipe",
        description=_ABOUT,
        epilog=_EXAMPLES,
        parents=[asking.which_station()],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--bundle", type=Path, metavar="FILE", help="new file to write all events to first")
    parser.add_argument("--name", help="the station's name, instead of typing it")
    given = parser.parse_args(arguments)
    settings = config.load(given.config).with_data(given.data)
    _refuse_running(settings.data_folder)
    journal = Journal.open(
        settings.data_folder,
        station="rma-station wipe",
        mode=settings.station.mode,
        app_version=VERSION,
        clock=SystemClock(),
        random=SystemRandom(),
        key=database_key(settings),
        read_only=True,
    )
    try:
        reader = UploadOnlyReader(journal, SystemClock())
        photos = _photos(journal)
        if given.bundle is None:
            _refuse_unless_at_hub(settings, reader, photos)
        else:
            _bundle(settings, journal, reader, photos, given.bundle.absolute())
        _ask_name(settings.station.name, given.name)
        # The lock is held until the end: no station starts on what is left.
        journal.database.connection.close()
        left = _remove(settings)
    finally:
        journal.close()
    (settings.data_folder / "journal.lock").unlink(missing_ok=True)
    sys.stdout.write(f"{settings.data_folder} is wiped.\n")
    sys.stdout.write(
        "Its keys and its hub's authority went too (a key of systemd stays there). So that no copy of the key calls:  "
        f"rma-station hub station revoke {settings.station.name}\n"
    )
    if left:
        sys.stdout.write(f"Left, because it is not the station's: {', '.join(clean(name) for name in left)}\n")
    return 0


def _refuse_running(folder: Path) -> None:
    with contextlib.suppress(NotRunning):
        control.ask(folder, "status", {})
        raise StationHeld(f"a station runs on {folder}. Stop it first.")


def _refuse_unless_at_hub(settings: Config, reader: UploadOnlyReader, photos: Sequence[tuple[str, int]]) -> None:
    """The hub's answer decides (design rule 5): it may have been put back to a backup since it had everything."""
    found = _asked(settings, reader, photos)
    if isinstance(found, str):
        raise Refused(
            f"the hub cannot be asked whether it has everything ({found}). Let it be reached, or write all of it to a "
            "file first:  rma-station wipe --bundle FILE"
        )
    if found.events or found.photos:
        raise Refused(
            f"{found.events} events and {len(found.photos)} photos are not at the hub. Let the station send them, or "
            "write them to a file first:  rma-station wipe --bundle FILE"
        )


def _asked(settings: Config, reader: UploadOnlyReader, photos: Sequence[tuple[str, int]]) -> Lacking | str:
    """What the hub lacks by its own word, or why there is none."""
    try:
        return hub_says.lacking(settings, reader, photos)
    except (HubUnreachable, Refused) as error:
        return str(error)


def _photos(journal: Journal) -> list[tuple[str, int]]:
    """Hash and size of all that are on this disk."""
    with journal.database.reading() as connection:
        return [(str(sha256), int(size)) for sha256, size in connection.execute(HERE)]


def _bundle(
    settings: Config, journal: Journal, reader: UploadOnlyReader, here: Sequence[tuple[str, int]], file: Path
) -> None:
    folder = settings.data_folder
    if file.is_relative_to(folder.absolute()):
        raise Refused(f"{file} is in the folder that is wiped. Write it to another disk.")
    if file.exists():
        raise Refused(f"{file} exists already: give another name, or move it away.")
    found = _asked(settings, reader, here) if here else Lacking()
    if isinstance(found, str):
        sys.stdout.write(f"The hub cannot be asked ({found}): every photo of this disk goes along.\n")
    going = [sha256 for sha256, _ in here] if isinstance(found, str) else found.photos
    photos, lost = _copy_photos(journal, going, file.with_name(file.name + bundle.PHOTOS))
    setting = StoredBook(journal, {}).setting(bundle.SETTING)
    sealed_to = bytes.fromhex(setting) if isinstance(setting, str) else b""
    token = token_file(settings)
    device_key = device_secrets.find(folder, device_secrets.DEVICE_KEY)

    def contents(parts: tuple[bundle.LogPart, ...]) -> bundle.Contents:
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return bundle.Contents(settings.station.name, journal.mode, now, parts, reader.hub_id(), VERSION, photos)

    events = bundling.write_and_read_back(
        reader,
        contents,
        file,
        sealed_to=sealed_to,
        token=token.read_text().strip() if token.exists() else "",
        device_key=device_key,
        random=SystemRandom().bytes,
    )
    sealed = "sealed to the hub" if sealed_to else "NOT SEALED, the hub's key never came here: keep the file safe"
    proof = "signed with the device key" if device_key else "proved by the token" if token.exists() else _NO_PROOF
    sys.stdout.write(f"{file}: {events} events, read back and compared; {sealed}; {proof}.\n")
    if photos:
        count = "1 photo" if len(photos) == 1 else f"{len(photos)} photos"
        sys.stdout.write(
            f"{file}{bundle.PHOTOS}: {count} the hub has not said it has, not sealed. Keep it beside the file.\n"
        )
    for sha256 in lost:
        sys.stdout.write(f"LOST: photo {sha256} is damaged or not on this disk, and the hub has not said it has it.\n")


def _copy_photos(journal: Journal, going: Iterable[str], target: Path) -> tuple[tuple[str, ...], list[str]]:
    """Copy what is nowhere else; the photos that are there now, and those nobody has any more."""
    here, there = PhotoFiles(journal.database.folder / PHOTOS), PhotoFiles(target)
    copied, lost = [], []
    for sha256 in going:
        data = here.read(sha256)
        if data is None or hashlib.sha256(data).hexdigest() != sha256:
            lost.append(sha256)
            continue
        there.keep(data)
        if not there.is_sound(sha256):
            raise StorageFailed(f"{target} does not hold what was written to it. Try another disk.")
        copied.append(sha256)
    return tuple(copied), lost


def _ask_name(name: str, given: str | None) -> None:
    if given is None:
        if not sys.stdin.isatty():
            raise Refused("nobody is here to type the station's name: give it with --name.")
        sys.stderr.write(f"Type the name of the station to wipe it ({name}): ")
        sys.stderr.flush()
        given = sys.stdin.readline().strip()
    if given != name:
        raise Refused(f"{clean(given, 40)!r} is not the name of this station, {name!r}. Nothing was removed.")


def _remove(settings: Config) -> list[str]:
    """Remove what is the station's, secrets first; what is left."""
    folder = settings.data_folder
    secrets = [device_secrets.DATABASE_KEY, device_secrets.PEPPER, device_secrets.DEVICE_KEY]
    doomed = [folder / name for name in secrets] + [token_file(settings)]
    doomed += [path for pattern in _OURS for path in sorted(folder.glob(pattern))]
    try:
        for path in doomed:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        swap.sync(folder)
    except OSError as error:
        raise StorageFailed(f"{error.filename} cannot be removed ({error.strerror}).") from error
    return sorted(path.name for path in folder.iterdir() if path.name != "journal.lock")
