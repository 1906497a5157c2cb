"""``python -m benchmarks``: measures everything and prints the table; see README.md in this folder.

Exit code 0 whatever comes out: the figures inform, tests decide.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.table import Figure, table

FIGURES = {
    "answer": "scan to durable commit to paint, against a bare Textual app",
    "start": "start to first paint and to the first scan, against a minimal Textual app",
    "memory": "memory at rest against a minimal Textual app, and over 5,000 units",
    "journal": "journal commits against raw sqlite3 writing the same rows, and in a large journal",
    "scanners": "1,000 scans from two scanners without a pause",
    "scan_message": "scan to message with four scanners at 50 scans/s each, against a bare reader",
    "scan_parsers": "scans a second out of bytes, key events and reports",
    "scales": "framing and parsing the streams of every scale protocol, against a bare split",
    "hub_ingest": "events a second the hub takes over HTTP",
    "returning": "a hundred stations that come back at once, on SQLite and PostgreSQL",
    "backlog": "scans while three days of events drain, and the bytes of a station and day",
    "photos": "scans while 3,000 photos go up, against none on their way",
    "label": "time and bytes of a unit's label by printer language, against the same as a raster",
    "print_jobs": "print jobs a second through the queue, against the same commits and bytes without one",
    "printing": "labels through the print queue to a virtual printer, against a bare sendall of the same bytes",
}


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks",
        description="What is fast and how we know. Every figure is a ratio to a baseline of the same run.",
        epilog="\n".join(f"  {name:<11} {what}" for name, what in FIGURES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help="only these; everything without one")
    parser.add_argument("--quick", action="store_true", help="fewer passes: for a look while changing something")
    parser.add_argument("--folder", help="where to work: the disk that is measured (default: the temporary folder)")
    given = parser.parse_args()
    unknown = [name for name in given.figures if name not in FIGURES]
    if unknown:
        parser.error(f"no figure {', '.join(unknown)}; there are: {', '.join(FIGURES)}")
    found: list[Figure] = []
    for name in given.figures or FIGURES:
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="rma-benchmark-", dir=given.folder) as folder:
            found += importlib.import_module(f"benchmarks.{name}").measure(Path(folder), quick=given.quick)
        sys.stderr.write(f"{name}: {time.monotonic() - begun:.0f} s\n")
    sys.stdout.write(table(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
