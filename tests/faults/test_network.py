"""Station and hub on two machines with a cable between them that fails: two network namespaces and a veth pair."""

from __future__ import annotations

import datetime
import ipaddress
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.faults.processes import ROUNDS, Hub, adds_up, finished, station
from tests.faults.test_stopped import SILENCE, shown
from tests.sync.tiny_hub import wait_for

HUB, STATION = "10.213.77.1", "10.213.77.2"


def ip(*words: str, check: bool = True) -> bool:
    """``ip ...``; whether it did it."""
    done = subprocess.run(["ip", *words], check=False, capture_output=True, text=True)
    assert not check or done.returncode == 0, done.stderr
    return done.returncode == 0


@dataclass(frozen=True)
class Cable:
    """Two machines and what is between them."""

    station: str
    hub: str

    def within(self, machine: str, *environment: str) -> list[str]:
        """What a command begins with to run on a machine."""
        return ["ip", "netns", "exec", machine, "env", *environment]

    def pull(self) -> None:
        """Out of the station."""
        ip("-n", self.station, "link", "set", "cable", "down")

    def plug(self) -> None:
        """In again; the way out comes with it."""
        ip("-n", self.station, "link", "set", "cable", "up")
        ip("-n", self.station, "route", "replace", "default", "via", HUB)

    def lose_replies(self) -> None:
        """What the hub sends goes nowhere; what it is sent arrives."""
        ip("-n", self.hub, "route", "add", "blackhole", f"{STATION}/32")

    def bring_replies(self) -> None:
        """Again."""
        ip("-n", self.hub, "route", "del", "blackhole", f"{STATION}/32")


@pytest.fixture
def cable() -> Iterator[Cable]:
    """Laid and plugged in."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces need root and the command ip")
    names = [f"rma-{end}-{os.getpid()}" for end in ("station", "hub")]
    if not ip("netns", "add", names[0], check=False):
        pytest.skip("this machine allows no network namespaces")
    try:
        ip("netns", "add", names[1])
        pair = ("link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", names[1])
        if not ip("-n", names[0], *pair, check=False):
            pytest.skip("this kernel has no virtual cables (veth)")
        for name, address in zip(names, (STATION, HUB), strict=True):
            ip("-n", name, "address", "add", f"{address}/24", "dev", "cable")
            ip("-n", name, "link", "set", "lo", "up")
            ip("-n", name, "link", "set", "cable", "up")
        # Where the kernel has netem, packets are late and lost all the time as well.
        shake = ["tc", "-n", names[0], "qdisc", "add", "dev", "cable", "root", "netem", "delay", "20ms", "loss", "5%"]
        if shutil.which("tc"):
            subprocess.run(shake, check=False, capture_output=True)
        laid = Cable(*names)
        laid.plug()
        yield laid
    finally:
        for name in names:
            ip("netns", "delete", name, check=False)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of the hub's address that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hub")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HUB))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "hub.pem", folder / "hub.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return files


@pytest.mark.timeout(120 + 20 * ROUNDS)
def test_a_cable_pulled_amid_batches_loses_and_doubles_nothing(cable: Cable, tmp_path: Path) -> None:
    """Over TLS, at random moments: the cable is pulled, or only replies are lost. Work goes on, all arrives."""
    trusted, key = certificate(tmp_path)
    options = ("--host", HUB, "--certificate", str(trusted), "--key", str(key))
    hub = Hub(tmp_path, "hub", *options, within=cable.within(cable.hub))
    try:
        dice, told = random.Random(3), []
        bench = station(tmp_path, str(SILENCE), within=cable.within(cable.station, f"SSL_CERT_FILE={trusted}"))
        for turn in range(max(2, ROUNDS // 2)):
            told += [bench.line() for _ in range(dice.randint(5, 20))]
            before = len(shown(tmp_path, 0))
            (cable.lose_replies if turn % 2 else cable.pull)()
            told += [bench.line() for _ in range(10)]
            wait_for(lambda seen=before: any(one["state"] == "offline" for one in shown(tmp_path, seen)), 30)
            told += [bench.line() for _ in range(dice.randint(5, 30))]
            (cable.bring_replies if turn % 2 else cable.plug)()
            wait_for(lambda: shown(tmp_path, 0)[-1]["state"] == "online", 60)
        told += finished(bench)
    finally:
        hub.kill()

    adds_up(tmp_path, hub.data, told)
