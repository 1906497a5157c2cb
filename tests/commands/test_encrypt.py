"""``rma-station encrypt`` and ``decrypt``, as an administrator runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rma_station.__main__ import main
from tests.store.given import identified, open_journal, opened

pytest.importorskip("sqlcipher3", reason="no wheel of sqlcipher3 for this machine")


def configured(folder: Path, state: str) -> list[str]:
    """The arguments of a station whose configuration says so."""
    file = folder / f"{state}.toml"
    file.write_text(f'[station]\nlanguage = "en"\nencryption = "{state}"\ndata = "{folder / "data"}"\n')
    return ["--config", str(file)]


def test_a_journal_is_encrypted_used_and_decrypted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command says what it found wrong and what to do; the key is made once and stays."""
    made = open_journal(tmp_path / "data" / "sample")
    made.commit([opened(), identified()])
    made.close()
    on, off = configured(tmp_path, "on"), configured(tmp_path, "off")
    export = ["export", "events", "--format", "ndjson", "--out", str(tmp_path / "out.ndjson")]

    codes = [
        main([*export, *on]),
        main(["encrypt", *off]),
        main([*export, *off]),
        main(["encrypt", *on]),
    ]
    (tmp_path / "data" / "sample" / "journal-schema-0001.sqlite").write_bytes(b"SQLite format 3\x00")
    damaged = tmp_path / "data" / "sample" / "damaged-20260101T000000Z"
    damaged.mkdir()
    (damaged / "journal.sqlite").write_bytes(b"SQLite format 3\x00")
    codes += [
        main([*export, *on]),
        main(["decrypt", *on]),
        main([*export, *off]),
        main(["encrypt", "--forget-old", *on]),
    ]
    said = capsys.readouterr()

    assert codes == [3, 0, 3, 3, 0, 0, 0, 0]
    assert "is missing: put" in said.err
    assert 'Set station.encryption = "on"' in said.err
    assert "is encrypted already" in said.err
    assert "3 events, verified. The journal is encrypted." in said.out
    assert "The journal is no longer encrypted." in said.out
    assert said.out.count("is removed") == 3
    assert not list((tmp_path / "data" / "sample").glob("journal-schema-*"))
    assert f"{damaged} stays, in the clear" in said.out
    assert (tmp_path / "data" / "sample" / "database-key").stat().st_mode & 0o777 == 0o600


def test_both_speak_the_stations_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A Polish station says in Polish what it does, what is done next and what it refuses."""
    made = open_journal(tmp_path / "data" / "sample")
    made.commit([opened()])
    made.close()
    off = configured(tmp_path, "off")

    codes = [main([command, "--language", "pl", *off]) for command in ("decrypt", "encrypt", "encrypt")]
    said = capsys.readouterr()

    assert codes == [3, 0, 3]
    assert "Odmowa: " in said.err
    assert "journal.sqlite już jest niezaszyfrowany. Nic nie zmieniono." in said.err
    assert "sprawdzanie kopii..." in said.err
    assert "journal.sqlite już jest zaszyfrowany. Nic nie zmieniono." in said.err
    assert "Dziennik jest zaszyfrowany." in said.out
    assert 'Teraz ustaw  station.encryption = "on"  w konfiguracji.' in said.out
