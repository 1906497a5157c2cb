"""``rma-station labels`` as it is called: sheets that command this station, the list of labels owed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from rma_station.__main__ import main
from rma_station.domain import codec, codes
from rma_station.domain import events as ev
from rma_station.domain.book import Person
from rma_station.domain.meaning import BadgeScan, ChoiceScan, Command, CommandScan, GradeScan
from rma_station.services import keys
from rma_station.store.journal import Journal
from rma_station.store.label_requests import BADGE_SETTING
from rma_station.store.reader import StoredReader
from rma_station.system import SystemRandom
from sync.wire import FeedEntry
from tests.fakes import StandingClock, take_feed
from tests.labels.reading import pdf_images, pdf_texts, symbols
from tests.store.given import about, graded, identified, open_journal, opened

HUB_KEY = codes.badge_key(bytes(32))
EXIT_PERSON = 3


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A configuration whose data folder is the test's."""
    file = tmp_path / "station.toml"
    file.write_text(f'[station]\ndata = "{tmp_path / "data"}"\n')
    return file


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """A unit with a label that is owed, two people, the hub's badge key."""
    made = open_journal(tmp_path / "data" / "sample")
    made.commit(
        [opened(), identified(), graded(), ev.Stated(ev.LabelOwed("u-1", "U00001", "media_out"), about(unit="u-1"))]
    )
    people = [Person("000001", "Ola Żółw", "worker"), Person("000002", "Jan Nowak", "supervisor", active=False)]
    entries = [
        FeedEntry(n, f"e-{n}", "person", person.worker_id, codec.encode(person)) for n, person in enumerate(people, 1)
    ]
    entries.append(FeedEntry(3, "e-3", "settings", BADGE_SETTING, HUB_KEY.hex()))
    take_feed(StoredReader(made, StandingClock()), entries, "c-1")
    return made


def scanned(path: Path) -> list[str]:
    """All codes a scanner reads off a sheet."""
    return [text for image in pdf_images(path.read_bytes(), 200) for _, text in symbols(image)]


def test_the_sheets_command_this_station(settings: Path, tmp_path: Path) -> None:
    """Every command, grade and digit, once each, valid with the key in the data folder."""
    out = tmp_path / "sheets"

    assert main(["labels", "sheets", "--commands", "--grades", "--out", str(out), "--config", str(settings)]) == 0

    key = keys.load_or_make(tmp_path / "data" / "sample", SystemRandom())
    secret = codes.command_key(key.master, "bench-1")
    found = [
        codes.read_command(code, "bench-1", key.generation, secret)
        for name in ("SAMPLE-commands-bench-1-1.pdf", "SAMPLE-grades-bench-1-1.pdf")
        for code in scanned(out / name)
    ]
    expected = [*map(CommandScan, Command), *map(GradeScan, "ABCDE"), *map(ChoiceScan, range(10))]
    assert sorted(map(repr, found)) == sorted(map(repr, expected))


def test_sheets_are_for_their_owner_only_and_say_what_they_are(settings: Path, tmp_path: Path) -> None:
    """Who has the file can command the station."""
    main(["labels", "sheets", "--commands", "--out", str(tmp_path), "--config", str(settings)])

    file = tmp_path / "SAMPLE-commands-bench-1-1.pdf"
    (text,) = pdf_texts(file.read_bytes())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [word in text for word in ("PRÓBA", "wydanie 1", "Cofnij", "bench-1")] == [True] * 4
    assert sorted(path.name for path in tmp_path.glob("*.pdf*")) == [file.name]


@pytest.mark.usefixtures("running")
def test_badges_come_from_the_running_station(settings: Path, tmp_path: Path) -> None:
    """Active people only, signed with the hub's key."""
    assert main(["labels", "sheets", "--badges", "--out", str(tmp_path), "--config", str(settings)]) == 0

    sheet = tmp_path / "SAMPLE-badges-bench-1.pdf"
    assert [codes.read_badge(code, HUB_KEY) for code in scanned(sheet)] == [BadgeScan("000001")]
    assert "Ola Żółw" in pdf_texts(sheet.read_bytes())[0]


def test_badges_come_from_the_file_when_nothing_runs(settings: Path, journal: Journal, tmp_path: Path) -> None:
    """Without a running station the badge is the same as with one."""
    journal.close()

    assert main(["labels", "sheets", "--badges", "--out", str(tmp_path), "--config", str(settings)]) == 0
    assert len(scanned(tmp_path / "SAMPLE-badges-bench-1.pdf")) == 1


def test_a_new_station_prints_what_it_can(settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a journal there are no badges yet; asked for by name that is an error."""
    call = ["labels", "sheets", "--out", str(tmp_path / "out"), "--config", str(settings)]

    assert main(call) == 0
    assert "no badges:" in capsys.readouterr().err
    assert len(list((tmp_path / "out").glob("*.pdf"))) == 2
    assert main([*call, "--badges"]) == EXIT_PERSON


def test_badges_without_a_hubs_key_are_refused_with_the_remedy(
    settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Badges are the hub's."""
    open_journal(tmp_path / "data" / "sample").close()

    call = ["labels", "sheets", "--badges", "--out", str(tmp_path), "--config", str(settings)]

    assert main(call) == EXIT_PERSON
    assert "Start the station with its hub" in capsys.readouterr().err


@pytest.mark.usefixtures("running")
def test_owed_labels_are_listed_with_the_code_to_scan(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1: something is still to be done."""
    assert main(["labels", "owed", "--config", str(settings)]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "SAMPLE"
    assert lines[2].split() == ["U00001", "B", "OUT-1", "SHIRT", "RMA-2026-000001"]


def test_nothing_owed_is_said(settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With no label owed the command says so and ends with 0."""
    open_journal(tmp_path / "data" / "sample").close()

    assert main(["labels", "owed", "--config", str(settings)]) == 0
    assert capsys.readouterr().out.splitlines() == ["SAMPLE", "No label is owed."]


def test_a_folder_that_cannot_be_written_to_is_named(
    settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the remedy."""
    (tmp_path / "file").write_text("")

    code = main(["labels", "sheets", "--commands", "--out", str(tmp_path / "file"), "--config", str(settings)])

    assert code == EXIT_PERSON
    assert "Name another folder" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["owe"], ["sheets"], ["sheets", "--out"]])
def test_a_wrong_call_says_how(arguments: list[str]) -> None:
    """A call with words the command does not know ends with exit code 2."""
    with pytest.raises(SystemExit) as ended:
        main(["labels", *arguments])

    assert ended.value.code == 2


# --- preview and check -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "begins"),
    [("a.png", b"\x89PNG"), ("a.zpl", b"^XA"), ("a.tspl", b"\r\nSIZE"), ("a.epl", b"\nN\n"), ("a.pdf", b"%PDF")],
)
def test_a_preview_goes_to_a_file_in_the_language_of_its_name(
    settings: Path, tmp_path: Path, name: str, begins: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any printer language; without a journal, key or hub."""
    out = tmp_path / name

    assert main(["labels", "preview", "pallet", "--config", str(settings), "--out", str(out)]) == 0

    assert out.read_bytes().startswith(begins)
    assert capsys.readouterr().out == f"{out}: {out.stat().st_size} bytes of {name[2:]}\n"


def test_a_preview_is_read_back_from_its_picture(settings: Path, tmp_path: Path) -> None:
    """At the size and resolution asked for, marked as a sample."""
    from PIL import Image

    out = tmp_path / "label.bin"
    arguments = ["--media", "100x150", "--dpi", "300", "--language", "en", "--printer-language", "png"]

    assert main(["labels", "preview", "unit", "--config", str(settings), *arguments, "--out", str(out)]) == 0

    image = Image.open(out).convert("L")
    assert image.size == (1181, 1772)
    assert symbols(image) == [("]C0", "RAB3C00012K7")]


def test_a_preview_in_the_terminal_is_blocks(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No wider than the terminal; no control characters where it is no terminal."""
    assert main(["labels", "preview", "quarantine", "--config", str(settings)]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert {len(line) for line in lines} == {80}
    assert set("".join(lines)) <= set(" ▀▄█")


def test_an_unknown_example_or_file_name_is_said(
    settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With those there are."""
    call = ["labels", "preview", "unit", "--config", str(settings)]

    assert main([*call, "--example", "short"]) == 2
    assert main([*call, "--out", str(tmp_path / "label.docx")]) == EXIT_PERSON

    said = capsys.readouterr().err
    assert "no example 'short'. Choose one of plain, longest, restock" in said
    assert "'docx' is not a printer language. Choose one of zpl, tspl, epl, pdf, png" in said


def test_check_passes_all_shipped_labels_of_a_kind(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every medium, resolution and language; exit code 0."""
    assert main(["labels", "check", "pallet", "--config", str(settings)]) == 0

    out = capsys.readouterr().out
    assert (
        "pallet          100x150  203  pl     gs1-datamatrix 8 = 1.000, 9 of 2, 16.0; gs1-128 4 = 0.500, 22 of 10"
        in out
    )
    assert "16 labels in 5 printer languages, 0 refused." in out


def test_check_refuses_a_template_of_ones_own_with_the_reason(
    settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that cannot be used at all, and one on which something overlaps; the exit code says so."""
    own = tmp_path / "own"
    own.mkdir()
    call = ["labels", "check", "unit", "--config", str(settings), "--templates", str(own), "--media", "57x32"]
    shipped = Path(__file__).parents[2] / "labels" / "templates" / "unit-57x32.toml"
    (own / "mine.toml").write_text(shipped.read_text().replace("height = 11.2", "height = 3"))
    assert main(call) == 4
    assert "mine.toml: barcode[1].height = 3.0 cannot be used. Allowed: at least 5 mm" in capsys.readouterr().err

    (own / "mine.toml").write_text(shipped.read_text().replace("height = 11.2", "height = 13.5"))
    assert main(call) == 1
    out = capsys.readouterr().out
    assert "mine.toml: the text 'RAB3C00012K7' and the code128 'RAB3C00012K7' overlap" in out
    assert "4 labels in 5 printer languages, 4 refused." in out


def test_the_configured_template_folder_is_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By every command; one that is missing is a fault of the configuration."""
    file = tmp_path / "station.toml"
    file.write_text(f'[station]\ndata = "{tmp_path}"\n[labels]\ntemplates = "{tmp_path / "none"}"\n')

    assert main(["labels", "check", "--config", str(file)]) == 4
    assert "an existing folder with TOML files" in capsys.readouterr().err
