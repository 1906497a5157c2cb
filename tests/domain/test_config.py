"""The shipped configuration is the documentation: complete, commented, and errors say what to do."""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
import typing
from pathlib import Path

import pytest

from rma_station import config
from rma_station.errors import ConfigError

SHIPPED = config.shipped_file().read_text(encoding="utf-8")
TABLES = ("station", "hub", "rules", "photos")
LISTS = ("scanner", "scale", "printer", "camera")
PRINTER = '[[printer]]\nname = "a"\nurl = "tcp:h:9100"\n'
OTHERS = PRINTER.replace('"a"', '"b"') + PRINTER.replace('"a"', '"c"')


def section(name: str) -> type:
    """The dataclass behind a table of the file."""
    hint = typing.get_type_hints(config.Config)[name]
    return typing.get_args(hint)[0] if name in LISTS else hint


def uncommented() -> str:
    """The shipped file with its examples of devices switched on."""
    head, _, devices = SHIPPED.partition("# Devices.")
    return head + "\n".join(re.sub(r"^# ?(?=\[\[|\w+ = )", "", line) for line in devices.splitlines()[1:])


def load(tmp_path: Path, text: str) -> config.Config:
    """Load a file with this content."""
    file = tmp_path / "my.toml"
    file.write_text(text, encoding="utf-8")
    return config.load(file)


def test_the_shipped_file_says_the_defaults() -> None:
    """A file without a single key means the same."""
    shipped = config.load()

    assert dataclasses.replace(shipped, file="config.toml") == config.Config()


@pytest.mark.parametrize("name", TABLES)
def test_every_key_of_a_table_stands_in_the_file_under_a_comment(name: str) -> None:
    """A key nobody can find does not exist."""
    body = re.split(rf"^\[{name}\]$", SHIPPED, flags=re.MULTILINE)[1]
    body = re.split(r"^\[|^# Devices", body, flags=re.MULTILINE)[0]
    lines = body.splitlines()
    keys = {line.split(" =")[0]: lines[n - 1] for n, line in enumerate(lines) if re.match(r"\w+ =", line)}

    assert set(keys) == {item.name for item in dataclasses.fields(section(name))}
    assert [key for key, above in keys.items() if not above.startswith("# ")] == []


def test_every_key_of_every_device_stands_in_the_examples(tmp_path: Path) -> None:
    """The examples work as soon as their comment signs are taken away."""
    shown = tomllib.loads(uncommented())
    missing = {f"{name}.{item.name}" for name in LISTS for item in dataclasses.fields(section(name))} - {
        f"{name}.{key}" for name in LISTS for key in shown[name][0]
    }
    loaded = load(tmp_path, uncommented())

    assert missing == set()
    assert [len(getattr(loaded, name)) for name in LISTS] == [1, 1, 2, 1]


@pytest.mark.parametrize("name", [*TABLES, *LISTS])
def test_every_field_has_a_docstring(name: str) -> None:
    """The docstrings under the fields are the reference."""
    import ast
    import inspect
    import textwrap

    body = ast.parse(textwrap.dedent(inspect.getsource(section(name)))).body[0].body  # type: ignore[attr-defined]
    bare = [
        item.target.id  # type: ignore[union-attr]
        for item, below in zip(body, [*body[1:], None], strict=True)
        if isinstance(item, ast.AnnAssign)
        and not (isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant))
    ]

    assert bare == []


@pytest.mark.parametrize(
    ("text", "key", "value", "allowed"),
    [
        ('[station]\nmode = "test"', "station.mode", "'test'", "'sample' or 'live'"),
        ("[station]\nsound = 1", "station.sound", "1", "true or false"),
        ("[station]\nname = 7", "station.name", "7", "text in quotes"),
        ('[rules]\nduplicate_ms = "400"', "rules.duplicate_ms", "'400'", "a whole number"),
        ("[rules]\nduplicate_ms = true", "rules.duplicate_ms", "True", "a whole number"),
        ("[rules]\nduplicate_ms = 1.5", "rules.duplicate_ms", "1.5", "a whole number"),
        ("[rules]\nduplicate = 4", "rules.duplicate", "4", "duplicate_ms"),
        ("[colours]\nred = 1", "colours", "{'red': 1}", "station"),
        ("station = 4", "station", "4", "a table"),
        ('[scale]\nname = "a"', "scale", "{'name': 'a'}", "[[scale]]"),
        ('[[scale]]\nname = "a"', "scale[1].url", "None", "required"),
        ('[[scanner]]\nname = "a"\nurl = "x"\nsuffix = "crlf"', "scanner[1].suffix", "'crlf'", "'auto' or 'cr'"),
        ("[hub]\nembedded = false", "hub.url", "''", "the hub's address"),
        ("[rules]\nduplicate_ms = -1", "rules.duplicate_ms", "-1", "0 to 1000000"),
        ("[rules]\noffline_days = 99999999999999999999", "rules.offline_days", "99999999999999999999", "0 to 1000000"),
        ('[station]\nname = ""', "station.name", "''", "letters, digits and dashes"),
        ('[station]\nname = "../bench"', "station.name", "'../bench'", "letters, digits and dashes"),
        ('[station]\ndata = "/srv/\\u0000"', "station.data", "'/srv/\\x00'", "without control characters"),
        ('[hub]\nurl = "https://h\\u001b[2J"', "hub.url", "'https://h\\x1b[2J'", "without control characters"),
        ("[rules]\npackaging_grams = -5", "rules.packaging_grams", "-5", "0 to 1000000"),
        ("[rules]\nrma_pattern = 'RMA-('", "rules.rma_pattern", "'RMA-('", "a regular expression"),
        ("[rules]\norder_pattern = '.*'", "rules.order_pattern", "'.*'", "does not fit an empty text"),
        ('[rules]\nroll_prefixes = "RRZ01"', "rules.roll_prefixes", "'RRZ01'", "a list in [ ]"),
        ('[rules]\nroll_prefixes = ["RRZ01", "RROLL"]', "rules.roll_prefixes[2]", "'RROLL'", "without I, L, O and U"),
        ("[rules]\nroll_prefixes = [7]", "rules.roll_prefixes[1]", "7", "text in quotes"),
        (PRINTER + 'kinds = ["unit", "box"]', "printer[1].kinds[2]", "'box'", "'unit' or 'quarantine' or"),
        (PRINTER + 'kinds = "unit"', "printer[1].kinds", "'unit'", "a list in [ ]"),
        (PRINTER + 'fallback = "b"', "printer[1].fallback", "'b'", "nothing: there is no other"),
        (PRINTER + 'fallback = "a"\n' + OTHERS, "printer[1].fallback", "'a'", "another printer: b, c"),
        ('file = "x"', "file", "'x'", "station"),
    ],
)
def test_an_error_names_file_key_value_and_what_is_allowed(
    tmp_path: Path, text: str, key: str, value: str, allowed: str
) -> None:
    """Whoever reads it can mend it without asking."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)

    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'my.toml'}: {key} = {value} cannot be used. Allowed: ")
    assert allowed in message


def test_two_devices_may_not_share_a_name(tmp_path: Path) -> None:
    """Else nobody knows which of them is meant."""
    text = '[[scanner]]\nname = "a"\nurl = "x"\n[[scale]]\nname = "a"\nurl = "y"'

    with pytest.raises(ConfigError, match=r"scale\.name = 'a'"):
        load(tmp_path, text)


@pytest.mark.parametrize("content", [b"[station", b"\xff\xfe", b"a = 1\na = 2", b"a = " + b"[" * 100_000])
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, content: bytes) -> None:
    """With the parser's own words."""
    file = tmp_path / "my.toml"
    file.write_bytes(content)

    with pytest.raises(ConfigError, match=re.escape(str(file))):
        config.load(file)


def test_a_pipe_is_refused_and_its_writer_not_waited_for(tmp_path: Path) -> None:
    """``--config`` with one waited for ever; a station that is started again could not read it a second time."""
    pipe = tmp_path / "my.toml"
    os.mkfifo(pipe)

    with pytest.raises(ConfigError, match=r"my\.toml: file = 'a pipe' cannot be used\. Allowed: a regular file"):
        config.load(pipe)


@pytest.mark.parametrize(("path", "what"), [("/dev/null", "'a device'"), ("/", "'a folder'")])
def test_what_is_no_file_is_refused(path: str, what: str) -> None:
    """By what it is."""
    with pytest.raises(ConfigError, match=what):
        config.load(Path(path))


def test_a_file_that_is_too_long_is_not_read_to_its_end(tmp_path: Path) -> None:
    """A disk image by mistake."""
    with pytest.raises(ConfigError, match="over 1000000 characters"):
        load(tmp_path, "#" * 1_000_001)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The shipped one does not silently take its place."""
    with pytest.raises(ConfigError, match="missing"):
        config.load(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(("mode", "folder"), [("sample", "sample"), ("live", "live")])
def test_sample_and_live_have_folders_of_their_own(tmp_path: Path, mode: str, folder: str) -> None:
    """They never mix."""
    loaded = load(tmp_path, f'[station]\nmode = "{mode}"\ndata = "{tmp_path}"')

    assert loaded.data_folder == tmp_path / folder
