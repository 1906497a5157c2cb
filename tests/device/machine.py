"""Boot the device VM and run pytest in it: ``python -m tests.device.machine [--if-possible] [pytest arguments]``.

QEMU emulates the processor, so neither KVM nor a module of this machine's kernel is needed, and there is no network
inside. Python runs about 16 times slower there: what can be compiled is compiled here, before. Output and status are
those of pytest; 3 when the VM cannot be started here, 124 when it did not end in time.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from tests.device.kernel import CannotBuild, boot_files, cache_folder

QEMU = "qemu-system-x86_64"
UDEVD = ("/usr/lib/systemd/systemd-udevd", "/lib/systemd/systemd-udevd")
PROJECT = Path(__file__).resolve().parents[2]
LONGEST = 900
"""Seconds after which the VM is ended, whatever it does."""
CANNOT, TOO_LONG = 3, 124
PORTS = "/dev/virtio-ports"
QUICK = ("-p", "no:cacheprovider", "-p", "pytest_timeout")
"""pytest with the one plugin its configuration needs; the others take seconds to load in there."""
INSIDE = "RMA_DEVICE_VM"
"""Set inside; tests skip without it."""

JOB = """\
export HOME=/root LANG=C.UTF-8 PATH={path} {inside}=1
export PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTEST_DISABLE_PLUGIN_AUTOLOAD=1
mkdir -p {ports}
for port in /sys/class/virtio-ports/*; do ln -sf "/dev/${{port##*/}}" "{ports}/$(cat "$port/name")"; done
cd {project}
cp rma_station/data/udev/*.rules /etc/udev/rules.d/
{{
  {udevd} --daemon
  udevadm trigger --type=subsystems --action=add; udevadm trigger --type=devices --action=add
  udevadm settle --timeout=60
  read up rest </proc/uptime; echo "device VM: Linux $(uname -r) is up after $up s"
  {command}
  echo $? >/mnt/status
  read up rest </proc/uptime; echo "device VM: ends after $up s"
}} >{ports}/out 2>&1 </dev/null
echo o >/proc/sysrq-trigger
sleep 60
"""


class CannotRun(Exception):
    """The VM cannot be started here; the message says why and what to do."""


def main(arguments: Sequence[str]) -> int:
    """Boot, run, and return the status of what ran."""
    if_possible = "--if-possible" in arguments
    try:
        qemu, udevd = _programs()
        say(f"device VM: kernel and boot image in {cache_folder()}")
        kernel, image, _ = boot_files(cache_folder())
    except (CannotRun, CannotBuild) as error:
        say(f"device VM: left out, it cannot be run here: {error}")
        return 0 if if_possible else CANNOT
    wanted = [argument for argument in arguments if argument != "--if-possible"]
    if not any((PROJECT / argument.partition("::")[0]).exists() for argument in wanted):
        wanted.append("tests/device")
    command = [sys.executable, "-m", "pytest", *QUICK, "-vvv", *wanted]
    if not _compile():
        return CANNOT
    signal.signal(signal.SIGTERM, _end)
    with tempfile.TemporaryDirectory(prefix="rma-device-vm-") as name:
        job = Path(name)
        (job / "job.sh").write_text(_job(udevd, command))
        began = time.monotonic()
        ended = _boot([qemu, *_machine(kernel, image, job)])
        say(f"device VM: {time.monotonic() - began:.0f} s in all")
        status = job / "status"
        if status.exists():
            return int(status.read_text())
        say(f"device VM: no result within {LONGEST} s" if ended == TOO_LONG else f"device VM: QEMU ended with {ended}")
        say((job / "console").read_text(errors="replace")[-4000:] if (job / "console").exists() else "no console")
        return TOO_LONG


def say(line: str) -> None:
    """Show a line of progress."""
    print(line, flush=True)


def _programs() -> tuple[str, str]:
    if platform.machine() != "x86_64":
        raise CannotRun(f"this machine is {platform.machine()}, its programs do not run on an emulated x86_64")
    qemu, udevd = shutil.which(QEMU), next((path for path in UDEVD if Path(path).exists()), None)
    missing = [package for package, there in (("qemu-system-x86", qemu), ("udev", udevd)) if not there]
    if qemu is None or udevd is None:
        raise CannotRun(f"run: sudo apt install --no-install-recommends {' '.join(missing)}")
    return qemu, udevd


def _compile() -> bool:
    """Compile here what the VM would compile slowly: the product, and the tests as pytest rewrites them.

    Returns:
        False when the tests cannot even be collected; pytest has then said why.
    """
    product = [sys.executable, "-m", "compileall", "-q", "rma_station", "drivers", "labels", "sync"]
    subprocess.run(product, cwd=PROJECT, check=False, timeout=120)
    tests = [sys.executable, "-m", "pytest", "-q", "--collect-only", "tests/device"]
    collected = subprocess.run(tests, cwd=PROJECT, check=False, timeout=120, stdout=subprocess.PIPE, text=True)
    if collected.returncode:
        say(collected.stdout)
    return not collected.returncode


def _job(udevd: str, command: Sequence[str]) -> str:
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/bin", "/sbin", "/bin"))
    return JOB.format(
        path=shlex.quote(path),
        inside=INSIDE,
        ports=PORTS,
        project=shlex.quote(str(PROJECT)),
        udevd=udevd,
        command=shlex.join(command),
    )


def _machine(kernel: Path, image: Path, job: Path) -> list[str]:
    """QEMU's arguments: this machine's files read-only, a folder for the job, and devices QEMU has itself."""
    share = "local,security_model=none,multidevs=remap"
    return [
        *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-nic", "none"),
        *("-machine", "q35,usb=off,vmport=off", "-cpu", "Nehalem", "-accel", "tcg,thread=multi,tb-size=512"),
        *("-smp", "2", "-m", "1024", "-kernel", str(kernel), "-initrd", str(image)),
        *("-append", "console=ttyS0 quiet panic=-1 mitigations=off nokaslr random.trust_cpu=on no_timer_check"),
        *("-serial", f"file:{job}/console"),
        *("-fsdev", f"{share},id=files,path=/,readonly=on", "-device", "virtio-9p-pci,fsdev=files,mount_tag=files"),
        *("-fsdev", f"{share},id=job,path={job}", "-device", "virtio-9p-pci,fsdev=job,mount_tag=job"),
        *("-device", "virtio-serial-pci,max_ports=8", "-device", "qemu-xhci,id=usb"),
        *("-chardev", "file,id=out,path=/dev/stdout,append=on", "-device", "virtserialport,chardev=out,name=out"),
        # QEMU's own control socket, looped back into the VM: a test inside plugs QEMU's devices in and out
        *("-chardev", f"socket,id=control,path={job}/control,server=on,wait=off", "-mon", "control,mode=control"),
        *("-chardev", f"socket,id=inside,path={job}/control", "-device", "virtserialport,chardev=inside,name=control"),
        # the far end of the line of QEMU's FTDI adapter
        *("-chardev", f"socket,id=line,path={job}/line,server=on,wait=off"),
        *("-chardev", f"socket,id=far,path={job}/line", "-device", "virtserialport,chardev=far,name=line"),
    ]


def _boot(command: Sequence[str]) -> int:
    """Run QEMU until it ends; ``timeout`` ends it also when this process was killed."""
    command = ["timeout", "-k", "5", str(LONGEST), *command]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True) as qemu:
        assert qemu.stdout is not None
        try:
            for line in qemu.stdout:
                say(line.decode(errors="replace").rstrip("\r\n"))
            return qemu.wait()
        finally:
            if qemu.poll() is None:
                os.killpg(qemu.pid, signal.SIGKILL)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
