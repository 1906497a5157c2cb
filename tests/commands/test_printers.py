"""``rma-station printers print``: a carrier's label as it is, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from rma_station.commands.printers import execute
from rma_station.errors import Refused

TSPL = b'SIZE 100 mm,150 mm\r\nCLS\r\nTEXT 1,1,"3",0,1,1,"a"\r\nPRINT 1\r\n'


@pytest.fixture
def live(tmp_path: Path) -> tuple[str, str]:
    """Arguments that name a live station with one TSPL printer, which is not there."""
    file = tmp_path / "live.toml"
    section = '[[printer]]\nname = "labels"\nurl = "tcp:127.0.0.1:1"\nlanguage = "tspl"\nmedia = "100x150"\n'
    file.write_text(f'[station]\nmode = "live"\n\n{section}', encoding="utf-8")
    return "--config", str(file)


def test_half_a_carriers_label_is_refused_before_any_printer_is_asked(tmp_path: Path, live: tuple[str, str]) -> None:
    """Half a label prints, and the parcel goes astray."""
    label = tmp_path / "parcel.zpl"
    label.write_bytes(b"^XA^FO50,50^FDhalf")

    with pytest.raises(Refused, match="cut short"):
        execute(["print", str(label), "--data", str(tmp_path), *live])


def test_a_carriers_language_is_seen_in_its_bytes(tmp_path: Path, live: tuple[str, str]) -> None:
    """Also TSPL: it gets as far as the printer, which is switched off."""
    label = tmp_path / "parcel.bin"
    label.write_bytes(TSPL)

    with pytest.raises(Refused, match=r"was not printed by labels \(offline"):
        execute(["print", str(label), "--data", str(tmp_path), *live])
