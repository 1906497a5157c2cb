"""A section is put into a configuration, and everything else stays as a person wrote it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.config import shipped_file
from rma_station.errors import ConfigError, Refused, StorageFailed
from rma_station.wizard.configuration import ConfigFile, difference, with_section

SHIPPED = shipped_file().read_text("utf-8")
MINE = """\
# the bench by the door
[station]
name = "bench-7"   # painted on the wall

# left hand
[[scanner]]
name = "left"  # the red one
url = "serial:/dev/ttyACM0"
suffix = "tab"

[[scale]]
name = "scale"
url = "socket:192.0.2.1:4001"
"""
SCALE = {"name": "scale2", "url": "hid-scale:0922:8003", "unit": "g"}


def test_a_first_device_goes_to_the_end_of_the_shipped_file() -> None:
    """Every line that was there is there, in its order; the file says one thing more."""
    new = with_section(SHIPPED, "scale", SCALE)

    assert new.startswith(SHIPPED)
    assert tomllib.loads(new) == {**tomllib.loads(SHIPPED), "scale": [SCALE]}
    assert new.endswith('\n\n[[scale]]\nname = "scale2"\nurl = "hid-scale:0922:8003"\nunit = "g"\n')


def test_a_further_device_stands_beside_those_of_its_kind() -> None:
    """Comments keep their places."""
    new = with_section(MINE, "scanner", {"name": "right", "url": "evdev:05e0:1200"})

    added = [line[1:] for line in difference(MINE, new, "x") if line.startswith("+") and not line.startswith("+++")]
    assert [line for line in difference(MINE, new, "x") if line.startswith("-") and not line.startswith("---")] == []
    assert [line for line in added if line] == ["[[scanner]]", 'name = "right"', 'url = "evdev:05e0:1200"']
    assert [each["name"] for each in tomllib.loads(new)["scanner"]] == ["left", "right"]


def test_a_section_that_is_proved_again_keeps_its_comments_and_loses_old_keys() -> None:
    """Only what differs changes."""
    new = with_section(MINE, "scanner", {"name": "left", "url": "serial:/dev/serial/by-id/x"}, "left")

    changed = [line for line in difference(MINE, new, "x") if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == ['-url = "serial:/dev/ttyACM0"', '-suffix = "tab"', '+url = "serial:/dev/serial/by-id/x"']
    assert 'name = "left"  # the red one' in new


def test_devices_that_are_not_written_as_sections_are_left_alone() -> None:
    """And a section that is not there cannot be changed."""
    with pytest.raises(Refused, match=r"\[\[scanner\]\]"):
        with_section('scanner = [{name = "a", url = "loop:"}]\n', "scanner", SCALE)
    with pytest.raises(Refused, match="there is no scale 'other'"):
        with_section(MINE, "scale", SCALE, "other")


words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r"), max_size=20)


@given(st.sampled_from([SHIPPED, MINE, ""]), st.sampled_from(["scanner", "scale", "printer"]), words, words)
def test_whatever_a_section_says_is_read_back_and_nothing_else_changes(
    text: str, kind: str, name: str, url: str
) -> None:
    """Quotes, control characters and Polish letters too."""
    values = {"name": name, "url": url, "dpi": 203}
    before: dict[str, Any] = tomllib.loads(text)
    after = tomllib.loads(with_section(text, kind, values))

    assert after.pop(kind) == [*before.pop(kind, []), values]
    assert after == before


# --- the file --------------------------------------------------------------------------------------------


def test_the_old_file_is_kept_and_rights_stay(tmp_path: Path) -> None:
    """Also of the copy."""
    path = tmp_path / "my.toml"
    path.write_text(MINE)
    path.chmod(0o640)
    file = ConfigFile(path)

    backup = file.write(with_section(file.text, "scale", SCALE))

    assert backup is not None
    assert (backup.read_text(), "scale2" in path.read_text()) == (MINE, True)
    assert [each.stat().st_mode & 0o777 for each in (path, backup)] == [0o640, 0o640]
    assert [device.name for device in file.config.scale] == ["scale", "scale2"]
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([path.name, backup.name])


def test_the_file_keeps_its_owner(tmp_path: Path) -> None:
    """Root may be the one who adds a device to the station user's file."""
    if os.getuid() != 0:
        pytest.skip("only root can give files away")
    path = tmp_path / "my.toml"
    path.write_text(MINE)
    os.chown(path, 1234, 1234)
    file = ConfigFile(path)

    backup = file.write(file.text + "\n")

    assert backup is not None
    assert [(each.stat().st_uid, each.stat().st_gid) for each in (path, backup)] == [(1234, 1234)] * 2


def test_two_changes_in_a_second_keep_two_copies(tmp_path: Path) -> None:
    """No copy is overwritten."""
    path = tmp_path / "my.toml"
    path.write_text(MINE)
    file = ConfigFile(path)

    copies = {file.write(file.text + f"# {number}\n") for number in range(3)}

    assert len(copies) == 3


def test_a_file_that_is_not_there_begins_as_the_shipped_one(tmp_path: Path) -> None:
    """Readable by its owner only; there is no old one to keep."""
    file = ConfigFile(tmp_path / "my.toml")

    assert (file.new, file.text, file.write(file.text)) == (True, SHIPPED, None)
    assert (tmp_path / "my.toml").stat().st_mode & 0o777 == 0o600


def test_a_link_leads_to_the_file_that_is_changed(tmp_path: Path) -> None:
    """The link stays one."""
    (tmp_path / "real.toml").write_text(MINE)
    (tmp_path / "my.toml").symlink_to("real.toml")

    ConfigFile(tmp_path / "my.toml").write(MINE + "# more\n")

    assert (tmp_path / "my.toml").is_symlink()
    assert (tmp_path / "real.toml").read_text().endswith("# more\n")


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """Begin again."""
    path = tmp_path / "my.toml"
    path.write_text(MINE)
    file = ConfigFile(path)
    path.write_text(MINE + "# by hand\n")

    with pytest.raises(Refused, match="changed by somebody else"):
        file.write(MINE)
    assert path.read_text().endswith("# by hand\n")


def test_a_file_that_cannot_be_used_or_written_is_told(tmp_path: Path) -> None:
    """With its name; nothing is left half written."""
    path = tmp_path / "my.toml"
    path.write_text("[station]\nnames = 1\n")
    with pytest.raises(ConfigError, match=r"my\.toml"):
        ConfigFile(path)
    path.write_text("[station\n")
    with pytest.raises(Refused, match="is not TOML"):
        ConfigFile(path)
    path.write_bytes(b"\xff")
    with pytest.raises(StorageFailed, match="cannot be read"):
        ConfigFile(path)
    file = ConfigFile(tmp_path / "folder" / "new.toml")
    with pytest.raises(StorageFailed, match="nothing was changed"):
        file.write(SHIPPED)
