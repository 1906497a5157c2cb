"""What a printer is, from what it answers."""

from __future__ import annotations

import socket
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.printers import discovery
from labels.printers.discovery import Found, dpi_in, language_of, look, media_of
from labels.printers.usb_identity import UsbPrinter, ieee1284
from labels.status import Identity
from labels.status_epl import EplSettings
from rma_station.domain.clean import clean
from tests.labels.ipp_server import Office, OfficePrinter
from virtual_bench.client import VirtualBench

ZEBRA = "MFG:Zebra Technologies ;CMD:ZPL;MDL:ZTC ZD421-300dpi ZPL;"


@pytest.mark.parametrize(
    ("device_id", "language", "dpi"),
    [
        (ZEBRA, "zpl", 300),
        ("MFG:TSC;MDL:TE200;CMD:TSPL2;", "tspl", None),
        ("MFG:Zebra;MDL:LP2844;CMD:EPL;", "epl", None),
        ("MFG:Zebra;MDL:GK420d;COMMAND SET:EPL,ZPL;", "zpl", None),
        ("MFG:HP;MDL:LaserJet;CMD:PJL,PCL,PDF,URF;", "pdf", None),
        ("MFG:EPSON;MDL:TM-T20;CMD:ESC/POS;", None, None),
        ("", None, None),
    ],
)
def test_languages_of_the_id_a_printer_says_of_itself(device_id: str, language: str | None, dpi: int | None) -> None:
    """The best one that is ours."""
    found = discovery.of_device_id("lp:/dev/usb/lp0", ieee1284(device_id))

    assert (found.language, found.dpi) == (language, dpi)


def test_a_usb_printer_is_described_without_opening_it() -> None:
    """With the address that stays the same."""
    printer = UsbPrinter(Path("/dev/usb/lp0"), "D6J2045", "ZTC ZD421-300dpi ZPL", "Zebra", ieee1284(ZEBRA))

    assert discovery.of_usb(printer) == Found("lp:serial=D6J2045", "ZTC ZD421-300dpi ZPL", "zpl", 300, detail="ZPL")


@pytest.mark.parametrize(
    ("density", "model", "dpi"), [(203, "ZD421", 203), (300, "ZD421", 300), (600, "ZT411", None), (0, "X-203dpi", 203)]
)
def test_a_zebras_resolution_is_taken_from_its_own_words(density: int, model: str, dpi: int | None) -> None:
    """A resolution we have no labels for is not known."""
    assert discovery.of_identity("u", Identity(model, "V84", density, "")) == Found("u", f"{model} V84", "zpl", dpi)


@pytest.mark.parametrize(
    ("setting", "language"),
    [("zpl", "zpl"), ("hybrid_xml_zpl", "zpl"), ("epl_zpl", "zpl"), ("EPL", "epl"), ("line_print", None), ("", None)],
)
def test_the_language_a_zebra_is_set_to(setting: str, language: str | None) -> None:
    """``line_print`` has to be changed at the printer."""
    assert language_of(setting) == language


@pytest.mark.parametrize(
    ("width", "length", "dpi", "media"),
    [
        (456, 256, 203, "57x32"),
        (673, 378, 300, "57x32"),
        (812, 1218, 203, "102x152"),
        (800, 1200, 203, "100x150"),
        (832, 1225, 203, None),
        (400, 208, 203, "50x25"),
        (456, None, 203, None),
        (456, 256, None, None),
        (456, 256, 600, None),
    ],
)
def test_the_stock_that_fits(width: int | None, length: int | None, dpi: int | None, media: str | None) -> None:
    """Within two millimetres; otherwise a person is asked."""
    assert media_of(width, length, dpi) == media


def test_epl_settings_tell_the_stock() -> None:
    """A label of 456 by 256 dots."""
    found = discovery.of_epl_settings("u", EplSettings("LP2844", "V4.42", 456, 256))

    assert found == Found("u", "LP2844 V4.42", "epl", 203, "57x32")


@pytest.mark.parametrize(
    ("formats", "media", "expected"),
    [
        (["application/pdf"], "iso_a4_210x297mm", ("pdf", None)),
        (["application/vnd.zebra-zpl", "application/pdf"], "oe_4x6-label_4x6in", ("zpl", "102x152")),
        (["image/urf"], "om_label_57x32mm", (None, "57x32")),
    ],
)
def test_what_an_ipp_printer_says(formats: list[str], media: str, expected: tuple[str | None, str | None]) -> None:
    """Formats and the medium's self-describing name (PWG 5101.1)."""
    printer = SimpleNamespace(
        document_formats=formats, attributes={"media-default": media}, make_and_model="X", name=None
    )

    found = discovery.of_ipp("ipp://h/", printer)  # type: ignore[arg-type]

    assert (found.language, found.media) == expected


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from(["zpl", None]))
def test_a_section_is_always_readable(url: str, model: str, language: str | None) -> None:
    """Whatever a printer is called, its section is TOML; what is not known is a comment."""
    section = Found(clean(url), clean(model), language, None, None).section

    (read,) = tomllib.loads(section)["printer"]
    assert read["name"] == "labels"
    assert ("language" in read) is (language is not None)
    assert dpi_in(model) in (None, 203, 300)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualBench]:
    """A printer of each language, one of them on a cable."""
    wanted = ["z", "zu:zpl:usb", "t:tspl", "e:epl"]
    with VirtualBench.start(tmp_path_factory.mktemp("bench"), printers=wanted) as started:
        yield started


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("z", ("ZTC ZD421-203dpi ZPL V93.21.26Z", "zpl", 203, "57x32", "")),
        ("zu", ("ZTC ZD421-203dpi ZPL V93.21.26Z", "zpl", 203, "57x32", "")),
        ("t", ("TE210", "tspl", None, None, "")),
        ("e", ("UKQ1935HLU V4.42", "epl", 203, "57x32", "")),
    ],
)
def test_a_printer_is_asked_and_prints_nothing(bench: VirtualBench, name: str, expected: tuple[object, ...]) -> None:
    """Over TCP and on a cable."""
    found = look(bench.url(name), 0.25)

    assert (found.model, found.language, found.dpi, found.media, found.problem) == expected
    assert bench.printed(name) == []


def test_a_silent_one_is_unknown(bench: VirtualBench) -> None:
    """Not offline: a person says what it is."""
    bench.printer_silent(True, device="z")
    try:
        found = look(bench.url("z"), 0.05)
    finally:
        bench.printer_silent(False, device="z")

    assert (found.language, found.problem) == (None, "unknown")


def test_a_zebra_in_text_mode_is_told_how_to_be_set() -> None:
    """It answers SGD in any mode; ``~HI`` would come out as text."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                while data := connection.recv(4096):
                    heard.append(data)
                    connection.sendall(b'"line_print"' if b"languages" in data else b'"203"')

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        found = look(f"tcp:127.0.0.1:{server.getsockname()[1]}", 5.0)
        thread.join(5)

    assert (found.language, found.dpi) == (None, 203)
    assert "set device.languages to zpl" in found.detail
    assert all(data.startswith(b"! U1 getvar") for data in heard)


def test_an_office_printer_is_asked() -> None:
    """An ``ipp:`` address is asked by IPP what it is."""
    server = OfficePrinter(Office())
    try:
        found = look(server.url)
    finally:
        server.close()

    assert (found.language, found.model, found.problem) == ("pdf", "h2g2bob's ipp-printer.py 0.00", "")


@pytest.mark.parametrize("url", ["tcp:127.0.0.1:1", "ipp://127.0.0.1:1/x", "lp:/nowhere/lp0"])
def test_a_printer_that_is_not_there_is_offline_with_the_reason(url: str) -> None:
    """Offline, with the system's words."""
    assert look(url, 0.1).problem == "offline"


@pytest.mark.parametrize("url", ["", "http://x", "tcp:x", "lp:", "ipp:/x"])
def test_an_address_that_is_none(url: str) -> None:
    """With the form of one."""
    found = look(url)

    assert found.problem == "refused"
    assert found.detail.startswith("write ")
