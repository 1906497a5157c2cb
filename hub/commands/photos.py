"""``rma-station hub photos CASE [--save DIR]``: the photos of a case, and copies of them to look at."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hub.command_line import ask, folder, parser, tell
from hub.evidence import blob_files
from hub.evidence.blob_api import EXTENSIONS

SOME_MISSING = 3
"""Exit code when photos of the case are still at a station, or gone from the folder."""


def execute(arguments: Sequence[str]) -> int:
    """List them; with ``--save`` copy those that are here."""
    made = parser("photos")
    made.add_argument("case", help="number of the return, or id of an orphan parcel")
    made.add_argument("--save", type=Path, metavar="DIR", help="copy the photos into this folder; made when missing")
    given = made.parse_args(arguments)
    data = folder(given)
    rows: list[Mapping[str, Any]] = ask(data, "photos", case=given.case)["photos"]
    kept = blob_files.Folder(data / blob_files.FOLDER)
    missing = 0
    for number, row in enumerate(rows, 1):
        here = row["here"] and kept.size_of(row["sha256"]) is not None
        missing += not here
        place = "at the hub" if here else "its file is gone" if row["here"] else "still at the station"
        if here and given.save:
            given.save.mkdir(parents=True, exist_ok=True)
            name = f"{number:02}-{row['lpn'] or 'parcel'}-{row['role']}"
            copy = given.save / f"{re.sub('[^0-9A-Za-z-]', '_', name)}.{EXTENSIONS.get(row['mime'], 'bin')}"
            shutil.copyfile(kept.path_of(row["sha256"]), copy)
            place = str(copy)
        who = row["who"] or row["source"]
        line = f"{number:>2}  {row['role']:<10} {row['lpn'] or 'parcel':<12} {who:<12} {row['sha256'][:12]}  {place}"
        tell(line)
    if not rows:
        sys.stdout.write("No photos.\n")
    return SOME_MISSING if missing else 0
