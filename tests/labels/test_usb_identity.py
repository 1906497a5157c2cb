"""Which printer is on which node, read from sysfs."""

from __future__ import annotations

from pathlib import Path

import pytest

from labels.printers.usb_identity import UsbPrinter, ieee1284, node_of, usb_printers, wanted

ZEBRA = "MANUFACTURER:Zebra Technologies ;COMMAND SET:ZPL;MODEL:ZTC ZD421-203dpi ZPL;CLASS:PRINTER;OPTIONS:XML;"
TSC = "MFG:TSC;MDL:TE200;CMD:TSPL2;CLS:PRINTER;"


def plug(sysfs: Path, name: str, device_id: str, **device: str) -> None:
    """As the kernel shows a printer."""
    interface = sysfs / "devices" / f"usb-{name}" / "1-1:1.0"
    interface.mkdir(parents=True)
    (interface / "ieee1284_id").write_text(device_id + "\n")
    for file, text in device.items():
        (interface.parent / file).write_text(text + "\n")
    entry = sysfs / "class" / "usbmisc" / name
    entry.mkdir(parents=True)
    (entry / "device").symlink_to(interface)


@pytest.fixture
def printers(tmp_path: Path) -> tuple[UsbPrinter, ...]:
    """A Zebra and a TSC."""
    plug(tmp_path, "lp10", ZEBRA, serial="D6J204500000", product="ZTC ZD421-203dpi", manufacturer="Zebra Technologies")
    plug(tmp_path, "lp2", TSC, product="TE200 Series", manufacturer="TSC")
    (tmp_path / "class" / "usbmisc" / "lp3").mkdir()  # one that is just being pulled out
    (tmp_path / "class" / "usbmisc" / "hiddev0").mkdir()
    return usb_printers(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ZEBRA, {"MFG": "Zebra Technologies", "CMD": "ZPL", "MDL": "ZTC ZD421-203dpi ZPL", "CLASS": "PRINTER",
                 "OPTIONS": "XML"}),
        ("MFG:A;MFG:B;SERN:1", {"MFG": "A", "SN": "1"}),
        ("", {}),
        (";;:x;y", {}),
    ],
)  # fmt: skip
def test_the_id_a_printer_says_of_itself(text: str, expected: dict[str, str]) -> None:
    """Long and short keys are one; what is no pair is left out."""
    assert ieee1284(text) == expected


def test_the_printers_that_are_plugged_in(printers: tuple[UsbPrinter, ...]) -> None:
    """In the order of their nodes, with the address that stays the same."""
    assert [(str(found.node), found.vendor, found.model, found.url) for found in printers] == [
        ("/dev/usb/lp2", "TSC", "TE200", "lp:/dev/usb/lp2"),
        ("/dev/usb/lp10", "Zebra Technologies", "ZTC ZD421-203dpi ZPL", "lp:serial=D6J204500000"),
    ]
    assert printers[0].device_id["CMD"] == "TSPL2"


@pytest.mark.parametrize(
    ("text", "node"),
    [("serial=D6J204500000", "/dev/usb/lp10"), ("model=te200", "/dev/usb/lp2"), ("vendor=zebra", "/dev/usb/lp10")],
)
def test_a_printer_is_found_whatever_its_node(printers: tuple[UsbPrinter, ...], text: str, node: str) -> None:
    """By its serial number, or by part of model or maker."""
    named = wanted(text)

    assert named is not None
    assert str(node_of(named, printers)) == node


@pytest.mark.parametrize("text", ["serial=D6J", "model=nothing"])
def test_a_printer_that_is_not_there_is_named_with_those_that_are(printers: tuple[UsbPrinter, ...], text: str) -> None:
    """A serial number must be whole."""
    with pytest.raises(OSError, match=f"no USB printer fits {text}; plugged in: TE200 .lp:/dev/usb/lp2.*D6J204500000"):
        node_of(wanted(text) or {}, printers)


def test_two_that_fit_are_one_too_many(printers: tuple[UsbPrinter, ...]) -> None:
    """Nobody guesses where a label goes."""
    with pytest.raises(OSError, match="more than one USB printer fits model=e"):
        node_of({"model": "e"}, (printers[0], printers[0]))
