"""``rma-station wipe``: a station is taken out of use, and nothing that is nowhere else goes with it."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rma_station import config, device_secrets
from rma_station.commands import bundled_photos, bundling, hub_says
from rma_station.commands.arguments import parser_of, which_station
from rma_station.commands.speaking import in_language, in_words, speaking, tell, which_language
from rma_station.config import Config
from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from rma_station.errors import HubUnreachable, NotRunning, Refused, StationHeld, StorageFailed
from rma_station.services import control, keys
from rma_station.services.texts import render
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
from sync import bundle, bundle_photos
from sync.comparing import Lacking

_ABOUT = """\
Take this station out of use: remove its journal, photos, keys and logs from
the data folder. Stop the station first.

The hub is asked what it has: refused while it lacks anything, and when it
does not answer. With --bundle every event is first written to a new file,
signed with the device key, sealed to the hub's key, read back from the disk
and compared; photos that the hub does not say it has are copied into
FILE.photos, sealed as well. At the hub, with both on one stick:
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
"""What a station makes in its data folder besides its secrets; the folder of an embedded hub is left alone."""


def execute(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code. Raises ``StationError`` for what a person must act on."""
    parser = parser_of("wipe", _ABOUT, _EXAMPLES, parents=[which_station(), which_language()])
    parser.add_argument("--bundle", type=Path, metavar="FILE", help="new file to write all events to first")
    parser.add_argument("--name", help="the station's name, instead of typing it")
    given = parser.parse_args(arguments)
    settings = in_language(config.load(given.config).with_data(given.data), given.language)
    with speaking(settings):
        left = _wipe(settings, given.bundle and given.bundle.absolute(), given.name)
    tell(settings, "wipe.wiped", folder=str(settings.data_folder))
    tell(settings, "wipe.keys_gone", station=settings.station.name)
    if left:
        tell(settings, "wipe.left", names=", ".join(left))
    return 0


def _wipe(settings: Config, file: Path | None, name: str | None) -> list[str]:
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
        if file is None:
            _refuse_unless_at_hub(settings, reader, photos)
        else:
            _bundle(settings, journal, reader, photos, file)
        _ask_name(settings, name)
        # The lock is held until the end: no station starts on what is left.
        journal.database.connection.close()
        left = _remove(settings)
    finally:
        journal.close()
    (settings.data_folder / "journal.lock").unlink(missing_ok=True)
    return left


def _refuse_running(folder: Path) -> None:
    with contextlib.suppress(NotRunning):
        control.ask(folder, "status", {})
        raise StationHeld(f"a station runs on {folder}. Stop it first.", say("stopped.runs", folder=str(folder)))


def _refuse_unless_at_hub(settings: Config, reader: UploadOnlyReader, photos: Sequence[tuple[str, int]]) -> None:
    """The hub's answer decides (design rule 5): it may have been put back to a backup since it had everything."""
    found = _asked(settings, reader, photos)
    if isinstance(found, str):
        raise Refused(
            f"the hub cannot be asked whether it has everything ({found}). Let it be reached, or write all of it to a "
            "file first:  rma-station wipe --bundle FILE",
            say("stopped.hub_not_asked", reason=found),
        )
    if found.events or found.photos:
        raise Refused(
            f"{found.events} events and {len(found.photos)} photos are not at the hub. Let the station send them, or "
            "write them to a file first:  rma-station wipe --bundle FILE",
            say("stopped.not_at_hub", events=found.events, photos=len(found.photos)),
        )


def _asked(settings: Config, reader: UploadOnlyReader, photos: Sequence[tuple[str, int]]) -> Lacking | str:
    """What the hub lacks by its own word, or why there is none."""
    try:
        return hub_says.lacking(settings, reader, photos)
    except (HubUnreachable, Refused) as error:
        return in_words(error, settings.station.language).rstrip(".")


def _photos(journal: Journal) -> list[tuple[str, int]]:
    """Hash and size of all that are on this disk."""
    with journal.database.reading() as connection:
        return [(str(sha256), int(size)) for sha256, size in connection.execute(HERE)]


def _bundle(
    settings: Config, journal: Journal, reader: UploadOnlyReader, here: Sequence[tuple[str, int]], file: Path
) -> None:
    folder = settings.data_folder
    if file.is_relative_to(folder.absolute()):
        raise Refused(
            f"{file} is in the folder that is wiped. Write it to another disk.",
            say("stopped.bundle_inside", file=str(file)),
        )
    if file.exists():
        raise Refused(
            f"{file} exists already: give another name, or move it away.", say("stopped.exists", file=str(file))
        )
    found = _asked(settings, reader, here) if here else Lacking()
    if isinstance(found, str):
        tell(settings, "wipe.every_photo", reason=found)
    going = [sha256 for sha256, _ in here] if isinstance(found, str) else found.photos
    setting = StoredBook(journal, {}).setting(bundle.SETTING)
    sealed_to = bytes.fromhex(setting) if isinstance(setting, str) else b""
    private = SystemRandom().bytes(32)
    key = bundle.sender_key(private, sealed_to, bundle_photos.LABEL) if sealed_to else b""
    beside = file.with_name(file.name + bundle.PHOTOS)
    copied = bundled_photos.copy(PhotoFiles(folder / PHOTOS), going, beside, key)
    token = token_file(settings)
    device_key = device_secrets.find(folder, device_secrets.DEVICE_KEY)

    def contents(parts: tuple[bundle.LogPart, ...]) -> bundle.Contents:
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        name, mode, hub_id = settings.station.name, journal.mode, reader.hub_id()
        return bundle.Contents(name, mode, now, parts, hub_id, VERSION, copied.photos, copied.sealed)

    events = bundling.write_and_read_back(
        reader,
        contents,
        file,
        sealed_to=sealed_to,
        token=token.read_text().strip() if token.exists() else "",
        device_key=device_key,
        private=private,
    )
    proof = "signed" if device_key else "token" if token.exists() else "no_proof"
    tell(settings, "wipe.bundle", file=str(file), count=events)
    tell(settings, "wipe.sealed" if sealed_to else "wipe.not_sealed")
    tell(settings, f"wipe.{proof}")
    if copied.photos:
        told = "wipe.photos" if copied.sealed else "wipe.photos_open"
        tell(settings, told, folder=str(beside), count=len(copied.photos))
    for sha256 in copied.lost:
        tell(settings, "wipe.lost", photo=sha256)


def _ask_name(settings: Config, given: str | None) -> None:
    name = settings.station.name
    if given is None:
        if not sys.stdin.isatty():
            raise Refused(
                "nobody is here to type the station's name: give it with --name.", say("stopped.nobody_types")
            )
        sys.stderr.write(render(say("wipe.type_name", station=name), settings.station.language) + " ")
        sys.stderr.flush()
        given = sys.stdin.readline().strip()
    if given != name:
        shown = clean(given, 40)
        raise Refused(
            f"{shown!r} is not the name of this station, {name!r}. Nothing was removed.",
            say("stopped.other_name", given=shown, station=name),
        )


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
        said = say("stopped.not_removed", path=str(error.filename), reason=str(error.strerror))
        raise StorageFailed(f"{error.filename} cannot be removed ({error.strerror}).", said) from error
    return sorted(path.name for path in folder.iterdir() if path.name != "journal.lock")
