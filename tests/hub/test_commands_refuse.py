"""What an administrator gets wrong is answered with a sentence that names it, and with an exit code; never a trace."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from hub import command_line, server, store
from rma_station.__main__ import EXIT_CONFIG, EXIT_PERSON, main

IBAN = "PL61109010140000071219812874"


class Terminal(io.StringIO):
    """Somebody sits there."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a hub that does not run."""
    folder = tmp_path / "hub"
    server.open_hub(folder, "live").database.close()
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    """Exit code and complaint of ``rma-station hub ...``."""
    capsys.readouterr()
    code = main(["hub", *map(str, words), "--mode", "live"])
    return code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("run", "--certificate", "/nowhere.pem", "--key", "/nowhere.key"), EXIT_CONFIG, "--certificate/--key"),
        (("run", "--certificate", "/etc/passwd", "--key", "/etc/passwd"), EXIT_CONFIG, "--certificate/--key"),
        (("run", "--port", "99999"), EXIT_CONFIG, "99999"),
        (("run", "--backups", "/proc/nowhere"), EXIT_CONFIG, "--backups"),
        (("batch", "import-status", "/nowhere.xml"), EXIT_PERSON, "/nowhere.xml cannot be read"),
        (("account", "PLN", "Shop\nLtd", IBAN), EXIT_PERSON, "holder's name"),
        (("account", "PLN", "S" * 71, IBAN), EXIT_PERSON, "70 characters"),
        (("account", "PLN", "Shop", IBAN, "--bic", "!!"), EXIT_PERSON, "no BIC"),
    ],
    ids=lambda value: " ".join(map(str, value))[:40] if isinstance(value, tuple) else "",
)
def test_the_answer_names_the_thing(
    data: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, complaint: str
) -> None:
    """File, option or value, and what is allowed."""
    found = said(capsys, *words, "--data", data)

    assert (found[0], complaint in found[1]) == (code, True), found


@pytest.mark.parametrize("words", [("status",), ("run",)])
def test_a_file_that_is_no_database_is_called_that(
    data: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """With the way to put a backup in its place."""
    for file in data.glob(store.FILE + "*"):
        file.unlink()
    (data / store.FILE).write_bytes(b"no database " * 1000)

    code, complaint = said(capsys, *words, "--data", data)

    assert (code, "hub restore --from" in complaint) == (EXIT_PERSON, True), complaint


def test_a_question_to_nobody_says_so(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A PIN is asked for on a terminal; a script without one is told."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    monkeypatch.setattr("getpass.getpass", input)

    code, complaint = said(capsys, "person", "put", "100001", "Jan", "worker", "--data", data)

    assert (code, "run it on a terminal" in complaint) == (EXIT_PERSON, True)


@pytest.mark.parametrize(("again", "code"), [("2468", 0), ("2469", EXIT_PERSON)])
def test_a_pin_is_typed_twice_on_a_terminal(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, again: str, code: int
) -> None:
    """Nobody sees what they type, and a slip would lock the worker out in the morning."""
    typed = iter(("2468", again))
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    monkeypatch.setattr(sys, "stdin", Terminal())

    assert said(capsys, "person", "put", "100001", "Jan", "worker", "--data", data)[0] == code


def test_each_thing_that_is_wrong_has_a_line_of_its_own() -> None:
    """A running hub's message, whose lines came from a file of somebody else."""
    assert command_line._lines("r.csv: row 2\nr.csv: \x1b[2Jrow 3") == "r.csv: row 2\nr.csv: ␛[2Jrow 3"


def test_a_currency_without_refunds_needs_no_account(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A shop that sells in one currency is not asked for an account in another."""
    said(capsys, "account", "PLN", "Shop", IBAN, "--data", data)
    capsys.readouterr()

    code = main(["hub", "batch", "make", "--data", str(data)])

    assert (code, capsys.readouterr().out) == (
        0,
        "PLN: no refund waits for a file.\nEUR: no refund waits for a file.\n",
    )


def test_a_payment_file_says_what_is_in_it_and_what_is_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever makes the first one knows where to go with it, and that the hub has to be told."""
    answers = {
        "batch-make": {"stopped": "", "message_id": "RMA1", "count": 4, "total_minor": 23198},
        "batch-file": {"xml": "<Document/>"},
    }
    monkeypatch.setattr("hub.commands.batch.ask", lambda _, operation, **__: answers[operation])

    main(["hub", "batch", "make", "--currency", "PLN", "--out", str(tmp_path)])

    first, then = capsys.readouterr().out.splitlines()
    assert f"4 refunds, 231.98 PLN: {tmp_path / 'RMA1.xml'}" == first
    assert "hub batch confirm RMA1 REFERENCE" in then
