"""The device VM's kernel and boot image, made once from two Debian packages and kept in a cache.

``vmlinux`` is the kernel unpacked: started as it is, the emulated processor does not have to decompress it.
``initrd.img`` holds busybox, ``init.sh`` and the modules of ``MODULES`` with what they depend on.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterable
from pathlib import Path

MODULES = (
    # the machine itself
    *("virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_console"),
    # what a station's kernel has for its devices
    *("evdev", "uinput", "uhid", "hid-generic", "usbhid", "xhci-pci", "usbserial", "ftdi_sio", "cdc-acm", "usblp"),
    # a USB port whose far end is software
    *("dummy_hcd", "libcomposite", "usb_f_hid", "usb_f_acm", "usb_f_printer"),
)
"""Loaded in this order, each after those it needs."""
BUSYBOX = ("sh", "mount", "mkdir", "insmod", "ln", "echo", "switch_root")
INIT = Path(__file__).with_name("init.sh")


class CannotBuild(Exception):
    """The kernel cannot be had here; the message says why and what to do."""


def cache_folder() -> Path:
    """Where packages and boot images are kept; may be deleted at any time."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rma-station-vm"


def boot_files(folder: Path) -> tuple[Path, Path, bool]:
    """The kernel, the boot image, and whether they were made just now.

    Args:
        folder: the cache; made when it is missing.

    Raises:
        CannotBuild: the packages cannot be had or do not hold what is expected.
    """
    recipe = hashlib.sha256(repr(MODULES).encode() + INIT.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:12]
    made = folder / recipe
    kernel, image = made / "vmlinux", made / "initrd.img"
    if image.exists():
        return kernel, image, False
    folder.mkdir(parents=True, exist_ok=True)
    linux, busybox = _package(folder, _linux_package()), _package(folder, "busybox-static")
    for old in folder.glob("*/initrd.img"):
        shutil.rmtree(old.parent)
    made.mkdir(exist_ok=True)
    files = made / "files"
    _unpack(linux, files, "./boot/vmlinuz-*", "./lib/modules/*", "./usr/lib/modules/*")
    _unpack(busybox, files, "*/bin/busybox")
    kernel.write_bytes(_unpacked_kernel(next((files / "boot").glob("vmlinuz-*")).read_bytes()))
    program = next(files.rglob("bin/busybox")).read_bytes()
    unfinished = image.with_suffix(".new")
    unfinished.write_bytes(_boot_image(program, _modules(files)))
    shutil.rmtree(files)
    unfinished.rename(image)
    return kernel, image, True


def _linux_package() -> str:
    """The name of the newest kernel package, such as ``linux-image-6.1.0-40-amd64``."""
    said = _run("apt-cache", "depends", "linux-image-amd64")
    found = re.search(r"Depends: (linux-image-\S+)", said)
    if found is None:
        raise CannotBuild("apt-cache knows no linux-image-amd64: Debian on x86_64 is needed; run: apt-get update")
    return found[1]


def _package(folder: Path, name: str) -> Path:
    kept = sorted(folder.glob(f"{name}_*.deb"))
    if not kept:
        _run("apt-get", "download", "-qq", name, cwd=folder)
        kept = sorted(folder.glob(f"{name}_*.deb"))
    if not kept:
        raise CannotBuild(f"apt-get download {name} left no file in {folder}")
    return kept[-1]


def _unpack(package: Path, folder: Path, *patterns: str) -> None:
    folder.mkdir(exist_ok=True)
    tar = ("tar", "-x", "-C", str(folder), "--wildcards", *patterns)
    with subprocess.Popen(("dpkg-deb", "--fsys-tarfile", str(package)), stdout=subprocess.PIPE) as source:
        # tar says so when one of several places is not in the package; what is missing is noticed when it is used
        subprocess.run(tar, stdin=source.stdout, stderr=subprocess.DEVNULL, check=False, timeout=120)


def _run(*command: str, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotBuild(f"{command[0]}: {error}") from error
    if done.returncode:
        raise CannotBuild(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def _unpacked_kernel(packed: bytes) -> bytes:
    """The ELF kernel inside a ``vmlinuz``: the xz stream in it that holds one."""
    start = packed.find(b"\xfd7zXZ\x00")
    while start > 0:
        try:
            kernel = lzma.LZMADecompressor().decompress(packed[start:])
        except lzma.LZMAError:
            kernel = b""
        if kernel.startswith(b"\x7fELF"):
            return kernel
        start = packed.find(b"\xfd7zXZ\x00", start + 1)
    raise CannotBuild("the kernel package holds no xz-packed ELF kernel")


def _modules(files: Path) -> Iterable[tuple[str, bytes]]:
    """Name and content of every module needed, in the order of loading."""
    found = {_plain(path.name): path for path in files.rglob("*.ko*")}
    order: dict[str, bytes] = {}

    def want(name: str) -> None:
        if name in order:
            return
        if name not in found:
            raise CannotBuild(f"the kernel package holds no module {name}")
        path = found[name]
        content = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
        needs = re.search(rb"\0depends=([^\0]*)\0", content)
        for other in needs[1].decode().split(",") if needs and needs[1] else ():
            want(_plain(other))
        order[name] = content

    for name in MODULES:
        want(_plain(name))
    return order.items()


def _plain(name: str) -> str:
    return name.partition(".ko")[0].replace("-", "_")


def _boot_image(busybox: bytes, modules: Iterable[tuple[str, bytes]]) -> bytes:
    image = io.BytesIO()
    entries = [
        (folder, stat.S_IFDIR | 0o755, b"") for folder in ("bin", "dev", "proc", "sys", "lower", "upper", "root")
    ]
    entries += [("modules", stat.S_IFDIR | 0o755, b""), ("bin/busybox", stat.S_IFREG | 0o755, busybox)]
    entries += [(f"bin/{name}", stat.S_IFLNK | 0o777, b"busybox") for name in BUSYBOX]
    entries += [
        (f"modules/{n:02}-{name}.ko", stat.S_IFREG | 0o644, content) for n, (name, content) in enumerate(modules)
    ]
    entries += [("init", stat.S_IFREG | 0o755, INIT.read_bytes()), ("TRAILER!!!", 0, b"")]
    for number, (name, mode, content) in enumerate(entries):
        _write_entry(image, number, name, mode, content)
    return image.getvalue()


def _write_entry(image: io.BytesIO, number: int, name: str, mode: int, content: bytes) -> None:
    """One entry of a cpio archive in the "newc" format (cpio(5)): 13 numbers of 8 hex digits, name, content."""
    path = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path), 0)
    image.write(b"070701" + b"".join(b"%08x" % field for field in fields) + path)
    image.write(b"\0" * (-image.tell() % 4) + content)
    image.write(b"\0" * (-image.tell() % 4))
