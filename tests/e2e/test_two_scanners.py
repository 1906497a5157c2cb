"""Two scanners that never pause, the real drivers, the real station with its journal."""

from __future__ import annotations

from pathlib import Path

from benchmarks import scanners


def test_a_thousand_scans_none_lost_split_or_reordered(tmp_path: Path) -> None:
    """Every scan of both is answered whole, once, and in its scanner's own order."""
    answered, _ = scanners.run(tmp_path)

    assert answered == [scanners.codes(0, 500), scanners.codes(1, 500)]
