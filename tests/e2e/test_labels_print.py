"""``rma-station labels print``: through a running station, without one, and into a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rma_station.__main__ import main
from rma_station.services.printing import Patience
from rma_station.services.running import RunningStation
from tests.e2e.printing_station import printing_station
from tests.labels.reading import pdf_images, pdf_texts, symbols

SSCC = "590123412345678909"
PALLET = ["labels", "print", "pallet", "sscc=59012341234567890", "contents=Zażółć"]
EXIT_PERSON = 3


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A live station with a folder for large labels."""
    path = tmp_path / "my.toml"
    path.write_text(
        f'[station]\nmode = "live"\ndata = "{tmp_path / "data"}"\n'
        f'[[printer]]\nname = "large"\nurl = "folder:{tmp_path / "out"}"\nlanguage = "pdf"\nmedia = "100x150"\n'
        'kinds = ["pallet"]\n'
    )
    return path


@pytest.fixture
def station(file: Path) -> Iterator[RunningStation]:
    """A station that runs on it."""
    with printing_station(file, Patience(job=0.2, poll=0.02)) as running:
        yield running


def test_a_running_station_prints_it(
    station: RunningStation, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its job is in the journal and confirmed; the label scans."""
    assert main([*PALLET, "--config", str(file)]) == 0

    assert capsys.readouterr().out == f"pallet {SSCC}: confirmed by large\n"
    (written,) = (tmp_path / "out").glob("*.pdf")
    (image,) = pdf_images(written.read_bytes(), 203)
    assert symbols(image, plain=True) == [("]C1", f"00{SSCC}"), ("]d2", f"00{SSCC}")]
    assert station.call(station.room.journal.jobs_open).result(5) == []


def test_a_kind_nobody_prints_is_said(station: RunningStation, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And its job does not stay open."""
    assert main(["labels", "print", "hygiene", "lpn=RAB3C00012K7", "--config", str(file)]) == EXIT_PERSON

    assert "hygiene RAB3C00012K7 was not printed (no_printer). Nothing came out." in capsys.readouterr().err
    assert station.call(station.room.journal.jobs_open).result(5) == []


def test_without_a_station_the_printer_is_used(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else writes to it then; in the language asked for."""
    assert main([*PALLET, "count=5", "--language", "en", "--config", str(file)]) == 0

    assert capsys.readouterr().out == f"pallet {SSCC}: confirmed by large (pallet_{SSCC}-1.pdf)\n"
    (text,) = pdf_texts((tmp_path / "out" / f"pallet_{SSCC}-1.pdf").read_bytes())
    assert "Pieces: 5" in text


def test_a_label_goes_into_a_file(file: Path, tmp_path: Path) -> None:
    """In the printer language of its name, with fields from a file and from the call."""
    fields = tmp_path / "label.toml"
    fields.write_text('rma = "RMA-1"\nto = """My Shop\nul. Prosta 1"""\n')
    out = tmp_path / "label.pdf"
    call = ["labels", "print", "customer_return", "rma=RMA-2026-000123", "--content", str(fields)]

    assert main([*call, "--out", str(out), "--config", str(file)]) == 0

    (image,) = pdf_images(out.read_bytes(), 203)
    assert symbols(image) == [("]C0", "RMA-2026-000123"), ("]Q1", "RMA-2026-000123")]
    assert {"My Shop", "ul. Prosta 1"} <= set(pdf_texts(out.read_bytes())[0].splitlines())


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["pallet"], "the SSCC '' cannot be printed: give 17 digits"),
        (["pallet", "sscc=590123412345678901"], "wrong check digit"),
        (["pallet", "sscc"], "'sscc' is not FIELD=TEXT"),
        (["pallet", "sscc=59012341234567890", "colour=red"], "a pallet label has no field 'colour'. It has: sscc,"),
        (["return_slip"], "a return_slip label needs rma"),
        (["return_slip", "--content", "/nowhere.toml"], "/nowhere.toml cannot be read as TOML"),
        (["return_slip", "rma=1"], "no printer is configured for it"),
    ],
)
def test_what_cannot_be_printed_is_refused(
    file: Path, capsys: pytest.CaptureFixture[str], call: list[str], said: str
) -> None:
    """With the reason and what would do."""
    assert main(["labels", "print", *call, "--config", str(file)]) == EXIT_PERSON

    assert said in capsys.readouterr().err
