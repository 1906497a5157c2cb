"""``rma-station printers``: through a running station, and without one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rma_station.__main__ import main
from rma_station.services.printing import Patience
from rma_station.services.running import RunningStation
from tests.e2e.printing_station import printing_station
from tests.labels.reading import symbols, zpl_images
from virtual_bench.client import VirtualBench

CARRIER = b"^XA^FO20,20^A0N,30,30^FDCARRIER^FS^XZ"
EXIT_PERSON = 3


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualBench]:
    """Two label printers."""
    with VirtualBench.start(tmp_path_factory.mktemp("bench"), printers=("small", "large")) as started:
        yield started


@pytest.fixture
def file(tmp_path: Path, bench: VirtualBench) -> Path:
    """A live station with a small printer for units and a large one for carriers, which stands in."""
    path = tmp_path / "my.toml"
    path.write_text(
        f'[station]\nmode = "live"\nlanguage = "en"\ndata = "{tmp_path / "data"}"\n'
        f'[[printer]]\nname = "small"\nurl = "{bench.url("small")}"\nkinds = ["unit"]\nfallback = "large"\n'
        f'[[printer]]\nname = "large"\nurl = "{bench.url("large")}"\nmedia = "100x150"\nkinds = ["carrier"]\n'
    )
    return path


@pytest.fixture
def station(file: Path) -> Iterator[RunningStation]:
    """A station that runs on it."""
    with printing_station(file, Patience(job=0.3, poll=0.02, idle=0.1)) as running:
        yield running


def call(file: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Exit code and all that was said."""
    code = main(["printers", *words, "--config", str(file)])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_printers_with_what_they_are_for_and_the_remedy(
    file: Path, bench: VirtualBench, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a station each is asked."""
    bench.printer_problems("media_out", device="small")
    try:
        code, said = call(file, capsys, "list")
    finally:
        bench.printer_problems(device="small")

    assert code == 1
    assert "Out of paper: put a new roll in" in said
    assert "prints unit; large stands in" in said
    assert "prints carrier" in said
    assert call(file, capsys, "list")[0] == 0


@pytest.mark.parametrize("runs", [False, True])
def test_a_test_label_scans(
    file: Path, bench: VirtualBench, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest, runs: bool
) -> None:
    """At the printer that was named, whatever it is there for; with the running station's one writer, or directly."""
    if runs:
        request.getfixturevalue("station")
    before = len(bench.printed("large"))

    assert call(file, capsys, "test", "large") == (0, "test label large: confirmed by large\n")

    (label,) = bench.printed("large")[before:]
    assert "Zażółć".encode() in re.sub(rb"_([0-9A-F]{2})", lambda found: bytes.fromhex(found[1].decode()), label.data)
    (image,) = zpl_images(re.sub(rb"_C[345]_[0-9A-F]{2}", b"o", label.data), 203)  # that renderer has no Polish letters
    assert "TEST-0001" in [text for _, text in symbols(image)]


def test_which_printer_is_asked_for(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where there are two."""
    code, said = call(file, capsys, "test")

    assert code == EXIT_PERSON
    assert "Choose one of small, large." in said


def test_a_document_is_printed_once(
    station: RunningStation, file: Path, bench: VirtualBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Byte for byte; the same file again only when it is asked for."""
    document = tmp_path / "dpd.zpl"
    document.write_bytes(CARRIER)
    before = len(bench.printed("large"))

    first = call(file, capsys, "print", str(document))
    second = call(file, capsys, "print", str(document))
    third = call(file, capsys, "print", str(document), "--again")

    assert first == third == (0, "dpd.zpl: confirmed by large\n")
    assert second[0] == EXIT_PERSON
    assert "dpd.zpl was handed in before: confirmed by large" in second[1]
    assert [label.data for label in bench.printed("large")[before:]] == [CARRIER, CARRIER]


def test_a_document_nobody_can_print_is_refused(
    station: RunningStation, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A PDF where only label printers are; a file that does not say what it is; no file."""
    pdf, odd, missing = tmp_path / "a.pdf", tmp_path / "b.bin", tmp_path / "c.zpl"
    pdf.write_bytes(b"%PDF-1.7\n%%EOF\n")
    odd.write_bytes(b"\x00\x01")

    said = [call(file, capsys, "print", str(path)) for path in (pdf, odd, missing)]

    assert [code for code, _ in said] == [EXIT_PERSON] * 3
    assert "a.pdf was not printed (no_printer). Nothing came out." in said[0][1]
    assert "b.bin: the carrier's label is neither PDF nor ZPL, TSPL or EPL." in said[1][1]
    assert "give --format" in said[1][1]
    assert "cannot be read (No such file or directory)" in said[2][1]


def test_an_unknown_job_waits_for_a_persons_word(
    station: RunningStation, file: Path, bench: VirtualBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is listed until somebody has looked; then the same file may be printed again without a word."""
    document = tmp_path / "ups.zpl"
    document.write_bytes(CARRIER.replace(b"CARRIER", b"U" * 400))
    call(file, capsys, "test", "large")
    bench.printer_drop_at(300, device="large")

    code, said = call(file, capsys, "print", str(document))
    listed = call(file, capsys, "jobs")
    job = next(line.split()[0] for line in listed[1].splitlines() if "unknown" in line)
    settled = call(file, capsys, "jobs", "--missing", job)

    assert (code, "Look at the printer large" in said) == (1, True)
    assert (listed[0], settled) == (1, (0, "ups.zpl: failed\n"))
    assert call(file, capsys, "print", str(document)) == (0, "ups.zpl: confirmed by large\n")
    assert call(file, capsys, "jobs", "--came-out", "nothing")[0] == EXIT_PERSON


def test_without_a_station_nothing_is_on_record(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There is no journal to look into."""
    assert call(file, capsys, "jobs")[0] == EXIT_PERSON
