"""What the documents say is there: targets, commands, links, keys, examples."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
from pathlib import Path

import pytest

from hub.ingest import propose_nothing
from hub.ledger import STATES
from hub.shop import files
from hub.shop.orders import Imported, take_document
from hub.shop.sample import PEOPLE
from rma_station.__main__ import COMMANDS
from rma_station.domain.grading import DISPOSITIONS
from rma_station.domain.print_jobs import JobState
from rma_station.domain.rma import Custody, ParcelState
from rma_station.screens import actions
from rma_station.services.texts import word
from tests.hub.build import NOW, new_hub

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GUIDES = {"pl": "docs/worker-guide.pl.md", "en": "docs/worker-guide.en.md"}
_ANCHOR = re.compile(r"\]\(([\w./-]*\.md)?#([\w-]+)\)")
_LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)\s#]+)[^)]*\)")


def text(name: str) -> str:
    """A file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def headings(page: Path) -> set[str]:
    """The anchors of a page: its headings in small letters, blanks as dashes, other signs left out."""
    found = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


def targets() -> set[str]:
    """The targets ``make help`` lists."""
    return set(re.findall(r"^([a-z-]+):.*##", text("Makefile"), re.MULTILINE))


def test_every_target_of_the_documents_exists_and_every_target_is_in_the_readme() -> None:
    """Nobody is sent to a target that is not there."""
    named = {name for page in PAGES for name in re.findall(r"`make ([a-z-]+)", page.read_text("utf-8"))}

    assert (named - targets(), targets() - named) == (set(), set())


def test_make_run_hands_the_configuration_to_the_command() -> None:
    """``make run CONFIG=my.toml`` calls what ``rma-station run`` understands."""
    command = ["make", "--no-print-directory", "-n", "run", "CONFIG=my.toml"]
    alone = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    made = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True, check=True)

    assert made.stdout.splitlines()[-1].endswith("main.py run --config my.toml")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    """A link to a file of the repository resolves from where it stands."""
    broken = [link for link in _LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_into_a_page_lead_to_a_heading(page: Path) -> None:
    """``page.md#a-heading``, as it is made of the heading's words."""
    broken = [
        f"{to}#{anchor}"
        for to, anchor in _ANCHOR.findall(page.read_text("utf-8"))
        if anchor not in headings((page.parent / to) if to else page)
    ]

    assert broken == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_is_documented(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``rma-station NAME --help`` answers, and the documents name the command."""
    command = importlib.import_module(f"rma_station.commands.{name}")
    try:
        code = command.execute(["--help"])
    except SystemExit as ended:
        code = ended.code

    written = "".join(page.read_text("utf-8") for page in PAGES)
    assert (code, f"rma-station {name}" in capsys.readouterr().out) == (0, True)
    assert f"rma-station {name}" in written or f"make {name}" in written


@pytest.mark.parametrize("language", GUIDES)
def test_the_guides_name_every_key_with_its_command(language: str) -> None:
    """A row of the guide's table for each action: all its keys, and its words from the catalogue."""
    rows = [line for line in text(GUIDES[language]).splitlines() if line.startswith("| `")]
    wanted = {
        f"| {' '.join(f'`{actions.label(key)}`' for key in action.keys)} | {word(f'key.{action.name}', language)} |"
        for action in actions.ACTIONS
    }

    assert [row for row in wanted if not any(line.startswith(row) for line in rows)] == []


def test_hints_name_the_keys_that_are_bound() -> None:
    """A text that says F4 means the key of that action."""
    hints = {"flow.fact_same_again": "same_again", "flow.use_undo": "undo"}
    for language in GUIDES:
        for key, action in hints.items():
            assert actions.key_of(action) in word(key, language)


def test_the_readme_names_every_sample_person() -> None:
    """Number, role and PIN as the sample hub has them."""
    rows = [re.sub(r" \(.*?\)", "", line) for line in text("README.md").splitlines()]
    wanted = [f"| {person.name} | {person.worker_id} | {person.role} | {pin} |" for person, pin in PEOPLE]

    assert [row for row in wanted if row not in rows] == []


def test_every_state_is_one_of_the_words() -> None:
    """``docs/words.md`` names the states of parcels, units, refunds and print jobs, and where a unit can go."""
    words = set(re.findall(r"\w+", text("docs/words.md")))
    states = {state.value for kind in (ParcelState, Custody, JobState) for state in kind}

    assert {*states, *STATES, *DISPOSITIONS} - words == set()


def test_the_exit_codes_are_documented() -> None:
    """The table of the install guide has those of ``rma_station.__main__``."""
    shown = {int(code) for code in re.findall(r"^\| (\d+) \|", text("docs/install.md"), re.MULTILINE)}

    assert {0, 1, 2, 3, 4, 70} <= shown


def test_the_examples_can_be_imported_in_the_order_of_the_guide() -> None:
    """One JSON file with everything, then products, orders and RMAs as tables."""
    names = ("shop.json", "products.csv", "orders.csv", "rmas.csv")
    database = new_hub("live")

    taken = []
    with database.transaction() as connection:
        for name in names:
            document, places = files.read_file(name, text(f"docs/examples/{name}"))
            taken.append(take_document(connection, document, name, NOW, propose_nothing, places))

    assert taken == [Imported(3, 1, 1), Imported(4, 0, 0), Imported(0, 1, 0), Imported(0, 0, 1)]


def test_constraints_pin_versions_and_name_no_host() -> None:
    """Every line is ``name==version``: no address, no option, no path."""
    lines = text("constraints.txt").splitlines()

    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line)] == []


def test_every_decision_has_a_number_of_its_own() -> None:
    """1, 2, 3 ... without a gap or a second use, in the file's name and in its heading alike."""
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    headings = [re.match(r"# (\d+)\. \S", page.read_text("utf-8")) for page in pages]

    assert numbers == list(range(1, len(pages) + 1))
    assert [heading and int(heading[1]) for heading in headings] == numbers
