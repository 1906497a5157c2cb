"""``rma-station hub import FILE``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from hub.command_line import ask, folder, parser
from hub.commands import import_bundle
from rma_station.errors import Refused


def execute(arguments: Sequence[str]) -> int:
    """Import a file; everything in it or nothing. ``bundle FILE`` has a way of its own."""
    if "bundle" in arguments:
        return import_bundle.execute([word for word in arguments if word != "bundle"])
    made = parser("import")
    made.description = "Take products, orders and returns; everything in the file or nothing. Or: import bundle FILE."
    made.epilog = "`import bundle FILE` takes what a station that was wiped could not send; see its own --help."
    made.add_argument("file", type=Path, help="JSON document, or a CSV table of products, orders or RMAs")
    given = made.parse_args(arguments)
    try:
        text = given.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{given.file}: cannot be read as UTF-8 text: {error}") from None
    found = ask(folder(given), "import", name=given.file.name, text=text)
    words = ", ".join(f"{found.get(name, 0)} {name}" for name in ("products", "orders", "rmas"))
    sys.stdout.write(f"New or changed: {words}.\n")
    return 0
