"""A machine made of files: ``sys`` and ``dev`` below a folder, as the kernel and udev make them."""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

KEYS = (1 << 116) - 2
"""The key bitmap of a full keyboard: every key code from 1 to 115."""
SCANNER_DESCRIPTOR = bytes.fromhex("058c0902a101c0")
SCALE_DESCRIPTOR = bytes.fromhex("058d0920a101c0")


class Machine:
    """Plug devices in by calling methods; ``root`` is what discovery reads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._devices = root / "sys/devices/pci0000:00/usb1"
        self._devices.mkdir(parents=True)

    def usb(
        self,
        socket: str,
        vendor: str = "0c2e",
        product: str = "0b81",
        maker: str = "",
        model: str = "",
        serial: str = "",
    ) -> str:
        """A USB device in a socket; returns the socket."""
        files = {"idVendor": vendor, "idProduct": product, "manufacturer": maker, "product": model, "serial": serial}
        write(self._devices / socket, {name: text for name, text in files.items() if text})
        self._on_bus(self._devices / socket)
        return socket

    def tty(self, socket: str, name: str, driver: str = "ftdi_sio", by_id: str = "", by_path: str = "") -> Path:
        """A serial port of a USB device."""
        device = self._interface(socket, driver) / name
        drives(self.root, device, driver)
        return self._node("tty", name, device, self.root / "dev" / name, "serial", by_id, by_path)

    def event(
        self,
        socket: str,
        name: str,
        model: str = "",
        keys: int = KEYS,
        uniq: str = "",
        by_id: str = "",
        by_path: str = "",
    ) -> Path:
        """An input device of a USB device."""
        usb = self._devices / socket
        hid = self._interface(socket, "usbhid") / "0003:0001"
        drives(self.root, hid, "hid-generic")
        device = hid / "input" / name.replace("event", "input")
        words = []
        while keys:
            words.append(f"{keys & (1 << LONG) - 1:x}")
            keys >>= LONG
        write(
            device,
            {
                "name": model,
                "uniq": uniq,
                "phys": f"usb-{socket}/input0",
                "capabilities/key": " ".join(reversed(words or ["0"])),
            },
        )
        write(device, {"id/vendor": text(usb / "idVendor"), "id/product": text(usb / "idProduct")})
        (device / "device").symlink_to("../..")
        return self._node("input", name, device, self.root / "dev/input" / name, "input", by_id, by_path)

    def hidraw(
        self, socket: str, name: str, descriptor: bytes, model: str = "", by_id: str = "", by_path: str = ""
    ) -> Path:
        """A raw HID node of a USB device."""
        usb = self._devices / socket
        device = self._interface(socket, "usbhid") / f"0003:{name}"
        drives(self.root, device, "hid-generic")
        hid_id = f"0003:0000{text(usb / 'idVendor').upper()}:0000{text(usb / 'idProduct').upper()}"
        serial = text(usb / "serial")
        write(
            device, {"uevent": f"HID_ID={hid_id}\nHID_NAME={model}\nHID_UNIQ={serial}\nHID_PHYS=usb-{socket}/input0\n"}
        )
        (device / "report_descriptor").write_bytes(descriptor)
        return self._node("hidraw", name, device, self.root / "dev" / name, "rma", by_id, by_path)

    def lp(self, socket: str, name: str, device_id: str = "", by_id: str = "") -> Path:
        """A printer on usblp."""
        device = self._interface(socket, "usblp")
        write(device, {"ieee1284_id": device_id, "bInterfaceClass": "07"})
        return self._node("usbmisc", name, device, self.root / "dev/usb" / name, "rma", by_id, "")

    def chip(self, name: str, kind: str = "4") -> Path:
        """A serial port of the board itself; kind 0 is a number without a chip behind."""
        device = self.root / "sys/devices/platform/serial8250"
        device.mkdir(parents=True, exist_ok=True)
        drives(self.root, device, "serial8250")
        made = self._node("tty", name, device, self.root / "dev" / name, "serial", "", "")
        write(self.root / "sys/class/tty" / name, {"type": kind})
        return made

    def unplug(self, node: Path) -> None:
        """The node, its device and every link to it are gone."""
        node.unlink()
        entry = next((self.root / "sys/class").glob(f"*/{node.name}"))
        shutil.rmtree(os.path.realpath(entry / "device"))
        entry.unlink()
        for link in (self.root / "dev").rglob("*"):
            if link.is_symlink() and not link.exists():
                link.unlink()

    def _interface(self, socket: str, driver: str) -> Path:
        interface = self._devices / socket / f"{socket}:1.0"
        drives(self.root, interface, driver)
        self._on_bus(interface)
        return interface

    def _on_bus(self, device: Path) -> None:
        link = self.root / "sys/bus/usb/devices" / device.name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(os.path.relpath(device, link.parent))

    def _node(self, folder: str, name: str, device: Path, node: Path, links: str, by_id: str, by_path: str) -> Path:
        entry = device / folder / name
        entry.mkdir(parents=True, exist_ok=True)
        (entry / "device").symlink_to(os.path.relpath(device, entry))
        listed = self.root / "sys/class" / folder / name
        listed.parent.mkdir(parents=True, exist_ok=True)
        listed.symlink_to(os.path.relpath(entry, listed.parent))
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch()
        for kind, link in (("by-id", by_id), ("by-path", by_path)):
            if link:
                path = self.root / "dev" / links / kind / link
                path.parent.mkdir(parents=True, exist_ok=True)
                path.unlink(missing_ok=True)  # of two devices that give one name udev keeps one
                path.symlink_to(os.path.relpath(node, path.parent))
        return node


LONG = struct.calcsize("l") * 8


def text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def drives(root: Path, device: Path, driver: str) -> None:
    folder = root / "sys/bus/drivers" / driver
    folder.mkdir(parents=True, exist_ok=True)
    device.mkdir(parents=True, exist_ok=True)
    if not (device / "driver").exists():
        (device / "driver").symlink_to(os.path.relpath(folder, device))
