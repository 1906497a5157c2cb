"""QEMU's own USB devices, plugged in and out from inside through its control socket (QMP)."""

from __future__ import annotations

import json
import os
import select
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.device.gadget import DEADLINE
from tests.device.machine import PORTS

_CHUNK = 65536


class Control:
    """A conversation with the QEMU this runs in."""

    def __init__(self) -> None:
        self._port = os.open(f"{PORTS}/control", os.O_RDWR)
        self._held = b""
        self._answer("qmp_capabilities")  # refused to all but the first, because the line behind the port stays open

    def ask(self, command: str, **arguments: object) -> None:
        """Give a command that has to succeed."""
        said = self._answer(command, **arguments)
        assert "error" not in said, said

    def close(self) -> None:
        """End the conversation."""
        os.close(self._port)

    def _answer(self, command: str, **arguments: object) -> Mapping[str, Any]:
        os.write(self._port, json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while True:
            said = self._message()
            if "return" in said or "error" in said:
                return said

    def _message(self) -> Mapping[str, Any]:
        while b"\n" not in self._held:
            assert select.select([self._port], [], [], DEADLINE)[0], "QEMU does not answer"
            self._held += os.read(self._port, _CHUNK)
        line, _, self._held = self._held.partition(b"\n")
        message: Mapping[str, Any] = json.loads(line)
        return message


class FtdiAdapter:
    """QEMU's FTDI adapter; the far end of its line answers commands from a table that tests change."""

    def __init__(self, serial: str = "FT8CALE1") -> None:
        self.node = Path(f"/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_{serial}-if00-port0")
        self.url = f"serial:{self.node}"
        self.answers: dict[bytes, bytes] = {}
        self.asked: list[bytes] = []
        self._serial = serial
        self._control = Control()
        self._line = os.open(f"{PORTS}/line", os.O_RDWR)
        self._stop, self._stopped = os.pipe()
        self._peer = threading.Thread(target=self._serve, daemon=True)
        self._peer.start()
        self._plugged = False

    def plug(self, port: str = "1") -> None:
        """Plug it into one of QEMU's USB sockets."""
        device = {"driver": "usb-serial", "id": "ftdi", "bus": "usb.0", "chardev": "line", "always-plugged": True}
        self._control.ask("device_add", **device, port=port, serial=self._serial)
        self._plugged = True

    def unplug(self) -> None:
        """Pull it out; the kernel notices a moment later."""
        if self._plugged:
            self._control.ask("device_del", id="ftdi")
            self._plugged = False

    def send(self, data: bytes) -> None:
        """Send bytes up the line."""
        os.write(self._line, data)

    def seen(self) -> bool:
        """Whether udev has given it its links."""
        return self.node.exists()

    def remove(self) -> None:
        """Unplug it and end the far end."""
        self.unplug()
        os.write(self._stopped, b"x")
        self._peer.join(DEADLINE)
        for handle in (self._line, self._stop, self._stopped):
            os.close(handle)
        self._control.close()

    def _serve(self) -> None:
        held = b""
        while self._stop not in select.select([self._line, self._stop], [], [])[0]:
            *commands, held = (held + os.read(self._line, _CHUNK)).split(b"\r\n")
            for command in commands:
                self.asked.append(command)
                if self.answers.get(command):
                    self.send(self.answers[command])
