"""What docstrings, comments and documents name is there: files, and names of modules written in full."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("rma_station", "drivers", "labels", "sync", "hub", "virtual_bench", "benchmarks", "tests")
SOURCES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks/README.md"])
ROOMS = [
    str(path.parent.relative_to(ROOT))
    for path in SOURCES
    if path.name == "__init__.py" and path.relative_to(ROOT).parts[0] != "tests"
]
ALIKE = {
    "benchmarks",
    "rma_station/commands",
    "hub/commands",
    "drivers/scales",
    "hub/migrations",
    "hub/migrations/versions",
}
"""Rooms whose modules are of one kind each: the room says which kind, and how they are named."""
HISTORY = {"docs/decisions/0004-print-job-states-in-the-domain.md"}
"""Pages that name what was decided against."""
_FILE = re.compile(r"(?<![\w/.*-])((?:[\w-]+/)*\w[\w-]*\.(?:py|tcss|sql))\b")
_CITED = re.compile(
    r"\b(design (?:rule|section)|sync reference|hardware reference)s? ((?:[RD]?\d+(?:\.\d+)?(?:, | and | to )?)+)"
)
_RUN = re.compile(rf"python -m ((?:{'|'.join(PACKAGES)})(?:\.\w+)+)")
_FULL_NAME = re.compile(rf"`((?:{'|'.join(PACKAGES)})(?:\.[a-z_]+)+\.\w+)")


@cache
def prose(path: Path) -> tuple[str, ...]:
    """The texts for people in a file: all of a page; docstrings, texts below fields, and comments of a module."""
    return tuple(_prose(path))


def _prose(path: Path) -> Iterator[str]:
    text = path.read_text("utf-8")
    if path.suffix == ".md":
        yield text
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def wrong(path: Path, pattern: re.Pattern[str], is_right: Callable[[tuple[str, ...]], bool]) -> set[tuple[str, ...]]:
    """What a file's texts for people say by ``pattern`` and is not right, as the groups of each match.

    The whole file is looked at first, its code as well: taking a module apart is slow, and hardly ever needed.
    """
    if all(is_right(match.groups()) for match in pattern.finditer(_in_one_line(path.read_text("utf-8")))):
        return set()
    said = {match.groups() for text in prose(path) for match in pattern.finditer(_in_one_line(text))}
    return {groups for groups in said if not is_right(groups)}


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def is_there(name: str) -> bool:
    """Whether ``package.module.name`` leads to a module, or to a name at the top of one."""
    parts = name.split(".")
    for depth in range(len(parts) - 1, 0, -1):
        place = ROOT.joinpath(*parts[:depth])
        if place.is_dir():
            return (place / parts[depth]).is_dir() or (place / f"{parts[depth]}.py").is_file()
        if (module := place.with_suffix(".py")).is_file():
            top = rf"^(?:class |def |async def )?{re.escape(parts[depth])}\b"
            return re.search(top, module.read_text("utf-8"), re.MULTILINE) is not None
    return False


def test_every_file_that_is_named_exists() -> None:
    """By its path, or by the end of it: a renamed file is renamed in every sentence, too."""
    files = [
        str(path.relative_to(ROOT)) for path in (*SOURCES, *ROOT.glob("rma_station/store/schema/*"), ROOT / "main.py")
    ]
    ends = {"/".join(name.split("/")[first:]) for name in files for first in range(name.count("/") + 1)}
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (*SOURCES, *PAGES)
        if str(path.relative_to(ROOT)) not in HISTORY
        for (name,) in wrong(path, _FILE, lambda groups: groups[0] in ends)
    }

    assert missing == set()


def test_every_name_written_in_full_exists() -> None:
    """``package.module.name`` leads to a module, or to something at the top of one."""

    def is_right(groups: tuple[str, ...]) -> bool:
        return groups[0].endswith((".py", ".toml")) or is_there(groups[0])

    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (*SOURCES, *PAGES)
        for (name,) in wrong(path, _FULL_NAME, is_right)
    }

    assert missing == set()


@pytest.mark.parametrize(
    "text",
    [
        '"""Its docstring names ``gone.py``."""',
        'class Field:\n    at: int\n    """Below a field: gone.py."""',
        "at = 1  # a comment names gone.py",
        'def act() -> None:\n    r"""A path as Windows writes it: \\there\\gone.py"""',
    ],
)
def test_a_name_of_no_file_is_found_wherever_people_read_it(tmp_path: Path, text: str) -> None:
    """And not in code, where it may be a name that a test makes up."""
    spoken, made_up = tmp_path / "spoken.py", tmp_path / "made_up.py"
    spoken.write_text(f"{text}\n", "utf-8")
    made_up.write_text("path = 'gone.py'\n", "utf-8")

    found = [wrong(path, _FILE, lambda groups: groups[0] == "there.py") for path in (spoken, made_up)]

    assert found == [{("gone.py",)}, set()]


def test_every_package_says_what_it_is_and_holds_no_code() -> None:
    """A newcomer opens ``__init__.py`` first; importing a package loads nothing."""
    packages = {path: ast.parse(path.read_text("utf-8")) for path in SOURCES if path.name == "__init__.py"}
    silent = [str(path.relative_to(ROOT)) for path, tree in packages.items() if not ast.get_docstring(tree)]
    busy = [str(path.relative_to(ROOT)) for path, tree in packages.items() if len(tree.body) > 1]

    assert (silent, busy) == ([], [])


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_says_where_to_start(package: str) -> None:
    """A file of its own to begin with."""
    said = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text("utf-8"))) or ""

    assert re.search(r"[Ss]tart\s(here|there|in\s``)", said)


@pytest.mark.parametrize("package", [room for room in ROOMS if room not in ALIKE])
def test_the_map_of_a_room_names_all_of_its_modules(package: str) -> None:
    """Whoever opens ``__init__.py`` first sees all that is there, if only by a pattern such as ``status*.py``."""
    said = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text("utf-8"))) or ""
    named = re.findall(r"[\w*]+\.py", said)
    modules = {path.name for path in (ROOT / package).glob("*.py")} - {"__init__.py", "__main__.py"}

    assert {name for name in modules if not any(fnmatch(name, pattern) for pattern in named)} == set()


def test_every_module_that_is_to_be_run_exists() -> None:
    """``python -m package.module`` of a sentence can be typed as it stands."""
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (*SOURCES, *PAGES)
        for (name,) in wrong(path, _RUN, lambda groups: is_there(groups[0]))
    }

    assert missing == set()


def test_every_citation_is_explained() -> None:
    """``docs/references.md`` has a line for each number of a rule or source that a docstring, comment or page cites."""
    explained = re.findall(
        r"^\| ((?:design|sync|hardware) \w+ [\w.]+) \|", (ROOT / "docs/references.md").read_text("utf-8"), re.MULTILINE
    )

    def is_right(groups: tuple[str, ...]) -> bool:
        paper, numbers = groups
        cited = [f"{paper} {number}" for number in re.findall(r"[RD]?\d+(?:\.\d+)?", numbers)]
        return all(one in explained or any(line.startswith(f"{one}.") for line in explained) for one in cited)

    assert {cited for path in (*SOURCES, *PAGES) for cited in wrong(path, _CITED, is_right)} == set()
